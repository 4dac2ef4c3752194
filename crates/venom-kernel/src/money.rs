//! Money in whole micro-dollars; there is no float in any amount.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount of money in millionths of a US dollar.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(u64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Makes an amount of micro-dollars.
    pub const fn new(micros: u64) -> Self {
        Self(micros)
    }

    /// Returns the number of micro-dollars.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Adds two amounts; stays at the largest amount instead of wrapping.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for MicroUsd {
    /// Prints dollars with cents, and with more places only where cents would hide an amount.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if micros % 10_000 == 0 {
            write!(f, "${dollars}.{:02}", micros / 10_000)
        } else {
            write!(f, "${dollars}.{micros:06}")
        }
    }
}

/// The reason why a text is no amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no amount of dollars such as 0.05 or 2")]
pub struct NoMoney(String);

impl FromStr for MicroUsd {
    type Err = NoMoney;

    /// Reads an amount of US dollars, to the millionth, with or without the sign before it.
    fn from_str(text: &str) -> Result<Self, NoMoney> {
        let refused = || NoMoney(text.chars().take(40).collect());
        let trimmed = text.trim();
        let number = trimmed.strip_prefix('$').unwrap_or(trimmed).trim();
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && part.is_empty())
            || !is_digits(whole)
            || !is_digits(part)
            || part.len() > 6
        {
            return Err(refused());
        }
        let read = |digits: &str| match digits {
            "" => Ok(0),
            digits => digits.parse::<u64>().map_err(|_too_long| refused()),
        };
        let micros = read(&format!("{part:0<6}"))?;
        read(whole)?
            .checked_mul(1_000_000)
            .and_then(|whole| whole.checked_add(micros))
            .map(Self)
            .ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests;
