//! The policies that the router is compared with.

use std::fmt;

use crate::game::Catalogue;
use crate::table::Random;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Policy {
    /// The best model for each question, known before.
    Oracle,
    /// Any model.
    Random,
    /// The cheapest model.
    Cheapest,
    /// The best one so far, and any other one in one case of ten.
    Greedy,
    /// The one with the highest upper bound (UCB1).
    Bound,
    /// The router of the kernel.
    Router {
        catalogue: Catalogue,
        /// Whether it is told the kind of a question.
        kinds: bool,
    },
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Oracle => "oracle",
            Self::Random => "random",
            Self::Cheapest => "cheapest",
            Self::Greedy => "greedy, one of ten at random",
            Self::Bound => "UCB1",
            Self::Router { catalogue, kinds } => match (catalogue, kinds) {
                (Catalogue::Same, _) => "ours, catalogue of the same table, no kinds in it",
                (Catalogue::HeldOut, _) => "ours, catalogue of the training part, by kind",
                (Catalogue::None, true) => "ours, no catalogue",
                (Catalogue::None, false) => "ours, no catalogue, kinds unknown",
            },
        })
    }
}

/// What simple policies remember of each model.
pub(crate) struct Arms {
    seen: Vec<f64>,
    sum: Vec<f64>,
}

impl Arms {
    pub(crate) fn new(models: usize) -> Self {
        Self {
            seen: vec![0.0; models],
            sum: vec![0.0; models],
        }
    }

    /// Chooses; `cheap` is how cheap the models are, and `worths` what their answers will be worth,
    /// which the oracle alone looks at.
    pub(crate) fn choose(
        &self,
        policy: Policy,
        cheap: &[f64],
        worths: &[f64],
        random: &mut Random,
    ) -> usize {
        let models = self.seen.len();
        let untried = (0..models).find(|model| self.seen[*model] == 0.0);
        let best = |value: &dyn Fn(usize) -> f64| {
            (0..models)
                .max_by(|one, two| value(*one).total_cmp(&value(*two)))
                .unwrap()
        };
        let mean = |model: usize| self.sum[model] / self.seen[model].max(1.0);
        match policy {
            Policy::Oracle => best(&|model| worths[model]),
            Policy::Random => random.below(models),
            Policy::Cheapest => best(&|model| cheap[model]),
            Policy::Greedy => match untried {
                Some(model) => model,
                None if random.unit() < 0.1 => random.below(models),
                None => best(&mean),
            },
            Policy::Bound => untried.unwrap_or_else(|| {
                let all: f64 = self.seen.iter().sum();
                best(&|model| mean(model) + (2.0 * all.ln() / self.seen[model]).sqrt())
            }),
            Policy::Router { .. } => 0, // plays by itself
        }
    }

    pub(crate) fn learn(&mut self, model: usize, worth: f64) {
        self.seen[model] += 1.0;
        self.sum[model] += worth;
    }
}
