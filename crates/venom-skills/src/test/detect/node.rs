//! Projects with a `package.json`.

use std::collections::BTreeMap;

use super::super::report::Runner;
use super::{
    Command, DetectError, Folder, Project, ProjectKind, REPORT_FILE, Requirement, TestCommand,
    command, program, without_colour,
};

/// The part of `package.json` that is read.
#[derive(serde::Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Manifest {
    scripts: BTreeMap<String, String>,
    dependencies: BTreeMap<String, serde_json::Value>,
    dev_dependencies: BTreeMap<String, serde_json::Value>,
    package_manager: String,
}

/// The program that installs packages and runs scripts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manager {
    Npm,
    Pnpm,
    Yarn,
}

impl Manager {
    fn of(folder: &Folder<'_>, manifest: &Manifest) -> Self {
        if folder.has("pnpm-lock.yaml") || manifest.package_manager.starts_with("pnpm@") {
            Self::Pnpm
        } else if folder.has("yarn.lock") || manifest.package_manager.starts_with("yarn@") {
            Self::Yarn
        } else {
            Self::Npm
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
        }
    }

    /// How a program of an installed package is run; npm must be kept from fetching one that is not installed.
    fn run_package(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["npx", "--no-install"],
            Self::Pnpm => &["pnpm", "exec"],
            Self::Yarn => &["yarn", "run"],
        }
    }
}

/// How the tests are to be run.
enum Plan {
    /// jest or vitest, with the words the script passes to it.
    Package(Runner, Vec<String>),
    /// `node --test` with the words behind it.
    Node(Vec<String>),
    /// A script that cannot be taken apart: only its exit code counts.
    Script,
}

pub(super) fn detect(folder: &Folder<'_>) -> Result<Option<Project>, DetectError> {
    if !folder.has("package.json") {
        return Ok(None);
    }
    let source = folder.text("package.json");
    let manifest: Manifest =
        serde_json::from_str(source.trim_start_matches('\u{feff}')).map_err(|source| {
            DetectError::BrokenManifest {
                path: "package.json".to_owned(),
                source,
            }
        })?;
    let manager = Manager::of(folder, &manifest);
    let mut project = Project::new(ProjectKind::Node);
    let mut required = vec![program("node")];

    if let Some(plan) = plan(folder, &manifest) {
        let (test, requirement) = plan.command(manager);
        if matches!(plan, Plan::Script) {
            project
                .notes
                .push("the test script is judged by its exit code alone".to_owned());
        }
        required.extend(requirement);
        project.test = Some(test);
    }
    if manifest.scripts.contains_key("build") {
        project.build = Some(command(&[manager.program(), "run", "build"]));
        required.push(program(manager.program()));
    }
    let packages = manifest
        .dependencies
        .keys()
        .chain(manifest.dev_dependencies.keys());
    required.extend(packages.map(|name| Requirement::NodePackage(name.clone())));
    project.missing = folder.missing(required);
    if project
        .missing
        .iter()
        .any(|requirement| matches!(requirement, Requirement::NodePackage(_)))
    {
        project.notes.push(format!(
            "packages are missing: {} install puts them in place",
            manager.program()
        ));
    }
    Ok(Some(project))
}

fn plan(folder: &Folder<'_>, manifest: &Manifest) -> Option<Plan> {
    // What `npm init` writes is no test.
    let script = manifest.scripts.get("test").map(|script| script.trim());
    if let Some(script) =
        script.filter(|script| !script.is_empty() && !script.contains("no test specified"))
    {
        return Some(plan_of_script(script).unwrap_or(Plan::Script));
    }
    let depends = |name: &str| {
        manifest.dependencies.contains_key(name) || manifest.dev_dependencies.contains_key(name)
    };
    if depends("vitest") {
        return Some(Plan::Package(Runner::Vitest, Vec::new()));
    }
    if depends("jest") {
        return Some(Plan::Package(Runner::Jest, Vec::new()));
    }
    folder
        .files
        .iter()
        .any(|file| is_node_test(file))
        .then(|| Plan::Node(Vec::new()))
}

/// Takes a script apart that calls one known runner without help of a shell.
fn plan_of_script(script: &str) -> Option<Plan> {
    if script.contains([
        '&', '|', ';', '<', '>', '$', '`', '"', '\'', '(', '\\', '*', '=', '#', '~', '{',
    ]) {
        return None;
    }
    let words: Vec<String> = script.split_whitespace().map(str::to_owned).collect();
    let (first, rest) = words.split_first()?;
    match first.as_str() {
        "jest" => Some(Plan::Package(
            Runner::Jest,
            without(rest, &["--watch", "--watchAll"]),
        )),
        "vitest" => Some(Plan::Package(
            Runner::Vitest,
            without(rest, &["run", "watch", "--watch", "-w"]),
        )),
        "node" if rest.iter().any(|word| word == "--test") => {
            Some(Plan::Node(without(rest, &["--test"])))
        }
        _ => None,
    }
}

fn without(words: &[String], unwanted: &[&str]) -> Vec<String> {
    words
        .iter()
        .filter(|word| !unwanted.contains(&word.as_str()))
        .cloned()
        .collect()
}

/// The files `node --test` runs by itself, as far as JavaScript goes.
fn is_node_test(path: &str) -> bool {
    let Some(stem) = [".js", ".mjs", ".cjs"]
        .iter()
        .find_map(|end| path.strip_suffix(end))
    else {
        return false;
    };
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let in_test_folder = folder.split('/').any(|part| part == "test");
    let is_named = name == "test"
        || name.starts_with("test-")
        || [".test", "-test", "_test"]
            .iter()
            .any(|end| name.ends_with(end));
    in_test_folder || is_named
}

impl Plan {
    fn command(&self, manager: Manager) -> (TestCommand, Option<Requirement>) {
        let (runner, words, requirement): (Runner, Vec<String>, Option<Requirement>) = match self {
            Self::Package(runner, rest) => {
                let is_jest = *runner == Runner::Jest;
                let package = if is_jest { "jest" } else { "vitest" };
                let report = format!("--outputFile={REPORT_FILE}");
                let flags: &[&str] = if is_jest {
                    &["jest", "--ci", "--json", &report]
                } else {
                    &["vitest", "run", "--reporter=json", &report]
                };
                let words = [manager.run_package(), flags].concat();
                let words = words
                    .into_iter()
                    .map(str::to_owned)
                    .chain(rest.iter().cloned())
                    .collect();
                (
                    *runner,
                    words,
                    Some(Requirement::NodePackage(package.to_owned())),
                )
            }
            Self::Node(rest) => {
                let target = format!("--test-reporter-destination={REPORT_FILE}");
                let words = ["node", "--test", "--test-reporter=tap", &target];
                let words = words
                    .into_iter()
                    .map(str::to_owned)
                    .chain(rest.iter().cloned())
                    .collect();
                (Runner::NodeTest, words, None)
            }
            Self::Script => {
                let words = [manager.program(), "run", "test"]
                    .map(str::to_owned)
                    .to_vec();
                (Runner::MakeTarget, words, Some(program(manager.program())))
            }
        };
        let command = without_colour(Command {
            argv: words,
            env: Vec::new(),
        });
        (TestCommand { runner, command }, requirement)
    }
}
