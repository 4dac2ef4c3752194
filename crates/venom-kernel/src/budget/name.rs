//! How accounts and calls are named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::id::{EffectId, StepId};

/// Longest name, in bytes. Chosen: names of steps fit, and a log stays readable.
const LONGEST: usize = 200;

/// The reason why a text names no account and no call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name in a budget: use at most 200 letters, digits and any of `- _ . : / #`")]
pub struct NoName(String);

fn checked(text: &str) -> Result<String, NoName> {
    let is_good =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/' | '#');
    if !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_good) {
        Ok(text.to_owned())
    } else {
        Err(NoName(text.chars().take(80).collect()))
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Returns the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NoName;

            fn from_str(text: &str) -> Result<Self, NoName> {
                checked(text).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// Names an account of a run.
    Account
);
name!(
    /// Names a call that is paid for; no two calls of a run have the same one.
    Key
);

impl Account {
    /// The account of the whole run.
    pub fn run() -> Self {
        Self("run".to_owned())
    }

    /// The account of an agent.
    pub fn agent(number: u32) -> Self {
        Self(format!("agent:{number}"))
    }

    /// The account of a step.
    pub fn step(step: &StepId) -> Self {
        Self(format!("step:{step}"))
    }
}

impl Key {
    /// Names the call that serves an effect, and which attempt it is, counted from 1.
    pub fn of(effect: EffectId, attempt: u32) -> Self {
        Self(format!("{effect}#{attempt}"))
    }
}
