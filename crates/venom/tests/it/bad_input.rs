//! What people do by mistake, and what others do on purpose.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::home::{Home, write};

fn check(home: &Home, args: &[&str], code: i32, says: &str) {
    let done = home.venom(args);
    assert_eq!(done.code, Some(code), "{args:?}: {done:?}");
    assert!(done.stderr.contains(says), "{args:?}: {done:?}");
    assert!(!done.stderr.contains("panicked"), "{done:?}");
}

#[test]
fn goals() {
    let home = Home::new();
    check(&home, &["run", ""], 2, "the goal is empty");
    check(&home, &["run", "  \n "], 2, "the goal is empty");
    check(&home, &["run"], 2, "there is no goal");
    check(&home, &["run", "?!"], 2, "no word");
    check(&home, &["run", "-f", "missing.txt"], 2, "missing.txt");
    write(
        &home.work().join("long.txt"),
        &"run the tests ".repeat(80_000),
    );
    check(&home, &["run", "-f", "long.txt"], 2, "allowed");
    check(&home, &["plan", "a", "b", "\u{1}"], 2, "no text");
}

#[test]
fn a_goal_that_is_no_text() {
    let home = Home::new();
    let mut command = home.command(&["run"]);
    command.arg(OsStr::from_bytes(b"run \xff\xfe tests"));
    let output = command.output().expect("an end");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("no text"), "{said}");
}

#[test]
fn a_goal_from_standard_input() {
    use std::io::Write as _;
    let home = Home::new();
    for args in [&["run", "-", "--json"][..], &["run", "-f", "-", "--json"]] {
        let mut command = home.command(args);
        command.stdin(std::process::Stdio::piped());
        let mut child = command.spawn().expect("venom starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        pipe.write_all(b"find all TODOs\n").expect("written");
        drop(pipe);
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("\"goal\":\"find all TODOs\""), "{text}");
    }
}

#[test]
fn hostile_text_is_shown_without_its_teeth() {
    let home = Home::new();
    let goal = "find all TODOs \u{202e}sDOT";
    for args in [
        &["run", goal][..],
        &["runs"],
        &["show"],
        &["log"],
        &["why", "last"],
    ] {
        let done = home.venom(args);
        for text in [&done.stdout, &done.stderr] {
            assert!(!text.contains('\u{202e}'), "{args:?}: {text}");
        }
    }
    let done = home.venom(&["--\u{1b}[31mred"]);
    assert_eq!(done.code, Some(2));
    let done = home.venom(&["show", "\u{202e}abc"]);
    assert!(!done.stderr.contains('\u{202e}'), "{done:?}");
}

#[test]
fn workspaces() {
    let home = Home::new();
    write(&home.work().join("file"), "");
    let user = home.user().display().to_string();
    let run = |dir: &str, flag: &str, code: i32, says: &str| {
        check(&home, &["run", "run the tests", flag, dir], code, says);
    };
    run("missing", "--workspace", 2, "does not exist");
    run("file", "--workspace", 2, "no folder");
    run("missing", "--copy", 2, "does not exist");
    run("/", "--workspace", 2, "--allow-dangerous-workspace");
    run("/", "--copy", 2, "--allow-dangerous-workspace");
    run(&user, "--workspace", 2, "home folder");
    let done = home.venom(&[
        "run",
        "find all TODOs",
        "-C",
        &user,
        "--allow-dangerous-workspace",
    ]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

#[test]
fn a_folder_for_files_that_cannot_be_one() {
    let home = Home::new();
    write(&home.venom_home(), "a file stands here");
    let done = home.venom(&["run", "find all TODOs"]);
    assert_ne!(done.code, Some(0));
    assert!(done.stderr.contains("error: "), "{done:?}");
    assert!(!done.stderr.contains("panicked"), "{done:?}");
    assert_eq!(home.venom(&["doctor"]).code, Some(1));
}

#[test]
fn a_full_disk_is_named() {
    let home = Home::new();
    let mut command = home.command(&["runs", "--json"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        println!("SKIPPED: there is no /dev/full");
        return;
    };
    let output = command.stdout(full).output().expect("an end");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("cannot write to standard output"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

#[test]
fn a_damaged_log_is_found_and_named() {
    let home = Home::new();
    home.cannot_replay("the log is damaged here");
    home.venom(&["run", "find all TODOs"]);
    let path = home.venom_home().join("data/log.db");
    let bytes = std::fs::read(&path).expect("the log");
    let needle = b"find all TODOs";
    let at = bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .expect("the goal is in the log");
    let mut damaged = bytes;
    damaged[at] = b'F';
    std::fs::write(&path, damaged).expect("written");
    let done = home.venom(&["log", "verify"]);
    assert_eq!(done.code, Some(9), "{done:?}");
    assert!(done.stdout.contains("damaged"), "{done:?}");

    std::fs::write(&path, b"this is no log at all, whatever it is called").expect("written");
    let done = home.venom(&["runs"]);
    assert_eq!(done.code, Some(9), "{done:?}");
}

#[test]
fn slips_of_the_pen_are_corrected() {
    let home = Home::new();
    check(&home, &["rnu", "x"], 2, "run");
    check(&home, &["run", "x", "--jsno"], 2, "--json");
    check(&home, &["config", "get", "run.timout"], 3, "run.timeout");
    check(&home, &["run", "x", "--timeout", "soon"], 2, "90s");
    check(&home, &["run", "x", "--max-parallel", "0"], 2, "1..=1024");
}
