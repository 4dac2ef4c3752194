use super::*;

#[test]
fn amounts_print_as_dollars() {
    let shown = |micros| MicroUsd::new(micros).to_string();
    assert_eq!(shown(0), "$0.00");
    assert_eq!(shown(230_000), "$0.23");
    assert_eq!(shown(1_000_001), "$1.000001");
}

#[test]
fn adding_never_wraps() {
    assert_eq!(
        MicroUsd::new(u64::MAX).plus(MicroUsd::new(1)),
        MicroUsd::new(u64::MAX)
    );
}
