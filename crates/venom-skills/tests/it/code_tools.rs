//! Other tools beside our own rules: a linter of the project's own that answers, breaks or babbles.

use serde_json::{Value, json};
use venom_kernel::evidence::Evidence;

use crate::world::{World, column, text};

const WEAK: &str = "const a = 1;\nfunction f(x) { eval(x); }\nconst b = a;\n";

/// A workspace whose own ESLint is this script.
fn world(script: &str) -> World {
    let world = World::new();
    world.write("web/app.js", WEAK);
    world.write("eslint.config.js", "module.exports = [];\n");
    world.write_program(
        "node_modules/.bin/eslint",
        &format!("#!/bin/sh\n{script}\n"),
    );
    world
}

/// What ESLint prints about the file: a rule and a line for each.
fn answer(messages: &[(&str, u32)]) -> String {
    let messages: Vec<Value> = messages
        .iter()
        .map(|(rule, line)| {
            json!({
                "ruleId": rule, "severity": 2, "message": "It is so.", "line": line, "column": 17,
                "endLine": line, "endColumn": 21,
            })
        })
        .collect();
    let document = json!([{"filePath": "./web/app.js", "messages": messages}]);
    format!("cat <<'END'\n{document}\nEND\nexit 1")
}

fn scan(world: &World) -> Value {
    let params = json!({"path": "web", "tools": "eslint"});
    world.call("code.find-vulnerabilities", params)
}

#[test]
fn what_a_tool_finds_too_is_one_finding_with_both() {
    let world = world(&answer(&[("no-eval", 2), ("semi", 3)]));
    let found = scan(&world);
    assert_eq!(column(&found["findings"], "line"), ["2", "3"], "{found}");
    let first = &found["findings"][0];
    assert_eq!(column(&first["sources"], "tool"), ["venom", "eslint"]);
    assert_eq!(first["kind"], "command-injection");
    assert_eq!(found["findings"][1]["kind"], "other");
    assert_eq!(found["tools"][0]["answered"], json!(true));
    assert!(
        text(&found).contains("Also found by eslint no-eval"),
        "{found}"
    );
    // A check counts what our own rules say.
    let params = json!({"path": "web", "tools": "eslint"});
    let (_, evidence) = world.call_with_evidence("code.find-vulnerabilities", params);
    let own = [("command-injection".to_owned(), 1)].into();
    assert_eq!(evidence, [Evidence::Findings(own)]);
    // Unasked, what a tool calls unimportant is counted and not listed.
    let params = json!({"path": "web", "tools": "auto"});
    let found = world.call("code.find-vulnerabilities", params);
    let eslint = found["tools"].as_array().unwrap();
    let eslint = eslint.iter().find(|one| one["tool"] == "eslint").unwrap();
    assert!(
        eslint["notes"][0].as_str().unwrap().contains("semi x 1"),
        "{found}"
    );
    // Nobody is asked where a call and the settings say nothing.
    assert_eq!(
        world.call("code.find-vulnerabilities", json!({}))["tools"],
        json!([])
    );
}

#[test]
fn a_tool_that_breaks_or_babbles_is_told_and_does_no_harm() {
    for (script, why) in [
        (
            "echo 'TypeError: no' >&2; exit 2",
            "it ended with exit code 2: TypeError: no",
        ),
        ("echo oops", "its answer cannot be read"),
        ("printf '\\033[31m\\0\\377'", "its answer cannot be read"),
        ("kill -9 $$", "it ended with signal 9"),
        ("true", "its answer cannot be read"),
        (
            "head -c 34000000 /dev/zero",
            "its answer is longer than 32 MiB",
        ),
    ] {
        let found = scan(&world(script));
        assert_eq!(found["count"], 1, "{script}: {found}");
        let tool = &found["tools"][0];
        assert_eq!(tool["answered"], json!(false), "{script}: {found}");
        let note = tool["notes"][0].as_str().unwrap();
        assert!(note.contains(why), "{script}: {note}");
        assert!(text(&found).contains("no whole answer"), "{found}");
    }
}

#[test]
fn a_tool_that_is_named_and_missing_is_told() {
    let world = World::new().without("bandit");
    world.write("a.py", "x = 1\n");
    let params = json!({"tools": "bandit,gosec"});
    let found = world.call("code.find-vulnerabilities", params);
    let notes = found["tools"].to_string();
    assert!(notes.contains("pip install bandit"), "{notes}");
    assert!(notes.contains("no Go module"), "{notes}");
    let failure = world.fails("code.find-vulnerabilities", json!({"tools": "grep"}));
    assert!(
        failure.message.contains("there is no tool `grep`"),
        "{failure}"
    );
}

#[test]
fn lint_says_what_is_new_wherever_it_has_moved() {
    let world = world(&answer(&[("semi", 1), ("no-unused-vars", 3)]));
    let before = world.call("code.lint", json!({"tools": "eslint"}));
    assert_eq!(before["count"], 2, "{before}");
    assert_eq!(before["new"], Value::Null);
    // Two lines above move everything; one finding is gone and one is new.
    world.write("web/app.js", format!("// one\n// two\n{WEAK}var c;\n"));
    world.write_program(
        "node_modules/.bin/eslint",
        &format!("#!/bin/sh\n{}\n", answer(&[("semi", 3), ("no-var", 6)])),
    );
    let params = json!({"tools": "eslint", "than": before["findings"]});
    let (after, evidence) = world.call_with_evidence("code.lint", params);
    assert_eq!(after["new"].as_array().unwrap().len(), 1, "{after}");
    assert_eq!(after["gone"].as_array().unwrap().len(), 1, "{after}");
    assert!(text(&after).contains("1 new and 1 gone"), "{after}");
    assert!(
        text(&after).contains("no-var") && !text(&after).contains("semi"),
        "{after}"
    );

    assert_eq!(evidence, []);

    // A linter that breaks proves nothing: the list is not whole.
    world.write_program("node_modules/.bin/eslint", "#!/bin/sh\nexit 2\n");
    let (broken, evidence) = world.call_with_evidence("code.lint", json!({"tools": "eslint"}));
    assert!(
        matches!(evidence.as_slice(), [Evidence::NotRun { .. }]),
        "{evidence:?}"
    );
    assert_eq!(
        (
            &broken["count"],
            broken["findings"].as_array().map(Vec::len)
        ),
        (&json!(1), Some(0)),
        "{broken}"
    );
}

#[test]
fn secrets_are_found_in_hidden_files_and_not_shown() {
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let world = World::new();
    world.write(".env", format!("TOKEN={token}\n"));
    world.write(
        "deploy/key.txt",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n",
    );
    world.write("app.py", "def f():\n    password = 'Tr0ub4dor&3x'\n");
    world.write("image.bin", [0_u8, 1, 2]);
    let found = world.call("code.find-secrets", json!({}));
    assert_eq!(
        column(&found["secrets"], "path"),
        [".env", "app.py", "deploy/key.txt"],
        "{found}"
    );
    assert_eq!(found["skipped"], 1);
    let shown = found.to_string();
    assert!(
        !shown.contains(&token) && !shown.contains("Tr0ub4dor"),
        "{shown}"
    );
    let inner = world.call("code.find-secrets", json!({"path": "deploy"}));
    assert_eq!(inner["count"], 1);
}
