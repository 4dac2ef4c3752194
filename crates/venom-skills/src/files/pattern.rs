//! Patterns for searching and replacing.

use regex::{Regex, RegexBuilder};
use venom_ports::Result;

use crate::bounded;
use crate::params::refused;

/// The longest pattern. Chosen: nobody writes a longer one by hand.
const LONGEST: usize = 10_000;

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Pattern<'a> {
    /// The text or regular expression.
    pub(super) wanted: &'a str,
    /// Whether it is a plain text.
    pub(super) literal: bool,
    /// Whether only whole words count.
    pub(super) word: bool,
    /// Whether upper and lower case are the same.
    pub(super) ignore_case: bool,
}

impl Pattern<'_> {
    /// Compiles it. `^` and `$` stand for the ends of lines.
    pub(super) fn regex(&self) -> Result<Regex> {
        if self.wanted.is_empty() || self.wanted.len() > LONGEST {
            return Err(refused("the pattern is empty or longer than 10,000 bytes"));
        }
        let mut pattern = if self.literal {
            regex::escape(self.wanted)
        } else {
            self.wanted.to_owned()
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
                let shown = bounded::line(self.wanted, 100);
                let reason = error.to_string();
                let reason = reason.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
                refused(format!("`{shown}` is not a regular expression: {reason}"))
                    .with_hint("set `literal` to search for the text as it stands")
            })
    }
}
