//! Which project is tested, and which of its tests.

use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::SkillContext;

use super::detect::{Project, ProjectKind, TestCommand};
use super::report::Runner;
use crate::bounded;
use crate::name;
use crate::params::refused;
use crate::place::{self, Place, Wanted};
use crate::project;

/// What is tested.
pub(super) struct Choice {
    /// The folder of the projects.
    pub(super) folder: RelPath,
    /// The projects that were found there.
    pub(super) projects: Vec<Project>,
    /// The part of the folder whose tests are meant, if not all are.
    pub(super) part: Option<String>,
    /// What a reader of the result should know.
    pub(super) notes: Vec<String>,
    /// The paths of the folder's files.
    pub(super) files: Vec<String>,
}

impl Choice {
    /// Finds the project that a path means: the one that lies there, or else the nearest one above,
    /// of which only the tests below the path are meant.
    pub(super) async fn find(context: &SkillContext, path: Option<RelPath>) -> Result<Self> {
        let path = path.unwrap_or_else(RelPath::root);
        let mut folder = path.clone();
        match place::look(context, &path, Wanted::FileOrFolder).await? {
            Place::Folder => {}
            Place::File(_) => folder = project::above(&path).unwrap_or_else(RelPath::root),
        }
        loop {
            let files = project::files(context, &folder).await?;
            let has_manifest = files.iter().any(|file| MANIFESTS.contains(&file.as_str()));
            let parent = project::above(&folder);
            if !has_manifest && let Some(parent) = parent {
                folder = parent;
                continue;
            }
            let part = path
                .as_str()
                .strip_prefix(folder.as_str())
                .map(|part| part.trim_start_matches('/').to_owned())
                .filter(|part| !part.is_empty());
            return Self::of(context, folder, part, files).await;
        }
    }

    async fn of(
        context: &SkillContext,
        folder: RelPath,
        part: Option<String>,
        files: Vec<String>,
    ) -> Result<Self> {
        let Some(part) = part else {
            let projects = project::projects(context, &folder, &files).await?;
            return Ok(Self {
                folder,
                projects,
                part: None,
                notes: Vec::new(),
                files,
            });
        };
        let mut notes = Vec::new();
        let parts = match named_after(&files, &part) {
            Some(named) => {
                notes.push(format!(
                    "the tests of {} are those in {}, by its name",
                    name::shown(&part),
                    bounded::joined(&name::all(named.iter().map(String::as_str)), NAMED)
                ));
                named
            }
            None => vec![part.clone()],
        };
        // Tests elsewhere are not seen, so that the detection begins where the meant ones are.
        let is_within = |file: &str| parts.iter().any(|part| lies_in(file, part));
        let some = files
            .iter()
            .any(|file| is_within(file) && is_python_test(file));
        let seen: Vec<String> = if some {
            files
                .into_iter()
                .filter(|file| is_within(file) || !is_python_test(file))
                .collect()
        } else {
            files
        };
        let mut projects = project::projects(context, &folder, &seen).await?;
        let mut is_part = true;
        for project in &mut projects {
            let narrowed = match (project.kind, &mut project.test) {
                (ProjectKind::Python, Some(test)) if some => narrow_all(test, &parts),
                (ProjectKind::Python, Some(_)) | (_, None) => false,
                (_, Some(test)) => narrow_all(test, &parts),
            };
            if !narrowed && project.test.is_some() && !project.is_secondary {
                is_part = false;
                notes.push(format!(
                    "the tests could not be limited to {}, so all were run",
                    name::shown(&part)
                ));
            }
        }
        Ok(Self {
            folder,
            projects,
            part: is_part.then_some(part),
            notes,
            files: seen,
        })
    }

    /// Chooses the projects whose tests are run: every kind of its own right that has some, or the
    /// makefile if that is all.
    pub(super) fn tested(&self) -> Vec<&Project> {
        let with_tests = |is_secondary: bool| {
            let meant = self
                .projects
                .iter()
                .filter(|project| project.is_secondary == is_secondary);
            meant
                .filter(|project| project.test.is_some())
                .collect::<Vec<_>>()
        };
        let first = with_tests(false);
        if first.is_empty() {
            with_tests(true)
        } else {
            first
        }
    }
}

/// Files that make a folder the top of a project.
const MANIFESTS: [&str; 12] = [
    "Cargo.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "tox.ini",
    "pytest.ini",
    "package.json",
    "go.mod",
    "Makefile",
    "makefile",
    "GNUmakefile",
];

/// How many files a note names.
const NAMED: usize = 5;

/// Tells whether a file is a place or lies in it.
fn lies_in(file: &str, place: &str) -> bool {
    file.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Splits the name of a path from its ending.
fn stem_of(path: &str) -> (&str, &str) {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').unwrap_or((name, ""))
}

fn is_python_test(file: &str) -> bool {
    let (stem, end) = stem_of(file);
    end == "py" && (stem.starts_with("test") || stem.ends_with("_test"))
}

/// Returns what a file of tests in Python or JavaScript is named after, by the customs of their runners.
fn tests_what(file: &str) -> Option<&str> {
    let (stem, end) = stem_of(file);
    match end {
        "py" => {
            let before = stem
                .strip_prefix("test_")
                .or_else(|| stem.strip_prefix("tests_"));
            before.or_else(|| stem.strip_suffix("_test"))
        }
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => stem
            .strip_suffix(".test")
            .or_else(|| stem.strip_suffix(".spec"))
            .or_else(|| stem.strip_suffix("-test"))
            .or_else(|| stem.strip_suffix("_test")),
        _ => None,
    }
}

/// Finds the files of tests that are named after code without tests in it; `None` where the code has its own or
/// nobody is named after it.
fn named_after(files: &[String], part: &str) -> Option<Vec<String>> {
    let has_own = |file: &String| {
        let (stem, end) = stem_of(file);
        let is_test = tests_what(file).is_some()
            || is_python_test(file)
            || (end == "go" && stem.ends_with("_test"));
        lies_in(file, part) && is_test
    };
    if files.iter().any(has_own) {
        return None;
    }
    let (stem, end) = stem_of(part);
    let is_script = matches!(
        end,
        "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx"
    );
    if !(end.is_empty() || end == "py" || is_script) {
        return None;
    }
    let is_python = |file: &str| stem_of(file).1 == "py";
    let named: Vec<String> = files
        .iter()
        .filter(|file| end.is_empty() || is_python(file) == (end == "py"))
        .filter(|file| tests_what(file) == Some(stem))
        .cloned()
        .collect();
    (!named.is_empty()).then_some(named)
}

/// Limits a command to the tests in some parts of the project; false if its runner cannot do that.
fn narrow_all(test: &mut TestCommand, parts: &[String]) -> bool {
    if test.runner != Runner::Unittest {
        return parts.iter().all(|part| narrow(test, part));
    }
    // It knows one pattern of names, and begins in one folder.
    match parts {
        [one] => narrow(test, one),
        _ => false,
    }
}

/// Limits a command to the tests in a part of the project; false if its runner cannot do that.
fn narrow(test: &mut TestCommand, part: &str) -> bool {
    let argv = &mut test.command.argv;
    match test.runner {
        // unittest begins where the tests are that the detection saw, and takes all in the folder.
        Runner::Unittest => {
            let name = part.rsplit('/').next().unwrap_or_default();
            if stem_of(name).1 == "py" {
                if let Some(at) = argv.iter().position(|word| word == "-p") {
                    argv.truncate(at);
                }
                argv.extend(["-p".to_owned(), name.to_owned()]);
            }
            true
        }
        Runner::Pytest | Runner::Jest | Runner::Vitest => {
            argv.push(format!("./{part}"));
            true
        }
        Runner::GoTest => {
            let Some(place) = argv.iter_mut().find(|word| *word == "./...") else {
                return false;
            };
            let is_file = std::path::Path::new(part)
                .extension()
                .is_some_and(|end| end == "go");
            let folder = if is_file {
                part.rsplit_once('/').map_or("", |(folder, _)| folder)
            } else {
                part
            };
            *place = match (folder, is_file) {
                ("", _) => ".".to_owned(),
                (folder, true) => format!("./{folder}"),
                (folder, false) => format!("./{folder}/..."),
            };
            true
        }
        Runner::NodeTest => {
            // Folders mean different things to different versions of Node.
            let is_file = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"]
                .iter()
                .any(|end| part.ends_with(end));
            if is_file {
                argv.push(format!("./{part}"));
            }
            is_file
        }
        Runner::CargoTest | Runner::CargoNextest => match cargo_words(part) {
            Some(words) => {
                argv.extend(words);
                true
            }
            None => false,
        },
        Runner::MakeTarget => false,
    }
}

/// The words that limit cargo to the tests of a file: a target of its own, or the names of a module.
fn cargo_words(part: &str) -> Option<Vec<String>> {
    // A folder below `src` holds the inner modules of the one that bears its name.
    let is_module = part.starts_with("src/") && stem_of(part).1.is_empty();
    let stem = part
        .strip_suffix(".rs")
        .or_else(|| is_module.then_some(part))?;
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    if let Some(target) = stem.strip_prefix("tests/") {
        let target = target.strip_suffix("/main").unwrap_or(target);
        // A file deeper down belongs to a target that only its author knows.
        return if target.contains('/') {
            None
        } else {
            words(&["--test", target])
        };
    }
    match stem.strip_prefix("src/")? {
        "lib" => words(&["--lib"]),
        "main" => words(&["--bins"]),
        module => {
            let module = module.strip_suffix("/mod").unwrap_or(module);
            words(&[&format!("{}::", module.replace('/', "::"))])
        }
    }
}

/// Adds a filter of test names to a command; false if its runner has none.
pub(super) fn filter(test: &mut TestCommand, only: &str) -> Result<bool> {
    if only.is_empty() || only.len() > 500 || only.starts_with('-') || only.contains(['\0', '\n']) {
        return Err(refused("`only` is not a filter of test names")
            .with_hint("give a part of a test's name"));
    }
    let argv = &mut test.command.argv;
    let words: &[&str] = match test.runner {
        Runner::Pytest | Runner::Unittest => &["-k", only],
        Runner::CargoTest | Runner::CargoNextest => &[only],
        Runner::Jest | Runner::Vitest => &["-t", only],
        Runner::GoTest => {
            // Packages come last.
            let at = argv
                .iter()
                .position(|word| word.starts_with('.'))
                .unwrap_or(argv.len());
            argv.splice(at..at, ["-run".to_owned(), only.to_owned()]);
            return Ok(true);
        }
        Runner::NodeTest => {
            argv.insert(2.min(argv.len()), format!("--test-name-pattern={only}"));
            return Ok(true);
        }
        Runner::MakeTarget => return Ok(false),
    };
    argv.extend(words.iter().map(|word| (*word).to_owned()));
    Ok(true)
}

#[cfg(test)]
mod tests;
