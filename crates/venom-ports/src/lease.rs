//! Leases: which process owns a run.

use async_trait::async_trait;
use venom_kernel::id::RunId;
use venom_kernel::time::{Millis, Timestamp};

use crate::Result;

/// Counts the owners of a run. An append with an older fence than the newest is refused, so that a
/// process that lost its lease without noticing can do no harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(pub u64);

/// The right to write a run, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run: RunId,
    /// Who holds it, such as `pid 4711 on laptop`.
    pub owner: String,
    /// The owner's number.
    pub fence: Fence,
    /// When it ends unless it is renewed.
    pub until: Timestamp,
}

/// What came of asking for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is yours.
    Yours(Lease),
    /// Somebody else holds it.
    Held(Lease),
}

/// Hands out leases. `now` and `ttl` come from the caller's clock.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Asks for a run. An expired lease is taken over under a higher fence; `dead` says that the
    /// holder named in a live lease is known to have died, so that nobody has to wait for its end.
    async fn acquire(
        &self,
        run: RunId,
        owner: &str,
        now: Timestamp,
        ttl: Millis,
        dead: &(dyn Fn(&str) -> bool + Send + Sync),
    ) -> Result<Acquired>;

    /// Prolongs a lease. `Conflict` if it is not yours any more.
    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Millis) -> Result<Lease>;

    /// Gives a lease back. Giving back what is not yours any more does nothing.
    async fn release(&self, lease: &Lease) -> Result<()>;

    /// Returns the lease of a run that somebody holds at `now`.
    async fn holder(&self, run: RunId, now: Timestamp) -> Result<Option<Lease>>;
}
