use super::*;

#[test]
fn waits_grow_and_are_spread_over_their_upper_half() {
    assert_eq!(wait(1, None, 0), Some(FIRST / 2));
    assert!(wait(1, None, u128::MAX).unwrap() < FIRST);
    assert_eq!(wait(3, None, 0), Some(FIRST * 2));
    assert_eq!(wait(99, None, 0), Some(LONGEST / 2));
    let asked = Duration::from_secs(7);
    assert!(wait(1, Some(asked), 0).unwrap() > asked);
    assert_eq!(wait(1, Some(PATIENCE + Duration::from_secs(1)), 0), None);
}

#[test]
fn a_provider_has_so_many_repetitions_and_no_more() {
    let quota = Quota::default();
    assert_eq!((0..100).filter(|_| quota.take()).count(), IN_HAND as usize);
    quota.give_back();
    assert!(quota.take());
    assert!(!quota.take());
}
