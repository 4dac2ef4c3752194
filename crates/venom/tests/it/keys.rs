//! Keys and secrets with the real binary: what lies on the disk, and what commands see.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::home::{Done, Home, has, slow_project};

/// Stands in goals, file names, contents, outputs and answers.
const CANARY: &str = "canary7f3e91";

/// Returns the forms that the canary may have on a disk.
fn forms() -> Vec<(String, Vec<u8>)> {
    let raw = CANARY.as_bytes();
    let mut hex = String::new();
    for byte in raw {
        write!(hex, "{byte:02x}").expect("a string takes it");
    }
    let wide = |bytes: fn(u16) -> [u8; 2]| CANARY.encode_utf16().flat_map(bytes).collect();
    let mut forms = vec![
        ("raw".to_owned(), raw.to_vec()),
        ("hex".to_owned(), hex.clone().into_bytes()),
        ("HEX".to_owned(), hex.to_uppercase().into_bytes()),
        ("UTF-16LE".to_owned(), wide(u16::to_le_bytes)),
        ("UTF-16BE".to_owned(), wide(u16::to_be_bytes)),
    ];
    // What stands before the canary shifts its base64; characters that depend on the neighbours are
    // left out.
    for shift in 0..3 {
        let text = base64(&[&b"\0\0\0"[..shift], raw].concat());
        let text = text.trim_end_matches('=');
        let inner = text.get((shift * 4).div_ceil(3)..text.len() - 1);
        forms.push((
            format!("base64 at {shift}"),
            inner.unwrap_or_default().as_bytes().to_vec(),
        ));
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let bits = (0..3).fold(0_u32, |bits, at| {
                bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default())
            });
            (0..=chunk.len()).map(move |at| {
                let digit = (bits >> (18 - 6 * at)) & 63;
                char::from(DIGITS[usize::try_from(digit).unwrap_or_default()])
            })
        })
        .collect()
}

/// Returns all files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Looks for the canary in every file and name below a folder, packed contents included.
fn traces(folder: &Path) -> Vec<String> {
    let forms = forms();
    let look = |bytes: &[u8]| {
        forms
            .iter()
            .filter(|(_, form)| bytes.windows(form.len()).any(|window| window == form))
            .map(|(name, _)| name.clone())
            .collect::<Vec<String>>()
    };
    let mut traces = Vec::new();
    for path in files(folder) {
        let shown = path
            .strip_prefix(folder)
            .unwrap_or(&path)
            .display()
            .to_string();
        if !look(shown.as_bytes()).is_empty() {
            traces.push(format!("{shown}: its name"));
        }
        let bytes = fs::read(&path).expect("a file");
        traces.extend(
            look(&bytes)
                .into_iter()
                .map(|form| format!("{shown}: {form}")),
        );
        // The magic number of zstd (RFC 8878, 3.1.1).
        for (at, _) in bytes
            .windows(4)
            .enumerate()
            .filter(|(_, window)| *window == [0x28, 0xb5, 0x2f, 0xfd])
        {
            let mut plain = Vec::new();
            if let Ok(mut decoder) = zstd::stream::read::Decoder::new(&bytes[at..]) {
                // What comes before an error counts too.
                let _cut = std::io::Read::read_to_end(&mut decoder, &mut plain);
            }
            traces.extend(
                look(&plain)
                    .into_iter()
                    .map(|form| format!("{shown}: packed {form}")),
            );
        }
    }
    traces
}

/// Gives a command something on its standard input.
fn fed(home: &Home, args: &[&str], input: &str) -> Done {
    let mut child = home
        .command(args)
        .stdin(Stdio::piped())
        .spawn()
        .expect("venom starts");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes())
        .expect("written");
    let output = child.wait_with_output().expect("an end");
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Does work in which the canary stands wherever it can.
fn work(home: &Home) {
    home.file(
        &format!("app/{CANARY}.py"),
        &format!("# TODO: {CANARY}\ndef answer():\n    return '{CANARY}'\n").repeat(300),
    );
    home.file(
        "test_it.py",
        &format!("import unittest\nclass T(unittest.TestCase):\n    def test_{CANARY}(self):\n        print('{CANARY}')\n        self.fail('{CANARY}')\n"),
    );
    let goal = format!("find all TODOs and write them to {CANARY}.md");
    let done = home.venom(&["run", &goal]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let written = fs::read_to_string(home.work().join(format!("{CANARY}.md")));
    assert!(written.expect("the list").contains(CANARY));
    // It fails, and says where.
    let done = home.venom(&["run", "run the tests"]);
    assert!(format!("{done:?}").contains(CANARY), "{done:?}");
    let done = home.venom(&["run", "explain the structure of the module"]);
    assert_eq!(done.code, Some(12), "{done:?}");
    let done = home.venom(&["answer", "last", "q_1", &format!("app/{CANARY}.py")]);
    assert_eq!(done.code, Some(0), "{done:?}");
    home.venom(&["resume"]);
    // The answer is remembered, and taken.
    let done = home.venom(&["run", "explain the structure of the module"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = home.venom(&["preferences", "list"]);
    assert!(done.stdout.contains(CANARY), "{done:?}");
    let done = home.venom(&["runs"]);
    assert!(done.stdout.contains(CANARY), "{done:?}");
}

#[test]
fn what_is_looked_for_is_found_without_encryption() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    work(&home);
    let traces = traces(&home.venom_home());
    for place in ["log.db: raw", "state.db: raw", "packed raw"] {
        assert!(
            traces.iter().any(|trace| trace.contains(place)),
            "{place}: {traces:?}"
        );
    }
    for (shift, text) in ["", "a", "ab"].iter().enumerate() {
        let coded = base64(format!("{text}{CANARY}xyz").as_bytes());
        let (_, form) = &forms()[5 + shift];
        assert!(
            coded
                .as_bytes()
                .windows(form.len())
                .any(|window| window == form),
            "{coded}"
        );
    }
}

#[test]
fn no_canary_lies_on_the_disk_in_the_modes_that_encrypt() {
    if !has("python3") {
        return;
    }
    for mode in ["payload", "strict"] {
        let home = Home::new();
        super::home::write(
            &home.venom_home().join("config.yaml"),
            &format!("encryption:\n  mode: {mode}\nlog:\n  level: trace\n"),
        );
        let done = home.venom(&["keys", "create"]);
        assert_eq!(done.code, Some(0), "{done:?}");
        work(&home);
        assert_eq!(traces(&home.venom_home()), Vec::<String>::new(), "{mode}");
        assert_eq!(
            home.venom_home().join("data/state.db").exists(),
            mode == "payload"
        );
        let done = home.venom(&["log", "verify"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
}

#[test]
fn a_killed_process_leaves_no_canary_in_the_log_either() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    assert_eq!(home.venom(&["keys", "create"]).code, Some(0));
    slow_project(&home, 600);
    home.file(&format!("{CANARY}.py"), &format!("# {CANARY}\n"));
    let goal = format!("run the tests of {CANARY}");
    let mut running = home.start(&["run", &goal, "--jsonl"]);
    running.until("EffectStarted");
    running.kill();
    let data = home.venom_home().join("data");
    for name in ["log.db", "log.db-wal", "state.db", "state.db-wal", "logs"] {
        let path = data.join(name);
        let copy = home.user().join("copy").join(name);
        for file in if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        } {
            if let Ok(bytes) = fs::read(&file) {
                fs::create_dir_all(copy.parent().expect("a parent")).expect("a folder");
                fs::write(&copy, bytes).expect("a copy");
            }
        }
    }
    assert!(home.user().join("copy/log.db-wal").exists());
    assert_eq!(traces(&home.user().join("copy")), Vec::<String>::new());
    let done = home.venom(&["runs"]);
    assert!(done.stdout.contains(CANARY), "{done:?}");
}

#[test]
fn a_shredded_run_says_so_and_the_log_verifies() {
    let home = Home::new();
    home.cannot_replay("nobody can read a shredded run again");
    assert_eq!(home.venom(&["keys", "create"]).code, Some(0));
    home.file("a.py", "# TODO: one\n");
    let done = home.venom(&["run", "find all TODOs and write them to TODO.md"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let done = home.venom(&["keys", "shred", "last"]);
    assert_eq!(done.code, Some(2), "nobody can be asked: {done:?}");
    let done = home.venom(&["keys", "shred", "last", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    for verb in ["show", "log", "why"] {
        let done = home.venom(&[verb, "last"]);
        assert_ne!(done.code, Some(0), "{verb}: {done:?}");
        assert!(done.stderr.contains("payload shredded"), "{verb}: {done:?}");
    }
    assert!(home.venom(&["runs"]).stdout.contains("(payload shredded)"));
    for args in [&["log", "verify"][..], &["log", "verify", "last"]] {
        let done = home.venom(args);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
}

#[test]
fn a_rotation_that_is_killed_at_any_moment_leaves_a_key_that_works() {
    let home = Home::new();
    assert_eq!(home.venom(&["keys", "create"]).code, Some(0));
    home.file("a.py", "# TODO: one\n");
    let done = home.venom(&["run", "find all TODOs and write them to TODO.md"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let mut finished = 0;
    for delay in 0..30 {
        let mut child = home
            .command(&["keys", "rotate"])
            .spawn()
            .expect("venom starts");
        // Spread over what a rotation takes; when it is over before, that is a moment too.
        let until = std::time::Instant::now() + std::time::Duration::from_millis(2 * delay);
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        child.kill().expect("killed");
        finished += u32::from(child.wait().expect("waited").success());
        let done = home.venom(&["show", "last"]);
        assert_eq!(done.code, Some(0), "after {delay}: {done:?}");
    }
    let done = home.venom(&["keys", "rotate"]);
    assert_eq!(done.code, Some(0), "{finished} finished: {done:?}");
    assert_eq!(home.venom(&["show", "last"]).code, Some(0));
}

#[test]
fn a_passphrase_is_needed_and_the_wrong_one_is_named() {
    let home = Home::new();
    home.cannot_replay("only this test knows the passphrase");
    let done = fed(&home, &["keys", "create", "--passphrase"], "short\n");
    assert_eq!(done.code, Some(2), "{done:?}");
    let done = fed(
        &home,
        &["keys", "create", "--passphrase"],
        "correct horse battery\n",
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    let with = |passphrase: &str, args: &[&str]| {
        let output = home
            .command(args)
            .env("VENOM_PASSPHRASE", passphrase)
            .output()
            .expect("venom starts");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    home.file("a.py", "# TODO: one\n");
    let goal = "find all TODOs and write them to TODO.md";
    assert_eq!(with("correct horse battery", &["run", goal]).0, Some(0));
    let (code, said) = with("correct house battery", &["show", "last"]);
    assert_ne!(code, Some(0));
    assert!(said.contains("a passphrase"), "{said}");
    let (code, said) = with("correct house battery", &["run", goal]);
    assert_ne!(code, Some(0), "{said}");
    let done = home.venom(&["runs"]);
    assert!(done.stderr.contains("none was given"), "{done:?}");
    for path in files(&home.venom_home()) {
        let bytes = fs::read(&path).expect("a file");
        assert!(!bytes.windows(7).any(|part| part == b"battery"), "{path:?}");
    }
}

#[test]
fn secrets_are_stored_listed_and_forgotten_without_being_shown() {
    let home = Home::new();
    let done = fed(&home, &["keys", "set", "github"], CANARY);
    assert_ne!(done.code, Some(0), "there is no master key: {done:?}");
    assert!(done.stderr.contains("venom keys create"), "{done:?}");
    assert_eq!(home.venom(&["keys", "create"]).code, Some(0));
    let done = fed(&home, &["keys", "set", "github", "--host", "*.com"], CANARY);
    assert_eq!(done.code, Some(2), "{done:?}");
    let set = [
        "keys",
        "set",
        "github",
        "--host",
        "api.github.com",
        "--host",
        "b.org:8443",
    ];
    let done = fed(&home, &set, &format!("{CANARY}\n"));
    assert_eq!(done.code, Some(0), "{done:?}");
    // A value among the words of the command would be seen by everybody on the machine.
    let done = home.venom(&["keys", "set", "github", CANARY]);
    assert_eq!(done.code, Some(2), "{done:?}");
    for args in [
        &["keys", "list"][..],
        &["keys", "list", "--json"],
        &["keys", "test", "github"],
        &["keys", "status"],
        &["doctor"],
    ] {
        let done = home.venom(args);
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(!format!("{done:?}").contains(CANARY), "{done:?}");
    }
    let done = home.venom(&["keys", "list"]);
    assert!(
        done.stdout.contains("api.github.com, b.org:8443"),
        "{done:?}"
    );
    assert_eq!(traces(&home.venom_home()), Vec::<String>::new());
    assert_eq!(home.venom(&["keys", "rotate"]).code, Some(0));
    assert_eq!(home.venom(&["keys", "test", "github"]).code, Some(0));
    assert_eq!(home.venom(&["keys", "rm", "github"]).code, Some(0));
    assert_eq!(home.venom(&["keys", "rm", "github"]).code, Some(1));
    assert_eq!(home.venom(&["keys", "test", "github"]).code, Some(1));
}

#[test]
fn commands_see_a_placeholder_and_a_project_cannot_widen_it() {
    let home = Home::new();
    let (_, document) = home.json(&["sandbox", "doctor", "--json"]);
    if document["data"]["best"] != "full" {
        println!("SKIPPED: no cell can be had on this machine");
        return;
    }
    super::home::write(
        &home.venom_home().join("config.yaml"),
        "sandbox:\n  network: [api.github.com]\n  secrets:\n    \
         GITHUB_TOKEN: {key: github, hosts: [api.github.com]}\n",
    );
    let run = |script: &str| {
        let output = home
            .command(&["sandbox", "run", "--", "sh", "-c", script])
            .env("VENOM_SECRET_GITHUB", format!("{CANARY}-value"))
            .output()
            .expect("venom starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(CANARY), "{text}");
        text
    };
    let said = run("env; cat /proc/*/environ; test -r \"$SSL_CERT_FILE\" && echo trusted");
    assert!(
        said.contains("GITHUB_TOKEN=venom-secret-GITHUB_TOKEN"),
        "{said}"
    );
    assert!(said.contains("trusted"), "{said}");
    home.file(
        ".venom/config.yaml",
        "sandbox:\n  secrets:\n    GITHUB_TOKEN: {key: github, hosts: [api.github.com, evil.example.com]}\n    \
         OTHER: {key: github, hosts: [evil.example.com]}\n",
    );
    let said = run("env");
    assert!(said.contains("a project may only tighten"), "{said}");
    assert!(!said.contains("OTHER="), "{said}");
    let (_, document) = home.json(&["config", "get", "sandbox.secrets", "--json"]);
    assert!(!document.to_string().contains("evil"), "{document}");
    home.file(
        ".venom/config.yaml",
        "sandbox:\n  secrets:\n    GITHUB_TOKEN: {key: github, hosts: []}\n",
    );
    assert!(!run("env").contains("GITHUB_TOKEN"));
    assert_eq!(traces(&home.venom_home()), Vec::<String>::new());
}

#[test]
fn a_comparison_of_two_workspaces_goes_by_what_their_files_hold() {
    let home = Home::new();
    assert_eq!(home.venom(&["keys", "create"]).code, Some(0));
    let other = home.user().join("other");
    for (folder, word) in [(home.work(), "one"), (other, "two")] {
        fs::create_dir_all(folder.join("src")).expect("a folder");
        let same = "# TODO: the same in both\n".repeat(20);
        fs::write(folder.join("src/same.py"), same).expect("a file");
        fs::write(folder.join("src/as_long.py"), format!("# {word}\n")).expect("a file");
        std::os::unix::fs::symlink("same.py", folder.join("src/link")).expect("a link");
        let mut command = home.command(&["run", "find all TODOs and write them to LIST.md"]);
        let done = command.current_dir(&folder).output().expect("venom starts");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
    }
    let (_, runs) = home.json(&["runs", "--json"]);
    let runs = runs["data"]["runs"].as_array().expect("runs").clone();
    let ids: Vec<&str> = runs.iter().filter_map(|run| run["run"].as_str()).collect();
    assert_eq!(ids.len(), 2, "{runs:?}");
    let (_, compared) = home.json(&["diff", ids[1], ids[0], "--json"]);
    let files = compared["data"]["files"].as_array().expect("files").clone();
    let named: Vec<_> = files
        .iter()
        .map(|file| (file["path"].as_str(), file["nature"].as_str()))
        .collect();
    assert_eq!(
        named,
        [(Some("src/as_long.py"), Some("changed"))],
        "{compared}"
    );
    let lines = files[0]["unified"].as_str().expect("lines");
    assert!(
        lines.contains("-# one\n") && lines.contains("+# two\n"),
        "{lines}"
    );
}
