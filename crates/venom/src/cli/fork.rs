//! `venom fork`: a new run that begins where another one stood, in a copy of its workspace.

use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::runs::Runs as _;
use venom_ports::api::time::{ForkWish, Time as _};

use super::attend::Signals;
use super::context::Context;
use super::point::locate;
use crate::config::money;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::{self, Wired};

/// Begin a new run where another one stood at an event, in a copy of its workspace as it was then
#[derive(Debug, Args)]
pub(crate) struct ForkArgs {
    /// The run, with the last event that is taken over
    #[arg(value_name = "RUN[@SEQ]")]
    run: String,
    /// Begin with other words for the goal
    #[arg(long, value_name = "GOAL")]
    prompt: Option<String>,
    /// Let this model think from there on, also for agents that are at work
    #[arg(long, value_name = "MODEL")]
    model: Option<ModelId>,
    /// The most money that the fork may spend, in dollars; what was spent until then counts
    #[arg(long, visible_alias = "budget", value_name = "DOLLARS", value_parser = money::parse)]
    max_cost: Option<MicroUsd>,
    /// Change the plan in your editor; steps that were done and that you leave as they are stay done
    #[arg(long, conflicts_with = "prompt")]
    edit: bool,
    /// Take the changed plan from this file instead of an editor; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    from: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: &ForkArgs) -> CliResult {
    context.with_engine(async |wired| {
        let (from, at) = locate(wired, &args.run).await?;
        // Ctrl-C in the editor is the editor's affair.
        let _signals = Signals::listen()?;
        let plan = match (args.edit, &args.from) {
            (false, None) => None,
            (_, file) => {
                let state = wired.host.state(from, at).await?;
                match super::plan::changed(context, wired, &state, file.as_deref())? {
                    Some(plan) => Some(plan),
                    None => return Ok(Exit::Ok),
                }
            }
        };
        let into = copied(context, wired, from, at).await?;
        let wish = ForkWish {
            at,
            goal: args.prompt.clone(),
            model: args.model.clone(),
            max_cost: args.max_cost,
            plan,
            into: into.clone(),
        };
        let forked = match wired.host.fork(from, &wish, &context.user()).await {
            Ok(forked) => forked,
            Err(error) => {
                not_wanted(&into);
                return Err(error.into());
            }
        };
        if context.out.form == Form::Text {
            context.out.data(&format!("{forked}\n"));
            context.out.talk(&format!(
                "forked from {from}{} into {}; go on with: venom resume {forked}",
                at.map(|at| format!("@{at}")).unwrap_or_default(),
                into.display()
            ));
        } else {
            context.out.document(
                "fork",
                json!({ "run": forked, "from": from, "at": at, "workspace": into }),
            );
        }
        Ok(Exit::Ok)
    })
}

/// Makes the folder that a run which comes from another works in: a copy of the other's workspace, or an
/// empty one where that was on another machine.
pub(super) async fn copied(
    context: &Context,
    wired: &Wired,
    from: RunId,
    at: Option<Seq>,
) -> Result<PathBuf, CliError> {
    let state = wired.host.state(from, at).await?;
    let original = state
        .started()
        .map(|started| PathBuf::from(&started.workspace.root))
        .unwrap_or_default();
    if let Some(error) = super::rewind::let_go(wired, from).await? {
        return Err(error);
    }
    if let Some(note) = wired.lift_quota(context.settings()?.quota.value)? {
        context.out.talk(&note);
    }
    let paths = context.paths()?;
    // A folder of the same name is not the one of a run that was done elsewhere.
    if wired.archives(&paths)?.origin(from)?.is_some() {
        return wire::empty_copy(&paths, &original);
    }
    if !original.is_dir() {
        return Err(CliError::new(
            Exit::Failed,
            format!("the folder of {from} is gone: {}", original.display()),
        )
        .hint("a fork begins with a copy of it"));
    }
    wire::copy(&paths, &original)
}

/// Removes a copy that was made for nothing.
pub(super) fn not_wanted(into: &Path) {
    if let Some(folder) = into.parent()
        && let Err(error) = std::fs::remove_dir_all(folder)
    {
        tracing::debug!(%error, "a copy was not removed");
    }
}
