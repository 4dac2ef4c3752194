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
        self.check()?;
        let done = work();
        self.note(&done);
        done
    }

    /// Gives the last failure again while the service rests.
    pub(crate) fn check(&self) -> Result<()> {
        match &*self.failed.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((since, failure)) if since.elapsed() < REST => Err(failure.clone()),
            Some(_) | None => Ok(()),
        }
    }

    /// Notes what came of a question.
    pub(crate) fn note<T>(&self, done: &Result<T>) {
        let failed = match done {
            // What is merely not there says nothing about the service.
            Err(failure) if failure.kind != FailureKind::Missing => {
                Some((Instant::now(), failure.clone()))
            }
            Ok(_) | Err(_) => None,
        };
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }

    /// Lets the service be asked at once again.
    pub(crate) fn end(&self) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
