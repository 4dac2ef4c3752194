//! One run as a state machine: events fold into [`RunState`], inputs become events and effects.
//!
//! [`RunState::evolve`] is the only way to change a state, and refuses what is illegal in it.
//! [`Machine`] is how the engine drives it: it keeps a state and answers each [`Input`] with the
//! events to append and the effects to perform once they are appended.
//!
//! ```text
//! Empty -> Understanding <-> Asking
//!               |
//!            Planning -> Executing -> Finished
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::advice::{Advice, Considered};
use crate::agent::AgentState;
use crate::budget::{Caps, Ledger};
use crate::change::{ChangesRef, Payload};
use crate::digest::Digest;
use crate::effect::{EffectClass, EffectKind};
use crate::event::{ApprovalReason, Outcome, RunStarted, SkipReason, StepFailure};
use crate::evidence::{Evidence, Judged};
use crate::id::{ApprovalId, EffectId, QuestionId, Seq, SnapshotId, StepId};
use crate::intent::{Intent, Question};
use crate::plan::graph::Graph;
use crate::plan::{Plan, Quote, Step};
use crate::preference::Remembered;
use crate::snapshot::Cause;
use crate::tree::ObjectId;

mod advice;
mod agent;
mod budget;
mod consent;
mod effects;
mod evolve;
mod input;
mod machine;
mod past;
mod recover;
mod schedule;
mod sections;
mod snapshots;
mod verify;

pub use budget::is_about_budget;
pub use evolve::Illegal;
pub use input::{AgentReady, Input, Pause, Refusal};
pub use machine::{Decision, Machine, Proposed, decide};
pub use sections::SECTIONS;

use past::Past;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing happened yet.
    Empty,
    /// The goal is being understood.
    Understanding,
    /// Questions wait for answers.
    Asking,
    /// The plan is being made.
    Planning,
    /// Steps are being done.
    Executing,
    /// The run ended.
    Finished,
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepStatus {
    /// It waits for other steps.
    Waiting,
    /// It can begin.
    Ready,
    /// It waits for somebody's agreement.
    Asked(ApprovalId),
    /// It is being done.
    Running(Stage),
    /// It was done and all its checks hold.
    Verified,
    /// It was done, no check is broken, and for some there is no evidence.
    Unproven,
    /// It failed.
    Failed(StepFailure),
    /// It will not be done.
    Skipped(SkipReason),
}

/// How far a running step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It began; its call is not on the way yet.
    Begun,
    /// Its call is under way.
    Calling(EffectId),
    /// Its call is done; edits may wait for being committed.
    Called,
    /// Its edits are being committed.
    Committing(EffectId),
    /// Its work is done; the checks come next.
    Executed,
    /// Somebody is looking at the workspace for its checks.
    Checking(EffectId),
    /// Everything that the checks need was seen.
    Checked,
    /// An agent thinks and acts.
    Working,
}

impl StepStatus {
    /// Tells whether nothing more will happen with the step.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Verified | Self::Unproven | Self::Failed(_) | Self::Skipped(_) => true,
            Self::Waiting | Self::Ready | Self::Asked(_) | Self::Running(_) => false,
        }
    }

    /// Tells whether steps behind this one may begin.
    pub const fn is_done(&self) -> bool {
        match self {
            Self::Verified | Self::Unproven => true,
            Self::Waiting
            | Self::Ready
            | Self::Asked(_)
            | Self::Running(_)
            | Self::Failed(_)
            | Self::Skipped(_) => false,
        }
    }

    /// Returns a word for the status.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Asked(_) => "asked",
            Self::Running(_) => "running",
            Self::Verified => "verified",
            Self::Unproven => "unproven",
            Self::Failed(_) => "failed",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// What is known about a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepState {
    /// Where it stands.
    pub status: StepStatus,
    /// How often it was begun.
    pub attempt: u16,
    /// What its effects left behind.
    pub evidence: Vec<Evidence>,
    /// The result of its call.
    pub result: Payload,
    /// Its committed edits, until they are taken back.
    pub changes: Option<ChangesRef>,
    /// Edits that its call staged and that are not committed yet.
    staged: Option<ChangesRef>,
    /// What its agent begins with, until it begins.
    setup: Option<std::sync::Arc<crate::agent::Setup>>,
    /// Its checks with their answers.
    pub checks: Vec<Judged>,
    /// Whether its edits were taken back.
    pub restored: bool,
    /// What its agent has come to, if it has one.
    pub agent: Option<Box<AgentState>>,
    /// The event that made it ready, or the last event about it.
    since: Seq,
    /// The effect that called its action last.
    called: Option<EffectId>,
    approved: bool,
    /// Steps that it still waits for.
    waits: usize,
}

impl StepState {
    /// Returns the effect that called the step's action last.
    pub const fn last_call(&self) -> Option<EffectId> {
        self.called
    }

    /// Returns the edits of the step that are in force, in the order in which they were committed.
    pub fn edits(&self) -> &[ChangesRef] {
        match &self.agent {
            Some(agent) => agent.edits(),
            None => self.changes.as_slice(),
        }
    }
}

/// An effect that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenEffect {
    /// Position of its step in the plan.
    pub step: usize,
    /// What it does.
    pub kind: EffectKind,
    /// What it means for the world.
    pub class: EffectClass,
    /// The event that started it.
    pub started: Seq,
    /// Whether nobody knows if it happened.
    pub in_doubt: bool,
}

/// A request for somebody's agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The step.
    pub step: StepId,
    /// Why it is asked for.
    pub reason: ApprovalReason,
    /// What exactly is to be agreed to.
    pub subject: Digest,
    /// The answer, once there is one.
    pub given: Option<bool>,
}

/// The state of one run: a fold over its events.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    seq: Seq,
    phase: Phase,
    paused: bool,
    cancelled: Option<String>,
    started: Option<Box<RunStarted>>,
    intent: Option<Intent>,
    questions: BTreeMap<QuestionId, (Question, Option<String>)>,
    /// Answers of earlier runs that were taken, by the keys of the questions.
    preferred: BTreeMap<String, Remembered>,
    /// What models were asked before there were steps.
    advice: Vec<Advice>,
    /// Proposals of plans, once they were compared.
    considered: Option<Vec<Considered>>,
    plan: Plan,
    graph: Graph,
    quote: Option<Quote>,
    positions: BTreeMap<StepId, usize>,
    steps: Vec<StepState>,
    ready: BTreeSet<(Reverse<u64>, usize)>,
    running: BTreeSet<usize>,
    unfinished: usize,
    effects: BTreeMap<EffectId, OpenEffect>,
    last_effect: u32,
    approvals: BTreeMap<ApprovalId, Approval>,
    outcome: Option<Outcome>,
    budget: Ledger,
    snapshots: Snapshots,
    released: Option<Seq>,
    past: Past,
}

/// What is known of a run's snapshots and of going back to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshots {
    /// How many were taken.
    pub taken: u32,
    /// The last one.
    pub last: Option<LastSnapshot>,
    /// The event that is being gone back to, while the workspace is brought back.
    pub rewinding: Option<Seq>,
    /// How often the workspace was brought back.
    pub rewound: u32,
}

/// The last snapshot of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LastSnapshot {
    /// Its id.
    pub id: SnapshotId,
    /// Its tree.
    pub tree: ObjectId,
    /// The event that says so.
    pub seq: Seq,
    /// Why it was taken.
    pub cause: Cause,
}

impl Default for RunState {
    fn default() -> Self {
        Self {
            seq: Seq::ZERO,
            phase: Phase::Empty,
            paused: false,
            cancelled: None,
            started: None,
            intent: None,
            questions: BTreeMap::new(),
            preferred: BTreeMap::new(),
            advice: Vec::new(),
            considered: None,
            plan: Plan::default(),
            graph: Graph::default(),
            quote: None,
            positions: BTreeMap::new(),
            steps: Vec::new(),
            ready: BTreeSet::new(),
            running: BTreeSet::new(),
            unfinished: 0,
            effects: BTreeMap::new(),
            last_effect: 0,
            approvals: BTreeMap::new(),
            outcome: None,
            budget: Ledger::new(Caps::NONE),
            snapshots: Snapshots::default(),
            released: None,
            past: Past::default(),
        }
    }
}

impl RunState {
    /// Folds events from the beginning of a run.
    pub fn fold<'a>(
        events: impl IntoIterator<Item = &'a crate::event::Event>,
    ) -> Result<Self, Illegal> {
        let mut state = Self::default();
        for event in events {
            state.evolve(event)?;
        }
        Ok(state)
    }

    /// Returns the position of the last event.
    pub const fn seq(&self) -> Seq {
        self.seq
    }

    /// Returns the event that let go of the contents that earlier events name, if there is one.
    pub const fn released(&self) -> Option<Seq> {
        self.released
    }

    /// Returns how far the run has come.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// Tells whether no new work begins until the run is resumed.
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Returns who cancelled the run, if somebody did.
    pub fn cancelled_by(&self) -> Option<&str> {
        self.cancelled.as_deref()
    }

    /// Returns how the run began.
    pub fn started(&self) -> Option<&RunStarted> {
        self.started.as_deref()
    }

    /// Returns what was understood.
    pub const fn intent(&self) -> Option<&Intent> {
        self.intent.as_ref()
    }

    /// Returns what models were asked about the goal and the plan.
    pub fn advice(&self) -> &[Advice] {
        &self.advice
    }

    /// Returns the proposals of plans, once they were compared.
    pub fn considered(&self) -> Option<&[Considered]> {
        self.considered.as_deref()
    }

    /// Returns the plan; empty until there is one.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the shape of the plan.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the quote.
    pub const fn quote(&self) -> Option<&Quote> {
        self.quote.as_ref()
    }

    /// Returns how the run ended.
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// Returns what the run spent and may spend.
    pub const fn budget(&self) -> &Ledger {
        &self.budget
    }

    /// Returns what is known of the run's snapshots.
    pub const fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// Returns the questions that wait for an answer.
    pub fn open_questions(&self) -> impl Iterator<Item = (QuestionId, &Question)> {
        self.questions
            .iter()
            .filter(|(_, (_, answer))| answer.is_none())
            .map(|(id, (question, _))| (*id, question))
    }

    /// Returns the answers given so far, by the questions' keys. What was said in this run goes before
    /// what an earlier one knew.
    pub fn answers(&self) -> BTreeMap<String, String> {
        let mut answers: BTreeMap<String, String> = self
            .preferred
            .iter()
            .map(|(key, known)| (key.clone(), known.answer.clone()))
            .collect();
        let given = self.questions.values();
        answers.extend(
            given.filter_map(|(question, answer)| Some((question.key.clone(), answer.clone()?))),
        );
        answers
    }

    /// Returns the answers of earlier runs that were taken.
    pub fn preferred(&self) -> impl Iterator<Item = &Remembered> {
        self.preferred.values()
    }

    /// Returns the requests for agreement that wait for an answer.
    pub fn open_approvals(&self) -> impl Iterator<Item = (ApprovalId, &Approval)> {
        self.approvals
            .iter()
            .filter(|(_, a)| a.given.is_none())
            .map(|(id, a)| (*id, a))
    }

    /// Returns a request for agreement, answered or not.
    pub fn approval(&self, id: ApprovalId) -> Option<&Approval> {
        self.approvals.get(&id)
    }

    /// Returns a question, answered or not.
    pub fn question(&self, id: QuestionId) -> Option<&Question> {
        self.questions.get(&id).map(|(question, _)| question)
    }

    /// Returns the effects that are under way.
    pub fn open_effects(&self) -> impl Iterator<Item = (EffectId, &OpenEffect)> {
        self.effects.iter().map(|(id, effect)| (*id, effect))
    }

    /// Returns the steps with what is known about them, in the order of the plan.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, &StepState)> {
        self.plan.steps.iter().zip(&self.steps)
    }

    /// Returns what is known about a step.
    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.steps.get(*self.positions.get(id)?)
    }

    /// Tells whether nothing is under way. An effect that nobody knows the fate of is not: it waits
    /// for somebody to settle it. Nor is a step of a paused run that has begun and whose call is not on
    /// the way, nor an agent that waits for somebody.
    pub fn is_idle(&self) -> bool {
        let rests = |step: usize| {
            self.paused
                && self.steps.get(step).is_some_and(|state| {
                    matches!(
                        state.status,
                        StepStatus::Running(Stage::Begun | Stage::Working)
                    )
                })
        };
        let waits = |step: usize| {
            self.steps.get(step).is_some_and(|state| {
                matches!(
                    state.status,
                    StepStatus::Running(Stage::Begun | Stage::Working)
                ) && state
                    .agent
                    .as_ref()
                    .is_some_and(|agent| agent.waits_for_person())
            })
        };
        let in_doubt = |step: usize| {
            self.effects
                .values()
                .any(|effect| effect.step == step && effect.in_doubt)
        };
        self.effects.values().all(|effect| effect.in_doubt)
            && self.open_advice().next().is_none()
            && self
                .running
                .iter()
                .all(|step| in_doubt(*step) || rests(*step) || waits(*step))
    }

    /// Tells whether the run waits for a person and for nothing else.
    pub fn waits_for_person(&self) -> bool {
        match self.phase {
            Phase::Asking => true,
            Phase::Executing => {
                self.is_idle()
                    && (self.paused || self.ready.is_empty())
                    && (self.open_approvals().next().is_some()
                        || self.open_questions().next().is_some())
            }
            Phase::Empty | Phase::Understanding | Phase::Planning | Phase::Finished => false,
        }
    }

    /// Returns a digest of what the run has come to, free of times, attempts and positions: two runs
    /// that did the same have the same one, however often they were interrupted.
    pub fn outcome_digest(&self) -> Digest {
        let steps: BTreeMap<&str, serde_json::Value> = self
            .steps()
            .map(|(step, state)| {
                let value = serde_json::json!({
                    "status": state.status.word(),
                    "result": state.result.digest(),
                    "evidence": state.evidence,
                    "changes": state.changes.as_ref().map(|c| c.digest),
                    "checks": state.checks,
                });
                (step.id.as_str(), value)
            })
            .collect();
        Digest::of(&serde_json::json!({
            "goal": self.started.as_ref().map(|s| &s.goal),
            "intent": self.intent,
            "plan": self.plan.steps.iter().map(|s| (&s.id, &s.params)).collect::<Vec<_>>(),
            "steps": steps,
            "outcome": self.outcome,
        }))
    }

    fn state_of(&self, position: usize) -> Option<(&Step, &StepState)> {
        Some((self.plan.steps.get(position)?, self.steps.get(position)?))
    }
}

#[cfg(test)]
mod tests;
