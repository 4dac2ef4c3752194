//! The time machine: looking at a run at any moment, taking it back, doing it again.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use venom_kernel::diff::Difference;
use venom_kernel::event::{Outcome, StatePart};
use venom_kernel::evidence::TestEvidence;
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::model::ModelId;
use venom_kernel::money::MicroUsd;
use venom_kernel::plan::Plan;
use venom_kernel::snapshot::Snapshot;
use venom_kernel::tree::Entry;

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

/// What is to be gone back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewindWish {
    /// The last event that counts; `None` stands for the run's beginning.
    pub to: Option<Seq>,
    /// Paths or patterns to which it is confined; none means all.
    pub only: Vec<String>,
    /// Whether edits that others made are overwritten.
    pub overwrite: bool,
    /// Whether to go back as far as it goes where something was not captured.
    pub allow_partial: bool,
}

/// One path that going back changes, or leaves alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathPlan {
    /// The path; names that are no text are escaped.
    pub path: String,
    /// What happens to it, or why nothing does.
    pub what: String,
}

/// Something that is not taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stays {
    /// What stays.
    pub what: String,
    /// Why it cannot be taken back.
    pub why: String,
}

/// What going back would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewindPreview {
    /// The run.
    pub run: RunId,
    /// The last event that counts.
    pub to: Seq,
    /// Paths that are changed.
    pub paths: Vec<PathPlan>,
    /// Files, links and folders that are written.
    pub writes: u64,
    /// Files, links and folders that are removed.
    pub removals: u64,
    /// Entries of which only the mode is changed.
    pub modes: u64,
    /// Bytes that are written.
    pub bytes: u64,
    /// Paths that are left alone because somebody else changed them.
    pub conflicts: Vec<PathPlan>,
    /// Git repositories whose references are taken back.
    pub repositories: Vec<String>,
    /// What stays as it is, and why.
    pub stays: Vec<Stays>,
    /// Whether so much is changed that a person should agree first.
    pub is_large: bool,
}

impl RewindPreview {
    /// Tells whether there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.repositories.is_empty()
    }
}

/// What going back did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewindResult {
    /// The run.
    pub run: RunId,
    /// The last event that counts.
    pub to: Seq,
    /// The last event before going back: going there does again what was undone.
    pub before: Seq,
    /// Paths that were brought back.
    pub undone: Vec<PathPlan>,
    /// What was taken back by a step of its own, such as the references of a repository.
    pub compensated: Vec<String>,
    /// What stays, and why.
    pub stays: Vec<Stays>,
    /// Paths that were left alone because somebody else changed them.
    pub conflicts: Vec<PathPlan>,
    /// Whether the workspace is exactly what it was to become, by the root of its tree.
    pub is_exact: bool,
    /// The root of its tree.
    pub tree: String,
}

/// A snapshot of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRow {
    /// The event that says so.
    pub seq: Seq,
    /// The step that it was taken for.
    pub step: Option<StepId>,
    /// The snapshot.
    pub snapshot: Snapshot,
}

/// One moment of a run, for comparing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The run.
    pub run: RunId,
    /// The last event that counts; `None` stands for the last one.
    pub at: Option<Seq>,
}

/// A file that differs between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDifference {
    /// The path; names that are no text are escaped.
    pub path: String,
    /// `added`, `removed`, `changed`, `mode` or `kind`.
    pub nature: String,
    /// What the first moment has.
    pub before: Option<Entry>,
    /// What the second moment has.
    pub after: Option<Entry>,
    /// The unified difference; `None` for what is no text or too large.
    pub unified: Option<String>,
}

/// What differs between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The first moment, with the position that it stands for.
    pub left: Moment,
    /// The second moment, with the position that it stands for.
    pub right: Moment,
    /// Where the two runs part: the first position at which their events differ; `None` if the shorter
    /// is a beginning of the longer, or for one run.
    pub parts_at: Option<Seq>,
    /// Files; `None` where no snapshot says what they were.
    pub files: Option<Vec<FileDifference>>,
    /// The state by sections.
    pub state: Vec<Difference>,
}

/// How a run is forked.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForkWish {
    /// The last event that is taken over; `None` stands for the last one.
    pub at: Option<Seq>,
    /// Other words for the goal; the fork then begins before it was understood.
    pub goal: Option<String>,
    /// The model that thinks from there on, also for agents that are at work; `None` leaves it as it was.
    pub model: Option<ModelId>,
    /// The most money that the fork may spend, what the other run had spent until then included.
    pub max_cost: Option<MicroUsd>,
    /// Another plan for what is left to do; steps that were done and stand in it as they stood stay done.
    pub plan: Option<Plan>,
    /// The folder for the fork to work in: one that was made for it below the folder of copies, empty or
    /// a copy of the other run's workspace. What is in it is overwritten.
    pub into: PathBuf,
}

/// What another model is asked in the place of the one that worked on a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIfWish {
    /// The model that is asked.
    pub model: ModelId,
    /// The most money that asking it may take; `None` leaves what the run itself may still spend.
    pub max_cost: Option<MicroUsd>,
    /// The folder to work in, as for a fork.
    pub into: PathBuf,
}

/// What came of asking another model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// The run that asked.
    pub run: RunId,
    /// The run that it comes from.
    pub from: RunId,
    /// The last event that both have.
    pub at: Seq,
    /// The model that was asked.
    pub model: Option<ModelId>,
    /// How many calls were answered with what was recorded.
    pub repeated: u32,
    /// How many calls were made, in a copy of the workspace.
    pub made: u32,
    /// The first call that differs; `None` if all that were made are the same.
    pub parts_at: Option<PartsAt>,
    /// What thinking took since then.
    pub cost: Pair<MicroUsd>,
    /// How many answers of models there were since then.
    pub answers: Pair<u32>,
    /// What the tests said last, where they ran.
    pub tests: Pair<Option<TestEvidence>>,
    /// How the two ended; `None` for one that has not.
    pub outcome: Pair<Option<Outcome>>,
}

/// The same of two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pair<T> {
    /// Of the run that was there.
    pub original: T,
    /// Of the one that asked another model.
    pub what_if: T,
}

/// The first call that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartsAt {
    /// The event of the run that asked another model.
    pub seq: Seq,
    /// The step.
    pub step: StepId,
    /// Which call of the step it is, from 1.
    pub call: u32,
    /// What the other run did there; `None` if it did nothing more.
    pub recorded: Option<CallMade>,
    /// What was done instead.
    pub made: CallMade,
}

/// A call that a step made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallMade {
    /// The event.
    pub seq: Seq,
    /// The skill and the action, or what else ended the step's work.
    pub what: String,
    /// What it was called with.
    pub arguments: Value,
}

/// Looking back, going back, going again.
#[async_trait]
pub trait Time: Send + Sync {
    /// Replays a run up to a moment. Nothing is written and nothing outside is asked.
    async fn replay(&self, moment: &Moment, mode: ReplayMode) -> Result<Replayed, ApiError>;

    /// Lists the snapshots of a run, oldest first.
    async fn snapshots(&self, run: RunId) -> Result<Vec<SnapshotRow>, ApiError>;

    /// Captures the workspace of a run that nobody works on.
    async fn snapshot(&self, run: RunId) -> Result<SnapshotRow, ApiError>;

    /// Says what going back would do. Nothing is changed.
    async fn preview_rewind(
        &self,
        run: RunId,
        wish: &RewindWish,
    ) -> Result<RewindPreview, ApiError>;

    /// Brings the workspace of a run back to what it was, as far as the run changed it. It is undone
    /// like anything else that the run did: by going back to the event before it.
    async fn rewind(
        &self,
        run: RunId,
        wish: &RewindWish,
        by: &str,
    ) -> Result<RewindResult, ApiError>;

    /// Compares two moments, of one run or of two.
    async fn compare(&self, left: &Moment, right: &Moment) -> Result<Compared, ApiError>;

    /// Writes the files of a run at a moment into an empty folder.
    async fn materialise(&self, moment: &Moment, into: &Path) -> Result<Seq, ApiError>;

    /// Makes a new run of the events of another up to a moment, with the files as they were then in a
    /// folder of its own. The other run stays as it is.
    async fn fork(&self, run: RunId, wish: &ForkWish, by: &str) -> Result<RunId, ApiError>;

    /// Makes a run that asks another model to do the work of the agents of a run: a fork from before the
    /// first of them began. Calls that are made as they were made are answered with what was recorded;
    /// from the first that differs on they are made in the fork's own folder. Nothing is done that leaves
    /// it and cannot be taken back. The other run stays as it is; the new one is resumed as any other.
    async fn what_if(&self, run: RunId, wish: &WhatIfWish, by: &str) -> Result<RunId, ApiError>;

    /// Compares a run that asked another model with the one that it comes from.
    async fn what_came(&self, run: RunId) -> Result<WhatIf, ApiError>;

    /// Makes the state of a run that nobody works on again what it was after an event; files stay as
    /// they are. The run is then paused, and goes on from there when it is resumed.
    async fn rewind_state(
        &self,
        run: RunId,
        to: Seq,
        part: StatePart,
        by: &str,
    ) -> Result<Seq, ApiError>;

    /// Checks everything that `rewind_state` does, and changes nothing.
    async fn preview_rewind_state(
        &self,
        run: RunId,
        to: Seq,
        part: StatePart,
        by: &str,
    ) -> Result<(), ApiError>;

    /// Lets go of what the events of a run name in the content store, which a collection may then
    /// remove. The run must have ended; its events stay, and say so. Doing it again does nothing.
    async fn release(&self, run: RunId, by: &str) -> Result<(), ApiError>;

    /// Lets go of what one snapshot names and nothing else does. `at` is the event with it. Refused for one
    /// without which something of the run could not be taken back.
    async fn release_snapshot(&self, run: RunId, at: Seq, by: &str) -> Result<(), ApiError>;
}
