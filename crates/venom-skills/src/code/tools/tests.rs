//! The readers against what the tools print, and against what they should never print.

use std::path::Path;

use super::reading::{Said, Texts, kind_of};
use super::{Finding, NAMES, Order, Purpose, Scene, Severity, Tool, Wanted, merge};
use crate::code::{Kind, analyse};

fn capture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/tools");
    std::fs::read_to_string(folder.join(name)).expect("the capture is there")
}

fn read(tool: Tool, name: &str) -> Vec<Said> {
    let mut texts = Texts::default();
    texts.add("Cargo.lock", LOCK);
    tool.read(&capture(name), &texts).expect("it is read").said
}

const LOCK: &str = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"time\"\nversion = \"0.1.43\"\n";

/// The file that the tools for Python have looked at.
const PYTHON: &str = "import subprocess
import sqlite3

def find(name):
    db = sqlite3.connect(\"x\")
    return db.execute(\"SELECT * FROM t WHERE n = '%s'\" % name)

def run(cmd):
    subprocess.call(cmd, shell=True)

def quiet(cmd):
    subprocess.call(cmd, shell=True)  # nosec B602
";

fn places(said: &[Said]) -> Vec<(&str, u32, Kind, Severity)> {
    said.iter()
        .map(|one| (one.rule.as_str(), one.line, one.kind, one.severity))
        .collect()
}

#[test]
fn bandit_is_read() {
    assert_eq!(
        places(&read(Tool::Bandit, "bandit.json")),
        [
            ("B404", 1, Kind::Other, Severity::Low),
            ("B608", 6, Kind::SqlInjection, Severity::Medium),
            ("B602", 9, Kind::CommandInjection, Severity::High),
        ]
    );
    let heard = Tool::Bandit
        .read(&capture("bandit.json"), &Texts::default())
        .expect("it is read");
    assert_eq!(
        heard.notes,
        ["app/broken.py was not looked at: syntax error while parsing AST from file"]
    );
}

#[test]
fn ruff_is_read() {
    assert_eq!(
        places(&read(Tool::Ruff, "ruff.json")),
        [
            ("S608", 6, Kind::SqlInjection, Severity::Medium),
            ("S602", 9, Kind::CommandInjection, Severity::High),
            ("S602", 12, Kind::CommandInjection, Severity::High),
        ]
    );
}

#[test]
fn eslint_is_read() {
    assert_eq!(
        places(&read(Tool::Eslint, "eslint.json")),
        [
            ("no-eval", 2, Kind::CommandInjection, Severity::Medium),
            (
                "security/detect-non-literal-fs-filename",
                3,
                Kind::PathTraversal,
                Severity::Medium
            ),
        ]
    );
}

#[test]
fn semgrep_is_read() {
    let said = read(Tool::Semgrep, "semgrep.json");
    assert_eq!(
        places(&said),
        [
            ("shell-true", 9, Kind::CommandInjection, Severity::High),
            ("shell-true", 12, Kind::CommandInjection, Severity::High),
        ]
    );
    assert_eq!(said[0].cwe, 78);
}

#[test]
fn clippy_is_read() {
    let said = read(Tool::Clippy, "clippy.jsonl");
    let mut rules: Vec<&str> = said.iter().map(|one| one.rule.as_str()).collect();
    rules.sort_unstable();
    assert!(rules.contains(&"clippy::len_zero"), "{rules:?}");
    assert!(
        said.iter()
            .any(|one| one.rule == "clippy::uninit_vec" && one.kind == Kind::UnsafeMemory),
        "{rules:?}"
    );
    assert!(said.iter().all(|one| one.path == "src/lib.rs"), "{said:?}");
    // An answer that stops in the middle is none.
    let whole = capture("clippy.jsonl");
    let lines = whole.lines().count();
    let cut: Vec<&str> = whole.lines().take(lines - 1).collect();
    assert!(
        Tool::Clippy
            .read(&cut.join("\n"), &Texts::default())
            .is_err()
    );
}

#[test]
fn gosec_and_cargo_audit_are_read() {
    assert_eq!(
        places(&read(Tool::Gosec, "gosec.json")),
        [("G204", 5, Kind::CommandInjection, Severity::High)]
    );
    let said = read(Tool::CargoAudit, "cargo-audit.json");
    assert_eq!(
        places(&said),
        [(
            "RUSTSEC-2020-0071",
            6,
            Kind::VulnerableDependency,
            Severity::High
        )]
    );
    assert!(said[0].message.contains(">=0.2.23"), "{}", said[0].message);
}

#[test]
fn what_is_no_answer_is_said_and_never_taken_for_a_clean_one() {
    for tool in Tool::ALL {
        for bad in [
            "{",
            "null",
            "3",
            "\"x\"",
            "{}",
            "[3",
            "{\"results\": 3}",
            "\u{1b}[31mTraceback",
        ] {
            let read = tool.read(bad, &Texts::default());
            assert!(
                read.is_err(),
                "{tool} takes {bad:?} for an answer: {read:?}"
            );
        }
    }
    // Pieces that are missing or of another type are no reason to stop.
    let odd = r#"{"errors": [3, {}], "results": [{}, 3, {"line_number": "x", "test_id": 7}]}"#;
    assert_eq!(
        Tool::Bandit
            .read(odd, &Texts::default())
            .expect("read")
            .said
            .len(),
        3
    );
}

#[test]
fn two_tools_at_one_place_are_one_finding() {
    let mut texts = Texts::default();
    texts.add("app/a.py", PYTHON);
    let mut others: Vec<Finding> = Vec::new();
    for (tool, name) in [
        (Tool::Bandit, "bandit.json"),
        (Tool::Ruff, "ruff.json"),
        (Tool::Semgrep, "semgrep.json"),
    ] {
        let said = read(tool, name).into_iter();
        others.extend(said.filter_map(|said| texts.finding(tool, said, Path::new("/w"))));
    }
    let own = analyse("app/a.py", PYTHON).expect("it is analysed");
    let merged = merge::merge(own, others);
    let told: Vec<(u32, Kind, Vec<&str>, bool)> = merged
        .iter()
        .map(|one| {
            let tools = one.sources.iter().map(|source| source.tool.as_str());
            (
                one.line,
                one.kind,
                tools.collect(),
                one.suppressed.is_some(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, Kind::Other, vec!["bandit"], false),
            (
                6,
                Kind::SqlInjection,
                vec!["venom", "bandit", "ruff"],
                false
            ),
            (
                9,
                Kind::CommandInjection,
                vec!["venom", "bandit", "ruff", "semgrep"],
                false
            ),
            // Ruff and semgrep do not know bandit's mark; it is a mark of the authors all the same.
            (
                12,
                Kind::CommandInjection,
                vec!["venom", "ruff", "semgrep"],
                true
            ),
        ]
    );
}

#[test]
fn findings_of_files_that_were_not_looked_at_do_not_count() {
    let texts = Texts::default();
    let said = Said::new("x", Severity::High, "m", "../../etc/passwd", 1);
    assert_eq!(texts.finding(Tool::Ruff, said, Path::new("/w")), None);
}

#[test]
fn secrets_that_tools_repeat_are_not_shown() {
    let mut texts = Texts::default();
    texts.add("a.py", "password = 'hunter2hunter2'\n");
    let said = Said::new(
        "B105",
        Severity::Low,
        "Possible hardcoded password: 'hunter2hunter2'",
        "./a.py",
        1,
    )
    .of_kind(Some(Kind::HardCodedSecret));
    let finding = texts
        .finding(Tool::Bandit, said, Path::new("/w"))
        .expect("it is a file that was looked at");
    let shown = format!("{finding:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_names_of_tools_are_known() {
    assert_eq!("auto".parse(), Ok(Wanted::Auto));
    assert_eq!("none".parse(), Ok(Wanted::Nobody));
    let some: Wanted = " ruff, bandit,ruff".parse().expect("they are known");
    assert_eq!(some, Wanted::These(vec![Tool::Bandit, Tool::Ruff]));
    assert_eq!(some.to_string(), "bandit,ruff");
    for bad in ["", "bandit,", "grep", "auto,bandit"] {
        let why = bad.parse::<Wanted>().expect_err("it is no tool");
        assert!(why.contains("there is no tool"), "{why}");
    }
}

#[test]
fn a_tool_that_does_not_fit_is_not_asked() {
    let python = Scene::of(Purpose::Security, &["a.py"], &[]);
    let fits = |tool: Tool, scene: &Scene| tool.order(scene).is_ok();
    assert!(fits(Tool::Bandit, &python) && fits(Tool::Ruff, &python));
    for tool in [
        Tool::Eslint,
        Tool::Semgrep,
        Tool::Gosec,
        Tool::Clippy,
        Tool::CargoAudit,
    ] {
        assert!(!fits(tool, &python), "{tool}");
    }
    // TypeScript needs the project's parser.
    let typed = Scene::of(Purpose::Security, &["a.ts"], &[]);
    assert!(!fits(Tool::Eslint, &typed));
    let typed = Scene::of(Purpose::Security, &["a.ts"], &["eslint.config.mjs"]);
    assert!(fits(Tool::Eslint, &typed));
    let lint = Scene::of(Purpose::Lint, &["a.js", "a.py"], &["Cargo.lock"]);
    assert!(fits(Tool::Ruff, &lint) && !fits(Tool::Eslint, &lint));
    assert!(!fits(Tool::Bandit, &lint) && !fits(Tool::CargoAudit, &lint));
}

#[test]
fn many_files_are_asked_about_in_several_commands() {
    let files: Vec<String> = (0..5_000)
        .map(|number| format!("a/folder/of/a/name/{number}.py"))
        .chain(["-rf.py".to_owned()])
        .collect();
    let commands = Order::of(&["ruff", "check"], &[0]).over(&files).commands();
    assert!(commands.len() > 1);
    let mut seen = 0;
    for command in &commands {
        assert_eq!(&command[..2], ["ruff", "check"]);
        let names = &command[2..];
        assert!(names.iter().all(|name| name.starts_with("./")));
        assert!(names.iter().map(|name| name.len() + 1).sum::<usize>() <= NAMES);
        seen += names.len();
    }
    assert_eq!(seen, files.len());
}

#[test]
fn numbers_of_weaknesses_have_kinds() {
    assert_eq!(kind_of(78), Kind::CommandInjection);
    assert_eq!(kind_of(79), Kind::Xss);
    assert_eq!(kind_of(0), Kind::Other);
}
