//! Unsafe code lives in one crate, where every block has a proof.

use super::Finding;
use super::source::{code_only, words};
use super::tree::Tree;

/// The only place where `unsafe` may stand: it talks to the operating system.
const HOME: &str = "crates/venom-exec/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !path.starts_with(HOME)) {
        for (index, line) in code_only(text).lines().enumerate() {
            if words(line).any(|word| word == "unsafe") {
                let message = "unsafe code belongs in venom-exec";
                findings.push(Finding::new(path, index + 1, message));
            }
        }
    }
    findings
}
