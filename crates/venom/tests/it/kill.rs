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

/// Playbooks over a project's own tools, by the goals that mean them. What they run is declared, so that
/// it is there on every machine and comes to the same each time. Measuring is left out because its
/// results are times, and deploying because it is never done twice: see below.
const PLAYBOOKS: &[&str] = &[
    "format the code",
    "lint the code",
    "fix the lint errors",
    "check the types",
    "build the project",
    "clean the build output",
    "run the tests",
    "audit the dependencies",
    "list outdated dependencies",
    "run the script seed in the environment staging",
];

fn declared() -> Home {
    let home = Home::new();
    home.file("a.txt", "one\n");
    home.file("built.txt", "x\n");
    home.file(
        ".venom/project.yaml",
        "venom: 1
commands:
  format: echo formatted >> a.txt
  lint: grep -q one a.txt
  fix: echo fixed >> a.txt
  types: test -s a.txt
  build: echo built >> built.txt
  clean: rm -f built.txt
  test: grep -q one a.txt
  audit: echo nothing known
  outdated: echo nothing old
scripts:
  seed: echo \"seeded $APP_ENV\" >> a.txt
environments:
  staging: { APP_ENV: staging }
deploy:
  staging:
    command: echo deployed >> deployed.txt
",
    );
    home
}

/// What the workspace holds after a run.
fn contents(home: &Home) -> [Option<String>; 3] {
    ["a.txt", "built.txt", "deployed.txt"]
        .map(|name| std::fs::read_to_string(home.work().join(name)).ok())
}

/// Stops a run after so many events and goes on with it: every other one is killed, the rest interrupted
/// as by Ctrl-C. `None` if it had come to its end before.
fn stopped_after(home: &Home, args: &[&str], events: usize) -> Option<Value> {
    let mut running = home.start(args);
    let is_over = (0..events)
        .map_while(|_| running.line())
        .any(|line| line["event"]["type"] == "RunFinished" || line["kind"].is_string());
    if is_over {
        return None;
    }
    if (events / 2).is_multiple_of(2) {
        running.kill();
    } else {
        running.signal(rustix::process::Signal::INT);
        running.finish();
    }
    Some(resumed(home).1)
}

#[test]
fn playbooks_that_are_stopped_anywhere_do_nothing_twice() {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut stopped = 0;
        while let Some(goal) = PLAYBOOKS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let args = ["run", goal, "--yes", "--jsonl", "--no-input"];
            let home = declared();
            let whole = home.start(&args).finish().last_line();
            assert_eq!(whole["data"]["outcome"], "succeeded", "{goal}: {whole}");
            let expected = (whole["data"]["digest"].clone(), contents(&home));
            // Between two neighbouring events of a run of one step there is little to be lost.
            for events in (1..).step_by(2) {
                let home = declared();
                let Some(report) = stopped_after(&home, &args, events) else {
                    break;
                };
                let seen = (report["data"]["digest"].clone(), contents(&home));
                assert_eq!(seen, expected, "{goal}, after {events}: {report}");
                stopped += 1;
            }
        }
        stopped
    };
    let stopped: usize = std::thread::scope(|scope| {
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers
            .into_iter()
            .map(|worker| worker.join().expect("every run comes to the same"))
            .sum()
    });
    assert!(stopped > 30, "only {stopped} runs were stopped");
}

#[test]
fn a_deployment_that_is_stopped_is_never_begun_again() {
    let args = ["run", "deploy to staging", "--yes", "--jsonl", "--no-input"];
    let mut in_doubt = 0;
    for events in 1.. {
        let home = declared();
        let Some(report) = stopped_after(&home, &args, events) else {
            break;
        };
        let [_, _, deployed] = contents(&home);
        match deployed.as_deref() {
            Some("deployed\n") => {}
            // Nobody knows how far it came, and nobody is there to be asked.
            None => in_doubt += 1,
            Some(other) => panic!("after {events}: {other}: {report}"),
        }
        if report["data"]["outcome"] == "succeeded" {
            assert_eq!(
                deployed.as_deref(),
                Some("deployed\n"),
                "{events}: {report}"
            );
        }
    }
    assert!(in_doubt < 6, "{in_doubt} deployments were left in doubt");
}
