//! The budget of a file: what does not fit in a head should not stand in one file.

use super::Finding;
use super::tree::Tree;

/// Chosen: about ten screens, which a reader still holds together.
pub(crate) const ADVISED: usize = 400;

/// Chosen: twice the advice; beyond it somebody has to write down why.
const LIMIT: usize = 800;

/// The reason stands where a reader meets it, before the code begins.
const REASON_WITHIN: usize = 30;
const REASON: &str = "// tidy: length, because ";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(|(path, text)| (path, text, text.lines().count()))
        .filter(|(_, text, lines)| *lines > LIMIT && !has_reason(text))
        .map(|(path, _, lines)| {
            let message = format!(
                "{lines} lines, the limit is {LIMIT}; split it by noun, or write \
                 `{REASON}…` in the first {REASON_WITHIN} lines"
            );
            Finding::new(path, lines, message)
        })
        .collect()
}

/// Files above the advice and below the limit, as `path (lines)`.
pub(crate) fn advice(tree: &Tree) -> Vec<String> {
    tree.rust()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| (ADVISED + 1..=LIMIT).contains(lines))
        .map(|(path, lines)| format!("{path} ({lines})"))
        .collect()
}

fn has_reason(text: &str) -> bool {
    text.lines()
        .take(REASON_WITHIN)
        .filter_map(|line| line.trim().strip_prefix(REASON))
        .any(|reason| !reason.trim().is_empty())
}
