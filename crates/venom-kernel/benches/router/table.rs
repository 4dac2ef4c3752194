//! Tables of questions: how right each model's answer is and what it costs.
//!
//! A file is a JSON list of objects with `question`, `scores` (model to a number between 0 and 1),
//! `cluster_id` (the kind of work) and, where they are known, `costs` (model to dollars) and `split`
//! (`train` or `test`). Where there are no costs, a model's price is taken from the size in its name: a
//! cent for a million tokens, in and out, for each billion of parameters; an answer has 300 tokens.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Tokens of an answer whose length is not known.
pub(crate) const ANSWER: u64 = 300;

#[derive(Deserialize)]
struct Line {
    question: String,
    scores: BTreeMap<String, f64>,
    #[serde(default)]
    costs: Option<BTreeMap<String, f64>>,
    cluster_id: usize,
    #[serde(default)]
    split: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) kind: usize,
    /// Tokens of the question, four characters each.
    pub(crate) tokens: u64,
    pub(crate) scores: Vec<f64>,
    /// In dollars.
    pub(crate) costs: Vec<f64>,
    /// Whether it stands in the part that the area is measured on.
    pub(crate) is_test: bool,
}

pub(crate) struct Table {
    pub(crate) models: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    pub(crate) fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let lines: Vec<Line> = serde_json::from_str(&text).unwrap();
        let models: Vec<String> = lines[0].scores.keys().cloned().collect();
        let mut random = Random(1);
        let rows = lines
            .into_iter()
            .map(|line| {
                let tokens = (line.question.chars().count() as u64).div_ceil(4).max(1);
                let sized = |name: &str| (tokens + ANSWER) as f64 * size(name) * 0.01 / 1e6;
                let costs = line.costs.as_ref();
                // Three parts of ten are for the test where the table does not say.
                let is_drawn = random.unit() < 0.3;
                Row {
                    kind: line.cluster_id,
                    tokens,
                    scores: models.iter().map(|name| line.scores[name]).collect(),
                    costs: models
                        .iter()
                        .map(|name| costs.map_or_else(|| sized(name), |costs| costs[name]))
                        .collect(),
                    is_test: line.split.map_or(is_drawn, |split| split == "test"),
                }
            })
            .collect();
        Self { models, rows }
    }

    /// Six models and four kinds; each kind has its own best one, and prices are far apart.
    pub(crate) fn made_up(len: usize) -> Self {
        const SKILL: [[f64; 4]; 6] = [
            [0.55, 0.30, 0.80, 0.15],
            [0.70, 0.45, 0.82, 0.30],
            [0.62, 0.75, 0.60, 0.35],
            [0.85, 0.60, 0.88, 0.55],
            [0.80, 0.80, 0.70, 0.50],
            [0.92, 0.88, 0.90, 0.75],
        ];
        const DOLLARS: [f64; 6] = [0.05, 0.2, 0.3, 1.0, 2.0, 6.0];
        let mut random = Random(20_261_123);
        let rows = (0..len)
            .map(|_| {
                let kind = (random.unit() * 4.0) as usize;
                let tokens = 50 + (random.unit() * 900.0) as u64;
                // What is hard is hard for all: half of the luck is shared.
                let luck = random.unit();
                let right = |skill: f64, own: f64, is_shared: bool| {
                    f64::from(u8::from(if is_shared { luck } else { own } < skill))
                };
                Row {
                    kind,
                    tokens,
                    scores: SKILL
                        .iter()
                        .map(|skill| right(skill[kind], random.unit(), random.unit() < 0.5))
                        .collect(),
                    costs: DOLLARS
                        .iter()
                        .map(|dollars| dollars * (tokens as f64 / 500.0) / 1_000.0)
                        .collect(),
                    is_test: random.unit() < 0.3,
                }
            })
            .collect();
        let models = (0..6).map(|n| format!("made-up-{n}")).collect();
        Self { models, rows }
    }

    pub(crate) fn kinds(&self) -> usize {
        self.rows.iter().map(|row| row.kind + 1).max().unwrap_or(0)
    }

    /// The mean cost of the dearest model.
    pub(crate) fn dearest(&self) -> f64 {
        (0..self.models.len())
            .map(|model| mean(model, &self.rows).1)
            .fold(0.0, f64::max)
    }
}

/// Mean score and cost of a model.
pub(crate) fn mean(model: usize, rows: &[Row]) -> (f64, f64) {
    let sum = rows.iter().fold((0.0, 0.0), |(score, cost), row| {
        (score + row.scores[model], cost + row.costs[model])
    });
    (sum.0 / rows.len() as f64, sum.1 / rows.len() as f64)
}

/// Billions of parameters, as they stand in a name.
fn size(name: &str) -> f64 {
    name.split('-')
        .filter_map(|part| part.strip_suffix('b')?.parse().ok())
        .fold(0.0, f64::max)
}

/// Rows in a random order. Files are sorted by what their questions were taken from.
pub(crate) fn shuffled(mut rows: Vec<Row>, seed: u64) -> Vec<Row> {
    let mut random = Random(seed ^ 0x5eed);
    for n in (1..rows.len()).rev() {
        rows.swap(n, random.below(n + 1));
    }
    rows
}

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.unit() * end as f64) as usize).min(end - 1)
    }
}
