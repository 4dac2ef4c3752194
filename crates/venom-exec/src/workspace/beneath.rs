//! Reaches files beneath a folder without ever leaving it or following a symbolic link.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, Stat, mkdirat, openat, openat2, statat};
use rustix::io::{Errno, Result};
use venom_kernel::change::RelPath;

/// Tries of `openat2` while somebody renames folders. Chosen: it is asked for again only when a
/// rename happened in that very moment.
const TRIES: usize = 16;

/// A folder that is held open.
#[derive(Debug)]
pub(crate) struct Beneath {
    root: OwnedFd,
}

/// The folder that a path is in, held open, and the path's last part.
pub(crate) struct Place<'a> {
    pub(crate) folder: OwnedFd,
    pub(crate) name: &'a str,
}

impl Beneath {
    pub(crate) fn new(root: OwnedFd) -> Self {
        Self { root }
    }

    /// Opens a path.
    pub(crate) fn open(&self, path: &RelPath, flags: OFlags) -> Result<OwnedFd> {
        self.open_text(path.as_str(), flags)
    }

    /// Opens a path that may hold any bytes.
    pub(crate) fn open_bytes(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
        match self.open_at_once(path, flags) {
            // Old kernels do not know the call, and some container runtimes forbid it.
            Err(Errno::NOSYS | Errno::PERM) => self.open_step_by_step(path, flags),
            opened => opened,
        }
    }

    /// Opens the folder that a path is in. The root itself is in no folder of the workspace.
    pub(crate) fn place<'a>(&self, path: &'a RelPath) -> Result<Place<'a>> {
        let (folder, name) = split(path.as_str());
        if name.is_empty() {
            return Err(Errno::ISDIR);
        }
        Ok(Place {
            folder: self.open_text(folder, folder_flags())?,
            name,
        })
    }

    /// Opens the folder that a path is in and makes those that are missing; gives the folders that
    /// got a new entry.
    pub(crate) fn make_place<'a>(&self, path: &'a RelPath) -> Result<(Place<'a>, Vec<String>)> {
        let (folder, name) = split(path.as_str());
        if name.is_empty() {
            return Err(Errno::ISDIR);
        }
        match self.open_text(folder, folder_flags()) {
            Ok(folder) => return Ok((Place { folder, name }, Vec::new())),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
        let mut grown = Vec::new();
        let mut at = self.open_text("", folder_flags())?;
        let mut so_far = String::new();
        for part in folder.split('/') {
            match mkdirat(&at, part, Mode::from_raw_mode(0o777)) {
                Ok(()) => grown.push(so_far.clone()),
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
            at = step(at.as_fd(), part.as_bytes(), folder_flags())?;
            if !so_far.is_empty() {
                so_far.push('/');
            }
            so_far.push_str(part);
        }
        Ok((Place { folder: at, name }, grown))
    }

    /// Opens a folder by its text.
    pub(crate) fn open_folder(&self, path: &str) -> Result<OwnedFd> {
        self.open_text(path, folder_flags())
    }

    /// Says what stands at a path; of a symbolic link, the link itself.
    pub(crate) fn stat(&self, path: &RelPath) -> Result<Stat> {
        if path.is_root() {
            return rustix::fs::fstat(&self.root);
        }
        let Place { folder, name } = self.place(path)?;
        statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn open_text(&self, path: &str, flags: OFlags) -> Result<OwnedFd> {
        self.open_bytes(path.as_bytes(), flags)
    }

    fn open_at_once(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
        let path = if path.is_empty() { b"." } else { path };
        // With `NOFOLLOW`, a link where a folder is asked for would pass for something else.
        let flags = (flags - OFlags::NOFOLLOW) | OFlags::CLOEXEC;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        for _ in 1..TRIES {
            match openat2(&self.root, path, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                opened => return opened,
            }
        }
        openat2(&self.root, path, flags, Mode::empty(), resolve)
    }

    fn open_step_by_step(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
        let mut at = step(self.root.as_fd(), b".", folder_flags())?;
        let mut parts = path.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            let part = if part.is_empty() { b"." } else { part };
            if parts.peek().is_none() {
                return step(at.as_fd(), part, flags);
            }
            at = step(at.as_fd(), part, folder_flags())?;
        }
        Ok(at)
    }
}

/// Opens one part of a path.
fn step(at: BorrowedFd<'_>, part: &[u8], flags: OFlags) -> Result<OwnedFd> {
    match openat(
        at,
        part,
        flags | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        // For a link where a folder is asked for, the kernel says that it is no folder.
        Err(Errno::NOTDIR) if is_link(at, part) => Err(Errno::LOOP),
        opened => opened,
    }
}

fn is_link(at: BorrowedFd<'_>, part: &[u8]) -> bool {
    statat(at, part, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
        rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::Symlink
    })
}

fn folder_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW
}

/// Splits a path into its folder and its last part.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests;
