//! Replaces a file: writes its new form beside it, and later renames it into place.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, fchmod, fchown, fstat, linkat, mkdirat, openat,
    renameat, renameat_with, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;
use venom_kernel::change::{EntryState, RelPath};
use venom_kernel::digest::Digest;
use venom_ports::Result;

use super::durable::{Durability, Way};
use super::judge::{Identity, Seen};
use crate::workspace::beneath::{Beneath, Place};
use crate::workspace::{broken, failure};

/// How names of files begin that are being written.
pub(crate) const TEMPORARY: &str = ".venom-tmp-";

/// What a file is to become.
pub(super) struct Wanted {
    pub(super) entry: EntryState,
    /// The bytes of a file, or the target of a link.
    pub(super) bytes: Vec<u8>,
    pub(super) mode: u32,
}

/// A new form that is written beside its place.
pub(super) struct Written {
    /// Its device and number, which tell it from a file that somebody put there since.
    file: (u64, u64),
    /// Folders that got a new folder for it.
    pub(super) grown: Vec<String>,
}

/// How replacing a file went.
pub(super) enum Replaced {
    /// Done.
    Done,
    /// It is not what it was when it was judged.
    Changed,
}

/// Writes the new form of a file beside its place; `None` if nothing can be put there any more.
pub(super) fn write(
    beneath: &Beneath,
    path: &RelPath,
    seen: Seen,
    wanted: &Wanted,
    durability: &mut Durability,
) -> Result<Option<Written>> {
    let (Place { folder, name }, grown) = match beneath.make_place(path) {
        Ok(made) => made,
        // Somebody put a file or a link where a folder was.
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(None),
        Err(errno) => return Err(failure(errno, "write", path)),
    };
    let temporary = temporary(path);
    let written = durability
        .way(&folder)
        .map_err(std::io::Error::from)
        .and_then(|way| write_beside(&folder, &temporary, wanted, way, seen.map(|_| name)));
    match written {
        Ok(file) => Ok(Some(Written { file, grown })),
        Err(error) => {
            let _ = remove_leftover(&folder, &temporary);
            Err(broken(&error, "write", path))
        }
    }
}

/// Writes the new file under another name; gives its device and number. If it replaces a file of
/// this name, it gets that one's owner.
fn write_beside(
    folder: &OwnedFd,
    temporary: &str,
    wanted: &Wanted,
    way: Way,
    replaced: Option<&str>,
) -> std::io::Result<(u64, u64)> {
    remove_leftover(folder, temporary)?;
    match wanted.entry {
        EntryState::File => {}
        EntryState::Link => {
            symlinkat(wanted.bytes.as_slice(), folder, temporary)?;
            let stat = statat(folder, temporary, AtFlags::SYMLINK_NOFOLLOW)?;
            return Ok((stat.st_dev, stat.st_ino));
        }
        EntryState::Folder => {
            mkdirat(folder, temporary, Mode::from_raw_mode(0o700))?;
            let made = openat(
                folder,
                temporary,
                OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            )?;
            fchmod(&made, Mode::from_raw_mode(wanted.mode))?;
            let stat = fstat(&made)?;
            return Ok((stat.st_dev, stat.st_ino));
        }
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // Nobody else may read it before it has its own permissions.
    let mut file = File::from(openat(
        folder,
        temporary,
        flags,
        Mode::from_raw_mode(0o600),
    )?);
    file.write_all(&wanted.bytes)?;
    if let Some(name) = replaced {
        keep_owner(folder, name, &file);
    }
    // After the change of owner, which takes some bits away.
    fchmod(&file, Mode::from_raw_mode(wanted.mode))?;
    way.follow(&file)?;
    let stat = fstat(&file)?;
    Ok((stat.st_dev, stat.st_ino))
}

/// Gives a new file the owner of the one that it replaces, if that is allowed and needed.
fn keep_owner(folder: &OwnedFd, name: &str, file: &File) {
    let (Ok(old), Ok(new)) = (statat(folder, name, AtFlags::SYMLINK_NOFOLLOW), fstat(file)) else {
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

/// Renames the new form of a file into place if the old one is still what was seen.
pub(super) fn place(
    beneath: &Beneath,
    path: &RelPath,
    seen: Seen,
    written: &Written,
) -> Result<Replaced> {
    let Place { folder, name } = match beneath.place(path) {
        Ok(place) => place,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Replaced::Changed),
        Err(errno) => return Err(failure(errno, "write", path)),
    };
    match rename(&folder, &temporary(path), name, seen, written) {
        Ok(true) => Ok(Replaced::Done),
        Ok(false) => Ok(Replaced::Changed),
        Err(errno) => Err(failure(errno, "write", path)),
    }
}

fn rename(
    folder: &OwnedFd,
    temporary: &str,
    name: &str,
    seen: Seen,
    written: &Written,
) -> std::result::Result<bool, Errno> {
    // The folder may be another one by now, or somebody may have put a file of their own there.
    match statat(folder, temporary, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if (stat.st_dev, stat.st_ino) == written.file => {}
        Ok(_) | Err(Errno::NOENT) => return Ok(false),
        Err(errno) => return Err(errno),
    }
    if !is_still(folder, name, seen)? {
        return Ok(false);
    }
    if seen.is_some() {
        return match renameat(folder, temporary, folder, name) {
            Ok(()) => Ok(true),
            // A folder got something in it, or a file takes the place of a folder.
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(Errno::ISDIR | Errno::NOTDIR) => {
                match remove_entry(folder, name) {
                    Err(Errno::NOTEMPTY | Errno::EXIST) => return Ok(false),
                    removed => removed?,
                }
                renameat_with(folder, temporary, folder, name, RenameFlags::NOREPLACE)?;
                Ok(true)
            }
            Err(errno) => Err(errno),
        };
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
pub(super) fn remove(beneath: &Beneath, path: &RelPath, seen: Seen) -> Result<Replaced> {
    let failed = |errno| failure(errno, "remove", path);
    let Place { folder, name } = match beneath.place(path) {
        Ok(place) => place,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Replaced::Changed),
        Err(errno) => return Err(failed(errno)),
    };
    if !is_still(&folder, name, seen).map_err(failed)? {
        return Ok(Replaced::Changed);
    }
    match remove_entry(&folder, name) {
        Ok(()) => Ok(Replaced::Done),
        Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(Replaced::Changed),
        Err(errno) => Err(failed(errno)),
    }
}

/// Makes a folder in its place, where files can be written into it: its own mode comes last. `None` if
/// something else stands there by now; else the folders that got a new one.
pub(super) fn make_folder(beneath: &Beneath, path: &RelPath) -> Result<Option<Vec<String>>> {
    let (Place { folder, name }, mut grown) = match beneath.make_place(path) {
        Ok(made) => made,
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(None),
        Err(errno) => return Err(failure(errno, "make", path)),
    };
    match mkdirat(&folder, name, Mode::from_raw_mode(0o700)) {
        Ok(()) => {
            grown.push(parent(path).to_owned());
            Ok(Some(grown))
        }
        Err(Errno::EXIST) => Ok(None),
        Err(errno) => Err(failure(errno, "make", path)),
    }
}

/// Gives a folder its mode, if it is still the one that was seen.
pub(super) fn set_mode(
    beneath: &Beneath,
    path: &RelPath,
    seen: Seen,
    mode: u32,
) -> Result<Replaced> {
    let folder = match beneath.open_folder(path.as_str()) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Replaced::Changed),
        Err(errno) => return Err(failure(errno, "change", path)),
    };
    let failed = |errno| failure(errno, "change", path);
    let now = Identity::of(&fstat(&folder).map_err(failed)?);
    if seen.is_some_and(|seen| !seen.is_still(&now)) {
        return Ok(Replaced::Changed);
    }
    fchmod(&folder, Mode::from_raw_mode(mode)).map_err(failed)?;
    Ok(Replaced::Done)
}

/// Removes a folder that was made for nothing; one that somebody uses stays.
pub(super) fn unmake_folder(beneath: &Beneath, path: &RelPath) {
    if let Ok(Place { folder, name }) = beneath.place(path) {
        let _ = unlinkat(&folder, name, AtFlags::REMOVEDIR);
    }
}

/// Removes a file, a link or an empty folder.
fn remove_entry(folder: &OwnedFd, name: &str) -> std::result::Result<(), Errno> {
    match unlinkat(folder, name, AtFlags::empty()) {
        // What Linux says, and what POSIX lets a system say, of a folder.
        Err(Errno::ISDIR | Errno::PERM) => unlinkat(folder, name, AtFlags::REMOVEDIR),
        done => done,
    }
}

/// Removes the new form of a file that does not come into its place. What cannot be removed now is
/// removed by the next call that changes the file.
pub(super) fn clean(beneath: &Beneath, path: &RelPath) {
    if let Ok(Place { folder, .. }) = beneath.place(path) {
        let _ = remove_leftover(&folder, &temporary(path));
    }
}

/// Tells whether a file is what it was when it was judged.
fn is_still(folder: &OwnedFd, name: &str, seen: Seen) -> std::result::Result<bool, Errno> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(seen.is_some_and(|seen| seen.is_still(&Identity::of(&stat)))),
        Err(Errno::NOENT) => Ok(seen.is_none()),
        Err(errno) => Err(errno),
    }
}

/// The name under which the new form of a file is written. It depends on nothing but the path, so
/// that a later call finds what an interrupted one left.
pub(super) fn temporary(path: &RelPath) -> String {
    let digest = Digest::of_bytes(path.as_str().as_bytes());
    format!("{TEMPORARY}{}", digest.short())
}

/// Removes what an interrupted call may have left.
pub(super) fn remove_leftover(folder: &OwnedFd, temporary: &str) -> std::result::Result<(), Errno> {
    match remove_entry(folder, temporary) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// The folder that a path is in, as text.
pub(super) fn parent(path: &RelPath) -> &str {
    path.as_str()
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent)
}
