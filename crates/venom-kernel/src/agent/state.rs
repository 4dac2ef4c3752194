//! The state of an agent: a fold over the events of its step, and what follows from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::tools;
use super::window::Said;
use super::{ASK_USER, Limits, Proof, Selected, Setup, words};
use crate::change::{ChangesRef, Payload};
use crate::digest::Digest;
use crate::effect::{EffectClass, Failure, FailureKind};
use crate::id::{ApprovalId, EffectId, QuestionId};
use crate::model::{Message, ToolCall, Usage};
use crate::money::MicroUsd;
use crate::plan::{Step, patterns_meet};
use crate::time::Millis;

/// What an agent has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentState {
    pub(super) setup: Arc<Setup>,
    pub(super) model: Selected,
    pub(super) said: Vec<Arc<Said>>,
    pub(super) turn: u16,
    pub(super) calls: Vec<CallState>,
    pub(super) outputs: BTreeMap<EffectId, Output>,
    pub(super) thinking: Option<EffectId>,
    /// Bytes of the latest request, and of the last one whose tokens were counted, with their number.
    pub(super) asked: u64,
    pub(super) measured: Option<(u64, u64)>,
    pub(super) usage: Usage,
    /// Tokens of all answers as they are paid for.
    pub(super) tokens: u64,
    pub(super) spent: MicroUsd,
    /// How the latest call of the model ended.
    pub(super) latest: Latest,
    /// The question whether the budget may be larger.
    pub(super) capped: Option<QuestionId>,
    pub(super) took: Millis,
    pub(super) acts: u32,
    pub(super) failures: u8,
    pub(super) silent: u8,
    pub(super) broken: u8,
    pub(super) rounds: u8,
    pub(super) claim: Option<String>,
    /// Why nothing had to be changed, as the claim says.
    pub(super) unchanged: Option<String>,
    /// How often it claimed to be done without a change and without a reason.
    pub(super) idle_claims: u8,
    pub(super) proof: Proving,
    /// Whether somebody agreed to the proof.
    pub(super) proof_agreed: bool,
    /// Counts what changed the workspace, for telling whether a call was repeated for nothing.
    pub(super) workspace: u32,
    pub(super) seen: BTreeMap<Digest, u16>,
    pub(super) edits: Vec<ChangesRef>,
    pub(super) stuck: Option<Stuck>,
    /// Whether the calls are those of an earlier run, and no model's.
    pub(super) follows_record: bool,
}

/// How a call of a model ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Latest {
    /// There was none, or nobody heard its end.
    #[default]
    Unknown,
    /// It answered, after so long.
    Answered(Millis),
    /// It gave no answer, and this kind of failure.
    Failed(FailureKind),
}

/// How far the proof of a claim has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proving {
    Wanted,
    Asked(ApprovalId),
    UnderWay(EffectId),
    Over,
}

/// A result that a model can read on in.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The tool.
    pub tool: String,
    /// The whole result.
    pub result: Payload,
}

/// A wish of the model's to call a tool, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallState {
    /// The wish.
    pub call: ToolCall,
    /// How far it has come.
    pub status: CallStatus,
    /// Whether somebody has agreed to it.
    pub agreed: bool,
    /// The effect that performed it last.
    pub effect: Option<EffectId>,
}

/// How far a call has come.
#[derive(Debug, Clone, PartialEq)]
pub enum CallStatus {
    /// It has not begun.
    Waiting,
    /// It waits for somebody's agreement.
    Asked(ApprovalId),
    /// It is a question that waits for an answer.
    Questioned(QuestionId),
    /// It is under way.
    Acting(EffectId),
    /// It is done, and its edits have to be committed.
    Acted {
        /// What it gave.
        text: String,
        /// Its edits.
        changes: ChangesRef,
    },
    /// Its edits are being committed.
    Committing {
        /// The commit.
        effect: EffectId,
        /// What the call gave.
        text: String,
        /// Its edits.
        changes: ChangesRef,
    },
    /// It says that the work is done.
    Claimed,
    /// The model can be told.
    Finished {
        /// What it is told.
        text: String,
        /// Whether the call failed.
        is_error: bool,
    },
}

/// What follows for an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Nothing: something is under way, or a person is asked.
    Wait,
    /// The model is asked, after a wait.
    Think {
        /// How long to wait before, after a failure.
        delay: Millis,
    },
    /// These edits are committed.
    Commit(Vec<ChangesRef>),
    /// These calls can begin, by their positions.
    Act(Vec<usize>),
    /// The proof of the claim is called.
    Prove(Proof),
    /// The work is done, says the model.
    Done,
    /// It goes no further.
    Stuck(Stuck),
}

/// Why an agent goes no further.
#[derive(Debug, Clone, PartialEq)]
pub enum Stuck {
    /// The model cannot be used.
    Model(Failure),
    /// A limit of the step is reached.
    Limit(String),
    /// It does the same again and again.
    Circle(String),
    /// Its answers are of no use.
    Useless(String),
}

impl Stuck {
    /// Returns why, as a failure of the step.
    pub fn failure(&self) -> Failure {
        let refused = |message: String, hint: &str| {
            Failure::new(FailureKind::Refused, message).with_hint(hint)
        };
        match self {
            Self::Model(failure) => failure.clone(),
            Self::Limit(what) => refused(
                format!("the agent stopped at its limit of {what}"),
                "what it changed is in the workspace; see `venom diff`, undo it with `venom rewind`, or allow more (`agent.*` in the configuration)",
            ),
            Self::Circle(what) => refused(
                format!("the agent went in circles: {what}"),
                "say more about what you want, or try another model with `--model`",
            ),
            Self::Useless(what) => refused(
                format!("the model did not answer with anything that could be done: {what}"),
                "try another model with `--model`",
            ),
        }
    }
}

impl AgentState {
    pub(crate) fn new(setup: &Arc<Setup>, model: Selected) -> Self {
        let first = Said::plain(words::first(setup));
        let mut agent = Self {
            setup: setup.clone(),
            model,
            said: vec![Arc::new(first)],
            turn: 0,
            calls: Vec::new(),
            outputs: BTreeMap::new(),
            thinking: None,
            asked: 0,
            measured: None,
            usage: Usage::default(),
            tokens: 0,
            spent: MicroUsd::ZERO,
            latest: Latest::Unknown,
            capped: None,
            took: Millis::ZERO,
            acts: 0,
            failures: 0,
            silent: 0,
            broken: 0,
            rounds: 0,
            claim: None,
            unchanged: None,
            idle_claims: 0,
            proof: Proving::Wanted,
            proof_agreed: false,
            workspace: 0,
            seen: BTreeMap::new(),
            edits: Vec::new(),
            stuck: None,
            follows_record: false,
        };
        agent.follow_record();
        agent
    }

    /// Returns what the agent began with.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Returns the model that thinks.
    pub const fn model(&self) -> &Selected {
        &self.model
    }

    /// Returns how many answers there were.
    pub const fn turn(&self) -> u16 {
        self.turn
    }

    /// Returns how many calls were made.
    pub const fn acts(&self) -> u32 {
        self.acts
    }

    /// Returns what all answers used.
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// Returns what all answers cost.
    pub const fn spent(&self) -> MicroUsd {
        self.spent
    }

    /// Returns what the model said it has done, once it claims to be done.
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// Returns why nothing had to be changed, if the model says so.
    pub fn unchanged(&self) -> Option<&str> {
        self.unchanged.as_deref()
    }

    /// Returns the edits that were committed, in order.
    pub fn edits(&self) -> &[ChangesRef] {
        &self.edits
    }

    /// Returns the calls of the latest answer.
    pub fn calls(&self) -> &[CallState] {
        &self.calls
    }

    /// Finds the result of a call.
    pub fn output(&self, of: EffectId) -> Option<&Output> {
        self.outputs.get(&of)
    }

    /// Returns the conversation so far.
    pub fn conversation(&self) -> impl Iterator<Item = &Message> {
        self.said.iter().map(|said| &said.message)
    }

    /// Returns how the latest call of the model ended.
    pub const fn latest(&self) -> Latest {
        self.latest
    }

    /// Returns the model that thinks instead when this one cannot be called, if there is one.
    pub(crate) fn fallback(&self, stuck: &Stuck) -> Option<Selected> {
        let Stuck::Model(failure) = stuck else {
            return None;
        };
        let (next, rest) = self.model.fallbacks.split_first()?;
        let why = words::excerpt(&failure.message, 200);
        let mut selected =
            Selected::of(next, format!("{} gave no answer: {why}", self.model.model));
        selected.fallbacks = rest.to_vec();
        Some(selected)
    }

    /// Tells whether it waits for a person, and for nothing else.
    pub(crate) fn waits_for_person(&self) -> bool {
        if self.capped.is_some() && self.next() == Next::Wait {
            return self.thinking.is_none();
        }
        let asks = self.calls.iter().any(|call| {
            matches!(
                call.status,
                CallStatus::Asked(_) | CallStatus::Questioned(_)
            )
        });
        self.next() == Next::Wait
            && self.thinking.is_none()
            && (asks || matches!(self.proof, Proving::Asked(_)))
    }

    /// Tells whether broken checks send it back to work.
    pub(crate) fn may_go_on(&self) -> bool {
        self.rounds < self.setup.limits.rounds && self.limit().is_none()
    }

    /// Returns the result of the step.
    pub(crate) fn result(&self) -> Payload {
        let claim = self.claim.clone().unwrap_or_default();
        let result = match &self.unchanged {
            Some(why) => json!({
                "text": words::unchanged(why, &claim),
                "unchanged": why,
                "turns": self.turn,
                "calls": self.acts,
            }),
            None => json!({
                "text": claim,
                "turns": self.turn,
                "calls": self.acts,
            }),
        };
        Payload::Inline(result)
    }

    /// Returns a short form for checksums of a run's state.
    pub(crate) fn checksum(&self) -> Value {
        let said: Vec<&Message> = self.conversation().collect();
        json!({
            "model": self.model.model,
            "turn": self.turn,
            "usage": self.usage,
            "spent": self.spent,
            "rounds": self.rounds,
            "workspace": self.workspace,
            "claim": self.claim,
            "said": Digest::of(&said),
            "edits": self.edits,
        })
    }

    /// Says what follows.
    pub fn next(&self) -> Next {
        if let Some(stuck) = &self.stuck {
            return Next::Stuck(stuck.clone());
        }
        if self.thinking.is_some() {
            return Next::Wait;
        }
        if self.claim.is_some() {
            return match (&self.setup.proof, self.proof) {
                (Some(proof), Proving::Wanted) => Next::Prove(proof.clone()),
                (Some(_), Proving::UnderWay(_) | Proving::Asked(_)) => Next::Wait,
                (Some(_), Proving::Over) | (None, _) => Next::Done,
            };
        }
        let staged: Vec<ChangesRef> = self
            .calls
            .iter()
            .filter_map(|call| match &call.status {
                CallStatus::Acted { changes, .. } => Some(changes.clone()),
                CallStatus::Waiting
                | CallStatus::Asked(_)
                | CallStatus::Questioned(_)
                | CallStatus::Acting(_)
                | CallStatus::Committing { .. }
                | CallStatus::Claimed
                | CallStatus::Finished { .. } => None,
            })
            .collect();
        if !staged.is_empty() {
            return Next::Commit(staged);
        }
        if !self.calls.is_empty() {
            let ready = self.ready();
            return if ready.is_empty() {
                Next::Wait
            } else {
                Next::Act(ready)
            };
        }
        if self.capped.is_some() {
            return Next::Wait;
        }
        if let Some(limit) = self.limit() {
            return Next::Stuck(Stuck::Limit(limit));
        }
        let delay = match self.failures {
            0 => Millis::ZERO,
            // A second, doubled each time.
            failures => Millis::new(500_u64 << failures.min(8)),
        };
        Next::Think { delay }
    }

    fn limit(&self) -> Option<String> {
        let Limits {
            turns,
            tokens,
            time,
            ..
        } = self.setup.limits;
        if self.turn >= turns {
            Some(format!("{turns} turns"))
        } else if self.tokens >= tokens {
            Some(format!("{tokens} tokens"))
        } else if self.took >= time {
            Some(format!("{time} of work"))
        } else {
            None
        }
    }

    /// Finds the calls that can begin beside those that are under way. A call begins when every call
    /// before it is finished or cannot meet it: two that only look, or two whose writes do not meet.
    fn ready(&self) -> Vec<usize> {
        let mut ready = Vec::new();
        for (position, call) in self.calls.iter().enumerate() {
            if call.status != CallStatus::Waiting {
                continue;
            }
            let meets = self.calls.iter().take(position).any(|other| {
                !matches!(other.status, CallStatus::Finished { .. }) && self.meet(call, other)
            });
            if !meets {
                ready.push(position);
            }
        }
        ready
    }

    fn meet(&self, one: &CallState, two: &CallState) -> bool {
        let (Some((one, one_writes)), Some((two, two_writes))) =
            (self.reach_of(one), self.reach_of(two))
        else {
            return true;
        };
        match (one.may_write(), two.may_write()) {
            (false, false) => false,
            (true, true) => one_writes
                .iter()
                .any(|a| two_writes.iter().any(|b| patterns_meet(a, b))),
            // What looks must see what was written before it, and not what is written after it.
            (true, false) | (false, true) => true,
        }
    }

    fn reach_of(&self, call: &CallState) -> Option<(EffectClass, Vec<String>)> {
        if call.call.name == ASK_USER || tools::looking(&call.call.name).is_some() {
            return Some((EffectClass::Pure, Vec::new()));
        }
        let tool = tools::find(&self.setup, &call.call.name)?;
        Some((
            tool.act.class,
            tool.act.writes.patterns(&call.call.arguments),
        ))
    }

    /// Returns the step that a call is for an agent's step.
    pub(crate) fn act_step(&self, of: &Step, id: &str) -> Option<Step> {
        let call = self.calls.iter().find(|call| call.call.id == id)?;
        if let Some(act) = tools::looking(&call.call.name) {
            return Some(act.step(of, &call.call.arguments));
        }
        let tool = tools::find(&self.setup, &call.call.name)?;
        Some(tool.act.step(of, &call.call.arguments))
    }

    pub(super) fn call_mut(&mut self, id: &str) -> Result<&mut CallState, String> {
        self.calls
            .iter_mut()
            .find(|call| call.call.id == id)
            .ok_or_else(|| "the model did not wish for this call".to_owned())
    }
}
