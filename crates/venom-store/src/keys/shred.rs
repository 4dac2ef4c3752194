//! Shredding: destroys the key of one run, so that nobody reads its texts again. Its events stay,
//! and their chain, which covers what is stored and not what it says.
//!
//! What a repair has put aside are copies of the log as it was, with the wrapped key in them. They may be
//! no databases any more, so the key is found there by its form and overwritten.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rusqlite::OptionalExtension as _;
use venom_kernel::id::RunId;
use venom_ports::{Failure, FailureKind, Result};

use super::{DAMAGED, FILES, RUN, Vault, table};
use crate::private;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::uid;

/// Bytes of a wrapped key: version, nonce, key and tag.
const WRAPPED: usize = 61;
/// The first byte of a wrapped key.
const VERSION: u8 = 1;
/// How much of a file is looked through at once. Chosen: it costs nothing to hold.
const WINDOW: usize = 1 << 20;
/// What reaches over the end of a window begins the next one.
const OVERLAP: usize = 4 * WRAPPED;
/// Folders below the one of what was put aside. Chosen: there is one.
const DEPTH: usize = 4;

/// Destroys the key of a run. Tells whether no copy of it is left in the log's files; another
/// process that reads keeps one there until it is done.
pub(crate) fn shred(log: &Path, vault: &Vault, run: RunId) -> Result<bool> {
    let connection = table::open(log)?;
    let mut wrapped = Vec::new();
    table::transaction(&connection, || {
        let owner: Option<Option<String>> = connection
            .query_row(
                "SELECT owner FROM lease WHERE run = ?1",
                [uid(run)],
                |row| row.get(0),
            )
            .optional()
            .or_fail("reading leases")?;
        if owner.flatten().is_some() {
            let text = format!("{run} is being worked on");
            return Err(Failure::new(FailureKind::Conflict, text)
                .with_hint(format!("`venom cancel {run}` ends it")));
        }
        // The workspace keeps its key; the run has no use for the copy any more.
        table::replace(&connection, FILES, &uid(run), None)?;
        for kind in [RUN, DAMAGED] {
            match table::get(&connection, kind, &uid(run))? {
                table::Row::Wrapped(bytes) => {
                    table::replace(&connection, kind, &uid(run), None)?;
                    wrapped.push(bytes);
                }
                table::Row::Shredded => {}
                table::Row::Absent if kind == DAMAGED => {}
                table::Row::Absent => {
                    let text =
                        format!("{run} has no key: it is unknown, or was begun without encryption");
                    return Err(Failure::new(FailureKind::Missing, text)
                        .with_hint("only runs that were begun with a master key can be shredded"));
                }
            }
        }
        Ok(())
    })?;
    vault.forget(run);
    let is_clean = table::truncate(&connection)?;
    let data = log.parent().unwrap_or_else(|| Path::new("."));
    wipe_copies(data, &Traces::of(run, wrapped))?;
    Ok(is_clean)
}

/// What the wrapped key of a run is found by.
struct Traces {
    /// What stands before it in a row.
    before: Vec<Vec<u8>>,
    /// What it is now; with another master key it was something else.
    now: Vec<Vec<u8>>,
}

impl Traces {
    fn of(run: RunId, now: Vec<Vec<u8>>) -> Self {
        let row = |kind: &str| [kind.as_bytes(), &uid(run)].concat();
        Self {
            before: vec![row(RUN), row(DAMAGED)],
            now: now.into_iter().filter(|bytes| bytes.len() > 16).collect(),
        }
    }

    /// Returns the ranges of wrapped keys.
    fn ranges(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut ranges = Vec::new();
        for before in &self.before {
            for at in places(bytes, before) {
                let at = at + before.len();
                if bytes.get(at) == Some(&VERSION) {
                    ranges.push((at, WRAPPED.min(bytes.len() - at)));
                }
            }
        }
        for now in &self.now {
            ranges.extend(places(bytes, now).into_iter().map(|at| (at, now.len())));
        }
        ranges
    }
}

fn places(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    let found = bytes.windows(needle.len()).enumerate();
    found
        .filter(|(_, window)| *window == needle)
        .map(|(at, _)| at)
        .collect()
}

/// Overwrites the key in what a repair has put aside, and in a new log that it has not finished.
fn wipe_copies(data: &Path, traces: &Traces) -> Result<()> {
    let mut files = vec![data.join("log.db.mending"), data.join("log.db.mending-wal")];
    list(&data.join("aside"), DEPTH, &mut files)?;
    for file in files {
        wipe(&file, traces).map_err(|error| {
            private::failure(
                &format!(
                    "the key is destroyed in the log, but cannot be in {}",
                    file.display()
                ),
                &error,
            )
            .with_hint(format!("remove it: `rm {}`", file.display()))
        })?;
    }
    Ok(())
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let doing = format!("cannot look through {}", folder.display());
            return Err(private::failure(&doing, &error));
        }
    };
    for entry in entries.flatten() {
        let kind = entry.file_type();
        if kind.as_ref().is_ok_and(fs::FileType::is_file) {
            files.push(entry.path());
        } else if depth > 0 && kind.is_ok_and(|kind| kind.is_dir()) {
            list(&entry.path(), depth - 1, files)?;
        }
    }
    Ok(())
}

fn wipe(path: &Path, traces: &Traces) -> std::io::Result<()> {
    let file = match File::options().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut window = vec![0; WINDOW + OVERLAP];
    let (mut from, mut is_changed) = (0_u64, false);
    loop {
        let mut filled = 0;
        while let Some(rest) = window.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, from + filled as u64) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let bytes = window.get(..filled).unwrap_or_default();
        for (at, length) in traces.ranges(bytes) {
            file.write_all_at(&vec![0; length], from + at as u64)?;
            is_changed = true;
        }
        if filled < window.len() {
            break;
        }
        from += WINDOW as u64;
    }
    if is_changed { file.sync_all() } else { Ok(()) }
}
