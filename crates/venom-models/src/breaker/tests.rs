use super::*;

#[test]
fn a_model_that_fails_again_and_again_is_left_alone_for_a_while() {
    let breakers = Breakers::default();
    let model: ModelId = "p/m".parse().unwrap();
    let other: ModelId = "p/other".parse().unwrap();
    let start = Instant::now();
    for _ in 1..MOST_FAILURES {
        breakers.failed(&model, start);
        assert_eq!(breakers.admit(&model, start), Ok(()));
    }
    breakers.failed(&model, start);
    assert_eq!(breakers.admit(&model, start), Err(FIRST));
    assert_eq!(breakers.admit(&other, start), Ok(()));
    // When the time is over one call sees how things are, and only one.
    let later = start + FIRST;
    assert_eq!(breakers.admit(&model, later), Ok(()));
    assert!(breakers.admit(&model, later).is_err());
    breakers.failed(&model, later);
    assert_eq!(breakers.admit(&model, later), Err(FIRST * 2));
    let later = later + FIRST * 2;
    assert_eq!(breakers.admit(&model, later), Ok(()));
    // Whoever looked was stopped: somebody else may look.
    breakers.ended(&model);
    assert_eq!(breakers.admit(&model, later), Ok(()));
    breakers.worked(&model);
    assert_eq!(breakers.admit(&model, later), Ok(()));
    breakers.failed(&model, later);
    assert_eq!(breakers.admit(&model, later), Ok(()));
}

#[test]
fn a_success_between_failures_begins_the_count_anew() {
    let breakers = Breakers::default();
    let model: ModelId = "p/m".parse().unwrap();
    let now = Instant::now();
    for _ in 0..3 {
        for _ in 1..MOST_FAILURES {
            breakers.failed(&model, now);
        }
        breakers.worked(&model);
    }
    assert_eq!(breakers.admit(&model, now), Ok(()));
}
