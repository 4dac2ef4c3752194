use super::*;

fn lesson(outcome: Outcome) -> Lesson {
    Lesson {
        model: "fake/one".parse().unwrap(),
        prior: Prior::UNKNOWN,
        typical: Millis::from_secs(1),
        outcome,
        was_there: None,
        rated: None,
    }
}

#[test]
fn feedback_behind_a_verdict_counts_no_second_success() {
    let mut record = Record::default();
    let verified = Outcome {
        verified: Some(true),
        ..Outcome::of(Kind::Code)
    };
    let liked = |was_judged| Outcome {
        feedback: Some(1_000),
        was_judged,
        ..Outcome::of(Kind::Code)
    };
    record.learn(&lesson(verified), Timestamp::default());
    record.learn(&lesson(liked(true)), Timestamp::default());
    assert_eq!(record.stats.successes, 1);
    let belief = record.stats.beliefs[&Kind::Code];
    let mut alone = Record::default();
    alone.learn(&lesson(liked(false)), Timestamp::default());
    assert_eq!(alone.stats.successes, 1);
    assert!(
        belief.good < 2 * alone.stats.beliefs[&Kind::Code].good,
        "half as much as alone"
    );
}

#[test]
fn lessons_are_read_as_they_are_written() {
    let one = lesson(Outcome {
        took: Some(Millis::new(20)),
        cost: Some(Cost {
            real: MicroUsd::new(3),
            expected: MicroUsd::new(4),
        }),
        ..Outcome::of(Kind::Plan)
    });
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Lesson>(&text).unwrap(), one);
}

#[test]
fn a_later_rating_of_the_same_step_replaces_the_earlier_one() {
    let rated = |step: &str| Lesson {
        rated: Some(step.parse().unwrap()),
        ..lesson(Outcome {
            feedback: Some(500),
            ..Outcome::of(Kind::Code)
        })
    };
    assert!(rated("work").replaces(&rated("work")));
    assert!(!rated("work").replaces(&rated("rest")));
    let judged = lesson(Outcome {
        verified: Some(true),
        ..Outcome::of(Kind::Code)
    });
    assert!(!rated("work").replaces(&judged) && !judged.replaces(&judged));
}
