//! The time machine: looking at a run at any moment, taking it back, doing it again.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use venom_kernel::diff::Difference;
use venom_kernel::id::{RunId, Seq};

use super::runs::ApiError;

/// What a replay does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayMode {
    /// Folds the events and compares the checksums of the state that stand in them.
    Fold,
    /// Lets the kernel decide everything again; every effect is answered from the log, and nothing
    /// outside is asked. What is decided must be what stands in the log, event by event.
    #[default]
    Exec,
}

/// What came of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The run.
    pub run: RunId,
    /// What was done.
    pub mode: ReplayMode,
    /// How many events were gone through, the diverging one not counted.
    pub events: u64,
    /// How many effects were answered from the log.
    pub answered: u64,
    /// How many calls had their parameters resolved again and compared.
    pub calls: u64,
    /// How many checksums of the state were compared.
    pub checksums: u64,
    /// The digest of what the run came to.
    pub digest: String,
    /// The first place where the replay and the log part.
    pub divergence: Option<Divergence>,
}

/// The first place where a replay and the log part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// The event of the log.
    pub seq: Seq,
    /// Its name; empty if the log ended before the replay did.
    pub recorded: String,
    /// What the replay came to instead; `None` if nothing leads to the recorded event.
    pub replayed: Option<String>,
    /// Where the two differ: the log on the left, the replay on the right.
    pub differences: Vec<Difference>,
    /// What is the likely reason.
    pub cause: LikelyCause,
    /// What happened, for people.
    pub what: String,
}

/// Classes of reasons why a replay parts from its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LikelyCause {
    /// The log or the content store is not what was written.
    Corruption,
    /// An event is missing, doubled, or in another order.
    Order,
    /// A decision came out otherwise: another version of VENOM, or a decision that does not follow
    /// from the log alone.
    Decision,
    /// A waiting time or a time limit came out otherwise.
    Clock,
    /// A rule, an option or a playbook is not what the run began with.
    Configuration,
    /// An action was called with other parameters than those that follow from the log.
    Parameters,
}

impl LikelyCause {
    /// Says it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Corruption => "the log or the content store is damaged",
            Self::Order => "an event is missing, doubled, or out of order",
            Self::Decision => {
                "a decision came out otherwise: another version of VENOM, or a decision that does not follow from the log alone"
            }
            Self::Clock => "a waiting time or a time limit came out otherwise",
            Self::Configuration => "a rule, an option or a playbook is not what the run began with",
            Self::Parameters => {
                "an action was called with other parameters than those that follow from the log"
            }
        }
    }
}

/// Looking back, going back, going again.
#[async_trait]
pub trait Time: Send + Sync {
    /// Replays a run. Nothing is written and nothing outside is asked.
    async fn replay(&self, run: RunId, mode: ReplayMode) -> Result<Replayed, ApiError>;
}
