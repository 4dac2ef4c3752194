//! Parameters of calls, read into the types that actions work with.
//!
//! The engine has checked them against the manifest already; what is wrong here all the same is
//! refused, not guessed at.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use venom_ports::skill::Call;
use venom_ports::{Failure, FailureKind, Result};

/// Reads the parameters of a call.
pub(crate) fn read<T: DeserializeOwned>(call: &Call) -> Result<T> {
    let params = match &call.params {
        Value::Null => Value::Object(Map::new()),
        other => other.clone(),
    };
    serde_json::from_value(params).map_err(|error| {
        refused(format!(
            "the parameters of `{}` do not fit: {error}",
            call.action
        ))
        .with_hint("`venom skills show` lists the parameters of every action")
    })
}

/// Makes a failure that says no.
pub(crate) fn refused(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, message)
}

/// Makes a failure about something that is not there.
pub(crate) fn missing(message: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Missing, message)
}

/// Makes the failure of a call of an action that the skill does not have.
pub(crate) fn unknown_action(skill: &str, action: &str) -> Failure {
    missing(format!("the skill `{skill}` has no action `{action}`"))
        .with_hint("`venom skills list` shows what there is")
}
