//! Events: what happened in a run. This is the disk format of the log; see `docs/reference/events.md`.
//!
//! The vocabulary only grows: a variant is never removed and never changes its meaning; a changed
//! meaning is a new variant. A field that is added must have a default, so that old logs can be
//! read. Readers refuse an unknown variant: a log written by a newer VENOM is not guessed at.

mod options;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::advice::{Ask, Considered, Heard};
use crate::agent::{Selected, Setup};
use crate::budget::{Amount, Basis, Cap, Caps, Window};
use crate::change::ChangesRef;
use crate::confine::{Confinement, Receipt};
use crate::digest::{BlobId, Digest};
use crate::effect::{EffectClass, EffectKind, EffectOutcome};
use crate::evidence::Judged;
use crate::id::{ApprovalId, EffectId, QuestionId, RunId, Seq, StepId};
use crate::intent::{Intent, Question};
use crate::memory::procedure::{Procedure, ProcedureId};
use crate::model::{ModelId, Usage};
use crate::plan::{Plan, Quote};
use crate::policy::{Policy, Ruling};
use crate::preference::AnswerSource;
use crate::snapshot::{Repository, Snapshot};
use crate::time::{Millis, Timestamp};
use crate::tree::{ObjectId, TreePath};

pub use options::{Otherwise, RunOptions, SkillVerdict, StatePart};

/// The version of the vocabulary that this build writes.
pub const SCHEMA: u16 = 1;

/// An event with what the log knows about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The run.
    pub run: RunId,
    /// Position in the run, from 1.
    pub seq: Seq,
    /// When it was written.
    pub time: Timestamp,
    /// The event that it follows from, if it follows from one of the same run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Seq>,
    /// The version of the vocabulary.
    pub schema: u16,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A goal was stated.
    RunStarted(Box<RunStarted>),
    /// The goal was understood, more or less.
    IntentParsed {
        /// What was understood.
        intent: Box<Intent>,
    },
    /// A question was put to the user.
    ClarificationAsked {
        /// Its id.
        id: QuestionId,
        /// The question.
        question: Question,
    },
    /// A question was answered.
    ClarificationAnswered {
        /// The question.
        id: QuestionId,
        /// The answer: the value of a choice, or other text.
        answer: String,
        /// Who answered: `user`, or the surface that did it for the user.
        by: String,
    },
    /// An answer of an earlier run was taken for a question that would have been asked.
    PreferenceApplied {
        /// The question.
        question: Question,
        /// The answer.
        answer: String,
        /// Where it was given.
        source: AnswerSource,
    },
    /// An answer of this run is not to be taken for later questions any more.
    PreferenceForgotten {
        /// The question.
        question: QuestionId,
        /// Who wanted it.
        by: String,
    },
    /// A model is asked about the goal or the plan; what it may cost is reserved right after.
    AdviceAsked {
        /// The effect that makes the call.
        effect: EffectId,
        /// The question.
        ask: Box<Ask>,
    },
    /// A model is not asked, because the budget does not hold the answer.
    AdviceForgone {
        /// The question.
        ask: Box<Ask>,
        /// What is missing, for people.
        because: String,
    },
    /// A model said something about the goal or the plan, or did not.
    AdviceGiven {
        /// The effect that made the call.
        effect: EffectId,
        /// What came of it.
        heard: Heard,
    },
    /// Proposals of plans were compared.
    PlansCompared {
        /// The proposals, as they were judged.
        considered: Vec<Considered>,
    },
    /// A plan was made.
    PlanGenerated {
        /// The plan.
        plan: Box<Plan>,
    },
    /// The plan was priced.
    Quoted {
        /// The price.
        quote: Quote,
    },
    /// A rule said what may happen with a step, written when it is not just allowed; or with a host
    /// that a command of the step wanted to reach, written when it first did.
    PolicyDecided {
        /// The step.
        step: StepId,
        /// The host and port, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// The ruling.
        ruling: Ruling,
        /// The rule, for people.
        because: String,
    },
    /// Somebody's agreement was asked for.
    ApprovalAsked {
        /// Its id.
        id: ApprovalId,
        /// The step.
        step: StepId,
        /// Why it is asked for.
        reason: ApprovalReason,
        /// Digest of exactly what is to be agreed to: skill, action and parameters.
        subject: Digest,
    },
    /// Somebody agreed.
    ApprovalGiven {
        /// The request.
        id: ApprovalId,
        /// Who agreed.
        by: String,
    },
    /// Somebody did not agree.
    ApprovalDenied {
        /// The request.
        id: ApprovalId,
        /// Who did not.
        by: String,
        /// Why not, if it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Work on a step began.
    StepStarted {
        /// The step.
        step: StepId,
        /// Which attempt this is, from 1.
        attempt: u16,
    },
    /// An agent was made for a step.
    AgentCreated {
        /// The step.
        step: StepId,
        /// What it begins with.
        setup: Box<Setup>,
    },
    /// A model was chosen to think for an agent.
    ModelSelected {
        /// The step.
        step: StepId,
        /// The turn from which on it thinks.
        turn: u16,
        /// The model, and why this one.
        selected: Box<Selected>,
    },
    /// A call of an agent is not performed, because a rule forbids it.
    ToolRefused {
        /// The agent's step.
        step: StepId,
        /// The call.
        call: String,
        /// The rule, for people.
        because: String,
    },
    /// The most that a call of a model may take was reserved; written before it is made.
    BudgetReserved {
        /// The effect that makes the call.
        effect: EffectId,
        /// The step.
        step: StepId,
        /// The model.
        model: ModelId,
        /// The most that it may take.
        most: Amount,
    },
    /// What a call of a model took. One that nobody heard the end of counts in full.
    BudgetSettled {
        /// The effect that made the call.
        effect: EffectId,
        /// The step.
        step: StepId,
        /// What it took.
        took: Amount,
        /// The tokens, as far as they are known; as they were told, where that cannot be.
        usage: Usage,
        /// How it is known what it took.
        #[serde(default, skip_serializing_if = "Basis::is_told")]
        basis: Basis,
    },
    /// It was counted what other runs have spent and reserved in a day or a month.
    BudgetCounted {
        /// The agent's step for which it was counted.
        step: StepId,
        /// Which.
        window: Window,
        /// When it began.
        since: Timestamp,
        /// What other runs have spent and reserved in it.
        elsewhere: Amount,
        /// The call that was not made, because others had come first and nothing was left for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effect: Option<EffectId>,
    },
    /// A cap has another height, because somebody said so.
    BudgetLimited {
        /// The cap.
        cap: Cap,
        /// What stands there now.
        caps: Caps,
        /// Who said so.
        by: String,
    },
    /// Somebody said what they think of the work of models.
    FeedbackGiven {
        /// The agent's step; all of the run if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
        /// How good it is, in thousandths.
        rating: u16,
        /// Who said so.
        by: String,
    },
    /// An effect is about to be performed.
    EffectStarted {
        /// Its id.
        id: EffectId,
        /// The step.
        step: StepId,
        /// What it does.
        kind: EffectKind,
        /// What it means for the world.
        class: EffectClass,
    },
    /// An effect ended.
    EffectFinished {
        /// The effect.
        id: EffectId,
        /// How.
        outcome: EffectOutcome,
        /// What isolation commands had, if any ran and the effect was not done; what was done has it
        /// in its outcome.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Box<Receipt>>,
    },
    /// An effect was under way when VENOM was interrupted, and nobody can say whether it happened.
    EffectInDoubt {
        /// The effect.
        id: EffectId,
        /// Why nobody can say.
        why: String,
    },
    /// Files were left alone because somebody else changed them.
    ConflictFound {
        /// The step that wanted to change them.
        step: StepId,
        /// The files.
        paths: Vec<String>,
    },
    /// A step did its work; its checks come next.
    StepExecuted {
        /// The step.
        step: StepId,
    },
    /// A step's checks were judged and none is broken.
    StepVerified {
        /// The step.
        step: StepId,
        /// Checks with their answers. Checks that every step has and that held are not listed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        checks: Vec<Judged>,
    },
    /// A step failed for good, or will be tried again.
    StepFailed {
        /// The step.
        step: StepId,
        /// Why.
        why: StepFailure,
        /// The wait before the next attempt, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_in: Option<Millis>,
    },
    /// A step will not be done.
    StepSkipped {
        /// The step.
        step: StepId,
        /// Why.
        why: SkipReason,
    },
    /// Committed edits of a step were taken back.
    Restored {
        /// The step whose edits were taken back.
        step: StepId,
        /// The edits, as they had been committed.
        changes: ChangesRef,
        /// Files that were left alone because somebody else changed them since.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conflicts: Vec<String>,
    },
    /// The workspace was captured.
    SnapshotCreated {
        /// What was captured.
        snapshot: Box<Snapshot>,
        /// The step that it was taken for, if it was for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
        /// Checksum of the run's state before this event.
        state: Digest,
    },
    /// The workspace is about to be brought back to what it was at an earlier event.
    RewindStarted {
        /// The last event that counts.
        to: Seq,
        /// Who wanted it.
        by: String,
        /// Paths and patterns to which it is confined; none means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        only: Vec<String>,
        /// Whether edits of others are overwritten.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        overwrites: bool,
    },
    /// The workspace was brought back.
    Rewound {
        /// The last event that counts.
        to: Seq,
        /// The root of the workspace's tree as it was captured afterwards.
        tree: ObjectId,
        /// Where its git repositories stand afterwards.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        repositories: Vec<Repository>,
        /// How many paths were changed.
        paths: u64,
        /// Whether the tree is exactly the one that was to be gone back to.
        is_exact: bool,
        /// Paths that were left alone because somebody else changed them; the first ones.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conflicts: Vec<TreePath>,
    },
    /// The state of the run became again what it was after an earlier event. Files, and what was spent,
    /// are not part of it. The run is paused then, unless it had ended there.
    StateRewound {
        /// The last event that counts.
        to: Seq,
        /// How much of the state.
        part: StatePart,
        /// Who wanted it.
        by: String,
    },
    /// The events up to here were taken over from another run; from here on the run goes its own way.
    Forked {
        /// The other run.
        from: RunId,
        /// Its last event that was taken over.
        at: Seq,
        /// The hash of that event, which covers all before it.
        hash: Digest,
        /// Who wanted it.
        by: String,
        /// What is done in another way from here on.
        #[serde(default, skip_serializing_if = "Otherwise::is_nothing")]
        otherwise: Box<Otherwise>,
    },
    /// What the run did can be done again for the same goal without a model.
    SkillLearned {
        /// What it did.
        procedure: Box<Procedure>,
    },
    /// Somebody decided about what this run had taught.
    SkillDecided {
        /// The procedure.
        skill: ProcedureId,
        /// What was decided.
        verdict: SkillVerdict,
        /// Who decided.
        by: String,
    },
    /// What the events up to here name in the content store need not be kept any more.
    ContentsReleased {
        /// Who wanted it.
        by: String,
    },
    /// What one snapshot names and nothing else does need not be kept any more.
    SnapshotReleased {
        /// The event with the snapshot.
        at: Seq,
        /// Who wanted it.
        by: String,
    },
    /// Events that came after the ones before this one were damaged and are gone.
    LogRepaired {
        /// The last event that was known of, readable or not; the first lost one is this one's own
        /// position.
        until: Seq,
        /// The folder with the damaged files.
        aside: String,
    },
    /// No new work begins until the run is resumed.
    RunPaused {
        /// Who or what paused it.
        by: String,
    },
    /// Work goes on.
    RunResumed {
        /// Who resumed it.
        by: String,
    },
    /// The run is to end; what is under way is being stopped.
    RunCancelled {
        /// Who cancelled it.
        by: String,
    },
    /// The run ended.
    RunFinished {
        /// How.
        outcome: Outcome,
    },
}

/// How a run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The goal, in the user's words.
    pub goal: String,
    /// Where it is to be reached.
    pub workspace: WorkspaceInfo,
    /// How.
    pub options: RunOptions,
    /// The user's rules.
    #[serde(default)]
    pub policy: Policy,
    /// Version of VENOM.
    pub version: String,
    /// What is demanded of the sandbox.
    #[serde(default)]
    pub confinement: Confinement,
    /// Digests of what the run was decided with: playbooks, skills, configuration.
    pub digests: BTreeMap<String, Digest>,
    /// The same things whole, in the content store, so that a later edit changes nothing for this run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, BlobId>,
}

/// Where a run works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceInfo {
    /// Absolute path of the workspace.
    pub root: String,
    /// Absolute path of the folder that the workspace is a scratch copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
}

/// Why somebody's agreement is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalReason {
    /// A rule asks for it before the step begins.
    Policy(String),
    /// The step may or may not have happened; agreeing means to do it again.
    InDoubt(String),
    /// A rule asks for it before a call that a model wished for.
    Tool {
        /// The call.
        call: String,
        /// The skill.
        skill: String,
        /// The action.
        action: String,
        /// What it is called with, for people; the beginning.
        with: String,
        /// The rule.
        because: String,
    },
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepFailure {
    /// Its effect failed.
    Effect(crate::effect::Failure),
    /// Its checks are broken.
    Checks(Vec<Judged>),
    /// Files that it wanted to change were changed by somebody else.
    Conflict(Vec<String>),
    /// It was not approved.
    Denied(String),
    /// It was under way in a crash, and nobody wanted to do it again.
    InDoubt,
    /// The run's time was over.
    OutOfTime,
    /// The budget does not hold what comes next.
    Budget(String),
}

/// Why a step will not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Something that it needs is not there; it is optional.
    Missing {
        /// What.
        need: String,
        /// What the user can do about it.
        cure: String,
    },
    /// A step that it waits for was not done.
    Behind(StepId),
    /// The run was cancelled.
    Cancelled,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything that was asked for was done and verified.
    Succeeded,
    /// Some of it was done, some failed or could not be verified.
    Partial,
    /// Nothing that was asked for was reached.
    Failed,
    /// Only the plan was asked for.
    Planned,
    /// The plan cannot be run.
    Unplannable(Vec<String>),
    /// The goal is not something that VENOM can do.
    OutOfScope,
    /// The goal did not become clear.
    Unclear,
    /// Somebody cancelled it.
    Cancelled,
}

impl Event {
    /// Returns the name of the variant.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "RunStarted",
            Self::IntentParsed { .. } => "IntentParsed",
            Self::ClarificationAsked { .. } => "ClarificationAsked",
            Self::ClarificationAnswered { .. } => "ClarificationAnswered",
            Self::PreferenceApplied { .. } => "PreferenceApplied",
            Self::PreferenceForgotten { .. } => "PreferenceForgotten",
            Self::AdviceAsked { .. } => "AdviceAsked",
            Self::AdviceForgone { .. } => "AdviceForgone",
            Self::AdviceGiven { .. } => "AdviceGiven",
            Self::PlansCompared { .. } => "PlansCompared",
            Self::PlanGenerated { .. } => "PlanGenerated",
            Self::Quoted { .. } => "Quoted",
            Self::PolicyDecided { .. } => "PolicyDecided",
            Self::ApprovalAsked { .. } => "ApprovalAsked",
            Self::ApprovalGiven { .. } => "ApprovalGiven",
            Self::ApprovalDenied { .. } => "ApprovalDenied",
            Self::StepStarted { .. } => "StepStarted",
            Self::AgentCreated { .. } => "AgentCreated",
            Self::ModelSelected { .. } => "ModelSelected",
            Self::ToolRefused { .. } => "ToolRefused",
            Self::BudgetReserved { .. } => "BudgetReserved",
            Self::BudgetSettled { .. } => "BudgetSettled",
            Self::BudgetCounted { .. } => "BudgetCounted",
            Self::BudgetLimited { .. } => "BudgetLimited",
            Self::FeedbackGiven { .. } => "FeedbackGiven",
            Self::EffectStarted { .. } => "EffectStarted",
            Self::EffectFinished { .. } => "EffectFinished",
            Self::EffectInDoubt { .. } => "EffectInDoubt",
            Self::ConflictFound { .. } => "ConflictFound",
            Self::StepExecuted { .. } => "StepExecuted",
            Self::StepVerified { .. } => "StepVerified",
            Self::StepFailed { .. } => "StepFailed",
            Self::StepSkipped { .. } => "StepSkipped",
            Self::Restored { .. } => "Restored",
            Self::SnapshotCreated { .. } => "SnapshotCreated",
            Self::RewindStarted { .. } => "RewindStarted",
            Self::Rewound { .. } => "Rewound",
            Self::StateRewound { .. } => "StateRewound",
            Self::Forked { .. } => "Forked",
            Self::SkillLearned { .. } => "SkillLearned",
            Self::SkillDecided { .. } => "SkillDecided",
            Self::ContentsReleased { .. } => "ContentsReleased",
            Self::SnapshotReleased { .. } => "SnapshotReleased",
            Self::LogRepaired { .. } => "LogRepaired",
            Self::RunPaused { .. } => "RunPaused",
            Self::RunResumed { .. } => "RunResumed",
            Self::RunCancelled { .. } => "RunCancelled",
            Self::RunFinished { .. } => "RunFinished",
        }
    }

    /// The names of all variants with a sentence about each, for the generated reference.
    pub const ALL: &'static [(&'static str, &'static str)] = &[
        ("RunStarted", "A goal was stated."),
        ("IntentParsed", "The goal was understood, more or less."),
        ("ClarificationAsked", "A question was put to the user."),
        ("ClarificationAnswered", "A question was answered."),
        (
            "PreferenceApplied",
            "An answer of an earlier run was taken for a question that would have been asked.",
        ),
        (
            "PreferenceForgotten",
            "An answer of this run is not to be taken for later questions any more.",
        ),
        (
            "AdviceAsked",
            "A model is asked about the goal or the plan; written before it is.",
        ),
        (
            "AdviceForgone",
            "A model is not asked about the goal or the plan: the budget does not hold the answer.",
        ),
        (
            "AdviceGiven",
            "A model said something about the goal or the plan, or did not.",
        ),
        ("PlansCompared", "Proposals of plans were compared."),
        ("PlanGenerated", "A plan was made."),
        ("Quoted", "The plan was priced."),
        (
            "PolicyDecided",
            "A rule said that a step must be asked for or must not happen, or whether a host may be reached.",
        ),
        ("ApprovalAsked", "Somebody's agreement was asked for."),
        ("ApprovalGiven", "Somebody agreed."),
        ("ApprovalDenied", "Somebody did not agree."),
        ("StepStarted", "Work on a step began."),
        ("AgentCreated", "An agent was made for a step."),
        ("ModelSelected", "A model was chosen to think for an agent."),
        (
            "ToolRefused",
            "A call of an agent is not performed, because a rule forbids it.",
        ),
        (
            "BudgetReserved",
            "The most that a call of a model may take was reserved; written before it is made.",
        ),
        ("BudgetSettled", "What a call of a model took."),
        (
            "BudgetCounted",
            "It was counted what other runs have spent and reserved in a day or a month.",
        ),
        (
            "BudgetLimited",
            "A cap has another height, because somebody said so.",
        ),
        (
            "FeedbackGiven",
            "Somebody said what they think of the work of models.",
        ),
        (
            "EffectStarted",
            "An effect is about to be performed; written before it is.",
        ),
        ("EffectFinished", "An effect ended."),
        (
            "EffectInDoubt",
            "An effect was under way in a crash and may or may not have happened.",
        ),
        (
            "ConflictFound",
            "Files were left alone because somebody else changed them.",
        ),
        ("StepExecuted", "A step did its work; its checks come next."),
        (
            "StepVerified",
            "A step's checks were judged and none is broken.",
        ),
        (
            "StepFailed",
            "A step failed for good, or will be tried again.",
        ),
        ("StepSkipped", "A step will not be done."),
        ("Restored", "Committed edits of a step were taken back."),
        ("SnapshotCreated", "The workspace was captured."),
        (
            "RewindStarted",
            "The workspace is about to be brought back to what it was at an earlier event.",
        ),
        ("Rewound", "The workspace was brought back."),
        (
            "StateRewound",
            "The state of the run became again what it was after an earlier event.",
        ),
        (
            "Forked",
            "The events up to here were taken over from another run; from here on the run goes its own way.",
        ),
        (
            "SkillLearned",
            "What the run did can be done again for the same goal without a model.",
        ),
        (
            "SkillDecided",
            "Somebody decided about what this run had taught.",
        ),
        (
            "ContentsReleased",
            "What the events up to here name in the content store need not be kept any more.",
        ),
        (
            "SnapshotReleased",
            "What one snapshot names and nothing else does need not be kept any more.",
        ),
        (
            "LogRepaired",
            "Events that came after the ones before this one were damaged and are gone.",
        ),
        ("RunPaused", "No new work begins until the run is resumed."),
        ("RunResumed", "Work goes on."),
        (
            "RunCancelled",
            "The run is to end; what is under way is being stopped.",
        ),
        ("RunFinished", "The run ended."),
    ];

    /// Returns the checksum of the state before the event, if the event carries one.
    pub const fn state_checksum(&self) -> Option<Digest> {
        if let Self::SnapshotCreated { state, .. } = self {
            Some(*state)
        } else {
            None
        }
    }

    /// Tells whether the event may follow the end of its run: it is about the workspace that the run
    /// left, and not about its work.
    pub const fn is_afterword(&self) -> bool {
        matches!(
            self,
            Self::SnapshotCreated { .. }
                | Self::RewindStarted { .. }
                | Self::Rewound { .. }
                | Self::StateRewound { .. }
                | Self::Forked { .. }
                | Self::SkillLearned { .. }
                | Self::SkillDecided { .. }
                | Self::ContentsReleased { .. }
                | Self::SnapshotReleased { .. }
                | Self::PreferenceForgotten { .. }
                | Self::FeedbackGiven { .. }
                | Self::LogRepaired { .. }
        )
    }

    /// Returns the event's payload as JSON without the name.
    pub fn data(&self) -> Value {
        match serde_json::to_value(self) {
            Ok(Value::Object(mut map)) => map.remove("data").unwrap_or(Value::Null),
            Ok(_) | Err(_) => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests;
