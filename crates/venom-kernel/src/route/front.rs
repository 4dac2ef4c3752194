//! What is expected of a model, and which models no other one is better than in everything.

use super::fixed;
use super::stats::{Belief, ONE, Prior, before};
use super::{Candidate, Demand};
use crate::model::{ModelId, Price, Privacy};

/// What is expected of one model for one piece of work.
#[derive(Debug, Clone)]
pub(super) struct Expected<'a> {
    pub(super) candidate: &'a Candidate<'a>,
    pub(super) belief: Belief,
    /// The mean of the success, in millionths.
    pub(super) quality: u64,
    /// What the success is if things are a little better than they look, in millionths.
    hope: u64,
    /// By tokens and prices alone, in billionths of a dollar.
    pub(super) priced: u64,
    /// With what was learnt of how such estimates turn out, in billionths of a dollar.
    pub(super) cost: u64,
    /// In milliseconds.
    pub(super) took: u64,
}

impl<'a> Expected<'a> {
    pub(super) fn of(demand: &Demand, candidate: &'a Candidate<'a>) -> Self {
        let info = candidate.info;
        let prior = Prior::of(info, demand.kind);
        let mut belief = candidate
            .stats
            .and_then(|stats| stats.beliefs.get(&demand.kind))
            .copied()
            .unwrap_or_default();
        belief.took = belief.took.or(before(info.typical));
        let quality = belief.mean(prior);
        let priced = nanos(&info.price, demand.prompt, demand.output);
        // Before the first real cost the price list is taken by its word.
        let cost = match belief.cost.seen {
            0 => priced,
            _ => scaled(priced, belief.cost.expected()),
        };
        let took = whole(belief.took.expected());
        Self {
            candidate,
            belief,
            quality,
            hope: quality.saturating_add(deviation(&belief, prior)),
            priced,
            cost,
            took,
        }
    }

    pub(super) fn id(&self) -> &'a ModelId {
        &self.candidate.info.id
    }

    pub(super) fn privacy(&self) -> Privacy {
        self.candidate.info.privacy
    }

    /// Whether the other one is dearer, slower or less private in nothing, and worse even if it is a
    /// little better than it looks. So a model that was hardly tried stays on the front until it was.
    fn dominates(&self, other: &Self) -> bool {
        self.quality >= other.hope
            && self.cost <= other.cost
            && self.took <= other.took
            && self.privacy() <= other.privacy()
    }
}

/// For each model, the best one that dominates it.
pub(super) fn dominators<'e, 'a>(all: &'e [Expected<'a>]) -> Vec<Option<&'e Expected<'a>>> {
    all.iter()
        .map(|one| {
            all.iter()
                .filter(|other| other.dominates(one))
                .max_by_key(|other| other.quality)
        })
        .collect()
}

/// What a call costs by tokens and prices alone, in billionths of a dollar.
pub(super) fn nanos(price: &Price, prompt: u64, output: u64) -> u64 {
    let part = |tokens: u64, micros: u64| u128::from(tokens) * u128::from(micros);
    let sum = part(prompt, price.input.micros()) + part(output, price.output.micros());
    u64::try_from(sum / 1_000).unwrap_or(u64::MAX)
}

/// A number times the exponential of a logarithm in millionths.
pub(super) fn scaled(number: u64, logarithm: i64) -> u64 {
    let factor = fixed::exp(fixed::of_millionths(logarithm));
    let wide = (u128::from(number) * u128::from(factor)) >> 32;
    u64::try_from(wide).unwrap_or(u64::MAX)
}

/// The whole number nearest to the exponential of a logarithm in millionths.
pub(super) fn whole(logarithm: i64) -> u64 {
    fixed::exp(fixed::of_millionths(logarithm)).saturating_add(1 << 31) >> 32
}

/// The standard deviation of what is believed of the success, in millionths.
fn deviation(belief: &Belief, prior: Prior) -> u64 {
    let (good, bad) = belief.shapes(prior);
    let (good, bad) = (u128::from(good), u128::from(bad));
    let (all, one) = (good + bad, u128::from(ONE));
    // sqrt(ab / (n n (n + 1))), where a, b and n are millionths.
    let share = (good * one / all) * (bad * one / all);
    let square = share * one / (all + one);
    u64::try_from(square.isqrt()).unwrap_or(0)
}
