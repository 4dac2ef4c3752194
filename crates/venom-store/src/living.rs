//! What the content store has to keep: everything that an event names, and what that names in turn.
//!
//! Ids are found by their form, 64 hexadecimal digits, wherever they stand in an event's text or in
//! an object that an event names; so an event of a later vocabulary keeps what it names too, and an id
//! inside a result of an action does. What is no object is not there and keeps nothing. The price is
//! that a text that happens to quote an id keeps that object: nothing is ever removed because somebody
//! forgot to list a field here.
//!
//! The chain of each run is checked on the way. An event that cannot be read ends the collection:
//! what it names is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;
use venom_kernel::change::ChangeSet;
use venom_kernel::digest::BlobId;
use venom_kernel::event::Event;
use venom_kernel::id::RunId;
use venom_kernel::tree::{Entry, Folder, Times};
use venom_ports::{Failure, FailureKind, Result};

use crate::blob::alias::Aliases;
use crate::keys::{RunKey, Vault};
use crate::log::read::Link;
use crate::log::row::{self, RunHead, digest};
use crate::pack::Packs;
use crate::pack::care::{Kept, Living};
use crate::sqlite::failure::{OrFail as _, corrupt};
use crate::sqlite::{connection, run_of, uint};

const DOING: &str = "reading what events name";

/// Digits of an id.
const DIGITS: usize = 64;

/// Objects that are longer are not searched for ids. Chosen: nothing that VENOM stores under a name in
/// an event and that names others is anywhere near; a spilled output may be, and names nothing.
const SEARCHED: usize = 256 << 20;

/// How the text of an event begins that lets go of contents.
const RELEASED: &[u8] = br#"{"type":"ContentsReleased""#;
/// How the texts of events begin about one snapshot.
const SNAPSHOT: &[u8] = br#"{"type":"SnapshotCreated""#;
const LET_GO: &[u8] = br#"{"type":"SnapshotReleased""#;

/// What the events of a log need, but for runs that are given up.
pub(crate) struct Needed<'a> {
    log: &'a Path,
    vault: &'a Vault,
    packs: &'a Packs,
    aliases: &'a Aliases,
    given_up: &'a BTreeSet<RunId>,
}

impl<'a> Needed<'a> {
    pub(crate) const fn new(
        log: &'a Path,
        vault: &'a Vault,
        packs: &'a Packs,
        aliases: &'a Aliases,
        given_up: &'a BTreeSet<RunId>,
    ) -> Self {
        Self {
            log,
            vault,
            packs,
            aliases,
            given_up,
        }
    }

    /// Adds what the events of a run name.
    fn add_run(
        &self,
        connection: &Connection,
        run: RunId,
        head: &RunHead,
        all: &mut BTreeSet<BlobId>,
    ) -> Result<()> {
        let key = self.vault.of(connection, run)?;
        if matches!(key, RunKey::Shredded | RunKey::Aside) || self.given_up.contains(&run) {
            return Ok(());
        }
        let mut named = BTreeSet::new();
        let mut snapshots: BTreeMap<u64, Vec<BlobId>> = BTreeMap::new();
        let mut link = Link::first(run);
        row::walk(connection, head.id, 0, usize::MAX, |stored| {
            link.next(&stored)?;
            let text = stored.text(run, &key)?;
            if text.starts_with(RELEASED) {
                named.clear();
                snapshots.clear();
            }
            if text.starts_with(SNAPSHOT) {
                snapshots.insert(link.seq, of_snapshot(&text));
                return Ok(());
            }
            if text.starts_with(LET_GO)
                && let Some(at) = let_go_of(&text)
            {
                snapshots.remove(&at);
            }
            named.extend(ids(&text));
            Ok::<_, Failure>(())
        })
        .or_fail(DOING)??;
        if link.seq != head.seq || link.hash != head.hash {
            return Err(corrupt(format!(
                "the events of {run} do not end where its head says"
            )));
        }
        all.extend(named);
        all.extend(snapshots.into_values().flatten());
        Ok(())
    }

    /// Keeps those ids that are of objects.
    fn listed(&self, ids: impl IntoIterator<Item = BlobId>) -> Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for id in ids {
            if self.packs.lists(&id)? || self.aliases.find(&id)?.is_some() {
                kept.push(Kept::Node(id));
            }
        }
        Ok(kept)
    }
}

impl Living for Needed<'_> {
    fn roots(&self) -> Result<Vec<Kept>> {
        let connection = connection::reader(self.log)?;
        // One transaction: a run and what was forked from it are seen at the same moment.
        let snapshot = connection.unchecked_transaction().or_fail(DOING)?;
        let mut named = BTreeSet::new();
        for (run, head) in runs(&snapshot).or_fail(DOING)? {
            self.add_run(&snapshot, run, &head, &mut named)
                .map_err(|failure| {
                    if failure.kind == FailureKind::Corrupt {
                        failure.with_hint("nothing was removed; see `venom doctor --repair`")
                    } else {
                        failure
                    }
                })?;
        }
        self.packs.look_again()?;
        self.listed(named)
    }

    fn children(&self, id: &BlobId) -> Result<Vec<Kept>> {
        // What was imported is named in events as it was named elsewhere.
        let here = if self.packs.lists(id)? {
            None
        } else {
            self.aliases.find(id)?
        };
        let bytes = match self.packs.read(here.as_ref().unwrap_or(id)) {
            Ok(bytes) => bytes,
            // It is told as missing, and names nothing any more.
            Err(failure) if failure.kind == FailureKind::Missing => return Ok(Vec::new()),
            Err(failure) if failure.kind == FailureKind::Corrupt => {
                return Err(failure.with_hint("nothing was removed; see `venom doctor --repair`"));
            }
            Err(failure) => return Err(failure),
        };
        if let Ok(folder) = Folder::decode(&bytes) {
            return Ok(of_folder(&folder));
        }
        if let Ok(times) = Times::decode(&bytes) {
            let inside = times.entries().iter().filter_map(|entry| entry.inside);
            return Ok(inside.map(|id| Kept::Node(id.to_blob())).collect());
        }
        if bytes.len() > SEARCHED || std::str::from_utf8(&bytes).is_err() {
            return Ok(Vec::new());
        }
        let named = self.listed(ids(&bytes))?;
        // What a change set names are files, which name nothing whatever stands in them.
        if serde_json::from_slice::<ChangeSet>(&bytes).is_ok() {
            return Ok(named.into_iter().map(leaf).collect());
        }
        Ok(named)
    }
}

fn leaf(kept: Kept) -> Kept {
    match kept {
        Kept::Leaf(id) | Kept::Node(id) => Kept::Leaf(id),
    }
}

fn of_folder(folder: &Folder) -> Vec<Kept> {
    folder
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::Folder { tree, .. } => Some(Kept::Node(tree.to_blob())),
            Entry::File { blob, .. } => Some(Kept::Leaf(blob.to_blob())),
            Entry::Link { target } => Some(Kept::Leaf(target.to_blob())),
            Entry::Skipped { .. } => None,
        })
        .collect()
}

fn runs(connection: &Connection) -> rusqlite::Result<Vec<(RunId, RunHead)>> {
    let mut statement = connection.prepare("SELECT uid, id, rseq, hash FROM run ORDER BY id")?;
    let runs = statement.query_map([], |row| {
        let head = RunHead {
            id: row.get(1)?,
            seq: uint(row.get(2)?),
            hash: digest(row, 3)?,
        };
        Ok((run_of(row.get(0)?), head))
    })?;
    runs.collect()
}

/// Finds what a snapshot names. The tree that it builds on is named by that snapshot itself, as long as it
/// is needed.
fn of_snapshot(text: &[u8]) -> Vec<BlobId> {
    let mut named = ids(text);
    if let Ok(Event::SnapshotCreated { snapshot, .. }) = serde_json::from_slice(text) {
        let record = snapshot.record();
        let before = record.parent.map(|parent| parent.tree);
        if let Some(before) = before.filter(|before| *before != record.tree) {
            let before = before.to_blob();
            named.retain(|id| *id != before);
        }
    }
    named
}

/// Returns the event with the snapshot that an event lets go of. One that cannot be read lets go of nothing.
fn let_go_of(text: &[u8]) -> Option<u64> {
    match serde_json::from_slice(text) {
        Ok(Event::SnapshotReleased { at, .. }) => Some(at.number()),
        Ok(_) | Err(_) => None,
    }
}

/// Finds what has the form of an id.
fn ids(text: &[u8]) -> Vec<BlobId> {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.split(|byte| !is_digit(byte))
        .filter(|digits| digits.len() == DIGITS)
        .filter_map(|digits| BlobId::new(std::str::from_utf8(digits).ok()?))
        .collect()
}

#[cfg(test)]
mod tests;
