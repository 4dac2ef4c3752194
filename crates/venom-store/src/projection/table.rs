//! The tables of `data/state.db`, and the questions that they answer.

use rusqlite::{Connection, params};
use venom_kernel::digest::Digest;
use venom_kernel::event::Outcome;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::projection::{RunRow, RunStatus};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::counts;
use super::fold::{BROKEN, SHREDDED};
use super::projector::Keyring;
use super::{memories, models, sayings};
use crate::crypt::Associated;
use crate::keys::RunKey;
use crate::log::row::digest as hash;
use crate::memory::{elsewhere, episodes};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uint};

/// The steps from an empty file to the newest tables. A change of what is folded is a new step too,
/// which empties the tables.
pub(crate) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE cursor(
  one  INTEGER PRIMARY KEY CHECK(one = 1),
  seq  INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO cursor VALUES(1, 0, zeroblob(32));

CREATE TABLE runs(
  run       TEXT PRIMARY KEY,
  goal      TEXT NOT NULL,
  workspace TEXT NOT NULL,
  started   INTEGER NOT NULL,
  updated   INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  status    TEXT NOT NULL,
  outcome   TEXT,
  sealed    BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_age ON runs(started, run);

CREATE TABLE durations(
  seq    INTEGER PRIMARY KEY,
  skill  TEXT NOT NULL,
  action TEXT NOT NULL,
  ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX durations_by_action ON durations(skill, action, seq);
",
    "
CREATE TABLE memories(
  seq    INTEGER PRIMARY KEY,
  run    TEXT NOT NULL,
  memory TEXT NOT NULL,
  sealed BLOB
) STRICT;
-- What older logs say about preferences is folded too.
DELETE FROM runs;
DELETE FROM durations;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
",
    "
CREATE TABLE lessons(
  seq    INTEGER NOT NULL,
  nth    INTEGER NOT NULL,
  run    TEXT NOT NULL,
  time   INTEGER NOT NULL,
  lesson TEXT NOT NULL,
  PRIMARY KEY(seq, nth)
) STRICT, WITHOUT ROWID;
CREATE INDEX lessons_by_run ON lessons(run);

CREATE TABLE spending(
  run    TEXT NOT NULL,
  effect INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  time   INTEGER NOT NULL,
  money  INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY(run, effect)
) STRICT, WITHOUT ROWID;
CREATE INDEX spending_by_time ON spending(time);
-- What older logs say about models is folded too.
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
",
    episodes::TABLES,
    "
CREATE TABLE sayings(
  seq    INTEGER PRIMARY KEY,
  run    TEXT NOT NULL,
  saying TEXT NOT NULL,
  sealed BLOB
) STRICT;
-- What older logs say is folded too, episodes as well.
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
DELETE FROM lessons;
DELETE FROM spending;
DELETE FROM episodes;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
UPDATE memory SET seq = 0, hash = zeroblob(32), born = random();
",
    "
CREATE TABLE counts(
  measure TEXT NOT NULL,
  first   TEXT NOT NULL,
  second  TEXT NOT NULL,
  sum     INTEGER NOT NULL,
  PRIMARY KEY(measure, first, second)
) STRICT, WITHOUT ROWID;

CREATE TABLE work(
  run     TEXT PRIMARY KEY,
  status  TEXT NOT NULL,
  running INTEGER NOT NULL,
  ready   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What older logs add to the counts is counted too, so all is folded again.
DELETE FROM episodes;
DELETE FROM gone;
DELETE FROM forgotten;
DELETE FROM pinned;
UPDATE memory SET seq = 0, hash = zeroblob(32), born = random();
DELETE FROM lessons;
DELETE FROM spending;
DELETE FROM sayings;
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
",
    "
-- Calls for advice teach too, who rates a step again is heard once, and what older logs say about procedures is folded
-- too, so all is folded again.
DELETE FROM episodes;
DELETE FROM gone;
DELETE FROM forgotten;
DELETE FROM pinned;
UPDATE memory SET seq = 0, hash = zeroblob(32), born = random();
DELETE FROM lessons;
DELETE FROM spending;
DELETE FROM sayings;
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
DELETE FROM counts;
DELETE FROM work;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
",
    elsewhere::TABLE,
    "
-- An episode that holds words of others has their label, also one that was made before it did: all is folded again.
DELETE FROM episodes;
DELETE FROM gone;
DELETE FROM forgotten;
DELETE FROM pinned;
UPDATE memory SET seq = 0, hash = zeroblob(32), born = random();
DELETE FROM lessons;
DELETE FROM spending;
DELETE FROM sayings;
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
DELETE FROM counts;
DELETE FROM work;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
",
];

/// Empties the tables that are folded from the logs of runs, inside a transaction.
pub(crate) const EMPTY: &str = "
DELETE FROM runs;
DELETE FROM durations;
DELETE FROM memories;
DELETE FROM lessons;
DELETE FROM spending;
DELETE FROM sayings;
DELETE FROM counts;
DELETE FROM work;
UPDATE cursor SET seq = 0, hash = zeroblob(32);
";

pub(super) const READING: &str = "reading projections";
pub(super) const WRITING: &str = "writing projections";

/// The last event of the log that the tables hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) seq: u64,
    pub(crate) hash: Digest,
}

/// Reads the cursor.
pub(crate) fn cursor(state: &Connection) -> Result<Cursor> {
    state
        .prepare_cached("SELECT seq, hash FROM cursor WHERE one = 1")
        .and_then(|mut statement| {
            statement.query_row([], |row| {
                Ok(Cursor {
                    seq: uint(row.get(0)?),
                    hash: hash(row, 1)?,
                })
            })
        })
        .or_fail(READING)
}

/// Writes the cursor.
pub(crate) fn set_cursor(state: &Connection, cursor: &Cursor) -> Result<()> {
    state
        .prepare_cached("UPDATE cursor SET seq = ?1, hash = ?2")
        .and_then(|mut statement| {
            statement.execute(params![int(cursor.seq), cursor.hash.as_bytes()])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// Writes the row of a run.
pub(crate) fn put_run(state: &Connection, row: &RunRow, key: &RunKey) -> Result<()> {
    const PUT: &str = "INSERT INTO runs VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT(run) DO UPDATE SET goal = ?2, workspace = ?3, started = ?4, updated = ?5,
        seq = ?6, status = ?7, outcome = ?8, sealed = ?9";
    let texts = Texts::of(row);
    let (texts, sealed) = match key {
        RunKey::Plain | RunKey::Shredded | RunKey::Broken | RunKey::Aside => (texts, None),
        RunKey::Sealed(key) => {
            let plain = serde_json::to_vec(&(&texts.goal, &texts.workspace, &texts.outcome))
                .map(Zeroizing::new)
                .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
            let sealed = key.seal(&Associated::Row(row.run), &plain)?;
            (Texts::default(), Some(sealed))
        }
    };
    state
        .prepare_cached(PUT)
        .and_then(|mut statement| {
            statement.execute(params![
                row.run.to_string(),
                texts.goal,
                texts.workspace,
                row.started.micros(),
                row.updated.micros(),
                int(row.seq.number()),
                row.status.to_string(),
                texts.outcome,
                sealed,
            ])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// Adds the duration of a call that ended with the event at a global position.
pub(crate) fn put_duration(
    state: &Connection,
    seq: u64,
    skill: &str,
    action: &str,
    took: Millis,
) -> Result<()> {
    state
        .prepare_cached("INSERT INTO durations(seq, skill, action, ms) VALUES(?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.execute(params![int(seq), skill, action, int(took.get())])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// The texts of a run's row, which are sealed where the run has a key.
#[derive(Debug, Default)]
struct Texts {
    goal: String,
    workspace: String,
    outcome: Option<String>,
}

impl Texts {
    fn of(row: &RunRow) -> Self {
        Self {
            goal: row.goal.clone(),
            workspace: row.workspace.clone(),
            outcome: row
                .outcome
                .as_ref()
                .and_then(|outcome| serde_json::to_string(outcome).ok()),
        }
    }
}

/// Lists runs, newest first.
pub(crate) fn runs(state: &Connection, keys: &Keyring<'_>, limit: usize) -> Result<Vec<RunRow>> {
    let read = || {
        let mut statement = state.prepare_cached(
            "SELECT run, goal, workspace, started, updated, seq, status, outcome, sealed FROM runs
             ORDER BY started DESC, run DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], Raw::of)?;
        rows.collect::<rusqlite::Result<Vec<Raw>>>()
    };
    read()
        .or_fail(READING)?
        .into_iter()
        .map(|raw| raw.open(keys)?.row())
        .collect()
}

/// Lists runs whose ids are smaller than one, newest first.
pub(crate) fn runs_before(
    state: &Connection,
    keys: &Keyring<'_>,
    before: RunId,
    limit: usize,
) -> Result<Vec<RunRow>> {
    let read = || {
        let mut statement = state.prepare_cached(
            "SELECT run, goal, workspace, started, updated, seq, status, outcome, sealed FROM runs
             WHERE run < ?1 ORDER BY run DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((before.to_string(), limit), Raw::of)?;
        rows.collect::<rusqlite::Result<Vec<Raw>>>()
    };
    read()
        .or_fail(READING)?
        .into_iter()
        .map(|raw| raw.open(keys)?.row())
        .collect()
}

/// Finds at most two runs whose id begins with a text, with or without its `run_`.
pub(crate) fn find(state: &Connection, prefix: &str) -> Result<Vec<RunId>> {
    // An id has 30 characters of these kinds; whatever else is no beginning of one.
    let fits = prefix.len() <= 30
        && prefix
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !fits {
        return Ok(Vec::new());
    }
    let full = format!("{}_", RunId::PREFIX);
    let low = if full.starts_with(prefix) || prefix.starts_with(&full) {
        prefix.to_owned()
    } else {
        format!("{full}{prefix}")
    };
    // `~` stands behind every character of an id.
    let high = format!("{low}~");
    let read = || {
        let mut statement = state.prepare_cached(
            "SELECT run FROM runs WHERE run >= ?1 AND run < ?2
             ORDER BY started DESC, run DESC LIMIT 2",
        )?;
        let rows = statement.query_map([&low, &high], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()
    };
    let found = read().or_fail(READING)?;
    found.iter().map(|text| run_id(text)).collect()
}

/// Returns how long an action took in its last calls, newest first.
pub(crate) fn durations(
    state: &Connection,
    skill: &str,
    action: &str,
    limit: usize,
) -> Result<Vec<Millis>> {
    let read = || {
        let mut statement = state.prepare_cached(
            "SELECT ms FROM durations WHERE skill = ?1 AND action = ?2 ORDER BY seq DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![skill, action, limit], |row| {
            Ok(Millis::new(uint(row.get(0)?)))
        })?;
        rows.collect::<rusqlite::Result<Vec<Millis>>>()
    };
    read().or_fail(READING)
}

/// Digests everything: each row as a line of JSON, in the order of its key. What is sealed counts as
/// what it says, since it is stored with other bytes each time.
pub(crate) fn digest(state: &Connection, keys: &Keyring<'_>) -> Result<Digest> {
    let mut parts = Vec::new();
    let raw = || {
        let mut statement = state.prepare_cached(
            "SELECT run, goal, workspace, started, updated, seq, status, outcome, sealed FROM runs
             ORDER BY run",
        )?;
        let rows = statement.query_map([], Raw::of)?;
        rows.collect::<rusqlite::Result<Vec<Raw>>>()
    };
    for raw in raw().or_fail(READING)? {
        let raw = raw.open(keys)?;
        let line = serde_json::json!([
            raw.run,
            raw.texts.goal,
            raw.texts.workspace,
            raw.started,
            raw.updated,
            raw.seq,
            raw.status,
            raw.texts.outcome,
        ]);
        parts.push(Digest::of_bytes(line.to_string().as_bytes()));
    }
    parts.push(Digest::ZERO);
    let mut read = || {
        let mut statement = state.prepare_cached(
            "SELECT json_array(seq, skill, action, ms) FROM durations ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            parts.push(Digest::of_bytes(line.as_bytes()));
        }
        Ok::<_, rusqlite::Error>(())
    };
    read().or_fail(READING)?;
    parts.push(Digest::ZERO);
    for memory in memories::all(state, keys)? {
        parts.push(Digest::of(&memory));
    }
    parts.push(Digest::ZERO);
    for saying in sayings::all(state, keys)? {
        parts.push(Digest::of(&saying));
    }
    parts.push(Digest::ZERO);
    models::digest(state, &mut parts)?;
    parts.extend(episodes::digests(state, keys)?);
    parts.push(Digest::ZERO);
    for (label, sum) in counts::sums(state)? {
        let measure = label.measure.to_string();
        parts.push(Digest::of(&(measure, label.first, label.second, sum)));
    }
    parts.push(Digest::ZERO);
    let parts: Vec<&[u8]> = parts
        .iter()
        .map(|part| part.as_bytes().as_slice())
        .collect();
    Ok(Digest::of_parts(&parts))
}

/// A run's row as SQLite gives it.
struct Raw {
    run: String,
    texts: Texts,
    started: i64,
    updated: i64,
    seq: i64,
    status: String,
    sealed: Option<Vec<u8>>,
}

impl Raw {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            run: row.get(0)?,
            texts: Texts {
                goal: row.get(1)?,
                workspace: row.get(2)?,
                outcome: row.get(7)?,
            },
            started: row.get(3)?,
            updated: row.get(4)?,
            seq: row.get(5)?,
            status: row.get(6)?,
            sealed: row.get(8)?,
        })
    }

    /// Opens the texts, if they are sealed.
    fn open(mut self, keys: &Keyring<'_>) -> Result<Self> {
        let Some(sealed) = self.sealed.take() else {
            return Ok(self);
        };
        let run = run_id(&self.run)?;
        self.texts = match keys.of(run)? {
            RunKey::Sealed(key) => {
                let plain = key
                    .open(&Associated::Row(run), &sealed)
                    .map(Zeroizing::new)
                    .map_err(|_damaged| corrupt("the row of a run does not open"))?;
                let (goal, workspace, outcome) = serde_json::from_slice(&plain)
                    .map_err(|error| corrupt(format!("a run's row cannot be read: {error}")))?;
                Texts {
                    goal,
                    workspace,
                    outcome,
                }
            }
            RunKey::Shredded => Texts {
                goal: SHREDDED.to_owned(),
                ..Texts::default()
            },
            RunKey::Broken | RunKey::Aside => Texts {
                goal: BROKEN.to_owned(),
                ..Texts::default()
            },
            RunKey::Plain => return Err(corrupt("the row of a run has no key")),
        };
        Ok(self)
    }

    fn row(self) -> Result<RunRow> {
        let outcome: Option<Outcome> = match &self.texts.outcome {
            Some(text) => Some(
                serde_json::from_str(text)
                    .map_err(|error| corrupt(format!("an outcome cannot be read: {error}")))?,
            ),
            None => None,
        };
        let status = [
            RunStatus::Active,
            RunStatus::Waiting,
            RunStatus::Paused,
            RunStatus::Finished,
        ]
        .into_iter()
        .find(|status| status.to_string() == self.status)
        .ok_or_else(|| corrupt("a run has an unknown status"))?;
        Ok(RunRow {
            run: run_id(&self.run)?,
            goal: self.texts.goal,
            workspace: self.texts.workspace,
            started: Timestamp::from_micros(self.started),
            updated: Timestamp::from_micros(self.updated),
            seq: Seq::new(uint(self.seq)),
            status,
            outcome,
        })
    }
}

pub(crate) fn run_id(text: &str) -> Result<RunId> {
    text.parse()
        .map_err(|error| corrupt(format!("a run's id cannot be read: {error}")))
}
