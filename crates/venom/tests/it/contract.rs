//! The contract with scripts: exit codes, envelopes, no prompts, no colour where none is wanted.

use super::home::{ASKING, Home};

#[test]
fn version_and_help_are_data() {
    let home = Home::new();
    for args in [&["--version"][..], &["--help"], &["run", "--help"], &[]] {
        let done = home.venom(args);
        assert_eq!(done.code, Some(0), "{args:?}");
        assert!(!done.stdout.is_empty(), "{args:?}");
        assert!(!done.stdout.contains('\u{1b}'), "{args:?} is coloured");
        assert_eq!(done.stderr, "", "{args:?}");
    }
    assert!(!home.venom_home().exists(), "nothing was opened");
}

#[test]
fn exit_codes() {
    let home = Home::new();
    home.playbook("announce.yaml", ASKING);
    let check = |args: &[&str], code: i32| {
        let done = home.venom(args);
        assert_eq!(done.code, Some(code), "{args:?}: {done:?}");
    };
    check(&["run", "find all TODOs"], 0);
    check(&["plan", "find all TODOs"], 0);
    check(&["run", "what is the weather like in Paris"], 1);
    check(&["run", ""], 2);
    check(&["frobnicate"], 2);
    check(&["run", "--frobnicate"], 2);
    check(&["show", "run_nothing"], 2);
    check(&["config", "get", "run.nothing"], 3);
    check(&["run", "announce the release"], 6);
    check(&["deny", "last"], 0);
    check(&["resume", "last"], 5);
    check(&["log", "verify"], 0);
}

#[test]
fn envelopes() {
    let home = Home::new();
    let check = |args: &[&str], kind: &str| {
        let (_, document) = home.json(args);
        assert_eq!(document["version"], 1, "{args:?}");
        assert_eq!(document["kind"], kind, "{args:?}");
        let other = if kind == "error" { "error" } else { "data" };
        assert!(document[other].is_object(), "{args:?}");
    };
    check(&["run", "find all TODOs", "--json"], "run-report");
    check(&["plan", "find all TODOs", "--json"], "plan");
    check(&["runs", "--json"], "runs");
    check(&["show", "--json"], "plan");
    check(&["show", "last@2", "--json"], "run-state");
    check(&["log", "--json"], "events");
    check(&["log", "verify", "--json"], "log-verification");
    check(&["why", "last", "--json"], "why");
    check(&["skills", "list", "--json"], "skills");
    check(&["skills", "show", "git", "--json"], "skill");
    check(&["playbooks", "list", "--json"], "playbooks");
    check(&["playbooks", "show", "secure", "--json"], "playbook");
    check(&["intent", "explain", "run the tests", "--json"], "intent");
    check(&["config", "show", "--json"], "config");
    check(&["config", "get", "log.level", "--json"], "config-value");
    check(&["config", "path", "--json"], "paths");
    check(&["doctor", "--json"], "doctor");
    check(&["completions", "bash", "--json"], "completions");
    check(&["show", "run_nothing", "--json"], "error");
    check(&["run", "--frobnicate", "--json"], "error");
}

#[test]
fn an_error_names_its_code_cure_and_exit() {
    let home = Home::new();
    let (code, document) = home.json(&["show", "zzz", "--json"]);
    assert_eq!(code, Some(2));
    assert_eq!(document["error"]["code"], "no-such-run");
    assert_eq!(document["error"]["exit_code"], 2);
    assert!(document["error"]["hint"].is_string());
}

#[test]
fn lines_are_events_and_then_the_report() {
    let home = Home::new();
    let done = home.venom(&["run", "find all TODOs", "--jsonl"]);
    let lines: Vec<serde_json::Value> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let (report, events) = lines.split_last().expect("lines");
    assert_eq!(report["kind"], "run-report");
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["v"], 1);
        assert_eq!(event["seq"], index as u64 + 1);
    }
    assert_eq!(events[0]["event"]["type"], "RunStarted");
    assert_eq!(events[events.len() - 1]["event"]["type"], "RunFinished");
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let home = Home::new();
    home.playbook("announce.yaml", ASKING);
    let done = home.venom(&["run", "announce the release"]);
    assert_eq!(done.code, Some(6), "{done:?}");
    assert!(!done.stderr.contains("[y/n]"), "{done:?}");
    assert!(done.stderr.contains("venom approve run_"), "{done:?}");
    assert!(!home.work().join("told.txt").exists());

    let (code, report) = home.json(&["run", "refactor the module", "--json"]);
    assert_eq!(code, Some(12), "{report}");
    let questions = report["data"]["questions"].as_array().expect("questions");
    assert!(!questions.is_empty());
}

#[test]
fn colour_follows_flag_and_environment() {
    let home = Home::new();
    let is_painted = |args: &[&str], no_color: bool| {
        let mut command = home.command(args);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().expect("an end");
        output.stdout.contains(&0x1b)
    };
    let run = ["run", "find all TODOs"];
    let always = ["run", "find all TODOs", "--color", "always"];
    let never = ["run", "find all TODOs", "--color", "never"];
    assert!(!is_painted(&run, false), "a pipe is no terminal");
    assert!(is_painted(&always, false));
    assert!(is_painted(&always, true), "the flag is stronger");
    assert!(!is_painted(&never, false));
    home.venom(&["config", "set", "ui.color", "always"]);
    assert!(is_painted(&run, false));
    assert!(
        !is_painted(&run, true),
        "NO_COLOR is stronger than the file"
    );
}

#[test]
fn quiet_says_nothing_but_errors() {
    let home = Home::new();
    let done = home.venom(&["run", "find all TODOs", "--quiet"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let done = home.venom(&["show", "zzz", "--quiet"]);
    assert!(done.stderr.starts_with("error: "), "{done:?}");
}

#[test]
fn logs_have_the_promised_fields_and_no_secret() {
    let home = Home::new();
    let mut command = home.command(&["run", "find all TODOs with hunter2hunter2"]);
    command
        .env("MY_TOKEN", "hunter2hunter2")
        .env("VENOM_LOG_LEVEL", "trace");
    command.output().expect("an end");
    let text =
        std::fs::read_to_string(home.venom_home().join("data/logs/venom.log")).expect("a log");
    assert!(!text.contains("hunter2"), "{text}");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let left = lines
        .iter()
        .find(|line| line["message"] == "run left")
        .expect("the end is logged");
    assert_eq!(left["level"], "info");
    assert!(
        left["session_id"]
            .as_str()
            .expect("a run")
            .starts_with("run_")
    );
    assert!(left["latency"].is_u64() && left["cost"].is_u64() && left["time"].is_string());
}

#[test]
fn files_are_the_users_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let home = Home::new();
    home.venom(&["run", "find all TODOs"]);
    home.venom(&["config", "set", "log.level", "debug"]);
    let mode = |path: &str| {
        let metadata = std::fs::metadata(home.venom_home().join(path)).expect("it is there");
        metadata.mode() & 0o777
    };
    assert_eq!(mode("data"), 0o700);
    assert_eq!(mode("data/logs/venom.log"), 0o600);
    assert_eq!(mode("data/log.db"), 0o600);
    assert_eq!(mode("config.yaml"), 0o600);
}

#[test]
fn a_plan_shows_what_its_commands_may_use() {
    let home = Home::new();
    home.file("a.py", "# TODO: one\n");
    let plain = home.venom(&["plan", "run `true`"]).stdout;
    let line = "Commands may use: 512 MiB memory, 50 % of a processor, 256 processes, 1024 MiB disk, no network (run)";
    assert!(plain.contains(line), "{plain}");
    std::fs::create_dir_all(home.venom_home()).unwrap();
    let config = "sandbox:\n  network: [example.org]\n  skills:\n    shell:\n      limits: { memory_mib: 64 }\n";
    std::fs::write(home.venom_home().join("config.yaml"), config).unwrap();
    let (code, plan) = home.json(&["plan", "run `true`", "--json"]);
    assert_eq!(code, Some(0), "{plan}");
    let may = &plan["data"]["may_use"][0];
    assert_eq!(may["limits"]["memory_mib"], 64, "{plan}");
    assert_eq!(may["hosts"][0], "example.org", "{plan}");
}
