//! The actions as the manifest shows them: what each takes and gives, and what it means for the world.

use venom_kernel::confine::{Grants, Limits, Mount};
use venom_kernel::effect::EffectClass;
use venom_kernel::plan::Check;
use venom_kernel::skill::{ActionManifest, Writes};
use venom_kernel::time::Millis;

use super::{
    bisect, branch, changelog, commit, diff, log, merge, module, notes, rewrite, since, stash,
    status, submodule, tag, worktree,
};
use crate::schema::{self, Object};

/// The longest search for a commit. Chosen: eighty tries of a suite of some minutes.
const SEARCH: Millis = Millis::from_secs(4 * 60 * 60);

/// Looks at the repository and changes nothing.
fn look(summary: &str, params: Object, result: Object) -> ActionManifest {
    ActionManifest {
        needs: schema::repository(),
        typical: Millis::new(60),
        grants: Grants {
            mount: Mount::ReadOnly,
            repository: true,
            ..Grants::default()
        },
        ..schema::action(summary, EffectClass::Pure, params, result)
    }
}

/// Changes the repository. What it saw before is in the log, so that a crash can be judged.
fn act(class: EffectClass, summary: &str, params: Object, result: Object) -> ActionManifest {
    ActionManifest {
        class,
        writes: Writes::Anything,
        prepares: true,
        typical: Millis::new(200),
        grants: Grants {
            mount: Mount::Direct,
            repository: true,
            ..Grants::default()
        },
        ..look(summary, params, result)
    }
}

/// Changes the repository and checks files out, of which there may be very many; its hooks may run as
/// long as those of a commit.
fn with_files(action: ActionManifest) -> ActionManifest {
    ActionManifest {
        timeout: Millis::from_secs(15 * 60),
        ..action
    }
}

/// Changes the repository by way of hooks, which may run a test suite.
fn with_hooks(action: ActionManifest) -> ActionManifest {
    ActionManifest {
        timeout: Millis::from_secs(15 * 60),
        typical: Millis::new(400),
        ..action
    }
}

/// Lists all actions by name.
pub(super) fn all() -> Vec<(&'static str, ActionManifest)> {
    let mut all = looking();
    all.extend(branches());
    all.extend(aside());
    all.extend(releases());
    all
}

fn looking() -> Vec<(&'static str, ActionManifest)> {
    vec![
        (
            "status",
            look(
                "Says what differs from the last commit.",
                schema::object(),
                status::result(),
            ),
        ),
        (
            "diff",
            look(
                "Shows differences between two states.",
                diff::params(),
                diff::result(),
            ),
        ),
        (
            "log",
            look("Lists commits, newest first.", log::params(), log::result()),
        ),
        (
            "branch",
            look("Lists branches.", schema::object(), branch::list_result()),
        ),
        (
            "tags",
            look("Lists tags.", schema::object(), tag::list_result()),
        ),
        (
            "submodules",
            look(
                "Lists submodules and what is dirty inside.",
                schema::object(),
                submodule::result(),
            ),
        ),
        (
            "changes-since",
            look(
                "Sums up what was committed since a release.",
                since::params(),
                since::result(),
            ),
        ),
        (
            "release-notes",
            look(
                "Writes what a release brings, between two tags.",
                notes::params(),
                notes::result(),
            ),
        ),
        (
            "analyze-module",
            ActionManifest {
                // Without a repository the history is left out.
                needs: Vec::new(),
                typical: Millis::new(300),
                ..look(
                    "Describes a part of the code: its files, entry points, users and history.",
                    module::params(),
                    module::result(),
                )
            },
        ),
        (
            "bisect",
            ActionManifest {
                // The search has a copy of its own, and the copy is gone with the step.
                class: EffectClass::Idempotent,
                timeout: SEARCH,
                typical: Millis::from_secs(30),
                grants: Grants {
                    mount: Mount::ReadOnly,
                    repository: true,
                    limits: Limits::BUILDS,
                    ..Grants::default()
                },
                ..look(
                    "Finds the commit that broke something, in a copy of its own.",
                    bisect::params(),
                    bisect::result(),
                )
            },
        ),
    ]
}

fn branches() -> Vec<(&'static str, ActionManifest)> {
    use EffectClass::{Compensable, Rewriting};
    vec![
        (
            "create-branch",
            with_files(act(
                Compensable,
                "Makes a branch.",
                branch::create_params(),
                branch::create_result(),
            )),
        ),
        (
            "switch-branch",
            with_files(act(
                Compensable,
                "Checks another branch out.",
                branch::switch::params(),
                branch::switch::result(),
            )),
        ),
        (
            "delete-branch",
            act(
                Rewriting,
                "Removes a branch; asks first if its commits are on no other.",
                branch::delete::params(),
                branch::delete::result(),
            ),
        ),
        (
            "merge",
            ActionManifest {
                verify: vec![Check::Committed],
                ..with_hooks(act(
                    Compensable,
                    "Brings another branch in; conflicts are the result and change nothing.",
                    merge::params(),
                    merge::result(),
                ))
            },
        ),
        (
            "commit",
            ActionManifest {
                verify: vec![Check::Committed],
                ..with_hooks(act(
                    Compensable,
                    "Commits changes, with a message made from them if none is given.",
                    commit::params(),
                    commit::result(),
                ))
            },
        ),
        (
            "amend",
            with_hooks(act(
                Rewriting,
                "Replaces the last commit; asks first if others may have it.",
                rewrite::amend_params(),
                rewrite::amend_result(),
            )),
        ),
        (
            "reset",
            with_files(act(
                Rewriting,
                "Moves the branch to another commit; asks first if others may have what it loses.",
                rewrite::reset_params(),
                rewrite::reset_result(),
            )),
        ),
    ]
}

fn aside() -> Vec<(&'static str, ActionManifest)> {
    use EffectClass::Compensable;
    vec![
        (
            "stashes",
            look(
                "Lists what was put aside.",
                schema::object(),
                stash::list_result(),
            ),
        ),
        (
            "stash",
            with_files(act(
                Compensable,
                "Puts changes aside.",
                stash::push_params(),
                stash::push_result(),
            )),
        ),
        (
            "pop-stash",
            with_files(act(
                Compensable,
                "Brings back what was put aside.",
                stash::named_params(),
                stash::named_result(),
            )),
        ),
        (
            "drop-stash",
            act(
                Compensable,
                "Takes an entry from the list of what was put aside, and keeps it findable.",
                stash::named_params(),
                stash::named_result(),
            ),
        ),
        (
            "worktrees",
            look(
                "Lists working trees.",
                schema::object(),
                worktree::list_result(),
            ),
        ),
        (
            "add-worktree",
            with_files(act(
                Compensable,
                "Checks a branch out in a folder of its own.",
                worktree::add_params(),
                worktree::result(),
            )),
        ),
        (
            "remove-worktree",
            with_files(act(
                Compensable,
                "Removes a working tree in which everything is committed.",
                worktree::remove_params(),
                worktree::result(),
            )),
        ),
    ]
}

fn releases() -> Vec<(&'static str, ActionManifest)> {
    vec![
        (
            "tag",
            act(
                EffectClass::Compensable,
                "Makes an annotated tag, for the next version if no name is given.",
                tag::params(),
                tag::result(),
            ),
        ),
        (
            "changelog",
            ActionManifest {
                class: EffectClass::Reversible,
                writes: Writes::Anything,
                ..look(
                    "Writes what was committed into the changelog, in its own manner.",
                    changelog::params(),
                    changelog::result(),
                )
            },
        ),
    ]
}

#[cfg(test)]
mod tests;
