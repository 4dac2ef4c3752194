//! Gives a delta to the log: what a change set can say as a change set, the rest by name.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;
use venom_kernel::change::{Change, ChangeSet, EntryState, FileState, RelPath};
use venom_kernel::digest::Digest;
use venom_ports::blob::BlobStore;
use venom_ports::{Failure, FailureKind, Result};

use super::delta::{Delta, Entry, Role, Tally, Verb};
use super::names::shown;
use super::node::{Form, Node};
use super::scan::changed;
use super::tree::Tree;
use crate::workspace::{broken, failure};

/// A delta as the log keeps it. Commit it only after this is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The changes to the project; the bytes before and after are in the blob store.
    pub changes: ChangeSet,
    /// What a change set cannot say, in the order of the paths.
    pub beyond: Vec<Beyond>,
    /// What the ignore files exclude.
    pub outputs: Omitted,
    /// What is below a `.git`.
    pub repository: Omitted,
}

/// A change that a change set cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// The path.
    pub path: PathBuf,
    /// Why.
    pub reason: BeyondReason,
}

/// Why a change set cannot say a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeyondReason {
    /// The path is no text.
    Path,
    /// The file, before or after, is larger than what is stored.
    TooLarge,
}

/// Changes that are counted and not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omitted {
    /// How many of each kind.
    pub tally: Tally,
    /// Digest over the list of paths, forms, modes and sizes.
    pub digest: Digest,
}

/// Which half of a change is meant.
#[derive(Clone, Copy)]
enum Half {
    Before,
    After,
}

const HALVES: [Half; 2] = [Half::Before, Half::After];

/// What folders get that are made for a new file, with the usual umask.
const USUAL_MODE: u32 = 0o755;

/// What the system says of every link.
const LINK_MODE: u32 = 0o777;

impl Delta {
    /// Stores the bytes of the changed files and says the changes. `largest` bounds the bytes that
    /// are in memory at a time, for the blob store takes a blob as a whole.
    ///
    /// `Refused` if the upper folder, `Conflict` if the workspace is not what the scan saw.
    pub async fn hand_over(
        &self,
        upper: &Path,
        lower: &Path,
        blobs: &dyn BlobStore,
        largest: u64,
    ) -> Result<HandOver> {
        let (upper, lower) = (upper.to_path_buf(), lower.to_path_buf());
        let (upper, lower) =
            blocking(move || Ok((Tree::open(&upper)?, Tree::open(&lower)?))).await?;
        let trees = Arc::new((upper, lower));
        let mut changes = Vec::new();
        let mut beyond = Vec::new();
        for entry in self
            .entries
            .iter()
            .filter(|entry| entry.role == Role::Source)
        {
            let path = match self.sayable(entry, largest) {
                Ok(path) => path,
                Err(Some(reason)) => {
                    beyond.push(Beyond {
                        path: entry.path.clone(),
                        reason,
                    });
                    continue;
                }
                Err(None) => continue,
            };
            let mut states = [None, None];
            for (half, state) in HALVES.into_iter().zip(&mut states) {
                *state = match half.of(entry) {
                    Some(node) if self.says(half, entry) => {
                        Some(keep(&trees, half, &entry.path, node, blobs).await?)
                    }
                    Some(_) | None => None,
                };
            }
            let [before, after] = states;
            changes.push(Change {
                path,
                before,
                after,
            });
        }
        Ok(HandOver {
            changes: ChangeSet::new(changes),
            beyond,
            outputs: self.omitted(Role::Output),
            repository: self.omitted(Role::Repository),
        })
    }

    /// Returns the path if a change set can say a change; else the reason, or none if other changes
    /// say it: a new folder that holds something and has the usual mode comes with that. Below a folder
    /// that takes the place of a file each is said, so that it goes when the file comes back.
    fn sayable(
        &self,
        entry: &Entry,
        largest: u64,
    ) -> std::result::Result<RelPath, Option<BeyondReason>> {
        if HALVES.iter().all(|half| !self.says(*half, entry)) {
            return Err(None);
        }
        let mut sizes = HALVES.iter().filter_map(|half| half.of(entry));
        if sizes.any(|node| node.size > largest) {
            return Err(Some(BeyondReason::TooLarge));
        }
        let path = entry.path.to_str().and_then(|text| RelPath::new(text).ok());
        path.ok_or(Some(BeyondReason::Path))
    }

    /// Tells whether a half of a change is said by itself.
    fn says(&self, half: Half, entry: &Entry) -> bool {
        let node = half.of(entry);
        let Some(node) = node.filter(|node| node.form == Form::Folder) else {
            return node.is_some();
        };
        let is_new = matches!(half, Half::After) && entry.old.is_none();
        if !is_new || node.mode != USUAL_MODE || self.is_below_replaced(entry) {
            return true;
        }
        let next = self
            .entries
            .partition_point(|other| other.path <= entry.path);
        let below = self.entries.get(next..).unwrap_or_default();
        let mut below = below
            .iter()
            .take_while(|other| other.path.starts_with(&entry.path));
        !below.any(|other| half.of(other).is_some())
    }

    /// Tells whether a folder above takes the place of something else.
    fn is_below_replaced(&self, entry: &Entry) -> bool {
        entry.path.ancestors().skip(1).any(|above| {
            let at = self
                .entries
                .binary_search_by(|other| other.path.as_path().cmp(above));
            let found = at.ok().and_then(|at| self.entries.get(at));
            found.is_some_and(|found| found.verb() == Verb::Replaced)
        })
    }

    fn omitted(&self, role: Role) -> Omitted {
        let mut list = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.role == role) {
            list.extend_from_slice(entry.path.as_os_str().as_bytes());
            // No name holds a zero, so that no two lists read alike.
            list.push(0);
            for node in [&entry.old, &entry.new] {
                let said = node.as_ref().map_or_else(
                    || "-".to_owned(),
                    |node| format!("{} {:o} {}", node.form as u8, node.mode, node.size),
                );
                list.extend_from_slice(said.as_bytes());
                list.push(b'\n');
            }
        }
        Omitted {
            tally: self.tally(role),
            digest: Digest::of_bytes(&list),
        }
    }
}

impl Half {
    const fn of(self, entry: &Entry) -> Option<&Node> {
        match self {
            Self::Before => entry.old.as_ref(),
            Self::After => entry.new.as_ref(),
        }
    }
}

/// Puts what stands at a path into the blob store.
async fn keep(
    trees: &Arc<(Tree, Tree)>,
    half: Half,
    path: &Path,
    node: &Node,
    blobs: &dyn BlobStore,
) -> Result<FileState> {
    let (bytes, mode, entry) = match node.form {
        Form::Folder => (Vec::new(), node.mode, EntryState::Folder),
        Form::Link => {
            let target = node.target.clone().unwrap_or_default();
            (
                target.into_os_string().into_vec(),
                LINK_MODE,
                EntryState::Link,
            )
        }
        Form::File => {
            let (trees, place, node) = (Arc::clone(trees), path.to_path_buf(), node.clone());
            let mode = node.mode;
            let bytes = blocking(move || read(&trees, half, &place, &node)).await?;
            (bytes, mode, EntryState::File)
        }
        Form::Pipe | Form::Socket | Form::Device => {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("`{}` is {}", shown(path), node.form.words()),
            ));
        }
    };
    Ok(FileState {
        blob: blobs.put(bytes).await?,
        mode,
        entry,
    })
}

fn read(trees: &(Tree, Tree), half: Half, path: &Path, node: &Node) -> Result<Vec<u8>> {
    let (tree, moved) = match half {
        Half::Before => (
            &trees.1,
            Failure::new(
                FailureKind::Conflict,
                format!("`{}` was changed meanwhile", shown(path)),
            ),
        ),
        Half::After => (&trees.0, changed(path)),
    };
    let (file, found) = match tree.file(path) {
        Ok(opened) => opened,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::INVAL) => return Err(moved),
        Err(errno) => return Err(failure(errno, "read", &shown(path))),
    };
    if !node.is_untouched(&found) {
        return Err(moved);
    }
    let bytes = bytes(&file, node.size).map_err(|error| broken(&error, "read", &shown(path)))?;
    let after = rustix::fs::fstat(&file).map_err(|errno| failure(errno, "read", &shown(path)))?;
    if bytes.len() as u64 != node.size || !node.is_untouched(&Node::of(&after)) {
        return Err(moved);
    }
    Ok(bytes)
}

fn bytes(file: &File, size: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Runs something that blocks where it keeps nobody waiting.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::new(
            FailureKind::Internal,
            format!("work on the delta broke down: {error}"),
        )),
    }
}
