//! Reads the text of `python3 -m unittest -v`.
//!
//! The runner writes `name (place) ... `, runs the test, and writes the verdict; whatever the test prints lands in
//! between. Up to Python 3.10 a test that failed only in subtests gets no verdict at all and the next name follows on
//! the same line, and broken class fixtures leave a bare `ERROR`. The sections at the end name everything that went
//! wrong, so they decide; the progress lines only say what else there was.

mod progress;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::{CaseStatus, Output, ParseError, Report, Runner, text};
use progress::{Started, Verdict};
use summary::{Section, SectionKind, Summary};

pub(super) fn parse(output: &Output<'_>) -> Result<Report, ParseError> {
    let stderr = text::plain(output.stderr);
    let stdout = text::plain(output.stdout);
    // The runner writes to standard error; a caller that joins the streams hands everything over as standard output.
    let from_stderr = summary::read(&stderr);
    let (source, summary) = match from_stderr {
        Some(summary) => (&stderr, Some(summary)),
        None if progress::starts_in(&stderr) => (&stderr, None),
        None => (&stdout, summary::read(&stdout)),
    };
    if summary.is_none() && !progress::starts_in(source) {
        let said = if stderr.trim().is_empty() {
            &stdout
        } else {
            &stderr
        };
        return Err(ParseError::NoReport {
            runner: Runner::Unittest,
            message: text::message(said),
        });
    }
    let lines: Vec<&str> = source.lines().collect();
    let (head, tail) = lines.split_at(summary::boundary(&lines));
    let sections = summary::sections(tail);
    let blamed = summary.as_ref().map(|_| {
        sections
            .iter()
            .map(|section| section.name.as_str())
            .collect()
    });
    let started = progress::read(head, blamed.as_ref());

    let mut draft = Draft::new(Runner::Unittest);
    match &summary {
        Some(summary) => reconcile(&mut draft, summary, &sections, &started),
        None => draft.doubt("unittest ended without its summary"),
    }
    fill(&mut draft, &sections, &started, summary.is_some());
    Ok(draft.finish(output.exit_code))
}

fn fill(draft: &mut Draft, sections: &[Section], started: &[Started], has_summary: bool) {
    let mut blame: BTreeMap<&str, Vec<&Section>> = BTreeMap::new();
    for section in sections {
        blame
            .entry(section.name.as_str())
            .or_default()
            .push(section);
    }
    for (at, test) in started.iter().enumerate() {
        if let Some(sections) = blame.remove(test.name.as_str()) {
            for section in sections {
                draft.merge(
                    &section.name,
                    section.kind.status(),
                    text::some_message(&section.text),
                );
            }
            continue;
        }
        let is_last = at + 1 == started.len();
        let (status, message) = match &test.verdict {
            Some(Verdict::Ok) => (CaseStatus::Passed, None),
            Some(Verdict::Fail | Verdict::UnexpectedSuccess) => (CaseStatus::Failed, None),
            Some(Verdict::Error) => (CaseStatus::Errored, None),
            Some(Verdict::ExpectedFailure) => {
                (CaseStatus::Skipped, Some("expected failure".to_owned()))
            }
            Some(Verdict::Skip(reason)) => (CaseStatus::Skipped, text::some_message(reason)),
            None if is_last && !has_summary => (
                CaseStatus::Errored,
                Some("the run ended in the middle of this case".to_owned()),
            ),
            None => {
                draft.doubt(&format!("the output shows no verdict on {}", test.name));
                continue;
            }
        };
        draft.merge(&test.name, status, message);
    }
    // What is left was never started: fixtures of classes and modules.
    for section in sections {
        if blame.contains_key(section.name.as_str()) {
            draft.merge(
                &section.name,
                section.kind.status(),
                text::some_message(&section.text),
            );
        }
    }
}

/// Holds the counts of the summary against what was read.
fn reconcile(draft: &mut Draft, summary: &Summary, sections: &[Section], started: &[Started]) {
    let count = |kind: SectionKind| {
        sections
            .iter()
            .filter(|section| section.kind == kind)
            .count()
    };
    draft.reconcile(
        "failures",
        summary.count("failures"),
        count(SectionKind::Fail),
    );
    draft.reconcile("errors", summary.count("errors"), count(SectionKind::Error));
    let verdicts = |wanted: &Verdict| {
        started
            .iter()
            .filter(|test| test.verdict.as_ref() == Some(wanted))
            .count()
    };
    draft.reconcile(
        "expected failures",
        summary.count("expected failures"),
        verdicts(&Verdict::ExpectedFailure),
    );
    draft.reconcile(
        "unexpected successes",
        summary.count("unexpected successes"),
        verdicts(&Verdict::UnexpectedSuccess),
    );
    draft.reconcile(
        "skips",
        summary.count("skipped"),
        started.iter().map(|test| test.skips).sum(),
    );

    let tests: BTreeSet<&str> = started
        .iter()
        .filter(|test| !test.is_fixture)
        .map(|test| test.name.as_str())
        .collect();
    let left_out = started
        .iter()
        .filter(|test| matches!(test.verdict, Some(Verdict::Skip(_))) && !test.is_fixture);
    // Python 3.12.1 alone does not count tests that a decorator skips, and prints no name for the first of a class.
    let ran_with_quirk = tests.len().saturating_sub(left_out.count())..=tests.len();
    let ran = usize::try_from(summary.ran).unwrap_or(usize::MAX);
    if !ran_with_quirk.contains(&ran) {
        draft.reconcile("tests", ran, tests.len());
    }
}

/// The parts of `name (place)` as the runner prints a test, and what follows.
fn split_name(line: &str) -> Option<(String, &str, &str)> {
    let (word, rest) = line.split_once(" (")?;
    let (place, rest) = rest.split_once(')')?;
    let is_word = |text: &str, extra: &[char]| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '.' || extra.contains(&c))
    };
    if !is_word(word, &[]) || !is_word(place, &['<', '>']) {
        return None;
    }
    Some((full_name(word, place), word, rest))
}

/// Makes one name of the two parts. Python 3.11 began to repeat the test's name inside the parentheses.
fn full_name(word: &str, place: &str) -> String {
    if place.starts_with("unittest.loader.") {
        // A module that could not be loaded, or asked to be skipped, stands for all of its tests.
        return word.to_owned();
    }
    let place = place
        .strip_suffix(word)
        .and_then(|place| place.strip_suffix('.'))
        .unwrap_or(place);
    format!("{place}::{word}")
}

/// Whether a name is that of a fixture, which the runner reports like a test but does not count as one.
fn is_fixture(word: &str) -> bool {
    matches!(
        word,
        "setUpClass" | "tearDownClass" | "setUpModule" | "tearDownModule"
    )
}
