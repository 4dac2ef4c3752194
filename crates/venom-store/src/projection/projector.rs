//! The projector: catches the tables up with the log, page by page, and starts over when they
//! cannot be right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _};
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_ports::{FailureKind, Result};

use super::counts;
use super::fold::Folded;
use super::table::{self, Cursor};
use super::{memories, models, sayings};
use crate::crypt::Key;
use crate::keys::{Mode, RunKey, Vault};
use crate::log::row::{Stored, digest};
use crate::memory::beside::Around;
use crate::memory::episodes;
use crate::memory::vectors::Recall;
use crate::private;
use crate::sqlite::connection::{self, Durability};
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::readers::Lazy;
use crate::sqlite::{closed, int, run_of, uint};

/// Events in one transaction. Chosen: some megabytes of log, a fraction of a second.
const PAGE: i64 = 4_096;

/// Unfinished runs that are remembered between pages. Chosen as for the writer's tips, but a
/// rebuild goes through all runs at once, and folding a forgotten one again costs milliseconds.
const REMEMBERED: usize = 256;

/// Owns both files' connections and the runs that are not finished.
#[derive(Debug)]
pub(crate) struct Projector {
    log: Lazy,
    path: PathBuf,
    state: Option<Connection>,
    runs: BTreeMap<RunId, Folded>,
    vault: Arc<Vault>,
    /// The file of the memory's log, and whether it was there already.
    notes: PathBuf,
    noted: Option<Connection>,
    recall: Recall,
}

/// The keys of the runs that rows belong to.
pub(crate) struct Keyring<'a> {
    log: &'a Connection,
    vault: &'a Vault,
}

impl Keyring<'_> {
    /// Returns the key of a run.
    pub(crate) fn of(&self, run: RunId) -> Result<RunKey> {
        self.vault.of(self.log, run)
    }

    /// Returns what seals the memory's log, if it is there.
    pub(crate) fn notes(&self) -> Option<Key> {
        self.vault.notes().0
    }
}

impl Projector {
    /// Names the files.
    pub(crate) fn new(
        log: &Path,
        notes: &Path,
        state: &Path,
        vault: Arc<Vault>,
        around: Around,
    ) -> Self {
        Self {
            notes: notes.to_owned(),
            noted: None,
            recall: Recall::new(around),
            vault,
            log: Lazy::new(log),
            path: state.to_owned(),
            state: None,
            runs: BTreeMap::new(),
        }
    }

    /// Catches up and asks the tables. When they turn out to be damaged they are folded again, once.
    pub(crate) fn ask<T>(
        &mut self,
        question: impl Fn(&Connection, &Keyring<'_>) -> Result<T>,
    ) -> Result<T> {
        match self.try_ask(&question) {
            Err(failure) if failure.kind == FailureKind::Corrupt => {
                tracing::warn!(%failure, "the projections are folded again");
                self.delete()?;
                self.try_ask(&question)
            }
            other => other,
        }
    }

    /// Throws all projections away.
    pub(crate) fn discard(&mut self) -> Result<()> {
        self.runs.clear();
        let emptied = self.state().and_then(empty);
        match emptied {
            Err(failure) if failure.kind == FailureKind::Corrupt => self.delete(),
            other => other,
        }
    }

    /// Catches up and asks the index of episodes. When the tables turn out to be damaged they are folded again,
    /// once.
    pub(crate) fn recall<T>(
        &mut self,
        question: impl Fn(&mut Recall, &Connection, &Keyring<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut tried = false;
        loop {
            let asked = self.catch_up().and_then(|()| {
                let keyring = Keyring {
                    log: self.log.get()?,
                    vault: &self.vault,
                };
                match &self.state {
                    Some(state) => question(&mut self.recall, state, &keyring),
                    None => Err(closed()),
                }
            });
            match asked {
                Err(failure) if failure.kind == FailureKind::Corrupt && !tried => {
                    tracing::warn!(%failure, "the projections are folded again");
                    tried = true;
                    self.delete()?;
                }
                other => return other,
            }
        }
    }

    /// Catches up, and leaves nothing of what was deleted in the files. While another process reads, older pages
    /// stay in the write-ahead log until the next time.
    pub(crate) fn settle(&mut self) -> Result<()> {
        self.ask(|state, _| {
            state
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .or_fail("writing projections")
        })
    }

    fn catch_up(&mut self) -> Result<()> {
        // First what is to be forgotten, then what would be.
        while self.hear()? {}
        while self.page()? {}
        // Once more: where the log is another one than before, all tables were emptied.
        while self.hear()? {}
        self.state().map(drop)
    }

    /// Folds the next events of the memory's log; tells whether there may be more.
    fn hear(&mut self) -> Result<bool> {
        /// Events in one transaction. Chosen as `PAGE`, for events with longer texts.
        const NOTES: usize = 1_024;
        if self.noted.is_none() {
            if !self.notes.exists() {
                return Ok(false);
            }
            self.noted = Some(connection::reader(&self.notes)?);
        }
        self.state()?;
        let (Some(noted), Some(state)) = (&self.noted, &self.state) else {
            return Ok(false);
        };
        let (seq, hash) = episodes::cursor(state)?;
        if crate::memory::head(noted)? == (seq, hash) {
            return Ok(false);
        }
        let (key, _) = self.vault.notes();
        state
            .execute_batch("BEGIN IMMEDIATE")
            .or_fail("writing projections")?;
        let fold = || {
            // Read again: another process may have caught up meanwhile.
            let (seq, hash) = episodes::cursor(state)?;
            let before = seq.saturating_sub(1);
            let mut told = crate::memory::after(noted, key.as_ref(), before, NOTES + 1)?;
            if seq > 0 {
                match told.first() {
                    Some((first, found)) if first.seq.number() == seq && *found == hash => {
                        told.remove(0);
                    }
                    // Another log than the one that was folded.
                    Some(_) | None => {
                        return state
                            .execute_batch(&format!("{}{}", table::EMPTY, episodes::EMPTY))
                            .or_fail("emptying projections")
                            .map(|()| true);
                    }
                }
            }
            let more = told.len() >= NOTES;
            for (noted, hash) in &told {
                episodes::hear(state, &self.vault, noted, |episode| {
                    self.recall.read(episode)
                })?;
                episodes::set_cursor(state, noted.seq.number(), hash)?;
            }
            Ok(more)
        };
        let folded = fold();
        if folded.is_ok() {
            state
                .execute_batch("COMMIT")
                .or_fail("writing projections")?;
        } else if !state.is_autocommit() {
            let _taken_back = state.execute_batch("ROLLBACK");
        }
        folded
    }

    fn try_ask<T>(
        &mut self,
        question: &impl Fn(&Connection, &Keyring<'_>) -> Result<T>,
    ) -> Result<T> {
        self.catch_up()?;
        let keyring = Keyring {
            log: self.log.get()?,
            vault: &self.vault,
        };
        match &self.state {
            Some(state) => question(state, &keyring),
            None => Err(closed()),
        }
    }

    /// Opens the tables; a file of another version is replaced.
    fn state(&mut self) -> Result<&Connection> {
        if let Some(state) = self.state.take() {
            return Ok(self.state.insert(state));
        }
        let state = if self.is_strict() {
            // What an earlier mode left on the disk is not to stay there.
            remove(&self.path)?;
            connection::in_memory(table::MIGRATIONS)?
        } else {
            match connection::writer(&self.path, Durability::Rebuildable, table::MIGRATIONS) {
                Err(failure)
                    if matches!(failure.kind, FailureKind::Corrupt | FailureKind::Refused) =>
                {
                    self.delete()?;
                    connection::writer(&self.path, Durability::Rebuildable, table::MIGRATIONS)?
                }
                other => other?,
            }
        };
        // What is forgotten is wiped from the pages. The answer is the new value.
        state
            .query_row("PRAGMA secure_delete=ON", [], |_| Ok(()))
            .or_fail("opening projections")?;
        let reader = self.recall.id();
        let (_, before) = episodes::made(&state)?;
        if before != reader {
            // Readings of another model are never compared with those of this one.
            if !before.is_empty() {
                empty(&state)?;
            }
            episodes::set_reader(&state, &reader)?;
        }
        Ok(self.state.insert(state))
    }

    fn delete(&mut self) -> Result<()> {
        self.state = None;
        self.runs.clear();
        self.recall.clear();
        remove(&self.path)
    }

    fn is_strict(&self) -> bool {
        matches!(self.vault.mode(), Ok(Mode::Strict))
    }

    /// Folds the next page of events; tells whether there may be more.
    fn page(&mut self) -> Result<bool> {
        let newest = newest(self.log.get()?)?;
        let cursor = table::cursor(self.state()?)?;
        if cursor.seq == newest.seq && cursor.hash == newest.hash {
            return Ok(false);
        }
        self.state()?
            .execute_batch("BEGIN IMMEDIATE")
            .or_fail("writing projections")?;
        let folded = self.fold();
        let state = self.state()?;
        match folded {
            Ok(more) => {
                state
                    .execute_batch("COMMIT")
                    .or_fail("writing projections")?;
                Ok(more)
            }
            Err(failure) => {
                // What was remembered may be ahead of the tables now.
                if !state.is_autocommit() {
                    let _taken_back = state.execute_batch("ROLLBACK");
                }
                self.runs.clear();
                Err(failure)
            }
        }
    }

    fn fold(&mut self) -> Result<bool> {
        let log = self.log.get()?;
        let Some(state) = self.state.as_ref() else {
            return Ok(true);
        };
        // Read again: another process may have caught up meanwhile.
        let mut cursor = table::cursor(state)?;
        if !follows(log, &cursor)? {
            state
                .execute_batch(&format!("{}{}", table::EMPTY, episodes::EMPTY))
                .or_fail("emptying projections")?;
            self.runs.clear();
            cursor = Cursor {
                seq: 0,
                hash: Digest::ZERO,
            };
        }
        let mut touched: BTreeMap<RunId, Folded> = BTreeMap::new();
        let mut statement = log
            .prepare_cached(
                "SELECT ev.rseq, ev.ts, ev.cause, ev.schema, ev.hash, ev.body, ev.sealed, ev.origin,
                 ev.seq, ev.run, run.uid FROM ev JOIN run ON run.id = ev.run WHERE ev.seq > ?1 ORDER BY ev.seq LIMIT ?2",
            )
            .or_fail("reading the log")?;
        let mut rows = statement
            .query([int(cursor.seq), PAGE])
            .or_fail("reading the log")?;
        let mut count = 0;
        while let Some(row) = rows.next().or_fail("reading the log")? {
            let stored = Stored::of(row).or_fail("reading the log")?;
            let global = uint(row.get(8).or_fail("reading the log")?);
            let id = row.get(9).or_fail("reading the log")?;
            let run = run_of(row.get(10).or_fail("reading the log")?);
            let key = self.vault.of(log, run)?;
            let folded = match touched.entry(run) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let remembered = self
                        .runs
                        .remove(&run)
                        .filter(|folded| folded.seq().next().number() == stored.seq);
                    entry.insert(match remembered {
                        Some(folded) => folded,
                        None if stored.seq == 1 => Folded::empty(run),
                        None => Folded::before(log, &key, run, id, stored.seq)?,
                    })
                }
            };
            let told = folded.next(&stored, &key);
            if let Some(called) = told.called {
                table::put_duration(state, global, &called.skill, &called.action, called.took)?;
            }
            if let Some(memory) = told.memory {
                memories::put(state, global, run, &memory, &key)?;
            }
            if let Some(saying) = told.saying {
                sayings::put(state, global, run, &saying, &key)?;
            }
            models::learn(state, global, run, stored.time, &told.lessons)?;
            if let Some(spent) = &told.spent {
                models::spend(state, global, run, stored.time, spent)?;
            }
            if told.is_taken_over {
                episodes::drop_run(state, run)?;
            }
            if let Some(episode) = told.episode {
                let reading = self.recall.read(&episode);
                episodes::put(state, &self.vault, Some((run, &key)), &episode, &reading)?;
            }
            for figure in &told.figures {
                counts::add(state, figure)?;
            }
            cursor = Cursor {
                seq: global,
                hash: stored.hash,
            };
            count += 1;
        }
        drop(rows);
        drop(statement);
        for (run, folded) in touched {
            let row = folded.row();
            table::put_run(state, &row, &self.vault.of(log, run)?)?;
            counts::put_work(state, run, &row, folded.work())?;
            if row.outcome.is_none() {
                self.runs.insert(run, folded);
            }
        }
        while self.runs.len() > REMEMBERED {
            // The oldest run is the likeliest one to be over.
            self.runs.pop_first();
        }
        table::set_cursor(state, &cursor)?;
        Ok(count == PAGE)
    }
}

/// Empties all tables in the file, not by deleting it: another process may have it open.
fn empty(state: &Connection) -> Result<()> {
    state
        .execute_batch(&format!(
            "BEGIN IMMEDIATE;{}{}COMMIT",
            table::EMPTY,
            episodes::EMPTY
        ))
        .or_fail("emptying projections")
}

/// Removes the tables' files.
fn remove(path: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let doing = format!("cannot replace {}", path.display());
                return Err(private::failure(&doing, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Returns the end of the log.
fn newest(log: &Connection) -> Result<Cursor> {
    at(
        log,
        "SELECT seq, hash FROM ev WHERE seq >= ?1 ORDER BY seq DESC LIMIT 1",
        0,
    )
    .map(|cursor| {
        cursor.unwrap_or(Cursor {
            seq: 0,
            hash: Digest::ZERO,
        })
    })
}

/// Tells whether a cursor points into this log: an event with its position has its hash.
fn follows(log: &Connection, cursor: &Cursor) -> Result<bool> {
    if cursor.seq == 0 {
        return Ok(true);
    }
    Ok(at(log, "SELECT seq, hash FROM ev WHERE seq = ?1", cursor.seq)? == Some(*cursor))
}

fn at(log: &Connection, sql: &str, seq: u64) -> Result<Option<Cursor>> {
    log.prepare_cached(sql)
        .and_then(|mut statement| {
            statement
                .query_row([int(seq)], |row| {
                    Ok(Cursor {
                        seq: uint(row.get(0)?),
                        hash: digest(row, 1)?,
                    })
                })
                .optional()
        })
        .or_fail("reading the log")
}
