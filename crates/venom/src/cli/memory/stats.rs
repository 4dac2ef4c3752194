//! `venom memory stats`: how much is remembered, and what it takes.

use clap::Args;
use serde_json::json;

use super::moment;
use crate::cli::context::Context;
use crate::config::size;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::reach::Reach;

/// Show how much is remembered, and what it takes
#[derive(Debug, Args)]
pub(super) struct StatsArgs {}

pub(super) async fn run(context: &Context, reach: &dyn Reach, _args: &StatsArgs) -> CliResult {
    let stats = reach.episodes().stats().await?;
    // When facts are consolidated is decided where they are.
    let times = match reach.here() {
        Some(_) => Some(super::consolidation(context)?.times()),
        None => None,
    };
    // Only whoever has the log can say that it is whole.
    let events = match reach.here() {
        Some(wired) => Some(wired.store.memory_log().verify().await?),
        None => None,
    };
    if context.out.form != Form::Text {
        let span = stats
            .span
            .map(|(from, to)| [moment::write(from), moment::write(to)]);
        context.out.document(
            "memory-stats",
            json!({
                "episodes": stats.episodes,
                "notes": stats.notes,
                "pinned": stats.pinned,
                "forgotten": stats.forgotten,
                "span": span,
                "speakers": stats.speakers,
                "index_bytes": stats.index_bytes,
                "model": stats.model,
                "log_events": events,
                "consolidation": times.map(|times| json!({ "last": times.last, "next": times.next })),
            }),
        );
        return Ok(Exit::Ok);
    }
    let row = |head: &str, text: &str| context.out.data(&format!("{head:<13} {text}"));
    row(
        "Episodes:",
        &format!(
            "{}, of them {} added by hand, {} pinned",
            stats.episodes, stats.notes, stats.pinned
        ),
    );
    row("Forgotten:", &stats.forgotten.to_string());
    if let Some((from, to)) = stats.span {
        row("From:", &event::time(from));
        row("To:", &event::time(to));
    }
    let speakers: Vec<String> = stats
        .speakers
        .iter()
        .map(|(speaker, count)| format!("{} {count}", clean::short(speaker, 40)))
        .collect();
    if !speakers.is_empty() {
        row("Speakers:", &speakers.join(", "));
    }
    row("Index:", &size::print(stats.index_bytes));
    row("Model:", &clean::line(&stats.model));
    if let Some(times) = times {
        let last = times
            .last
            .map_or_else(|| "never yet".to_owned(), event::time);
        let next = match (times.next, times.last) {
            (Some(next), _) if next <= super::now(reach) => {
                "when a run ends or `venom serve` runs, since it is due".to_owned()
            }
            (Some(next), _) => event::time(next),
            (None, None) => "by schedule, counted from the end of the next run".to_owned(),
            (None, Some(_)) => "when somebody asks for it".to_owned(),
        };
        row("Consolidated:", &format!("{last}, next {next}"));
    }
    if let Some(events) = events {
        row("Own log:", &format!("{events} events, whole"));
    }
    Ok(Exit::Ok)
}
