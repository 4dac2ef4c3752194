//! What a plan will take: the steps played through the scheduler's own rule with expected times.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::graph::{Graph, writes_meet};
use super::{Expected, Plan, Quote};
use crate::effect::EffectClass;
use crate::money::MicroUsd;
use crate::time::Millis;

/// Quotes a plan that at most `parallel` steps of may run at once.
///
/// Times are the makespans of the schedule at the steps' medians and at their 90 % values. The
/// latter is a bound from above (not all steps are slow at once); it is meant to be.
pub fn quote(plan: &Plan, graph: &Graph, parallel: u16) -> Quote {
    let sum = |cost: fn(&Expected) -> MicroUsd| {
        plan.steps
            .iter()
            .fold(MicroUsd::ZERO, |all, step| all.plus(cost(&step.expected)))
    };
    let expected = Expected {
        p50: makespan(plan, graph, parallel, |e| e.p50),
        p90: makespan(plan, graph, parallel, |e| e.p90),
        cost_p50: sum(|e| e.cost_p50),
        cost_p90: sum(|e| e.cost_p90),
    };
    let irreversible = plan
        .steps
        .iter()
        .filter(|step| step.class == EffectClass::Irreversible)
        .count();
    Quote {
        expected,
        critical_path: graph.critical_time(),
        steps: u32::try_from(plan.steps.len()).unwrap_or(u32::MAX),
        irreversible: u32::try_from(irreversible).unwrap_or(u32::MAX),
    }
}

/// Plays the plan: a ready step starts as soon as a worker is free, the most urgent one first, and
/// no two steps run at once whose writes meet.
pub fn makespan(
    plan: &Plan,
    graph: &Graph,
    parallel: u16,
    time: impl Fn(&Expected) -> Millis,
) -> Millis {
    let mut waiting: Vec<usize> = (0..graph.len())
        .map(|step| graph.before(step).len())
        .collect();
    let mut ready: BTreeSet<(Reverse<u64>, usize)> = (0..graph.len())
        .filter(|step| graph.before(*step).is_empty())
        .map(|step| (Reverse(graph.urgency(step)), step))
        .collect();
    let mut running: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut now = 0_u64;
    loop {
        let startable: Vec<(Reverse<u64>, usize)> = ready.iter().copied().collect();
        for entry in startable {
            if running.len() >= usize::from(parallel.max(1)) {
                break;
            }
            let Some(step) = plan.steps.get(entry.1) else {
                continue;
            };
            let blocked = running.iter().any(|Reverse((_, other))| {
                plan.steps
                    .get(*other)
                    .is_some_and(|other| writes_meet(step, other))
            });
            if !blocked {
                ready.remove(&entry);
                running.push(Reverse((
                    now.saturating_add(time(&step.expected).get()),
                    entry.1,
                )));
            }
        }
        let Some(Reverse((end, done))) = running.pop() else {
            break;
        };
        now = end;
        for &next in graph.after(done) {
            if let Some(left) = waiting.get_mut(next) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.insert((Reverse(graph.urgency(next)), next));
                }
            }
        }
    }
    Millis::new(now)
}

#[cfg(test)]
mod tests;
