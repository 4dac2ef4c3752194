//! Decides what kinds of project a folder holds and how each is tested and built, from its file names and a few of
//! its files. Nothing is run here and nothing is read except through the functions of [`Folder`].

mod make;
mod node;
mod python;

pub(crate) use self::make::targets as make_targets;

use super::report::Runner;

/// Stands in [`Command::argv`] for the report file, which must be new and lie outside the project.
pub const REPORT_FILE: &str = "{report}";

/// Stands in [`Command::env`] for a scratch folder outside the project.
pub const SCRATCH: &str = "{scratch}";

/// A kind of project, in the order in which kinds are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProjectKind {
    /// A `Cargo.toml`.
    Rust,
    /// A `pyproject.toml`, its older kin, or bare Python files.
    Python,
    /// A `package.json`.
    Node,
    /// A `go.mod`.
    Go,
    /// A makefile; secondary when there is any other kind, whose own tools say more.
    Make,
}

/// Something that must be present for a command to work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// A program on the search path. `cargo-nextest` is asked for by its own name.
    Program(String),
    /// A module that the project's Python can import.
    PythonModule(String),
    /// A package beneath the project's `node_modules`.
    NodePackage(String),
}

/// What is known of the folder.
#[derive(Clone, Copy)]
pub struct Folder<'a> {
    /// The paths of its files from the root, with forward slashes, ignored files left out. The listing may be cut
    /// off at a depth or number of the caller's choice; files that are not listed are not seen.
    pub files: &'a [String],
    /// The content of a file, if it is there and is text of a reasonable size.
    pub read: &'a dyn Fn(&str) -> Option<String>,
    /// Whether something is installed.
    pub available: &'a dyn Fn(&Requirement) -> bool,
}

/// A command without a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments. A word may hold [`REPORT_FILE`].
    pub argv: Vec<String>,
    /// Variables to set beside the ones every command gets. A value may hold [`SCRATCH`].
    pub env: Vec<(String, String)>,
}

impl Command {
    /// The command with real paths in place of [`REPORT_FILE`] and [`SCRATCH`].
    #[must_use]
    pub fn with_paths(&self, report_file: &str, scratch: &str) -> Self {
        let put = |word: &String| {
            word.replace(REPORT_FILE, report_file)
                .replace(SCRATCH, scratch)
        };
        Self {
            argv: self.argv.iter().map(put).collect(),
            env: self
                .env
                .iter()
                .map(|(name, value)| (name.clone(), put(value)))
                .collect(),
        }
    }

    /// Whether the command writes its report to a file.
    pub fn writes_report(&self) -> bool {
        self.argv.iter().any(|word| word.contains(REPORT_FILE))
    }
}

/// How a project's tests are run and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestCommand {
    /// How the output is read.
    pub runner: Runner,
    /// What is run, in the project's root.
    pub command: Command,
}

/// One kind of project in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The kind.
    pub kind: ProjectKind,
    /// Whether another kind in the same folder should be asked first.
    pub is_secondary: bool,
    /// How to test it; none when no test was found.
    pub test: Option<TestCommand>,
    /// How to build it; none when there is nothing to build. For Python this compiles to byte code only, which finds
    /// syntax errors and nothing else.
    pub build: Option<Command>,
    /// What the commands need and is not installed.
    pub missing: Vec<Requirement>,
    /// What a reader of the result should know, one sentence each.
    pub notes: Vec<String>,
}

/// Why a folder could not be understood.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A manifest breaks its format.
    #[error("read {path}")]
    BrokenManifest {
        /// The manifest.
        path: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// Finds the projects in a folder, the one to ask first in front.
pub fn detect(folder: &Folder<'_>) -> Result<Vec<Project>, DetectError> {
    let mut projects = Vec::new();
    if folder.has("Cargo.toml") {
        projects.push(rust(folder));
    }
    projects.extend(python::detect(folder));
    if let Some(project) = node::detect(folder)? {
        projects.push(project);
    }
    if folder.has("go.mod") {
        projects.push(go(folder));
    }
    if let Some(mut project) = make::detect(folder) {
        project.is_secondary = !projects.is_empty();
        projects.push(project);
    }
    for project in &mut projects {
        project.missing.sort();
        project.missing.dedup();
    }
    projects.sort_by_key(|project| (project.is_secondary, project.kind));
    Ok(projects)
}

impl Folder<'_> {
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file == path)
    }

    fn text(&self, path: &str) -> String {
        if self.has(path) {
            (self.read)(path).unwrap_or_default()
        } else {
            String::new()
        }
    }

    fn missing(&self, requirements: impl IntoIterator<Item = Requirement>) -> Vec<Requirement> {
        requirements
            .into_iter()
            .filter(|requirement| !(self.available)(requirement))
            .collect()
    }
}

impl Project {
    fn new(kind: ProjectKind) -> Self {
        Self {
            kind,
            is_secondary: false,
            test: None,
            build: None,
            missing: Vec::new(),
            notes: Vec::new(),
        }
    }
}

fn program(name: &str) -> Requirement {
    Requirement::Program(name.to_owned())
}

fn command(argv: &[&str]) -> Command {
    Command {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        env: Vec::new(),
    }
}

/// The value of a variable that turns the colours of most programs off (no-color.org).
fn without_colour(mut command: Command) -> Command {
    command.env.push(("NO_COLOR".to_owned(), "1".to_owned()));
    command
}

fn rust(folder: &Folder<'_>) -> Project {
    let mut project = Project::new(ProjectKind::Rust);
    let is_workspace = folder
        .text("Cargo.toml")
        .lines()
        .any(|line| line.trim().starts_with("[workspace"));
    let all: &[&str] = if is_workspace { &["--workspace"] } else { &[] };
    let has_nextest = (folder.available)(&program("cargo-nextest"));
    let (runner, words): (Runner, &[&str]) = if has_nextest {
        // The counters and the list at the end repeat what is read already.
        let words = &[
            "cargo",
            "nextest",
            "run",
            "--no-fail-fast",
            "--status-level",
            "all",
            "--final-status-level",
            "none",
            "--failure-output",
            "immediate",
            "--success-output",
            "never",
            "--show-progress",
            "none",
            "--no-input-handler",
            "--color",
            "never",
        ];
        project
            .notes
            .push("cargo nextest does not run documentation tests".to_owned());
        (Runner::CargoNextest, words)
    } else {
        (
            Runner::CargoTest,
            &["cargo", "test", "--no-fail-fast", "--color", "never"],
        )
    };
    let mut test = command(&[words, all].concat());
    test.env
        .push(("CARGO_TERM_PROGRESS_WHEN".to_owned(), "never".to_owned()));
    project.test = Some(TestCommand {
        runner,
        command: test,
    });
    project.build = Some(command(
        &[&["cargo", "build", "--color", "never"], all].concat(),
    ));
    project.missing = folder.missing([program("cargo")]);
    project
}

fn go(folder: &Folder<'_>) -> Project {
    let mut project = Project::new(ProjectKind::Go);
    let has_tests = folder.files.iter().any(|file| file.ends_with("_test.go"));
    let test = TestCommand {
        runner: Runner::GoTest,
        command: command(&["go", "test", "-json", "./..."]),
    };
    project.test = has_tests.then_some(test);
    project.build = Some(command(&["go", "build", "./..."]));
    project.missing = folder.missing([program("go")]);
    project
}

#[cfg(test)]
mod tests;
