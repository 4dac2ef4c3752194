//! `venom fork`: a new run that begins where another one stood, in a copy of its workspace.

use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::runs::Runs as _;
use venom_ports::api::time::{ForkWish, Time as _};

use super::context::Context;
use super::point::locate;
use crate::config::money;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire;

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
    context.with_engine(async |wired| {
        let (from, at) = locate(wired, &args.run).await?;
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
            at,
            goal: args.prompt.clone(),
            model: args.model.clone(),
            max_cost: args.max_cost,
            into: into.clone(),
        };
        let forked = match wired.host.fork(from, &wish, &context.user()).await {
            Ok(forked) => forked,
            Err(error) => {
                // The copy was made for nothing.
                if let Some(folder) = into.parent()
                    && let Err(error) = std::fs::remove_dir_all(folder)
                {
                    tracing::debug!(%error, "a copy was not removed");
                }
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
