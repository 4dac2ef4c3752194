//! Reads captured output of real runners and compares whole reports. `captures/README.md` says how they were made.

use super::*;

mod captures;
mod hostile;

/// One captured run.
struct Capture {
    stdout: String,
    stderr: String,
    report: Option<String>,
    exit_code: Option<i32>,
}

impl Capture {
    fn load(folder: &str, name: &str) -> Self {
        let base = format!(
            "{}/tests/captures/{folder}/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        let read = |end: &str| std::fs::read_to_string(format!("{base}.{end}")).ok();
        let capture = Self {
            stdout: read("stdout").unwrap_or_default(),
            stderr: read("stderr").unwrap_or_default(),
            report: read("report"),
            exit_code: read("exit").map(|code| code.trim().parse().unwrap()),
        };
        let is_there =
            !capture.stdout.is_empty() || !capture.stderr.is_empty() || capture.report.is_some();
        assert!(is_there || name == "hang", "no capture {base}");
        capture
    }

    fn output(&self) -> Output<'_> {
        Output {
            stdout: &self.stdout,
            stderr: &self.stderr,
            report_file: self.report.as_deref(),
            exit_code: self.exit_code,
            root: Some("/project"),
        }
    }
}

fn parsed(folder: &str, name: &str) -> Report {
    parse(runner_of(folder), &Capture::load(folder, name).output()).unwrap()
}

fn runner_of(folder: &str) -> Runner {
    match folder {
        "pytest" => Runner::Pytest,
        "unittest" => Runner::Unittest,
        "cargo-test" => Runner::CargoTest,
        "nextest" => Runner::CargoNextest,
        "go" => Runner::GoTest,
        "jest" => Runner::Jest,
        "vitest" => Runner::Vitest,
        "node" => Runner::NodeTest,
        "make" => Runner::MakeTarget,
        other => panic!("no runner for {other}"),
    }
}

/// Draws a report as text: its completeness, then one line a case.
fn drawn(report: &Report) -> String {
    let mut lines = vec![match &report.note {
        None => "complete".to_owned(),
        Some(note) => format!("incomplete: {}", note.lines().next().unwrap_or_default()),
    }];
    assert_eq!(report.complete, report.note.is_none());
    if let Some(collected) = report.collected {
        lines.push(format!("collected {collected}"));
    }
    lines.extend(report.cases.iter().map(|case| {
        let status = match case.status {
            CaseStatus::Passed => "pass",
            CaseStatus::Failed => "FAIL",
            CaseStatus::Errored => "ERROR",
            CaseStatus::Skipped => "skip",
        };
        format!("{status} {}", case.name)
    }));
    lines.join("\n")
}

fn check(folder: &str, name: &str, expected: &str) {
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(
        drawn(&parsed(folder, name)),
        expected.join("\n"),
        "{folder}/{name}"
    );
}

fn message(report: &Report, name: &str) -> String {
    let case = report.cases.iter().find(|case| case.name == name).unwrap();
    case.message.clone().unwrap_or_default()
}

fn report(cases: &[(&str, CaseStatus)]) -> Report {
    let cases = cases.iter().map(|(name, status)| Case {
        name: (*name).to_owned(),
        status: *status,
        message: None,
    });
    Report {
        runner: Runner::Pytest,
        cases: cases.collect(),
        collected: None,
        complete: true,
        note: None,
    }
}

#[test]
fn compares_by_name() {
    use CaseStatus::{Errored, Failed, Passed, Skipped};
    let before = report(&[
        ("stays", Passed),
        ("breaks", Passed),
        ("heals", Failed),
        ("sick", Failed),
        ("gone", Passed),
        ("paused", Failed),
    ]);
    let after = report(&[
        ("stays", Passed),
        ("breaks", Errored),
        ("heals", Passed),
        ("sick", Errored),
        ("new", Passed),
        ("new_broken", Failed),
        ("paused", Skipped),
    ]);
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let expected = Comparison {
        newly_failing: names(&["breaks", "new_broken"]),
        newly_passing: names(&["heals"]),
        still_failing: names(&["sick"]),
        vanished: names(&["gone"]),
        appeared: names(&["new", "new_broken"]),
    };
    let comparison = compare(&before, &after);
    assert_eq!(comparison, expected);
    assert!(!comparison.is_no_worse());
    assert!(compare(&before, &before).is_no_worse());
}

#[test]
fn compares_the_same_suite_across_pythons() {
    let old = parsed("unittest", "mixed-3.8");
    let new = parsed("unittest", "mixed-3.13");
    let comparison = compare(&old, &new);
    assert_eq!(
        (comparison.vanished, comparison.appeared),
        (Vec::new(), Vec::new())
    );
    assert_eq!(comparison.still_failing.len(), old.failed());
}

#[test]
fn counts_add_up() {
    let report = parsed("unittest", "mixed-3.13");
    assert_eq!(
        (report.passed(), report.failed(), report.skipped()),
        (7, 10, 6)
    );
    assert!(!report.is_green());
    assert!(parsed("unittest", "pass-3.9").is_green());
    // Nothing ran, so nothing is proven, although nothing failed.
    assert!(!parsed("unittest", "empty-3.9").is_green());
}
