use super::*;

fn setback(kind: FailureKind, ran: Ran) -> Setback {
    Setback {
        failure: Failure::new(kind, "it did not work"),
        ran,
        after: None,
    }
}

#[test]
fn what_may_have_run_is_repeated_only_when_declared_safe() {
    use FailureKind::{Corrupt, Missing, Refused, Retryable, TimedOut, Unavailable};
    for (kind, ran, unsafe_, safe) in [
        (Retryable, Ran::No, true, true),
        (Unavailable, Ran::No, true, true),
        (Retryable, Ran::Maybe, false, true),
        (Unavailable, Ran::Maybe, false, true),
        (Refused, Ran::No, false, false),
        (Missing, Ran::No, false, false),
        (Corrupt, Ran::Maybe, false, false),
        (TimedOut, Ran::Maybe, false, false),
    ] {
        let setback = setback(kind, ran);
        assert_eq!(setback.may_repeat(false), unsafe_, "{kind} {ran:?}");
        assert_eq!(setback.may_repeat(true), safe, "{kind} {ran:?}");
    }
}

#[test]
fn waits_double_and_are_spread_over_their_upper_half() {
    for (attempts, full) in [(1, 200), (2, 400), (3, 800), (7, 10_000), (40, 10_000)] {
        let full = Duration::from_millis(full);
        for random in [0, 1, 99_999, u128::MAX] {
            let wait = wait(attempts, None, random).expect("a wait");
            assert!(wait >= full / 2 && wait < full, "{attempts}: {wait:?}");
        }
    }
}

#[test]
fn a_platform_is_waited_for_but_not_for_ever() {
    let asked = Duration::from_secs(3);
    assert_eq!(wait(1, Some(asked), 0), Some(asked));
    assert_eq!(wait(1, Some(Duration::ZERO), 0), Some(FIRST / 2));
    assert_eq!(wait(1, Some(Duration::from_hours(1)), 0), None);
}

#[test]
fn repetitions_run_out_and_come_back() {
    let quota = Quota::default();
    for _ in 0..IN_HAND {
        assert!(quota.take());
    }
    assert!(!quota.take());
    quota.give_back();
    assert!(quota.take());
    assert!(!quota.take());
    for _ in 0..2 * IN_HAND {
        quota.give_back();
    }
    assert_eq!(*quota.0.lock().unwrap(), IN_HAND);
}
