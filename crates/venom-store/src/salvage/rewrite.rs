//! Writing what holds into a new log.

use std::path::Path;

use rusqlite::{Connection, params};
use venom_kernel::digest::Digest;
use venom_ports::{Failure, FailureKind, Result};

use super::find::Found;
use super::judge::Judged;
use crate::log::ledger::SEALED;
use crate::log::row::Import;
use crate::log::{Text, chain, schema, verify};
use crate::sqlite::connection::{self, Durability};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uid};

const DOING: &str = "writing the new log";

/// Writes a new file. `old` is a copy of the damaged one, which is asked for its keys: what SQLite can
/// still read there is newer than any row that was found by its form.
pub(super) fn write(path: &Path, found: &Found, judged: &Judged, old: &Path) -> Result<()> {
    let connection = connection::writer(path, Durability::Full, schema::MIGRATIONS)?;
    connection.execute_batch("BEGIN IMMEDIATE").or_fail(DOING)?;
    runs(&connection, judged).or_fail(DOING)?;
    events(&connection, found, judged).or_fail(DOING)?;
    beside(&connection, found).or_fail(DOING)?;
    imports(&connection, found, judged).or_fail(DOING)?;
    keys(&connection, found, old).or_fail(DOING)?;
    connection.execute_batch("COMMIT").or_fail(DOING)?;
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .or_fail(DOING)?;
    // The last connection to leave takes the write-ahead log with it.
    connection
        .close()
        .map_err(|(_, error)| error)
        .or_fail(DOING)
}

/// Checks the new file as any log is checked.
pub(super) fn check(path: &Path, events: u64) -> Result<()> {
    let reader = connection::reader(path)?;
    let verified = verify::verify(&reader, None)?;
    match verified.damage {
        None if verified.events == events => Ok(()),
        None => Err(Failure::new(
            FailureKind::Internal,
            "the new log has not as many events as were to be kept",
        )),
        Some(damage) => Err(corrupt(format!(
            "the new log is not what it should be: {}",
            damage.what
        ))),
    }
}

fn runs(connection: &Connection, judged: &Judged) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare("INSERT INTO run(id, uid, rseq, hash) VALUES(?1, ?2, ?3, ?4)")?;
    for kept in &judged.kept {
        insert.execute(params![
            kept.id,
            uid(kept.run),
            int(kept.seq),
            kept.hash.as_bytes()
        ])?;
    }
    Ok(())
}

/// Writes the events one after the other, and the seals that follow from their new order.
fn events(connection: &Connection, found: &Found, judged: &Judged) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO ev(seq, run, rseq, ts, cause, schema, body, hash, sealed, origin)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    let mut seal =
        connection.prepare("INSERT INTO seal(no, first, last, root) VALUES(?1, ?2, ?3, ?4)")?;
    let (mut roll, mut seals, mut sealed) = (Digest::ZERO, 0_u64, 0_u64);
    let all = judged.order.len() as u64;
    for (global, place) in (1_u64..).zip(&judged.order) {
        let Some(event) = place.of(found) else {
            continue;
        };
        let (text, bytes) = match &event.body {
            Text::Plain(text) => (text.as_str(), None),
            Text::Sealed(bytes) => ("", Some(bytes)),
        };
        insert.execute(params![
            int(global),
            place.id,
            int(place.seq),
            event.time,
            event.cause.map(int),
            event.schema,
            text,
            event.hash.as_bytes(),
            bytes,
            event.origin.map(|origin| origin.bytes()),
        ])?;
        roll = chain::roll(&roll, &event.rolled());
        if global - sealed >= SEALED || global == all {
            seals += 1;
            seal.execute(params![
                int(seals),
                int(sealed + 1),
                int(global),
                roll.as_bytes()
            ])?;
            sealed = global;
        }
    }
    connection
        .execute(
            "UPDATE head SET events = ?1, roll = ?2, seals = ?3, sealed = ?4",
            params![int(all), roll.as_bytes(), int(seals), int(sealed)],
        )
        .map(drop)
}

/// Writes fences and the inbox. Nobody holds a run: no process has the log open.
fn beside(connection: &Connection, found: &Found) -> rusqlite::Result<()> {
    let mut lease = connection
        .prepare("INSERT INTO lease(run, owner, fence, until) VALUES(?1, NULL, ?2, 0)")?;
    for (run, fence) in &found.fences {
        lease.execute(params![run, fence])?;
    }
    let mut inbox = connection.prepare(
        "INSERT INTO inbox(number, run, command, author, ts, taken, sealed)
         VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (number, command) in &found.inbox {
        inbox.execute(params![
            number,
            command.run,
            command.text,
            command.author,
            command.time,
            command.taken,
            command.sealed,
        ])?;
    }
    Ok(())
}

/// Writes how runs came here, and the names of their blobs. A run whose row is lost gets one that names
/// no archive: it stays one that was done elsewhere.
fn imports(connection: &Connection, found: &Found, judged: &Judged) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO imported(run, root, signer, redacted, ts) VALUES(?1, ?2, ?3, ?4, ?5)",
    )?;
    for kept in judged.kept.iter().filter(|kept| kept.is_imported) {
        let import = found.imports.get(&kept.id).cloned().unwrap_or_else(|| {
            let of_run = judged.order.iter().filter(|place| place.id == kept.id);
            let mut origins = of_run.filter_map(|place| place.of(found)?.origin);
            Import {
                root: Digest::ZERO,
                signer: None,
                is_redacted: origins.any(|origin| origin.is_redacted),
                time: 0,
            }
        });
        insert.execute(params![
            kept.id,
            import.root.as_bytes(),
            import.signer,
            import.is_redacted,
            import.time
        ])?;
    }
    let mut alias = connection.prepare("INSERT INTO alias(id, here) VALUES(?1, ?2)")?;
    for (id, here) in &found.aliases {
        alias.execute(params![id, here])?;
    }
    Ok(())
}

type KeyRow = (String, Vec<u8>, Option<Vec<u8>>);

fn keys(connection: &Connection, found: &Found, old: &Path) -> rusqlite::Result<()> {
    let mut keys = found.keys.clone();
    let mut master = found.master.clone();
    if let Ok(old) = connection::reader(old) {
        let read = || -> rusqlite::Result<Vec<KeyRow>> {
            let mut statement = old.prepare("SELECT kind, name, wrapped FROM key")?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        };
        for (kind, name, wrapped) in read().unwrap_or_default() {
            keys.insert((kind, name), wrapped);
        }
        let stored = old.query_row("SELECT master, generation FROM keyring", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        if let Ok(stored) = stored {
            master = Some(stored);
        }
    }
    let mut insert =
        connection.prepare("INSERT INTO key(kind, name, wrapped) VALUES(?1, ?2, ?3)")?;
    for ((kind, name), wrapped) in keys {
        insert.execute(params![kind, name, wrapped])?;
    }
    if let Some((master, generation)) = master {
        connection.execute(
            "INSERT INTO keyring(one, master, generation) VALUES(1, ?1, ?2)",
            params![master, generation],
        )?;
    }
    Ok(())
}
