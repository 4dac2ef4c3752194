//! Likeness by words and by meaning together.
//!
//! Owns the mixture of the lexical measure and of the cosine between sentence vectors. Words decide between things that
//! are spoken of alike (`run the tests`, `run the build`); vectors find what was said in words that no example has.
//! The vectors of the utterances also teach one plane per intent, which knows what all of its utterances have in common.

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

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
/// How hard the planes are trained. Chosen: examples are few, so that each one counts more than usual; somebody
/// waits when playbooks are new, so that the last digits are not waited for.
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
    /// What was learned without one part of them each; learned when an utterance is hidden for the first time.
    partial: OnceLock<Vec<Vec<Plane>>>,
}

impl HybridScorer {
    /// Indexes the utterances of a corpus and learns from them.
    pub fn new(corpus: &Corpus, words: Words) -> Self {
        let directions = directions(corpus, &words);
        Self {
            lexical: LexicalScorer::new(corpus),
            words,
            planes: planes(corpus, &directions, None),
            partial: OnceLock::new(),
            directions,
        }
    }

    /// The same with planes that were learned from this corpus before ([`HybridScorer::planes`]); nothing if they
    /// are not those of as many intents.
    pub fn recalled(corpus: &Corpus, words: Words, planes: &[Vec<f32>]) -> Option<Self> {
        let size = COMPARED.min(words.size());
        let planes: Vec<Plane> = planes
            .iter()
            .map(|numbers| Plane::of(numbers).filter(|plane| plane.size() == size))
            .collect::<Option<_>>()?;
        (planes.len() == corpus.names().len()).then(|| Self {
            lexical: LexicalScorer::new(corpus),
            planes,
            partial: OnceLock::new(),
            directions: directions(corpus, &words),
            words,
        })
    }

    /// Returns the numbers of each intent's plane, in the order of the intents.
    pub fn planes(&self) -> impl Iterator<Item = Vec<f32>> {
        self.planes.iter().map(Plane::numbers)
    }

    /// The planes that were learned without the hidden utterance of a goal.
    fn planes_for(&self, corpus: &Corpus, goal: &Goal) -> &[Plane] {
        let Some(hidden) = goal.hidden() else {
            return &self.planes;
        };
        let partial = self.partial.get_or_init(|| {
            let parts = 0..PARTS;
            parts
                .map(|part| planes(corpus, &self.directions, Some(part)))
                .collect()
        });
        partial.get(hidden % PARTS).map_or(&[], Vec::as_slice)
    }

    fn direction(&self, corpus: &Corpus, goal: &Goal, excused: &[usize]) -> Option<Vec<f32>> {
        let spoken = goal.stems(corpus, excused).flatten();
        embed(&self.words, spoken.map(|(word, _)| word.text.as_str()))
    }
}

/// Returns the direction of each utterance of a corpus, without what fills its slots.
fn directions(corpus: &Corpus, words: &Words) -> Vec<Option<Vec<f32>>> {
    let utterances = corpus.utterances().iter();
    utterances
        .map(|utterance| {
            let parts = utterance.text().parts().iter();
            let spoken = parts.filter_map(|part| match part {
                Part::Word(word) => Some(word.text.as_str()),
                Part::Slot(_) => None,
            });
            embed(words, spoken)
        })
        .collect()
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
        let planes = self.planes_for(corpus, goal).iter();
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
        let plane = self.planes_for(corpus, goal).get(intent)?;
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
