//! Snapshots of a workspace: taken, compared, and gone back to.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use venom_kernel::snapshot::{Counts, Partial, Repository};
use venom_kernel::tree::{Difference, Entry, ObjectId, Skip, TreePath};

use crate::Result;

/// How much a snapshot may take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards {
    /// Longest file in bytes.
    pub file_bytes: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Files and links.
    pub files: u64,
    /// Folders below each other.
    pub depth: usize,
}

impl Default for Guards {
    /// A file is held in memory while it is stored. The rest is chosen: what takes a minute to read
    /// is more than a workspace of source code is.
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            bytes: 4 << 30,
            files: 200_000,
            depth: 256,
        }
    }
}

/// What a snapshot is taken of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Absolute path of the workspace. The root of the file system, a home and a symbolic link are
    /// refused.
    pub root: PathBuf,
    /// Paths that are taken in although ignore files exclude them: what steps touched. Whatever is
    /// below them is taken in too.
    pub also: Vec<TreePath>,
    /// Limits.
    pub guards: Guards,
}

impl Scope {
    /// A whole workspace within the usual limits.
    pub fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            also: Vec::new(),
            guards: Guards::default(),
        }
    }
}

/// What was captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The root of the tree.
    pub tree: ObjectId,
    /// The root of the times.
    pub times: ObjectId,
    /// How much is in it.
    pub counts: Counts,
    /// What is not.
    pub partial: Partial,
    /// The git repositories inside.
    pub repositories: Vec<Repository>,
    /// Files whose bytes were read; the rest were known from the last time.
    pub read: u64,
}

/// What a restore should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreWish {
    /// What the present is captured of; the paths of `also` count as in a capture.
    pub scope: Scope,
    /// The last tree that the run itself left. What differs from it now is somebody else's edit.
    pub known: ObjectId,
    /// The tree to go back to.
    pub to: ObjectId,
    /// Its times, if what is written is to get its old modification time. Build tools that compare
    /// times then take for fresh what was built of the files that the restore replaces, so this is
    /// for who wants the workspace exactly as it was.
    pub times: Option<ObjectId>,
    /// Paths or patterns to which the restore is confined; none means all. A path stands for
    /// whatever is below it too.
    pub only: Vec<String>,
    /// Whether edits of somebody else are overwritten as well.
    pub edits: Edits,
    /// Whether a tree that lacks something is gone back to as far as it goes.
    pub lacks: Lacks,
}

/// What is done about edits that the run did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edits {
    /// They stay, and are told.
    #[default]
    Keep,
    /// They are overwritten.
    Overwrite,
}

/// What is done about a tree that lacks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lacks {
    /// It is not gone back to.
    #[default]
    Refuse,
    /// What it has is restored.
    Accept,
}

/// What tells an entry from another that is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print {
    /// The number of its inode.
    pub inode: u64,
    /// Its size.
    pub size: u64,
    /// Kind and permissions.
    pub mode: u32,
    /// When its content was last changed, in nanoseconds since 1970. Can be set by hand.
    pub modified: i128,
    /// When anything of it was last changed. Cannot be set by hand.
    pub changed: i128,
}

/// One path that a restore changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Where.
    pub path: TreePath,
    /// What is there now.
    pub now: Option<Entry>,
    /// What should be there.
    pub to: Option<Entry>,
    /// What tells the present entry from another; it is looked at again before it is changed.
    pub print: Option<Print>,
}

/// One path that somebody else changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Where.
    pub path: TreePath,
    /// What the run left there.
    pub known: Option<Entry>,
    /// What is there now.
    pub now: Option<Entry>,
    /// What the tree has there.
    pub to: Option<Entry>,
}

impl Conflict {
    /// Tells whether both the run and somebody else changed the path; otherwise only somebody else
    /// did, and nothing of the run is left there by keeping it.
    pub fn is_mutual(&self) -> bool {
        self.known != self.to
    }
}

/// Why a path is left as it is although the tree says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leave {
    /// The tree does not hold what was there: it was not captured.
    NotCaptured(Skip),
    /// What is there now cannot be captured, so taking it away could not be undone.
    NotCapturable(Skip),
    /// The ignore files of the tree exclude it, so the tree does not say whether it was there.
    Ignored,
}

/// What a restore is going to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePlan {
    /// What was asked for.
    pub wish: RestoreWish,
    /// The present tree as it was captured for the plan.
    pub now: ObjectId,
    /// What is written, removed or gets another mode.
    pub steps: Vec<Planned>,
    /// What somebody else changed; it is left alone unless the wish says otherwise.
    pub conflicts: Vec<Conflict>,
    /// What is left as it is.
    pub left: Vec<(TreePath, Leave)>,
    /// Files, links and folders that are written.
    pub writes: u64,
    /// Files, links and folders that are removed.
    pub removals: u64,
    /// Entries of which only the mode is changed.
    pub modes: u64,
    /// Files and links that stay as they are.
    pub unchanged: u64,
    /// Bytes that are written.
    pub bytes: u64,
}

impl RestorePlan {
    /// Tells whether so much is changed that a person should see the plan first: more than 200 paths,
    /// or more than a fifth of the workspace. Chosen; a step changes a handful.
    pub const fn is_large(&self) -> bool {
        let changed = self.steps.len() as u64;
        changed > 200 || (changed > 20 && changed > self.unchanged / 4)
    }
}

/// How a restore went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Paths that were changed.
    pub done: u64,
    /// What the plan left alone as somebody else's, and what was changed since the plan was made.
    pub conflicts: Vec<TreePath>,
    /// Files that replaced those of another owner or group and could not be given to them: only an
    /// administrator may.
    pub taken: Vec<TreePath>,
    /// The tree that is there now, captured after the last change.
    pub now: Captured,
    /// Whether that tree is the one that was asked for: its root is equal.
    pub is_exact: bool,
}

/// One repository that was to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The folder that holds `.git`.
    pub path: TreePath,
    /// References that were set, removed or made again, `HEAD` among them.
    pub done: Vec<TreePath>,
    /// References that somebody else moved since; they were left alone.
    pub conflicts: Vec<TreePath>,
    /// Whether the index was restored.
    pub is_index_restored: bool,
}

/// Takes snapshots of workspaces and goes back to them.
///
/// No verb leaves the root, follows a symbolic link or writes through a hard link. Whatever a verb
/// gives as an object is durable in the content store when it returns.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Captures a workspace. What cannot be read makes the result partial and is listed; `Refused`
    /// for a root that must not be captured, a failure for a store that does not take objects.
    async fn capture(&self, scope: &Scope) -> Result<Captured>;

    /// Lists what differs between two trees; `None` stands for no tree at all.
    async fn compare(
        &self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
    ) -> Result<Vec<Difference>>;

    /// Says what a restore would do. Nothing in the workspace changes.
    async fn plan_restore(&self, wish: &RestoreWish) -> Result<RestorePlan>;

    /// Does what a plan says. It can be interrupted at any point: a plan that is made anew of the
    /// same wish goes on where it stopped. Contents are on the disk before a name means them, and
    /// everything is when this returns.
    async fn restore(&self, plan: &RestorePlan) -> Result<Restored>;

    /// Writes a tree into a folder that is empty.
    async fn materialise(&self, tree: ObjectId, times: Option<ObjectId>, into: &Path)
    -> Result<()>;

    /// Takes the git repositories of a workspace from one state back to another: each reference only
    /// if it still is what `known` says. The index is restored with `Index::Restore`, which is right
    /// only if the files are gone back to as well.
    async fn take_back(
        &self,
        root: &Path,
        known: &[Repository],
        to: &[Repository],
        index: Index,
    ) -> Result<Vec<TakenBack>>;
}

/// What is done about the index of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// It is restored too.
    Restore,
    /// It stays.
    Leave,
}
