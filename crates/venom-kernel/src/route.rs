//! The router: which model does a piece of work, and why.
//!
//! [`choose`] is a pure function of the work ([`Demand`]), the models ([`Candidate`]) and one random
//! word that is recorded, so that a choice can be explained and made again. In order:
//!
//! 1. Models that cannot do the work are dropped, each with its [`Reason`]: privacy, abilities, context,
//!    health, what is left of the budget.
//! 2. Of the rest the Pareto front stays, over quality, cost, latency and privacy. A model that was
//!    hardly tried is given the benefit of the doubt.
//! 3. On the front each model's success, cost and time are drawn from what is believed of it (Thompson
//!    sampling: a Beta, and log-normals), and the largest worth is chosen: success times what a success
//!    is worth, less the cost, less the price of waiting. What a success is worth follows from what is
//!    preferred, see [`Prefer`].
//! 4. The others follow as fallbacks, the front first.
//!
//! A model that was asked for by name is chosen or refused, never replaced. [`learn`] turns what became
//! of a call into beliefs. Everything is integer arithmetic, so that all machines agree.

use serde::{Deserialize, Serialize};

use crate::budget::Caps;
use crate::model::{Kind, ModelId, ModelInfo, Price, Privacy};
use crate::money::MicroUsd;
use crate::time::Millis;

mod draw;
mod fixed;
mod front;
mod lesson;
pub mod plot;
mod show;
mod sieve;
mod stats;

pub use lesson::{Lesson, Record, lessons};
pub use sieve::Reason;
pub use stats::{Belief, Cost, Outcome, Prior, Spread, Stats, learn};

use draw::Stream;
use front::{Expected, dominators};

/// Something that not every model can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Calling tools through the provider's own interface.
    Tools,
    /// Taking images.
    Images,
    /// Being held to a JSON Schema.
    Schema,
}

/// What is preferred where models differ.
///
/// What a success is worth is measured in calls of the same size to a model of a middling price
/// (3 dollars for a million tokens in, 15 out), so that long and short work are weighed alike. The
/// numbers are chosen: with three models of one family at prices of 1 : 3 : 5 and successes of .75,
/// .85 and .90, `cheap` takes the first, `balanced` the second and `best` the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prefer {
    /// A success is worth two such calls.
    Cheap,
    /// A success is worth ten such calls; a quarter of one is paid for each second saved.
    Fast,
    /// A success is worth a thousand such calls: money decides between equals alone.
    Best,
    /// A success is worth ten such calls, a second a hundredth of one.
    #[default]
    Balanced,
}

impl Prefer {
    /// The price that work is measured by.
    const MIDDLING: Price = Price {
        input: MicroUsd::new(3_000_000),
        output: MicroUsd::new(15_000_000),
        cache_read: MicroUsd::ZERO,
        cache_write: MicroUsd::ZERO,
    };

    /// What a success is worth and what a second costs, in calls and in hundredths of calls.
    const fn weights(self) -> (u64, u64) {
        match self {
            Self::Cheap => (2, 0),
            Self::Fast => (10, 25),
            Self::Best => (1_000, 0),
            Self::Balanced => (10, 1),
        }
    }
}

/// A piece of work that needs a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// The kind of work.
    pub kind: Kind,
    /// Tokens of the prompt, tools and images included.
    pub prompt: u64,
    /// Tokens that the answer is expected to have.
    pub output: u64,
    /// The most tokens that the answer may have.
    pub longest: u64,
    /// What the model must be able to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Where what is sent may go at most.
    pub privacy: Privacy,
    /// What is left of the budget, see [`Ledger::left_for`](crate::budget::Ledger::left_for).
    #[serde(default)]
    pub left: Caps,
    /// What is preferred.
    #[serde(default)]
    pub prefer: Prefer,
    /// What a success is worth, where somebody has said so; otherwise it follows from `prefer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worth: Option<MicroUsd>,
    /// The model that was asked for by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<ModelId>,
}

impl Demand {
    /// Makes the demand for work that asks for nothing but its size: what models are compared by where nothing is to be
    /// done.
    pub const fn of_size(kind: Kind, prompt: u64, output: u64) -> Self {
        Self {
            kind,
            prompt,
            output,
            longest: output,
            needs: Vec::new(),
            privacy: Privacy::Cloud,
            left: Caps::NONE,
            prefer: Prefer::Balanced,
            worth: None,
            pin: None,
        }
    }
}

/// Whether a model can be called now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As far as is known.
    #[default]
    Well,
    /// Nobody answers, or there is no key.
    Unreachable,
    /// Its circuit breaker is open.
    Broken,
}

/// A model that could be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// What is known of it.
    pub info: &'a ModelInfo,
    /// What was seen of it.
    pub stats: Option<&'a Stats>,
    /// Whether it can be called.
    pub health: Health,
    /// What is left of its own budget.
    pub left: Caps,
}

impl<'a> Candidate<'a> {
    /// Makes a candidate that can be called and has no budget of its own.
    pub const fn new(info: &'a ModelInfo, stats: Option<&'a Stats>) -> Self {
        Self {
            info,
            stats,
            health: Health::Well,
            left: Caps::NONE,
        }
    }
}

/// A choice, with everything that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The model.
    pub model: ModelId,
    /// Who is asked when it fails, in this order. A model that was asked for by name has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<ModelId>,
    /// Models that were not chosen from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
    /// Models that were chosen from, with what was drawn for them, the best first.
    pub front: Vec<Ranked>,
    /// The random word that the draws follow from.
    pub word: u64,
    /// Why this one.
    pub because: Because,
}

/// A model that was not chosen from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The model.
    pub model: ModelId,
    /// Why.
    pub reason: Reason,
}

/// A model on the front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// The model.
    pub model: ModelId,
    /// Where what is sent to it goes.
    pub privacy: Privacy,
    /// What it costs by tokens and prices alone.
    pub priced: MicroUsd,
    /// What is expected of it.
    pub expected: Figures,
    /// What was drawn for it.
    pub drawn: Figures,
    /// What the draw is worth, in micro-dollars.
    pub score: i64,
}

/// What a call may bring and take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Its success, in millionths.
    pub quality: u64,
    /// Its cost.
    pub cost: MicroUsd,
    /// Its time.
    pub took: Millis,
}

/// Why a model was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// It was asked for by name.
    Pinned,
    /// No other one was left.
    Alone,
    /// Its draw was worth the most.
    Drawn {
        /// The one after it.
        before: ModelId,
        /// How much more it was worth, in micro-dollars.
        by: u64,
    },
}

/// Why no model was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// There is no model at all.
    #[error("no model is configured")]
    NoModels,
    /// Each model has something against it.
    #[error("none of the {} models can do this work", .dropped.len())]
    NoneFits {
        /// Each with what is against it.
        dropped: Vec<Dropped>,
    },
    /// The model that was asked for by name is not there.
    #[error("the model `{model}` that was asked for is not in the catalogue")]
    UnknownPin {
        /// The model.
        model: ModelId,
    },
    /// The model that was asked for by name cannot do the work. No other one takes its place.
    #[error("the model `{model}` that was asked for cannot do this work: {reason}")]
    PinUnfit {
        /// The model.
        model: ModelId,
        /// What is against it.
        reason: Reason,
    },
}

/// Returns what is expected of a model for a piece of work, whether it could do it or not.
pub fn expected(demand: &Demand, candidate: &Candidate<'_>) -> Figures {
    let expected = Expected::of(demand, candidate);
    Figures {
        quality: expected.quality,
        cost: MicroUsd::new(expected.cost.div_ceil(1_000)),
        took: Millis::new(expected.took),
    }
}

/// Chooses a model. `word` is a random word, to be recorded with the choice; the same one gives the
/// same choice on every machine. The order of the candidates does not matter.
pub fn choose(demand: &Demand, candidates: &[Candidate<'_>], word: u64) -> Result<Choice, Refusal> {
    if let Some(pin) = &demand.pin {
        return choose_pinned(demand, candidates, word, pin);
    }
    if candidates.is_empty() {
        return Err(Refusal::NoModels);
    }
    let mut dropped = Vec::new();
    let mut fit = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        match sieve::objection(demand, candidate) {
            None => fit.push(Expected::of(demand, candidate)),
            Some(reason) => dropped.push(Dropped {
                model: candidate.info.id.clone(),
                reason,
            }),
        }
    }
    let mut front = Vec::new();
    let mut behind = Vec::new();
    for (expected, dominator) in fit.iter().zip(dominators(&fit)) {
        match dominator {
            None => front.push(ranked(demand, expected, word)),
            Some(better) => {
                let score = worth(demand, expected.quality, expected.cost, expected.took);
                behind.push((score, expected.id()));
                dropped.push(Dropped {
                    model: expected.id().clone(),
                    reason: Reason::Dominated {
                        by: better.id().clone(),
                    },
                });
            }
        }
    }
    // Equals are put in the order of their names, whatever order they came in.
    front.sort_by(|one, two| {
        two.0
            .cmp(&one.0)
            .then_with(|| one.1.model.cmp(&two.1.model))
    });
    behind.sort_by(|one, two| two.0.cmp(&one.0).then_with(|| one.1.cmp(two.1)));
    dropped.sort_by(|one, two| one.model.cmp(&two.model));

    let mut order = front.iter().map(|(score, ranked)| (*score, &ranked.model));
    let Some((best, model)) = order.next() else {
        return Err(Refusal::NoneFits { dropped });
    };
    let because = match order.next() {
        Some((next, before)) => Because::Drawn {
            before: before.clone(),
            by: u64::try_from((best - next) / NANOS).unwrap_or(u64::MAX),
        },
        None => Because::Alone,
    };
    let fallbacks = front
        .iter()
        .skip(1)
        .map(|(_, ranked)| &ranked.model)
        .chain(behind.into_iter().map(|(_, id)| id))
        .cloned()
        .collect();
    Ok(Choice {
        model: model.clone(),
        fallbacks,
        dropped,
        because,
        word,
        front: front.into_iter().map(|(_, ranked)| ranked).collect(),
    })
}

fn choose_pinned(
    demand: &Demand,
    candidates: &[Candidate<'_>],
    word: u64,
    pin: &ModelId,
) -> Result<Choice, Refusal> {
    let Some(candidate) = candidates.iter().find(|one| one.info.id == *pin) else {
        return Err(Refusal::UnknownPin { model: pin.clone() });
    };
    if let Some(reason) = sieve::objection(demand, candidate) {
        return Err(Refusal::PinUnfit {
            model: pin.clone(),
            reason,
        });
    }
    let (_, ranked) = ranked(demand, &Expected::of(demand, candidate), word);
    let mut dropped: Vec<Dropped> = candidates
        .iter()
        .filter(|one| one.info.id != *pin)
        .map(|one| Dropped {
            model: one.info.id.clone(),
            reason: Reason::NotPinned,
        })
        .collect();
    dropped.sort_by(|one, two| one.model.cmp(&two.model));
    Ok(Choice {
        model: pin.clone(),
        fallbacks: Vec::new(),
        dropped,
        front: vec![ranked],
        word,
        because: Because::Pinned,
    })
}

/// Billionths of a dollar in a micro-dollar: scores are finer than money, because a short call to a
/// small model costs a few micro-dollars only.
const NANOS: i128 = 1_000;

/// Draws are made as if everything had been seen so often. Exact sampling tries more than pays within
/// the few thousand calls that a user makes; measured on the tables of `docs/bench/router.md`, 2 is
/// better than 1 on most, and 4 sometimes settles for the wrong model.
const FOCUS: u64 = 2;

/// Draws for a model on the front; returns the exact score beside it.
fn ranked(demand: &Demand, expected: &Expected<'_>, word: u64) -> (i128, Ranked) {
    let id = expected.id();
    let mut stream = Stream::new(word, id.as_str());
    let (good, bad) = expected
        .belief
        .shapes(stats::Prior::of(expected.candidate.info, demand.kind));
    let shape = |count: u64| {
        let count = count.saturating_mul(FOCUS);
        fixed::of_millionths(i64::try_from(count).unwrap_or(i64::MAX))
    };
    let quality = stream.beta(shape(good), shape(bad));
    let quality =
        u64::try_from((u128::from(quality) * u128::from(stats::ONE)) >> 32).unwrap_or(stats::ONE);
    let cost = match expected.belief.cost.seen {
        0 => expected.priced,
        _ => front::scaled(expected.priced, drawn(&mut stream, expected.belief.cost)),
    };
    let took = front::whole(drawn(&mut stream, expected.belief.took));
    let score = worth(demand, quality, cost, took);
    let figures = |quality, cost: u64, took| Figures {
        quality,
        cost: MicroUsd::new(cost.div_ceil(1_000)),
        took: Millis::new(took),
    };
    let ranked = Ranked {
        model: id.clone(),
        privacy: expected.privacy(),
        priced: MicroUsd::new(expected.priced.div_ceil(1_000)),
        expected: figures(expected.quality, expected.cost, expected.took),
        drawn: figures(quality, cost, took),
        score: i64::try_from(score / NANOS).unwrap_or(if score < 0 { i64::MIN } else { i64::MAX }),
    };
    (score, ranked)
}

/// Draws a mean that fits what was seen, and adds what a mean of logarithms leaves out.
fn drawn(stream: &mut Stream, seen: Spread) -> i64 {
    let of = (seen.variance / seen.seen.max(1)).max(0).cast_unsigned();
    // The root of millionths is thousandths.
    let error = of.saturating_mul(stats::ONE).isqrt().cast_signed();
    seen.expected()
        .saturating_add(fixed::times(stream.normal(), error))
}

/// What a call is worth, in billionths of a dollar.
fn worth(demand: &Demand, quality: u64, cost: u64, took: u64) -> i128 {
    let call = i128::from(front::nanos(
        &Prefer::MIDDLING,
        demand.prompt,
        demand.output,
    ));
    let (calls, hundredths) = demand.prefer.weights();
    let success = match demand.worth {
        Some(worth) => i128::from(worth.micros()) * NANOS,
        None => call * i128::from(calls),
    };
    // What a second costs follows from what is preferred even where somebody has said what a success
    // is worth.
    let waiting = call * i128::from(hundredths) * i128::from(took) / 100_000;
    success * i128::from(quality) / i128::from(stats::ONE) - i128::from(cost) - waiting
}

#[cfg(test)]
mod tests;
