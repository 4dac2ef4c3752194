//! Folding: how each event of a step changes its agent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::state::{AgentState, CallState, CallStatus, Latest, Next, Output, Proving, Stuck};
use super::tools::{NO_CHANGE, PROOF};
use super::window::Said;
use super::{ASK_USER, DONE, Selected, tools, words};
use crate::budget::Amount;
use crate::change::ChangesRef;
use crate::digest::Digest;
use crate::effect::{EffectOutcome, FailureKind};
use crate::id::{ApprovalId, EffectId, QuestionId};
use crate::model::{Message, Part, Reply, Role, Stop, ToolCall, Usage};

/// How often a model may fail in a row before the step does. Chosen as for steps.
const FAILURES: u8 = 3;
/// How many answers in a row may be of no use. Chosen: a model that does not heed two corrections does
/// not heed a third.
const BROKEN: u8 = 3;
/// How often one call may give the same while nothing changes. Chosen: the second time the model is
/// told, the third may still be a slip.
const REPEATS: u16 = 4;
/// The most calls of one answer.
const CALLS: usize = 32;
/// The most characters of a reason why nothing had to be changed. Chosen: a paragraph.
const REASON: usize = 600;

impl AgentState {
    /// Another model thinks from now on.
    pub(crate) fn selected(&mut self, model: Selected) {
        self.model = model;
        // What stood against the other one does not stand against this one, which counts tokens in its
        // own way.
        if let Some(Stuck::Model(_)) = self.stuck {
            self.stuck = None;
        }
        self.failures = 0;
        self.measured = None;
    }

    /// Somebody is asked whether the budget may be larger.
    pub(crate) fn capped(&mut self, question: QuestionId) -> Result<(), String> {
        if !matches!(self.next(), Next::Think { .. }) {
            return Err("it is not the model's turn".to_owned());
        }
        self.capped = Some(question);
        Ok(())
    }

    pub(crate) fn thinking(
        &mut self,
        effect: EffectId,
        turn: u16,
        bytes: u64,
    ) -> Result<(), String> {
        if !matches!(self.next(), Next::Think { .. }) {
            return Err("it is not the model's turn".to_owned());
        }
        if turn != self.turn.saturating_add(1) {
            return Err("the turns do not count up".to_owned());
        }
        self.thinking = Some(effect);
        self.asked = bytes;
        Ok(())
    }

    /// A call was paid for. `usage` is empty where it is not known.
    pub(crate) fn settled(&mut self, took: Amount, usage: Usage) {
        self.spent = self.spent.plus(took.money);
        self.tokens = self.tokens.saturating_add(took.tokens);
        self.usage = self.usage.plus(usage);
        if usage.prompt() > 0 {
            self.measured = Some((self.asked, usage.prompt()));
        }
    }

    pub(crate) fn thought(&mut self, outcome: &EffectOutcome) {
        self.thinking = None;
        self.latest = match outcome {
            EffectOutcome::Done(done) => Latest::Answered(done.took),
            EffectOutcome::Failed(failure) => Latest::Failed(failure.kind),
            EffectOutcome::Stopped => Latest::Unknown,
        };
        match outcome {
            EffectOutcome::Done(done) => {
                self.took = self.took.plus(done.took);
                self.turn = self.turn.saturating_add(1);
                self.failures = 0;
                match &done.reply {
                    Some(reply) => self.answered(reply),
                    None => self.useless("it gave nothing", Vec::new()),
                }
            }
            EffectOutcome::Failed(failure) => {
                self.took = self.took.plus(failure.took);
                self.failures = self.failures.saturating_add(1);
                // Asked once more, a model often says right what it had garbled.
                let may_pass = matches!(
                    failure.kind,
                    FailureKind::Retryable
                        | FailureKind::Unavailable
                        | FailureKind::TimedOut
                        | FailureKind::Corrupt
                );
                if !may_pass || self.failures >= FAILURES {
                    self.stuck = Some(Stuck::Model(failure.clone()));
                }
            }
            EffectOutcome::Stopped => {}
        }
    }

    fn answered(&mut self, reply: &Reply) {
        let spoken: Vec<Part> = reply
            .parts
            .iter()
            .filter(|part| match part {
                Part::Text { text } => !text.trim().is_empty(),
                Part::Thinking { .. } | Part::Image { .. } => true,
                Part::ToolCall(_) | Part::ToolResult { .. } => false,
            })
            .cloned()
            .collect();
        match &reply.stop {
            Stop::End | Stop::Tools | Stop::Text => {}
            Stop::Refused => {
                let why = words::excerpt(&reply.text(), 200);
                self.stuck = Some(Stuck::Useless(format!("it refused ({why})")));
                return;
            }
            Stop::Context => {
                self.stuck = Some(Stuck::Useless(
                    "the conversation does not fit the model".to_owned(),
                ));
                return;
            }
            Stop::Length | Stop::Other(_) => {
                self.useless(words::CUT_OFF, spoken);
                return;
            }
        }
        let calls: Vec<ToolCall> = reply.calls().cloned().collect();
        if calls.is_empty() {
            // An empty answer says nothing, also not for the second time.
            if !spoken.is_empty() {
                self.silent = self.silent.saturating_add(1);
            }
            if self.silent >= 2 && !spoken.is_empty() && !self.lacks_change() {
                // It says the same without the form: the checks decide.
                self.say(spoken);
                self.claimed(reply.text());
                return;
            }
            if spoken.is_empty() {
                self.useless(words::EMPTY, spoken);
                return;
            }
            if self.silent >= 2 && self.idles() {
                return;
            }
            self.say(spoken);
            self.tell(words::NO_CALL);
            return;
        }
        if let Some(why) = self.malformed(&calls) {
            self.useless(&words::malformed(&why), spoken);
            return;
        }
        self.silent = 0;
        self.broken = 0;
        // Thinking goes back as it came, before the calls that it led to; empty texts are refused by
        // some providers.
        let parts: Vec<Part> = reply
            .parts
            .iter()
            .filter(|part| !matches!(part, Part::Text { text } if text.trim().is_empty()))
            .cloned()
            .collect();
        self.say(parts);
        let is_alone = calls.len() == 1;
        self.calls = calls
            .into_iter()
            .map(|call| {
                let status = match (call.name == DONE, is_alone) {
                    (true, true) => CallStatus::Claimed,
                    (true, false) => CallStatus::Finished {
                        text: words::NOT_ALONE.to_owned(),
                        is_error: true,
                    },
                    (false, _) => CallStatus::Waiting,
                };
                CallState {
                    call,
                    status,
                    agreed: false,
                    effect: None,
                }
            })
            .collect();
        let claim = self
            .calls
            .iter()
            .find(|call| call.status == CallStatus::Claimed)
            .map(|call| {
                let said = |name| text_param(&call.call.arguments, name);
                (call.call.id.clone(), said("summary"), said(NO_CHANGE))
            });
        let Some((id, summary, reason)) = claim else {
            return;
        };
        if self.lacks_change() {
            if reason.trim().is_empty() {
                self.idle(&id);
                return;
            }
            self.unchanged = Some(words::excerpt(reason.trim(), REASON));
        }
        self.claimed(summary);
    }

    /// Tells whether a change is asked for and there is none.
    fn lacks_change(&self) -> bool {
        self.setup.must_change && self.edits.is_empty()
    }

    /// Counts that it claims to be done without a change. Returns whether that was once too often.
    fn idles(&mut self) -> bool {
        self.idle_claims = self.idle_claims.saturating_add(1);
        let is_stuck = self.idle_claims >= BROKEN;
        if is_stuck {
            self.stuck = Some(Stuck::Useless(
                "it said that it was done, had changed nothing, and did not say why".to_owned(),
            ));
        }
        is_stuck
    }

    /// It claims to be done, has changed nothing, and does not say why.
    fn idle(&mut self, id: &str) {
        if self.idles() {
            return;
        }
        // The call is there: it was just found.
        let _found = self.finish(id, words::NOTHING_CHANGED.to_owned(), true);
    }

    fn claimed(&mut self, summary: String) {
        self.claim = Some(summary);
        self.proof = Proving::Wanted;
    }

    /// Says why none of these calls may be performed, if that is so.
    fn malformed(&self, calls: &[ToolCall]) -> Option<String> {
        if calls.len() > CALLS {
            return Some(format!(
                "{} calls in one answer, and {CALLS} are allowed",
                calls.len()
            ));
        }
        let mut ids = BTreeSet::new();
        calls.iter().find_map(|call| {
            let name = words::excerpt(&call.name, 64);
            if call.id.is_empty() || !ids.insert(&call.id) {
                Some(format!("two calls have one id, or none (`{name}`)"))
            } else if !tools::is_known(&self.setup, &call.name) {
                Some(format!("there is no tool `{name}`"))
            } else if !call.arguments.is_object() {
                Some(format!("the arguments of `{name}` are no object"))
            } else {
                None
            }
        })
    }

    /// The answer leads nowhere: the model is told so and asked again.
    fn useless(&mut self, why: &str, mut spoken: Vec<Part>) {
        self.broken = self.broken.saturating_add(1);
        if self.broken >= BROKEN {
            self.stuck = Some(Stuck::Useless(why.to_owned()));
            return;
        }
        // Sealed thinking belongs to calls that are not there any more.
        spoken.retain(|part| matches!(part, Part::Text { .. }));
        if !spoken.is_empty() {
            self.say(spoken);
        }
        self.tell(why);
    }

    fn say(&mut self, parts: Vec<Part>) {
        self.said.push(Arc::new(Said {
            message: Message::assistant(parts),
            by: Some(self.model.model.clone()),
            outputs: BTreeMap::new(),
        }));
    }

    fn tell(&mut self, text: &str) {
        // Two messages of one side in a row are refused by some providers.
        if let Some(last) = self.said.last_mut()
            && last.message.role == Role::User
        {
            Arc::make_mut(last).message.parts.push(Part::text(text));
            return;
        }
        self.said
            .push(Arc::new(Said::plain(Message::user(text.to_owned()))));
    }

    pub(crate) fn acting(&mut self, effect: EffectId, id: &str) -> Result<(), String> {
        let call = self.call_mut(id)?;
        if call.status != CallStatus::Waiting {
            return Err("the call has begun already".to_owned());
        }
        call.status = CallStatus::Acting(effect);
        call.effect = Some(effect);
        Ok(())
    }

    pub(crate) fn acted(&mut self, id: &str, outcome: &EffectOutcome) -> Result<(), String> {
        // What was stopped is called again, and an interruption is no call.
        self.acts = match outcome {
            EffectOutcome::Done(_) | EffectOutcome::Failed(_) => self.acts.saturating_add(1),
            EffectOutcome::Stopped => self.acts,
        };
        let (text, is_error) = match outcome {
            EffectOutcome::Done(done) => {
                self.took = self.took.plus(done.took);
                let text = done.shown.clone().unwrap_or_default();
                let call = self.call_mut(id)?;
                let output = Output {
                    tool: call.call.name.clone(),
                    result: done.result.clone(),
                };
                let effect = call.effect.ok_or("the call did not begin")?;
                let staged = done.changes.clone();
                if let Some(changes) = staged.clone() {
                    call.status = CallStatus::Acted {
                        text: text.clone(),
                        changes,
                    };
                }
                self.outputs.insert(effect, output);
                if staged.is_some() {
                    return Ok(());
                }
                (text, false)
            }
            EffectOutcome::Failed(failure) => {
                self.took = self.took.plus(failure.took);
                (words::failed(failure, self.setup.rules), true)
            }
            EffectOutcome::Stopped => {
                self.call_mut(id)?.status = CallStatus::Waiting;
                return Ok(());
            }
        };
        self.finish(id, text, is_error)
    }

    pub(crate) fn committing(
        &mut self,
        effect: EffectId,
        wanted: &ChangesRef,
    ) -> Result<(), String> {
        for call in &mut self.calls {
            if let CallStatus::Acted { text, changes } = &call.status
                && changes == wanted
            {
                call.status = CallStatus::Committing {
                    effect,
                    text: text.clone(),
                    changes: changes.clone(),
                };
                return Ok(());
            }
        }
        Err("no call staged these edits".to_owned())
    }

    pub(crate) fn committed(
        &mut self,
        id: EffectId,
        outcome: &EffectOutcome,
    ) -> Result<(), String> {
        let found = self.calls.iter_mut().find_map(|call| match &call.status {
            CallStatus::Committing {
                effect,
                text,
                changes,
            } if *effect == id => Some((text.clone(), changes.clone(), call)),
            CallStatus::Waiting
            | CallStatus::Asked(_)
            | CallStatus::Questioned(_)
            | CallStatus::Acting(_)
            | CallStatus::Acted { .. }
            | CallStatus::Committing { .. }
            | CallStatus::Claimed
            | CallStatus::Finished { .. } => None,
        });
        let (text, changes, call) = found.ok_or("no edits are being committed")?;
        let name = call.call.id.clone();
        match outcome {
            EffectOutcome::Done(done) if done.conflicts.is_empty() => {
                self.edits.push(changes);
                self.workspace = self.workspace.saturating_add(1);
                self.finish(&name, text, false)
            }
            EffectOutcome::Done(done) => {
                let text = words::conflict(&done.conflicts);
                self.finish(&name, text, true)
            }
            EffectOutcome::Failed(failure) => {
                let text = words::failed(failure, self.setup.rules);
                self.finish(&name, text, true)
            }
            EffectOutcome::Stopped => {
                call.status = CallStatus::Acted { text, changes };
                Ok(())
            }
        }
    }

    pub(crate) fn asked(&mut self, id: &str, approval: ApprovalId) -> Result<(), String> {
        if id == PROOF {
            if !matches!(self.next(), Next::Prove(_)) || self.proof_agreed {
                return Err("the proof needs no agreement".to_owned());
            }
            self.proof = Proving::Asked(approval);
            return Ok(());
        }
        let call = self.call_mut(id)?;
        if call.status != CallStatus::Waiting || call.agreed {
            return Err("the call needs no agreement".to_owned());
        }
        call.status = CallStatus::Asked(approval);
        Ok(())
    }

    pub(crate) fn decided(&mut self, approval: ApprovalId, agreed: bool, why: Option<&str>) {
        if self.proof == Proving::Asked(approval) {
            self.proof_agreed = agreed;
            // Without the proof the checks have nothing to judge, and say so.
            self.proof = if agreed {
                Proving::Wanted
            } else {
                Proving::Over
            };
            return;
        }
        let found = self
            .calls
            .iter_mut()
            .find(|call| call.status == CallStatus::Asked(approval));
        let Some(call) = found else { return };
        if agreed {
            call.agreed = true;
            call.status = CallStatus::Waiting;
        } else {
            let id = call.call.id.clone();
            let text = words::denied(why);
            // The call is there: it was just found.
            let _found = self.finish(&id, text, true);
        }
    }

    pub(crate) fn refused(&mut self, id: &str, because: &str) -> Result<(), String> {
        let text = words::denied(Some(because));
        self.finish(id, text, true)
    }

    pub(crate) fn questioned(&mut self, id: &str, question: QuestionId) -> Result<(), String> {
        let call = self.call_mut(id)?;
        if call.status != CallStatus::Waiting || call.call.name != ASK_USER {
            return Err("the call is no question".to_owned());
        }
        call.status = CallStatus::Questioned(question);
        Ok(())
    }

    /// Takes a person's answer. Returns whether it was this agent's question.
    pub(crate) fn was_answered(&mut self, question: QuestionId, answer: &str) -> bool {
        if self.capped == Some(question) {
            self.capped = None;
            return true;
        }
        let found = self
            .calls
            .iter()
            .find(|call| call.status == CallStatus::Questioned(question))
            .map(|call| call.call.id.clone());
        found.is_some_and(|id| self.finish(&id, answer.to_owned(), false).is_ok())
    }

    pub(crate) fn proving(&mut self, effect: EffectId) -> Result<(), String> {
        if !matches!(self.next(), Next::Prove(_)) {
            return Err("nothing is to be proved".to_owned());
        }
        self.proof = Proving::UnderWay(effect);
        Ok(())
    }

    pub(crate) fn proved(&mut self, outcome: &EffectOutcome) {
        self.proof = match outcome {
            EffectOutcome::Done(_) | EffectOutcome::Failed(_) => Proving::Over,
            EffectOutcome::Stopped => Proving::Wanted,
        };
    }

    /// The latest edits were taken back. Returns those before them, which are in force still.
    pub(crate) fn took_back(&mut self, changes: &ChangesRef) -> Option<ChangesRef> {
        if self.setup.rules == 0 {
            return None;
        }
        if self.edits.last() == Some(changes) {
            self.edits.pop();
        }
        self.edits.last().cloned()
    }

    /// Tells whether somebody agreed to the proof.
    pub(crate) const fn proof_agreed(&self) -> bool {
        self.proof_agreed
    }

    /// The checks do not hold: the model hears why and goes on.
    pub(crate) fn sent_back(&mut self, why: &str) {
        self.rounds = self.rounds.saturating_add(1);
        self.claim = None;
        self.unchanged = None;
        self.proof = Proving::Wanted;
        self.silent = 0;
        let text = words::sent_back(why);
        let claim = self
            .calls
            .iter()
            .find(|call| call.status == CallStatus::Claimed)
            .map(|call| call.call.id.clone());
        match claim {
            // The call is there: it was just found.
            Some(id) => drop(self.finish(&id, text, true)),
            None => self.tell(&text),
        }
    }

    /// Notes what the model is told of a call; when it was the last one of the
    /// answer, tells it.
    fn finish(&mut self, id: &str, mut text: String, is_error: bool) -> Result<(), String> {
        let workspace = self.workspace;
        let call = self.call_mut(id)?;
        let same = Digest::of(&(
            &call.call.name,
            &call.call.arguments,
            &text,
            is_error,
            workspace,
        ));
        let name = call.call.name.clone();
        let seen = self.seen.entry(same).or_insert(0);
        *seen = seen.saturating_add(1);
        let repeats = *seen;
        if repeats >= REPEATS && name != DONE {
            self.stuck = Some(Stuck::Circle(format!(
                "`{}` was called {repeats} times with the same words and gave the same",
                words::excerpt(&name, 64)
            )));
        } else if repeats > 1 {
            text.push_str(words::SAME_AGAIN);
        }
        self.call_mut(id)?.status = CallStatus::Finished { text, is_error };
        if self.follows_record && is_error {
            for call in &mut self.calls {
                if call.status == CallStatus::Waiting {
                    call.status = CallStatus::Finished {
                        text: words::NOT_REPEATED.to_owned(),
                        is_error: true,
                    };
                }
            }
        }
        self.tell_results();
        Ok(())
    }

    /// Begins with what an earlier run did, if it can be done again.
    pub(super) fn follow_record(&mut self) {
        let setup = self.setup.clone();
        let Some(recorded) = setup
            .recorded
            .as_deref()
            .filter(|recorded| recorded.holds())
        else {
            return;
        };
        if recorded.calls.is_empty() {
            // Everything is as the calls had left it: nothing is done twice, and the checks decide. Where nothing
            // proves it, a model looks.
            if setup.proof.is_none() {
                return;
            }
            self.unchanged = Some(words::AS_IT_WAS_LEFT.to_owned());
            self.claimed(recorded.claim.clone());
            return;
        }
        if self.malformed(&recorded.calls).is_some() {
            return;
        }
        self.follows_record = true;
        let parts = recorded.calls.iter().cloned().map(Part::ToolCall);
        self.said.push(Arc::new(Said::plain(Message::assistant(
            parts.collect::<Vec<_>>(),
        ))));
        self.calls = recorded
            .calls
            .iter()
            .map(|call| CallState {
                call: call.clone(),
                status: CallStatus::Waiting,
                agreed: false,
                effect: None,
            })
            .collect();
    }

    /// All calls of the earlier run have ended: either all is done, or a model goes on.
    fn record_ended(&mut self, all_held: bool) {
        self.follows_record = false;
        let claim = self
            .setup
            .recorded
            .as_ref()
            .map(|recorded| recorded.claim.clone());
        match claim {
            Some(claim) if all_held => self.claimed(claim),
            _ => self.tell(words::RECORD_BROKE),
        }
    }

    fn tell_results(&mut self) {
        let mut parts = Vec::with_capacity(self.calls.len());
        let mut all_held = true;
        for call in &self.calls {
            let CallStatus::Finished { text, is_error } = &call.status else {
                return;
            };
            all_held &= !is_error;
            parts.push(Part::ToolResult {
                id: call.call.id.clone(),
                text: text.clone(),
                is_error: *is_error,
            });
        }
        let outputs = std::mem::take(&mut self.calls)
            .into_iter()
            .filter_map(|call| Some((call.call.id, call.effect?)))
            .filter(|(_, effect)| self.outputs.contains_key(effect))
            .collect();
        self.said.push(Arc::new(Said {
            message: Message {
                role: Role::User,
                parts,
            },
            by: None,
            outputs,
        }));
        if self.follows_record {
            self.record_ended(all_held);
        }
    }
}

fn text_param(arguments: &Value, name: &str) -> String {
    let text = arguments.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
