//! Parameters of calls, read into the types that actions work with.
//!
//! The engine has checked them against the manifest already; what is wrong here all the same is
//! refused, not guessed at. An action whose parameters are its own reads them at once with [`read`];
//! what several actions ask for is taken out of them by the one place that knows it, see [`Given`].

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
    serde_json::from_value(params).map_err(|error| misfit(&call.action, &error.to_string()))
}

/// The parameters of a call, to be taken out one after the other.
pub(crate) struct Given {
    action: String,
    params: Map<String, Value>,
}

impl Given {
    /// Begins with all parameters of a call.
    pub(crate) fn of(call: &Call) -> Result<Self> {
        let params = match &call.params {
            Value::Null => Map::new(),
            Value::Object(params) => params.clone(),
            _ => return Err(misfit(&call.action, "they are no object")),
        };
        Ok(Self {
            action: call.action.clone(),
            params,
        })
    }

    /// Takes a parameter that must be there.
    pub(crate) fn must<T: DeserializeOwned>(&mut self, name: &str) -> Result<T> {
        match self.may(name)? {
            Some(value) => Ok(value),
            None => Err(misfit(&self.action, &format!("`{name}` is missing"))),
        }
    }

    /// Takes a parameter that may be left out or be null.
    pub(crate) fn may<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>> {
        match self.params.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| misfit(&self.action, &format!("`{name}`: {error}"))),
        }
    }

    /// Takes a parameter that says yes or no; no if it is left out.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool> {
        Ok(self.may(name)?.unwrap_or(false))
    }

    /// Refuses what is left: nobody has asked for it.
    pub(crate) fn done(self) -> Result<()> {
        match self.params.keys().next() {
            None => Ok(()),
            Some(name) => Err(misfit(
                &self.action,
                &format!("there is no `{}`", crate::bounded::line(name, 100)),
            )),
        }
    }
}

fn misfit(action: &str, why: &str) -> Failure {
    refused(format!("the parameters of `{action}` do not fit: {why}"))
        .with_hint("`venom skills show` lists the parameters of every action")
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

#[cfg(test)]
mod tests;
