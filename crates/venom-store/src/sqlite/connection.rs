//! The only place that opens SQLite files: pragmas, waiting for other processes, migrations.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use venom_ports::{Failure, FailureKind, Result};

use super::failure::{OrFail as _, corrupt};
use super::int;
use crate::private;

/// What a commit must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A power loss: each commit is flushed to the disk.
    Full,
    /// A crash of the process; a power loss may take the last commits, never the file's order.
    Rebuildable,
}

/// Marks our files: "VNOM". A file of another program is not touched.
const APPLICATION: i32 = 0x564e_4f4d;

/// Bytes in a page. SQLite's default, written down because lengths are compared with it.
const PAGE: u64 = 4_096;

/// Pages in the write-ahead log before a commit folds them into the main file. Chosen: 16 MiB, so
/// that a burst of events does not pay for it every few hundred commits (SQLite's default is 4 MiB).
const CHECKPOINT_PAGES: i64 = 4_096;

/// Size to which the write-ahead log is cut after it was folded in. Chosen: twice the above.
const WAL_LIMIT: i64 = 32 * 1_024 * 1_024;

/// Opens a file for writing, creates it for the user alone if there is none, and brings its tables
/// up to date: `migrations` are the steps from version 0 to the newest one.
pub(crate) fn writer(
    path: &Path,
    durability: Durability,
    migrations: &[&str],
) -> Result<Connection> {
    private::file(path)?;
    whole_pages(path)?;
    let doing = format!("opening {}", path.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags).or_fail(&doing)?;
    settle(&mut connection).or_fail(&doing)?;
    to_write_ahead(&connection).or_fail(&doing)?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Rebuildable => "NORMAL",
    };
    connection
        .pragma_update(None, "synchronous", synchronous)
        .or_fail(&doing)?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .or_fail(&doing)?;
    connection
        .pragma_update(None, "journal_size_limit", WAL_LIMIT)
        .or_fail(&doing)?;
    connection
        .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
        .or_fail(&doing)?;
    migrate(&connection, path, migrations)?;
    Ok(connection)
}

/// Refuses a file that was cut inside its first page: SQLite takes it for an empty one, and a log
/// that was lost would be silently begun anew.
fn whole_pages(path: &Path) -> Result<()> {
    let length = std::fs::metadata(path)
        .map_err(|error| private::failure(&format!("cannot look at {}", path.display()), &error))?
        .len();
    if (1..PAGE).contains(&length) {
        return Err(corrupt(format!(
            "{} was cut to {length} bytes",
            path.display()
        )));
    }
    Ok(())
}

/// Opens a file that a writer has created, for reading only.
pub(crate) fn reader(path: &Path) -> Result<Connection> {
    let doing = format!("opening {}", path.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags).or_fail(&doing)?;
    settle(&mut connection).or_fail(&doing)?;
    Ok(connection)
}

/// Makes tables that are never on a disk.
pub(crate) fn in_memory(migrations: &[&str]) -> Result<Connection> {
    const DOING: &str = "making tables in memory";
    let mut connection = Connection::open_in_memory().or_fail(DOING)?;
    settle(&mut connection).or_fail(DOING)?;
    // What does not fit into memory must not go to the disk either.
    connection
        .pragma_update(None, "temp_store", "MEMORY")
        .or_fail(DOING)?;
    migrate(&connection, Path::new(":memory:"), migrations)?;
    Ok(connection)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that the fence leads to"
)]
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, flags)
}

fn settle(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_for_others))?;
    // 64: each port has about ten statements, and all of them are to stay prepared.
    connection.set_prepared_statement_cache_capacity(64);
    // A schema that somebody tampered with must not run functions with side effects.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Waits while another process commits: short naps first, because a commit takes about a
/// millisecond, then longer ones; after ten seconds in all it gives up.
fn wait_for_others(attempt: i32) -> bool {
    let nap = if attempt < 40 {
        Duration::from_micros(250)
    } else {
        Duration::from_millis(5)
    };
    std::thread::sleep(nap);
    attempt < 2_040
}

/// Switches to the write-ahead log, which readers and other processes need. Two processes that do
/// this to a new file at once are not queued by SQLite, so the loser tries again.
fn to_write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", int(PAGE))?;
    let mut attempt = 0;
    loop {
        let switched = connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()));
        match switched {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && wait_for_others(attempt) =>
            {
                attempt += 1;
            }
            other => return other,
        }
    }
}

fn migrate(connection: &Connection, path: &Path, migrations: &[&str]) -> Result<()> {
    let doing = format!("preparing {}", path.display());
    let newest = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if check(connection, path, newest)? == newest {
        return Ok(());
    }
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .or_fail(&doing)?;
    // Another process may have done it while this one waited for the lock.
    let steps = check(connection, path, newest).and_then(|version| {
        for step in migrations
            .iter()
            .skip(usize::try_from(version).unwrap_or(0))
        {
            connection.execute_batch(step).or_fail(&doing)?;
        }
        connection
            .pragma_update(None, "application_id", APPLICATION)
            .or_fail(&doing)?;
        connection
            .pragma_update(None, "user_version", newest)
            .or_fail(&doing)?;
        connection.execute_batch("COMMIT").or_fail(&doing)
    });
    if steps.is_err() && !connection.is_autocommit() {
        // The failure that is returned says more than one of taking back.
        let _taken_back = connection.execute_batch("ROLLBACK");
    }
    steps
}

/// Returns the version of the file's tables, or says why the file cannot be used.
fn check(connection: &Connection, path: &Path, newest: i64) -> Result<i64> {
    let doing = format!("reading {}", path.display());
    let number = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .or_fail(&doing)
    };
    let version = number("user_version")?;
    let application = number("application_id")?;
    let ours = application == i64::from(APPLICATION);
    let tables = || {
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
                row.get::<_, i64>(0)
            })
            .or_fail(&doing)
    };
    let is_new = application == 0 && version == 0 && tables()? == 0;
    if !ours && !is_new {
        return Err(corrupt(format!(
            "{} belongs to another program",
            path.display()
        )));
    }
    if version > newest || version < 0 {
        let text = format!(
            "{} has version {version}; this VENOM knows versions up to {newest}",
            path.display()
        );
        return Err(Failure::new(FailureKind::Refused, text)
            .with_hint("a newer VENOM wrote it; use that one"));
    }
    Ok(version)
}
