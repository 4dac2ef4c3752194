//! Wrapped keys that do not open any more: finding them, and what a repair does about them.
//!
//! A wrapped key is 61 bytes whose tag proves it, so a key of which one byte was changed can be found
//! again by trying every value of every byte. The key of a workspace that is beyond that comes back from the
//! copies that its runs hold: one of them is the key if it opens what was stored under the workspace's number.
//! What is left is set aside, in a row of its own, so that everything but this one can be used again; nothing is
//! thrown away, and what was set aside by an earlier repair comes back as well once a copy opens it.
//! The keys that everything shares have no such place: without them the folder cannot be read, and they
//! come back from a copy or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;
use serde::Serialize;
use venom_kernel::id::RunId;
use venom_ports::{Failure, FailureKind, Result};

use super::table::{self, Row};
use super::{DAMAGED, DAMAGED_FILES, DAMAGED_WORKSPACE, FILES, Protection, RUN, WORKSPACE, source};
use crate::crypt::{Associated, Key, SealKey};
use crate::pack::sample;
use crate::private;
use crate::salvage;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{connection, run_of, uid};

/// What became of a key that did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Nothing yet.
    Broken,
    /// It is what it was.
    Mended,
    /// It came back from the copy that a run holds.
    Restored,
    /// It cannot be brought back, and everything else can be used.
    SetAside,
    /// It cannot be brought back, and what it opens is needed.
    Left,
}

/// A key that does not open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokenKey {
    /// What kind of key it is.
    pub kind: String,
    /// The run that it is of.
    pub run: Option<RunId>,
    /// The number of the workspace that it is of.
    pub workspace: Option<u16>,
    /// The name of its row.
    #[serde(skip)]
    name: Vec<u8>,
    /// Whether nothing of it is left.
    pub is_gone: bool,
    /// What became of it.
    pub fate: Fate,
}

impl BrokenKey {
    /// Says what is wrong, and what became of it.
    pub fn words(&self) -> String {
        let of = match (&self.run, self.workspace) {
            (Some(run), _) if self.kind == FILES => format!("the files of {run}"),
            (Some(run), _) => run.to_string(),
            (None, Some(number)) => format!("workspace {number}"),
            (None, None) => self.kind.clone(),
        };
        let how = if self.is_gone {
            "is gone"
        } else {
            "does not open"
        };
        let fate = match self.fate {
            Fate::Broken => "",
            Fate::Mended => "; one byte of it was not what was written, and it is mended",
            Fate::Restored => {
                "; a run of this workspace holds a copy of it that opens what was stored, and it is in its place again"
            }
            Fate::SetAside if self.kind == WORKSPACE => {
                "; it was set aside, and nobody can read what was stored of the files of this workspace until its key comes back from a copy of the data folder; its next run begins with a new one"
            }
            Fate::SetAside if self.kind == FILES => {
                "; it was set aside, and the files of this run can be looked at, and not be gone back to"
            }
            Fate::SetAside => {
                "; it was set aside, and nobody can read the texts of this run until its key comes back from a copy of the data folder"
            }
            Fate::Left => "; bring `log.db` back from a copy of the data folder",
        };
        format!("the key of {of} {how}{fate}")
    }
}

/// Finds the keys that do not open with the master key, and the runs that are sealed and have none.
pub(super) fn broken(connection: &Connection, master: &Key) -> Result<Vec<BrokenKey>> {
    let mut broken: Vec<BrokenKey> = table::all(connection)?
        .into_iter()
        .filter(|(kind, name, wrapped)| table::unwrap(master, kind, name, wrapped).is_err())
        .map(|(kind, name, _)| BrokenKey {
            run: run_named(&kind, &name),
            workspace: workspace_named(&kind, &name),
            kind,
            name,
            is_gone: false,
            fate: Fate::Broken,
        })
        .collect();
    broken.extend(without(connection)?.into_iter().map(|run| BrokenKey {
        kind: RUN.to_owned(),
        run: Some(run),
        workspace: None,
        name: uid(run).to_vec(),
        is_gone: true,
        fate: Fate::Broken,
    }));
    Ok(broken)
}

fn run_named(kind: &str, name: &[u8]) -> Option<RunId> {
    if kind != RUN && kind != FILES {
        return None;
    }
    Some(run_of(name.try_into().ok()?))
}

fn workspace_named(kind: &str, name: &[u8]) -> Option<u16> {
    let (number, _) = name.split_first_chunk()?;
    (kind == WORKSPACE).then(|| u16::from_be_bytes(*number))
}

/// Returns the runs that are sealed and have no row for their key.
fn without(connection: &Connection) -> Result<Vec<RunId>> {
    const WITHOUT: &str = "SELECT uid FROM run WHERE
        EXISTS(SELECT 1 FROM ev WHERE ev.run = run.id AND ev.rseq = 1 AND ev.sealed IS NOT NULL)
        AND NOT EXISTS(SELECT 1 FROM key WHERE kind = 'run' AND name = run.uid)";
    let read = || {
        let mut statement = connection.prepare(WITHOUT)?;
        let runs = statement.query_map([], |row| Ok(run_of(row.get(0)?)))?;
        runs.collect::<rusqlite::Result<Vec<RunId>>>()
    };
    read().or_fail("reading keys")
}

/// Repairs the keys of a data folder, as far as the master key is there. Nobody needs to have closed it.
/// Blocks.
pub fn mend(data: &Path, protection: &Protection) -> Result<Vec<BrokenKey>> {
    let log = data.join("log.db");
    if !log.exists() || salvage::is_cut_off(data) {
        return Ok(Vec::new());
    }
    let _in_use = salvage::in_use(data)?;
    let Some(stored) = table::master(&connection::reader(&log)?)? else {
        return Ok(Vec::new());
    };
    let found = source::find(&protection.sources)?;
    let Some(found) = found
        .iter()
        .find(|candidate| table::mark(candidate.key()) == stored)
    else {
        // Nothing can be said about the keys, which is told where they are needed.
        return Ok(Vec::new());
    };
    let reader = connection::reader(&log)?;
    let mut lost = broken(&reader, found.key())?;
    lost.extend(aside(&reader)?);
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: BTreeSet<u16> = lost.iter().filter_map(|key| key.workspace).collect();
    let proven = copies(&reader, found.key(), &data.join("blobs"), &numbers)?;
    drop(reader);
    let connection = table::open(&log)?;
    table::transaction(&connection, || {
        if table::master(&connection)? != Some(stored) {
            return Err(super::changed());
        }
        let mut broken = broken(&connection, found.key())?;
        for key in &mut broken {
            key.fate = mend_one(&connection, found.key(), key, &proven)?;
        }
        for mut key in aside(&connection)? {
            if restore(&connection, found.key(), &key, &proven)? {
                key.fate = Fate::Restored;
                broken.push(key);
            }
        }
        Ok(broken)
    })
}

/// Returns the keys of workspaces that a repair has set aside.
fn aside(connection: &Connection) -> Result<Vec<BrokenKey>> {
    let mut aside = Vec::new();
    for (name, wrapped) in table::of_kind(connection, WORKSPACE)? {
        if wrapped.is_some() {
            continue;
        }
        if let Row::Wrapped(_) = table::get(connection, DAMAGED_WORKSPACE, &name)? {
            aside.push(BrokenKey {
                kind: WORKSPACE.to_owned(),
                run: None,
                workspace: workspace_named(WORKSPACE, &name),
                name,
                is_gone: false,
                fate: Fate::SetAside,
            });
        }
    }
    Ok(aside)
}

/// Finds the keys of workspaces among the copies that runs hold. A copy does not say whose it is, so only one that
/// opens what was stored under a number is the key of that number.
fn copies(
    connection: &Connection,
    master: &Key,
    blobs: &Path,
    numbers: &BTreeSet<u16>,
) -> Result<BTreeMap<u16, Key>> {
    let mut proven = BTreeMap::new();
    if numbers.is_empty() {
        return Ok(proven);
    }
    let mut held: Vec<Key> = Vec::new();
    for (name, wrapped) in table::of_kind(connection, FILES)? {
        // Copies that do not open either are told as what they are.
        let copy = wrapped.and_then(|wrapped| table::unwrap(master, FILES, &name, &wrapped).ok());
        if let Some(copy) = copy
            && !held.iter().any(|known| known.is(&copy))
        {
            held.push(copy);
        }
    }
    if held.is_empty() {
        return Ok(proven);
    }
    let samples = sample::samples(blobs, numbers).map_err(|error| {
        private::failure(
            &format!("cannot look at what is stored in {}", blobs.display()),
            &error,
        )
    })?;
    for (number, samples) in samples {
        let opens = |key: &Key| {
            let seal = SealKey::new(key.clone());
            let mut samples = samples.iter();
            samples.any(|(id, sealed)| seal.open(id, sealed).is_ok())
        };
        if let Some(key) = held.iter().find(|key| opens(key)) {
            proven.insert(number, key.clone());
        }
    }
    Ok(proven)
}

/// Puts the key of a workspace back into its place, if a copy of it was found.
fn restore(
    connection: &Connection,
    master: &Key,
    lost: &BrokenKey,
    proven: &BTreeMap<u16, Key>,
) -> Result<bool> {
    let Some(key) = lost.workspace.and_then(|number| proven.get(&number)) else {
        return Ok(false);
    };
    let wrapped = table::wrap(master, WORKSPACE, &lost.name, key)?;
    table::replace(connection, WORKSPACE, &lost.name, Some(&wrapped))?;
    Ok(true)
}

fn mend_one(
    connection: &Connection,
    master: &Key,
    broken: &BrokenKey,
    proven: &BTreeMap<u16, Key>,
) -> Result<Fate> {
    let name = broken.name.as_slice();
    let wrapped = match table::get(connection, &broken.kind, name)? {
        Row::Wrapped(wrapped) => wrapped,
        Row::Absent | Row::Shredded => Vec::new(),
    };
    if let Some(mended) = guess(master, &broken.kind, name, &wrapped) {
        table::replace(connection, &broken.kind, name, Some(&mended))?;
        return Ok(Fate::Mended);
    }
    if restore(connection, master, broken, proven)? {
        return Ok(Fate::Restored);
    }
    let aside = match broken.kind.as_str() {
        RUN => DAMAGED,
        WORKSPACE => DAMAGED_WORKSPACE,
        FILES => DAMAGED_FILES,
        _ => return Ok(Fate::Left),
    };
    if table::get(connection, aside, name)? == Row::Absent {
        table::put(connection, aside, name, &wrapped)?;
    }
    if broken.is_gone {
        table::put(connection, &broken.kind, name, &[])?;
    }
    table::replace(connection, &broken.kind, name, None)?;
    Ok(Fate::SetAside)
}

/// Finds the wrapped key of which one byte was changed. 61 bytes with 255 other values each are tried in
/// milliseconds, and the tag of 128 bits says which is right.
fn guess(master: &Key, kind: &str, name: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let wrapping = master.derive(kind, name);
    let place = Associated::Key { kind, name };
    let mut tried = wrapped.to_vec();
    for at in 0..tried.len() {
        for change in 1..=u8::MAX {
            *tried.get_mut(at)? ^= change;
            if wrapping.open(&place, &tried).is_ok() {
                return Some(tried);
            }
            *tried.get_mut(at)? ^= change;
        }
    }
    None
}

/// Returns the mark of the master key that opens one of these keys.
pub(crate) fn mark_of<'a>(
    protection: &Protection,
    keys: impl Iterator<Item = (&'a (String, Vec<u8>), &'a Option<Vec<u8>>)>,
) -> Option<(Vec<u8>, i64)> {
    let masters = source::find(&protection.sources).ok()?;
    let wrapped: Vec<_> = keys
        .filter_map(|((kind, name), wrapped)| Some((kind, name, wrapped.as_ref()?)))
        .collect();
    let opens = |master: &Key| {
        let mut wrapped = wrapped.iter();
        wrapped.any(|(kind, name, wrapped)| table::unwrap(master, kind, name, wrapped).is_ok())
    };
    let master = masters.iter().find(|found| opens(found.key()))?;
    Some((table::mark(master.key()).to_vec(), 1))
}

/// What reading a run gives whose key was set aside.
pub(crate) fn set_aside(run: RunId) -> Failure {
    let text =
        format!("the key of {run} is damaged and could not be mended, so its texts cannot be read");
    Failure::new(FailureKind::Missing, text).with_hint(
        "other runs are not touched by it; bring the data folder back from a copy, or import an archive of the run into another one, with VENOM_HOME",
    )
}
