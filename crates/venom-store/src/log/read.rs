//! Reading: events of a run, checked against their chain, and the head of a run.

use rusqlite::{Connection, OptionalExtension as _};
use venom_kernel::digest::Digest;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq};
use venom_ports::log::Head;
use venom_ports::{Failure, Result};

use super::row::{self, run_head};
use crate::keys::Vault;
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::int;

const DOING: &str = "reading the log";

/// Returns at most `limit` events of a run after a position. Each one's hash is checked: an engine
/// that acts on a damaged log does harm, and hashing costs less than parsing.
pub(crate) fn events(
    connection: &Connection,
    vault: &Vault,
    run: RunId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Envelope>> {
    // One transaction, so that both statements see the same log.
    let snapshot = connection.unchecked_transaction().or_fail(DOING)?;
    let Some(head) = run_head(&snapshot, run).or_fail(DOING)? else {
        return Ok(Vec::new());
    };
    if after.number() >= head.seq || limit == 0 {
        return Ok(Vec::new());
    }
    let key = vault.of(&snapshot, run)?;
    let before = if after == Seq::ZERO {
        Digest::ZERO
    } else {
        hash_at(&snapshot, head.id, after.number())?
            .ok_or_else(|| corrupt(format!("event {after} of {run} is missing")))?
    };
    let expected = usize::try_from(head.seq - after.number())
        .unwrap_or(usize::MAX)
        .min(limit);
    let mut link = Link {
        run,
        seq: after.number(),
        hash: before,
    };
    // A damaged head must not make the process allocate what it says.
    let mut envelopes = Vec::with_capacity(expected.min(4_096));
    row::walk(&snapshot, head.id, after.number(), limit, |stored| {
        link.next(&stored)?;
        envelopes.push(stored.envelope(run, &key)?);
        Ok::<_, Failure>(())
    })
    .or_fail(DOING)??;
    if envelopes.len() != expected || (link.seq == head.seq && link.hash != head.hash) {
        return Err(corrupt(format!(
            "the events of {run} end early, after {}",
            link.seq
        )));
    }
    Ok(envelopes)
}

/// Returns position and hash of a run's last event.
pub(crate) fn head(connection: &Connection, run: RunId) -> Result<Option<Head>> {
    let head = run_head(connection, run).or_fail(DOING)?;
    Ok(head.map(|head| Head {
        seq: Seq::new(head.seq),
        hash: head.hash,
    }))
}

/// Returns the hash of one event of a run.
pub(crate) fn hash_of(connection: &Connection, run: RunId, seq: Seq) -> Result<Option<Digest>> {
    match run_head(connection, run).or_fail(DOING)? {
        Some(head) => hash_at(connection, head.id, seq.number()),
        None => Ok(None),
    }
}

/// Returns the hash of one event of a run by its place in the table.
fn hash_at(connection: &Connection, id: i64, seq: u64) -> Result<Option<Digest>> {
    connection
        .prepare_cached("SELECT hash FROM ev WHERE run = ?1 AND rseq = ?2")
        .and_then(|mut statement| {
            statement
                .query_row([id, int(seq)], |row| row::digest(row, 0))
                .optional()
        })
        .or_fail(DOING)
}

/// The place in a run's chain up to which it was checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) run: RunId,
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
}

impl Link {
    /// The place before a run's first event.
    pub(crate) const fn first(run: RunId) -> Self {
        Self {
            run,
            seq: 0,
            hash: Digest::ZERO,
        }
    }

    /// Checks that an event is the next one, and moves to it.
    pub(crate) fn next(&mut self, stored: &row::Stored<'_>) -> Result<()> {
        let run = self.run;
        if stored.seq != self.seq.saturating_add(1) {
            return Err(corrupt(format!(
                "event {} of {run} is missing",
                self.seq + 1
            )));
        }
        if stored.link(run, &self.hash) != stored.hash {
            return Err(corrupt(format!(
                "event {} of {run} is not what was written",
                stored.seq
            )));
        }
        self.seq = stored.seq;
        self.hash = stored.hash;
        Ok(())
    }
}
