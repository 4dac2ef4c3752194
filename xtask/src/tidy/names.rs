//! Names that say nothing. A module is named after what it owns.

use std::collections::BTreeSet;

use super::Finding;
use super::source::{code_only, words};
use super::tree::Tree;

const BANNED: &[&str] = &[
    "core", "common", "utils", "util", "helpers", "helper", "misc", "manager", "types",
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = crates(tree);
    let mut folders = BTreeSet::new();
    for (path, text) in tree.rust() {
        let mut parts: Vec<&str> = path.split('/').collect();
        let file = parts.pop().unwrap_or_default();
        if file == "mod.rs" {
            let message = "write `foo.rs` beside `foo/`, a tab called mod.rs says nothing";
            findings.push(Finding::new(path, 1, message));
        }
        if let Some(name) = file
            .strip_suffix(".rs")
            .filter(|name| BANNED.contains(name))
        {
            findings.push(Finding::new(path, 1, says_nothing("file", name)));
        }
        for depth in 1..=parts.len() {
            folders.extend(parts.get(..depth).map(|parts| parts.join("/")));
        }
        for (index, line) in code_only(text).lines().enumerate() {
            if let Some(name) = declared_module(line).filter(|name| BANNED.contains(name)) {
                findings.push(Finding::new(path, index + 1, says_nothing("module", name)));
            }
        }
    }
    for folder in folders {
        let name = folder.rsplit('/').next().unwrap_or_default();
        if BANNED.contains(&name) {
            findings.push(Finding::new(&folder, 1, says_nothing("folder", name)));
        }
    }
    findings
}

fn crates(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, _) in tree.member_manifests() {
        let folder = path.split('/').nth(1).unwrap_or_default();
        for part in folder
            .split(['-', '_'])
            .filter(|part| BANNED.contains(part))
        {
            findings.push(Finding::new(path, 1, says_nothing("crate", part)));
        }
    }
    findings
}

/// The name in `mod name;` or `pub(crate) mod name {`.
fn declared_module(line: &str) -> Option<&str> {
    let mut words =
        words(line).skip_while(|word| matches!(*word, "pub" | "crate" | "super" | "in"));
    (words.next() == Some("mod"))
        .then(|| words.next())
        .flatten()
}

fn says_nothing(what: &str, name: &str) -> String {
    format!("a {what} called `{name}` says nothing; name what it owns")
}
