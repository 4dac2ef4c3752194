//! The shape of a plan: who waits for whom, what is urgent, what may run together.
//!
//! Urgency is the *upward rank* of list scheduling (Topcuoglu, Hariri, Wu 2002, HEFT): the expected
//! time of a step plus the longest chain behind it. Starting the most urgent ready step first keeps
//! the makespan close to the lower bound; running level by level does not.

use std::collections::BTreeSet;

use super::{Plan, Step, patterns_meet};
use crate::id::StepId;
use crate::time::Millis;

/// The shape of one plan. Steps are named by their position in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    /// Steps that a step waits for.
    before: Vec<Vec<usize>>,
    /// Steps that wait for a step.
    after: Vec<Vec<usize>>,
    /// Expected time of a step and of the longest chain behind it, in milliseconds.
    urgency: Vec<u64>,
    /// An order in which every step stands after those it waits for.
    order: Vec<usize>,
}

/// Steps that wait for each other in a circle, in the order of the circle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the steps {} wait for each other", names(.0))]
pub struct Cycle(pub Vec<StepId>);

fn names(steps: &[StepId]) -> String {
    steps
        .iter()
        .map(|step| format!("`{step}`"))
        .collect::<Vec<_>>()
        .join(" -> ")
}

impl Graph {
    /// Builds the shape of a plan. Dependencies on steps that do not exist are left out here; the
    /// validator names them.
    pub fn new(plan: &Plan) -> Result<Self, Cycle> {
        let positions = plan.positions();
        let count = plan.steps.len();
        let mut before = vec![Vec::new(); count];
        let mut after = vec![Vec::new(); count];
        for (position, step) in plan.steps.iter().enumerate() {
            let wanted: BTreeSet<usize> = step
                .depends_on
                .iter()
                .filter_map(|id| positions.get(id).copied())
                .collect();
            for dependency in wanted {
                if let Some(list) = before.get_mut(position) {
                    list.push(dependency);
                }
                if let Some(list) = after.get_mut(dependency) {
                    list.push(position);
                }
            }
        }
        let mut graph = Self {
            before,
            after,
            urgency: vec![0; count],
            order: Vec::new(),
        };
        graph.sort(plan)?;
        graph.rank(plan);
        Ok(graph)
    }

    /// Kahn's algorithm; ready steps are taken in the order of the plan.
    fn sort(&mut self, plan: &Plan) -> Result<(), Cycle> {
        let mut waiting: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: BTreeSet<usize> = waiting
            .iter()
            .enumerate()
            .filter(|(_, n)| **n == 0)
            .map(|(i, _)| i)
            .collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(step) = ready.pop_first() {
            order.push(step);
            for &next in self.after(step) {
                if let Some(left) = waiting.get_mut(next) {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        ready.insert(next);
                    }
                }
            }
        }
        self.order = order;
        if self.order.len() == waiting.len() {
            return Ok(());
        }
        Err(self.circle(plan))
    }

    /// Finds one circle among the steps that could not be put in order.
    fn circle(&self, plan: &Plan) -> Cycle {
        let sorted: BTreeSet<usize> = self.order.iter().copied().collect();
        let stuck = |step: &usize| !sorted.contains(step);
        let mut path: Vec<usize> = Vec::new();
        let mut here = (0..self.before.len()).find(stuck);
        while let Some(step) = here {
            if let Some(start) = path.iter().position(|seen| *seen == step) {
                path.drain(..start);
                break;
            }
            path.push(step);
            // Every stuck step waits for another stuck step, so that this walk must come around.
            here = self.before(step).iter().copied().find(stuck);
        }
        path.reverse();
        Cycle(
            path.iter()
                .filter_map(|p| plan.steps.get(*p))
                .map(|s| s.id.clone())
                .collect(),
        )
    }

    fn rank(&mut self, plan: &Plan) {
        for &step in self.order.iter().rev() {
            let own = plan.steps.get(step).map_or(0, |s| s.expected.p50.get());
            let behind = self
                .after
                .get(step)
                .into_iter()
                .flatten()
                .filter_map(|next| self.urgency.get(*next))
                .max()
                .copied()
                .unwrap_or(0);
            if let Some(urgency) = self.urgency.get_mut(step) {
                *urgency = own.saturating_add(behind);
            }
        }
    }

    /// Returns the number of steps.
    pub const fn len(&self) -> usize {
        self.before.len()
    }

    /// Tells whether there is no step.
    pub const fn is_empty(&self) -> bool {
        self.before.is_empty()
    }

    /// Returns the steps that a step waits for.
    pub fn before(&self, step: usize) -> &[usize] {
        self.before.get(step).map_or(&[], Vec::as_slice)
    }

    /// Returns the steps that wait for a step.
    pub fn after(&self, step: usize) -> &[usize] {
        self.after.get(step).map_or(&[], Vec::as_slice)
    }

    /// Returns the expected time of a step and of the longest chain behind it.
    pub fn urgency(&self, step: usize) -> u64 {
        self.urgency.get(step).copied().unwrap_or(0)
    }

    /// Returns the steps so that each stands after those it waits for.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Returns the steps in topological levels: a step stands one level below the lowest of those
    /// that it waits for.
    pub fn levels(&self) -> Vec<Vec<usize>> {
        let mut level_of = vec![0_usize; self.len()];
        let mut levels: Vec<Vec<usize>> = Vec::new();
        for &step in &self.order {
            let level = self
                .before(step)
                .iter()
                .filter_map(|b| level_of.get(*b))
                .map(|level| level.saturating_add(1))
                .max()
                .unwrap_or(0);
            if let Some(slot) = level_of.get_mut(step) {
                *slot = level;
            }
            while levels.len() <= level {
                levels.push(Vec::new());
            }
            if let Some(steps) = levels.get_mut(level) {
                steps.push(step);
            }
        }
        levels
    }

    /// Returns the chain of steps that takes longest, first step first.
    pub fn critical_path(&self) -> Vec<usize> {
        let longest = |steps: &mut dyn Iterator<Item = usize>| {
            // Of equals the one that stands first in the plan.
            steps.min_by_key(|step| (std::cmp::Reverse(self.urgency(*step)), *step))
        };
        let mut path = Vec::new();
        let mut here = longest(&mut (0..self.len()).filter(|step| self.before(*step).is_empty()));
        while let Some(step) = here {
            path.push(step);
            here = longest(&mut self.after(step).iter().copied());
        }
        path
    }

    /// Returns the time along the critical path.
    pub fn critical_time(&self) -> Millis {
        Millis::new(self.urgency.iter().copied().max().unwrap_or(0))
    }

    /// Tells whether a chain of dependencies leads from one step to another one.
    pub fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(step) = open.pop() {
            for &next in self.after(step) {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

/// Tells whether two steps may change the same file, so that they must not run at once.
pub fn writes_meet(one: &Step, two: &Step) -> bool {
    one.writes
        .iter()
        .any(|a| two.writes.iter().any(|b| patterns_meet(a, b)))
}

#[cfg(test)]
mod tests;
