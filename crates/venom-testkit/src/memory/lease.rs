//! Leases in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use venom_kernel::id::RunId;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::lease::{Acquired, Fence, Lease, LeaseStore};
use venom_ports::{Failure, FailureKind, Result};

use super::lock;

/// Leases in memory.
#[derive(Debug, Default)]
pub struct MemoryLeases {
    rows: Mutex<BTreeMap<RunId, Row>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Row {
    fence: u64,
    /// Name and end, until it is given back.
    held: Option<(&'static str, Timestamp)>,
}

impl MemoryLeases {
    /// Makes an empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the newest fence of a run, if there ever was a lease on it.
    pub(super) fn newest(&self, run: RunId) -> Option<Fence> {
        lock(&self.rows).get(&run).map(|row| Fence(row.fence))
    }
}

impl Row {
    fn held_at(&self, run: RunId, now: Timestamp) -> Option<(Lease, &'static str)> {
        let (owner, until) = self.held.filter(|(_, until)| *until > now)?;
        Some((
            Lease {
                run,
                owner: owner.to_owned(),
                fence: Fence(self.fence),
                until,
            },
            owner,
        ))
    }
}

#[async_trait]
impl LeaseStore for MemoryLeases {
    async fn acquire(
        &self,
        run: RunId,
        owner: &str,
        now: Timestamp,
        ttl: Millis,
        dead: &(dyn Fn(&str) -> bool + Send + Sync),
    ) -> Result<Acquired> {
        let mut rows = lock(&self.rows);
        let row = rows.entry(run).or_default();
        if let Some((lease, name)) = row.held_at(run, now)
            && !dead(name)
        {
            return Ok(Acquired::Held(lease));
        }
        // The port's signature, as `async_trait` writes it out, asks `dead` about a name that lives
        // as long as the caller's borrow. A test hands out few leases, so their names are kept.
        let name: &'static str = owner.to_owned().leak();
        row.fence += 1;
        row.held = Some((name, end(now, ttl)));
        let fence = Fence(row.fence);
        Ok(Acquired::Yours(Lease {
            run,
            owner: owner.to_owned(),
            fence,
            until: end(now, ttl),
        }))
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Millis) -> Result<Lease> {
        let mut rows = lock(&self.rows);
        if let Some(Row {
            held: Some((_, until)),
            ..
        }) = rows.get_mut(&lease.run).filter(|row| is_of(row, lease))
        {
            *until = end(now, ttl);
            Ok(Lease {
                until: *until,
                ..lease.clone()
            })
        } else {
            let text = format!("the lease of {} is not held by {}", lease.run, lease.owner);
            Err(Failure::new(FailureKind::Conflict, text))
        }
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let mut rows = lock(&self.rows);
        if let Some(row) = rows.get_mut(&lease.run).filter(|row| is_of(row, lease)) {
            row.held = None;
        }
        Ok(())
    }

    async fn holder(&self, run: RunId, now: Timestamp) -> Result<Option<Lease>> {
        let row = lock(&self.rows).get(&run).copied();
        Ok(row
            .and_then(|row| row.held_at(run, now))
            .map(|(lease, _)| lease))
    }
}

fn is_of(row: &Row, lease: &Lease) -> bool {
    row.fence == lease.fence.0 && row.held.is_some_and(|(owner, _)| owner == lease.owner)
}

fn end(now: Timestamp, ttl: Millis) -> Timestamp {
    let micros = i64::try_from(ttl.get())
        .unwrap_or(i64::MAX)
        .saturating_mul(1_000);
    Timestamp::from_micros(now.micros().saturating_add(micros))
}
