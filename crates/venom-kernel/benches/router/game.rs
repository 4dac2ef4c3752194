//! One pass over a table in a random order: what a policy chooses is what it learns from.

use std::collections::BTreeMap;

use venom_kernel::budget::Caps;
use venom_kernel::model::{Kind, ModelId, ModelInfo, Price, Privacy, Usage};
use venom_kernel::money::MicroUsd;
use venom_kernel::route::{Candidate, Cost, Demand, Outcome, Prefer, Stats, choose, learn};
use venom_kernel::time::Millis;

use crate::policy::{Arms, Policy};
use crate::table::{ANSWER, Random, Row, Table, mean as mean_of, shuffled};

/// What the router is told about quality before it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Catalogue {
    /// Nothing.
    None,
    /// The means of the same questions over all kinds, shrunk to nine tenths and a twentieth. It is
    /// as the figures were measured that we compare with, and knows more than a catalogue can.
    Same,
    /// The means by kind of the part of the table that is for training, shrunk alike.
    HeldOut,
}

pub(crate) struct Game<'a> {
    table: &'a Table,
    rows: Vec<Row>,
    dollars: f64,
    seed: u64,
}

impl<'a> Game<'a> {
    pub(crate) fn new(table: &'a Table, seed: u64, dollars: f64) -> Self {
        let rows = shuffled(table.rows.clone(), seed);
        Self {
            table,
            rows,
            dollars,
            seed,
        }
    }

    /// Makes the model with the most right answers lose two fifths of them from the middle on.
    pub(crate) fn break_the_best(&mut self) {
        let quality = |model: &usize| mean_of(*model, &self.table.rows).0;
        let best = (0..self.table.models.len())
            .max_by(|one, two| quality(one).total_cmp(&quality(two)))
            .unwrap();
        let mut random = Random(self.seed ^ 0xb4ea);
        let half = self.rows.len() / 2;
        for row in self.rows.iter_mut().skip(half) {
            if random.unit() < 0.4 {
                row.scores[best] = 0.0;
            }
        }
    }

    fn worth(&self, row: &Row, model: usize) -> f64 {
        row.scores[model] - self.dollars * row.costs[model]
    }

    /// Regret against the best fixed model after each question.
    pub(crate) fn play(&self, policy: Policy) -> Vec<f64> {
        let models = self.table.models.len();
        let sum = |model: usize| {
            self.rows
                .iter()
                .map(|row| self.worth(row, model))
                .sum::<f64>()
        };
        let best = (0..models)
            .max_by(|one, two| sum(*one).total_cmp(&sum(*two)))
            .unwrap();
        let mut regret = 0.0;
        self.chosen(policy)
            .into_iter()
            .zip(&self.rows)
            .map(|(model, row)| {
                regret += self.worth(row, best) - self.worth(row, model);
                regret
            })
            .collect()
    }

    /// Share of right answers in each half.
    pub(crate) fn right(&self, policy: Policy) -> [f64; 2] {
        let half = self.rows.len() / 2;
        let chosen = self.chosen(policy);
        let scores: Vec<f64> = chosen
            .into_iter()
            .zip(&self.rows)
            .map(|(model, row)| row.scores[model])
            .collect();
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        [mean(&scores[..half]), mean(&scores[half..])]
    }

    fn chosen(&self, policy: Policy) -> Vec<usize> {
        let mut random = Random(self.seed ^ 0xd4a3);
        if let Policy::Router { catalogue, kinds } = policy {
            let mut router = Router::new(self.table, catalogue, kinds, self.dollars);
            return self
                .rows
                .iter()
                .map(|row| {
                    let model = router.choose(row, random.word());
                    router.learn(row, model);
                    model
                })
                .collect();
        }
        let cheapest: Vec<f64> = (0..self.table.models.len())
            .map(|model| -mean_of(model, &self.table.rows).1)
            .collect();
        let mut arms = Arms::new(self.table.models.len());
        self.rows
            .iter()
            .map(|row| {
                let model = arms.choose(policy, &cheapest, &self.worths(row), &mut random);
                arms.learn(model, self.worth(row, model));
                model
            })
            .collect()
    }

    fn worths(&self, row: &Row) -> Vec<f64> {
        (0..row.scores.len())
            .map(|model| self.worth(row, model))
            .collect()
    }
}

/// The kernel's router with a catalogue made of a table.
pub(crate) struct Router {
    infos: Vec<ModelInfo>,
    stats: Vec<Stats>,
    has_kinds: bool,
    worth: MicroUsd,
}

/// All models answer as fast as the others: tables say nothing about time.
const TYPICAL: Millis = Millis::from_secs(1);

impl Router {
    pub(crate) fn new(table: &Table, catalogue: Catalogue, has_kinds: bool, dollars: f64) -> Self {
        let training: Vec<Row> = table
            .rows
            .iter()
            .filter(|row| !row.is_test)
            .cloned()
            .collect();
        let infos = (0..table.models.len())
            .map(|model| {
                let price = price(&training, model);
                let shrunk = |mean: f64| ((mean * 0.9 + 0.05) * 1_000.0) as u16;
                let quality: BTreeMap<Kind, u16> = match catalogue {
                    Catalogue::None => BTreeMap::new(),
                    Catalogue::Same => Kind::ALL
                        .into_iter()
                        .map(|kind| (kind, shrunk(mean_of(model, &table.rows).0)))
                        .collect(),
                    Catalogue::HeldOut => (0..table.kinds())
                        .map(|n| {
                            let of: Vec<Row> = training
                                .iter()
                                .filter(|row| row.kind == n)
                                .cloned()
                                .collect();
                            (Kind::ALL[n], shrunk(mean_of(model, &of).0))
                        })
                        .collect(),
                };
                ModelInfo {
                    id: id(model),
                    context: 1_000_000,
                    max_output: 1_000_000,
                    price,
                    privacy: Privacy::Cloud,
                    tools: true,
                    schema: true,
                    images: true,
                    thinking: false,
                    quality,
                    typical: TYPICAL,
                }
            })
            .collect();
        Self {
            infos,
            stats: vec![Stats::default(); table.models.len()],
            has_kinds,
            worth: MicroUsd::new((1e6 / dollars.max(1e-6)) as u64),
        }
    }

    fn kind(&self, row: &Row) -> Kind {
        Kind::ALL[if self.has_kinds { row.kind } else { 0 }]
    }

    pub(crate) fn choose(&self, row: &Row, word: u64) -> usize {
        let candidates: Vec<Candidate<'_>> = self
            .infos
            .iter()
            .zip(&self.stats)
            .map(|(info, stats)| Candidate::new(info, Some(stats)))
            .collect();
        let demand = Demand {
            kind: self.kind(row),
            prompt: row.tokens,
            output: ANSWER,
            longest: ANSWER,
            needs: Vec::new(),
            privacy: Privacy::Cloud,
            left: Caps::NONE,
            prefer: Prefer::Best,
            worth: Some(self.worth),
            pin: None,
        };
        let choice = choose(&demand, &candidates, word).unwrap();
        choice.model.name().parse().unwrap()
    }

    pub(crate) fn learn(&mut self, row: &Row, model: usize) {
        let score = row.scores[model];
        let kind = self.kind(row);
        let info = &self.infos[model];
        let micros = |dollars: f64| MicroUsd::new((dollars * 1e6).round() as u64);
        let expected = info.price.of(Usage {
            input: row.tokens,
            output: ANSWER,
            ..Usage::default()
        });
        // A score that is neither right nor wrong is what somebody would give as feedback.
        let is_partial = score > 0.0 && score < 1.0;
        let outcome = Outcome {
            verified: (!is_partial).then_some(score >= 1.0),
            feedback: is_partial.then_some((score * 1_000.0) as u16),
            took: Some(TYPICAL),
            cost: Some(Cost {
                real: micros(row.costs[model]),
                expected,
            }),
            ..Outcome::of(kind)
        };
        learn(&mut self.stats[model], info, &outcome);
    }
}

/// The price list, as it follows from what the questions of the training part have cost: so much for a
/// million tokens of the question and so much for those of an answer of the usual length (least
/// squares; a price below nothing is nothing).
fn price(rows: &[Row], model: usize) -> Price {
    let n = rows.len() as f64;
    let mean = |value: &dyn Fn(&Row) -> f64| rows.iter().map(value).sum::<f64>() / n;
    let (tokens, cost) = (
        mean(&|row| row.tokens as f64),
        mean(&|row| row.costs[model]),
    );
    let slope = {
        let both = mean(&|row| (row.tokens as f64 - tokens) * (row.costs[model] - cost));
        let square = mean(&|row| (row.tokens as f64 - tokens).powi(2));
        (both / square).clamp(0.0, cost / tokens)
    };
    let micros = |dollars: f64| MicroUsd::new((dollars * 1e12) as u64);
    Price {
        input: micros(slope),
        output: micros((cost - slope * tokens) / ANSWER as f64),
        ..Price::FREE
    }
}

pub(crate) fn id(model: usize) -> ModelId {
    format!("table/{model}").parse().unwrap()
}
