//! Unsafe code lives in one crate, where every block has a proof.

use super::Finding;
use super::source::{code_only, words};
use super::tree::Tree;

/// The only places where `unsafe` may stand. The first one talks to the operating system, the second one asks the
/// processor what it can and calls what was compiled for that. The third one tries to get out of what the first one
/// builds, the fourth one stops programs at their calls to the disk; these two are not shipped.
const HOMES: &[&str] = &[
    "crates/venom-exec/",
    "crates/venom-mind/src/recall/vectors/loops.rs",
    "crates/venom-escape/src/os.rs",
    "crates/venom-outage/src/os.rs",
];

/// Texts that rules are judged by: they are never compiled.
const CORPORA: &str = "crates/venom-skills/tests/corpus/";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_home =
        |path: &str| path.starts_with(CORPORA) || HOMES.iter().any(|home| path.starts_with(home));
    for (path, text) in tree.rust().filter(|(path, _)| !is_home(path)) {
        for (index, line) in code_only(text).lines().enumerate() {
            if words(line).any(|word| word == "unsafe") {
                let message = "unsafe code belongs in venom-exec";
                findings.push(Finding::new(path, index + 1, message));
            }
        }
    }
    findings
}
