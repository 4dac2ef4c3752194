//! Targets of a makefile.

use super::{Facts, Found, Task, Tool, lacking, one, tool};
use crate::test::detect;

pub(super) fn find(task: Task, facts: &Facts<'_>) -> Option<Found> {
    // The build skill knows makefiles, and asks for what is declared only.
    if task == Task::Build {
        return None;
    }
    let targets = detect::make_targets(text(facts));
    let target = task.names().iter().find(|name| targets.contains(*name))?;
    Some(if (facts.has)("make") {
        one(tool("make", ["make", *target]))
    } else {
        lacking("make", "install `make` and see that it is on the PATH")
    })
}

/// All targets with the commands that make them.
pub(super) fn targets(facts: &Facts<'_>) -> Vec<(String, Tool)> {
    detect::make_targets(text(facts))
        .into_iter()
        .map(|target| (target.to_owned(), tool("make", ["make", target])))
        .collect()
}

/// The makefile that make would take.
pub(crate) fn text<'f>(facts: &'f Facts<'_>) -> &'f str {
    ["GNUmakefile", "makefile", "Makefile"]
        .into_iter()
        .find(|name| facts.has_file(name))
        .map_or("", |name| facts.text(name))
}
