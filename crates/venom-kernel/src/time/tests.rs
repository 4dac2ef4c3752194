use super::*;

#[test]
fn spans_print_for_people() {
    let shown = |ms| Millis::new(ms).to_string();
    assert_eq!(shown(340), "340 ms");
    assert_eq!(shown(2_450), "2.4 s");
    assert_eq!(shown(185_000), "3 min 5 s");
}

#[test]
fn a_clock_that_went_backwards_gives_no_time() {
    assert_eq!(
        Timestamp::from_micros(5).since(Timestamp::from_micros(9_000)),
        Millis::ZERO
    );
    assert_eq!(
        Timestamp::from_micros(i64::MAX).since(Timestamp::from_micros(i64::MIN)),
        Millis::new(i64::MAX.unsigned_abs() / 1_000)
    );
}
