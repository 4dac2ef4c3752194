//! Why a plan cannot be run, and what would make it possible.

use std::collections::BTreeSet;
use std::fmt;

use super::graph::Graph;
use super::{Plan, reference};
use crate::id::StepId;
use crate::skill::{Manifests, Need};

/// More steps than this are refused. Chosen: a plan is meant to be read by somebody.
pub const MAX_STEPS: usize = 20_000;

/// One reason why a plan cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The step that is at fault, if it is one step.
    pub step: Option<StepId>,
    /// What is wrong.
    pub reason: String,
    /// What would make it right.
    pub cure: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = &self.step {
            write!(f, "step `{step}`: ")?;
        }
        write!(f, "{}; {}", self.reason, self.cure)
    }
}

/// Facts about the world that the validator needs.
pub struct Facts<'a> {
    /// What the skills can do.
    pub manifests: &'a Manifests,
    /// Tells whether something that a step needs is there.
    pub has: &'a dyn Fn(&Need) -> bool,
    /// Checks parameters against an action's schema; returns what does not fit.
    pub misfits: &'a dyn Fn(&str, &str, &serde_json::Value) -> Vec<String>,
}

/// Checks a plan and returns its shape, or every reason why it cannot be run.
pub fn validate(plan: &Plan, facts: &Facts<'_>) -> Result<Graph, Vec<Fault>> {
    let mut faults = Vec::new();
    if plan.steps.is_empty() {
        faults.push(whole("the plan has no step", "add at least one step"));
    }
    if plan.steps.len() > MAX_STEPS {
        faults.push(whole(
            &format!("the plan has {} steps", plan.steps.len()),
            &format!("split the goal so that no plan has more than {MAX_STEPS}"),
        ));
        return Err(faults);
    }
    let mut names = BTreeSet::new();
    for step in &plan.steps {
        if !names.insert(&step.id) {
            faults.push(at(
                &step.id,
                "its name is taken",
                "give every step its own name",
            ));
        }
    }
    for step in &plan.steps {
        check_step(step, &names, facts, &mut faults);
    }
    match Graph::new(plan) {
        Ok(graph) => {
            references_are_dependencies(plan, &graph, &mut faults);
            if faults.is_empty() {
                Ok(graph)
            } else {
                Err(faults)
            }
        }
        Err(cycle) => {
            faults.push(whole(
                &cycle.to_string(),
                "remove one of these dependencies",
            ));
            Err(faults)
        }
    }
}

fn check_step(
    step: &super::Step,
    names: &BTreeSet<&StepId>,
    facts: &Facts<'_>,
    faults: &mut Vec<Fault>,
) {
    let id = &step.id;
    match (
        facts.manifests.skill(&step.skill),
        facts.manifests.action(&step.skill, &step.action),
    ) {
        (None, _) => {
            let known = facts
                .manifests
                .iter()
                .map(|skill| skill.name.as_str())
                .collect::<Vec<_>>();
            faults.push(at(
                id,
                &format!("there is no skill `{}`", step.skill),
                &format!("use one of {}", known.join(", ")),
            ));
        }
        (Some(skill), None) => {
            let known = skill.actions.keys().map(String::as_str).collect::<Vec<_>>();
            faults.push(at(
                id,
                &format!("the skill `{}` has no action `{}`", step.skill, step.action),
                &format!("use one of {}", known.join(", ")),
            ));
        }
        (Some(_), Some(action)) => {
            if step.class < action.class {
                faults.push(at(
                    id,
                    &format!(
                        "it calls itself {}, but the action is {}",
                        step.class, action.class
                    ),
                    &format!("write `effect: {}`", action.class),
                ));
            }
            // Parameters that wait for another step's result are checked when it is there.
            if reference::steps(&step.params).is_ok_and(|steps| steps.is_empty()) {
                for misfit in (facts.misfits)(&step.skill, &step.action, &step.params) {
                    faults.push(at(
                        id,
                        &format!("its parameters do not fit: {misfit}"),
                        &format!("see `venom skills show {}`", step.skill),
                    ));
                }
            }
        }
    }
    for dependency in &step.depends_on {
        if !names.contains(dependency) {
            faults.push(at(
                id,
                &format!("it waits for `{dependency}`, which does not exist"),
                "name a step of this plan",
            ));
        }
    }
    for named in step
        .verify
        .iter()
        .flat_map(|check| check.reads())
        .chain(&step.restores)
    {
        if !names.contains(named) {
            faults.push(at(
                id,
                &format!("it names `{named}`, which does not exist"),
                "name a step of this plan",
            ));
        }
    }
    for (reason, cure) in step.verify.iter().filter_map(super::Check::fault) {
        faults.push(at(
            id,
            &format!("a check of it cannot work: {reason}"),
            &cure,
        ));
    }
    for need in &step.needs {
        if !step.optional && !(facts.has)(need) {
            faults.push(at(
                id,
                &format!("it needs {need}, which is not there"),
                &need.cure(),
            ));
        }
    }
}

/// A step that reads another one's result, evidence or edits must wait for it.
fn references_are_dependencies(plan: &Plan, graph: &Graph, faults: &mut Vec<Fault>) {
    let positions = plan.positions();
    for (position, step) in plan.steps.iter().enumerate() {
        let mut named: BTreeSet<StepId> = match reference::steps(&step.params) {
            Ok(steps) => steps,
            Err(error) => {
                faults.push(at(&step.id, &error.to_string(), "correct the reference"));
                continue;
            }
        };
        named.extend(step.verify.iter().flat_map(|check| check.reads()).cloned());
        named.extend(step.restores.iter().cloned());
        for other in named {
            let reads_too_early = match positions.get(&other) {
                Some(other) => !graph.reaches(*other, position),
                // Checks and restores of strangers were named before; a result of one is not.
                None => reference::steps(&step.params).is_ok_and(|steps| steps.contains(&other)),
            };
            if reads_too_early {
                faults.push(at(
                    &step.id,
                    &format!("it reads from `{other}` without waiting for it"),
                    &format!("add `{other}` to `after`"),
                ));
            }
        }
    }
}

fn whole(reason: &str, cure: &str) -> Fault {
    Fault {
        step: None,
        reason: reason.to_owned(),
        cure: cure.to_owned(),
    }
}

fn at(step: &StepId, reason: &str, cure: &str) -> Fault {
    Fault {
        step: Some(step.clone()),
        reason: reason.to_owned(),
        cure: cure.to_owned(),
    }
}

#[cfg(test)]
mod tests;
