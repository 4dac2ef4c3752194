//! The connections there are, and what a crowd of them leaves behind.
//!
//! Each connection takes memory while it lasts, and a follower of a run a tenth of a megabyte. Allocators keep what was
//! freed for the next crowd, which may come in a week; so it is given back when a crowd has gone.

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How often it is looked whether a crowd has gone. Chosen: giving back takes milliseconds, and what is asked for
/// meanwhile waits for them.
const LOOK: Duration = Duration::from_secs(5);
/// So many have to have gone. Chosen: what fewer leave behind is not worth looking for.
const CROWD: usize = 32;

/// The connections there are.
pub(crate) struct Crowd {
    places: Arc<Semaphore>,
    all: usize,
    /// The most that were here since memory was given back.
    most: AtomicUsize,
}

impl Crowd {
    /// Makes room for so many.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            all: places,
            most: AtomicUsize::new(0),
        }
    }

    /// Takes a place, which is free again when it is dropped; none if all are taken.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        self.most.fetch_max(self.here(), Ordering::Relaxed);
        Some(place)
    }

    fn here(&self) -> usize {
        self.all.saturating_sub(self.places.available_permits())
    }

    /// Tells whether more than half of a crowd have gone; says so once.
    fn has_gone(&self) -> bool {
        let (here, most) = (self.here(), self.most.load(Ordering::Relaxed));
        let gone = most.saturating_sub(here);
        let has_gone = gone >= CROWD && here < gone;
        if has_gone {
            self.most.store(here, Ordering::Relaxed);
        }
        has_gone
    }

    /// Gives memory back whenever a crowd has gone.
    pub(crate) async fn watch(&self, give_back: &Arc<dyn Fn() + Send + Sync>) -> Infallible {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.has_gone() {
                let give_back = Arc::clone(give_back);
                if let Err(error) = tokio::task::spawn_blocking(move || give_back()).await {
                    tracing::warn!(%error, "memory was not given back");
                }
            }
        }
    }
}
