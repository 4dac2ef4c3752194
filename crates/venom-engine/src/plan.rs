//! From an intent to a plan: playbooks are filled, priced from history and checked.

mod agreed;
pub(crate) mod given;
mod proposed;
mod recall;

use std::collections::BTreeMap;
use std::path::Path;

use venom_kernel::agent::is_agent;
use venom_kernel::event::RunStarted;
use venom_kernel::money::MicroUsd;
use venom_kernel::plan::Plan;
use venom_kernel::plan::graph::Graph;
use venom_kernel::plan::validate::{Facts, validate};
use venom_kernel::playbook::{FillError, fill};
use venom_kernel::run::{Input, RunState};
use venom_kernel::skill::Need;
use venom_kernel::time::Millis;

use crate::memory::procedures;
use crate::schema::Schemas;
use crate::shelf::Shelf;
use crate::world::World;

/// How many past calls an estimate rests on at most. Chosen: enough for a 90 % value, recent enough
/// to follow a change.
const HISTORY: usize = 50;
/// With fewer calls than this the manifest's typical time is used.
const ENOUGH_HISTORY: usize = 3;

/// What making and checking plans needs.
pub(crate) struct Planner<'a> {
    pub(crate) world: &'a World,
    pub(crate) schemas: &'a Schemas,
}

/// Makes the plan of a run.
pub(crate) async fn make(
    world: &World,
    schemas: &Schemas,
    shelf: &Shelf,
    state: &RunState,
) -> Input {
    let Some((started, intent)) = state.started().zip(state.intent()) else {
        return Input::PlanImpossible(vec!["there is no intent to plan for".to_owned()]);
    };
    let root = Path::new(&started.workspace.root);
    let planner = Planner { world, schemas };
    match given::of(world, started).await {
        Ok(Some(given)) => return planner.checked(root, given.plan),
        Ok(None) => {}
        Err(failure) => return Input::PlanImpossible(vec![failure.message]),
    }
    let taken = intent.learned.as_deref();
    if let Some(taken) = taken.filter(|taken| taken.passed_over.is_none()) {
        match procedures::at(world, taken).await {
            Ok(procedure) => {
                let mut plan = procedure.filled(&taken.values).plan;
                price(world, &mut plan).await;
                for step in plan.steps.iter_mut().filter(|step| is_agent(step)) {
                    // A model is only paid for if it turns out to be needed.
                    step.expected.cost_p50 = MicroUsd::ZERO;
                }
                match planner.checked(root, plan) {
                    planned @ Input::Planned { .. } => return planned,
                    refused => tracing::warn!(?refused, "what was learned cannot be planned"),
                }
            }
            Err(failure) => tracing::warn!(%failure, "what was learned cannot be read"),
        }
    }
    match proposed::next(&planner, state, started, intent).await {
        proposed::Next::Ask(asks) => return Input::AdviceWanted(asks),
        proposed::Next::Compare(considered) => return Input::PlansCompared(considered),
        proposed::Next::Take(plan) => return planner.checked(root, plan),
        proposed::Next::Without => {}
    }
    let manifests = world.skills.manifests();
    let shelved = shelf.of_run(world, started).await;
    let own = match crate::agent::book() {
        Ok(book) => book,
        Err(failure) => return Input::PlanImpossible(vec![failure.message]),
    };
    let filled = fill(
        &intent.goals,
        &|name| match name {
            crate::agent::BOOK => Some(&own),
            _ => shelved.library.playbook(name),
        },
        manifests,
    );
    let mut plan = match filled {
        Ok(plan) => plan,
        Err(FillError(faults)) => {
            return Input::PlanImpossible(faults.iter().map(ToString::to_string).collect());
        }
    };
    planner.complete(started, &mut plan).await;
    planner.checked(root, plan)
}

impl Planner<'_> {
    /// Adds to a plan what earlier runs know: parameters, times and prices.
    async fn complete(&self, started: &RunStarted, plan: &mut Plan) {
        recall::fill(self.world, plan, &started.workspace.root).await;
        price(self.world, plan).await;
        crate::agent::price(self.world, &started.options, plan);
    }

    /// Returns the shape of a plan that can be run, or why it cannot.
    pub(crate) fn validated(&self, root: &Path, plan: &Plan) -> Result<Graph, Vec<String>> {
        let manifests = self.world.skills.manifests();
        let facts = Facts {
            manifests,
            has: &|need| (self.world.has)(need, root),
            misfits: &|skill, action, params| self.schemas.params(manifests, skill, action, params),
        };
        validate(plan, &facts).map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    fn checked(&self, root: &Path, plan: Plan) -> Input {
        match self.validated(root, &plan) {
            Ok(_) => {
                let absent: Vec<Need> = plan
                    .steps
                    .iter()
                    .flat_map(|step| &step.needs)
                    .filter(|need| !(self.world.has)(need, root))
                    .cloned()
                    .collect();
                Input::Planned {
                    plan: Box::new(plan),
                    absent,
                }
            }
            Err(faults) => Input::PlanImpossible(faults),
        }
    }
}

/// Replaces typical times by what was measured, where enough was.
async fn price(world: &World, plan: &mut Plan) {
    let mut known: BTreeMap<(String, String), Option<(Millis, Millis)>> = BTreeMap::new();
    for step in &mut plan.steps {
        let key = (step.skill.clone(), step.action.clone());
        let measured = if let Some(measured) = known.get(&key) {
            *measured
        } else {
            let history = world
                .projections
                .durations(&step.skill, &step.action, HISTORY)
                .await;
            let measured = history.ok().and_then(percentiles);
            known.insert(key, measured);
            measured
        };
        if let Some((p50, p90)) = measured {
            step.expected.p50 = p50;
            step.expected.p90 = p90;
        }
    }
}

/// Returns the median and the 90 % value (nearest rank).
fn percentiles(mut spans: Vec<Millis>) -> Option<(Millis, Millis)> {
    if spans.len() < ENOUGH_HISTORY {
        return None;
    }
    spans.sort_unstable();
    let at = |percent: usize| {
        let rank = (spans.len() * percent).div_ceil(100).max(1);
        spans.get(rank - 1).copied()
    };
    at(50).zip(at(90))
}
