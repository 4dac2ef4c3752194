//! Power losses: the calls of a run and of taking it back are written down, and every state that a
//! loss of power could leave in between is started again.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use venom_outage::tape::{Flushes, LUCKS, Left, Luck, Seeded, States, Tape};
use venom_outage::watch::{Ruling, watch};

use super::super::home::Home;
use super::scene::{events, nothing_lost};
use super::{Size, Tally, can_watch, each};

/// States of the sample: about 20 s of CPU on the machine of docs/bench/campaigns.md.
const SAMPLE: usize = 250;

const BEFORE: &str = "# TODO: one\n# FIXME: two\n";
const UNDONE: &str = "undone";

/// A run that edits a file, in a home that is not there yet, and taking it back.
fn recorded() -> Tape {
    let home = Home::new();
    home.file("a.py", BEFORE);
    let work = home.work().canonicalize().expect("a folder");
    let root = work.parent().expect("a parent").to_owned();
    let tape = Arc::new(Mutex::new(Tape::new(&root).expect("a small folder")));
    let goal = "find all TODOs and write them to TODO.md";
    for args in [
        &["run", goal, "--jsonl", "--no-input"][..],
        &["undo", "--yes", "--no-input"],
    ] {
        let writes = Arc::clone(&tape);
        let is_run = args.contains(&"--jsonl");
        let watched = watch(home.command(args), move |call| {
            if call.is_own {
                let mut tape = writes.lock().expect("nobody panicked");
                match &call.deed {
                    // It counts from when it may have been heard.
                    venom_outage::call::Deed::Say { bytes } if is_run => {
                        tape.mark(String::from_utf8_lossy(bytes).into_owned());
                    }
                    venom_outage::call::Deed::Say { .. } => tape.mark(UNDONE.to_owned()),
                    deed => tape.note(deed),
                }
            }
            Ruling::GoOn
        });
        let mut watched = watched.expect("venom starts");
        let stdout = watched.child.stdout.take().expect("a pipe");
        let stderr = watched.child.stderr.take().expect("a pipe");
        let talk = std::thread::spawn(move || std::io::read_to_string(stderr));
        let said = std::io::read_to_string(stdout).expect("text");
        let status = watched.finish().expect("an end");
        assert!(status.success(), "{said}{:?}", talk.join());
    }
    let tape = Arc::into_inner(tape).expect("the last one");
    let tape = tape.into_inner().expect("nobody panicked");
    assert_eq!(tape.unknown(), [] as [String; 0]);
    tape
}

/// Starts again on what was left; says what is wrong with it, or what was promised and kept.
fn restarted(left: &Left, promises: &[&str]) -> Result<usize, String> {
    let folder = tempfile::tempdir().expect("a folder");
    left.write(folder.path()).expect("files");
    let lines: Vec<Value> = promises
        .iter()
        .flat_map(|said| said.lines())
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let data = folder.path().join("venom/data");
    let runs = if data.exists() {
        events(&data)?
    } else {
        Vec::new()
    };
    let log = runs.first().map_or(&[][..], |(_, log)| log);
    let kept = nothing_lost(&lines, log)?;
    let is_told = |name: &str| lines.iter().any(|line| line["event"]["type"] == name);
    let text = |name: &str| std::fs::read_to_string(folder.path().join("work").join(name)).ok();
    let is_begun = log.iter().any(|one| one.event.name() == "RewindStarted");
    if promises.contains(&UNDONE) {
        if text("TODO.md").is_some() {
            return Err("it was taken back, and is there again".to_owned());
        }
    } else if is_told("RunFinished")
        && !is_begun
        && text("TODO.md").is_none_or(|text| !text.contains("two"))
    {
        return Err(format!(
            "the edit was reported and is lost: {:?}",
            text("TODO.md")
        ));
    }
    // Whatever happens, nobody else's file is touched, and none is half written.
    if text("a.py").as_deref() != Some(BEFORE) {
        return Err("a file is gone that nobody changed".to_owned());
    }
    match text("TODO.md") {
        None => {}
        Some(text) if text.contains("one") && text.contains("two") => {}
        Some(text) => return Err(format!("TODO.md is half written: {text:?}")),
    }
    Ok(kept)
}

/// A state by its number: after how many operations, with what luck.
fn state(number: usize) -> (usize, Luck, u64) {
    // Chance is tried more often than the others.
    let lucks = LUCKS.iter().chain([&Luck::Chance; 4]);
    let lucks: Vec<Luck> = lucks.copied().collect();
    let seed = u64::try_from(number).unwrap_or(0);
    (number / lucks.len(), lucks[number % lucks.len()], seed)
}

fn lose_power(tape: &Tape, size: Size, flushes: Flushes) -> (Tally, Vec<String>) {
    let states = States::new(tape);
    let bad = Mutex::new(Vec::new());
    let points = tape.len() + 1 - tape.begun();
    let tally = each(size.choose(points * 9), &|number, tally| {
        let (after, luck, seed) = state(number);
        let end = tape.begun() + after;
        let left = states.after(end, luck, flushes, &mut Seeded(seed));
        let promises: Vec<&str> = tape.marks(end).collect();
        tally.count("states");
        match restarted(&left, &promises) {
            Ok(kept) => *tally.0.entry("acknowledged events".to_owned()).or_default() += kept,
            // Torn while it was made: not taken for a new log, because it could be the rest of an old one.
            Err(what) if promises.is_empty() && what.contains("log.db was cut to") => {
                tally.count("refused before anything was promised");
            }
            Err(what) => {
                tally.count("lost");
                let place = tape.describe(end);
                let text = format!("after {end} ({place}), {luck:?}: {what}");
                bad.lock().expect("nobody panicked").push(text);
            }
        }
    });
    (tally, bad.into_inner().expect("nobody panicked"))
}

#[test]
fn no_power_loss_takes_what_was_acknowledged() {
    if !can_watch() {
        return;
    }
    let tape = recorded();
    let (mut tally, bad) = lose_power(&tape, Size::or_sample(SAMPLE), Flushes::Honoured);
    tally.0.insert("operations".to_owned(), tape.len());
    tally.say("power");
    let first = bad.iter().take(4).collect::<Vec<_>>();
    assert!(bad.is_empty(), "{} of {tally:?}: {first:#?}", bad.len());
    assert!(tally.get("acknowledged events") > 100, "{tally:?}");
}

#[test]
fn a_disk_that_does_not_flush_loses_much() {
    if !can_watch() {
        return;
    }
    let tape = recorded();
    let (tally, bad) = lose_power(&tape, Size::Sample(60), Flushes::Ignored);
    tally.say("power without flushes");
    assert!(
        bad.len() > 10,
        "a test that cannot fail says nothing: {tally:?}"
    );
}
