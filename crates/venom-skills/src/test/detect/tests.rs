//! Folders as listings with a few contents, and the commands that come of them.

use std::collections::BTreeMap;

use super::*;

/// Detects over the given files; `installed` names what is available, everything else is not.
fn projects(files: &[(&str, &str)], installed: &[&str]) -> Vec<Project> {
    try_projects(files, installed).unwrap()
}

fn try_projects(files: &[(&str, &str)], installed: &[&str]) -> Result<Vec<Project>, DetectError> {
    let contents: BTreeMap<&str, &str> = files.iter().copied().collect();
    let names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    let read = |path: &str| contents.get(path).map(|content| (*content).to_owned());
    let available = |requirement: &Requirement| {
        let (Requirement::Program(name)
        | Requirement::PythonModule(name)
        | Requirement::NodePackage(name)) = requirement;
        installed.contains(&name.as_str())
    };
    detect(&Folder {
        files: &names,
        read: &read,
        available: &available,
    })
}

fn only(files: &[(&str, &str)], installed: &[&str]) -> Project {
    let mut projects = projects(files, installed);
    assert_eq!(projects.len(), 1, "{projects:?}");
    projects.remove(0)
}

fn test_line(project: &Project) -> String {
    project
        .test
        .as_ref()
        .map(|test| test.command.argv.join(" "))
        .unwrap_or_default()
}

fn build_line(project: &Project) -> String {
    project
        .build
        .as_ref()
        .map(|build| build.argv.join(" "))
        .unwrap_or_default()
}

fn runner(project: &Project) -> Runner {
    project.test.as_ref().unwrap().runner
}

const CASES: &str = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n";

#[test]
fn rust_prefers_nextest() {
    let files = [
        ("Cargo.toml", "[package]\nname = \"x\"\n"),
        ("src/lib.rs", ""),
    ];
    let project = only(&files, &["cargo", "cargo-nextest"]);
    assert_eq!(runner(&project), Runner::CargoNextest);
    assert!(test_line(&project).starts_with("cargo nextest run --no-fail-fast --status-level all"));
    assert_eq!(project.missing, Vec::new());
    let project = only(&files, &["cargo"]);
    assert_eq!(
        (runner(&project), test_line(&project).as_str()),
        (Runner::CargoTest, "cargo test --no-fail-fast --color never")
    );
    let workspace = only(&[("Cargo.toml", "[workspace]\nmembers = []\n")], &[]);
    assert_eq!(
        build_line(&workspace),
        "cargo build --color never --workspace"
    );
    assert_eq!(
        workspace.missing,
        [Requirement::Program("cargo".to_owned())]
    );
}

#[test]
fn python_uses_unittest_where_nothing_asks_for_pytest() {
    let check = |files: &[(&str, &str)], expected: &str| {
        let project = only(files, &["python3", "pytest"]);
        assert_eq!(test_line(&project), expected);
    };
    check(
        &[("a.py", ""), ("test_a.py", CASES)],
        "python3 -m unittest discover -v",
    );
    check(
        &[("a.py", ""), ("a_test.py", CASES)],
        "python3 -m unittest discover -v -p *_test.py",
    );
    check(
        &[("a.py", ""), ("tests/test_a.py", CASES)],
        "python3 -m unittest discover -v -s tests -t tests",
    );
    check(
        &[
            ("a.py", ""),
            ("tests/__init__.py", ""),
            ("tests/test_a.py", CASES),
        ],
        "python3 -m unittest discover -v -s tests -t .",
    );
    check(
        &[
            ("tests/__init__.py", ""),
            ("tests/unit/__init__.py", ""),
            ("tests/unit/test_a.py", CASES),
        ],
        "python3 -m unittest discover -v -s tests -t .",
    );
    check(
        &[
            ("a/__init__.py", ""),
            ("a/test_a.py", CASES),
            ("b/__init__.py", ""),
            ("b/test_b.py", CASES),
            ("test_c.py", CASES),
        ],
        "python3 -m unittest discover -v",
    );
}

#[test]
fn python_uses_pytest_where_it_is_asked_for() {
    let pytest = "python3 -m pytest -v --color=no -p no:cacheprovider --continue-on-collection-errors --maxfail=0 \
        -o junit_family=xunit2 --junitxml={report}";
    let functions = "def test_a():\n    assert True\n";
    for files in [
        vec![("tests/test_a.py", "import pytest\n")],
        vec![("tests/test_a.py", functions)],
        vec![(
            "tests/test_a.py",
            "class TestA:\n    def test_a(self): pass\n",
        )],
        vec![
            ("pyproject.toml", "[tool.pytest.ini_options]\n"),
            ("tests/test_a.py", CASES),
        ],
        vec![("conftest.py", ""), ("tests/test_a.py", CASES)],
        vec![("pytest.ini", ""), ("tests/test_a.py", CASES)],
        // Two places that no single search of unittest finds.
        vec![("one/test_a.py", CASES), ("two/test_b.py", CASES)],
    ] {
        let project = only(&files, &["python3", "pytest"]);
        assert_eq!(
            (runner(&project), test_line(&project).as_str()),
            (Runner::Pytest, pytest),
            "{files:?}"
        );
        assert_eq!(project.missing, Vec::new());
    }
}

#[test]
fn python_says_what_is_missing() {
    let needs = only(&[("test_a.py", "import pytest\n")], &["python3"]);
    assert_eq!(runner(&needs), Runner::Pytest);
    assert_eq!(
        needs.missing,
        [Requirement::PythonModule("pytest".to_owned())]
    );

    let prefers = only(&[("pytest.ini", ""), ("test_a.py", CASES)], &["python3"]);
    assert_eq!(
        (runner(&prefers), prefers.missing.len(), prefers.notes.len()),
        (Runner::Unittest, 0, 1)
    );

    let scattered = only(
        &[
            ("one/test_a.py", CASES),
            ("two/test_b.py", CASES),
            ("two/test_c.py", CASES),
        ],
        &["python3"],
    );
    assert_eq!(
        test_line(&scattered),
        "python3 -m unittest discover -v -s two -t two"
    );
    assert_eq!(
        scattered.notes,
        ["unittest searches one of several test folders: two, one"]
    );
}

#[test]
fn python_compiles_into_the_scratch_folder() {
    let project = only(
        &[
            ("src/pkg/__init__.py", ""),
            ("tests/test_a.py", CASES),
            ("setup.py", ""),
            (".venv/x.py", ""),
        ],
        &["python3"],
    );
    let build = project
        .build
        .clone()
        .unwrap()
        .with_paths("/r.xml", "/scratch");
    assert_eq!(
        build.argv.join(" "),
        "python3 -m compileall -q -f -- setup.py src tests"
    );
    assert_eq!(
        build.env,
        [("PYTHONPYCACHEPREFIX".to_owned(), "/scratch".to_owned())]
    );
    let test = project.test.unwrap().command;
    assert_eq!(test.env, [("PYTHONPATH".to_owned(), "src".to_owned())]);
    assert!(!test.writes_report());
}

#[test]
fn python_without_tests_has_no_test_command() {
    let project = only(&[("main.py", "")], &["python3"]);
    assert_eq!((project.test, project.kind), (None, ProjectKind::Python));
    // A stray script does not make a Rust project a Python one.
    let projects = projects(&[("Cargo.toml", ""), ("scripts/x.py", "")], &[]);
    assert_eq!(projects.len(), 1);
}

#[test]
fn node_takes_simple_scripts_apart() {
    let check =
        |manifest: &str, extra: &[(&str, &str)], expected_runner: Runner, expected: &str| {
            let mut files = vec![("package.json", manifest)];
            files.extend(extra);
            let project = only(&files, &["node", "npm", "pnpm", "yarn", "jest", "vitest"]);
            assert_eq!(
                (runner(&project), test_line(&project).as_str()),
                (expected_runner, expected),
                "{manifest}"
            );
        };
    let jest = "--ci --json --outputFile={report}";
    check(
        r#"{"scripts":{"test":"jest"}}"#,
        &[],
        Runner::Jest,
        &format!("npx --no-install jest {jest}"),
    );
    check(
        r#"{"scripts":{"test":"jest --config c.js --watch"}}"#,
        &[("pnpm-lock.yaml", "")],
        Runner::Jest,
        &format!("pnpm exec jest {jest} --config c.js"),
    );
    check(
        r#"{"devDependencies":{"jest":"30"}}"#,
        &[("yarn.lock", "")],
        Runner::Jest,
        &format!("yarn run jest {jest}"),
    );
    check(
        r#"{"scripts":{"test":"vitest"}}"#,
        &[],
        Runner::Vitest,
        "npx --no-install vitest run --reporter=json --outputFile={report}",
    );
    let node = "node --test --test-reporter=tap --test-reporter-destination={report}";
    check(
        r#"{"scripts":{"test":"node --test test/"}}"#,
        &[],
        Runner::NodeTest,
        &format!("{node} test/"),
    );
    check(r"{}", &[("lib/a.test.mjs", "")], Runner::NodeTest, node);
    check(
        r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#,
        &[("test/a.js", "")],
        Runner::NodeTest,
        node,
    );
    check(
        r#"{"scripts":{"test":"npm run lint && jest"}}"#,
        &[],
        Runner::MakeTarget,
        "npm run test",
    );
    check(
        r#"{"scripts":{"test":"mocha"},"packageManager":"pnpm@9.1.0"}"#,
        &[],
        Runner::MakeTarget,
        "pnpm run test",
    );
}

#[test]
fn node_says_what_is_missing_and_what_is_broken() {
    let project = only(
        &[(
            "package.json",
            r#"{"scripts":{"build":"tsc"},"dependencies":{"left":"1"}}"#,
        )],
        &["node", "npm"],
    );
    assert_eq!(
        (project.test.clone(), build_line(&project).as_str()),
        (None, "npm run build")
    );
    assert_eq!(
        project.missing,
        [Requirement::NodePackage("left".to_owned())]
    );
    let error = try_projects(&[("package.json", "{\"scripts\": ")], &[]).unwrap_err();
    let DetectError::BrokenManifest { path, .. } = error;
    assert_eq!(path, "package.json");
}

#[test]
fn go_and_make() {
    let project = only(&[("go.mod", ""), ("a_test.go", "")], &["go"]);
    assert_eq!(
        (runner(&project), test_line(&project).as_str()),
        (Runner::GoTest, "go test -json ./...")
    );
    let makefile = "CC := gcc\nX = a:b\n.PHONY: all test\n# note: x\nprog: a.o b.o\n\t$(CC) -o $@ $^\n%.o: %.c\ntest check: prog\n\t./prog\nclean:\n";
    let project = only(&[("Makefile", makefile)], &["make"]);
    assert_eq!(
        (test_line(&project).as_str(), build_line(&project).as_str()),
        ("make test", "make prog")
    );
    let project = only(&[("makefile", "help:\n\ncheck::\n\tx\nall:\n")], &[]);
    assert_eq!(
        (test_line(&project).as_str(), build_line(&project).as_str()),
        ("make check", "make all")
    );
    assert!(!project.is_secondary);
    let project = only(&[("Makefile", "clean:\n\trm x\n")], &["make"]);
    assert_eq!((project.test, project.build), (None, None));
}

#[test]
fn several_kinds_stand_in_order() {
    use ProjectKind::{Go, Make, Node, Python, Rust};
    let files = [
        ("Makefile", "test:\n"),
        ("package.json", "{}"),
        ("Cargo.toml", ""),
        ("pyproject.toml", ""),
        ("go.mod", ""),
    ];
    let kinds: Vec<(ProjectKind, bool)> = projects(&files, &[])
        .iter()
        .map(|project| (project.kind, project.is_secondary))
        .collect();
    assert_eq!(
        kinds,
        [
            (Rust, false),
            (Python, false),
            (Node, false),
            (Go, false),
            (Make, true)
        ]
    );
    assert_eq!(projects(&[("README", "")], &[]), Vec::new());
}
