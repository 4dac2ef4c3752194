//! A process that is killed after any event leaves a run that ends as if nothing had happened.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::home::{Home, has, program};

/// Steps of every kind that a crash may fall into: reading, editing, committing, running tests; with
/// an approval that must not be asked for twice.
const RELEASE: &str = "venom: 1
name: release-notes
title: Write and commit the notes
utterances:
  - publish the release notes
  - publish the notes of the release
  - get the release notes out
  - release notes please
steps:
  - id: find
    title: Find what is open
    skill: files
    action: todos
  - id: write
    title: Write the list
    skill: files
    action: write-list
    params:
      path: NOTES.md
      title: Notes
      items: \"${step.find.items}\"
    verify:
      - check: file-exists
        path: NOTES.md
  - id: test
    title: Run the tests
    skill: test
    action: run
    after: [write]
    verify:
      - check: tests-pass
  - id: commit
    title: Commit the notes
    skill: git
    action: commit
    params: { message: \"docs: add notes\" }
    after: [write, test]
    verify:
      - check: committed
";

const GOAL: &str = "publish the release notes";

fn prepare() -> Home {
    let home = Home::new();
    home.playbook("release-notes.yaml", RELEASE);
    super::home::slow_project(&home, 0);
    home.file("todo.py", "# TODO: one\n");
    home.file(".gitignore", "__pycache__/\n");
    super::home::write(
        &home.venom_home().join("config.yaml"),
        "policy:\n  rules:\n    - {skill: files, action: write-list, ruling: ask}\n",
    );
    let work = home.work();
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["config", "user.name", "Tester"],
        &["config", "user.email", "tester@example.org"],
        &["add", "--all"],
        &["commit", "--quiet", "--message", "chore: begin"],
    ] {
        program(&work, "git", args).expect("git works");
    }
    home
}

const RUN: &[&str] = &["run", GOAL, "--yes", "--jsonl", "--no-input"];

/// What must be the same however often a run was killed.
#[derive(Debug, PartialEq)]
struct Fate {
    code: Option<i32>,
    digest: Value,
    approvals: usize,
    commits: usize,
    changed: Value,
}

fn fate(home: &Home, code: Option<i32>, report: &Value) -> Fate {
    let (_, events) = home.json(&["log", "last", "--json"]);
    let events = events["data"]["events"].as_array().expect("events").clone();
    let log = program(&home.work(), "git", &["log", "--format=%s"]).expect("git works");
    Fate {
        code,
        // A commit's name depends on its time, and so does the digest of a run that made one.
        digest: report["data"]["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .map(|step| serde_json::json!([step["id"], step["status"]]))
            .collect(),
        approvals: events
            .iter()
            .filter(|event| event["event"]["type"] == "ApprovalAsked")
            .count(),
        commits: log.lines().count(),
        changed: report["data"]["changed"].clone(),
    }
}

/// Goes on with a run; one that had come to its end before it was killed is shown.
fn resumed(home: &Home) -> (Option<i32>, Value) {
    let (code, report) = home.json(&["resume", "last", "--json"]);
    if report["error"]["code"] == "refused" {
        return home.json(&["show", "last", "--json"]);
    }
    (code, report)
}

/// Kills a run after so many events and resumes it; `None` if the run ended before.
fn killed_after(events: usize) -> Option<Fate> {
    let home = prepare();
    let mut running = home.start(RUN);
    for _ in 0..events {
        let line = running.line()?;
        if line["kind"] == "run-report" || line["event"]["type"] == "RunFinished" {
            return None;
        }
    }
    running.kill();
    let (code, report) = resumed(&home);
    let verified = home.venom(&["log", "verify"]);
    assert_eq!(verified.code, Some(0), "after {events}: {verified:?}");
    Some(fate(&home, code, &report))
}

#[test]
fn kill_at_every_event() {
    if !has("python3") || !has("git") {
        return;
    }
    let home = prepare();
    let done = home.start(RUN).finish();
    let undisturbed = fate(&home, done.code, &done.last_line());
    assert_eq!(undisturbed.code, Some(0), "{done:?}");
    assert_eq!(
        (undisturbed.approvals, undisturbed.commits),
        (1, 2),
        "{done:?}"
    );

    let next = AtomicUsize::new(1);
    let worker = || {
        let mut killed = 0;
        loop {
            let events = next.fetch_add(1, Ordering::Relaxed);
            let Some(fate) = killed_after(events) else {
                return killed;
            };
            assert_eq!(fate, undisturbed, "killed after {events} events");
            killed += 1;
        }
    };
    let killed: usize = std::thread::scope(|scope| {
        // Two at a time: each one waits for processes most of its time.
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers
            .into_iter()
            .map(|worker| worker.join().expect("every fate is the same"))
            .sum()
    });
    assert!(killed > 15, "only {killed} events");
}

/// Kills runs of a goal after each `step`th event, two at a time, and compares the digests of
/// everything that they come to with that of an undisturbed run. Returns how many were killed.
fn compare_digests(prepare: &(dyn Fn() -> Home + Sync), args: &[&str], step: usize) -> usize {
    let undisturbed = prepare().start(args).finish().last_line();
    let digest = &undisturbed["data"]["digest"];
    assert!(digest.is_string(), "{undisturbed}");
    let next = AtomicUsize::new(1);
    let worker = || {
        let mut killed = 0;
        loop {
            let events = next.fetch_add(step, Ordering::Relaxed);
            let home = prepare();
            let mut running = home.start(args);
            let is_over = (0..events)
                .map_while(|_| running.line())
                .any(|line| line["event"]["type"] == "RunFinished" || line["kind"].is_string());
            if is_over {
                return killed;
            }
            running.kill();
            let (_, report) = resumed(&home);
            assert_eq!(
                report["data"]["outcome"], undisturbed["data"]["outcome"],
                "after {events}: {report}"
            );
            assert_eq!(
                &report["data"]["digest"], digest,
                "after {events}: {report} instead of {undisturbed}"
            );
            killed += 1;
        }
    };
    std::thread::scope(|scope| {
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers
            .into_iter()
            .map(|worker| worker.join().expect("every digest is the same"))
            .sum()
    })
}

#[test]
fn kill_at_every_event_and_compare_digests() {
    const TODOS: &[&str] = &[
        "run",
        "find all TODOs and write them to TODO.md",
        "--jsonl",
        "--no-input",
    ];
    let prepare = || {
        let home = Home::new();
        home.file("a.py", "# TODO: one\n# FIXME: two\n");
        home
    };
    let killed = compare_digests(&prepare, TODOS, 1);
    assert!(killed > 8, "only {killed} events");
}

#[test]
fn kill_the_shop_at_every_event_and_compare_digests() {
    if !has("python3") {
        return;
    }
    let original = super::home::shop().display().to_string();
    let goal = "Refactor the auth module and make it more secure";
    let args = ["run", "--copy", &original, goal, "--jsonl", "--no-input"];
    let killed = compare_digests(&Home::new, &args, 1);
    assert!(killed > 30, "only {killed} events");
}
