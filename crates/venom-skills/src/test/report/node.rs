//! Reads `node --test` with `--test-reporter=tap`, which a killed run leaves readable, or `--test-reporter=junit`.
//!
//! A suite or a test with subtests is a case only when something of its own broke; otherwise its children tell all.

mod tap;
mod xml;

use super::draft::Draft;
use super::{CaseStatus, Output, ParseError, Report, Runner, text};

/// What both reporters say about one test.
struct Point {
    path: String,
    /// Suites and tests with subtests.
    has_children: bool,
    verdict: Verdict,
}

enum Verdict {
    Passed,
    Skipped(String),
    Broken(Failure),
}

/// Why a test is not fine.
#[derive(Default)]
struct Failure {
    /// node's `failureType`.
    kind: String,
    message: String,
    /// A whole file broke: its process ended with this code or signal.
    process: Option<Ending>,
}

/// How the process of a test file ended.
#[derive(PartialEq, Eq)]
enum Ending {
    /// Node's code for an uncaught error, so the file could not be loaded or threw outside its tests.
    Threw,
    /// Any other code or a signal: the file's tests were cut off.
    Died,
}

impl Ending {
    fn of(code: &str, signal: &str) -> Self {
        let is_none = |word: &str| matches!(word, "" | "~" | "null");
        if code == "1" && is_none(signal) {
            Self::Threw
        } else {
            Self::Died
        }
    }
}

pub(super) fn parse(output: &Output<'_>) -> Result<Report, ParseError> {
    let mut draft = Draft::new(Runner::NodeTest);
    let source = output
        .report_file
        .filter(|report| !report.trim().is_empty())
        .unwrap_or(output.stdout);
    let source = source.trim_start_matches('\u{feff}').trim_start();
    let (points, told) = if source.starts_with("TAP version") {
        tap::read(source)
    } else if source.starts_with("<?xml") {
        xml::read(&mut draft, source, output.exit_code)?
    } else {
        let printed = if output.stderr.trim().is_empty() {
            output.stdout
        } else {
            output.stderr
        };
        return Err(ParseError::NoReport {
            runner: Runner::NodeTest,
            message: text::message(printed),
        });
    };

    let leaves = points.iter().filter(|point| !point.has_children).count();
    match told {
        // node counts tests with subtests and leaves suites out, and the XML does not tell them apart.
        Some(told) if (leaves..=points.len()).contains(&told) => {}
        Some(told) => draft.reconcile("tests", told, points.len()),
        None => draft.doubt("node ended without its summary"),
    }
    draft.collect(told.and_then(|told| u32::try_from(told).ok()));
    for point in points {
        settle(&mut draft, point, output.root);
    }
    Ok(draft.finish(output.exit_code))
}

fn settle(draft: &mut Draft, point: Point, root: Option<&str>) {
    let name = text::without_root(&point.path, root);
    match point.verdict {
        Verdict::Passed if !point.has_children => draft.add(name, CaseStatus::Passed, None),
        Verdict::Passed => {}
        Verdict::Skipped(reason) => {
            draft.add(name, CaseStatus::Skipped, text::some_message(&reason));
        }
        Verdict::Broken(failure) if point.has_children && failure.kind == "subtestsFailed" => {}
        Verdict::Broken(failure) => {
            if failure.process == Some(Ending::Died) {
                draft.doubt(&format!("the process of {name} died"));
            }
            let is_own = matches!(
                failure.kind.as_str(),
                "testCodeFailure" | "subtestsFailed" | ""
            );
            let status = if is_own && failure.process.is_none() {
                CaseStatus::Failed
            } else {
                CaseStatus::Errored
            };
            draft.add(name, status, text::some_message(&failure.message));
        }
    }
}
