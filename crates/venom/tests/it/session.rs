//! Sessions as steps of runs: servers, prompts, and what is left of them.

use std::fs;
use std::time::{Duration, Instant};

use super::home::{Home, Running, has};
use super::sandbox::has_cell;
use serde_json::Value;

/// A generous bound for what takes a fraction of it on a quiet machine.
const SOON: Duration = Duration::from_secs(20);

const GOAL: &str = "go through the rehearsal";

/// A playbook with these steps.
fn book(steps: &str) -> String {
    format!(
        "venom: 1\nname: rehearsal\ntitle: The rehearsal\nutterances:\n  - {GOAL}\n  - do the rehearsal\n  - begin the rehearsal\nsteps:\n{steps}"
    )
}

/// Texts of the steps that were done, by title.
fn note<'r>(report: &'r Value, title: &str) -> &'r str {
    let mut notes = report["data"]["notes"].as_array().into_iter().flatten();
    let found = notes.find(|note| note["title"] == title);
    let text = found.and_then(|note| note["text"].as_str());
    text.unwrap_or_else(|| panic!("nothing from {title}: {report}"))
}

/// A duration for `sleep` that is a name to look for among all processes.
fn marker() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{}{next:03}", 9_000_000 + std::process::id())
}

fn survivors(marker: &str) -> usize {
    let is_it = |line: Vec<u8>| line.split(|b| *b == 0).any(|arg| arg == marker.as_bytes());
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| fs::read(entry.path().join("cmdline")).is_ok_and(is_it))
        .count()
}

/// Waits until nothing of that name is left: the kernel takes its moment.
fn wait_until_gone(marker: &str) {
    let began = Instant::now();
    while survivors(marker) > 0 {
        assert!(began.elapsed() < SOON, "{} left", survivors(marker));
        std::thread::yield_now();
    }
}

#[test]
fn a_server_is_started_asked_and_stopped() {
    let home = Home::new();
    if !has_cell(&home) || !has("python3") {
        return;
    }
    home.file("index.html", "the page\n");
    let goal =
        "start the server `python3 -m http.server 8000` and check that it answers on port 8000";
    let (code, report) = home.json(&["run", goal, "--json"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(
        note(&report, "Get / from port 8000").contains("the page"),
        "{report}"
    );
    let stopped = note(&report, "Stop the server");
    assert!(stopped.contains("\"GET / HTTP/1.1\" 200"), "{report}");
    // A server that ends by itself is not waited for, and one that answers with an error is told of.
    let goal = "start the server `echo no; exit 3` and check that it answers on port 8000";
    let (code, report) = home.json(&["run", goal, "--json"]);
    assert_ne!(code, Some(0), "{report}");
    assert!(
        report.to_string().contains("the session has ended already"),
        "{report}"
    );
}

#[test]
fn a_prompt_is_talked_to_and_sees_its_terminal_change() {
    let home = Home::new();
    if !has_cell(&home) || !has("python3") {
        return;
    }
    let steps = r#"
  - id: start
    title: Start it
    skill: shell
    action: start
    params: { command: [python3, -q], terminal: true, rows: 20, columns: 60 }
  - id: ready
    title: Wait for it
    skill: shell
    action: read
    params: { session: "${step.start.session}", until: ">>> ", wait: 60 }
  - id: ask
    title: Ask
    skill: shell
    action: write
    params: { session: "${step.start.session}", input: "6 * 7000 + 5\n" }
    after: [ready]
  - id: answer
    title: Hear
    skill: shell
    action: read
    params: { session: "${step.start.session}", from: "${step.ready.next}", until: "42005", wait: 60 }
    after: [ask]
  - id: resize
    title: Resize
    skill: shell
    action: resize
    params: { session: "${step.start.session}", rows: 33, columns: 77 }
    after: [answer]
  - id: size
    title: Ask for the size
    skill: shell
    action: write
    params: { session: "${step.start.session}", input: "import os; os.system('stty size')\n" }
    after: [resize]
  - id: sized
    title: Hear the size
    skill: shell
    action: read
    params: { session: "${step.start.session}", from: "${step.answer.next}", until: "33 77", wait: 60 }
    after: [size]
  - id: leave
    title: Leave
    skill: shell
    action: write
    params: { session: "${step.start.session}", input: "raise SystemExit(5)\n" }
    after: [sized]
  - id: last
    title: Hear the end
    skill: shell
    action: read
    params: { session: "${step.start.session}", from: "${step.sized.next}", until: "SystemExit(5)", wait: 60 }
    after: [leave]
  - id: stop
    title: Stop it
    skill: shell
    action: stop
    params: { session: "${step.start.session}", grace: 60 }
    after: [last]
"#;
    home.playbook("rehearsal.yaml", &book(steps));
    let (code, report) = home.json(&["run", GOAL, "--json"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(note(&report, "Hear").contains("42005"), "{report}");
    assert!(note(&report, "Hear the size").contains("33 77"), "{report}");
    let stopped = note(&report, "Stop it");
    assert!(
        stopped.contains("exit code 5") || stopped.contains("signal 1"),
        "{report}"
    );
    assert!(!report.to_string().contains("\\u001b"), "{report}");
}

#[test]
fn no_session_outlives_its_run() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let mine = marker();
    let steps = format!(
        "
  - id: start
    title: Start it
    skill: shell
    action: start
    params: {{ script: \"setsid sleep {mine} & echo up; sleep {mine}\" }}
  - id: look
    title: Look
    skill: shell
    action: read
    params: {{ session: \"${{step.start.session}}\", until: up, wait: 60 }}
  - id: list
    title: List
    skill: shell
    action: list
    after: [look]
"
    );
    home.playbook("rehearsal.yaml", &book(&steps));
    let (code, report) = home.json(&["run", GOAL, "--json"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(
        note(&report, "List").starts_with("ses_1 runs: "),
        "{report}"
    );
    wait_until_gone(&mine);
    // A step that fails ends the run, and its sessions too.
    let steps = format!(
        "{steps}  - id: fail
    title: Fail
    skill: shell
    action: exec
    params: {{ session: \"${{step.start.session}}\", script: exit 9 }}
    after: [list]
    verify: [{{ check: exit-zero }}]
"
    );
    home.playbook("rehearsal.yaml", &book(&steps));
    let (code, report) = home.json(&["run", GOAL, "--json"]);
    assert_eq!(code, Some(1), "{report}");
    wait_until_gone(&mine);
}

/// Starts a session, then something that takes its time, then names the session.
fn long(mine: &str) -> String {
    book(&format!(
        "
  - id: start
    title: Start it
    skill: shell
    action: start
    params: {{ script: \"(setsid sleep {mine} &); echo up; sleep {mine}\" }}
  - id: look
    title: Look
    skill: shell
    action: read
    params: {{ session: \"${{step.start.session}}\", until: up, wait: 60 }}
  - id: long
    title: Take a while
    skill: shell
    action: exec
    params: {{ session: \"${{step.start.session}}\", script: \"sleep {mine}\" }}
    after: [look]
"
    ))
}

/// Starts a prompt of two questions, answers the first, takes a while, and answers the second. What takes a
/// while does so until the workspace has a file `go`.
fn dialogue(mine: &str, effect: &str) -> String {
    book(&format!(
        r#"
  - id: start
    title: Start it
    skill: shell
    action: start
    params: {{ script: "(setsid sleep {mine} &); read a; echo got $a; read b; echo got $a and $b; sleep {mine}" }}
  - id: first
    title: Answer
    skill: shell
    action: write
    params: {{ session: "${{step.start.session}}", input: "one\n" }}
    effect: {effect}
  - id: heard
    title: Hear it
    skill: shell
    action: read
    params: {{ session: "${{step.start.session}}", until: got one, wait: 60 }}
    after: [first]
  - id: long
    title: Take a while
    skill: shell
    action: exec
    params: {{ session: "${{step.start.session}}", script: "[ -e go ] || sleep {mine}" }}
    after: [heard]
  - id: second
    title: Answer again
    skill: shell
    action: write
    params: {{ session: "${{step.start.session}}", input: "two\n" }}
    after: [long]
  - id: last
    title: Hear the rest
    skill: shell
    action: read
    params: {{ session: "${{step.start.session}}", from: "${{step.heard.next}}", until: and two, wait: 60 }}
    after: [second]
  - id: stop
    title: Stop it
    skill: shell
    action: stop
    params: {{ session: "${{step.start.session}}", grace: 0 }}
    after: [last]
"#
    ))
}

/// Runs the dialogue until it takes a while and all its processes are there.
fn until_it_takes_a_while(home: &Home, mine: &str) -> Running {
    let mut running = home.start(&["run", GOAL, "--yes", "--jsonl"]);
    loop {
        let started = running.until("StepStarted");
        if started["event"]["data"]["step"] == "long" {
            break;
        }
    }
    running.until("EffectStarted");
    let began = Instant::now();
    while survivors(mine) < 2 {
        assert!(began.elapsed() < SOON, "it does not start");
        std::thread::yield_now();
    }
    running
}

#[test]
fn a_session_that_was_killed_with_its_process_is_brought_back() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let mine = marker();
    home.playbook("rehearsal.yaml", &dialogue(&mine, "reversible"));
    home.file("go", "");
    let (code, whole) = home.json(&["run", GOAL, "--json"]);
    assert_eq!(code, Some(0), "{whole}");
    std::fs::remove_file(home.work().join("go")).unwrap();

    for is_killed in [true, false] {
        let running = until_it_takes_a_while(&home, &mine);
        if is_killed {
            running.kill();
        } else {
            running.signal(rustix::process::Signal::INT);
            assert_eq!(running.finish().code, Some(130));
        }
        wait_until_gone(&mine);
        home.file("go", "");
        let (code, report) = home.json(&["resume", "last", "--json"]);
        assert_eq!(code, Some(0), "{report}");
        assert!(
            note(&report, "Hear the rest").contains("got one and two"),
            "{report}"
        );
        assert_eq!(
            report["data"]["digest"], whole["data"]["digest"],
            "{report}"
        );
        wait_until_gone(&mine);
        std::fs::remove_file(home.work().join("go")).unwrap();
    }
}

#[test]
fn a_session_is_not_brought_back_by_what_must_not_be_done_twice() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let mine = marker();
    home.playbook("rehearsal.yaml", &dialogue(&mine, "irreversible"));
    until_it_takes_a_while(&home, &mine).kill();
    wait_until_gone(&mine);
    home.file("go", "");
    let (code, report) = home.json(&["resume", "last", "--json"]);
    assert_eq!(code, Some(1), "{report}");
    let said = report.to_string();
    assert!(
        said.contains("ended when the run was interrupted, and `first`")
            && said.contains("begin a new run of the goal"),
        "{said}"
    );
    assert_eq!(survivors(&mine), 0);
}

#[test]
fn a_paused_run_holds_no_process() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let mine = marker();
    home.playbook("rehearsal.yaml", &long(&mine));
    let mut running = home.start(&["run", GOAL, "--jsonl"]);
    loop {
        let started = running.until("StepStarted");
        if started["event"]["data"]["step"] == "long" {
            break;
        }
    }
    running.until("EffectStarted");
    let began = Instant::now();
    running.signal(rustix::process::Signal::INT);
    let done = running.finish();
    assert_eq!(done.code, Some(130), "{done:?}");
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "it was waited for"
    );
    wait_until_gone(&mine);
}

#[test]
fn much_output_is_kept_beside_the_log() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let steps = r#"
  - id: start
    title: Start it
    skill: shell
    action: start
    params: { script: "seq 1 3000000; echo the end" }
  - id: wait
    title: Wait
    skill: shell
    action: read
    params: { session: "${step.start.session}", until: "the end", wait: 60 }
  - id: stop
    title: Stop it
    skill: shell
    action: stop
    params: { session: "${step.start.session}" }
    after: [wait]
"#;
    home.playbook("rehearsal.yaml", &book(steps));
    let (code, report) = home.json(&["run", GOAL, "--json"]);
    assert_eq!(code, Some(0), "{report}");
    // As many bytes as the numbers have digits and line ends, and the last line.
    let printed =
        9 * 2 + 90 * 3 + 900 * 4 + 9_000 * 5 + 90_000 * 6 + 900_000 * 7 + 2_000_001 * 8 + 8;
    let stopped = note(&report, "Stop it");
    assert!(
        stopped.contains(&format!("printed {printed} bytes")),
        "{stopped}"
    );
    assert!(
        stopped.trim_end().ends_with("3000000\nthe end"),
        "{stopped}"
    );
    assert!(report.to_string().len() < 200_000);
    let log = home.venom(&["log", "last", "--json"]);
    assert!(log.stdout.len() < 400_000, "{}", log.stdout.len());
    assert!(log.stdout.contains("\"blobs\":[\""), "{}", log.stdout);
}
