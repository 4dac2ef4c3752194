//! Procedures: learning what a run did, finding what fits a goal, and seeing whether its guards hold.
//!
//! The kernel says what a procedure is and what holds by the logs. Here is what needs the world: the change sets of
//! a run, and the files of a workspace. What is found enters an intent or what an agent begins with, and so the
//! log: nothing is looked up a second time in a replay.

use std::collections::BTreeMap;

use venom_kernel::agent::is_agent;
use venom_kernel::change::{ChangesRef, RelPath};
use venom_kernel::digest::Digest;
use venom_kernel::event::{Envelope, Event, RunOptions, SkillVerdict};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::intent::Intent;
use venom_kernel::memory::fact::{Origin, Target};
use venom_kernel::memory::procedure::{
    self, Guard, Known, Note, Noted, Procedure, ProcedureId, Recorded, Taken, Unlearnable, Work,
};
use venom_kernel::plan::{Step, patterns_meet};
use venom_kernel::preference;
use venom_kernel::run::{Proposed, RunState};
use venom_ports::api::learned::{self, LearnedSkill, LearnedSkills};
use venom_ports::api::runs::ApiError;
use venom_ports::workspace::Workspace;
use venom_ports::{Failure, FailureKind, Result};

use crate::host::Host;
use crate::time::capture::read_changes;
use crate::world::World;

/// Events of a run that are read at once.
const PAGE: usize = 500;
/// The most events of a run that something is learned from. Chosen: an agent makes some dozen a turn.
const EVENTS: u64 = 20_000;
/// The largest file that a guard looks at. What is larger is not learned.
const LARGEST: u64 = 16 << 20;
/// The most files of a procedure. Chosen: a procedure that touches more is a migration.
const GUARDS: usize = 500;

/// Returns the procedures that hold, by their ids.
pub(crate) async fn known(world: &World) -> Result<BTreeMap<ProcedureId, Known>> {
    let memories = world.projections.memories().await?;
    let notes = preference::procedures(&memories);
    if notes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let gone = match &world.facts {
        Some(facts) => facts.unlearned().await?,
        None => Vec::new(),
    };
    let is_void = |noted: &Noted| {
        matches!(noted.note, Note::Learned(_))
            && gone.iter().any(|what| is_from(what, noted.run, noted.seq))
    };
    Ok(procedure::known(notes, &is_void))
}

/// Tells whether an event of a run is meant by what is to be forgotten.
fn is_from(what: &Target, of: RunId, at: Seq) -> bool {
    match what {
        Target::Run(run) => *run == of,
        Target::Origin(Origin::Event { run, seq }) => *run == of && *seq == at,
        Target::Part { run, after, upto } => *run == of && at > *after && at <= *upto,
        Target::Origin(Origin::Entry(_)) | Target::Source(_) => false,
    }
}

/// Finds what an earlier run learned to do for the goal of a run: the intent to go on with, or the procedure whose
/// guard does not hold. What cannot be found out is not used.
pub(crate) async fn recalled(
    world: &World,
    state: &RunState,
    workspace: &dyn Workspace,
) -> Option<(Taken, Option<Intent>)> {
    let started = state.started()?;
    let is_wanted = world.agents.learn && stands_alone(&started.options);
    if !is_wanted || state.intent().is_some() {
        return None;
    }
    let known = match known(world).await {
        Ok(known) => known,
        Err(failure) => {
            tracing::warn!(%failure, "what was learned cannot be read");
            return None;
        }
    };
    let place = preference::place(&started.workspace);
    let after = world.agents.learn_after();
    let (known, values) = known
        .values()
        .filter(|known| known.procedure.workspace == place && known.is_used(after))
        .filter_map(|known| Some((known, known.procedure.fits(&started.goal)?)))
        // Nobody has seen it do the same with other values; somebody has to have said that it may.
        .filter(|(known, values)| values.is_empty() || known.approved.is_some())
        // The same goal goes before one of the same form.
        .max_by_key(|(known, values)| (values.is_empty(), known.successes))?;
    let mut taken = Taken {
        skill: known.procedure.id,
        source: known.source,
        version: known.version,
        values,
        passed_over: None,
    };
    let filled = known.procedure.filled(&taken.values);
    let steps = filled.plan.steps.iter().map(|step| &step.id);
    let merged = merged(steps.filter_map(|step| filled.works.get(step)));
    match standing(world, workspace, &merged, taken.values.is_empty()).await {
        Ok(_) => {
            let mut intent = filled.intent;
            intent.learned = Some(Box::new(taken.clone()));
            Some((taken, Some(intent)))
        }
        Err(why) => {
            taken.passed_over = Some(why);
            Some((taken, None))
        }
    }
}

/// Tells whether the words of a goal say all that it means: in a conversation, or with something attached, the same
/// words may mean something else each time.
fn stands_alone(options: &RunOptions) -> bool {
    options.follows.is_none() && options.attached.is_empty()
}

/// Puts the guards of steps that follow each other together: what a file is before the first of them, and after
/// the last.
fn merged<'w>(works: impl Iterator<Item = &'w Work>) -> Vec<Guard> {
    let mut all: BTreeMap<&str, Guard> = BTreeMap::new();
    for guard in works.flat_map(|work| &work.guards) {
        match all.get_mut(guard.path.as_str()) {
            Some(known) if known.after == guard.before => {
                known.after = guard.after;
                known.is_anchored &= guard.is_anchored;
            }
            // A later step read what an earlier one had not changed yet.
            Some(_) => {}
            None => drop(all.insert(&guard.path, guard.clone())),
        }
    }
    all.into_values().collect()
}

/// How files stand to guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// They are what they were before the calls.
    Before,
    /// They are what the calls left.
    After,
}

/// Says how files stand to guards, or which one does not hold. Where values are others, the files are others too:
/// new ones must not be there yet, and the others may only be changed by calls that name the text they change.
async fn standing(
    world: &World,
    workspace: &dyn Workspace,
    guards: &[Guard],
    is_own: bool,
) -> std::result::Result<Standing, String> {
    let mut standing = None;
    for guard in guards.iter().take(GUARDS) {
        let now = digest(world, workspace, &guard.path)
            .await
            .map_err(|failure| format!("{}: {}", guard.path, failure.message))?;
        let path = &guard.path;
        if !is_own {
            let holds = match (guard.is_read(), guard.before) {
                (true, _) => true,
                (false, None) => now.is_none(),
                (false, Some(_)) => now.is_some() && guard.is_anchored,
            };
            if holds {
                continue;
            }
            return Err(match guard.before {
                None => format!("{path} is there already"),
                Some(_) => format!("{path} is another file than it was"),
            });
        }
        let found = match (now == guard.before, now == guard.after) {
            (true, true) => continue,
            (true, false) => Standing::Before,
            (false, true) => Standing::After,
            (false, false) => return Err(format!("{path} is not what it was")),
        };
        if standing.is_some_and(|before| before != found) {
            return Err(format!("{path} and others are half-way"));
        }
        standing = Some(found);
    }
    Ok(standing.unwrap_or(Standing::Before))
}

async fn digest(world: &World, workspace: &dyn Workspace, path: &str) -> Result<Option<Digest>> {
    let path = RelPath::new(path)
        .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
    match workspace.read(&path, LARGEST).await {
        Ok(file) => Ok(world.blobs.id_of(&file.bytes).as_str().parse().ok()),
        Err(failure) if failure.kind == FailureKind::Missing => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Reads a procedure where it stands in the log.
pub(crate) async fn at(world: &World, taken: &Taken) -> Result<Procedure> {
    let before = Seq::new(taken.source.seq.number().saturating_sub(1));
    let page = world.log.read(taken.source.run, before, 1).await?;
    match page.into_iter().next().map(|envelope| envelope.event) {
        Some(Event::SkillLearned { procedure }) if procedure.id == taken.skill => Ok(*procedure),
        _ => Err(Failure::new(
            FailureKind::Missing,
            format!("{} is not there any more", taken.skill),
        )),
    }
}

/// Returns what an agent's step begins with where an earlier run did it; nothing if none did.
pub(crate) async fn recorded(
    world: &World,
    workspace: &dyn Workspace,
    taken: &Taken,
    step: &Step,
) -> Option<Recorded> {
    if taken.passed_over.is_some() {
        return None;
    }
    match known(world).await {
        Ok(all)
            if all
                .get(&taken.skill)
                .is_some_and(|known| known.source == taken.source) => {}
        // It was forgotten, unlearned or replaced meanwhile.
        Ok(_) => return None,
        Err(failure) => {
            tracing::warn!(%failure, "what was learned cannot be read");
            return None;
        }
    }
    let procedure = match at(world, taken).await {
        Ok(procedure) => procedure,
        Err(failure) => {
            tracing::warn!(%failure, "what was learned cannot be read");
            return None;
        }
    };
    let filled = procedure.filled(&taken.values);
    // Somebody may have changed the plan since: then the step is another one.
    let is_same = |planned: &&Step| planned.id == step.id && planned.params == step.params;
    filled.plan.steps.iter().find(is_same)?;
    let work = filled.works.get(&step.id)?;
    let found = standing(world, workspace, &work.guards, taken.values.is_empty()).await;
    let (calls, passed_over) = match found {
        Ok(Standing::Before) => (work.calls.clone(), None),
        Ok(Standing::After) => (Vec::new(), None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Some(Recorded {
        skill: taken.skill,
        source: taken.source,
        calls,
        claim: work.claim.clone(),
        passed_over,
    })
}

/// What a recorded call relies on.
#[derive(Debug, Clone)]
pub(crate) struct Again {
    pub(crate) taken: Taken,
    /// What the step has changed so far, in order.
    pub(crate) edits: Vec<ChangesRef>,
}

/// Says which guard of a recorded call does not hold. When the step began all of them did; but somebody may have been
/// asked since, or a command may have run for long. Looked at are the files that the call may change and those that
/// the calls only read: what other calls may be changing at this moment is theirs to look at.
pub(crate) async fn still_stands(
    world: &World,
    workspace: &dyn Workspace,
    again: &Again,
    call: &Step,
) -> std::result::Result<(), String> {
    let said = |failure: Failure| failure.message;
    let procedure = at(world, &again.taken).await.map_err(said)?;
    let filled = procedure.filled(&again.taken.values);
    let Some(work) = filled.works.get(&call.id) else {
        return Ok(());
    };
    let is_own = again.taken.values.is_empty();
    let left = left(world, &again.edits).await.map_err(said)?;
    for guard in work.guards.iter().take(GUARDS) {
        let path = &guard.path;
        let may_change = call
            .writes
            .iter()
            .any(|pattern| patterns_meet(pattern, path));
        if !may_change && !guard.is_read() {
            continue;
        }
        let expected = match left.get(path) {
            Some(left) => *left,
            // With other values the files are others too: of those nobody knows what they should be.
            None if is_own || (guard.before.is_none() && !guard.is_read()) => guard.before,
            None => continue,
        };
        let now = digest(world, workspace, path).await.map_err(said)?;
        if now != expected {
            return Err(format!(
                "{path} is not what it was when the step began: somebody changed it meanwhile"
            ));
        }
    }
    Ok(())
}

/// Returns what edits left of the files that they changed.
async fn left(world: &World, edits: &[ChangesRef]) -> Result<BTreeMap<String, Option<Digest>>> {
    let mut left = BTreeMap::new();
    for edit in edits {
        let changes = read_changes(world.blobs.as_ref(), edit).await?;
        for change in changes.changes() {
            let after = change.after.as_ref();
            let after = after.and_then(|state| state.blob.as_str().parse().ok());
            left.insert(change.path.to_string(), after);
        }
    }
    Ok(left)
}

/// Learns from a run that ended. `Ok(None)` if there is nothing to be learned.
pub(crate) async fn learn(world: &World, run: RunId, state: &RunState) -> Option<Proposed> {
    let thought = |state: &RunState| {
        state
            .steps()
            .any(|(_, known)| known.agent.as_ref().is_some_and(|agent| agent.turn() > 0))
    };
    let is_new = world.agents.learn
        && state
            .started()
            .is_some_and(|started| stands_alone(&started.options))
        && thought(state)
        && state.seq().number() <= EVENTS;
    if !is_new {
        return None;
    }
    match read(world, run, state).await {
        Ok(Ok(procedure)) => Some(Proposed {
            event: Event::SkillLearned {
                procedure: Box::new(procedure),
            },
            cause: Some(state.seq()),
        }),
        Ok(Err(why)) => {
            tracing::debug!(%run, %why, "nothing is learned");
            None
        }
        Err(failure) => {
            tracing::warn!(%run, %failure, "nothing is learned");
            None
        }
    }
}

async fn read(
    world: &World,
    run: RunId,
    state: &RunState,
) -> Result<std::result::Result<Procedure, Unlearnable>> {
    let Some(started) = state.started() else {
        return Ok(Err(Unlearnable("the run has not begun".to_owned())));
    };
    let workspace = (world.open_workspace)(std::path::Path::new(&started.workspace.root))?;
    let events = events(world, run).await?;
    let mut works = BTreeMap::new();
    let mut is_tainted = false;
    for (step, known) in state.steps().filter(|(step, _)| is_agent(step)) {
        let deeds = match procedure::deeds(&events, &step.id) {
            Ok(deeds) => deeds,
            Err(why) => return Ok(Err(why)),
        };
        is_tainted |= deeds.is_tainted;
        let mut done = Vec::new();
        for deed in deeds.done {
            let changes = read_changes(world.blobs.as_ref(), &deed.changes).await?;
            done.push((deed, changes));
        }
        let mut files = BTreeMap::new();
        for path in deeds.read.iter().take(GUARDS) {
            let name = RelPath::new(path).map_or_else(|_| path.clone(), |path| path.to_string());
            files.insert(name, digest(world, workspace.as_ref(), path).await?);
        }
        let agent = known.agent.as_deref();
        let claim = agent.and_then(|agent| agent.claim()).unwrap_or_default();
        match Work::of(&done, &files, claim) {
            Ok(work) if work.guards.len() <= GUARDS => drop(works.insert(step.id.clone(), work)),
            Ok(_) => return Ok(Err(Unlearnable("it touches too many files".to_owned()))),
            Err(why) => return Ok(Err(why)),
        }
    }
    Ok(procedure::learned(state, works, is_tainted))
}

async fn events(world: &World, run: RunId) -> Result<Vec<Envelope>> {
    let mut events: Vec<Envelope> = Vec::new();
    loop {
        let after = events.last().map_or(Seq::ZERO, |last| last.seq);
        let page = world.log.read(run, after, PAGE).await?;
        let is_last = page.len() < PAGE;
        events.extend(page);
        if is_last {
            return Ok(events);
        }
    }
}

impl Host {
    /// Lists what runs learned to do, the newest first.
    pub async fn procedures(&self) -> std::result::Result<Vec<Known>, ApiError> {
        let mut known: Vec<Known> = known(&self.world).await?.into_values().collect();
        known.sort_by_key(|known| std::cmp::Reverse((known.learned, known.procedure.id)));
        Ok(known)
    }

    /// Lists the procedures that come from what is to be forgotten.
    pub async fn procedures_from(
        &self,
        what: &Target,
    ) -> std::result::Result<Vec<Known>, ApiError> {
        let mut known = self.procedures().await?;
        known.retain(|known| is_from(what, known.source.run, known.source.seq));
        Ok(known)
    }

    /// Writes down what a user decided about a procedure, in the run that taught it.
    pub async fn decide_procedure(
        &self,
        known: &Known,
        verdict: SkillVerdict,
        by: &str,
    ) -> std::result::Result<Seq, ApiError> {
        let (lease, _, mut state) = self.take(known.source.run).await?;
        let event = Event::SkillDecided {
            skill: known.procedure.id,
            verdict,
            by: by.to_owned(),
        };
        let cause = Some(known.source.seq);
        let written = self
            .write(&lease, &mut state, vec![Proposed { event, cause }])
            .await;
        self.let_go(&lease).await;
        written.map(|()| state.seq())
    }
}

#[async_trait::async_trait]
impl LearnedSkills for Host {
    async fn learned(&self) -> std::result::Result<Vec<LearnedSkill>, ApiError> {
        let after = self.world.agents.learn_after;
        let all = self.procedures().await?.into_iter().map(|known| {
            let standing = if known.approved.is_some() {
                learned::Standing::Approved
            } else if known.is_used((after > 0).then_some(after)) {
                learned::Standing::Habit
            } else {
                learned::Standing::Proposed
            };
            LearnedSkill { known, standing }
        });
        Ok(all.collect())
    }

    async fn judge(
        &self,
        known: &Known,
        verdict: SkillVerdict,
        by: &str,
    ) -> std::result::Result<Seq, ApiError> {
        self.decide_procedure(known, verdict, by).await
    }
}
