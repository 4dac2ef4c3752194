//! Facts: what is believed, why, teaching it and taking it out again.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use venom_kernel::memory::Trust;
use venom_kernel::memory::fact::{
    Claim, FactId, Knowledge, Origin, Recorded, Row, Support, Target,
};
use venom_kernel::time::Timestamp;

use super::runs::ApiError;

/// The answers to a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The variables.
    pub columns: Vec<String>,
    /// A value for each variable.
    pub rows: Vec<Vec<Value>>,
    /// How many answers there are; a server may give fewer.
    pub count: usize,
    /// Predicates that nothing is known of: empty, or misspelt.
    pub unknown: Vec<String>,
    /// Symbols of the question that are no relation: names are texts, so they fit nothing.
    pub symbols: Vec<String>,
}

/// Why something holds: steps, what was asked for first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The steps. No fact stands twice.
    pub steps: Vec<Step>,
}

/// A fact of a proof.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The fact.
    pub fact: String,
    /// Why it holds.
    pub because: Reason,
}

/// Why a fact of a proof holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// These said it.
    Said(Vec<Support>),
    /// It stands in the rules.
    Written,
    /// It follows by a rule.
    Follows {
        /// The rule.
        rule: String,
        /// What the rule needed.
        premises: Vec<Premise>,
    },
}

/// What a rule needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Premise {
    /// The step at this place.
    Step(usize),
    /// No fact fits this.
    Absent(String),
    /// A condition, with its values.
    Holds(String),
}

/// What is taken out with a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cascade {
    /// The events and entries that do not count any more.
    pub origins: Vec<Origin>,
    /// Facts that nobody says any more.
    pub gone: Vec<Row>,
    /// What followed from them by rules.
    pub derived: Vec<String>,
    /// Whether the list of what followed is whole.
    pub is_complete: bool,
    /// Proposals that nobody makes any more.
    pub proposals: Vec<FactId>,
    /// Facts that hold again, because what had replaced them is gone.
    pub restored: Vec<Row>,
}

impl Cascade {
    /// Tells whether nothing was said there.
    pub const fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }
}

/// What came of taking something out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unlearned {
    /// The entry of the memory's log; none if it was only looked at.
    pub entry: Option<u64>,
    /// What goes.
    pub cascade: Cascade,
    /// Learned skills that go with it.
    pub skills: Vec<String>,
}

/// Something to be learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taught {
    /// The words.
    pub text: String,
    /// What they were read from, such as a file or an address.
    pub source: Option<String>,
    /// Who vouches for them.
    pub trust: Trust,
    /// What `we` stands for in them.
    pub project: String,
}

/// What came of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// The entry of the memory's log; none if nothing was said.
    pub entry: Option<u64>,
    /// What was said.
    pub claims: Vec<Claim>,
}

/// What came of a consolidation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consolidated {
    /// The entry that it began with; none if there was nothing to do.
    pub start: Option<u64>,
    /// Whether one that was cut off was brought to its end.
    pub is_resumed: bool,
    /// Facts that were looked at.
    pub looked: u64,
    /// Facts that are kept for good from now on.
    pub kept: Vec<FactId>,
    /// Facts that were let go of.
    pub evicted: Vec<FactId>,
}

/// What was known at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The moment.
    pub at: Timestamp,
    /// What was known then.
    pub knowledge: Knowledge,
}

/// What is believed.
#[async_trait]
pub trait Beliefs: Send + Sync {
    /// Returns what was known at a moment, or is known now.
    async fn known(&self, at: Option<Timestamp>) -> Result<Known, ApiError>;

    /// Answers a question to the rules over what was known at a moment, or is known now.
    async fn query(&self, question: &str, at: Option<Timestamp>) -> Result<Answers, ApiError>;

    /// Proves a fact, such as `needs("checkout", "postgres")`, from what was known at a moment, or is known now;
    /// nothing if it does not hold.
    async fn prove(&self, fact: &str, at: Option<Timestamp>) -> Result<Option<Proof>, ApiError>;

    /// Returns what the memory's log says about facts, behind an entry, the oldest first and so many at most.
    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, ApiError>;

    /// Reads what a text says and writes it down; secrets are masked first.
    async fn learn(&self, taught: Taught, by: &str) -> Result<Learned, ApiError>;

    /// Writes down that somebody takes a fact for true, or for false; returns the entry. The fact must be known or
    /// proposed.
    async fn decide(&self, fact: FactId, is_true: bool, by: &str) -> Result<u64, ApiError>;

    /// Takes out what was said somewhere and all that came from it, or says what would go if `is_dry`.
    async fn unlearn(&self, what: &Target, is_dry: bool, by: &str) -> Result<Unlearned, ApiError>;

    /// Goes through what is known, keeps what matters and lets go of what does not.
    async fn consolidate(&self, by: &str) -> Result<Consolidated, ApiError>;
}
