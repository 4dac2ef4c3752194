use super::*;
use crate::model::{Price, Privacy};

const TYPICAL: Millis = Millis::from_secs(2);

fn verified(is_good: bool) -> Outcome {
    Outcome {
        verified: Some(is_good),
        took: Some(TYPICAL),
        ..Outcome::of(Kind::Code)
    }
}

fn see(stats: &mut Stats, outcome: &Outcome) {
    learn(stats, &info(), outcome);
}

fn info() -> ModelInfo {
    ModelInfo {
        id: "fake/model".parse().unwrap(),
        context: 1,
        max_output: 1,
        price: Price::FREE,
        privacy: Privacy::Local,
        tools: false,
        schema: false,
        images: false,
        thinking: false,
        quality: BTreeMap::from([(Kind::Code, 500)]),
        typical: TYPICAL,
    }
}

fn mean(stats: &Stats) -> u64 {
    stats
        .beliefs
        .get(&Kind::Code)
        .copied()
        .unwrap_or_default()
        .mean(Prior::of(&info(), Kind::Code))
}

#[test]
fn what_is_seen_outweighs_the_catalogue_in_the_end() {
    let mut stats = Stats::default();
    assert_eq!(mean(&stats), ONE / 2);
    see(&mut stats, &verified(true));
    assert_eq!(mean(&stats), 538_461, "7 of 13");
    for _ in 0..200 {
        see(&mut stats, &verified(true));
    }
    assert!(mean(&stats) > 960_000, "{}", mean(&stats));
    assert_eq!(
        (stats.calls, stats.successes, stats.failures),
        (201, 201, 0)
    );
    assert_eq!(stats.average_latency(), Some(TYPICAL));
}

#[test]
fn the_verifier_speaks_first_and_feedback_weighs_half_beside_it() {
    let rated = |rating| Outcome {
        feedback: Some(rating),
        ..Outcome::of(Kind::Code)
    };
    let mut alone = Stats::default();
    see(&mut alone, &rated(0));
    assert_eq!(mean(&alone), 461_538, "6 of 13");
    assert_eq!((alone.calls, alone.failures), (0, 1));

    let mut both = Stats::default();
    see(
        &mut both,
        &Outcome {
            feedback: Some(0),
            ..verified(true)
        },
    );
    assert!(
        mean(&both) > ONE / 2,
        "what is verified is not disliked away"
    );
    assert_eq!((both.successes, both.failures), (1, 0));
    assert_eq!(both.average_quality(), Some(0));

    // A rating beyond the scale is the end of the scale.
    let mut wild = Stats::default();
    see(&mut wild, &rated(u16::MAX));
    assert_eq!(wild.average_quality(), Some(1_000));
}

#[test]
fn a_call_that_says_nothing_about_the_model_leaves_its_quality_alone() {
    let mut stats = Stats::default();
    see(
        &mut stats,
        &Outcome {
            took: Some(Millis::new(30_000)),
            ..Outcome::of(Kind::Code)
        },
    );
    assert_eq!(mean(&stats), ONE / 2);
    assert_eq!((stats.calls, stats.successes, stats.failures), (1, 0, 0));
}

/// The pattern of a model that succeeds in seven cases of ten.
fn seven_of_ten(n: u32) -> bool {
    n.wrapping_mul(7) % 10 < 7
}

#[test]
fn a_model_that_breaks_down_is_noticed_and_the_past_is_forgotten() {
    let mut stats = Stats::default();
    for n in 0..1_000 {
        see(&mut stats, &verified(seven_of_ten(n)));
    }
    let before = mean(&stats);
    assert!(before.abs_diff(700_000) < 10_000, "{before}");
    for _ in 0..30 {
        see(&mut stats, &verified(false));
    }
    assert!(mean(&stats) < 500_000, "{}", mean(&stats));
    // And the other way round.
    for _ in 0..40 {
        see(&mut stats, &verified(true));
    }
    assert!(mean(&stats) > 600_000, "{}", mean(&stats));
}

#[test]
fn memory_is_bounded() {
    let mut stats = Stats::default();
    for n in 0..20_000 {
        see(&mut stats, &verified(seven_of_ten(n)));
    }
    let belief = stats.beliefs[&Kind::Code];
    assert!(belief.good + belief.bad <= (MEMORY + 1) * ONE);
    assert!(mean(&stats).abs_diff(700_000) < 10_000);
}

#[test]
fn costs_are_learnt_as_factors_of_what_was_expected() {
    let mut stats = Stats::default();
    let paid = |real, expected| Outcome {
        cost: Some(Cost {
            real: MicroUsd::new(real),
            expected: MicroUsd::new(expected),
        }),
        ..Outcome::of(Kind::Code)
    };
    for n in 1..40 {
        see(&mut stats, &paid(n * 3_000, n * 1_000));
    }
    let belief = stats.beliefs[&Kind::Code];
    // ln 3
    assert!(belief.cost.mean.abs_diff(1_098_612) < 60_000, "{belief:?}");
    // What is free or absurd teaches nothing that could overflow.
    for (real, expected) in [(0, 5), (5, 0), (u64::MAX, 1), (1, u64::MAX)] {
        see(&mut stats, &paid(real, expected));
    }
    let belief = stats.beliefs[&Kind::Code];
    assert!(belief.cost.mean.abs() < WIDEST);
    see(
        &mut stats,
        &Outcome {
            took: Some(Millis::new(u64::MAX)),
            ..Outcome::of(Kind::Code)
        },
    );
    assert_eq!(stats.took, Millis::new(u64::MAX));
}

#[test]
fn a_catalogue_that_says_less_is_believed_less() {
    let seen = |quality: &[(Kind, u16)]| {
        let info = ModelInfo {
            quality: quality.iter().copied().collect(),
            ..info()
        };
        let mut stats = Stats::default();
        learn(&mut stats, &info, &verified(false));
        stats.beliefs[&Kind::Code].mean(Prior::of(&info, Kind::Code))
    };
    assert_eq!(seen(&[(Kind::Code, 500)]), 461_538, "6 of 13");
    assert_eq!(seen(&[(Kind::Chat, 500)]), 437_500, "3.5 of 8");
    assert_eq!(seen(&[]), 375_000, "1.5 of 4");
}
