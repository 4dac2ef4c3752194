//! A workspace in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use venom_kernel::change::{ChangeSet, EntryState, FileState, RelPath};
use venom_ports::blob::BlobStore;
use venom_ports::workspace::{Entry, EntryKind, FileBytes, Files, Listing, Walk, Workspace, part};
use venom_ports::{Failure, FailureKind, Result};

/// Files in memory; folders exist where files are. Globs and ignore rules are not known to it.
#[derive(Debug)]
pub struct MemoryWorkspace {
    root: PathBuf,
    files: Mutex<BTreeMap<String, FileBytes>>,
}

impl MemoryWorkspace {
    /// Makes a workspace with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| {
                (
                    (*path).to_owned(),
                    FileBytes {
                        bytes: text.as_bytes().to_vec(),
                        mode: 0o644,
                    },
                )
            })
            .collect();
        Self {
            root: PathBuf::from("/memory"),
            files: Mutex::new(files),
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, FileBytes>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a file's text.
    pub fn text(&self, path: &str) -> Option<String> {
        self.files()
            .get(path)
            .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
    }

    /// Changes a file as somebody else would.
    pub fn set(&self, path: &str, text: &str) {
        let file = FileBytes {
            bytes: text.as_bytes().to_vec(),
            mode: 0o644,
        };
        self.files().insert(path.to_owned(), file);
    }

    fn state_of(&self, path: &str, blobs: &dyn BlobStore) -> Option<FileState> {
        self.files().get(path).map(|file| FileState {
            blob: blobs.id_of(&file.bytes),
            mode: file.mode,
            entry: EntryState::File,
        })
    }
}

#[async_trait]
impl Files for MemoryWorkspace {
    async fn read(&self, path: &RelPath, limit: u64) -> Result<FileBytes> {
        match self.files().get(path.as_str()) {
            Some(file) if file.bytes.len() as u64 > limit => Err(Failure::new(
                FailureKind::Refused,
                format!("{path} is too large"),
            )),
            Some(file) => Ok(file.clone()),
            None => Err(Failure::new(
                FailureKind::Missing,
                format!("there is no file {path}"),
            )),
        }
    }

    async fn read_part(&self, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>> {
        let read = self.read(path, u64::MAX).await?;
        Ok(part(&read.bytes, from, most))
    }

    async fn stat(&self, path: &RelPath) -> Result<Option<Entry>> {
        Ok(self.files().get(path.as_str()).map(|file| Entry {
            path: path.clone(),
            kind: EntryKind::File,
            size: file.bytes.len() as u64,
        }))
    }

    async fn walk(&self, walk: Walk) -> Result<Listing> {
        let mut entries: BTreeMap<RelPath, Entry> = BTreeMap::new();
        for (path, file) in self.files().iter() {
            let Ok(path) = RelPath::new(path) else {
                continue;
            };
            let parts: Vec<&str> = path.as_str().split('/').collect();
            for end in 1..parts.len() {
                let folder = parts
                    .iter()
                    .take(end)
                    .copied()
                    .collect::<Vec<_>>()
                    .join("/");
                if let Ok(folder) = RelPath::new(&folder) {
                    let entry = Entry {
                        path: folder.clone(),
                        kind: EntryKind::Folder,
                        size: 0,
                    };
                    entries.insert(folder, entry);
                }
            }
            let size = file.bytes.len() as u64;
            entries.insert(
                path.clone(),
                Entry {
                    path,
                    kind: EntryKind::File,
                    size,
                },
            );
        }
        let truncated = entries.len() > walk.limit;
        let entries = entries.into_values().take(walk.limit).collect();
        Ok(Listing {
            entries,
            truncated,
            unreadable: Vec::new(),
        })
    }
}

#[async_trait]
impl Workspace for MemoryWorkspace {
    fn root(&self) -> &Path {
        &self.root
    }

    async fn apply(&self, changes: &ChangeSet, blobs: &dyn BlobStore) -> Result<Vec<RelPath>> {
        let mut conflicts = Vec::new();
        let mut open = Vec::new();
        let mut begun = false;
        for change in changes.changes() {
            let now = self.state_of(change.path.as_str(), blobs);
            if now == change.after {
                begun = true;
            } else if now == change.before {
                open.push(change);
            } else {
                conflicts.push(change.path.clone());
            }
        }
        if !conflicts.is_empty() && !begun {
            return Ok(conflicts);
        }
        for change in open {
            let path = change.path.as_str().to_owned();
            match &change.after {
                Some(after) => {
                    let bytes = blobs.get(&after.blob).await?;
                    self.files().insert(
                        path,
                        FileBytes {
                            bytes,
                            mode: after.mode,
                        },
                    );
                }
                None => {
                    self.files().remove(&path);
                }
            }
        }
        Ok(conflicts)
    }
}
