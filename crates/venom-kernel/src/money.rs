//! Money in whole micro-dollars; there is no float in any amount.

use std::fmt;

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

#[cfg(test)]
mod tests;
