//! Lessons: what the events of runs teach about models.
//!
//! Nothing is kept that does not follow from the logs: each event that says something about a model is
//! a [`Lesson`], and a [`Record`] is what all lessons about one model come to, in the order of the log.

use serde::{Deserialize, Serialize};

use super::Health;
use super::stats::{Cost, Outcome, Prior, Stats, learn_from};
use crate::advice::{Advice, Considered, Heard, Topic};
use crate::agent::{AgentState, Latest, Next, Selected, Stuck};
use crate::budget::Amount;
use crate::effect::FailureKind;
use crate::event::{Event, StepFailure};
use crate::evidence::Verdict;
use crate::id::StepId;
use crate::model::{Kind, ModelId};
use crate::money::MicroUsd;
use crate::plan::Step;
use crate::run::{RunState, StepState, StepStatus};
use crate::time::{Millis, Timestamp};

/// Calls in a row that found nobody, after which a model is left alone; and for how long. Chosen: one
/// agent gives up after so many, and an outage is noticed to be over within five minutes.
const MOST_FAULTS: u32 = 3;
const LEFT_ALONE: Millis = Millis::from_secs(300);

/// What an event teaches about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// The model.
    pub model: ModelId,
    /// What was thought of it before.
    pub prior: Prior,
    /// How long its answers were thought to take.
    pub typical: Millis,
    /// What became of its work.
    pub outcome: Outcome,
    /// Whether a call found it there, if the event is about a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_there: Option<bool>,
    /// The step that somebody has rated, if that is what it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rated: Option<StepId>,
}

impl Lesson {
    /// Tells whether it stands in the place of an earlier lesson of the same run: whoever rates the same
    /// work again has changed their mind, and has not seen it twice.
    pub fn replaces(&self, earlier: &Self) -> bool {
        self.rated.is_some() && self.rated == earlier.rated
    }
}

/// What was seen of a model in all runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What its work came to.
    pub stats: Stats,
    /// How many calls found nobody there.
    pub faults: u64,
    /// How many of the latest ones, in a row.
    pub in_a_row: u32,
    /// When the latest one was.
    pub last_fault: Timestamp,
}

impl Record {
    /// Adds a lesson that was learnt then.
    pub fn learn(&mut self, lesson: &Lesson, at: Timestamp) {
        learn_from(
            &mut self.stats,
            lesson.prior,
            lesson.typical,
            &lesson.outcome,
        );
        match lesson.was_there {
            Some(true) => self.in_a_row = 0,
            Some(false) => {
                self.faults = self.faults.saturating_add(1);
                self.in_a_row = self.in_a_row.saturating_add(1);
                self.last_fault = at;
            }
            None => {}
        }
    }

    /// Tells whether the model is worth a call now.
    pub fn health(&self, now: Timestamp) -> Health {
        let is_recent = now.since(self.last_fault) < LEFT_ALONE;
        if self.in_a_row >= MOST_FAULTS && is_recent {
            Health::Broken
        } else {
            Health::Well
        }
    }
}

/// Returns what an event teaches that follows on a state.
pub fn lessons(state: &RunState, event: &Event) -> Vec<Lesson> {
    if let Event::BudgetSettled {
        effect, step, took, ..
    } = event
    {
        if let Some(advice) = state.advice().iter().find(|one| one.effect == *effect) {
            return advised(advice, *took).into_iter().collect();
        }
        let agent = state.step(step).and_then(|known| known.agent.as_deref());
        // A call that was withdrawn before it was made teaches nothing.
        let was_made =
            |agent: &&AgentState| agent.latest() != Latest::Unknown || *took != Amount::ZERO;
        let taught = agent.filter(was_made).map(|agent| call(agent, took.money));
        return taught.into_iter().collect();
    }
    if let Event::StepVerified { step, checks } = event {
        let is_proven = checks.iter().all(|judged| judged.verdict == Verdict::Held);
        return judged(state, step, is_proven.then_some(true));
    }
    if let Event::StepFailed {
        step,
        why,
        retry_in: None,
    } = event
    {
        return judged(state, step, blame(state, step, why));
    }
    if let Event::PlansCompared { considered } = event {
        return considered
            .iter()
            .flat_map(|considered| proposed(state, considered))
            .collect();
    }
    if let Event::FeedbackGiven { step, rating, .. } = event {
        return state
            .steps()
            .filter(|(known, _)| step.as_ref().is_none_or(|step| known.id == *step))
            .filter_map(|(known, found)| {
                let agent = found.agent.as_deref()?;
                let outcome = Outcome {
                    feedback: Some(*rating),
                    was_judged: was_judged(known, found),
                    ..Outcome::of(agent.setup().kind)
                };
                Some(Lesson {
                    rated: Some(known.id.clone()),
                    ..lesson(agent.model(), outcome, None)
                })
            })
            .collect();
    }
    Vec::new()
}

/// Says whether the failure of a step speaks against its model.
fn blame(state: &RunState, step: &StepId, why: &StepFailure) -> Option<bool> {
    match why {
        StepFailure::Checks(_) => Some(false),
        StepFailure::Effect(_) => {
            let agent = state.step(step)?.agent.as_deref()?;
            // Where it did not come to an end by itself, that is its doing.
            let is_its_doing = matches!(
                agent.next(),
                Next::Stuck(Stuck::Limit(_) | Stuck::Circle(_) | Stuck::Useless(_))
            );
            is_its_doing.then_some(false)
        }
        StepFailure::Conflict(_)
        | StepFailure::Denied(_)
        | StepFailure::InDoubt
        | StepFailure::OutOfTime
        | StepFailure::Budget(_) => None,
    }
}

fn lesson(selected: &Selected, outcome: Outcome, was_there: Option<bool>) -> Lesson {
    let (prior, typical) = match &selected.info {
        Some(info) => (Prior::of(info, outcome.kind), info.typical),
        None => (Prior::UNKNOWN, Millis::from_secs(10)),
    };
    Lesson {
        model: selected.model.clone(),
        prior,
        typical,
        outcome,
        was_there,
        rated: None,
    }
}

/// What a call of an agent teaches.
fn call(agent: &AgentState, real: MicroUsd) -> Lesson {
    let (took, was_there) = match agent.latest() {
        Latest::Answered(took) => (Some(took), Some(true)),
        Latest::Failed(kind) => (None, was_there(kind)),
        Latest::Unknown => (None, None),
    };
    called(agent.model(), agent.setup().kind, real, took, was_there)
}

/// What a call for advice teaches. One that nobody heard the end of teaches nothing, nor one that was
/// withdrawn before it was made, because others had spent what it needed.
fn advised(advice: &Advice, took: Amount) -> Option<Lesson> {
    let (lasted, was_there) = match advice.heard.as_ref()? {
        Heard::Answered { took, .. } => (Some(*took), Some(true)),
        Heard::Failed(failure) if failure.kind == FailureKind::Conflict && took == Amount::ZERO => {
            return None;
        }
        Heard::Failed(failure) => (None, was_there(failure.kind)),
        Heard::Stopped => return None,
    };
    let kind = kind_of(advice.ask.topic);
    let selected = &advice.ask.selected;
    Some(called(selected, kind, took.money, lasted, was_there))
}

const fn kind_of(topic: Topic) -> Kind {
    match topic {
        Topic::Intent => Kind::Understand,
        Topic::Plan(_) | Topic::Repair(_) => Kind::Plan,
    }
}

/// What the failure of a call says about whether anybody was there.
const fn was_there(kind: FailureKind) -> Option<bool> {
    match kind {
        // Who turns a call away is not there for it either: there is no key, or no such model.
        FailureKind::Retryable
        | FailureKind::Unavailable
        | FailureKind::TimedOut
        | FailureKind::Refused
        | FailureKind::Missing => Some(false),
        FailureKind::Conflict | FailureKind::Corrupt | FailureKind::Internal => None,
    }
}

/// How long a call took, what it cost, and whether anybody was there.
fn called(
    selected: &Selected,
    kind: Kind,
    real: MicroUsd,
    took: Option<Millis>,
    was_there: Option<bool>,
) -> Lesson {
    let routed = selected.routed.as_ref();
    let expected = routed
        .and_then(|routed| {
            let front = &routed.choice.front;
            front.iter().find(|ranked| ranked.model == selected.model)
        })
        .map_or(MicroUsd::ZERO, |ranked| ranked.priced);
    let outcome = Outcome {
        took,
        cost: Some(Cost { real, expected }),
        ..Outcome::of(kind)
    };
    lesson(selected, outcome, was_there)
}

/// What the check of a proposed plan teaches about whoever proposed it: one that can be run was good
/// work, and one that had to be put right was not.
fn proposed(state: &RunState, considered: &Considered) -> Vec<Lesson> {
    let number = considered.number;
    let mut verdicts = vec![(
        Topic::Plan(number),
        considered.is_feasible() && !considered.repaired,
    )];
    if considered.repaired {
        verdicts.push((Topic::Repair(number), considered.is_feasible()));
    }
    verdicts
        .into_iter()
        .filter_map(|(topic, is_good)| {
            let mut asked = state.advice().iter().rev();
            let advice = asked.find(|advice| advice.ask.topic == topic)?;
            // Who said nothing was not judged.
            let said_it = matches!(&advice.heard, Some(Heard::Answered { .. }));
            let outcome = Outcome {
                verified: Some(is_good),
                ..Outcome::of(kind_of(topic))
            };
            said_it.then(|| lesson(&advice.ask.selected, outcome, None))
        })
        .collect()
}

/// What the end of a step teaches about the model that thought last.
fn judged(state: &RunState, id: &StepId, verdict: Option<bool>) -> Vec<Lesson> {
    let found = state.plan().step(id).zip(state.step(id));
    let Some((step, known)) = found else {
        return Vec::new();
    };
    let (Some(verdict), Some(agent)) = (verdict, known.agent.as_deref()) else {
        return Vec::new();
    };
    // Where an earlier run's calls were made again, no model has done anything.
    if agent.turn() == 0 && agent.setup().recorded.is_some() {
        return Vec::new();
    }
    // Without a check, that it is done is the model's own word.
    if verdict && step.verify.is_empty() {
        return Vec::new();
    }
    let outcome = Outcome {
        verified: Some(verdict),
        ..Outcome::of(agent.setup().kind)
    };
    vec![lesson(agent.model(), outcome, None)]
}

/// Tells whether a verifier has spoken about a step.
fn was_judged(step: &Step, known: &StepState) -> bool {
    match &known.status {
        StepStatus::Verified => !step.verify.is_empty(),
        StepStatus::Failed(StepFailure::Checks(_)) => true,
        StepStatus::Waiting
        | StepStatus::Ready
        | StepStatus::Asked(_)
        | StepStatus::Running(_)
        | StepStatus::Unproven
        | StepStatus::Failed(_)
        | StepStatus::Skipped(_) => false,
    }
}

#[cfg(test)]
mod tests;
