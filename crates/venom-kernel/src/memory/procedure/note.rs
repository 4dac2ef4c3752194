//! What the logs of runs say about procedures, and what holds by it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few events are about procedures"
)]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Procedure, ProcedureId, Source, Taken};
use crate::event::{Envelope, Event, Outcome, SkillVerdict};
use crate::id::{RunId, Seq};
use crate::run::RunState;
use crate::time::Timestamp;

/// What an event says about procedures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// One was learned.
    Learned(Box<Procedure>),
    /// A user decided about one.
    Decided {
        /// Which.
        skill: ProcedureId,
        /// What.
        verdict: SkillVerdict,
        /// Who.
        by: String,
    },
    /// One was taken for a goal.
    Used(Taken),
    /// A run that took one succeeded without a model.
    Held {
        /// Which.
        skill: ProcedureId,
        /// Its version.
        version: u32,
    },
    /// A run that took one needed a model, or did not succeed.
    Failed {
        /// Which.
        skill: ProcedureId,
        /// Its version.
        version: u32,
        /// Why.
        why: String,
    },
}

/// A note with its place in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// The run.
    pub run: RunId,
    /// The event.
    pub seq: Seq,
    /// When.
    pub time: Timestamp,
    /// What it says.
    pub note: Note,
}

/// Returns what an event says about procedures. `before` is the state of its run before it.
pub fn noted(before: &RunState, envelope: &Envelope) -> Option<Noted> {
    let note = match &envelope.event {
        Event::SkillLearned { procedure } => Note::Learned(procedure.clone()),
        Event::SkillDecided { skill, verdict, by } => Note::Decided {
            skill: *skill,
            verdict: *verdict,
            by: by.clone(),
        },
        // Where it is understood a second time, it was counted already.
        Event::IntentParsed { intent } if before.intent().is_none() => {
            Note::Used((**intent.learned.as_ref()?).clone())
        }
        Event::RunFinished { outcome } => {
            let taken = before.intent()?.learned.as_ref()?;
            if taken.passed_over.is_some() {
                return None;
            }
            let (skill, version) = (taken.skill, taken.version);
            match failure(before, outcome) {
                Ok(None) => Note::Held { skill, version },
                Ok(Some(why)) => Note::Failed {
                    skill,
                    version,
                    why,
                },
                Err(Unjudged) => return None,
            }
        }
        _ => return None,
    };
    Some(Noted {
        run: envelope.run,
        seq: envelope.seq,
        time: envelope.time,
        note,
    })
}

/// The run says nothing about the procedure.
struct Unjudged;

fn failure(state: &RunState, outcome: &Outcome) -> Result<Option<String>, Unjudged> {
    match outcome {
        Outcome::Succeeded => {}
        Outcome::Partial | Outcome::Failed | Outcome::Unplannable(_) => {
            return Ok(Some("the run did not succeed".to_owned()));
        }
        Outcome::Planned | Outcome::OutOfScope | Outcome::Unclear | Outcome::Cancelled => {
            return Err(Unjudged);
        }
    }
    for (step, known) in state.steps() {
        let Some(agent) = &known.agent else { continue };
        if agent.turn() == 0 {
            continue;
        }
        let passed = agent
            .setup()
            .recorded
            .as_ref()
            .and_then(|recorded| recorded.passed_over.clone());
        let why = passed.unwrap_or_else(|| format!("{} needed a model", step.id));
        return Ok(Some(why));
    }
    Ok(None)
}

/// A procedure with how it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Known {
    /// The procedure, as it was learned last.
    pub procedure: Procedure,
    /// Where that stands in the log.
    pub source: Source,
    /// When it was learned.
    pub learned: Timestamp,
    /// How often it was learned in another way, from 1.
    pub version: u32,
    /// Who approved of this version.
    pub approved: Option<String>,
    /// Verified runs that did this version, the first one included, since it last failed.
    pub successes: u32,
    /// How often it was taken for a goal.
    pub used: u32,
    /// How often that needed no model.
    pub held: u32,
    /// How often it did.
    pub failed: u32,
    /// How often a guard did not hold before it began.
    pub passed_over: u32,
    /// Why it failed or was passed over last.
    pub latest: Option<String>,
}

impl Known {
    /// Tells whether it is used without anybody being asked: it was approved, or it held so often; `None` means
    /// that only approval counts. What may come from text that nobody vouches for needs approval.
    pub fn is_used(&self, after: Option<u32>) -> bool {
        self.approved.is_some()
            || (!self.procedure.is_tainted
                && after.is_some_and(|after| self.successes >= after.max(1)))
    }
}

/// Folds what the events of all runs say, in the order of the log, to the procedures that hold, by their ids.
/// `is_void` tells whether a note does not count.
pub fn known<'n>(
    notes: impl IntoIterator<Item = &'n Noted>,
    is_void: &dyn Fn(&Noted) -> bool,
) -> BTreeMap<ProcedureId, Known> {
    let mut all: BTreeMap<ProcedureId, Known> = BTreeMap::new();
    let mut versions: BTreeMap<ProcedureId, u32> = BTreeMap::new();
    for noted in notes.into_iter().filter(|noted| !is_void(noted)) {
        match &noted.note {
            Note::Learned(procedure) => {
                let source = Source {
                    run: noted.run,
                    seq: noted.seq,
                };
                // What outside words had a part in says nothing for what they had none in.
                if let Some(known) = all.get_mut(&procedure.id)
                    && is_same(&known.procedure, procedure)
                    && (known.procedure.is_tainted || !procedure.is_tainted)
                {
                    known.successes = known.successes.saturating_add(1);
                    continue;
                }
                let version = versions.entry(procedure.id).or_insert(0);
                *version = version.saturating_add(1);
                let before = all.remove(&procedure.id);
                let count = |of: fn(&Known) -> u32| before.as_ref().map_or(0, of);
                let known = Known {
                    procedure: (**procedure).clone(),
                    source,
                    learned: noted.time,
                    version: *version,
                    approved: None,
                    successes: 1,
                    used: count(|known| known.used),
                    held: count(|known| known.held),
                    failed: count(|known| known.failed),
                    passed_over: count(|known| known.passed_over),
                    latest: before.as_ref().and_then(|known| known.latest.clone()),
                };
                all.insert(procedure.id, known);
            }
            Note::Decided { skill, verdict, by } => match verdict {
                SkillVerdict::Approved => {
                    // A decision stands in the log of the run that taught what was read; a later version is another.
                    if let Some(known) = all
                        .get_mut(skill)
                        .filter(|known| known.source.run == noted.run)
                    {
                        known.approved = Some(by.clone());
                    }
                }
                SkillVerdict::Forgotten => drop(all.remove(skill)),
            },
            Note::Used(taken) => {
                if let Some(known) = all.get_mut(&taken.skill) {
                    match &taken.passed_over {
                        Some(why) => {
                            known.passed_over = known.passed_over.saturating_add(1);
                            known.latest = Some(why.clone());
                        }
                        None => known.used = known.used.saturating_add(1),
                    }
                }
            }
            Note::Held { skill, version } => {
                if let Some(known) = all.get_mut(skill) {
                    known.held = known.held.saturating_add(1);
                    if known.version == *version {
                        known.successes = known.successes.saturating_add(1);
                    }
                }
            }
            Note::Failed {
                skill,
                version,
                why,
            } => {
                if let Some(known) = all.get_mut(skill) {
                    known.failed = known.failed.saturating_add(1);
                    known.latest = Some(why.clone());
                    // Whoever approved did not know of this.
                    if known.version == *version {
                        known.approved = None;
                        known.successes = 0;
                    }
                }
            }
        }
    }
    all
}

/// Tells whether two procedures with one name do the same. What the files were before may differ.
fn is_same(one: &Procedure, two: &Procedure) -> bool {
    let calls = |of: &Procedure| -> Vec<_> {
        of.works
            .iter()
            .map(|(step, work)| {
                let guards: Vec<_> = work
                    .guards
                    .iter()
                    .map(|guard| (guard.path.clone(), guard.before, guard.after))
                    .collect();
                (step.clone(), work.calls.clone(), guards)
            })
            .collect()
    };
    one.slots == two.slots && calls(one) == calls(two)
}
