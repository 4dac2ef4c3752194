//! The clock and chance.

use std::collections::BTreeSet;
use std::time::SystemTime;

use venom_exec::os::{OsEntropy, SystemClock};
use venom_ports::clock::Clock as _;
use venom_ports::entropy::Entropy as _;

#[test]
fn the_clock_is_the_systems() {
    let clock = SystemClock::new();
    let seconds = || {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        i64::try_from(since.as_micros()).unwrap()
    };
    let before = seconds();
    let now = clock.now().micros();
    assert!((before..=seconds()).contains(&now));
}

#[test]
fn steady_time_never_goes_back() {
    let clock = SystemClock::new();
    let readings: Vec<_> = (0..1_000).map(|_| clock.steady()).collect();
    assert!(readings.is_sorted());
}

#[test]
fn chance_does_not_repeat_and_uses_all_bits() {
    let numbers: BTreeSet<u128> = (0..1_000).map(|_| OsEntropy::new().random()).collect();
    assert_eq!(numbers.len(), 1_000);
    assert_eq!(
        numbers.iter().fold(0, |all, number| all | number),
        u128::MAX
    );
    assert_eq!(
        numbers.iter().fold(u128::MAX, |all, number| all & number),
        0
    );
}
