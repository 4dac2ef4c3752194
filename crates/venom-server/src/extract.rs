//! Reading requests: whatever does not fit becomes a problem that says so.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use venom_kernel::id::Seq;

use crate::door::PATIENCE;
use crate::problem::Problem;

/// Most characters of a message about a body.
const LONGEST_SAID: usize = 300;

/// The JSON body of a request.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|media| media.to_str().ok())
            .and_then(|media| media.split(';').next())
            .map(|media| media.trim().to_ascii_lowercase());
        if media.as_deref() != Some("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "the body has to be JSON, with `Content-Type: application/json`",
            ));
        }
        // Routes that take long have no limit of their own, and a body that drips in is no work.
        let bytes = tokio::time::timeout(PATIENCE, Bytes::from_request(request, state))
            .await
            .map_err(|_elapsed| Problem::slow_body())?
            .map_err(|rejection| match rejection {
                BytesRejection::FailedToBufferBody(failed)
                    if failed.status() == StatusCode::PAYLOAD_TOO_LARGE =>
                {
                    Problem::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "too-large",
                        "the body is larger than what is taken here",
                    )
                }
                other => Problem::bad("bad-body", other.to_string()),
            })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let status = if error.is_data() {
                StatusCode::UNPROCESSABLE_ENTITY
            } else {
                StatusCode::BAD_REQUEST
            };
            // A message may hold the name of a field, which may be as long as the body.
            let said: String = error.to_string().chars().take(LONGEST_SAID).collect();
            Problem::new(status, "bad-json", said)
        })
    }
}

/// The parameters behind the question mark.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|Query(value)| Self(value))
            .map_err(|rejection| {
                Problem::bad(
                    "bad-parameter",
                    rejection
                        .body_text()
                        .chars()
                        .take(LONGEST_SAID)
                        .collect::<String>(),
                )
            })
    }
}

/// The part of the path that names something.
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T> FromRequestParts<S> for Named<T>
where
    T: FromStr + Send,
    Problem: From<T::Err>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::bad("bad-path", rejection.body_text()))?;
        Ok(Self(text.parse()?))
    }
}

/// The two parts of the path that name something and a part of it.
pub(crate) struct NamedPart<T, P>(pub(crate) T, pub(crate) P);

impl<S: Send + Sync, T, P> FromRequestParts<S> for NamedPart<T, P>
where
    T: FromStr + Send,
    P: FromStr + Send,
    Problem: From<T::Err> + From<P::Err>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((whole, part)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::bad("bad-path", rejection.body_text()))?;
        Ok(Self(whole.parse()?, part.parse()?))
    }
}

/// A name in the path that is any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) String);

impl FromStr for Word {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.chars().take(200).collect()))
    }
}

/// The number of an event in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EventNumber(pub(crate) Seq);

impl FromStr for EventNumber {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(number @ 1..) => Ok(Self(Seq::new(number))),
            Ok(0) | Err(_) => Err(Problem::bad(
                "bad-path",
                "events are named by their numbers, from 1",
            )),
        }
    }
}

impl From<std::convert::Infallible> for Problem {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
