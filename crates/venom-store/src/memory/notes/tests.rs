use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::memory::{Added, Trust};

use super::*;

fn telling(number: u64, words: &str) -> Telling {
    let added = Added {
        id: EpisodeId::from_number(number),
        time: Timestamp::from_micros(1),
        speaker: "Ada".to_owned(),
        thread: None,
        trust: Trust::User,
        by: "ada".to_owned(),
        words: Digest::ZERO,
    };
    Telling {
        event: MemoryEvent::EpisodeAdded(Box::new(added)),
        words: Some(words.to_owned()),
    }
}

fn notebook(folder: &Path) -> Notebook {
    let log = folder.join("log.db");
    connection::writer(&log, Durability::Full, crate::log::schema::MIGRATIONS).unwrap();
    let vault = Vault::open(&log, &crate::keys::Protection::default()).unwrap();
    Notebook::new(&folder.join("memory.db"), Arc::new(vault))
}

fn forget(number: u64) -> Telling {
    let event = MemoryEvent::EpisodeForgotten {
        id: EpisodeId::from_number(number),
        by: "ada".to_owned(),
    };
    Telling { event, words: None }
}

#[test]
fn what_is_told_is_read_back_and_once_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut notes = notebook(folder.path());
    assert_eq!(notes.read(Seq::ZERO, 9).unwrap(), []);
    let time = Timestamp::from_micros(7);
    let told = vec![telling(1, "one"), telling(2, "two"), telling(1, "again")];
    assert_eq!(notes.append(time, told).unwrap(), Seq::new(2));
    let read = notes.read(Seq::ZERO, 9).unwrap();
    let words: Vec<_> = read.iter().map(|noted| noted.words.as_deref()).collect();
    assert_eq!(words, [Some("one"), Some("two")]);
    assert_eq!(notes.read(Seq::new(1), 9).unwrap().len(), 1);
    assert_eq!(notes.verify().unwrap(), 2);
}

#[test]
fn words_go_and_the_chain_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut notes = notebook(folder.path());
    let time = Timestamp::from_micros(7);
    let canary = "canary-of-the-words";
    notes.append(time, vec![telling(1, canary)]).unwrap();
    assert!(is_anywhere(folder.path(), canary));
    notes.append(time, vec![forget(1)]).unwrap();
    assert!(!is_anywhere(folder.path(), canary), "in a file still");
    assert_eq!(notes.read(Seq::ZERO, 9).unwrap()[0].words, None);
    assert_eq!(notes.verify().unwrap(), 2);
}

fn is_anywhere(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[test]
fn a_changed_event_and_a_lost_one_are_found() {
    for spoil in [
        "UPDATE noted SET body = replace(body, 'Ada', 'Eve') WHERE seq = 2",
        "DELETE FROM noted WHERE seq = 1",
        "UPDATE noted SET ts = 8 WHERE seq = 3",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut notes = notebook(folder.path());
        let told = vec![telling(1, "one"), telling(2, "two"), telling(3, "three")];
        notes.append(Timestamp::from_micros(7), told).unwrap();
        let connection = notes.open().unwrap();
        connection
            .execute_batch(&format!(
                "PRAGMA foreign_keys=OFF; DROP TRIGGER noted_kept; DROP TRIGGER noted_fixed; {spoil}"
            ))
            .unwrap();
        let failure = notes.verify().unwrap_err();
        assert_eq!(failure.kind, FailureKind::Corrupt, "{spoil}");
    }
}

#[test]
fn changed_words_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let mut notes = notebook(folder.path());
    notes
        .append(
            Timestamp::from_micros(7),
            vec![telling(1, "we never deploy")],
        )
        .unwrap();
    let connection = notes.open().unwrap();
    connection
        .execute_batch(
            "UPDATE words SET salted = CAST(replace(CAST(salted AS TEXT), 'never', 'always') AS BLOB)",
        )
        .unwrap();
    assert_eq!(
        notes.read(Seq::ZERO, 9).unwrap_err().kind,
        FailureKind::Corrupt
    );
}
