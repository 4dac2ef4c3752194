//! Scheduling: which steps begin now, and when the run is over.

use super::{Machine, Phase, Refusal, Stage, StepStatus};
use crate::effect::{Effect, EffectKind};
use crate::event::{ApprovalReason, Event, Outcome, SkipReason, StepFailure};
use crate::id::{Seq, StepId};
use crate::plan::graph::writes_meet;
use crate::policy::Ruling;
use crate::time::Millis;

impl Machine {
    /// Begins every step that can begin, the most urgent first, and ends the run when nothing is
    /// left to do.
    pub(super) fn schedule(&mut self) -> Result<(), Refusal> {
        if self.state.cancelled.is_some() {
            return self.wind_up();
        }
        if self.state.phase != Phase::Executing || self.state.paused {
            return Ok(());
        }
        let limit = self.state.started.as_ref().map_or(1, |started| {
            usize::from(started.options.max_parallel.max(1))
        });
        // Going through the ready steps by their keys, not by an iterator: beginning one changes
        // the set, and a step that fails at once may change it further.
        let mut last = None;
        while self.state.running.len() < limit {
            let next = match last {
                None => self.state.ready.first().copied(),
                Some(key) => {
                    let behind = (std::ops::Bound::Excluded(key), std::ops::Bound::Unbounded);
                    self.state.ready.range(behind).next().copied()
                }
            };
            let Some(key) = next else { break };
            last = Some(key);
            self.consider(key.1)?;
        }
        if self.state.unfinished == 0 && self.state.effects.is_empty() {
            let outcome = self.reached();
            return self.close(outcome);
        }
        self.keep_cadence();
        Ok(())
    }

    /// Begins a ready step, asks for it, refuses it, or leaves it for later.
    fn consider(&mut self, position: usize) -> Result<(), Refusal> {
        let Some((step, state)) = self.state.state_of(position) else {
            return Ok(());
        };
        let blocked = self.state.running.iter().any(|other| {
            self.state
                .plan
                .steps
                .get(*other)
                .is_some_and(|other| writes_meet(step, other))
        });
        if blocked {
            return Ok(());
        }
        let since = state.since;
        if !state.approved {
            let Some(started) = self.state.started.as_ref() else {
                return Ok(());
            };
            let ruled = started.policy.rule(step);
            let approve_all = started.options.approve_all;
            if ruled.ruling != Ruling::Allow {
                let step = step.clone();
                let decided = Event::PolicyDecided {
                    step: step.id.clone(),
                    host: None,
                    ruling: ruled.ruling.clone(),
                    because: ruled.because.clone(),
                };
                let seq = self.emit(decided, Some(since))?;
                if ruled.ruling == Ruling::Deny {
                    let why = StepFailure::Denied(ruled.because);
                    return self.fail(&step.id, why, Some(seq));
                }
                let id = self.ask(&step, ApprovalReason::Policy(ruled.because), seq)?;
                if !approve_all {
                    return Ok(());
                }
                // Nobody has to be asked after all.
                self.decision.effects.pop();
                let by = "--yes".to_owned();
                let given = self.emit(Event::ApprovalGiven { id, by }, Some(seq))?;
                return self.begin(&step.id, Millis::ZERO, given);
            }
        }
        let id = step.id.clone();
        self.begin(&id, Millis::ZERO, since)
    }

    /// Begins a step.
    pub(super) fn begin(&mut self, id: &StepId, delay: Millis, cause: Seq) -> Result<(), Refusal> {
        let Some(step) = self.state.plan.step_at(&self.state.positions, id) else {
            return Ok(());
        };
        let (prepares, class) = (step.prepares, step.class);
        let attempt = self
            .state
            .step(id)
            .map_or(1, |state| state.attempt.saturating_add(1));
        let seq = self.emit(
            Event::StepStarted {
                step: id.clone(),
                attempt,
            },
            Some(cause),
        )?;
        if self.needs_snapshot(id) {
            // A retry waits before it is captured and called again.
            self.order_snapshot(id, delay);
            return Ok(());
        }
        if self.begins_agent(id) {
            return self.begin_agent(id, seq);
        }
        if prepares {
            self.order_prepare(id);
            return Ok(());
        }
        self.start_effect(
            id,
            EffectKind::Call {
                prepared: serde_json::Value::Null,
            },
            class,
            delay,
            seq,
        )
    }

    pub(super) fn order_prepare(&mut self, id: &StepId) {
        if let Some(step) = self.state.plan.step_at(&self.state.positions, id) {
            let step = Box::new(step.clone());
            self.order(Effect::Prepare { step });
        }
    }

    /// The run was cancelled: nothing new begins, and when nothing is under way it ends.
    fn wind_up(&mut self) -> Result<(), Refusal> {
        if self.state.open_advice().next().is_some() {
            return Ok(());
        }
        let in_doubt = self.state.effects.values().any(|effect| effect.in_doubt);
        if !self.state.effects.is_empty() && !in_doubt {
            return Ok(());
        }
        if self.state.effects.values().any(|effect| !effect.in_doubt) {
            return Ok(());
        }
        let open: Vec<(StepId, bool)> = self
            .state
            .steps()
            .filter(|(_, state)| !state.status.is_final())
            .map(|(step, state)| {
                (
                    step.id.clone(),
                    matches!(state.status, StepStatus::Running(_)),
                )
            })
            .collect();
        let cause = self.state.seq;
        for (step, running) in open {
            if running {
                let doubtful = matches!(
                    self.state.step(&step).map(|s| &s.status),
                    Some(StepStatus::Running(Stage::Calling(_)))
                );
                let why = if doubtful {
                    StepFailure::InDoubt
                } else {
                    StepFailure::Denied("the run was cancelled".to_owned())
                };
                let failed = Event::StepFailed {
                    step,
                    why,
                    retry_in: None,
                };
                self.emit(failed, Some(cause))?;
            } else {
                let why = SkipReason::Cancelled;
                self.emit(Event::StepSkipped { step, why }, Some(cause))?;
            }
        }
        self.close(Outcome::Cancelled)
    }

    /// What was reached: a goal is reached when all its steps are verified, but for optional ones
    /// that something was missing for.
    pub(super) fn reached(&self) -> Outcome {
        let mut goals: std::collections::BTreeMap<u16, bool> = std::collections::BTreeMap::new();
        let mut failed = false;
        for (step, state) in self.state.steps() {
            let fine = match &state.status {
                StepStatus::Verified => true,
                StepStatus::Skipped(SkipReason::Missing { .. }) => step.optional,
                StepStatus::Skipped(SkipReason::Behind(_) | SkipReason::Cancelled) => false,
                StepStatus::Failed(_) => {
                    failed = true;
                    false
                }
                StepStatus::Unproven
                | StepStatus::Waiting
                | StepStatus::Ready
                | StepStatus::Asked(_)
                | StepStatus::Running(_) => false,
            };
            *goals.entry(step.goal).or_insert(true) &= fine;
        }
        if goals.values().all(|reached| *reached) {
            Outcome::Succeeded
        } else if failed && !goals.values().any(|reached| *reached) {
            Outcome::Failed
        } else {
            Outcome::Partial
        }
    }
}
