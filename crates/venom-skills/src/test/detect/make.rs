//! Projects with a makefile.

use super::super::report::Runner;
use super::{Folder, Project, ProjectKind, TestCommand, command, program};

/// The names make looks for, in its order.
const NAMES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

pub(super) fn detect(folder: &Folder<'_>) -> Option<Project> {
    let name = NAMES.into_iter().find(|name| folder.has(name))?;
    let makefile = folder.text(name);
    let targets = targets(&makefile);
    let has = |wanted: &&str| targets.contains(wanted);
    let mut project = Project::new(ProjectKind::Make);
    let test = ["test", "check", "tests"].into_iter().find(has);
    project.test = test.map(|target| TestCommand {
        runner: Runner::MakeTarget,
        command: command(&["make", target]),
    });
    // The first target is what a bare `make` makes; one that does not build anything is not taken for a build.
    let first = targets
        .first()
        .copied()
        .filter(|target| !["test", "check", "tests", "help", "clean", "install"].contains(target));
    let build = ["build", "all"].into_iter().find(has).or(first);
    project.build = build.map(|target| command(&["make", target]));
    project.missing = folder.missing([program("make")]);
    Some(project)
}

/// The names of the explicit targets, in order. Patterns, special targets, assignments and recipes are none.
pub(crate) fn targets(makefile: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    for line in makefile.lines() {
        if line.starts_with(['\t', ' ', '#']) {
            continue;
        }
        let Some((names, rest)) = line.split_once(':') else {
            continue;
        };
        let is_assignment =
            names.contains(['=', '$', '#']) || rest.starts_with('=') || rest.starts_with(":=");
        if is_assignment {
            continue;
        }
        targets.extend(
            names
                .split_whitespace()
                .filter(|name| !name.starts_with('.') && !name.contains(['%', '(', '"'])),
        );
    }
    targets
}
