//! Closing a step on its evidence.

use super::{Machine, Refusal};
use crate::effect::{EffectClass, EffectKind};
use crate::event::{Event, StepFailure};
use crate::evidence::{Judged, Verdict, judge};
use crate::id::{Seq, StepId};
use crate::plan::Check;
use crate::time::Millis;

impl Machine {
    /// A step's work is done: look at the workspace if its checks need that, else judge them.
    pub(super) fn executed(&mut self, step: &StepId, cause: Seq) -> Result<(), Refusal> {
        let seq = self.emit(Event::StepExecuted { step: step.clone() }, Some(cause))?;
        let looks = self
            .state
            .plan
            .step_at(&self.state.positions, step)
            .is_some_and(|step| step.verify.iter().any(Check::looks_outside));
        if looks {
            return self.start_effect(
                step,
                EffectKind::Check,
                EffectClass::Pure,
                Millis::ZERO,
                seq,
            );
        }
        self.verify(step, seq)
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
