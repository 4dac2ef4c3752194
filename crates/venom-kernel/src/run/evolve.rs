//! Folding: how each event changes the state, and which events are illegal in it.

use std::cmp::Reverse;

use crate::agent::AgentState;
use crate::event::ApprovalReason;

use super::{Approval, EffectKind, OpenEffect, Phase, RunState, Stage, StepState, StepStatus};
use crate::effect::{Done, EffectOutcome};
use crate::event::Event;
use crate::id::{EffectId, Seq, StepId};
use crate::preference::Remembered;

mod books;
mod plan;

/// Why an event cannot follow the events before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} ({event}) is illegal: {why}")]
pub struct Illegal {
    /// The position that it would have had.
    pub seq: Seq,
    /// The event's name.
    pub event: &'static str,
    /// What is wrong.
    pub why: String,
}

pub(super) type Evolved = Result<(), String>;

impl RunState {
    /// Applies an event. A refused event leaves the state as it was.
    pub fn evolve(&mut self, event: &Event) -> Result<(), Illegal> {
        let seq = self.seq.next();
        self.apply(event, seq).map_err(|why| Illegal {
            seq,
            event: event.name(),
            why,
        })?;
        self.seq = seq;
        self.past.add(event, seq);
        Ok(())
    }

    fn apply(&mut self, event: &Event, seq: Seq) -> Evolved {
        let begun = matches!(event, Event::RunStarted(_));
        ensure(
            begun == (self.phase == Phase::Empty),
            "a run begins with RunStarted, and only once",
        )?;
        ensure(
            self.phase != Phase::Finished || event.is_afterword(),
            "the run has ended",
        )?;
        match event {
            Event::RunStarted(started) => {
                self.budget = books::open(&started.options);
                self.started = Some(started.clone());
                self.phase = Phase::Understanding;
            }
            Event::IntentParsed { intent } => {
                ensure(
                    self.phase == Phase::Understanding,
                    "the goal is not being understood",
                )?;
                self.intent = Some((**intent).clone());
                self.phase = Phase::Planning;
            }
            Event::ClarificationAsked { id, question } => {
                ensure(
                    matches!(
                        self.phase,
                        Phase::Planning | Phase::Asking | Phase::Executing
                    ),
                    "questions come right after an intent, or from an agent",
                )?;
                ensure(
                    !self.questions.contains_key(id),
                    "the question was asked already",
                )?;
                if self.phase == Phase::Executing {
                    if let Some(step) = super::budget::capped(question) {
                        self.agent_mut(&step)?.capped(*id)?;
                    } else {
                        let (step, call) = super::agent::asker(question)
                            .ok_or("the question belongs to no agent")?;
                        self.agent_mut(&step)?.questioned(&call, *id)?;
                    }
                } else {
                    self.phase = Phase::Asking;
                }
                self.questions.insert(*id, (question.clone(), None));
            }
            Event::ClarificationAnswered { id, answer, .. } => {
                ensure(
                    matches!(self.phase, Phase::Asking | Phase::Executing),
                    "no question is open",
                )?;
                let (_, slot) = self
                    .questions
                    .get_mut(id)
                    .ok_or("there is no such question")?;
                ensure(slot.is_none(), "the question is answered already")?;
                *slot = Some(answer.clone());
                if self.phase == Phase::Executing {
                    for state in &mut self.steps {
                        if let Some(agent) = &mut state.agent {
                            agent.was_answered(*id, answer);
                        }
                    }
                } else if self.open_questions().next().is_none() {
                    self.phase = Phase::Understanding;
                }
            }
            Event::PreferenceApplied {
                question,
                answer,
                source,
            } => {
                ensure(
                    matches!(
                        self.phase,
                        Phase::Planning | Phase::Asking | Phase::Understanding
                    ) && self.intent.is_some(),
                    "there is no intent to be unsure about",
                )?;
                ensure(
                    !self.preferred.contains_key(&question.key),
                    "the question is answered already",
                )?;
                let known = Remembered {
                    question: question.clone(),
                    answer: answer.clone(),
                    source: source.clone(),
                };
                self.preferred.insert(question.key.clone(), known);
                if self.open_questions().next().is_none() {
                    self.phase = Phase::Understanding;
                }
            }
            Event::PreferenceForgotten { question, .. } => {
                let answered = self.questions.get(question);
                ensure(
                    answered.is_some_and(|(_, answer)| answer.is_some()),
                    "there is no answer to forget",
                )?;
            }
            Event::AdviceAsked { effect, ask } => self.advice_asked(*effect, ask, seq)?,
            Event::AdviceForgone { ask, .. } => self.advice_forgone(ask, seq)?,
            Event::AdviceGiven { effect, heard } => self.advice_given(*effect, heard)?,
            Event::PlansCompared { considered } => {
                ensure(self.phase == Phase::Planning, "no plan is being made")?;
                self.considered = Some(considered.clone());
            }
            Event::PlanGenerated { plan } => self.plan_generated(plan, seq)?,
            Event::Quoted { quote } => {
                ensure(self.phase == Phase::Executing, "there is no plan")?;
                ensure(self.quote.is_none(), "the plan is quoted already")?;
                self.quote = Some(*quote);
            }
            Event::PolicyDecided { step, .. } => {
                self.position(step)?;
            }
            Event::ApprovalAsked {
                id,
                step,
                reason,
                subject,
            } => {
                ensure(
                    !self.approvals.contains_key(id),
                    "the request was made already",
                )?;
                let position = self.position(step)?;
                let asks_before = matches!(reason, ApprovalReason::Policy(_));
                let state = self.steps.get_mut(position).ok_or("no such step")?;
                if let ApprovalReason::Tool { call, .. } = reason {
                    let agent = state.agent.as_mut().ok_or("the step has no agent")?;
                    agent.asked(call, *id)?;
                }
                if asks_before {
                    // Before it begins, or when its action has looked and not acted.
                    let has_begun = state.status == StepStatus::Running(Stage::Begun);
                    ensure(
                        has_begun || state.status == StepStatus::Ready,
                        "the step is not ready",
                    )?;
                    state.status = StepStatus::Asked(*id);
                    state.since = seq;
                    if has_begun {
                        self.running.remove(&position);
                    } else {
                        self.ready
                            .remove(&(Reverse(self.graph.urgency(position)), position));
                    }
                }
                let approval = Approval {
                    step: step.clone(),
                    reason: reason.clone(),
                    subject: *subject,
                    given: None,
                };
                self.approvals.insert(*id, approval);
            }
            Event::ApprovalGiven { id, .. } => self.decided(*id, true, None, seq)?,
            Event::ApprovalDenied { id, reason, by } => {
                let why = reason.clone().unwrap_or_else(|| format!("{by} said no"));
                self.decided(*id, false, Some(&why), seq)?;
            }
            Event::StepStarted { step, attempt } => {
                let position = self.position(step)?;
                let urgency = self.graph.urgency(position);
                let state = self.steps.get_mut(position).ok_or("no such step")?;
                ensure(state.status == StepStatus::Ready, "the step is not ready")?;
                ensure(
                    *attempt == state.attempt.saturating_add(1),
                    "the attempts do not count up",
                )?;
                state.status = StepStatus::Running(Stage::Begun);
                state.attempt = *attempt;
                state.since = seq;
                state.evidence.clear();
                self.ready.remove(&(Reverse(urgency), position));
                self.running.insert(position);
            }
            Event::AgentCreated { step, setup } => {
                let state = self.running_at(step, &[Stage::Begun])?;
                ensure(state.agent.is_none(), "the step has an agent already")?;
                state.setup = Some(std::sync::Arc::new((**setup).clone()));
            }
            Event::ModelSelected {
                step,
                turn,
                selected,
            } => {
                let state = self.running_at(step, &[Stage::Begun, Stage::Working])?;
                let next = state
                    .agent
                    .as_ref()
                    .map_or(1, |agent| agent.turn().saturating_add(1));
                ensure(*turn == next, "it is not that turn")?;
                match (&mut state.agent, &state.setup) {
                    (Some(agent), _) => agent.selected((**selected).clone()),
                    (none, Some(setup)) => {
                        *none = Some(Box::new(AgentState::new(setup, (**selected).clone())));
                    }
                    (None, None) => return Err("the step has no agent".to_owned()),
                }
            }
            Event::ToolRefused {
                step,
                call,
                because,
            } => self.agent_mut(step)?.refused(call, because)?,
            Event::BudgetReserved { .. }
            | Event::BudgetSettled { .. }
            | Event::BudgetCounted { .. }
            | Event::BudgetLimited { .. } => self.booked(event)?,
            Event::FeedbackGiven { step, rating, .. } => {
                ensure(*rating <= 1_000, "a rating has at most 1000 thousandths")?;
                let has_agent = |state: &StepState| state.agent.is_some();
                let is_known = match step {
                    Some(step) => self.step(step).is_some_and(has_agent),
                    None => self.steps.iter().any(has_agent),
                };
                ensure(is_known, "no model has worked on it")?;
            }
            Event::EffectStarted {
                id,
                step,
                kind,
                class,
            } => {
                let position = self.position(step)?;
                ensure(
                    id.number() == self.last_effect.saturating_add(1),
                    "effects must count up",
                )?;
                self.effect_started(*id, position, kind)?;
                let open = OpenEffect {
                    step: position,
                    kind: kind.clone(),
                    class: *class,
                    started: seq,
                    in_doubt: false,
                };
                self.effects.insert(*id, open);
                self.last_effect = id.number();
            }
            Event::EffectFinished { id, outcome, .. } => self.effect_finished(*id, outcome, seq)?,
            Event::EffectInDoubt { id, .. } => {
                let effect = self
                    .effects
                    .get_mut(id)
                    .ok_or("the effect is not under way")?;
                effect.in_doubt = true;
            }
            Event::ConflictFound { step, .. } => {
                self.position(step)?;
            }
            Event::StepExecuted { step } => {
                let state = self.running_at(step, &[Stage::Called, Stage::Working])?;
                if let Some(agent) = &state.agent {
                    ensure(
                        agent.next() == crate::agent::Next::Done,
                        "the agent does not claim to be done",
                    )?;
                    state.result = agent.result();
                }
                state.status = StepStatus::Running(Stage::Executed);
                state.since = seq;
            }
            Event::StepVerified { step, checks } => {
                let state = self.running_at(step, &[Stage::Executed, Stage::Checked])?;
                let proven = checks
                    .iter()
                    .all(|judged| judged.verdict == crate::evidence::Verdict::Held);
                state.status = if proven {
                    StepStatus::Verified
                } else {
                    StepStatus::Unproven
                };
                state.checks.clone_from(checks);
                state.since = seq;
                let position = self.position(step)?;
                self.close(position, seq);
            }
            Event::StepFailed {
                step,
                why,
                retry_in,
            } => {
                let position = self.position(step)?;
                let urgency = self.graph.urgency(position);
                let state = self.steps.get_mut(position).ok_or("no such step")?;
                ensure(!state.status.is_final(), "the step is at its end")?;
                state.since = seq;
                if let crate::event::StepFailure::Checks(checks) = why {
                    state.checks.clone_from(checks);
                }
                let was_ready = state.status == StepStatus::Ready;
                self.effects.retain(|_, effect| effect.step != position);
                let state = self.steps.get_mut(position).ok_or("no such step")?;
                if let (Some(agent), crate::event::StepFailure::Checks(checks), true) =
                    (&mut state.agent, why, retry_in.is_some())
                {
                    agent.sent_back(&super::agent::broken(checks));
                }
                if retry_in.is_some() {
                    state.status = StepStatus::Ready;
                    self.running.remove(&position);
                    self.ready.insert((Reverse(urgency), position));
                } else {
                    state.status = StepStatus::Failed(why.clone());
                    if was_ready {
                        self.ready.remove(&(Reverse(urgency), position));
                    }
                    self.close(position, seq);
                }
            }
            Event::StepSkipped { step, why } => {
                let position = self.position(step)?;
                let urgency = self.graph.urgency(position);
                let state = self.steps.get_mut(position).ok_or("no such step")?;
                let idle = matches!(
                    state.status,
                    StepStatus::Waiting | StepStatus::Ready | StepStatus::Asked(_)
                );
                ensure(idle, "the step is under way or at its end")?;
                state.status = StepStatus::Skipped(why.clone());
                state.since = seq;
                self.ready.remove(&(Reverse(urgency), position));
                self.close(position, seq);
            }
            Event::Restored { step, changes, .. } => {
                let position = self.position(step)?;
                let state = self.steps.get_mut(position).ok_or("no such step")?;
                ensure(
                    state.changes.as_ref() == Some(changes),
                    "these edits are not in force",
                )?;
                state.changes = state
                    .agent
                    .as_mut()
                    .and_then(|agent| agent.took_back(changes));
                state.restored = state.changes.is_none();
            }
            Event::SnapshotCreated { snapshot, .. } => self.snapshot_created(snapshot, seq)?,
            Event::RewindStarted { to, .. } => {
                ensure(self.is_idle(), "effects are under way")?;
                ensure(*to < seq, "there is no such event yet")?;
                // Asked again after a crash, it begins anew.
                self.snapshots.rewinding = Some(*to);
            }
            Event::Rewound { to, .. } => {
                ensure(
                    self.snapshots.rewinding == Some(*to),
                    "nothing is being gone back to",
                )?;
                self.snapshots.rewinding = None;
                self.snapshots.rewound = self.snapshots.rewound.saturating_add(1);
            }
            Event::StateRewound { to, part, .. } => self.state_rewound(*to, *part, seq)?,
            Event::Forked { otherwise, .. } => {
                ensure(
                    self.effects.values().all(|e| e.class.is_repeatable()),
                    "an effect is under way that must not be done twice",
                )?;
                if let Some(plan) = &otherwise.plan {
                    self.replanned(plan, seq)?;
                }
                self.budget = self.budget.fork();
                self.go_otherwise(otherwise)?;
            }
            Event::SkillLearned { procedure } => {
                ensure(
                    self.outcome == Some(crate::event::Outcome::Succeeded),
                    "only a run that succeeded teaches",
                )?;
                let has_agent = |id| self.step(id).is_some_and(|step| step.agent.is_some());
                ensure(
                    procedure.works.keys().all(has_agent),
                    "no model has worked on it",
                )?;
            }
            Event::SkillDecided { .. } => {
                ensure(self.outcome.is_some(), "the run has not ended")?;
            }
            Event::ContentsReleased { .. } => {
                ensure(
                    self.phase == Phase::Finished,
                    "only a run that has ended can do without its contents",
                )?;
                self.released = Some(seq);
            }
            Event::SnapshotReleased { at, .. } => {
                let is_one = |event| matches!(event, &Event::SnapshotCreated { .. });
                ensure(
                    self.past.get(*at).is_some_and(is_one),
                    "no snapshot was taken at that event",
                )?;
            }
            Event::LogRepaired { until, .. } => {
                ensure(*until >= seq, "nothing was lost")?;
            }
            Event::RunPaused { .. } => {
                ensure(!self.paused, "the run is paused already")?;
                self.paused = true;
            }
            Event::RunResumed { .. } => {
                ensure(self.paused, "the run is not paused")?;
                self.paused = false;
            }
            Event::RunCancelled { by } => {
                ensure(self.cancelled.is_none(), "the run is cancelled already")?;
                self.cancelled = Some(by.clone());
            }
            Event::RunFinished { outcome } => {
                ensure(self.effects.is_empty(), "effects are under way")?;
                self.outcome = Some(outcome.clone());
                self.phase = Phase::Finished;
            }
        }
        Ok(())
    }

    fn decided(
        &mut self,
        id: crate::id::ApprovalId,
        agreed: bool,
        why: Option<&str>,
        seq: Seq,
    ) -> Evolved {
        let approval = self
            .approvals
            .get_mut(&id)
            .ok_or("there is no such request")?;
        ensure(approval.given.is_none(), "the request is decided already")?;
        approval.given = Some(agreed);
        let step = approval.step.clone();
        if matches!(approval.reason, ApprovalReason::Tool { .. }) {
            if let Ok(agent) = self.agent_mut(&step) {
                agent.decided(id, agreed, why);
            }
            return Ok(());
        }
        let position = self.position(&step)?;
        let urgency = self.graph.urgency(position);
        let state = self.steps.get_mut(position).ok_or("no such step")?;
        if state.status == StepStatus::Asked(id) {
            state.status = StepStatus::Ready;
            state.approved = agreed;
            state.since = seq;
            self.ready.insert((Reverse(urgency), position));
        } else if agreed {
            for effect in self
                .effects
                .values_mut()
                .filter(|effect| effect.step == position)
            {
                effect.in_doubt = false;
            }
        }
        Ok(())
    }

    fn effect_started(&mut self, id: EffectId, position: usize, kind: &EffectKind) -> Evolved {
        let state = self.steps.get_mut(position).ok_or("no such step")?;
        if let StepStatus::Running(Stage::Begun | Stage::Working) = state.status
            && let Some(agent) = &mut state.agent
        {
            match kind {
                EffectKind::Think { turn, bytes, .. } => agent.thinking(id, *turn, *bytes)?,
                EffectKind::Act { call, .. } => agent.acting(id, call)?,
                EffectKind::Commit { changes } => agent.committing(id, changes)?,
                EffectKind::Prove { .. } => agent.proving(id)?,
                EffectKind::Call { .. }
                | EffectKind::Check
                | EffectKind::Rerun { .. }
                | EffectKind::Restore { .. } => {
                    return Err("the step is not at this point".to_owned());
                }
            }
            state.status = StepStatus::Running(Stage::Working);
            return Ok(());
        }
        let next = match (kind, &state.status) {
            (EffectKind::Call { .. }, StepStatus::Running(Stage::Begun)) => Stage::Calling(id),
            (EffectKind::Commit { changes }, StepStatus::Running(Stage::Called))
                if state.staged.as_ref() == Some(changes) =>
            {
                Stage::Committing(id)
            }
            (
                EffectKind::Check | EffectKind::Rerun { .. },
                StepStatus::Running(Stage::Executed),
            ) => Stage::Checking(id),
            // A failed step may take back what it was the guard of.
            (EffectKind::Restore { of, changes }, StepStatus::Failed(_)) => {
                let of = self.position(of)?;
                let other = self.steps.get(of).ok_or("no such step")?;
                return ensure(
                    other.changes.as_ref() == Some(changes),
                    "these edits are not in force",
                );
            }
            (
                EffectKind::Call { .. }
                | EffectKind::Commit { .. }
                | EffectKind::Check
                | EffectKind::Rerun { .. }
                | EffectKind::Think { .. }
                | EffectKind::Act { .. }
                | EffectKind::Prove { .. }
                | EffectKind::Restore { .. },
                _,
            ) => return Err("the step is not at this point".to_owned()),
        };
        state.status = StepStatus::Running(next);
        if let Stage::Calling(_) = next {
            state.called = Some(id);
        }
        Ok(())
    }

    fn effect_finished(&mut self, id: EffectId, outcome: &EffectOutcome, seq: Seq) -> Evolved {
        let effect = self
            .effects
            .remove(&id)
            .ok_or("the effect is not under way")?;
        let urgency = self.graph.urgency(effect.step);
        let state = self.steps.get_mut(effect.step).ok_or("no such step")?;
        state.since = seq;
        if let (StepStatus::Running(Stage::Working), Some(agent)) =
            (&state.status, &mut state.agent)
        {
            match &effect.kind {
                EffectKind::Think { .. } => agent.thought(outcome),
                EffectKind::Act { .. }
                    if *outcome == EffectOutcome::Stopped && !effect.class.is_repeatable() =>
                {
                    // How far it came is not known; it stays open until somebody settles it.
                    self.effects.insert(id, effect);
                }
                EffectKind::Act { call, .. } => agent.acted(call, outcome)?,
                EffectKind::Commit { changes } => {
                    agent.committed(id, outcome)?;
                    let done =
                        matches!(outcome, EffectOutcome::Done(done) if done.conflicts.is_empty());
                    if done {
                        state.changes = Some(changes.clone());
                    }
                }
                EffectKind::Prove { .. } => {
                    agent.proved(outcome);
                    if let EffectOutcome::Done(done) = outcome {
                        state.absorb(done);
                    }
                }
                EffectKind::Call { .. }
                | EffectKind::Check
                | EffectKind::Rerun { .. }
                | EffectKind::Restore { .. } => {}
            }
            return Ok(());
        }
        match (&effect.kind, outcome) {
            (EffectKind::Call { .. }, EffectOutcome::Done(done)) => {
                state.absorb(done);
                state.result.clone_from(&done.result);
                state.staged.clone_from(&done.changes);
                state.status = StepStatus::Running(Stage::Called);
            }
            (EffectKind::Commit { changes }, EffectOutcome::Done(done)) => {
                state.absorb(done);
                state.staged = None;
                if done.conflicts.is_empty() {
                    state.changes = Some(changes.clone());
                }
                state.status = StepStatus::Running(Stage::Called);
            }
            (EffectKind::Check, EffectOutcome::Done(done)) => {
                state.absorb(done);
                state.status = StepStatus::Running(Stage::Checked);
            }
            (EffectKind::Rerun { .. }, EffectOutcome::Done(done)) => {
                state.absorb(done);
                state.status = StepStatus::Running(Stage::Executed);
            }
            (EffectKind::Rerun { .. }, EffectOutcome::Failed(_) | EffectOutcome::Stopped) => {
                state.status = StepStatus::Running(Stage::Executed);
            }
            (
                EffectKind::Restore { .. }
                | EffectKind::Think { .. }
                | EffectKind::Act { .. }
                | EffectKind::Prove { .. },
                _,
            ) => {}
            // What was stopped begins anew later: the step for a call, the same thing otherwise.
            (EffectKind::Call { .. }, EffectOutcome::Stopped) if effect.class.is_repeatable() => {
                state.status = StepStatus::Ready;
                self.running.remove(&effect.step);
                self.ready.insert((Reverse(urgency), effect.step));
            }
            (EffectKind::Commit { .. }, EffectOutcome::Stopped) => {
                state.status = StepStatus::Running(Stage::Called);
            }
            (EffectKind::Check, EffectOutcome::Stopped) => {
                state.status = StepStatus::Running(Stage::Executed);
            }
            (EffectKind::Call { .. }, EffectOutcome::Stopped) => {
                // How far it came is not known; it stays open until that is settled. An action that has
                // prepared can say when it is asked, as after a crash.
                let prepares = self
                    .plan
                    .steps
                    .get(effect.step)
                    .is_some_and(|step| step.prepares);
                self.effects.insert(
                    id,
                    OpenEffect {
                        in_doubt: !prepares,
                        ..effect
                    },
                );
            }
            (
                EffectKind::Call { .. } | EffectKind::Commit { .. } | EffectKind::Check,
                EffectOutcome::Failed(_),
            ) => {}
        }
        Ok(())
    }

    /// A step came to its end: steps behind it may become ready.
    fn close(&mut self, position: usize, seq: Seq) {
        self.running.remove(&position);
        self.unfinished = self.unfinished.saturating_sub(1);
        let done = self
            .steps
            .get(position)
            .is_some_and(|state| state.status.is_done());
        if !done {
            return;
        }
        for next in self.graph.after(position).to_vec() {
            let urgency = self.graph.urgency(next);
            if let Some(state) = self.steps.get_mut(next) {
                state.waits = state.waits.saturating_sub(1);
                if state.waits == 0 && state.status == StepStatus::Waiting {
                    state.status = StepStatus::Ready;
                    state.since = seq;
                    self.ready.insert((Reverse(urgency), next));
                }
            }
        }
    }

    fn position(&self, step: &StepId) -> Result<usize, String> {
        self.positions
            .get(step)
            .copied()
            .ok_or_else(|| format!("there is no step `{step}`"))
    }

    fn agent_mut(&mut self, step: &StepId) -> Result<&mut AgentState, String> {
        let position = self.position(step)?;
        let state = self.steps.get_mut(position).ok_or("no such step")?;
        let agent = state.agent.as_mut().ok_or("the step has no agent")?;
        Ok(agent)
    }

    fn running_at(&mut self, step: &StepId, stages: &[Stage]) -> Result<&mut StepState, String> {
        let position = self.position(step)?;
        let state = self.steps.get_mut(position).ok_or("no such step")?;
        let fits = matches!(&state.status, StepStatus::Running(stage) if stages.contains(stage));
        if fits {
            Ok(state)
        } else {
            Err("the step is not at this point".to_owned())
        }
    }
}

impl StepState {
    fn absorb(&mut self, done: &Done) {
        self.evidence.extend(done.evidence.iter().cloned());
    }
}

pub(super) fn ensure(holds: bool, why: &str) -> Evolved {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}
