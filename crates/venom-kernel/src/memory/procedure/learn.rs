//! Learning: what a run did, read from its own log, as a procedure.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few events are about what an agent did"
)]

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Guard, LARGEST, MOST_CALLS, Procedure, ProcedureId, Work, fill, literal};
use crate::agent::{SEARCH, SKILL, is_agent};
use crate::change::{ChangeSet, ChangesRef, EntryState, FileState};
use crate::confidence::Confidence;
use crate::digest::Digest;
use crate::effect::{EffectClass, EffectKind, EffectOutcome};
use crate::event::{Envelope, Event, Outcome};
use crate::id::{EffectId, StepId};
use crate::memory::Trust;
use crate::model::ToolCall;
use crate::preference;
use crate::run::{RunState, StepStatus};
use crate::skill::{Need, Reach};

/// Why nothing is learned from a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unlearnable(pub String);

fn not(why: impl Into<String>) -> Unlearnable {
    Unlearnable(why.into())
}

/// A call that changed something.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// The call.
    pub call: ToolCall,
    /// Whether it names the text that it changes.
    pub is_anchored: bool,
    /// What it changed.
    pub changes: ChangesRef,
}

/// What an agent did that somebody else can do again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deeds {
    /// The calls that changed something, in the order in which they were wished for. Calls that go side by side
    /// end in any order; two runs that did the same are the same.
    pub done: Vec<Deed>,
    /// The files that it read.
    pub read: Vec<String>,
    /// Whether text that nobody here vouches for was part of what it was told.
    pub is_tainted: bool,
}

/// Where a call stands: the answer, and the place in it. A name is only that of one call of one answer.
type Place = (u16, usize);

struct Wished {
    place: Place,
    call: ToolCall,
    is_anchored: bool,
    class: EffectClass,
    is_read: bool,
}

/// Reads what the agent of a step did from the events of its run.
pub fn deeds(events: &[Envelope], step: &StepId) -> Result<Deeds, Unlearnable> {
    let mut wishes: BTreeMap<(u16, String), (usize, ToolCall)> = BTreeMap::new();
    let mut turns: BTreeMap<EffectId, u16> = BTreeMap::new();
    let mut acts: BTreeMap<EffectId, Wished> = BTreeMap::new();
    let mut commits: BTreeMap<EffectId, ChangesRef> = BTreeMap::new();
    let mut staged: Vec<(Place, Deed)> = Vec::new();
    let mut committed: Vec<(Place, Deed)> = Vec::new();
    let mut outside: Vec<(String, String)> = Vec::new();
    let mut found = Deeds::default();
    for envelope in events {
        match &envelope.event {
            Event::AgentCreated { step: of, setup } if of == step => {
                let recorded = setup.recorded.iter().flat_map(|recorded| &recorded.calls);
                wishes.extend(numbered(0, recorded));
                found.is_tainted |= setup
                    .recall
                    .iter()
                    .flat_map(|recall| &recall.memories)
                    .any(|memory| !matches!(memory.trust, Trust::User | Trust::Venom));
                let far = setup
                    .tools
                    .iter()
                    .filter(|tool| tool.act.reach != Reach::Local);
                outside.extend(far.map(|tool| (tool.act.skill.clone(), tool.act.action.clone())));
            }
            Event::EffectStarted {
                id,
                step: of,
                kind,
                class,
            } if of == step => match kind {
                EffectKind::Think { turn, .. } => drop(turns.insert(*id, *turn)),
                EffectKind::Act {
                    turn,
                    call,
                    skill,
                    action,
                } => {
                    if skill == SKILL {
                        // What it finds may be anybody's words.
                        found.is_tainted |= action == SEARCH;
                        continue;
                    }
                    if *class > EffectClass::Reversible {
                        return Err(not(format!("{skill}.{action} cannot be taken back")));
                    }
                    if outside.contains(&(skill.clone(), action.clone())) {
                        return Err(not(format!("{skill}.{action} reaches outside")));
                    }
                    let wished = wishes
                        .get(&(*turn, call.clone()))
                        .ok_or_else(|| not("a call stands in no answer"))?;
                    let (position, wished) = wished;
                    let wished = Wished {
                        place: (*turn, *position),
                        call: wished.clone(),
                        is_anchored: skill == "files" && action == "edit",
                        class: *class,
                        is_read: skill == "files" && action == "read",
                    };
                    acts.insert(*id, wished);
                }
                EffectKind::Commit { changes } => drop(commits.insert(*id, changes.clone())),
                EffectKind::Call { .. }
                | EffectKind::Check
                | EffectKind::Rerun { .. }
                | EffectKind::Restore { .. }
                | EffectKind::Prove { .. } => {}
            },
            Event::EffectFinished { id, outcome, .. } => {
                let EffectOutcome::Done(done) = outcome else {
                    continue;
                };
                if let (Some(turn), Some(reply)) = (turns.get(id), &done.reply) {
                    wishes.extend(numbered(*turn, reply.calls()));
                } else if let Some(act) = acts.get(id) {
                    match &done.changes {
                        Some(changes) => {
                            let deed = Deed {
                                call: act.call.clone(),
                                is_anchored: act.is_anchored,
                                changes: changes.clone(),
                            };
                            staged.push((act.place, deed));
                        }
                        None if act.is_read && act.class == EffectClass::Pure => {
                            let path = act.call.arguments.get("path").and_then(Value::as_str);
                            found.read.extend(path.map(str::to_owned));
                        }
                        None => {}
                    }
                } else if let Some(changes) = commits.get(id)
                    && done.conflicts.is_empty()
                {
                    let at = staged.iter().position(|(_, deed)| deed.changes == *changes);
                    let at = at.ok_or_else(|| not("edits were committed that no call staged"))?;
                    committed.push(staged.remove(at));
                }
            }
            Event::Restored { step: of, .. } if of == step => {
                return Err(not("edits were taken back"));
            }
            Event::ClarificationAsked { question, .. }
                if question.key.starts_with(&format!("agent/{step}/")) =>
            {
                return Err(not(
                    "it asked the user, whose answer may be another one next time",
                ));
            }
            Event::Forked { .. } | Event::StateRewound { .. } | Event::Rewound { .. } => {
                return Err(not("the run went back, or comes from another one"));
            }
            _ => {}
        }
    }
    committed.sort_by_key(|(place, _)| *place);
    found.done = committed.into_iter().map(|(_, deed)| deed).collect();
    if found.done.is_empty() {
        return Err(not("nothing was changed"));
    }
    if found.done.len() > MOST_CALLS {
        return Err(not(format!(
            "it has {} calls that change something, and {MOST_CALLS} are learned",
            found.done.len()
        )));
    }
    Ok(found)
}

/// Names calls by their answer and their name in it, with their places.
fn numbered<'c>(
    turn: u16,
    calls: impl Iterator<Item = &'c ToolCall>,
) -> impl Iterator<Item = ((u16, String), (usize, ToolCall))> {
    calls
        .enumerate()
        .map(move |(position, call)| ((turn, call.id.clone()), (position, call.clone())))
}

impl Work {
    /// Makes the work of what an agent did, with the edits of each of its deeds, and with what the files are
    /// that it only read.
    pub fn of(
        deeds: &[(Deed, ChangeSet)],
        read: &BTreeMap<String, Option<Digest>>,
        claim: &str,
    ) -> Result<Self, Unlearnable> {
        let mut guards: BTreeMap<String, Guard> = BTreeMap::new();
        for (deed, changes) in deeds {
            for change in changes.changes() {
                let (before, after) = (
                    digest(change.before.as_ref())?,
                    digest(change.after.as_ref())?,
                );
                let is_folder = |state: &Option<FileState>| {
                    state
                        .as_ref()
                        .is_some_and(|state| state.entry == EntryState::Folder)
                };
                if is_folder(&change.before) || is_folder(&change.after) {
                    continue;
                }
                let path = change.path.to_string();
                match guards.get_mut(&path) {
                    Some(guard) if guard.after == before => {
                        guard.after = after;
                        guard.is_anchored &= deed.is_anchored;
                    }
                    Some(_) => return Err(not(format!("somebody else changed {path} meanwhile"))),
                    None => {
                        let guard = Guard {
                            path: path.clone(),
                            before,
                            after,
                            is_anchored: deed.is_anchored,
                        };
                        guards.insert(path, guard);
                    }
                }
            }
        }
        for (path, state) in read {
            guards.entry(path.clone()).or_insert_with(|| Guard {
                path: path.clone(),
                before: *state,
                after: *state,
                is_anchored: false,
            });
        }
        let calls = deeds
            .iter()
            .enumerate()
            .map(|(at, (deed, _))| ToolCall {
                id: format!("again{}", at + 1),
                name: deed.call.name.clone(),
                arguments: deed.call.arguments.clone(),
                seal: None,
            })
            .collect();
        Ok(Self {
            calls,
            guards: guards.into_values().collect(),
            claim: claim.to_owned(),
        })
    }
}

fn digest(state: Option<&FileState>) -> Result<Option<Digest>, Unlearnable> {
    let Some(state) = state else { return Ok(None) };
    match state.entry {
        EntryState::File => {
            let digest = state.blob.as_str().parse();
            digest
                .map(Some)
                .map_err(|_unreadable| not("a file has no digest"))
        }
        EntryState::Folder => Ok(None),
        EntryState::Link => Err(not("it changed a link")),
    }
}

/// Makes a procedure of a run that ended, with the works of its steps that thought. The run must have succeeded
/// with every step verified, and everything else in its plan must be safe to repeat.
pub fn learned(
    state: &RunState,
    works: BTreeMap<StepId, Work>,
    is_tainted: bool,
) -> Result<Procedure, Unlearnable> {
    let (Some(started), Some(intent)) = (state.started(), state.intent()) else {
        return Err(not("the run has not begun"));
    };
    if state.outcome() != Some(&Outcome::Succeeded) {
        return Err(not("the run did not succeed"));
    }
    for (step, known) in state.steps() {
        if known.status != StepStatus::Verified {
            return Err(not(format!("{} is not verified", step.id)));
        }
        let repeats =
            is_agent(step) || (step.class <= EffectClass::Idempotent && step.reach == Reach::Local);
        if !repeats {
            return Err(not(format!(
                "{}.{} of {} is not safe to repeat",
                step.skill, step.action, step.id
            )));
        }
        let is_proven = known
            .agent
            .as_ref()
            .is_none_or(|agent| agent.setup().proof.is_some());
        if !is_proven || (is_agent(step) && !works.contains_key(&step.id)) {
            return Err(not(format!("nothing proves {}", step.id)));
        }
    }
    let mut intent = intent.clone();
    intent.confidence = Confidence::CERTAIN;
    intent.remembered.clear();
    intent.learned = None;
    for goal in &mut intent.goals {
        goal.confidence = Confidence::CERTAIN;
        goal.missing.clear();
        goal.candidates.clear();
    }
    let mut plan = state.plan().clone();
    for step in plan.steps.iter_mut().filter(|step| is_agent(step)) {
        // It is done without one, and a step that turns out to need one says so.
        step.needs.retain(|need| *need != Need::Model);
    }
    let slots: Vec<_> = literal::literals(&started.goal)
        .into_iter()
        .filter(|slot| works.values().any(|work| fill::holds(work, &slot.literal)))
        .collect();
    let workspace = preference::place(&started.workspace).to_owned();
    let kinds: Vec<_> = slots.iter().map(|slot| slot.kind).collect();
    let id = ProcedureId::of_digest(&Digest::of(&(
        &workspace,
        literal::pattern(&started.goal, &slots),
        kinds,
    )));
    let procedure = Procedure {
        id,
        workspace,
        goal: started.goal.clone(),
        slots,
        intent,
        plan,
        works,
        is_tainted,
    };
    let bytes = serde_json::to_string(&procedure).map_or(usize::MAX, |text| text.len());
    if bytes > LARGEST {
        return Err(not(format!(
            "it has {bytes} bytes, and {LARGEST} are learned"
        )));
    }
    if !procedure.comes_out_the_same() {
        return Err(not("it does not come out the same when it is filled again"));
    }
    Ok(procedure)
}

impl Procedure {
    /// Tells whether strangers in the places of all literals, and the literals in the places of the strangers
    /// again, give back what was done.
    fn comes_out_the_same(&self) -> bool {
        let strange: BTreeMap<String, String> = self
            .slots
            .iter()
            .map(|slot| (slot.name.clone(), fill::stranger(&slot.literal)))
            .collect();
        let there = fill::pairs(&self.slots, &strange);
        let back: Vec<(String, String)> = there
            .iter()
            .map(|(from, to)| (to.clone(), from.clone()))
            .collect();
        let is_same = |work: &Work| fill::filled(&fill::filled(work, &there), &back) == *work;
        let fits = self
            .fits(&self.goal)
            .is_some_and(|values| values.is_empty());
        fits && self.works.values().all(is_same)
            && self.filled(&BTreeMap::new()).works == self.works
    }
}

#[cfg(test)]
mod tests;
