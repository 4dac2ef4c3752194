//! What episodes must do, whatever finds them.

use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Asked, Episodes, Found, Mark, Note, Taken};

use super::Checked;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

const SAID: [(&str, &str, &str); 8] = [
    (
        "Ada",
        "The checkout service drops connections under load.",
        "one",
    ),
    ("Ben", "Since when does it do that?", "one"),
    ("Ada", "Since the certificate was changed on Monday.", "one"),
    (
        "Chloe",
        "The garden party is on Friday, bring a cake.",
        "two",
    ),
    ("Ben", "We keep sessions in a cache in memory.", "two"),
    (
        "Chloe",
        "Deployments go to the cluster in Frankfurt.",
        "two",
    ),
    ("Ada", "The invoice parser is written in Rust.", "three"),
    ("Ben", "Backups are taken every night at two.", "three"),
];

fn notes() -> Vec<Note> {
    let noted = |(at, (speaker, text, thread)): (usize, &(&str, &str, &str))| Note {
        id: None,
        time: minute(i64::try_from(at).unwrap_or_default()),
        speaker: (*speaker).to_owned(),
        text: (*text).to_owned(),
        thread: Some((*thread).to_owned()),
        trust: Trust::User,
        is_pinned: false,
    };
    SAID.iter().enumerate().map(noted).collect()
}

const fn minute(minute: i64) -> Timestamp {
    Timestamp::from_micros(NOW.micros() + minute * 60_000_000)
}

/// A question that is limited by nothing.
pub fn asked(words: &str) -> Asked {
    Asked {
        words: words.to_owned(),
        now: NOW,
        offset: 0,
        since: None,
        until: None,
        speaker: None,
        thread: None,
        limit: 5,
    }
}

fn first(found: &Found) -> Option<&str> {
    let hit = found.hits.first()?;
    Some(hit.known.episode.text.as_str())
}

/// Asserts what the port promises. There must be no episodes yet.
pub async fn suite(episodes: &dyn Episodes) -> Checked {
    assert!(episodes.search(asked("cake")).await?.hits.is_empty());
    let taken = episodes.add(notes(), "ada", NOW).await?;
    let ids: Vec<EpisodeId> = taken
        .iter()
        .filter_map(|taken| match taken {
            Taken::Added(id) => Some(*id),
            Taken::Known(_) | Taken::Forgotten(_) | Taken::Empty => None,
        })
        .collect();
    assert_eq!(ids.len(), SAID.len());
    assert!(
        episodes
            .add(notes(), "ada", NOW)
            .await?
            .iter()
            .all(|taken| matches!(taken, Taken::Known(_)))
    );

    // By words, and by meaning alone.
    for (question, wanted) in [
        ("which service drops connections", 0),
        ("when is the celebration", 3),
        ("where do we deploy to", 5),
        ("which language is the parser written in", 6),
    ] {
        let found = episodes.search(asked(question)).await?;
        let wanted = SAID.get(wanted).map(|(_, text, _)| *text);
        assert_eq!(first(&found), wanted, "{question}: {found:?}");
        assert_eq!(found.searched, SAID.len() as u64);
    }

    // The same question again is answered alike, by whichever level.
    let before = episodes.search(asked("when is the party")).await?;
    let again = episodes.search(asked("when is the party")).await?;
    assert_eq!(before.hits, again.hits);
    assert!(again.level <= before.level, "{again:?}");

    // What limits a search.
    let ada = Asked {
        speaker: Some("Ada".to_owned()),
        ..asked("when is the party")
    };
    let found = episodes.search(ada).await?;
    assert!(!found.hits.is_empty());
    assert!(
        found
            .hits
            .iter()
            .all(|hit| hit.known.episode.speaker == "Ada")
    );
    let two = Asked {
        thread: Some("two".to_owned()),
        ..asked("connections")
    };
    let found = episodes.search(two).await?;
    assert!(!found.hits.is_empty());
    assert!(
        found
            .hits
            .iter()
            .all(|hit| hit.known.episode.thread.as_deref() == Some("two"))
    );
    let late = Asked {
        since: Some(minute(6)),
        until: Some(minute(7)),
        ..asked("connections")
    };
    let found = episodes.search(late).await?;
    assert_eq!(first(&found), SAID.get(6).map(|(_, text, _)| *text));
    assert_eq!(found.hits.len(), 1);

    // What is added is found at once, what is forgotten is not found any more.
    let mut added = notes();
    added.truncate(1);
    for note in &mut added {
        "The lighthouse keeper paints on Sundays.".clone_into(&mut note.text);
    }
    let added = episodes.add(added, "ada", NOW).await?;
    let found = episodes.search(asked("who paints in the tower")).await?;
    assert_eq!(
        first(&found),
        Some("The lighthouse keeper paints on Sundays.")
    );
    if let Some(Taken::Added(id)) = added.first() {
        assert!(episodes.mark(*id, Mark::Forget, "ada", NOW).await?);
    }
    let found = episodes.search(asked("who paints in the tower")).await?;
    assert_ne!(
        first(&found),
        Some("The lighthouse keeper paints on Sundays.")
    );
    assert_eq!(found.searched, SAID.len() as u64);

    // A pin shows at once.
    if let Some(id) = ids.get(3) {
        assert!(episodes.mark(*id, Mark::Pin, "ada", NOW).await?);
        let found = episodes.search(asked("when is the party")).await?;
        assert!(found.hits.first().is_some_and(|hit| hit.known.is_pinned));
    }
    Ok(())
}
