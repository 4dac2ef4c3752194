//! Snapshots: when the workspace is captured, and what follows from it.
//!
//! Before each step that may change something the workspace is captured, and once more when the work
//! is over, so that what the run left can be told from what others did afterwards. A step whose
//! workspace cannot be captured does not begin: what cannot be taken back is not done.

use super::{LastSnapshot, Machine, Refusal, RunState, Stage, StepStatus};
use crate::effect::{Effect, EffectKind, Failure};
use crate::event::{Event, Outcome, StepFailure};
use crate::id::{SnapshotId, StepId};
use crate::snapshot::{Cause, Record, Snapshot};
use crate::time::Millis;

/// Events after which the workspace is captured although no step asks for it. What was asked for.
const CADENCE: u64 = 256;

impl RunState {
    pub(super) fn snapshot_created(
        &mut self,
        snapshot: &Snapshot,
        seq: crate::id::Seq,
    ) -> Result<(), String> {
        let record = snapshot.record();
        let next = self.snapshots.taken.saturating_add(1);
        if record.id.number() != next {
            return Err("snapshots must count up".to_owned());
        }
        if record.seq.next() != seq {
            return Err("the snapshot is of another position".to_owned());
        }
        if !snapshot.is_sound() {
            return Err("the snapshot does not fit its checksum".to_owned());
        }
        self.snapshots.taken = next;
        self.snapshots.last = Some(LastSnapshot {
            id: record.id,
            tree: record.tree,
            seq,
            cause: record.cause,
        });
        Ok(())
    }

    /// Tells whether snapshots are taken in this run.
    fn takes_snapshots(&self) -> bool {
        self.started
            .as_ref()
            .is_some_and(|started| started.options.snapshots)
    }

    /// Tells whether something was done since the last snapshot that was taken of finished work.
    fn is_open(&self) -> bool {
        self.snapshots
            .last
            .is_some_and(|last| last.cause != Cause::End)
    }
}

impl Machine {
    /// Tells whether the workspace is captured before a step.
    pub(super) fn needs_snapshot(&self, step: &StepId) -> bool {
        self.state.takes_snapshots() && self.class_of(step).may_write()
    }

    /// Orders a capture for a step that has begun.
    pub(super) fn order_snapshot(&mut self, step: &StepId, delay: Millis) {
        let cause = if self.state.snapshots.taken == 0 {
            Cause::Start
        } else {
            Cause::BeforeStep
        };
        self.order(Effect::Snapshot {
            step: Some(step.clone()),
            cause,
            delay,
        });
    }

    /// Orders a capture when many events have passed since the last one.
    pub(super) fn keep_cadence(&mut self) {
        let Some(last) = self.state.snapshots.last.filter(|_| self.state.is_open()) else {
            return;
        };
        let since = last.seq.max(self.cadence);
        if self.state.seq.number().saturating_sub(since.number()) >= CADENCE {
            self.cadence = self.state.seq;
            self.order(Effect::Snapshot {
                step: None,
                cause: Cause::Cadence,
                delay: Millis::ZERO,
            });
        }
    }

    /// Ends the run; before, the workspace is captured as the run leaves it.
    pub(super) fn close(&mut self, outcome: Outcome) -> Result<(), Refusal> {
        if self.state.takes_snapshots() && self.state.is_open() {
            self.order(Effect::Snapshot {
                step: None,
                cause: Cause::End,
                delay: Millis::ZERO,
            });
            return Ok(());
        }
        self.finish(outcome)
    }

    /// The workspace was captured, or could not be.
    pub(super) fn captured(
        &mut self,
        step: Option<StepId>,
        captured: Result<Box<Record>, Failure>,
    ) -> Result<(), Refusal> {
        if self.state.paused && step.is_some() {
            // The call must not begin now; when the run is resumed the workspace is captured again.
            return Ok(());
        }
        let since = match &step {
            Some(id) => {
                let state = self
                    .state
                    .step(id)
                    .filter(|state| state.status == StepStatus::Running(Stage::Begun))
                    .ok_or_else(|| Refusal::NoSuchStep(id.clone()))?;
                Some(state.since)
            }
            None => None,
        };
        match (step, captured) {
            (step, Ok(record)) => {
                let is_end = record.cause == Cause::End;
                if is_end && !(self.state.unfinished == 0 && self.state.is_open()) {
                    return Err(Refusal::Untimely);
                }
                self.snapshot(step.clone(), *record)?;
                if let Some(id) = step {
                    self.call_after_snapshot(&id)?;
                }
                self.schedule()
            }
            (Some(id), Err(failure)) => {
                self.fail(&id, StepFailure::Effect(failure), since)?;
                self.schedule()
            }
            // The work is done; that its end could not be captured takes nothing back of it.
            (None, Err(_)) if self.state.unfinished == 0 && self.state.effects.is_empty() => {
                let outcome = match &self.state.cancelled {
                    Some(_) => Outcome::Cancelled,
                    None => self.reached(),
                };
                self.finish(outcome)
            }
            (None, Err(_)) => Ok(()),
        }
    }

    /// Writes a capture into the log.
    fn snapshot(&mut self, step: Option<StepId>, record: Record) -> Result<(), Refusal> {
        let number = self.state.snapshots.taken.saturating_add(1);
        let state = self.state.checksum();
        let cause = step
            .as_ref()
            .and_then(|id| self.state.step(id))
            .map_or(self.state.seq, |step| step.since);
        let snapshot = Box::new(Snapshot::seal(Record {
            id: SnapshotId::new(number),
            seq: self.state.seq,
            ..record
        }));
        self.emit(
            Event::SnapshotCreated {
                snapshot,
                step,
                state,
            },
            Some(cause),
        )?;
        Ok(())
    }

    fn call_after_snapshot(&mut self, id: &StepId) -> Result<(), Refusal> {
        let Some(step) = self.state.plan.step_at(&self.state.positions, id) else {
            return Ok(());
        };
        if crate::agent::is_agent(step) {
            let cause = self.state.seq;
            return self.begin_agent(id, cause);
        }
        if step.prepares {
            self.order_prepare(id);
            return Ok(());
        }
        let kind = EffectKind::Call {
            prepared: serde_json::Value::Null,
        };
        let class = self.class_of(id);
        let cause = self.state.seq;
        self.start_effect(id, kind, class, Millis::ZERO, cause)
    }
}
