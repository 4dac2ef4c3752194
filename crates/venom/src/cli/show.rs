//! `venom show`: the report of a run, or how it stood at an event.

use clap::Args;
use serde_json::json;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Phase, RunState};

use super::attend;
use super::context::Context;
use super::point::PointArgs;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};

/// Show the report of a run, or how it stood at an event
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    point: PointArgs,
    /// Show texts whole
    #[arg(long)]
    full: bool,
}

pub(super) fn run(context: &Context, args: &ShowArgs) -> CliResult {
    context.with_reach(async |reach| {
        let (run, at) = args.point.find(reach).await?;
        if let Some(wired) = reach.here()
            && let Some(origin) = wired.archives(&context.paths()?)?.origin(run)?
        {
            context.out.talk(&format!(
                "imported from archive {}, {}{}",
                origin.root.short(),
                origin.signed.map_or_else(
                    || "which nobody signed".to_owned(),
                    |key| format!("signed by ed25519:{key}")
                ),
                if origin.redacted {
                    "; values were taken out of it"
                } else {
                    ""
                }
            ));
        }
        let state = reach.host().state(run, at).await?;
        if let Some(at) = at {
            print_state(context, run, at, &state);
        } else {
            let report = reach.host().report(run).await?;
            attend::print(context, &report, &state, args.full);
        }
        Ok(Exit::Ok)
    })
}

const fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Empty => "nothing happened yet",
        Phase::Understanding => "the goal is being understood",
        Phase::Asking => "questions wait for answers",
        Phase::Planning => "the plan is being made",
        Phase::Executing => "steps are being done",
        Phase::Finished => "finished",
    }
}

fn print_state(context: &Context, run: RunId, at: Seq, state: &RunState) {
    let steps: Vec<_> = state.steps().collect();
    if context.out.form != Form::Text {
        let steps: Vec<_> = steps
            .iter()
            .map(|(step, known)| {
                json!({
                    "id": step.id,
                    "title": step.title,
                    "status": known.status.word(),
                    "attempts": known.attempt,
                    "evidence": known.evidence,
                    "checks": known.checks,
                })
            })
            .collect();
        context.out.document(
            "run-state",
            json!({
                "run": run,
                "seq": at,
                "phase": phase_word(state.phase()),
                "paused": state.is_paused(),
                "outcome": state.outcome(),
                "steps": steps,
                "digest": state.outcome_digest(),
            }),
        );
        return;
    }
    let goal = state.started().map(|s| clean::short(&s.goal, 160));
    let paused = if state.is_paused() { ", paused" } else { "" };
    context.out.data(&format!(
        "{run} after event {at}: {}{paused}\nGoal: {}\n",
        phase_word(state.phase()),
        goal.unwrap_or_default()
    ));
    let rows: Vec<Vec<String>> = steps
        .iter()
        .map(|(step, known)| {
            vec![
                step.id.to_string(),
                known.status.word().to_owned(),
                known.attempt.to_string(),
                clean::short(&step.title, 80),
            ]
        })
        .collect();
    if !rows.is_empty() {
        context
            .out
            .data(&table(&["STEP", "STATUS", "ATTEMPTS", "TITLE"], &rows));
    }
}
