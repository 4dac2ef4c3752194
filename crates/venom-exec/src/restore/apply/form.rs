//! One path: its new form written beside it, moved into its place, or the old one removed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, Dir, Gid, Mode, OFlags, RenameFlags, Stat, Timestamps, Uid, chownat, fchmod, fchown,
    fstat, futimens, linkat, mkdirat, openat, renameat, renameat_with, statat, symlinkat, unlinkat,
    utimensat,
};
use rustix::io::{Errno, Result};
use venom_kernel::digest::Digest;
use venom_ports::snapshot::Print;

use super::is_folder;
use crate::capture::stamp;
use crate::workspace::apply::TEMPORARY;
use crate::workspace::apply::durable::Way;

/// What is to be written.
pub(super) enum Form {
    File { bytes: Vec<u8>, mode: u16 },
    Link { text: Vec<u8> },
}

/// What was written beside its place.
pub(super) struct Written {
    /// Its device and number.
    id: (u64, u64),
    /// Whether it has the owner and the group that it should have.
    pub(super) is_given: bool,
}

impl Written {
    const fn of(stat: &Stat, is_given: bool) -> Self {
        Self {
            id: (stat.st_dev, stat.st_ino),
            is_given,
        }
    }
}

/// How moving went.
pub(super) enum Put {
    Done,
    Conflict,
}

/// The name under which the new form of an entry is written. It depends on nothing but the entry's
/// name, so that a later restore finds what an interrupted one left.
fn temporary(name: &[u8]) -> String {
    format!("{TEMPORARY}{}", Digest::of_bytes(name).short())
}

/// Writes a file or a link.
pub(super) fn write(
    folder: &OwnedFd,
    name: &[u8],
    form: &Form,
    modified: Option<&Timestamps>,
    (way, is_replaced): (Way, bool),
) -> Result<Written> {
    let temporary = temporary(name);
    let written = match form {
        Form::File { bytes, mode } => {
            let owner = owner(folder, name, is_replaced);
            write_file(folder, &temporary, bytes, *mode, (owner, modified, way))
        }
        Form::Link { text } => write_link(folder, &temporary, text, modified),
    };
    if written.is_err() {
        clean(folder, name);
    }
    written
}

fn write_file(
    folder: &OwnedFd,
    temporary: &str,
    bytes: &[u8],
    mode: u16,
    (owner, modified, way): (Option<Stat>, Option<&Timestamps>, Way),
) -> Result<Written> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // Nobody else may read it before it has its own permissions.
    let private = Mode::from_raw_mode(0o600);
    let opened = match openat(folder, temporary, flags, private) {
        Err(Errno::EXIST) => {
            remove_entry(folder, temporary)?;
            openat(folder, temporary, flags, private)
        }
        opened => opened,
    };
    let mut file = File::from(opened?);
    let stat = fstat(&file)?;
    let io = |error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
    file.write_all(bytes).map_err(io)?;
    let other = owner.filter(|owner| (owner.st_uid, owner.st_gid) != (stat.st_uid, stat.st_gid));
    let is_given = other.is_none_or(|owner| {
        let group = Some(Gid::from_raw(owner.st_gid));
        let given = fchown(&file, Some(Uid::from_raw(owner.st_uid)), group);
        if given.is_err() {
            // An ordinary user may not give files away, but to a group of their own.
            let group = fchown(&file, None, group);
            return owner.st_uid == stat.st_uid && group.is_ok();
        }
        true
    });
    // After the change of owner, which takes some bits away.
    fchmod(&file, Mode::from_raw_mode(u32::from(mode)))?;
    if let Some(modified) = modified {
        futimens(&file, modified)?;
    }
    way.follow(&file).map_err(io)?;
    Ok(Written::of(&stat, is_given))
}

fn write_link(
    folder: &OwnedFd,
    temporary: &str,
    text: &[u8],
    modified: Option<&Timestamps>,
) -> Result<Written> {
    if symlinkat(text, folder, temporary) == Err(Errno::EXIST) {
        remove_entry(folder, temporary)?;
        symlinkat(text, folder, temporary)?;
    }
    if let Some(modified) = modified {
        // Not every file system keeps times of links.
        let _ = utimensat(folder, temporary, modified, AtFlags::SYMLINK_NOFOLLOW);
    }
    let stat = statat(folder, temporary, AtFlags::SYMLINK_NOFOLLOW)?;
    if let Some(owner) = owner_of_folder(folder) {
        let (uid, gid) = (Uid::from_raw(owner.st_uid), Gid::from_raw(owner.st_gid));
        let _ = chownat(
            folder,
            temporary,
            Some(uid),
            Some(gid),
            AtFlags::SYMLINK_NOFOLLOW,
        );
    }
    Ok(Written::of(&stat, true))
}

/// Whose a new file should be, if it is not the user's own anyway: that of the file that it
/// replaces; with an administrator's rights, else that of the folder that it is in.
fn owner(folder: &OwnedFd, name: &[u8], is_replaced: bool) -> Option<Stat> {
    if is_replaced {
        return statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok();
    }
    owner_of_folder(folder)
}

fn owner_of_folder(folder: &OwnedFd) -> Option<Stat> {
    if rustix::process::geteuid().is_root() {
        return fstat(folder).ok().filter(|stat| stat.st_uid != 0);
    }
    None
}

/// Makes a folder beside its place; `None` if something else is there than was seen.
pub(super) fn make_folder(
    folder: &OwnedFd,
    name: &[u8],
    mode: u16,
    seen: Option<&Print>,
) -> Result<Option<Written>> {
    let released = BTreeSet::new();
    if !is_still(folder, name, seen, &released)? {
        return Ok(None);
    }
    let temporary = temporary(name);
    remove_leftover(folder, &temporary)?;
    mkdirat(folder, temporary.as_str(), Mode::from_raw_mode(0o700))?;
    let made = openat(
        folder,
        temporary.as_str(),
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    if let Some(owner) = owner_of_folder(folder) {
        let (uid, gid) = (Uid::from_raw(owner.st_uid), Gid::from_raw(owner.st_gid));
        let _ = fchown(&made, Some(uid), Some(gid));
    }
    fchmod(&made, Mode::from_raw_mode(u32::from(mode)))?;
    let stat = fstat(&made)?;
    Ok(Some(Written::of(&stat, true)))
}

/// Moves a new form into its place if what was seen is still there.
pub(super) fn put(
    folder: &OwnedFd,
    name: &[u8],
    written: &Written,
    seen: Option<&Print>,
    released: &BTreeSet<u64>,
) -> Result<Put> {
    let temporary = temporary(name);
    // Somebody may have put a file of their own there.
    let is_ours = match statat(folder, temporary.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if (stat.st_dev, stat.st_ino) == written.id => Some(stat),
        Ok(_) | Err(Errno::NOENT) => None,
        Err(errno) => return Err(errno),
    };
    let Some(ours) = is_ours else {
        return Ok(Put::Conflict);
    };
    if !is_still(folder, name, seen, released)? {
        clean(folder, name);
        return Ok(Put::Conflict);
    }
    let Some(seen) = seen else {
        return put_new(folder, &temporary, name);
    };
    if !is_folder(seen.mode) && !is_folder(ours.st_mode) {
        renameat(folder, temporary.as_str(), folder, name)?;
        return Ok(Put::Done);
    }
    if is_folder(seen.mode) {
        empty_of_leftovers(folder, name)?;
    }
    // Neither can replace the other, so they change names; there is no moment without either.
    let exchanged = renameat_with(
        folder,
        temporary.as_str(),
        folder,
        name,
        RenameFlags::EXCHANGE,
    );
    match exchanged {
        Ok(()) => {}
        Err(Errno::INVAL | Errno::NOSYS) => {
            remove_name(folder, name)?;
            return put_new(folder, &temporary, name);
        }
        Err(errno) => return Err(errno),
    }
    match remove_entry(folder, &temporary) {
        Ok(()) => Ok(Put::Done),
        // Somebody put something into the folder: it takes its name back.
        Err(Errno::NOTEMPTY | Errno::EXIST) => {
            renameat_with(
                folder,
                temporary.as_str(),
                folder,
                name,
                RenameFlags::EXCHANGE,
            )?;
            clean(folder, name);
            Ok(Put::Conflict)
        }
        Err(errno) => Err(errno),
    }
}

/// Gives a new form a name that nothing has.
fn put_new(folder: &OwnedFd, temporary: &str, name: &[u8]) -> Result<Put> {
    match renameat_with(folder, temporary, folder, name, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(Put::Done),
        Err(Errno::EXIST) => {
            clean(folder, name);
            Ok(Put::Conflict)
        }
        // Not every file system can rename without replacing; all that matter can link.
        Err(Errno::INVAL | Errno::NOSYS) => {
            match linkat(folder, temporary, folder, name, AtFlags::empty()) {
                Ok(()) => unlinkat(folder, temporary, AtFlags::empty()).map(|()| Put::Done),
                Err(Errno::EXIST) => {
                    clean(folder, name);
                    Ok(Put::Conflict)
                }
                // A folder cannot be linked; without anything at its name a rename replaces nothing
                // but another empty folder.
                Err(Errno::PERM | Errno::ISDIR) => {
                    renameat(folder, temporary, folder, name).map(|()| Put::Done)
                }
                Err(errno) => Err(errno),
            }
        }
        Err(errno) => Err(errno),
    }
}

/// Removes an entry if it still is what was seen; `false` if it is not, or is a folder that is not
/// empty.
pub(super) fn remove(
    folder: &OwnedFd,
    name: &[u8],
    seen: Option<&Print>,
    released: &BTreeSet<u64>,
) -> Result<bool> {
    let Some(seen) = seen else {
        return Ok(false);
    };
    if !is_still(folder, name, Some(seen), released)? {
        // Somebody else removed it: that is what was wanted.
        let there = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
        return Ok(matches!(there, Err(Errno::NOENT)));
    }
    if is_folder(seen.mode) {
        empty_of_leftovers(folder, name)?;
    }
    match remove_name(folder, name) {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
        Err(errno) => Err(errno),
    }
}

/// Removes from a folder what interrupted calls left.
fn empty_of_leftovers(folder: &OwnedFd, name: &[u8]) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Ok(inner) = openat(folder, name, flags, Mode::empty()) else {
        return Ok(());
    };
    for entry in Dir::read_from(&inner)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name.starts_with(TEMPORARY.as_bytes()) {
            remove_name(&inner, name)?;
        }
    }
    Ok(())
}

/// Removes what was written beside a name, if anything is left of it.
pub(super) fn clean(folder: &OwnedFd, name: &[u8]) {
    let _ = remove_leftover(folder, &temporary(name));
}

fn remove_leftover(folder: &OwnedFd, temporary: &str) -> Result<()> {
    match remove_entry(folder, temporary) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn remove_entry(folder: &OwnedFd, name: &str) -> Result<()> {
    remove_name(folder, name.as_bytes())
}

/// Removes a file, a link or an empty folder.
fn remove_name(folder: &OwnedFd, name: &[u8]) -> Result<()> {
    match unlinkat(folder, name, AtFlags::empty()) {
        // What Linux says, and what POSIX lets a system say, of a folder.
        Err(Errno::ISDIR | Errno::PERM) => unlinkat(folder, name, AtFlags::REMOVEDIR),
        done => done,
    }
}

/// Tells whether what stands at a name is what was seen.
fn is_still(
    folder: &OwnedFd,
    name: &[u8],
    seen: Option<&Print>,
    released: &BTreeSet<u64>,
) -> Result<bool> {
    let there = match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stamp::print(&stat),
        Err(Errno::NOENT) => return Ok(seen.is_none()),
        Err(errno) => return Err(errno),
    };
    let Some(seen) = seen else {
        return Ok(false);
    };
    if is_folder(seen.mode) {
        // What is done in a folder shows in its times, and a bit more for the owner in its mode.
        return Ok(there.inode == seen.inode && is_folder(there.mode));
    }
    let is_alike = (there.inode, there.size, there.mode, there.modified)
        == (seen.inode, seen.size, seen.mode, seen.modified);
    Ok(is_alike && (there.changed == seen.changed || released.contains(&seen.inode)))
}
