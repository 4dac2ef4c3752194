//! Reads captured reports, and runs the driver where Python is installed.

use std::path::Path;
use std::process::{Command, Output};

use super::*;

fn capture(name: &str) -> String {
    std::fs::read_to_string(format!(
        "{}/tests/captures/coverage/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn file(path: &str, covered: u32, total: u32) -> FileCoverage {
    FileCoverage {
        path: path.to_owned(),
        covered,
        total,
    }
}

#[test]
fn reads_both_tools() {
    let files = vec![file("arith.py", 6, 8)];
    let expected = Coverage {
        tool: CoverageTool::CoveragePy,
        covered: 6,
        total: 8,
        files: files.clone(),
    };
    assert_eq!(
        parse_coverage_py(&capture("coverage-py.json")).unwrap(),
        expected
    );
    let expected = Coverage {
        tool: CoverageTool::PythonTrace,
        covered: 6,
        total: 8,
        files,
    };
    let coverage = parse_trace(&capture("trace.json")).unwrap();
    assert_eq!(coverage, expected);
    assert_eq!(coverage.basis_points(), Some(7_500));
}

#[test]
fn shares_are_rounded_down() {
    assert_eq!(file("a", 9_999, 10_001).basis_points(), Some(9_998));
    assert_eq!(file("a", u32::MAX, u32::MAX).basis_points(), Some(10_000));
    assert_eq!(file("a", 0, 0).basis_points(), None);
}

#[test]
fn refuses_what_cannot_be_true() {
    assert!(matches!(parse_trace("{"), Err(CoverageError::Json(_))));
    assert!(matches!(
        parse_trace(r#"{"format":"venom-trace-2","files":{}}"#),
        Err(CoverageError::UnknownFormat(_))
    ));
    let impossible = r#"{"format":"venom-trace-1","files":{"a.py":{"covered":3,"total":2}}}"#;
    assert!(matches!(
        parse_trace(impossible),
        Err(CoverageError::Impossible {
            covered: 3,
            total: 2,
            ..
        })
    ));
    let negative = r#"{"format":"venom-trace-1","files":{"a.py":{"covered":-1,"total":2}}}"#;
    assert!(matches!(parse_trace(negative), Err(CoverageError::Json(_))));
}

#[test]
fn wraps_commands_of_python_only() {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let places = Places {
        root: "/p",
        driver: "/s/driver.py",
        data: "/s/data",
        report: "/s/out.json",
    };
    let test = words("python3 -m unittest discover -v -s tests");
    let traced = trace_command(&test, places).unwrap().join(" ");
    assert_eq!(
        traced,
        "python3 /s/driver.py --root /p --out /s/out.json -- unittest discover -v -s tests"
    );
    let [run, json] = coverage_commands(&test, places)
        .unwrap()
        .map(|words| words.join(" "));
    assert!(
        run.starts_with("python3 -m coverage run --data-file=/s/data --source=/p --omit="),
        "{run}"
    );
    assert!(run.ends_with(" -m unittest discover -v -s tests"), "{run}");
    assert_eq!(
        json,
        "python3 -m coverage json -q -i --data-file=/s/data -o /s/out.json"
    );
    assert_eq!(trace_command(&words("cargo test"), places), None);
    assert_eq!(trace_command(&words("python3 -m"), places), None);
}

/// A project with threads, a multi-line statement, excluded lines, a module nobody imports, and output on both streams.
const MODULE: &str = r#""""Documentation is no statement."""
import threading


def called(numbers):
    """Nor is this."""
    total = sum(
        number
        for number in numbers
    )
    if total < 0:
        return None
    return total


def in_thread(found):
    found.append(
        called([1, 2]))


def debug():  # pragma: no cover
    print("never")


class Shape:
    """Nor this."""

    sides = 0

    def area(self):
        return self.sides
"#;

const TESTS: &str = r#"import sys
import threading
import unittest

import module


class Tests(unittest.TestCase):
    def test_thread(self):
        found = []
        thread = threading.Thread(target=module.in_thread, args=(found,))
        thread.start()
        thread.join()
        print("on stdout")
        print("on stderr", file=sys.stderr)
        self.assertEqual(found, [3])

    def test_fails(self):
        self.assertEqual(sys.argv[1:], ["-v", "test_module"])
        self.fail(sys.path[0] == "" or sys.path[0])
"#;

fn python(folder: &Path, words: &[&str]) -> Option<Output> {
    let mut command = Command::new("python3");
    command
        .current_dir(folder)
        .args(words)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
        .output()
        .ok()
        .filter(|output| output.status.code() != Some(127))
}

#[test]
fn the_driver_measures_and_changes_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let project = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("module.py", MODULE),
        ("test_module.py", TESTS),
        ("unused.py", "x = 1\n"),
        ("spare.py", "x = 1\n"),
    ] {
        std::fs::write(project.path().join(name), content).unwrap();
    }
    let driver = scratch.path().join("driver.py");
    std::fs::write(&driver, TRACE_DRIVER).unwrap();
    let report = scratch.path().join("report.json");

    let Some(plain) = python(project.path(), &["-m", "unittest", "-v", "test_module"]) else {
        println!("SKIPPED: python3 is not installed");
        return;
    };
    let (driver, out) = (driver.to_str().unwrap(), report.to_str().unwrap());
    let traced = python(
        project.path(),
        &[
            driver,
            "--root",
            ".",
            "--out",
            out,
            "--",
            "unittest",
            "-v",
            "test_module",
        ],
    )
    .unwrap();
    assert_eq!(traced.status.code(), plain.status.code());
    assert_eq!(traced.status.code(), Some(1));
    assert_eq!(text(&traced.stdout), text(&plain.stdout));
    assert_eq!(
        without_times(&text(&traced.stderr)),
        without_times(&text(&plain.stderr))
    );

    let coverage = parse_trace(&std::fs::read_to_string(&report).unwrap()).unwrap();
    // Of the module, `return None` and `return self.sides` did not run; nothing else was left out.
    assert_eq!(
        coverage.files,
        [
            file("module.py", 10, 12),
            file("spare.py", 0, 1),
            file("unused.py", 0, 1)
        ]
    );
    let mut left: Vec<_> = std::fs::read_dir(project.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(
        left,
        ["module.py", "spare.py", "test_module.py", "unused.py"]
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn without_times(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split(" in 0.").next().unwrap_or_default().to_owned())
        .collect()
}
