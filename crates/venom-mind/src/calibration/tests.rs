use super::*;

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

#[test]
fn probabilities_never_fall_and_never_are_certain() {
    // A noisy ascent: the outcome is right when a multiple of the golden ratio says so.
    let examples: Vec<(f64, bool)> = (0..400)
        .map(|at| {
            let score = f64::from(at) / 400.0;
            (score, (f64::from(at) * 0.618_033_988_75).fract() < score)
        })
        .collect();
    let calibrator = Calibrator::fit(&examples);
    let curve: Vec<f64> = (-20..=120)
        .map(|at| calibrator.probability(f64::from(at) / 100.0))
        .collect();
    assert!(curve.is_sorted());
    assert!(
        curve
            .iter()
            .all(|probability| (LEAST..=GREATEST).contains(probability))
    );
    // The truth is that the probability equals the score.
    for score in [0.1, 0.3, 0.5, 0.7, 0.9] {
        let found = calibrator.probability(score);
        assert!((found - score).abs() < 0.12, "{score}: {found}");
    }
}

#[test]
fn violators_are_pooled() {
    // Right at the low score, wrong at the high one: nothing but the common mean is monotone.
    let mut examples = vec![(0.2, true); 10];
    examples.extend(vec![(0.8, false); 10]);
    let calibrator = Calibrator::fit(&examples);
    assert!(close(calibrator.probability(0.2), 0.5));
    assert!(close(calibrator.probability(0.8), 0.5));
}

#[test]
fn small_samples_stay_modest() {
    assert!(close(Calibrator::fit(&[]).probability(0.9), 0.5));
    assert!(close(
        Calibrator::fit(&[(0.9, true)]).probability(0.9),
        0.75
    ));
    assert!(close(
        Calibrator::fit(&[(0.9, false)]).probability(0.9),
        0.25
    ));
    let many = Calibrator::fit(&vec![(0.9, true); 10_000]);
    assert!(close(many.probability(0.9), GREATEST));
    let none = Calibrator::fit(&vec![(0.9, false); 10_000]);
    assert!(close(none.probability(0.9), LEAST));
}

#[test]
fn odd_scores_are_harmless() {
    let calibrator = Calibrator::fit(&[
        (f64::NAN, true),
        (f64::INFINITY, true),
        (0.1, false),
        (0.9, true),
    ]);
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5.0] {
        assert!((LEAST..=GREATEST).contains(&calibrator.probability(score)));
    }
}

#[test]
fn between_blocks_the_curve_is_straight() {
    let mut examples = vec![(0.0, false); 99];
    examples.extend(vec![(1.0, true); 99]);
    let calibrator = Calibrator::fit(&examples);
    let middle = f64::midpoint(calibrator.probability(0.0), calibrator.probability(1.0));
    assert!(close(calibrator.probability(0.5), middle));
}

#[test]
fn measures_agree_with_calculation_by_hand() {
    let predictions = [(0.9, true), (0.9, false), (0.1, false), (0.1, false)];
    // Two bins of two: |0.9 - 0.5| and |0.1 - 0|, each with half of the predictions.
    assert!(close(expected_calibration_error(&predictions, 15), 0.25));
    assert!(close(
        brier_score(&predictions),
        (0.01 + 0.81 + 0.01 + 0.01) / 4.0
    ));
    // One right against three wrong: a tie with one of them, above the other two.
    assert_eq!(area_under_roc(&predictions), Some(2.5 / 3.0));
}

#[test]
fn measures_of_nothing_are_defined() {
    assert!(close(expected_calibration_error(&[], 15), 0.0));
    assert!(close(expected_calibration_error(&[(1.0, true)], 0), 0.0));
    assert!(close(brier_score(&[]), 0.0));
    assert_eq!(area_under_roc(&[(0.3, true)]), None);
    assert_eq!(area_under_roc(&[]), None);
}
