//! `venom resume`: going on with a run, here and live.

use clap::Args;
use venom_ports::api::runs::{ApiError, Runs as _};
use venom_ports::inbox::Command;

use super::attend::{Signals, attend, conclude};
use super::context::Context;
use crate::error::CliResult;
use crate::wire;

/// Go on with a run that was paused, stopped or killed
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// `last`, a run's id, or the beginning of one
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
    /// Go on with the newest run
    #[arg(long, conflicts_with = "run")]
    last: bool,
    /// Print each event as a line of JSON, and the report as the last line
    #[arg(long, conflicts_with = "json")]
    pub(super) jsonl: bool,
}

pub(super) fn run(context: &Context, args: &ResumeArgs) -> CliResult {
    context.with_commands(async |wired| {
        let name = if args.last { "last" } else { &args.run };
        let run = wired.host.find(name).await?;
        let mut signals = Signals::listen()?;
        if let Some(note) = wired.lift_quota(context.settings()?.quota.value)? {
            context.out.talk(&note);
        }
        wire::tidy(&context.paths()?);
        let before = wired.host.state(run, None).await?;
        match wired.host.resume(run, &context.user()).await {
            Ok(()) => {
                tracing::info!(%run, "run taken up");
                let left = attend(context, wired, run, before.seq(), &mut signals).await?;
                conclude(context, wired, run, left).await
            }
            // Its process is alive: it is told, and this one looks on.
            Err(ApiError::Owned { .. }) if before.is_paused() => {
                wired
                    .host
                    .command(run, Command::Resume, &context.user())
                    .await?;
                super::watch::watch(context, wired, run).await
            }
            Err(error) => Err(error.into()),
        }
    })
}
