//! Projects in Python: pytest where it is asked for and installed, unittest otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::super::report::Runner;
use super::{
    Command, Folder, Project, ProjectKind, REPORT_FILE, Requirement, SCRATCH, TestCommand, program,
};

/// Files that make a folder a Python project even beside another manifest.
const MANIFESTS: [&str; 7] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "Pipfile",
    "tox.ini",
    "pytest.ini",
];

/// How many test files are looked into. Projects write their tests in one manner, so the first ones tell.
const MAX_FILES_READ: usize = 50;

/// Where unittest has to begin: the folder to search and the folder from which modules are named.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Discovery {
    start: String,
    top: String,
}

pub(super) fn detect(folder: &Folder<'_>) -> Option<Project> {
    let sources: Vec<&str> = folder
        .files
        .iter()
        .map(String::as_str)
        .filter(|file| is_source(file))
        .collect();
    let tests: Vec<&str> = sources
        .iter()
        .copied()
        .filter(|file| is_test(file))
        .collect();
    let has_manifest = MANIFESTS.iter().any(|name| folder.has(name));
    let is_only = !["Cargo.toml", "package.json", "go.mod"]
        .iter()
        .any(|name| folder.has(name));
    if !has_manifest && (sources.is_empty() || !is_only && tests.is_empty()) {
        return None;
    }
    let mut project = Project::new(ProjectKind::Python);
    let mut required = vec![program("python3")];
    if !tests.is_empty() {
        let pytest = Requirement::PythonModule("pytest".to_owned());
        let style = style(folder, &tests);
        let discoveries = discoveries(folder, &tests);
        let is_scattered = discoveries.len() > 1;
        let has_pytest = (folder.available)(&pytest);
        let use_pytest = match style {
            Style::NeedsPytest => true,
            Style::PrefersPytest => has_pytest,
            Style::Unittest => has_pytest && is_scattered,
        };
        let command = if use_pytest {
            pytest_command()
        } else {
            unittest_command(&tests, &discoveries)
        };
        if use_pytest {
            required.push(pytest);
        } else if style == Style::PrefersPytest {
            project.notes.push(
                "pytest is configured but not installed; the tests run under unittest".to_owned(),
            );
        }
        if !use_pytest && is_scattered {
            let found: Vec<&str> = discoveries
                .iter()
                .map(|(discovery, _)| discovery.start.as_str())
                .collect();
            project.notes.push(format!(
                "unittest searches one of several test folders: {}",
                found.join(", ")
            ));
        }
        let runner = if use_pytest {
            Runner::Pytest
        } else {
            Runner::Unittest
        };
        project.test = Some(TestCommand {
            runner,
            command: with_source_folder(folder, command),
        });
    }
    project.build = byte_compile(&sources);
    project.missing = folder.missing(required);
    Some(project)
}

fn is_source(path: &str) -> bool {
    has_python_suffix(path)
        && !path
            .split('/')
            .any(|part| part.starts_with('.') || part == "node_modules" || part == "site-packages")
}

/// Python itself insists on the lower case.
fn has_python_suffix(path: &str) -> bool {
    path.strip_suffix(".py").is_some()
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn is_test(path: &str) -> bool {
    let name = file_name(path);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "tests.py"
        || name == "test.py"
}

/// What the tests are written for.
#[derive(Debug, PartialEq, Eq)]
enum Style {
    /// Some test cannot run without pytest.
    NeedsPytest,
    /// pytest is configured, yet every test that was read is a `unittest.TestCase`.
    PrefersPytest,
    Unittest,
}

fn style(folder: &Folder<'_>, tests: &[&str]) -> Style {
    let mut uses_cases = true;
    for path in tests.iter().take(MAX_FILES_READ) {
        let source = folder.text(path);
        let is_import =
            |line: &str| line.starts_with("import pytest") || line.starts_with("from pytest");
        let is_function =
            |line: &str| line.starts_with("def test_") || line.starts_with("async def test_");
        if source
            .lines()
            .any(|line| is_import(line.trim_start()) || is_function(line))
        {
            return Style::NeedsPytest;
        }
        // A class of bare `test_` methods is pytest's, too. One with a base may have its `TestCase`
        // from another file of the project; if it has not, unittest finds no test and that is said.
        let is_bare = |line: &str| line.starts_with("class ") && !line.contains('(');
        uses_cases &= !(source.contains("def test") && source.lines().any(is_bare));
    }
    if !uses_cases {
        return Style::NeedsPytest;
    }
    if is_configured(folder) {
        Style::PrefersPytest
    } else {
        Style::Unittest
    }
}

fn is_configured(folder: &Folder<'_>) -> bool {
    let says = |path: &str, section: &str| {
        folder
            .text(path)
            .lines()
            .any(|line| line.trim_start().starts_with(section))
    };
    folder.has("pytest.ini")
        || folder.has(".pytest.ini")
        || folder
            .files
            .iter()
            .any(|file| file_name(file) == "conftest.py")
        || says("pyproject.toml", "[tool.pytest")
        || says("setup.cfg", "[tool:pytest]")
        || says("tox.ini", "[pytest]")
}

/// `--continue-on-collection-errors` lets one broken file fail alone, and `--maxfail=0` undoes an `-x` of the project's
/// own options.
fn pytest_command() -> Command {
    let report = format!("--junitxml={REPORT_FILE}");
    let words = [
        "python3",
        "-m",
        "pytest",
        "-v",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
        "--maxfail=0",
        "-o",
        "junit_family=xunit2",
        &report,
    ];
    Command {
        argv: words.map(str::to_owned).to_vec(),
        env: Vec::new(),
    }
}

fn unittest_command(tests: &[&str], discoveries: &[(Discovery, usize)]) -> Command {
    let mut argv = ["python3", "-m", "unittest", "discover", "-v"]
        .map(str::to_owned)
        .to_vec();
    if let Some((discovery, _)) = discoveries.first()
        && discovery.start != "."
    {
        argv.extend([
            "-s".to_owned(),
            discovery.start.clone(),
            "-t".to_owned(),
            discovery.top.clone(),
        ]);
    }
    let (prefixed, suffixed): (Vec<&str>, Vec<&str>) = tests
        .iter()
        .partition(|path| file_name(path).starts_with("test"));
    if prefixed.len() < suffixed.len() {
        argv.extend(["-p".to_owned(), "*_test.py".to_owned()]);
    }
    Command {
        argv,
        env: Vec::new(),
    }
}

/// Groups the tests by where unittest must begin to find them, the group with the most tests first.
///
/// unittest walks into packages only, so the modules of a folder are named from the nearest folder above that is not
/// a package.
fn discoveries(folder: &Folder<'_>, tests: &[&str]) -> Vec<(Discovery, usize)> {
    let packages: BTreeSet<&str> = folder
        .files
        .iter()
        .filter_map(|file| file.strip_suffix("/__init__.py"))
        .collect();
    let mut by_top: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for path in tests {
        let mut top = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut start = top;
        while packages.contains(top) {
            start = top;
            top = top.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        if !path
            .rsplit_once('/')
            .is_some_and(|(parent, _)| packages.contains(parent))
        {
            start = top;
        }
        let top = if top.is_empty() { "." } else { top };
        let start = if start.is_empty() { "." } else { start };
        *by_top
            .entry(top.to_owned())
            .or_default()
            .entry(start.to_owned())
            .or_insert(0) += 1;
    }
    let groups = by_top.into_iter().map(|(top, starts)| {
        let count = starts.values().sum();
        // Several packages beneath one folder are all found from that folder.
        let start = if starts.len() == 1 {
            starts.into_keys().next()
        } else {
            None
        };
        (
            Discovery {
                start: start.unwrap_or_else(|| top.clone()),
                top,
            },
            count,
        )
    });
    let mut groups: Vec<(Discovery, usize)> = groups.collect();
    groups.sort_by(|(one, one_count), (other, other_count)| {
        other_count.cmp(one_count).then_with(|| one.cmp(other))
    });
    groups
}

/// Lets tests import from a `src` folder without installing the project.
fn with_source_folder(folder: &Folder<'_>, mut command: Command) -> Command {
    let is_package_root = folder
        .files
        .iter()
        .any(|file| file.starts_with("src/") && has_python_suffix(file))
        && !folder.has("src/__init__.py");
    if is_package_root {
        command
            .env
            .push(("PYTHONPATH".to_owned(), "src".to_owned()));
    }
    command
}

/// Compiles every source to byte code, which goes to a scratch folder and not into the project.
fn byte_compile(sources: &[&str]) -> Option<Command> {
    let roots: BTreeSet<&str> = sources
        .iter()
        .map(|path| path.split_once('/').map_or(*path, |(root, _)| root))
        .collect();
    if roots.is_empty() {
        return None;
    }
    let words = ["python3", "-m", "compileall", "-q", "-f", "--"].map(str::to_owned);
    Some(Command {
        argv: words
            .into_iter()
            .chain(roots.into_iter().map(str::to_owned))
            .collect(),
        env: vec![("PYTHONPYCACHEPREFIX".to_owned(), SCRATCH.to_owned())],
    })
}
