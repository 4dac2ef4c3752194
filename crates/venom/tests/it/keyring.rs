//! The keyring of the desktop as the source of the master key: a real session bus, a real keyring.

use std::path::Path;
use std::process::{Command, Stdio};

use super::home::Home;

/// What the session needs.
const PROGRAMS: [&str; 3] = ["secret-tool", "gnome-keyring-daemon", "dbus-run-session"];

/// Tells whether a session with a keyring can be begun.
fn has_keyring() -> bool {
    let variable = |wanted: &str| {
        let mut all = std::env::vars_os();
        all.find(|(name, _)| name == wanted).map(|(_, value)| value)
    };
    let search = variable("PATH").unwrap_or_default();
    let is_there =
        |name: &&&str| std::env::split_paths(&search).any(|folder| folder.join(name).is_file());
    let missing: Vec<_> = PROGRAMS.iter().filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        variable("VENOM_TEST_REQUIRE").is_none_or(|names| names != "secret-tool"),
        "{missing:?} must be installed here"
    );
    println!("SKIPPED: {missing:?} are not installed");
    false
}

/// Runs a script in a session of its own, with an unlocked keyring. The daemon ends with the session.
fn session(home: &Home, script: &str) -> (Option<i32>, String) {
    let folder = home.user().join("runtime");
    std::fs::create_dir_all(&folder).expect("a folder");
    let whole = format!(
        "printf a-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n{script}"
    );
    let venom = home.command(&[]);
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", &whole])
        .env_clear()
        .envs(
            venom
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("VENOM", env!("CARGO_BIN_EXE_venom"))
        .env("XDG_RUNTIME_DIR", &folder)
        .current_dir(home.work())
        .stdin(Stdio::null());
    let output = command.output().expect("a session");
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code(), said)
}

/// Reads all files below a folder.
fn contents(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            bytes.extend(contents(&entry.path()));
        } else {
            bytes.extend(std::fs::read(entry.path()).unwrap_or_default());
        }
    }
    bytes
}

#[test]
fn the_keyring_of_the_desktop_keeps_the_master_key() {
    if !has_keyring() {
        return;
    }
    let home = Home::new();
    home.cannot_replay("only the session of this test has the key; it is replayed there");
    home.file("a.py", "# TODO: a canary in a coal mine\n");
    let (code, said) = session(
        &home,
        "set -e
        \"$VENOM\" keys create --keyring
        \"$VENOM\" run 'find all TODOs'
        \"$VENOM\" keys status
        secret-tool search --all application venom 2>&1 | grep -c '^label = VENOM' | sed 's/^/before: /'
        \"$VENOM\" keys rotate
        \"$VENOM\" replay last
        secret-tool search --all application venom 2>&1 | grep -c '^label = VENOM' | sed 's/^/after: /'
        secret-tool search --all application venom 2>/dev/null | sed -n 's/^secret = /key: /p'",
    );
    assert_eq!(code, Some(0), "{said}");
    for part in [
        "master key: the keyring of the desktop",
        "texts and contents of new runs are encrypted",
        "comes to the same",
        // The old key is forgotten.
        "before: 1",
        "after: 1",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // The key itself is nowhere in VENOM's folder.
    let key = said
        .lines()
        .find_map(|line| line.strip_prefix("key: "))
        .expect("a key");
    assert_eq!(key.len(), 64);
    let found = contents(&home.venom_home());
    for needle in [key.as_bytes(), b"coal mine"] {
        assert!(!found.windows(needle.len()).any(|some| some == needle));
    }

    // Without the session the key cannot be had, and nothing else is tried in its place.
    let closed = home.venom(&["log", "last"]);
    assert_ne!(closed.code, Some(0), "{closed:?}");
    let begun = home.venom(&["run", "find all TODOs"]);
    assert_ne!(begun.code, Some(0), "{begun:?}");
    assert!(begun.stderr.contains("keyring"), "{begun:?}");
    let verified = home.venom(&["log", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");

    // In the next session it is there again; a keyring that forgot it is named.
    let (code, said) = session(
        &home,
        "\"$VENOM\" show last && secret-tool clear application venom; \"$VENOM\" run 'find all TODOs'",
    );
    assert_ne!(code, Some(0), "{said}");
    assert!(said.contains("coal mine"), "{said}");
    assert!(said.contains("has no key"), "{said}");
}

#[test]
fn a_keyring_that_cannot_be_asked_is_named() {
    let home = Home::new().without_programs();
    let refused = home.venom(&["keys", "create", "--keyring"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("no `secret-tool`") && refused.stderr.contains("libsecret"),
        "{refused:?}"
    );
    assert!(!home.venom_home().join("keys/keyring").exists());
}
