//! Consent: asking somebody for a step, and what the answer leads to.

use super::{Machine, Refusal};
use crate::effect::Effect;
use crate::event::{ApprovalReason, Event, StepFailure};
use crate::id::{ApprovalId, EffectId, Seq, StepId};

impl Machine {
    /// Asks for somebody's agreement to a step.
    pub(super) fn ask(
        &mut self,
        step: &crate::plan::Step,
        reason: ApprovalReason,
        cause: Seq,
    ) -> Result<ApprovalId, Refusal> {
        let number = self.state.approvals.len().saturating_add(1);
        let id = ApprovalId::new(u32::try_from(number).unwrap_or(u32::MAX));
        let subject = crate::digest::Digest::of(&(&step.skill, &step.action, &step.params));
        let asked = Event::ApprovalAsked {
            id,
            step: step.id.clone(),
            reason,
            subject,
        };
        self.emit(asked, Some(cause))?;
        self.order(Effect::AskApproval(id));
        Ok(id)
    }

    pub(super) fn decided(
        &mut self,
        id: ApprovalId,
        agreed: bool,
        by: String,
        reason: Option<String>,
    ) -> Result<(), Refusal> {
        let approval = self
            .state
            .approvals
            .get(&id)
            .filter(|approval| approval.given.is_none())
            .ok_or(Refusal::NoSuchApproval(id))?
            .clone();
        let doubtful = matches!(approval.reason, ApprovalReason::InDoubt(_));
        if agreed {
            self.emit(Event::ApprovalGiven { id, by }, None)?;
            if doubtful {
                let again: Vec<EffectId> = self.effects_of(&approval.step);
                for effect in again {
                    self.perform_again(effect);
                }
            }
        } else {
            let why = reason.clone().unwrap_or_else(|| format!("{by} said no"));
            let seq = self.emit(Event::ApprovalDenied { id, by, reason }, None)?;
            let why = if doubtful {
                StepFailure::InDoubt
            } else {
                StepFailure::Denied(why)
            };
            self.fail(&approval.step, why, Some(seq))?;
        }
        self.schedule()
    }

    pub(super) fn effects_of(&self, step: &StepId) -> Vec<EffectId> {
        let position = self.state.positions.get(step);
        self.state
            .effects
            .iter()
            .filter(|(_, effect)| Some(&effect.step) == position)
            .map(|(id, _)| *id)
            .collect()
    }
}
