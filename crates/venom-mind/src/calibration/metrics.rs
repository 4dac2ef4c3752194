//! Measures of predicted probabilities against outcomes.

/// The mean distance between predicted and observed frequency over bins of equal width, weighted by
/// how many predictions fall into each. Fifteen bins are customary.
pub fn expected_calibration_error(predictions: &[(f64, bool)], bins: usize) -> f64 {
    let bins = bins.max(1);
    let mut ordered: Vec<(usize, f64, bool)> = predictions
        .iter()
        .map(|(probability, is_right)| (bin_of(*probability, bins), *probability, *is_right))
        .collect();
    ordered.sort_by_key(|(bin, ..)| *bin);
    let total = ordered.len() as f64;
    ordered
        .chunk_by(|left, right| left.0 == right.0)
        .map(|bin| {
            let predicted: f64 = bin.iter().map(|(_, probability, _)| probability).sum();
            let observed = bin.iter().filter(|(.., is_right)| *is_right).count() as f64;
            (predicted - observed).abs() / total
        })
        .sum()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is clamped to the bins before; a float that is none becomes 0"
)]
fn bin_of(probability: f64, bins: usize) -> usize {
    ((probability.clamp(0.0, 1.0) * bins as f64) as usize).min(bins - 1)
}

/// The mean squared distance between prediction and outcome; 0 without predictions.
pub fn brier_score(predictions: &[(f64, bool)]) -> f64 {
    let sum: f64 = predictions
        .iter()
        .map(|(probability, is_right)| (probability - f64::from(u8::from(*is_right))).powi(2))
        .sum();
    if predictions.is_empty() {
        0.0
    } else {
        sum / predictions.len() as f64
    }
}

/// The probability that a right match has a higher score than a wrong one, ties counting half;
/// nothing when all are right or all are wrong.
pub fn area_under_roc(scores: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (mut wrong_below, mut right_total, mut wins) = (0.0, 0.0, 0.0);
    for same in sorted.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq()) {
        let right = same.iter().filter(|(_, is_right)| *is_right).count() as f64;
        let wrong = same.len() as f64 - right;
        wins += right * (wrong_below + wrong / 2.0);
        wrong_below += wrong;
        right_total += right;
    }
    let pairs = right_total * wrong_below;
    (pairs > 0.0).then(|| wins / pairs)
}
