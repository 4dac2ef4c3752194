//! Which model thinks.
//!
//! `choose` asks the router: what is configured, what earlier runs taught, what is left of the budget
//! and who can be called now go in, one random word with it, and the choice comes out with everything
//! that led to it. It is written to the log and never made a second time: a replay reads it there.
//! `select` knows nothing but the catalogue; it prices plans, and finds a model that was named.

use std::collections::BTreeMap;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::agent::{Routed, Selected};
use venom_kernel::budget::{Account, Allowance, Caps, Ledger};
use venom_kernel::event::RunOptions;
use venom_kernel::model::{Kind, ModelId, ModelInfo, Privacy, Reply};
use venom_kernel::money::MicroUsd;
use venom_kernel::route::{
    self as router, Because, Candidate, Choice, Demand, Dropped, Health, Need, Prefer, Reason,
    Record, Refusal,
};
use venom_ports::model::{ModelCall, ModelFailure, Models, OnDelta};
use venom_ports::{Failure, FailureKind, Result};

use crate::world::World;

mod records;

/// What a user does who has no model.
const CURE: &str = "configure one: `venom models` says how";
/// Tokens of an answer that is typical for an agent: a call of a tool, with some words before it.
const TYPICAL_ANSWER: u64 = 500;
/// The fewest tokens that an answer must have room for.
const SHORTEST_ANSWER: u64 = 512;
/// How many models are told to stand behind the chosen one. Chosen: an outage of three providers is
/// better heard of than worked around.
const FALLBACKS: usize = 3;

/// No model at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoModels;

#[async_trait]
impl Models for NoModels {
    fn list(&self) -> Vec<ModelInfo> {
        Vec::new()
    }

    async fn call(
        &self,
        call: ModelCall,
        _cancel: CancellationToken,
        _on_delta: Option<OnDelta>,
    ) -> std::result::Result<Reply, ModelFailure> {
        Err(missing(&call.model).into())
    }
}

fn missing(model: &ModelId) -> Failure {
    Failure::new(
        FailureKind::Missing,
        format!("the model `{model}` is not configured"),
    )
    .with_hint(CURE)
}

/// What the user settled about the choice of models.
#[derive(Debug, Clone, Default)]
pub struct Routing {
    /// What is preferred where models differ.
    pub prefer: Prefer,
    /// Whether nothing may be sent to models that are not the user's own.
    pub local_only: bool,
    /// Models for kinds of work, skills (`agent`) and actions (`agent.work`), by these names.
    pub pins: BTreeMap<String, ModelId>,
    /// What new runs may spend.
    pub budget: Allowance,
}

/// What a model is wanted for.
pub(crate) struct Wish<'a> {
    /// The skill and the action that think.
    pub(crate) skill: &'a str,
    pub(crate) action: &'a str,
    /// The kind of work.
    pub(crate) kind: Kind,
    /// How many tokens the first question will have, about.
    pub(crate) prompt: u64,
    /// What the user wants of the run.
    pub(crate) options: &'a RunOptions,
    /// The books of the run.
    pub(crate) budget: &'a Ledger,
    /// The most that the step may spend.
    pub(crate) cost: Option<MicroUsd>,
    /// What a model has to be able to do.
    pub(crate) must: Vec<Need>,
    /// What it had better be able to do: where nobody can, others are asked in words.
    pub(crate) may: Vec<Need>,
    /// Whether the model of all agents is meant where none was named.
    pub(crate) is_agents: bool,
}

impl Wish<'_> {
    /// Finds the model that was named for this, and where.
    fn pin(&self, world: &World) -> Option<(ModelId, String)> {
        if let Some(model) = &self.options.model {
            return Some((model.clone(), "`--model`".to_owned()));
        }
        let settings = &world.agents;
        let action = format!("{}.{}", self.skill, self.action);
        // The narrower a name is, the more was meant by it.
        let names = [action.as_str(), self.kind.name(), self.skill];
        let pinned = names.into_iter().find_map(|name| {
            let model = settings.routing.pins.get(name)?;
            Some((model.clone(), format!("`route.pins` for `{name}`")))
        });
        pinned.or_else(|| {
            let model = settings.model.clone().filter(|_| self.is_agents)?;
            Some((model, "`agent.model`".to_owned()))
        })
    }

    /// Returns what all runs together leave of the budget. The books of this run know what others spent
    /// only once it was counted for them.
    async fn left(&self, world: &World) -> Caps {
        let step = Caps {
            money: self.cost,
            tokens: None,
        };
        let mut left = self.budget.left().least(step);
        for (window, caps) in self.budget.windows() {
            left = left.least(caps.after(crate::budget::all(world, window).await));
        }
        left
    }

    fn demand(&self, world: &World, pin: Option<ModelId>, left: Caps) -> Demand {
        let routing = &world.agents.routing;
        let is_local = self.options.local_only || routing.local_only;
        Demand {
            kind: self.kind,
            prompt: self.prompt,
            output: TYPICAL_ANSWER,
            longest: SHORTEST_ANSWER,
            needs: self.must.clone(),
            privacy: if is_local {
                Privacy::Local
            } else {
                Privacy::Cloud
            },
            left,
            prefer: self.options.prefer.unwrap_or(routing.prefer),
            worth: None,
            pin,
        }
    }
}

/// Chooses the model for a piece of work. One that was named is never replaced by another one.
pub(crate) async fn choose(world: &World, wish: &Wish<'_>) -> Result<Selected> {
    let models = world.models.list();
    let records = world.projections.records().await?;
    let now = world.clock.now();
    let named = wish.pin(world);
    let candidates: Vec<Candidate<'_>> = models
        .iter()
        .map(|info| {
            let record: Option<&Record> = records.get(&info.id);
            let health = match record.map_or(Health::Well, |record| record.health(now)) {
                // Whoever names a model wants to hear from itself that it is not there.
                _ if named.is_some() => Health::Well,
                Health::Well if world.models.is_left_alone(&info.id) => Health::Broken,
                known => known,
            };
            Candidate {
                health,
                left: wish.budget.left_for(&Account::run(), Some(&info.id)),
                ..Candidate::new(info, record.map(|record| &record.stats))
            }
        })
        .collect();
    let (pin, by) = named.unzip();
    // As many bits as every reader of JSON keeps.
    let word = u64::try_from(world.entropy.random() & ((1 << 53) - 1)).unwrap_or(0);
    let demand = wish.demand(world, pin, wish.left(world).await);
    let (demand, choice) = fitting(&demand, &wish.may, &candidates, word).map_err(refused)?;
    let chosen = models
        .iter()
        .find(|info| info.id == choice.model)
        .ok_or_else(|| missing(&choice.model))?;
    let because = match (&choice.because, by) {
        (Because::Pinned, Some(by)) => format!("it was named by {by}"),
        (because, _) => format!("it {because}"),
    };
    let fallbacks = choice
        .fallbacks
        .iter()
        .filter_map(|id| models.iter().find(|info| info.id == *id))
        .take(FALLBACKS)
        .cloned()
        .collect();
    Ok(Selected {
        fallbacks,
        routed: Some(Box::new(Routed { demand, choice })),
        ..Selected::of(chosen, because)
    })
}

/// Chooses from the models that can do what they had better be able to do, else from all that can do what
/// has to be done; where there
/// is nobody else, from those that were not there lately; and where the budget holds none, from all that
/// can do the work: what is to become of it then is the run's to decide, and its user's.
fn fitting(
    demand: &Demand,
    may: &[Need],
    candidates: &[Candidate<'_>],
    word: u64,
) -> std::result::Result<(Demand, Choice), Refusal> {
    let changed = |change: fn(Candidate<'_>) -> Candidate<'_>| {
        candidates
            .iter()
            .map(|one| change(*one))
            .collect::<Vec<_>>()
    };
    let well = changed(|candidate| Candidate {
        health: Health::Well,
        ..candidate
    });
    // What its own caps leave of a model counts as the budget does.
    let unbound = changed(|candidate| Candidate {
        health: Health::Well,
        left: Caps::NONE,
        ..candidate
    });
    // Whoever was named is asked in words if need be.
    let may = if demand.pin.is_none() { may } else { &[] };
    let sets = [
        (candidates, demand.left),
        (well.as_slice(), demand.left),
        (unbound.as_slice(), Caps::NONE),
    ];
    let mut first = None;
    for (candidates, left) in sets {
        for more in [may, &[]] {
            let needs = demand.needs.iter().chain(more).copied();
            let demand = Demand {
                needs: needs.collect(),
                left,
                ..demand.clone()
            };
            match router::choose(&demand, candidates, word) {
                Ok(choice) => return Ok((demand, choice)),
                Err(refusal) => {
                    first.get_or_insert(refusal);
                }
            }
        }
    }
    Err(first.unwrap_or(Refusal::NoModels))
}

fn refused(refusal: Refusal) -> Failure {
    let text = refusal.to_string();
    match refusal {
        Refusal::NoModels => Failure::new(FailureKind::Missing, text).with_hint(CURE),
        Refusal::UnknownPin { model } => missing(&model),
        Refusal::PinUnfit { reason, .. } => {
            Failure::new(FailureKind::Refused, text).with_hint(way_out(&reason))
        }
        Refusal::NoneFits { dropped } => {
            let shown: Vec<String> = dropped
                .iter()
                .take(4)
                .map(|Dropped { model, reason }| format!("{model}: {reason}"))
                .collect();
            let hint = dropped.first().map_or(CURE, |first| way_out(&first.reason));
            Failure::new(
                FailureKind::Refused,
                format!("{text}: {}", shown.join("; ")),
            )
            .with_hint(hint)
        }
    }
}

const fn way_out(reason: &Reason) -> &'static str {
    match reason {
        Reason::Private => {
            "add a model of your own (`venom models add`), or allow others: leave `--local-only` and `route.local_only` out"
        }
        Reason::Lacks(Need::Images) => {
            "name a model that sees pictures with `--model`, or say `images: true` of yours in `models.yaml` if it does"
        }
        Reason::Unreachable
        | Reason::Broken
        | Reason::Lacks(_)
        | Reason::Context { .. }
        | Reason::Output { .. }
        | Reason::Money { .. }
        | Reason::Tokens { .. }
        | Reason::Dominated { .. }
        | Reason::NotPinned => {
            "`venom models list` says what there is, `venom models add` adds one"
        }
    }
}

/// Chooses by what is known before any model was called. One that was named is never replaced.
pub(crate) fn select(
    models: &[ModelInfo],
    named: Option<(&ModelId, &str)>,
    kind: Kind,
) -> Result<Selected> {
    if let Some((wanted, by)) = named {
        let info = models
            .iter()
            .find(|info| info.id == *wanted)
            .ok_or_else(|| missing(wanted))?;
        return Ok(Selected::of(info, format!("it was named by {by}")));
    }
    let best = models
        .iter()
        // The first of equals wins, and a cheaper one stands before a dearer one.
        .min_by_key(|info| {
            (
                !info.tools,
                std::cmp::Reverse(info.prior(kind)),
                info.price.most(1_000, 1_000),
            )
        })
        .ok_or_else(|| {
            Failure::new(FailureKind::Missing, "no model is configured").with_hint(CURE)
        })?;
    let because = if models.len() == 1 {
        "it is the only one that is configured".to_owned()
    } else {
        format!(
            "of the {} that are configured it is thought to be the best for `{}`",
            models.len(),
            kind.name()
        )
    };
    Ok(Selected::of(best, because))
}

#[cfg(test)]
mod tests;
