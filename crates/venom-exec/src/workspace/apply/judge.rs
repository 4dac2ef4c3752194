//! Looks at the files of a change set and says how far each of them is.

use std::io::Read as _;

use rustix::fs::{AtFlags, Stat, readlinkat, statat};
use rustix::io::Errno;
use venom_kernel::change::{Change, EntryState, FileState, RelPath};
use venom_ports::Result;
use venom_ports::blob::BlobStore;
use venom_ports::workspace::EntryKind;

use super::replace;
use crate::workspace::beneath::{Beneath, Place};
use crate::workspace::{DirWorkspace, broken, failure, kind, mode, open, size};

/// Files above this size are never what a set expects: skills read far less. Chosen: fits in memory.
const LARGEST: u64 = 1 << 30;

/// What a look at a file said.
pub(super) enum Judged {
    Before(Seen),
    After,
    /// Something on the way is no folder, or a link.
    Blocked,
    Neither,
}

/// A file as it was when it was judged; `None` if there was none.
pub(super) type Seen = Option<Identity>;

/// What tells a file from one that was changed or put in its place since. The time of the last
/// change of status moves with every write, rename, link and change of permissions, and cannot be
/// set by hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    is_folder: bool,
    device: u64,
    inode: u64,
    size: u64,
    mode: u32,
    changed: (i64, u64),
}

impl Identity {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            is_folder: kind(stat) == EntryKind::Folder,
            device: stat.st_dev,
            inode: stat.st_ino,
            size: size(stat),
            mode: mode(stat),
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

impl Identity {
    /// Tells whether it is the same at a later look. A folder changes with what comes into it and
    /// goes, which the other edits of the set do too.
    pub(super) fn is_still(&self, later: &Self) -> bool {
        let is_same = self.is_folder == later.is_folder
            && (self.device, self.inode, self.mode) == (later.device, later.inode, later.mode);
        is_same && (self.is_folder || (self.size, self.changed) == (later.size, later.changed))
    }
}

/// What stands at a path of a change set.
enum Current {
    Nothing,
    /// Nothing, and nothing can be put there: something on the way is no folder.
    Blocked,
    /// Nothing can be said: a link on the way leads elsewhere.
    Elsewhere,
    /// A file, a link or a folder: its bytes, its mode and what tells it from another.
    Entry(EntryState, Vec<u8>, u32, Identity),
    /// Nothing that a set can describe.
    Foreign,
}

/// Looks at one path. What `makes_room` is as wanted when a folder stands there.
pub(super) async fn judge(
    workspace: &DirWorkspace,
    change: &Change,
    makes_room: bool,
    blobs: &dyn BlobStore,
) -> Result<Judged> {
    let path = change.path.clone();
    let current = workspace
        .blocking(move |beneath, _| look(beneath, &path))
        .await?;
    Ok(match current {
        Current::Nothing => match (&change.before, &change.after) {
            (_, None) => Judged::After,
            (None, Some(_)) => Judged::Before(None),
            (Some(_), Some(_)) => Judged::Neither,
        },
        Current::Blocked if change.after.is_none() => Judged::After,
        Current::Blocked | Current::Elsewhere => Judged::Blocked,
        Current::Foreign => Judged::Neither,
        Current::Entry(EntryState::Folder, ..) if makes_room => Judged::After,
        Current::Entry(entry, bytes, mode, identity) => {
            let state = Some(FileState {
                blob: blobs.id_of(&bytes),
                mode,
                entry,
            });
            if state == change.after {
                Judged::After
            } else if state == change.before {
                Judged::Before(Some(identity))
            } else {
                Judged::Neither
            }
        }
    })
}

/// Looks at a path, and removes what an interrupted call may have left beside it.
fn look(beneath: &Beneath, path: &RelPath) -> Result<Current> {
    let failed = |errno| failure(errno, "look at", path);
    let Place { folder, name } = match beneath.place(path) {
        Ok(place) => place,
        Err(Errno::NOENT) => return Ok(Current::Nothing),
        Err(Errno::NOTDIR) => return Ok(Current::Blocked),
        Err(Errno::LOOP) => return Ok(Current::Elsewhere),
        Err(errno) => return Err(failed(errno)),
    };
    // Where this is not allowed, writing will say so; with nothing to write it does not matter.
    let _ = replace::remove_leftover(&folder, &replace::temporary(path));
    let stat = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(Current::Nothing),
        Err(errno) => return Err(failed(errno)),
    };
    let (entry, bytes) = match kind(&stat) {
        EntryKind::File if size(&stat) <= LARGEST => {
            let (file, stat) = open(beneath, path)?;
            let mut bytes = Vec::new();
            file.take(LARGEST)
                .read_to_end(&mut bytes)
                .map_err(|error| broken(&error, "read", path))?;
            let identity = Identity::of(&stat);
            return Ok(Current::Entry(
                EntryState::File,
                bytes,
                mode(&stat),
                identity,
            ));
        }
        EntryKind::Link => {
            let target = readlinkat(&folder, name, Vec::new()).map_err(failed)?;
            (EntryState::Link, target.into_bytes())
        }
        EntryKind::Folder => (EntryState::Folder, Vec::new()),
        EntryKind::File | EntryKind::Other => return Ok(Current::Foreign),
    };
    let mode = if entry == EntryState::Link {
        LINK_MODE
    } else {
        mode(&stat)
    };
    Ok(Current::Entry(entry, bytes, mode, Identity::of(&stat)))
}

/// What the system says of every link.
const LINK_MODE: u32 = 0o777;
