//! The workspace: the folder that a run works in.

use std::path::Path;

use async_trait::async_trait;
use venom_kernel::change::{ChangeSet, RelPath};
use venom_kernel::time::Timestamp;

use crate::Result;
use crate::blob::BlobStore;

/// A file's bytes and permission bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBytes {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The permission bits (the lower twelve of the mode).
    pub mode: u32,
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link; it is never followed.
    Link,
    /// Something else: a socket, a device, a pipe.
    Other,
}

/// One entry of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub path: RelPath,
    /// What it is.
    pub kind: EntryKind,
    /// Its size in bytes.
    pub size: u64,
}

/// Which entries a walk gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Where it begins.
    pub under: RelPath,
    /// Patterns that paths must fit; none means all. Matched against the whole relative path, and
    /// against the name alone for patterns without a slash. What fits a pattern with a `!` in front is
    /// left out; where all have one, everything else is given.
    pub globs: Vec<String>,
    /// Whether files that `.gitignore` and its kin exclude are given too.
    pub ignored: bool,
    /// Whether hidden files are given too. `.git` never is.
    pub hidden: bool,
    /// Deepest level below `under`; `None` means all.
    pub depth: Option<usize>,
    /// The most entries. Where there are more, the first by path are given and the listing says so.
    pub limit: usize,
}

/// The most entries that are listed when nobody says how many. Chosen: ten times the largest workspaces that are
/// common; they take some hundred megabytes.
pub const ENTRIES: usize = 1_000_000;

impl Default for Walk {
    fn default() -> Self {
        Self {
            under: RelPath::root(),
            globs: Vec::new(),
            ignored: false,
            hidden: false,
            depth: None,
            limit: ENTRIES,
        }
    }
}

/// What a walk gave, in the order of the paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Whether there would have been more than the limit.
    pub truncated: bool,
    /// Folders that could not be read.
    pub unreadable: Vec<RelPath>,
}

/// Reads a workspace. No verb follows a symbolic link or leaves the root.
#[async_trait]
pub trait Files: Send + Sync {
    /// Returns a file. `Missing` if there is none; `Refused` if it is no regular file, is larger
    /// than `limit` bytes or cannot be read.
    async fn read(&self, path: &RelPath, limit: u64) -> Result<FileBytes>;

    /// Returns at most `most` bytes of a file from a position on, fewer only at its end. `Missing` if there
    /// is no file; `Refused` if it is no regular file or cannot be read. Parts that are read one after the
    /// other may be of different files, where somebody changes it meanwhile.
    async fn read_part(&self, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>>;

    /// Returns what stands at a path and its size; `None` if nothing does.
    async fn stat(&self, path: &RelPath) -> Result<Option<Entry>>;

    /// Lists entries.
    async fn walk(&self, walk: Walk) -> Result<Listing>;
}

/// Stages edits over a workspace. Nothing on disk changes; reads and walks show the staged state.
#[async_trait]
pub trait Staging: Files {
    /// Stages a file with these bytes. Permission bits stay as they are; a new file gets 0644.
    async fn write(&self, path: &RelPath, bytes: Vec<u8>) -> Result<()>;

    /// Stages a file with these bytes and says whether it can be executed. Of a file that is there all
    /// other permission bits stay as they are; a new one gets 0755 or 0644, and nothing beside.
    async fn write_as(&self, path: &RelPath, bytes: Vec<u8>, is_executable: bool) -> Result<()>;

    /// Stages the removal of a file. `Missing` if there is none.
    async fn remove(&self, path: &RelPath) -> Result<()>;
}

/// Returns the part of bytes that [`Files::read_part`] is asked for.
pub fn part(bytes: &[u8], from: u64, most: usize) -> Vec<u8> {
    let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
    let until = from.saturating_add(most).min(bytes.len());
    bytes.get(from..until).unwrap_or_default().to_vec()
}

/// The real workspace.
#[async_trait]
pub trait Workspace: Files {
    /// Returns the absolute path of the root.
    fn root(&self) -> &Path;

    /// Returns when what stands at a path was written last; `None` if nothing does, or if the workspace
    /// does not know.
    async fn modified(&self, _path: &RelPath) -> Result<Option<Timestamp>> {
        Ok(None)
    }

    /// Applies a change set and returns the files that it left alone because they are neither what
    /// the set expects nor what it wants. If there is one, and nothing was applied by an earlier
    /// interrupted call, nothing is applied at all. Files that already are what the set wants count
    /// as done, so that the call can be repeated after a crash. Each file is replaced by a rename;
    /// when this returns, the changes survive a power loss.
    async fn apply(&self, changes: &ChangeSet, blobs: &dyn BlobStore) -> Result<Vec<RelPath>>;
}
