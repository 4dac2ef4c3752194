//! The time machine: snapshots, differences, going back, going again, and handing on.

use std::path::PathBuf;

use axum::Json;
use axum::body::Body as Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use venom_kernel::event::StatePart;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_ports::api::archive::{Contents, Redaction};
use venom_ports::api::time::{ForkWish, Moment, ReplayMode, RewindWish};
use venom_ports::{Failure, FailureKind};

use super::Shared;
use super::runs::RunDetail;
use crate::extract::{Body, EventNumber, Named, NamedPart, Params};
use crate::guard::Caller;
use crate::problem::{Answer, Problem};
use crate::token::Scope;

fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or(Value::Null)
}

/// The snapshots of a run, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotList {
    #[schema(value_type = Vec<Object>)]
    snapshots: Vec<Value>,
}

/// List the snapshots of a run
#[utoipa::path(get, path = "/v1/runs/{run}/snapshots", tag = "time", params(("run" = String, Path)), responses((status = 200, body = SnapshotList), (status = "default", body = Problem)))]
pub(crate) async fn snapshots(
    State(house): Shared,
    Named(run): Named<RunId>,
) -> Answer<Json<SnapshotList>> {
    let rows = house.services.time.snapshots(run).await?;
    Ok(Json(SnapshotList {
        snapshots: rows.iter().map(value).collect(),
    }))
}

/// Capture the workspace of a run that nobody works on
#[utoipa::path(post, path = "/v1/runs/{run}/snapshots", tag = "time", params(("run" = String, Path)), responses((status = 201, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn capture(
    State(house): Shared,
    Named(run): Named<RunId>,
) -> Answer<(StatusCode, Json<Value>)> {
    let row = house.services.time.snapshot(run).await?;
    Ok((StatusCode::CREATED, Json(value(row))))
}

/// What was let go of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Released {
    /// The run.
    run: String,
}

/// Let go of what a run's snapshots hold; its files cannot be brought back afterwards
///
/// What no other run needs either goes with the next collection.
#[utoipa::path(delete, path = "/v1/runs/{run}/snapshots", tag = "time", params(("run" = String, Path)), responses((status = 200, body = Released), (status = "default", body = Problem)))]
pub(crate) async fn release(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: axum::Extension<Caller>,
) -> Answer<Json<Released>> {
    let by = who.0.name();
    house.services.time.release(run, &by).await?;
    Ok(Json(Released {
        run: run.to_string(),
    }))
}

/// Let go of one snapshot of a run
///
/// It is refused for one without which something that the run did could not be taken back.
#[utoipa::path(delete, path = "/v1/runs/{run}/snapshots/{event}", tag = "time", params(("run" = String, Path), ("event" = u64, Path, minimum = 1)), responses((status = 200, body = Released), (status = "default", body = Problem)))]
pub(crate) async fn release_snapshot(
    State(house): Shared,
    NamedPart(run, EventNumber(at)): NamedPart<RunId, EventNumber>,
    who: axum::Extension<Caller>,
) -> Answer<Json<Released>> {
    let by = who.0.name();
    house.services.time.release_snapshot(run, at, &by).await?;
    Ok(Json(Released {
        run: run.to_string(),
    }))
}

/// Which two moments are compared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Between {
    /// The event of this run; its beginning if it is not given.
    #[param(minimum = 1)]
    from: Option<u64>,
    /// The other run; this one if it is not given.
    other: Option<String>,
    /// The event of the other run; its end if it is not given.
    #[param(minimum = 1)]
    to: Option<u64>,
}

/// Compare two moments, of one run or of two
#[utoipa::path(get, path = "/v1/runs/{run}/diff", tag = "time", params(("run" = String, Path), Between), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn diff(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(between): Params<Between>,
) -> Answer<Json<Value>> {
    let other: Option<RunId> = between.other.as_deref().map(str::parse).transpose()?;
    let left = Moment {
        run,
        at: match (between.from, other) {
            (Some(seq), _) => Some(Seq::new(seq)),
            (None, Some(_)) => None,
            (None, None) => Some(Seq::new(1)),
        },
    };
    let right = Moment {
        run: other.unwrap_or(run),
        at: between.to.map(Seq::new),
    };
    Ok(Json(value(
        house.services.time.compare(&left, &right).await?,
    )))
}

/// What is to be gone back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rewind {
    /// The last event that counts; the run's beginning if it is not given.
    #[schema(minimum = 1)]
    to: Option<u64>,
    /// Paths or patterns to which it is confined; none means all.
    #[serde(default)]
    only: Vec<String>,
    /// Whether edits that others made are overwritten.
    #[serde(default)]
    overwrite: bool,
    /// Whether to go back as far as it goes where something was not captured.
    #[serde(default)]
    allow_partial: bool,
    /// Whether only to say what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// Bring the workspace of a run back to what it was, as far as the run changed it
#[utoipa::path(post, path = "/v1/runs/{run}/rewind", tag = "time", params(("run" = String, Path)), request_body = Rewind, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn rewind(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: axum::Extension<Caller>,
    Body(body): Body<Rewind>,
) -> Answer<Json<Value>> {
    let wish = RewindWish {
        to: body.to.map(Seq::new),
        only: body.only,
        overwrite: body.overwrite,
        allow_partial: body.allow_partial,
    };
    let time = &house.services.time;
    if body.dry_run {
        return Ok(Json(value(time.preview_rewind(run, &wish).await?)));
    }
    Ok(Json(value(time.rewind(run, &wish, &who.0.name()).await?)))
}

/// What of a run's state is to be gone back to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateRewind {
    /// The last event that counts.
    #[schema(minimum = 1)]
    to: u64,
    /// `all`, or the `plan` alone.
    #[schema(value_type = String)]
    part: StatePart,
    /// Whether only to check whether it can be done.
    #[serde(default)]
    dry_run: bool,
}

/// What going back did to a run's state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateRewound {
    run: String,
    /// The event that says so; absent if it was only checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
}

/// Make the state of a run that nobody works on again what it was after an event
///
/// Files stay as they are. The run is paused then, and goes on from there when it is resumed.
#[utoipa::path(post, path = "/v1/runs/{run}/state-rewind", tag = "time", params(("run" = String, Path)), request_body = StateRewind, responses((status = 200, body = StateRewound), (status = "default", body = Problem)))]
pub(crate) async fn rewind_state(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: axum::Extension<Caller>,
    Body(body): Body<StateRewind>,
) -> Answer<Json<StateRewound>> {
    let time = &house.services.time;
    let (to, by) = (Seq::new(body.to), who.0.name());
    let seq = if body.dry_run {
        time.preview_rewind_state(run, to, body.part, &by).await?;
        None
    } else {
        Some(time.rewind_state(run, to, body.part, &by).await?)
    };
    Ok(Json(StateRewound {
        run: run.to_string(),
        seq: seq.map(Seq::number),
    }))
}

/// How a run is forked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fork {
    /// The last event that is taken over; the last one if it is not given.
    #[schema(minimum = 1)]
    at: Option<u64>,
    /// Other words for the goal; the fork then begins before it was understood.
    goal: Option<String>,
    /// The model that thinks from there on, also for agents that are at work.
    #[schema(value_type = Option<String>)]
    model: Option<ModelId>,
    /// The most money that the fork may spend, in micro-dollars; what was spent until then counts.
    #[schema(value_type = Option<u64>)]
    max_cost: Option<MicroUsd>,
}

/// Make a new run of the events of another, in a copy of its workspace as it was then
///
/// It is not worked on until it is resumed.
#[utoipa::path(post, path = "/v1/runs/{run}/fork", tag = "time", params(("run" = String, Path)), request_body = Fork, responses((status = 201, body = RunDetail), (status = "default", body = Problem)))]
pub(crate) async fn fork(
    State(house): Shared,
    Named(run): Named<RunId>,
    who: axum::Extension<Caller>,
    Body(body): Body<Fork>,
) -> Answer<(StatusCode, Json<RunDetail>)> {
    let at = body.at.map(Seq::new);
    let state = house.services.runs.state(run, at).await?;
    let ahead = state
        .started()
        .is_some_and(|started| started.options.approve_all);
    if ahead && body.goal.is_none() && !who.0.0.may(Scope::ApprovalsDecide) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "scope-missing",
            "every approval of this run was given in advance, and a fork takes that over: the token lacks the scope `approvals:decide`",
        ));
    }
    let original = state
        .started()
        .map(|started| PathBuf::from(&started.workspace.root))
        .unwrap_or_default();
    let is_foreign = house.services.archives.origin(run)?.is_some();
    let into = house.copy(original, is_foreign).await?;
    let wish = ForkWish {
        at,
        goal: body.goal,
        model: body.model,
        max_cost: body.max_cost,
        into,
        ..ForkWish::default()
    };
    let fork = house.services.time.fork(run, &wish, &who.0.name()).await?;
    let state = house.services.runs.state(fork, None).await?;
    Ok((StatusCode::CREATED, Json(RunDetail::of(fork, &state))))
}

/// How a run is replayed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    /// The last event that is gone through; the last one if it is not given.
    #[schema(minimum = 1)]
    at: Option<u64>,
    /// `exec` decides everything again, `fold` compares checksums.
    #[serde(default)]
    #[schema(value_type = String)]
    mode: ReplayMode,
}

/// Replay a run; nothing is written and nothing outside is asked
#[utoipa::path(post, path = "/v1/runs/{run}/replay", tag = "time", params(("run" = String, Path)), request_body = Replay, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn replay(
    State(house): Shared,
    Named(run): Named<RunId>,
    Body(body): Body<Replay>,
) -> Answer<Json<Value>> {
    Ok(Json(value(
        house
            .services
            .time
            .replay(
                &Moment {
                    run,
                    at: body.at.map(Seq::new),
                },
                body.mode,
            )
            .await?,
    )))
}

/// How much of what a run refers to is exported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// The last event that is taken along; the last one if it is not given.
    #[param(minimum = 1)]
    at: Option<u64>,
    /// `all`, `no-files` or `no-blobs`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    contents: Contents,
}

/// Export a run as one file that can be verified anywhere
#[utoipa::path(get, path = "/v1/runs/{run}/export", tag = "time", params(("run" = String, Path), How), responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = "default", body = Problem)))]
pub(crate) async fn export(
    State(house): Shared,
    Named(run): Named<RunId>,
    Params(how): Params<How>,
) -> Answer<(HeaderMap, Bytes)> {
    house.services.runs.find(&run.to_string()).await?;
    let archives = std::sync::Arc::clone(&house.services.archives);
    let internal = |why: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", why);
    // It is written whole before the first byte is sent: a half archive looks like a damaged one.
    let file = tokio::task::spawn_blocking(move || {
        let unwritten = |error: std::io::Error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("the archive cannot be written: {error}"),
            )
        };
        let mut file = tempfile::tempfile().map_err(unwritten)?;
        archives.export(
            &Moment {
                run,
                at: how.at.map(Seq::new),
            },
            how.contents,
            &Redaction::default(),
            &mut file,
        )?;
        std::io::Seek::rewind(&mut file).map_err(unwritten)?;
        Ok::<_, Failure>(file)
    })
    .await
    .map_err(|error| internal(error.to_string()))??;
    let length = file
        .metadata()
        .map_err(|error| internal(error.to_string()))?
        .len();
    let file = tokio::fs::File::from_std(file);
    let body = Bytes::from_stream(crate::chunks::chunks(file));
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{run}.venom\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok((headers, body))
}
