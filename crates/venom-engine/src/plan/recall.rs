//! What earlier runs on a workspace said, for parameters that ask for it.
//!
//! An action marks such a parameter in the schema of its parameters: `x-from-history` says what is
//! wanted, `x-when` names the parameter that must be true. What is found goes into the plan, and so into
//! the log: a replay or a resume does not look again.

use serde_json::Value;
use venom_kernel::effect::EffectOutcome;
use venom_kernel::event::Event;
use venom_kernel::evidence::Evidence;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::plan::Plan;
use venom_ports::Result;

use crate::world::World;

/// How many runs are looked at. Chosen: the last tests were run days ago at most.
const RUNS: usize = 200;

/// How many events of a run are read at a time.
const PAGE: usize = 500;

/// The most events of a run that are read. Chosen: a run of a thousand steps.
const EVENTS: u64 = 20_000;

/// Fills parameters from the history of a workspace. What cannot be found stays out: the action knows
/// best what to say then.
pub(super) async fn fill(world: &World, plan: &mut Plan, workspace: &str) {
    for step in &mut plan.steps {
        let Some(manifest) = world.skills.manifests().action(&step.skill, &step.action) else {
            continue;
        };
        let Some(properties) = manifest.params.get("properties").and_then(Value::as_object) else {
            continue;
        };
        for (name, property) in properties {
            let said = |key: &str| property.get(key).and_then(Value::as_str);
            let Some((what, when)) = said("x-from-history").zip(said("x-when")) else {
                continue;
            };
            let Some(params) = step.params.as_object_mut() else {
                continue;
            };
            let is_asked = params.get(when) == Some(&Value::Bool(true));
            if !is_asked || params.get(name).is_some_and(|given| !given.is_null()) {
                continue;
            }
            let found = match what {
                "failing-tests" => failing_tests(world, workspace).await,
                _ => None,
            };
            if let Some(found) = found {
                params.insert(name.clone(), Value::from(found));
            }
        }
    }
}

/// The tests that failed in the last run on a workspace that ran any.
async fn failing_tests(world: &World, workspace: &str) -> Option<Vec<String>> {
    let rows = world.projections.runs(RUNS).await.ok()?;
    for row in rows.iter().filter(|row| row.workspace == workspace) {
        match last_tests(world, row.run).await {
            Ok(Some(failing)) => return Some(failing),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(run = %row.run, %error, "a run's log cannot be read for its tests");
            }
        }
    }
    None
}

async fn last_tests(world: &World, run: RunId) -> Result<Option<Vec<String>>> {
    let mut after = Seq::ZERO;
    let mut found = None;
    loop {
        let page = world.log.read(run, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        after = last.seq;
        for envelope in &page {
            if let Event::EffectFinished {
                outcome: EffectOutcome::Done(done),
                ..
            } = &envelope.event
            {
                for fact in &done.evidence {
                    // A suite that broke before it named anything says nothing about single tests.
                    if let Evidence::Tests(tests) = fact
                        && (tests.complete || !tests.failing.is_empty())
                    {
                        found = Some(tests.failing.clone());
                    }
                }
            }
        }
        if page.len() < PAGE || after.number() >= EVENTS {
            return Ok(found);
        }
    }
}
