//! Problems: what is sent when something is not done, as RFC 9457 says it.
//!
//! `code` is stable and for programs; `detail` is for people, and `hint` says what to do. Nothing of
//! a request's secrets is ever in one.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use venom_kernel::id::IdError;
use venom_ports::api::runs::ApiError;
use venom_ports::{Failure, FailureKind};

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The status of the answer.
    pub status: u16,
    /// What happened, for programs; the same words for ever.
    pub code: String,
    /// What happened, in a few words.
    pub title: String,
    /// What happened this time.
    pub detail: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Seconds after which it may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// What a handler gives.
pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    /// Makes a problem.
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            code: code.to_owned(),
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            detail: detail.into(),
            hint: None,
            retry_after: None,
        }
    }

    /// The request itself is wrong.
    pub(crate) fn bad(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// The body did not come in time.
    pub(crate) fn slow_body() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "the body did not come in time",
        )
    }

    /// Adds what can be done about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds when it may be tried again.
    pub(crate) const fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"venom\""),
            );
        }
        response
    }
}

impl From<IdError> for Problem {
    fn from(error: IdError) -> Self {
        Self::bad("bad-id", error.to_string())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let (status, code) = match failure.kind {
            FailureKind::Retryable | FailureKind::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            FailureKind::Refused => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            FailureKind::Missing => (StatusCode::NOT_FOUND, "missing"),
            FailureKind::Conflict => (StatusCode::CONFLICT, "conflict"),
            FailureKind::Corrupt => (StatusCode::INTERNAL_SERVER_ERROR, "corrupt"),
            FailureKind::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "timed-out"),
            FailureKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        if status.is_server_error() {
            tracing::warn!(message = %failure.message, kind = %failure.kind, "a request failed");
        }
        let mut problem = Self::new(status, code, failure.message);
        problem.hint = failure.hint;
        problem
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        match error {
            ApiError::BadGoal(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-goal", text),
            ApiError::BadWorkspace(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-workspace", text)
            }
            ApiError::NoSuchRun(_) => Self::new(StatusCode::NOT_FOUND, "no-such-run", text),
            ApiError::AmbiguousRun(_) => Self::bad("ambiguous-run", text),
            ApiError::NoSuchPart { .. } => Self::new(StatusCode::NOT_FOUND, "no-such-part", text),
            ApiError::Owned { .. } => Self::new(StatusCode::CONFLICT, "owned", text),
            ApiError::Refused { .. } => Self::new(StatusCode::CONFLICT, "refused", text),
            ApiError::NotLetIn(failure) => {
                let mut problem = Self::new(StatusCode::UNAUTHORIZED, "bad-token", failure.message);
                problem.hint = failure.hint;
                problem
            }
            ApiError::Failed(failure) => failure.into(),
        }
    }
}
