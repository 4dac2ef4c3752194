//! Applies change sets.
//!
//! First every file is judged: it is as the set expects it, or already as the set wants it, or
//! neither, which is a conflict. With a conflict nothing is applied, unless some file is as wanted
//! already: then an earlier call was interrupted half-way, and going on is the only way to a state
//! that the set describes; what is in conflict stays as it is.
//!
//! Then each file is written beside its place under another name, made durable, looked at once more
//! and renamed into place. A rename replaces links of both kinds instead of writing through them.
//! Between the last look and the rename somebody else can still write; the span is two system
//! calls. Who replaces a file keeps its owner if the system allows it, but not its access lists and
//! extended attributes.
//!
//! Folders are made where a new file needs them and never removed: an empty folder is nothing that
//! a change set can describe. A file cannot take the place of a folder or the other way round.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Stat, Uid, fchmod, fchown, fsync, linkat, openat,
    renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use venom_kernel::change::{Change, ChangeSet, FileState, RelPath};
use venom_kernel::digest::Digest;
use venom_ports::blob::BlobStore;
use venom_ports::workspace::EntryKind;
use venom_ports::{Failure, FailureKind, Result};

use super::beneath::{Beneath, Place};
use super::{DirWorkspace, broken, failure, kind, mode, open, size};

/// How names of files begin that are being written.
pub(super) const TEMPORARY: &str = ".venom-tmp-";

/// Files above this size are never what a set expects: skills read far less. Chosen: fits in memory.
const LARGEST: u64 = 1 << 30;

/// Applies a change set; see [`venom_ports::workspace::Workspace::apply`].
pub(super) async fn apply(
    workspace: &DirWorkspace,
    changes: &ChangeSet,
    blobs: &dyn BlobStore,
) -> Result<Vec<RelPath>> {
    check_paths(changes)?;
    let mut conflicts = Vec::new();
    let mut waiting = Vec::new();
    let mut done = Vec::new();
    for change in changes.changes() {
        match judge(workspace, change, blobs).await? {
            Judged::Before(seen) => waiting.push((change, seen)),
            Judged::After if change.before == change.after => {}
            Judged::After => done.push(&change.path),
            Judged::Neither => conflicts.push(change.path.clone()),
        }
    }
    if !conflicts.is_empty() && done.is_empty() {
        return Ok(conflicts);
    }
    // The call that did these may have been interrupted before it made them last.
    let mut touched: BTreeSet<String> = done.into_iter().flat_map(ancestors).collect();
    let applied = perform(workspace, waiting, blobs, &mut conflicts, &mut touched).await;
    // Even after a failure: what was done should last.
    let synced = workspace
        .blocking(move |beneath, _| sync(beneath, &touched))
        .await;
    applied?;
    synced?;
    conflicts.sort();
    Ok(conflicts)
}

async fn perform(
    workspace: &DirWorkspace,
    waiting: Vec<(&Change, Seen)>,
    blobs: &dyn BlobStore,
    conflicts: &mut Vec<RelPath>,
    touched: &mut BTreeSet<String>,
) -> Result<()> {
    for (change, seen) in waiting {
        let wanted = match &change.after {
            Some(state) => Some((blobs.get(&state.blob).await?, state.mode)),
            None => None,
        };
        let path = change.path.clone();
        let replaced = workspace
            .blocking(move |beneath, _| match wanted {
                Some((bytes, mode)) => put(beneath, &path, seen, &bytes, mode),
                None => remove(beneath, &path, seen),
            })
            .await?;
        match replaced {
            Replaced::Done(folders) => touched.extend(folders),
            Replaced::Changed => conflicts.push(change.path.clone()),
        }
    }
    Ok(())
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

/// What a look at a file said.
enum Judged {
    Before(Seen),
    After,
    Neither,
}

/// A file as it was when it was judged; `None` if there was none.
type Seen = Option<Identity>;

/// What tells a file from one that was changed or put in its place since. The time of the last
/// change of status moves with every write, rename, link and change of permissions, and cannot be
/// set by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    mode: u32,
    changed: (i64, u64),
}

impl Identity {
    fn of(stat: &Stat) -> Self {
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
    File(Vec<u8>, u32, Identity),
    /// A folder, a link or the like.
    Foreign,
}

async fn judge(workspace: &DirWorkspace, change: &Change, blobs: &dyn BlobStore) -> Result<Judged> {
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
        Current::File(bytes, mode, identity) => {
            let state = Some(FileState {
                blob: blobs.id_of(&bytes),
                mode,
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
    let _ = remove_leftover(&folder, &temporary(path));
    let stat = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(Current::Nothing),
        Err(errno) => return Err(failed(errno)),
    };
    if kind(&stat) != EntryKind::File || size(&stat) > LARGEST {
        return Ok(Current::Foreign);
    }
    let (file, stat) = open(beneath, path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| broken(&error, "read", path))?;
    Ok(Current::File(bytes, mode(&stat), Identity::of(&stat)))
}

/// How replacing a file went.
enum Replaced {
    /// Done; these folders got or lost an entry.
    Done(Vec<String>),
    /// It is not what it was when it was judged.
    Changed,
}

/// Puts a file in its place.
fn put(beneath: &Beneath, path: &RelPath, seen: Seen, bytes: &[u8], mode: u32) -> Result<Replaced> {
    let failed = |errno| failure(errno, "write", path);
    let (Place { folder, name }, mut grown) = match beneath.make_place(path) {
        Ok(made) => made,
        // Somebody put a file or a link where a folder was.
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(Replaced::Changed),
        Err(errno) => return Err(failed(errno)),
    };
    let temporary = temporary(path);
    let placed = write_beside(&folder, &temporary, bytes, mode, seen, name)
        .map_err(|error| broken(&error, "write", path))
        .and_then(|()| place(&folder, &temporary, name, seen).map_err(failed));
    match placed {
        Ok(true) => {
            grown.push(parent(path));
            Ok(Replaced::Done(grown))
        }
        Ok(false) => {
            let _ = unlinkat(&folder, temporary.as_str(), AtFlags::empty());
            Ok(Replaced::Changed)
        }
        Err(failed) => {
            let _ = unlinkat(&folder, temporary.as_str(), AtFlags::empty());
            Err(failed)
        }
    }
}

/// Writes the new file under another name, down to the disk.
fn write_beside(
    folder: &OwnedFd,
    temporary: &str,
    bytes: &[u8],
    mode: u32,
    seen: Seen,
    name: &str,
) -> std::io::Result<()> {
    remove_leftover(folder, temporary)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // Nobody else may read it before it has its own permissions.
    let mut file = File::from(openat(
        folder,
        temporary,
        flags,
        Mode::from_raw_mode(0o600),
    )?);
    file.write_all(bytes)?;
    if seen.is_some() {
        keep_owner(folder, name, &file);
    }
    // After the change of owner, which takes some bits away.
    fchmod(&file, Mode::from_raw_mode(mode))?;
    file.sync_all()
}

/// Gives a new file the owner of the one that it replaces, if that is allowed and needed.
fn keep_owner(folder: &OwnedFd, name: &str, file: &File) {
    let (Ok(old), Ok(new)) = (
        statat(folder, name, AtFlags::SYMLINK_NOFOLLOW),
        rustix::fs::fstat(file),
    ) else {
        return;
    };
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) {
        // An ordinary user may not give files away; the file is then the user's own.
        let _ = fchown(
            file,
            Some(Uid::from_raw(old.st_uid)),
            Some(Gid::from_raw(old.st_gid)),
        );
    }
}

/// Renames the new file into place if the old one is still what was seen; tells whether it was.
fn place(
    folder: &OwnedFd,
    temporary: &str,
    name: &str,
    seen: Seen,
) -> std::result::Result<bool, Errno> {
    if !is_still(folder, name, seen)? {
        return Ok(false);
    }
    if seen.is_some() {
        renameat(folder, temporary, folder, name)?;
        return Ok(true);
    }
    match renameat_with(folder, temporary, folder, name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        // Not every file system can rename without replacing; all that matter can link.
        Err(Errno::INVAL | Errno::NOSYS) => {
            match linkat(folder, temporary, folder, name, AtFlags::empty()) {
                Ok(()) => unlinkat(folder, temporary, AtFlags::empty()).map(|()| true),
                Err(Errno::EXIST) => Ok(false),
                Err(errno) => Err(errno),
            }
        }
        Err(errno) => Err(errno),
    }
}

/// Removes a file.
fn remove(beneath: &Beneath, path: &RelPath, seen: Seen) -> Result<Replaced> {
    let failed = |errno| failure(errno, "remove", path);
    let Place { folder, name } = match beneath.place(path) {
        Ok(place) => place,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Replaced::Changed),
        Err(errno) => return Err(failed(errno)),
    };
    if !is_still(&folder, name, seen).map_err(failed)? {
        return Ok(Replaced::Changed);
    }
    match unlinkat(&folder, name, AtFlags::empty()) {
        Ok(()) => Ok(Replaced::Done(vec![parent(path)])),
        Err(Errno::NOENT | Errno::ISDIR) => Ok(Replaced::Changed),
        Err(errno) => Err(failed(errno)),
    }
}

/// Tells whether a file is what it was when it was judged.
fn is_still(folder: &OwnedFd, name: &str, seen: Seen) -> std::result::Result<bool, Errno> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(kind(&stat) == EntryKind::File && seen == Some(Identity::of(&stat))),
        Err(Errno::NOENT) => Ok(seen.is_none()),
        Err(errno) => Err(errno),
    }
}

/// The name under which the new form of a file is written. It depends on nothing but the path, so
/// that a later call finds what an interrupted one left.
fn temporary(path: &RelPath) -> String {
    let digest = Digest::of_bytes(path.as_str().as_bytes());
    format!("{TEMPORARY}{}", digest.short())
}

fn remove_leftover(folder: &OwnedFd, temporary: &str) -> std::result::Result<(), Errno> {
    match unlinkat(folder, temporary, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn parent(path: &RelPath) -> String {
    path.as_str()
        .rsplit_once('/')
        .map(|(parent, _)| parent.to_owned())
        .unwrap_or_default()
}

/// Returns the folders that a path leads through, the root among them.
fn ancestors(path: &RelPath) -> impl Iterator<Item = String> {
    let mut next = path
        .as_str()
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent);
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

/// Makes entries of folders last.
fn sync(beneath: &Beneath, folders: &BTreeSet<String>) -> Result<()> {
    for folder in folders {
        let synced = beneath
            .open_folder(folder)
            .and_then(|folder| fsync(&folder));
        match synced {
            // Some file systems cannot sync a folder; one that somebody removed needs it no more.
            Ok(()) | Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
            Err(errno) => {
                let path = RelPath::new(folder).unwrap_or_else(|_outside| RelPath::root());
                return Err(failure(errno, "save the folder", &path));
            }
        }
    }
    Ok(())
}
