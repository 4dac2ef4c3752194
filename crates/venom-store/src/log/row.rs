//! One row of the events' table, as it is stored, and its way back to an event.

use rusqlite::Row;
use venom_kernel::digest::Digest;
use venom_kernel::event::{Envelope, Event, SCHEMA};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::time::Timestamp;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::chain::{self, Header};
use crate::crypt::Associated;
use crate::keys::{RunKey, shredded};
use crate::sqlite::failure::corrupt;
use crate::sqlite::{int, uint};

/// A stored event whose text still lies in SQLite's memory.
#[derive(Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) seq: u64,
    pub(crate) time: i64,
    pub(crate) cause: Option<u64>,
    pub(crate) schema: u16,
    pub(crate) hash: Digest,
    pub(crate) body: Body<'a>,
    pub(crate) origin: Option<Origin>,
}

/// What is known of an event that was written elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The digest of what was stored of its text there, which its hash covers.
    pub(crate) body: Digest,
    /// The digest of what is stored here.
    pub(crate) here: Digest,
    /// Whether something was taken out of its text.
    pub(crate) is_redacted: bool,
}

impl Origin {
    /// Returns the bytes: the two digests, and a byte that says whether something is missing.
    pub(crate) fn bytes(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        let fields = self.body.as_bytes().iter().chain(self.here.as_bytes());
        let fields = fields.copied().chain([u8::from(self.is_redacted)]);
        for (slot, byte) in bytes.iter_mut().zip(fields) {
            *slot = byte;
        }
        bytes
    }

    /// Reads the bytes.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let (body, rest) = bytes.split_first_chunk()?;
        let (here, rest) = rest.split_first_chunk()?;
        let is_redacted = match rest {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        Some(Self {
            body: Digest::from_bytes(*body),
            here: Digest::from_bytes(*here),
            is_redacted,
        })
    }
}

/// What is stored of an event's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body<'a> {
    /// The text.
    Plain(&'a str),
    /// The text, sealed with the run's key.
    Sealed(&'a [u8]),
}

impl Body<'_> {
    /// Returns the stored bytes.
    pub(crate) const fn bytes(&self) -> &[u8] {
        match self {
            Self::Plain(text) => text.as_bytes(),
            Self::Sealed(bytes) => bytes,
        }
    }
}

impl<'a> Stored<'a> {
    /// Reads a row that begins with the columns `rseq, ts, cause, schema, hash, body, sealed, origin`; fails
    /// when one does not hold what it must.
    pub(crate) fn of(row: &'a Row<'_>) -> rusqlite::Result<Self> {
        let wrong = |error: rusqlite::types::FromSqlError| {
            rusqlite::Error::FromSqlConversionFailure(5, rusqlite::types::Type::Text, error.into())
        };
        let text = row.get_ref(5)?.as_str().map_err(wrong)?;
        let body = match row.get_ref(6)?.as_bytes_or_null().map_err(wrong)? {
            None => Body::Plain(text),
            Some(sealed) if text.is_empty() => Body::Sealed(sealed),
            Some(_) => {
                let error = rusqlite::types::FromSqlError::Other("an event has two texts".into());
                return Err(wrong(error));
            }
        };
        let origin = match row.get_ref(7)?.as_bytes_or_null().map_err(wrong)? {
            None => None,
            Some(bytes) => Some(Origin::of(bytes).ok_or_else(|| {
                wrong(rusqlite::types::FromSqlError::Other(
                    "where an event came from cannot be read".into(),
                ))
            })?),
        };
        Ok(Self {
            origin,
            seq: uint(row.get(0)?),
            time: row.get(1)?,
            cause: row.get::<_, Option<i64>>(2)?.map(uint),
            schema: row.get(3)?,
            hash: digest(row, 4)?,
            body,
        })
    }

    /// Returns the hash that the event must have.
    pub(crate) fn link(&self, run: RunId, before: &Digest) -> Digest {
        let header = Header {
            run,
            seq: self.seq,
            time: self.time,
            cause: self.cause.unwrap_or(0),
            schema: self.schema,
        };
        // A stored cause of 0 would hash like none; it is never written.
        if self.cause == Some(0) {
            return Digest::ZERO;
        }
        match &self.origin {
            None => chain::link(before, &header, self.body.bytes()),
            // What is stored here is checked beside the chain.
            Some(origin) if Digest::of_bytes(self.body.bytes()) != origin.here => Digest::ZERO,
            Some(origin) => chain::link_digest(before, &header, &origin.body),
        }
    }

    /// Returns what stands for the event in the roll over all runs.
    pub(crate) fn rolled(&self) -> Digest {
        match &self.origin {
            None => self.hash,
            Some(origin) => chain::imported(&self.hash, &origin.bytes()),
        }
    }

    /// Returns the digest that the hash covers.
    pub(crate) fn covered(&self) -> Digest {
        match &self.origin {
            None => Digest::of_bytes(self.body.bytes()),
            Some(origin) => origin.body,
        }
    }

    /// Returns the event. `key` is the run's.
    pub(crate) fn event(&self, run: RunId, key: &RunKey) -> Result<Event> {
        let text = self.text(run, key)?;
        serde_json::from_slice(&text).map_err(|error| match self.origin {
            Some(origin) if origin.is_redacted => {
                let text = format!(
                    "values were taken out of event {} of {run} before it was imported, without which it cannot be read",
                    self.seq
                );
                Failure::new(FailureKind::Missing, text)
                    .with_hint(format!("look at what was before it: `venom show {run}@SEQ`"))
            }
            Some(_) | None => self.unreadable(run, &error),
        })
    }

    fn unreadable(&self, run: RunId, why: &dyn std::fmt::Display) -> Failure {
        corrupt(format!("event {} of {run} cannot be read: {why}", self.seq))
    }

    /// Returns the event's text. `key` is the run's.
    pub(crate) fn text(&self, run: RunId, key: &RunKey) -> Result<Zeroizing<Vec<u8>>> {
        if self.schema > SCHEMA {
            let text = format!("event {} of {run} was written by a newer VENOM", self.seq);
            return Err(Failure::new(FailureKind::Refused, text).with_hint("use that version"));
        }
        let unreadable = |why: &dyn std::fmt::Display| self.unreadable(run, why);
        match (self.body, key) {
            (Body::Plain(text), RunKey::Plain) => Ok(Zeroizing::new(text.as_bytes().to_vec())),
            (Body::Sealed(sealed), RunKey::Sealed(key)) => {
                let place = Associated::Event {
                    run,
                    seq: self.seq,
                    schema: self.schema,
                };
                key.open(&place, sealed)
                    .map(Zeroizing::new)
                    .map_err(|_damaged| unreadable(&"it does not open with the run's key"))
            }
            (
                Body::Plain(_) | Body::Sealed(_),
                key @ (RunKey::Shredded | RunKey::Broken | RunKey::Aside),
            ) => Err(key.refusal(run).unwrap_or_else(|| shredded(run))),
            (Body::Sealed(_), RunKey::Plain) => Err(unreadable(&"the run's key is gone")),
            // Whoever can write to the file must not be able to slip in what nobody sealed.
            (Body::Plain(_), RunKey::Sealed(_)) => {
                Err(unreadable(&"it is not sealed, and the run has a key"))
            }
        }
    }

    /// Returns the event with what the log knows about it.
    pub(crate) fn envelope(&self, run: RunId, key: &RunKey) -> Result<Envelope> {
        Ok(Envelope {
            run,
            seq: Seq::new(self.seq),
            time: Timestamp::from_micros(self.time),
            cause: self.cause.map(Seq::new),
            schema: self.schema,
            event: self.event(run, key)?,
        })
    }
}

/// Reads a hash.
pub(crate) fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    Ok(Digest::from_bytes(row.get::<_, [u8; 32]>(column)?))
}

/// A run's row: its small number, and position and hash of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunHead {
    pub(crate) id: i64,
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
}

/// Finds a run's row.
pub(crate) fn run_head(
    connection: &rusqlite::Connection,
    run: RunId,
) -> rusqlite::Result<Option<RunHead>> {
    use rusqlite::OptionalExtension as _;
    connection
        .prepare_cached("SELECT id, rseq, hash FROM run WHERE uid = ?1")?
        .query_row([crate::sqlite::uid(run)], |row| {
            Ok(RunHead {
                id: row.get(0)?,
                seq: uint(row.get(1)?),
                hash: digest(row, 2)?,
            })
        })
        .optional()
}

/// Goes through a run's events after a position, oldest first, until `each` says that it is enough.
pub(crate) fn walk<E>(
    connection: &rusqlite::Connection,
    id: i64,
    after: u64,
    limit: usize,
    mut each: impl FnMut(Stored<'_>) -> std::result::Result<(), E>,
) -> rusqlite::Result<std::result::Result<(), E>> {
    const WALK: &str = "SELECT rseq, ts, cause, schema, hash, body, sealed, origin FROM ev
        WHERE run = ?1 AND rseq > ?2 ORDER BY rseq LIMIT ?3";
    let mut statement = connection.prepare_cached(WALK)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query([id, int(after), limit])?;
    while let Some(row) = rows.next()? {
        if let Err(enough) = each(Stored::of(row)?) {
            return Ok(Err(enough));
        }
    }
    Ok(Ok(()))
}

/// How a run came here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) root: Digest,
    pub(crate) signer: Option<[u8; 32]>,
    pub(crate) is_redacted: bool,
    pub(crate) time: i64,
}

/// Says how a run came here; `None` for one that was done here. `id` is its small number.
pub(crate) fn import_of(
    connection: &rusqlite::Connection,
    id: i64,
) -> rusqlite::Result<Option<Import>> {
    use rusqlite::OptionalExtension as _;
    connection
        .prepare_cached("SELECT root, signer, redacted, ts FROM imported WHERE run = ?1")?
        .query_row([id], |row| {
            Ok(Import {
                root: digest(row, 0)?,
                signer: row.get(1)?,
                is_redacted: row.get(2)?,
                time: row.get(3)?,
            })
        })
        .optional()
}
