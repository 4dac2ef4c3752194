//! What the last capture of a workspace saw, so that the next one reads only what changed.
//!
//! A folder whose timestamps are those of last time has the same names in it, so it is neither listed
//! nor matched against ignore files again; a file whose size, inode, mode and timestamps are those of
//! last time has the same content. Timestamps that were too young to tell are marked and not trusted.
//! The cache is a convenience: it is checked as a whole before it is used, and a capture without it
//! gives the same tree.

mod code;

use std::path::{Path, PathBuf};

use venom_kernel::tree::{Name, ObjectId, Skip, TreePath};
use venom_ports::blob::Objects;
use venom_ports::snapshot::Print;

/// What the last capture saw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cache {
    /// How often objects had been removed from the store; see [`Objects::removals`].
    pub(super) removals: u64,
    /// The device of the root.
    pub(super) device: u64,
    /// The root first; others by number.
    pub(super) folders: Vec<CachedFolder>,
    /// The indexes of repositories.
    pub(super) indexes: Vec<CachedIndex>,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachedFolder {
    pub(super) print: Print,
    pub(super) is_racy: bool,
    /// What decided which entries are there; see `scan`.
    pub(super) rules: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) times: ObjectId,
    /// In the order of their names.
    pub(super) entries: Vec<CachedEntry>,
    pub(super) rule_files: [Option<CachedRules>; 2],
    pub(super) has_repository: bool,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachedEntry {
    pub(super) name: Name,
    pub(super) print: Print,
    pub(super) node: Node,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    File { blob: ObjectId, is_racy: bool },
    Link { target: ObjectId, is_racy: bool },
    Folder(u32),
    Skipped(Skip),
}

/// An ignore file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CachedRules {
    pub(super) print: Print,
    pub(super) is_racy: bool,
    pub(super) id: ObjectId,
}

/// The index of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachedIndex {
    pub(super) repository: TreePath,
    pub(super) print: Print,
    pub(super) is_racy: bool,
    pub(super) id: ObjectId,
}

impl Cache {
    /// Returns the folder with a number.
    pub(super) fn folder(&self, number: u32) -> Option<&CachedFolder> {
        self.folders.get(usize::try_from(number).ok()?)
    }

    /// Returns what the capture saw at a path.
    pub(crate) fn print(&self, path: &TreePath) -> Option<Print> {
        let mut folder = self.folders.first()?;
        let mut print = folder.print;
        let mut is_folder = true;
        for part in path.parts() {
            if !is_folder {
                return None;
            }
            let entry = folder.entry(part)?;
            print = entry.print;
            match entry.node {
                Node::Folder(number) => folder = self.folder(number)?,
                Node::File { .. } | Node::Link { .. } | Node::Skipped(_) => is_folder = false,
            }
        }
        Some(print)
    }

    /// Reads the cache of a workspace; `None` if there is none that can be trusted.
    pub(super) fn load(path: &Path, objects: &dyn Objects) -> Option<Self> {
        let cache = code::decode(&std::fs::read(path).ok()?, objects)?;
        cache.is_whole(objects).then_some(cache)
    }

    /// Tells whether everything that the cache names is in the store, and keeps it there for as long
    /// as this process runs. Whoever removes objects keeps what a kept root reaches and nothing else;
    /// so a root that is there says nothing if something was removed since it was remembered.
    pub(super) fn is_whole(&self, objects: &dyn Objects) -> bool {
        let Some(root) = self.folders.first() else {
            return false;
        };
        let holds = |id: ObjectId| objects.holds(&id.to_blob()).unwrap_or_default();
        let are_held = holds(root.tree)
            && holds(root.times)
            && self.indexes.iter().all(|index| holds(index.id));
        // Asked last: what is held by now is not removed any more.
        are_held && objects.removals().is_ok_and(|now| now == self.removals)
    }

    /// Writes the cache. It need not survive a power loss, only be whole or not there.
    pub(super) fn save(&self, path: &Path, objects: &dyn Objects) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        make_private(folder)?;
        // Two processes may write at once; the last one wins.
        let temporary = PathBuf::from(format!("{}.{}", path.display(), std::process::id()));
        std::fs::write(&temporary, code::encode(self, objects))?;
        std::fs::rename(&temporary, path)
    }
}

impl CachedFolder {
    /// Returns the entry with a name.
    pub(super) fn entry(&self, name: &[u8]) -> Option<&CachedEntry> {
        let found = self
            .entries
            .binary_search_by(|entry| entry.name.as_bytes().cmp(name));
        self.entries.get(found.ok()?)
    }
}

/// Makes a folder that only its owner may look into: names of files tell much.
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(test)]
mod tests;
