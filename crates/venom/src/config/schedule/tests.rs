use super::*;

/// Checks the moments that follow a moment, by the clock of a place.
fn check(schedule: &str, zone: &str, after: &str, expected: &[&str]) {
    let schedule = Schedule::parse(schedule).unwrap();
    let zone = TimeZone::get(zone).unwrap();
    let mut at: Timestamp = after.parse().unwrap();
    for expected in expected {
        at = schedule.next(at, &zone).unwrap();
        assert_eq!(at, expected.parse().unwrap(), "{schedule:?}");
    }
}

#[test]
fn moments_follow_each_other() {
    check(
        "0 3 * * *",
        "UTC",
        "2026-11-23T02:59:59Z",
        &["2026-11-23T03:00:00Z", "2026-11-24T03:00:00Z"],
    );
    check(
        "*/20 9-10 * * mon-fri",
        "UTC",
        "2026-11-20T10:20:00Z",
        &["2026-11-20T10:40:00Z", "2026-11-23T09:00:00Z"],
    );
    check(
        "30 23 31 * *",
        "UTC",
        "2026-10-31T23:30:00Z",
        &["2026-12-31T23:30:00Z", "2027-01-31T23:30:00Z"],
    );
    check(
        "0 0 29 feb *",
        "UTC",
        "2026-01-01T00:00:00Z",
        &["2028-02-29T00:00:00Z"],
    );
    // The thirteenth, and each Friday.
    check(
        "0 0 13 * 5",
        "UTC",
        "2026-11-12T12:00:00Z",
        &[
            "2026-11-13T00:00:00Z",
            "2026-11-20T00:00:00Z",
            "2026-11-27T00:00:00Z",
        ],
    );
    check(
        "@weekly",
        "UTC",
        "2026-11-23T00:00:00Z",
        &["2026-11-29T00:00:00Z"],
    );
    check(
        "5,10-12/2 0 1 1 7",
        "UTC",
        "2026-12-31T00:00:00Z",
        &[
            "2027-01-01T00:05:00Z",
            "2027-01-01T00:10:00Z",
            "2027-01-01T00:12:00Z",
            "2027-01-03T00:05:00Z",
        ],
    );
}

#[test]
fn clocks_that_are_put_forward_and_back_leave_out_nothing_and_repeat_nothing() {
    // 02:30 is not there on 29 March 2026, and 02:30 is there twice on 25 October.
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-03-28T12:00:00Z",
        &["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"],
    );
    check(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
    );
}

#[test]
fn what_is_no_schedule_is_refused() {
    for (text, why) in [
        ("", "five fields"),
        ("0 3 * *", "five fields"),
        ("0 3 * * * *", "five fields"),
        ("60 3 * * *", "no minute"),
        ("0 24 * * *", "no hour"),
        ("0 3 0 * *", "no day"),
        ("0 3 * 13 *", "no month"),
        ("0 3 * * 8", "no day of the week"),
        ("0 3 * * moon", "no day of the week"),
        ("*/0 3 * * *", "no minute"),
        ("9-3 3 * * *", "no minute"),
        ("-1 3 * * *", "no minute"),
        ("1, 3 * * *", "no minute"),
        ("+1 3 * * *", "no minute"),
        ("0 0 30 feb *", "no such day"),
    ] {
        let said = Schedule::parse(text).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}
