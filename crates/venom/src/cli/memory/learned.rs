//! What the verbs about facts share: the handle, moments, ids, and a fact as a line.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};
use venom_engine::memory::facts::Facts;
use venom_engine::memory::reason::Rules;
use venom_kernel::id::Seq;
use venom_kernel::memory::fact::{FactId, Knowledge, Origin, Recorded, Row, Superseded, Support};
use venom_kernel::redact::Redactor;
use venom_kernel::time::Timestamp;
use venom_ports::api::facts::Beliefs;
use venom_ports::{Failure, FailureKind};

use super::super::context::Context;
use crate::config::file;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{clean, event};
use crate::wire::Wired;
use crate::wire::reach::Reach;

/// Returns what users may ask about facts, with the user's rules.
pub(in crate::cli) fn facts(context: &Context, wired: &Wired) -> Result<Facts, CliError> {
    let path = context.paths()?.rules();
    let rules = Rules {
        text: file::read(&path)?.unwrap_or_default(),
        place: path.display().to_string(),
    };
    Ok(wired.facts(rules))
}

/// Returns what is believed, here or by a server.
pub(super) fn beliefs(context: &Context, reach: &dyn Reach) -> Result<Arc<dyn Beliefs>, CliError> {
    let rules = context.paths()?.rules();
    if reach.here().is_some() {
        // A file that cannot be read is told as what it is.
        file::read(&rules)?;
    }
    Ok(reach.beliefs(rules, Redactor::new(context.env.secrets())))
}

/// Returns what the memory's log says about facts.
pub(super) async fn entries(beliefs: &dyn Beliefs) -> Result<Vec<Recorded>, CliError> {
    Ok(beliefs.entries(0, usize::MAX).await?)
}

/// Does something that blocks for a moment, such as asking a service.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> venom_ports::Result<T> + Send + 'static,
) -> venom_ports::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::new(FailureKind::Internal, error.to_string())),
    }
}

/// Tells a service with a graph what is believed now, if there is one; false if another process is at it.
pub(super) async fn tell_graph(wired: &Wired, facts: &Facts) -> venom_ports::Result<bool> {
    let Some(graph) = wired.store.graph() else {
        return Ok(true);
    };
    let edges = facts.told().await?.edges();
    blocking(move || graph.follow(&edges)).await
}

/// The same where what was asked for is done already: a service that is away hears of it when it is back.
pub(super) async fn try_tell_graph(context: &Context, wired: &Wired) -> Result<(), CliError> {
    let facts = facts(context, wired)?;
    if let Err(failure) = tell_graph(wired, &facts).await {
        let words = clean::line(&failure.message);
        context
            .out
            .warning(&format!("{words}; it is told when it is back"));
    }
    Ok(())
}

/// Reads a moment: a date, a time, an event of a run or of the memory's log.
pub(super) async fn moment(
    reach: &dyn Reach,
    beliefs: &dyn Beliefs,
    text: &str,
) -> Result<Timestamp, CliError> {
    if let Some(number) = text.strip_prefix("mem@") {
        let number: Option<u64> = number.parse().ok();
        let entry = match number.and_then(|number| number.checked_sub(1)) {
            Some(before) => beliefs.entries(before, 1).await?.into_iter().next(),
            None => None,
        };
        let entry = entry.filter(|entry| Some(entry.number) == number);
        return entry.map(|entry| entry.time).ok_or_else(|| {
            CliError::usage(format!(
                "`{}` is no entry about facts in the memory's log",
                clean::short(text, 80)
            ))
            .code("no-such-moment")
        });
    }
    if text.contains('@') {
        let (run, at) = super::super::point::locate(reach, text).await?;
        let after = at.map_or(Seq::ZERO, |at| Seq::new(at.number().saturating_sub(1)));
        let events = reach.host().events(run, after, 1).await?;
        if let Some(event) = events.first() {
            return Ok(event.time);
        }
    }
    let whole: Option<jiff::Timestamp> = text.parse().ok();
    let zone = jiff::tz::TimeZone::system();
    let local = || -> Option<jiff::Timestamp> {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(zone.clone()).ok()?.timestamp())
    };
    let day = || -> Option<jiff::Timestamp> {
        let date: jiff::civil::Date = text.parse().ok()?;
        Some(date.to_zoned(zone.clone()).ok()?.timestamp())
    };
    whole
        .or_else(day)
        .or_else(local)
        .map(|time| Timestamp::from_micros(time.as_microsecond()))
        .ok_or_else(|| {
            CliError::usage(format!("`{}` is no moment", clean::short(text, 80)))
                .code("no-such-moment")
                .hint("give a date such as 2026-05-01, a time such as 2026-05-01T12:00:00Z, RUN@SEQ or mem@NUMBER")
        })
}

/// Finds a fact by the beginning of its id, among what is or was believed and what is proposed.
pub(super) fn find(known: &Knowledge, text: &str) -> Result<FactId, CliError> {
    let wanted = text.strip_prefix("fact_").unwrap_or(text);
    let prefix = format!("{}_{wanted}", FactId::PREFIX);
    let mut fitting: Vec<FactId> = known
        .rows
        .iter()
        .map(|row| row.id)
        .chain(known.proposals.iter().map(|known| known.id))
        .chain(
            known
                .contradictions
                .iter()
                .flat_map(|known| [known.older, known.newer]),
        )
        .filter(|id| !wanted.is_empty() && id.to_string().starts_with(&prefix))
        .collect();
    fitting.sort_unstable();
    fitting.dedup();
    let shown = clean::short(text, 80);
    match fitting.as_slice() {
        [one] => Ok(*one),
        [] => Err(
            CliError::new(Exit::Usage, format!("there is no fact `{shown}`"))
                .code("no-such-fact")
                .hint("see them with `venom memory facts` and `venom memory review`"),
        ),
        _ => Err(
            CliError::usage(format!("more than one fact begins with `{shown}`"))
                .code("ambiguous-fact")
                .hint("give more of the id"),
        ),
    }
}

/// Returns a fact as words: `auth-service is owned by team-red`.
pub(super) fn words(row: &Row) -> String {
    let mut text = format!(
        "{} {} {}",
        clean::short(&row.subject, 80),
        row.relation.phrase(),
        clean::short(&row.object, 160)
    );
    if let Some(qualifier) = &row.qualifier {
        let _ = write!(text, " ({})", clean::short(qualifier, 80));
    }
    text
}

/// Returns why a row does not count any more.
pub(super) fn why_not(why: &Superseded) -> String {
    match why {
        Superseded::By(fact) => format!("replaced by {fact}"),
        Superseded::Ended => "said to have ended".to_owned(),
        Superseded::Rejected => "rejected".to_owned(),
        Superseded::Evicted => "let go by consolidation".to_owned(),
    }
}

/// Returns the day and minute of a moment.
pub(super) fn when(time: Timestamp) -> String {
    event::time(time).chars().take(16).collect()
}

/// Returns who said a fact, where and in which words. Where it was said stands on the line, so that memory
/// knows its own words again.
pub(super) fn said(support: &Support) -> String {
    let place = match &support.source {
        Some(source) => format!("{}, {}", support.origin, clean::short(source, 120)),
        None => support.origin.to_string(),
    };
    format!(
        "said by {} ({}) in {place}, {}: \"{}\"",
        clean::short(&support.speaker, 60),
        support.trust,
        when(support.time),
        clean::short(&support.sentence, 240)
    )
}

/// Returns a row as a document.
pub(super) fn document(row: &Row, now: Timestamp) -> Value {
    json!({
        "id": row.id,
        "subject": row.subject,
        "relation": row.relation,
        "object": row.object,
        "qualifier": row.qualifier,
        "from": row.from,
        "to": row.to,
        "recorded": row.recorded,
        "superseded": row.superseded.as_ref().map(|(time, why)| json!({
            "time": time,
            "why": why_not(why),
            "by": match why {
                Superseded::By(by) => Some(by),
                Superseded::Ended | Superseded::Rejected | Superseded::Evicted => None,
            },
        })),
        "is_current": row.is_current(now),
        "confidence": row.confidence,
        "trust": row.trust,
        "is_accepted": row.is_accepted,
        "is_kept": row.is_kept,
        "sources": row.support,
    })
}

/// Returns the events that said something, for a column.
pub(super) fn origins(support: &[Support]) -> String {
    let first = support.first().map(|one| short_origin(&one.origin));
    match (first, support.len()) {
        (None, _) => String::new(),
        (Some(first), 1) => first,
        (Some(first), count) => format!("{first} and {} more", count - 1),
    }
}

fn short_origin(origin: &Origin) -> String {
    match origin {
        Origin::Event { run, seq } => {
            let run: String = run.to_string().chars().take(14).collect();
            format!("{run}…@{}", seq.number())
        }
        Origin::Entry(number) => format!("mem@{number}"),
    }
}
