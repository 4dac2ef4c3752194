//! The end of what unittest prints: one section for everything that went wrong, and the counts.

use super::super::{CaseStatus, text};
use super::split_name;

/// Which list of the runner a section comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SectionKind {
    Fail,
    Error,
    UnexpectedSuccess,
}

impl SectionKind {
    pub(super) fn status(self) -> CaseStatus {
        match self {
            Self::Fail | Self::UnexpectedSuccess => CaseStatus::Failed,
            Self::Error => CaseStatus::Errored,
        }
    }
}

/// One thing that went wrong, with its traceback.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) kind: SectionKind,
    pub(super) name: String,
    pub(super) text: String,
}

/// `Ran 20 tests in 0.010s` and the line with the counts.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) ran: u32,
    counts: String,
}

impl Summary {
    /// The number behind `what` in `FAILED (failures=5, skipped=1)`, nought when it is not named.
    pub(super) fn count(&self, what: &str) -> usize {
        let inside = self
            .counts
            .split_once('(')
            .map_or("", |(_, inside)| inside.trim_end_matches(')'));
        let pair = inside
            .split(", ")
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == what);
        pair.and_then(|(_, number)| number.parse().ok())
            .unwrap_or(0)
    }
}

/// Reads the summary, which is the last thing printed; a test may have printed a forgery earlier.
pub(super) fn read(source: &str) -> Option<Summary> {
    let lines: Vec<&str> = source.lines().collect();
    let (at, ran) = lines.iter().enumerate().rev().find_map(|(at, line)| {
        let rest = line.strip_prefix("Ran ")?;
        let ran = text::leading_number(rest)?;
        rest.contains(" test").then_some((at, ran))
    })?;
    let verdict = lines.get(at + 1..)?.iter().find(|line| {
        ["OK", "FAILED", "NO TESTS RAN"]
            .iter()
            .any(|word| line.starts_with(word))
    })?;
    Some(Summary {
        ran,
        counts: (*verdict).to_owned(),
    })
}

/// The index of the line at which the sections begin, or of the summary when there is none.
pub(super) fn boundary(lines: &[&str]) -> usize {
    let section = lines.windows(2).position(
        |pair| matches!(pair, [rule, title] if is_rule(rule, '=') && title_of(title).is_some()),
    );
    let summary = || {
        lines.windows(2).rposition(
            |pair| matches!(pair, [rule, ran] if is_rule(rule, '-') && ran.starts_with("Ran ")),
        )
    };
    section.or_else(summary).unwrap_or(lines.len())
}

/// Reads the sections.
pub(super) fn sections(lines: &[&str]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut in_body = false;
    let mut previous = "";
    for line in lines {
        let before = std::mem::replace(&mut previous, line);
        if is_rule(before, '=')
            && let Some((kind, name)) = title_of(line)
        {
            in_body = false;
            sections.push(Section {
                kind,
                name,
                text: String::new(),
            });
        } else if is_rule(line, '=') || is_rule(before, '-') && line.starts_with("Ran ") {
            in_body = false;
        } else if is_rule(line, '-') {
            // The first rule ends the title; another one comes before the summary or belongs to a message.
            in_body = sections
                .last()
                .is_some_and(|section| section.text.is_empty());
        } else if in_body && let Some(section) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        }
    }
    sections
}

fn title_of(line: &str) -> Option<(SectionKind, String)> {
    let (kind, rest) = [
        ("FAIL: ", SectionKind::Fail),
        ("ERROR: ", SectionKind::Error),
        ("UNEXPECTED SUCCESS: ", SectionKind::UnexpectedSuccess),
    ]
    .into_iter()
    .find_map(|(word, kind)| line.strip_prefix(word).map(|rest| (kind, rest)))?;
    let (name, _, _) = split_name(rest)?;
    Some((kind, name))
}

/// unittest draws its rules with seventy characters.
fn is_rule(line: &str, character: char) -> bool {
    line.len() == 70 && line.chars().all(|c| c == character)
}
