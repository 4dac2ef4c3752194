//! `venom memory consolidate`: goes through what is known, keeps what matters, lets go of what does not.

use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;
use venom_engine::memory::facts::Progress;
use venom_kernel::memory::fact::Entry;
use venom_ports::api::facts::Consolidated;

use super::super::context::Context;
use super::learned;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::Wired;
use crate::wire::consolidation::Consolidation;
use crate::wire::reach::Reach;

/// Go through what is known: keep what matters, let go of what does not
#[derive(Debug, Args)]
pub(super) struct ConsolidateArgs {
    /// Show what consolidations did so far, and do nothing
    #[arg(long)]
    log: bool,
}

/// How long a command that was asked for something else goes on with it. Chosen: nobody who waits for a prompt minds;
/// what is left is done the next time.
const MOST: Duration = Duration::from_secs(2);

/// Returns what knows when it is due.
pub(in crate::cli) fn consolidation(context: &Context) -> Result<Consolidation, CliError> {
    let memory = &context.settings()?.memory.value;
    let data = context.paths()?.data();
    Ok(Consolidation::new(memory, &data, TimeZone::system()))
}

/// Consolidates at the end of a run if it is due.
pub(in crate::cli) async fn after_run(context: &Context, wired: &Wired) -> Result<(), CliError> {
    let consolidation = consolidation(context)?;
    wired.consolidate_if_due(&consolidation, MOST).await;
    Ok(())
}

/// How often a server looks whether it is due. Chosen: schedules go by the minute.
const LOOK: Duration = Duration::from_mins(1);
/// How long a server may take for it.
const LONG: Duration = Duration::from_mins(30);

/// Consolidates whenever it is due, for as long as a server lives.
pub(in crate::cli) async fn by_schedule(wired: &Wired, consolidation: &Consolidation) {
    loop {
        wired.consolidate_if_due(consolidation, LONG).await;
        tokio::time::sleep(LOOK).await;
    }
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &ConsolidateArgs) -> CliResult {
    let out = &context.out;
    if args.log {
        let beliefs = learned::beliefs(context, reach)?;
        let entries = learned::entries(&*beliefs).await?;
        let entries: Vec<_> = entries
            .iter()
            .filter(|known| {
                matches!(
                    known.entry,
                    Entry::ConsolidationStarted { .. }
                        | Entry::Consolidated { .. }
                        | Entry::ConsolidationFinished { .. }
                )
            })
            .collect();
        if out.form == Form::Text {
            for known in entries {
                let what = match &known.entry {
                    Entry::ConsolidationStarted { by } => {
                        format!("by {}", crate::output::clean::short(by, 60))
                    }
                    Entry::Consolidated {
                        start,
                        looked,
                        kept,
                        evicted,
                        ..
                    } => format!(
                        "of mem@{start}: looked at {looked}, keeps {}, lets go of {}",
                        kept.len(),
                        evicted.len()
                    ),
                    Entry::ConsolidationFinished { start } => format!("of mem@{start}"),
                    Entry::Given { .. }
                    | Entry::Accepted { .. }
                    | Entry::Rejected { .. }
                    | Entry::Unlearned { .. } => String::new(),
                };
                out.data(&format!(
                    "mem@{}  {}  {:<22} {what}",
                    known.number,
                    learned::when(known.time),
                    known.entry.name()
                ));
            }
        } else {
            out.document("consolidations", json!({ "entries": entries }));
        }
        return Ok(Exit::Ok);
    }
    let done = if let Some(wired) = reach.here() {
        here(context, wired).await?
    } else {
        let beliefs = learned::beliefs(context, reach)?;
        beliefs.consolidate(&context.user()).await?
    };
    if out.form != Form::Text {
        out.document("consolidated", &done);
        return Ok(Exit::Ok);
    }
    let Some(start) = done.start else {
        out.talk("there is nothing to consolidate");
        return Ok(Exit::Ok);
    };
    if done.is_resumed {
        out.talk("a consolidation that was cut off was brought to its end");
    }
    for id in &done.evicted {
        out.data(&format!("let go  {id}"));
    }
    out.talk(&format!(
        "mem@{start}: looked at {} facts, keeps {} more for good, lets go of {}",
        done.looked,
        done.kept.len(),
        done.evicted.len()
    ));
    Ok(Exit::Ok)
}

/// Consolidates in this process, and shows how far it is.
async fn here(context: &Context, wired: &Wired) -> Result<Consolidated, CliError> {
    let out = &context.out;
    let facts = learned::facts(context, wired)?;
    let is_live = out.is_live;
    let mut show = |progress: Progress| {
        if is_live {
            out.draw(&format!("\r{} of {} facts", progress.looked, progress.of));
        }
    };
    let done = facts.consolidate(&context.user(), &mut show).await?;
    consolidation(context)?.done(super::now(wired))?;
    if is_live && done.start.is_some() {
        out.draw("\r\u{1b}[K");
    }
    Ok(done.into())
}
