//! Breakers: a model that fails again and again is left alone for a while.
//!
//! Closed, a breaker lets every call through. After several failures in a row it opens and turns calls
//! away without asking the provider. When its time is over it lets one call through: if that works it
//! closes, and if not it stays open twice as long.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use venom_kernel::model::ModelId;

/// Failures in a row after which a model is left alone. Chosen: beyond what one bad moment brings about
/// with a few calls at once.
const MOST_FAILURES: u32 = 5;
/// How long a model is left alone at first, and at most. Chosen: a server that is started anew is back
/// within half a minute, and an outage is noticed to be over within five.
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(5);
/// The most models that are remembered. Chosen: above any catalogue.
const MOST: usize = 1_024;

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Until when nobody is let through, and how long that is in all.
    open: Option<(Instant, Duration)>,
    /// Whether somebody was let through to see how things are, and when.
    probe: Option<Instant>,
}

/// The breakers of all models.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<BTreeMap<ModelId, State>>);

impl Breakers {
    /// Lets a call through, or says how long the model is left alone yet.
    pub(crate) fn admit(&self, model: &ModelId, now: Instant) -> Result<(), Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = all.get_mut(model) else {
            return Ok(());
        };
        let Some((until, _)) = state.open else {
            return Ok(());
        };
        if now < until {
            return Err(until.duration_since(now));
        }
        // Whoever probes may never come back: after a while another one may.
        if let Some(since) = state.probe
            && now.duration_since(since) < FIRST
        {
            return Err(FIRST.saturating_sub(now.duration_since(since)));
        }
        state.probe = Some(now);
        Ok(())
    }

    /// Tells whether calls are turned away now; it lets nobody through.
    pub(crate) fn is_open(&self, model: &ModelId, now: Instant) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = all.get(model).and_then(|state| state.open);
        open.is_some_and(|(until, _)| now < until)
    }

    /// Lists the models that are left alone.
    pub(crate) fn open(&self, now: Instant) -> BTreeSet<ModelId> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_open = |state: &State| state.open.is_some_and(|(until, _)| now < until);
        all.iter()
            .filter(|(_, state)| is_open(state))
            .map(|(model, _)| model.clone())
            .collect()
    }

    /// Notes that a call worked, or failed for a reason that says nothing about the model's health.
    pub(crate) fn worked(&self, model: &ModelId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(model);
    }

    /// Notes that a call failed.
    pub(crate) fn failed(&self, model: &ModelId, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(model) {
            return;
        }
        let state = all.entry(model.clone()).or_default();
        state.failures = state.failures.saturating_add(1);
        state.probe = None;
        match state.open {
            // Those that were under way when it opened say nothing new.
            Some((until, _)) if now < until => {}
            Some((_, before)) => {
                let longer = before.saturating_mul(2).min(LONGEST);
                state.open = Some((now + longer, longer));
            }
            None if state.failures >= MOST_FAILURES => state.open = Some((now + FIRST, FIRST)),
            None => {}
        }
    }

    /// Notes that a call ended without saying anything about the model, as when it was cancelled.
    pub(crate) fn ended(&self, model: &ModelId) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = all.get_mut(model) {
            state.probe = None;
        }
    }
}

#[cfg(test)]
mod tests;
