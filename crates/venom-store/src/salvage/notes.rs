//! Salvage of the memory's own log: its events up to the first one that is not what was written.
//!
//! The chain makes no sense behind a gap, so what stands there is not brought over; it stays in the damaged
//! file, which is put aside. Words that are not what their event says are let go of, and their event stays.
//! Killed anywhere, it is begun anew: the damaged file keeps its name until the new one takes it.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use venom_kernel::digest::Digest;
use venom_kernel::memory::MemoryEvent;
use venom_ports::{Failure, FailureKind, Result};

use super::{failed, remove, sync, used};
use crate::memory::{MIGRATIONS, link};
use crate::sqlite::connection::{self, Durability};
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uint};

const WRITING: &str = "writing the memory's log anew";

/// What a repair of the memory's log has come to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MendedNotes {
    /// Events that are what was written.
    pub kept: u64,
    /// Events behind them that can still be counted.
    pub lost: u64,
    /// Events that are kept without their words.
    pub wordless: u64,
    /// The damaged file.
    pub aside: PathBuf,
}

/// A row as it stands there.
struct Row {
    seq: u64,
    ts: i64,
    body: String,
    sealed: Option<Vec<u8>>,
    hash: Vec<u8>,
    episode: Option<i64>,
    salted: Option<Vec<u8>>,
}

impl Row {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: uint(row.get(0)?),
            ts: row.get(1)?,
            body: row.get(2)?,
            sealed: row.get(3)?,
            hash: row.get(4)?,
            episode: row.get(5)?,
            salted: row.get(6)?,
        })
    }

    /// Tells whether its words are what it says. What is sealed says so itself when it is opened.
    fn fits(&self) -> bool {
        let Some(salted) = self.salted.as_ref().filter(|_| self.sealed.is_none()) else {
            return true;
        };
        match serde_json::from_str::<MemoryEvent>(&self.body) {
            Ok(MemoryEvent::EpisodeAdded(added)) => Digest::of_bytes(salted) == added.words,
            Ok(_) => true,
            Err(_) => false,
        }
    }
}

/// Brings the memory's log back to what can be proven of it; nothing if all of it can. `Conflict` if another
/// process has the data folder open. Blocks.
pub fn mend_notes(data: &Path) -> Result<Option<MendedNotes>> {
    let path = data.join("memory.db");
    if !path.exists() {
        return Ok(None);
    }
    let alone = used(data)?;
    alone.try_lock().map_err(|_held| {
        Failure::new(
            FailureKind::Conflict,
            "another process has the data folder open",
        )
        .with_hint("end it (`venom runs` shows what is under way), then try again")
    })?;
    let whole = data.join("memory.db.mending");
    for suffix in ["", "-wal", "-shm"] {
        remove(&with(&whole, suffix))?;
    }
    let (kept, lost, wordless) = {
        let mended = connection::writer(&whole, Durability::Full, MIGRATIONS)?;
        let counted = copy(&path, &mended)?;
        mended
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .or_fail(WRITING)?;
        counted
    };
    if lost == Some(0) && wordless == 0 {
        for suffix in ["", "-wal", "-shm"] {
            remove(&with(&whole, suffix))?;
        }
        return Ok(None);
    }
    let aside = free(data);
    for suffix in ["", "-wal"] {
        let from = with(&path, suffix);
        if from.exists() {
            fs::copy(&from, with(&aside, suffix)).map_err(|error| failed("copy", &from, &error))?;
            sync(&with(&aside, suffix))?;
        }
    }
    for suffix in ["-wal", "-shm"] {
        remove(&with(&path, suffix))?;
        remove(&with(&whole, suffix))?;
    }
    sync(&whole)?;
    fs::rename(&whole, &path).map_err(|error| failed("name", &path, &error))?;
    sync(data)?;
    drop(alone);
    Ok(Some(MendedNotes {
        kept,
        lost: lost.unwrap_or_default(),
        wordless,
        aside,
    }))
}

/// Copies what can be proven. Returns how many events that are, how many stand behind them, if all can still be
/// counted, and how many have lost their words.
fn copy(from: &Path, mended: &Connection) -> Result<(u64, Option<u64>, u64)> {
    let Ok(damaged) = connection::reader(from) else {
        return Ok((0, None, 0));
    };
    mended.execute_batch("BEGIN IMMEDIATE").or_fail(WRITING)?;
    let (mut kept, mut wordless) = (0, 0);
    let mut before = Digest::ZERO;
    let selected = damaged.prepare(
        "SELECT noted.seq, ts, body, sealed, hash, episode, salted FROM noted
         LEFT JOIN words ON words.seq = noted.seq ORDER BY noted.seq",
    );
    let mut is_read = false;
    if let Ok(mut statement) = selected
        && let Ok(rows) = statement.query_map([], Row::of)
    {
        is_read = true;
        for row in rows {
            let Ok(row) = row else {
                is_read = false;
                break;
            };
            let bytes = row.sealed.as_deref().unwrap_or(row.body.as_bytes());
            let hash = link(&before, row.seq, row.ts, bytes);
            if row.seq != kept + 1 || hash.as_bytes().as_slice() != row.hash {
                break;
            }
            let fits = row.fits();
            wordless += u64::from(!fits);
            put(mended, row, fits)?;
            (kept, before) = (kept + 1, hash);
        }
    }
    mended.execute_batch("COMMIT").or_fail(WRITING)?;
    let counted = damaged.query_row("SELECT count(*) FROM noted", [], |row| row.get::<_, i64>(0));
    let lost = counted
        .ok()
        .filter(|_| is_read)
        .map(|all| uint(all).saturating_sub(kept));
    Ok((kept, lost, wordless))
}

fn put(mended: &Connection, row: Row, has_words: bool) -> Result<()> {
    mended
        .prepare_cached("INSERT INTO noted VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
        .and_then(|mut statement| {
            statement.execute(params![
                int(row.seq),
                row.ts,
                row.body,
                row.sealed,
                row.hash,
                row.episode
            ])
        })
        .or_fail(WRITING)?;
    if let Some(salted) = row.salted.filter(|_| has_words) {
        mended
            .prepare_cached("INSERT INTO words VALUES(?1, ?2)")
            .and_then(|mut statement| statement.execute(params![int(row.seq), salted]))
            .or_fail(WRITING)?;
    }
    Ok(())
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Finds a name for the damaged file that nothing has.
fn free(data: &Path) -> PathBuf {
    let mut number = 1_u32;
    loop {
        let path = data.join(format!("memory.db.damaged-{number}"));
        if !path.exists() {
            return path;
        }
        number += 1;
    }
}
