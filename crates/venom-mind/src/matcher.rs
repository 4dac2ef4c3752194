//! Which intent a goal means, and the evidence for it.
//!
//! Owns the step from likeness to utterances to likeness to intents, and the one score a calibrator
//! turns into a probability. It does not decide whether the best match is good enough.

mod coverage;
mod evidence;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::corpus::{Corpus, Error, Goal, Hidden, Intent, Synonyms};
use crate::embed::Words;
use crate::scorer::{HybridScorer, LexicalScorer, Scorer};

use coverage::Coverage;
pub use evidence::Evidence;

/// How many intents are looked at closely. Chosen: the right one is almost never further down, and
/// the cost of a match grows with it.
const CLOSE_LOOKS: usize = 5;
/// How many utterances of one intent are looked at closely.
const UTTERANCES_LOOKED_AT: usize = 3;

/// An intent that a goal may mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The name of the intent.
    pub intent: String,
    /// How good the match is, from 0 to 1. It orders matches; it is not a probability.
    pub score: f64,
    /// The utterance the goal is closest to, as it was given.
    pub nearest_utterance: String,
    /// The words of the goal that the utterance has as well, in the order of the goal.
    pub matched_words: Vec<String>,
    /// How far its likeness is above that of the best other intent; negative below the best.
    pub margin: f64,
    /// What the score was made of.
    pub evidence: Evidence,
}

/// Matches goals against the utterances of a corpus.
#[derive(Debug, Clone)]
pub struct Matcher<S = LexicalScorer> {
    corpus: Corpus,
    scorer: S,
    /// Per intent, the positions of its utterances.
    owned: Vec<std::ops::Range<usize>>,
}

impl Matcher<LexicalScorer> {
    /// Builds a matcher that compares by words and character runs. `background` holds sentences that
    /// mean none of the intents; likeness to them speaks against a match.
    pub fn new(
        intents: &[Intent],
        background: &[String],
        synonyms: Synonyms,
    ) -> Result<Self, Error> {
        let corpus = Corpus::new(intents, background, synonyms)?;
        let scorer = LexicalScorer::new(&corpus);
        Ok(Self::with_scorer(corpus, scorer))
    }
}

impl Matcher<HybridScorer> {
    /// Builds a matcher that compares by meaning as well.
    pub fn hybrid(
        intents: &[Intent],
        background: &[String],
        synonyms: Synonyms,
        words: Words,
    ) -> Result<Self, Error> {
        let corpus = Corpus::new(intents, background, synonyms)?;
        let scorer = HybridScorer::new(&corpus, words);
        Ok(Self::with_scorer(corpus, scorer))
    }

    /// Builds the same matcher with what it had learned from the same sentences before; it learns again if that
    /// does not fit them.
    pub fn recalled(
        intents: &[Intent],
        background: &[String],
        synonyms: Synonyms,
        words: Words,
        planes: &[Vec<f32>],
    ) -> Result<Self, Error> {
        let corpus = Corpus::new(intents, background, synonyms)?;
        let scorer = HybridScorer::recalled(&corpus, words.clone(), planes)
            .unwrap_or_else(|| HybridScorer::new(&corpus, words));
        Ok(Self::with_scorer(corpus, scorer))
    }
}

/// An intent while it is being looked at.
struct Candidate {
    owner: usize,
    likeness: f64,
    similarity: f64,
    leaning: Option<f64>,
    nearest: f64,
    utterance: usize,
    coverage: Coverage,
}

impl<S: Scorer> Matcher<S> {
    /// Builds a matcher with another measure of likeness.
    pub fn with_scorer(corpus: Corpus, scorer: S) -> Self {
        let owned = (0..corpus.names().len())
            .map(|intent| {
                let utterances = corpus.utterances();
                let from = utterances
                    .partition_point(|known| known.owner().is_some_and(|owner| owner < intent));
                let to = utterances
                    .partition_point(|known| known.owner().is_some_and(|owner| owner <= intent));
                from..to
            })
            .collect();
        Self {
            corpus,
            scorer,
            owned,
        }
    }

    /// Returns the measure of likeness.
    pub fn scorer(&self) -> &S {
        &self.scorer
    }

    /// Returns the utterances matched against.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// Ranks the intents for a goal, best first, at most five; none if the goal shares nothing with
    /// any utterance.
    pub fn rank(&self, goal: &str) -> Vec<Match> {
        self.rank_hiding(goal, Hidden::NOTHING)
    }

    /// Ranks the intents as if one utterance had never been given.
    pub fn rank_hiding(&self, goal: &str, hidden: Hidden) -> Vec<Match> {
        let goal = self.corpus.read(goal, hidden);
        let mut similarities = self.scorer.similarities(&self.corpus, &goal);
        if let Some(own) = goal.hidden().and_then(|at| similarities.get_mut(at)) {
            *own = 0.0;
        }

        let leanings = self.scorer.leanings(&self.corpus, &goal);
        let leaning = |owner: usize| leanings.get(owner).copied().map(f64::from);
        let mut coarse: Vec<(usize, f64)> = (0..self.owned.len())
            .map(|owner| (owner, likeness(self.similarities_of(owner, &similarities))))
            .filter(|(_, likeness)| *likeness > 0.0)
            .map(|(owner, likeness)| (owner, likeness + evidence::leaning_in_rank(leaning(owner))))
            .collect();
        coarse.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        coarse.truncate(CLOSE_LOOKS);

        let mut candidates: Vec<Candidate> = coarse
            .into_iter()
            .filter_map(|(owner, _)| {
                self.look_closely(&goal, owner, leaning(owner), &mut similarities)
            })
            .collect();
        // Intents are sorted by name, so that the position breaks ties by name.
        candidates.sort_by(|left, right| {
            right
                .likeness
                .total_cmp(&left.likeness)
                .then(left.owner.cmp(&right.owner))
        });

        let background = self.background(&similarities);
        let best = candidates
            .first()
            .map_or(0.0, |candidate| candidate.likeness);
        let second = candidates
            .get(1)
            .map_or(0.0, |candidate| candidate.likeness);
        let mut matches: Vec<Match> = candidates
            .iter()
            .enumerate()
            .filter_map(|(at, candidate)| {
                let rival = if at == 0 { second } else { best };
                self.report(&goal, candidate, rival, background)
            })
            .collect();
        matches.sort_by(|left, right| {
            right
                .score
                .total_cmp(&left.score)
                .then_with(|| left.intent.cmp(&right.intent))
        });
        matches
    }

    fn similarities_of<'a>(&self, owner: usize, similarities: &'a [f32]) -> &'a [f32] {
        self.owned
            .get(owner)
            .and_then(|range| similarities.get(range.clone()))
            .unwrap_or_default()
    }

    /// Aligns the goal with the closest utterances of an intent, which may raise their likeness: words
    /// that fill a slot no longer count as foreign.
    fn look_closely(
        &self,
        goal: &Goal,
        owner: usize,
        leaning: Option<f64>,
        similarities: &mut [f32],
    ) -> Option<Candidate> {
        let range = self.owned.get(owner)?.clone();
        let mut nearest: Vec<usize> = range.filter(|at| goal.hidden() != Some(*at)).collect();
        let of = |at: &usize, known: &[f32]| known.get(*at).copied().unwrap_or_default();
        nearest.sort_by(|left, right| {
            of(right, similarities)
                .total_cmp(&of(left, similarities))
                .then(left.cmp(right))
        });
        nearest.truncate(UTTERANCES_LOOKED_AT);

        let mut best: Option<(f64, usize, Coverage)> = None;
        for at in nearest {
            let Some(utterance) = self.corpus.utterances().get(at) else {
                continue;
            };
            let coverage = Coverage::of(&self.corpus, goal, utterance, owner);
            if !coverage.excused.is_empty()
                && let Some(refined) =
                    self.scorer
                        .similarity_excusing(&self.corpus, goal, &coverage.excused, at)
                && let Some(similarity) = similarities.get_mut(at)
            {
                *similarity = similarity.max(refined);
            }
            let fit = f64::from(of(&at, similarities))
                + 0.5 * coverage.of_goal
                + 0.25 * coverage.of_utterance;
            if best.as_ref().is_none_or(|(known, ..)| fit > *known) {
                best = Some((fit, at, coverage));
            }
        }
        let (_, utterance, coverage) = best?;
        let own = self.similarities_of(owner, similarities);
        let nearest = own.iter().copied().fold(0.0, f32::max);
        let refined = leaning
            .filter(|_| !coverage.excused.is_empty())
            .and_then(|_| {
                self.scorer
                    .leaning_excusing(&self.corpus, goal, &coverage.excused, owner)
            });
        let leaning =
            leaning.map(|first| refined.map_or(first, |other| first.max(f64::from(other))));
        let similarity = likeness(own);
        let likeness = similarity
            + evidence::COVERAGE_IN_RANK * coverage.of_goal_by_intent
            + evidence::leaning_in_rank(leaning);
        Some(Candidate {
            owner,
            likeness,
            similarity,
            leaning,
            nearest: f64::from(nearest),
            utterance,
            coverage,
        })
    }

    /// Likeness to the sentences that mean none of the intents.
    fn background(&self, similarities: &[f32]) -> Option<f64> {
        let from = self.owned.last().map_or(0, |range| range.end);
        similarities
            .get(from..)
            .filter(|known| !known.is_empty())
            .map(likeness)
    }

    fn report(
        &self,
        goal: &Goal,
        candidate: &Candidate,
        rival: f64,
        background: Option<f64>,
    ) -> Option<Match> {
        let coverage = &candidate.coverage;
        let similarity = candidate.similarity;
        let margin = candidate.likeness - rival;
        let evidence = Evidence {
            nearest_similarity: candidate.nearest,
            similarity,
            margin,
            leaning: candidate.leaning,
            background_margin: background.map(|background| similarity - background),
            goal_coverage: coverage.of_goal,
            intent_coverage: coverage.of_goal_by_intent,
            utterance_coverage: coverage.of_utterance,
        };
        let matched: BTreeSet<usize> = coverage.matched.iter().copied().collect();
        let words = goal.text().words().enumerate();
        Some(Match {
            intent: self.corpus.names().get(candidate.owner)?.clone(),
            score: evidence.score(),
            nearest_utterance: self
                .corpus
                .utterances()
                .get(candidate.utterance)?
                .raw()
                .to_owned(),
            matched_words: words
                .filter(|(at, _)| matched.contains(at))
                .map(|(_, word)| word.text.clone())
                .collect(),
            margin,
            evidence,
        })
    }
}

/// Likeness to a group of utterances: the closest one counts most, the next ones back it up.
fn likeness(similarities: &[f32]) -> f64 {
    let mut top = [0.0_f32; evidence::LOOKED_AT];
    for similarity in similarities {
        let mut rest = *similarity;
        for place in &mut top {
            if rest > *place {
                std::mem::swap(place, &mut rest);
            }
        }
    }
    top.iter()
        .zip(evidence::NEAREST_SHARES)
        .map(|(value, share)| f64::from(*value) * share)
        .sum()
}
