//! Decision records: numbered without gaps, each with the four parts.

use std::collections::BTreeMap;

use super::Finding;
use super::tree::Tree;

const FOLDER: &str = "docs/adr/";
const PARTS: &[&str] = &[
    "## Context",
    "## Decision",
    "## Alternatives",
    "## Consequences",
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut records: BTreeMap<u32, &str> = BTreeMap::new();
    for (path, text) in tree.iter() {
        let Some(name) = path.strip_prefix(FOLDER) else {
            continue;
        };
        let Some((digits, _)) = numbered(name, 4) else {
            findings.push(Finding::new(path, 1, "call it NNNN-what-was-decided.md"));
            continue;
        };
        if let Some(other) = digits
            .parse()
            .ok()
            .and_then(|number| records.insert(number, path))
        {
            findings.push(Finding::new(path, 1, format!("has the number of {other}")));
        }
        if !text.starts_with(&format!("# {digits}")) {
            let message = format!("begin with the heading `# {digits}. …`");
            findings.push(Finding::new(path, 1, message));
        }
        for part in PARTS {
            if !text.lines().any(|line| line.trim_end() == *part) {
                findings.push(Finding::new(path, 1, format!("lacks the part `{part}`")));
            }
        }
    }
    for (expected, (number, path)) in (1..).zip(&records) {
        if *number != expected {
            let message = format!("record {expected:04} is missing before it");
            findings.push(Finding::new(path, 1, message));
            break;
        }
    }
    findings
}

/// Splits `0007-some-words.md` into digits and words, when it has that form and that many digits.
pub(crate) fn numbered(name: &str, width: usize) -> Option<(&str, &str)> {
    let (digits, words) = name.strip_suffix(".md")?.split_once('-')?;
    let is_word = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
    };
    let is_well_formed = digits.len() == width
        && digits.chars().all(|character| character.is_ascii_digit())
        && !words.is_empty()
        && !words.starts_with('-')
        && words.chars().all(is_word);
    is_well_formed.then_some((digits, words))
}
