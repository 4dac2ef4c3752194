//! Where something was said: an event of a run, or an entry of the user's own log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{RunId, Seq};

/// Where something was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// An event of a run.
    Event {
        /// The run.
        run: RunId,
        /// Its event.
        seq: Seq,
    },
    /// An entry of the log of memory.
    Entry(u64),
}

/// The reason why a text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no event; events are `RUN@SEQ`, entries of memory are `mem@NUMBER`")]
pub struct OriginError(String);

impl Origin {
    /// Returns the run, if it is an event of one.
    pub const fn run(&self) -> Option<RunId> {
        match self {
            Self::Event { run, .. } => Some(*run),
            Self::Entry(_) => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { run, seq } => write!(f, "{run}@{}", seq.number()),
            Self::Entry(number) => write!(f, "mem@{number}"),
        }
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let wrong = || OriginError(text.chars().take(80).collect());
        let (whose, number) = text.split_once('@').ok_or_else(wrong)?;
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = number.parse().ok().filter(|_| is_plain).ok_or_else(wrong)?;
        if whose == "mem" {
            return Ok(Self::Entry(number));
        }
        let run = whose.parse().map_err(|_no_run| wrong())?;
        let seq = Seq::new(number);
        Ok(Self::Event { run, seq })
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
