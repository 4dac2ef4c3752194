//! Reads the text of `cargo nextest run --status-level all --final-status-level none`.
//!
//! Every verdict is a line whose first words end in column twelve. What tests print is indented by four more, so a line
//! copied from another run is not taken for the runner's; a forged one does not fit the summary.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::{CaseStatus, Output, ParseError, Report, Runner, text};

/// The column in which nextest ends the verdict.
const VERDICT_WIDTH: usize = 12;

/// The exit code of nextest when there was no test to run (`NO_TESTS_RUN` in its documented exit codes).
const NO_TESTS: i32 = 4;

/// One line about a test.
struct Line<'a> {
    verdict: &'a str,
    /// `binary-id test::path`
    name: &'a str,
}

pub(super) fn parse(output: &Output<'_>) -> Result<Report, ParseError> {
    let stderr = text::plain(output.stderr);
    let stdout = text::plain(output.stdout);
    // nextest writes all of this to standard error; joined streams arrive as standard output.
    let source = if stderr.trim().is_empty() {
        &stdout
    } else {
        &stderr
    };
    let mut draft = Draft::new(Runner::CargoNextest);
    if !source.lines().any(|line| line.starts_with("    Starting ")) {
        return without_start(draft, source, output.exit_code);
    }
    read(&mut draft, source);
    Ok(draft.finish(output.exit_code))
}

fn without_start(
    mut draft: Draft,
    source: &str,
    exit_code: Option<i32>,
) -> Result<Report, ParseError> {
    if exit_code == Some(NO_TESTS) {
        draft.collect(Some(0));
        return Ok(draft.finish(exit_code));
    }
    match super::cargo::build_error(source) {
        Some(message) => Err(ParseError::DidNotBuild { message }),
        None => Err(ParseError::NoReport {
            runner: Runner::CargoNextest,
            message: text::message(source),
        }),
    }
}

fn read(draft: &mut Draft, source: &str) {
    let lines: Vec<&str> = source.lines().collect();
    // Whatever a failing test printed stands above the runner's own summary.
    let end = lines.iter().rposition(|line| summary_of(line).is_some());
    let summary = end.and_then(|end| summary_of(lines.get(end)?));
    let mut tries: Vec<Try<'_>> = Vec::new();
    let mut has_begun = false;
    for line in lines.iter().take(end.unwrap_or(lines.len())) {
        if let Some(rest) = line.strip_prefix("    Starting ").filter(|_| !has_begun) {
            has_begun = true;
            draft.collect(text::leading_number(rest));
        } else if let Some(line) = verdict_line(line).filter(|_| has_begun) {
            tries.push(Try {
                line,
                told: String::new(),
            });
        } else if let Some(last) = tries.last_mut().filter(|_| !is_ruler(line)) {
            last.told
                .push_str(line.strip_prefix("    ").unwrap_or(line));
            last.told.push('\n');
        }
    }
    // Only the last attempt at a test counts.
    let last: BTreeMap<&str, usize> = tries
        .iter()
        .enumerate()
        .map(|(at, attempt)| (attempt.line.name, at))
        .collect();
    let settled: Vec<&Try<'_>> = tries
        .iter()
        .enumerate()
        .filter(|(at, attempt)| last.get(attempt.line.name) == Some(at))
        .map(|(_, attempt)| attempt)
        .collect();
    for attempt in &settled {
        attempt.settle(draft);
    }
    match summary {
        Some(counts) => reconcile(draft, counts, &settled),
        None => draft.doubt("nextest ended without its summary"),
    }
}

fn summary_of(line: &str) -> Option<&str> {
    line.strip_prefix("     Summary [")?
        .split_once("] ")
        .map(|(_, counts)| counts)
}

/// nextest draws a line before its summary.
fn is_ruler(line: &str) -> bool {
    !line.is_empty() && line.chars().all(|c| c == '\u{2500}')
}

/// One attempt at a test, with what nextest printed after it.
struct Try<'a> {
    line: Line<'a>,
    told: String,
}

impl Try<'_> {
    /// The number in `TRY 2 PASS`.
    fn number(&self) -> Option<u32> {
        text::leading_number(self.line.verdict.strip_prefix("TRY ")?)
    }

    fn status(&self) -> CaseStatus {
        let verdict = match self.line.verdict.strip_prefix("TRY ") {
            Some(rest) => rest.split_once(' ').map_or(rest, |(_, verdict)| verdict),
            None => self.line.verdict,
        };
        match verdict {
            "PASS" | "LEAK" => CaseStatus::Passed,
            "SKIP" => CaseStatus::Skipped,
            "FAIL" | "LEAK-FAIL" | "FAIL + LEAK" => CaseStatus::Failed,
            // Signals, time limits and programs that could not be started.
            _ => CaseStatus::Errored,
        }
    }

    fn settle(&self, draft: &mut Draft) {
        let status = self.status();
        let message = match self.number() {
            Some(number) if status == CaseStatus::Passed => {
                Some(format!("flaky: passed at attempt {number}"))
            }
            _ if status.is_failing() => {
                text::some_message(self.blame()).or_else(|| Some(self.line.verdict.to_owned()))
            }
            _ => None,
        };
        draft.merge(self.line.name, status, message);
    }

    /// What the test said, without libtest's frame around it: panics go to standard error.
    fn blame(&self) -> &str {
        self.told
            .split_once("stderr \u{2500}\u{2500}\u{2500}\n")
            .map_or(&self.told, |(_, stderr)| stderr)
    }
}

/// Reads `        PASS [   0.007s] (1/5) shapes::it group::passes`.
fn verdict_line(line: &str) -> Option<Line<'_>> {
    let (verdict, rest) = line.split_at_checked(VERDICT_WIDTH)?;
    let (time, name) = rest.strip_prefix(" [")?.split_once("] ")?;
    let verdict = verdict.trim_start();
    let is_time = time.trim().is_empty()
        || time.ends_with('s') && !time.trim_end_matches('s').contains(char::is_alphabetic);
    let is_word = verdict.starts_with(|c: char| c.is_ascii_uppercase());
    // These words tell of something other than an end.
    let is_end = !["SLOW", "START", "SETUP", "TERMINATING", "FLAKY"]
        .iter()
        .any(|word| verdict.starts_with(word));
    if !is_word || !is_time || !is_end || verdict.ends_with(char::is_whitespace) {
        return None;
    }
    // The progress counter is printed only when a terminal is assumed.
    let name = match name.trim_start().strip_prefix('(') {
        Some(counted) => counted.split_once(')')?.1,
        None => name,
    };
    let name = name.trim();
    name.contains(' ').then_some(Line { verdict, name })
}

/// Reads `10 tests run: 6 passed (1 flaky), 3 failed, 1 timed out, 2 skipped`, or `5/10 tests run` of a run that was
/// cancelled.
fn reconcile(draft: &mut Draft, counts: &str, settled: &[&Try<'_>]) {
    let Some((ran, counts)) = counts.split_once(" run: ") else {
        draft.doubt("nextest's summary cannot be read");
        return;
    };
    if ran.contains('/') {
        draft.doubt(&format!("nextest was cancelled: {ran} run"));
    }
    let mut passed = 0;
    let mut failed = 0;
    for part in counts.split(", ") {
        let number =
            text::leading_number(part.trim()).and_then(|number| usize::try_from(number).ok());
        let Some(number) = number else { continue };
        if part.contains(" passed") {
            passed += number;
        } else if [" failed", " timed out", " exec failed"]
            .iter()
            .any(|word| part.contains(word))
        {
            failed += number;
        }
    }
    let count = |wanted: fn(CaseStatus) -> bool| {
        settled
            .iter()
            .filter(|attempt| wanted(attempt.status()))
            .count()
    };
    draft.reconcile(
        "passed tests",
        passed,
        count(|status| status == CaseStatus::Passed),
    );
    draft.reconcile("failed tests", failed, count(CaseStatus::is_failing));
}
