//! The kernel decides and never touches the world: its manifest may name only what computes.

use super::Finding;
use super::manifest::{Kind, Manifest};
use super::tree::Tree;

const KERNEL: &str = "crates/venom-kernel/Cargo.toml";

/// Crates without a clock, a thread, a file, a socket or a random number. `sha2` computes the digests of the log.
const ALLOWED: &[&str] = &["serde", "serde_json", "sha2", "thiserror"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(KERNEL) else {
        return vec![Finding::new(
            KERNEL,
            1,
            "is missing; the kernel's purity cannot be checked",
        )];
    };
    // A manifest that does not parse is reported by the arrows.
    let Ok(manifest) = Manifest::parse(text) else {
        return Vec::new();
    };
    manifest
        .dependencies()
        .into_iter()
        .filter(|dependency| dependency.kind != Kind::Dev)
        .filter(|dependency| !ALLOWED.contains(&dependency.name.as_str()))
        .map(|dependency| {
            let message = format!(
                "the kernel may not use {}; it may use {}: what the world knows enters as an event",
                dependency.name,
                ALLOWED.join(", ")
            );
            Finding::new(KERNEL, dependency.line, message)
        })
        .collect()
}
