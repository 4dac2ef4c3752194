//! The golden corpus: logs of real runs, one file for each, in every version of the vocabulary that
//! was ever written. They must fold for ever, to the same outcome.
//!
//! A file is named `SCHEMA-WHAT.jsonl` and is never changed; a new version of the vocabulary adds
//! files. The expected digest stands in `digests.txt` beside them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "the corpus lies in files; the kernel itself reads none"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::Seq;
use venom_kernel::run::RunState;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Reads a log. Lines carry the version of their own form beside the envelope's fields.
fn log(path: &Path) -> Vec<Envelope> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn logs() -> Vec<PathBuf> {
    let mut logs: Vec<PathBuf> = std::fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    logs.sort();
    logs
}

#[test]
fn every_log_folds_to_the_outcome_that_it_had() {
    let text = std::fs::read_to_string(corpus().join("digests.txt")).unwrap();
    let expected: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let mut found = String::new();
    for path in logs() {
        let events = log(&path);
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for (n, envelope) in events.iter().enumerate() {
            assert_eq!(envelope.seq, Seq::new(n as u64 + 1), "{name}");
        }
        let state = RunState::fold(events.iter().map(|envelope| &envelope.event));
        let state = state.unwrap_or_else(|illegal| panic!("{name}: {illegal}"));
        assert!(state.outcome().is_some(), "{name} has no end");
        writeln!(found, "{name} {}", state.outcome_digest()).unwrap();
    }
    assert_eq!(found.lines().count(), expected.len(), "{found}");
    for line in found.lines() {
        let (name, digest) = line.split_once(' ').unwrap();
        assert_eq!(
            expected.get(name),
            Some(&digest),
            "all digests now:\n{found}"
        );
    }
}

/// Whoever adds an event adds a log that has it: `venom log RUN --json` prints those of real runs. What follows the end of
/// a run stands in one that was put together.
#[test]
fn every_event_of_every_version_is_in_some_log() {
    let mut found = BTreeSet::new();
    for path in logs() {
        let file = path.file_name().unwrap().to_str().unwrap();
        let (schema, _) = file.split_once('-').unwrap();
        for envelope in log(&path) {
            assert_eq!(envelope.schema.to_string(), schema, "{file}");
            found.insert((envelope.schema, envelope.event.name()));
        }
    }
    let missing: Vec<_> = (1..=venom_kernel::event::SCHEMA)
        .flat_map(|schema| Event::ALL.iter().map(move |(name, _)| (schema, *name)))
        .filter(|event| !found.contains(event))
        .collect();
    assert_eq!(missing, [], "in no log of tests/corpus");
}

#[test]
fn every_event_is_written_as_it_was_read() {
    for path in logs() {
        for envelope in log(&path) {
            let text = serde_json::to_string(&envelope).unwrap();
            let back: Envelope = serde_json::from_str(&text).unwrap();
            assert_eq!(back, envelope, "{}", path.display());
        }
    }
}
