//! Probabilities as whole thousandths. This is the only module of the kernel that names a float,
//! and only where a number crosses JSON.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A probability in thousandths: of the answers given with 0.800, about 80 % are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Confidence(u16);

impl Confidence {
    /// Certainty.
    pub const CERTAIN: Self = Self(1_000);
    /// Below this VENOM asks before it acts (the seed's 0.8 rule).
    pub const ENOUGH: Self = Self(800);

    /// Makes a probability of thousandths; more than 1000 counts as 1000.
    pub const fn from_thousandths(thousandths: u16) -> Self {
        Self(if thousandths > 1_000 {
            1_000
        } else {
            thousandths
        })
    }

    /// Makes a probability of a number between 0 and 1; anything else is brought to the nearer end.
    pub fn from_ratio(ratio: f64) -> Self {
        #[expect(
            clippy::float_arithmetic,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a score enters from outside; it is clamped to 0..=1000 first, and NaN becomes 0"
        )]
        let thousandths = (ratio.clamp(0.0, 1.0) * 1_000.0).round() as u16;
        Self::from_thousandths(thousandths)
    }

    /// Returns the thousandths.
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// Tells whether this is enough to act without asking.
    pub fn is_enough(self) -> bool {
        self >= Self::ENOUGH
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 1_000, self.0 % 1_000 / 10)
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[expect(
            clippy::float_arithmetic,
            reason = "0.92 is what a person expects to read in JSON"
        )]
        let ratio = f64::from(self.0) / 1_000.0;
        serializer.serialize_f64(ratio)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self::from_ratio)
    }
}

#[cfg(test)]
mod tests;
