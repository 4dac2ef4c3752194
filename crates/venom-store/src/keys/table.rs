//! The rows of keys in the log's file.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_ports::Result;
use zeroize::Zeroizing;

use crate::crypt::{Associated, Key};
use crate::log::schema;
use crate::sqlite::connection::{self, Durability};
use crate::sqlite::failure::OrFail as _;

const DOING: &str = "reading keys";
const WRITING: &str = "writing keys";

/// What is stored of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Row {
    Absent,
    Wrapped(Vec<u8>),
    Shredded,
}

/// A key's row: kind, name and the wrapped key.
pub(super) type Line = (String, Vec<u8>, Vec<u8>);

/// A key of a known kind: its name, and the wrapped key if it was neither destroyed nor set aside.
pub(super) type Named = (Vec<u8>, Option<Vec<u8>>);

/// Opens the file for a change of keys. What is overwritten there is wiped from the pages.
pub(super) fn open(log: &Path) -> Result<Connection> {
    let connection = connection::writer(log, Durability::Full, schema::MIGRATIONS)?;
    // The answer is the new value.
    connection
        .query_row("PRAGMA secure_delete=ON", [], |_| Ok(()))
        .or_fail(WRITING)?;
    Ok(connection)
}

/// Does something in a transaction.
pub(super) fn transaction<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .or_fail(WRITING)?;
    let done = work().and_then(|value| {
        connection.execute_batch("COMMIT").or_fail(WRITING)?;
        Ok(value)
    });
    if done.is_err() && !connection.is_autocommit() {
        let _taken_back = connection.execute_batch("ROLLBACK");
    }
    done
}

/// Folds the write-ahead log in and cuts it, so that no older page is left in it. Tells whether
/// that was done; it is not while another process reads.
pub(super) fn truncate(connection: &Connection) -> Result<bool> {
    let busy: i64 = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .or_fail(WRITING)?;
    Ok(busy == 0)
}

/// Returns what a master key is known by; it says nothing about the key.
pub(super) fn mark(master: &Key) -> [u8; 32] {
    *master.derive("mark of a master key", b"").bytes()
}

/// Returns the mark of the master key that the keys are wrapped with.
pub(super) fn master(connection: &Connection) -> Result<Option<[u8; 32]>> {
    connection
        .prepare_cached("SELECT master FROM keyring WHERE one = 1")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .or_fail(DOING)
}

/// Returns how often the master key was changed.
pub(super) fn generation(connection: &Connection) -> Result<i64> {
    connection
        .query_row("SELECT generation FROM keyring WHERE one = 1", [], |row| {
            row.get(0)
        })
        .optional()
        .map(Option::unwrap_or_default)
        .or_fail(DOING)
}

/// Says which master key the keys are wrapped with.
pub(super) fn set_master(connection: &Connection, mark: &[u8; 32], generation: i64) -> Result<()> {
    connection
        .execute(
            "INSERT INTO keyring VALUES(1, ?1, ?2)
             ON CONFLICT(one) DO UPDATE SET master = ?1, generation = ?2",
            params![mark, generation],
        )
        .map(drop)
        .or_fail(WRITING)
}

/// Finds a key.
pub(super) fn get(connection: &Connection, kind: &str, name: &[u8]) -> Result<Row> {
    connection
        .prepare_cached("SELECT wrapped FROM key WHERE kind = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![kind, name], |row| {
                    row.get::<_, Option<Vec<u8>>>(0)
                        .map(|wrapped| wrapped.map_or(Row::Shredded, Row::Wrapped))
                })
                .optional()
        })
        .map(|row| row.unwrap_or(Row::Absent))
        .or_fail(DOING)
}

/// Stores a key; there must be none of the kind and name.
pub(super) fn put(connection: &Connection, kind: &str, name: &[u8], wrapped: &[u8]) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO key(kind, name, wrapped) VALUES(?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![kind, name, wrapped]))
        .map(drop)
        .or_fail(WRITING)
}

/// Replaces a wrapped key, or destroys it.
pub(super) fn replace(
    connection: &Connection,
    kind: &str,
    name: &[u8],
    wrapped: Option<&[u8]>,
) -> Result<()> {
    connection
        .prepare_cached("UPDATE key SET wrapped = ?3 WHERE kind = ?1 AND name = ?2")
        .and_then(|mut statement| statement.execute(params![kind, name, wrapped]))
        .map(drop)
        .or_fail(WRITING)
}

/// Returns all keys that were neither destroyed nor set aside.
pub(super) fn all(connection: &Connection) -> Result<Vec<Line>> {
    let read = || {
        let mut statement = connection.prepare(
            "SELECT kind, name, wrapped FROM key WHERE wrapped IS NOT NULL AND kind NOT LIKE 'damaged%'",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<Vec<Line>>>()
    };
    read().or_fail(DOING)
}

/// Returns the names of all keys of a kind, with what is stored of each.
pub(super) fn of_kind(connection: &Connection, kind: &str) -> Result<Vec<Named>> {
    let read = || {
        let mut statement =
            connection.prepare_cached("SELECT name, wrapped FROM key WHERE kind = ?1")?;
        let rows = statement.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().or_fail(DOING)
}

/// Wraps a key with the master key. Each has a wrapping key of its own.
pub(super) fn wrap(master: &Key, kind: &str, name: &[u8], key: &Key) -> Result<Vec<u8>> {
    master
        .derive(kind, name)
        .seal(&Associated::Key { kind, name }, key.bytes())
}

/// Unwraps a key; an error if it does not open.
pub(super) fn unwrap(
    master: &Key,
    kind: &str,
    name: &[u8],
    wrapped: &[u8],
) -> std::result::Result<Key, ()> {
    let bytes = master
        .derive(kind, name)
        .open(&Associated::Key { kind, name }, wrapped)
        .map(Zeroizing::new)
        .map_err(|_wrong| ())?;
    Key::of(&bytes).ok_or(())
}
