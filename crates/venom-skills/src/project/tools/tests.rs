//! Which command is taken: what is declared before what is configured before what is usual.

use super::*;

struct Given {
    kinds: Vec<ProjectKind>,
    files: Vec<(&'static str, &'static str)>,
    programs: &'static [&'static str],
    local: &'static [(&'static str, &'static str)],
    modules: &'static [&'static str],
    declared: &'static [(&'static str, &'static str)],
}

const NONE: Given = Given {
    kinds: Vec::new(),
    files: Vec::new(),
    programs: &[],
    local: &[],
    modules: &[],
    declared: &[],
};

fn given(kind: ProjectKind, programs: &'static [&'static str]) -> Given {
    Given {
        kinds: vec![kind],
        programs,
        ..NONE
    }
}

/// Writes what was found: commands, or what is missing in front of a `!`.
fn check(task: Task, given: &Given) -> String {
    let files: Vec<String> = given
        .files
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let facts = Facts {
        files: &files,
        texts: given
            .files
            .iter()
            .copied()
            .map(|(name, text)| (name, text.to_owned()))
            .collect(),
        local: given.local.iter().map(pair).collect(),
        modules: given
            .modules
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        has: Box::new(|program| given.programs.contains(&program)),
    };
    let declared = Declared {
        commands: given.declared.iter().map(pair).collect(),
        ..Declared::default()
    };
    let projects: Vec<Project> = given
        .kinds
        .iter()
        .map(|kind| Project {
            kind: *kind,
            is_secondary: *kind == ProjectKind::Make,
            test: None,
            build: None,
            missing: Vec::new(),
            notes: Vec::new(),
        })
        .collect();
    let found = find(task, &declared, &projects, &facts);
    let shown = found.iter().map(|(_, found)| match found {
        Found::Tools(tools) => {
            let all: Vec<String> = tools.iter().map(|tool| tool.argv.join(" ")).collect();
            all.join(" && ")
        }
        Found::Lacking { cure, .. } => format!("! {cure}"),
        Found::Nothing(why) => format!("- {why}"),
    });
    shown.collect::<Vec<_>>().join(" + ")
}

#[test]
fn what_is_declared_wins() {
    let all = Given {
        kinds: vec![ProjectKind::Rust, ProjectKind::Make],
        files: vec![("Makefile", "fmt:\n\t@echo x\n")],
        programs: &["cargo", "rustfmt", "make"],
        declared: &[("format", "./own")],
        ..NONE
    };
    assert_eq!(check(Task::Format, &all), "sh -c ./own");
    let made = Given {
        declared: &[],
        ..all
    };
    assert_eq!(check(Task::Format, &made), "make fmt");
    let plain = Given {
        files: vec![("Makefile", "x:\n")],
        ..made
    };
    assert_eq!(check(Task::Format, &plain), "cargo fmt --all");
}

#[test]
fn rust_tools() {
    let rust = given(ProjectKind::Rust, &["cargo", "rustfmt", "cargo-clippy"]);
    let lint = "cargo clippy --all-targets --color never -- -D warnings";
    assert_eq!(check(Task::Lint, &rust), lint);
    let workspace = Given {
        files: vec![("Cargo.toml", "[workspace]\n")],
        ..rust
    };
    let checked = "cargo check --all-targets --color never --workspace";
    assert_eq!(check(Task::Types, &workspace), checked);
    assert_eq!(
        check(Task::Audit, &workspace),
        "! `cargo install cargo-audit`"
    );
    let bare = given(ProjectKind::Rust, &["cargo"]);
    assert_eq!(
        check(Task::Format, &bare),
        "! `rustup component add rustfmt`"
    );
}

#[test]
fn python_tools() {
    let kind = ProjectKind::Python;
    assert_eq!(
        check(Task::Format, &given(kind, &[])),
        "! `python3 -m pip install ruff`"
    );
    assert_eq!(
        check(Task::Format, &given(kind, &["black"])),
        "black --quiet ."
    );
    assert_eq!(
        check(Task::Format, &given(kind, &["black", "ruff"])),
        "ruff format ."
    );
    let configured = Given {
        files: vec![(
            "pyproject.toml",
            "[tool.isort]\n[tool.black]\nline-length = 99\n",
        )],
        ..given(kind, &["black", "isort", "ruff"])
    };
    assert_eq!(
        check(Task::Format, &configured),
        "isort . && black --quiet ."
    );
    let absent = Given {
        programs: &["ruff"],
        ..configured
    };
    assert_eq!(
        check(Task::Format, &absent),
        "! `python3 -m pip install black`"
    );
    let module = Given {
        modules: &["mypy"],
        ..given(kind, &[])
    };
    assert_eq!(check(Task::Types, &module), "python3 -m mypy .");
    let local = Given {
        local: &[("mypy", "./.venv/bin/mypy")],
        ..module
    };
    assert_eq!(check(Task::Types, &local), "./.venv/bin/mypy .");
}

#[test]
fn node_tools() {
    let node = Given {
        files: vec![("package.json", "{}"), ("tsconfig.json", "{}")],
        local: &[("tsc", "./node_modules/.bin/tsc")],
        ..given(ProjectKind::Node, &["npm"])
    };
    assert_eq!(
        check(Task::Types, &node),
        "./node_modules/.bin/tsc --noEmit"
    );
    let absent = "! `npm install --save-dev prettier` in the project";
    assert_eq!(check(Task::Format, &node), absent);
    let scripts = Given {
        files: vec![(
            "package.json",
            "{\"scripts\": {\"fmt\": \"x\", \"lint:fix\": \"y\"}}",
        )],
        ..node
    };
    assert_eq!(check(Task::Format, &scripts), "npm run --silent fmt");
    assert_eq!(check(Task::Fix, &scripts), "npm run --silent lint:fix");
    let broken = Given {
        files: vec![("package.json", "{")],
        ..scripts
    };
    assert_eq!(check(Task::Audit, &broken), "npm audit");
}

#[test]
fn go_and_make_tools() {
    let go = given(ProjectKind::Go, &["go", "gofmt"]);
    assert_eq!(check(Task::Lint, &go), "go vet ./...");
    let more = given(ProjectKind::Go, &["go", "staticcheck"]);
    assert_eq!(
        check(Task::Lint, &more),
        "go vet ./... && staticcheck ./..."
    );
    let configured = Given {
        files: vec![(".golangci.yml", "")],
        ..more
    };
    assert!(check(Task::Lint, &configured).starts_with("! https://golangci-lint.run"));
    let make = given(ProjectKind::Make, &["make"]);
    assert_eq!(
        check(Task::Lint, &make),
        "- the makefile has no target `lint`"
    );
}
