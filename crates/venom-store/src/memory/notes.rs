//! The memory's own log: events in a chain of hashes, with their words beside them.
//!
//! A word that is let go of leaves its event in place: the event holds a digest of the words and of a salt
//! that goes with them, so that nobody can guess them afterwards, and the chain stays whole.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_kernel::digest::Digest;
use venom_kernel::id::Seq;
use venom_kernel::memory::{MemoryEvent, Noted};
use venom_kernel::time::Timestamp;
use venom_ports::memory::Telling;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::crypt::{Associated, Key, random};
use crate::keys::Vault;
use crate::log::row::digest;
use crate::sqlite::connection::{self, Durability};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uint};

const READING: &str = "reading the memory's log";
const WRITING: &str = "writing the memory's log";

/// Bytes of a salt.
const SALT: usize = 16;

/// The steps from an empty file to the newest tables.
pub(crate) const MIGRATIONS: &[&str] = &["
CREATE TABLE noted(
  seq     INTEGER PRIMARY KEY,
  ts      INTEGER NOT NULL,
  body    TEXT NOT NULL,
  sealed  BLOB,
  hash    BLOB NOT NULL CHECK(length(hash) = 32),
  episode INTEGER
) STRICT;
CREATE UNIQUE INDEX noted_episodes ON noted(episode) WHERE episode IS NOT NULL;

CREATE TABLE words(
  seq    INTEGER PRIMARY KEY REFERENCES noted(seq),
  salted BLOB NOT NULL
) STRICT;

CREATE TRIGGER noted_kept BEFORE DELETE ON noted BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
CREATE TRIGGER noted_fixed BEFORE UPDATE ON noted BEGIN SELECT RAISE(ABORT, 'events never change'); END;
"];

/// Owns the file.
#[derive(Debug)]
pub(super) struct Notebook {
    path: PathBuf,
    connection: Option<Connection>,
    vault: Arc<Vault>,
}

impl Notebook {
    /// Names the file.
    pub(super) fn new(path: &Path, vault: Arc<Vault>) -> Self {
        Self {
            path: path.to_owned(),
            connection: None,
            vault,
        }
    }

    fn open(&mut self) -> Result<&Connection> {
        if let Some(connection) = self.connection.take() {
            return Ok(self.connection.insert(connection));
        }
        let connection = connection::writer(&self.path, Durability::Full, MIGRATIONS)?;
        // Words that are let go of are wiped from the pages. The answer is the new value.
        connection
            .query_row("PRAGMA secure_delete=ON", [], |_| Ok(()))
            .or_fail(WRITING)?;
        Ok(self.connection.insert(connection))
    }

    /// Appends events in one transaction.
    pub(super) fn append(&mut self, time: Timestamp, events: Vec<Telling>) -> Result<Seq> {
        let (key, seals) = self.vault.notes();
        let key = match (seals?, key) {
            (false, _) => None,
            (true, Some(key)) => Some(key),
            (true, None) => {
                let text = "the memory's log is to be sealed and there is no key for it";
                return Err(Failure::new(FailureKind::Refused, text)
                    .with_hint("`venom keys status` says where the master key is looked for"));
            }
        };
        let forgets = events
            .iter()
            .any(|telling| matches!(telling.event, MemoryEvent::EpisodeForgotten { .. }));
        let connection = self.open()?;
        connection
            .execute_batch("BEGIN IMMEDIATE")
            .or_fail(WRITING)?;
        let done = write(connection, key.as_ref(), time, events);
        let done = done.and_then(|seq| {
            connection.execute_batch("COMMIT").or_fail(WRITING)?;
            Ok(seq)
        });
        if done.is_err() && !connection.is_autocommit() {
            let _taken_back = connection.execute_batch("ROLLBACK");
        }
        if forgets && done.is_ok() {
            // Older pages with the words are in the write-ahead log. While another process reads, it stays
            // until the next time.
            connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .or_fail(WRITING)?;
        }
        done
    }

    /// Reads events.
    pub(super) fn read(&mut self, after: Seq, limit: usize) -> Result<Vec<Noted>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let (key, _) = self.vault.notes();
        let rows = self::after(self.open()?, key.as_ref(), after.number(), limit)?;
        Ok(rows.into_iter().map(|(noted, _)| noted).collect())
    }

    /// Checks the chain, and the words that are still there.
    pub(super) fn verify(&mut self) -> Result<u64> {
        if !self.path.exists() {
            return Ok(0);
        }
        let connection = self.open()?;
        let mut before = Digest::ZERO;
        let mut count = 0;
        let mut statement = connection
            .prepare("SELECT seq, ts, body, sealed, hash FROM noted ORDER BY seq")
            .or_fail(READING)?;
        let mut rows = statement.query([]).or_fail(READING)?;
        while let Some(row) = rows.next().or_fail(READING)? {
            let seq = uint(row.get(0).or_fail(READING)?);
            let ts: i64 = row.get(1).or_fail(READING)?;
            let body: String = row.get(2).or_fail(READING)?;
            let sealed: Option<Vec<u8>> = row.get(3).or_fail(READING)?;
            let stored = digest(row, 4).or_fail(READING)?;
            count += 1;
            let bytes = sealed.as_deref().unwrap_or(body.as_bytes());
            let hash = link(&before, seq, ts, bytes);
            if seq != count || hash != stored {
                return Err(corrupt(format!(
                    "event {count} of the memory's log is not what was written"
                )));
            }
            before = hash;
        }
        Ok(count)
    }
}

/// Chains an event to the one before it.
pub(crate) fn link(before: &Digest, seq: u64, ts: i64, bytes: &[u8]) -> Digest {
    Digest::of_parts(&[
        b"memory",
        before.as_bytes(),
        &seq.to_be_bytes(),
        &ts.to_be_bytes(),
        bytes,
    ])
}

fn write(
    connection: &Connection,
    key: Option<&Key>,
    time: Timestamp,
    events: Vec<Telling>,
) -> Result<Seq> {
    let (mut seq, mut before) = head(connection)?;
    for telling in events {
        let mut event = telling.event;
        let episode = match &event {
            MemoryEvent::EpisodeAdded(added) => Some(int(added.id.number())),
            MemoryEvent::EpisodeForgotten { .. }
            | MemoryEvent::EpisodePinned { .. }
            | MemoryEvent::EpisodeUnpinned { .. }
            | MemoryEvent::FactsNoted(_) => None,
        };
        if let Some(episode) = episode {
            let is_there = connection
                .prepare_cached("SELECT 1 FROM noted WHERE episode = ?1")
                .and_then(|mut statement| statement.exists([episode]))
                .or_fail(WRITING)?;
            // Another process may have been first.
            if is_there {
                continue;
            }
        }
        let mut salted = Zeroizing::new(Vec::new());
        if let Some(words) = &telling.words {
            let mut salt = [0; SALT];
            random(&mut salt)?;
            salted.extend_from_slice(&salt);
            salted.extend_from_slice(words.as_bytes());
        }
        if let MemoryEvent::EpisodeAdded(added) = &mut event {
            added.words = Digest::of_bytes(&salted);
        }
        if let MemoryEvent::EpisodeForgotten { id, .. } = &event {
            connection
                .prepare_cached(
                    "DELETE FROM words WHERE seq IN (SELECT seq FROM noted WHERE episode = ?1)",
                )
                .and_then(|mut statement| statement.execute([int(id.number())]))
                .or_fail(WRITING)?;
        }
        seq += 1;
        let body = serde_json::to_string(&event)
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        let seal = |plain: &[u8], is_words| match key {
            Some(key) => key
                .seal(&Associated::Note { seq, is_words }, plain)
                .map(Some),
            None => Ok(None),
        };
        let sealed = seal(body.as_bytes(), false)?;
        let bytes = sealed.as_deref().unwrap_or(body.as_bytes());
        let hash = link(&before, seq, time.micros(), bytes);
        let text = if sealed.is_some() { "" } else { body.as_str() };
        connection
            .prepare_cached("INSERT INTO noted VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
            .and_then(|mut statement| {
                statement.execute(params![
                    int(seq),
                    time.micros(),
                    text,
                    sealed,
                    hash.as_bytes(),
                    episode
                ])
            })
            .or_fail(WRITING)?;
        if !salted.is_empty() {
            let stored = seal(&salted, true)?.unwrap_or_else(|| salted.to_vec());
            connection
                .prepare_cached("INSERT INTO words VALUES(?1, ?2)")
                .and_then(|mut statement| statement.execute(params![int(seq), stored]))
                .or_fail(WRITING)?;
        }
        before = hash;
    }
    Ok(Seq::new(seq))
}

/// Returns position and hash of the last event. A file that another process is just making has none.
pub(crate) fn head(connection: &Connection) -> Result<(u64, Digest)> {
    let is_made = connection
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'words'")
        .and_then(|mut statement| statement.exists([]))
        .or_fail(READING)?;
    if !is_made {
        return Ok((0, Digest::ZERO));
    }
    connection
        .prepare_cached("SELECT seq, hash FROM noted ORDER BY seq DESC LIMIT 1")
        .and_then(|mut statement| {
            statement
                .query_row([], |row| Ok((uint(row.get(0)?), digest(row, 1)?)))
                .optional()
        })
        .map(|head| head.unwrap_or((0, Digest::ZERO)))
        .or_fail(READING)
}

/// Returns events after a position, each with its hash.
pub(crate) fn after(
    connection: &Connection,
    key: Option<&Key>,
    after: u64,
    limit: usize,
) -> Result<Vec<(Noted, Digest)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT noted.seq, ts, body, sealed, hash, salted FROM noted
             LEFT JOIN words ON words.seq = noted.seq
             WHERE noted.seq > ?1 ORDER BY noted.seq LIMIT ?2",
        )
        .or_fail(READING)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query([int(after), limit]).or_fail(READING)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().or_fail(READING)? {
        let seq = uint(row.get(0).or_fail(READING)?);
        let body: String = row.get(2).or_fail(READING)?;
        let sealed: Option<Vec<u8>> = row.get(3).or_fail(READING)?;
        let salted: Option<Vec<u8>> = row.get(5).or_fail(READING)?;
        let is_sealed = sealed.is_some();
        let open = |bytes: &[u8], is_words| {
            let Some(key) = key else {
                let text = "the memory's log is sealed and there is no key for it";
                return Err(Failure::new(FailureKind::Missing, text)
                    .with_hint("`venom keys status` says where the master key is looked for"));
            };
            key.open(&Associated::Note { seq, is_words }, bytes)
                .map(Zeroizing::new)
                .map_err(|_damaged| {
                    corrupt(format!("event {seq} of the memory's log does not open"))
                })
        };
        let body = match sealed {
            Some(sealed) => open(&sealed, false)?,
            None => Zeroizing::new(body.into_bytes()),
        };
        let event: MemoryEvent = serde_json::from_slice(&body).map_err(|error| {
            corrupt(format!(
                "event {seq} of the memory's log cannot be read: {error}"
            ))
        })?;
        let salted = match salted {
            Some(bytes) if is_sealed => Some(open(&bytes, true)?),
            Some(bytes) => Some(Zeroizing::new(bytes)),
            None => None,
        };
        if let (MemoryEvent::EpisodeAdded(added), Some(salted)) = (&event, &salted)
            && Digest::of_bytes(salted) != added.words
        {
            return Err(corrupt(format!(
                "the words of event {seq} of the memory's log are not what was written"
            )));
        }
        let words = salted.and_then(|salted| {
            let words = salted.get(SALT..)?;
            Some(String::from_utf8_lossy(words).into_owned())
        });
        let hash = digest(row, 4).or_fail(READING)?;
        found.push((
            Noted {
                seq: Seq::new(seq),
                time: Timestamp::from_micros(row.get(1).or_fail(READING)?),
                event,
                words,
            },
            hash,
        ));
    }
    Ok(found)
}
