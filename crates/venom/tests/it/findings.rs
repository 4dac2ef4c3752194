//! The security tools of other people, on the real binary: what they find is merged with what our
//! own rules find.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::home::{Home, finish};
use super::sandbox::has_cell;

const PYTHON: &str = "import sqlite3
import subprocess
import tempfile


def find(name):
    db = sqlite3.connect('x')
    return db.execute(\"SELECT * FROM t WHERE n = '%s'\" % name)


def run(cmd):
    subprocess.call(cmd, shell=True)


def quiet(cmd):
    subprocess.call(cmd, shell=True)  # nosec B602


def scratch():
    return tempfile.mktemp()
";

fn variable(name: &str) -> Option<String> {
    let mut all = std::env::vars();
    all.find(|(other, _)| other == name).map(|(_, value)| value)
}

/// Whether a tool is there. Where it has to be, its absence is a failure. It is looked up and not
/// started: some of them ask the network for a newer version of themselves first.
fn needs(name: &str) -> bool {
    let required = variable("VENOM_TEST_REQUIRE").unwrap_or_default();
    let path = variable("PATH").unwrap_or_default();
    let is_there = path
        .split(':')
        .any(|folder| Path::new(folder).join(name).is_file());
    assert!(
        is_there || !required.split(',').any(|other| other == name),
        "{name} is required and not installed"
    );
    if !is_there {
        println!("SKIPPED: {name} is not installed");
    }
    is_there
}

/// The result of the scan that ran last, and its document in SARIF.
fn scanned(home: &Home, args: &[&str]) -> Value {
    let out = home.user().join("found.sarif");
    let name = out.display().to_string();
    let mut words = vec!["code", "scan", "--sarif", name.as_str()];
    words.extend(args);
    let mut command = home.command(&words);
    // The toolchains of this machine are found below the home of whoever runs the tests.
    if let Some(own) = variable("HOME") {
        command.env("HOME", own);
    }
    let done = finish(command.spawn().expect("venom starts"));
    assert_eq!(done.code, Some(0), "{} {}", done.stdout, done.stderr);
    serde_json::from_str(&std::fs::read_to_string(&out).expect("the file is written"))
        .expect("it is JSON")
}

/// Line, rule, and the tools that found it.
fn told(report: &Value) -> Vec<(u64, String, Vec<String>)> {
    let results = report["runs"][0]["results"].as_array().expect("results");
    results
        .iter()
        .map(|one| {
            let tools = one["properties"]["tools"].as_array().expect("tools");
            (
                one["locations"][0]["physicalLocation"]["region"]["startLine"]
                    .as_u64()
                    .expect("a line"),
                one["ruleId"].as_str().expect("a rule").to_owned(),
                tools
                    .iter()
                    .map(|tool| tool.as_str().expect("a name").to_owned())
                    .collect(),
            )
        })
        .collect()
}

#[test]
fn bandit_and_ruff_are_merged_with_our_own_rules() {
    let home = Home::new();
    if !has_cell(&home) || !needs("bandit") || !needs("ruff") {
        return;
    }
    home.file("app.py", PYTHON);
    home.file("broken.py", "def (\n");
    let report = scanned(&home, &["--tools", "bandit,ruff"]);
    let found = told(&report);
    let of = |line: u64| -> Vec<&str> {
        let found: Vec<_> = found
            .iter()
            .filter(|one| one.0 == line && !one.1.ends_with("404"))
            .collect();
        assert_eq!(found.len(), 1, "line {line}: {report:#}");
        found[0].2.iter().map(String::as_str).collect()
    };
    assert_eq!(of(8), ["venom", "bandit", "ruff"]);
    assert_eq!(of(12), ["venom", "bandit", "ruff"]);
    assert_eq!(of(20), ["bandit", "ruff"]);
    let results = report["runs"][0]["results"].as_array().expect("results");
    let marked: Vec<&Value> = results
        .iter()
        .filter(|one| one["suppressions"][0]["kind"] == "inSource")
        .collect();
    assert_eq!(marked.len(), 1, "{report:#}");
    let notes = report["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("broken.py was not looked at"), "{notes}");
}

#[test]
fn semgrep_runs_with_the_rules_of_the_project() {
    let home = Home::new();
    if !has_cell(&home) || !needs("semgrep") {
        return;
    }
    home.file("app.py", PYTHON);
    home.file(
        ".semgrep.yml",
        "rules:\n  - id: shell-true\n    languages: [python]\n    severity: ERROR\n    message: a shell runs it\n    metadata: {cwe: ['CWE-78: OS command']}\n    pattern: subprocess.call(..., shell=True)\n",
    );
    let report = scanned(&home, &["--tools", "semgrep"]);
    let found = told(&report);
    let at = found.iter().find(|one| one.0 == 12).expect("it is found");
    assert_eq!(at.2, ["venom", "semgrep"], "{report:#}");
}

#[test]
fn eslint_of_the_project_is_asked_with_its_security_plugin() {
    let home = Home::new();
    let Some(modules) = variable("VENOM_TEST_NODE_MODULES") else {
        println!("SKIPPED: no folder with eslint and eslint-plugin-security is named");
        return;
    };
    if !has_cell(&home) || !needs("node") {
        return;
    }
    home.file(
        "app.js",
        "const fs = require('fs');\nfunction f(x) { eval(x); }\nmodule.exports = (name) => fs.readFileSync(name);\n",
    );
    let copied = Command::new("cp")
        .args(["-r", &modules])
        .arg(home.work().join("node_modules"))
        .status();
    assert!(copied.is_ok_and(|status| status.success()));
    let report = scanned(&home, &["--tools", "eslint"]);
    let found = told(&report);
    let eval = found.iter().find(|one| one.0 == 2).expect("it is found");
    assert_eq!(eval.2, ["venom", "eslint"], "{report:#}");
    let file = found.iter().find(|one| one.0 == 3).expect("it is found");
    assert_eq!(file.1, "eslint.security/detect-non-literal-fs-filename");
}

#[test]
fn clippy_compiles_apart_and_reports() {
    let home = Home::new();
    if !has_cell(&home) || !needs("cargo-clippy") {
        return;
    }
    home.file(
        "Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n",
    );
    home.file(
        "src/lib.rs",
        "pub fn g() -> Vec<u8> {\n    let mut v = Vec::with_capacity(10);\n    unsafe { v.set_len(10) };\n    v\n}\n",
    );
    home.file(
        "Cargo.lock",
        "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n[[package]]\nname = \"x\"\nversion = \"0.1.0\"\n",
    );
    let report = scanned(&home, &["--tools", "clippy"]);
    let found = told(&report);
    assert!(
        // Our own rule sees it too, so that it is one finding of two tools.
        found
            .iter()
            .any(|one| one.0 == 3 && one.2.iter().any(|tool| tool == "clippy")),
        "{report:#}"
    );
    assert!(!home.work().join("target").exists());
}
