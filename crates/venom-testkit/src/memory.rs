//! In-memory adapters of the ports that keep things. They pass the same conformance suites as the
//! real ones, and nothing of them survives the process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

mod blob;
mod inbox;
mod lease;
mod log;
mod projection;
mod vectors;

pub use blob::MemoryBlobs;
pub use inbox::MemoryInbox;
pub use lease::MemoryLeases;
pub use log::MemoryLog;
pub use projection::MemoryProjections;
pub use vectors::MemoryVectors;

/// One of each, wired together: the log knows the leases' fences, the projections read the log.
#[derive(Debug, Clone)]
pub struct Memory {
    /// The event log.
    pub log: Arc<MemoryLog>,
    /// The leases.
    pub leases: Arc<MemoryLeases>,
    /// The inbox.
    pub inbox: Arc<MemoryInbox>,
    /// The content store.
    pub blobs: Arc<MemoryBlobs>,
    /// The projections.
    pub projections: Arc<MemoryProjections>,
}

impl Memory {
    /// Makes an empty set.
    pub fn new() -> Self {
        let leases = Arc::new(MemoryLeases::new());
        let log = Arc::new(MemoryLog::new(Arc::clone(&leases)));
        let projections = Arc::new(MemoryProjections::new(Arc::clone(&log)));
        Self {
            log,
            leases,
            inbox: Arc::new(MemoryInbox::new()),
            blobs: Arc::new(MemoryBlobs::new()),
            projections,
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Locks; a test that panicked while it held the lock does not matter to the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
