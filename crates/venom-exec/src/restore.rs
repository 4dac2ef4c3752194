//! Goes back to a snapshot.
//!
//! The plan is a comparison of three trees: what is there, what the run last left, and what should be
//! there. What is there but is not what the run left is somebody else's edit. Every path ends in one
//! of four ways: it is as it should be, it is changed, it is in conflict, or it is left alone because
//! a snapshot does not say enough about it. When a plan was carried out, the workspace is captured
//! once more: its root says whether it is exactly the tree that was asked for.
//!
//! Between the old and the new form of a path there is no third one (see `apply`), so a restore that
//! was interrupted is finished by planning the same wish again.

pub(crate) mod apply;
pub(crate) mod lookup;
pub(crate) mod plan;
pub(crate) mod refs;

use std::path::Path;

use venom_kernel::tree::{ObjectId, TreePath};
use venom_ports::snapshot::{RestorePlan, Restored, Scope};
use venom_ports::{Failure, FailureKind, Result};

use crate::capture::{Shared, open};
use crate::overlay::shown;
use crate::workspace::broken;

/// Carries out a plan and looks at what came of it.
pub(crate) fn restore(shared: &Shared, plan: &RestorePlan) -> Result<Restored> {
    let restored = carry_out(shared, plan);
    shared.forget_read();
    restored
}

fn carry_out(shared: &Shared, plan: &RestorePlan) -> Result<Restored> {
    let (_, beneath) = shared.open(&plan.wish.scope.root)?;
    let applied = apply::apply(shared, &beneath, plan)?;
    let mut conflicts: Vec<TreePath> = applied.conflicts;
    if plan.wish.edits == venom_ports::snapshot::Edits::Keep {
        conflicts.extend(plan.conflicts.iter().map(|conflict| conflict.path.clone()));
    }
    conflicts.sort();
    conflicts.dedup();
    let mut scope = plan.wish.scope.clone();
    let mut look = shared.look(&scope)?;
    if look.captured.tree != plan.wish.to {
        // What ignore files exclude now may not have been excluded then.
        let differences = shared.differences(plan.wish.to, look.captured.tree)?;
        let missing: Vec<TreePath> = differences
            .into_iter()
            .filter(|difference| difference.after.is_none())
            .map(|difference| difference.path)
            .collect();
        if !missing.is_empty() {
            scope = with(&scope, shared, plan.wish.to, &missing)?;
            look = shared.look(&scope)?;
        }
    }
    Ok(Restored {
        done: applied.done,
        conflicts,
        taken: applied.taken,
        is_exact: look.captured.tree == plan.wish.to,
        now: look.captured,
    })
}

/// Adds files and links of a tree to what is captured although it is ignored. Folders are not: what
/// else is in them is not part of the tree.
fn with(scope: &Scope, shared: &Shared, tree: ObjectId, paths: &[TreePath]) -> Result<Scope> {
    let mut lookup = lookup::Lookup::new(shared, tree);
    let mut scope = scope.clone();
    for path in paths {
        let is_leaf = match lookup.entry(path)? {
            Some(entry) => match entry.tree() {
                // An empty folder is all that can be said of it.
                Some(inside) => shared.folder(inside)?.is_empty(),
                None => true,
            },
            None => false,
        };
        if is_leaf {
            scope.also.push(path.clone());
        }
    }
    Ok(scope)
}

/// Writes a tree into an empty folder.
pub(crate) fn materialise(
    shared: &Shared,
    tree: ObjectId,
    times: Option<ObjectId>,
    into: &Path,
) -> Result<()> {
    let name = shown(into);
    let mut listed = std::fs::read_dir(into).map_err(|error| broken(&error, "open", &name))?;
    if listed.next().is_some() {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!("`{name}` is not empty, so no snapshot is written into it"),
        )
        .with_hint("name a new folder"));
    }
    let real = into
        .canonicalize()
        .map_err(|error| broken(&error, "open", &name))?;
    let beneath = open(&real)?;
    let steps = plan::fresh(shared, tree)?;
    let applied = apply::write(shared, &beneath, &steps, times.map(|times| (tree, times)))?;
    match applied.conflicts.first() {
        None => Ok(()),
        Some(path) => Err(Failure::new(
            FailureKind::Conflict,
            format!("somebody else wrote `{path}` into `{name}` meanwhile"),
        )
        .with_hint("name a new folder that nobody else uses")),
    }
}
