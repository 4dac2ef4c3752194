//! Figures: what operators watch, and what is spent.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use venom_kernel::money::MicroUsd;

use super::Shared;
use crate::metrics::{self, Now};
use crate::problem::{Answer, Problem};

/// Give figures for monitoring, as Prometheus reads them
///
/// What counts events follows from the log, so that it goes on after a restart; what is measured begins
/// anew with the server.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, content_type = "text/plain", body = String), (status = "default", body = Problem)))]
pub(crate) async fn metrics(State(house): Shared) -> Answer<impl IntoResponse> {
    let services = &house.services;
    let counts = services.projections.counts().await?;
    let models = services.relay.models();
    let known = metrics::Known::new(
        models.iter().map(|info| info.id.to_string()),
        services
            .skills
            .manifests()
            .iter()
            .map(|skill| skill.name.clone()),
    );
    let door = &house.door;
    let now = Now {
        live: &services.live,
        resting: services.relay.resting(),
        spending: services.relay.spending().await?,
        tier: services
            .sandbox
            .get("tier")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("none"),
        streams: door
            .most_streams
            .saturating_sub(door.streams.available_permits()),
        requests: door.requests.load(std::sync::atomic::Ordering::Relaxed) - 1,
    };
    let page = metrics::page(&counts, &known, &services.version, Some(&now));
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA)], page))
}

/// What programs spend on models in a day of UTC, in micro-dollars.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Budget {
    /// What is spent today.
    spent: u64,
    /// The most that calls under way may still take.
    reserved: u64,
    /// The most that may be spent in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<u64>,
    /// What is left of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
}

/// Tell what programs spent today on models through this server, and what they may
#[utoipa::path(get, path = "/v1/budget", tag = "server", responses((status = 200, body = Budget), (status = "default", body = Problem)))]
pub(crate) async fn budget(State(house): Shared) -> Answer<Json<Budget>> {
    let spending = house.services.relay.spending().await?;
    Ok(Json(Budget {
        spent: spending.spent.micros(),
        reserved: spending.reserved.micros(),
        cap: spending.cap.map(MicroUsd::micros),
        left: spending.left().map(MicroUsd::micros),
    }))
}
