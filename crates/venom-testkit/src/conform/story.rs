//! Small runs that are legal from their first event to their last, for suites and benches.

use std::collections::BTreeMap;

use venom_kernel::confidence::Confidence;
use venom_kernel::confine::{Confinement, Grants};
use venom_kernel::effect::{Done, EffectClass, EffectKind, EffectOutcome};
use venom_kernel::event::{Event, Outcome, RunOptions, RunStarted, WorkspaceInfo};
use venom_kernel::id::{EffectId, RunId, Seq, StepId};
use venom_kernel::intent::{Goal, Intent};
use venom_kernel::plan::{Expected, Plan, Step};
use venom_kernel::policy::Policy;
use venom_kernel::run::Proposed;
use venom_kernel::skill::Reach;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::lease::Fence;
use venom_ports::log::Batch;

use super::Checked;

/// Returns the id of the n-th run; later ones are younger.
pub const fn run(number: u64) -> RunId {
    RunId::new(1_700_000_000_000 + number, number as u128)
}

/// Returns the moment some seconds after the story begins.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

/// Makes a batch of events without causes, under fence 0.
pub fn batch(run: RunId, expected: u64, events: Vec<Event>) -> Batch {
    let events = events
        .into_iter()
        .map(|event| Proposed { event, cause: None })
        .collect();
    Batch {
        run,
        expected: Seq::new(expected),
        fence: Fence(0),
        time: at(0),
        events,
    }
}

/// The first event of a run.
pub fn started(goal: &str) -> Event {
    Event::RunStarted(Box::new(RunStarted {
        goal: goal.to_owned(),
        workspace: WorkspaceInfo {
            root: "/home/ada/shop".to_owned(),
            copy_of: None,
        },
        options: RunOptions::default(),
        policy: Policy::default(),
        version: "0.1.0".to_owned(),
        digests: BTreeMap::new(),
        confinement: Confinement::default(),
        texts: BTreeMap::new(),
    }))
}

/// Somebody pauses the run.
pub fn paused() -> Event {
    Event::RunPaused {
        by: "user".to_owned(),
    }
}

/// Somebody lets it go on.
pub fn resumed() -> Event {
    Event::RunResumed {
        by: "user".to_owned(),
    }
}

/// Pauses and resumptions in turn, beginning with a pause: the shortest story without an end.
pub fn pauses(count: usize) -> Vec<Event> {
    (0..count)
        .map(|n| if n % 2 == 0 { paused() } else { resumed() })
        .collect()
}

/// The run ends well.
pub const fn finished() -> Event {
    Event::RunFinished {
        outcome: Outcome::Succeeded,
    }
}

/// The three events from a goal to a plan of some steps, each behind the one before.
pub fn planned(goal: &str, steps: u32) -> Checked<Vec<Event>> {
    let mut plan = Plan::default();
    let mut before: Vec<StepId> = Vec::new();
    for number in 1..=steps {
        let step = step(number, std::mem::take(&mut before))?;
        before.push(step.id.clone());
        plan.steps.push(step);
    }
    let intent = Intent {
        name: "fix".to_owned(),
        confidence: Confidence::CERTAIN,
        goals: vec![Goal {
            action: "fix".to_owned(),
            text: goal.to_owned(),
            params: BTreeMap::new(),
            priority: 1,
            after: Vec::new(),
            confidence: Confidence::CERTAIN,
            candidates: Vec::new(),
            missing: Vec::new(),
        }],
        target: None,
        constraints: vec![],
        targets: vec![],
        remembered: vec![],
        learned: None,
    };
    Ok(vec![
        started(goal),
        Event::IntentParsed {
            intent: Box::new(intent),
        },
        Event::PlanGenerated {
            plan: Box::new(plan),
        },
    ])
}

/// The five events of the n-th step of a plan, whose call took some milliseconds.
pub fn stepped(number: u32, took: u64) -> Checked<Vec<Event>> {
    let step = name(number)?;
    let id = EffectId::new(number);
    let kind = EffectKind::Call {
        prepared: serde_json::Value::Null,
    };
    let done = Done {
        took: Millis::new(took),
        ..Done::default()
    };
    Ok(vec![
        Event::StepStarted {
            step: step.clone(),
            attempt: 1,
        },
        Event::EffectStarted {
            id,
            step: step.clone(),
            kind,
            class: EffectClass::Pure,
        },
        Event::EffectFinished {
            id,
            outcome: EffectOutcome::Done(done),
            receipt: None,
        },
        Event::StepExecuted { step: step.clone() },
        Event::StepVerified {
            step,
            checks: Vec::new(),
        },
    ])
}

/// A whole run of some steps, whose calls took 10, 20, 30… milliseconds.
pub fn whole(goal: &str, steps: u32) -> Checked<Vec<Event>> {
    let mut events = planned(goal, steps)?;
    for number in 1..=steps {
        events.extend(stepped(number, u64::from(number) * 10)?);
    }
    events.push(finished());
    Ok(events)
}

/// Skill and action of every step.
pub const ACTION: (&str, &str) = ("code", "scan");

fn name(number: u32) -> Checked<StepId> {
    Ok(format!("step-{number}").parse()?)
}

fn step(number: u32, depends_on: Vec<StepId>) -> Checked<Step> {
    Ok(Step {
        id: name(number)?,
        title: format!("Do part {number}"),
        goal: 1,
        skill: ACTION.0.to_owned(),
        action: ACTION.1.to_owned(),
        params: serde_json::Value::Null,
        depends_on,
        class: EffectClass::Pure,
        reach: Reach::Local,
        needs: Vec::new(),
        writes: Vec::new(),
        verify: Vec::new(),
        restores: Vec::new(),
        optional: false,
        prepares: false,
        grants: Grants::default(),
        timeout: Millis::from_secs(60),
        expected: Expected::default(),
    })
}
