//! `venom fork`: a new run that begins where another one stood, in a copy of its workspace.

use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use venom_kernel::id::RunId;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::time::{ForkWish, Time as _};

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
}

pub(super) fn run(context: &Context, args: &ForkArgs) -> CliResult {
    context.with_reach(async |reach| {
        let (from, at) = locate(reach, &args.run).await?;
        let state = reach.host().state(from, at).await?;
        let original = state
            .started()
            .map(|started| PathBuf::from(&started.workspace.root))
            .unwrap_or_default();
        if let Some(error) = super::rewind::let_go(reach, from).await? {
            return Err(error);
        }
        let wish = ForkWish {
            at,
            goal: args.prompt.clone(),
            model: args.model.clone(),
            max_cost: args.max_cost,
            into: PathBuf::new(),
        };
        let (forked, into) = match reach.here() {
            Some(wired) => fork_here(context, wired, from, original, wish).await?,
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

/// Makes the folder and forks the run into it.
async fn fork_here(
    context: &Context,
    wired: &Wired,
    from: RunId,
    original: PathBuf,
    wish: ForkWish,
) -> Result<(RunId, PathBuf), CliError> {
    if let Some(note) = wired.lift_quota(context.settings()?.quota.value)? {
        context.out.talk(&note);
    }
    let paths = context.paths()?;
    // A folder of the same name is not the one of a run that was done elsewhere.
    let is_imported = wired.archives(&paths)?.origin(from)?.is_some();
    if !is_imported && !original.is_dir() {
        return Err(CliError::new(
            Exit::Failed,
            format!("the folder of {from} is gone: {}", original.display()),
        )
        .hint("a fork begins with a copy of it"));
    }
    let into = if is_imported {
        wire::empty_copy(&paths, &original)?
    } else {
        wire::copy(&paths, &original)?
    };
    let wish = ForkWish {
        into: into.clone(),
        ..wish
    };
    match wired.host.fork(from, &wish, &context.user()).await {
        Ok(forked) => Ok((forked, into)),
        Err(error) => {
            // The copy was made for nothing.
            if let Some(folder) = into.parent()
                && let Err(error) = std::fs::remove_dir_all(folder)
            {
                tracing::debug!(%error, "a copy was not removed");
            }
            Err(error.into())
        }
    }
}
