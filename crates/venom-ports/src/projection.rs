//! Projections: tables that follow from the log and can be thrown away.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use venom_kernel::budget::Amount;
use venom_kernel::digest::Digest;
use venom_kernel::event::Outcome;
use venom_kernel::figure::Label;
use venom_kernel::id::{EffectId, RunId, Seq};
use venom_kernel::model::ModelId;
use venom_kernel::preference::Memory;
use venom_kernel::route::Record;
use venom_kernel::time::{Millis, Timestamp};

use crate::Result;

/// One row of the list of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// The run.
    pub run: RunId,
    /// The goal, cut to a line.
    pub goal: String,
    /// Absolute path of the workspace.
    pub workspace: String,
    /// When it began.
    pub started: Timestamp,
    /// When its last event happened.
    pub updated: Timestamp,
    /// Position of its last event.
    pub seq: Seq,
    /// How it stands: a word for people.
    pub status: RunStatus,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

/// How a run stands, as far as its log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// It is being worked on, or was when its process died.
    Active,
    /// It waits for an answer or an approval.
    Waiting,
    /// It is paused.
    Paused,
    /// It ended.
    Finished,
}

impl std::fmt::Display for RunStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Finished => "finished",
        })
    }
}

/// Which calls of models are summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    /// Those that were reserved from then on.
    pub since: Timestamp,
    /// Without those of this run.
    pub besides: Option<RunId>,
    /// Up to this one, in the order of the log over all runs; all if it is not there.
    pub up_to: Option<(RunId, EffectId)>,
}

/// What is counted over all runs. Runs that were done elsewhere, and runs that cannot be read any more,
/// count nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// The counts that only grow, in the order of their labels.
    pub sums: BTreeMap<Label, u64>,
    /// How many runs there are that have not ended, by status.
    pub runs: BTreeMap<RunStatus, u64>,
    /// How many steps are under way in them.
    pub running: u64,
    /// How many steps could begin.
    pub ready: u64,
}

/// Answers questions over all runs.
#[async_trait]
pub trait Projections: Send + Sync {
    /// Lists runs, newest first.
    async fn runs(&self, limit: usize) -> Result<Vec<RunRow>>;

    /// Lists runs whose ids are smaller than one, which are older, newest first.
    async fn runs_before(&self, before: RunId, limit: usize) -> Result<Vec<RunRow>>;

    /// Finds runs whose id begins with a text, newest first; at most two, enough to see ambiguity.
    async fn find(&self, prefix: &str) -> Result<Vec<RunId>>;

    /// Returns how long an action took in its last calls, at most `limit`, newest first.
    async fn durations(&self, skill: &str, action: &str, limit: usize) -> Result<Vec<Millis>>;

    /// Returns what events say about preferences, in the order of the log. Runs that were done elsewhere
    /// and runs that cannot be read any more say nothing.
    async fn memories(&self) -> Result<Vec<Memory>>;

    /// Returns what was learnt of each model that was ever called. Runs that were done elsewhere teach
    /// nothing.
    async fn records(&self) -> Result<BTreeMap<ModelId, Record>>;

    /// Returns what was spent on models, and what is reserved for calls that are under way. What a fork
    /// took over counts in the run that it comes from; runs that were done elsewhere do not count.
    async fn spent(&self, spending: &Spending) -> Result<Amount>;

    /// Returns what is counted over all runs.
    async fn counts(&self) -> Result<Counts>;

    /// Throws all projections away and folds them again from the log; returns the digest of what
    /// came out.
    async fn rebuild(&self) -> Result<Digest>;

    /// Returns the digest of a canonical dump of all projections.
    async fn digest(&self) -> Result<Digest>;
}
