//! `cargo xtask newcomer`: the README's first steps as a shell script for somebody who has the binary and nothing else.
//!
//! Building and cloning are left out, they happened before. What runs the program, whichever way the README writes it,
//! becomes `venom` on the path.

#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context as _, bail};

/// Ways in which a README starts the program, longest first.
const STARTS: &[&str] = &[
    "cargo run --release --quiet --",
    "cargo run --quiet --release --",
    "cargo run --release --",
    "cargo run --quiet --",
    "cargo run -q --release --",
    "cargo run -q --",
    "cargo run --",
    "./target/release/venom",
    "target/release/venom",
    "./target/debug/venom",
    "just run",
    "venom",
];

/// Steps that belong to getting the program, not to using it.
const BEFORE: &[&str] = &[
    "cargo build",
    "cargo install",
    "git clone",
    "just build",
    "just dist",
];

/// `cargo xtask newcomer`
pub(crate) fn command(root: &Path, args: &[String]) -> anyhow::Result<bool> {
    if let Some(argument) = args.first() {
        bail!("newcomer takes no arguments, got `{argument}`");
    }
    let readme =
        std::fs::read_to_string(root.join("README.md")).context("cannot read README.md")?;
    let script = script(&readme).context("README.md has no shell block that starts the program")?;
    print!("{script}");
    Ok(true)
}

/// The steps up to and including the first start of the program.
fn script(readme: &str) -> Option<String> {
    let mut script = String::from("set -eu\n");
    for line in shell_lines(readme) {
        let mut is_start = false;
        let mut kept = Vec::new();
        for step in line.split(" && ") {
            let step = step.trim();
            if BEFORE.iter().any(|before| begins_with(step, before)) || is_into_clone(step) {
                continue;
            }
            match STARTS.iter().find(|start| begins_with(step, start)) {
                Some(start) => {
                    is_start = true;
                    kept.push(format!(
                        "venom{}",
                        step.strip_prefix(start).unwrap_or_default()
                    ));
                }
                None => kept.push(step.to_owned()),
            }
        }
        if !kept.is_empty() {
            script.push_str(&kept.join(" && "));
            script.push('\n');
        }
        if is_start {
            return Some(script);
        }
    }
    None
}

fn begins_with(step: &str, command: &str) -> bool {
    step.strip_prefix(command)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// After `git clone` a README steps into the clone, where the script already is.
fn is_into_clone(step: &str) -> bool {
    matches!(step, "cd venom" | "cd venom/")
}

/// The lines of the shell blocks, without prompts and comments; lines that end in a backslash are joined.
fn shell_lines(readme: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_shell = false;
    let mut is_other = false;
    let mut begun = String::new();
    for line in readme.lines() {
        if let Some(language) = line.trim().strip_prefix("```") {
            if is_shell || is_other {
                (is_shell, is_other) = (false, false);
            } else {
                is_shell = matches!(language.trim(), "sh" | "bash" | "shell" | "console");
                is_other = !is_shell;
            }
            continue;
        }
        if !is_shell {
            continue;
        }
        let line = line.trim();
        let line = line.strip_prefix("$ ").unwrap_or(line);
        if let Some(part) = line.strip_suffix('\\') {
            begun.push_str(part);
            continue;
        }
        let whole = format!("{begun}{line}");
        begun.clear();
        // A comment behind a command explains it to readers; quotes could hold a `#`, so only ` # ` counts.
        let command = whole.split(" # ").next().unwrap_or_default().trim();
        if !command.is_empty() && !command.starts_with('#') {
            lines.push(command.to_owned());
        }
    }
    lines
}
