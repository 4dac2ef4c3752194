//! Rust: cargo and what stands beside it.

use super::{Facts, Found, Task, lacking, one, tool};

pub(super) fn find(task: Task, facts: &Facts<'_>) -> Found {
    if !(facts.has)("cargo") {
        return lacking("cargo", "install Rust from https://rustup.rs");
    }
    let whole: &[&str] = if facts.says("Cargo.toml", "[workspace") {
        &["--workspace"]
    } else {
        &[]
    };
    let words = |words: &[&'static str]| [words, whole].concat();
    match task {
        Task::Format | Task::FormatCheck if !(facts.has)("rustfmt") => {
            lacking("rustfmt", "`rustup component add rustfmt`")
        }
        Task::Format => one(tool("rustfmt", ["cargo", "fmt", "--all"])),
        Task::FormatCheck => one(tool("rustfmt", ["cargo", "fmt", "--all", "--check"])),
        Task::Lint | Task::Fix if !(facts.has)("cargo-clippy") => {
            lacking("clippy", "`rustup component add clippy`")
        }
        Task::Lint => {
            let mut argv = words(&["cargo", "clippy", "--all-targets", "--color", "never"]);
            argv.extend(["--", "-D", "warnings"]);
            one(tool("clippy", argv))
        }
        Task::Fix => one(tool(
            "clippy",
            words(&[
                "cargo",
                "clippy",
                "--fix",
                "--allow-dirty",
                "--allow-staged",
                "--allow-no-vcs",
                "--all-targets",
                "--color",
                "never",
            ]),
        )),
        Task::Types => one(tool(
            "cargo check",
            words(&["cargo", "check", "--all-targets", "--color", "never"]),
        )),
        Task::Build => Found::Nothing("the `build` skill builds Rust projects".to_owned()),
        Task::Clean => one(tool("cargo", ["cargo", "clean"])),
        Task::Audit => audit(facts),
        // What cargo itself says: nothing has to be installed. `--locked` would refuse to look.
        Task::Outdated => one(tool(
            "cargo",
            [
                "cargo",
                "update",
                "--dry-run",
                "--verbose",
                "--color",
                "never",
            ],
        )),
    }
}

fn audit(facts: &Facts<'_>) -> Found {
    let denies = facts.has_file("deny.toml") && (facts.has)("cargo-deny");
    if denies {
        return one(tool("cargo-deny", ["cargo", "deny", "check", "advisories"]));
    }
    if (facts.has)("cargo-audit") {
        // The database must be written somewhere, and the one of the user is out of reach.
        let mut audit = tool(
            "cargo-audit",
            [
                "cargo",
                "audit",
                "--db",
                "/tmp/advisory-db",
                "--color",
                "never",
            ],
        );
        audit
            .env
            .push(("CARGO_TERM_COLOR".to_owned(), "never".to_owned()));
        return one(audit);
    }
    lacking("cargo-audit", "`cargo install cargo-audit`")
}
