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
const PATIENCE: Duration = Duration::from_mins(1);

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
        ]
        .iter()
        .any(|end| path.ends_with(end));
        (!is_long).then_some(PATIENCE)
    }
}
