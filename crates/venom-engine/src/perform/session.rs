//! Bringing sessions back: a run that is taken up again has none, and its next step may need one.
//!
//! What steps do with a session (starting it, reading from it, writing to it, running something beside it)
//! stays in its place and ended with it, so each of it may be done again. A session is brought back by
//! doing all of it again in the same order; what comes of it is what the log has already, and is not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use venom_kernel::change::Payload;
use venom_kernel::effect::{EffectKind, Failure, FailureKind};
use venom_kernel::id::{EffectId, SessionId, StepId};
use venom_kernel::plan::{Check, Step, reference};
use venom_kernel::run::RunState;
use venom_kernel::skill::Manifests;
use venom_kernel::time::Millis;
use venom_ports::Result;

use super::{Answered, Order, Performer, Purpose};
use crate::time::what_if;

/// The property of results, and the parameter, that names a session.
const NAME: &str = "session";

/// What a step did that may have to do with a session.
pub(crate) struct Past {
    step: Box<Step>,
    /// Its last call; a session is named after the call that started it.
    call: EffectId,
    /// Results of the steps that its parameters refer to.
    results: BTreeMap<StepId, Payload>,
    result: Payload,
    /// Whether what is to be done names it.
    is_needed: bool,
    may_repeat: bool,
}

/// Returns the results of steps.
pub(crate) fn results(
    state: &RunState,
    wanted: impl IntoIterator<Item = StepId>,
) -> BTreeMap<StepId, Payload> {
    wanted
        .into_iter()
        .filter_map(|id| {
            let result = state.step(&id)?.result.clone();
            Some((id, result))
        })
        .collect()
}

/// Returns what steps did with sessions so far, in the order in which they did it; nothing where what is
/// to be done refers to no step that has one.
pub(crate) fn past(
    state: &RunState,
    manifests: &Manifests,
    (step, kind): (&Step, &EffectKind),
    is_trial: bool,
) -> Vec<Past> {
    let needed = needed(step, kind);
    // Nearly all steps need none, and a plan may have thousands of them.
    let is_needed = needed.iter().any(|id| {
        state.step(id).is_some_and(|known| match &known.result {
            Payload::Inline(result) => result.get(NAME).is_some(),
            Payload::Blob { .. } => true,
        })
    });
    if !is_needed {
        return Vec::new();
    }
    let names_one = |step: &Step| {
        let action = manifests.action(&step.skill, &step.action);
        action.is_some_and(|action| action.result["properties"].get(NAME).is_some())
    };
    // A call that is made again has not been made; a check comes after its step's call.
    let is_call = matches!(kind, EffectKind::Call { .. });
    let mut past: Vec<Past> = state
        .steps()
        .filter(|(other, _)| names_one(other) && !(is_call && other.id == step.id))
        .filter_map(|(other, known)| {
            let call = known.last_call()?;
            if known.result == Payload::Inline(Value::Null) {
                return None;
            }
            let leaves = is_trial && what_if::leaves_copy(kind, other);
            Some(Past {
                call,
                results: results(state, reference::steps(&other.params).unwrap_or_default()),
                result: known.result.clone(),
                is_needed: needed.contains(&other.id),
                may_repeat: other.class.is_repeatable() && !other.prepares && !leaves,
                step: Box::new(other.clone()),
            })
        })
        .collect();
    past.sort_by_key(|past| past.call);
    past
}

/// Returns the steps whose sessions must be there for something to be done.
fn needed(step: &Step, kind: &EffectKind) -> BTreeSet<StepId> {
    match kind {
        EffectKind::Call { .. } => reference::steps(&step.params).unwrap_or_default(),
        EffectKind::Check => asked_beside(step).collect(),
        EffectKind::Commit { .. }
        | EffectKind::Restore { .. }
        | EffectKind::Rerun { .. }
        | EffectKind::Think { .. }
        | EffectKind::Act { .. }
        | EffectKind::Prove { .. } => BTreeSet::new(),
    }
}

/// Returns the steps beside whose sessions the checks of a step ask a server.
pub(crate) fn asked_beside(step: &Step) -> impl Iterator<Item = StepId> {
    step.verify.iter().filter_map(|check| match check {
        Check::Http { session, .. } => session.clone(),
        _ => None,
    })
}

impl Performer {
    /// Brings back the sessions that an order needs and that ended with an earlier process or with a
    /// pause; `false` if the order was stopped meanwhile.
    pub(super) async fn bring_back(&self, order: &Order) -> Result<bool> {
        if order.past.is_empty() {
            return Ok(true);
        }
        let _turn = self.sessions.returning().await;
        let mut named = Vec::new();
        for past in &order.past {
            if let Some(id) = self.session_of(order, past).await? {
                named.push((id, past));
            }
        }
        let missing: BTreeSet<SessionId> = named
            .iter()
            .filter(|(id, past)| past.is_needed && self.sessions.misses(*id))
            .map(|(id, _)| *id)
            .collect();
        for id in missing {
            let all: Vec<&Past> = named
                .iter()
                .filter(|(of, _)| *of == id)
                .map(|(_, past)| *past)
                .collect();
            let did_begin = all
                .first()
                .is_some_and(|first| first.call.number() == id.number());
            // Whoever started it is no step, or is done anew; the order itself says what is missing.
            if !did_begin {
                continue;
            }
            if let Some(past) = all.iter().find(|past| !past.may_repeat) {
                return Err(Failure::new(
                    FailureKind::Conflict,
                    format!(
                        "the session {id} ended when the run was interrupted, and `{}`, which had to do with it, must not be done twice",
                        past.step.id
                    ),
                )
                .with_hint("begin a new run of the goal"));
            }
            (order.on_line)(&format!(
                "{id} ended when the run was interrupted and is brought back"
            ));
            for past in all {
                match self.do_again(order, past).await {
                    Ok(true) => {}
                    Ok(false) => {
                        self.sessions.end(id).await;
                        return Ok(false);
                    }
                    Err(failure) => {
                        self.sessions.end(id).await;
                        let message = format!(
                            "the session {id} ended when the run was interrupted, and `{}` cannot be done again to bring it back: {}",
                            past.step.id, failure.message
                        );
                        return Err(Failure { message, ..failure });
                    }
                }
            }
        }
        Ok(true)
    }

    /// Returns the session that a step started or was given.
    async fn session_of(&self, order: &Order, past: &Past) -> Result<Option<SessionId>> {
        let named = |value: &Value| value.get(NAME)?.as_str()?.parse().ok();
        if let Some(id) = named(&self.value(&past.result).await?) {
            return Ok(Some(id));
        }
        // What ended a session names none.
        let call = self.make_call(&past.again(order), Value::Null).await?;
        Ok(named(&call.params))
    }

    /// Does once more what a step did with a session; `false` if the order was stopped meanwhile.
    async fn do_again(&self, order: &Order, past: &Past) -> Result<bool> {
        let again = past.again(order);
        let call = self.make_call(&again, Value::Null).await?;
        let receipt = Mutex::new(None);
        let acted = self.act(&again, &call, Purpose::Again, &receipt).await?;
        Ok(acted.is_some())
    }
}

impl Past {
    /// Orders the same once more, as a part of another order.
    fn again(&self, order: &Order) -> Order {
        Order {
            answered: Answered::World,
            effect: self.call,
            step: self.step.clone(),
            kind: EffectKind::Call {
                prepared: Value::Null,
            },
            delay: Millis::ZERO,
            results: self.results.clone(),
            past: Vec::new(),
            output: None,
            earlier: String::new(),
            learned: None,
            again: None,
            cancel: order.cancel.clone(),
            // It was told when it was done first.
            on_line: Arc::new(|_| {}),
            confinement: order.confinement.clone(),
            on_reach: order.on_reach.clone(),
        }
    }
}
