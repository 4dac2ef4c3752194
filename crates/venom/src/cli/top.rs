//! `venom top`: the runs that are under way, whoever works on them.

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use venom_exec::os::SystemClock;
use venom_kernel::run::{RunState, StepStatus};
use venom_kernel::time::Timestamp;
use venom_ports::clock::Clock as _;
use venom_ports::projection::{Counts, RunRow, RunStatus};

use super::attend::Signals;
use super::context::Context;
use crate::config::duration;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};
use crate::wire::reach::Reach;

/// Most runs that are shown. Chosen: more than a screen.
const MOST: usize = 200;
/// How many rows of the list of runs are looked at together.
const PAGE: usize = 500;
/// Most rows of the list that are looked at: a run that is older than so many others is not shown.
const LOOKED_AT: usize = 10_000;
/// Clears a terminal.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Show the runs that are under way
///
/// On a terminal the list is drawn again until it is ended with Ctrl-C; elsewhere it is printed once.
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// How often the list is drawn again
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = duration::parse)]
    every: venom_kernel::time::Millis,
    /// Print the list once, also on a terminal
    #[arg(long)]
    once: bool,
}

/// A run that is under way.
struct Busy {
    row: RunRow,
    done: usize,
    steps: usize,
    running: u64,
    ready: u64,
    /// What is being done, in a line.
    now: String,
    spent: String,
}

pub(super) fn run(context: &Context, args: &TopArgs) -> CliResult {
    if args.every.get() < 100 {
        return Err(CliError::usage("`--every` is 100 ms at least"));
    }
    let is_live = !args.once
        && context.out.form == Form::Text
        && !context.env.is_dumb()
        && std::io::stdout().is_terminal();
    context.with_reach(async |reach| {
        if !is_live {
            show(context, reach, false).await?;
            return Ok(Exit::Ok);
        }
        let mut signals = Signals::listen()?;
        while context.out.is_read() {
            show(context, reach, true).await?;
            tokio::select! {
                // This is how it is meant to end.
                _ = signals.next() => return Ok(Exit::Ok),
                () = tokio::time::sleep(Duration::from(args.every)) => {}
            }
        }
        Ok(Exit::Ok)
    })
}

async fn show(context: &Context, reach: &dyn Reach, is_live: bool) -> Result<(), CliError> {
    let busy = busy(reach).await?;
    let counts = match reach.here() {
        Some(wired) => wired.world.projections.counts().await?,
        None => counted(&busy),
    };
    if context.out.form != Form::Text {
        let runs: Vec<_> = busy
            .iter()
            .map(|busy| {
                json!({
                    "run": busy.row.run,
                    "goal": busy.row.goal,
                    "status": busy.row.status,
                    "started": busy.row.started,
                    "steps": busy.steps,
                    "done": busy.done,
                    "now": busy.now,
                    "spent": busy.spent,
                })
            })
            .collect();
        let document = json!({
            "runs": runs,
            "running": counts.running,
            "ready": counts.ready,
        });
        context.out.document("top", document);
        return Ok(());
    }
    let now = SystemClock::new().now();
    let mut text = if is_live {
        CLEAR.to_owned()
    } else {
        String::new()
    };
    text.push_str(&summary(&counts));
    text.push('\n');
    if !busy.is_empty() {
        text.push_str(&listed(&busy, now));
    }
    context.out.data(&text);
    Ok(())
}

/// Counts what is listed, where nobody else has counted.
fn counted(busy: &[Busy]) -> Counts {
    let mut counts = Counts::default();
    for busy in busy {
        *counts.runs.entry(busy.row.status).or_default() += 1;
        counts.running += busy.running;
        counts.ready += busy.ready;
    }
    counts
}

fn summary(counts: &Counts) -> String {
    let of = |status| counts.runs.get(&status).copied().unwrap_or_default();
    format!(
        "runs: {} active, {} waiting, {} paused; steps: {} running, {} ready",
        of(RunStatus::Active),
        of(RunStatus::Waiting),
        of(RunStatus::Paused),
        counts.running,
        counts.ready
    )
}

fn listed(busy: &[Busy], now: Timestamp) -> String {
    let rows: Vec<Vec<String>> = busy
        .iter()
        .map(|busy| {
            vec![
                busy.row.run.to_string(),
                busy.row.status.to_string(),
                now.since(busy.row.started).to_string(),
                format!("{}/{}", busy.done, busy.steps),
                busy.spent.clone(),
                clean::short(&busy.now, 40),
                clean::short(&busy.row.goal, 60),
            ]
        })
        .collect();
    let head = ["RUN", "STATUS", "TIME", "STEPS", "SPENT", "NOW", "GOAL"];
    table(&head, &rows)
}

/// Finds the runs that have not ended, newest first.
async fn busy(reach: &dyn Reach) -> Result<Vec<Busy>, CliError> {
    let mut found = Vec::new();
    let mut before = None;
    let mut seen = 0;
    loop {
        let rows = reach.host().page(before, PAGE).await?;
        before = rows.last().map(|row| row.run);
        seen += rows.len();
        let is_last = rows.len() < PAGE || seen >= LOOKED_AT;
        for row in rows {
            if row.status == RunStatus::Finished {
                continue;
            }
            // A run that cannot be read is listed all the same.
            let state = reach.host().state(row.run, None).await.ok();
            found.push(of(row, state.as_ref()));
            if found.len() == MOST {
                return Ok(found);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

fn of(row: RunRow, state: Option<&RunState>) -> Busy {
    let mut busy = Busy {
        row,
        done: 0,
        steps: 0,
        running: 0,
        ready: 0,
        now: String::new(),
        spent: String::new(),
    };
    let Some(state) = state else {
        return busy;
    };
    for (step, at) in state.steps() {
        busy.steps += 1;
        if at.status.is_final() {
            busy.done += 1;
        }
        busy.running += u64::from(matches!(at.status, StepStatus::Running(_)));
        busy.ready += u64::from(matches!(at.status, StepStatus::Ready));
        let is_now = matches!(at.status, StepStatus::Running(_) | StepStatus::Asked(_));
        if is_now && busy.now.is_empty() {
            busy.now = clean::line(&step.title);
        }
    }
    busy.spent = state.budget().spent().money.to_string();
    busy
}
