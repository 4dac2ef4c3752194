//! Change notes: one file per change that a user can see, folded into the changelog at a release.

use super::Finding;
use super::adr::numbered;
use super::tree::Tree;

const FOLDER: &str = "changes/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        let Some(name) = path
            .strip_prefix(FOLDER)
            .filter(|name| *name != "README.md")
        else {
            continue;
        };
        if numbered(name, 3).is_none() {
            findings.push(Finding::new(path, 1, "call it NNN-what-changed.md"));
        }
        if text.trim().is_empty() {
            findings.push(Finding::new(
                path,
                1,
                "says nothing; write what a user gains",
            ));
        }
    }
    findings
}
