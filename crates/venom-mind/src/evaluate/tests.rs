use super::*;
use crate::corpus::{Intent, Synonyms};

fn matcher() -> Matcher {
    let intent = |name: &str, utterances: &[&str]| Intent {
        name: name.to_owned(),
        utterances: utterances.iter().map(|text| (*text).to_owned()).collect(),
    };
    let intents = [
        intent(
            "test",
            &["run the tests", "run all tests", "run the {name} tests"],
        ),
        intent(
            "commit",
            &["commit my changes", "commit the changes", "juggle"],
        ),
    ];
    Matcher::new(&intents, &["bake bread".to_owned()], Synonyms::default()).unwrap()
}

#[test]
fn each_sentence_is_matched_without_itself() {
    let outcomes = leave_one_out(&matcher(), &Fillings::new());
    let of = |goal: &str| {
        outcomes
            .iter()
            .find(|outcome| outcome.goal == goal)
            .unwrap()
    };
    assert_eq!(outcomes.len(), 7);
    assert!(of("run the tests").is_right());
    // Nothing else says this, so that it must not be recognised.
    assert_eq!(
        (of("juggle").found.as_deref(), of("juggle").is_right()),
        (None, false)
    );
    assert_eq!(
        (
            of("bake bread").expected.as_deref(),
            of("bake bread").is_right()
        ),
        (None, false)
    );
}

#[test]
fn slots_are_filled_for_matching() {
    let fillings = Fillings::from([("name".to_owned(), vec!["smoke".to_owned()])]);
    let goals: Vec<String> = leave_one_out(&matcher(), &fillings)
        .into_iter()
        .map(|outcome| outcome.goal)
        .collect();
    assert!(goals.contains(&"run the smoke tests".to_owned()));
    let empty = Fillings::from([("a".to_owned(), Vec::new())]);
    assert_eq!(
        filled("x {a} {b}", &empty, 0),
        "x billing the payment gateway"
    );
    assert_eq!(filled("x {a", &empty, 0), "x a");
}

fn outcome(expected: Option<&str>, found: &str, score: f64) -> Outcome {
    Outcome {
        goal: String::new(),
        expected: expected.map(str::to_owned),
        found: Some(found.to_owned()),
        score,
        evidence: None,
    }
}

#[test]
fn the_report_counts_answers_at_the_rule() {
    let outcomes = [
        outcome(Some("a"), "a", 0.9),
        outcome(Some("a"), "b", 0.9),
        outcome(Some("a"), "a", 0.2),
        outcome(None, "a", 0.9),
        outcome(None, "a", 0.1),
        outcome(None, "a", 0.1),
        outcome(None, "a", 0.1),
    ];
    let report = report(&outcomes, &[0.8, 0.9, 0.79, 0.95, 0.1, 0.1, 0.1]);
    let close = |left: f64, right: f64| (left - right).abs() < 1e-9;
    assert!(close(report.accuracy, 2.0 / 3.0));
    assert!(close(report.answered, 2.0 / 3.0));
    assert!(close(report.precision, 1.0 / 3.0));
    assert!(close(report.out_of_scope_recall, 0.75));
}

/// Calibration measured on its own training data would be flattering: with outcomes that have
/// nothing to do with the score, cross-fitted probabilities must not claim otherwise.
#[test]
fn cross_fitting_does_not_see_the_outcome_it_predicts() {
    let outcomes: Vec<Outcome> = (0..60)
        .map(|at| outcome(Some("a"), if at == 59 { "a" } else { "b" }, f64::from(at)))
        .collect();
    let seen = calibrate(&outcomes).probability(59.0);
    let crossed = cross_fitted(&outcomes);
    assert_eq!(crossed.len(), 60);
    assert!(crossed.last().is_some_and(|unseen| *unseen < seen));
}
