//! Whether the server is there, and whether it can work.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use crate::problem::{Answer, Problem};

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: String,
    /// The version of VENOM.
    version: String,
}

/// Tell whether the server is there
#[utoipa::path(get, path = "/healthz", tag = "server", responses((status = 200, body = Health), (status = "default", body = Problem)))]
pub(crate) async fn healthz(State(house): Shared) -> Json<Health> {
    Json(Health {
        status: "ok".to_owned(),
        version: house.services.version.clone(),
    })
}

/// Tell whether the server can work: whether its log can be read
#[utoipa::path(get, path = "/readyz", tag = "server", responses((status = 200, body = Health), (status = "default", body = Problem)))]
pub(crate) async fn readyz(State(house): Shared) -> Answer<Json<Health>> {
    house.services.runs.list(1).await?;
    Ok(healthz(State(house)).await)
}
