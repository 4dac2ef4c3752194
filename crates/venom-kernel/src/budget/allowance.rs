//! What somebody allows a run to spend, and how what it spends is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Amount, Caps, Unit, Window};
use crate::model::ModelId;
use crate::time::Timestamp;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// What somebody allows a run to spend.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// In the whole run.
    #[serde(default, skip_serializing_if = "is_open")]
    pub run: Caps,
    /// In a day, with all other runs.
    #[serde(default, skip_serializing_if = "is_open")]
    pub day: Caps,
    /// In a month, with all other runs.
    #[serde(default, skip_serializing_if = "is_open")]
    pub month: Caps,
    /// On single models, in the whole run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub models: BTreeMap<ModelId, Caps>,
}

fn is_open(caps: &Caps) -> bool {
    *caps == Caps::NONE
}

impl Allowance {
    /// Tells whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Lists the days and months that have caps.
    pub fn windows(&self) -> impl Iterator<Item = (Window, Caps)> {
        [(Window::Day, self.day), (Window::Month, self.month)]
            .into_iter()
            .filter(|(_, caps)| *caps != Caps::NONE)
    }
}

/// What other runs have spent and reserved in a day or a month, as somebody has counted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub window: Window,
    /// When it began.
    pub since: Timestamp,
    /// What other runs have spent and reserved in it.
    pub elsewhere: Amount,
}

/// How it is known what a call took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The provider said so; or nobody heard the end of it, and all that was reserved counts.
    #[default]
    Told,
    /// Nobody said so: it is an estimate by what was sent and what had come.
    Heard,
    /// What the provider said cannot be: all that was reserved counts.
    Reserved,
}

impl Basis {
    /// Tells whether the provider's word counts.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub(crate) fn is_told(&self) -> bool {
        *self == Self::Told
    }
}

impl Window {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Day, Self::Month];

    /// Returns the name that people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Returns the moment at which the day or month of a moment began, in UTC: so that all machines
    /// agree, and no day has two midnights.
    #[must_use]
    pub const fn begin(self, now: Timestamp) -> Timestamp {
        let days = now.micros().div_euclid(DAY);
        let first = match self {
            Self::Day => days,
            Self::Month => days.saturating_sub(day_of_month(days)),
        };
        Timestamp::from_micros(first.saturating_mul(DAY))
    }
}

/// Returns how many days of its month lie before a day, which is counted from 1970-01-01. Years are
/// taken to begin in March, so that the odd day of February comes last; 400 of them have 146,097 days.
const fn day_of_month(days: i64) -> i64 {
    let of_era = (days.saturating_add(719_468)).rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // Five months have 153 days, whichever of the five is the first, beginning in March or August.
    let month = (5 * of_year + 2) / 153;
    of_year - (153 * month + 2) / 5
}

impl Caps {
    /// Returns the caps with another one on one unit.
    #[must_use]
    pub fn with(self, unit: Unit, most: u64) -> Self {
        let only = Self::only(unit, most);
        Self {
            money: only.money.or(self.money),
            tokens: only.tokens.or(self.tokens),
        }
    }
}

#[cfg(test)]
mod tests;
