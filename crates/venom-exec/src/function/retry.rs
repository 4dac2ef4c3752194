//! Trying again: when that is safe, how long to wait, and when to stop asking.
//!
//! Whether a call may be repeated depends on one question: can it have run? What was never sent, or was
//! turned away before it began, may always be sent again. For anything else the user has to say that
//! the function keeps the keys of calls, with `idempotent: true`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use venom_ports::{Failure, FailureKind};

/// The first wait. Chosen: short beside a cold start.
const FIRST: Duration = Duration::from_millis(200);
/// The longest wait that is chosen here.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest wait that a platform may ask for; a call that would have to wait longer ends.
const PATIENCE: Duration = Duration::from_mins(1);
/// Repetitions that a function has in hand. Chosen: a function that fails all the time is asked at most
/// so many times more than it is called; each call that works at once gives one back.
const IN_HAND: u32 = 20;

/// Whether a call can have run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ran {
    /// It has not.
    No,
    /// Nobody can say.
    Maybe,
}

/// An attempt that did not work.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) failure: Failure,
    pub(super) ran: Ran,
    /// How long the platform wants to be left alone.
    pub(super) after: Option<Duration>,
}

impl Setback {
    /// Makes a setback of a call that has not run.
    pub(super) const fn before(failure: Failure) -> Self {
        Self {
            failure,
            ran: Ran::No,
            after: None,
        }
    }

    /// Makes a setback of a call that may have run.
    pub(super) const fn during(failure: Failure) -> Self {
        Self {
            failure,
            ran: Ran::Maybe,
            after: None,
        }
    }

    pub(super) const fn after(mut self, after: Option<Duration>) -> Self {
        self.after = after;
        self
    }

    /// Tells whether the call may be sent again.
    pub(super) fn may_repeat(&self, is_idempotent: bool) -> bool {
        let may_pass = matches!(
            self.failure.kind,
            FailureKind::Retryable | FailureKind::Unavailable
        );
        may_pass && (self.ran == Ran::No || is_idempotent)
    }
}

/// Returns how long to wait after so many attempts; `None` if the platform asks for more patience than
/// there is. The wait is spread over its upper half, so that callers who failed together do not come
/// back together.
pub(super) fn wait(attempts: u32, after: Option<Duration>, random: u128) -> Option<Duration> {
    let doubled = FIRST.saturating_mul(1_u32 << attempts.saturating_sub(1).min(16));
    let full = doubled.min(LONGEST);
    let half = full / 2;
    let micros = u128::from(u64::try_from(half.as_micros()).unwrap_or(u64::MAX));
    let spread = u64::try_from(random % micros.max(1)).unwrap_or_default();
    let own = half + Duration::from_micros(spread);
    match after {
        Some(after) if after > PATIENCE => None,
        Some(after) => Some(after.max(own)),
        None => Some(own),
    }
}

/// The repetitions that a function has in hand.
#[derive(Debug)]
pub(super) struct Quota(Mutex<u32>);

impl Default for Quota {
    fn default() -> Self {
        Self(Mutex::new(IN_HAND))
    }
}

impl Quota {
    /// Takes one; says whether there was one.
    pub(super) fn take(&self) -> bool {
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
    pub(super) fn give_back(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_add(1).min(IN_HAND);
    }
}

#[cfg(test)]
mod tests;
