//! The rules of the house that no compiler checks.
//!
//! Each rule is a function from the [`Tree`] to findings; a finding names file, line, what is wrong and what to do.
//! The same command runs as a test (`tests/tidy.rs`), so that a broken rule is a red test.

mod adr;
mod arrows;
mod changes;
mod clippy_bans;
mod headers;
mod length;
mod lock;
mod manifest;
mod manifests;
mod names;
mod playbooks;
mod purity;
mod source;
mod tree;
mod unsafety;
mod words;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use anyhow::bail;
use tree::Tree;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.message)
    }
}

type Check = fn(&Tree) -> Vec<Finding>;

/// Every rule, in the order in which a reader would ask for it.
const CHECKS: &[(&str, Check)] = &[
    ("arrows between crates", arrows::check),
    ("purity of the kernel", purity::check),
    ("dependencies", manifests::check),
    ("lock file", lock::check),
    ("bans of clippy", clippy_bans::check),
    ("unsafe code", unsafety::check),
    ("names", names::check),
    ("headers", headers::check),
    ("length of files", length::check),
    ("shipped playbooks", playbooks::check),
    ("decision records", adr::check),
    ("change notes", changes::check),
    ("words", words::check),
];

/// `cargo xtask tidy`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    if let Some(argument) = args.first() {
        bail!("tidy takes no arguments, got `{argument}`");
    }
    let tree = Tree::read(root)?;
    let mut broken = 0;
    for (name, check) in CHECKS {
        let mut findings = check(&tree);
        findings.sort();
        for finding in &findings {
            println!("{finding}");
        }
        if !findings.is_empty() {
            broken += findings.len();
            eprintln!("tidy: {name}: {}", findings.len());
        }
    }
    let long = length::advice(&tree);
    if !long.is_empty() {
        eprintln!(
            "tidy: longer than the advised {} lines: {}",
            length::ADVISED,
            long.join(", ")
        );
    }
    eprintln!(
        "tidy: {} files, {} rules, {broken} findings",
        tree.files().len(),
        CHECKS.len()
    );
    Ok(broken == 0)
}
