//! How well a set of intents can be told apart, measured on its own examples.
//!
//! Owns leave-one-out: each utterance is matched as if it had not been given, and so is each
//! sentence that means none of the intents. The outcomes fit the calibrator that is used in earnest,
//! and cross-fitted ones say how far its probabilities can be trusted.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::calibration::{Calibrator, area_under_roc, brier_score, expected_calibration_error};
use crate::corpus::Hidden;
use crate::matcher::{Evidence, Matcher};
use crate::scorer::Scorer;

/// The probability below which the user is asked instead of being believed.
pub const ASK_BELOW: f64 = 0.8;
/// Bins of the calibration error, as is customary.
const BINS: usize = 15;
/// Folds of cross-fitting, as is customary.
const FOLDS: usize = 5;

/// Words put into the slots of an utterance when it is matched as a goal, by the name of the slot.
pub type Fillings = BTreeMap<String, Vec<String>>;

/// What a user might put where no fillings are given. Chosen: names that occur in many projects, in
/// the three forms people use for them.
const USUAL_FILLINGS: [&str; 6] = [
    "billing",
    "the payment gateway",
    "src/cart.py",
    "\"old name\"",
    "invoice_total",
    "v1.4.0",
];

/// One sentence matched as if it had not been given.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The sentence.
    pub goal: String,
    /// The intent it means, or nothing when it means none of them.
    pub expected: Option<String>,
    /// The best match.
    pub found: Option<String>,
    /// The score of the best match; 0 when there is none.
    pub score: f64,
    /// What the score was made of.
    pub evidence: Option<Evidence>,
}

impl Outcome {
    /// Tells whether the best match is the intent that was meant. A sentence that means none is
    /// always matched wrongly.
    pub fn is_right(&self) -> bool {
        self.expected.is_some() && self.expected == self.found
    }
}

/// What leave-one-out has shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The share of utterances whose best match is right, whatever its score.
    pub accuracy: f64,
    /// The share of utterances answered (probability at least 0.8).
    pub answered: f64,
    /// The share of answers, to utterances and foreign sentences alike, that are right.
    pub precision: f64,
    /// The share of foreign sentences that are not answered; 1 without any.
    pub out_of_scope_recall: f64,
    /// How well the score tells right from wrong matches; nothing when there is only one kind.
    pub area_under_roc: Option<f64>,
    /// The calibration error of cross-fitted probabilities.
    pub calibration_error: f64,
    /// The mean squared error of cross-fitted probabilities.
    pub brier_score: f64,
}

/// Matches every utterance and every background sentence of a matcher as if it had not been given.
pub fn leave_one_out<S: Scorer>(matcher: &Matcher<S>, fillings: &Fillings) -> Vec<Outcome> {
    let corpus = matcher.corpus();
    corpus
        .utterances()
        .iter()
        .enumerate()
        .map(|(at, utterance)| {
            let expected = utterance
                .owner()
                .and_then(|owner| corpus.names().get(owner))
                .cloned();
            let goal = match expected {
                Some(_) => filled(utterance.raw(), fillings, at),
                None => utterance.raw().to_owned(),
            };
            outcome(matcher, goal, expected, Hidden(Some(at)))
        })
        .collect()
}

/// Matches sentences that are not in the matcher; `expected` names the intent each one means.
pub fn held_out<'a, S: Scorer>(
    matcher: &Matcher<S>,
    sentences: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Vec<Outcome> {
    sentences
        .into_iter()
        .map(|(goal, expected)| {
            outcome(
                matcher,
                goal.to_owned(),
                expected.map(str::to_owned),
                Hidden::NOTHING,
            )
        })
        .collect()
}

fn outcome<S: Scorer>(
    matcher: &Matcher<S>,
    goal: String,
    expected: Option<String>,
    hidden: Hidden,
) -> Outcome {
    let best = matcher.rank_hiding(&goal, hidden).into_iter().next();
    Outcome {
        goal,
        expected,
        score: best.as_ref().map_or(0.0, |best| best.score),
        evidence: best.as_ref().map(|best| best.evidence),
        found: best.map(|best| best.intent),
    }
}

/// Takes from outcomes what a calibrator learns from.
pub fn examples(outcomes: &[Outcome]) -> Vec<(f64, bool)> {
    outcomes
        .iter()
        .map(|outcome| (outcome.score, outcome.is_right()))
        .collect()
}

/// Learns to calibrate from all outcomes.
pub fn calibrate(outcomes: &[Outcome]) -> Calibrator {
    Calibrator::fit(&examples(outcomes))
}

/// Gives each outcome the probability of a calibrator that has not seen it.
pub fn cross_fitted(outcomes: &[Outcome]) -> Vec<f64> {
    let examples = examples(outcomes);
    let folds: Vec<Calibrator> = (0..FOLDS)
        .map(|fold| {
            let others: Vec<(f64, bool)> = examples
                .iter()
                .enumerate()
                .filter(|(at, _)| at % FOLDS != fold)
                .map(|(_, example)| *example)
                .collect();
            Calibrator::fit(&others)
        })
        .collect();
    examples
        .iter()
        .zip(folds.iter().cycle())
        .map(|((score, _), calibrator)| calibrator.probability(*score))
        .collect()
}

/// Sums up outcomes with the probabilities given to them, in the same order.
pub fn report(outcomes: &[Outcome], probabilities: &[f64]) -> Report {
    let predictions: Vec<(f64, bool)> = probabilities
        .iter()
        .zip(outcomes)
        .map(|(probability, outcome)| (*probability, outcome.is_right()))
        .collect();
    let (mut meant, mut right, mut foreign) = (0, 0, 0);
    let (mut answers, mut right_answers, mut foreign_answers) = (0, 0, 0);
    let mut answers_meant = 0;
    for (outcome, (probability, is_right)) in outcomes.iter().zip(&predictions) {
        let is_answered = *probability >= ASK_BELOW;
        let is_foreign = outcome.expected.is_none();
        foreign += usize::from(is_foreign);
        meant += usize::from(!is_foreign);
        right += usize::from(*is_right);
        answers += usize::from(is_answered);
        answers_meant += usize::from(is_answered && !is_foreign);
        right_answers += usize::from(is_answered && *is_right);
        foreign_answers += usize::from(is_answered && is_foreign);
    }
    Report {
        accuracy: share(right, meant),
        answered: share(answers_meant, meant),
        precision: share(right_answers, answers),
        out_of_scope_recall: share(foreign - foreign_answers, foreign),
        area_under_roc: area_under_roc(&examples(outcomes)),
        calibration_error: expected_calibration_error(&predictions, BINS),
        brier_score: brier_score(&predictions),
    }
}

/// The share of a whole; all of nothing is 1.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// Puts words into the slots of an utterance; `turn` chooses among them.
fn filled(utterance: &str, fillings: &Fillings, turn: usize) -> String {
    let mut goal = String::with_capacity(utterance.len() + 16);
    // Two slots of one utterance hold different words.
    let mut turn = turn;
    let mut rest = utterance;
    while let Some((before, after)) = rest.split_once('{') {
        goal.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            rest = after;
            continue;
        };
        let given = fillings.get(name).filter(|words| !words.is_empty());
        let word = match given {
            Some(words) => words.get(turn % words.len()).map(String::as_str),
            None => USUAL_FILLINGS.get(turn % USUAL_FILLINGS.len()).copied(),
        };
        goal.push_str(word.unwrap_or_default());
        turn += 1;
        rest = behind;
    }
    goal.push_str(rest);
    goal
}
