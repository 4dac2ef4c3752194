//! Folding: how each event changes the projections.

use rusqlite::Connection;
use venom_kernel::budget::Amount;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event, SCHEMA};
use venom_kernel::figure::{Figure, Tally};
use venom_kernel::id::{EffectId, RunId, Seq};
use venom_kernel::memory::episode::{self, Episode};
use venom_kernel::memory::extract;
use venom_kernel::memory::fact::Saying;
use venom_kernel::preference::{self, Memory};
use venom_kernel::route::{self, Lesson};
use venom_kernel::run::{Phase, RunState, StepStatus};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::projection::{RunRow, RunStatus};
use venom_ports::{Failure, Result};

use crate::keys::RunKey;
use crate::log::row::{self, Stored};
use crate::sqlite::failure::OrFail as _;

/// Longest goal in a list. Chosen: a wide terminal's line.
const GOAL: usize = 200;

/// What stands for the goal of a run whose key was destroyed.
pub(crate) const SHREDDED: &str = "(payload shredded)";
/// What stands for the goal of a run whose key does not open.
pub(crate) const BROKEN: &str = "(its key is damaged)";

/// One run while it is folded.
#[derive(Debug)]
pub(crate) struct Folded {
    run: RunId,
    /// `None` once an event could not be understood: the run keeps its row as it was then.
    state: Option<Box<RunState>>,
    row: RunRow,
    tally: Tally,
}

/// A call that ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) skill: String,
    pub(crate) action: String,
    pub(crate) took: Millis,
}

/// What an event says beside what its run's row says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// The call that ended with it.
    pub(crate) called: Option<Called>,
    /// What it says about preferences.
    pub(crate) memory: Option<Memory>,
    /// What it adds to the counts.
    pub(crate) figures: Vec<Figure>,
    /// What it teaches about models.
    pub(crate) lessons: Vec<Lesson>,
    /// What it says about money and tokens.
    pub(crate) spent: Option<Spent>,
    /// What it says that may be wanted again.
    pub(crate) episode: Option<Episode>,
    /// What it says about what is known.
    pub(crate) saying: Option<Saying>,
    /// Whether all events of the run before it are told as another run's.
    pub(crate) is_taken_over: bool,
}

/// What an event says about money and tokens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Spent {
    /// So much may be taken by a call, or was taken by it.
    Call(EffectId, Amount),
    /// The events so far are another run's, where they count.
    Elsewhere,
}

/// What there is to do in a run that has not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Steps that are under way.
    pub(crate) running: u64,
    /// Steps that could begin.
    pub(crate) ready: u64,
}

impl Folded {
    /// A run without events.
    pub(crate) fn empty(run: RunId) -> Self {
        let row = RunRow {
            run,
            goal: String::new(),
            workspace: String::new(),
            started: Timestamp::default(),
            updated: Timestamp::default(),
            seq: Seq::ZERO,
            status: RunStatus::Active,
            outcome: None,
        };
        Self {
            run,
            state: Some(Box::default()),
            row,
            tally: Tally::default(),
        }
    }

    /// Folds a run's events before a position.
    pub(crate) fn before(
        log: &Connection,
        key: &RunKey,
        run: RunId,
        id: i64,
        seq: u64,
    ) -> Result<Self> {
        let mut folded = Self::empty(run);
        let limit = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        row::walk(log, id, 0, limit, |stored| {
            folded.next(&stored, key);
            Ok::<_, Failure>(())
        })
        .or_fail("reading the log")??;
        Ok(folded)
    }

    /// Returns the position of the last event.
    pub(crate) const fn seq(&self) -> Seq {
        self.row.seq
    }

    /// Returns the row as it is now.
    pub(crate) fn row(&self) -> RunRow {
        let mut row = self.row.clone();
        if let Some(state) = &self.state {
            row.status = status(state);
            row.outcome = state.outcome().cloned();
        }
        row
    }

    /// Returns what there is to do.
    pub(crate) fn work(&self) -> Work {
        let mut work = Work::default();
        for (_, step) in self.state.iter().flat_map(|state| state.steps()) {
            match step.status {
                StepStatus::Running(_) => work.running += 1,
                StepStatus::Ready => work.ready += 1,
                StepStatus::Waiting
                | StepStatus::Asked(_)
                | StepStatus::Verified
                | StepStatus::Unproven
                | StepStatus::Failed(_)
                | StepStatus::Skipped(_) => {}
            }
        }
        work
    }

    /// Adds an event; returns what it tells beside the row. `key` is the run's.
    pub(crate) fn next(&mut self, stored: &Stored<'_>, key: &RunKey) -> Told {
        self.fold(stored, key).unwrap_or_default()
    }

    fn fold(&mut self, stored: &Stored<'_>, key: &RunKey) -> Option<Told> {
        let instead = match key {
            RunKey::Plain | RunKey::Sealed(_) => None,
            RunKey::Shredded => Some(SHREDDED),
            RunKey::Broken | RunKey::Aside => Some(BROKEN),
        };
        if let Some(instead) = instead {
            instead.clone_into(&mut self.row.goal);
            // Nothing is known of it any more but that nobody works on it.
            self.row.status = RunStatus::Finished;
            self.state = None;
        }
        if stored.seq == 1 {
            self.row.started = Timestamp::from_micros(stored.time);
        }
        let event = stored.event(self.run, key);
        self.row.seq = Seq::new(stored.seq);
        if self.state.is_none() && instead.is_none() {
            let event = event.ok();
            self.follow(stored, key, event.as_ref());
            // What is paid is paid, whatever else is not understood.
            return event.map(|event| Told {
                spent: spent(&event).filter(|_| stored.origin.is_none()),
                ..Told::default()
            });
        }
        let state = self.state.as_mut()?;
        let event = match event {
            Ok(event) => event,
            Err(failure) => {
                tracing::warn!(run = %self.run, %failure, "an event is not projected");
                self.give_up();
                self.follow(stored, key, None);
                return None;
            }
        };
        if !event.is_afterword() {
            // What is done with the workspace afterwards is no work of the run.
            self.row.updated = Timestamp::from_micros(stored.time);
        }
        let called = call(state, &event);
        // What was answered elsewhere is no preference of whoever works here.
        let is_ours = stored.origin.is_none();
        let envelope = Envelope {
            run: self.run,
            seq: Seq::new(stored.seq),
            time: Timestamp::from_micros(stored.time),
            cause: None,
            schema: SCHEMA,
            event,
        };
        let memory = preference::memory(state, &envelope).filter(|_| is_ours);
        let episode = episode::told(state, &envelope).filter(|_| is_ours);
        let saying = extract::saying(state, &envelope).filter(|_| is_ours);
        let figures = if is_ours {
            self.tally.add(state, &envelope)
        } else {
            Vec::new()
        };
        let event = envelope.event;
        let lessons = if is_ours {
            route::lessons(state, &event)
        } else {
            Vec::new()
        };
        let spent = spent(&event).filter(|_| is_ours || matches!(event, Event::Forked { .. }));
        if let Err(illegal) = state.evolve(&event) {
            tracing::warn!(run = %self.run, %illegal, "an event is not projected");
            self.give_up();
            return None;
        }
        if let Event::RunStarted(started) = &event {
            self.row.goal = line(&started.goal);
            self.row.workspace.clone_from(&started.workspace.root);
            self.row.started = Timestamp::from_micros(stored.time);
        }
        Some(Told {
            called,
            memory,
            lessons,
            spent,
            episode,
            saying,
            is_taken_over: matches!(event, Event::Forked { .. }),
            figures,
        })
    }

    /// Keeps the row of a run whose state does not follow any more as near to what it is as its events
    /// tell by themselves. `event` is `None` where values of it were taken out.
    fn follow(&mut self, stored: &Stored<'_>, key: &RunKey, event: Option<&Event>) {
        #[derive(serde::Deserialize)]
        struct Named {
            r#type: String,
        }
        if event.is_none_or(|event| !event.is_afterword()) {
            self.row.updated = Timestamp::from_micros(stored.time);
        }
        match event {
            Some(Event::RunFinished { outcome }) => {
                self.row.status = RunStatus::Finished;
                self.row.outcome = Some(outcome.clone());
            }
            Some(Event::RunPaused { .. }) => self.row.status = RunStatus::Paused,
            Some(Event::RunResumed { .. }) => self.row.status = RunStatus::Active,
            Some(_) => {}
            None => {
                let text = stored.text(self.run, key).ok();
                let named = text.and_then(|text| serde_json::from_slice::<Named>(&text).ok());
                if named.is_some_and(|named| named.r#type == "RunFinished") {
                    self.row.status = RunStatus::Finished;
                }
            }
        }
    }

    fn give_up(&mut self) {
        let row = self.row();
        self.row = row;
        self.state = None;
    }
}

/// Cuts a text to its first line.
fn line(text: &str) -> String {
    text.trim()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(GOAL)
        .collect()
}

fn status(state: &RunState) -> RunStatus {
    if state.phase() == Phase::Finished {
        RunStatus::Finished
    } else if state.is_paused() {
        RunStatus::Paused
    } else if state.waits_for_person() {
        RunStatus::Waiting
    } else {
        RunStatus::Active
    }
}

/// Returns what an event says about money and tokens.
const fn spent(event: &Event) -> Option<Spent> {
    if let Event::BudgetReserved { effect, most, .. } = event {
        return Some(Spent::Call(*effect, *most));
    }
    if let Event::BudgetSettled { effect, took, .. } = event {
        return Some(Spent::Call(*effect, *took));
    }
    if let Event::Forked { .. } = event {
        return Some(Spent::Elsewhere);
    }
    None
}

/// Returns the call that is done with this event. Failed and stopped calls say nothing about how
/// long the action takes.
fn call(state: &RunState, event: &Event) -> Option<Called> {
    let Event::EffectFinished {
        id,
        outcome: EffectOutcome::Done(done),
        ..
    } = event
    else {
        return None;
    };
    let (_, open) = state.open_effects().find(|(open, _)| open == id)?;
    let EffectKind::Call { .. } = open.kind else {
        return None;
    };
    let step = state.plan().steps.get(open.step)?;
    Some(Called {
        skill: step.skill.clone(),
        action: step.action.clone(),
        took: done.took,
    })
}
