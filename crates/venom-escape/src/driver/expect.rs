//! The set of probes that are expected to get out of a kind of sandbox.
//!
//! A file of lines: `mode exact` or `mode at-least` first, then one id a line. A second word limits
//! a line: `root` or `user` to runs whose host side is or is not root, and `maybe` allows without
//! demanding. Text after `#` is a remark.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// A file of expectations, as it applies to this run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected {
    is_exact: bool,
    demanded: BTreeSet<String>,
    allowed: BTreeSet<String>,
}

/// How a run differs from what was expected.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) unexpected: Vec<String>,
    pub(super) missing: Vec<String>,
}

impl Difference {
    pub(super) fn is_empty(&self) -> bool {
        self.unexpected.is_empty() && self.missing.is_empty()
    }
}

impl Expected {
    pub(super) fn read(path: &Path, is_root: bool) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        Self::parse(&text, is_root)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    }

    fn parse(text: &str, is_root: bool) -> Result<Self, String> {
        let known: BTreeSet<&str> = crate::catalogue::all()
            .iter()
            .map(|probe| probe.id)
            .collect();
        let mut mode = None;
        let mut demanded = BTreeSet::new();
        let mut allowed = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                ["mode", "exact"] => mode = Some(true),
                ["mode", "at-least"] => mode = Some(false),
                [id, ..] if !known.contains(id) => {
                    return Err(format!("line {}: there is no probe {id}", index + 1));
                }
                [id] => {
                    demanded.insert((*id).to_owned());
                }
                [id, "root"] => {
                    if is_root {
                        demanded.insert((*id).to_owned());
                    }
                }
                [id, "user"] => {
                    if !is_root {
                        demanded.insert((*id).to_owned());
                    }
                }
                [id, "maybe"] => {
                    allowed.insert((*id).to_owned());
                }
                _ => return Err(format!("line {}: not understood", index + 1)),
            }
        }
        let is_exact = mode.ok_or("no line says which mode")?;
        allowed.extend(demanded.iter().cloned());
        Ok(Self {
            is_exact,
            demanded,
            allowed,
        })
    }

    /// Compares with what escaped; only probes that ran can be missing.
    pub(super) fn compare(&self, escaped: &BTreeSet<String>, ran: &BTreeSet<String>) -> Difference {
        let unexpected = if self.is_exact {
            escaped.difference(&self.allowed).cloned().collect()
        } else {
            Vec::new()
        };
        let missing = self
            .demanded
            .difference(escaped)
            .filter(|id| ran.contains(*id))
            .cloned()
            .collect();
        Difference {
            unexpected,
            missing,
        }
    }
}

#[cfg(test)]
mod tests;
