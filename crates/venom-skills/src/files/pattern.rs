//! Patterns for searching and replacing.

use regex::{Regex, RegexBuilder};
use venom_ports::Result;

use crate::bounded;
use crate::params::{Given, refused};
use crate::schema::{self, Object};

/// The longest pattern. Chosen: nobody writes a longer one by hand.
const LONGEST: usize = 10_000;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Pattern {
    /// The text or regular expression.
    pub(super) wanted: String,
    /// Whether it is a plain text.
    pub(super) literal: bool,
    /// Whether only whole words count.
    pub(super) word: bool,
    /// Whether upper and lower case are the same.
    pub(super) ignore_case: bool,
}

impl Pattern {
    /// Takes the parameters that say what is looked for.
    pub(super) fn take(given: &mut Given) -> Result<Self> {
        Ok(Self {
            wanted: given.must("pattern")?,
            literal: given.flag("literal")?,
            word: given.flag("word")?,
            ignore_case: given.flag("ignore_case")?,
        })
    }

    /// Describes the parameters.
    pub(super) fn params(object: Object) -> Object {
        object
            .must(
                "pattern",
                schema::text("A regular expression, or a text if `literal` is set."),
            )
            .may(
                "literal",
                schema::flag("Whether the pattern is a text as it stands."),
            )
            .may("word", schema::flag("Whether only whole words count."))
            .may(
                "ignore_case",
                schema::flag("Whether upper and lower case are the same."),
            )
    }

    /// Tells whether what is found in a line of a text is found in the whole text as well. So it is, because `^` and
    /// `$` stand for the ends of lines in both, unless the pattern speaks of the ends of the text, or switches what
    /// they stand for.
    pub(super) fn is_same_in_lines(&self) -> bool {
        let grouped = self.wanted.replace("(?:", "(");
        self.literal
            || ![r"\A", r"\z", "(?"]
                .iter()
                .any(|mark| grouped.contains(mark))
    }

    /// Compiles it. `^` and `$` stand for the ends of lines.
    pub(super) fn regex(&self) -> Result<Regex> {
        if self.wanted.is_empty() || self.wanted.len() > LONGEST {
            return Err(refused("the pattern is empty or longer than 10,000 bytes")
                .with_hint("give `pattern` the text to look for"));
        }
        let mut pattern = if self.literal {
            regex::escape(&self.wanted)
        } else {
            self.wanted.clone()
        };
        if self.word {
            pattern = format!(r"(?:\b|^)(?:{pattern})(?:\b|$)");
        }
        RegexBuilder::new(&pattern)
            .case_insensitive(self.ignore_case)
            .multi_line(true)
            .crlf(true)
            // The default, which a hostile pattern cannot use to fill the memory.
            .size_limit(10 << 20)
            .build()
            .map_err(|error| {
                let shown = bounded::line(&self.wanted, 100);
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim();
                let reason = reason.trim_start_matches("error: ");
                refused(format!("`{shown}` is not a regular expression: {reason}"))
                    .with_hint("set `literal` to search for the text as it stands")
            })
    }
}

#[cfg(test)]
mod tests;
