//! Times in words: `last week`, `in May 2023`, `before the migration`.
//!
//! What is found is taken out of the question, because the words of a time are not what a text about
//! something says. A time of the calendar becomes a span; a time that is told by something that happened
//! stays words, and whoever searches looks up when that was.

#[cfg(test)]
mod tests;

/// Microseconds in a second and in a day.
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The farthest moment from 1970 that days are reckoned from: some 27,000 years, so that every sum with what
/// can be said of time has room.
const FARTHEST: i64 = 10_000_000 * DAY;

/// What time it is where a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Microseconds since 1970, UTC.
    pub micros: i64,
    /// How far the clock is ahead of UTC, in seconds.
    pub offset: i32,
}

/// Which side of a moment is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What came before it.
    Before,
    /// What came after it.
    After,
}

/// What a question says about time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// From one moment to another, in microseconds since 1970, UTC; open where nothing stands.
    Span {
        /// Not before.
        since: Option<i64>,
        /// Before.
        until: Option<i64>,
    },
    /// Relative to something that happened.
    Around {
        /// Before or after it.
        side: Side,
        /// What happened, in words.
        what: String,
    },
}

/// A time in a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What it says.
    pub told: Told,
    /// The words that say it.
    pub said: String,
    /// The question without them.
    pub rest: String,
}

/// Finds a time in a question; the first one counts.
pub fn heard(question: &str, now: Now) -> Option<Heard> {
    let now = Now {
        micros: now.micros.clamp(-FARTHEST, FARTHEST),
        ..now
    };
    let words: Vec<&str> = question.split_whitespace().take(200).collect();
    let plain: Vec<String> = words
        .iter()
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        })
        .collect();
    let found = (0..plain.len()).find_map(|from| {
        let (told, count) = at(plain.get(from..)?, now)?;
        Some((from, told, count))
    });
    let (from, told, count) = match found {
        Some(found) => found,
        None => around(&words, &plain)?,
    };
    let until = from + count;
    let join = |words: &[&str]| words.join(" ");
    let rest = [
        words.get(..from).unwrap_or_default(),
        words.get(until..).unwrap_or_default(),
    ]
    .concat();
    Some(Heard {
        told,
        said: join(words.get(from..until).unwrap_or_default()),
        rest: join(&rest),
    })
}

/// Reads a time at the beginning of words; returns how many words it takes.
fn at(words: &[String], now: Now) -> Option<(Told, usize)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (side, taken, rest) = match words.as_slice() {
        ["before" | "until", rest @ ..] => (Some(Side::Before), 1, rest),
        ["after" | "since", rest @ ..] => (Some(Side::After), 1, rest),
        [
            "in" | "on" | "during" | "from" | "at" | "over" | "within",
            "the",
            rest @ ..,
        ] => (None, 2, rest),
        [
            "in" | "on" | "during" | "from" | "at" | "over" | "within",
            rest @ ..,
        ] => (None, 1, rest),
        rest => (None, 0, rest),
    };
    let (from, to, count) = span(rest, now, taken > 0)?;
    let utc = |day: i64| day * DAY - i64::from(now.offset) * SECOND;
    let told = match side {
        None => Told::Span {
            since: Some(utc(from)),
            until: Some(utc(to)),
        },
        Some(Side::Before) => Told::Span {
            since: None,
            until: Some(utc(from)),
        },
        // `since Monday` holds Monday, `after Monday` does not.
        Some(Side::After) => Told::Span {
            since: Some(utc(if words.first() == Some(&"since") {
                from
            } else {
                to
            })),
            until: None,
        },
    };
    Some((told, taken + count))
}

/// Reads a span of days, from the first to the one behind the last, and how many words it takes.
/// `is_led` says that a word such as `in` stands before it.
fn span(words: &[&str], now: Now, is_led: bool) -> Option<(i64, i64, usize)> {
    let today = (now.micros + i64::from(now.offset) * SECOND).div_euclid(DAY);
    let (year, month, _) = civil(today);
    // Monday is the first day; 1970-01-01 was a Thursday.
    let monday = today - (today + 3).rem_euclid(7);
    let of_month = |year: i64, month: i64| {
        let (next_year, next) = if month == 12 {
            (year + 1, 1)
        } else {
            (year, month + 1)
        };
        (day(year, month, 1), day(next_year, next, 1))
    };
    let whole = |(from, to): (i64, i64), count: usize| Some((from, to, count));
    match words {
        ["today", ..] => whole((today, today + 1), 1),
        ["yesterday", ..] => whole((today - 1, today), 1),
        ["last" | "previous", "night", ..] => whole((today - 1, today + 1), 2),
        ["this", "morning" | "afternoon" | "evening", ..] => whole((today, today + 1), 2),
        ["this", "week", ..] => whole((monday, monday + 7), 2),
        ["this", "month", ..] => whole(of_month(year, month), 2),
        ["this", "year", ..] => whole((day(year, 1, 1), day(year + 1, 1, 1)), 2),
        ["last" | "previous", "week", ..] => whole((monday - 7, monday), 2),
        ["last" | "previous", "weekend", ..] => whole((monday - 2, monday), 2),
        ["last" | "previous", "month", ..] => {
            let (year, month) = if month == 1 {
                (year - 1, 12)
            } else {
                (year, month - 1)
            };
            whole(of_month(year, month), 2)
        }
        ["last" | "previous", "year", ..] => whole((day(year - 1, 1, 1), day(year, 1, 1)), 2),
        ["past", unit, ..] if length(unit).is_some() => {
            let days = length(unit)?;
            whole((today - days, today + 1), 2)
        }
        ["last" | "past", count, unit, ..] if number(count).is_some() && length(unit).is_some() => {
            let days = number(count)?.checked_mul(length(unit)?)?;
            whole((today - days, today + 1), 3)
        }
        [count, unit, "ago", ..] if number(count).is_some() && length(unit).is_some() => {
            let unit = length(unit)?;
            let days = number(count)?.checked_mul(unit)?;
            // `three weeks ago` is said of a day or two around it.
            let slack = unit / 7 + i64::from(unit > 1);
            whole((today - days - slack, today - days + 1 + slack), 3)
        }
        ["last" | "previous", name, ..] if weekday(name).is_some() => {
            let back = (today - monday - weekday(name)?).rem_euclid(7);
            let back = if back == 0 { 7 } else { back };
            whole((today - back, today - back + 1), 2)
        }
        [name, ..] if is_led && weekday(name).is_some() => {
            let back = (today - monday - weekday(name)?).rem_euclid(7);
            whole((today - back, today - back + 1), 1)
        }
        [one, ..] if iso(one).is_some() => {
            let from = iso(one)?;
            whole((from, from + 1), 1)
        }
        // 8 May 2023, 8th of May.
        [date, "of", name, rest @ ..] if is_month(name) && ordinal(date).is_some() => {
            let (of, count) = year_of(rest, year, month, name)?;
            let from = date_of(of, name, date)?;
            whole((from, from + 1), 3 + count)
        }
        [date, name, rest @ ..] if is_month(name) && ordinal(date).is_some() => {
            let (of, count) = year_of(rest, year, month, name)?;
            let from = date_of(of, name, date)?;
            whole((from, from + 1), 2 + count)
        }
        // May 8, 2023.
        [name, date, rest @ ..] if is_month(name) && ordinal(date).is_some_and(|d| d <= 31) => {
            let (of, count) = year_of(rest, year, month, name)?;
            let from = date_of(of, name, date)?;
            whole((from, from + 1), 2 + count)
        }
        // May 2023; `in May`, since `may` alone is a verb.
        [name, rest @ ..] if is_month(name) => {
            let (of, count) = year_of(rest, year, month, name)?;
            if count == 0 && !is_led {
                return None;
            }
            whole(of_month(of, month_of(name)?), 1 + count)
        }
        [number, ..] if is_led && number.len() == 4 => {
            let year: i64 = number.parse().ok().filter(|y| (1970..2200).contains(y))?;
            whole((day(year, 1, 1), day(year + 1, 1, 1)), 1)
        }
        _ => None,
    }
}

/// Finds `before the migration`: what stands behind `before` or `after`, to the end of the question.
fn around(words: &[&str], plain: &[String]) -> Option<(usize, Told, usize)> {
    let from = plain
        .iter()
        .position(|word| matches!(word.as_str(), "before" | "after" | "since"))?;
    let side = match plain.get(from)?.as_str() {
        "before" => Side::Before,
        _ => Side::After,
    };
    let what = words.get(from + 1..)?;
    let first = plain.get(from + 1)?.as_str();
    let is_phrase = matches!(
        first,
        "all" | "that" | "then" | "this" | "it" | "each" | "every"
    );
    let what = what
        .join(" ")
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_owned();
    // The question itself must be left.
    if is_phrase || from == 0 || !what.chars().any(char::is_alphabetic) {
        return None;
    }
    Some((from, Told::Around { side, what }, words.len() - from))
}

/// Days in a unit of time.
fn length(unit: &str) -> Option<i64> {
    Some(match unit {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        "month" | "months" => 30,
        "year" | "years" => 365,
        _ => return None,
    })
}

fn number(word: &str) -> Option<i64> {
    const NAMES: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    if word == "few" {
        return Some(4);
    }
    if let Some(at) = NAMES.iter().position(|name| *name == word) {
        return i64::try_from(at).ok();
    }
    word.parse()
        .ok()
        .filter(|count| (0..=10_000).contains(count))
}

fn ordinal(word: &str) -> Option<i64> {
    let digits = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|end| word.strip_suffix(end))
        .unwrap_or(word);
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month_of(name: &str) -> Option<i64> {
    let at = MONTHS
        .iter()
        .position(|month| *month == name || (name.len() == 3 && month.starts_with(name)))?;
    i64::try_from(at + 1).ok()
}

fn is_month(name: &str) -> bool {
    month_of(name).is_some()
}

fn weekday(name: &str) -> Option<i64> {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let at = DAYS.iter().position(|day| *day == name)?;
    i64::try_from(at).ok()
}

/// Reads the year behind a month; without one, the last such month that has begun is meant.
fn year_of(rest: &[&str], year: i64, month: i64, name: &str) -> Option<(i64, usize)> {
    let said = rest
        .first()
        .and_then(|word| word.parse::<i64>().ok())
        .filter(|year| (1970..2200).contains(year));
    if let Some(said) = said {
        return Some((said, 1));
    }
    let of = month_of(name)?;
    Some((if of > month { year - 1 } else { year }, 0))
}

fn date_of(year: i64, name: &str, date: &str) -> Option<i64> {
    valid(year, month_of(name)?, ordinal(date)?)
}

fn iso(word: &str) -> Option<i64> {
    let mut parts = word.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    valid(year.parse().ok()?, month.parse().ok()?, date.parse().ok()?)
}

/// Returns the day of a date that exists.
fn valid(year: i64, month: i64, date: i64) -> Option<i64> {
    if !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&date) {
        return None;
    }
    let found = day(year, month, date);
    (civil(found) == (year, month, date)).then_some(found)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that the day that
/// some of them have more comes last.
fn day(year: i64, month: i64, date: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    (year + era * 400 + i64::from(month <= 2), month, date)
}
