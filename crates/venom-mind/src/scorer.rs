//! How alike a goal and each utterance are. The seam at which another measure can take over.
//!
//! Owns the trait and the lexical measure (TF-IDF vectors behind an inverted index). A scorer
//! compares texts; which intent wins, and how sure that is, is the matcher's business.

mod hybrid;

#[cfg(test)]
mod tests;

pub use hybrid::HybridScorer;

use crate::corpus::{Corpus, Goal};
use crate::features::Features;
use crate::text::Role;

/// Scales content words that no utterance has, which make a goal longer without making it more like
/// anything. Measured in the draws described in `matcher::evidence`: between half and double the
/// area under the curve moves by less than 0.001.
const FOREIGN_WEIGHT: f32 = 1.0;

/// Measures likeness between a goal and the utterances of a corpus.
pub trait Scorer {
    /// Returns one number from 0 to 1 per utterance of the corpus, in its order. The hidden
    /// utterance of the goal must not influence the others; its own number is ignored.
    fn similarities(&self, corpus: &Corpus, goal: &Goal) -> Vec<f32>;

    /// Returns how far the goal lies on the side of each intent, in the order of the corpus, if the scorer has learned
    /// that; nothing otherwise. The hidden utterance of the goal must not have been learned from.
    fn leanings(&self, corpus: &Corpus, goal: &Goal) -> Vec<f32> {
        let _ = (corpus, goal);
        Vec::new()
    }

    /// Returns the leaning to one intent when the words at `excused` fill slots of it, or nothing when the first number
    /// stands.
    fn leaning_excusing(
        &self,
        corpus: &Corpus,
        goal: &Goal,
        excused: &[usize],
        intent: usize,
    ) -> Option<f32> {
        let _ = (corpus, goal, excused, intent);
        None
    }

    /// Returns the likeness to one utterance when the words at `excused` (ascending positions) fill
    /// its slots, or nothing when the scorer cannot tell and the first number stands.
    fn similarity_excusing(
        &self,
        corpus: &Corpus,
        goal: &Goal,
        excused: &[usize],
        utterance: usize,
    ) -> Option<f32> {
        let _ = (corpus, goal, excused, utterance);
        None
    }
}

/// Compares texts by weighted words, word pairs and character runs.
///
/// Leaving an utterance out changes the weights of the goal, not those of the other utterances: their
/// document frequencies stay one too high where they share a word with it. Rebuilding the index for
/// each of some hundred utterances would be exact and a hundred times slower.
#[derive(Debug, Clone)]
pub struct LexicalScorer {
    /// Distinct features, sorted; the position is the number used below.
    keys: Vec<u64>,
    /// Per feature, where its postings begin; one more entry than features.
    starts: Vec<usize>,
    postings: Vec<Posting>,
    /// Per utterance, its features with their weights before document frequency, ascending.
    documents: Vec<Vec<(usize, f32)>>,
    /// Per utterance, the length of its weighted vector.
    lengths: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Posting {
    utterance: u32,
    /// Weighted and divided by the length of the utterance's vector.
    weight: f32,
}

impl LexicalScorer {
    /// Indexes the utterances of a corpus.
    pub fn new(corpus: &Corpus) -> Self {
        let count = corpus.utterances().len();
        let mut occurrences: Vec<(u64, usize, f32)> = Vec::new();
        for (at, utterance) in corpus.utterances().iter().enumerate() {
            let features = Features::of(utterance.text().parts(), |word| {
                corpus.vocabulary().canonical(word)
            });
            occurrences.extend(
                features
                    .entries()
                    .iter()
                    .map(|(key, weight)| (*key, at, *weight)),
            );
        }
        occurrences.sort_unstable_by_key(|(key, at, _)| (*key, *at));

        let mut scorer = Self {
            keys: Vec::new(),
            starts: vec![0],
            postings: Vec::with_capacity(occurrences.len()),
            documents: vec![Vec::new(); count],
            lengths: vec![0.0; count],
        };
        for group in occurrences.chunk_by(|left, right| left.0 == right.0) {
            let feature = scorer.keys.len();
            scorer.keys.extend(group.first().map(|(key, ..)| *key));
            let idf = rarity(group.len(), count);
            for (_, utterance, weight) in group {
                let position = u32::try_from(*utterance).unwrap_or(u32::MAX);
                scorer.postings.push(Posting {
                    utterance: position,
                    weight: weight * idf,
                });
                if let Some(entries) = scorer.documents.get_mut(*utterance) {
                    entries.push((feature, *weight));
                }
                if let Some(length) = scorer.lengths.get_mut(*utterance) {
                    *length += (weight * idf).powi(2);
                }
            }
            scorer.starts.push(scorer.postings.len());
        }
        for length in &mut scorer.lengths {
            *length = length.sqrt();
        }
        for posting in &mut scorer.postings {
            let length = scorer
                .lengths
                .get(posting.utterance as usize)
                .copied()
                .unwrap_or_default();
            posting.weight = if length > 0.0 {
                posting.weight / length
            } else {
                0.0
            };
        }
        scorer
    }

    fn postings_of(&self, feature: usize) -> &[Posting] {
        match self.starts.get(feature..feature + 2) {
            Some([from, to]) => self.postings.get(*from..*to).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Weighs the features that some visible utterance has, as a vector of length one. The others have
    /// no axis here; foreign content words add to the length only.
    fn weighted(&self, corpus: &Corpus, goal: &Goal, excused: &[usize]) -> Vec<(usize, f32)> {
        let features = Features::collect(goal.stems(corpus, excused));
        let hidden: &[(usize, f32)] = goal
            .hidden()
            .and_then(|at| self.documents.get(at))
            .map_or(&[], Vec::as_slice);
        let visible = self.documents.len() - usize::from(goal.hidden().is_some());
        let mut weighted: Vec<(usize, f32)> = features
            .entries()
            .iter()
            .filter_map(|(key, weight)| {
                let feature = self.keys.binary_search(key).ok()?;
                let is_in_hidden = hidden
                    .binary_search_by_key(&feature, |(known, _)| *known)
                    .is_ok();
                let frequency = self
                    .postings_of(feature)
                    .len()
                    .saturating_sub(usize::from(is_in_hidden));
                (frequency > 0).then(|| (feature, weight * rarity(frequency, visible)))
            })
            .collect();
        let foreign = goal
            .reading()
            .words()
            .iter()
            .enumerate()
            .filter(|(at, word)| {
                word.stem.is_none()
                    && word.role == Role::Content
                    && excused.binary_search(at).is_err()
            })
            .count() as f32;
        let known: f32 = weighted.iter().map(|(_, weight)| weight * weight).sum();
        let length = (known + foreign * FOREIGN_WEIGHT * rarity(0, visible).powi(2)).sqrt();
        for (_, weight) in &mut weighted {
            *weight /= length;
        }
        weighted
    }
}

impl Scorer for LexicalScorer {
    fn similarities(&self, corpus: &Corpus, goal: &Goal) -> Vec<f32> {
        let mut similarities = vec![0.0_f32; self.documents.len()];
        for (feature, weight) in self.weighted(corpus, goal, &[]) {
            for posting in self.postings_of(feature) {
                if let Some(similarity) = similarities.get_mut(posting.utterance as usize) {
                    *similarity += weight * posting.weight;
                }
            }
        }
        for similarity in &mut similarities {
            *similarity = similarity.clamp(0.0, 1.0);
        }
        similarities
    }

    fn similarity_excusing(
        &self,
        corpus: &Corpus,
        goal: &Goal,
        excused: &[usize],
        utterance: usize,
    ) -> Option<f32> {
        let entries = self.documents.get(utterance)?;
        let length = *self.lengths.get(utterance)?;
        let product: f32 = self
            .weighted(corpus, goal, excused)
            .into_iter()
            .filter_map(|(feature, weight)| {
                let at = entries
                    .binary_search_by_key(&feature, |(known, _)| *known)
                    .ok()?;
                let (_, own) = entries.get(at)?;
                let idf = rarity(self.postings_of(feature).len(), self.documents.len());
                Some(weight * own * idf)
            })
            .sum();
        (length > 0.0).then(|| (product / length).clamp(0.0, 1.0))
    }
}

/// Inverse document frequency, smoothed so that a feature of every utterance still counts.
fn rarity(frequency: usize, documents: usize) -> f32 {
    (((1 + documents) as f32) / ((1 + frequency) as f32)).ln() + 1.0
}
