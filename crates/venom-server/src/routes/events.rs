//! Events of a run, a page at a time or as they happen.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Message, KeepAlive, Sse};
use futures::Stream;
use futures::stream::{self, StreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{RunId, Seq};
use venom_ports::api::runs::{News, Rest};

use super::Shared;
use crate::extract::{Named, Params};
use crate::problem::{Answer, Problem};

/// Events on a page, unless something else is asked for.
const PAGE: usize = 200;
/// Most events on a page.
const LARGEST_PAGE: usize = 2_000;
/// How often an open stream says that it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which events are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The position after which to begin.
    after: Option<u64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 2000)]
    limit: Option<usize>,
}

/// A page of events, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    #[schema(value_type = Vec<Object>)]
    events: Vec<Value>,
    /// What to give as `after` for the next page; absent when there are no more for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

fn json(envelope: &Envelope) -> Value {
    serde_json::to_value(envelope).unwrap_or(Value::Null)
}

/// List the events of a run
#[utoipa::path(get, path = "/v1/runs/{run}/events", tag = "runs", params(("run" = String, Path), Which), responses((status = 200, body = EventPage), (status = "default", body = Problem)))]
pub(crate) async fn page(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(which): Params<Which>,
) -> Answer<Json<EventPage>> {
    let limit = super::runs::limit(which.limit, PAGE, LARGEST_PAGE)?;
    // A run that is not there is not a run without events.
    house.services.runs.find(&run.to_string()).await?;
    let after = Seq::new(which.after.unwrap_or(0));
    let events = house.services.runs.events(run, after, limit).await?;
    let next = (events.len() == limit)
        .then(|| events.last().map(|last| last.seq.number()))
        .flatten();
    Ok(Json(EventPage {
        events: events.iter().map(json).collect(),
        next,
    }))
}

/// What a stream is to hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The position after which to begin; the header `Last-Event-ID` goes before it.
    after: Option<u64>,
    /// Only events of these types, with commas between them, such as `StepStarted,StepFailed`.
    types: Option<String>,
    /// Whether lines that commands print come as well; they are not in the log and have no id.
    #[serde(default)]
    lines: bool,
}

/// Follow a run: its events as server-sent events, those that happened and those that will
///
/// Each event has its position as its id, so that a reader that lost its connection goes on where it
/// was. `event: rest` says that nothing more comes until somebody does something; after the end of
/// the run the stream ends.
#[utoipa::path(get, path = "/v1/runs/{run}/stream", tag = "runs", params(("run" = String, Path), Wanted, ("Last-Event-ID" = Option<u64>, Header)), responses((status = 200, content_type = "text/event-stream", body = String), (status = "default", body = Problem)))]
pub(crate) async fn stream(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(wanted): Params<Wanted>,
    who: axum::Extension<crate::guard::Caller>,
    headers: HeaderMap,
) -> Answer<Sse<impl Stream<Item = Result<Message, Infallible>>>> {
    let after = match headers.get("last-event-id") {
        None => wanted.after.unwrap_or(0),
        Some(id) => id
            .to_str()
            .ok()
            .and_then(|id| id.trim().parse().ok())
            .ok_or_else(|| {
                Problem::bad(
                    "bad-cursor",
                    "Last-Event-ID is not the position of an event",
                )
            })?,
    };
    let types: Option<BTreeSet<String>> = wanted.types.map(|types| {
        types
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    });
    if let Some(odd) = types
        .iter()
        .flatten()
        .find(|name| !Event::ALL.iter().any(|(known, _)| known == name))
    {
        let odd: String = odd.chars().take(80).collect();
        return Err(Problem::bad(
            "bad-parameter",
            format!("there is no event of the type `{odd}`"),
        ));
    }
    house.services.runs.find(&run.to_string()).await?;
    let place = std::sync::Arc::clone(&house.door.streams)
        .try_acquire_owned()
        .map_err(|_full| {
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many-streams",
                "too many streams are open",
            )
            .after(5)
        })?;
    let news = house.runs(run).follow(run, Seq::new(after), true).await?;
    let closing = house.door.closing.clone().cancelled_owned();
    let over = std::sync::Arc::clone(&house.door).outlives(who.0.0.id.clone());
    // Whoever is not let in any more is not told any more.
    let until = async move {
        tokio::select! {
            () = closing => {}
            () = over => {}
        }
    };
    let lines = wanted.lines;
    let messages = news
        .take_until(Box::pin(until))
        .filter_map(move |news| {
            let message = match news {
                Ok(News::Event(envelope)) => message(&envelope, types.as_ref()).map(Some),
                Ok(News::Line { step, line }) => lines.then(|| {
                    let data = serde_json::json!({"step": step, "line": line});
                    Some(Message::default().event("line").data(data.to_string()))
                }),
                Ok(News::Rest(rest)) => Some(Some(resting(rest))),
                Err(failure) => {
                    let data = serde_json::to_string(&Problem::from(failure)).unwrap_or_default();
                    Some(Some(Message::default().event("problem").data(data)))
                }
            };
            std::future::ready(message)
        })
        // The place is given back when the stream is dropped.
        .chain(stream::once(async move {
            drop(place);
            None
        }))
        .filter_map(std::future::ready)
        .map(Ok);
    Ok(Sse::new(messages).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn message(envelope: &Envelope, types: Option<&BTreeSet<String>>) -> Option<Message> {
    let value = json(envelope);
    let name = value
        .pointer("/event/type")
        .and_then(Value::as_str)
        .unwrap_or("event")
        .to_owned();
    if types.is_some_and(|types| !types.contains(&name)) {
        return None;
    }
    Some(
        Message::default()
            .id(envelope.seq.number().to_string())
            .event(name)
            .data(value.to_string()),
    )
}

fn resting(rest: Rest) -> Message {
    let why = serde_json::to_value(rest).unwrap_or(Value::Null);
    Message::default()
        .event("rest")
        .data(serde_json::json!({ "why": why }).to_string())
}
