//! What the report says about real work.

use super::home::{Home, has, program, shop, slow_project};

const SECURE: &str = "make the auth module more secure";

#[test]
fn the_shop_becomes_more_secure_and_its_tests_stay_green() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    let shop = shop();
    let status = || program(&shop, "git", &["status", "--porcelain", "--", "."]);
    let before = status();
    let original = shop.display().to_string();
    let (code, report) = home.json(&["run", "--copy", &original, SECURE, "--json"]);
    let data = &report["data"];
    assert_eq!(code, Some(0), "{report}");
    assert!(
        !data["fixed"].as_array().expect("findings").is_empty(),
        "{data}"
    );
    for fixed in data["fixed"].as_array().expect("findings") {
        assert!(fixed["line"].as_u64().expect("a line") > 0 && fixed["note"] != "");
    }
    let tests = data["tests"].as_array().expect("tests");
    assert_eq!(tests.len(), 2);
    for run in tests {
        assert_eq!(run["evidence"]["passed"], 47, "{run}");
        assert_eq!(run["evidence"]["failed"], 0, "{run}");
    }
    assert_eq!(data["fixes_verified"], "verified");
    assert_eq!(status(), before, "the original was touched");

    let text = home.venom(&["show"]).stdout;
    for part in [
        "✓ Done: make the auth module more secure",
        " - Fixed ",
        "47 passed before, 47 passed after",
        " - Coverage: ",
        " - Files changed ",
        "Run: run_",
        "Cost: $0.00",
        "Copy: ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The command for the difference can be pasted.
    let diff = text
        .lines()
        .find_map(|line| line.strip_prefix("Diff: "))
        .expect("a command");
    let shown = std::process::Command::new("sh")
        .args(["-c", diff])
        .output()
        .expect("a shell");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("auth"), "{shown}");
}

#[test]
fn without_python_nothing_is_claimed() {
    let home = Home::new().without_programs();
    let original = shop().display().to_string();
    let (code, report) = home.json(&["run", "--copy", &original, SECURE, "--json"]);
    assert_ne!(code, Some(0), "{report}");
    assert_ne!(report["data"]["fixes_verified"], "verified", "{report}");
    let done = home.venom(&["show"]);
    assert!(!done.stdout.contains("passed"), "{done:?}");
    assert!(done.stdout.to_lowercase().contains("not"), "{done:?}");
}

#[test]
fn failing_tests_are_named() {
    if !has("python3") {
        return;
    }
    let home = Home::new();
    slow_project(&home, 0);
    home.file("app.py", "def answer():\n    return 41\n");
    let done = home.venom(&["run", "run the tests"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stdout.contains("✗ Not done"), "{done:?}");
    assert!(done.stdout.contains("test_answer"), "{done:?}");
    assert!(done.stdout.contains("1 failed"), "{done:?}");
}

#[test]
fn a_goal_that_needs_a_model_says_so() {
    let home = Home::new();
    home.file("app/core.py", "def answer():\n    return 42\n");
    let done = home.venom(&["run", "refactor the app module"]);
    assert!(done.stdout.contains("Not met"), "{done:?}");
    assert!(done.stdout.contains("venom models add"), "{done:?}");
}

#[test]
fn why_leads_back_to_the_goal() {
    let home = Home::new();
    home.file("a.py", "# TODO: one\n");
    home.venom(&["run", "find all TODOs and write them to TODO.md"]);
    for args in [
        &["why", "write"][..],
        &["why", "last", "write"],
        &["why", "last"],
    ] {
        let done = home.venom(args);
        assert_eq!(done.code, Some(0), "{done:?}");
        let last = done
            .stdout
            .lines()
            .rfind(|line| line.contains("RunStarted"));
        assert!(last.is_some(), "{args:?}: {done:?}");
    }
    let done = home.venom(&["why", "write"]);
    for part in [
        "policy: allow",
        "it waited for find",
        "held: the file TODO.md exists",
    ] {
        assert!(done.stdout.contains(part), "{part}: {done:?}");
    }
    assert_eq!(home.venom(&["why", "nothing-like-it"]).code, Some(2));
    assert_eq!(home.venom(&["why", "last@999"]).code, Some(2));
}
