//! Replay: a run is decided again from its log, without asking anything outside.
//!
//! The kernel answers each input with the events to append, so a log can be checked by giving the
//! kernel the inputs that the log itself records (the user's words, the outcome of each effect, a
//! person's answer) and comparing the events that it answers with, one by one, with those that stand
//! in the log. Everything that the kernel decides is thereby decided again: scheduling, retries,
//! approvals, checks, what is taken back, how the run ends. Beside it, the parameters of every call
//! are resolved again from recorded results and compared by their digest, and every checksum of the
//! state that stands in the log is computed again.

mod input;

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};
use venom_kernel::diff;
use venom_kernel::digest::Digest;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{EffectId, RunId, Seq};
use venom_kernel::plan::reference::{self, Target};
use venom_kernel::run::{Input, Machine, Proposed, Refusal, RunState};
use venom_kernel::snapshot::Cause;
use venom_ports::api::time::{Divergence, LikelyCause, ReplayMode, Replayed};
use venom_ports::{Failure, FailureKind, Result};

use self::input::inputs;
use crate::perform::read_payload;
use crate::world::World;

/// Most places of a difference that are named. Chosen: a screen.
const PLACES: usize = 20;

/// Replays a run from all of its events, up to a moment.
pub(crate) async fn replay(
    world: &World,
    run: RunId,
    events: &[Envelope],
    at: Option<Seq>,
    mode: ReplayMode,
) -> Result<Replayed> {
    let mut replayed = Replayed {
        run,
        mode,
        events: 0,
        answered: 0,
        calls: 0,
        checksums: 0,
        digest: String::new(),
        divergence: None,
    };
    // A damaged log explains every divergence, so it is looked at first.
    let damage = world.log.verify(Some(run)).await?.damage;
    if let Some(damage) = damage {
        replayed.divergence = Some(Divergence {
            seq: damage.seq.unwrap_or(Seq::ZERO),
            recorded: String::new(),
            replayed: None,
            differences: Vec::new(),
            cause: LikelyCause::Corruption,
            what: damage.what,
        });
        return Ok(replayed);
    }
    let mut replay = Replay {
        world: Some(world),
        machine: Machine::new(RunState::default()),
        pending: VecDeque::new(),
        calls: BTreeMap::new(),
        replayed,
    };
    match mode {
        ReplayMode::Fold => replay.fold(until(events, at)),
        ReplayMode::Exec => replay.exec(events, at).await?,
    }
    Ok(replay.finish())
}

/// Decides the events of a run again, wherever they come from. Parameters of calls are not resolved,
/// since results may lie in a store that is not at hand.
pub async fn decide_again(events: &[Envelope]) -> Result<Replayed> {
    let mut replay = Replay::without_store(events);
    replay.exec(events, None).await?;
    Ok(replay.finish())
}

/// Returns the events up to a moment.
fn until(events: &[Envelope], at: Option<Seq>) -> &[Envelope] {
    let count = events.partition_point(|envelope| at.is_none_or(|at| envelope.seq <= at));
    events.get(..count).unwrap_or(events)
}

/// Returns the last position, not after `at`, at which a decision was complete: what comes after it can
/// be left out, and the rest still leads to itself. Events of one decision belong together.
pub(crate) async fn boundary(events: &[Envelope], at: Seq) -> Result<Seq> {
    let mut replay = Replay::without_store(events);
    let mut complete = Seq::ZERO;
    for index in 0..events.len() {
        let Some(envelope) = events.get(index).filter(|envelope| envelope.seq <= at) else {
            break;
        };
        if !replay.next(events, index, envelope).await? {
            break;
        }
        if replay.pending.is_empty() {
            complete = envelope.seq;
        }
    }
    Ok(complete)
}

/// Returns an event as it is decided: the log may sign a snapshot when it is written.
fn unsigned(event: &Event) -> Cow<'_, Event> {
    let mut event = Cow::Borrowed(event);
    if let Event::SnapshotCreated { snapshot, .. } = event.as_ref()
        && snapshot.signature().is_some()
        && let Event::SnapshotCreated { snapshot, .. } = event.to_mut()
    {
        **snapshot = snapshot.as_ref().clone().without_signature();
    }
    event
}

struct Replay<'a> {
    /// Where big results lie.
    world: Option<&'a World>,
    machine: Machine,
    /// What the kernel decided and the log has still to show.
    pending: VecDeque<Proposed>,
    /// Calls under way, each with the position of its step in the plan.
    calls: BTreeMap<EffectId, usize>,
    replayed: Replayed,
}

impl Replay<'_> {
    fn without_store(events: &[Envelope]) -> Self {
        let run = events
            .first()
            .map_or(RunId::new(0, 0), |envelope| envelope.run);
        Self {
            world: None,
            machine: Machine::new(RunState::default()),
            pending: VecDeque::new(),
            calls: BTreeMap::new(),
            replayed: Replayed {
                run,
                mode: ReplayMode::Exec,
                events: 0,
                answered: 0,
                calls: 0,
                checksums: 0,
                digest: String::new(),
                divergence: None,
            },
        }
    }

    fn fold(&mut self, events: &[Envelope]) {
        let mut state = RunState::default();
        for envelope in events {
            if let Some(what) = wrong_checksum(&state, &envelope.event, &mut self.replayed) {
                self.diverge(envelope, None, LikelyCause::Decision, what);
                break;
            }
            if let Err(illegal) = state.evolve(&envelope.event) {
                self.diverge(envelope, None, LikelyCause::Order, illegal.to_string());
                break;
            }
            self.replayed.events += 1;
        }
        self.machine = Machine::new(state);
    }

    async fn exec(&mut self, events: &[Envelope], at: Option<Seq>) -> Result<()> {
        let wanted = until(events, at);
        for (at, envelope) in wanted.iter().enumerate() {
            if !self.next(events, at, envelope).await? {
                return Ok(());
            }
        }
        if wanted.len() < events.len() {
            // A moment may lie in the middle of a decision, which the kernel has made whole.
            if let Ok(state) = RunState::fold(wanted.iter().map(|envelope| &envelope.event)) {
                self.machine = Machine::new(state);
            }
            return Ok(());
        }
        // What is under way at the end of the log is no divergence, but a decision that the log does
        // not show is: events of one decision are appended together.
        if let Some(missing) = self.pending.front() {
            let name = missing.event.name();
            let seq = events.last().map_or(Seq::ZERO, |last| last.seq).next();
            self.replayed.divergence = Some(Divergence {
                seq,
                recorded: String::new(),
                replayed: Some(name.to_owned()),
                differences: Vec::new(),
                cause: LikelyCause::Order,
                what: format!("the log ends where {name} must follow"),
            });
        }
        Ok(())
    }

    /// Goes through one event. Returns whether it is what follows.
    async fn next(&mut self, events: &[Envelope], at: usize, envelope: &Envelope) -> Result<bool> {
        if let Event::Forked { otherwise, .. } = &envelope.event
            && otherwise.plan.is_some()
            && !self.pending.is_empty()
            && let Ok(state) = RunState::fold(events.iter().take(at).map(|e| &e.event))
        {
            // Another plan took the place of what was decided and did not come to be.
            self.machine = Machine::new(state);
            self.pending.clear();
        }
        if self.pending.is_empty() && is_by_hand(&envelope.event) {
            return Ok(self.by_hand(envelope));
        }
        if self.pending.is_empty() && !self.lead_to(events, at, envelope) {
            return Ok(false);
        }
        let Some(proposed) = self.pending.pop_front() else {
            return Ok(false);
        };
        if !self.agrees(envelope, &proposed) {
            return Ok(false);
        }
        self.replayed.checksums += u64::from(envelope.event.state_checksum().is_some());
        self.note_call(&envelope.event);
        if !self.parameters_agree(envelope).await? {
            return Ok(false);
        }
        self.replayed.events += 1;
        Ok(true)
    }

    /// Remembers which step a call that begins belongs to.
    fn note_call(&mut self, event: &Event) {
        let Event::EffectStarted {
            id,
            kind: EffectKind::Call { .. },
            ..
        } = event
        else {
            return;
        };
        let mut open = self.machine.state().open_effects();
        if let Some((_, effect)) = open.find(|(known, _)| known == id) {
            self.calls.insert(*id, effect.step);
        }
    }

    /// Takes over an event that no decision leads to: somebody asked for it. Returns whether it may
    /// stand there.
    fn by_hand(&mut self, envelope: &Envelope) -> bool {
        let mut state = self.machine.state().clone();
        if let Some(what) = wrong_checksum(&state, &envelope.event, &mut self.replayed) {
            self.diverge(envelope, None, LikelyCause::Decision, what);
            return false;
        }
        if let Err(illegal) = state.evolve(&envelope.event) {
            self.diverge(envelope, None, LikelyCause::Order, illegal.to_string());
            return false;
        }
        self.machine = Machine::new(state);
        self.replayed.events += 1;
        true
    }

    /// Gives the kernel the input that the next event records. Returns whether it led anywhere.
    fn lead_to(&mut self, events: &[Envelope], at: usize, envelope: &Envelope) -> bool {
        let mut refused = None;
        for input in inputs(self.machine.state(), events, at) {
            let is_answer = matches!(input, Input::Ended { .. });
            // The likeliest one counts whatever it leads to, and what is refused changes nothing. One that is tried
            // instead may lead elsewhere: it gets a copy, which takes as long as the run is big.
            let before = refused.is_some().then(|| self.machine.clone());
            match self.machine.handle(input) {
                Ok(decision) => {
                    let Some(first) = decision.events.first() else {
                        continue;
                    };
                    let fits = first.event.name() == envelope.event.name();
                    let Some(before) = before.filter(|_| !fits) else {
                        self.pending = decision.events.into();
                        self.replayed.answered += u64::from(is_answer);
                        return true;
                    };
                    self.machine = before;
                }
                Err(refusal @ Refusal::Broken(_)) => {
                    refused = Some(refusal.to_string());
                    break;
                }
                Err(refusal) => refused = Some(refusal.to_string()),
            }
        }
        let what = match refused {
            Some(refusal) => format!(
                "{} cannot follow the events before it: {refusal}",
                envelope.event.name()
            ),
            None => format!(
                "nothing in the log leads to this {}; the events before it end without it",
                envelope.event.name()
            ),
        };
        self.diverge(envelope, None, LikelyCause::Order, what);
        false
    }

    /// Compares an event of the log with what was decided.
    fn agrees(&mut self, envelope: &Envelope, proposed: &Proposed) -> bool {
        let is_same = unsigned(&envelope.event) == unsigned(&proposed.event);
        if is_same && envelope.cause == proposed.cause {
            return true;
        }
        let what = if envelope.event.name() == proposed.event.name() {
            format!("{} came out otherwise", envelope.event.name())
        } else {
            format!(
                "the log has {}, and {} was decided",
                envelope.event.name(),
                proposed.event.name()
            )
        };
        let cause = likely(envelope, proposed);
        self.diverge(envelope, Some(proposed), cause, what);
        false
    }

    /// Resolves the parameters of a call that ended again.
    async fn parameters_agree(&mut self, envelope: &Envelope) -> Result<bool> {
        let Event::EffectFinished {
            id,
            outcome: EffectOutcome::Done(done),
            ..
        } = &envelope.event
        else {
            return Ok(true);
        };
        let (Some(world), Some(asked)) = (self.world, done.asked) else {
            return Ok(true);
        };
        let Some(position) = self.calls.remove(id) else {
            return Ok(true);
        };
        let Some(params) = self.parameters(world, *id, position).await? else {
            return Ok(true);
        };
        self.replayed.calls += 1;
        let again = Digest::of(&params);
        if again == asked {
            return Ok(true);
        }
        self.replayed.divergence = Some(Divergence {
            seq: envelope.seq,
            recorded: envelope.event.name().to_owned(),
            replayed: Some(envelope.event.name().to_owned()),
            differences: diff::values(
                &json!({ "asked": asked }),
                &json!({ "asked": again }),
                PLACES,
            ),
            cause: LikelyCause::Parameters,
            what: format!("{id} was called with other parameters than follow from the log"),
        });
        Ok(false)
    }

    async fn parameters(
        &self,
        world: &World,
        id: EffectId,
        position: usize,
    ) -> Result<Option<Value>> {
        let state = self.machine.state();
        let called = state.steps().nth(position);
        let Some((step, _)) = called.filter(|(_, step)| step.last_call() == Some(id)) else {
            return Ok(None);
        };
        let mut results = BTreeMap::new();
        for target in reference::steps(&step.params).unwrap_or_default() {
            let Some(result) = state.step(&target).map(|step| step.result.clone()) else {
                continue;
            };
            match read_payload(world, &result).await {
                Ok(value) => {
                    results.insert(target, value);
                }
                Err(failure) if failure.kind == FailureKind::Missing => return Ok(None),
                Err(failure) => return Err(failure),
            }
        }
        let resolved = reference::resolve(&step.params, &|target| match target {
            Target::Step(id) => results.get(id).cloned(),
            Target::Slot(_) => None,
        })
        .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        Ok(Some(reference::unescape(&resolved)))
    }

    fn diverge(
        &mut self,
        envelope: &Envelope,
        proposed: Option<&Proposed>,
        cause: LikelyCause,
        what: String,
    ) {
        let differences = proposed.map_or_else(Vec::new, |proposed| {
            let recorded = json!({ "event": envelope.event, "cause": envelope.cause });
            let decided = json!({ "event": proposed.event, "cause": proposed.cause });
            diff::values(&recorded, &decided, PLACES)
        });
        self.replayed.divergence = Some(Divergence {
            seq: envelope.seq,
            recorded: envelope.event.name().to_owned(),
            replayed: proposed.map(|proposed| proposed.event.name().to_owned()),
            differences,
            cause,
            what,
        });
    }

    fn finish(mut self) -> Replayed {
        self.replayed.digest = self.machine.state().outcome_digest().to_string();
        self.replayed
    }
}

/// Compares the checksum of the state that an event carries, if it carries one.
fn wrong_checksum(state: &RunState, event: &Event, replayed: &mut Replayed) -> Option<String> {
    let recorded = event.state_checksum()?;
    replayed.checksums += 1;
    let again = state.checksum();
    (again != recorded).then(|| {
        format!(
            "the state here has checksum {}, and {} stands in the log",
            again.short(),
            recorded.short()
        )
    })
}

/// Tells whether an event is written because somebody asked for it, and not because it was decided.
fn is_by_hand(event: &Event) -> bool {
    match event {
        Event::SnapshotCreated { snapshot, .. } => matches!(
            snapshot.record().cause,
            Cause::BeforeRestore | Cause::Demand
        ),
        _ => event.is_afterword(),
    }
}

/// Names the likely reason of a difference.
fn likely(envelope: &Envelope, proposed: &Proposed) -> LikelyCause {
    if envelope.event.name() != proposed.event.name() {
        return LikelyCause::Order;
    }
    if envelope.event == proposed.event {
        return LikelyCause::Order;
    }
    match (&envelope.event, &proposed.event) {
        (Event::PolicyDecided { .. } | Event::ApprovalAsked { .. }, _) => {
            LikelyCause::Configuration
        }
        (Event::StepFailed { retry_in: then, .. }, Event::StepFailed { retry_in: now, .. })
            if then != now =>
        {
            LikelyCause::Clock
        }
        (Event::Quoted { .. }, _) => LikelyCause::Clock,
        _ => LikelyCause::Decision,
    }
}
