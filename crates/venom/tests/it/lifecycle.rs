//! Runs over their whole life: killed, paused, cancelled, approved, side by side.

use rustix::process::Signal;

use super::home::{ASKING, Home, has, slow_project};

const TESTS: &str = "run the tests";

#[test]
fn killed_in_the_middle_and_resumed() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 10);
    let mut running = home.start(&["run", TESTS, "--jsonl"]);
    running.until("EffectStarted");
    running.kill();
    let (code, report) = home.json(&["resume", "last", "--json"]);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(report["data"]["tests"][0]["evidence"]["passed"], 1);
    assert_eq!(home.venom(&["log", "verify", "last"]).code, Some(0));
}

#[test]
fn interrupted_and_resumed() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 20);
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut running = home.start(&["run", TESTS, "--jsonl"]);
        running.until("EffectStarted");
        running.signal(signal);
        let done = running.finish();
        assert_eq!(done.code, Some(code), "{done:?}");
        assert!(done.stderr.contains("venom resume run_"), "{done:?}");
        assert!(done.stdout.contains("RunPaused"), "{done:?}");
    }
    let (code, report) = home.json(&["resume", "--last", "--json"]);
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 600);
    let stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n";
    home.file("tests/__init__.py", stubborn);
    let mut running = home.start(&["run", TESTS, "--jsonl"]);
    running.until("EffectStarted");
    running.signal(Signal::INT);
    running.signal(Signal::INT);
    let done = running.finish();
    assert_eq!(done.code, Some(130), "{done:?}");
}

#[test]
fn paused_from_elsewhere_and_resumed() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 10);
    home.file("a.py", "# TODO: one\n");
    let mut running = home.start(&["run", "run the tests and then find all TODOs", "--jsonl"]);
    running.until("EffectStarted");
    let done = home.venom(&["pause"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = running.finish();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stderr.contains("paused"), "{done:?}");
    let (code, report) = home.json(&["resume", "--json"]);
    assert_eq!(code, Some(0), "{report}");
}

#[test]
fn cancelled_from_elsewhere() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 600);
    let mut running = home.start(&["run", TESTS, "--jsonl"]);
    running.until("EffectStarted");
    assert_eq!(home.venom(&["cancel"]).code, Some(0));
    let done = running.finish();
    assert_eq!(done.code, Some(1), "{done:?}");
    assert_eq!(done.last_line()["data"]["outcome"], "cancelled");
    assert_eq!(home.venom(&["resume"]).code, Some(1), "it has ended");
}

#[test]
fn a_time_limit_ends_a_run() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 600);
    let done = home.venom(&["run", TESTS, "--timeout", "1s"]);
    assert_eq!(done.code, Some(124), "{done:?}");
}

#[test]
fn approved_from_elsewhere() {
    let home = Home::new();
    home.playbook("announce.yaml", ASKING);
    assert_eq!(home.venom(&["run", "announce the release"]).code, Some(6));
    let done = home.venom(&["approve", "last", "--reason", "it is time"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stderr.contains("venom resume run_"), "{done:?}");
    let done = home.venom(&["resume"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let told = std::fs::read_to_string(home.work().join("told.txt")).expect("it was told");
    assert_eq!(told, "told\n");
    assert_eq!(
        home.venom(&["approve", "last"]).code,
        Some(1),
        "nothing is open"
    );
}

#[test]
fn approved_in_advance() {
    let home = Home::new();
    home.playbook("announce.yaml", ASKING);
    let done = home.venom(&["run", "announce the release", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(home.work().join("told.txt").exists());
}

#[test]
fn answered_from_elsewhere() {
    let home = Home::new();
    home.file("app/core.py", "def answer():\n    return 42\n");
    let (code, report) = home.json(&["run", "explain the structure of the module", "--json"]);
    assert_eq!(code, Some(12), "{report}");
    let done = home.venom(&["answer", "last", "app"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = home.venom(&["resume"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn a_run_has_one_owner_and_many_watchers() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 20);
    let mut running = home.start(&["run", TESTS, "--jsonl"]);
    running.until("EffectStarted");
    let taken = home.venom(&["resume"]);
    assert_eq!(taken.code, Some(1), "{taken:?}");
    assert!(taken.stderr.contains("venom watch run_"), "{taken:?}");
    let watched = home.venom(&["watch"]);
    assert_eq!(watched.code, Some(0), "{watched:?}");
    assert!(watched.stdout.contains("✓ Done"), "{watched:?}");
    assert_eq!(running.finish().code, Some(0));
}

#[test]
fn two_runs_at_once_in_one_workspace() {
    let home = Home::new();
    for number in 0..20 {
        home.file(&format!("a{number}.py"), "# TODO: one\n");
    }
    let one = home.start(&["run", "find all TODOs and write them to ONE.md", "--jsonl"]);
    let two = home.start(&["run", "find all TODOs and write them to TWO.md", "--jsonl"]);
    let (one, two) = (one.finish(), two.finish());
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{one:?} {two:?}");
    assert!(home.work().join("ONE.md").exists() && home.work().join("TWO.md").exists());
    assert_eq!(home.venom(&["log", "verify"]).code, Some(0));
}

#[test]
fn a_copy_leaves_the_original_alone() {
    let home = Home::new();
    home.file("project/a.py", "# TODO: one\n");
    let (code, report) = home.json(&[
        "run",
        "--copy",
        "project",
        "find all TODOs and write them to TODO.md",
        "--json",
    ]);
    assert_eq!(code, Some(0), "{report}");
    assert!(!home.work().join("project/TODO.md").exists());
    let copy = report["data"]["workspace"].as_str().expect("a folder");
    assert!(std::path::Path::new(copy).join("TODO.md").exists());
    assert!(copy.contains("/data/copies/"), "{copy}");
}
