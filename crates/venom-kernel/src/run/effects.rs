//! Effects: started, ended, tried again, in doubt.

use super::{Machine, Refusal, Stage, StepStatus};
use crate::confine::Receipt;
use crate::effect::{Effect, EffectClass, EffectKind, EffectOutcome, Failure, FailureKind, Probed};
use crate::event::{ApprovalReason, Event, StepFailure};
use crate::id::{EffectId, Seq, StepId};
use crate::time::Millis;

/// How often a step is tried when it fails in a way that may pass. Chosen: three attempts ride out
/// a hiccup, more hide a fault.
const MAX_ATTEMPTS: u16 = 3;

impl Machine {
    /// Starts an effect: the intention goes to the log, the order to the engine.
    pub(super) fn start_effect(
        &mut self,
        step: &StepId,
        kind: EffectKind,
        class: EffectClass,
        delay: Millis,
        cause: Seq,
    ) -> Result<(), Refusal> {
        let id = EffectId::new(self.state.last_effect.saturating_add(1));
        let started = Event::EffectStarted {
            id,
            step: step.clone(),
            kind: kind.clone(),
            class,
        };
        self.emit(started, Some(cause))?;
        if let Some(step) = self.state.plan.step_at(&self.state.positions, step) {
            let step = Box::new(self.performed(step, &kind));
            self.order(Effect::Perform {
                effect: id,
                step,
                kind,
                delay,
            });
        }
        Ok(())
    }

    pub(super) fn prepared(
        &mut self,
        step: &StepId,
        prepared: Result<serde_json::Value, Failure>,
    ) -> Result<(), Refusal> {
        let state = self
            .state
            .step(step)
            .ok_or_else(|| Refusal::NoSuchStep(step.clone()))?;
        if state.status != StepStatus::Running(Stage::Begun) {
            return Err(Refusal::NoSuchStep(step.clone()));
        }
        let since = state.since;
        if self.state.paused {
            // The call must not begin now; when the run is resumed the action prepares again.
            return Ok(());
        }
        match prepared {
            Ok(prepared) => {
                let class = self.class_of(step);
                let objection = class.objection(&prepared).map(str::to_owned);
                let may_begin = match objection {
                    Some(why) => self.agreed(step, &why, since)?,
                    None => true,
                };
                if may_begin {
                    let kind = EffectKind::Call { prepared };
                    self.start_effect(step, kind, class, Millis::ZERO, since)?;
                }
            }
            Err(failure) => self.fail(step, StepFailure::Effect(failure), Some(since))?,
        }
        self.schedule()
    }

    pub(super) fn class_of(&self, step: &StepId) -> EffectClass {
        self.state
            .plan
            .step_at(&self.state.positions, step)
            .map_or(EffectClass::Irreversible, |step| step.class)
    }

    pub(super) fn ended(
        &mut self,
        id: EffectId,
        outcome: EffectOutcome,
        receipt: Option<Box<Receipt>>,
    ) -> Result<(), Refusal> {
        let effect = self
            .state
            .effects
            .get(&id)
            .filter(|effect| !matches!(effect.kind, EffectKind::Think { .. }))
            .ok_or(Refusal::NoSuchEffect(id))?
            .clone();
        let step = self
            .state
            .plan
            .steps
            .get(effect.step)
            .map(|step| step.id.clone())
            .ok_or(Refusal::NoSuchEffect(id))?;
        let finished = Event::EffectFinished {
            id,
            outcome: outcome.clone(),
            receipt,
        };
        let seq = self.emit(finished, Some(effect.started))?;
        let acts = self
            .state
            .step(&step)
            .is_some_and(|state| state.status == StepStatus::Running(Stage::Working));
        if acts {
            let is_stopped_act = matches!(effect.kind, EffectKind::Act { .. })
                && outcome == EffectOutcome::Stopped
                && !effect.class.is_repeatable();
            if is_stopped_act {
                self.doubt(id, "it was stopped while it was under way", seq)?;
            }
            self.advance(&step, seq)?;
            return self.schedule();
        }
        match (effect.kind, outcome) {
            (EffectKind::Call { .. }, EffectOutcome::Done(done)) => match done.changes {
                Some(changes) => {
                    let kind = EffectKind::Commit { changes };
                    let class = EffectClass::Reversible;
                    self.start_effect(&step, kind, class, Millis::ZERO, seq)?;
                }
                None => self.executed(&step, seq)?,
            },
            (EffectKind::Commit { .. }, EffectOutcome::Done(done)) => {
                if done.conflicts.is_empty() {
                    self.executed(&step, seq)?;
                } else {
                    let paths = done.conflicts;
                    let found = Event::ConflictFound {
                        step: step.clone(),
                        paths: paths.clone(),
                    };
                    let seq = self.emit(found, Some(seq))?;
                    self.fail(&step, StepFailure::Conflict(paths), Some(seq))?;
                }
            }
            (EffectKind::Check, EffectOutcome::Done(_)) => self.verify(&step, seq)?,
            (EffectKind::Rerun { .. }, EffectOutcome::Done(_)) => self.gather(&step, seq)?,
            // What cannot run again is judged by what it said at first.
            (EffectKind::Rerun { .. }, EffectOutcome::Failed(_)) => self.look(&step, seq)?,
            (EffectKind::Restore { of, changes }, EffectOutcome::Done(done)) => {
                let restored = Event::Restored {
                    step: of.clone(),
                    changes,
                    conflicts: done.conflicts,
                };
                let seq = self.emit(restored, Some(seq))?;
                // An agent commits more than once: its edits go back one by one, the latest first.
                let in_force = self.state.step(&of).and_then(|state| state.changes.clone());
                if let Some(changes) = in_force {
                    let kind = EffectKind::Restore { of, changes };
                    let class = EffectClass::Reversible;
                    self.start_effect(&step, kind, class, Millis::ZERO, seq)?;
                }
            }
            // Taking back is safe to try again when the run is resumed; it is not forgotten.
            (EffectKind::Restore { .. }, EffectOutcome::Failed(_) | EffectOutcome::Stopped) => {}
            (EffectKind::Call { .. }, EffectOutcome::Stopped)
                if !effect.class.is_repeatable() && self.will_be_asked(&step) => {}
            (EffectKind::Call { .. }, EffectOutcome::Stopped) if !effect.class.is_repeatable() => {
                self.doubt(id, "it was stopped while it was under way", seq)?;
            }
            (
                EffectKind::Call { .. }
                | EffectKind::Commit { .. }
                | EffectKind::Check
                | EffectKind::Rerun { .. },
                EffectOutcome::Stopped,
            )
            // An agent's effects are answered above.
            | (EffectKind::Think { .. } | EffectKind::Act { .. } | EffectKind::Prove { .. }, _) => {}
            (
                EffectKind::Call { .. } | EffectKind::Commit { .. } | EffectKind::Check,
                EffectOutcome::Failed(failure),
            ) => self.effect_failed(&step, effect.class, failure, seq)?,
        }
        self.schedule()
    }

    /// Tells whether a stopped action says by itself whether it has happened, when the run goes on. One
    /// that is cancelled never goes on.
    fn will_be_asked(&self, step: &StepId) -> bool {
        let prepares = self
            .state
            .plan
            .step_at(&self.state.positions, step)
            .is_some_and(|step| step.prepares);
        prepares && self.state.paused && self.state.cancelled.is_none()
    }

    fn effect_failed(
        &mut self,
        step: &StepId,
        class: EffectClass,
        failure: Failure,
        cause: Seq,
    ) -> Result<(), Refusal> {
        let attempt = self
            .state
            .step(step)
            .map_or(MAX_ATTEMPTS, |state| state.attempt);
        let again = failure.kind == FailureKind::Retryable
            && class.is_repeatable()
            && attempt < MAX_ATTEMPTS
            && self.state.cancelled.is_none();
        if !again {
            return self.fail(step, StepFailure::Effect(failure), Some(cause));
        }
        // Half a second, doubled each time.
        let wait = Millis::new(250_u64 << attempt.min(8));
        let why = StepFailure::Effect(failure);
        let failed = Event::StepFailed {
            step: step.clone(),
            why,
            retry_in: Some(wait),
        };
        let seq = self.emit(failed, Some(cause))?;
        self.begin(step, wait, seq)
    }

    pub(super) fn probed(&mut self, id: EffectId, probed: Probed) -> Result<(), Refusal> {
        let effect = self
            .state
            .effects
            .get(&id)
            .ok_or(Refusal::NoSuchEffect(id))?;
        let seq = effect.started;
        match probed {
            Probed::Happened(done) => self.ended(id, EffectOutcome::Done(*done), None),
            Probed::DidNot => {
                self.perform_again(id);
                Ok(())
            }
            Probed::Unknown(why) => {
                self.doubt(id, &why, seq)?;
                self.schedule()
            }
        }
    }

    /// Nobody knows whether an effect happened: a person has to say what to do.
    pub(super) fn doubt(&mut self, id: EffectId, why: &str, cause: Seq) -> Result<(), Refusal> {
        let Some(effect) = self.state.effects.get(&id) else {
            return Ok(());
        };
        let Some(step) = self.state.plan.steps.get(effect.step).cloned() else {
            return Ok(());
        };
        let seq = self.emit(
            Event::EffectInDoubt {
                id,
                why: why.to_owned(),
            },
            Some(cause),
        )?;
        let asked = self
            .state
            .open_approvals()
            .any(|(_, open)| open.step == step.id);
        if !asked {
            let reason = ApprovalReason::InDoubt(why.to_owned());
            self.ask(&step, reason, seq)?;
        }
        Ok(())
    }
}
