//! `venom replay`: does a run's log lead to what it says, without asking anything outside?

use clap::{Args, ValueEnum};
use serde_json::json;
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::time::{Moment, ReplayMode, Replayed};

use super::context::Context;
use super::point::PointArgs;
use crate::config::money;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};

mod what_if;

/// Decide a run again from its log, without any call outside, and compare
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    point: PointArgs,
    /// What is done: `exec` decides everything again, `fold` only checks the checksums of the state
    #[arg(long, value_enum, default_value = "exec")]
    mode: Mode,
    /// Ask this model what it would have done in the place of the one that worked on the run, in a copy
    #[arg(long, value_name = "MODEL", conflicts_with = "mode")]
    model: Option<ModelId>,
    /// The most money that asking it may take, in dollars; what the run may still spend if not given
    #[arg(long, value_name = "DOLLARS", value_parser = money::parse, requires = "model")]
    max_cost: Option<MicroUsd>,
    /// Print each event of the run that asks as a line of JSON, and what came of it as the last line
    #[arg(long, conflicts_with = "json", requires = "model")]
    pub(super) jsonl: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Let the kernel decide everything again; effects are answered from the log
    Exec,
    /// Fold the events and compare the checksums that stand in them
    Fold,
}

pub(super) fn run(context: &Context, args: &ReplayArgs) -> CliResult {
    if let Some(model) = &args.model {
        if args.point.is_moment() {
            return Err(CliError::usage(
                "`--model` begins where the first agent of the run began, so that no event can be named",
            )
            .hint("go on from an event with another model: venom fork RUN@SEQ --model MODEL"));
        }
        return what_if::run(context, &args.point, model, args.max_cost);
    }
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
