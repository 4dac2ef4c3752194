//! Dates in sentences: `since 2024-05-01`, `until 2025-01`. Others say nothing.

use super::word::Word;
use crate::time::Timestamp;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

const MONTHS: &[&str] = &[
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

/// Since when and until when a sentence says that something holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// Finds the times of a sentence and returns its words without them.
pub(super) fn take(words: &[Word], now: Timestamp) -> (Span, Vec<Word>) {
    let mut span = Span::default();
    let mut rest: Vec<Word> = Vec::new();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let behind = words.get(place + 1..).unwrap_or_default();
        let (is_from, skipped) = match behind.first() {
            Some(next) if word.is("as") && next.is("of") => (Some(true), 2),
            _ if word.is_any(&["since", "from"]) => (Some(true), 1),
            _ if word.is_any(&["until", "till"]) => (Some(false), 1),
            _ => (None, 0),
        };
        let date = is_from.and_then(|_| {
            let behind = words.get(place + skipped..).unwrap_or_default();
            date(behind, now)
        });
        if let (Some(is_from), Some((time, length))) = (is_from, date) {
            if is_from {
                span.from = Some(time);
            } else {
                span.until = Some(time);
            }
            place += skipped + length;
            if let (Some(last), Some(word)) = (rest.last_mut(), words.get(place.saturating_sub(1)))
            {
                last.ends |= word.ends;
                last.stops |= word.stops;
            }
        } else {
            rest.push(word.clone());
            place += 1;
        }
    }
    (span, rest)
}

/// Reads a date at the beginning of some words; tells how many words it takes.
fn date(words: &[Word], now: Timestamp) -> Option<(Timestamp, usize)> {
    let first = words.first()?;
    let today = now.micros().div_euclid(DAY) * DAY;
    if first.is("today") || first.is("now") {
        return Some((Timestamp::from_micros(today), 1));
    }
    if first.is("yesterday") {
        return Some((Timestamp::from_micros(today - DAY), 1));
    }
    let year = |text: &str| {
        let fits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i64>()
            .ok()
            .filter(|year| fits && (1970..=2200).contains(year))
    };
    if let Some(month) = MONTHS.iter().position(|month| first.is(month)) {
        let year = year(&words.get(1)?.low)?;
        let month = i64::try_from(month).ok()? + 1;
        return Some((midnight(year, month, 1), 2));
    }
    let mut parts = first.low.split('-');
    let year = year(parts.next()?)?;
    let mut number = |most: i64| match parts.next() {
        None => Some(1),
        Some(part) => part.parse().ok().filter(|n| (1..=most).contains(n)),
    };
    let (month, day) = (number(12)?, number(31)?);
    parts
        .next()
        .is_none()
        .then(|| (midnight(year, month, day), 1))
}

/// The beginning of a day, by the count of days since 1970 in the Gregorian calendar: years begin in
/// March, so that the day that some years have more is the last one.
fn midnight(year: i64, month: i64, day: i64) -> Timestamp {
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * shifted + shifted.div_euclid(4) - shifted.div_euclid(100)
        + shifted.div_euclid(400)
        + of_year
        - 719_468;
    Timestamp::from_micros(days * DAY)
}
