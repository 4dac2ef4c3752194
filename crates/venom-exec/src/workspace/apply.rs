//! Applies change sets.
//!
//! First every file is judged: it is as the set expects it, or already as the set wants it, or
//! neither, which is a conflict. With a conflict nothing is applied, unless some file is as wanted
//! already: then an earlier call was interrupted half-way, and going on is the only way to a state
//! that the set describes; what is in conflict stays as it is.
//!
//! Then the new form of every file is written beside its place under another name, and all of them
//! are made durable together: a disk takes as long for one of them as for thousands. Only then are
//! they looked at once more, each renamed into its place, and the folders made durable as well. So
//! no name can come to mean a file whose bytes are not on the disk yet, and an interrupted call
//! leaves each file old or new, with at most some files under other names that the next call
//! removes. The disk must have room for the old and the new form of all files at once; where it has
//! not, nothing is changed.
//!
//! A rename replaces links of both kinds instead of writing through them. Between the last look and
//! the rename somebody else can still write; the span is two system calls. Who replaces a file keeps
//! its owner if the system allows it, but not its access lists and extended attributes.
//!
//! What comes below a folder that takes the place of a file or a link can only be written when the
//! folder is there: it is a second batch. A call that is interrupted between the two is made good by
//! the next, as any other.
//!
//! Folders are made where a new file needs them, or where the set says so; one is removed only where
//! the set says so, and only if it is empty by then. What stands deeper is therefore removed first, and
//! modes of folders are set when everything else is done.
//!
//! In reading order: `judge` looks at files, `replace` writes and renames them, `durable` brings
//! them to the disk.

pub(crate) mod durable;
mod judge;
mod replace;

use std::collections::BTreeSet;

use venom_kernel::change::{Change, ChangeSet, EntryState, RelPath};
use venom_ports::blob::BlobStore;
use venom_ports::{Failure, FailureKind, Result};

use self::durable::Durability;
use self::judge::{Judged, Seen};
pub(crate) use self::replace::TEMPORARY;
use self::replace::{Replaced, Wanted, Written};
use super::DirWorkspace;
use super::beneath::Beneath;
use crate::sandbox::host::HostTree;

/// How many bytes of new files are held in memory before they are written. Chosen: a few thousand
/// files of source code.
const HELD: usize = 8 << 20;

/// Applies a change set; see [`venom_ports::workspace::Workspace::apply`].
pub(super) async fn apply(
    workspace: &DirWorkspace,
    changes: &ChangeSet,
    blobs: &dyn BlobStore,
) -> Result<Vec<RelPath>> {
    check_paths(changes)?;
    // The workspace is the lower layer of open sandboxes; it is written while there is none.
    let host = HostTree::of(&workspace.root);
    let _alone = host.write().await;
    let turning = Turning::of(changes);
    let mut conflicts = Vec::new();
    let (mut waiting, mut later) = (Vec::new(), Vec::new());
    let mut done = Vec::new();
    for change in changes.changes() {
        let is_below = turning.has_below(&change.path);
        let makes_room = turning.makes_room(change);
        match judge::judge(workspace, change, makes_room, blobs).await? {
            Judged::Before(seen) if is_below && change.after.is_some() => {
                later.push((change, seen));
            }
            Judged::Before(seen) => waiting.push((change, seen)),
            Judged::After if change.before == change.after => {}
            Judged::After => done.push(&change.path),
            // What stands in the way is about to become a folder.
            Judged::Blocked if is_below && change.before.is_none() => later.push((change, None)),
            Judged::Blocked | Judged::Neither => conflicts.push(change.path.clone()),
        }
    }
    if !conflicts.is_empty() && done.is_empty() {
        return Ok(conflicts);
    }
    // The call that did these may have been interrupted before it made them last.
    let mut touched: BTreeSet<String> = done.into_iter().flat_map(ancestors).collect();
    for orders in [waiting, later] {
        let batch = Batch {
            durability: Durability::for_files(orders.len()),
            steps: Vec::new(),
            touched: std::mem::take(&mut touched),
        };
        let batch = write(workspace, orders, blobs, batch).await?;
        conflicts.extend(
            workspace
                .blocking(move |beneath, _| batch.finish(beneath))
                .await?,
        );
    }
    conflicts.sort();
    Ok(conflicts)
}

/// Where files and links of a set go or become folders, so that something can stand below.
struct Turning<'c> {
    paths: BTreeSet<&'c str>,
    /// Folders that something of the set comes into.
    filled: BTreeSet<String>,
}

impl<'c> Turning<'c> {
    fn of(changes: &'c ChangeSet) -> Self {
        let is_turning = |change: &&Change| {
            let was = change.before.as_ref().map(|state| state.entry);
            let becomes = change.after.as_ref().map(|state| state.entry);
            matches!(was, Some(EntryState::File | EntryState::Link))
                && matches!(becomes, None | Some(EntryState::Folder))
        };
        let turning = changes.changes().iter().filter(is_turning);
        let paths: BTreeSet<&str> = turning.map(|change| change.path.as_str()).collect();
        let coming = changes
            .changes()
            .iter()
            .filter(|change| change.after.is_some());
        let filled = if paths.is_empty() {
            BTreeSet::new()
        } else {
            coming.flat_map(|change| ancestors(&change.path)).collect()
        };
        Self { paths, filled }
    }

    fn has_below(&self, path: &RelPath) -> bool {
        !self.paths.is_empty() && ancestors(path).any(|folder| self.paths.contains(folder.as_str()))
    }

    /// Tells whether a folder will stand where the set only says that a file goes.
    fn makes_room(&self, change: &Change) -> bool {
        change.after.is_none() && self.filled.contains(change.path.as_str())
    }
}

/// A set that names a path twice, or the workspace itself, describes no state.
fn check_paths(changes: &ChangeSet) -> Result<()> {
    let mut paths = BTreeSet::new();
    for change in changes.changes() {
        if change.path.is_root() || !paths.insert(&change.path) {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "a change set names `{}` twice or is no set of files",
                    change.path
                ),
            ));
        }
    }
    Ok(())
}

/// Writes the new form of every file beside its place.
async fn write(
    workspace: &DirWorkspace,
    waiting: Vec<(&Change, Seen)>,
    blobs: &dyn BlobStore,
    mut batch: Batch,
) -> Result<Batch> {
    let mut waiting = waiting.into_iter().peekable();
    while waiting.peek().is_some() {
        let mut orders = Vec::new();
        let mut held = 0;
        while held < HELD
            && let Some((change, seen)) = waiting.next()
        {
            let wanted = match &change.after {
                Some(state) => match blobs.get(&state.blob).await {
                    Ok(bytes) => Some(Wanted {
                        entry: state.entry,
                        bytes,
                        mode: state.mode,
                    }),
                    Err(failure) => {
                        give_up(workspace, batch).await;
                        return Err(failure);
                    }
                },
                None => None,
            };
            held += wanted.as_ref().map_or(0, |wanted| wanted.bytes.len());
            orders.push(Order {
                path: change.path.clone(),
                seen,
                was: change.before.as_ref().map(|state| state.entry),
                wanted,
            });
        }
        batch = workspace
            .blocking(move |beneath, _| {
                for order in orders {
                    if let Err(failure) = batch.write(beneath, order) {
                        batch.give_up(beneath);
                        return Err(failure);
                    }
                }
                Ok(batch)
            })
            .await?;
    }
    Ok(batch)
}

async fn give_up(workspace: &DirWorkspace, batch: Batch) {
    // The failure that led here is what counts; what stays behind is removed by the next call.
    let _ = workspace
        .blocking(move |beneath, _| {
            batch.give_up(beneath);
            Ok(())
        })
        .await;
}

/// What is to be done to one file.
struct Order {
    path: RelPath,
    seen: Seen,
    /// What it was.
    was: Option<EntryState>,
    /// What it is to become; `None` if it is to go.
    wanted: Option<Wanted>,
}

/// A file on its way.
struct Step {
    path: RelPath,
    seen: Seen,
    prepared: Prepared,
}

/// How far a file has come.
enum Prepared {
    /// Its new form is written.
    Written(Written),
    /// A folder that is there, or was made, and gets this mode.
    Folder { mode: u32, grown: Vec<String> },
    /// It is to go, which needs no preparation.
    ToGo,
    /// Nothing can be put there any more.
    Blocked,
}

/// All files that are replaced by one call.
struct Batch {
    durability: Durability,
    steps: Vec<Step>,
    /// The folders that got or lost an entry.
    touched: BTreeSet<String>,
}

impl Batch {
    fn write(&mut self, beneath: &Beneath, order: Order) -> Result<()> {
        let Order {
            path,
            seen,
            was,
            wanted,
        } = order;
        let prepared = match wanted {
            None => Prepared::ToGo,
            Some(Wanted {
                entry: EntryState::Folder,
                mode,
                ..
            }) if was != Some(EntryState::File) && was != Some(EntryState::Link) => {
                let made = match was {
                    Some(_) => Some(Vec::new()),
                    None => replace::make_folder(beneath, &path)?,
                };
                made.map_or(Prepared::Blocked, |grown| Prepared::Folder { mode, grown })
            }
            Some(wanted) => {
                match replace::write(beneath, &path, seen, &wanted, &mut self.durability)? {
                    Some(written) => Prepared::Written(written),
                    None => Prepared::Blocked,
                }
            }
        };
        self.steps.push(Step {
            path,
            seen,
            prepared,
        });
        Ok(())
    }

    /// Puts all files in their places; gives those that somebody changed meanwhile.
    fn finish(mut self, beneath: &Beneath) -> Result<Vec<RelPath>> {
        if let Err(failure) = self.durability.settle() {
            self.give_up(beneath);
            return Err(failure);
        }
        let mut conflicts = Vec::new();
        let mut failed = None;
        // What goes makes room for what comes, and what is in a folder goes before the folder.
        let is_going = |step: &&Step| matches!(step.prepared, Prepared::ToGo);
        let is_folder = |step: &&Step| matches!(step.prepared, Prepared::Folder { .. });
        let going = self.steps.iter().filter(is_going).rev();
        let coming = (self.steps.iter()).filter(|step| !is_going(step) && !is_folder(step));
        // The mode of a folder may keep others from writing to it, and from passing through.
        let folders = self.steps.iter().filter(is_folder).rev();
        for step in going.chain(coming).chain(folders) {
            if failed.is_some() {
                step.clean(beneath);
                continue;
            }
            match step.carry_out(beneath) {
                Ok(Replaced::Done) => {
                    self.touched.insert(replace::parent(&step.path).to_owned());
                    self.touched.extend(step.grown().iter().cloned());
                }
                Ok(Replaced::Changed) => {
                    step.clean(beneath);
                    conflicts.push(step.path.clone());
                }
                Err(failure) => {
                    step.clean(beneath);
                    failed = Some(failure);
                }
            }
        }
        // Even after a failure: what was done should last.
        let synced = durable::folders(beneath, &self.touched);
        match failed {
            Some(failure) => Err(failure),
            None => synced.map(|()| conflicts),
        }
    }

    /// Removes what was written; nothing is in its place yet.
    fn give_up(self, beneath: &Beneath) {
        for step in self.steps.iter().rev() {
            step.clean(beneath);
        }
    }
}

impl Step {
    fn carry_out(&self, beneath: &Beneath) -> Result<Replaced> {
        match &self.prepared {
            Prepared::Written(written) => replace::place(beneath, &self.path, self.seen, written),
            Prepared::Folder { mode, .. } => {
                replace::set_mode(beneath, &self.path, self.seen, *mode)
            }
            Prepared::ToGo => replace::remove(beneath, &self.path, self.seen),
            Prepared::Blocked => Ok(Replaced::Changed),
        }
    }

    /// The folders that got a new folder for the file.
    fn grown(&self) -> &[String] {
        match &self.prepared {
            Prepared::Written(written) => &written.grown,
            Prepared::Folder { grown, .. } => grown,
            Prepared::ToGo | Prepared::Blocked => &[],
        }
    }

    fn clean(&self, beneath: &Beneath) {
        match &self.prepared {
            Prepared::Written(_) => replace::clean(beneath, &self.path),
            Prepared::Folder { .. } if self.seen.is_none() => {
                replace::unmake_folder(beneath, &self.path);
            }
            Prepared::Folder { .. } => {}
            Prepared::ToGo | Prepared::Blocked => {}
        }
    }
}

/// Returns the folders that a path leads through, the root among them.
fn ancestors(path: &RelPath) -> impl Iterator<Item = String> {
    let mut next = replace::parent(path);
    let mut is_over = path.is_root();
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let folder = next.to_owned();
        is_over = next.is_empty();
        next = next.rsplit_once('/').map_or("", |(parent, _)| parent);
        Some(folder)
    })
}
