//! Which command does what for which kind of project. Nothing is run and nothing is read here.
//!
//! What a project says wins over what is usual for its language: first `.venom/project.yaml`, then
//! targets of the makefile, then the project's own scripts and the tools that it configures, and last
//! the tool that most projects of the language use. A tool that is not there is said by name; none is
//! ever fetched.

mod go;
mod make;
mod node;
mod python;
mod rust;

use std::collections::{BTreeMap, BTreeSet};

use super::declared::Declared;
use crate::test::detect::{Project, ProjectKind};

/// What is wanted of a project's tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// Put the sources into the project's form.
    Format,
    /// Say whether they have it.
    FormatCheck,
    /// Look for mistakes.
    Lint,
    /// Correct the mistakes that the linter can.
    Fix,
    /// Check the types.
    Types,
    /// Build it.
    Build,
    /// Remove what was built.
    Clean,
    /// Look for dependencies with known weaknesses.
    Audit,
    /// List dependencies of which there are newer versions.
    Outdated,
}

impl Task {
    /// The key of a declared command.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::FormatCheck => "format-check",
            Self::Lint => "lint",
            Self::Fix => "fix",
            Self::Types => "types",
            Self::Build => "build",
            Self::Clean => "clean",
            Self::Audit => "audit",
            Self::Outdated => "outdated",
        }
    }

    /// Names of targets and scripts that do it.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Format => &["format", "fmt"],
            Self::FormatCheck => &["format-check", "format:check", "fmt-check", "check-format"],
            Self::Lint => &["lint"],
            Self::Fix => &["lint-fix", "lint:fix", "lint_fix", "fix"],
            Self::Types => &[
                "typecheck",
                "type-check",
                "types",
                "check-types",
                "check:types",
            ],
            Self::Build => &["build"],
            Self::Clean => &["clean"],
            Self::Audit => &["audit", "audit-dependencies"],
            Self::Outdated => &["outdated"],
        }
    }
}

/// A command that does something for a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tool {
    /// Its name for people, such as `ruff`.
    pub(crate) name: String,
    /// The program and its arguments.
    pub(crate) argv: Vec<String>,
    /// Variables beside the usual ones.
    pub(crate) env: Vec<(String, String)>,
    /// Exit codes that are no failure beside 0: some tools use one for "there is something to see".
    pub(crate) fine: &'static [i32],
    /// Whether any output means that something is wrong.
    pub(crate) is_silent_when_good: bool,
    /// What it says when it could not look, although it ends with 0.
    pub(crate) could_not: &'static [&'static str],
}

/// What there is for one kind of project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Commands, to be run in this order.
    Tools(Vec<Tool>),
    /// The tool is not installed.
    Lacking {
        /// What is missing.
        what: String,
        /// How to get it.
        cure: String,
    },
    /// Nothing has to be done, or nothing can.
    Nothing(String),
}

/// What is known of a project's folder.
pub(crate) struct Facts<'a> {
    /// The paths of its files, ignored ones left out.
    pub(crate) files: &'a [String],
    /// Texts of the files that say which tools are used.
    pub(crate) texts: BTreeMap<&'static str, String>,
    /// Programs of the project itself, in `node_modules` or a virtual environment: name and path.
    pub(crate) local: BTreeMap<String, String>,
    /// Tools that the project's Python can import.
    pub(crate) modules: BTreeSet<String>,
    /// Tells whether a program is on the search path.
    pub(crate) has: Box<dyn Fn(&str) -> bool + Send + Sync + 'a>,
}

/// Files whose texts say which tools are used.
pub(crate) const TEXTS: [&str; 8] = [
    "Cargo.toml",
    "GNUmakefile",
    "Makefile",
    "makefile",
    "package.json",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
];

/// Programs that a project may have of its own.
pub(crate) const NODE_TOOLS: [&str; 4] = ["biome", "eslint", "prettier", "tsc"];
/// The same for Python, where they are also modules.
pub(crate) const PYTHON_TOOLS: [&str; 9] = [
    "bandit",
    "black",
    "flake8",
    "isort",
    "mypy",
    "pip_audit",
    "pylint",
    "pyright",
    "ruff",
];

/// What there is for a task: one entry for each kind of project that has an answer.
pub(crate) fn find(
    task: Task,
    declared: &Declared,
    projects: &[Project],
    facts: &Facts<'_>,
) -> Vec<(String, Found)> {
    if let Some(script) = declared.commands.get(task.key()) {
        return vec![(
            "project".to_owned(),
            Found::Tools(vec![script_tool(script)]),
        )];
    }
    if let Some(found) = make::find(task, facts) {
        return vec![("make".to_owned(), found)];
    }
    projects
        .iter()
        .filter(|project| !project.is_secondary || projects.len() == 1)
        .map(|project| {
            let found = match project.kind {
                ProjectKind::Rust => rust::find(task, facts),
                ProjectKind::Python => python::find(task, facts),
                ProjectKind::Node => node::find(task, facts),
                ProjectKind::Go => go::find(task, facts),
                ProjectKind::Make => Found::Nothing(format!(
                    "the makefile has no target `{}`",
                    task.names().first().copied().unwrap_or_default()
                )),
            };
            (super::kind_name(project.kind).to_owned(), found)
        })
        .collect()
}

/// A command that the project declares.
pub(crate) fn script_tool(script: &str) -> Tool {
    tool("project.yaml", ["sh", "-c", script])
}

/// Names of the project's own targets and scripts, by who runs them: `make` or the package manager.
pub(crate) fn targets(facts: &Facts<'_>) -> Vec<(String, Tool)> {
    let mut targets = make::targets(facts);
    targets.extend(node::scripts(facts));
    targets
}

impl Facts<'_> {
    fn has_file(&self, name: &str) -> bool {
        self.files.iter().any(|file| file == name)
    }

    fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// Tells whether a file has a line that begins so, such as the head of a section.
    fn says(&self, name: &str, beginning: &str) -> bool {
        self.text(name)
            .lines()
            .any(|line| line.trim_start().starts_with(beginning))
    }
}

fn tool<'w>(name: &str, argv: impl IntoIterator<Item = &'w str>) -> Tool {
    Tool {
        name: name.to_owned(),
        argv: argv.into_iter().map(str::to_owned).collect(),
        env: Vec::new(),
        fine: &[],
        is_silent_when_good: false,
        could_not: &[],
    }
}

fn one(tool: Tool) -> Found {
    Found::Tools(vec![tool])
}

fn lacking(what: &str, cure: &str) -> Found {
    Found::Lacking {
        what: format!("`{what}` is not installed"),
        cure: cure.to_owned(),
    }
}

#[cfg(test)]
mod tests;
