//! Which of many labels a text has, learned from examples, with a probability and with doubt.
//!
//! Owns the classifier: the vector of a text ([`crate::embed`]) and its words and runs of characters (`grams`) go
//! into one linear plane per label (`linear`); what the planes say is turned into probabilities by a temperature, and
//! how far a text is from everything known into the probability that it has a label at all (`scope`). Temperature
//! and scope are learned from examples that the planes which judged them had not seen.

mod grams;
pub(crate) mod linear;
mod scope;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::embed::{Sentences, dot};
use crate::tokenise;

use grams::Grams;
pub(crate) use linear::Random;
use linear::{Effort, Plane, Sample};
use scope::{Scope, Signs};

/// How much the vector counts. Chosen, like the two below: both kinds have length one and count alike, and the cost is the
/// usual one. docs/bench/intelligence.md has what comes of it; other values were not tried.
const DENSE: f32 = 1.0;
/// How much the words and runs count.
const SPARSE: f32 = 1.0;
/// How hard the planes are trained.
const EFFORT: Effort = Effort {
    cost: 1.0,
    passes: 60,
};
/// Parts that examples are dealt into for learning the temperature, as is customary.
const FOLDS: usize = 5;
/// So many judged examples are enough for one temperature and five weights; further parts are left out. Chosen: the
/// error of a share of 1,500 is about one in a hundred.
const ENOUGH: usize = 1_500;
/// Labels whose examples are compared one by one. Chosen: the right label is hardly ever further down.
const LOOKED_AT: usize = 5;

/// A text and what it means; no label for one that means nothing that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example<'a> {
    /// The text.
    pub text: &'a str,
    /// Its label.
    pub label: Option<&'a str>,
}

/// What a text may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The labels, likeliest first.
    pub choices: Vec<Choice>,
    /// The probability that the text has one of the labels; 1 when no text without a label was learned from.
    pub in_scope: f64,
    /// The greatest cosine to an example of the likeliest labels.
    pub nearest: f64,
}

impl Reading {
    /// Returns the probability that the likeliest label is right.
    pub fn confidence(&self) -> f64 {
        let first = self.choices.first();
        first.map_or(0.0, |choice| choice.probability) * self.in_scope
    }
}

/// A label and how likely it is among the labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The place of the label in [`Classifier::labels`].
    pub label: usize,
    /// How far the text lies on its side.
    pub margin: f64,
    /// Its probability, if the text has one of the labels.
    pub probability: f64,
}

/// Learned from examples.
#[derive(Debug, Clone)]
pub struct Classifier {
    sentences: Arc<dyn Sentences>,
    labels: Vec<String>,
    grams: Grams,
    planes: Planes,
    /// Of each label, the vectors of its examples.
    vectors: Vec<Vec<Vec<f32>>>,
    temperature: f64,
    scope: Option<Scope>,
    /// What was said about examples that had not been seen, in the order of the examples.
    held_out: Vec<(usize, Signs, Vec<f32>)>,
}

#[derive(Debug, Clone)]
struct Planes {
    /// One for each label.
    labels: Vec<Plane>,
    /// Between all labels and the texts that have none.
    none: Option<Plane>,
}

/// Examples as they are learned from.
struct Lesson<'a> {
    samples: &'a [Sample],
    /// The place of the label, nothing for a text that has none.
    owners: &'a [Option<usize>],
    labels: usize,
    features: usize,
}

impl Lesson<'_> {
    fn planes(&self, is_taken: impl Fn(usize) -> bool) -> Planes {
        let taken: Vec<(&Sample, Option<usize>)> = self
            .samples
            .iter()
            .zip(self.owners)
            .enumerate()
            .filter(|(at, _)| is_taken(*at))
            .map(|(_, (sample, owner))| (sample, *owner))
            .collect();
        let samples: Vec<&Sample> = taken.iter().map(|(sample, _)| *sample).collect();
        let plane = |wanted: Option<usize>| {
            let positive: Vec<bool> = taken.iter().map(|(_, owner)| *owner == wanted).collect();
            linear::train(&samples, &positive, self.features, EFFORT)
        };
        Planes {
            labels: (0..self.labels).map(|label| plane(Some(label))).collect(),
            none: self.owners.contains(&None).then(|| plane(None)),
        }
    }
}

impl Classifier {
    /// Learns from examples; the same examples in the same order give the same classifier. Without any that has a
    /// label, nothing is ever recognised.
    pub fn new(sentences: &Arc<dyn Sentences>, examples: &[Example<'_>]) -> Self {
        let labels: Vec<String> = examples
            .iter()
            .filter_map(|example| example.label)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let owners: Vec<Option<usize>> = examples
            .iter()
            .map(|example| {
                let label = example.label?;
                labels
                    .binary_search_by(|known| known.as_str().cmp(label))
                    .ok()
            })
            .collect();
        let texts: Vec<Vec<String>> = examples
            .iter()
            .map(|example| tokenise::words(example.text))
            .collect();
        let grams = Grams::new(&texts);
        let spoken: Vec<&str> = examples.iter().map(|example| example.text).collect();
        let directions = directions(&**sentences, &spoken);
        let samples: Vec<Sample> = texts
            .iter()
            .zip(&directions)
            .map(|(text, direction)| sample(&grams, text, direction))
            .collect();
        let lesson = Lesson {
            samples: &samples,
            owners: &owners,
            labels: labels.len(),
            features: grams.len(),
        };

        let folds = dealt(&owners, labels.len());
        let mut held_out = Vec::new();
        for fold in 0..FOLDS {
            if held_out.len() >= ENOUGH {
                break;
            }
            let is_learned = |at: usize| folds.get(at) != Some(&fold);
            let planes = lesson.planes(is_learned);
            let vectors = by_label(&directions, &owners, labels.len(), is_learned);
            for (at, (sample, direction)) in samples.iter().zip(&directions).enumerate() {
                if !is_learned(at) {
                    let margins = planes.margins(sample);
                    let signs = planes.signs(sample, direction, &margins, &vectors);
                    held_out.push((at, signs, margins));
                }
            }
        }
        held_out.sort_by_key(|(at, ..)| *at);
        let owner = |at: usize| owners.get(at).copied().flatten();
        let judged: Vec<(&[f32], usize)> = held_out
            .iter()
            .filter_map(|(at, _, margins)| Some((margins.as_slice(), owner(*at)?)))
            .collect();
        let temperature = scope::temperature(&judged);
        let signs: Vec<(Signs, bool)> = held_out
            .iter()
            .map(|(at, signs, _)| (*signs, owner(*at).is_some()))
            .collect();
        Self {
            sentences: Arc::clone(sentences),
            planes: lesson.planes(|_| true),
            vectors: by_label(&directions, &owners, labels.len(), |_| true),
            scope: Scope::new(&signs),
            labels,
            grams,
            temperature,
            held_out,
        }
    }

    /// Returns the labels in the order in which choices name them.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Reads a text.
    pub fn read(&self, text: &str) -> Reading {
        let words = tokenise::words(text);
        let mut directions = directions(&*self.sentences, &[text]);
        let direction = directions.pop().unwrap_or_default();
        let sample = sample(&self.grams, &words, &direction);
        let margins = self.planes.margins(&sample);
        let signs = self
            .planes
            .signs(&sample, &direction, &margins, &self.vectors);
        self.reading(&signs, &margins)
    }

    /// Returns what is said about examples by planes that had not seen them: the place of the example, and what is
    /// said. When there are many examples, those of some parts are enough, and the others are missing here.
    pub fn held_out(&self) -> impl Iterator<Item = (usize, Reading)> {
        self.held_out
            .iter()
            .map(|(at, signs, margins)| (*at, self.reading(signs, margins)))
    }

    fn reading(&self, signs: &Signs, margins: &[f32]) -> Reading {
        let shares = scope::softmax(margins, self.temperature);
        let mut choices: Vec<Choice> = margins
            .iter()
            .zip(shares)
            .enumerate()
            .map(|(label, (margin, probability))| Choice {
                label,
                margin: f64::from(*margin),
                probability,
            })
            .collect();
        // Labels are in the order of their names, so that the place breaks ties by name.
        choices.sort_by(|left, right| right.margin.total_cmp(&left.margin));
        Reading {
            choices,
            in_scope: self
                .scope
                .as_ref()
                .map_or(1.0, |scope| scope.probability(signs)),
            nearest: signs.nearest,
        }
    }
}

impl Planes {
    fn margins(&self, sample: &Sample) -> Vec<f32> {
        let planes = self.labels.iter();
        planes.map(|plane| plane.margin(sample)).collect()
    }

    fn signs(
        &self,
        sample: &Sample,
        direction: &[f32],
        margins: &[f32],
        vectors: &[Vec<Vec<f32>>],
    ) -> Signs {
        let mut order: Vec<(usize, f32)> = margins.iter().copied().enumerate().collect();
        order.sort_by(|left, right| right.1.total_cmp(&left.1));
        let best = order.first().map_or(-1.0, |(_, margin)| *margin);
        let second = order.get(1).map_or(-1.0, |(_, margin)| *margin);
        let nearest = order
            .iter()
            .take(LOOKED_AT)
            .filter_map(|(label, _)| vectors.get(*label))
            .flatten()
            .map(|known| dot(known, direction))
            .fold(-1.0, f32::max);
        let none = self.none.as_ref().map_or(0.0, |plane| plane.margin(sample));
        Signs {
            best: f64::from(best),
            lead: f64::from(best - second),
            nearest: f64::from(nearest),
            none: f64::from(none),
        }
    }
}

fn directions(sentences: &dyn Sentences, texts: &[&str]) -> Vec<Vec<f32>> {
    let none = || vec![0.0; sentences.size()];
    let made = sentences.directions(texts).into_iter();
    made.map(|known| known.unwrap_or_else(none)).collect()
}

fn sample(grams: &Grams, words: &[String], direction: &[f32]) -> Sample {
    let mut sparse = grams.row(words);
    for (_, weight) in &mut sparse {
        *weight *= SPARSE;
    }
    Sample {
        dense: direction.iter().map(|value| DENSE * value).collect(),
        sparse,
    }
}

/// Deals the examples of each label, and those without one, into parts in turn.
fn dealt(owners: &[Option<usize>], labels: usize) -> Vec<usize> {
    let mut seen = vec![0_usize; labels + 1];
    owners
        .iter()
        .map(|owner| {
            let Some(count) = seen.get_mut(owner.unwrap_or(labels)) else {
                return 0;
            };
            *count += 1;
            // The labels begin at different parts, so that all parts are about as large.
            (*count + owner.unwrap_or(labels)) % FOLDS
        })
        .collect()
}

fn by_label(
    directions: &[Vec<f32>],
    owners: &[Option<usize>],
    labels: usize,
    is_taken: impl Fn(usize) -> bool,
) -> Vec<Vec<Vec<f32>>> {
    let mut vectors = vec![Vec::new(); labels];
    for (at, (direction, owner)) in directions.iter().zip(owners).enumerate() {
        if let Some(own) = owner.and_then(|owner| vectors.get_mut(owner))
            && is_taken(at)
        {
            own.push(direction.clone());
        }
    }
    vectors
}
