//! What events say about what is known, one row for each, in the order of the log.
//!
//! A row is sealed where its run has a key, and goes with the key.

use rusqlite::{Connection, params};
use venom_kernel::id::RunId;
use venom_kernel::memory::fact::Saying;
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
    saying: &Saying,
    key: &RunKey,
) -> Result<()> {
    let text = serde_json::to_string(saying)
        .map(Zeroizing::new)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    let (text, sealed) = match key {
        RunKey::Plain => (text, None),
        RunKey::Sealed(key) => {
            let sealed = key.seal(&Associated::Saying(run, seq), text.as_bytes())?;
            (Zeroizing::default(), Some(sealed))
        }
        // Nothing was read of such a run.
        RunKey::Shredded | RunKey::Broken | RunKey::Aside => return Ok(()),
    };
    state
        .prepare_cached("INSERT INTO sayings VALUES(?1, ?2, ?3, ?4)")
        .and_then(|mut statement| {
            statement.execute(params![int(seq), run.to_string(), text.as_str(), sealed])
        })
        .map(drop)
        .or_fail(WRITING)
}

/// Returns all of them. What was sealed with a key that was destroyed is gone.
pub(super) fn all(state: &Connection, keys: &Keyring<'_>) -> Result<Vec<Saying>> {
    let mut statement = state
        .prepare_cached("SELECT seq, run, saying, sealed FROM sayings ORDER BY seq")
        .or_fail(READING)?;
    let mut rows = statement.query([]).or_fail(READING)?;
    let mut sayings = Vec::new();
    while let Some(row) = rows.next().or_fail(READING)? {
        let seq = uint(row.get(0).or_fail(READING)?);
        let run: String = row.get(1).or_fail(READING)?;
        let text: String = row.get(2).or_fail(READING)?;
        let sealed: Option<Vec<u8>> = row.get(3).or_fail(READING)?;
        let run = run_id(&run)?;
        let plain = match (sealed, keys.of(run)?) {
            (_, RunKey::Shredded | RunKey::Broken | RunKey::Aside) => continue,
            (None, _) => Zeroizing::new(text.into_bytes()),
            (Some(sealed), RunKey::Sealed(key)) => key
                .open(&Associated::Saying(run, seq), &sealed)
                .map(Zeroizing::new)
                .map_err(|_damaged| corrupt("what a run said does not open"))?,
            (Some(_), RunKey::Plain) => return Err(corrupt("what a run said has no key")),
        };
        let saying = serde_json::from_slice(&plain)
            .map_err(|error| corrupt(format!("what a run said cannot be read: {error}")))?;
        sayings.push(saying);
    }
    Ok(sayings)
}
