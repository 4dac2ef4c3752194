//! Typed identifiers. Each kind prints with its own prefix and refuses the prefix of another kind.
//!
//! Three families exist. *Random* ids ([`RunId`]) are 128 bits drawn from the entropy port, the first
//! 48 of them milliseconds, so that they sort by age. *Ordinal* ids ([`EffectId`], [`QuestionId`],
//! [`ApprovalId`], [`SnapshotId`]) count within one run; they follow from the log, so replay gives the same ones.
//! *Digest* ids are the beginning of the digest of what they name, as preferences, facts and episodes have them: the
//! same thing has the same id wherever it is met.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits of the ids: Crockford's base 32 in lower case (no i, l, o, u, so ids survive being read aloud).
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits needed for 128 bits.
const RANDOM_LEN: usize = 26;

/// The reason why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text carries the prefix of another kind of id.
    #[error("`{text}` is not a {wanted} id: those begin with `{wanted}_`")]
    WrongKind {
        /// The prefix that was wanted.
        wanted: &'static str,
        /// The text that was given.
        text: String,
    },
    /// The text after the prefix is not a number in the id's notation.
    #[error("`{text}` is not a complete {wanted} id")]
    Malformed {
        /// The prefix that was wanted.
        wanted: &'static str,
        /// The text that was given.
        text: String,
    },
}

/// At most 80 characters of a text, for messages about texts of any length.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn body<'a>(text: &'a str, prefix: &'static str) -> Result<&'a str, IdError> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .ok_or_else(|| IdError::WrongKind {
            wanted: prefix,
            text: shown(text),
        })
}

macro_rules! serde_as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// The prefix that ids of this kind print with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes an id of a time in milliseconds since 1970 and 80 random bits.
            pub const fn new(millis: u64, random: u128) -> Self {
                Self(((millis as u128) << 80) | (random & ((1 << 80) - 1)))
            }

            /// Returns the 128 bits.
            pub const fn to_u128(self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [b'0'; RANDOM_LEN];
                let mut rest = self.0;
                for slot in text.iter_mut().rev() {
                    let digit = DIGITS.get((rest & 31) as usize).copied().unwrap_or(b'0');
                    *slot = digit;
                    rest >>= 5;
                }
                write!(f, "{}_{}", $prefix, std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let malformed = || IdError::Malformed { wanted: $prefix, text: shown(text) };
                let digits = body(text, $prefix)?;
                if digits.len() != RANDOM_LEN {
                    return Err(malformed());
                }
                let mut value: u128 = 0;
                for (place, byte) in digits.bytes().enumerate() {
                    let digit =
                        DIGITS.iter().position(|d| *d == byte).ok_or_else(malformed)? as u128;
                    // 26 digits hold 130 bits: the first one must leave the upper two empty.
                    if place == 0 && digit > 7 {
                        return Err(malformed());
                    }
                    value = (value << 5) | digit;
                }
                Ok(Self(value))
            }
        }

        serde_as_text!($name);
    };
}

macro_rules! ordinal_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The prefix that ids of this kind print with.
            pub const PREFIX: &'static str = $prefix;

            /// Makes the id with this number; the first of a run is 1.
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// Returns the number.
            pub const fn number(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = body(text, $prefix)?;
                let plain = digits.bytes().all(|b| b.is_ascii_digit())
                    && (digits == "0" || !digits.starts_with('0'));
                digits
                    .parse()
                    .ok()
                    .filter(|_| plain)
                    .map(Self)
                    .ok_or_else(|| IdError::Malformed { wanted: $prefix, text: shown(text) })
            }
        }

        serde_as_text!($name);
    };
}

/// Makes a kind of ids that begin with a prefix and are so many hexadecimal digits of a digest, at most 16.
macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $digits:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The prefix that ids of this kind print with.
            pub const PREFIX: &'static str = $prefix;

            /// Returns the id of what has this digest.
            fn of_digest(digest: &$crate::digest::Digest) -> Self {
                let bytes = digest.as_bytes().iter().take(8);
                let bits = bytes.fold(0, |bits, byte| (bits << 8) | u64::from(*byte));
                Self(bits >> (64 - 4 * $digits))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}_{:0width$x}", $prefix, self.0, width = $digits)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::hexadecimal(text, $prefix, $digits).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use digest_id;

/// Reads the number of an id of exactly so many digits in lower case.
pub(crate) fn hexadecimal(text: &str, prefix: &'static str, length: usize) -> Result<u64, IdError> {
    let digits = body(text, prefix)?;
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let fits = digits.len() == length && digits.bytes().all(is_digit);
    u64::from_str_radix(digits, 16)
        .ok()
        .filter(|_| fits)
        .ok_or_else(|| IdError::Malformed {
            wanted: prefix,
            text: shown(text),
        })
}

random_id!(
    /// Names one run: one goal from its words to its report.
    RunId, "run"
);
ordinal_id!(
    /// Names one effect of a run: one order to the world and its outcome.
    EffectId, "eff"
);
ordinal_id!(
    /// Names one question that a run asked its user.
    QuestionId, "q"
);
ordinal_id!(
    /// Names one approval that a run asked for.
    ApprovalId, "appr"
);
ordinal_id!(
    /// Names one snapshot of a run's workspace.
    SnapshotId, "snap"
);

ordinal_id!(
    /// Names one session of a run: a command that stays while steps come and go. It has the number of
    /// the effect that started it.
    SessionId, "ses"
);

/// Position of an event in its run; the first event of a run has 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(u64);

impl Seq {
    /// The position before the first event: an empty run.
    pub const ZERO: Self = Self(0);

    /// Makes a position of its number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Returns the position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The reason why a text cannot name a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a step: use 1 to 64 of a-z, 0-9 and `-`, beginning with a letter or digit"
)]
pub struct StepIdError(String);

/// Names one step of a plan: a short lower-case word such as `tests-before`, unique in its plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(Box<str>);

impl StepId {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StepId {
    type Err = StepIdError;

    fn from_str(text: &str) -> Result<Self, StepIdError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let starts = text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if starts && text.len() <= 64 && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(StepIdError(shown(text)))
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(StepId);

#[cfg(test)]
mod tests;
