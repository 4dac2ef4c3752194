//! What is remembered beyond a run: the memory's own log, and the tiers that follow from it and from the
//! logs of runs.

use async_trait::async_trait;
use venom_kernel::id::Seq;
use venom_kernel::memory::{MemoryEvent, Noted};
use venom_kernel::time::Timestamp;

use crate::Result;

pub mod embed;
pub mod episodes;
pub mod facts;
pub mod graph;
pub mod vectors;

/// An event to be written into the memory's log, with the words that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    /// What happened.
    pub event: MemoryEvent,
    /// Its words. They are stored beside the event, which keeps a digest of them, so that they can be let
    /// go of while the log stays whole.
    pub words: Option<String>,
}

/// The memory's own log: what was added, forgotten and pinned by hand, and what became of proposals.
///
/// Each event carries the hash of the one before it. There is no way to change or remove one; words are
/// let go of when an event says that their episode is forgotten, in the same commit.
#[async_trait]
pub trait MemoryLog: Send + Sync {
    /// Appends events in one commit and returns the position of the last event. When it returns, they
    /// survive a power loss. An episode that was added before is not added again.
    async fn append(&self, time: Timestamp, events: Vec<Telling>) -> Result<Seq>;

    /// Returns at most `limit` events after a position, oldest first.
    async fn read(&self, after: Seq, limit: usize) -> Result<Vec<Noted>>;

    /// Checks that no event was changed, added or lost, and returns how many there are; `Corrupt` names the
    /// first one that is not what was written.
    async fn verify(&self) -> Result<u64>;
}
