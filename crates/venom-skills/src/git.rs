//! The `git` skill: what a repository says, and what is done to it.
//!
//! Everything runs the user's own git in the real workspace, with a form of output that settings
//! cannot change, without a terminal to ask on, and without programs that a repository could name
//! for showing differences. Hooks are the user's and are respected. Nothing rebases and
//! nothing pushes; what rewrites history is of a class of its own, see `rewrite`.

mod actions;
mod between;
mod bisect;
mod branch;
mod changed;
mod changelog;
mod commit;
mod conflict;
mod deed;
mod diff;
mod grouped;
mod index;
mod log;
mod merge;
mod module;
mod notes;
mod repository;
mod rewrite;
mod shared;
mod signing;
mod since;
mod stash;
mod status;
mod subject;
mod submodule;
mod tag;
mod version;
mod worktree;

use async_trait::async_trait;
use serde_json::Value;
use venom_kernel::effect::Probed;
use venom_kernel::skill::SkillManifest;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, Skill, SkillContext};

use crate::params::unknown_action;

/// Works on git repositories.
pub struct GitSkill;

#[async_trait]
impl Skill for GitSkill {
    fn manifest(&self) -> SkillManifest {
        SkillManifest {
            name: "git".to_owned(),
            summary: "Reads a git repository, commits to it, and works with its branches."
                .to_owned(),
            actions: actions::all()
                .into_iter()
                .map(|(name, action)| (name.to_owned(), action))
                .collect(),
        }
    }

    async fn prepare(&self, call: &Call, context: &SkillContext) -> Result<Value> {
        match call.action.as_str() {
            "commit" => commit::prepare(call, context).await,
            "create-branch" => branch::prepare_create(call, context).await,
            "switch-branch" => branch::switch::prepare(call, context).await,
            "delete-branch" => branch::delete::prepare(call, context).await,
            "tag" => tag::prepare(call, context).await,
            "merge" => merge::prepare(call, context).await,
            "stash" => stash::prepare_push(call, context).await,
            "pop-stash" => stash::prepare_pop(call, context).await,
            "drop-stash" => stash::prepare_drop(call, context).await,
            "add-worktree" => worktree::prepare_add(call, context).await,
            "remove-worktree" => worktree::prepare_remove(call, context).await,
            "amend" => rewrite::prepare_amend(call, context).await,
            "reset" => rewrite::prepare_reset(call, context).await,
            _ => Ok(Value::Null),
        }
    }

    async fn call(&self, call: &Call, context: &SkillContext) -> Result<Output> {
        match call.action.as_str() {
            "status" => status::call(call, context).await,
            "diff" => diff::call(call, context).await,
            "log" => log::call(call, context).await,
            "branch" => branch::list(call, context).await,
            "create-branch" => branch::create(call, context).await,
            "switch-branch" => branch::switch::call(call, context).await,
            "delete-branch" => branch::delete::call(call, context).await,
            "changes-since" => since::call(call, context).await,
            "release-notes" => notes::call(call, context).await,
            "changelog" => changelog::call(call, context).await,
            "analyze-module" => module::call(call, context).await,
            "commit" => commit::call(call, context).await,
            "tags" => tag::list(call, context).await,
            "tag" => tag::call(call, context).await,
            "merge" => merge::call(call, context).await,
            "stashes" => stash::list(call, context).await,
            "stash" => stash::push_call(call, context).await,
            "pop-stash" => stash::pop(call, context).await,
            "drop-stash" => stash::drop_call(call, context).await,
            "worktrees" => worktree::list(call, context).await,
            "add-worktree" => worktree::add(call, context).await,
            "remove-worktree" => worktree::remove(call, context).await,
            "submodules" => submodule::list(call, context).await,
            "bisect" => bisect::call(call, context).await,
            "amend" => rewrite::amend(call, context).await,
            "reset" => rewrite::reset(call, context).await,
            other => Err(unknown_action("git", other)),
        }
    }

    async fn probe(&self, call: &Call, context: &SkillContext) -> Result<Probed> {
        match call.action.as_str() {
            "commit" => commit::probe(call, context).await,
            "create-branch" => branch::probe_create(call, context).await,
            "switch-branch" => branch::switch::probe(call, context).await,
            "delete-branch" => branch::delete::probe(call, context).await,
            "tag" => tag::probe(call, context).await,
            "merge" => merge::probe(call, context).await,
            "stash" => stash::probe_push(call, context).await,
            "pop-stash" => stash::probe_pop(call, context).await,
            "drop-stash" => stash::probe_drop(call, context).await,
            "add-worktree" => worktree::probe_add(call, context).await,
            "remove-worktree" => worktree::probe_remove(call, context).await,
            "amend" => rewrite::probe_amend(call, context).await,
            // `reset` may be done twice.
            _ => Ok(Probed::DidNot),
        }
    }
}
