//! Failures, as OpenAI says them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use venom_kernel::time::Millis;
use venom_ports::api::relay::RelayError;
use venom_ports::model::ModelFailure;
use venom_ports::{Failure, FailureKind};

use crate::problem::Problem;

/// Why something was not done, in OpenAI's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Faulty {
    error: Fault,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Fault {
    /// What happened, with what can be done about it.
    pub(crate) message: String,
    /// What kind of failure it is.
    r#type: String,
    /// The field that is wrong.
    param: Option<String>,
    /// What happened, for programs.
    pub(crate) code: String,
    #[serde(skip)]
    pub(crate) status: u16,
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Fault {
    /// The request is wrong in this field.
    pub(crate) fn field(param: impl Into<String>, message: impl Into<String>) -> Self {
        let mut fault = Self::new(StatusCode::BAD_REQUEST, "invalid_value", message);
        fault.param = Some(param.into());
        fault
    }

    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            r#type: kind(status).to_owned(),
            param: None,
            code: code.to_owned(),
            status: status.as_u16(),
            retry_after: None,
        }
    }

    /// Says a problem in this form.
    pub(crate) fn of(problem: Problem) -> Self {
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let code = match status {
            StatusCode::UNAUTHORIZED => "invalid_api_key".to_owned(),
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_exceeded".to_owned(),
            _ => problem.code.replace('-', "_"),
        };
        let mut fault = Self::new(status, &code, said(problem.detail, problem.hint));
        fault.retry_after = problem.retry_after;
        fault
    }

    /// Returns the form in which it is sent.
    pub(crate) fn body(&self) -> serde_json::Value {
        json!({ "error": self })
    }
}

/// What OpenAI calls a failure with a status.
fn kind(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::PAYMENT_REQUIRED => "insufficient_quota",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        status if status.is_server_error() => "server_error",
        _ => "invalid_request_error",
    }
}

fn said(message: String, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{message}; {hint}"),
        None => message,
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after;
        let mut response = (status, Json(self.body())).into_response();
        if let Some(seconds) = retry {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"venom\""),
            );
        }
        response
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::of(problem)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        let (status, code) = match failure.kind {
            FailureKind::Retryable | FailureKind::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            // The provider's no is not the client's mistake: its key may be wrong.
            FailureKind::Refused => (StatusCode::BAD_GATEWAY, "provider_refused"),
            FailureKind::Missing => (StatusCode::NOT_FOUND, "model_not_found"),
            FailureKind::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "timed_out"),
            FailureKind::Conflict | FailureKind::Corrupt | FailureKind::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        };
        Self::new(status, code, said(failure.message, failure.hint))
    }
}

impl From<ModelFailure> for Fault {
    fn from(failure: ModelFailure) -> Self {
        let after = failure.retry_after.map(Millis::get);
        let is_busy = failure.failure.kind == FailureKind::Retryable && after.is_some();
        let mut fault = Self::from(failure.failure);
        if is_busy {
            fault = Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limit_exceeded",
                fault.message,
            );
        }
        fault.retry_after = after.map(|millis| millis.div_ceil(1_000));
        fault
    }
}

impl From<RelayError> for Fault {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::NoModel(failure) => {
                let mut fault = Self::new(
                    StatusCode::NOT_FOUND,
                    "model_not_found",
                    said(failure.message, failure.hint),
                );
                fault.param = Some("model".to_owned());
                fault
            }
            RelayError::Unfit(why) => {
                let mut fault = Self::field("messages", why);
                "context_length_exceeded".clone_into(&mut fault.code);
                fault
            }
            RelayError::Budget(why) => {
                Self::new(StatusCode::PAYMENT_REQUIRED, "budget_exceeded", why)
            }
            RelayError::Failed(failure) => failure.into(),
        }
    }
}
