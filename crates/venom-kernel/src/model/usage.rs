//! What a call of a model used, and what that costs.

use serde::{Deserialize, Serialize};

use crate::money::MicroUsd;

/// Tokens of one call. The parts do not overlap, but for thinking, which is a part of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens that were read anew.
    pub input: u64,
    /// Tokens that were produced, thinking included.
    pub output: u64,
    /// Tokens that were read from the provider's cache.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cache_read: u64,
    /// Tokens that were read and put into the provider's cache.
    #[serde(default, skip_serializing_if = "is_none")]
    pub cache_write: u64,
    /// Tokens of the output that were thinking.
    #[serde(default, skip_serializing_if = "is_none")]
    pub thinking: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_none(tokens: &u64) -> bool {
    *tokens == 0
}

impl Usage {
    /// Adds two calls; stays at the largest number instead of wrapping.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            thinking: self.thinking.saturating_add(other.thinking),
        }
    }

    /// Counts the tokens, read and produced.
    pub const fn tokens(self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// Counts the tokens that were read, from the cache or not.
    pub const fn prompt(self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }
}

/// What tokens cost, each per million of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens that are read anew.
    pub input: MicroUsd,
    /// Tokens that are produced.
    pub output: MicroUsd,
    /// Tokens that are read from the provider's cache.
    pub cache_read: MicroUsd,
    /// Tokens that are read and put into the provider's cache.
    pub cache_write: MicroUsd,
}

impl Price {
    /// Nothing costs anything.
    pub const FREE: Self = Self {
        input: MicroUsd::ZERO,
        output: MicroUsd::ZERO,
        cache_read: MicroUsd::ZERO,
        cache_write: MicroUsd::ZERO,
    };

    /// Returns what a call costs, rounded up to a whole micro-dollar.
    pub fn of(&self, usage: Usage) -> MicroUsd {
        let whole = [
            (usage.input, self.input),
            (usage.output, self.output),
            (usage.cache_read, self.cache_read),
            (usage.cache_write, self.cache_write),
        ]
        .into_iter()
        .fold(0_u128, |sum, (tokens, price)| {
            sum.saturating_add(u128::from(tokens).saturating_mul(u128::from(price.micros())))
        });
        MicroUsd::new(u64::try_from(whole.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// Returns the most that a call may cost which reads at most `prompt` tokens and produces at most
    /// `output`: whatever is cached, it does not cost more.
    pub fn most(&self, prompt: u64, output: u64) -> MicroUsd {
        let input = self.input.max(self.cache_write).max(self.cache_read);
        Self { input, ..*self }.of(Usage {
            input: prompt,
            output,
            ..Usage::default()
        })
    }
}
