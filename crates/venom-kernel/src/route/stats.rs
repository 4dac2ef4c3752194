//! What was seen of a model, and what is believed of it.
//!
//! The totals are what people read. What decides is a [`Belief`] for each kind of work: how many
//! successes and failures were seen, weighed by age, beside what the catalogue says; and how long
//! answers take and what they cost beside what was expected, both as logarithms, because they vary by
//! factors and not by differences.
//!
//! Age is counted in calls, not in days. Each observation takes one part in 1,024 off the older ones,
//! which is slow on purpose: forgetting fast was measured to cost more than it gives. What has changed
//! all at once is noticed by two running sums over the surprise (CUSUM); when one of them passes its
//! bound, most of what was seen of this model at this kind of work is forgotten.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fixed;
use crate::model::{Kind, ModelInfo};
use crate::money::MicroUsd;
use crate::time::Millis;

/// One observation, in the millionths in which they are counted.
pub(super) const ONE: u64 = 1_000_000;

/// How many observations it is worth what the catalogue says of a model at a kind of work: ten where it
/// names the kind, half of that where it names others, and one where it says nothing and an even chance
/// is assumed. Measured: see `docs/bench/router.md`.
const NAMED: u64 = 10;
const OTHERS: u64 = 5;
const NOTHING: u64 = 1;

/// Each observation takes this part off the older ones, so that no more than as many are remembered.
const MEMORY: u64 = 1_024;

/// How much worse or better than believed is no surprise yet, in millionths.
const SLACK: i64 = 100_000;

/// Surprise after which most is forgotten. Chosen: a model that succeeds in seven cases of ten alarms
/// by chance once in about 20,000 calls, one that begins to fail half as often again after 25.
const ALARM: i64 = 8 * 1_000_000;

/// How many observations are kept of what was seen before an alarm: a few more than the catalogue is
/// worth, so that a false alarm costs little and a true one is soon outweighed.
const KEPT: u64 = 16;

/// How many observations of times and costs are averaged over.
const AVERAGED: i64 = 64;

/// How far a first time may be from what the catalogue says: the variance of the logarithm, in
/// millionths. Chosen: two cases of three lie between half and double.
const SPREAD: i64 = 480_000;

/// Largest factor between an expected and a real cost that is believed, as a logarithm in millionths:
/// 64, which no tokeniser explains.
const WIDEST: i64 = 4_158_883;

/// What was seen of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    /// Calls that were answered or failed.
    pub calls: u64,
    /// Calls whose work was verified, or liked where nothing could be verified.
    pub successes: u64,
    /// Calls whose work was refuted, or disliked where nothing could be verified.
    pub failures: u64,
    /// Time of all timed calls.
    pub took: Millis,
    /// How many were timed.
    pub timed: u64,
    /// Money of all calls.
    pub cost: MicroUsd,
    /// Sum of all feedback, in thousandths.
    pub quality: u64,
    /// How often there was feedback.
    pub rated: u64,
    /// What is believed, for each kind of work that was tried.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beliefs: BTreeMap<Kind, Belief>,
}

impl Stats {
    /// Returns the mean time of a call.
    pub fn average_latency(&self) -> Option<Millis> {
        self.took.get().checked_div(self.timed).map(Millis::new)
    }

    /// Returns the mean cost of a call.
    pub fn average_cost(&self) -> Option<MicroUsd> {
        self.cost
            .micros()
            .checked_div(self.calls)
            .map(MicroUsd::new)
    }

    /// Returns the mean feedback, in thousandths.
    pub fn average_quality(&self) -> Option<u64> {
        self.quality.checked_div(self.rated)
    }
}

/// What is believed of a model at one kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Belief {
    /// Successes, weighed by age, in millionths.
    pub good: u64,
    /// Failures, weighed by age, in millionths.
    pub bad: u64,
    /// Logarithm of the time in milliseconds.
    pub took: Spread,
    /// Logarithm of the cost, divided by the one expected.
    pub cost: Spread,
    /// Running sum of how much worse than believed it went, in millionths.
    pub worse: i64,
    /// Running sum of how much better than believed it went, in millionths.
    pub better: i64,
}

impl Belief {
    /// Returns both shapes of the Beta that is believed, in millionths. Neither is below one observation.
    pub(super) fn shapes(&self, prior: Prior) -> (u64, u64) {
        let good = ONE + prior.weight * prior.quality;
        let bad = ONE + prior.weight * (ONE - prior.quality);
        (good.saturating_add(self.good), bad.saturating_add(self.bad))
    }

    /// The mean of what is believed, in millionths.
    pub(super) fn mean(&self, prior: Prior) -> u64 {
        let (good, bad) = self.shapes(prior);
        let mean = (u128::from(good) * u128::from(ONE))
            .checked_div(u128::from(good) + u128::from(bad))
            .unwrap_or(0);
        u64::try_from(mean).unwrap_or(ONE)
    }

    /// Takes note of how well it went, between nothing and one in millionths, with a weight.
    fn judge(&mut self, prior: Prior, score: u64, weight: u64) {
        let believed = self.mean(prior).cast_signed();
        let surprise = believed - score.cast_signed();
        self.worse = self.worse.saturating_add(surprise - SLACK).max(0);
        self.better = self.better.saturating_sub(surprise + SLACK).max(0);
        if self.worse > ALARM || self.better > ALARM {
            (self.worse, self.better) = (0, 0);
            let all = self.good.saturating_add(self.bad).max(KEPT * ONE);
            let kept = |count: u64| {
                let kept = u128::from(count) * u128::from(KEPT * ONE) / u128::from(all);
                u64::try_from(kept).unwrap_or(0)
            };
            (self.good, self.bad) = (kept(self.good), kept(self.bad));
        }
        let aged = |count: u64| count - count / MEMORY;
        let share = |part: u64| weight / 1000 * (part / 1000);
        self.good = aged(self.good).saturating_add(share(score));
        self.bad = aged(self.bad).saturating_add(share(ONE - score));
    }
}

/// What the catalogue says of a model at a kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// In millionths.
    quality: u64,
    /// In observations.
    weight: u64,
}

impl Prior {
    /// Of a model that the catalogue does not know.
    pub(super) const UNKNOWN: Self = Self {
        quality: ONE / 2,
        weight: NOTHING,
    };

    pub(super) fn of(info: &ModelInfo, kind: Kind) -> Self {
        let weight = match (info.quality.contains_key(&kind), info.quality.is_empty()) {
            (true, _) => NAMED,
            (false, false) => OTHERS,
            (false, true) => NOTHING,
        };
        Self {
            quality: u64::from(info.prior(kind)) * (ONE / 1000),
            weight,
        }
    }
}

/// A mean and a variance that follow what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// How many observations count, at most 64.
    pub seen: i64,
    /// The mean, in millionths.
    pub mean: i64,
    /// The variance, in millionths.
    pub variance: i64,
}

impl Spread {
    /// What is believed before anything was seen counts as one observation.
    pub(super) fn or(self, before: i64) -> Self {
        if self.seen > 0 {
            return self;
        }
        Self {
            seen: 1,
            mean: before,
            variance: SPREAD,
        }
    }

    /// The logarithm of the mean of what is seen, which lies above the mean of the logarithms.
    pub(super) const fn expected(self) -> i64 {
        self.mean.saturating_add(self.variance / 2)
    }

    fn see(&mut self, before: i64, value: i64) {
        let old = self.or(before);
        let seen = old.seen.clamp(1, AVERAGED - 1) + 1;
        let off = value.saturating_sub(old.mean);
        let mean = old.mean.saturating_add(off / seen);
        let square = i128::from(off) * i128::from(value.saturating_sub(mean)) / 1_000_000;
        let square = i64::try_from(square).unwrap_or(i64::MAX);
        *self = Self {
            seen,
            mean,
            variance: old
                .variance
                .saturating_add(square.saturating_sub(old.variance) / seen),
        };
    }
}

/// What became of a call. Whatever is not known stays empty and may come later in an outcome of its
/// own: times and costs are known at once, quality when the work was verified or somebody has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The kind of work.
    pub kind: Kind,
    /// Whether the work was verified or refuted. A call that failed for reasons of the network says
    /// nothing about the model and leaves this empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// What somebody thought of it, in thousandths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<u16>,
    /// Whether a verifier has spoken before, in an outcome of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_judged: bool,
    /// How long the call took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Millis>,
    /// What it cost, and what was expected of it by tokens and prices alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Outcome {
    /// Nothing is known yet.
    pub const fn of(kind: Kind) -> Self {
        Self {
            kind,
            verified: None,
            feedback: None,
            was_judged: false,
            took: None,
            cost: None,
        }
    }
}

/// What a call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// What it cost.
    pub real: MicroUsd,
    /// What it was expected to cost: [`Ranked::priced`](super::Ranked::priced) of the choice.
    pub expected: MicroUsd,
}

/// Learns from an outcome. The verifier speaks first: where it has spoken, feedback weighs half as
/// much as it would alone.
pub fn learn(stats: &mut Stats, info: &ModelInfo, outcome: &Outcome) {
    learn_from(stats, Prior::of(info, outcome.kind), info.typical, outcome);
}

/// Learns from an outcome, with what was thought of the model before.
pub(super) fn learn_from(stats: &mut Stats, prior: Prior, typical: Millis, outcome: &Outcome) {
    if outcome.took.is_some() || outcome.cost.is_some() {
        stats.calls = stats.calls.saturating_add(1);
    }
    let feedback = outcome.feedback.map(|rating| rating.min(1000));
    let is_judged = outcome.verified.is_some() || outcome.was_judged;
    let is_success = outcome.verified.or_else(|| {
        let rating = feedback.filter(|_| !is_judged)?;
        Some(rating >= 500)
    });
    match is_success {
        Some(true) => stats.successes = stats.successes.saturating_add(1),
        Some(false) => stats.failures = stats.failures.saturating_add(1),
        None => {}
    }
    if let Some(rating) = feedback {
        stats.quality = stats.quality.saturating_add(u64::from(rating));
        stats.rated = stats.rated.saturating_add(1);
    }
    let belief = stats.beliefs.entry(outcome.kind).or_default();
    if let Some(is_verified) = outcome.verified {
        belief.judge(prior, if is_verified { ONE } else { 0 }, ONE);
    }
    if let Some(rating) = feedback {
        let weight = if is_judged { ONE / 2 } else { ONE };
        belief.judge(prior, u64::from(rating) * 1_000, weight);
    }
    if let Some(took) = outcome.took {
        stats.took = stats.took.plus(took);
        stats.timed = stats.timed.saturating_add(1);
        (belief.took).see(before(typical), logarithm(took.get()));
    }
    if let Some(cost) = outcome.cost {
        stats.cost = stats.cost.plus(cost.real);
        // What costs nothing has no factor.
        if cost.real > MicroUsd::ZERO && cost.expected > MicroUsd::ZERO {
            let factor = logarithm(cost.real.micros()) - logarithm(cost.expected.micros());
            belief.cost.see(0, factor.clamp(-WIDEST, WIDEST));
        }
    }
}

/// What is believed of the logarithm of the time before any was seen. With its variance the mean time
/// is then the one of the catalogue.
pub(super) fn before(typical: Millis) -> i64 {
    logarithm(typical.get()) - SPREAD / 2
}

/// The natural logarithm of a whole number, in millionths.
fn logarithm(number: u64) -> i64 {
    fixed::millionths(fixed::ln(number, 0))
}

#[cfg(test)]
mod tests;
