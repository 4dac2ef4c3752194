//! `test.run` and `build.run` on real projects.

use std::process::Command;

use serde_json::{Value, json};
use venom_kernel::evidence::{Evidence, TestEvidence};
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

fn tests(evidence: &[Evidence]) -> &TestEvidence {
    match &evidence[0] {
        Evidence::Tests(tests) => tests,
        other => panic!("{other:?}"),
    }
}

fn python(world: &World) {
    world.write(
        "calc.py",
        "def add(a, b):\n    return a + b\n\n\ndef sub(a, b):\n    return a - b\n",
    );
    world.write(
        "tests/test_calc.py",
        "import unittest\nimport calc\n\n\nclass Calc(unittest.TestCase):\n    def test_add(self):\n        \
         self.assertEqual(calc.add(1, 2), 3)\n\n    def test_wrong(self):\n        \
         self.assertEqual(object(), calc)\n\n    @unittest.skip('later')\n    def test_later(self):\n        pass\n",
    );
    world.write("tests/__init__.py", "");
}

#[test]
fn unittest_is_run_and_read() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    python(&world);
    let (result, evidence) = world.call_with_evidence("test.run", none());
    let seen = tests(&evidence);
    assert_eq!(
        (seen.passed, seen.failed, seen.skipped, seen.complete),
        (1, 1, 1, true)
    );
    assert_eq!(seen.runner, "unittest");
    assert_eq!(seen.failing.len(), 1);
    assert!(seen.failing[0].contains("test_wrong"), "{seen:?}");
    assert_eq!(evidence[1], Evidence::Exit { code: Some(1) });
    assert_eq!(
        (&result["coverage"], &result["no_coverage"]),
        (&Value::Null, &Value::Null)
    );
    // Two runs that did the same say the same, although an address is part of the message.
    assert_eq!(world.call("test.run", none()), result);
    assert!(!world.path("__pycache__").exists() && !world.path("tests/__pycache__").exists());
}

#[test]
fn coverage_is_measured_without_any_package() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    python(&world);
    let (result, evidence) = world.call_with_evidence("test.run", json!({"coverage": true}));
    let coverage = tests(&evidence).coverage.clone().unwrap();
    assert_eq!((coverage.covered, coverage.total), (3, 4), "{result}");
    assert_eq!(
        result["coverage"]["files"],
        json!([{"path": "calc.py", "covered": 3, "total": 4}])
    );
    assert_eq!(result["coverage"]["percent"], "75.0%");
    assert!(text(&result).contains("calc.py: 3 of 4 lines"));
}

#[test]
fn a_part_and_a_name_are_run_alone() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    python(&world);
    world.write(
        "other/test_other.py",
        "import unittest\nclass O(unittest.TestCase):\n    def test_o(self): pass\n",
    );
    world.write("pyproject.toml", "[project]\nname = 'x'\n");
    let (result, evidence) = world.call_with_evidence("test.run", json!({"path": "other"}));
    assert_eq!(
        (tests(&evidence).passed, tests(&evidence).failed),
        (1, 0),
        "{result}"
    );
    let (_, evidence) =
        world.call_with_evidence("test.run", json!({"path": "tests", "only": "add"}));
    assert_eq!((tests(&evidence).passed, tests(&evidence).failed), (1, 0));
    let (named, evidence) = world.call_with_evidence("test.run", json!({"path": "calc.py"}));
    assert!(
        text(&named).contains("those in tests/test_calc.py"),
        "{named}"
    );
    assert_eq!(tests(&evidence).failed, 1, "{named}");
    world.write("odd.py", "x = 1\n");
    let whole = world.call("test.run", json!({"path": "odd.py"}));
    assert!(text(&whole).contains("could not be limited"), "{whole}");
    assert_eq!(
        world.fails("test.run", json!({"only": "--version"})).kind,
        FailureKind::Refused
    );
    assert_eq!(
        world.fails("test.run", json!({"path": "no"})).kind,
        FailureKind::Missing
    );
}

#[test]
fn a_suite_that_hangs_is_stopped_and_told_of() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.write(
        "test_slow.py",
        "import time, unittest\nclass S(unittest.TestCase):\n    def test_a(self): pass\n    \
         def test_b(self): time.sleep(600)\n",
    );
    let (result, evidence) =
        world.call_with_evidence("test.run", json!({"timeout": 3, "coverage": true}));
    let seen = tests(&evidence);
    assert!(!seen.complete && seen.no_coverage.is_some(), "{seen:?}");
    assert!(
        text(&result).contains("stopped after 3.0 s"),
        "{}",
        text(&result)
    );
}

#[test]
fn what_cannot_be_run_is_said_with_its_cure() {
    let world = World::new();
    let (result, evidence) = world.call_with_evidence("test.run", none());
    assert_eq!(result["ran"], json!(false));
    assert!(matches!(&evidence[..], [Evidence::NotRun { what, .. }] if what == "tests"));
    world.write("main.go", "package main\n");
    world.write("main_test.go", "package main\n");
    world.write("go.mod", "module x\n");
    let world = world.without("go");
    let (result, evidence) = world.call_with_evidence("test.run", none());
    assert!(
        result["cure"].as_str().unwrap().contains("install `go`"),
        "{result}"
    );
    assert!(matches!(
        &evidence[..],
        [Evidence::NotRun { cure: Some(_), .. }]
    ));
    let built = world.call("build.run", none());
    assert_eq!(built["not_built"], json!(["Go: `go` is not installed"]));
    world.write("package.json", "{");
    assert!(
        world
            .fails("test.run", none())
            .message
            .contains("package.json")
    );
}

#[test]
fn pytest_without_pytest_is_not_run() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    // The module that is asked for is never there.
    world.write("sitecustomize.py", "");
    world.write("pytest.py", "raise ImportError('not here')\n");
    world.write("test_a.py", "import pytest\n\n\ndef test_a():\n    pass\n");
    let (result, evidence) = world.call_with_evidence("test.run", none());
    let Evidence::NotRun { why, cure, .. } = &evidence[0] else {
        panic!("{evidence:?}")
    };
    assert!(why.contains("pytest"), "{result}");
    assert_eq!(cure.as_deref(), Some("`python3 -m pip install pytest`"));
}

#[test]
fn other_runners_are_read_too() {
    let world = World::new();
    world.write("go.mod", "module example.org/x\n\ngo 1.18\n");
    world.write("a/a_test.go", "package a\nimport \"testing\"\nfunc TestOne(t *testing.T) {}\nfunc TestTwo(t *testing.T) { t.Fatal(\"no\") }\n");
    world.write(
        "b/b_test.go",
        "package b\nimport \"testing\"\nfunc TestThree(t *testing.T) {}\n",
    );
    if has_go() {
        let (result, evidence) = world.call_with_evidence("test.run", json!({"coverage": true}));
        assert_eq!(
            (tests(&evidence).passed, tests(&evidence).failed),
            (2, 1),
            "{result}"
        );
        // There are tests and nothing that they could run.
        let why = result["no_coverage"].as_str().unwrap();
        assert!(why.contains("no lines"), "{result}");
        let (_, evidence) = world.call_with_evidence("test.run", json!({"path": "b"}));
        assert_eq!((tests(&evidence).passed, tests(&evidence).failed), (1, 0));
        let (_, evidence) = world.call_with_evidence("test.run", json!({"only": "TestOne"}));
        assert_eq!(tests(&evidence).failed, 0);
    }
    if has("make") {
        let world = World::new();
        world.write(
            "Makefile",
            "build:\n\t@echo built\ntest:\n\t@echo broken >&2; exit 1\n",
        );
        let (_, evidence) = world.call_with_evidence("test.run", none());
        assert_eq!(tests(&evidence).failed, 1);
        let (result, evidence) = world.call_with_evidence("build.run", none());
        assert_eq!(evidence, [Evidence::Exit { code: Some(0) }]);
        assert_eq!(column(&result["built"], "command"), ["make build"]);
    }
}

fn has_go() -> bool {
    let found = Command::new("go")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("SKIPPED: go is not installed");
    }
    found
}

#[test]
fn a_build_that_fails_shows_its_end() {
    if !has("python3") {
        return;
    }
    let world = World::new();
    world.write("a.py", "def broken(:\n");
    let (result, evidence) = world.call_with_evidence("build.run", none());
    assert_eq!(evidence, [Evidence::Exit { code: Some(1) }]);
    assert_eq!(result["ok"], json!(false));
    assert!(text(&result).contains("a.py"), "{}", text(&result));
    world.write("a.py", "x = 1\n");
    assert_eq!(world.call("build.run", none())["ok"], json!(true));
    assert!(!world.path("__pycache__").exists());
    let empty = World::new();
    let (result, evidence) = empty.call_with_evidence("build.run", none());
    assert_eq!(result["built"], json!([]));
    assert!(matches!(&evidence[..], [Evidence::NotRun { what, .. }] if what == "build"));
}
