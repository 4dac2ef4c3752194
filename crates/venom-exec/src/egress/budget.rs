//! How much a run may use of the network, whatever the number of its sandboxes and connections.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use thiserror::Error;

/// What a run has left.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: AtomicU64,
    requests: AtomicU64,
    is_told: AtomicBool,
}

/// What is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Spent {
    /// The number of bytes, both ways together.
    #[error("bytes")]
    Bytes,
    /// The number of requests, refused ones among them.
    #[error("requests")]
    Requests,
}

impl Budget {
    pub(crate) fn new(bytes: u64, requests: u64) -> Self {
        Self {
            bytes: AtomicU64::new(bytes),
            requests: AtomicU64::new(requests),
            is_told: AtomicBool::new(false),
        }
    }

    /// Takes bytes. What does not fit takes the rest, so that nothing else fits either.
    pub(crate) fn take_bytes(&self, bytes: u64) -> Result<(), Spent> {
        take(&self.bytes, bytes).ok_or(Spent::Bytes)
    }

    /// Takes one request.
    pub(crate) fn take_request(&self) -> Result<(), Spent> {
        take(&self.requests, 1).ok_or(Spent::Requests)
    }

    /// Whether nobody was told yet that the requests are used up. One decision says it; a client
    /// that goes on asking must not fill the log.
    pub(crate) fn is_first_to_tell(&self) -> bool {
        !self.is_told.swap(true, Ordering::Relaxed)
    }
}

fn take(left: &AtomicU64, amount: u64) -> Option<()> {
    let before = left.update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.saturating_sub(amount)
    });
    (before >= amount).then_some(())
}

#[cfg(test)]
mod tests;
