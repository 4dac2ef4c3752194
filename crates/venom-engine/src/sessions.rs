//! The sessions of a run: each in a place of its own that is opened for the run and not for a call.
//!
//! They are the run's, and nothing of them is in the log but the results of the calls that used them.
//! They end when the run ends, when it is paused, and when it is not driven any more; a run that is
//! taken up again has none until a step needs one, which is then brought back (`perform::session`). A
//! session reads the workspace itself, and no layer above it: it sees what the run commits meanwhile, and
//! the workspace is never written while it lies beneath a layer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::future::join_all;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Mount, Receipt};
use venom_kernel::id::{EffectId, SessionId};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::exec::{Command, Finished, OnLine};
use venom_ports::sandbox::{Cell, Place};
use venom_ports::session::{
    Listed, MOST, Session, SessionError, SessionSpec, Sessions, State, Stopped,
};

use crate::world::World;

/// All sessions of a run that this process drives.
pub(crate) struct RunSessions {
    world: Arc<World>,
    table: Mutex<Table>,
    /// Held by the one call that brings sessions back: two that need the same one begin it once.
    returning: tokio::sync::Mutex<()>,
}

struct Table {
    is_open: bool,
    /// Sessions that are about to begin and count already.
    beginning: usize,
    live: BTreeMap<SessionId, Held>,
    /// Those that a step has stopped since this process drives the run.
    stopped: BTreeSet<SessionId>,
}

#[derive(Clone)]
struct Held {
    cell: Arc<dyn Cell>,
    session: Arc<dyn Session>,
    label: String,
}

impl RunSessions {
    pub(crate) fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world,
            table: Mutex::new(Table {
                is_open: true,
                beginning: 0,
                live: BTreeMap::new(),
                stopped: BTreeSet::new(),
            }),
            returning: tokio::sync::Mutex::new(()),
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the sessions as one call may use them. New ones are opened in this place, except that
    /// they only read the workspace.
    pub(crate) fn of_call(self: &Arc<Self>, effect: EffectId, place: &Place) -> Arc<StepSessions> {
        let id = SessionId::new(effect.number());
        let mut place = place.clone();
        place.grants.mount = Mount::ReadOnly;
        place.writes = Vec::new();
        place.is_trial = true;
        // The folder of the call is gone when the call is over; a session has a home and a `/tmp`.
        place.scratch = None;
        place.label = format!("{}-session", place.label);
        Arc::new(StepSessions {
            run: Arc::clone(self),
            id,
            place,
            has_started: AtomicBool::new(false),
            receipt: Mutex::new(None),
        })
    }

    fn held(&self, id: SessionId) -> std::result::Result<Held, SessionError> {
        self.table()
            .live
            .get(&id)
            .cloned()
            .ok_or(SessionError::Gone(id))
    }

    /// Waits for the right to bring sessions back.
    pub(crate) async fn returning(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.returning.lock().await
    }

    /// Tells whether a session is missing: it is not there, and no step has stopped it here.
    pub(crate) fn misses(&self, id: SessionId) -> bool {
        let table = self.table();
        !table.live.contains_key(&id) && !table.stopped.contains(&id)
    }

    /// Ends a session that nobody can use.
    pub(crate) async fn end(&self, id: SessionId) {
        let held = self.table().live.remove(&id);
        if let Some(held) = held
            && let Err(failure) = held.cell.close(self.world.blobs.as_ref()).await
        {
            tracing::warn!(%id, %failure, "a session did not end in order");
        }
    }

    /// Ends all sessions, with everything that runs in their places.
    pub(crate) async fn end_all(&self) {
        let live = std::mem::take(&mut self.table().live);
        let ends = live.into_iter().map(async |(id, held)| {
            // What was not stopped by a step has no result that could name its output.
            if let Err(failure) = held.cell.close(self.world.blobs.as_ref()).await {
                tracing::warn!(%id, %failure, "a session did not end in order");
            }
        });
        join_all(ends).await;
    }

    /// Ends all sessions; none begins any more.
    pub(crate) async fn close(&self) {
        self.table().is_open = false;
        self.end_all().await;
    }

    fn reserve(&self) -> std::result::Result<Reserved<'_>, SessionError> {
        let mut table = self.table();
        if !table.is_open {
            return Err(SessionError::Closed);
        }
        if table.live.len() + table.beginning >= MOST {
            return Err(SessionError::TooMany);
        }
        table.beginning += 1;
        Ok(Reserved(self))
    }
}

/// The right to begin one more session.
struct Reserved<'a>(&'a RunSessions);

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.0.table().beginning -= 1;
    }
}

/// The sessions of a run as one call may use them.
pub(crate) struct StepSessions {
    run: Arc<RunSessions>,
    /// What a session that this call starts is called.
    id: SessionId,
    place: Place,
    has_started: AtomicBool,
    receipt: Mutex<Option<Receipt>>,
}

impl StepSessions {
    /// Returns what was enforced for a command that the call ran in a session's place.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        let receipt = self.receipt.lock().unwrap_or_else(PoisonError::into_inner);
        receipt.clone()
    }

    fn note(&self, cell: &dyn Cell) {
        let mut receipt = self.receipt.lock().unwrap_or_else(PoisonError::into_inner);
        let before = receipt.as_ref().map_or(0, |receipt| receipt.commands);
        *receipt = Some(Receipt {
            commands: before + 1,
            ..cell.receipt()
        });
    }
}

#[async_trait]
impl Sessions for StepSessions {
    async fn start(&self, spec: SessionSpec) -> Result<SessionId> {
        if self.has_started.swap(true, Ordering::SeqCst) {
            return Err(SessionError::SecondOfCall.into());
        }
        let _reserved = self.run.reserve()?;
        let cell = self.run.world.sandbox.open(self.place.clone()).await?;
        let label = spec.label.clone();
        let begun = cell.begin(spec).await;
        self.note(cell.as_ref());
        let session = match begun {
            Ok(session) => session,
            Err(failure) => {
                cell.close(self.run.world.blobs.as_ref()).await?;
                return Err(failure);
            }
        };
        let held = Held {
            cell,
            session,
            label,
        };
        let mut table = self.run.table();
        if !table.is_open {
            // Dropped, it ends.
            return Err(SessionError::Closed.into());
        }
        table.live.insert(self.id, held);
        Ok(self.id)
    }

    fn find(&self, id: SessionId) -> Result<Arc<dyn Session>> {
        Ok(self.run.held(id)?.session)
    }

    async fn run(
        &self,
        id: SessionId,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished> {
        let held = self.run.held(id)?;
        if held.session.state() != State::Running {
            return Err(SessionError::Ended.into());
        }
        let stop = cancel.child_token();
        let mut work = held.cell.run(command, stop.clone(), on_line);
        let finished = tokio::select! {
            biased;
            finished = &mut work => finished,
            _exit = held.session.ended() => {
                stop.cancel();
                // It was cut off, or it could not begin: what counts is why.
                let _cut = work.await;
                Err(SessionError::Ended.into())
            }
        };
        self.note(held.cell.as_ref());
        finished
    }

    async fn stop(&self, id: SessionId, grace: Millis) -> Result<Stopped> {
        let held = self.run.held(id)?;
        held.session.end(grace).await?;
        let kept = held.session.keep(self.run.world.blobs.as_ref()).await;
        {
            let mut table = self.run.table();
            table.live.remove(&id);
            table.stopped.insert(id);
        }
        held.cell.close(self.run.world.blobs.as_ref()).await?;
        kept
    }

    fn list(&self) -> Vec<Listed> {
        let table = self.run.table();
        let listed = table.live.iter().map(|(id, held)| Listed {
            id: *id,
            label: held.label.clone(),
            state: held.session.state(),
            printed: held.session.printed(),
        });
        listed.collect()
    }
}
