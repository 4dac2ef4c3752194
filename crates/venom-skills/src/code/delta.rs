//! Findings before and after a change: which are new, and which are gone.
//!
//! A finding is known again by what it says and the code it says it about, not by its line: whatever
//! is written above it moves it and does not make it new. Of two that are alike in a file, the one
//! further down is the second, so that a copy of an old mistake counts as a new one.

use std::collections::BTreeMap;

use venom_kernel::digest::Digest;

use super::Finding;

/// How many digits of a digest name a finding. Chosen: among a million findings two are alike by
/// chance once in a thousand projects, and both would have to change at once to matter.
const DIGITS: usize = 14;

/// Names each of these findings, in their order. Findings of one file have to be in the order of
/// their lines.
pub fn keys(findings: &[Finding]) -> Vec<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let code: Vec<&str> = finding.excerpt.split_whitespace().collect();
            let what = format!("{}\0{}\0{}", finding.path, finding.rule, code.join(" "));
            let count = seen.entry(what.clone()).or_default();
            *count += 1;
            let digest = Digest::of_bytes(format!("{what}\0{count}").as_bytes()).to_string();
            let digits: String = digest
                .rsplit(':')
                .next()
                .unwrap_or(&digest)
                .chars()
                .take(DIGITS)
                .collect();
            format!("{} {digits}", finding.rule)
        })
        .collect()
}

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// Keys that are there after the change alone.
    pub new: Vec<String>,
    /// Keys that were there before it alone.
    pub gone: Vec<String>,
}

/// Compares the keys before a change with those after it.
pub fn compare(before: &[String], after: &[String]) -> Delta {
    let count = |keys: &[String]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for key in keys {
            *counts.entry(key.clone()).or_default() += 1;
        }
        counts
    };
    let beyond = |keys: &[String], others: &BTreeMap<String, usize>| {
        let mut left = others.clone();
        let mut beyond = Vec::new();
        for key in keys {
            match left.get_mut(key) {
                Some(count) if *count > 0 => *count -= 1,
                _ => beyond.push(key.clone()),
            }
        }
        beyond
    };
    Delta {
        new: beyond(after, &count(before)),
        gone: beyond(before, &count(after)),
    }
}

#[cfg(test)]
mod tests;
