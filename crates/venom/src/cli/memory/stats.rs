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
            }),
        );
        return Ok(Exit::Ok);
    }
    let row = |head: &str, text: &str| context.out.data(&format!("{head:<12} {text}"));
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
    if let Some(events) = events {
        row("Own log:", &format!("{events} events, whole"));
    }
    Ok(Exit::Ok)
}
