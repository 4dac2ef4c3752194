//! Deciding: how an input becomes events to append and effects to perform.

use std::collections::BTreeSet;

use super::{Input, Pause, Phase, Refusal, RunState, StepStatus};
use crate::effect::{Effect, EffectClass, EffectKind};
use crate::event::{Event, Outcome, RunStarted, SkipReason, StepFailure};
use crate::id::{EffectId, QuestionId, Seq, StepId};
use crate::intent::{Intent, Understanding};
use crate::plan::estimate;
use crate::plan::graph::Graph;
use crate::preference::Remembered;
use crate::skill::Need;
use crate::time::Millis;

/// An event that is to be appended, with the event that it follows from.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposed {
    /// What happened.
    pub event: Event,
    /// What it follows from.
    pub cause: Option<Seq>,
}

/// The answer to an input: append the events first, then perform the effects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// Events to append, in this order, in one commit.
    pub events: Vec<Proposed>,
    /// Effects to perform once the events are durable.
    pub effects: Vec<Effect>,
}

/// Decides without keeping anything: what would this input lead to in this state?
pub fn decide(state: &RunState, input: Input) -> Result<Decision, Refusal> {
    Machine::new(state.clone()).handle(input)
}

/// A state that is being driven. The engine keeps one per run it owns.
///
/// When the events of a [`Decision`] cannot be appended, the machine is ahead of the log and must be
/// dropped; folding the log gives a new one.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(super) state: RunState,
    pub(super) decision: Decision,
    /// The position at which a capture for the sake of cadence was ordered last.
    pub(super) cadence: Seq,
    /// Whether what other runs have spent was counted for just this input.
    pub(super) is_counted: bool,
}

impl Machine {
    /// Makes a machine of a state.
    pub const fn new(state: RunState) -> Self {
        Self {
            state,
            decision: Decision {
                events: Vec::new(),
                effects: Vec::new(),
            },
            cadence: Seq::ZERO,
            is_counted: false,
        }
    }

    /// Returns the state, with all events that were decided so far.
    pub const fn state(&self) -> &RunState {
        &self.state
    }

    /// Answers an input. A refused input changes nothing, unless the refusal is
    /// [`Refusal::Broken`], after which the machine must be dropped.
    pub fn handle(&mut self, input: Input) -> Result<Decision, Refusal> {
        self.decision = Decision::default();
        if self.state.phase == Phase::Finished {
            return match input {
                Input::Recovered => Ok(Decision {
                    events: vec![],
                    effects: vec![Effect::Stop],
                }),
                Input::Requested(_)
                | Input::Understood(_)
                | Input::Answered { .. }
                | Input::AdviceWanted(_)
                | Input::Advised { .. }
                | Input::PlansCompared(_)
                | Input::Planned { .. }
                | Input::PlanImpossible(_)
                | Input::Prepared { .. }
                | Input::Captured { .. }
                | Input::Ended { .. }
                | Input::AgentReady { .. }
                | Input::Thought { .. }
                | Input::Counted { .. }
                | Input::Reached { .. }
                | Input::Probed { .. }
                | Input::Decided { .. }
                | Input::PauseAsked { .. }
                | Input::ResumeAsked { .. }
                | Input::CancelAsked { .. } => Err(Refusal::Finished),
            };
        }
        match input {
            Input::Requested(started) => self.requested(started)?,
            Input::Understood(intent) => self.understood(*intent)?,
            Input::Answered {
                question,
                answer,
                by,
            } => self.answered(question, answer, by)?,
            Input::AdviceWanted(asks) => self.advice_wanted(asks)?,
            Input::Advised {
                effect,
                heard,
                usage,
                basis,
            } => self.advised(effect, heard, usage, basis)?,
            Input::PlansCompared(considered) => self.plans_compared(considered)?,
            Input::Planned { plan, absent } => self.planned(*plan, &absent)?,
            Input::PlanImpossible(reasons) => {
                self.in_phase(Phase::Planning)?;
                self.finish(Outcome::Unplannable(reasons))?;
            }
            Input::Prepared { step, prepared } => self.prepared(&step, prepared)?,
            Input::Captured { step, captured } => self.captured(step, captured)?,
            Input::Ended {
                effect,
                outcome,
                receipt,
            } => self.ended(effect, outcome, receipt)?,
            Input::Reached {
                step,
                host,
                ruling,
                because,
            } => {
                if self.state.step(&step).is_none() {
                    return Err(Refusal::Untimely);
                }
                let decided = Event::PolicyDecided {
                    step,
                    host: Some(host),
                    ruling,
                    because,
                };
                self.emit(decided, None)?;
            }
            Input::AgentReady { step, ready } => self.agent_ready(&step, ready)?,
            Input::Thought {
                effect,
                outcome,
                usage,
                basis,
            } => self.thought(effect, outcome, usage, basis)?,
            Input::Counted {
                step,
                effect,
                counted,
            } => self.counted(&step, effect, &counted)?,
            Input::Probed { effect, probed } => self.probed(effect, probed)?,
            Input::Decided {
                approval,
                agreed,
                by,
                reason,
            } => {
                self.decided(approval, agreed, by, reason)?;
            }
            Input::PauseAsked { by, how } => self.pause(by, how)?,
            Input::ResumeAsked { by } => {
                if !self.state.paused {
                    return Err(Refusal::NotPaused);
                }
                self.emit(Event::RunResumed { by }, None)?;
                self.recover()?;
                self.schedule()?;
            }
            Input::CancelAsked { by } => self.cancel(by)?,
            Input::Recovered => {
                self.recover()?;
                self.schedule()?;
            }
        }
        Ok(std::mem::take(&mut self.decision))
    }

    /// Adds an event to the decision and to the state; returns its position.
    pub(super) fn emit(&mut self, event: Event, cause: Option<Seq>) -> Result<Seq, Refusal> {
        self.state.evolve(&event)?;
        self.decision.events.push(Proposed { event, cause });
        Ok(self.state.seq)
    }

    pub(super) fn order(&mut self, effect: Effect) {
        self.decision.effects.push(effect);
    }

    pub(super) fn in_phase(&self, phase: Phase) -> Result<(), Refusal> {
        if self.state.phase == phase {
            Ok(())
        } else {
            Err(Refusal::Untimely)
        }
    }

    pub(super) fn finish(&mut self, outcome: Outcome) -> Result<(), Refusal> {
        let cause = self.state.seq;
        self.emit(Event::RunFinished { outcome }, Some(cause))?;
        self.order(Effect::Stop);
        Ok(())
    }

    fn requested(&mut self, started: Box<RunStarted>) -> Result<(), Refusal> {
        if self.state.phase != Phase::Empty {
            return Err(Refusal::AlreadyStarted);
        }
        self.emit(Event::RunStarted(started), None)?;
        self.order(Effect::Understand);
        Ok(())
    }

    fn understood(&mut self, intent: Intent) -> Result<(), Refusal> {
        self.in_phase(Phase::Understanding)?;
        let asked = self.state.questions.len();
        let taken: Vec<Remembered> = intent
            .remembered
            .iter()
            .filter(|known| !self.state.answers().contains_key(&known.question.key))
            .cloned()
            .collect();
        let keys: BTreeSet<&str> = taken
            .iter()
            .map(|known| known.question.key.as_str())
            .collect();
        let understanding = intent.understanding(asked, &keys);
        let cause = Some(self.state.seq);
        let parsed = self.emit(
            Event::IntentParsed {
                intent: Box::new(intent),
            },
            cause,
        )?;
        match understanding {
            Understanding::Clear => self.order(Effect::MakePlan),
            Understanding::OutOfScope => self.finish(Outcome::OutOfScope)?,
            Understanding::Unsure(questions) if questions.is_empty() && taken.is_empty() => {
                self.finish(Outcome::Unclear)?;
            }
            Understanding::Unsure(questions) => {
                for (number, question) in (asked.saturating_add(1)..).zip(questions) {
                    let id = QuestionId::new(u32::try_from(number).unwrap_or(u32::MAX));
                    self.emit(Event::ClarificationAsked { id, question }, Some(parsed))?;
                    self.order(Effect::Ask(id));
                }
                for known in taken {
                    let applied = Event::PreferenceApplied {
                        question: known.question,
                        answer: known.answer,
                        source: known.source,
                    };
                    self.emit(applied, Some(parsed))?;
                }
                if self.state.phase == Phase::Understanding {
                    self.order(Effect::Understand);
                }
            }
        }
        Ok(())
    }

    fn answered(&mut self, id: QuestionId, answer: String, by: String) -> Result<(), Refusal> {
        if !self.state.open_questions().any(|(open, _)| open == id) {
            return Err(Refusal::NoSuchQuestion(id));
        }
        let step = self.state.asking(id);
        let capped = self.state.question(id).and_then(super::budget::capped);
        if let Some(step) = capped {
            return self.raise(&step, id, answer, by);
        }
        let seq = self.emit(Event::ClarificationAnswered { id, answer, by }, None)?;
        if self.state.phase == Phase::Understanding {
            self.order(Effect::Understand);
        }
        if let Some(step) = step {
            self.advance(&step, seq)?;
            return self.schedule();
        }
        Ok(())
    }

    fn planned(&mut self, plan: crate::plan::Plan, absent: &[Need]) -> Result<(), Refusal> {
        self.in_phase(Phase::Planning)?;
        let graph = match shape(&plan) {
            Ok(graph) => graph,
            Err(reason) => return self.finish(Outcome::Unplannable(vec![reason])),
        };
        let options = self
            .state
            .started
            .as_ref()
            .map(|started| started.options.clone())
            .unwrap_or_default();
        let optional: Vec<(StepId, Need)> = plan
            .steps
            .iter()
            .filter(|step| step.optional)
            .filter_map(|step| {
                let need = step.needs.iter().find(|need| absent.contains(need))?;
                Some((step.id.clone(), need.clone()))
            })
            .collect();
        let mut priced = plan.clone();
        for step in &mut priced.steps {
            // What will be skipped takes no time.
            if optional.iter().any(|(skipped, _)| *skipped == step.id) {
                step.expected = crate::plan::Expected::default();
            }
        }
        // The priced steps have other times, so that other ones are urgent.
        let priced_graph = shape(&priced).unwrap_or(graph);
        let quote = estimate::quote(&priced, &priced_graph, options.max_parallel);
        let cause = Some(self.state.seq);
        let planned = self.emit(
            Event::PlanGenerated {
                plan: Box::new(plan),
            },
            cause,
        )?;
        self.emit(Event::Quoted { quote }, Some(planned))?;
        if options.plan_only {
            return self.finish(Outcome::Planned);
        }
        for (step, need) in optional {
            let why = SkipReason::Missing {
                need: need.to_string(),
                cure: need.cure(),
            };
            self.skip(&step, why, planned)?;
        }
        self.schedule()
    }

    /// Skips a step and everything behind it.
    pub(super) fn skip(
        &mut self,
        step: &StepId,
        why: SkipReason,
        cause: Seq,
    ) -> Result<(), Refusal> {
        let is_open = self
            .state
            .step(step)
            .is_some_and(|s| !s.status.is_final() && !matches!(s.status, StepStatus::Running(_)));
        if is_open {
            let seq = self.emit(
                Event::StepSkipped {
                    step: step.clone(),
                    why,
                },
                Some(cause),
            )?;
            self.skip_behind(step, seq)?;
        }
        Ok(())
    }

    pub(super) fn skip_behind(&mut self, step: &StepId, cause: Seq) -> Result<(), Refusal> {
        let Some(position) = self.state.positions.get(step).copied() else {
            return Ok(());
        };
        // A worklist instead of recursion: a plan may be a chain of thousands of steps.
        let mut open = self.state.graph.after(position).to_vec();
        while let Some(next) = open.pop() {
            let Some((found, state)) = self.state.state_of(next) else {
                continue;
            };
            if state.status.is_final() {
                continue;
            }
            let id = found.id.clone();
            let why = SkipReason::Behind(step.clone());
            self.emit(Event::StepSkipped { step: id, why }, Some(cause))?;
            open.extend_from_slice(self.state.graph.after(next));
        }
        Ok(())
    }

    /// Closes a step as failed, skips what waits for it, and takes back what it was the guard of.
    pub(super) fn fail(
        &mut self,
        step: &StepId,
        why: StepFailure,
        cause: Option<Seq>,
    ) -> Result<(), Refusal> {
        let broken_checks = matches!(why, StepFailure::Checks(_));
        let failed = self.emit(
            Event::StepFailed {
                step: step.clone(),
                why,
                retry_in: None,
            },
            cause,
        )?;
        self.skip_behind(step, failed)?;
        if broken_checks {
            let guarded = self
                .state
                .plan
                .step(step)
                .map(|s| s.restores.clone())
                .unwrap_or_default();
            for of in guarded {
                // Two guards of one step may both be broken; its edits are taken back once.
                let under_way = self.state.effects.values().any(|effect| {
                    matches!(&effect.kind, EffectKind::Restore { of: other, .. } if *other == of)
                });
                let in_force = self.state.step(&of).and_then(|s| s.changes.clone());
                if let (false, Some(changes)) = (under_way, in_force) {
                    let kind = EffectKind::Restore { of, changes };
                    self.start_effect(step, kind, EffectClass::Reversible, Millis::ZERO, failed)?;
                }
            }
        }
        Ok(())
    }

    fn pause(&mut self, by: String, how: Pause) -> Result<(), Refusal> {
        if self.state.phase == Phase::Empty {
            return Err(Refusal::Untimely);
        }
        if !self.state.paused {
            self.emit(Event::RunPaused { by }, None)?;
        }
        if how == Pause::Stop {
            self.stop_everything();
        } else {
            // An answer may take minutes, and asking again loses nothing but what it has cost.
            self.stop(|kind| matches!(kind, EffectKind::Think { .. }));
        }
        Ok(())
    }

    fn cancel(&mut self, by: String) -> Result<(), Refusal> {
        if self.state.phase == Phase::Empty {
            return Err(Refusal::Untimely);
        }
        if self.state.cancelled.is_none() {
            self.emit(Event::RunCancelled { by }, None)?;
        }
        self.stop_everything();
        self.schedule()
    }

    fn stop_everything(&mut self) {
        self.stop(|_| true);
    }

    fn stop(&mut self, which: impl Fn(&EffectKind) -> bool) {
        let steps = self
            .state
            .effects
            .iter()
            .filter(|(_, effect)| !effect.in_doubt && which(&effect.kind))
            .map(|(id, _)| *id);
        // Advice can be asked for again as any answer can.
        let under_way: Vec<EffectId> = steps.chain(self.state.open_advice()).collect();
        if !under_way.is_empty() {
            self.order(Effect::Cancel(under_way));
        }
    }
}

/// Builds the shape of a plan, or says why it has none. The validator says more; this is the floor
/// below which a plan would not even fold.
pub(super) fn shape(plan: &crate::plan::Plan) -> Result<Graph, String> {
    let graph = Graph::new(plan).map_err(|cycle| cycle.to_string())?;
    let names = plan.positions();
    if names.len() != plan.steps.len() {
        return Err("two steps have one name".to_owned());
    }
    match plan
        .steps
        .iter()
        .flat_map(|step| &step.depends_on)
        .find(|id| !names.contains_key(id))
    {
        Some(id) => Err(format!("a step waits for `{id}`, which does not exist")),
        None => Ok(graph),
    }
}
