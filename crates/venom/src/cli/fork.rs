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
    context.with_reach(async |reach| {
        let (from, at) = locate(reach, &args.run).await?;
        let mut wish = ForkWish {
            at,
            goal: args.prompt.clone(),
            model: args.model.clone(),
            max_cost: args.max_cost,
            plan: None,
            into: PathBuf::new(),
        };
        let (forked, into) = match reach.here() {
            Some(wired) => {
                if args.edit || args.from.is_some() {
                    // Ctrl-C in the editor is the editor's affair.
                    let _signals = Signals::listen()?;
                    let state = wired.host.state(from, at).await?;
                    let file = args.from.as_deref();
                    match super::plan::changed(context, wired, &state, file)? {
                        Some(plan) => wish.plan = Some(plan),
                        None => return Ok(Exit::Ok),
                    }
                }
                fork_here(context, wired, from, wish).await?
            }
            None if args.edit || args.from.is_some() => {
                return Err(CliError::usage("plans are changed where the server is")
                    .hint("leave out `--edit` and `--from`, or fork on that machine"));
            }
            None => {
                let forked = reach.host().fork(from, &wish, &context.user()).await?;
                let state = reach.host().state(forked, None).await?;
                let root = state
                    .started()
                    .map(|started| started.workspace.root.clone());
                (forked, root.map(PathBuf::from).unwrap_or_default())
            }
        };
        if context.out.form == Form::Text {
            context.out.data(&format!("{forked}\n"));
            context.out.talk(&format!(
                "forked from {from}{} into {}; go on with: venom resume {forked}{}",
                at.map(|at| format!("@{at}")).unwrap_or_default(),
                into.display(),
                context.same_server()
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

/// Makes the folder and forks the run into it.
async fn fork_here(
    context: &Context,
    wired: &Wired,
    from: RunId,
    wish: ForkWish,
) -> Result<(RunId, PathBuf), CliError> {
    let into = copied(context, wired, from, wish.at).await?;
    let wish = ForkWish {
        into: into.clone(),
        ..wish
    };
    match wired.host.fork(from, &wish, &context.user()).await {
        Ok(forked) => Ok((forked, into)),
        Err(error) => {
            not_wanted(&into);
            Err(error.into())
        }
    }
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
