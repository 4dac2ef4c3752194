//! `venom code run`, and interpreters that are kept for the steps of a run.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use super::home::{Done, Home, finish, has};
use super::sandbox::has_cell;

/// Runs a command that reads this from its input.
fn fed(home: &Home, args: &[&str], input: &str) -> Done {
    let mut command = home.command(args);
    command.stdin(Stdio::piped());
    // The compiler of this machine is found below the home of whoever runs the tests.
    if let Some((_, own)) = std::env::vars_os().find(|(name, _)| name == "HOME") {
        command.env("HOME", own);
    }
    let mut child = command.spawn().expect("venom starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it is read");
    drop(stdin);
    finish(child)
}

#[test]
fn a_snippet_gets_files_in_and_leaves_files() {
    let home = Home::new();
    if !has_cell(&home) || !has("python3") {
        return;
    }
    home.file("data/in.csv", "1,2\n");
    home.file(
        "plot.py",
        "import os, sys\nprint(open('in.csv').read().strip(), sys.argv[1:])\n\
         open('out/plot.png', 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n${slot.x}')\n\
         try:\n    open(os.environ['PWD'] + '/../../../x', 'w')\nexcept OSError as error:\n    print('refused')\n",
    );
    let out = home.work().join("made");
    let out_name = out.display().to_string();
    let done = home.venom(&[
        "code",
        "run",
        "plot.py",
        "--with",
        "data/in.csv",
        "--out",
        &out_name,
        "--",
        "a b",
    ]);
    assert_eq!(done.code, Some(0), "{} {}", done.stdout, done.stderr);
    assert!(done.stdout.contains("1,2 ['a b']"), "{}", done.stdout);
    assert!(done.stdout.contains("image/png"), "{}", done.stdout);
    let bytes = std::fs::read(out.join("plot.png")).expect("it is written");
    assert_eq!(bytes, b"\x89PNG\r\n\x1a\n${slot.x}");
    // Where it was not asked to, it left nothing.
    let mut names: Vec<_> = std::fs::read_dir(home.work())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["data", "made", "plot.py"]);
}

#[test]
fn snippets_come_from_standard_input_and_fail_with_a_name() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let done = fed(
        &home,
        &["code", "run", "--lang", "sh"],
        "echo \"it is $((2 + 3))\"\n",
    );
    assert_eq!(done.code, Some(0), "{} {}", done.stdout, done.stderr);
    assert!(done.stdout.contains("it is 5"), "{}", done.stdout);
    let made = home.work().join("made");
    let made_name = made.display().to_string();
    let done = fed(
        &home,
        &["code", "run", "--lang", "sh", "--out", &made_name],
        "echo partly > out/log.txt\nexit 4\n",
    );
    assert_eq!(done.code, Some(1), "{} {}", done.stdout, done.stderr);
    // What it had made by then is what somebody looks at next.
    let left = std::fs::read_to_string(made.join("log.txt")).expect("it is written");
    assert_eq!(left, "partly\n");
    assert!(
        done.stdout.contains("failed with exit code 4"),
        "{}",
        done.stdout
    );
    let done = fed(
        &home,
        &["code", "run", "--lang", "sh", "--timeout", "1"],
        "sleep 99\n",
    );
    assert_eq!(done.code, Some(1), "{} {}", done.stdout, done.stderr);
    assert!(
        done.stdout.contains("was stopped after 1.0 s"),
        "{}",
        done.stdout
    );
    if has("rustc") {
        let source = "fn main() { println!(\"{}\", 6 * 7) }";
        let done = fed(&home, &["code", "run", "--lang", "rust"], source);
        assert_eq!(done.code, Some(0), "{} {}", done.stdout, done.stderr);
        assert!(done.stdout.contains("42"), "{}", done.stdout);
        let done = fed(
            &home,
            &["code", "run", "--lang", "rust"],
            "fn main() { nope }",
        );
        assert_eq!(done.code, Some(1), "{} {}", done.stdout, done.stderr);
        assert!(done.stdout.contains("does not compile"), "{}", done.stdout);
    }
}

#[test]
fn what_cannot_be_run_is_refused_before_a_run_begins() {
    let home = Home::new();
    home.file("a.txt", "x");
    home.file("a.py", "print(1)");
    home.file("empty.py", " \n");
    for (args, why) in [
        (&["code", "run", "a.txt"][..], "`txt` cannot be run"),
        (&["code", "run", "nothing.py"], "cannot read nothing.py"),
        (&["code", "run", "empty.py"], "the snippet is empty"),
        (&["code", "run"], "the snippet is empty"),
        (
            &["code", "run", "a.py", "--with", "/etc/passwd"],
            "is not inside",
        ),
        (
            &["code", "run", "a.py", "--lang", "cobol"],
            "`cobol` cannot be run",
        ),
        (
            &["code", "scan", "--tools", "grep"],
            "there is no tool `grep`",
        ),
    ] {
        let done = home.venom(args);
        assert_eq!(
            done.code,
            Some(2),
            "{args:?}: {} {}",
            done.stdout,
            done.stderr
        );
        assert!(done.stderr.contains(why), "{args:?}: {}", done.stderr);
    }
    assert!(home.venom(&["runs"]).stdout.lines().count() <= 1);
}

/// The texts of the steps, by title.
fn note<'r>(report: &'r Value, title: &str) -> &'r str {
    let mut notes = report["data"]["notes"].as_array().into_iter().flatten();
    let found = notes.find(|note| note["title"] == title);
    found
        .and_then(|note| note["text"].as_str())
        .unwrap_or_else(|| panic!("nothing from {title}: {report}"))
}

/// A playbook whose steps run these snippets in one interpreter, one after the other.
fn book(language: &str, snippets: &[(&str, &str)]) -> String {
    let mut text = "venom: 1\nname: rehearsal\ntitle: The rehearsal\nutterances: [go through the rehearsal, do the rehearsal]\nsteps:\n".to_owned();
    for (at, (id, source)) in snippets.iter().enumerate() {
        let how = if at == 0 {
            "keep: true".to_owned()
        } else {
            format!("session: \"${{step.{}.session}}\"", snippets[0].0)
        };
        let after = if at == 0 {
            String::new()
        } else {
            format!("after: [{}], ", snippets[at - 1].0)
        };
        let source = serde_json::to_string(source).expect("JSON");
        let step = format!(
            "  - {{id: {id}, title: {id}, skill: code, action: run, effect: reversible, {after}params: {{language: {language}, {how}, timeout: 2, source: {source}}}}}\n"
        );
        text.push_str(&step);
    }
    text
}

#[test]
fn an_interpreter_remembers_and_survives_what_it_can() {
    let home = Home::new();
    if !has_cell(&home) || !has("python3") {
        return;
    }
    home.playbook(
        "rehearsal.yaml",
        &book(
            "python",
            &[
                ("first", "x = 40\nprint('VENOM 2\\n{}')"),
                ("second", "import os\nos.system('echo child')\nx + 2"),
                ("raises", "raise ValueError('bad')"),
                ("hangs", "while True: pass"),
                ("still", "x"),
                ("files", "open('out/t.csv', 'w').write('1')\nNone"),
                ("exits", "import os\nos._exit(7)"),
                ("gone", "x"),
            ],
        ),
    );
    let (code, report) = home.json(&["run", "go through the rehearsal", "--json"]);
    assert_eq!(code, Some(1), "{report}");
    // What looks like an answer and is printed by a snippet is output and nothing else.
    assert!(note(&report, "first").contains("VENOM 2"), "{report}");
    assert!(note(&report, "second").contains("child"), "{report}");
    assert!(note(&report, "second").contains("Value: 42"), "{report}");
    assert!(
        note(&report, "raises").contains("ValueError: bad"),
        "{report}"
    );
    assert!(
        note(&report, "hangs").contains("Its interpreter goes on"),
        "{report}"
    );
    assert!(note(&report, "still").contains("Value: 40"), "{report}");
    assert!(note(&report, "files").contains("t.csv"), "{report}");
    assert!(
        note(&report, "exits").contains("ended its interpreter"),
        "{report}"
    );
    assert!(report.to_string().contains("is gone"), "{report}");
}

#[test]
fn javascript_is_kept_too() {
    let home = Home::new();
    if !has_cell(&home) || !has("node") {
        return;
    }
    home.playbook(
        "rehearsal.yaml",
        &book(
            "javascript",
            &[
                ("first", "const x = 40; console.log('js');"),
                (
                    "later",
                    "new Promise(done => setTimeout(() => done(x + 2), 20))",
                ),
                ("raises", "nope(x)"),
                ("hangs", "for (;;) {}"),
                ("waits", "new Promise(() => setInterval(() => {}, 1000))"),
                ("still", "x"),
            ],
        ),
    );
    let (code, report) = home.json(&["run", "go through the rehearsal", "--json"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(note(&report, "first").contains("js"), "{report}");
    assert!(note(&report, "later").contains("Value: 42"), "{report}");
    assert!(
        note(&report, "raises").contains("ReferenceError"),
        "{report}"
    );
    assert!(
        note(&report, "hangs").contains("was stopped after"),
        "{report}"
    );
    assert!(
        note(&report, "waits").contains("was stopped after"),
        "{report}"
    );
    assert!(note(&report, "still").contains("Value: 40"), "{report}");
}

#[test]
fn an_interpreter_is_brought_back_with_what_the_snippets_before_made_with_it() {
    let home = Home::new();
    if !has_cell(&home) || !has("python3") {
        return;
    }
    home.playbook(
        "rehearsal.yaml",
        &book(
            "python",
            &[
                ("first", "x = 1"),
                ("slow", "import time; time.sleep(1.5)"),
                ("last", "x"),
            ],
        ),
    );
    let mut run = home.start(&["run", "go through the rehearsal", "--jsonl"]);
    // The first step is done when the second is under way.
    run.until("EffectFinished");
    run.child.kill().expect("it runs");
    run.child.wait().expect("it ends");
    let (code, report) = home.json(&["resume", "last", "--json"]);
    assert_eq!(code, Some(0), "{report}");
    assert!(note(&report, "last").contains("Value: 1"), "{report}");
}
