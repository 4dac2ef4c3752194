//! A crate's own clippy.toml replaces the root's and does not add to it, so it must repeat every line.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::Tree;

const ROOT: &str = "clippy.toml";
const KERNEL: &str = "crates/venom-kernel/clippy.toml";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(root) = tree.text(ROOT) else {
        return vec![Finding::new(
            ROOT,
            1,
            "is missing; it holds the workspace's bans",
        )];
    };
    let mut findings = Vec::new();
    if tree.text(KERNEL).is_none() {
        findings.push(Finding::new(
            KERNEL,
            1,
            "is missing; it keeps clock and files out",
        ));
    }
    let own = tree
        .iter()
        .filter(|(path, _)| path.starts_with("crates/") && path.ends_with("/clippy.toml"));
    for (path, text) in own {
        let lines: BTreeSet<&str> = text.lines().map(str::trim).collect();
        for line in root.lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with('#') && !lines.contains(line) {
                let message = format!("lacks this line of the root's clippy.toml: {line}");
                findings.push(Finding::new(path, 1, message));
            }
        }
    }
    findings
}
