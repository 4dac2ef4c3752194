//! The folder in the workspace's root where changes are made ready, and the swaps into place.
//!
//! A staged file bears the size and the time of its content in its name once it is whole. After a
//! crash that tells it from a file that was swapped out of its place: the former can be made again
//! and goes; the latter goes only if it is what the command saw, else it is somebody's edit and is
//! kept.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, RenameFlags, Timespec, Timestamps, Uid, chownat, fchmod, fchown,
    fsync, futimens, ioctl_ficlone, linkat, mkdirat, openat, renameat, renameat_with, symlinkat,
    unlinkat, utimensat,
};
use rustix::io::Errno;
use venom_ports::{Failure, FailureKind, Result};

use super::baseline::Baseline;
use super::names::shown;
use super::node::{Form, Node};
use super::scan::changed;
use super::tree::{Place, Tree, names_in, node_at};
use crate::workspace::{broken, failure};

/// How names begin of what is being written to a workspace; walks pass over them. The same as
/// where change sets are applied.
pub(super) const TEMPORARY: &str = ".venom-tmp-";

/// The folder's name.
pub(super) const STAGING: &str = ".venom-tmp-overlay";

/// Most leftovers that are looked through. Chosen: more than a delta has.
const MOST_LEFT: usize = 1_000_000;

/// How names end of what is being made ready.
const UNFINISHED: &str = "w";

/// How names end of notes that a folder was opened: then follows its mode, and the path is what the
/// link says.
const OPENED: &str = "o-";

/// A second in nanoseconds.
const SECOND: i128 = 1_000_000_000;

/// The staging folder, held open.
pub(super) struct Stage {
    folder: OwnedFd,
    next: u64,
    can_clone: bool,
}

/// What an interrupted commit left and has to be looked after.
#[derive(Default)]
pub(super) struct Leftovers {
    /// Files that hold somebody's edit.
    pub(super) kept: Vec<PathBuf>,
    /// Folders that were opened to their owner, and the modes that they had.
    pub(super) opened: BTreeMap<PathBuf, u32>,
}

/// How a swap went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swapped {
    Done,
    /// What stands there is not what it was.
    Changed,
    /// The same, and something was left in the staging folder.
    Kept,
}

impl Stage {
    /// Tells whether there is such a folder: an interrupted commit left it.
    pub(super) fn is_left(host: &Tree) -> bool {
        !matches!(host.node(Path::new(STAGING)), Ok(None))
    }

    /// Opens or makes the folder and removes what an interrupted commit left in it.
    pub(super) fn open(host: &Tree, expected: &Baseline) -> Result<(Self, Leftovers)> {
        let failed = |errno| failure(errno, "prepare", &STAGING);
        match mkdirat(host.root(), STAGING, Mode::from_raw_mode(0o700)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(failed(errno)),
        }
        let folder = host.folder(Path::new(STAGING)).map_err(failed)?;
        let stat = rustix::fs::fstat(&folder).map_err(failed)?;
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("`{STAGING}` in the workspace belongs to somebody else"),
            )
            .with_hint(format!("look what is in `{STAGING}`, then remove it")));
        }
        let mut left = Leftovers::default();
        for name in names_in(&folder, MOST_LEFT)? {
            let Some(node) = node_at(&folder, &name).map_err(failed)? else {
                continue;
            };
            if let Some((path, mode)) = note(&name, &node) {
                left.opened.insert(path, mode);
            } else if !clear_away(&folder, &name, &node, expected) {
                left.kept.push(Path::new(STAGING).join(name));
            }
        }
        let stage = Self {
            folder,
            next: 0,
            can_clone: true,
        };
        Ok((stage, left))
    }

    /// Makes a file ready; `owner` is who shall own it.
    pub(super) fn file(
        &mut self,
        upper: &Tree,
        path: &Path,
        wanted: &Node,
        owner: (u32, u32),
        is_saved: bool,
    ) -> Result<OsString> {
        let failed = |error: std::io::Error| broken(&error, "write", &shown(path));
        let (source, found) = match upper.file(path) {
            Ok(opened) => opened,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::INVAL) => {
                return Err(changed(path));
            }
            Err(errno) => return Err(failure(errno, "read", &shown(path))),
        };
        if !wanted.is_untouched(&found) || wanted.print.links != found.print.links {
            return Err(changed(path));
        }
        let times = times(wanted);
        let (name, file) = self
            .fresh(UNFINISHED, |folder, name| {
                let flags = OFlags::WRONLY
                    | OFlags::CREATE
                    | OFlags::EXCL
                    | OFlags::NOFOLLOW
                    | OFlags::CLOEXEC;
                // Nobody else may read it before it has its own permissions.
                openat(folder, name, flags, Mode::from_raw_mode(0o600))
            })
            .map_err(|errno| failed(errno.into()))?;
        let file = File::from(file);
        self.copy(&source, &file, wanted.size).map_err(failed)?;
        let after = rustix::fs::fstat(&source).map_err(|errno| failed(errno.into()))?;
        if !wanted.is_untouched(&Node::of(&after)) {
            return Err(changed(path));
        }
        let finish = || -> rustix::io::Result<()> {
            let made = rustix::fs::fstat(&file)?;
            if owner != (made.st_uid, made.st_gid) {
                // An ordinary user may not give files away; the file is then the user's own.
                let _ = fchown(
                    &file,
                    Some(Uid::from_raw(owner.0)),
                    Some(Gid::from_raw(owner.1)),
                );
            }
            fchmod(&file, Mode::from_raw_mode(wanted.mode))?;
            futimens(&file, &times)?;
            if is_saved { fsync(&file) } else { Ok(()) }
        };
        finish()
            .and_then(|()| self.settle(&name, wanted))
            .map_err(|errno| failed(errno.into()))
    }

    /// Makes a symbolic link ready.
    pub(super) fn link(
        &mut self,
        path: &Path,
        wanted: &Node,
        owner: (u32, u32),
    ) -> Result<OsString> {
        let failed = |errno| failure(errno, "write", &shown(path));
        let Some(target) = &wanted.target else {
            return Err(changed(path));
        };
        let (name, ()) = self
            .fresh(UNFINISHED, |folder, name| {
                symlinkat(target.as_path(), folder, name)
            })
            .map_err(failed)?;
        self.finish_unopened(&name, wanted, owner)
            .and_then(|()| self.settle(&name, wanted))
            .map_err(failed)
    }

    /// Makes an empty folder ready; its mode is at least such that it can be filled.
    pub(super) fn empty_folder(
        &mut self,
        path: &Path,
        wanted: &Node,
        owner: (u32, u32),
    ) -> Result<OsString> {
        let failed = |errno| failure(errno, "make", &shown(path));
        let (name, ()) = self
            .fresh("d", |folder, name| {
                mkdirat(folder, name, Mode::from_raw_mode(0o700))
            })
            .map_err(failed)?;
        let finish = || -> rustix::io::Result<()> {
            self.finish_unopened(&name, wanted, owner)?;
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let made = openat(&self.folder, name.as_os_str(), flags, Mode::empty())?;
            fchmod(&made, Mode::from_raw_mode(wanted.mode | 0o700))
        };
        finish().map_err(failed)?;
        Ok(name)
    }

    fn finish_unopened(
        &self,
        name: &OsStr,
        wanted: &Node,
        owner: (u32, u32),
    ) -> rustix::io::Result<()> {
        let made = node_at(&self.folder, name)?.ok_or(Errno::NOENT)?;
        if owner != (made.print.owner, made.print.group) {
            let _ = chownat(
                &self.folder,
                name,
                Some(Uid::from_raw(owner.0)),
                Some(Gid::from_raw(owner.1)),
                AtFlags::SYMLINK_NOFOLLOW,
            );
        }
        utimensat(
            &self.folder,
            name,
            &times(wanted),
            AtFlags::SYMLINK_NOFOLLOW,
        )
    }

    /// Notes that a folder is about to be opened to its owner, for the case that nobody is left to
    /// close it again.
    pub(super) fn note_opened(&mut self, path: &Path, mode: u32) -> rustix::io::Result<()> {
        self.fresh(&format!("{OPENED}{mode:o}"), |folder, name| {
            symlinkat(path, folder, name)
        })?;
        Ok(())
    }

    /// Gives something whole the name that says what it is.
    fn settle(&self, name: &OsStr, wanted: &Node) -> rustix::io::Result<OsString> {
        let number = name.to_string_lossy();
        let number = number.split('-').next().unwrap_or_default();
        let settled = format!("{number}-{}-{}", wanted.size, wanted.print.modified);
        renameat(&self.folder, name, &self.folder, settled.as_str())?;
        Ok(OsString::from(settled))
    }

    /// Makes something under a name that is free.
    fn fresh<T>(
        &mut self,
        tail: &str,
        make: impl Fn(&OwnedFd, &OsStr) -> rustix::io::Result<T>,
    ) -> rustix::io::Result<(OsString, T)> {
        loop {
            let name = OsString::from(format!("{}-{tail}", self.next));
            self.next += 1;
            match make(&self.folder, &name) {
                Ok(made) => return Ok((name, made)),
                // Something that was kept.
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Copies bytes, sharing them where the file system can.
    fn copy(&mut self, source: &File, target: &File, size: u64) -> std::io::Result<()> {
        use std::io::Read as _;
        if self.can_clone && size > 0 {
            match ioctl_ficlone(target, source) {
                Ok(()) => return Ok(()),
                Err(_) => self.can_clone = false,
            }
        }
        // Stays in the kernel where that is possible: the standard library asks for it.
        let mut target = target;
        std::io::copy(&mut source.take(size), &mut target)?;
        Ok(())
    }

    /// Puts something staged where nothing stands.
    pub(super) fn create(&self, staged: &OsStr, place: &Place<'_>) -> rustix::io::Result<Swapped> {
        let Place { folder, name } = place;
        match renameat_with(&self.folder, staged, folder, *name, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(Swapped::Done),
            Err(Errno::EXIST) => Ok(Swapped::Changed),
            // Not every file system can rename without replacing; all that matter can link.
            Err(Errno::INVAL | Errno::NOSYS) => {
                match linkat(&self.folder, staged, folder, *name, AtFlags::empty()) {
                    Ok(()) => {
                        unlinkat(&self.folder, staged, AtFlags::empty())?;
                        Ok(Swapped::Done)
                    }
                    Err(Errno::EXIST) => Ok(Swapped::Changed),
                    // A folder cannot be linked. An empty one may be replaced without loss, and
                    // anything else makes this fail.
                    Err(Errno::PERM | Errno::ISDIR) => {
                        renameat(&self.folder, staged, folder, *name)?;
                        Ok(Swapped::Done)
                    }
                    Err(errno) => Err(errno),
                }
            }
            Err(errno) => Err(errno),
        }
    }

    /// Puts something staged in the place of what was seen there. The two change places in one
    /// step; if what comes out is not what was seen, they change back.
    pub(super) fn replace(
        &self,
        staged: &OsStr,
        place: &Place<'_>,
        seen: &Node,
        mut between: impl FnMut(),
    ) -> rustix::io::Result<Swapped> {
        let Place { folder, name } = place;
        if !is_still(folder, name, seen)? {
            return Ok(Swapped::Changed);
        }
        let swap = || renameat_with(&self.folder, staged, folder, *name, RenameFlags::EXCHANGE);
        match swap() {
            Ok(()) => {}
            // Where the file system cannot exchange, the last look has to do.
            Err(Errno::INVAL | Errno::NOSYS) if seen.form != Form::Folder => {
                renameat(&self.folder, staged, folder, *name)?;
                return Ok(Swapped::Done);
            }
            Err(errno) => return Err(errno),
        }
        between();
        let out = node_at(&self.folder, staged)?;
        let is_seen = out.as_ref().is_some_and(|out| match seen.form {
            Form::Folder => out.form == Form::Folder,
            _ => seen.is_moved(out),
        });
        if is_seen {
            let flags = match seen.form {
                Form::Folder => AtFlags::REMOVEDIR,
                _ => AtFlags::empty(),
            };
            match unlinkat(&self.folder, staged, flags) {
                Ok(()) => return Ok(Swapped::Done),
                // Somebody put something into the folder.
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        match swap() {
            Ok(()) => Ok(Swapped::Changed),
            // The place itself is gone; what was in it must not be lost.
            Err(_) => Ok(Swapped::Kept),
        }
    }

    /// Removes a file or link that was seen. It is taken aside first, and put back if it is another.
    pub(super) fn remove(
        &mut self,
        place: &Place<'_>,
        seen: &Node,
        mut between: impl FnMut(),
    ) -> rustix::io::Result<Swapped> {
        let Place { folder, name } = place;
        if !is_still(folder, name, seen)? {
            return Ok(Swapped::Changed);
        }
        let taken = self.fresh("x", |aside, fresh| {
            renameat_with(folder, *name, aside, fresh, RenameFlags::NOREPLACE)
        });
        let aside = match taken {
            Ok((aside, ())) => aside,
            Err(Errno::INVAL | Errno::NOSYS) => {
                unlinkat(folder, *name, AtFlags::empty())?;
                return Ok(Swapped::Done);
            }
            Err(errno) => return Err(errno),
        };
        between();
        let out = node_at(&self.folder, &aside)?;
        if out.is_some_and(|out| seen.is_moved(&out)) {
            unlinkat(&self.folder, aside.as_os_str(), AtFlags::empty())?;
            return Ok(Swapped::Done);
        }
        let back = renameat_with(
            &self.folder,
            aside.as_os_str(),
            folder,
            *name,
            RenameFlags::NOREPLACE,
        );
        Ok(match back {
            Ok(()) => Swapped::Changed,
            Err(_) => Swapped::Kept,
        })
    }

    /// Removes the folder with what was staged and not used; what must be kept stays, and is named.
    pub(super) fn close(self, host: &Tree, expected: &Baseline) -> Result<Vec<PathBuf>> {
        let failed = |errno| failure(errno, "remove", &STAGING);
        let mut kept = Vec::new();
        for name in names_in(&self.folder, MOST_LEFT)? {
            let node = node_at(&self.folder, &name).map_err(failed)?;
            let is_gone = node.is_none_or(|node| {
                let is_noted = note(&name, &node).is_some();
                (is_noted && unlinkat(&self.folder, &name, AtFlags::empty()).is_ok())
                    || clear_away(&self.folder, &name, &node, expected)
            });
            if !is_gone {
                kept.push(Path::new(STAGING).join(name));
            }
        }
        match unlinkat(host.root(), STAGING, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(kept),
            Err(errno) => Err(failed(errno)),
        }
    }
}

/// Removes a leftover that is nobody's; tells whether it is gone.
fn clear_away(folder: &OwnedFd, name: &OsStr, node: &Node, expected: &Baseline) -> bool {
    let flags = match node.form {
        Form::Folder => AtFlags::REMOVEDIR,
        Form::File | Form::Link if is_staged(name, node) || expected.holds(node) => {
            AtFlags::empty()
        }
        _ => return false,
    };
    matches!(unlinkat(folder, name, flags), Ok(()) | Err(Errno::NOENT))
}

/// Reads the notes of an interrupted commit: which folders it opened, and the modes that they had.
/// What cannot be read notes nothing.
pub(super) fn opened(host: &Tree) -> BTreeMap<PathBuf, u32> {
    let Ok(folder) = host.folder(Path::new(STAGING)) else {
        return BTreeMap::new();
    };
    let names = names_in(&folder, MOST_LEFT).unwrap_or_default();
    let notes = names.iter().filter_map(|name| {
        let node = node_at(&folder, name).ok().flatten()?;
        note(name, &node)
    });
    notes.collect()
}

/// Reads a note that a folder was opened.
fn note(name: &OsStr, node: &Node) -> Option<(PathBuf, u32)> {
    let (_, tail) = name.to_str()?.split_once('-')?;
    let mode = u32::from_str_radix(tail.strip_prefix(OPENED)?, 8).ok()?;
    Some((node.target.clone()?, mode & 0o7777))
}

/// Tells whether a leftover is what its name says: made here, and never in place.
fn is_staged(name: &OsStr, node: &Node) -> bool {
    let Some((_, tail)) = name.to_str().and_then(|name| name.split_once('-')) else {
        return false;
    };
    if tail == UNFINISHED {
        return true;
    }
    let said = tail.split_once('-').and_then(|(size, modified)| {
        Some((size.parse::<u64>().ok()?, modified.parse::<i128>().ok()?))
    });
    said.is_some_and(|(size, modified)| {
        let found = node.print.modified;
        // Some file systems keep whole seconds.
        let is_cut =
            found.rem_euclid(SECOND) == 0 && found == modified - modified.rem_euclid(SECOND);
        node.size == size && (found == modified || is_cut)
    })
}

/// Tells whether what stands under a name is what was seen there.
fn is_still(folder: &OwnedFd, name: &OsStr, seen: &Node) -> rustix::io::Result<bool> {
    Ok(node_at(folder, name)?.is_some_and(|node| match seen.form {
        Form::Folder => node.form == Form::Folder,
        _ => seen.is_unedited(&node),
    }))
}

fn times(node: &Node) -> Timestamps {
    let seconds = node.print.modified.div_euclid(SECOND);
    let nanos = node.print.modified.rem_euclid(SECOND);
    let modified = Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or_default(),
        tv_nsec: i64::try_from(nanos).unwrap_or_default(),
    };
    Timestamps {
        last_access: modified,
        last_modification: modified,
    }
}

/// Sets the permission bits of something that is held open for nothing but naming it.
pub(super) fn set_mode(handle: &OwnedFd, mode: u32) -> rustix::io::Result<()> {
    // The one way to do this without a second look at the name.
    let path = format!("/proc/self/fd/{}", handle.as_raw_fd());
    rustix::fs::chmod(path.as_str(), Mode::from_raw_mode(mode))
}
