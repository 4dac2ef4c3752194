//! The part of JUnit XML that runners share: opening a document that may hold characters XML does not allow.

use std::borrow::Cow;

use super::{ParseError, Runner};

/// The most XML nodes a report may have: twenty for each of the most cases we keep.
const MAX_NODES: u32 = 2_000_000;

/// The deepest nesting a report may have. The parser calls itself once per level; the deepest suites known to nest
/// their `describe` blocks a dozen levels.
const MAX_DEPTH: usize = 128;

/// Replaces the control characters that XML 1.0 (section 2.2) forbids. Runners copy them from names of tests.
pub(super) fn clean(source: &str) -> Cow<'_, str> {
    let forbidden = |c: char| {
        c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if source.contains(forbidden) {
        source.replace(forbidden, "\u{fffd}").into()
    } else {
        source.into()
    }
}

/// Parses a cleaned report.
pub(super) fn open(runner: Runner, source: &str) -> Result<roxmltree::Document<'_>, ParseError> {
    let malformed = |detail: String| ParseError::Malformed { runner, detail };
    if depth(source) > MAX_DEPTH {
        return Err(malformed(format!("elements nest deeper than {MAX_DEPTH}")));
    }
    let options = roxmltree::ParsingOptions {
        nodes_limit: MAX_NODES,
        ..Default::default()
    };
    roxmltree::Document::parse_with_options(source, options)
        .map_err(|error| malformed(error.to_string()))
}

/// An upper estimate of how deep elements nest. Neither text nor attributes can hold a bare `<`; CDATA can, and only
/// makes the estimate larger, which at worst refuses a report.
fn depth(source: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0_usize;
    for piece in source.split('<').skip(1) {
        if piece.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !piece.starts_with(['!', '?']) && !closes_itself(piece) {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// Whether a tag ends in `/>`. A `>` inside a quoted attribute does not end it; node leaves those as they are.
fn closes_itself(tag: &str) -> bool {
    let mut quote = None;
    let mut previous = ' ';
    for character in tag.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '"' | '\'') => quote = Some(character),
            None if character == '>' => return previous == '/',
            None => previous = character,
        }
    }
    false
}
