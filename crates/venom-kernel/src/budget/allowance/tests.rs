use proptest::prelude::*;

use super::*;

fn at(days: i64) -> Timestamp {
    Timestamp::from_micros(days * DAY + 12_345)
}

#[test]
fn months_begin_on_their_first_day() {
    // Days since 1970, by the calendar: 2024-02-29, 2024-03-01, 2023-12-31, 2000-02-29, 1969-12-31.
    for (day, first) in [
        (19_782, 19_754),
        (19_783, 19_783),
        (19_722, 19_692),
        (11_016, 10_988),
        (-1, -31),
        (0, 0),
        (20_780, 20_758),
    ] {
        let begun = Window::Month.begin(at(day));
        assert_eq!(begun.micros(), first * DAY, "{day}");
        assert_eq!(Window::Day.begin(at(day)).micros(), day * DAY);
    }
}

proptest! {
    #[test]
    fn a_window_begins_before_now_and_once(days in -100_000_i64..100_000) {
        let now = at(days);
        for window in Window::ALL {
            let begun = window.begin(now);
            prop_assert!(begun <= now);
            prop_assert_eq!(window.begin(begun), begun);
        }
        prop_assert!(Window::Month.begin(now) <= Window::Day.begin(now));
        let month = (now.micros() - Window::Month.begin(now).micros()) / DAY;
        prop_assert!(month < 31);
    }
}

#[test]
fn an_empty_allowance_is_not_written() {
    assert_eq!(serde_json::to_string(&Allowance::default()).unwrap(), "{}");
    let some = Allowance {
        day: Caps::tokens(5),
        ..Allowance::default()
    };
    let text = serde_json::to_string(&some).unwrap();
    assert_eq!(text, r#"{"day":{"tokens":5}}"#);
    assert_eq!(serde_json::from_str::<Allowance>(&text).unwrap(), some);
    assert_eq!(some.windows().count(), 1);
}
