//! Commands in the sandbox, by hand and as steps of runs.

use std::fs;

use super::home::{Done, Home, write};

/// Tells whether a cell can be had; says so if not.
pub(super) fn has_cell(home: &Home) -> bool {
    let (_, document) = home.json(&["sandbox", "doctor", "--json"]);
    let is_full = document["data"]["best"] == "full";
    if !is_full {
        println!("SKIPPED: no cell can be had on this machine");
    }
    is_full
}

fn shell(home: &Home, flags: &[&str], script: &str) -> Done {
    let mut args = vec!["sandbox", "run"];
    args.extend(flags);
    args.extend(["--", "sh", "-c", script]);
    home.venom(&args)
}

#[test]
fn what_a_command_changes_is_shown_and_kept_only_on_request() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    home.file("old.txt", "old\n");
    let script = "echo new > new.txt; rm old.txt; echo said";
    let done = shell(&home, &[], script);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(done.stdout, "said\n");
    assert!(done.stderr.contains("+ new.txt"), "{done:?}");
    assert!(done.stderr.contains("- old.txt"), "{done:?}");
    assert!(home.work().join("old.txt").exists());
    assert!(!home.work().join("new.txt").exists());

    let done = shell(&home, &["--keep"], script);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(!home.work().join("old.txt").exists());
    let text = fs::read_to_string(home.work().join("new.txt")).unwrap();
    assert_eq!(text, "new\n");
}

#[test]
fn a_command_sees_the_workspace_and_no_secret() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    write(&home.user().join(".ssh/id_ed25519"), "a private key");
    home.file(".env", "TOKEN=abc");
    home.file("seen.txt", "seen");
    let key = home.user().join(".ssh/id_ed25519").display().to_string();
    let script = format!("cat seen.txt .env {key} 2>&1; id -u; env; ls -A /root /home");
    let done = shell(&home, &[], &script);
    assert!(done.stdout.contains("seen"), "{done:?}");
    assert!(done.stdout.contains("\n1000\n"), "{done:?}");
    for secret in ["abc", "a private key", "VENOM_HOME", "tester"] {
        assert!(!done.stdout.contains(secret), "{secret}: {done:?}");
    }
}

#[test]
fn hostile_leftovers_are_refused_whole() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    for (script, named) in [
        ("ln -s /etc/passwd evil", "evil"),
        ("mkfifo evil", "evil"),
        (
            "mkdir evil; cd evil; mkdir objects refs; : > HEAD; : > config",
            "evil",
        ),
        ("mkdir .venom; echo x > .venom/config.yaml", ".venom"),
    ] {
        let script = format!("{script}; cd \"$PWD\"; : > harmless.txt");
        let done = shell(&home, &["--keep"], &script);
        assert_eq!(done.code, Some(1), "{script}: {done:?}");
        assert!(done.stderr.contains(named), "{script}: {done:?}");
        let left: Vec<_> = fs::read_dir(home.work()).unwrap().collect();
        assert!(left.is_empty(), "{script}: {left:?}");
    }
}

#[test]
fn limits_end_a_command_and_say_which() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let done = shell(&home, &["--timeout", "300ms"], "sleep 60");
    assert_eq!(done.code, Some(124), "{done:?}");
    assert!(done.stderr.contains("out of time"), "{done:?}");
    let done = shell(&home, &["--disk", "8"], "head -c 20000000 /dev/zero > big");
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(!home.work().join("big").exists());
}

#[test]
fn nothing_is_reached_that_is_not_on_the_list() {
    let home = Home::new();
    if !has_cell(&home) {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // Bash, because the shell alone can open a connection there.
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && echo through");
    let done = home.venom(&["sandbox", "run", "--", "bash", "-c", &script]);
    assert!(!done.stdout.contains("through"), "{done:?}");
    let done = home.venom(&["sandbox", "run", "--network", "*.com", "--", "true"]);
    assert_ne!(done.code, Some(0), "{done:?}");
}

#[test]
fn a_step_below_the_required_tier_is_refused_with_what_to_do() {
    let home = Home::new();
    write(
        &home.venom_home().join("config.yaml"),
        "sandbox:\n  require: cell\n",
    );
    let done = home.venom(&["sandbox", "explain", "shell.run"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("required: cell"), "{done:?}");
    let done = home.venom(&["sandbox", "explain", "nothing.here"]);
    assert_eq!(done.code, Some(2), "{done:?}");
}
