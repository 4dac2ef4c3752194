//! `venom log`: the events of a run, and whether the log is what was written.

use clap::{Args, Subcommand};
use futures::StreamExt as _;
use serde_json::json;
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::runs::{News, Rest};

use super::attend::{Signals, is_behind};
use super::context::Context;
use super::point::PointArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, event};
use crate::wire::reach::Reach;

/// How many events are read at once.
const PAGE: usize = 1_000;

/// Show the events of a run, or check the log
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    point: PointArgs,
    /// Go on until the run ends
    #[arg(long, short)]
    follow: bool,
    /// Print each event as a line of JSON
    #[arg(long, conflicts_with = "json")]
    jsonl: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check that every event is what it was when it was written
    Verify {
        /// Check one run and whether its events make sense; the whole log if none is named
        #[arg(value_name = "RUN")]
        run: Option<String>,
    },
}

impl LogArgs {
    /// Tells whether events are wanted as lines.
    pub(super) const fn is_lines(&self) -> bool {
        self.jsonl
    }
}

pub(super) fn run(context: &Context, args: &LogArgs) -> CliResult {
    if args.follow && context.out.form == Form::Json {
        return Err(CliError::usage(
            "a log that goes on is no single document; use `--jsonl` with `--follow`",
        ));
    }
    if args.follow && args.point.is_moment() {
        return Err(CliError::usage(
            "what goes on has no last event; leave out `--follow` or the `@`",
        ));
    }
    context.with_reach(async |reach| match &args.what {
        Some(What::Verify { run }) => verify(context, reach, run.as_deref()).await,
        None => {
            let (run, at) = args.point.find(reach).await?;
            if args.follow {
                follow(context, reach, run).await
            } else {
                all(context, reach, run, at).await
            }
        }
    })
}

async fn all(context: &Context, reach: &dyn Reach, run: RunId, at: Option<Seq>) -> CliResult {
    let mut after = Seq::ZERO;
    let mut kept = Vec::new();
    loop {
        let mut page = reach.host().events(run, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        page.retain(|envelope| at.is_none_or(|at| envelope.seq <= at));
        let is_last = is_last || page.len() < PAGE;
        for envelope in page {
            after = envelope.seq;
            match context.out.form {
                Form::Text => context.out.data(&event::line(&envelope)),
                Form::Jsonl => context.out.event_line(&envelope),
                Form::Json => kept.push(envelope),
            }
        }
        if is_last || !context.out.is_read() {
            break;
        }
    }
    if context.out.form == Form::Json {
        context
            .out
            .document("events", json!({"run": run, "events": kept}));
    }
    Ok(Exit::Ok)
}

async fn follow(context: &Context, reach: &dyn Reach, run: RunId) -> CliResult {
    let mut signals = Signals::listen()?;
    let mut news = reach.host().follow(run, Seq::ZERO, true).await?;
    let mut heard = Seq::ZERO;
    loop {
        let item = tokio::select! {
            item = news.next() => item,
            caught = signals.next() => return Ok(super::watch::exit_of(caught)),
        };
        match item {
            Some(Ok(News::Event(envelope))) => {
                heard = envelope.seq;
                if context.out.form == Form::Jsonl {
                    context.out.event_line(&envelope);
                } else {
                    context.out.data(&event::line(&envelope));
                }
            }
            // Somebody at a terminal waits as long as they like; a script gets what there is.
            Some(Ok(News::Rest(rest))) => {
                let is_over = matches!(rest, Rest::Finished | Rest::Abandoned);
                if (is_over || !context.is_interactive) && !is_behind(reach, run, heard).await? {
                    return Ok(Exit::Ok);
                }
            }
            Some(Ok(News::Line { .. })) => {}
            Some(Err(failure)) => return Err(failure.into()),
            None => return Ok(Exit::Ok),
        }
        if !context.out.is_read() {
            return Ok(Exit::Ok);
        }
    }
}

pub(super) async fn verify(context: &Context, reach: &dyn Reach, run: Option<&str>) -> CliResult {
    let run = match run {
        Some(text) => Some(reach.host().find(text).await?),
        None => None,
    };
    let verified = reach.host().verify_log(run).await?;
    let exit = if verified.damage.is_none() {
        Exit::Ok
    } else {
        Exit::Damaged
    };
    if context.out.form != Form::Text {
        context.out.document(
            "log-verification",
            json!({
                "intact": verified.damage.is_none(),
                "events": verified.events,
                "runs": verified.runs,
                "seals": verified.seals,
                "damage": verified.damage.as_ref().map(|damage| json!({
                    "run": damage.run,
                    "seq": damage.seq,
                    "what": damage.what,
                })),
            }),
        );
        return Ok(exit);
    }
    match &verified.damage {
        None => context.out.data(&format!(
            "{} {} events of {} runs are what was written; {} seals fit\n",
            context.out.paint.good("✓"),
            verified.events,
            verified.runs,
            verified.seals
        )),
        Some(damage) => {
            let place = match (damage.run, damage.seq) {
                (Some(run), Some(seq)) => format!(" at {run}@{seq}"),
                (Some(run), None) => format!(" in {run}"),
                (None, Some(seq)) => format!(" at event {seq}"),
                (None, None) => String::new(),
            };
            context.out.data(&format!(
                "{} the log is damaged{place}: {}\n{} events before it were checked and fit\n",
                context.out.paint.bad("✗"),
                crate::output::clean::line(&damage.what),
                verified.events
            ));
            context.out.talk(
                "keep a copy of the data folder before anything else is run; the other runs can still be read",
            );
        }
    }
    Ok(exit)
}
