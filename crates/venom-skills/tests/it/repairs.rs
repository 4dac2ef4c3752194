//! Whether the tests of a project still pass after a fix: each fix alone, then all together, on the
//! projects of `tests/corpus/projects`, by the runners of their languages.
//!
//! The area `playbooks` of `.ci/run` names what has to be there: `VENOM_TEST_REPAIRS` lists the projects,
//! `VENOM_TEST_NODE_TOOLS` the folder whose `node_modules` the one in JavaScript uses.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use venom_skills::code::{Finding, Fix, analyse, apply};

struct Project {
    name: &'static str,
    command: &'static [&'static str],
    /// How many weaknesses are found in it, and how many of them are fixed.
    found: usize,
    fixed: usize,
}

const PROJECTS: [Project; 3] = [
    Project {
        name: "node",
        command: &["node", "--test"],
        found: 14,
        fixed: 13,
    },
    Project {
        name: "go",
        command: &["go", "test", "-tags", "libsqlite3", "./..."],
        found: 9,
        fixed: 7,
    },
    Project {
        name: "rust",
        command: &["cargo", "test", "--quiet", "--offline"],
        found: 5,
        fixed: 5,
    },
];

fn variable(name: &str) -> Option<OsString> {
    std::env::vars_os().find_map(|(other, value)| (other == name).then_some(value))
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus/projects")
        .join(name)
}

/// The files of a project, by their paths in it.
fn files(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder is listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("it lies below");
            let text = fs::read_to_string(&path).expect("a text");
            found.push((name.to_string_lossy().into_owned(), text));
        }
    }
    found.sort();
    found
}

/// A copy of a project in which its tests run.
struct Copy {
    folder: tempfile::TempDir,
    target: tempfile::TempDir,
    project: &'static Project,
}

impl Copy {
    fn new(project: &'static Project, files: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = Self {
            folder,
            target: tempfile::tempdir().expect("a folder"),
            project,
        };
        for (name, text) in files {
            copy.write(name, text);
        }
        if project.name == "node" {
            let tools = variable("VENOM_TEST_NODE_TOOLS").expect("a folder with `node_modules`");
            std::os::unix::fs::symlink(
                Path::new(&tools).join("node_modules"),
                copy.folder.path().join("node_modules"),
            )
            .expect("a link");
        }
        if project.name == "rust" {
            // The versions that are on this machine already are those of the workspace.
            let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
            fs::copy(lock, copy.folder.path().join("Cargo.lock")).expect("a copy");
        }
        copy
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Runs the tests; says what they print if one of them fails.
    fn tested(&self) -> Result<(), String> {
        let (program, words) = self.project.command.split_first().expect("a program");
        let output = Command::new(program)
            .args(words)
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", self.target.path())
            .env("GOPROXY", "off")
            .env_remove("NODE_TEST_CONTEXT")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{program}: {error}"))?;
        let text = [&output.stdout[..], &output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        output.status.success().then_some(()).ok_or(text)
    }
}

fn is_rewrite(finding: &Finding) -> bool {
    matches!(finding.fix, Fix::Rewrite { .. })
}

/// Measures a project, and gives its row of the table.
fn measured(project: &'static Project) -> String {
    let files = files(&source(project.name));
    let copy = Copy::new(project, &files);
    if let Err(said) = copy.tested() {
        panic!("{}: the tests fail as it stands: {said}", project.name);
    }
    let (mut found, mut fixed, mut passed) = (0, 0, 0);
    let mut failed = String::new();
    let mut whole = Vec::new();
    for (name, text) in &files {
        let Ok(findings) = analyse(name, text) else {
            continue;
        };
        found += findings.len();
        for finding in findings.iter().filter(|finding| is_rewrite(finding)) {
            let changed = apply(text, std::slice::from_ref(finding));
            assert_eq!(changed.applied.len(), 1, "{name}:{}", finding.line);
            fixed += 1;
            copy.write(name, &changed.text);
            match copy.tested() {
                Ok(()) => passed += 1,
                Err(said) => failed = format!("{failed}{name}:{}: {said}\n", finding.line),
            }
            copy.write(name, text);
        }
        whole.push((name, apply(text, &findings).text));
    }
    for (name, text) in whole {
        copy.write(name, &text);
    }
    let together = copy.tested();
    assert_eq!(
        (found, fixed, passed),
        (project.found, project.fixed, project.fixed),
        "{}: {failed}",
        project.name
    );
    assert_eq!(together, Ok(()), "{}", project.name);
    format!("| {} | {found} | {fixed} | {passed} | pass |", project.name)
}

#[test]
fn tests_pass_after_each_fix_and_after_all() {
    let wanted = variable("VENOM_TEST_REPAIRS").unwrap_or_default();
    let wanted = wanted.to_string_lossy().into_owned();
    for project in &PROJECTS {
        if wanted.split(',').any(|name| name == project.name) {
            println!("{}", measured(project));
        } else {
            println!(
                "SKIPPED: VENOM_TEST_REPAIRS does not name {}: what its tests need may be missing",
                project.name
            );
        }
    }
}
