//! Facts: what is said to hold between two things, since when, and who said so.
//!
//! A [`Claim`] is what one sentence says. An [`Observation`] is what one event said, with who said it
//! and how far it is trusted. [`knowledge`] folds all of them to rows that are never changed but by
//! closing them: a row says when it held in the world (`from`, `to`) and when that was believed
//! (`recorded`, `superseded`). What nobody vouches for waits in an inbox and is believed by nobody.
//!
//! Reading order: `relation`, `origin` (where something was said), this file (claims), `journal` (what
//! the user decided about memory), `belief` and `fold` (from what was said to what is believed), `importance` and `consolidate`.

use serde::{Deserialize, Serialize};

use crate::confidence::Confidence;
use crate::digest::Digest;
use crate::id::{RunId, Seq, digest_id};
use crate::memory::Trust;
use crate::time::Timestamp;

mod belief;
mod consolidate;
mod fold;
mod importance;
mod journal;
mod origin;
mod relation;

pub use belief::{Contradiction, Knowledge, Proposal, Row, Superseded, Support, knowledge};
pub use consolidate::{Batch, Consolidation, Pending, batches, pending};
pub use importance::{EVICT, KEEP, Signs, importance};
pub use journal::{Entry, Recorded, Target, entries};
pub use origin::{Origin, OriginError};
pub use relation::Relation;

/// Longest name of a thing, in characters. Chosen: a path fits; what is longer is prose.
pub const LONGEST_NAME: usize = 200;

/// Longest sentence that is kept as evidence, in characters. Chosen: a long sentence of a person.
pub const LONGEST_SENTENCE: usize = 400;

digest_id!(
    /// Names a fact by what it says: the same fact has the same name whoever says it. 48 bits, as for preferences.
    FactId, "fact", 12
);

impl FactId {
    /// Returns the id of what is said.
    pub fn of(subject: &str, relation: Relation, object: &str) -> Self {
        Self::of_digest(&Digest::of(&(subject, relation, object)))
    }
}

/// Tells whether what somebody vouches for is believed without asking the user.
pub const fn is_believed(trust: Trust) -> bool {
    match trust {
        Trust::Untrusted | Trust::Model => false,
        Trust::Venom | Trust::User => true,
    }
}

/// Returns how sure a sentence from there is, when its form is clear. Chosen: the order is that of the
/// labels; what VENOM measured is surer than what somebody remembers.
pub const fn confidence(trust: Trust) -> Confidence {
    Confidence::from_thousandths(match trust {
        Trust::Untrusted => 450,
        Trust::Model => 550,
        Trust::User => 900,
        Trust::Venom => 950,
    })
}

/// What a claim says about its fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// It holds.
    Holds,
    /// It does not hold, or no longer.
    Ended,
}

/// What a sentence says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What it is about, in the form of [`extract::name`](crate::memory::extract::name).
    pub subject: String,
    /// What is said about it.
    pub relation: Relation,
    /// The other thing, or a text where the relation takes one.
    pub object: String,
    /// What narrows it: a version, `for the tests`, `over npm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// Whether it holds.
    pub stance: Stance,
    /// Whether the sentence says that something changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_change: bool,
    /// Since when it holds, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until when it holds, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The sentence.
    pub sentence: String,
}

impl Claim {
    /// Returns the name of what is said.
    pub fn id(&self) -> FactId {
        FactId::of(&self.subject, self.relation, &self.object)
    }
}

/// What one event said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Where it was said.
    pub origin: Origin,
    /// When.
    pub time: Timestamp,
    /// How far it is trusted.
    pub trust: Trust,
    /// Who said it: `user`, a tool, a model.
    pub speaker: String,
    /// What it was read from, such as a file or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The claims, in the order of the text.
    pub claims: Vec<Claim>,
}

/// What an event of a run says about what is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Saying {
    /// Something was said.
    Observed(Observation),
    /// A run went back to before some of its events: they did not happen.
    TakenBack {
        /// The run.
        run: RunId,
        /// The last event that counts.
        to: Seq,
        /// When.
        time: Timestamp,
    },
    /// The events of a run up to here are another run's, and count there.
    TakenOver {
        /// The run.
        run: RunId,
        /// When.
        time: Timestamp,
    },
    /// A run ended.
    Ended {
        /// The run.
        run: RunId,
        /// Whether everything that was asked for was done and verified.
        is_success: bool,
        /// When.
        time: Timestamp,
    },
}

impl Saying {
    /// Returns when it was said.
    pub const fn time(&self) -> Timestamp {
        match self {
            Self::Observed(observation) => observation.time,
            Self::TakenBack { time, .. }
            | Self::TakenOver { time, .. }
            | Self::Ended { time, .. } => *time,
        }
    }
}

#[cfg(test)]
mod tests;
