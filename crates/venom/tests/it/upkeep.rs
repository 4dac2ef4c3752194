//! Room is made, damage is mended, and a run's state is gone back to, as users ask for it.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::home::Home;
use super::sandbox::has_cell;

/// Runs a command in a step of a run.
fn changed_by(home: &Home, script: &str) {
    let done = home.venom(&["run", "--yes", &format!("run `sh -c \"{script}\"`")]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

fn runs(home: &Home) -> Vec<String> {
    let (code, document) = home.json(&["runs", "--json"]);
    assert_eq!(code, Some(0));
    let rows = document["data"]["runs"].as_array().unwrap().clone();
    rows.iter()
        .map(|row| row["run"].as_str().unwrap().to_owned())
        .collect()
}

fn collected(home: &Home, more: &[&str]) -> Value {
    let mut args = vec!["gc", "--json"];
    args.extend(more);
    let (code, document) = home.json(&args);
    assert_eq!(code, Some(0), "{document}");
    document["data"].clone()
}

fn is_whole(home: &Home) {
    let done = home.venom(&["log", "verify"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for run in runs(home) {
        let done = home.venom(&["snapshot", "verify", &run]);
        let has_none = done.stderr.contains("has no snapshot");
        assert!(done.code == Some(0) || has_none, "{done:?}");
    }
}

#[test]
fn contents_go_when_no_run_needs_them_and_the_log_says_so() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    home.file("kept.txt", "kept\n");
    changed_by(&home, "seq 1 60000 > one.txt");
    changed_by(&home, "seq 1 70000 > two.txt; rm one.txt");
    let all = runs(&home);
    // Everything is needed: nothing goes, and undo works afterwards.
    assert_eq!(collected(&home, &[])["contents"]["removed"], 0);
    is_whole(&home);
    let dry = collected(&home, &["--keep-runs", "1", "-n"]);
    assert_eq!(dry["released_runs"], serde_json::json!([all[1]]));
    let done = home.venom(&["undo"]);
    assert_eq!(done.code, Some(0), "a dry run changes nothing: {done:?}");
    assert!(home.work().join("one.txt").exists());
    let real = collected(&home, &["--keep-runs", "1"]);
    assert_eq!(real["released_runs"], serde_json::json!([all[1]]));
    let again = collected(&home, &["--keep-runs", "1"]);
    assert_eq!(
        again["released_runs"],
        serde_json::json!([]),
        "once is enough"
    );
    let refused = home.venom(&["undo", &all[1]]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for word in ["let go of", "event", "exported before"] {
        assert!(refused.stderr.contains(word), "{refused:?}");
    }
    // What the other run needs is there still.
    let done = home.venom(&["redo", &all[0]]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(!home.work().join("one.txt").exists());
    let log = home.venom(&["log", &all[1]]);
    assert!(log.stdout.contains("ContentsReleased"), "{log:?}");
    let done = home.venom(&["log", "verify"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// Takes a snapshot of the last run and returns its event.
fn captured(home: &Home) -> u64 {
    let (code, document) = home.json(&["snapshot", "create", "--json"]);
    assert_eq!(code, Some(0), "{document}");
    document["data"]["snapshot"]["seq"].as_u64().unwrap()
}

#[test]
fn one_snapshot_goes_and_the_run_can_still_be_taken_back() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    home.file("kept.txt", "kept\n");
    changed_by(&home, "seq 1 60000 > one.txt");
    let run = runs(&home)[0].clone();
    let listed = || {
        let (code, document) = home.json(&["snapshot", "list", "--json"]);
        assert_eq!(code, Some(0), "{document}");
        let rows = document["data"]["snapshots"].as_array().unwrap().clone();
        let seqs = rows.iter().map(|row| row["seq"].as_u64().unwrap());
        seqs.collect::<Vec<_>>()
    };
    // What the user has in the folder for a while, and nobody but one snapshot remembers.
    // A collection writes a pack anew when more than half of it is dead, so this is most of what is stored.
    let noise = (0..30_000_u64).map(|at| format!("{:x}\n", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    home.file("mine.txt", &noise.collect::<String>());
    let one = captured(&home);
    fs::remove_file(home.work().join("mine.txt")).unwrap();
    let last = captured(&home);
    assert_eq!(collected(&home, &[])["contents"]["removed"], 0);
    let first = listed()[0];
    for needed in [first, last] {
        let done = home.venom(&["snapshot", "rm", &format!("{run}@{needed}"), "--yes"]);
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.stderr.contains("stays"), "{done:?}");
    }
    let point = format!("{run}@{one}");
    let done = home.venom(&["snapshot", "rm", &point]);
    assert_eq!(done.code, Some(2), "nobody could be asked: {done:?}");
    let done = home.venom(&["snapshot", "rm", &point, "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let again = home.venom(&["snapshot", "rm", &point, "--yes"]);
    assert_eq!(again.code, Some(1), "only what is named goes: {again:?}");
    assert!(!listed().contains(&one) && listed().contains(&last));
    assert!(collected(&home, &[])["contents"]["removed"].as_u64() > Some(0));
    assert_eq!(collected(&home, &[])["contents"]["missing"], 0);
    is_whole(&home);
    // It goes on, is looked at, and is taken back from what is left.
    for args in [
        ["diff", &point].as_slice(),
        &["replay", &run],
        &["fork", &format!("{run}@2")],
        &["undo", &run],
    ] {
        let done = home.venom(args);
        assert!(matches!(done.code, Some(0 | 12)), "{args:?}: {done:?}");
    }
    assert!(!home.work().join("one.txt").exists());
    let done = home.venom(&["redo", &run]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(home.work().join("one.txt").exists());
}

#[test]
fn no_run_begins_beyond_the_quota() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    changed_by(&home, "head -c 300000 /dev/urandom > one.bin");
    fs::write(
        home.venom_home().join("config.yaml"),
        "data: {quota: 100KiB}\n",
    )
    .unwrap();
    let done = home.venom(&["run", "--yes", "--json", "run `true`"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert_eq!(done.document()["error"]["code"], "quota", "{done:?}");
    // Going back needs no room that could be refused.
    for (verb, is_there) in [("undo", false), ("redo", true)] {
        let done = home.venom(&[verb]);
        assert_eq!(done.code, Some(0), "{verb}: {done:?}");
        assert!(done.stderr.contains("going back"), "{verb}: {done:?}");
        assert_eq!(home.work().join("one.bin").exists(), is_there);
    }
    assert_eq!(
        collected(&home, &["--quota", "100KiB"])["contents"]["live"],
        0
    );
    // What a snapshot of the workspace would take counts too.
    fs::remove_file(home.work().join("one.bin")).unwrap();
    changed_by(&home, "true");
    for wrong in ["0", "5x", "-1"] {
        assert_eq!(
            home.venom(&["gc", "--quota", wrong]).code,
            Some(2),
            "{wrong}"
        );
    }
}

#[test]
fn collections_beside_a_run_take_nothing_that_it_needs() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    for number in 0..40 {
        home.file(
            &format!("folder{}/{number}.txt", number % 4),
            &format!("{number}\n"),
        );
    }
    for round in 0..4 {
        let mut run = home
            .command(&[
                "run",
                "--yes",
                &format!("run `sh -c \"seq {round} 20000 > big{round}.txt\"`"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Again and again until the run is over, and with every old run let go of.
        let mut collections = 0;
        let code = loop {
            let done = home.venom(&["gc", "--keep-runs", "2"]);
            assert!(matches!(done.code, Some(0 | 11)), "{done:?}");
            collections += 1;
            if let Some(status) = run.try_wait().unwrap() {
                break status.code();
            }
        };
        assert_eq!(code, Some(0), "after {collections} collections");
        let done = home.venom(&["snapshot", "verify", "last"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    let done = home.venom(&["undo"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// How often a collection is killed. Chosen: each moment of one that takes a tenth of a second is met.
const KILLS: u32 = 24;

#[test]
fn a_collection_that_is_killed_loses_nothing() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    changed_by(&home, "seq 1 50000 > first.txt");
    for number in 0..3 {
        changed_by(
            &home,
            &format!("seq {number} 40000 > next{number}.txt; rm -f first.txt"),
        );
    }
    let began = Instant::now();
    collected(&home, &["-n"]);
    let usual = began.elapsed();
    for kill in 0..KILLS {
        if kill % 6 == 5 {
            changed_by(&home, &format!("seq {kill} 30000 > more{kill}.txt"));
        }
        let mut gc = home
            .command(&["gc", "--keep-runs", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Any moment will do; which one it is decides nothing below.
        std::thread::sleep(usual * kill / KILLS + Duration::from_millis(1));
        gc.kill().unwrap();
        gc.wait().unwrap();
        let newest = runs(&home).remove(0);
        let done = home.venom(&["snapshot", "verify", &newest]);
        assert_eq!(done.code, Some(0), "kill {kill}: {done:?}");
        let done = home.venom(&["log", "verify"]);
        assert_eq!(done.code, Some(0), "kill {kill}: {done:?}");
    }
    collected(&home, &["--keep-runs", "2"]);
    let again = collected(&home, &["--keep-runs", "2"]);
    assert_eq!(again["contents"]["removed"], 0, "{again}");
    let done = home.venom(&["undo"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

fn log_file(home: &Home) -> PathBuf {
    home.venom_home().join("data/log.db")
}

#[test]
fn damage_is_told_mended_and_listed() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    for number in 0..3 {
        changed_by(&home, &format!("echo {number} > {number}.txt"));
    }
    let whole = home.venom(&["doctor", "--repair"]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert!(!home.venom_home().join("data/aside").exists());
    let all = runs(&home);
    let before: Vec<String> = all
        .iter()
        .map(|run| home.venom(&["log", run, "--jsonl"]).stdout)
        .collect();
    // The first run's last step.
    let mut bytes = fs::read(log_file(&home)).unwrap();
    let word = b"\"StepExecuted\"";
    let at = (0..bytes.len())
        .find(|at| bytes[*at..].starts_with(word))
        .unwrap();
    bytes[at + 5] ^= 1;
    fs::write(log_file(&home), &bytes).unwrap();
    let told = home.venom(&["doctor"]);
    assert_eq!(told.code, Some(9), "{told:?}");
    assert_eq!(
        fs::read(log_file(&home)).unwrap(),
        bytes,
        "nothing was changed"
    );
    let (code, document) = home.json(&["doctor", "--repair", "--json"]);
    assert_eq!(code, Some(11), "{document}");
    let log = &document["data"]["log"];
    assert!(!log["examined"]["lost"].as_array().unwrap().is_empty());
    let aside = PathBuf::from(log["aside"].as_str().unwrap());
    assert_eq!(fs::read(aside.join("log.db")).unwrap(), bytes);
    let done = home.venom(&["log", "verify"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let mut untouched = 0;
    for (run, before) in all.iter().zip(&before) {
        let now = home.venom(&["log", run, "--jsonl"]).stdout;
        if now.contains("LogRepaired") {
            let kept = now.lines().count() - 1;
            assert!(now.lines().take(kept).eq(before.lines().take(kept)));
        } else {
            assert_eq!(&now, before);
            untouched += 1;
        }
    }
    assert_eq!(untouched, 2);
    let done = home.venom(&["doctor", "--repair"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    // The list follows from the log again.
    assert_eq!(runs(&home), all);
}

#[test]
fn a_run_says_what_it_lost_also_when_the_repair_was_killed_before() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    changed_by(&home, "echo 1 > one.txt");
    let mut bytes = fs::read(log_file(&home)).unwrap();
    let word = b"\"StepExecuted\"";
    let at = (0..bytes.len())
        .find(|at| bytes[*at..].starts_with(word))
        .unwrap();
    bytes[at + 5] ^= 1;
    fs::write(log_file(&home), &bytes).unwrap();
    // All that a repair does before its runs speak.
    venom_store::salvage::mend(&home.venom_home().join("data")).unwrap();
    for _ in 0..2 {
        let log = home.venom(&["log", "last", "--jsonl"]);
        assert_eq!(log.code, Some(0), "{log:?}");
        assert_eq!(log.stdout.matches("LogRepaired").count(), 1, "{log:?}");
    }
    let done = home.venom(&["doctor", "--repair"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn the_state_of_a_run_goes_back_and_forth() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    changed_by(&home, "echo done >> log.txt");
    let run = runs(&home).remove(0);
    let events = home.venom(&["log", &run, "--jsonl"]).stdout;
    let seq = events
        .lines()
        .position(|line| line.contains("\"Quoted\""))
        .unwrap()
        + 1;
    let place = format!("{run}@{seq}");
    let (code, document) = home.json(&["rewind", &place, "--plan", "--json"]);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(document["data"]["paused"], true);
    assert_eq!(
        fs::read_to_string(home.work().join("log.txt")).unwrap(),
        "done\n"
    );
    // It goes on from there: the step is done again.
    let done = home.venom(&["resume", &run]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(
        fs::read_to_string(home.work().join("log.txt")).unwrap(),
        "done\ndone\n"
    );
    for mode in ["exec", "fold"] {
        let done = home.venom(&["replay", &run, "--mode", mode]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    // And undone.
    let (_, document) = home.json(&["rewind", &place, "--state", "--json"]);
    let before = document["data"]["before"].clone();
    let done = home.venom(&["rewind", &format!("{run}@{before}"), "--state"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let (_, document) = home.json(&["runs", "--json"]);
    assert_eq!(document["data"]["runs"][0]["outcome"], "succeeded");
    for part in ["--memory", "--budget"] {
        let done = home.venom(&["rewind", &place, part]);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.stdout.contains("nothing to bring back"), "{done:?}");
    }
    for wrong in [
        vec!["rewind", run.as_str(), "--state"],
        vec!["rewind", place.as_str(), "--state", "--plan"],
        vec!["rewind", place.as_str(), "--state", "--files", "log.txt"],
    ] {
        assert_eq!(home.venom(&wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn a_moment_is_named_in_one_way_everywhere() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    changed_by(&home, "echo x > x.txt");
    let verbs: [&[&str]; 9] = [
        &["show"],
        &["log"],
        &["timeline"],
        &["why"],
        &["diff"],
        &["snapshot", "list"],
        &["snapshot", "show"],
        &["snapshot", "verify"],
        &["replay"],
    ];
    for verb in verbs {
        let with = |more: &[&str]| home.venom(&[verb, more].concat());
        let (one, flag) = (with(&["last@12"]), with(&["--at", "last@12"]));
        assert_eq!(one.code, Some(0), "{verb:?} {one:?}");
        assert_eq!(flag.code, Some(0), "{verb:?} {flag:?}");
        if verb != ["diff"] {
            assert_eq!(one.stdout, flag.stdout, "{verb:?}");
        }
        for (wrong, says) in [
            ("last@0", "names no event"),
            ("last@x", "names no event"),
            ("last@+3", "names no event"),
            ("last@", "names no event"),
            ("last@999", "event 999"),
            ("nobody@3", "nobody"),
        ] {
            for done in [with(&[wrong]), with(&["--at", wrong])] {
                assert_eq!(done.code, Some(2), "{verb:?} {wrong}: {done:?}");
                assert!(done.stderr.contains(says), "{verb:?} {wrong}: {done:?}");
            }
        }
    }
    let lines = home.venom(&["log", "last@3"]).stdout.lines().count();
    assert_eq!(lines, 3);
    // A file of the first events is one of the run as it was.
    let file = home.work().join("early.venom");
    let file = file.to_str().unwrap();
    let done = home.venom(&["export", "last@3", "-o", file]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let (code, document) = home.json(&["verify", file, "--json"]);
    assert_eq!(code, Some(0), "{document}");
    assert_eq!(document["data"]["archive"]["head"]["events"], 3);
    assert!(
        home.venom(&["output", "last@3"]).code == Some(2),
        "nothing was done then"
    );
    let whole: [&[&str]; 3] = [&["log", "verify"], &["verify"], &["resume"]];
    for verb in whole {
        let done = home.venom(&[verb, &["last@3"]].concat());
        assert_eq!(done.code, Some(2), "{verb:?} {done:?}");
        assert!(done.stderr.contains("moment"), "{verb:?} {done:?}");
    }
}
