//! Episodes over a real data folder: told by runs and by hand, found, forgotten, sealed, and made again.

use std::path::Path;

use venom_kernel::id::Seq;
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::{EpisodeId, Kind, Source};
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Asked, Episodes, Mark, Note, Taken};
use venom_store::Store;
use venom_store::keys::{Made, Mode, Protection, Sources, create};
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, run, whole};

use crate::fixture::Home;

/// A word that stands nowhere else.
const CANARY: &str = "zyxomma";
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn note(speaker: &str, text: &str, minute: i64) -> Note {
    Note {
        id: None,
        time: Timestamp::from_micros(NOW.micros() + minute * 60_000_000),
        speaker: speaker.to_owned(),
        text: text.to_owned(),
        thread: Some("talk".to_owned()),
        trust: Trust::User,
        is_pinned: false,
    }
}

fn asked(words: &str) -> Asked {
    Asked {
        words: words.to_owned(),
        now: NOW,
        offset: 0,
        since: None,
        until: None,
        speaker: None,
        thread: None,
        limit: 10,
    }
}

async fn texts(episodes: &dyn Episodes, words: &str) -> Checked<Vec<String>> {
    let found = episodes.search(asked(words)).await?;
    let texts = found.hits.into_iter().map(|hit| hit.known.episode.text);
    Ok(texts.collect())
}

async fn told(store: &Store) -> Checked<Vec<EpisodeId>> {
    let notes = vec![
        note(
            "Ada",
            &format!("The {CANARY} service drops connections."),
            1,
        ),
        note("Ben", "Since when does it?", 2),
        note("Ada", "Since the certificate was changed.", 3),
        note("Chloe", "The garden party is on Friday.", 4),
    ];
    let taken = store.episodes().add(notes, "ada", NOW).await?;
    let ids = taken.iter().filter_map(|taken| match taken {
        Taken::Added(id) => Some(*id),
        Taken::Known(_) | Taken::Forgotten(_) | Taken::Empty => None,
    });
    Ok(ids.collect())
}

fn is_anywhere(folder: &Path, text: &str) -> Checked<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if is_anywhere(&path, text)? {
                return Ok(true);
            }
            continue;
        }
        let bytes = std::fs::read(path)?;
        let mut windows = bytes.windows(text.len());
        if windows.any(|window| window.eq_ignore_ascii_case(text.as_bytes())) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test]
async fn what_a_run_said_is_found_with_its_source() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let goal = format!("repair the {CANARY} module");
    store
        .log()
        .append(batch(run(1), 0, whole(&goal, 2)?))
        .await?;
    let found = store.episodes().search(asked(CANARY)).await?;
    let goals: Vec<_> = found
        .hits
        .iter()
        .filter(|hit| hit.known.episode.kind == Kind::Goal)
        .collect();
    assert_eq!(goals.len(), 1, "{found:?}");
    let episode = &goals.first().ok_or("no goal")?.known.episode;
    assert_eq!((&episode.text, episode.speaker.as_str()), (&goal, "user"));
    let source = Source::Run {
        run: run(1),
        seq: Seq::new(1),
    };
    assert_eq!(episode.source, source);
    store.close().await?;
    Ok(())
}

#[tokio::test]
async fn adding_the_same_again_changes_nothing() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let ids = told(&store).await?;
    assert_eq!(ids.len(), 4);
    assert_eq!(told(&store).await?, [], "all are known");
    let episodes = store.episodes();
    let twice = vec![note("Eve", "twice", 9), note("Eve", "twice", 9)];
    let taken = episodes.add(twice, "ada", NOW).await?;
    assert!(
        matches!(taken.as_slice(), [Taken::Added(one), Taken::Known(two)] if one == two),
        "{taken:?}"
    );
    let nothing = vec![note("Eve", " \u{1b}[2J", 9), note("--", "words", 9)];
    let taken = episodes.add(nothing, "ada", NOW).await?;
    assert_eq!(taken, [Taken::Empty, Taken::Empty]);
    assert_eq!(episodes.stats().await?.episodes, 5);
    Ok(())
}

#[tokio::test]
async fn a_search_says_why_and_keeps_to_its_limits() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    told(&store).await?;
    let episodes = store.episodes();
    let found = episodes
        .search(asked("what did Ada say about connections?"))
        .await?;
    assert_eq!(found.searched, 4);
    assert_eq!(found.read, ["`Ada` speaks"]);
    let first = found.hits.first().ok_or("nothing was found")?;
    assert!(first.known.episode.text.contains(CANARY));
    let sum: f32 = first
        .parts
        .iter()
        .map(|part| part.value * part.weight)
        .sum();
    assert!((sum - first.score).abs() < 1e-4, "the parts are the score");
    let mut later = asked("certificate or party");
    later.since = Some(Timestamp::from_micros(NOW.micros() + 4 * 60_000_000));
    let found = episodes.search(later).await?;
    assert_eq!(found.hits.len(), 1);
    let mut ben = asked("certificate");
    ben.speaker = Some("ben".to_owned());
    let found = episodes.search(ben).await?;
    assert!(
        found
            .hits
            .iter()
            .all(|hit| hit.known.episode.speaker == "Ben")
    );
    let mut none = asked("certificate");
    none.thread = Some("elsewhere".to_owned());
    assert_eq!(episodes.search(none).await?.hits, []);
    Ok(())
}

#[tokio::test]
async fn what_happened_tells_a_time() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let notes = vec![
        note("Ada", "We use MySQL as our database.", 1),
        note("Ada", "Today we finished the migration.", 100),
        note("Ada", "We use PostgreSQL as our database.", 200),
    ];
    let episodes = store.episodes();
    episodes.add(notes, "ada", NOW).await?;
    for (side, first, second) in [
        ("before", "MySQL", "PostgreSQL"),
        ("after", "PostgreSQL", "MySQL"),
    ] {
        let question = format!("which database do we use {side} the migration?");
        let found = episodes.search(asked(&question)).await?;
        let place = |word: &str| {
            let mut hits = found.hits.iter();
            hits.position(|hit| hit.known.episode.text.contains(&format!("use {word}")))
        };
        assert!(place(first) < place(second), "{side}: {found:?}");
        assert_eq!(found.read.len(), 1, "{found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_forgotten_is_in_no_file_and_stays_forgotten() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let ids = told(&store).await?;
    let episodes = store.episodes();
    let first = *ids.first().ok_or("nothing was added")?;
    assert!(texts(&*episodes, CANARY).await?[0].contains(CANARY));
    assert!(is_anywhere(&home.data(), CANARY)?);
    assert!(episodes.mark(first, Mark::Forget, "ada", NOW).await?);
    assert!(!is_anywhere(&home.data(), CANARY)?, "in a file still");
    let left = texts(&*episodes, CANARY).await?;
    assert!(left.iter().all(|text| !text.contains(CANARY)), "{left:?}");
    assert!(!episodes.mark(first, Mark::Forget, "ada", NOW).await?);
    assert_eq!(episodes.get(first, NOW).await?, None);
    assert_eq!(episodes.find(&first.to_string()).await?, []);
    // Neither folding again nor an import brings it back.
    let digest = store.projections().digest().await?;
    assert_eq!(store.projections().rebuild().await?, digest);
    assert_eq!(told(&store).await?, []);
    assert_eq!(episodes.stats().await?.forgotten, 1);
    let memory = store.memory_log();
    assert_eq!(memory.verify().await?, 5);
    store.close().await?;
    let store = home.open()?;
    assert_eq!(store.episodes().stats().await?.episodes, 3);
    Ok(())
}

#[tokio::test]
async fn an_episode_of_a_run_can_be_forgotten_too() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let goal = format!("repair the {CANARY} module");
    store
        .log()
        .append(batch(run(1), 0, whole(&goal, 1)?))
        .await?;
    let episodes = store.episodes();
    let id = EpisodeId::of_event(run(1), Seq::new(1));
    assert!(episodes.get(id, NOW).await?.is_some());
    assert!(episodes.mark(id, Mark::Forget, "ada", NOW).await?);
    assert_eq!(episodes.get(id, NOW).await?, None);
    store.projections().rebuild().await?;
    assert_eq!(episodes.get(id, NOW).await?, None);
    Ok(())
}

#[tokio::test]
async fn pins_are_kept_and_taken_off() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let id = *told(&store).await?.last().ok_or("nothing was added")?;
    let episodes = store.episodes();
    let years = Timestamp::from_micros(NOW.micros() + 1_000 * 86_400 * 1_000_000);
    let importance = async |at| -> Checked<u16> {
        let known = episodes.get(id, at).await?;
        Ok(known.ok_or("it is gone")?.importance)
    };
    let before = importance(years).await?;
    assert!(episodes.mark(id, Mark::Pin, "ada", NOW).await?);
    assert!(!episodes.mark(id, Mark::Pin, "ada", NOW).await?);
    assert_eq!(importance(years).await?, 10_000);
    store.projections().rebuild().await?;
    assert_eq!(importance(years).await?, 10_000);
    assert!(episodes.mark(id, Mark::Unpin, "ada", NOW).await?);
    assert_eq!(importance(years).await?, before);
    let missing = EpisodeId::from_number(1);
    assert!(episodes.mark(missing, Mark::Pin, "ada", NOW).await.is_err());
    Ok(())
}

pub(crate) fn sealed(home: &Home, mode: Mode) -> Checked<Protection> {
    let keys = home.data().with_file_name("keys");
    let sources = Sources {
        folder: Some(keys.clone()),
        ..Sources::default()
    };
    if !keys.exists() {
        create(&sources, &Made::Random)?;
    }
    Ok(Protection {
        mode: Some(mode),
        sources,
    })
}

#[tokio::test]
async fn a_sealed_memory_leaves_no_word_on_the_disk() -> Checked {
    for mode in [Mode::Payload, Mode::Strict] {
        let home = Home::new()?;
        let protection = sealed(&home, mode)?;
        let store = Store::open_protected(&home.data(), &protection)?;
        told(&store).await?;
        let goal = format!("repair the {CANARY} module");
        store
            .log()
            .append(batch(run(1), 0, whole(&goal, 1)?))
            .await?;
        assert!(!texts(&*store.episodes(), CANARY).await?.is_empty());
        store.close().await?;
        assert!(!is_anywhere(&home.data(), CANARY)?, "{mode}");
        assert!(!is_anywhere(&home.data(), "Chloe")?, "{mode}");
        let store = Store::open_protected(&home.data(), &protection)?;
        let found = texts(&*store.episodes(), CANARY).await?;
        assert!(found.contains(&goal), "{mode}: {found:?}");
        assert!(found.iter().any(|text| text.contains("service")), "{mode}");
        let rows = std::fs::metadata(home.file("state.db")).is_ok();
        assert_eq!(rows, mode == Mode::Payload, "strict keeps no index");
        store.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_shredded_run_is_found_no_more() -> Checked {
    let home = Home::new()?;
    let protection = sealed(&home, Mode::Payload)?;
    let store = Store::open_protected(&home.data(), &protection)?;
    let goal = format!("repair the {CANARY} module");
    store
        .log()
        .append(batch(run(1), 0, whole(&goal, 1)?))
        .await?;
    assert!(!texts(&*store.episodes(), CANARY).await?.is_empty());
    store.shred(run(1))?;
    assert_eq!(
        texts(&*store.episodes(), CANARY).await?,
        Vec::<String>::new()
    );
    store.close().await?;
    let store = Store::open_protected(&home.data(), &protection)?;
    assert_eq!(
        texts(&*store.episodes(), CANARY).await?,
        Vec::<String>::new()
    );
    Ok(())
}

#[tokio::test]
async fn two_processes_see_what_each_tells() -> Checked {
    let home = Home::new()?;
    let one = home.open()?;
    let two = home.open()?;
    let ids = told(&one).await?;
    assert_eq!(texts(&*two.episodes(), "garden party").await?.len(), 4);
    let last = *ids.last().ok_or("nothing was added")?;
    two.episodes().mark(last, Mark::Forget, "ben", NOW).await?;
    let left = texts(&*one.episodes(), "garden party").await?;
    assert!(left.iter().all(|text| !text.contains("garden")));
    assert_eq!(told(&two).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_damaged_index_is_made_again() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let ids = told(&store).await?;
    let again: Vec<Note> = (10..40)
        .map(|minute| note("Ada", "Since when does it?", minute))
        .collect();
    store.episodes().add(again, "ada", NOW).await?;
    // Forgetting one of the same changes how often the others were said before.
    let second = *ids.get(1).ok_or("nothing was added")?;
    store
        .episodes()
        .mark(second, Mark::Forget, "ada", NOW)
        .await?;
    let digest = store.projections().digest().await?;
    assert_eq!(store.projections().rebuild().await?, digest);
    let before = texts(&*store.episodes(), "certificate").await?;
    store.close().await?;
    std::fs::write(home.file("state.db"), b"garbage".repeat(1_000))?;
    let store = home.open()?;
    assert_eq!(texts(&*store.episodes(), "certificate").await?, before);
    Ok(())
}

#[tokio::test]
async fn a_damaged_log_of_the_memory_is_brought_back_to_what_can_be_proven() -> Checked {
    let home = Home::new()?;
    assert_eq!(venom_store::salvage::mend_notes(&home.data())?, None);
    let store = home.open()?;
    told(&store).await?;
    // Not while somebody is at work.
    assert!(venom_store::salvage::mend_notes(&home.data()).is_err());
    store.close().await?;
    assert_eq!(venom_store::salvage::mend_notes(&home.data())?, None);

    // Words that were changed go, and their event stays.
    let file = crate::fixture::tamper(&home.file("memory.db"))?;
    file.execute("UPDATE words SET salted = x'00112233' WHERE seq = 2", [])?;
    drop(file);
    let mended = venom_store::salvage::mend_notes(&home.data())?.ok_or("nothing was mended")?;
    assert_eq!((mended.kept, mended.lost, mended.wordless), (4, 0, 1));
    assert!(mended.aside.exists());
    let store = home.open()?;
    assert_eq!(store.memory_log().verify().await?, 4);
    assert_eq!(texts(&*store.episodes(), CANARY).await?.len(), 3);
    store.close().await?;

    // From the first event on that is not what was written, nothing can be proven.
    let file = crate::fixture::tamper(&home.file("memory.db"))?;
    file.execute_batch("DROP TRIGGER noted_fixed; UPDATE noted SET ts = ts + 1 WHERE seq = 3")?;
    drop(file);
    let mended = venom_store::salvage::mend_notes(&home.data())?.ok_or("nothing was mended")?;
    assert_eq!((mended.kept, mended.lost, mended.wordless), (2, 2, 0));
    let store = home.open()?;
    assert_eq!(store.memory_log().verify().await?, 2);
    told(&store).await?;
    assert_eq!(store.memory_log().verify().await?, 4);
    store.close().await?;

    // A file that is nothing.
    std::fs::write(home.file("memory.db"), b"nothing at all")?;
    let mended = venom_store::salvage::mend_notes(&home.data())?.ok_or("nothing was mended")?;
    assert_eq!(mended.kept, 0);
    assert_eq!(std::fs::read(&mended.aside)?, b"nothing at all");
    let store = home.open()?;
    assert_eq!(store.memory_log().verify().await?, 0);
    store.close().await?;
    Ok(())
}
