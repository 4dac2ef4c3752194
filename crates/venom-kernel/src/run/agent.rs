//! Agents in a run: what follows from the state of an agent becomes events and effects here.

use std::sync::Arc;

use super::{AgentReady, Machine, Refusal, RunState, Stage, StepStatus};
use crate::agent::{self, ASK_USER, AgentState, CallStatus, Next, Proof, Stuck};
use crate::budget::{Account, Amount, Basis};
use crate::digest::{Digest, canonical};
use crate::effect::{Effect, EffectClass, EffectKind, EffectOutcome, Failure, FailureKind};
use crate::event::{ApprovalReason, Event, StepFailure};
use crate::evidence::{Judged, Verdict};
use crate::id::{EffectId, QuestionId, Seq, StepId};
use crate::intent::{Choice, Question};
use crate::model::{ModelId, Request, Usage};
use crate::money::MicroUsd;
use crate::plan::Step;
use crate::policy::Ruling;
use crate::time::Millis;

/// An answer of fewer tokens is not worth asking for. Chosen: a call of a tool with a short edit.
const SHORTEST_ANSWER: u64 = 512;
/// How much of a call's parameters somebody sees who is asked about it.
const SHOWN: usize = 400;

/// What a model is asked next.
pub(super) struct NextQuestion {
    pub(super) model: ModelId,
    request: Request,
    bytes: u64,
    /// Results that are not shown whole.
    left_out: Vec<EffectId>,
    /// The most that it may take.
    most: Amount,
    /// The most that it may take with the shortest answer that is worth asking for.
    pub(super) least: Amount,
    /// Whether the budget holds it.
    is_held: bool,
}

impl RunState {
    /// Finds the step whose agent asked a question.
    pub(super) fn asking(&self, id: QuestionId) -> Option<StepId> {
        let (question, _) = self.questions.get(&id)?;
        asker(question).map(|(step, _)| step)
    }
}

/// Reads who asked a question from its key: the step and the call.
pub(super) fn asker(question: &Question) -> Option<(StepId, String)> {
    let rest = question.key.strip_prefix("agent/")?;
    let (step, call) = rest.split_once('/')?;
    Some((step.parse().ok()?, call.to_owned()))
}

/// Says which checks do not hold.
pub(super) fn broken(checks: &[Judged]) -> String {
    let lines = checks.iter().filter_map(|judged| match &judged.verdict {
        Verdict::Broken(why) => Some(format!("- {}: {why}", judged.check)),
        Verdict::Held | Verdict::Unproven(_) => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

impl Machine {
    pub(super) fn begins_agent(&self, id: &StepId) -> bool {
        self.state
            .plan
            .step_at(&self.state.positions, id)
            .is_some_and(agent::is_agent)
    }

    /// Begins the work of an agent, or lets it go on after its checks sent it back.
    pub(super) fn begin_agent(&mut self, id: &StepId, cause: Seq) -> Result<(), Refusal> {
        if self.agent(id).is_some() {
            return self.advance(id, cause);
        }
        if let Some(step) = self.state.plan.step_at(&self.state.positions, id) {
            let step = Box::new(step.clone());
            self.order(Effect::SetUp { step });
        }
        Ok(())
    }

    pub(super) fn agent(&self, id: &StepId) -> Option<&AgentState> {
        self.state.step(id)?.agent.as_deref()
    }

    /// Returns the step that an effect is performed for: an agent's own with the action that it calls.
    pub(super) fn performed(&self, step: &Step, kind: &EffectKind) -> Step {
        let found = match kind {
            EffectKind::Act { call, .. } => self
                .agent(&step.id)
                .and_then(|agent| agent.act_step(step, call)),
            EffectKind::Prove { .. } => self
                .agent(&step.id)
                .and_then(|agent| agent.setup().proof.as_ref())
                .map(|proof| proof.act.step(step, &proof.params)),
            EffectKind::Call { .. }
            | EffectKind::Commit { .. }
            | EffectKind::Check
            | EffectKind::Rerun { .. }
            | EffectKind::Restore { .. }
            | EffectKind::Think { .. } => None,
        };
        found.unwrap_or_else(|| step.clone())
    }

    pub(super) fn agent_ready(
        &mut self,
        id: &StepId,
        ready: Result<Box<AgentReady>, Failure>,
    ) -> Result<(), Refusal> {
        let begun = |state: &&super::StepState| {
            state.status == StepStatus::Running(Stage::Begun) && state.agent.is_none()
        };
        let since = self
            .state
            .step(id)
            .filter(begun)
            .filter(|_| self.begins_agent(id))
            .ok_or_else(|| Refusal::NoSuchStep(id.clone()))?
            .since;
        match ready {
            Ok(ready) => {
                let AgentReady {
                    setup,
                    selected,
                    counted,
                } = *ready;
                let created = Event::AgentCreated {
                    step: id.clone(),
                    setup: Box::new(setup),
                };
                let seq = self.emit(created, Some(since))?;
                let seq = self.note_counted(id, None, &counted, seq)?;
                let selected = Event::ModelSelected {
                    step: id.clone(),
                    turn: 1,
                    selected: Box::new(selected),
                };
                let seq = self.emit(selected, Some(seq))?;
                self.advance(id, seq)?;
            }
            Err(failure) => self.fail(id, StepFailure::Effect(failure), Some(since))?,
        }
        self.schedule()
    }

    /// Lets an agent go on as far as it can by itself.
    pub(super) fn advance(&mut self, id: &StepId, mut cause: Seq) -> Result<(), Refusal> {
        loop {
            if self.state.paused || self.state.cancelled.is_some() {
                return Ok(());
            }
            let works = self.state.step(id).is_some_and(|state| {
                matches!(
                    state.status,
                    StepStatus::Running(Stage::Begun | Stage::Working)
                )
            });
            let Some(agent) = self.agent(id).filter(|_| works) else {
                return Ok(());
            };
            match agent.next() {
                Next::Wait => return Ok(()),
                Next::Think { delay } => return self.think(id, delay, cause),
                Next::Commit(staged) => {
                    for changes in staged {
                        let kind = EffectKind::Commit { changes };
                        let class = EffectClass::Reversible;
                        self.start_effect(id, kind, class, Millis::ZERO, cause)?;
                    }
                }
                Next::Act(calls) => {
                    for position in calls {
                        if let Some(seq) = self.act(id, position, cause)? {
                            cause = seq;
                        }
                    }
                }
                Next::Prove(proof) => cause = self.prove(id, &proof, cause)?,
                Next::Done => return self.executed(id, cause),
                Next::Stuck(stuck) => {
                    if let Some(selected) = agent.fallback(&stuck) {
                        let selected = Event::ModelSelected {
                            step: id.clone(),
                            turn: agent.turn().saturating_add(1),
                            selected: Box::new(selected),
                        };
                        cause = self.emit(selected, Some(cause))?;
                        continue;
                    }
                    let why = StepFailure::Effect(stuck.failure());
                    return self.fail(id, why, Some(cause));
                }
            }
        }
    }

    /// Begins the proof of a claim, asks for it, or passes it over. The user's rules hold for it as for any
    /// call; without it the checks have nothing to judge, and the step is not proven.
    fn prove(&mut self, id: &StepId, proof: &Proof, cause: Seq) -> Result<Seq, Refusal> {
        let class = proof.act.class;
        let kind = EffectKind::Prove {
            skill: proof.act.skill.clone(),
            action: proof.act.action.clone(),
        };
        let (Some(step), Some(agent), Some(started)) = (
            self.state.plan.step_at(&self.state.positions, id),
            self.agent(id),
            self.state.started.as_ref(),
        ) else {
            return Ok(cause);
        };
        let act = proof.act.step(step, &proof.params);
        let ruled = started.policy.rule(&act);
        let is_ruled = agent.setup().rules > 0;
        let agreed = agent.proof_agreed();
        match ruled.ruling {
            Ruling::Deny if is_ruled => {
                // Written down as a proof that was not made: nothing is performed.
                let effect = EffectId::new(self.state.last_effect.saturating_add(1));
                let started = Event::EffectStarted {
                    id: effect,
                    step: id.clone(),
                    kind,
                    class,
                };
                let seq = self.emit(started, Some(cause))?;
                let why = format!("it was not performed: {}", ruled.because);
                let finished = Event::EffectFinished {
                    id: effect,
                    outcome: EffectOutcome::Failed(Failure::new(FailureKind::Refused, why)),
                    receipt: None,
                };
                self.emit(finished, Some(seq))
            }
            Ruling::Ask if is_ruled && !agreed => {
                let proof = agent::PROOF.to_owned();
                self.ask_for(id, proof, &act, ruled.because, cause)
            }
            Ruling::Allow | Ruling::Ask | Ruling::Deny => {
                self.start_effect(id, kind, class, Millis::ZERO, cause)?;
                Ok(cause)
            }
        }
    }

    /// Begins a call, asks for it, or refuses it. Returns the event that it led to, if it is not under
    /// way by that.
    fn act(&mut self, id: &StepId, position: usize, cause: Seq) -> Result<Option<Seq>, Refusal> {
        let (Some(step), Some(agent), Some(started)) = (
            self.state.plan.step_at(&self.state.positions, id),
            self.agent(id),
            self.state.started.as_ref(),
        ) else {
            return Ok(None);
        };
        // An earlier call of the same moment may have ended the agent's turn.
        let Some(call) = agent
            .calls()
            .get(position)
            .filter(|call| call.status == CallStatus::Waiting)
            .cloned()
        else {
            return Ok(None);
        };
        let turn = agent.turn();
        if call.call.name == ASK_USER {
            return self.ask_user(id, &call.call, cause).map(Some);
        }
        let Some(act) = agent.act_step(step, &call.call.id) else {
            return Ok(None);
        };
        let ruled = started.policy.rule(&act);
        let call_id = call.call.id;
        if ruled.ruling == Ruling::Deny {
            let refused = Event::ToolRefused {
                step: id.clone(),
                call: call_id,
                because: ruled.because,
            };
            return self.emit(refused, Some(cause)).map(Some);
        }
        if ruled.ruling == Ruling::Ask && !call.agreed {
            let seq = self.ask_for(id, call_id, &act, ruled.because, cause)?;
            return Ok(Some(seq));
        }
        let kind = EffectKind::Act {
            turn,
            call: call_id,
            skill: act.skill,
            action: act.action,
        };
        self.start_effect(id, kind, act.class, Millis::ZERO, cause)?;
        Ok(None)
    }

    /// Asks for a call, or for the proof of a claim; where all is approved it is agreed to at once. Returns the
    /// last event.
    fn ask_for(
        &mut self,
        id: &StepId,
        call: String,
        act: &Step,
        because: String,
        cause: Seq,
    ) -> Result<Seq, Refusal> {
        let approval = self.next_approval();
        let asked = Event::ApprovalAsked {
            id: approval,
            step: id.clone(),
            reason: ApprovalReason::Tool {
                call,
                skill: act.skill.clone(),
                action: act.action.clone(),
                with: both_ends(&canonical(&act.params), SHOWN),
                because,
            },
            subject: Digest::of(&(&act.skill, &act.action, &act.params)),
        };
        let seq = self.emit(asked, Some(cause))?;
        let started = self.state.started.as_ref();
        if started.is_some_and(|started| started.options.approve_all) {
            let by = "--yes".to_owned();
            let given = Event::ApprovalGiven { id: approval, by };
            return self.emit(given, Some(seq));
        }
        self.order(Effect::AskApproval(approval));
        Ok(seq)
    }

    fn ask_user(
        &mut self,
        id: &StepId,
        call: &crate::model::ToolCall,
        cause: Seq,
    ) -> Result<Seq, Refusal> {
        let text = |value: Option<&serde_json::Value>, most: usize| -> String {
            let text = value
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default();
            crate::plain::text(text.as_bytes())
                .chars()
                .take(most)
                .collect()
        };
        let choices = call
            .arguments
            .get("choices")
            .and_then(serde_json::Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let question = Question {
            key: format!("agent/{id}/{}", call.id),
            text: text(call.arguments.get("question"), 1_000),
            choices: choices
                .iter()
                .take(6)
                .map(|choice| text(Some(choice), 200))
                .filter(|choice| !choice.is_empty())
                .map(|choice| Choice {
                    value: choice.clone(),
                    label: choice,
                })
                .collect(),
        };
        let number = self.state.questions.len().saturating_add(1);
        let question_id = QuestionId::new(u32::try_from(number).unwrap_or(u32::MAX));
        let asked = Event::ClarificationAsked {
            id: question_id,
            question,
        };
        let seq = self.emit(asked, Some(cause))?;
        self.order(Effect::Ask(question_id));
        Ok(seq)
    }

    /// Asks the model, if the budget holds that.
    fn think(&mut self, id: &StepId, delay: Millis, cause: Seq) -> Result<(), Refusal> {
        let Some(question) = self.next_question(id) else {
            let why = Stuck::Useless("the conversation does not fit the model".to_owned());
            let why = StepFailure::Effect(why.failure());
            return self.fail(id, why, Some(cause));
        };
        if !question.is_held {
            return self.met_cap(id, &question, cause);
        }
        let Some(agent) = self.agent(id) else {
            return Ok(());
        };
        let within = agent.setup().limits.think;
        let turn = agent.turn().saturating_add(1);
        let effect = EffectId::new(self.state.last_effect.saturating_add(1));
        let asked = Event::EffectStarted {
            id: effect,
            step: id.clone(),
            kind: EffectKind::Think {
                turn,
                asked: question.request.digest(),
                bytes: question.bytes,
                left_out: question.left_out,
            },
            class: EffectClass::Pure,
        };
        let seq = self.emit(asked, Some(cause))?;
        let reserved = Event::BudgetReserved {
            effect,
            step: id.clone(),
            model: question.model.clone(),
            most: question.most,
        };
        self.emit(reserved, Some(seq))?;
        let windows = self.state.budget.windows().collect();
        if let Some(step) = self.state.plan.step_at(&self.state.positions, id) {
            let step = Box::new(step.clone());
            self.order(Effect::Think {
                effect,
                step,
                model: question.model,
                request: Arc::new(question.request),
                within,
                delay,
                windows,
            });
        }
        Ok(())
    }

    /// Makes the next question to the model, as short an answer as the budget allows. `None` if the
    /// conversation does not fit the model.
    pub(super) fn next_question(&self, id: &StepId) -> Option<NextQuestion> {
        let agent = self.agent(id)?;
        let room = agent.room();
        let view = agent.view(room)?;
        let model = agent.model();
        let prompt = agent.tokens(view.bytes);
        let mut left = self
            .state
            .budget
            .left_for(&Account::run(), Some(&model.model));
        if let Some(cost) = agent.setup().limits.cost {
            let rest = cost.micros().saturating_sub(agent.spent().micros());
            let rest = MicroUsd::new(left.money.map_or(rest, |left| left.micros().min(rest)));
            left.money = Some(rest);
        }
        let mut answer = u64::from(room.answer);
        if let Some(money) = left.money {
            let reading = model.price.most(prompt, 0).micros();
            let rest = u128::from(money.micros().saturating_sub(reading));
            let price = u128::from(model.price.output.micros());
            if let Some(most) = (rest * 1_000_000).checked_div(price) {
                answer = answer.min(u64::try_from(most).unwrap_or(u64::MAX));
            }
        }
        if let Some(tokens) = left.tokens {
            answer = answer.min(tokens.saturating_sub(prompt));
        }
        let least = u64::from(room.answer).min(SHORTEST_ANSWER);
        let most = |answer: u64| Amount {
            money: model.price.most(prompt, answer),
            tokens: prompt.saturating_add(answer),
        };
        let is_held = answer >= least && left.holds(most(answer));
        let mut request = view.request;
        request.max_tokens = u32::try_from(answer).unwrap_or(u32::MAX);
        Some(NextQuestion {
            model: model.model.clone(),
            request,
            bytes: view.bytes,
            left_out: if agent.setup().rules > 1 {
                view.dropped
            } else {
                Vec::new()
            },
            most: most(answer),
            least: most(least),
            is_held,
        })
    }

    /// A model answered, or did not.
    pub(super) fn thought(
        &mut self,
        id: EffectId,
        outcome: EffectOutcome,
        usage: Usage,
        basis: Basis,
    ) -> Result<(), Refusal> {
        let effect = self
            .state
            .effects
            .get(&id)
            .filter(|effect| matches!(effect.kind, EffectKind::Think { .. }))
            .ok_or(Refusal::NoSuchEffect(id))?;
        let started = effect.started;
        let step = self
            .state
            .plan
            .steps
            .get(effect.step)
            .map(|step| step.id.clone())
            .ok_or(Refusal::NoSuchEffect(id))?;
        let model = self.agent(&step).map(AgentState::model);
        let settled = model.and_then(|model| self.settlement(id, &step, model, usage, basis));
        let finished = Event::EffectFinished {
            id,
            outcome,
            receipt: None,
        };
        let mut seq = self.emit(finished, Some(started))?;
        if let Some(settled) = settled {
            seq = self.emit(settled, Some(seq))?;
        }
        self.advance(&step, seq)?;
        self.schedule()
    }

    /// A run is taken up again: what models were asked then, nobody hears the answer of. What was
    /// reserved for it counts as spent, and the model is asked again.
    pub(super) fn give_up_thoughts(&mut self) -> Result<(), Refusal> {
        let open: Vec<(EffectId, Seq, StepId)> = self
            .state
            .effects
            .iter()
            .filter(|(_, effect)| matches!(effect.kind, EffectKind::Think { .. }))
            .filter_map(|(id, effect)| {
                let step = self.state.plan.steps.get(effect.step)?;
                Some((*id, effect.started, step.id.clone()))
            })
            .collect();
        for (id, started, step) in open {
            let cause = self.settle_unheard(id, step, started)?;
            let finished = Event::EffectFinished {
                id,
                outcome: EffectOutcome::Stopped,
                receipt: None,
            };
            self.emit(finished, Some(cause))?;
        }
        Ok(())
    }

    /// Tells whether broken checks send the step's agent back to work.
    pub(super) fn sends_back(&self, id: &StepId) -> bool {
        self.state.cancelled.is_none() && self.agent(id).is_some_and(AgentState::may_go_on)
    }
}

/// Shows the beginning and the end of what is too long, and says how much stands between.
fn both_ends(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count.saturating_sub(half)).collect();
    let left_out = count.saturating_sub(half.saturating_mul(2));
    format!("{head} … [{left_out} characters left out] … {tail}")
}
