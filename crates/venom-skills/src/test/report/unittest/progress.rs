//! The progress lines of `unittest -v`, with whatever the tests printed among them.

use std::collections::BTreeSet;

use super::{is_fixture, split_name};

/// What stands behind the dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    Fail,
    Error,
    ExpectedFailure,
    UnexpectedSuccess,
    Skip(String),
}

/// A test whose name was printed.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) name: String,
    pub(super) is_fixture: bool,
    pub(super) verdict: Option<Verdict>,
    /// How many skips the runner counted for it, subtests and class fixtures of older Pythons included.
    pub(super) skips: usize,
}

/// A stretch of output that begins with a name.
struct Stretch<'a> {
    name: String,
    is_fixture: bool,
    /// What was printed behind the dots, line by line.
    lines: Vec<&'a str>,
    /// The line that holds the name.
    whole: &'a str,
    /// The next name follows on the same line, which means that the runner printed no verdict.
    is_cut: bool,
}

/// Whether the text holds at least one started test.
pub(super) fn starts_in(source: &str) -> bool {
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        if start_of(line, lines.peek().copied()).is_some() {
            return true;
        }
    }
    false
}

/// Reads the progress lines. `blamed` holds the names in the closing sections, when there is a summary to trust.
pub(super) fn read(lines: &[&str], blamed: Option<&BTreeSet<&str>>) -> Vec<Started> {
    let mut started: Vec<Started> = Vec::new();
    let mut stretches = stretches(lines).into_iter().peekable();
    while let Some(mut stretch) = stretches.next() {
        let is_blamed = blamed.map(|blamed| blamed.contains(stretch.name.as_str()));
        let mut verdict = verdict_of(&stretch, is_blamed);
        // A test without a verdict cannot be followed by another one, unless it failed in subtests only. So what looks
        // like the next test was printed by this one.
        while verdict.is_none() && is_blamed == Some(false) && !stretch.is_cut {
            let Some(forged) = stretches.next() else {
                break;
            };
            stretch.lines.push(forged.whole);
            stretch.lines.extend(forged.lines.iter().skip(1));
            stretch.is_cut = forged.is_cut;
            verdict = verdict_of(&stretch, is_blamed);
        }
        if verdict.is_none() && stretch.is_cut {
            verdict = Some(Verdict::Fail);
        }
        let skips = stretch.lines.iter().filter(|line| is_skip(line)).count();
        started.push(Started {
            name: stretch.name,
            is_fixture: stretch.is_fixture,
            verdict,
            skips,
        });
    }
    started
}

fn stretches<'a>(lines: &[&'a str]) -> Vec<Stretch<'a>> {
    let mut stretches: Vec<Stretch<'a>> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at).copied() {
        at += 1;
        let mut rest = line;
        let mut is_first = true;
        while let Some(start) = start_of(rest, lines.get(at).copied()) {
            if !is_first && let Some(previous) = stretches.last_mut() {
                previous.is_cut = true;
                previous.lines.clear();
            }
            is_first = false;
            at += usize::from(start.has_description);
            rest = start.rest;
            stretches.push(Stretch {
                name: start.name,
                is_fixture: start.is_fixture,
                lines: vec![rest],
                whole: line,
                is_cut: false,
            });
        }
        if is_first && let Some(stretch) = stretches.last_mut() {
            stretch.lines.push(line);
        }
    }
    stretches
}

struct Start<'a> {
    name: String,
    is_fixture: bool,
    rest: &'a str,
    /// The first line of the test's documentation stands between the name and the dots, on a line of its own.
    has_description: bool,
}

fn start_of<'a>(line: &'a str, next: Option<&'a str>) -> Option<Start<'a>> {
    let (name, word, rest) = split_name(line)?;
    let is_fixture = is_fixture(word);
    if let Some(rest) = rest.strip_prefix(" ... ") {
        return Some(Start {
            name,
            is_fixture,
            rest,
            has_description: false,
        });
    }
    if !rest.is_empty() {
        return None;
    }
    let next = next?;
    // A description may hold dots of its own: prefer the last ones, if a verdict follows them.
    let from_end = next
        .rsplit_once(" ... ")
        .filter(|(_, rest)| exact(rest).is_some());
    let (_, rest) = from_end.or_else(|| next.split_once(" ... "))?;
    Some(Start {
        name,
        is_fixture,
        rest,
        has_description: true,
    })
}

/// Finds the verdict among what a test printed. `is_blamed` says whether the closing sections name the test; then the
/// progress line need not be understood.
fn verdict_of(stretch: &Stretch<'_>, is_blamed: Option<bool>) -> Option<Verdict> {
    if stretch.is_cut {
        return None;
    }
    // A word that the sections contradict was printed by the test itself.
    let is_possible = |verdict: &Verdict| match verdict {
        Verdict::Fail | Verdict::Error => is_blamed != Some(false),
        Verdict::UnexpectedSuccess | Verdict::Ok | Verdict::ExpectedFailure | Verdict::Skip(_) => {
            true
        }
    };
    let first = stretch
        .lines
        .first()
        .and_then(|line| exact(line))
        .filter(is_possible);
    let whole_line = || {
        stretch
            .lines
            .iter()
            .rev()
            .find_map(|line| exact(line).filter(is_possible))
    };
    let line_end = || {
        stretch
            .lines
            .iter()
            .rev()
            .find_map(|line| at_end(line).filter(is_possible))
    };
    first.or_else(whole_line).or_else(line_end)
}

fn exact(line: &str) -> Option<Verdict> {
    match line {
        "ok" => Some(Verdict::Ok),
        "FAIL" => Some(Verdict::Fail),
        "ERROR" => Some(Verdict::Error),
        "expected failure" => Some(Verdict::ExpectedFailure),
        "unexpected success" => Some(Verdict::UnexpectedSuccess),
        _ => skip_reason(line.strip_prefix("skipped ")?),
    }
}

/// A verdict behind something the test printed without a line end.
fn at_end(line: &str) -> Option<Verdict> {
    let words = [
        ("unexpected success", Verdict::UnexpectedSuccess),
        ("expected failure", Verdict::ExpectedFailure),
        ("ok", Verdict::Ok),
        ("FAIL", Verdict::Fail),
        ("ERROR", Verdict::Error),
    ];
    let found = words.into_iter().find(|(word, _)| line.ends_with(word));
    found
        .map(|(_, verdict)| verdict)
        .or_else(|| skip_reason(line.rsplit_once("skipped ")?.1))
}

/// The reason is printed as a Python string literal.
fn skip_reason(literal: &str) -> Option<Verdict> {
    let quote = literal.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let reason = literal.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(Verdict::Skip(reason.to_owned()))
}

fn is_skip(line: &str) -> bool {
    matches!(exact(line).or_else(|| at_end(line)), Some(Verdict::Skip(_)))
}
