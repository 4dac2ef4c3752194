//! The tool itself: what a real program does is seen, stopped, failed and written down.
#![expect(clippy::print_stdout, reason = "a skipped test has to say so")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use venom_outage::call::{Call, Deed};
use venom_outage::watch::{FULL, Ruling, is_possible, watch};

fn shell(folder: &Path, script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", script])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn can_watch() -> bool {
    let can = is_possible();
    if !can {
        println!("SKIPPED: this machine lets no program be watched");
    }
    can
}

#[test]
fn deeds_are_seen_before_they_happen() {
    if !can_watch() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let deeds = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&deeds);
    let file = root.join("a");
    let watched = watch(
        shell(&root, "echo one > a; echo two >> a"),
        move |call: &Call| {
            if call.is_own
                && let Some(path) = call.deed.path()
                && path.starts_with(&root)
            {
                let was_there = path.exists();
                seen.lock().unwrap().push((call.deed.clone(), was_there));
            }
            Ruling::GoOn
        },
    );
    assert!(watched.unwrap().finish().unwrap().success());
    let write = |offset, text: &str| Deed::Write {
        path: file.clone(),
        offset,
        bytes: text.into(),
    };
    let open = |empties| Deed::Open {
        path: file.clone(),
        empties,
    };
    assert_eq!(
        *deeds.lock().unwrap(),
        [
            (open(true), false),
            (write(0, "one\n"), true),
            (open(false), true),
            (write(4, "two\n"), true),
        ]
    );
}

#[test]
fn a_call_fails_as_told_and_does_not_happen() {
    if !can_watch() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let watched = watch(
        shell(folder.path(), "echo kept > a; echo lost > b || exit 7"),
        |call| match &call.deed {
            Deed::Write { bytes, .. } if bytes == b"lost\n" => Ruling::Fail(FULL),
            _ => Ruling::GoOn,
        },
    );
    let status = watched.unwrap().finish().unwrap();
    assert_eq!(status.code(), Some(7));
    assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"kept\n");
    assert_eq!(std::fs::read(folder.path().join("b")).unwrap(), b"");
}

#[test]
fn a_program_is_killed_before_a_call() {
    use std::os::unix::process::ExitStatusExt as _;
    if !can_watch() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let watched = watch(
        shell(folder.path(), "echo one > a; echo two > b; echo three > c"),
        |call| match &call.deed {
            Deed::Write { bytes, .. } if bytes == b"two\n" => Ruling::Kill,
            _ => Ruling::GoOn,
        },
    );
    let status = watched.unwrap().finish().unwrap();
    assert_eq!(status.signal(), Some(9));
    assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"one\n");
    assert_eq!(std::fs::read(folder.path().join("b")).unwrap(), b"");
    assert!(!folder.path().join("c").exists());
}
