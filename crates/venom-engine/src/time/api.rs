//! The time machine as users ask it.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use venom_kernel::event::{Envelope, Event, StatePart};
use venom_kernel::id::{RunId, Seq, SnapshotId};
use venom_kernel::run::{Proposed, RunState};
use venom_kernel::snapshot::{Cause, Snapshot};
use venom_ports::api::runs::ApiError;
use venom_ports::api::time::{
    Compared, ForkWish, Moment as Point, ReplayMode, Replayed, RewindPreview, RewindResult,
    RewindWish, SnapshotRow, Time, WhatIf, WhatIfWish,
};
use venom_ports::blob::Belongs;
use venom_ports::lease::Lease;
use venom_ports::log::{AppendError, Batch};
use venom_ports::{Failure, FailureKind};

use super::capture::{Moment, Touched, snapshots};
use super::deeds::{Deeds, released};
use super::{compare, fork, replay, rewind, what_if};
use crate::host::Host;

/// How long a run that has ended may take to put its last work away. Chosen: far more than it needs.
const PUT_AWAY: std::time::Duration = std::time::Duration::from_secs(5);

impl Host {
    /// Takes a run that nobody works on, so that nobody else begins to while something is done with
    /// its workspace.
    pub(crate) async fn take(
        &self,
        run: RunId,
    ) -> Result<(Lease, Vec<Envelope>, RunState), ApiError> {
        let busy = |why: &str| ApiError::Refused {
            run,
            why: why.to_owned(),
        };
        if let Some(handle) = self.handle(run) {
            // Who has just heard that a run ended may ask before its last work is put away.
            let has_ended = self.fold(run, None).await?.outcome().is_some();
            let away = tokio::time::timeout(PUT_AWAY, handle.done.cancelled());
            if !has_ended || away.await.is_err() {
                return Err(busy("it is being worked on; pause or cancel it first"));
            }
        }
        let lease = self.lease(run).await?;
        let events = self.all_events(run).await?;
        let state = match RunState::fold(events.iter().map(|envelope| &envelope.event)) {
            Ok(state) => state,
            Err(illegal) => {
                self.let_go(&lease).await;
                return Err(Failure::new(FailureKind::Corrupt, illegal.to_string())
                    .with_hint("run `venom log verify` to find the damage")
                    .into());
            }
        };
        if events.is_empty() {
            self.let_go(&lease).await;
            return Err(ApiError::NoSuchRun(run.to_string()));
        }
        if !state.is_idle() {
            self.let_go(&lease).await;
            return Err(busy(
                "work was under way when its process ended; take it up with `venom resume`, or end it with `venom cancel`",
            ));
        }
        Ok((lease, events, state))
    }

    pub(crate) async fn let_go(&self, lease: &Lease) {
        if let Err(error) = self.world.leases.release(lease).await {
            tracing::warn!(run = %lease.run, %error, "lease not released");
        }
    }

    /// Appends events to a run whose lease is held.
    pub(crate) async fn write(
        &self,
        lease: &Lease,
        state: &mut RunState,
        events: Vec<Proposed>,
    ) -> Result<(), ApiError> {
        let batch = Batch {
            run: lease.run,
            expected: state.seq(),
            fence: lease.fence,
            time: self.world.clock.now(),
            events,
        };
        for proposed in &batch.events {
            state
                .evolve(&proposed.event)
                .map_err(|illegal| ApiError::Refused {
                    run: lease.run,
                    why: illegal.to_string(),
                })?;
        }
        self.world.log.append(batch).await.map_err(failure)?;
        Ok(())
    }

    async fn go_back(
        &self,
        lease: &Lease,
        events: &[Envelope],
        mut state: RunState,
        wish: &RewindWish,
        by: &str,
    ) -> Result<RewindResult, ApiError> {
        let root = root_of(&state);
        let world = self.world.of(lease.run, Belongs::Known)?;
        let way = rewind::find(&world, lease.run, &root, events, wish).await?;
        let before = state.seq();
        let intention = way.intention(&state, by).await?;
        self.write(lease, &mut state, intention).await?;
        let (event, result) = way.go(before).await?;
        let cause = Some(state.seq());
        self.write(lease, &mut state, vec![Proposed { event, cause }])
            .await?;
        Ok(result)
    }

    async fn capture_on_demand(
        &self,
        lease: &Lease,
        events: &[Envelope],
        mut state: RunState,
    ) -> Result<SnapshotRow, ApiError> {
        let root = root_of(&state);
        let sets = Deeds::of(events).change_sets();
        let touched = Touched::default();
        let world = self.world.of(lease.run, Belongs::Known)?;
        touched.with(world.blobs.as_ref(), &sets).await?;
        let moment = Moment::of(lease.run, &state, Cause::Demand);
        let mut record = *moment.capture(&world, &touched, &root).await?;
        record.id = SnapshotId::new(state.snapshots().taken.saturating_add(1));
        record.seq = state.seq();
        let snapshot = Snapshot::seal(record);
        let event = Event::SnapshotCreated {
            snapshot: Box::new(snapshot.clone()),
            step: None,
            state: state.checksum(),
        };
        self.write(lease, &mut state, vec![Proposed { event, cause: None }])
            .await?;
        Ok(SnapshotRow {
            seq: state.seq(),
            step: None,
            snapshot,
        })
    }

    /// Returns the events of a run up to a moment.
    pub(super) async fn events_at(&self, point: &Point) -> Result<Vec<Envelope>, ApiError> {
        let mut events = self.all_events(point.run).await?;
        let Some(last) = events.last() else {
            return Err(ApiError::NoSuchRun(point.run.to_string()));
        };
        if let Some(at) = point.at {
            if at > last.seq || at == Seq::ZERO {
                return Err(ApiError::NoSuchPart {
                    run: point.run,
                    what: format!("event {at}"),
                });
            }
            events.retain(|envelope| envelope.seq <= at);
        }
        Ok(events)
    }
}

/// Refuses a run whose contents were let go of.
pub(super) fn has_contents(run: RunId, state: &RunState) -> Result<(), ApiError> {
    match state.released() {
        None => Ok(()),
        Some(seq) => Err(ApiError::Refused {
            run,
            why: format!(
                "`venom gc` let go of its contents at event {seq}, so that nothing of it can be brought back"
            ),
        }),
    }
}

/// Refuses to let go of a snapshot that is not there, or without which the run could not be taken back.
fn may_release(run: RunId, events: &[Envelope], state: &RunState, at: Seq) -> Result<(), ApiError> {
    has_contents(run, state)?;
    let is_there = events.iter().any(|envelope| {
        envelope.seq == at && matches!(envelope.event, Event::SnapshotCreated { .. })
    });
    if !is_there || released(events).contains(&at) {
        return Err(ApiError::NoSuchPart {
            run,
            what: format!("snapshot at event {at}"),
        });
    }
    match Deeds::of(events).needed(at) {
        None => Ok(()),
        Some(why) => Err(ApiError::Refused {
            run,
            why: format!("the snapshot of event {at} stays: {why}"),
        }),
    }
}

/// Refuses to bring back a state that nothing could go on from.
fn may_rewind_state(run: RunId, state: &RunState, event: &Event, to: Seq) -> Result<(), ApiError> {
    // A log takes it at any place; somebody who goes back wants to be able to go on.
    let mut then = state.clone();
    match then.evolve(event) {
        Err(illegal) => Err(ApiError::Refused {
            run,
            why: illegal.why,
        }),
        Ok(()) if !then.is_idle() => Err(ApiError::Refused {
            run,
            why: format!(
                "a step was half done at event {to}; name an event before it began or after it ended"
            ),
        }),
        Ok(()) => Ok(()),
    }
}

/// Returns the workspace of a run.
pub(super) fn root_of(state: &RunState) -> PathBuf {
    state
        .started()
        .map(|started| PathBuf::from(&started.workspace.root))
        .unwrap_or_default()
}

pub(super) fn failure(error: AppendError) -> ApiError {
    match error {
        AppendError::Store(failure) => failure.into(),
        other => Failure::new(FailureKind::Conflict, other.to_string())
            .with_hint("somebody else works on the run; see `venom runs`")
            .into(),
    }
}

#[async_trait]
impl Time for Host {
    async fn replay(&self, moment: &Point, mode: ReplayMode) -> Result<Replayed, ApiError> {
        let Point { run, at } = *moment;
        self.events_at(moment).await?;
        if venom_kernel::relay::is_relayed(&self.fold(run, None).await?) {
            return Err(ApiError::Refused {
                run,
                why: "it is a call that a program made: what was asked was decided outside, so there is nothing to decide again; `venom verify` checks its log"
                    .to_owned(),
            });
        }
        // What a decision came to may stand behind the moment.
        let events = self.events_at(&Point { run, at: None }).await?;
        Ok(replay::replay(&self.world, run, &events, at, mode).await?)
    }

    async fn snapshots(&self, run: RunId) -> Result<Vec<SnapshotRow>, ApiError> {
        let events = self.events_at(&Point { run, at: None }).await?;
        let gone = released(&events);
        let rows = events
            .into_iter()
            .filter(|envelope| !gone.contains(&envelope.seq))
            .filter_map(|envelope| match envelope.event {
                Event::SnapshotCreated { snapshot, step, .. } => Some(SnapshotRow {
                    seq: envelope.seq,
                    step,
                    snapshot: *snapshot,
                }),
                _ => None,
            });
        Ok(rows.collect())
    }

    async fn snapshot(&self, run: RunId) -> Result<SnapshotRow, ApiError> {
        let (lease, events, state) = self.take(run).await?;
        let taken = self.capture_on_demand(&lease, &events, state).await;
        self.let_go(&lease).await;
        taken
    }

    async fn preview_rewind(
        &self,
        run: RunId,
        wish: &RewindWish,
    ) -> Result<RewindPreview, ApiError> {
        let events = self.events_at(&Point { run, at: None }).await?;
        if let Some(to) = wish.to {
            self.events_at(&Point { run, at: Some(to) }).await?;
        }
        let state = self.fold(run, None).await?;
        has_contents(run, &state)?;
        snapshots(&self.world)?;
        let root = root_of(&state);
        let world = self.world.of(run, Belongs::Known)?;
        let way = rewind::find(&world, run, &root, &events, wish).await?;
        Ok(way.preview())
    }

    async fn rewind(
        &self,
        run: RunId,
        wish: &RewindWish,
        by: &str,
    ) -> Result<RewindResult, ApiError> {
        let (lease, events, state) = self.take(run).await?;
        let gone = match has_contents(run, &state) {
            Ok(()) => self.go_back(&lease, &events, state, wish, by).await,
            Err(error) => Err(error),
        };
        self.let_go(&lease).await;
        gone
    }

    async fn compare(&self, left: &Point, right: &Point) -> Result<Compared, ApiError> {
        compare::compare(self, left, right).await
    }

    async fn materialise(&self, moment: &Point, into: &Path) -> Result<Seq, ApiError> {
        let events = self.events_at(moment).await?;
        let at = events.last().map_or(Seq::ZERO, |last| last.seq);
        let all = self
            .events_at(&Point {
                run: moment.run,
                at: None,
            })
            .await?;
        let world = self.world.of(moment.run, Belongs::Known)?;
        let Some((tree, times)) = compare::tree_at(&world, &all, at).await? else {
            return Err(ApiError::NoSuchPart {
                run: moment.run,
                what: "snapshot, so that its files are not known".to_owned(),
            });
        };
        snapshots(&world)?.materialise(tree, times, into).await?;
        Ok(at)
    }

    async fn fork(&self, run: RunId, wish: &ForkWish, by: &str) -> Result<RunId, ApiError> {
        fork::fork(self, run, wish, fork::Way::On, by).await
    }

    async fn what_if(&self, run: RunId, wish: &WhatIfWish, by: &str) -> Result<RunId, ApiError> {
        what_if::ask(self, run, wish, by).await
    }

    async fn what_came(&self, run: RunId) -> Result<WhatIf, ApiError> {
        what_if::compare(self, run).await
    }

    async fn rewind_state(
        &self,
        run: RunId,
        to: Seq,
        part: StatePart,
        by: &str,
    ) -> Result<Seq, ApiError> {
        let (lease, _, mut state) = self.take(run).await?;
        let event = Event::StateRewound {
            to,
            part,
            by: by.to_owned(),
        };
        if let Err(refused) = may_rewind_state(run, &state, &event, to) {
            self.let_go(&lease).await;
            return Err(refused);
        }
        let written = self
            .write(&lease, &mut state, vec![Proposed { event, cause: None }])
            .await;
        self.let_go(&lease).await;
        written.map(|()| state.seq())
    }

    async fn preview_rewind_state(
        &self,
        run: RunId,
        to: Seq,
        part: StatePart,
        by: &str,
    ) -> Result<(), ApiError> {
        // Whether somebody works on it is known by whoever takes it.
        let (lease, _, state) = self.take(run).await?;
        self.let_go(&lease).await;
        let event = Event::StateRewound {
            to,
            part,
            by: by.to_owned(),
        };
        may_rewind_state(run, &state, &event, to)
    }

    async fn release(&self, run: RunId, by: &str) -> Result<(), ApiError> {
        let (lease, _, mut state) = self.take(run).await?;
        let released = if state.released() == Some(state.seq()) {
            Ok(())
        } else {
            let event = Event::ContentsReleased { by: by.to_owned() };
            self.write(&lease, &mut state, vec![Proposed { event, cause: None }])
                .await
        };
        self.let_go(&lease).await;
        released
    }

    async fn release_snapshot(&self, run: RunId, at: Seq, by: &str) -> Result<(), ApiError> {
        let (lease, events, mut state) = self.take(run).await?;
        let done = match may_release(run, &events, &state, at) {
            Ok(()) => {
                let by = by.to_owned();
                let event = Event::SnapshotReleased { at, by };
                self.write(&lease, &mut state, vec![Proposed { event, cause: None }])
                    .await
            }
            Err(refused) => Err(refused),
        };
        self.let_go(&lease).await;
        done
    }
}
