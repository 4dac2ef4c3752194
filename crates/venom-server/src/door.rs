//! What stands at the door: who is known, how often they may ask, and how long they may take.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::guard::{Hosts, RequestId};
use crate::limit::Limits;
use crate::repeat::Repeats;
use crate::token::store::Tokens;

/// How long a request may take that is no stream. Chosen: longer than anything that does not wait
/// for a person, shorter than what clients wait by themselves.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How often a stream looks whether its token is of use yet.
const GLANCE: Duration = Duration::from_secs(2);

/// The state that guards share.
pub(crate) struct Door {
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) limits: Limits,
    pub(crate) hosts: Hosts,
    pub(crate) repeats: Repeats,
    /// What is being done for clients, whether they wait for it or not.
    pub(crate) work: Work,
    /// How many streams of events may be open.
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) most_streams: usize,
    /// Cancelled when the server is to end.
    pub(crate) closing: CancellationToken,
    /// Tells requests of this process from those of another.
    pub(crate) birth: String,
    pub(crate) requests: AtomicU64,
}

/// What is being done for clients.
#[derive(Default)]
pub(crate) struct Work(Mutex<JoinSet<()>>);

impl Work {
    /// Does something to its end, also when nobody waits for it; `None` if it broke.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (done, is_done) = oneshot::channel();
        {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            while all.try_join_next().is_some() {}
            all.spawn(async move {
                // Nobody may wait for it any more.
                let _ = done.send(work.await);
            });
        }
        is_done.await.ok()
    }

    /// Waits until everything came to its end.
    pub(crate) async fn drained(&self) {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        while all.join_next().await.is_some() {}
    }
}

impl Door {
    /// Names the next request.
    pub(crate) fn next_request(&self) -> RequestId {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        RequestId(format!("{}-{number}", self.birth))
    }

    /// Returns when a token is of no use any more, because it was revoked or is over.
    pub(crate) async fn outlives(self: Arc<Self>, token: String) {
        loop {
            tokio::time::sleep(GLANCE).await;
            if !self.tokens.is_current(&token) {
                return;
            }
        }
    }

    /// Says how long a request may take; streams may stay as long as they like, and what goes through
    /// a whole workspace takes its time.
    pub(crate) fn patience(request: &Request) -> Option<Duration> {
        let path = request.uri().path();
        let is_long = [
            "/stream",
            "/rewind",
            "/replay",
            "/fork",
            "/export",
            "/snapshots",
            // Models take their time; how long at most is said with the call.
            "/chat/completions",
        ]
        .iter()
        .any(|end| path.ends_with(end));
        (!is_long).then_some(PATIENCE)
    }
}
