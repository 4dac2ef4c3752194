//! What the writer thread owns: the connection, the tips, and the head over all runs while a
//! transaction is open. The head is read once and written once in each transaction.

use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, params};
use venom_kernel::digest::Digest;
use venom_ports::Result;

use super::chain;
use super::row::digest;
use super::tip::Tips;
use crate::keys::Signing;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uint};

/// Events under one seal. Chosen: a seal costs 50 bytes, and a damaged log is then known to be
/// whole up to at most this many events before the damage.
pub(crate) const SEALED: u64 = 1_024;

const DOING: &str = "writing the log";

/// How far the log over all runs has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WholeHead {
    /// How many events there are, which is the last one's global position.
    pub(crate) events: u64,
    /// The roll after the last one.
    pub(crate) roll: Digest,
    /// How many seals there are.
    pub(crate) seals: u64,
    /// The last event under a seal.
    pub(crate) sealed: u64,
}

impl WholeHead {
    /// Reads it.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection
            .prepare_cached("SELECT events, roll, seals, sealed FROM head WHERE one = 1")?
            .query_row([], |row| {
                Ok(Self {
                    events: uint(row.get(0)?),
                    roll: digest(row, 1)?,
                    seals: uint(row.get(2)?),
                    sealed: uint(row.get(3)?),
                })
            })
    }
}

/// What a savepoint must bring back beside the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    head: Option<Open>,
    run_ended: bool,
}

/// The head while a transaction is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    stored: WholeHead,
    now: WholeHead,
}

/// What signs, as soon as it is known.
pub(crate) type Signer = Arc<OnceLock<Signing>>;

/// The writer's possessions.
#[derive(Debug)]
pub(crate) struct Ledger {
    connection: Connection,
    signer: Signer,
    pub(crate) tips: Tips,
    head: Option<Open>,
    run_ended: bool,
}

impl Ledger {
    /// Takes the connection, and what signs seals.
    pub(crate) fn new(connection: Connection, signer: Signer) -> Self {
        Self {
            connection,
            signer,
            tips: Tips::default(),
            head: None,
            run_ended: false,
        }
    }

    /// Returns the connection.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins a transaction and waits for other processes that are in one.
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.head = None;
        self.run_ended = false;
        self.execute("BEGIN IMMEDIATE")
    }

    /// Writes the head and, if it is due, a seal; then commits. What was done is durable afterwards.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if let Some(Open { stored, now }) = self.head {
            if self.run_ended || now.events.saturating_sub(now.sealed) >= SEALED {
                self.seal_tail()?;
            }
            let now = self.head()?;
            if now != stored {
                self.write(&now)?;
            }
        }
        self.execute("COMMIT")
    }

    /// Takes the transaction back, and everything that was remembered of it.
    pub(crate) fn roll_back(&mut self) {
        self.tips.clear();
        self.head = None;
        if !self.connection.is_autocommit()
            && let Err(failure) = self.execute("ROLLBACK")
        {
            tracing::error!(%failure, "a transaction was not taken back");
        }
    }

    /// Returns what a savepoint must remember.
    pub(crate) const fn mark(&self) -> Mark {
        Mark {
            head: self.head,
            run_ended: self.run_ended,
        }
    }

    /// Brings back what a savepoint remembered.
    pub(crate) const fn reset(&mut self, mark: Mark) {
        self.head = mark.head;
        self.run_ended = mark.run_ended;
    }

    /// Returns the head over all runs as this transaction has it.
    fn head(&mut self) -> Result<WholeHead> {
        if let Some(open) = self.head {
            return Ok(open.now);
        }
        let stored = WholeHead::read(&self.connection).or_fail(DOING)?;
        self.head = Some(Open {
            stored,
            now: stored,
        });
        Ok(stored)
    }

    fn set_head(&mut self, now: WholeHead) {
        if let Some(open) = &mut self.head {
            open.now = now;
        }
    }

    /// Counts one more event and returns its global position.
    pub(crate) fn count(&mut self, hash: &Digest) -> Result<u64> {
        let mut head = self.head()?;
        head.events += 1;
        head.roll = chain::roll(&head.roll, hash);
        self.set_head(head);
        Ok(head.events)
    }

    /// Says that a run ended, which is a place for a seal.
    pub(crate) const fn run_ended(&mut self) {
        self.run_ended = true;
    }

    /// Seals the events that are under no seal yet.
    pub(crate) fn seal_tail(&mut self) -> Result<()> {
        let mut head = self.head()?;
        if head.sealed >= head.events {
            return Ok(());
        }
        let first = head.sealed + 1;
        head.seals += 1;
        head.sealed = head.events;
        let message = chain::seal_message(head.seals, first, head.sealed, &head.roll);
        let signing = self.signer.get();
        self.connection
            .prepare_cached(
                "INSERT INTO seal(no, first, last, root, signer, signature)
                VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    int(head.seals),
                    int(first),
                    int(head.sealed),
                    head.roll.as_bytes(),
                    signing.map(Signing::public),
                    signing.map(|signing| signing.sign(&message)),
                ])
            })
            .or_fail(DOING)?;
        self.set_head(head);
        Ok(())
    }

    fn write(&self, head: &WholeHead) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE head SET events = ?1, roll = ?2, seals = ?3, sealed = ?4")
            .and_then(|mut statement| {
                statement.execute(params![
                    int(head.events),
                    head.roll.as_bytes(),
                    int(head.seals),
                    int(head.sealed)
                ])
            })
            .map(drop)
            .or_fail(DOING)
    }

    /// Executes a statement of transaction control.
    pub(crate) fn execute(&self, sql: &'static str) -> Result<()> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .map(drop)
            .or_fail(DOING)
    }
}
