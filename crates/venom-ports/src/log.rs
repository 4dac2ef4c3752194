//! The event log.

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Illegal, Proposed};
use venom_kernel::time::Timestamp;

use crate::lease::Fence;
use crate::{Failure, Result};

/// Events to append in one commit: all of them or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The run.
    pub run: RunId,
    /// Position of the last event that the writer knows.
    pub expected: Seq,
    /// The writer's fence.
    pub fence: Fence,
    /// When the events happened. The log keeps times of a run from going backwards.
    pub time: Timestamp,
    /// The events.
    pub events: Vec<Proposed>,
}

/// Why a batch was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else appended to the run.
    #[error("the run is at {found}, not at {expected}")]
    Moved {
        /// Position that the writer knew.
        expected: Seq,
        /// Position that the log has.
        found: Seq,
    },
    /// The writer lost its lease to somebody with a higher fence.
    #[error("another process has taken over the run")]
    Fenced,
    /// An event cannot follow the events before it.
    #[error("the log refuses an event")]
    Illegal(#[from] Illegal),
    /// The store failed; nothing was appended.
    #[error("the log cannot be written")]
    Store(#[from] Failure),
}

/// Position and hash of the last event of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The position.
    pub seq: Seq,
    /// The hash, which covers every event of the run.
    pub hash: Digest,
}

/// What a check of the log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many events were checked.
    pub events: u64,
    /// How many runs they belong to.
    pub runs: u64,
    /// How many seals over all runs were checked.
    pub seals: u64,
    /// The first event that is not what it was when it was written, if there is one.
    pub damage: Option<Damage>,
}

/// The first place where a log is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The run, as far as it can be told.
    pub run: Option<RunId>,
    /// The position, as far as it can be told.
    pub seq: Option<Seq>,
    /// What is wrong.
    pub what: String,
}

/// Where a run was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Here.
    Here,
    /// Elsewhere; it can be looked at and not gone on with.
    Imported,
    /// Elsewhere, and values were taken out before it came here.
    Redacted,
}

/// Appends and reads events. `append` is the only way in; there is no way to change or remove one.
///
/// Each event of a run carries the hash of the one before it, and seals cover all runs, so that a
/// change, a loss or a swap is found by [`LogStore::verify`].
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Appends a batch and returns its envelopes. When it returns, the events survive a power loss.
    async fn append(&self, batch: Batch) -> std::result::Result<Vec<Envelope>, AppendError>;

    /// Returns at most `limit` events of a run after a position, oldest first.
    async fn read(&self, run: RunId, after: Seq, limit: usize) -> Result<Vec<Envelope>>;

    /// Returns position and hash of a run's last event; `None` for a run that does not exist.
    async fn head(&self, run: RunId) -> Result<Option<Head>>;

    /// Returns the hash of one event of a run; `None` if there is no such event.
    async fn hash_at(&self, run: RunId, seq: Seq) -> Result<Option<Digest>>;

    /// Says where a run was done. A log into which nothing can be imported need not say it.
    async fn provenance(&self, _run: RunId) -> Result<Provenance> {
        Ok(Provenance::Here)
    }

    /// Checks the whole log, or one run.
    async fn verify(&self, run: Option<RunId>) -> Result<Verified>;
}
