//! Finding runs by less than their id, and what events name in the content store.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use venom_kernel::digest::BlobId;

use super::Shared;
use crate::extract::{Named, Params, Word};
use crate::problem::{Answer, Problem};

/// Most characters of a name.
const LONGEST: usize = 200;

/// Which run is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Meant {
    /// An id, the beginning of one, or `last`.
    #[param(min_length = 1, max_length = 200)]
    run: String,
}

/// A run that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// Its id.
    run: String,
}

/// Find a run by its id, the beginning of its id, or `last`
#[utoipa::path(get, path = "/v1/lookup", tag = "runs", params(Meant), responses((status = 200, body = Found), (status = "default", body = Problem)))]
pub(crate) async fn lookup(
    State(house): Shared,
    Params(meant): Params<Meant>,
) -> Answer<Json<Found>> {
    if meant.run.chars().count() > LONGEST {
        return Err(Problem::bad(
            "bad-parameter",
            format!("`run` has at most {LONGEST} characters"),
        ));
    }
    let run = house.services.runs.find(&meant.run).await?;
    Ok(Json(Found {
        run: run.to_string(),
    }))
}

/// Give what an event names in the content store
#[utoipa::path(get, path = "/v1/blobs/{blob}", tag = "runs", params(("blob" = String, Path, description = "64 hexadecimal digits")), responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = "default", body = Problem)))]
pub(crate) async fn blob(
    State(house): Shared,
    Named(Word(name)): Named<Word>,
) -> Answer<([(HeaderName, HeaderValue); 2], Vec<u8>)> {
    let id = BlobId::new(&name)
        .ok_or_else(|| Problem::bad("bad-id", "a blob is named by 64 small hexadecimal digits"))?;
    let bytes = house.services.runs.blob(&id).await?;
    // Whatever it is, a browser must not take it for a page of this server.
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment"),
        ),
    ];
    Ok((headers, bytes))
}
