//! Checking: is every event still what was written, and is none missing?
//!
//! The check trusts nothing but the hashes. It goes through the events in the order in which they
//! were committed, follows each run's chain and the roll over all runs, compares the roll with
//! every seal, and the ends with the heads. What SQLite itself cannot read counts as damage too.

use std::collections::BTreeMap;

use rusqlite::Connection;
use venom_kernel::digest::Digest;
use venom_kernel::id::{RunId, Seq};
use venom_ports::Result;
use venom_ports::log::{Damage, Verified};

use super::chain;
use super::ledger::WholeHead;
use super::row::{self, RunHead, Stored, digest, run_head};
use crate::sqlite::failure::{self, OrFail as _};
use crate::sqlite::{run_of, uint};

const DOING: &str = "checking the log";

/// Checks the whole log, or one run.
pub(crate) fn verify(connection: &Connection, run: Option<RunId>) -> Result<Verified> {
    // One transaction, so that everything is compared with the same log.
    let snapshot = connection.unchecked_transaction().or_fail(DOING)?;
    let mut check = Check::default();
    let damage = match run {
        Some(run) => check.one(&snapshot, run),
        None => check.all(&snapshot),
    };
    let damage = match damage {
        Ok(()) => None,
        Err(Stop::Damage(damage)) => Some(damage),
        Err(Stop::Sql(error)) => {
            let failure = failure::of(DOING, &error);
            // A full disk or a missing permission says nothing about the log.
            if failure.kind != venom_ports::FailureKind::Corrupt {
                return Err(failure);
            }
            let (run, seq) = match check.at {
                Some((run, seq)) => (Some(run), Some(Seq::new(seq).next())),
                None => (None, None),
            };
            Some(Damage {
                run,
                seq,
                what: format!("the file cannot be read from here on: {error}"),
            })
        }
    };
    Ok(Verified {
        events: check.events,
        runs: check.runs,
        seals: check.seals,
        damage,
    })
}

enum Stop {
    Damage(Damage),
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

fn damage(run: Option<RunId>, seq: Option<u64>, what: impl Into<String>) -> Stop {
    Stop::Damage(Damage {
        run,
        seq: seq.map(Seq::new),
        what: what.into(),
    })
}

/// One run while it is followed.
struct Followed {
    run: RunId,
    head: RunHead,
    seq: u64,
    time: i64,
    hash: Digest,
}

impl Followed {
    const fn new(run: RunId, head: RunHead) -> Self {
        Self {
            run,
            head,
            seq: 0,
            time: i64::MIN,
            hash: Digest::ZERO,
        }
    }

    fn next(&mut self, stored: &Stored<'_>) -> std::result::Result<(), Stop> {
        let run = Some(self.run);
        let due = self.seq.saturating_add(1);
        if stored.seq != due {
            let what = format!("event {} stands where event {due} should", stored.seq);
            return Err(damage(run, Some(due), what));
        }
        if stored.link(self.run, &self.hash) != stored.hash {
            return Err(damage(run, Some(due), "the event is not what was written"));
        }
        if stored.time <= self.time {
            return Err(damage(
                run,
                Some(due),
                "the event is older than the one before it",
            ));
        }
        self.seq = due;
        self.time = stored.time;
        self.hash = stored.hash;
        Ok(())
    }

    fn end(&self) -> std::result::Result<(), Stop> {
        let run = Some(self.run);
        if self.seq < self.head.seq {
            let what = format!("events {} to {} are missing", self.seq + 1, self.head.seq);
            return Err(damage(run, Some(self.seq + 1), what));
        }
        if self.seq > self.head.seq || self.hash != self.head.hash {
            return Err(damage(
                run,
                Some(self.seq),
                "the run does not end as its head says",
            ));
        }
        if self.seq == 0 {
            return Err(damage(run, None, "the run has no events"));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Check {
    events: u64,
    runs: u64,
    seals: u64,
    /// The last event under a seal that was checked.
    sealed_to: u64,
    /// The last event that was in order.
    at: Option<(RunId, u64)>,
}

impl Check {
    fn one(&mut self, connection: &Connection, run: RunId) -> std::result::Result<(), Stop> {
        let Some(head) = run_head(connection, run)? else {
            return Ok(());
        };
        self.runs = 1;
        let mut followed = Followed::new(run, head);
        row::walk(connection, head.id, 0, usize::MAX, |stored| {
            followed.next(&stored)?;
            self.events += 1;
            self.at = Some((run, followed.seq));
            Ok::<_, Stop>(())
        })??;
        followed.end()
    }

    fn all(&mut self, connection: &Connection) -> std::result::Result<(), Stop> {
        let mut runs = runs(connection)?;
        self.runs = u64::try_from(runs.len()).unwrap_or(u64::MAX);
        let seals = seals(connection)?;
        let head = WholeHead::read(connection)?;
        let roll = self.walk(connection, &mut runs, &seals)?;
        // The runs' ends come before the end of all: they can say which event is missing.
        for followed in runs.values() {
            followed.end()?;
        }
        if let Some(seal) = seals.iter().find(|seal| seal.last > self.events) {
            let what = format!(
                "events are missing: seal {} covers more than there are",
                seal.no
            );
            return Err(damage(None, None, what));
        }
        let counted = u64::try_from(seals.len()).unwrap_or(u64::MAX);
        if self.seals != counted {
            let what = format!("seal {} covers what it cannot", self.seals + 1);
            return Err(damage(None, None, what));
        }
        if head.seals != counted || head.sealed != self.sealed_to {
            let what = format!("there are {counted} seals and not {}", head.seals);
            return Err(damage(None, None, what));
        }
        if head.events != self.events || head.roll != roll {
            return Err(damage(None, None, "the log does not end as its head says"));
        }
        integrity(connection)
    }

    fn walk(
        &mut self,
        connection: &Connection,
        runs: &mut BTreeMap<i64, Followed>,
        seals: &[Seal],
    ) -> std::result::Result<Digest, Stop> {
        let mut roll = Digest::ZERO;
        let mut due_seals = seals.iter().peekable();
        let mut statement = connection.prepare(
            "SELECT rseq, ts, cause, schema, hash, body, sealed, origin, seq, run FROM ev ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let stored = Stored::of(row)?;
            let global = uint(row.get(8)?);
            let Some(followed) = runs.get_mut(&row.get(9)?) else {
                return Err(damage(
                    None,
                    None,
                    format!("event {global} of all belongs to no run"),
                ));
            };
            followed.next(&stored)?;
            if global != self.events + 1 {
                let what = format!("event {} of all is missing before it", self.events + 1);
                return Err(damage(Some(followed.run), Some(stored.seq), what));
            }
            roll = chain::roll(&roll, &stored.rolled());
            self.events = global;
            self.at = Some((followed.run, stored.seq));
            if let Some(seal) = due_seals.next_if(|seal| seal.last == global) {
                let expected_first = self.sealed_to + 1;
                self.seals += 1;
                self.sealed_to = global;
                if seal.no != self.seals || seal.first != expected_first || seal.root != roll {
                    let what = format!("seal {} over all events up to here is broken", seal.no);
                    return Err(damage(Some(followed.run), Some(stored.seq), what));
                }
                if !seal.is_signed_well() {
                    let what = format!("the signature of seal {} does not fit", seal.no);
                    return Err(damage(Some(followed.run), Some(stored.seq), what));
                }
            }
        }
        Ok(roll)
    }
}

struct Seal {
    no: u64,
    first: u64,
    last: u64,
    root: Digest,
    signature: Option<([u8; 32], [u8; 64])>,
}

impl Seal {
    /// Tells whether the signature fits, if there is one.
    fn is_signed_well(&self) -> bool {
        self.signature.as_ref().is_none_or(|(key, signature)| {
            let message = chain::seal_message(self.no, self.first, self.last, &self.root);
            crate::keys::verify_signature(key, &message, signature)
        })
    }
}

fn seals(connection: &Connection) -> rusqlite::Result<Vec<Seal>> {
    let mut statement = connection
        .prepare("SELECT no, first, last, root, signer, signature FROM seal ORDER BY no")?;
    let seals = statement.query_map([], |row| {
        Ok(Seal {
            no: uint(row.get(0)?),
            first: uint(row.get(1)?),
            last: uint(row.get(2)?),
            root: digest(row, 3)?,
            signature: row
                .get::<_, Option<[u8; 32]>>(4)?
                .zip(row.get::<_, Option<[u8; 64]>>(5)?),
        })
    })?;
    seals.collect()
}

fn runs(connection: &Connection) -> rusqlite::Result<BTreeMap<i64, Followed>> {
    let mut statement = connection.prepare("SELECT id, rseq, hash, uid FROM run")?;
    let runs = statement.query_map([], |row| {
        let head = RunHead {
            id: row.get(0)?,
            seq: uint(row.get(1)?),
            hash: digest(row, 2)?,
        };
        Ok((head.id, Followed::new(run_of(row.get(3)?), head)))
    })?;
    runs.collect()
}

/// Asks SQLite whether its pages and indexes are in order; the chains cannot see an index.
fn integrity(connection: &Connection) -> std::result::Result<(), Stop> {
    let answer: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if answer == "ok" {
        Ok(())
    } else {
        Err(damage(
            None,
            None,
            format!("the events are whole, but the file is not: {answer}"),
        ))
    }
}
