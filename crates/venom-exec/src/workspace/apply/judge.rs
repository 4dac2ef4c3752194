//! Looks at the files of a change set and says how far each of them is.

use std::io::Read as _;

use rustix::fs::{AtFlags, Dir, Stat, readlinkat, statat};
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
    Neither,
}

/// A file as it was when it was judged; `None` if there was none.
pub(super) type Seen = Option<Identity>;

/// What tells a file from one that was changed or put in its place since. The time of the last
/// change of status moves with every write, rename, link and change of permissions, and cannot be
/// set by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    mode: u32,
    changed: (i64, u64),
}

impl Identity {
    pub(super) fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: size(stat),
            mode: mode(stat),
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

/// What stands at a path of a change set.
enum Current {
    Nothing,
    /// Nothing, and nothing can be put there: something on the way is no folder.
    Blocked,
    /// A file, a link or an empty folder: its bytes, its mode and what tells it from another.
    Entry(EntryState, Vec<u8>, u32, Identity),
    /// A folder that holds something, or nothing that a set can describe.
    Foreign,
}

pub(super) async fn judge(
    workspace: &DirWorkspace,
    change: &Change,
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
        Current::Blocked | Current::Foreign => Judged::Neither,
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
        Err(Errno::LOOP) => return Ok(Current::Foreign),
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
        EntryKind::Folder if is_empty(beneath, path).map_err(failed)? => {
            (EntryState::Folder, Vec::new())
        }
        EntryKind::File | EntryKind::Folder | EntryKind::Other => return Ok(Current::Foreign),
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

/// Tells whether a folder holds nothing.
fn is_empty(beneath: &Beneath, path: &RelPath) -> rustix::io::Result<bool> {
    let folder = beneath.open_folder(path.as_str())?;
    for entry in Dir::read_from(&folder)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            return Ok(false);
        }
    }
    Ok(true)
}
