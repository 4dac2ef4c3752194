//! Trying again: when nothing can have been used up, how long to wait, and when to stop asking.
//!
//! What was never sent, and what was turned away before a model began, may be sent again. Anything else
//! may have been paid for: whether to pay twice is for those to decide who own the budget.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use venom_kernel::model::Usage;
use venom_ports::Failure;

/// The first wait. Chosen: rate limits pass in seconds, and a server that is starting in less.
const FIRST: Duration = Duration::from_millis(400);
/// The longest wait that is chosen here.
const LONGEST: Duration = Duration::from_secs(20);
/// The longest wait that a provider may ask for; a call that would have to wait longer ends, so that
/// another model can be asked.
const PATIENCE: Duration = Duration::from_mins(1);
/// Repetitions that a provider has in hand. Chosen: a provider that fails all the time is asked at most so
/// many times more than it is called; each call that works at once gives one back.
const IN_HAND: u32 = 20;

/// An attempt that did not work.
#[derive(Debug)]
pub(crate) struct Setback {
    pub(crate) failure: Failure,
    /// Whether nothing can have been used up, and another attempt may go better.
    pub(crate) may_repeat: bool,
    /// How long the provider wants to be left alone.
    pub(crate) after: Option<Duration>,
    /// What was used up all the same.
    pub(crate) usage: Usage,
    pub(crate) request_id: Option<String>,
}

impl Setback {
    /// Makes a setback after which the call ends.
    pub(crate) fn last(failure: Failure) -> Self {
        Self {
            failure,
            may_repeat: false,
            after: None,
            usage: Usage::default(),
            request_id: None,
        }
    }

    /// Makes a setback of a call that nobody has begun to answer.
    pub(crate) fn before(failure: Failure) -> Self {
        Self {
            may_repeat: true,
            ..Self::last(failure)
        }
    }
}

/// Returns how long to wait after so many attempts; `None` if the provider asks for more patience than
/// there is. The wait is spread over its upper half, so that callers who failed together do not come
/// back together.
pub(crate) fn wait(attempts: u32, after: Option<Duration>, random: u128) -> Option<Duration> {
    let doubled = FIRST.saturating_mul(1_u32 << attempts.saturating_sub(1).min(16));
    let full = doubled.min(LONGEST);
    let half = full / 2;
    let micros = u128::from(u64::try_from(half.as_micros()).unwrap_or(u64::MAX));
    let spread = u64::try_from(random % micros.max(1)).unwrap_or_default();
    let own = half + Duration::from_micros(spread);
    match after {
        Some(after) if after > PATIENCE => None,
        // A little more than was asked for: clocks differ, and others wait for the same moment.
        Some(after) => Some(after.saturating_add(own / 4).max(own)),
        None => Some(own),
    }
}

/// The repetitions that a provider has in hand.
#[derive(Debug)]
pub(crate) struct Quota(Mutex<u32>);

impl Default for Quota {
    fn default() -> Self {
        Self(Mutex::new(IN_HAND))
    }
}

impl Quota {
    /// Takes one; says whether there was one.
    pub(crate) fn take(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(1) {
            Some(fewer) => {
                *left = fewer;
                true
            }
            None => false,
        }
    }

    /// Gives one back.
    pub(crate) fn give_back(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(1).min(IN_HAND);
    }
}

#[cfg(test)]
mod tests;
