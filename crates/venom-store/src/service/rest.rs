//! Leaving alone what has just failed, so that not every question waits for the same silence.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use venom_ports::{Failure, FailureKind, Result};

/// How long a service that failed is left alone. Chosen: a restart takes some seconds, and whoever asks
/// meanwhile is served by what is embedded.
const REST: Duration = Duration::from_secs(5);

/// Remembers the last failure for a while.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    failed: Mutex<Option<(Instant, Failure)>>,
}

impl Rest {
    /// Does something, unless the service rests.
    pub(crate) fn unless<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if let Some((since, failure)) = &*self.failed.lock().unwrap_or_else(PoisonError::into_inner)
            && since.elapsed() < REST
        {
            return Err(failure.clone());
        }
        let done = work();
        let failed = match &done {
            // What is merely not there says nothing about the service.
            Err(failure) if failure.kind != FailureKind::Missing => {
                Some((Instant::now(), failure.clone()))
            }
            Ok(_) | Err(_) => None,
        };
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        done
    }

    /// Lets the service be asked at once again.
    pub(crate) fn end(&self) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
