//! Plans: a goal as a graph of typed steps that can be read, priced and edited.
//!
//! [`Plan`] is plain data. [`graph::Graph`] is its shape (dependencies, levels, critical path),
//! [`layout::Layout`] where its steps stand in a picture, and
//! [`validate`] says why a plan cannot be run and what would make it possible.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::confine::Grants;
use crate::effect::EffectClass;
use crate::id::StepId;
use crate::money::MicroUsd;
use crate::skill::{Need, Reach};
use crate::time::Millis;

pub mod check;
pub mod estimate;
pub mod graph;
pub mod layout;
pub mod reference;
pub mod validate;

pub use check::{Check, Flaky};

/// A plan: steps and what depends on what.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The steps, in the order in which they were written.
    pub steps: Vec<Step>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, unique in the plan.
    pub id: StepId,
    /// What it does, for people.
    pub title: String,
    /// Priority of the goal that it serves.
    #[serde(default = "first")]
    pub goal: u16,
    /// The skill.
    pub skill: String,
    /// The action of the skill.
    pub action: String,
    /// The action's parameters; texts may refer to results of other steps, see [`mod@reference`].
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
    /// Steps that must be done before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<StepId>,
    /// What the action means for the world.
    pub class: EffectClass,
    /// Whether the action reaches beyond this machine.
    #[serde(default, skip_serializing_if = "is_local")]
    pub reach: Reach,
    /// What must be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Path patterns that the step may change; two steps whose patterns meet never run at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
    /// Checks that must hold before the step counts as done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verify: Vec<Check>,
    /// Steps whose edits are taken back when this step's checks are broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restores: Vec<StepId>,
    /// Whether the run may succeed without this step when something that it needs is missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Whether the action prepares, see [`crate::skill::ActionManifest::prepares`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prepares: bool,
    /// What its commands may use.
    #[serde(default, skip_serializing_if = "asks_for_nothing")]
    pub grants: Grants,
    /// Longest time that one attempt may take.
    pub timeout: Millis,
    /// How long it is expected to take and to cost.
    #[serde(default)]
    pub expected: Expected,
}

fn asks_for_nothing(grants: &Grants) -> bool {
    *grants == Grants::default()
}

const fn first() -> u16 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_local(reach: &Reach) -> bool {
    *reach == Reach::Local
}

/// Expected time and money, as medians and as values that nine of ten cases stay below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Expected {
    /// Median time.
    pub p50: Millis,
    /// Time that nine of ten stay below.
    pub p90: Millis,
    /// Median cost.
    #[serde(default)]
    pub cost_p50: MicroUsd,
    /// Cost that nine of ten stay below.
    #[serde(default)]
    pub cost_p90: MicroUsd,
}

/// The quote for a whole plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quote {
    /// Time and money of the plan as it will be scheduled.
    pub expected: Expected,
    /// Time along the longest chain of steps, at the median.
    pub critical_path: Millis,
    /// How many steps the plan has.
    pub steps: u32,
    /// How many of them can never be taken back, so that they will be asked for.
    pub irreversible: u32,
}

impl Plan {
    /// Finds a step.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// Finds a step by an index of positions.
    pub(crate) fn step_at(
        &self,
        positions: &BTreeMap<StepId, usize>,
        id: &StepId,
    ) -> Option<&Step> {
        self.steps.get(*positions.get(id)?)
    }

    /// Returns positions of the steps by name; of two with one name the first counts.
    pub fn positions(&self) -> BTreeMap<&StepId, usize> {
        let mut positions = BTreeMap::new();
        for (position, step) in self.steps.iter().enumerate() {
            positions.entry(&step.id).or_insert(position);
        }
        positions
    }
}

/// Tells whether two path patterns may name the same file. Errs on the side of yes: it compares
/// only what stands before the first wildcard.
pub fn patterns_meet(one: &str, two: &str) -> bool {
    let (one, one_open) = literal(one);
    let (two, two_open) = literal(two);
    let within = |folder: &str, path: &str, open: bool| {
        path.strip_prefix(folder).is_some_and(|rest| {
            open || rest.is_empty()
                || rest.starts_with('/')
                || folder.is_empty()
                || folder.ends_with('/')
        })
    };
    within(one, two, one_open) || within(two, one, two_open)
}

/// Returns what stands before the first wildcard, and whether there is a wildcard.
fn literal(pattern: &str) -> (&str, bool) {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    match pattern.split_once(['*', '?', '[', '{']) {
        Some((head, _)) => (head, true),
        None => (pattern.trim_end_matches('/'), false),
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
