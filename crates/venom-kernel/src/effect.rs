//! Effects: orders to the world, and the class that says what each one means.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::advice::Ask;
use crate::budget::{Caps, Window};
use crate::change::{ChangesRef, Payload};
use crate::confine::Receipt;
use crate::digest::Digest;
use crate::evidence::Evidence;
use crate::id::{ApprovalId, EffectId, QuestionId, StepId};
use crate::model::{ModelId, Reply, Request};
use crate::plan::{Check, Step};
use crate::snapshot::Cause;
use crate::time::Millis;

/// What an action means for the world. Approval, crash recovery, replay and rollback all read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectClass {
    /// Changes nothing: may be repeated, or answered from the log.
    Pure,
    /// Safe to repeat.
    Idempotent,
    /// Touches only the workspace, through a change set that can be taken back.
    Reversible,
    /// Changes something that has a recorded undo.
    Compensable,
    /// Rewrites what was recorded before, and the undo is recorded. Where others may have the old record
    /// it is asked for; whether they have is known when the action has looked, see [`Self::objection`].
    Rewriting,
    /// Cannot be taken back: asked for before, and never repeated after a crash.
    Irreversible,
}

impl EffectClass {
    /// Tells whether the effect may be performed again when nobody knows how far it came.
    pub const fn is_repeatable(self) -> bool {
        match self {
            // A reversible effect stages its edits; what was not committed never happened.
            Self::Pure | Self::Idempotent | Self::Reversible => true,
            Self::Compensable | Self::Rewriting | Self::Irreversible => false,
        }
    }

    /// Returns why somebody has to agree to an effect of this class, as its action found when it
    /// prepared: the text of the field `asks`. Other classes are judged before they begin.
    pub fn objection(self, prepared: &Value) -> Option<&str> {
        match self {
            Self::Rewriting => prepared.get("asks")?.as_str(),
            Self::Pure
            | Self::Idempotent
            | Self::Reversible
            | Self::Compensable
            | Self::Irreversible => None,
        }
    }

    /// Tells whether the effect may change the workspace or what belongs to it.
    pub const fn may_write(self) -> bool {
        match self {
            Self::Pure => false,
            Self::Idempotent
            | Self::Reversible
            | Self::Compensable
            | Self::Rewriting
            | Self::Irreversible => true,
        }
    }
}

impl fmt::Display for EffectClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pure => "pure",
            Self::Idempotent => "idempotent",
            Self::Reversible => "reversible",
            Self::Compensable => "compensable",
            Self::Rewriting => "rewriting",
            Self::Irreversible => "irreversible",
        })
    }
}

/// What a started effect does; written to the log before it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// Calls the step's action.
    Call {
        /// What the action saw when it prepared, for judging a crash; null if it did not.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        prepared: Value,
    },
    /// Commits the edits that the step's call staged.
    Commit {
        /// The edits.
        changes: ChangesRef,
    },
    /// Looks outside to verify the step: at the workspace, at a server, at what a command says.
    Check,
    /// Lets tests that failed in the step's call run again, alone.
    Rerun {
        /// The tests, by the names that the runner gave them.
        cases: Vec<String>,
    },
    /// Takes back the committed edits of a step.
    Restore {
        /// The step whose edits are taken back.
        of: StepId,
        /// The edits as they were committed; they are applied in reverse.
        changes: ChangesRef,
    },
    /// Asks a model, for an agent.
    Think {
        /// Which answer it will be, from 1.
        turn: u16,
        /// Digest of what it is asked.
        asked: Digest,
        /// Length of what it is asked, in bytes.
        bytes: u64,
        /// Results that it is not shown whole, by the effects that gave them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<EffectId>,
    },
    /// Performs a call that a model wished for.
    Act {
        /// The answer with the wish.
        turn: u16,
        /// The wish, by the name that the model gave it; what it is called with stands in the answer.
        call: String,
        /// The skill.
        skill: String,
        /// The action.
        action: String,
    },
    /// Calls what an agent's claim to be done is judged by.
    Prove {
        /// The skill.
        skill: String,
        /// The action.
        action: String,
    },
}

/// An order from the kernel to the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Turn the goal and the answers given so far into an intent.
    Understand,
    /// Put a question to the user.
    Ask(QuestionId),
    /// Turn the intent into a plan.
    MakePlan,
    /// Put a request for approval to the user.
    AskApproval(ApprovalId),
    /// Capture the workspace.
    Snapshot {
        /// The step that it is for, if it is for one.
        step: Option<StepId>,
        /// Why.
        cause: Cause,
        /// How long to wait before it, for a retry.
        delay: Millis,
    },
    /// Let the step's action look at the world before it acts.
    Prepare {
        /// The step.
        step: Box<Step>,
    },
    /// Find out what an agent begins with, and which model thinks for it.
    SetUp {
        /// The agent's step.
        step: Box<Step>,
    },
    /// Ask a model; the effect is started.
    Think {
        /// The effect's id.
        effect: EffectId,
        /// The agent's step.
        step: Box<Step>,
        /// The model.
        model: ModelId,
        /// What it is asked.
        request: Arc<Request>,
        /// The longest time for it.
        within: Millis,
        /// How long to wait before it, for a retry.
        delay: Millis,
        /// The days and months whose caps it must not pass, with all other runs.
        windows: Vec<(Window, Caps)>,
    },
    /// Count what other runs have spent and reserved in these days and months.
    Count {
        /// The agent's step that wants to know.
        step: StepId,
        /// Which.
        windows: Vec<Window>,
    },
    /// Ask a model about the goal or the plan; the question is written down.
    Advise {
        /// The effect's id.
        effect: EffectId,
        /// The question.
        ask: Box<Ask>,
        /// The most tokens of the answer that the budget holds.
        answer: u32,
        /// The days and months whose caps it must not pass, with all other runs.
        windows: Vec<(Window, Caps)>,
    },
    /// Perform a started effect.
    Perform {
        /// The effect's id.
        effect: EffectId,
        /// The step it belongs to.
        step: Box<Step>,
        /// What to do.
        kind: EffectKind,
        /// How long to wait before it, for a retry.
        delay: Millis,
    },
    /// Find out whether an effect that was under way in a crash has happened.
    Probe {
        /// The effect's id.
        effect: EffectId,
        /// The step it belongs to.
        step: Box<Step>,
        /// What it did.
        kind: EffectKind,
    },
    /// Stop effects that are under way.
    Cancel(Vec<EffectId>),
    /// Nothing more will come: the run ended.
    Stop,
}

impl Effect {
    /// Returns the checks of a step that need a look at the workspace.
    pub fn outside_checks(step: &Step) -> impl Iterator<Item = &Check> {
        step.verify.iter().filter(|check| check.looks_outside())
    }
}

/// How an effect ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectOutcome {
    /// It was done.
    Done(Done),
    /// It was tried and did not work.
    Failed(Failure),
    /// It was stopped because the run was paused, cancelled or interrupted.
    Stopped,
}

/// What a done effect gave.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Done {
    /// The result, which fits the action's result schema.
    #[serde(default, skip_serializing_if = "Payload::is_null")]
    pub result: Payload,
    /// Typed facts that verifiers and the report read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Edits that the call staged and that must now be committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangesRef>,
    /// Paths that somebody else changed meanwhile, so that they were left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Digest of the parameters that the action was called with, references resolved; a replay
    /// resolves them again and must come to the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Digest>,
    /// What isolation was really in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Box<Receipt>>,
    /// What a model answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Box<Reply>>,
    /// What a model sees of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// How long it took; no decision but an agent's limit of time and no digest depends on it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub took: Millis,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(span: &Millis) -> bool {
    *span == Millis::ZERO
}

/// Why an effect failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure, for deciding what to do next.
    pub kind: FailureKind,
    /// What happened, for people.
    pub message: String,
    /// What the user can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How long it took to fail, where that counts against a limit: in an agent's work.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub took: Millis,
}

impl Failure {
    /// Makes a failure without a hint.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            took: Millis::ZERO,
        }
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The kinds of failure, which are those of every port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// May work when tried again.
    Retryable,
    /// The other side said no, or the request made no sense.
    Refused,
    /// Something that was named is not there.
    Missing,
    /// Somebody else changed the same thing.
    Conflict,
    /// Stored data is damaged.
    Corrupt,
    /// The other side cannot be reached.
    Unavailable,
    /// It took longer than allowed and was stopped.
    TimedOut,
    /// VENOM itself went wrong; a skill that panicked, for instance.
    Internal,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retryable => "retryable",
            Self::Refused => "refused",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
            Self::Corrupt => "corrupt",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed out",
            Self::Internal => "internal",
        })
    }
}

/// What a probe found out about an effect that was under way in a crash.
#[derive(Debug, Clone, PartialEq)]
pub enum Probed {
    /// It happened, with this outcome.
    Happened(Box<Done>),
    /// It did not happen: it may be performed.
    DidNot,
    /// Nobody can say.
    Unknown(String),
}
