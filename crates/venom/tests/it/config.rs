//! Settings as users meet them.

use super::home::{Home, write};

#[test]
fn origins_are_named() {
    let home = Home::new();
    write(
        &home.venom_home().join("config.yaml"),
        "# mine\nrun:\n  timeout: 5m\n  max_parallel: 2\n",
    );
    home.file(".venom/config.yaml", "run:\n  max_parallel: 3\n");
    let mut command = home.command(&["config", "show", "--origin", "--json"]);
    command.env("VENOM_LOG_LEVEL", "debug");
    let output = command.output().expect("an end");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let settings = &document["data"]["settings"];
    let check = |key: &str, value: serde_json::Value, origin: &str| {
        assert_eq!(settings[key]["value"], value, "{key}");
        let from = settings[key]["origin"].as_str().expect("an origin");
        assert!(from.ends_with(origin), "{key} from {from}");
    };
    check("run.timeout", "5m".into(), "venom/config.yaml:3");
    check("run.max_parallel", 3.into(), "work/.venom/config.yaml:2");
    check("log.level", "debug".into(), "environment VENOM_LOG_LEVEL");
    check("ui.color", "auto".into(), "default");
}

#[test]
fn setting_keeps_comments() {
    let home = Home::new();
    write(
        &home.venom_home().join("config.yaml"),
        "# mine\nrun:\n  timeout: 5m # long\n",
    );
    assert_eq!(
        home.venom(&["config", "set", "run.timeout", "10m"]).code,
        Some(0)
    );
    assert_eq!(
        home.venom(&["config", "set", "ui.color", "never"]).code,
        Some(0)
    );
    let text = std::fs::read_to_string(home.venom_home().join("config.yaml")).expect("a file");
    assert_eq!(
        text,
        "# mine\nrun:\n  timeout: 10m # long\nui:\n  color: never\n"
    );
    assert_eq!(
        home.venom(&["config", "get", "run.timeout"]).stdout,
        "10m\n"
    );
    let done = home.venom(&["config", "set", "run.timeout", "soon"]);
    assert_eq!(done.code, Some(3), "{done:?}");
}

#[test]
fn mistakes_in_a_file_have_places() {
    let home = Home::new();
    let check = |text: &str, says: &str| {
        write(&home.venom_home().join("config.yaml"), text);
        let done = home.venom(&["run", "find all TODOs"]);
        assert_eq!(done.code, Some(3), "{done:?}");
        assert!(done.stderr.contains(says), "{says}: {done:?}");
    };
    check("run:\n  max_paralel: 2\n", "config.yaml:2:3");
    check("run:\n  max_paralel: 2\n", "run.max_parallel");
    check("run:\n  max_parallel: many\n", "config.yaml:2:");
    check("run:\n  max_parallel: 0\n", "config.yaml:2");
    check(
        "policy:\n  rules:\n    - {skill: git, ruling: maybe}\n",
        "config.yaml:3:",
    );
    check("run: [\n", "config.yaml:");
    // Help and completions do not depend on settings.
    assert_eq!(home.venom(&["completions", "bash"]).code, Some(0));
}

#[test]
fn rules_decide_and_projects_only_tighten() {
    let home = Home::new();
    home.file("a.py", "# TODO: one\n");
    home.file(
        ".venom/config.yaml",
        "policy:\n  rules:\n    - {skill: files, action: write-list, ruling: deny}\n    - {skill: shell, ruling: allow}\n",
    );
    let done = home.venom(&["run", "find all TODOs and write them to TODO.md"]);
    assert_eq!(done.stderr.matches("warning: ").count(), 1, "{done:?}");
    assert_eq!(done.code, Some(5), "{done:?}");
    assert!(!home.work().join("TODO.md").exists());
}
