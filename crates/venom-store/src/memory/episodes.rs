//! Episodes as rows among the projections: what is said in them, sealed with the key of whoever they belong
//! to, and the reading of it, which is sealed with it and goes with it.
//!
//! An episode that is forgotten leaves its number in two lists: `forgotten`, so that folding again does not
//! bring it back, and `gone`, so that indexes in memory take it out.

use rusqlite::{Connection, OptionalExtension as _, params};
use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;
use venom_kernel::memory::episode::{self, Episode, EpisodeId, Signs};
use venom_kernel::memory::{MemoryEvent, Noted};
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::Known;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::crypt::{Associated, Key};
use crate::keys::{RunKey, Vault};
use crate::log::row::digest;
use crate::projection::Keyring;
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uint};

const READING: &str = "reading episodes";
const WRITING: &str = "writing episodes";

/// The longest text that is compared with others for being the same, in characters. Chosen: a sentence or
/// two; what machinery prints at length is never the same twice.
const COMPARED: usize = 400;
/// How many repetitions are counted.
const REPETITIONS: i64 = 16;

/// The tables. `memory` holds how far the memory's log is folded, a number that changes when everything is
/// folded anew, and what made the readings.
pub(crate) const TABLES: &str = "
CREATE TABLE episodes(
  no       INTEGER PRIMARY KEY AUTOINCREMENT,
  id       INTEGER NOT NULL UNIQUE,
  run      TEXT,
  same     INTEGER,
  repeated INTEGER NOT NULL,
  episode  TEXT NOT NULL,
  reading  BLOB NOT NULL,
  sealed   BLOB
) STRICT;
CREATE INDEX episodes_of_runs ON episodes(run) WHERE run IS NOT NULL;
CREATE INDEX episodes_same ON episodes(same) WHERE same IS NOT NULL;

CREATE TABLE gone(
  no      INTEGER PRIMARY KEY AUTOINCREMENT,
  episode INTEGER NOT NULL
) STRICT;
CREATE TABLE forgotten(id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE pinned(id INTEGER PRIMARY KEY) STRICT;

CREATE TABLE memory(
  one    INTEGER PRIMARY KEY CHECK(one = 1),
  seq    INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  born   INTEGER NOT NULL,
  reader TEXT NOT NULL
) STRICT;
INSERT INTO memory VALUES(1, 0, zeroblob(32), random(), '');
-- What older logs say is folded too.
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
DELETE FROM lessons;
DELETE FROM spending;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
";

/// Empties the tables, inside a transaction.
pub(crate) const EMPTY: &str = "
DELETE FROM episodes;
DELETE FROM gone;
DELETE FROM forgotten;
DELETE FROM pinned;
UPDATE memory SET seq = 0, hash = zeroblob(32), born = random();
";

/// What is known about the id of an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// There is such an episode.
    Held,
    /// There was one.
    Forgotten,
}

/// How far the memory's log is folded.
pub(crate) fn cursor(state: &Connection) -> Result<(u64, Digest)> {
    state
        .prepare_cached("SELECT seq, hash FROM memory")
        .and_then(|mut statement| {
            statement.query_row([], |row| Ok((uint(row.get(0)?), digest(row, 1)?)))
        })
        .or_fail(READING)
}

/// Says how far the memory's log is folded.
pub(crate) fn set_cursor(state: &Connection, seq: u64, hash: &Digest) -> Result<()> {
    state
        .prepare_cached("UPDATE memory SET seq = ?1, hash = ?2")
        .and_then(|mut statement| statement.execute(params![int(seq), hash.as_bytes()]))
        .map(drop)
        .or_fail(WRITING)
}

/// Returns the number that changes when everything is folded anew, and what made the readings.
pub(crate) fn made(state: &Connection) -> Result<(i64, String)> {
    state
        .prepare_cached("SELECT born, reader FROM memory")
        .and_then(|mut statement| statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))))
        .or_fail(READING)
}

/// Says what makes the readings.
pub(crate) fn set_reader(state: &Connection, reader: &str) -> Result<()> {
    state
        .execute("UPDATE memory SET reader = ?1", [reader])
        .map(drop)
        .or_fail(WRITING)
}

/// Tells whether something is in a list of ids.
fn is_listed(state: &Connection, sql: &str, id: EpisodeId) -> Result<bool> {
    state
        .prepare_cached(sql)
        .and_then(|mut statement| statement.exists([int(id.number())]))
        .or_fail(READING)
}

fn is_forgotten(state: &Connection, id: EpisodeId) -> Result<bool> {
    is_listed(state, "SELECT 1 FROM forgotten WHERE id = ?1", id)
}

/// Says what is known about an id.
pub(crate) fn fate(state: &Connection, id: EpisodeId) -> Result<Option<Fate>> {
    if is_forgotten(state, id)? {
        return Ok(Some(Fate::Forgotten));
    }
    let is_held = is_listed(state, "SELECT 1 FROM episodes WHERE id = ?1", id)?;
    Ok(is_held.then_some(Fate::Held))
}

/// Says by which number texts that say the same are known. Where the memory is sealed, nobody without the key
/// can find out from it what is said.
fn sameness(vault: &Vault, episode: &Episode) -> Option<i64> {
    if episode.text.chars().nth(COMPARED).is_some() {
        return None;
    }
    let text = episode.text.to_lowercase();
    let spoken = Digest::of(&(episode.kind, episode.trust, text.trim()));
    let bytes = match vault.notes() {
        (Some(key), _) => *key.derive("same words", spoken.as_bytes()).bytes(),
        (None, _) => *spoken.as_bytes(),
    };
    bytes
        .first_chunk::<8>()
        .map(|bytes| i64::from_be_bytes(*bytes))
}

/// Adds an episode with its reading, unless it was forgotten or is there. `run` is whose key seals it.
pub(crate) fn put(
    state: &Connection,
    vault: &Vault,
    owner: Option<(RunId, &RunKey)>,
    episode: &Episode,
    reading: &[u8],
) -> Result<()> {
    let id = episode.id;
    if fate(state, id)?.is_some() {
        return Ok(());
    }
    let (shared, seals) = vault.notes();
    let key: Option<&Key> = match owner {
        None if seals? => shared.as_ref(),
        None | Some((_, RunKey::Plain)) => None,
        Some((_, RunKey::Sealed(key))) => Some(key),
        // Nothing was read of such a run.
        Some((_, RunKey::Shredded | RunKey::Broken | RunKey::Aside)) => return Ok(()),
    };
    let same = sameness(vault, episode);
    let repeated: i64 = match same {
        Some(same) => state
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM episodes WHERE same = ?1 LIMIT ?2)",
            )
            .and_then(|mut statement| statement.query_row([same, REPETITIONS], |row| row.get(0)))
            .or_fail(READING)?,
        None => 0,
    };
    let text = serde_json::to_string(episode)
        .map(Zeroizing::new)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    let sealed = match key {
        None => None,
        Some(key) => {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let mut plain = Zeroizing::new(Vec::with_capacity(4 + text.len() + reading.len()));
            plain.extend_from_slice(&length.to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
            plain.extend_from_slice(reading);
            Some(key.seal(&Associated::Episode(id.number()), &plain)?)
        }
    };
    let (text, reading) = if sealed.is_some() {
        ("", [].as_slice())
    } else {
        (text.as_str(), reading)
    };
    state
        .prepare_cached(
            "INSERT INTO episodes(id, run, same, repeated, episode, reading, sealed)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                int(id.number()),
                owner.map(|(run, _)| run.to_string()),
                same,
                repeated,
                text,
                reading,
                sealed
            ])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// Takes out what a run told so far: its events are another run's, and told there.
pub(crate) fn drop_run(state: &Connection, run: RunId) -> Result<()> {
    let run = run.to_string();
    state
        .prepare_cached("INSERT INTO gone(episode) SELECT no FROM episodes WHERE run = ?1")
        .and_then(|mut statement| statement.execute([&run]))
        .or_fail(WRITING)?;
    state
        .prepare_cached("DELETE FROM episodes WHERE run = ?1")
        .and_then(|mut statement| statement.execute([&run]))
        .map(drop)
        .or_fail(WRITING)
}

/// Folds an event of the memory's log; `read` makes a reading.
pub(crate) fn hear(
    state: &Connection,
    vault: &Vault,
    noted: &Noted,
    read: impl FnOnce(&Episode) -> Vec<u8>,
) -> Result<()> {
    let one = |sql: &str, id: EpisodeId| {
        state
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([int(id.number())]))
            .map(drop)
            .or_fail(WRITING)
    };
    match &noted.event {
        MemoryEvent::EpisodeAdded(_) => match episode::noted(noted) {
            Some(episode) => put(state, vault, None, &episode, &read(&episode)),
            None => Ok(()),
        },
        MemoryEvent::EpisodeForgotten { id, .. } => {
            one("INSERT OR IGNORE INTO forgotten VALUES(?1)", *id)?;
            one(
                "INSERT INTO gone(episode) SELECT no FROM episodes WHERE id = ?1",
                *id,
            )?;
            one("DELETE FROM pinned WHERE id = ?1", *id)?;
            let same: Option<i64> = state
                .prepare_cached("SELECT same FROM episodes WHERE id = ?1")
                .and_then(|mut statement| {
                    statement
                        .query_row([int(id.number())], |row| row.get(0))
                        .optional()
                })
                .or_fail(READING)?
                .flatten();
            one("DELETE FROM episodes WHERE id = ?1", *id)?;
            match same {
                Some(same) => recount(state, same),
                None => Ok(()),
            }
        }
        MemoryEvent::EpisodePinned { id, .. } => {
            one("INSERT OR IGNORE INTO pinned VALUES(?1)", *id)
        }
        MemoryEvent::EpisodeUnpinned { id, .. } => one("DELETE FROM pinned WHERE id = ?1", *id),
        // Facts are folded when they are asked for.
        MemoryEvent::FactsNoted(_) => Ok(()),
    }
}

/// Counts repetitions anew where one of the same is gone, as folding everything again would. Behind the first
/// ones the count is at its end.
fn recount(state: &Connection, same: i64) -> Result<()> {
    state
        .prepare_cached(
            "UPDATE episodes SET repeated = (
               SELECT min(count(*), ?2) FROM episodes AS before
               WHERE before.same = ?1 AND before.no < episodes.no)
             WHERE no IN (SELECT no FROM episodes WHERE same = ?1 ORDER BY no LIMIT ?2 + 2)",
        )
        .and_then(|mut statement| statement.execute([same, REPETITIONS]))
        .map(drop)
        .or_fail(WRITING)
}

/// A row.
pub(crate) struct Row {
    pub(crate) no: u64,
    id: u64,
    run: Option<String>,
    repeated: u32,
    is_pinned: bool,
    text: String,
    reading: Vec<u8>,
    sealed: Option<Vec<u8>>,
}

/// An episode with its reading.
pub(crate) struct Opened {
    pub(crate) no: u64,
    pub(crate) episode: Episode,
    pub(crate) reading: Vec<u8>,
    pub(crate) signs: Signs,
}

impl Opened {
    /// Weighs it at a moment.
    pub(crate) fn known(self, now: Timestamp) -> Known {
        Known {
            importance: self.signs.importance(&self.episode, now),
            is_pinned: self.signs.is_pinned,
            repeated: self.signs.repeated,
            episode: self.episode,
        }
    }
}

const COLUMNS: &str = "no, id, run, repeated, episode, reading, sealed,
    EXISTS(SELECT 1 FROM pinned WHERE pinned.id = episodes.id)";

impl Row {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            no: uint(row.get(0)?),
            id: uint(row.get(1)?),
            run: row.get(2)?,
            repeated: row.get(3)?,
            text: row.get(4)?,
            reading: row.get(5)?,
            sealed: row.get(6)?,
            is_pinned: row.get(7)?,
        })
    }

    pub(crate) const fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }

    /// Opens it; nothing is left of one whose key was destroyed.
    pub(crate) fn open(self, keys: &Keyring<'_>) -> Result<Option<Opened>> {
        let signs = Signs {
            repeated: self.repeated,
            is_pinned: self.is_pinned,
        };
        let (text, reading) = match self.sealed {
            None => (Zeroizing::new(self.text.into_bytes()), self.reading),
            Some(sealed) => {
                let key = match &self.run {
                    None => match keys.notes() {
                        Some(key) => key,
                        None => return Err(corrupt("a sealed episode has no key")),
                    },
                    Some(run) => match keys.of(crate::projection::run_id(run)?)? {
                        RunKey::Sealed(key) => key,
                        RunKey::Shredded | RunKey::Broken | RunKey::Aside => return Ok(None),
                        RunKey::Plain => return Err(corrupt("a sealed episode has no key")),
                    },
                };
                let plain = key
                    .open(&Associated::Episode(self.id), &sealed)
                    .map(Zeroizing::new)
                    .map_err(|_damaged| corrupt("an episode does not open"))?;
                let cut = || {
                    let (length, rest) = plain.split_first_chunk::<4>()?;
                    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
                };
                let (text, reading) = cut().ok_or_else(|| corrupt("an episode is too short"))?;
                (Zeroizing::new(text.to_vec()), reading.to_vec())
            }
        };
        let episode = serde_json::from_slice(&text)
            .map_err(|error| corrupt(format!("an episode cannot be read: {error}")))?;
        Ok(Some(Opened {
            no: self.no,
            episode,
            reading,
            signs,
        }))
    }
}

/// Returns rows behind a number, in the order in which they became known.
pub(crate) fn page(state: &Connection, after: u64, limit: usize) -> Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM episodes WHERE no > ?1 ORDER BY no LIMIT ?2");
    let read = || {
        let mut statement = state.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([int(after), limit], Row::of)?;
        rows.collect::<rusqlite::Result<Vec<Row>>>()
    };
    read().or_fail(READING)
}

/// Returns the row with a number.
pub(crate) fn numbered(state: &Connection, no: u64) -> Result<Option<Row>> {
    one(state, "no", int(no))
}

/// Returns the row of an episode.
pub(crate) fn of(state: &Connection, id: EpisodeId) -> Result<Option<Row>> {
    one(state, "id", int(id.number()))
}

fn one(state: &Connection, column: &str, value: i64) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM episodes WHERE {column} = ?1");
    state
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_row([value], Row::of).optional())
        .or_fail(READING)
}

/// Finds at most two episodes whose ids begin with a text.
pub(crate) fn find(state: &Connection, prefix: &str) -> Result<Vec<EpisodeId>> {
    /// Hexadecimal digits of an id.
    const DIGITS: usize = 15;
    let digits = prefix
        .strip_prefix(EpisodeId::PREFIX)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(prefix);
    let fits = (1..=DIGITS).contains(&digits.len())
        && digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !fits {
        return Ok(Vec::new());
    }
    let bound = |fill: char| {
        let text: String = digits
            .chars()
            .chain(std::iter::repeat(fill))
            .take(DIGITS)
            .collect();
        u64::from_str_radix(&text, 16).map(int).unwrap_or_default()
    };
    let read = || {
        let mut statement = state.prepare_cached(
            "SELECT id FROM episodes WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 2",
        )?;
        let rows = statement.query_map([bound('0'), bound('f')], |row| {
            Ok(EpisodeId::from_number(uint(row.get(0)?)))
        })?;
        rows.collect::<rusqlite::Result<Vec<EpisodeId>>>()
    };
    read().or_fail(READING)
}

/// Returns numbers of episodes that are gone, behind a number of that list.
pub(crate) fn gone(state: &Connection, after: u64) -> Result<Vec<(u64, u64)>> {
    let read = || {
        let mut statement =
            state.prepare_cached("SELECT no, episode FROM gone WHERE no > ?1 ORDER BY no")?;
        let rows = statement.query_map([int(after)], |row| {
            Ok((uint(row.get(0)?), uint(row.get(1)?)))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().or_fail(READING)
}

/// Returns the highest number in the list of what is gone.
pub(crate) fn newest_gone(state: &Connection) -> Result<u64> {
    state
        .prepare_cached("SELECT coalesce(max(no), 0) FROM gone")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
        .map(uint)
        .or_fail(READING)
}

/// Counts rows behind a number.
pub(crate) fn count_after(state: &Connection, after: u64) -> Result<u64> {
    state
        .prepare_cached("SELECT count(*) FROM episodes WHERE no > ?1")
        .and_then(|mut statement| statement.query_row([int(after)], |row| row.get::<_, i64>(0)))
        .map(uint)
        .or_fail(READING)
}

/// Returns the highest number of a row.
pub(crate) fn newest(state: &Connection) -> Result<u64> {
    state
        .prepare_cached("SELECT coalesce(max(no), 0) FROM episodes")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
        .map(uint)
        .or_fail(READING)
}

/// Counts rows: all, those of no run, pinned ones, forgotten ones.
pub(crate) fn counts(state: &Connection) -> Result<[u64; 4]> {
    let count = |sql: &str| {
        state
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map(uint)
            .or_fail(READING)
    };
    Ok([
        count("SELECT count(*) FROM episodes")?,
        count("SELECT count(*) FROM episodes WHERE run IS NULL")?,
        count("SELECT count(*) FROM pinned WHERE id IN (SELECT id FROM episodes)")?,
        count("SELECT count(*) FROM forgotten")?,
    ])
}

/// Digests all episodes in the order of their ids. What is sealed counts as what it says.
pub(crate) fn digests(state: &Connection, keys: &Keyring<'_>) -> Result<Vec<Digest>> {
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let rows = page(state, after, 1_000)?;
        let Some(last) = rows.last() else {
            break;
        };
        after = last.no;
        for row in rows {
            if let Some(opened) = row.open(keys)? {
                let Signs {
                    repeated,
                    is_pinned,
                } = opened.signs;
                all.push((
                    opened.episode.id,
                    Digest::of(&(opened.episode, repeated, is_pinned)),
                ));
            }
        }
    }
    all.sort_unstable_by_key(|(id, _)| *id);
    Ok(all.into_iter().map(|(_, digest)| digest).collect())
}
