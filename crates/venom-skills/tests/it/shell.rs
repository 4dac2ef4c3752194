//! `shell.run`, and what the actions of sessions refuse. Sessions themselves need a sandbox: the
//! binary's tests have them.

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

#[test]
fn input_and_variables_are_given() {
    let result = World::new().call(
        "shell.run",
        json!({"script": "cat; echo \"$A-$B\"", "stdin": "in\n", "env": ["A=1=2", "B="]}),
    );
    assert_eq!(result["stdout"], "in\n1=2-\n");
    let failure = World::new().fails("shell.run", json!({"script": "true", "env": ["=x"]}));
    assert_eq!(failure.kind, FailureKind::Refused);
}

#[test]
fn output_steers_nothing() {
    let script =
        r"printf '\033[31mred\033[0m \033]0;title\007\033]8;;http://x\033\\a\b\r\nnext\r50%%\n'";
    let result = World::new().call("shell.run", json!({"script": script}));
    assert_eq!(result["stdout"], "red a\nnext\n50%\n");
}

#[test]
fn sessions_that_are_not_there_are_missing() {
    let world = World::new();
    for (action, params) in [
        ("read", json!({"session": "ses_1"})),
        ("write", json!({"session": "ses_1", "input": "x"})),
        (
            "resize",
            json!({"session": "ses_1", "rows": 1, "columns": 1}),
        ),
        ("signal", json!({"session": "ses_1", "signal": "INT"})),
        ("exec", json!({"session": "ses_1", "script": "true"})),
        ("stop", json!({"session": "ses_1"})),
    ] {
        let action = format!("shell.{action}");
        let failure = world.fails(&action, params.clone());
        assert_eq!(failure.kind, FailureKind::Missing, "{action}");
        assert!(failure.message.contains("ses_1 is gone"), "{failure}");
        let mut odd = params;
        odd["session"] = json!("run_1");
        assert_eq!(world.fails(&action, odd).kind, FailureKind::Refused);
    }
    assert_eq!(world.call("shell.list", none())["sessions"], json!([]));
    assert!(text(&world.call("shell.list", none())).contains("no sessions"));
}
