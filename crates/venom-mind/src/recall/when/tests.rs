use super::*;

/// Wednesday, 2023-05-17, at noon in UTC.
const NOW: Now = Now {
    micros: 19_494 * DAY + DAY / 2,
    offset: 0,
};

fn date(micros: i64) -> String {
    let (year, month, date) = civil(micros.div_euclid(DAY));
    format!("{year}-{month:02}-{date:02}")
}

fn check(question: &str, expected: &str) {
    let found = heard(question, NOW).map_or_else(
        || "nothing".to_owned(),
        |heard| match heard.told {
            Told::Span { since, until } => format!(
                "{}..{} | {}",
                since.map(date).unwrap_or_default(),
                until.map(date).unwrap_or_default(),
                heard.rest
            ),
            Told::Around { side, what } => format!("{side:?} {what} | {}", heard.rest),
        },
    );
    assert_eq!(found, expected, "{question}");
}

#[test]
fn no_moment_is_too_far() {
    for micros in [i64::MIN, -1, 0, i64::MAX] {
        for offset in [i32::MIN, 0, i32::MAX] {
            for said in [
                "yesterday",
                "10000 years ago",
                "last 10000 years",
                "since last month",
            ] {
                assert!(heard(said, Now { micros, offset }).is_some());
            }
        }
    }
}

#[test]
fn days_and_dates_agree() {
    for day_number in (-800_000..800_000).step_by(97) {
        let (year, month, date) = civil(day_number);
        assert_eq!(day(year, month, date), day_number);
    }
    assert_eq!(civil(19_494), (2023, 5, 17));
    assert_eq!(valid(2023, 2, 29), None);
    assert!(valid(2024, 2, 29).is_some());
}

#[test]
fn words_of_the_calendar_become_spans() {
    check(
        "what broke yesterday?",
        "2023-05-16..2023-05-17 | what broke",
    );
    check(
        "what did we do last week",
        "2023-05-08..2023-05-15 | what did we do",
    );
    check("last month's", "nothing");
    check(
        "deploys in the last 3 days",
        "2023-05-14..2023-05-18 | deploys",
    );
    check(
        "two days ago it failed",
        "2023-05-15..2023-05-16 | it failed",
    );
    check("runs on monday", "2023-05-15..2023-05-16 | runs");
    check("runs last wednesday", "2023-05-10..2023-05-11 | runs");
    check(
        "what happened in May 2023?",
        "2023-05-01..2023-06-01 | what happened",
    );
    check(
        "what happened in June",
        "2022-06-01..2022-07-01 | what happened",
    );
    check("it may work", "nothing");
    check("on 8 May, 2023 we", "2023-05-08..2023-05-09 | we");
    check("on May 8th", "2023-05-08..2023-05-09 | ");
    check("notes of 2023-05-03", "2023-05-03..2023-05-04 | notes of");
    check("in 2021", "2021-01-01..2022-01-01 | ");
    check("before 2023-05-03 what", "..2023-05-03 | what");
    check("since monday", "2023-05-15.. | ");
    check("after yesterday", "2023-05-17.. | ");
    check("99999999999999999999 days ago", "nothing");
}

#[test]
fn what_happened_becomes_words() {
    check(
        "which database did we use before the migration?",
        "Before the migration | which database did we use",
    );
    check("what changed since v1.2", "After v1.2 | what changed");
    check("after all, who", "nothing");
    check("before", "nothing");
    check("", "nothing");
}

#[test]
fn the_day_is_that_of_the_place() {
    // It is noon of the 17th in UTC, and two in the morning of the 18th there.
    let ahead = Now {
        offset: 14 * 3_600,
        ..NOW
    };
    let Some(Heard {
        told: Told::Span { since, .. },
        ..
    }) = heard("today", ahead)
    else {
        panic!("nothing was heard");
    };
    assert_eq!(since, Some(19_495 * DAY - 14 * 3_600 * SECOND));
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_asked_breaks_it(question in "\\PC{0,80}", micros: i64, offset: i32) {
        let micros = micros / 4;
        let _heard = heard(&question, Now { micros, offset });
    }

    #[test]
    fn no_words_of_times_break_it(words in proptest::collection::vec("(last|past|ago|in|on|before|may|[0-9]{1,6}|days|week|2023-0[0-9]-99|the)", 0..8), micros: i64) {
        let _heard = heard(&words.join(" "), Now { micros: micros / 4, offset: 0 });
    }
}
