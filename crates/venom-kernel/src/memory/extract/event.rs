//! Which texts of a run are read, and how far each is trusted.
//!
//! The user's words are the goal, answers, and reasons for a refusal. What VENOM saw itself is believed
//! too. What programs print and models say is read and waits for the user; what they say that came out of
//! memory is not read again.

use serde_json::Value;

use super::statement::claim;
use super::{Reading, claims, name};
use crate::change::Payload;
use crate::effect::{Done, EffectKind, EffectOutcome};
use crate::event::{Envelope, Event, Outcome, StatePart, WorkspaceInfo};
use crate::evidence::Evidence;
use crate::memory::Trust;
use crate::memory::fact::{Claim, Observation, Origin, Relation, Saying};
use crate::preference;
use crate::relay::is_asked_by_program;
use crate::run::RunState;

/// Most claims of one event of a program or a model. Chosen: somebody has to look through them.
const MOST_PROPOSED: usize = 20;

/// Most characters that are read of one result. Chosen: what fits into an event, several times.
const MOST_READ: usize = 16 * 1_024;

/// How deep a result is looked into. Chosen: results are lists of records.
const DEEPEST: usize = 6;

/// Returns the name of the project that a workspace is: the last part of its path.
pub fn project(workspace: &WorkspaceInfo) -> String {
    let place = preference::place(workspace);
    let last = place.trim_end_matches('/').rsplit('/').next();
    name(last.unwrap_or(place))
}

/// Returns what an event says about what is known; `before` is the state of its run before it.
pub fn saying(before: &RunState, envelope: &Envelope) -> Option<Saying> {
    let (run, time) = (envelope.run, envelope.time);
    let event = &envelope.event;
    if let Event::RunFinished { outcome } = event {
        let is_success = *outcome == Outcome::Succeeded;
        return Some(Saying::Ended {
            run,
            is_success,
            time,
        });
    }
    if let Event::StateRewound { to, part, .. } = event {
        let all = *part == StatePart::All;
        return all.then_some(Saying::TakenBack { run, to: *to, time });
    }
    if let Event::Forked { .. } = event {
        return Some(Saying::TakenOver { run, time });
    }
    let said = said(before, envelope)?;
    if said.claims.is_empty() {
        return None;
    }
    Some(Saying::Observed(Observation {
        origin: Origin::Event {
            run,
            seq: envelope.seq,
        },
        time,
        trust: said.trust,
        speaker: said.speaker,
        source: said.source,
        claims: said.claims,
    }))
}

struct Said {
    trust: Trust,
    speaker: String,
    source: Option<String>,
    claims: Vec<Claim>,
}

fn said(before: &RunState, envelope: &Envelope) -> Option<Said> {
    let event = &envelope.event;
    let workspace = if let Event::RunStarted(started) = event {
        &started.workspace
    } else {
        &before.started()?.workspace
    };
    let project = project(workspace);
    let read = |text: &str, user: &str| {
        let reading = Reading {
            project: &project,
            user,
            time: envelope.time,
        };
        claims(text, &reading)
    };
    let words = |text: &str, by: &str| {
        Some(Said {
            trust: Trust::User,
            speaker: by.to_owned(),
            source: None,
            claims: read(text, by),
        })
    };
    if let Event::RunStarted(started) = event {
        // What a program sends to a model is anybody's text.
        if is_asked_by_program(started) {
            return None;
        }
        return words(&started.goal, "user");
    }
    if let Event::ClarificationAnswered { answer, by, .. } = event {
        return words(answer, by);
    }
    if let Event::ApprovalDenied {
        reason: Some(reason),
        by,
        ..
    } = event
    {
        return words(reason, by);
    }
    let Event::EffectFinished {
        id,
        outcome: EffectOutcome::Done(done),
        ..
    } = event
    else {
        return None;
    };
    let (_, open) = before.open_effects().find(|(open, _)| open == id)?;
    let step = before.plan().steps.get(open.step)?;
    match &open.kind {
        EffectKind::Call { .. } => {
            let seen = seen(done, &project);
            if !seen.is_empty() {
                return Some(Said {
                    trust: Trust::Venom,
                    speaker: "venom".to_owned(),
                    source: None,
                    claims: seen,
                });
            }
            let Payload::Inline(result) = &done.result else {
                return None;
            };
            let mut text = String::new();
            gather(result, DEEPEST, &mut text);
            Some(proposed(
                &format!("{}.{}", step.skill, step.action),
                read(&text, "tool"),
            ))
        }
        EffectKind::Act { skill, action, .. } => {
            let shown: String = done.shown.as_deref()?.chars().take(MOST_READ).collect();
            Some(proposed(&format!("{skill}.{action}"), read(&shown, "tool")))
        }
        EffectKind::Think { .. } => {
            let reply = done.reply.as_ref()?;
            let text: String = reply.text().chars().take(MOST_READ).collect();
            let mut claims = read(&text, "model");
            claims.truncate(MOST_PROPOSED);
            Some(Said {
                trust: Trust::Model,
                speaker: reply.model.clone(),
                source: None,
                claims,
            })
        }
        EffectKind::Commit { .. }
        | EffectKind::Check
        | EffectKind::Rerun { .. }
        | EffectKind::Restore { .. }
        | EffectKind::Prove { .. } => None,
    }
}

fn proposed(tool: &str, mut claims: Vec<Claim>) -> Said {
    claims.truncate(MOST_PROPOSED);
    Said {
        trust: Trust::Untrusted,
        speaker: tool.to_owned(),
        source: None,
        claims,
    }
}

/// What VENOM saw itself: which runner ran the project's tests.
fn seen(done: &Done, project: &str) -> Vec<Claim> {
    done.evidence
        .iter()
        .filter_map(|evidence| {
            let Evidence::Tests(tests) = evidence else {
                return None;
            };
            let runner = name(&tests.runner);
            let has_run = tests.complete && tests.ran() > 0;
            let fits = has_run && !runner.is_empty() && !project.is_empty();
            fits.then(|| Claim {
                sentence: format!("{} ran {} tests", tests.runner, tests.ran()),
                ..claim(project, Relation::TestedWith, &runner)
            })
        })
        .collect()
}

/// Gathers the texts of a result that can be sentences, each a paragraph of its own.
fn gather(value: &Value, deep: usize, text: &mut String) {
    if deep == 0 || text.len() >= MOST_READ {
        return;
    }
    match value {
        Value::String(words) => {
            if words.split_whitespace().nth(2).is_some() {
                text.extend(words.chars().take(MOST_READ));
                text.push_str("\n\n");
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, deep - 1, text)),
        Value::Object(map) => map.values().for_each(|item| gather(item, deep - 1, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
