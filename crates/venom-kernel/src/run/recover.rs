//! Taking up a run again: what is to be done, as it follows from the state alone.

use super::{Machine, Phase, Refusal, Stage, StepStatus};
use crate::change::ChangesRef;
use crate::effect::{Effect, EffectKind};
use crate::id::{EffectId, QuestionId, Seq, StepId};

impl Machine {
    /// Orders again whatever was ordered and not answered. Scheduling is left to the caller.
    pub(super) fn recover(&mut self) -> Result<(), Refusal> {
        self.give_up_advice()?;
        match self.state.phase {
            Phase::Empty | Phase::Finished => {}
            Phase::Understanding => self.order(Effect::Understand),
            Phase::Asking => {
                let open: Vec<QuestionId> = self.state.open_questions().map(|(id, _)| id).collect();
                for id in open {
                    self.order(Effect::Ask(id));
                }
            }
            Phase::Planning => self.order(Effect::MakePlan),
            Phase::Executing => self.recover_steps()?,
        }
        Ok(())
    }

    fn recover_steps(&mut self) -> Result<(), Refusal> {
        self.give_up_thoughts()?;
        let effects: Vec<(EffectId, bool)> = self
            .state
            .effects
            .iter()
            .filter(|(_, effect)| !effect.in_doubt)
            .map(|(id, effect)| {
                let is_call = matches!(
                    effect.kind,
                    EffectKind::Call { .. } | EffectKind::Act { .. }
                );
                (*id, is_call && !effect.class.is_repeatable())
            })
            .collect();
        for (id, must_probe) in effects {
            if must_probe {
                self.order_probe(id);
            } else {
                self.perform_again(id);
            }
        }
        let open: Vec<_> = self.state.open_approvals().map(|(id, _)| id).collect();
        for id in open {
            self.order(Effect::AskApproval(id));
        }
        let open: Vec<QuestionId> = self.state.open_questions().map(|(id, _)| id).collect();
        for id in open {
            self.order(Effect::Ask(id));
        }
        // Steps between two effects: the events that would have led on were never written.
        let between: Vec<(StepId, Stage)> = self
            .state
            .steps()
            .filter_map(|(step, state)| match state.status {
                StepStatus::Running(stage) => Some((step.id.clone(), stage)),
                StepStatus::Waiting
                | StepStatus::Ready
                | StepStatus::Asked(_)
                | StepStatus::Verified
                | StepStatus::Unproven
                | StepStatus::Failed(_)
                | StepStatus::Skipped(_) => None,
            })
            .collect();
        for (step, stage) in between {
            self.resume_step(&step, stage)?;
        }
        self.resume_restores()
    }

    /// Every batch of events ends with a step under an effect, or at its end, except where a pause
    /// stopped a commit or a check, and where an action was preparing.
    fn resume_step(&mut self, step: &StepId, stage: Stage) -> Result<(), Refusal> {
        let since = self
            .state
            .step(step)
            .map_or(self.state.seq, |state| state.since);
        match stage {
            Stage::Begun => {
                if self.needs_snapshot(step) {
                    self.order_snapshot(step, crate::time::Millis::ZERO);
                    return Ok(());
                }
                if self.begins_agent(step) {
                    return self.begin_agent(step, since);
                }
                let prepares = self
                    .state
                    .plan
                    .step_at(&self.state.positions, step)
                    .is_some_and(|step| step.prepares);
                if prepares {
                    self.order_prepare(step);
                    return Ok(());
                }
                let class = self.class_of(step);
                let kind = EffectKind::Call {
                    prepared: serde_json::Value::Null,
                };
                self.start_effect(step, kind, class, crate::time::Millis::ZERO, since)
            }
            Stage::Called => {
                let staged = self.state.step(step).and_then(|state| state.staged.clone());
                match staged {
                    Some(changes) => self.start_effect(
                        step,
                        EffectKind::Commit { changes },
                        crate::effect::EffectClass::Reversible,
                        crate::time::Millis::ZERO,
                        since,
                    ),
                    None => self.executed(step, since),
                }
            }
            Stage::Executed => self.gather(step, since),
            Stage::Checked => self.verify(step, since),
            Stage::Working => self.advance(step, since),
            Stage::Calling(_) | Stage::Committing(_) | Stage::Checking(_) => Ok(()),
        }
    }

    /// A failed step whose guarded edits are still in force was interrupted while taking them back.
    fn resume_restores(&mut self) -> Result<(), Refusal> {
        let mut open: Vec<(StepId, StepId, ChangesRef, Seq)> = Vec::new();
        for (step, state) in self.state.steps() {
            let failed_checks = matches!(
                &state.status,
                StepStatus::Failed(crate::event::StepFailure::Checks(_))
            );
            if !failed_checks {
                continue;
            }
            for of in &step.restores {
                // Two guards of one step may both be broken; its edits are taken back once.
                let under_way = open.iter().any(|(_, other, ..)| other == of)
                    || self.state.effects.values().any(|effect| {
                        matches!(&effect.kind, EffectKind::Restore { of: other, .. } if other == of)
                    });
                let in_force = self.state.step(of).and_then(|state| state.changes.clone());
                if let (false, Some(changes)) = (under_way, in_force) {
                    open.push((step.id.clone(), of.clone(), changes, state.since));
                }
            }
        }
        for (step, of, changes, since) in open {
            let kind = EffectKind::Restore { of, changes };
            let class = crate::effect::EffectClass::Reversible;
            self.start_effect(&step, kind, class, crate::time::Millis::ZERO, since)?;
        }
        Ok(())
    }

    /// Orders an effect that is under way once more; its intention stands in the log already.
    pub(super) fn perform_again(&mut self, id: EffectId) {
        if let Some((step, kind)) = self.order_of(id) {
            let delay = crate::time::Millis::ZERO;
            self.order(Effect::Perform {
                effect: id,
                step,
                kind,
                delay,
            });
        }
    }

    fn order_probe(&mut self, id: EffectId) {
        if let Some((step, kind)) = self.order_of(id) {
            self.order(Effect::Probe {
                effect: id,
                step,
                kind,
            });
        }
    }

    fn order_of(&self, id: EffectId) -> Option<(Box<crate::plan::Step>, EffectKind)> {
        let effect = self.state.effects.get(&id)?;
        let step = self.state.plan.steps.get(effect.step)?;
        Some((
            Box::new(self.performed(step, &effect.kind)),
            effect.kind.clone(),
        ))
    }
}
