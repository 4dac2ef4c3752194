//! `venom watch`: the progress of a run that another process works on.

use clap::Args;
use futures::StreamExt as _;
use venom_kernel::id::Seq;
use venom_ports::api::runs::{News, Rest};

use super::attend::{self, Caught, Signals};
use super::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;
use crate::output::progress::Progress;

/// Watch a run that any process works on
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// `last`, a run's id, or the beginning of one
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
    /// Print each event as a line of JSON, and the report as the last line
    #[arg(long, conflicts_with = "json")]
    pub(super) jsonl: bool,
}

pub(super) fn run(context: &Context, args: &WatchArgs) -> CliResult {
    context.with_reach(async |reach| {
        let run = reach.host().find(&args.run).await?;
        watch(context, reach, run).await
    })
}

/// Watches until the run ends; where nobody can wait, until it rests.
pub(super) async fn watch(
    context: &Context,
    reach: &dyn crate::wire::reach::Reach,
    run: venom_kernel::id::RunId,
) -> CliResult {
    let mut signals = Signals::listen()?;
    let mut progress = Progress::new(&context.out);
    let mut news = reach.host().follow(run, Seq::ZERO, true).await?;
    let mut heard = Seq::ZERO;
    let mut last = Rest::Abandoned;
    loop {
        let item = tokio::select! {
            item = news.next() => item,
            // The run goes on without its watcher.
            caught = signals.next() => {
                progress.clear();
                return Ok(exit_of(caught));
            }
        };
        match item {
            Some(Ok(News::Event(envelope))) => {
                heard = envelope.seq;
                if context.out.form == Form::Jsonl {
                    context.out.event_line(&envelope);
                }
                progress.event(&envelope);
            }
            Some(Ok(News::Line { step, line })) => progress.said(&step, &line),
            Some(Ok(News::Rest(rest))) => {
                if rest != Rest::Finished && attend::is_behind(reach, run, heard).await? {
                    continue;
                }
                last = rest;
                // Where nobody can wait, a rest is the end.
                if rest == Rest::Abandoned || rest == Rest::Finished || !context.is_interactive {
                    break;
                }
                progress.clear();
                context.out.talk(&format!("{}; still watching", word(rest)));
            }
            Some(Err(failure)) => return Err(failure.into()),
            None => break,
        }
    }
    progress.clear();
    attend::conclude(context, reach, run, attend::Left::Rests(last)).await
}

const fn word(rest: Rest) -> &'static str {
    match rest {
        Rest::Finished => "it ended",
        Rest::Asking => "it waits for an answer",
        Rest::Approvals => "it waits for an approval",
        Rest::Paused => "it is paused",
        Rest::Abandoned => "no process works on it",
    }
}

/// How a command ends that a signal ended.
pub(super) const fn exit_of(caught: Caught) -> Exit {
    match caught {
        Caught::Interrupt => Exit::Interrupted,
        Caught::Terminate => Exit::Terminated,
    }
}
