//! A log file that is put aside when it is full: `venom.log` becomes `venom.log.1`, that one
//! `venom.log.2`, and so on.
//!
//! Several processes write the same file: each line is one write to a file opened for appending, and
//! a lock is held while files are renamed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FlockOperation, flock};

/// The largest file. From the design: five of these are kept.
const LARGEST: u64 = 10 << 20;
/// How many files are kept beside the one that is written.
const KEPT: u32 = 5;

/// The file that is written now.
pub(super) struct Rotating {
    folder: PathBuf,
    largest: u64,
    file: Mutex<Option<File>>,
}

impl Rotating {
    /// Opens the log of a folder; without one, lines are lost.
    pub(super) fn open(folder: &Path) -> Self {
        Self::with_limit(folder, LARGEST)
    }

    fn with_limit(folder: &Path, largest: u64) -> Self {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let file = made.and_then(|()| append(&current(folder))).ok();
        Self {
            folder: folder.to_owned(),
            largest,
            file: Mutex::new(file),
        }
    }

    /// Writes one line.
    pub(super) fn write(&self, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_mut() else {
            return;
        };
        // A full disk must not stop a run; `venom doctor` looks at the folder.
        let _ = open.write_all(format!("{line}\n").as_bytes());
        if open.metadata().is_ok_and(|file| file.len() > self.largest) {
            *file = self.rotate();
        }
    }

    fn rotate(&self) -> Option<File> {
        let lock = append(&self.folder.join(".lock")).ok()?;
        flock(&lock, FlockOperation::LockExclusive).ok()?;
        let path = current(&self.folder);
        // Another process may have done it while this one waited.
        if std::fs::metadata(&path).is_ok_and(|file| file.size() > self.largest) {
            let numbered = |number: u32| self.folder.join(format!("venom.log.{number}"));
            for number in (1..KEPT).rev() {
                // A file that is not there yet cannot be renamed, and need not be.
                let _ = std::fs::rename(numbered(number), numbered(number + 1));
            }
            let _ = std::fs::rename(&path, numbered(1));
        }
        append(&path).ok()
    }
}

fn current(folder: &Path) -> PathBuf {
    folder.join("venom.log")
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests;
