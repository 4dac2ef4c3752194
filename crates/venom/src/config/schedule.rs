//! A schedule as cron writes it: minute, hour, day of the month, month, day of the week.
//!
//! Read here and not by a crate: five fields are less code than what it takes to fit another clock's types to ours.
//! As with cron, a day counts if it is a day of the month that is listed or a day of the week that is listed, where
//! both are.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// How far ahead a moment is looked for. Chosen: 29 February comes once in eight years at the rarest.
const AHEAD: u32 = 366 * 9;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When something is done again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    minutes: BTreeSet<i8>,
    hours: BTreeSet<i8>,
    days: BTreeSet<i8>,
    months: BTreeSet<i8>,
    weekdays: BTreeSet<i8>,
    /// Whether both the days of the month and those of the week are limited.
    is_either: bool,
}

impl Schedule {
    /// Reads five fields, or `@hourly`, `@daily`, `@weekly` or `@monthly`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!(
                "a schedule has five fields (minute, hour, day, month, day of the week), such as `0 3 * * *`, and this has {}",
                fields.len()
            ));
        };
        let mut on: BTreeSet<i8> = field("day of the week", weekdays, 0..=7, &DAYS)?;
        // Sunday has two numbers.
        if on.remove(&7) {
            on.insert(0);
        }
        let schedule = Self {
            minutes: field("minute", minutes, 0..=59, &[])?,
            hours: field("hour", hours, 0..=23, &[])?,
            days: field("day", days, 1..=31, &[])?,
            months: field("month", months, 1..=12, &MONTHS)?,
            weekdays: on,
            is_either: !days.starts_with('*') && !weekdays.starts_with('*'),
        };
        // A leap year from which on every date comes within reach.
        if schedule
            .after(DateTime::constant(2024, 1, 1, 0, 0, 0, 0))
            .is_none()
        {
            return Err("there is no such day".to_owned());
        }
        Ok(schedule)
    }

    /// Returns the first moment behind another one, by the clock of a place. An hour that the clock leaves out there is
    /// taken as the one behind it, and one that it has twice comes once.
    pub(crate) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut from = zone.to_datetime(after);
        loop {
            let next = self.after(from)?;
            let moment = zone.to_timestamp(next).ok()?;
            if moment > after {
                return Some(moment);
            }
            from = next;
        }
    }

    fn is_day(&self, date: Date) -> bool {
        let of_month = self.days.contains(&date.day());
        let of_week = self
            .weekdays
            .contains(&date.weekday().to_sunday_zero_offset());
        let is_in = if self.is_either {
            of_month || of_week
        } else {
            of_month && of_week
        };
        is_in && self.months.contains(&date.month())
    }

    fn after(&self, from: DateTime) -> Option<DateTime> {
        let mut date = from.date();
        for _ in 0..AHEAD {
            if self.is_day(date) {
                let times = self.hours.iter().flat_map(|hour| {
                    let minutes = self.minutes.iter();
                    minutes.map(move |minute| date.at(*hour, *minute, 0, 0))
                });
                if let Some(next) = times.into_iter().find(|time| *time > from) {
                    return Some(next);
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }
}

/// Reads a field: `*`, numbers, names, `FROM-TO` and `/STEP`, with commas between.
fn field(
    name: &str,
    text: &str,
    range: RangeInclusive<i8>,
    names: &[&str],
) -> Result<BTreeSet<i8>, String> {
    let odd = || {
        format!(
            "`{}` is no {name}: it is from {} to {}, `*`, `FROM-TO` or `*/STEP`, with commas between several",
            text.chars().take(40).collect::<String>(),
            range.start(),
            range.end()
        )
    };
    let number = |text: &str| -> Option<i8> {
        let word = text.to_ascii_lowercase();
        let named = names.iter().position(|name| *name == word);
        // The first month is 1, the first day of the week 0.
        let first = i8::from(names.len() != DAYS.len());
        let number = match named {
            Some(place) => i8::try_from(place).ok()? + first,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        range.contains(&number).then_some(number)
    };
    let mut all = BTreeSet::new();
    for part in text.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, Some(step)),
            None => (part, None),
        };
        let (from, to) = match span.split_once('-') {
            _ if span == "*" => (*range.start(), *range.end()),
            Some((from, to)) => (number(from).ok_or_else(odd)?, number(to).ok_or_else(odd)?),
            None => {
                let from = number(span).ok_or_else(odd)?;
                let to = if step.is_some() { *range.end() } else { from };
                (from, to)
            }
        };
        let step = match step {
            None => 1,
            Some(step) => step
                .parse::<usize>()
                .ok()
                .filter(|step| *step > 0)
                .ok_or_else(odd)?,
        };
        if from > to {
            return Err(odd());
        }
        all.extend((from..=to).step_by(step));
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
