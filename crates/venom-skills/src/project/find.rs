//! Finds the projects of a folder: asks the detection, and finds out for it what it wants to know.
//!
//! Detection is a plain function that cannot wait. It is asked again and again, each time with what
//! it wanted to know the time before, until it wants nothing more.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::exec::Keep;
use venom_ports::skill::SkillContext;
use venom_ports::workspace::{ENTRIES, EntryKind, Walk};
use venom_ports::{Failure, FailureKind, Result};

use crate::params::refused;
use crate::process::{self, Heard};
use crate::test::detect::{self, Folder, Project, ProjectKind, Requirement};

/// The largest file that detection reads.
const LARGEST: u64 = 1 << 20;

/// How often detection is asked. It wants to know manifests, then test files, then programs.
const ROUNDS: usize = 16;

/// What detection has been told.
#[derive(Default)]
struct Known {
    texts: BTreeMap<String, Option<String>>,
    present: BTreeMap<Requirement, bool>,
}

/// What detection wanted to know and had not been told.
#[derive(Default)]
struct Wanted {
    texts: BTreeSet<String>,
    present: BTreeSet<Requirement>,
}

/// Lists the files of a folder by their paths from there.
pub(crate) async fn files(context: &SkillContext, folder: &RelPath) -> Result<Vec<String>> {
    let walk = Walk {
        under: folder.clone(),
        hidden: true,
        ..Walk::default()
    };
    let listing = context.files.walk(walk).await?;
    // A manifest or a test that is not seen would change what is run, and nobody would know.
    if listing.truncated {
        return Err(refused(format!(
            "there are more than {ENTRIES} files, so what kinds of project there are cannot be told"
        ))
        .with_hint("name the folder of the project that is meant"));
    }
    let inside = |path: &RelPath| {
        let rest = path.as_str().strip_prefix(folder.as_str())?;
        Some(rest.trim_start_matches('/').to_owned())
    };
    let files = listing
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::File);
    Ok(files.filter_map(|entry| inside(&entry.path)).collect())
}

/// Finds the projects of a folder that has these files.
pub(crate) async fn projects(
    context: &SkillContext,
    folder: &RelPath,
    files: &[String],
) -> Result<Vec<Project>> {
    let mut known = Known::default();
    for _ in 0..ROUNDS {
        let (found, wanted) = ask(files, &known);
        if wanted.texts.is_empty() && wanted.present.is_empty() {
            return found;
        }
        for path in wanted.texts {
            let text = read(context, folder, &path).await;
            known.texts.insert(path, text);
        }
        for requirement in wanted.present {
            let is_present = is_present(context, folder, files, &requirement).await?;
            known.present.insert(requirement, is_present);
        }
    }
    Err(Failure::new(
        FailureKind::Internal,
        "the detection of projects does not come to an end",
    ))
}

fn ask(files: &[String], known: &Known) -> (Result<Vec<Project>>, Wanted) {
    let wanted = RefCell::new(Wanted::default());
    let found = detect::detect(&Folder {
        files,
        read: &|path| {
            let told = known.texts.get(path).cloned();
            if told.is_none() {
                wanted.borrow_mut().texts.insert(path.to_owned());
            }
            told.flatten()
        },
        available: &|requirement| {
            let told = known.present.get(requirement).copied();
            if told.is_none() {
                wanted.borrow_mut().present.insert(requirement.clone());
            }
            told.unwrap_or(false)
        },
    });
    let found = found.map_err(|error| {
        let reason = std::error::Error::source(&error).map(|source| format!(": {source}"));
        refused(format!("cannot {error}{}", reason.unwrap_or_default()))
            .with_hint("correct the file and run it again")
    });
    (found, wanted.into_inner())
}

async fn read(context: &SkillContext, folder: &RelPath, path: &str) -> Option<String> {
    let file = context
        .files
        .read(&folder.join(path).ok()?, LARGEST)
        .await
        .ok()?;
    Some(String::from_utf8_lossy(&file.bytes).into_owned())
}

async fn is_present(
    context: &SkillContext,
    folder: &RelPath,
    files: &[String],
    requirement: &Requirement,
) -> Result<bool> {
    match requirement {
        Requirement::Program(program) => Ok(context.exec.find(program).is_some()),
        Requirement::PythonModule(module) => python_module(context, folder, module).await,
        Requirement::NodePackage(package) => {
            // Yarn can do without the folder and keeps packages in archives.
            if files
                .iter()
                .any(|file| file == ".pnp.cjs" || file == ".pnp.js")
            {
                return Ok(true);
            }
            // Node looks in the folders above as well.
            let mut place = folder.clone();
            loop {
                if let Ok(path) = place.join(&format!("node_modules/{package}"))
                    && context.files.stat(&path).await?.is_some()
                {
                    return Ok(true);
                }
                match above(&place) {
                    Some(parent) => place = parent,
                    None => return Ok(false),
                }
            }
        }
    }
}

/// Tells whether the Python that runs in a folder can import a module.
pub(crate) async fn python_module(
    context: &SkillContext,
    folder: &RelPath,
    module: &str,
) -> Result<bool> {
    let is_name = module
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    if !is_name || context.exec.find("python3").is_none() {
        return Ok(false);
    }
    let argv = ["python3", "-c", &format!("import {module}")].map(str::to_owned);
    let cwd = process::folder(context, folder);
    let mut command = process::command(&argv, cwd, Millis::from_secs(30));
    command
        .env
        .insert("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned());
    command.keep = Keep {
        head: 4_096,
        tail: 0,
    };
    let finished = process::run(context, command, Heard::Kept).await?;
    Ok(process::code(finished.exit) == Some(0))
}

/// Returns the folder above; `None` at the top.
pub(crate) fn above(path: &RelPath) -> Option<RelPath> {
    if path.is_root() {
        return None;
    }
    let parent = path
        .as_str()
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent);
    RelPath::new(parent).ok()
}

/// Returns the name of a kind of project.
pub(crate) const fn kind_name(kind: ProjectKind) -> &'static str {
    match kind {
        ProjectKind::Rust => "Rust",
        ProjectKind::Python => "Python",
        ProjectKind::Node => "Node",
        ProjectKind::Go => "Go",
        ProjectKind::Make => "make",
    }
}

/// Says what is missing, and how to get it.
pub(crate) fn lacking(project: &Project) -> (String, String) {
    let mut names = Vec::new();
    let mut cures: Vec<String> = Vec::new();
    for requirement in &project.missing {
        let (name, cure) = match requirement {
            Requirement::Program(program) => (
                format!("the program `{program}`"),
                format!("install `{program}` and see that it is on the PATH"),
            ),
            Requirement::PythonModule(module) => (
                format!("the Python module `{module}`"),
                format!("`python3 -m pip install {module}`"),
            ),
            Requirement::NodePackage(package) => (
                format!("the package `{package}`"),
                "run `npm install` in the project".to_owned(),
            ),
        };
        names.push(name);
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    }
    (
        crate::bounded::joined(&names, 5),
        crate::bounded::joined(&cures, 5),
    )
}
