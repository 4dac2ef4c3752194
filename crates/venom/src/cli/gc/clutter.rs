//! What lies about in the data folder beside log and contents: caches, scratch, layers, copies.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use venom_exec::capture::DirSnapshots;
use venom_exec::sandbox::sweep_layers;
use venom_ports::projection::RunRow;

use crate::config::paths::Paths;

/// Whatever was not touched for so long belongs to no call that is under way. Chosen: no call lasts a
/// day.
const AGE: Duration = Duration::from_hours(24);

/// What was freed of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Freed {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

/// What is to be removed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Also the working copies of runs that are over.
    pub(super) with_copies: bool,
    /// Nothing: it is only counted.
    pub(super) is_dry: bool,
}

/// Removes what lies about, or counts it, by class.
pub(super) fn sweep(paths: &Paths, rows: &[RunRow], wanted: Wanted) -> Vec<(&'static str, Freed)> {
    let is_dry = wanted.is_dry;
    // A cache is not believed once objects were removed, so none of them is of use.
    let caches = remove(files(&paths.data().join(DirSnapshots::CACHES)), is_dry);
    let scratch = remove(old(&paths.scratch()), is_dry);
    let layers = layers(&paths.layers(), is_dry);
    let copies = if wanted.with_copies {
        remove(ended(&paths.copies(), rows), is_dry)
    } else {
        Freed::default()
    };
    vec![
        ("caches", caches),
        ("scratch", scratch),
        ("layers", layers),
        ("copies", copies),
    ]
}

fn entries(folder: &Path) -> impl Iterator<Item = std::fs::DirEntry> {
    std::fs::read_dir(folder).into_iter().flatten().flatten()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    entries(folder)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .collect()
}

fn is_old(entry: &std::fs::DirEntry) -> bool {
    entry
        .metadata()
        .and_then(|entry| entry.modified())
        .is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|age| age > AGE)
        })
}

fn old(folder: &Path) -> Vec<PathBuf> {
    entries(folder)
        .filter(is_old)
        .map(|entry| entry.path())
        .collect()
}

/// Returns the copies of which every run has ended, and those of no run that are old.
fn ended(copies: &Path, rows: &[RunRow]) -> Vec<PathBuf> {
    let real = copies.canonicalize().unwrap_or_else(|_| copies.to_owned());
    entries(&real)
        .filter(|entry| {
            let path = entry.path();
            let mut of_it = rows
                .iter()
                .filter(|row| Path::new(&row.workspace).starts_with(&path))
                .peekable();
            if of_it.peek().is_none() {
                return is_old(entry);
            }
            of_it.all(|row| row.outcome.is_some())
        })
        .map(|entry| entry.path())
        .collect()
}

/// Layers have folders without permissions in them, which only the sandbox knows how to remove.
fn layers(folder: &Path, is_dry: bool) -> Freed {
    let found = old(folder);
    let freed = remove(found.clone(), true);
    if is_dry || found.is_empty() {
        return freed;
    }
    sweep_layers(folder, AGE);
    let left = remove(
        found.into_iter().filter(|path| path.exists()).collect(),
        true,
    );
    Freed {
        entries: freed.entries.saturating_sub(left.entries),
        bytes: freed.bytes.saturating_sub(left.bytes),
    }
}

/// Removes paths with all that is in them; what cannot be removed is not counted.
fn remove(paths: Vec<PathBuf>, is_dry: bool) -> Freed {
    let mut freed = Freed::default();
    for path in paths {
        let bytes = weight(&path);
        let is_folder = std::fs::symlink_metadata(&path).is_ok_and(|at| at.is_dir());
        let removed = if is_dry {
            Ok(())
        } else if is_folder {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        match removed {
            Ok(()) => {
                freed.entries += 1;
                freed.bytes += bytes;
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "not removed");
            }
        }
    }
    freed
}

/// Returns what a path takes on the disk. Links are not followed.
fn weight(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0_u64;
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let Ok(found) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        bytes = bytes.saturating_add(found.blocks().saturating_mul(512));
        if found.is_dir() {
            open.extend(entries(&path).map(|entry| entry.path()));
        }
    }
    bytes
}
