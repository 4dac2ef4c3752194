//! What speaks for a match, and how it is put into one number.

/// How much the closest three utterances of an intent count.
pub(super) const NEAREST_SHARES: [f64; 5] = [0.4, 0.25, 0.15, 0.1, 0.1];
/// How much knowing the goal's words counts in ranking intents, against likeness.
pub(super) const COVERAGE_IN_RANK: f64 = 0.15;

/// What speaks for a match. All but the margins are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Likeness to the closest utterances of the intent.
    pub similarity: f64,
    /// How far the intent is above the best other one; negative below the best.
    pub margin: f64,
    /// How far the likeness is above that to sentences that mean none of the intents.
    pub background_margin: f64,
    /// The share of the goal that the nearest utterance has.
    pub goal_coverage: f64,
    /// The share of the goal that any utterance of the intent has.
    pub intent_coverage: f64,
    /// The share of the nearest utterance that the goal has.
    pub utterance_coverage: f64,
}

impl Evidence {
    /// Puts the evidence into one number from 0 to 1. It never falls when one part rises.
    pub fn score(&self) -> f64 {
        self.similarity
    }
}
