//! A folder of values that can be worked out again.
//!
//! Each value is a file of its own, written beside its place and renamed into it, so that a reader
//! sees the old value or the new one. Nothing is synced: after a power loss a value may be damaged,
//! and whoever reads it checks it.

use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use venom_ports::cache::Cache;

/// The largest value. Chosen: a hundredth of a map of 100,000 files is a tenth of it.
const LARGEST: usize = 64 << 20;

/// The most that is kept in all. Chosen: ten maps of 100,000 files.
const ALL: u64 = 1 << 30;

/// After how many writes of one process the folder is measured again. Chosen: a map is written in at
/// most so many pieces.
const MEASURED: u64 = 64;

/// After how long a file that was never renamed is nobody's. Chosen: no write lasts an hour.
const FORGOTTEN: Duration = Duration::from_hours(1);

/// Keeps values in a folder that only its owner may look into.
#[derive(Debug)]
pub struct FolderCache {
    folder: PathBuf,
    all: u64,
    written: AtomicU64,
}

impl FolderCache {
    /// Keeps values in a folder; it is made when the first one is kept.
    pub fn new(folder: PathBuf) -> Self {
        Self::bounded(folder, ALL)
    }

    /// The same with another bound on the sum of all values.
    pub fn bounded(folder: PathBuf, all: u64) -> Self {
        Self {
            folder,
            all,
            written: AtomicU64::new(0),
        }
    }

    fn write(&self, key: &str, bytes: &[u8]) -> std::io::Result<()> {
        use std::io::Write as _;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        if count.is_multiple_of(MEASURED) {
            self.sweep();
        }
        let temporary = self
            .folder
            .join(format!("{key}.{}-{count}.new", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        let done = file
            .write_all(bytes)
            .and_then(|()| std::fs::rename(&temporary, self.folder.join(key)));
        if done.is_err() {
            discard(&temporary);
        }
        done
    }

    /// Throws away what a killed process left, and the oldest values beyond the bound.
    fn sweep(&self) {
        let now = SystemTime::now();
        let mut values: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let at = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let path = entry.path();
            if path.extension().is_some_and(|end| end == "new") {
                if now.duration_since(at).is_ok_and(|age| age > FORGOTTEN) {
                    discard(&path);
                }
            } else {
                values.push((at, metadata.len(), path));
            }
        }
        values.sort();
        let mut sum: u64 = values.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in values {
            if sum <= self.all {
                break;
            }
            discard(&path);
            sum = sum.saturating_sub(size);
        }
    }
}

fn discard(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(%error, path = %path.display(), "a cached value was not removed");
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 100
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl Cache for FolderCache {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        use std::io::Read as _;
        if !is_key(key) {
            return None;
        }
        let file = std::fs::File::open(self.folder.join(key)).ok()?;
        let mut bytes = Vec::new();
        let limit = LARGEST as u64 + 1;
        file.take(limit).read_to_end(&mut bytes).ok()?;
        (bytes.len() <= LARGEST).then_some(bytes)
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        if !is_key(key) || bytes.len() > LARGEST {
            return;
        }
        if let Err(error) = self.write(key, bytes) {
            tracing::debug!(%error, key, "a value was not cached");
        }
    }
}

/// Keeps values as long as the process lives: what is encrypted on disk must not lie beside it in
/// the clear.
#[derive(Debug, Default)]
pub struct MemoryCache {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Cache for MemoryCache {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.values.lock().ok()?.get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        if !is_key(key) || bytes.len() > LARGEST {
            return;
        }
        if let Ok(mut values) = self.values.lock() {
            values.insert(key.to_owned(), bytes.to_owned());
            let sum: usize = values.values().map(Vec::len).sum();
            if sum as u64 > ALL {
                values.retain(|kept, _| kept == key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
