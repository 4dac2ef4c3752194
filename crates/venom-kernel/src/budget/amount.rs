//! Amounts in both units that a budget has, and caps on them.

use serde::{Deserialize, Serialize};

use super::refusal::{Cap, Over, Refusal};
use crate::money::MicroUsd;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Money, in micro-dollars.
    Money,
    /// Tokens, read and produced.
    Tokens,
}

impl Unit {
    pub(super) const BOTH: [Self; 2] = [Self::Money, Self::Tokens];
}

/// Money and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Money.
    pub money: MicroUsd,
    /// Tokens.
    pub tokens: u64,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self::new(MicroUsd::ZERO, 0);

    /// Makes an amount.
    pub const fn new(money: MicroUsd, tokens: u64) -> Self {
        Self { money, tokens }
    }

    /// Adds two amounts; stays at the largest one instead of wrapping.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            money: self.money.plus(other.money),
            tokens: self.tokens.saturating_add(other.tokens),
        }
    }

    /// Takes an amount away; stays at nothing instead of wrapping.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self {
            money: MicroUsd::new(self.money.micros().saturating_sub(other.money.micros())),
            tokens: self.tokens.saturating_sub(other.tokens),
        }
    }

    /// Returns the number of one unit.
    pub const fn of(self, unit: Unit) -> u64 {
        match unit {
            Unit::Money => self.money.micros(),
            Unit::Tokens => self.tokens,
        }
    }

    pub(super) const fn only(unit: Unit, number: u64) -> Self {
        match unit {
            Unit::Money => Self::new(MicroUsd::new(number), 0),
            Unit::Tokens => Self::new(MicroUsd::ZERO, number),
        }
    }
}

/// Caps on money and on tokens; none means no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// The most money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<MicroUsd>,
    /// The most tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

impl Caps {
    /// No caps.
    pub const NONE: Self = Self {
        money: None,
        tokens: None,
    };

    /// Nothing may be spent.
    pub const NOTHING: Self = Self {
        money: Some(MicroUsd::ZERO),
        tokens: Some(0),
    };

    /// Makes a cap on money alone.
    pub const fn money(most: MicroUsd) -> Self {
        Self {
            money: Some(most),
            tokens: None,
        }
    }

    /// Makes a cap on tokens alone.
    pub const fn tokens(most: u64) -> Self {
        Self {
            money: None,
            tokens: Some(most),
        }
    }

    pub(super) const fn only(unit: Unit, most: u64) -> Self {
        match unit {
            Unit::Money => Self::money(MicroUsd::new(most)),
            Unit::Tokens => Self::tokens(most),
        }
    }

    /// Returns the cap on one unit.
    pub fn of(self, unit: Unit) -> Option<u64> {
        match unit {
            Unit::Money => self.money.map(MicroUsd::micros),
            Unit::Tokens => self.tokens,
        }
    }

    /// Tells whether an amount is within the caps.
    pub fn holds(self, amount: Amount) -> bool {
        Unit::BOTH
            .into_iter()
            .all(|unit| self.of(unit).is_none_or(|cap| amount.of(unit) <= cap))
    }

    /// Returns what is left of the caps after an amount.
    #[must_use]
    pub fn after(self, used: Amount) -> Self {
        let rest = |unit| self.of(unit).map(|cap| cap.saturating_sub(used.of(unit)));
        Self {
            money: rest(Unit::Money).map(MicroUsd::new),
            tokens: rest(Unit::Tokens),
        }
    }

    /// Returns the smaller one of each of the caps.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        let least = |unit| match (self.of(unit), other.of(unit)) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self {
            money: least(Unit::Money).map(MicroUsd::new),
            tokens: least(Unit::Tokens),
        }
    }

    /// Refuses what does not fit beside what is spent and reserved. What takes nothing is never
    /// refused: a model that costs nothing may be called when the money is gone.
    pub(super) fn admits(
        self,
        cap: impl Fn() -> Cap,
        spent: Amount,
        reserved: Amount,
        wanted: Amount,
    ) -> Result<(), Refusal> {
        for unit in Unit::BOTH {
            let Some(limit) = self.of(unit) else { continue };
            let (spent, reserved, wanted) = (spent.of(unit), reserved.of(unit), wanted.of(unit));
            if wanted == 0 {
                continue;
            }
            // A sum that does not fit into the number does not fit under the cap either.
            let fits = spent
                .checked_add(reserved)
                .and_then(|used| used.checked_add(wanted))
                .is_some_and(|sum| sum <= limit);
            if !fits {
                return Err(Refusal::Over(Over {
                    cap: cap(),
                    unit,
                    limit,
                    spent,
                    reserved,
                    wanted,
                }));
            }
        }
        Ok(())
    }
}
