//! Following a run: its log so far, then news as they happen, whichever process drives it.

use std::sync::Arc;

use futures::stream;
use tokio::sync::broadcast;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Phase, RunState};
use venom_kernel::time::Millis;
use venom_ports::api::runs::{News, NewsStream, Rest};
use venom_ports::{Failure, FailureKind};

use crate::drive::{Handle, Heard};
use crate::world::World;

/// How many events are read at once.
const PAGE: usize = 512;
/// How often the log of a run that another process drives is looked at. Chosen: quick for a person.
const POLL: Millis = Millis::new(100);

/// What is left to give to a follower.
struct Follower {
    world: Arc<World>,
    run: RunId,
    /// The run as far as the follower knows it; needed to tell when nothing more will come.
    state: RunState,
    /// Events up to here were given.
    given: Seq,
    /// Whether the log may hold more than the follower has heard of.
    is_behind: bool,
    waiting: std::collections::VecDeque<News>,
    handle: Option<(Handle, broadcast::Receiver<Heard>)>,
    live: bool,
    /// The rest that was told last, so that it is told once.
    told: Option<(Seq, Rest)>,
    over: bool,
}

/// Gives the events of a run after a position, then news.
pub(crate) fn follow(
    world: Arc<World>,
    run: RunId,
    after: Seq,
    live: bool,
    handle: Option<Handle>,
) -> NewsStream {
    let handle = handle.map(|handle| {
        let news = handle.news.subscribe();
        (handle, news)
    });
    let follower = Follower {
        world,
        run,
        state: RunState::default(),
        given: after,
        is_behind: true,
        waiting: std::collections::VecDeque::new(),
        handle,
        live,
        told: None,
        over: false,
    };
    Box::pin(stream::unfold(follower, |mut follower| async move {
        let news = follower.next().await?;
        Some((news, follower))
    }))
}

impl Follower {
    async fn next(&mut self) -> Option<Result<News, Failure>> {
        loop {
            if let Some(news) = self.waiting.pop_front() {
                return Some(Ok(news));
            }
            if self.over {
                return None;
            }
            // Looked at before the log is: whatever a drive wrote, it wrote before it was done.
            let driven_here = self.is_driven_here();
            self.is_behind |= !driven_here;
            if self.is_behind
                && let Err(failure) = self.catch_up().await
            {
                self.over = true;
                return Some(Err(failure));
            }
            if !self.waiting.is_empty() {
                continue;
            }
            match self.rest(driven_here).await {
                Ok(Some(rest)) => {
                    // Whatever was written since the last word that was heard comes before the rest.
                    if let Err(failure) = self.catch_up().await {
                        self.over = true;
                        return Some(Err(failure));
                    }
                    if !self.waiting.is_empty() {
                        continue;
                    }
                    let last = rest == Rest::Finished || !self.live;
                    self.over = last;
                    if self.told != Some((self.state.seq(), rest)) {
                        self.told = Some((self.state.seq(), rest));
                        return Some(Ok(News::Rest(rest)));
                    }
                    if last {
                        return None;
                    }
                }
                Ok(None) => {}
                Err(failure) => {
                    self.over = true;
                    return Some(Err(failure));
                }
            }
            self.wait().await;
        }
    }

    /// Reads what the log has more than the follower knows.
    async fn catch_up(&mut self) -> Result<(), Failure> {
        loop {
            let page = self
                .world
                .log
                .read(self.run, self.state.seq(), PAGE)
                .await?;
            let whole = page.len() < PAGE;
            for envelope in page {
                self.learn(envelope)?;
            }
            if whole {
                // A run that is driven here is heard of; one that is not has to be looked at.
                self.is_behind = self.handle.is_none();
                return Ok(());
            }
        }
    }

    fn learn(&mut self, envelope: Envelope) -> Result<(), Failure> {
        if envelope.seq != self.state.seq().next() {
            self.is_behind |= envelope.seq > self.state.seq();
            return Ok(());
        }
        self.state.evolve(&envelope.event).map_err(|illegal| {
            Failure::new(FailureKind::Corrupt, illegal.to_string())
                .with_hint("run `venom log verify` to find the damage")
        })?;
        if envelope.seq > self.given {
            self.given = envelope.seq;
            self.waiting.push_back(News::Event(Box::new(envelope)));
        }
        Ok(())
    }

    fn is_driven_here(&self) -> bool {
        self.handle
            .as_ref()
            .is_some_and(|(handle, _)| !handle.done.is_cancelled())
    }

    /// Tells why nothing more will come, if nothing will.
    async fn rest(&self, driven_here: bool) -> Result<Option<Rest>, Failure> {
        if self.state.phase() == Phase::Finished {
            return Ok(Some(Rest::Finished));
        }
        if let Some(lost) = self.handle.as_ref().and_then(|(h, _)| h.lost.get()) {
            return Err(lost.clone());
        }
        let working = driven_here || {
            let now = self.world.clock.now();
            let holder = self.world.leases.holder(self.run, now).await?;
            holder.is_some_and(|lease| !(self.world.is_dead)(&lease.owner))
        };
        if self.state.phase() == Phase::Asking {
            return Ok(Some(Rest::Asking));
        }
        if self.state.waits_for_person() && self.state.open_questions().next().is_some() {
            return Ok(Some(Rest::Asking));
        }
        if self.state.waits_for_person() {
            return Ok(Some(Rest::Approvals));
        }
        if self.state.is_paused() && self.state.is_idle() {
            return Ok(Some(Rest::Paused));
        }
        Ok((!working && self.state.seq() > Seq::ZERO).then_some(Rest::Abandoned))
    }

    /// Waits until there may be something new.
    async fn wait(&mut self) {
        let poll: std::time::Duration = POLL.into();
        let Some((handle, news)) = &mut self.handle else {
            tokio::time::sleep(poll).await;
            return;
        };
        if handle.done.is_cancelled() {
            tokio::time::sleep(poll).await;
            return;
        }
        let done = handle.done.clone();
        tokio::select! {
            received = news.recv() => match received {
                // The event itself is read from the log, so that nothing is given twice or lost.
                Ok(Heard::Line { step, line }) => {
                    self.waiting.push_back(News::Line { step, line });
                }
                Ok(Heard::Events(envelopes)) => {
                    // The next events in order save a look at the log.
                    for envelope in envelopes.iter() {
                        if self.learn(envelope.clone()).is_err() {
                            self.is_behind = true;
                        }
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => self.is_behind = true,
                Err(broadcast::error::RecvError::Closed) => tokio::time::sleep(poll).await,
            },
            () = done.cancelled() => {}
        }
    }
}
