//! `venom resume`: going on with a run, here and live.

use clap::Args;
use venom_ports::api::runs::ApiError;
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
    context.with_reach_and_commands(async |reach| {
        let name = if args.last { "last" } else { &args.run };
        let run = reach.host().find(name).await?;
        let mut signals = Signals::listen()?;
        if let Some(wired) = reach.here() {
            if let Some(note) = wired.lift_quota(context.settings()?.quota.value)? {
                context.out.talk(&note);
            }
            wire::tidy(&context.paths()?);
        }
        let before = reach.host().state(run, None).await?;
        match reach.host().resume(run, &context.user()).await {
            Ok(()) => {
                tracing::info!(%run, "run taken up");
                let left = attend(context, reach, run, before.seq(), &mut signals).await?;
                conclude(context, reach, run, left).await
            }
            // Its process is alive: it is told, and this one looks on.
            Err(ApiError::Owned { .. }) if before.is_paused() => {
                reach
                    .host()
                    .command(run, Command::Resume, &context.user())
                    .await?;
                super::watch::watch(context, reach, run).await
            }
            Err(error) => Err(error.into()),
        }
    })
}
