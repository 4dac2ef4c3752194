//! `venom memory search`: what fits a question, and why each hit stands where it stands.

use std::ffi::OsString;

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::{Asked, Found, Hit, Level};

use super::{moment, show};
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::reach::Reach;

/// Search what was said and done
///
/// Times in the words count: `yesterday`, `last week`, `in May 2023`, `before the migration`. So do names of
/// speakers that are written with a capital.
#[derive(Debug, Args)]
pub(super) struct SearchArgs {
    /// What is looked for, in plain words
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<OsString>,
    /// Only what happened at or after this moment
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what happened before this moment
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// What was remembered then: a date, a time, RUN@SEQ or mem@NUMBER
    #[arg(long, value_name = "MOMENT", conflicts_with = "until")]
    at: Option<String>,
    /// Only what this speaker said
    #[arg(long, value_name = "NAME")]
    speaker: Option<String>,
    /// Only what is part of this conversation; a run is one
    #[arg(long, value_name = "NAME")]
    thread: Option<String>,
    /// The most hits
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &SearchArgs) -> CliResult {
    let words = args
        .query
        .iter()
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    if !words.chars().any(char::is_alphanumeric) {
        return Err(CliError::usage("there are no words to look for")
            .code("empty-query")
            .hint("ask something: `venom memory search \"what did we decide about the cache\"`"));
    }
    let now = super::now(reach);
    let moment = |text: &Option<String>| text.as_deref().map(moment::read).transpose();
    let at = match &args.at {
        Some(text) => {
            let beliefs = super::learned::beliefs(context, reach)?;
            Some(super::learned::moment(reach, &*beliefs, text).await?)
        }
        None => None,
    };
    // What `yesterday` means depends on when it is asked.
    let now = at.unwrap_or(now);
    let asked = Asked {
        words,
        now,
        offset: crate::wire::desk::offset(now),
        since: moment(&args.since)?,
        until: match at {
            // What happened at the moment itself is part of it.
            Some(at) => Some(Timestamp::from_micros(at.micros().saturating_add(1))),
            None => moment(&args.until)?,
        },
        speaker: args.speaker.clone(),
        thread: args.thread.clone(),
        limit: usize::from(args.limit),
    };
    let found = reach.episodes().search(asked).await?;
    if context.out.form != Form::Text {
        context.out.document("memory-search", document(&found));
        return Ok(Exit::Ok);
    }
    print(context, &found);
    Ok(Exit::Ok)
}

fn print(context: &Context, found: &Found) {
    let out = &context.out;
    for line in found.read.iter().chain(&found.notes) {
        out.talk(&clean::line(line));
    }
    out.talk(&clean::line(&format!(
        "answered by {} ({}): {}",
        found.level.name(),
        place(found.level),
        found.by
    )));
    if found.hits.is_empty() {
        out.talk(&format!(
            "nothing fits; {} episodes were searched",
            found.searched
        ));
        return;
    }
    for (at, hit) in found.hits.iter().enumerate() {
        let episode = &hit.known.episode;
        let time: String = event::time(episode.time).chars().take(16).collect();
        let pin = if hit.known.is_pinned { ", pinned" } else { "" };
        out.data(&format!(
            "{:>2}. {:.3}  {}  {time}  {} ({}, {}{pin})",
            at + 1,
            hit.score,
            episode.id,
            clean::short(&episode.speaker, 40),
            episode.kind.name(),
            episode.trust,
        ));
        out.data(&format!("    {}", clean::short(&episode.text, 160)));
        out.data(&format!("    {}", reasons(hit)));
    }
}

/// Says what a level is.
const fn place(level: Level) -> &'static str {
    match level {
        Level::Memory => "this process",
        Level::Shared => "the shared cache",
        Level::Vectors => "the vectors",
        Level::Disk => "the disk",
    }
}

/// Lists the parts of a score that count, most first.
fn reasons(hit: &Hit) -> String {
    let mut parts: Vec<(f32, String)> = hit
        .parts
        .iter()
        .map(|part| {
            let adds = part.value * part.weight;
            (
                adds,
                format!(
                    "{} {adds:.3} ({:.2} of {:.2})",
                    part.name, part.value, part.weight
                ),
            )
        })
        .filter(|(adds, _)| *adds >= 0.000_5)
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    parts.join(", ")
}

/// Keeps three digits of a score.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1_000.0).round() / 1_000.0
}

fn document(found: &Found) -> Value {
    let hits: Vec<Value> = found
        .hits
        .iter()
        .map(|hit| {
            let parts: Vec<Value> = hit
                .parts
                .iter()
                .map(|part| {
                    json!({
                        "name": part.name,
                        "value": rounded(part.value),
                        "weight": rounded(part.weight),
                    })
                })
                .collect();
            json!({
                "score": rounded(hit.score),
                "parts": parts,
                "episode": show::document(&hit.known),
            })
        })
        .collect();
    json!({
        "hits": hits,
        "read": found.read,
        "notes": found.notes,
        "level": found.level.name(),
        "by": found.by,
        "searched": found.searched,
    })
}
