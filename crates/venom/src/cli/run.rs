//! `venom run`: from words to a report.

use std::path::PathBuf;

use clap::Args;
use venom_kernel::event::RunOptions;
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::playbooks::Origin;
use venom_ports::api::runs::StartRun;
use venom_server::client::Client;

use super::attend::{Signals, attend, conclude};
use super::context::Context;
use super::goal::How;
use super::place;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::wire::reach::{self, Reach};
use crate::wire::{self, Wired};

/// Reach a goal: understand it, plan it, do it, verify it
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(super) how: How,
    /// Give every approval in advance
    #[arg(long, short)]
    yes: bool,
    /// Stop after the plan
    #[arg(long, conflicts_with = "yes")]
    plan_only: bool,
}

/// How far a run is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Only to the plan.
    Plan,
    /// To the end, asking where a rule says so.
    Do,
    /// To the end; every approval is given.
    DoWithoutAsking,
}

pub(super) fn run(context: &Context, args: &RunArgs) -> CliResult {
    let wish = match args {
        RunArgs {
            plan_only: true, ..
        } => Wish::Plan,
        RunArgs { yes: true, .. } => Wish::DoWithoutAsking,
        RunArgs { .. } => Wish::Do,
    };
    start(context, &args.how, wish)
}

/// Starts a run and stays with it.
pub(super) fn start(context: &Context, how: &How, wish: Wish) -> CliResult {
    match context.client()? {
        Some(client) => start_there(context, &client, how, wish),
        None => begin(context, how, wish, async |_, _, _| Ok(())),
    }
}

/// Starts a run that a server works on, with the settings that count there, and stays with it.
fn start_there(context: &Context, client: &Client, how: &How, wish: Wish) -> CliResult {
    let goal = how.read(context)?;
    super::goal::refuse_early(&goal)?;
    if !how.attached()?.is_empty() {
        return Err(CliError::usage(
            "files are handed to runs of this machine only, not to a server's",
        )
        .hint(
            "leave out `--file`, and put the files into the workspace that the server works in",
        ));
    }
    if how.allow_unconfined || how.allow_dangerous_workspace {
        return Err(CliError::usage("what the server may do is said where it is").hint(
            "leave out `--allow-unconfined` and `--allow-dangerous-workspace`; the settings of that machine count",
        ));
    }
    let named = how.copy.as_ref().or(how.workspace.as_ref());
    let folder = reach::workspace(client, named.map(PathBuf::as_path), &context.env)?;
    let (flags, usual) = (how.flags(), RunOptions::default());
    let request = StartRun {
        goal,
        copy_of: how.copy.is_some().then(|| folder.clone()),
        workspace: folder,
        options: RunOptions {
            max_parallel: flags.max_parallel.unwrap_or(usual.max_parallel),
            timeout: flags.timeout,
            ..options(context, how, wish)
        },
    };
    context.with_client(client, async |reach| {
        let mut signals = Signals::listen()?;
        let (_, exit) = stay(context, reach, request, &mut signals).await?;
        Ok(exit)
    })
}

/// Says how a run is to be done, as far as the command says it.
fn options(context: &Context, how: &How, wish: Wish) -> RunOptions {
    RunOptions {
        approve_all: wish == Wish::DoWithoutAsking,
        plan_only: wish == Wish::Plan,
        no_preferences: how.no_preferences,
        model: how.model.clone(),
        max_cost: how.max_cost,
        local_only: how.local_only,
        prefer: how.prefer,
        asks_budget: context.is_interactive,
        ..RunOptions::default()
    }
}

/// Starts a run, stays with it, and does something with what came of it, whatever its exit.
pub(super) fn begin(
    context: &Context,
    how: &How,
    wish: Wish,
    then: impl AsyncFnOnce(&Wired, RunId, Exit) -> Result<(), CliError>,
) -> CliResult {
    context.only_here()?;
    let goal = how.read(context)?;
    // Refused before anything is copied.
    super::goal::refuse_early(&goal)?;
    let handed = how.attached()?;
    let settings = context.settings()?;
    let mut options = RunOptions {
        max_parallel: settings.max_parallel.value,
        timeout: settings.timeout.value,
        ..options(context, how, wish)
    };
    let place = place::find(context, how)?;
    context.with_commands(async |wired| {
        let mut signals = Signals::listen()?;
        wired.has_room(settings.quota.value)?;
        wire::tidy(&context.paths()?);
        options.attached = wired.host.attach(handed, &options).await?;
        let books = wired.host.playbooks(&place.workspace);
        for book in books.iter() {
            // A project arrives with somebody else's code: what it replaces must be seen.
            if let Some(other) = book.in_front_of.filter(|_| book.origin == Origin::Project) {
                context.out.warning(&format!(
                    "this project's `{}` ({}) stands in front of the {other} playbook of that name",
                    book.playbook.name,
                    crate::output::clean::line(&book.path),
                ));
            }
        }
        let left_out = books.rejected().len();
        if left_out > 0 {
            context.out.warning(&format!(
                "{left_out} playbook files cannot be used and are left out; `venom playbooks list` says why"
            ));
        }
        let request = StartRun {
            goal,
            workspace: place.workspace,
            copy_of: place.copy_of,
            options,
        };
        let (run, exit) = stay(context, wired, request, &mut signals).await?;
        then(wired, run, exit).await?;
        super::memory::after_run(context, wired).await?;
        Ok(exit)
    })
}

/// Starts a run and stays with it to its report.
pub(super) async fn follow(context: &Context, wired: &Wired, request: StartRun) -> CliResult {
    let mut signals = Signals::listen()?;
    let settings = context.settings()?;
    wired.has_room(settings.quota.value)?;
    wire::tidy(&context.paths()?);
    let (_, exit) = stay(context, wired, request, &mut signals).await?;
    super::memory::after_run(context, wired).await?;
    Ok(exit)
}

async fn stay(
    context: &Context,
    reach: &dyn Reach,
    request: StartRun,
    signals: &mut Signals,
) -> Result<(RunId, Exit), CliError> {
    let run = reach.host().start(request).await?;
    tracing::info!(%run, "run started");
    let left = attend(context, reach, run, Seq::ZERO, signals).await?;
    Ok((run, conclude(context, reach, run, left).await?))
}
