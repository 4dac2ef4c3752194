//! Tokens.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use crate::extract::{Body, Named, Word};
use crate::problem::{Answer, Problem};
use crate::token::store::Wanted;
use crate::token::{Scope, Token};

/// The tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenList {
    tokens: Vec<Token>,
}

/// What is wanted of a new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for; one line.
    #[serde(default)]
    #[schema(max_length = 120)]
    label: String,
    /// What it may be used for.
    #[schema(min_items = 1, max_items = 6)]
    scopes: Vec<Scope>,
    /// After how many seconds it ends.
    #[schema(minimum = 1, maximum = 3_153_600_000_i64)]
    lasts: Option<i64>,
    /// The most that may be spent with it on models in a day of UTC, in micro-dollars.
    #[schema(maximum = 9_000_000_000_000_000_i64)]
    per_day: Option<u64>,
}

/// A new token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MadeToken {
    #[serde(flatten)]
    token: Token,
    /// The text that its user needs. It cannot be had again.
    secret: String,
}

/// List the tokens
#[utoipa::path(get, path = "/v1/tokens", tag = "tokens", responses((status = 200, body = TokenList), (status = "default", body = Problem)))]
pub(crate) async fn list(State(house): Shared) -> Answer<Json<TokenList>> {
    let tokens = house.door.tokens.list()?;
    Ok(Json(TokenList { tokens }))
}

/// Make a token
#[utoipa::path(post, path = "/v1/tokens", tag = "tokens", request_body = NewToken, responses((status = 201, body = MadeToken), (status = "default", body = Problem)))]
pub(crate) async fn create(
    State(house): Shared,
    Body(wanted): Body<NewToken>,
) -> Answer<(StatusCode, Json<MadeToken>)> {
    let (token, secret) = house.door.tokens.create(&Wanted {
        label: wanted.label,
        scopes: wanted.scopes,
        lasts: wanted.lasts,
        per_day: wanted.per_day,
    })?;
    let secret = secret.to_string();
    Ok((StatusCode::CREATED, Json(MadeToken { token, secret })))
}

/// End a token at once
#[utoipa::path(delete, path = "/v1/tokens/{token}", tag = "tokens", params(("token" = String, Path, description = "The token's id")), responses((status = 200, body = Token), (status = "default", body = Problem)))]
pub(crate) async fn revoke(
    State(house): Shared,
    Named(Word(id)): Named<Word>,
) -> Answer<Json<Token>> {
    Ok(Json(house.door.tokens.revoke(&id)?))
}
