//! Staging: a step's edits over its workspace, kept in memory until the engine commits them, and beyond a
//! measure of that in the content store, where they have to be by then.
//!
//! The first look at a path is remembered: a staged edit says "I expect what I saw then", so that
//! somebody else's edit between the look and the commit is found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use venom_kernel::change::{Change, ChangeSet, EntryState, FileState, RelPath};
use venom_kernel::confine::Fence;
use venom_kernel::digest::BlobId;
use venom_ports::blob::BlobStore;
use venom_ports::workspace::{
    Entry, EntryKind, FileBytes, Files, Listing, Staging, Walk, Workspace, part,
};
use venom_ports::{Failure, FailureKind, Result};

/// How many bytes of staged files are held in memory. Chosen: the edits of nearly every step; what is staged
/// beyond them goes to the content store at once.
const HELD: usize = 64 << 20;
/// A file that is to be edited must be smaller.
const LARGEST: u64 = 64 << 20;
/// Permission bits of a new file.
const NEW_MODE: u32 = 0o644;

/// What was there when a path was first looked at.
type Seen = Option<FileState>;

#[derive(Default)]
struct Edits {
    seen: BTreeMap<RelPath, Seen>,
    staged: BTreeMap<RelPath, Option<Staged>>,
    /// How many bytes of them are held.
    held: usize,
}

/// What a file is to be.
#[derive(Clone)]
enum Staged {
    Held(FileBytes),
    Stored { blob: BlobId, mode: u32, size: u64 },
}

impl Staged {
    const fn size(&self) -> u64 {
        match self {
            Self::Held(file) => file.bytes.len() as u64,
            Self::Stored { size, .. } => *size,
        }
    }
}

/// A workspace with edits staged over it.
pub(crate) struct StagedWorkspace {
    base: Arc<dyn Workspace>,
    blobs: Arc<dyn BlobStore>,
    edits: Mutex<Edits>,
    /// What is neither seen nor changed.
    fence: Fence,
}

impl StagedWorkspace {
    pub(crate) fn new(base: Arc<dyn Workspace>, blobs: Arc<dyn BlobStore>) -> Self {
        Self {
            base,
            blobs,
            edits: Mutex::new(Edits::default()),
            fence: Fence::default(),
        }
    }

    /// Keeps what is behind a fence from being seen and changed.
    pub(crate) fn behind(mut self, fence: Fence) -> Self {
        self.fence = fence;
        self
    }

    fn refuse_hidden(&self, path: &RelPath) -> Result<()> {
        if !self.fence.hides(path) {
            return Ok(());
        }
        Err(Failure::new(
            FailureKind::Refused,
            format!("{path} is hidden: it may hold secrets, which no model is shown"),
        ))
    }

    /// Refuses paths that nobody but the user and git itself may edit.
    fn refuse_protected(&self, path: &RelPath) -> Result<()> {
        let why = if self.fence.keeps(path) {
            Some("programs or models act on it, or it may hold secrets")
        } else {
            venom_kernel::policy::protected(path)
        };
        match why {
            Some(why) => Err(Failure::new(
                FailureKind::Refused,
                format!("{path} is not edited by a step: {why}"),
            )
            .with_hint("edit it by hand if that is what you want; instructions for agents and files of CI are open to a goal that names them")),
            None => Ok(()),
        }
    }

    fn edits(&self) -> std::sync::MutexGuard<'_, Edits> {
        self.edits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a file from below and remembers it if it was never looked at.
    async fn base_read(&self, path: &RelPath, limit: u64) -> Result<FileBytes> {
        let read = self.base.read(path, limit).await;
        let seen = match &read {
            Ok(file) => Some(Some(FileState {
                blob: self.blobs.id_of(&file.bytes),
                mode: file.mode,
                entry: EntryState::File,
            })),
            Err(failure) if failure.kind == FailureKind::Missing => Some(None),
            Err(_) => None,
        };
        if let Some(seen) = seen {
            self.edits().seen.entry(path.clone()).or_insert(seen);
        }
        read
    }

    /// Returns the mode of what is there before an edit.
    async fn look(&self, path: &RelPath) -> Result<Option<u32>> {
        match self.base_read(path, LARGEST).await {
            Ok(file) => Ok(Some(file.mode)),
            Err(failure) if failure.kind == FailureKind::Missing => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Stores what was there and what is to be there, and returns the edits that change something.
    pub(crate) async fn into_changes(self: Arc<Self>) -> Result<ChangeSet> {
        let (staged, seen) = {
            let mut edits = self.edits();
            (
                std::mem::take(&mut edits.staged),
                std::mem::take(&mut edits.seen),
            )
        };
        let mut changes = Vec::with_capacity(staged.len());
        for (path, file) in staged {
            let before = seen.get(&path).cloned().flatten();
            let after = match file {
                Some(Staged::Held(file)) => {
                    let blob = self.blobs.id_of(&file.bytes);
                    let same = before
                        .as_ref()
                        .is_some_and(|b| b.blob == blob && b.mode == file.mode);
                    if same {
                        continue;
                    }
                    Some(FileState {
                        blob: self.blobs.put(file.bytes).await?,
                        mode: file.mode,
                        entry: EntryState::File,
                    })
                }
                Some(Staged::Stored { blob, mode, .. }) => Some(FileState {
                    blob,
                    mode,
                    entry: EntryState::File,
                }),
                None => None,
            };
            if before == after {
                continue;
            }
            if let Some(expected) = &before {
                // The undo record; the file may have changed since, and then the commit will say so.
                let now = self.base.read(&path, LARGEST).await;
                match now {
                    Ok(file) if self.blobs.id_of(&file.bytes) == expected.blob => {
                        self.blobs.put(file.bytes).await?;
                    }
                    Ok(_) | Err(_) => {}
                }
            }
            changes.push(Change {
                path,
                before,
                after,
            });
        }
        Ok(ChangeSet::new(changes))
    }
}

#[async_trait]
impl Files for StagedWorkspace {
    async fn read(&self, path: &RelPath, limit: u64) -> Result<FileBytes> {
        self.refuse_hidden(path)?;
        let staged = self.edits().staged.get(path).cloned();
        match staged {
            Some(Some(file)) if file.size() > limit => Err(Failure::new(
                FailureKind::Refused,
                format!("{path} is larger than {limit} bytes"),
            )),
            Some(Some(Staged::Held(file))) => Ok(file),
            Some(Some(Staged::Stored { blob, mode, .. })) => Ok(FileBytes {
                bytes: self.blobs.get(&blob).await?,
                mode,
            }),
            Some(None) => Err(Failure::new(
                FailureKind::Missing,
                format!("there is no file {path}"),
            )),
            None => self.base_read(path, limit).await,
        }
    }

    async fn read_part(&self, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>> {
        self.refuse_hidden(path)?;
        // No edit can come of a part, so what was seen need not be remembered.
        let is_staged = self.edits().staged.contains_key(path);
        if !is_staged {
            return self.base.read_part(path, from, most).await;
        }
        let read = self.read(path, u64::MAX).await?;
        Ok(part(&read.bytes, from, most))
    }

    async fn stat(&self, path: &RelPath) -> Result<Option<Entry>> {
        let staged = self.edits().staged.get(path).map(|file| {
            file.as_ref().map(|file| Entry {
                path: path.clone(),
                kind: EntryKind::File,
                size: file.size(),
            })
        });
        match staged {
            Some(entry) => Ok(entry),
            None => self.base.stat(path).await,
        }
    }

    async fn walk(&self, walk: Walk) -> Result<Listing> {
        let under = walk.under.clone();
        let narrowed = !walk.globs.is_empty() || walk.depth.is_some();
        let mut listing = self.base.walk(walk).await?;
        listing
            .entries
            .retain(|entry| !self.fence.hides(&entry.path));
        let edits = self.edits();
        if edits.staged.is_empty() {
            return Ok(listing);
        }
        listing
            .entries
            .retain(|entry| edits.staged.get(&entry.path).is_none_or(Option::is_some));
        let mut new = Vec::new();
        for (path, file) in &edits.staged {
            let Some(file) = file else { continue };
            let size = file.size();
            // By path, as a listing is and as this one stays.
            let at = listing
                .entries
                .binary_search_by(|entry| entry.path.cmp(path));
            match at.map(|at| listing.entries.get_mut(at)) {
                Ok(Some(entry)) => entry.size = size,
                // New files show up in plain walks; a narrowed one is the base's to judge.
                Err(_) if !narrowed && is_under(path, &under) => new.push(Entry {
                    path: path.clone(),
                    kind: EntryKind::File,
                    size,
                }),
                Ok(None) | Err(_) => {}
            }
        }
        listing.entries.append(&mut new);
        listing.entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(listing)
    }
}

fn is_under(path: &RelPath, folder: &RelPath) -> bool {
    folder.is_root()
        || path
            .as_str()
            .strip_prefix(folder.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl StagedWorkspace {
    /// Stages a file with these bytes and the permission bits that follow from those it has.
    async fn stage(
        &self,
        path: &RelPath,
        bytes: Vec<u8>,
        mode: impl FnOnce(Option<u32>) -> u32,
    ) -> Result<()> {
        if path.is_root() {
            return Err(Failure::new(
                FailureKind::Refused,
                "the workspace itself is no file",
            ));
        }
        self.refuse_protected(path)?;
        let mode = mode(self.look(path).await?);
        let size = bytes.len();
        let is_held = self.edits().held.saturating_add(size) <= HELD;
        let staged = if is_held {
            Staged::Held(FileBytes { bytes, mode })
        } else {
            Staged::Stored {
                blob: self.blobs.put(bytes).await?,
                mode,
                size: size as u64,
            }
        };
        let mut edits = self.edits();
        if is_held {
            edits.held += size;
        }
        let before = edits.staged.insert(path.clone(), Some(staged));
        if let Some(Some(Staged::Held(before))) = before {
            edits.held = edits.held.saturating_sub(before.bytes.len());
        }
        Ok(())
    }
}

#[async_trait]
impl Staging for StagedWorkspace {
    async fn write(&self, path: &RelPath, bytes: Vec<u8>) -> Result<()> {
        self.stage(path, bytes, |mode| mode.unwrap_or(NEW_MODE))
            .await
    }

    async fn write_as(&self, path: &RelPath, bytes: Vec<u8>, is_executable: bool) -> Result<()> {
        self.stage(path, bytes, |mode| {
            let mode = mode.unwrap_or(NEW_MODE);
            if is_executable {
                // Whoever may read it may execute it.
                mode | ((mode & 0o444) >> 2)
            } else {
                mode & !0o111
            }
        })
        .await
    }

    async fn remove(&self, path: &RelPath) -> Result<()> {
        self.refuse_protected(path)?;
        let staged = self.edits().staged.get(path).map(Option::is_some);
        let there = match staged {
            Some(there) => there,
            None => self.look(path).await?.is_some(),
        };
        if !there {
            return Err(Failure::new(
                FailureKind::Missing,
                format!("there is no file {path}"),
            ));
        }
        let mut edits = self.edits();
        if let Some(Some(Staged::Held(before))) = edits.staged.insert(path.clone(), None) {
            edits.held = edits.held.saturating_sub(before.bytes.len());
        }
        Ok(())
    }
}
