//! Runs leave one home in a file and are looked at in another, which has nothing in common with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::home::{Done, Home, finish, has, shop};
use super::sandbox::has_cell;

const SECURE: &str = "Refactor the auth module and make it more secure";
const CANARY: &str = "canary-5f2e8a-value";

fn ok(done: &Done) {
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// Exports the last run, and returns the file and the run's id.
fn export(home: &Home, more: &[&str]) -> (PathBuf, String) {
    let file = home.user().join("run.venom");
    let path = file.display().to_string();
    let mut args = vec!["export", "last", "--json", "--force", "-o", &path];
    args.extend(more);
    let (code, said) = home.json(&args);
    assert_eq!(code, Some(0), "{said}");
    let run = said["data"]["archive"]["head"]["run"].as_str();
    (file, run.expect("an id").to_owned())
}

/// Imports a file elsewhere and looks at the run from all sides; what is said there has to be what is
/// said at home.
fn travels(home: &Home) -> (Home, String) {
    let (file, run) = export(home, &[]);
    let file = file.display().to_string();
    let there = Home::new();
    fs::remove_dir(there.work()).unwrap();
    fs::create_dir(there.work()).unwrap();
    let (code, checked) = there.json(&["verify", &file, "--json"]);
    assert_eq!(code, Some(0), "{checked}");
    let archive = &checked["data"]["archive"];
    assert_eq!(archive["folds_to"], archive["head"]["events"], "{checked}");
    assert_eq!(archive["lacks"]["missing"], 0, "{checked}");
    ok(&there.venom(&["import", &file]));
    let again = there.venom(&["import", &file]);
    ok(&again);
    assert!(again.stderr.contains("here already"), "{again:?}");
    for args in [
        ["log", &run, "--jsonl"],
        ["show", &run, "--json"],
        ["timeline", &run, "--json"],
        ["replay", &run, "--json"],
        ["log", "verify", &run],
        ["snapshot", "list", &run],
    ] {
        let (here, elsewhere) = (home.venom(&args), there.venom(&args));
        assert_eq!(elsewhere.code, here.code, "{args:?}: {elsewhere:?}");
        assert_eq!(elsewhere.stdout, here.stdout, "{args:?}");
    }
    let first = format!("{run}@1");
    for args in [
        vec!["replay", &run, "--mode", "fold"],
        vec!["why", &run, "1"],
        vec!["log", "verify"],
    ] {
        let (here, elsewhere) = (home.venom(&args), there.venom(&args));
        assert_eq!(elsewhere.code, here.code, "{args:?}: {elsewhere:?}");
    }
    let diff = ["diff", &first, &run, "--json"];
    assert_eq!(there.venom(&diff).stdout, home.venom(&diff).stdout);
    // It stays as it was.
    for args in [["resume", &run], ["rewind", &first], ["pause", &run]] {
        let refused = there.venom(&args);
        assert!(refused.code != Some(0), "{args:?}: {refused:?}");
        let whys = ["imported", "no text for a", "has changed nothing"];
        let said = whys.iter().any(|why| refused.stderr.contains(why));
        assert!(said, "{args:?}: {refused:?}");
    }
    // And it can be passed on.
    let passed = there.user().join("passed.venom").display().to_string();
    ok(&there.venom(&["export", &run, "-o", &passed]));
    ok(&there.venom(&["verify", &passed]));
    (there, run)
}

#[test]
fn a_refactoring_is_looked_at_and_gone_on_with_elsewhere() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    let original = shop().display().to_string();
    ok(&home.venom(&["run", "--copy", &original, SECURE, "--no-input"]));
    let (there, run) = travels(&home);
    ok(&there.venom(&["snapshot", "verify", &run]));
    // The plan stands behind the third event; the files come from the archive.
    let (code, steps) = there.json(&["timeline", &run, "--json"]);
    assert_eq!(code, Some(0), "{steps}");
    let (_, snapshots) = there.json(&["snapshot", "list", &run, "--json"]);
    let seq = snapshots["data"]["snapshots"][0]["seq"]
        .as_u64()
        .expect("a snapshot");
    let (code, forked) = there.json(&["fork", &format!("{run}@{seq}"), "--json"]);
    assert_eq!(code, Some(0), "{forked}");
    let folder = PathBuf::from(forked["data"]["workspace"].as_str().expect("a folder"));
    for name in ["shop/auth.py", "README.md"] {
        let (before, copied) = (shop().join(name), folder.join(name));
        if before.is_file() {
            assert_eq!(
                fs::read(before).unwrap(),
                fs::read(copied).unwrap(),
                "{name}"
            );
        }
    }
    let new = forked["data"]["run"].as_str().expect("an id").to_owned();
    let done = there.venom(&["resume", &new, "--no-input"]);
    ok(&done);
    ok(&there.venom(&["log", "verify"]));
}

#[test]
fn a_run_that_was_taken_back_and_one_that_was_forked_travel() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    home.file("kept.txt", "kept\n");
    ok(&home.venom(&["run", "--yes", "run `echo new > made.txt; rm kept.txt`"]));
    ok(&home.venom(&["undo", "--yes"]));
    let (_, run) = travels(&home);
    let (_, snapshots) = home.json(&["snapshot", "list", &run, "--json"]);
    let seq = snapshots["data"]["snapshots"][0]["seq"]
        .as_u64()
        .expect("a snapshot");
    let (code, forked) = home.json(&["fork", &format!("{run}@{seq}"), "--json"]);
    assert_eq!(code, Some(0), "{forked}");
    let new = forked["data"]["run"].as_str().expect("an id").to_owned();
    ok(&home.venom(&["resume", &new]));
    let (_, travelled) = travels(&home);
    assert_eq!(travelled, new);
}

#[test]
fn a_run_with_sessions_travels() {
    let home = Home::new();
    if !has_cell(&home) || !has("python3") {
        return;
    }
    home.file("index.html", "the page\n");
    ok(&home.venom(&[
        "run",
        "start the server `python3 -m http.server 8000` and check that it answers on port 8000",
    ]));
    travels(&home);
}

/// Tells whether a text is in a file or in what `zstd` packed inside, by importing it and looking at
/// everything that came of it.
fn is_somewhere(root: &Path, text: &str) -> bool {
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                open.push(path);
            } else if entry.file_type().unwrap().is_file() {
                let bytes = fs::read(&path).unwrap();
                if bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
                {
                    return true;
                }
            }
        }
    }
    false
}

#[test]
fn known_secrets_and_what_is_named_do_not_leave() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let mut set = home.command(&["keys", "create"]);
    ok(&finish(set.spawn().expect("venom starts")));
    set = home.command(&["keys", "set", "shop", "--env", "SHOP_VALUE"]);
    ok(&finish(set.spawn().expect("venom starts")));
    home.file("config.txt", &format!("value={CANARY}\n"));
    home.file("other.txt", "harmless\n");
    ok(&home.venom(&[
        "run",
        "--yes",
        &format!("run `echo {CANARY} > out.txt; cat config.txt; echo private-note`"),
    ]));
    let file = home.user().join("cut.venom");
    let path = file.display().to_string();
    let mut command = home.command(&["export", "-o", &path, "--redact", "private-note", "--json"]);
    command.env("SHOP_VALUE", CANARY);
    let done = finish(command.spawn().expect("venom starts"));
    ok(&done);
    let said = done.document();
    let lacks = &said["data"]["archive"]["lacks"];
    assert!(lacks["values"].as_u64() > Some(0), "{said}");
    assert!(lacks["removed"].as_u64() > Some(0), "{said}");
    let there = Home::new();
    there.cannot_replay("values were taken out of its run");
    ok(&there.venom(&["verify", &path]));
    ok(&there.venom(&["import", &path]));
    // What is imported is stored unpacked enough to be read: everything is materialised and printed.
    let run = said["data"]["archive"]["head"]["run"]
        .as_str()
        .expect("an id");
    let log = there.venom(&["log", run, "--jsonl"]);
    for secret in [CANARY, "private-note"] {
        assert!(!log.stdout.contains(secret), "{log:?}");
        assert!(!is_somewhere(&there.venom_home(), secret), "{secret}");
        assert!(
            !fs::read(&file)
                .unwrap()
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
        );
    }
    let replayed = there.venom(&["replay", run]);
    assert!(replayed.stderr.contains("taken out"), "{replayed:?}");
    ok(&there.venom(&["log", "verify"]));
    // A file that holds it can be cut afterwards; its root stays.
    let (whole, _) = export(&home, &["--redact-secrets", "no"]);
    let copy = home.user().join("copy.venom");
    let (code, cut) = home.json(&[
        "redact",
        &whole.display().to_string(),
        "--redact",
        CANARY,
        "-o",
        &copy.display().to_string(),
        "--json",
    ]);
    assert_eq!(code, Some(0), "{cut}");
    assert_eq!(
        cut["data"]["archive"]["root"],
        said["data"]["archive"]["root"]
    );
}

#[test]
fn signatures_count_where_the_key_is_trusted() {
    let home = Home::new();
    ok(&home.venom(&["keys", "create"]));
    let key = home.venom(&["keys", "signing", "create"]);
    ok(&key);
    home.file("a.txt", "TODO: a\n");
    ok(&home.venom(&["run", "--yes", "find all TODOs and write them to TODO.md"]));
    let (code, snapshots) = home.json(&["snapshot", "verify", "--json"]);
    assert_eq!(code, Some(0), "{snapshots}");
    assert_eq!(snapshots["data"]["signed"], snapshots["data"]["snapshots"]);
    ok(&home.venom(&["replay", "last"]));
    let (file, _) = export(&home, &[]);
    let file = file.display().to_string();
    ok(&home.venom(&["verify", &file, "--signed"]));
    let there = Home::new();
    assert_eq!(there.venom(&["verify", &file, "--signed"]).code, Some(1));
    ok(&there.venom(&["verify", &file]));
    ok(&there.venom(&[
        "keys",
        "signing",
        "trust",
        key.stdout.trim(),
        "--name",
        "a colleague",
    ]));
    let trusted = there.venom(&["verify", &file, "--signed"]);
    ok(&trusted);
    assert!(
        trusted.stdout.contains("signed by a colleague"),
        "{trusted:?}"
    );
    ok(&there.venom(&["keys", "signing", "distrust", key.stdout.trim()]));
    assert_eq!(there.venom(&["verify", &file, "--signed"]).code, Some(1));
    for bad in ["nonsense", "ed25519:12"] {
        let refused = there.venom(&["keys", "signing", "trust", bad, "--name", "x"]);
        assert_ne!(refused.code, Some(0), "{refused:?}");
    }
}

/// A run with files of so many mebibytes that do not pack.
fn big(home: &Home, mebibytes: u64) {
    let mut state = 1_u64;
    for number in 0..mebibytes {
        let bytes: Vec<u8> = (0..1 << 17)
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .collect();
        fs::write(home.work().join(format!("{number}.bin")), bytes).unwrap();
    }
    home.file("a.txt", "TODO: a\n");
    ok(&home.venom(&["run", "--yes", "find all TODOs and write them to TODO.md"]));
}

#[test]
fn a_killed_import_is_finished_by_the_next_one() {
    let home = Home::new();
    big(&home, 24);
    let (file, run) = export(&home, &[]);
    let file = file.display().to_string();
    let there = Home::new();
    let (mut killed, mut delay) = (0, 20);
    for _ in 0..12 {
        let mut child = there
            .command(&["import", &file])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("venom starts");
        // Which moment it is does not matter: whatever it is, the next one goes on.
        std::thread::sleep(std::time::Duration::from_millis(delay));
        delay += delay / 2;
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let verified = there.venom(&["log", "verify"]);
        ok(&verified);
    }
    assert!(killed > 0);
    ok(&there.venom(&["import", &file]));
    ok(&there.venom(&["snapshot", "verify", &run]));
    ok(&there.venom(&["replay", &run]));
}

#[test]
fn a_hundred_megabytes_go_through_little_memory() {
    let home = Home::new();
    big(&home, 100);
    let (file, run) = export(&home, &[]);
    assert!(fs::metadata(&file).unwrap().len() > 100 << 20);
    let there = Home::new();
    for verb in ["verify", "import"] {
        let command = there.command(&[verb, &file.display().to_string()]);
        let mut limited = Command::new("sh");
        // A gibibyte of addresses, of which most is stacks of threads that are never touched.
        limited
            .args(["-c", "ulimit -v 1048576; exec \"$@\"", "sh"])
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(
                command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(there.work())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        ok(&finish(limited.spawn().expect("sh starts")));
    }
    ok(&there.venom(&["snapshot", "verify", &run]));
}

#[test]
fn bad_input_is_named() {
    let home = Home::new();
    home.file("a.txt", "TODO: a\n");
    ok(&home.venom(&["run", "--yes", "find all TODOs and write them to TODO.md"]));
    let (file, _) = export(&home, &[]);
    let bytes = fs::read(&file).unwrap();
    let bad = home.user().join("bad.venom");
    let path = bad.display().to_string();
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let mut newer = bytes.clone();
    newer[9] = 9;
    for (what, bytes, code, words) in [
        ("empty", &b""[..], 9, "byte 0"),
        ("no archive", &b"hello, this is a text"[..], 9, "no archive"),
        ("cut", &bytes[..middle], 9, "ends in the middle"),
        ("flipped", flipped.as_slice(), 9, "damaged at byte"),
        ("newer", newer.as_slice(), 1, "version 9"),
    ] {
        fs::write(&bad, bytes).unwrap();
        for verb in ["verify", "import"] {
            let refused = home.venom(&[verb, &path]);
            assert_eq!(refused.code, Some(code), "{what}: {refused:?}");
            assert!(refused.stderr.contains(words), "{what}: {refused:?}");
        }
    }
    for (args, code) in [
        (vec!["verify", "nowhere.venom"], 2),
        (vec!["verify", "."], 2),
        (vec!["export", "nothing"], 2),
        (vec!["export", "--redact-event", "x"], 2),
        (vec!["export", "--json"], 2),
        (
            vec!["redact", &path, "--redact-secrets", "no", "-o", "x"],
            2,
        ),
        (vec!["export", "-o", &path], 2),
    ] {
        let refused = home.venom(&args);
        assert_eq!(refused.code, Some(code), "{args:?}: {refused:?}");
    }
    // Nothing half written is left beside a file that could not be made.
    let mut closed = home.command(&["export"]).spawn().expect("venom starts");
    drop(closed.stdout.take());
    let done = closed.wait_with_output().unwrap();
    assert!(done.status.code().is_some_and(|code| code <= 1), "{done:?}");
    assert_eq!(home.venom(&["verify", "last"]).code, Some(0));
}
