//! Crates that must not come back through somebody else's dependency.

use super::Finding;
use super::tree::Tree;

const LOCK: &str = "Cargo.lock";

/// Name and reason. `aws-lc-sys` was the longest unit of a cold build (39.5 CPU seconds against 8.4 of `ring`).
const BANNED: &[(&str, &str)] = &[(
    "aws-lc-sys",
    "it costs more build time than anything else; use rustls with ring",
)];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(LOCK) else {
        return vec![Finding::new(LOCK, 1, "is missing; commit the lock file")];
    };
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (name, reason) in BANNED {
            if line.trim() == format!("name = \"{name}\"") {
                let message = format!(
                    "{name} is banned: {reason} (`cargo tree -i {name}` says who wants it)"
                );
                findings.push(Finding::new(LOCK, index + 1, message));
            }
        }
    }
    findings
}
