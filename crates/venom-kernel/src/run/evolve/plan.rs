//! Folding what events say about plans: the one that was made, and another one that takes its place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Evolved, ensure};
use crate::change::Payload;
use crate::id::{Seq, StepId};
use crate::plan::{Plan, Step};
use crate::run::{Phase, RunState, StepState, StepStatus, machine};

impl RunState {
    pub(super) fn plan_generated(&mut self, plan: &Plan, seq: Seq) -> Evolved {
        ensure(
            self.phase == Phase::Planning,
            "there is no intent to plan for",
        )?;
        let graph = machine::shape(plan)?;
        self.positions = plan
            .positions()
            .into_iter()
            .map(|(id, p)| (id.clone(), p))
            .collect();
        self.steps = (0..graph.len())
            .map(|position| {
                let waits = graph.before(position).len();
                StepState {
                    status: if waits == 0 {
                        StepStatus::Ready
                    } else {
                        StepStatus::Waiting
                    },
                    attempt: 0,
                    evidence: Vec::new(),
                    result: Payload::default(),
                    changes: None,
                    staged: None,
                    checks: Vec::new(),
                    restored: false,
                    agent: None,
                    setup: None,
                    since: seq,
                    called: None,
                    approved: false,
                    waits,
                }
            })
            .collect();
        self.ready = (0..graph.len())
            .filter(|position| graph.before(*position).is_empty())
            .map(|position| (Reverse(graph.urgency(position)), position))
            .collect();
        self.running = BTreeSet::new();
        self.unfinished = graph.len();
        self.graph = graph;
        self.plan = plan.clone();
        self.phase = Phase::Executing;
        Ok(())
    }

    /// Takes another plan for what is left to do.
    pub(super) fn replanned(&mut self, plan: &Plan, seq: Seq) -> Evolved {
        ensure(
            self.phase == Phase::Executing,
            "there is no plan yet that could be changed",
        )?;
        ensure(
            self.running.is_empty() && self.effects.is_empty(),
            "a step is half done; a plan is changed before it begins or after it ended",
        )?;
        machine::shape(plan)?;
        let steps = std::mem::take(&mut self.plan.steps);
        let states = std::mem::take(&mut self.steps);
        let done: BTreeMap<StepId, (Step, StepState)> = steps
            .into_iter()
            .zip(states)
            .filter(|(_, state)| state.status.is_done())
            .map(|(step, state)| (step.id.clone(), (step, state)))
            .collect();
        // What was asked about the old plan is asked again about the new one.
        for approval in self.approvals.values_mut() {
            approval.given.get_or_insert(false);
        }
        self.phase = Phase::Planning;
        self.plan_generated(plan, seq)?;
        // A step stays done only if all that it rests on does.
        for position in self.graph.order().to_vec() {
            let kept = self
                .plan
                .steps
                .get(position)
                .and_then(|step| Some((step, done.get(&step.id)?)))
                .filter(|(step, (old, _))| *step == old)
                .map(|(_, (_, state))| state.clone());
            let Some(kept) = kept else { continue };
            let urgency = self.graph.urgency(position);
            if !self.ready.remove(&(Reverse(urgency), position)) {
                continue;
            }
            if let Some(state) = self.steps.get_mut(position) {
                *state = StepState { waits: 0, ..kept };
            }
            self.close(position, seq);
        }
        Ok(())
    }
}
