//! The events that a state was folded from, so that it can go back to what it was after one of them.
//!
//! A log only grows: what goes back is the state, by an event that says how far. The events are kept
//! as a list that states share, so that a copy of a state costs nothing more.

use std::sync::Arc;

use super::{Phase, RunState};
use crate::event::{Event, StatePart};
use crate::id::Seq;

/// The events of a state, the newest first.
#[derive(Clone, Default)]
pub(super) struct Past(Option<Arc<Link>>);

struct Link {
    seq: Seq,
    event: Event,
    before: Past,
}

impl Past {
    pub(super) fn add(&mut self, event: &Event, seq: Seq) {
        let before = std::mem::take(self);
        self.0 = Some(Arc::new(Link {
            seq,
            event: event.clone(),
            before,
        }));
    }

    /// Returns the event at a position.
    pub(super) fn get(&self, at: Seq) -> Option<&Event> {
        let mut past = self;
        while let Some(link) = &past.0 {
            if link.seq <= at {
                return (link.seq == at).then_some(&link.event);
            }
            past = &link.before;
        }
        None
    }

    /// Returns the events up to a position, oldest first.
    fn up_to(&self, to: Seq) -> Vec<&Event> {
        let mut events = Vec::new();
        let mut past = self;
        while let Some(link) = &past.0 {
            if link.seq <= to {
                events.push(&link.event);
            }
            past = &link.before;
        }
        events.reverse();
        events
    }
}

impl std::fmt::Debug for Past {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let newest = self.0.as_ref().map(|link| link.seq);
        f.debug_tuple("Past").field(&newest).finish()
    }
}

/// Two states are equal by what they are, and not by how they came to be so.
impl PartialEq for Past {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Drop for Past {
    /// A long list must not be dropped one call inside the other.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut link) = next.and_then(Arc::into_inner) {
            next = link.before.0.take();
        }
    }
}

impl RunState {
    /// Goes back to what the state was after an event. What belongs to the world and not to the
    /// decisions stays as it is: snapshots, numbers of effects, contents that were let go of.
    pub(super) fn state_rewound(
        &mut self,
        to: Seq,
        part: StatePart,
        seq: Seq,
    ) -> Result<(), String> {
        if !self.is_idle() {
            return Err("effects are under way".to_owned());
        }
        if to == Seq::ZERO || to >= seq {
            return Err("there is no such event before this one".to_owned());
        }
        if self.released.is_some() {
            return Err("what its steps gave was let go of".to_owned());
        }
        let then = Self::fold(self.past.up_to(to)).map_err(|illegal| illegal.why)?;
        if !then.effects.is_empty() || then.open_advice().next().is_some() {
            return Err(format!(
                "effects were under way at event {to}; name one before they began or after they ended"
            ));
        }
        let has_plan = matches!(then.phase, Phase::Executing | Phase::Finished);
        if part == StatePart::Plan && !has_plan {
            return Err(format!("there was no plan at event {to}"));
        }
        let now = std::mem::take(self);
        *self = then;
        // A run that goes on does so when somebody resumes it.
        self.paused = self.phase != Phase::Finished;
        self.seq = now.seq;
        self.snapshots = now.snapshots;
        self.last_effect = now.last_effect;
        self.released = now.released;
        self.budget = now.budget;
        self.past = now.past;
        if part == StatePart::Plan {
            self.intent = now.intent;
            self.questions = now.questions;
            self.preferred = now.preferred;
            self.advice = now.advice;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
