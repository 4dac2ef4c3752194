//! What events say about preferences, one row for each, in the order of the log.
//!
//! A row says all that it says in its text, the workspace too: where the run has a key, the text is
//! sealed with it, and goes with it.

use rusqlite::{Connection, params};
use venom_kernel::id::RunId;
use venom_kernel::preference::Memory;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::projector::Keyring;
use super::table::{READING, WRITING, run_id};
use crate::crypt::Associated;
use crate::keys::RunKey;
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{int, uint};

/// Adds what the event at a global position says.
pub(super) fn put(
    state: &Connection,
    seq: u64,
    run: RunId,
    memory: &Memory,
    key: &RunKey,
) -> Result<()> {
    let text = serde_json::to_string(memory)
        .map(Zeroizing::new)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    let (text, sealed) = match key {
        RunKey::Plain => (text, None),
        RunKey::Sealed(key) => {
            let sealed = key.seal(&Associated::Memory(run, seq), text.as_bytes())?;
            (Zeroizing::default(), Some(sealed))
        }
        // Nothing was read of such a run.
        RunKey::Shredded | RunKey::Broken | RunKey::Aside => return Ok(()),
    };
    state
        .prepare_cached("INSERT INTO memories VALUES(?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.execute(params![int(seq), run.to_string(), text.as_str(), sealed])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// Returns all of them. What was sealed with a key that was destroyed is gone.
pub(super) fn all(state: &Connection, keys: &Keyring<'_>) -> Result<Vec<Memory>> {
    let read = || {
        let mut statement =
            state.prepare_cached("SELECT seq, run, memory, sealed FROM memories ORDER BY seq")?;
        let rows = statement.query_map([], |row| {
            Ok((
                uint(row.get(0)?),
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Option<Vec<u8>>>(3)?,
            ))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let mut memories = Vec::new();
    for (seq, run, text, sealed) in read().or_fail(READING)? {
        let run = run_id(&run)?;
        let plain = match (sealed, keys.of(run)?) {
            (_, RunKey::Shredded | RunKey::Broken | RunKey::Aside) => continue,
            (None, _) => Zeroizing::new(text.into_bytes()),
            (Some(sealed), RunKey::Sealed(key)) => key
                .open(&Associated::Memory(run, seq), &sealed)
                .map(Zeroizing::new)
                .map_err(|_damaged| corrupt("what is known of a preference does not open"))?,
            (Some(_), RunKey::Plain) => return Err(corrupt("a sealed preference has no key")),
        };
        let memory = serde_json::from_slice(&plain)
            .map_err(|error| corrupt(format!("a preference cannot be read: {error}")))?;
        memories.push(memory);
    }
    Ok(memories)
}
