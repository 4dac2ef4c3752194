//! Services beside the store: the same answers with them and without, and nothing lost whatever becomes of
//! them. `.ci/run memory` installs the real ones and lets none of these tests skip.

pub(crate) mod real;

use std::sync::Arc;

use venom_kernel::memory::Trust;
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Found, Level, Mark, Note, Taken};
use venom_ports::memory::vectors::Vectors;
use venom_ports::{Failure, FailureKind};
use venom_store::Store;
use venom_store::keys::Mode;
use venom_store::service::{MakeVectors, Services, WhenDown};
use venom_testkit::conform::episodes::asked;
use venom_testkit::conform::{self, Checked};
use venom_testkit::memory::MemoryVectors;

use crate::fixture::Home;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// Words that sentences are made of.
const WHO: [&str; 7] = [
    "checkout",
    "billing",
    "search",
    "the gateway",
    "mail",
    "login",
    "the crawler",
];
const DOES: [&str; 6] = [
    "reads from",
    "restarts",
    "waits for",
    "writes to",
    "was moved to",
    "replaces",
];
const WHAT: [&str; 8] = [
    "the cache",
    "postgres",
    "the queue in Oslo",
    "object storage",
    "the old cluster",
    "a spare disk",
    "the ledger",
    "two replicas",
];

pub(crate) fn note(at: usize) -> Note {
    let pick = |list: &[&'static str], by: usize| list.get(by % list.len()).copied().unwrap_or("");
    let text = format!(
        "{} {} {} since build {at}.",
        pick(&WHO, at),
        pick(&DOES, at / 7),
        pick(&WHAT, at / 42)
    );
    Note {
        id: None,
        time: Timestamp::from_micros(
            NOW.micros() + i64::try_from(at).unwrap_or_default() * 1_000_000,
        ),
        speaker: pick(&["Ada", "Ben", "Chloe"], at).to_owned(),
        text,
        thread: Some(format!("talk {}", at / 10)),
        trust: Trust::User,
        is_pinned: false,
    }
}

pub(super) fn question(at: usize) -> String {
    let pick = |list: &[&'static str], by: usize| list.get(by % list.len()).copied().unwrap_or("");
    format!(
        "what does {} have to do with {}",
        pick(&WHO, at),
        pick(&WHAT, at / 2)
    )
}

pub(crate) async fn fill(store: &Store, from: usize, to: usize) -> Checked {
    store
        .episodes()
        .add((from..to).map(note).collect(), "ada", NOW)
        .await?;
    Ok(())
}

fn with(vectors: &Arc<MemoryVectors>) -> MakeVectors {
    let vectors = Arc::clone(vectors);
    Box::new(move |_, _| Ok(Arc::clone(&vectors) as Arc<dyn Vectors>))
}

fn beside(vectors: &Arc<MemoryVectors>, when_down: WhenDown) -> Services {
    Services {
        vectors: Some(with(vectors)),
        when_down,
        ..Services::default()
    }
}

fn down() -> Failure {
    Failure::new(FailureKind::Unavailable, "nobody answers").with_hint("start it")
}

/// What an answer says, without where it came from.
pub(super) fn said(found: &Found) -> Vec<(String, String)> {
    found
        .hits
        .iter()
        .map(|hit| {
            (
                hit.known.episode.id.to_string(),
                format!("{:.3}", hit.score),
            )
        })
        .collect()
}

#[tokio::test]
async fn episodes_beside_a_service_pass_the_suite() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let vectors = Arc::new(MemoryVectors::new());
    store.attach(&beside(&vectors, WhenDown::Refuse))?;
    conform::episodes::suite(&*store.episodes()).await?;
    assert!(vectors.asked() > 0);
    Ok(())
}

#[tokio::test]
async fn a_service_that_is_down_is_stood_in_for_or_the_question_is_refused() -> Checked {
    let (alone, helped) = (Home::new()?, Home::new()?);
    let vectors = Arc::new(MemoryVectors::new());
    let (plain, store) = (alone.open()?, helped.open()?);
    store.attach(&beside(&vectors, WhenDown::Embedded))?;
    fill(&plain, 0, 500).await?;
    fill(&store, 0, 300).await?;
    let by = |found: &Found| found.by.clone();

    // Down at the start, then there, then down in the middle, then back.
    vectors.fail(Some(down()));
    let found = store.episodes().search(asked(&question(1))).await?;
    assert_eq!(by(&found), "the built-in index");
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("nobody answers")),
        "{:?}",
        found.notes
    );
    vectors.fail(None);
    let found = store.episodes().search(asked(&question(1))).await?;
    assert_eq!(by(&found), "vectors in memory");
    assert_eq!(found.notes, Vec::<String>::new());
    assert_eq!(vectors.count()?, 300);
    vectors.fail(Some(down()));
    fill(&store, 300, 500).await?;
    let found = store.episodes().search(asked(&question(2))).await?;
    assert_eq!(by(&found), "the built-in index");
    assert_eq!(found.searched, 500);
    vectors.fail(None);
    let found = store.episodes().search(asked(&question(3))).await?;
    assert_eq!(by(&found), "vectors in memory");
    assert_eq!(vectors.count()?, 500, "it was told what it had missed");

    // The answers are those of the store alone, throughout.
    for at in 0..40 {
        let one = plain.episodes().search(asked(&question(at))).await?;
        let other = store.episodes().search(asked(&question(at))).await?;
        assert_eq!(said(&one), said(&other), "{}", question(at));
    }

    let strict = Home::new()?;
    let store = strict.open()?;
    store.attach(&beside(&vectors, WhenDown::Refuse))?;
    vectors.fail(Some(down()));
    let refused = store.episodes().search(asked("anything")).await;
    let failure = refused.err().ok_or("it was answered")?;
    assert_eq!(failure.kind, FailureKind::Unavailable);
    let hint = failure.hint.unwrap_or_default();
    assert!(
        hint.contains("start it") && hint.contains("when_down"),
        "{hint}"
    );
    Ok(())
}

#[tokio::test]
async fn a_service_that_forgot_or_was_emptied_is_filled_anew() -> Checked {
    let home = Home::new()?;
    let vectors = Arc::new(MemoryVectors::new());
    let store = home.open()?;
    store.attach(&beside(&vectors, WhenDown::Refuse))?;
    fill(&store, 0, 120).await?;
    store.episodes().search(asked(&question(1))).await?;
    assert_eq!(vectors.count()?, 120);
    store.close().await?;

    // Brought back from an older copy, which only shows in how many there are.
    vectors.lose(7);
    let store = home.open()?;
    store.attach(&beside(&vectors, WhenDown::Refuse))?;
    store.episodes().search(asked(&question(1))).await?;
    assert_eq!(vectors.count()?, 120);
    // Removed while we are there.
    vectors.clear()?;
    store.close().await?;
    let store = home.open()?;
    store.attach(&beside(&vectors, WhenDown::Refuse))?;
    store.episodes().search(asked(&question(2))).await?;
    assert_eq!(vectors.count()?, 120);

    // What is forgotten goes there too, and what is compared is the same on both sides.
    let taken = store.episodes().add(vec![note(500)], "ada", NOW).await?;
    store.episodes().search(asked(&question(3))).await?;
    assert_eq!(vectors.count()?, 121);
    let Some(Taken::Added(id)) = taken.first() else {
        return Err("it was not added".into());
    };
    store.episodes().mark(*id, Mark::Forget, "ada", NOW).await?;
    assert_eq!(vectors.count()?, 120, "forgotten at once");
    let compared = store
        .compare_vectors(&with(&vectors), Box::new(|_, _| {}))
        .await?;
    assert_eq!(
        (compared.same, compared.wrong, compared.foreign),
        (120, 0, 0)
    );
    vectors.lose(9);
    let compared = store
        .compare_vectors(&with(&vectors), Box::new(|_, _| {}))
        .await?;
    assert_eq!(
        (compared.same, compared.wrong, compared.foreign),
        (119, 1, 0)
    );
    let filled = store
        .fill_vectors(&with(&vectors), Box::new(|_, _| {}))
        .await?;
    assert!(filled.is_whole(), "{filled:?}");
    store.clear_vectors(&with(&vectors)).await?;
    assert_eq!(vectors.count()?, 0);
    Ok(())
}

#[tokio::test]
async fn each_answer_says_which_level_gave_it() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    fill(&store, 0, 50).await?;
    let level = async |words: &str| -> Checked<Level> {
        Ok(store.episodes().search(asked(words)).await?.level)
    };
    assert_eq!(level(&question(1)).await?, Level::Disk);
    assert_eq!(level(&question(1)).await?, Level::Memory);
    assert_eq!(level(&question(2)).await?, Level::Vectors);
    // Something new is known: what was answered before does not count any more.
    fill(&store, 50, 51).await?;
    assert_eq!(level(&question(1)).await?, Level::Vectors);
    // A time means another one at each moment.
    assert_eq!(level("yesterday").await?, Level::Vectors);
    assert_eq!(level("yesterday").await?, Level::Vectors);
    assert_eq!(
        store.lookups().counts(),
        vec![("l1", 1), ("l2", 0), ("l3", 4), ("l4", 1), ("none", 0)]
    );
    Ok(())
}

#[tokio::test]
async fn an_encrypted_store_takes_no_service() -> Checked {
    let home = Home::new()?;
    let protection = crate::memory::sealed(&home, Mode::Payload)?;
    let store = Store::open_protected(&home.data(), &protection)?;
    let vectors = Arc::new(MemoryVectors::new());
    let refused = store.attach(&beside(&vectors, WhenDown::Embedded));
    let failure = refused.err().ok_or("it was taken")?;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(vectors.count()?, 0);
    Ok(())
}
