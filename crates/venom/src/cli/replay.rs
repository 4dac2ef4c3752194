//! `venom replay`: does a run's log lead to what it says, without asking anything outside?

use clap::{Args, ValueEnum};
use serde_json::json;
use venom_ports::api::time::{Moment, ReplayMode, Replayed};

use super::context::Context;
use super::point::PointArgs;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean};

/// Decide a run again from its log, without any call outside, and compare
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    point: PointArgs,
    /// What is done: `exec` decides everything again, `fold` only checks the checksums of the state
    #[arg(long, value_enum, default_value = "exec")]
    mode: Mode,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Let the kernel decide everything again; effects are answered from the log
    Exec,
    /// Fold the events and compare the checksums that stand in them
    Fold,
}

pub(super) fn run(context: &Context, args: &ReplayArgs) -> CliResult {
    context.with_reach(async |reach| {
        let (run, at) = args.point.find(reach).await?;
        let mode = match args.mode {
            Mode::Exec => ReplayMode::Exec,
            Mode::Fold => ReplayMode::Fold,
        };
        let origin = match reach.here() {
            Some(wired) => wired.archives(&context.paths()?)?.origin(run)?,
            None => None,
        };
        let is_redacted = origin.is_some_and(|origin| origin.redacted);
        if is_redacted {
            context.out.warning(
                "values were taken out of this run before it was imported; what depends on them cannot come out the same",
            );
        }
        let replayed = reach.host().replay(&Moment { run, at }, mode).await?;
        let exit = match replayed.divergence {
            None => Exit::Ok,
            Some(_) => Exit::Damaged,
        };
        if context.out.form == Form::Text {
            context.out.data(&text(context, &replayed));
        } else {
            context.out.document("replay", json!(replayed));
        }
        Ok(exit)
    })
}

fn text(context: &Context, replayed: &Replayed) -> String {
    let paint = context.out.paint;
    let counts = format!(
        "{} events, {} effects answered from the log, {} calls resolved again, {} checksums of the state",
        replayed.events, replayed.answered, replayed.calls, replayed.checksums
    );
    let Some(divergence) = &replayed.divergence else {
        return format!(
            "{} the replay of {} comes to the same: {counts}\ndigest {}\n",
            paint.good("✓"),
            replayed.run,
            replayed.digest
        );
    };
    let mut lines = vec![format!(
        "{} the replay of {} parts from the log at event {}: {}",
        paint.bad("✗"),
        replayed.run,
        divergence.seq,
        clean::line(&divergence.what)
    )];
    if !divergence.recorded.is_empty() {
        lines.push(format!("  the log: {}", divergence.recorded));
    }
    if let Some(decided) = &divergence.replayed {
        lines.push(format!("  decided: {decided}"));
    }
    for difference in &divergence.differences {
        lines.push(format!("  {}", clean::short(&difference.to_string(), 240)));
    }
    lines.push(format!("  likely: {}", divergence.cause.words()));
    lines.push(format!("before it: {counts}"));
    lines.join("\n") + "\n"
}
