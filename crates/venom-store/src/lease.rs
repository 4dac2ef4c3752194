//! Leases: rows beside the log, so that a fence is checked in the transaction that appends.
//!
//! A row is never removed: it keeps the newest fence of its run after the lease is given back.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};
use venom_kernel::id::RunId;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::lease::{Acquired, Fence, Lease, LeaseStore};
use venom_ports::{Failure, FailureKind, Result};

use crate::log::ledger::Ledger;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;
use crate::sqlite::{int, uid, uint};

const DOING: &str = "reading leases";

/// How often `acquire` looks again when the holder changes under its eyes. Chosen: each time another
/// process was faster; after three it is clear that the run is wanted elsewhere.
const LOOKS: usize = 3;

/// The leases in `data/log.db`.
#[derive(Debug)]
pub(crate) struct SqliteLeases {
    writer: Writer,
    readers: Readers,
    names: Names,
}

impl SqliteLeases {
    /// Takes the handles.
    pub(crate) const fn new(writer: Writer, readers: Readers) -> Self {
        Self {
            writer,
            readers,
            names: Names(Mutex::new(BTreeSet::new())),
        }
    }
}

/// Names of holders that `dead` was asked about. The port's signature, as `async_trait` writes it
/// out, wants a name that lives as long as the caller's borrow; only one that is never freed does.
/// Each name is kept once, and there are as many as there are processes that hold runs.
#[derive(Debug)]
struct Names(Mutex<BTreeSet<&'static str>>);

impl Names {
    fn keep(&self, name: &str) -> &'static str {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = names.get(name) {
            return kept;
        }
        let kept: &'static str = name.to_owned().leak();
        names.insert(kept);
        kept
    }
}

#[async_trait]
impl LeaseStore for SqliteLeases {
    async fn acquire(
        &self,
        run: RunId,
        owner: &str,
        now: Timestamp,
        ttl: Millis,
        dead: &(dyn Fn(&str) -> bool + Send + Sync),
    ) -> Result<Acquired> {
        // The question whether a holder is dead cannot be asked inside the writer's transaction.
        // So the answer names the fence that it was given for, and holds for that one only.
        let mut seize = None;
        let mut looks = 0;
        loop {
            let wanted = Lease {
                run,
                owner: owner.to_owned(),
                fence: Fence(0),
                until: end(now, ttl),
            };
            let acquired: Result<Acquired> = self
                .writer
                .ask(move |ledger| take(ledger, wanted, now, seize).map(Ok))
                .await;
            looks += 1;
            let held = match acquired? {
                Acquired::Held(held) if looks < LOOKS && seize != Some(held.fence) => held,
                acquired => return Ok(acquired),
            };
            if !dead(self.names.keep(&held.owner)) {
                return Ok(Acquired::Held(held));
            }
            seize = Some(held.fence);
        }
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Millis) -> Result<Lease> {
        let renewed = Lease {
            until: end(now, ttl),
            ..lease.clone()
        };
        self.writer
            .ask(move |ledger| {
                let sql =
                    "UPDATE lease SET until = ?4 WHERE run = ?1 AND owner = ?2 AND fence = ?3";
                let changed = update(ledger, sql, &renewed)?;
                Ok(if changed {
                    Ok(renewed)
                } else {
                    Err(lost(&renewed))
                })
            })
            .await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let ended = Lease {
            until: Timestamp::from_micros(0),
            ..lease.clone()
        };
        self.writer
            .ask(move |ledger| {
                let sql = "UPDATE lease SET owner = NULL, until = ?4
                    WHERE run = ?1 AND owner = ?2 AND fence = ?3";
                update(ledger, sql, &ended)?;
                Ok(Ok::<(), Failure>(()))
            })
            .await
    }

    async fn holder(&self, run: RunId, now: Timestamp) -> Result<Option<Lease>> {
        let row = self
            .readers
            .ask(move |connection| row(connection, run))
            .await?;
        Ok(row.and_then(|row| row.held_at(run, now)))
    }
}

/// Returns the newest fence of a run, if there ever was a lease on it.
pub(crate) fn newest_fence(connection: &Connection, run: RunId) -> Result<Option<Fence>> {
    connection
        .prepare_cached("SELECT fence FROM lease WHERE run = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([uid(run)], |row| Ok(Fence(uint(row.get(0)?))))
                .optional()
        })
        .or_fail(DOING)
}

struct Row {
    owner: Option<String>,
    fence: Fence,
    until: Timestamp,
}

impl Row {
    fn held_at(self, run: RunId, now: Timestamp) -> Option<Lease> {
        let Self {
            owner,
            fence,
            until,
        } = self;
        (until > now).then_some(())?;
        Some(Lease {
            run,
            owner: owner?,
            fence,
            until,
        })
    }
}

fn row(connection: &Connection, run: RunId) -> Result<Option<Row>> {
    connection
        .prepare_cached("SELECT owner, fence, until FROM lease WHERE run = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([uid(run)], |row| {
                    Ok(Row {
                        owner: row.get(0)?,
                        fence: Fence(uint(row.get(1)?)),
                        until: Timestamp::from_micros(row.get(2)?),
                    })
                })
                .optional()
        })
        .or_fail(DOING)
}

/// Takes a lease that nobody holds, that has ended, or whose holder under the fence `seize` is dead.
fn take(ledger: &Ledger, wanted: Lease, now: Timestamp, seize: Option<Fence>) -> Result<Acquired> {
    let connection = ledger.connection();
    let row = row(connection, wanted.run)?;
    let newest = row.as_ref().map_or(0, |row| row.fence.0);
    let held = row.and_then(|row| row.held_at(wanted.run, now));
    if let Some(held) = held
        && seize != Some(held.fence)
    {
        return Ok(Acquired::Held(held));
    }
    let lease = Lease {
        fence: Fence(newest + 1),
        ..wanted
    };
    let sql = "INSERT INTO lease(run, owner, fence, until) VALUES(?1, ?2, ?3, ?4)
        ON CONFLICT(run) DO UPDATE SET owner = ?2, fence = ?3, until = ?4";
    update(ledger, sql, &lease)?;
    Ok(Acquired::Yours(lease))
}

/// Executes a statement with run, owner, fence and end of a lease; tells whether a row changed.
fn update(ledger: &Ledger, sql: &str, lease: &Lease) -> Result<bool> {
    ledger
        .connection()
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![
                uid(lease.run),
                lease.owner,
                int(lease.fence.0),
                lease.until.micros()
            ])
        })
        .map(|rows| rows > 0)
        .or_fail("writing a lease")
}

/// Returns the moment at which a span that begins now is over.
fn end(now: Timestamp, ttl: Millis) -> Timestamp {
    Timestamp::from_micros(
        now.micros()
            .saturating_add(int(ttl.get()).saturating_mul(1_000)),
    )
}

fn lost(lease: &Lease) -> Failure {
    let text = format!(
        "the lease of {} is not held by {} any more",
        lease.run, lease.owner
    );
    Failure::new(FailureKind::Conflict, text)
        .with_hint(format!("`venom watch {}` shows who works on it", lease.run))
}
