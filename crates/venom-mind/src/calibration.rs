//! From a score to the probability that a match is right, and measures of how good such
//! probabilities are.
//!
//! Owns isotonic regression by pool-adjacent-violators. A calibrator knows pairs of score and
//! outcome, never what was matched.

mod metrics;

#[cfg(test)]
mod tests;

pub use metrics::{area_under_roc, brier_score, expected_calibration_error};

/// The least probability ever returned: certainty cannot be learned from some hundred examples.
pub const LEAST: f64 = 0.01;
/// The greatest probability ever returned.
pub const GREATEST: f64 = 0.99;

/// Outcomes added to every block, half of them right. Jeffreys' prior for a proportion: one half of
/// each outcome, so that a block of one right answer says 0.75 and not 1.
const PRIOR: f64 = 1.0;

/// The least number of examples a block has, if there are enough at all. Chosen: with fewer, the
/// ends of the curve follow single examples.
const LEAST_BLOCK: usize = 8;

/// A monotone curve from score to probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrator {
    /// Ascending in both numbers; between knots the curve is straight.
    knots: Vec<Knot>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    score: f64,
    probability: f64,
}

/// Examples that share one probability.
#[derive(Debug, Clone, Copy)]
struct Block {
    count: f64,
    right: f64,
    score_sum: f64,
}

impl Block {
    fn smoothed(&self) -> f64 {
        (self.right + PRIOR / 2.0) / (self.count + PRIOR)
    }

    fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.right += other.right;
        self.score_sum += other.score_sum;
    }
}

impl Calibrator {
    /// Learns from scores and whether the match with that score was right. Scores that are not
    /// finite numbers are passed over. Without any examples every probability is one half.
    pub fn fit(examples: &[(f64, bool)]) -> Self {
        let mut sorted: Vec<(f64, bool)> = examples
            .iter()
            .copied()
            .filter(|(score, _)| score.is_finite())
            .collect();
        sorted.sort_by(|left, right| left.0.total_cmp(&right.0));

        let mut pooled: Vec<Block> = Vec::new();
        for block in equal_sized(&sorted) {
            pooled.push(block);
            // Smoothing can turn the order of two blocks, so that it is the smoothed numbers that
            // have to ascend.
            while let [.., before, last] = pooled.as_mut_slice()
                && before.smoothed() >= last.smoothed()
            {
                before.absorb(*last);
                pooled.pop();
            }
        }
        let knots = pooled
            .iter()
            .map(|block| Knot {
                // The centre of a block, so that the curve passes through what was seen there and
                // has no steps at which one bit of the score decides.
                score: block.score_sum / block.count,
                probability: block.smoothed().clamp(LEAST, GREATEST),
            })
            .collect();
        Self { knots }
    }

    /// Returns the scores and probabilities that the curve goes through.
    pub fn knots(&self) -> impl Iterator<Item = (f64, f64)> {
        self.knots.iter().map(|knot| (knot.score, knot.probability))
    }

    /// Makes a curve from what [`Calibrator::knots`] gave; nothing if they are no ascending curve of probabilities.
    pub fn of_knots(knots: impl IntoIterator<Item = (f64, f64)>) -> Option<Self> {
        let knots: Vec<Knot> = knots
            .into_iter()
            .map(|(score, probability)| Knot { score, probability })
            .collect();
        let is_fit = knots
            .iter()
            .all(|knot| knot.score.is_finite() && (LEAST..=GREATEST).contains(&knot.probability));
        let ascends = knots.is_sorted_by(|low, high| {
            low.score < high.score && low.probability <= high.probability
        });
        (is_fit && ascends).then_some(Self { knots })
    }

    /// Returns the probability that a match with this score is right, never 0 or 1. A score that is
    /// not a number is worth the least the curve has.
    pub fn probability(&self, score: f64) -> f64 {
        let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) else {
            return 0.5;
        };
        let above = self.knots.partition_point(|knot| knot.score <= score);
        if score.is_nan() || above == 0 {
            return first.probability;
        }
        let (Some(low), Some(high)) = (self.knots.get(above - 1), self.knots.get(above)) else {
            return last.probability;
        };
        let part = (score - low.score) / (high.score - low.score);
        (low.probability + part * (high.probability - low.probability))
            .clamp(low.probability, high.probability)
    }
}

/// Cuts sorted examples into blocks of at least `LEAST_BLOCK`; equal scores stay together.
fn equal_sized(sorted: &[(f64, bool)]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for same in sorted.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq()) {
        let block = Block {
            count: same.len() as f64,
            right: same.iter().filter(|(_, is_right)| *is_right).count() as f64,
            score_sum: same.iter().map(|(score, _)| score).sum(),
        };
        match blocks.last_mut() {
            Some(last) if last.count < LEAST_BLOCK as f64 => last.absorb(block),
            _ => blocks.push(block),
        }
    }
    // What remains at the upper end joins its neighbour instead of standing for itself.
    if let [.., before, last] = blocks.as_mut_slice()
        && last.count < LEAST_BLOCK as f64
    {
        before.absorb(*last);
        blocks.pop();
    }
    blocks
}
