//! Closing a step on its evidence.

use super::{Machine, Refusal};
use crate::effect::{EffectClass, EffectKind};
use crate::event::{Event, StepFailure};
use crate::evidence::{Judged, Verdict, judge, to_rerun};
use crate::id::{Seq, StepId};
use crate::plan::Check;
use crate::time::Millis;

impl Machine {
    /// A step's work is done: see what its checks need, then judge them.
    pub(super) fn executed(&mut self, step: &StepId, cause: Seq) -> Result<(), Refusal> {
        let seq = self.emit(Event::StepExecuted { step: step.clone() }, Some(cause))?;
        self.gather(step, seq)
    }

    /// Lets failed tests run again if that may show something, then goes on.
    pub(super) fn gather(&mut self, step: &StepId, cause: Seq) -> Result<(), Refusal> {
        let cases = self.to_rerun(step);
        if cases.is_empty() {
            return self.look(step, cause);
        }
        let class = self.class_of(step);
        let kind = EffectKind::Rerun { cases };
        self.start_effect(step, kind, class, Millis::ZERO, cause)
    }

    /// Looks outside if the step's checks need that, else judges them.
    pub(super) fn look(&mut self, step: &StepId, cause: Seq) -> Result<(), Refusal> {
        let looks = self
            .state
            .plan
            .step_at(&self.state.positions, step)
            .is_some_and(|step| step.verify.iter().any(Check::looks_outside));
        if looks {
            let kind = EffectKind::Check;
            return self.start_effect(step, kind, EffectClass::Pure, Millis::ZERO, cause);
        }
        self.verify(step, cause)
    }

    /// Returns the failed tests of a step that should run again. Only an action that may be repeated
    /// runs again for nothing but a second look.
    fn to_rerun(&self, id: &StepId) -> Vec<String> {
        let (Some(step), Some(known)) = (
            self.state.plan.step_at(&self.state.positions, id),
            self.state.step(id),
        ) else {
            return Vec::new();
        };
        match step.class {
            EffectClass::Pure | EffectClass::Idempotent => {
                to_rerun(&step.verify, &known.evidence, &|other| {
                    self.state
                        .step(other)
                        .map(|state| state.evidence.as_slice())
                })
            }
            EffectClass::Reversible
            | EffectClass::Compensable
            | EffectClass::Rewriting
            | EffectClass::Irreversible => Vec::new(),
        }
    }

    /// Judges a step's checks and closes the step.
    pub(super) fn verify(&mut self, id: &StepId, cause: Seq) -> Result<(), Refusal> {
        let Some(step) = self.state.plan.step_at(&self.state.positions, id) else {
            return Ok(());
        };
        let own = self.state.step(id).map_or(&[][..], |state| &state.evidence);
        let judged: Vec<Judged> = step
            .verify
            .iter()
            .map(|check| Judged {
                check: check.clone(),
                verdict: judge(check, own, &|other| {
                    self.state.step(other).map(|state| state.evidence.as_slice())
                }),
            })
            // Every step has this check; listing it would only fill the log.
            .filter(|judged| judged.check != Check::ResultFits || judged.verdict != Verdict::Held)
            .collect();
        if judged
            .iter()
            .any(|judged| matches!(judged.verdict, Verdict::Broken(_)))
        {
            if self.sends_back(id) {
                let failed = Event::StepFailed {
                    step: id.clone(),
                    why: StepFailure::Checks(judged),
                    retry_in: Some(Millis::ZERO),
                };
                let seq = self.emit(failed, Some(cause))?;
                return self.begin(id, Millis::ZERO, seq);
            }
            return self.fail(id, StepFailure::Checks(judged), Some(cause));
        }
        self.emit(
            Event::StepVerified {
                step: id.clone(),
                checks: judged,
            },
            Some(cause),
        )?;
        Ok(())
    }
}
