//! Consent: asking somebody for a step, and what the answer leads to.

use super::{Machine, Refusal};
use crate::effect::Effect;
use crate::event::{ApprovalReason, Event, StepFailure};
use crate::id::{ApprovalId, EffectId, Seq, StepId};
use crate::policy::Ruling;

impl Machine {
    pub(super) fn next_approval(&self) -> ApprovalId {
        let number = self.state.approvals.len().saturating_add(1);
        ApprovalId::new(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Asks for somebody's agreement to a step.
    pub(super) fn ask(
        &mut self,
        step: &crate::plan::Step,
        reason: ApprovalReason,
        cause: Seq,
    ) -> Result<ApprovalId, Refusal> {
        let id = self.next_approval();
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

    /// Tells whether somebody has agreed to what an action is about to do, and asks if nobody has. When
    /// it is agreed to, the step begins anew and looks again: the world may have moved meanwhile. What was
    /// agreed to is what was shown; an action that sees something else by then is asked for again.
    pub(super) fn agreed(&mut self, id: &StepId, why: &str, since: Seq) -> Result<bool, Refusal> {
        let (Some(started), Some(step)) = (
            self.state.started.as_ref(),
            self.state.plan.step_at(&self.state.positions, id).cloned(),
        ) else {
            return Ok(false);
        };
        let ruled = started.policy.rule_seen(&step, why);
        let approve_all = started.options.approve_all;
        if ruled.ruling == Ruling::Allow || self.was_shown(id, &ruled.because) {
            return Ok(true);
        }
        let decided = Event::PolicyDecided {
            step: id.clone(),
            host: None,
            ruling: ruled.ruling.clone(),
            because: ruled.because.clone(),
        };
        let seq = self.emit(decided, Some(since))?;
        if ruled.ruling == Ruling::Deny {
            self.fail(id, StepFailure::Denied(ruled.because), Some(seq))?;
            return Ok(false);
        }
        let approval = self.ask(&step, ApprovalReason::Policy(ruled.because), seq)?;
        if approve_all {
            // Nobody has to be asked after all.
            self.decision.effects.pop();
            let by = "--yes".to_owned();
            self.emit(Event::ApprovalGiven { id: approval, by }, Some(seq))?;
        }
        Ok(false)
    }

    /// Tells whether the latest request for a step was agreed to and gave just this reason. Two looks at
    /// the same world give the same words: what a rewriting action says it is asked for names branch and
    /// commits.
    fn was_shown(&self, step: &StepId, because: &str) -> bool {
        let mut requests = self.state.approvals.values().rev();
        requests
            .find(|approval| approval.step == *step)
            .is_some_and(|approval| {
                let said = match &approval.reason {
                    ApprovalReason::Policy(said) => said == because,
                    ApprovalReason::InDoubt(_) | ApprovalReason::Tool { .. } => false,
                };
                said && approval.given == Some(true)
            })
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
        if matches!(approval.reason, ApprovalReason::Tool { .. }) {
            let event = if agreed {
                Event::ApprovalGiven { id, by }
            } else {
                Event::ApprovalDenied { id, by, reason }
            };
            let seq = self.emit(event, None)?;
            self.advance(&approval.step, seq)?;
            return self.schedule();
        }
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
