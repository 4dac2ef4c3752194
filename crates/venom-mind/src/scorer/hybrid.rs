//! Likeness by words and by meaning together.
//!
//! Owns the mixture of the lexical measure and of the cosine between sentence vectors. Words decide between things that
//! are spoken of alike (`run the tests`, `run the build`); vectors find what was said in words that no example has.
//! The vectors of the utterances also teach one plane per intent, which knows what all of its utterances have in common.

#[cfg(test)]
mod tests;

use crate::classify::linear::{self, Effort, Plane, Sample};
use crate::corpus::{Corpus, Goal};
use crate::embed::{Words, dot};
use crate::scorer::{LexicalScorer, Scorer};
use crate::text::{Part, Role};

/// How much the cosine counts, against the words. Chosen: as much as they do. docs/bench/intelligence.md compares that
/// with words alone; other shares were not tried.
const BY_MEANING: f32 = 0.5;

/// How much of a vector is compared. Its numbers are in the order of how much they tell apart: half of them make
/// learning the playbooks, which compares every utterance with every other, about twice as fast. All of them gave a
/// share of 90.8 right instead of 90.9, and 0.939 instead of 0.938 of the area under the curve.
const COMPARED: usize = 128;

/// Parts of the utterances, each of which is left out once for judging it. Chosen: what is learned from two thirds
/// says about as much as what is learned from all, and each part costs as much as the whole.
const PARTS: usize = 3;
/// How hard the planes are trained. Chosen: examples are few, so that each one counts more than usual; the playbooks are
/// learned at each start, so that the last digits are not waited for.
const EFFORT: Effort = Effort {
    cost: 4.0,
    passes: 12,
};

/// Compares texts by weighted words, runs of characters and sentence vectors.
#[derive(Debug, Clone)]
pub struct HybridScorer {
    lexical: LexicalScorer,
    words: Words,
    /// Per utterance, its direction without what fills its slots; nothing if no word of it is known.
    directions: Vec<Option<Vec<f32>>>,
    /// What was learned from all utterances.
    planes: Vec<Plane>,
    /// What was learned without one part of them each.
    partial: Vec<Vec<Plane>>,
}

impl HybridScorer {
    /// Indexes the utterances of a corpus.
    pub fn new(corpus: &Corpus, words: Words) -> Self {
        let directions: Vec<Option<Vec<f32>>> = corpus
            .utterances()
            .iter()
            .map(|utterance| {
                let spoken = utterance
                    .text()
                    .parts()
                    .iter()
                    .filter_map(|part| match part {
                        Part::Word(word) => Some(word.text.as_str()),
                        Part::Slot(_) => None,
                    });
                embed(&words, spoken)
            })
            .collect();
        Self {
            lexical: LexicalScorer::new(corpus),
            words,
            planes: planes(corpus, &directions, None),
            partial: (0..PARTS)
                .map(|part| planes(corpus, &directions, Some(part)))
                .collect(),
            directions,
        }
    }

    /// The planes that were learned without the hidden utterance of a goal.
    fn planes_for(&self, goal: &Goal) -> &[Plane] {
        match goal.hidden() {
            Some(hidden) => self.partial.get(hidden % PARTS).map_or(&[], Vec::as_slice),
            None => &self.planes,
        }
    }

    fn direction(&self, corpus: &Corpus, goal: &Goal, excused: &[usize]) -> Option<Vec<f32>> {
        let spoken = goal.stems(corpus, excused).flatten();
        embed(&self.words, spoken.map(|(word, _)| word.text.as_str()))
    }
}

/// Learns a plane for each intent from utterances and background, without one part of them.
fn planes(corpus: &Corpus, directions: &[Option<Vec<f32>>], without: Option<usize>) -> Vec<Plane> {
    let (samples, owners): (Vec<Sample>, Vec<Option<usize>>) = corpus
        .utterances()
        .iter()
        .zip(directions)
        .enumerate()
        .filter(|(at, _)| without != Some(at % PARTS))
        .filter_map(|(_, (utterance, direction))| {
            let sample = Sample {
                dense: direction.clone()?,
                sparse: Vec::new(),
            };
            Some((sample, utterance.owner()))
        })
        .unzip();
    let samples: Vec<&Sample> = samples.iter().collect();
    (0..corpus.names().len())
        .map(|intent| {
            let positive: Vec<bool> = owners.iter().map(|owner| *owner == Some(intent)).collect();
            linear::train(&samples, &positive, 0, EFFORT)
        })
        .collect()
}

fn embed<'a>(words: &Words, spoken: impl Iterator<Item = &'a str>) -> Option<Vec<f32>> {
    let text: Vec<&str> = spoken.collect();
    let mut direction = words.embed(&text.join(" "))?;
    direction.truncate(COMPARED);
    let length = dot(&direction, &direction).sqrt();
    for value in &mut direction {
        *value /= length.max(f32::MIN_POSITIVE);
    }
    Some(direction)
}

/// Puts both measures together; a cosine below zero says no more than one of zero.
fn mixed(lexical: f32, own: Option<&Vec<f32>>, goal: Option<&Vec<f32>>) -> f32 {
    let cosine = own.zip(goal).map_or(0.0, |(own, goal)| dot(own, goal));
    (1.0 - BY_MEANING) * lexical + BY_MEANING * cosine.clamp(0.0, 1.0)
}

impl Scorer for HybridScorer {
    fn similarities(&self, corpus: &Corpus, goal: &Goal) -> Vec<f32> {
        let direction = self.direction(corpus, goal, &[]);
        let mut similarities = self.lexical.similarities(corpus, goal);
        for (similarity, own) in similarities.iter_mut().zip(&self.directions) {
            *similarity = mixed(*similarity, own.as_ref(), direction.as_ref());
        }
        similarities
    }

    fn leanings(&self, corpus: &Corpus, goal: &Goal) -> Vec<f32> {
        // The planes were learned from utterances without what fills their slots, which is values more often than not:
        // the name of a test's file is about tests and does not ask for all of them.
        let values: Vec<usize> = goal
            .text()
            .words()
            .enumerate()
            .filter(|(_, word)| word.role == Role::Value)
            .map(|(at, _)| at)
            .collect();
        let Some(dense) = self
            .direction(corpus, goal, &values)
            .or_else(|| self.direction(corpus, goal, &[]))
        else {
            return Vec::new();
        };
        let sample = Sample {
            dense,
            sparse: Vec::new(),
        };
        let planes = self.planes_for(goal).iter();
        planes.map(|plane| plane.margin(&sample)).collect()
    }

    fn leaning_excusing(
        &self,
        corpus: &Corpus,
        goal: &Goal,
        excused: &[usize],
        intent: usize,
    ) -> Option<f32> {
        let sample = Sample {
            dense: self.direction(corpus, goal, excused)?,
            sparse: Vec::new(),
        };
        let plane = self.planes_for(goal).get(intent)?;
        Some(plane.margin(&sample))
    }

    fn similarity_excusing(
        &self,
        corpus: &Corpus,
        goal: &Goal,
        excused: &[usize],
        utterance: usize,
    ) -> Option<f32> {
        let lexical = self
            .lexical
            .similarity_excusing(corpus, goal, excused, utterance)?;
        let direction = self.direction(corpus, goal, excused);
        let own = self.directions.get(utterance)?;
        Some(mixed(lexical, own.as_ref(), direction.as_ref()))
    }
}
