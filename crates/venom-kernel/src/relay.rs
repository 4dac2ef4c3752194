//! Relayed calls: what a program asks of a model through VENOM, written as a run of one step.
//!
//! The program decides what is asked, so nothing is planned here: the events of the beginning and of
//! the end are laid down in one piece each, and are as legal as those of any run. Between them lies
//! one call. Whoever finds a beginning without an end knows that nobody waits for the answer any more:
//! the call counts in full, and the run is ended, never gone on with.

use serde_json::{Value, json};

use crate::agent::Selected;
use crate::budget::{Amount, Basis, Key};
use crate::confidence::Confidence;
use crate::confine::Grants;
use crate::digest::Digest;
use crate::effect::{EffectClass, EffectKind, EffectOutcome};
use crate::event::{Event, Outcome, RunStarted, SkipReason, StepFailure};
use crate::id::{EffectId, Seq, StepId, StepIdError};
use crate::intent::{Goal, Intent};
use crate::model::{ModelId, Usage};
use crate::plan::{Expected, Plan, Step};
use crate::run::{Phase, Proposed, RunState};
use crate::skill::{Need, Reach};
use crate::time::Millis;

/// The skill that a relayed call is written as. No skill performs it: a run with it is never driven.
pub const SKILL: &str = "models";
/// The action that a relayed call is written as.
pub const ANSWER: &str = "answer";
/// The name by which the run's texts hold what was asked.
pub const REQUEST: &str = "request";
/// The only call of such a run.
pub const CALL: EffectId = EffectId::new(1);

/// A call that is about to be made for a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Relayed {
    /// How the run begins; its goal is a line about what is asked.
    pub started: RunStarted,
    /// Who asks.
    pub by: String,
    /// What was named: a model, or that one is to be chosen.
    pub wanted: String,
    /// The model, and why this one.
    pub selected: Selected,
    /// Digest of what is asked.
    pub asked: Digest,
    /// The most that the call may take.
    pub most: Amount,
    /// The longest time for it.
    pub within: Millis,
}

fn step_id() -> Result<StepId, StepIdError> {
    ANSWER.parse()
}

/// Returns the events that stand in the log before the call is made.
pub fn begin(relayed: Relayed) -> Result<Vec<Proposed>, StepIdError> {
    let step = step_id()?;
    let Relayed {
        started,
        by,
        wanted,
        selected,
        asked,
        most,
        within,
    } = relayed;
    let model = selected.model.clone();
    let goal = Goal {
        action: format!("{SKILL}.{ANSWER}"),
        text: started.goal.clone(),
        params: std::collections::BTreeMap::new(),
        priority: 1,
        after: Vec::new(),
        confidence: Confidence::CERTAIN,
        candidates: Vec::new(),
        missing: Vec::new(),
    };
    let intent = Intent {
        name: format!("{SKILL}.{ANSWER}"),
        confidence: Confidence::CERTAIN,
        goals: vec![goal],
        target: None,
        targets: Vec::new(),
        constraints: Vec::new(),
        remembered: Vec::new(),
        learned: None,
    };
    let work = Step {
        id: step.clone(),
        title: format!("Ask {model}"),
        goal: 1,
        skill: SKILL.to_owned(),
        action: ANSWER.to_owned(),
        params: json!({
            "by": by,
            "wanted": wanted,
            "model": model,
            "because": selected.because,
            "asked": asked,
        }),
        depends_on: Vec::new(),
        // Nothing changes by it but what is spent, and that is the ledger's affair.
        class: EffectClass::Pure,
        reach: Reach::Outbound,
        needs: vec![Need::Model],
        writes: Vec::new(),
        verify: Vec::new(),
        restores: Vec::new(),
        optional: false,
        prepares: false,
        grants: Grants::default(),
        timeout: within,
        expected: Expected::default(),
    };
    let events = vec![
        Event::RunStarted(Box::new(started)),
        Event::IntentParsed {
            intent: Box::new(intent),
        },
        Event::PlanGenerated {
            plan: Box::new(Plan { steps: vec![work] }),
        },
        Event::StepStarted {
            step: step.clone(),
            attempt: 1,
        },
        Event::EffectStarted {
            id: CALL,
            step: step.clone(),
            kind: EffectKind::Call {
                prepared: Value::Null,
            },
            class: EffectClass::Pure,
        },
        Event::BudgetReserved {
            effect: CALL,
            step,
            model,
            most,
        },
    ];
    Ok(chained(Seq::ZERO, events))
}

/// Returns the events that stand in the log after the call, which end the run. `after` is the position
/// of the run's last event.
pub fn end(
    after: Seq,
    outcome: EffectOutcome,
    took: Amount,
    usage: Usage,
    by: &str,
) -> Result<Vec<Proposed>, StepIdError> {
    let step = step_id()?;
    // Settled first: what is spent is spent, whatever the answer was.
    let settled = Event::BudgetSettled {
        effect: CALL,
        step: step.clone(),
        took,
        usage,
        basis: Basis::Told,
    };
    let failed = match &outcome {
        EffectOutcome::Failed(failure) => Some(failure.clone()),
        EffectOutcome::Done(_) | EffectOutcome::Stopped => None,
    };
    let was_stopped = outcome == EffectOutcome::Stopped;
    let finished = Event::EffectFinished {
        id: CALL,
        outcome,
        receipt: None,
    };
    let mut events = vec![settled, finished];
    if let Some(failure) = failed {
        events.push(Event::StepFailed {
            step,
            why: StepFailure::Effect(failure),
            retry_in: None,
        });
        events.push(Event::RunFinished {
            outcome: Outcome::Failed,
        });
    } else if was_stopped {
        events.push(Event::RunCancelled { by: by.to_owned() });
        events.push(Event::StepSkipped {
            step,
            why: SkipReason::Cancelled,
        });
        events.push(Event::RunFinished {
            outcome: Outcome::Cancelled,
        });
    } else {
        events.push(Event::StepExecuted { step: step.clone() });
        events.push(Event::StepVerified {
            step,
            checks: Vec::new(),
        });
        events.push(Event::RunFinished {
            outcome: Outcome::Succeeded,
        });
    }
    Ok(chained(after, events))
}

/// Tells whether a run begins as a relayed call: its words are those of a program.
pub fn is_asked_by_program(started: &RunStarted) -> bool {
    started.texts.contains_key(REQUEST)
}

/// Tells whether a run is a relayed call.
pub fn is_relayed(state: &RunState) -> bool {
    matches!(state.plan().steps.as_slice(), [step] if step.skill == SKILL && step.action == ANSWER)
}

/// Returns the model that a relayed step asks.
pub fn model_of(step: &Step) -> Option<ModelId> {
    if step.skill != SKILL {
        return None;
    }
    step.params.get("model")?.as_str()?.parse().ok()
}

/// Returns who asked for a relayed step.
pub fn asker_of(step: &Step) -> Option<&str> {
    if step.skill != SKILL {
        return None;
    }
    step.params.get("by")?.as_str()
}

/// Returns what the open call of an unfinished relayed run was reserved, if it is one.
pub fn left_open(state: &RunState) -> Option<Amount> {
    if !is_relayed(state) || state.phase() == Phase::Finished {
        return None;
    }
    let key = Key::of(CALL, 1);
    let held = state.budget().open().find(|(open, _)| **open == key);
    held.map(|(_, most)| most)
}

/// Gives each event the one before it as its cause.
fn chained(after: Seq, events: Vec<Event>) -> Vec<Proposed> {
    let mut last = after;
    events
        .into_iter()
        .map(|event| {
            let cause = (last != Seq::ZERO).then_some(last);
            last = last.next();
            Proposed { event, cause }
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;
