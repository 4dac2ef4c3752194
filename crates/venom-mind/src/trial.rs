//! How well labelled sentences can be told apart by the classifier.
//!
//! Owns the drawing of examples, the dealing into folds and the figures. It reads no file and no clock: sentences come
//! in as they were read, and the caller says what time it is.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::calibration::{area_under_roc, expected_calibration_error};
use crate::classify::{Classifier, Example, Random};
use crate::embed::Sentences;

/// Bins of the calibration error, as is customary.
const BINS: usize = 15;
/// The share of sentences with a label that may be refused for the sake of those without one. Chosen: one in a hundred
/// people asked once more than necessary.
const REFUSED: f64 = 0.01;

/// A sentence and what it means; nothing if it means nothing that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// The sentence.
    pub text: String,
    /// Its label.
    pub label: Option<String>,
}

/// How sentences are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Parts that sentences are dealt into, each of which is judged once by what was learned from the others.
    pub folds: usize,
    /// The seed of every draw.
    pub seed: u64,
    /// So many examples of each label are learned from, if it is given.
    pub per_label: Option<usize>,
}

/// What a trial has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Labels learned.
    pub labels: usize,
    /// Sentences learned from, in the last fold.
    pub learned: usize,
    /// Sentences with a label that were judged.
    pub judged: usize,
    /// Sentences without a label that were judged.
    pub foreign: usize,
    /// The share of sentences with a label whose likeliest label is right.
    pub accuracy: f64,
    /// The same where refusing a sentence counts as wrong.
    pub accuracy_refusing: f64,
    /// The share of sentences without a label that are refused; nothing without any.
    pub foreign_recall: Option<f64>,
    /// How well the two kinds are told apart; nothing without any of one kind.
    pub area_under_roc: Option<f64>,
    /// The calibration error of the confidences of sentences with a label.
    pub calibration_error: f64,
    /// The share of sentences with a label whose confidence is 0.8 or more.
    pub sure: f64,
    /// The share of those that are right.
    pub sure_and_right: f64,
    /// The time that reading one sentence takes: the median.
    pub usual: Duration,
    /// The time that 99 in 100 sentences stay below.
    pub longest: Duration,
    /// The time that learning takes, on average over the folds.
    pub learning: Duration,
}

/// One judged sentence.
struct Verdict {
    is_right: bool,
    is_known: bool,
    in_scope: f64,
    confidence: f64,
    is_refused: bool,
}

/// Everything that folds add up to.
#[derive(Default)]
struct Tally {
    verdicts: Vec<Verdict>,
    times: Vec<Duration>,
    learning: Vec<Duration>,
    labels: usize,
    learned: usize,
}

/// Judges sentences by what was learned from others.
pub fn held_out(
    sentences: &Arc<dyn Sentences>,
    learn: &[Labelled],
    judge: &[Labelled],
    plan: Plan,
    now: &dyn Fn() -> Duration,
) -> Figures {
    let mut random = Random(plan.seed);
    let mut learn: Vec<&Labelled> = learn.iter().collect();
    random.shuffle(&mut learn);
    let mut tally = Tally::default();
    let judge: Vec<&Labelled> = judge.iter().collect();
    tally.add(sentences, &learn, &judge, plan, now);
    tally.figures()
}

/// Deals sentences into folds and judges each fold by what was learned from the others.
pub fn cross(
    sentences: &Arc<dyn Sentences>,
    all: &[Labelled],
    plan: Plan,
    now: &dyn Fn() -> Duration,
) -> Figures {
    let mut random = Random(plan.seed);
    let mut shuffled: Vec<&Labelled> = all.iter().collect();
    random.shuffle(&mut shuffled);
    let mut seen: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    let folds = plan.folds.max(2);
    let dealt: Vec<(usize, &Labelled)> = shuffled
        .into_iter()
        .map(|sentence| {
            let count = seen.entry(sentence.label.as_deref()).or_default();
            *count += 1;
            (*count % folds, sentence)
        })
        .collect();
    let mut tally = Tally::default();
    for fold in 0..folds {
        let part = |is_wanted: bool| -> Vec<&Labelled> {
            let wanted = dealt.iter().filter(|(own, _)| (*own == fold) == is_wanted);
            wanted.map(|(_, sentence)| *sentence).collect()
        };
        tally.add(sentences, &part(false), &part(true), plan, now);
    }
    tally.figures()
}

impl Tally {
    fn add(
        &mut self,
        sentences: &Arc<dyn Sentences>,
        learn: &[&Labelled],
        judge: &[&Labelled],
        plan: Plan,
        now: &dyn Fn() -> Duration,
    ) {
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        let examples: Vec<Example<'_>> = learn
            .iter()
            .filter(|sentence| {
                let (Some(most), Some(label)) = (plan.per_label, &sentence.label) else {
                    return true;
                };
                let count = taken.entry(label).or_default();
                *count += 1;
                *count <= most
            })
            .map(|sentence| Example {
                text: &sentence.text,
                label: sentence.label.as_deref(),
            })
            .collect();
        let begun = now();
        let classifier = Classifier::new(sentences, &examples);
        self.learning.push(now().saturating_sub(begun));
        self.labels = classifier.labels().len();
        self.learned = examples.len();
        let least = least_scope(&classifier, &examples);
        for sentence in judge {
            let begun = now();
            let reading = classifier.read(&sentence.text);
            self.times.push(now().saturating_sub(begun));
            let first = reading.choices.first();
            let found = first.and_then(|choice| classifier.labels().get(choice.label));
            self.verdicts.push(Verdict {
                is_right: sentence.label.is_some() && found == sentence.label.as_ref(),
                is_known: sentence.label.is_some(),
                in_scope: reading.in_scope,
                confidence: reading.confidence(),
                is_refused: reading.in_scope < least,
            });
        }
    }

    fn figures(mut self) -> Figures {
        self.times.sort_unstable();
        let time = |percent: usize| {
            let at = self.times.len() * percent / 100;
            let last = self.times.len().saturating_sub(1);
            self.times.get(at.min(last)).copied().unwrap_or_default()
        };
        let known: Vec<&Verdict> = self.verdicts.iter().filter(|one| one.is_known).collect();
        let foreign: Vec<&Verdict> = self.verdicts.iter().filter(|one| !one.is_known).collect();
        let sure: Vec<&Verdict> = known
            .iter()
            .copied()
            .filter(|one| one.confidence >= crate::evaluate::ASK_BELOW)
            .collect();
        let confidences: Vec<(f64, bool)> = known
            .iter()
            .map(|one| (one.confidence, one.is_right))
            .collect();
        let scopes: Vec<(f64, bool)> = self
            .verdicts
            .iter()
            .map(|one| (one.in_scope, one.is_known))
            .collect();
        let folds = u32::try_from(self.learning.len()).unwrap_or(1).max(1);
        Figures {
            labels: self.labels,
            learned: self.learned,
            judged: known.len(),
            foreign: foreign.len(),
            accuracy: share(&known, |one| one.is_right).unwrap_or_default(),
            accuracy_refusing: share(&known, |one| one.is_right && !one.is_refused)
                .unwrap_or_default(),
            foreign_recall: share(&foreign, |one| one.is_refused),
            area_under_roc: area_under_roc(&scopes),
            calibration_error: expected_calibration_error(&confidences, BINS),
            sure: share(&known, |one| one.confidence >= crate::evaluate::ASK_BELOW)
                .unwrap_or_default(),
            sure_and_right: share(&sure, |one| one.is_right).unwrap_or_default(),
            usual: time(50),
            longest: time(99),
            learning: self.learning.iter().sum::<Duration>() / folds,
        }
    }
}

/// Finds the probability of being in scope below which a sentence is refused: of the examples with a label that were
/// judged unseen, hardly more than the share [`REFUSED`] lies below.
fn least_scope(classifier: &Classifier, examples: &[Example<'_>]) -> f64 {
    let mut known: Vec<f64> = classifier
        .held_out()
        .filter(|(at, _)| {
            examples
                .get(*at)
                .is_some_and(|example| example.label.is_some())
        })
        .map(|(_, reading)| reading.in_scope)
        .collect();
    known.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a length is a smaller length"
    )]
    let at = (known.len() as f64 * REFUSED) as usize;
    known.get(at).copied().unwrap_or_default()
}

/// The share of verdicts of which something is true; nothing of none.
fn share(verdicts: &[&Verdict], is_so: impl Fn(&Verdict) -> bool) -> Option<f64> {
    let count = verdicts.iter().filter(|one| is_so(one)).count();
    (!verdicts.is_empty()).then(|| count as f64 / verdicts.len() as f64)
}
