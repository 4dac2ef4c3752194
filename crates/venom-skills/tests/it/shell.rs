//! `shell.run`.

use serde_json::json;
use venom_kernel::evidence::Evidence;
use venom_ports::FailureKind;

use crate::world::{World, none, text};

#[test]
fn runs_words_and_scripts() {
    let world = World::new();
    world.write("sub/a.txt", "a\n");
    let (result, evidence) =
        world.call_with_evidence("shell.run", json!({"command": ["printf", "%s", "a  b;c"]}));
    assert_eq!(
        (&result["stdout"], &result["exit_code"]),
        (&json!("a  b;c"), &json!(0))
    );
    assert_eq!(evidence, [Evidence::Exit { code: Some(0) }]);
    let result = world.call(
        "shell.run",
        json!({"script": "ls | cat; pwd; exit 3", "cwd": "sub"}),
    );
    assert_eq!(
        (&result["stdout"], &result["exit_code"]),
        (&json!("a.txt\n./sub\n"), &json!(3))
    );
    assert!(text(&result).contains("exit code 3"));
}

#[test]
fn a_signal_has_no_exit_code() {
    let (result, evidence) =
        World::new().call_with_evidence("shell.run", json!({"script": "kill -9 $$"}));
    assert_eq!(
        (&result["signal"], &result["exit_code"]),
        (&json!(9), &json!(null))
    );
    assert_eq!(evidence, [Evidence::Exit { code: None }]);
}

#[test]
fn output_is_bounded() {
    let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done";
    let result = World::new().call("shell.run", json!({"script": script}));
    let stdout = result["stdout"].as_str().unwrap();
    assert!(stdout.starts_with("line 0\n") && stdout.ends_with("line 19999\n"));
    assert!(stdout.len() < 66_000 && result["truncated"] == true);
    assert!(text(&result).len() <= 64 << 10);
}

#[test]
fn refuses_what_makes_no_sense() {
    let world = World::new();
    for params in [
        none(),
        json!({"command": ["a"], "script": "b"}),
        json!({"command": []}),
        json!({"command": [""]}),
    ] {
        assert_eq!(
            world.fails("shell.run", params.clone()).kind,
            FailureKind::Refused,
            "{params}"
        );
    }
    let failure = world.fails("shell.run", json!({"command": ["no-such-program"]}));
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.unwrap().contains("install"));
    assert_eq!(
        world
            .fails("shell.run", json!({"script": "x", "cwd": "no"}))
            .kind,
        FailureKind::Missing
    );
}

#[test]
fn a_command_that_hangs_is_stopped() {
    let failure = World::new().fails(
        "shell.run",
        json!({"script": "sleep 60 & wait", "timeout": 1}),
    );
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert!(failure.hint.unwrap().contains("timeout"));
}
