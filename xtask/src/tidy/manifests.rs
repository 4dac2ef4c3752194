//! Manners of manifests: every dependency stands once in the root with its reason, crates only point there,
//! and every crate takes the workspace's lints.

use toml::Value;

use super::Finding;
use super::manifest::{Kind, Manifest};
use super::tree::Tree;

const ROOT: &str = "Cargo.toml";

/// Errors without a type are for automation and tests; elsewhere a caller must be able to branch.
const UNTYPED_ERRORS: &str = "anyhow";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = reasons(tree);
    for (path, text) in tree.member_manifests() {
        // A manifest that does not parse is reported by the arrows.
        let Ok(manifest) = Manifest::parse(text) else {
            continue;
        };
        let takes_lints = manifest
            .table()
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(Value::as_bool);
        if takes_lints != Some(true) {
            let message = "does not take the workspace's lints; add [lints] workspace = true";
            findings.push(Finding::new(path, 1, message));
        }
        for dependency in manifest.dependencies() {
            let name = &dependency.name;
            if !points_to_workspace(&dependency.value) {
                let message = format!(
                    "write `{name}.workspace = true`, with version and reason in the root manifest"
                );
                findings.push(Finding::new(path, dependency.line, message));
            }
            if name == UNTYPED_ERRORS && dependency.kind != Kind::Dev && !path.starts_with("xtask/")
            {
                let message = "anyhow is for xtask and tests; give the error a type";
                findings.push(Finding::new(path, dependency.line, message));
            }
        }
    }
    findings
}

/// Features may be added where they are needed; a version, a path or a repository may not.
fn points_to_workspace(value: &Value) -> bool {
    let Some(table) = value.as_table() else {
        return false;
    };
    table.get("workspace").and_then(Value::as_bool) == Some(true)
        && table.keys().all(|key| {
            matches!(
                key.as_str(),
                "workspace" | "features" | "optional" | "default-features"
            )
        })
}

/// Every foreign entry of `[workspace.dependencies]` ends in a comment that says why it is taken.
fn reasons(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(ROOT) else {
        return vec![Finding::new(ROOT, 1, "is missing")];
    };
    let mut findings = Vec::new();
    let mut is_inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            is_inside = line.starts_with("[workspace.dependencies]");
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        if !is_inside || line.starts_with('#') || value.contains("path =") {
            continue;
        }
        // A value never holds '#', so the first one begins the comment.
        let reason = value
            .split_once('#')
            .map_or("", |(_, reason)| reason.trim());
        if reason.is_empty() {
            let message = format!(
                "say after a `#` why {} is taken, in the same line",
                name.trim()
            );
            findings.push(Finding::new(ROOT, index + 1, message));
        }
    }
    findings
}
