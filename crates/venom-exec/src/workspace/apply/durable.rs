//! Brings written files and folders to the disk.
//!
//! A few are synced one by one. Of many the whole file system is synced, once: each sync of a file
//! makes the disk empty its cache, which takes milliseconds, and thousands of them take a minute.
//! A sync of the whole file system also waits for what other programs have written, so it is not
//! worth it for a few files. It is asked only of file systems that are known to keep what they
//! promise, under kernels that report what went wrong; everywhere else each file is synced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, fstat, fstatfs, fsync, openat, syncfs};
use rustix::io::Errno;
use venom_kernel::change::RelPath;
use venom_ports::Result;

use crate::workspace::beneath::Beneath;
use crate::workspace::failure;

/// Up to this many files are synced one by one. Chosen: on a disk that needs 3 ms to empty its
/// cache that is a tenth of a second.
const FEW: usize = 32;

/// File systems that bring everything to the disk when they are asked to as a whole: ext2 to ext4,
/// XFS, Btrfs, F2FS, and tmpfs, which has no disk. The numbers are those of `linux/magic.h` and, for
/// XFS, of its own superblock.
const KNOWN: [u32; 5] = [0xEF53, 0x5846_5342, 0x9123_683E, 0xF2F5_2010, 0x0102_1994];

/// Since this version the kernel reports files that could not be written when a whole file system is
/// synced; see `syncfs(2)`.
const REPORTS: (u32, u32) = (5, 8);

/// How the files of one call come to the disk.
pub(crate) struct Durability {
    is_few: bool,
    /// The devices that files are written to, each with a folder of it that is held open if the
    /// whole of it can be synced.
    devices: BTreeMap<u64, Option<OwnedFd>>,
}

/// How one file comes to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is synced by itself.
    Alone,
    /// It is synced with all others.
    Together,
}

impl Durability {
    /// Chooses for a number of files.
    pub(crate) fn for_files(count: usize) -> Self {
        Self {
            is_few: count <= FEW,
            devices: BTreeMap::new(),
        }
    }

    /// Says how a file that is going to be written into a folder comes to the disk. It is asked
    /// before anything is written, because the kernel reports to a descriptor only what goes wrong
    /// after it was opened.
    pub(crate) fn way(&mut self, folder: &OwnedFd) -> rustix::io::Result<Way> {
        if self.is_few {
            return Ok(Way::Alone);
        }
        let device = fstat(folder)?.st_dev;
        if let Some(known) = self.devices.get(&device) {
            return Ok(Self::way_of(known.as_ref()));
        }
        let held = if is_trusted(folder) {
            Some(again(folder)?)
        } else {
            None
        };
        let way = Self::way_of(held.as_ref());
        self.devices.insert(device, held);
        Ok(way)
    }

    const fn way_of(held: Option<&OwnedFd>) -> Way {
        match held {
            Some(_) => Way::Together,
            None => Way::Alone,
        }
    }

    /// Brings to the disk what was written [`Way::Together`].
    pub(crate) fn settle(&self) -> Result<()> {
        for folder in self.devices.values().flatten() {
            whole(folder).map_err(|errno| failure(errno, "save files in", &RelPath::root()))?;
        }
        Ok(())
    }
}

impl Way {
    /// Does what has to be done for a file as soon as it is written.
    pub(crate) fn follow(self, file: &File) -> std::io::Result<()> {
        match self {
            Self::Alone => file.sync_all(),
            Self::Together => Ok(()),
        }
    }
}

/// Makes the entries of folders last.
pub(super) fn folders(beneath: &Beneath, paths: &BTreeSet<String>) -> Result<()> {
    let mut durability = Durability::for_files(paths.len());
    for path in paths {
        let synced = beneath.open_folder(path).and_then(|folder| {
            // What was renamed before this descriptor was opened counts as well: an error that
            // nobody has seen yet is reported to the first who asks.
            match durability.way(&folder)? {
                Way::Alone => fsync(&folder),
                Way::Together => Ok(()),
            }
        });
        match synced {
            // Some file systems cannot sync a folder; one that somebody removed needs it no more.
            Ok(()) | Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
            Err(errno) => {
                let path = RelPath::new(path).unwrap_or_else(|_outside| RelPath::root());
                return Err(failure(errno, "save the folder", &path));
            }
        }
    }
    durability.settle()
}

/// Syncs the whole file system of a folder.
fn whole(folder: &OwnedFd) -> rustix::io::Result<()> {
    syncfs(folder)?;
    // Without a journal, ext4 writes the last folders after it has told the disk to empty its cache;
    // a sync of any one file makes the disk do so once more.
    fsync(folder)
}

/// Opens a folder once more.
fn again(folder: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(folder, ".", flags, Mode::empty())
}

/// Tells whether a sync of the whole file system of a folder keeps its promise and reports failures.
fn is_trusted(folder: &OwnedFd) -> bool {
    let is_known = fstatfs(folder)
        .ok()
        .and_then(|stat| u32::try_from(stat.f_type).ok())
        .is_some_and(|kind| KNOWN.contains(&kind));
    is_known
        && rustix::system::uname()
            .release()
            .to_str()
            .is_ok_and(|release| version(release).is_some_and(|version| version >= REPORTS))
}

/// Reads the first two numbers of a kernel's version such as `6.1.0-13-amd64`.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let first = numbers.next()?.parse().ok()?;
    let second = numbers.next()?.parse().ok()?;
    Some((first, second))
}

#[cfg(test)]
mod tests;
