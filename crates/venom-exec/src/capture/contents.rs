//! Reads what a scan found to be new, and stores it.
//!
//! A file is stored only if nothing happened to it between the look before the first byte and the
//! look after the last: a mixture of two states is a state that never was.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{AtFlags, FileType, OFlags, fstat, readlinkat, statat};
use rustix::io::Errno;
use venom_kernel::tree::{ObjectId, Skip, TreePath};
use venom_ports::blob::Objects;
use venom_ports::snapshot::Print;
use venom_ports::{Failure, Result};

use super::scan::{Found, Ground, What};
use super::stamp;
use crate::overlay::shown;
use crate::workspace::beneath::Beneath;
use crate::workspace::failure;

/// How often a file is read that does not hold still. Chosen: an editor is done after one, and what
/// is written all the time will not be caught by ten.
const TRIES: usize = 3;

/// Reads and stores whatever the scan left open; gives the number of files that were read.
pub(super) fn store(ground: &Ground<'_>, found: &mut [Found]) -> Result<u64> {
    let mut open = Vec::new();
    for (folder, looked) in found.iter().enumerate() {
        for (place, entry) in looked.entries.iter().enumerate() {
            if matches!(entry.what, What::File(None) | What::Link(None)) {
                let kind = if matches!(entry.what, What::File(None)) {
                    FileType::RegularFile
                } else {
                    FileType::Symlink
                };
                open.push((folder, place, kind, looked.path.join(&entry.name)));
            }
        }
    }
    let next = AtomicUsize::new(0);
    let is_broken = AtomicBool::new(false);
    let broken: Mutex<Option<Failure>> = Mutex::default();
    let work = || {
        let mut done = Vec::new();
        while !is_broken.load(Ordering::Relaxed) {
            let Some((folder, place, kind, path)) = open.get(next.fetch_add(1, Ordering::Relaxed))
            else {
                break;
            };
            match read_and_store(ground, path, *kind) {
                Ok(stored) => done.push((*folder, *place, stored)),
                Err(failure) => {
                    is_broken.store(true, Ordering::Relaxed);
                    *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                }
            }
        }
        done
    };
    let threads = ground.threads.min(open.len().div_ceil(8)).max(1);
    let stored = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut stored = work();
        for other in others {
            match other.join() {
                Ok(more) => stored.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        stored
    });
    if let Some(failure) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(failure);
    }
    let mut read = 0;
    for (folder, place, stored) in stored {
        let entry = found
            .get_mut(folder)
            .and_then(|looked| looked.entries.get_mut(place));
        if let Some(entry) = entry {
            match stored {
                Stored::Is(print, what) => {
                    entry.print = print;
                    entry.what = what;
                    read += 1;
                }
                Stored::Not(what) => entry.what = what,
            }
        }
    }
    Ok(read)
}

enum Stored {
    /// What it is, and how it looked when it was that.
    Is(Print, What),
    /// Why it is nothing.
    Not(What),
}

fn read_and_store(ground: &Ground<'_>, path: &TreePath, kind: FileType) -> Result<Stored> {
    let outcome = if kind == FileType::Symlink {
        read_link(ground.beneath, path).map(|(print, text)| Content::Whole(print, text))
    } else {
        read_file(ground.beneath, path, ground.guards.file_bytes)
    };
    Ok(match outcome {
        Ok(Content::Whole(print, bytes)) => {
            let id = ObjectId::from(&ground.objects.write(&bytes)?);
            let what = if kind == FileType::Symlink {
                What::Link(Some(id))
            } else {
                What::File(Some(id))
            };
            Stored::Is(print, what)
        }
        Ok(Content::TooBig) => Stored::Not(What::Skipped(Skip::TooBig)),
        Ok(Content::Restless | Content::Other) => Stored::Not(What::Skipped(Skip::Unreadable)),
        Err(Errno::NOENT) => Stored::Not(What::Gone),
        Err(errno @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => {
            return Err(failure(errno, "read", path));
        }
        Err(_) => Stored::Not(What::Skipped(Skip::Unreadable)),
    })
}

/// What came of reading.
pub(crate) enum Content {
    Whole(Print, Vec<u8>),
    TooBig,
    /// It changed whenever it was read.
    Restless,
    /// Something else stands there by now.
    Other,
}

/// Reads a regular file as it was at one moment.
pub(crate) fn read_file(
    beneath: &Beneath,
    path: &TreePath,
    limit: u64,
) -> rustix::io::Result<Content> {
    // Should a pipe have taken its place: do not wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    for _ in 0..TRIES {
        let mut file = File::from(beneath.open_bytes(path.as_bytes(), flags)?);
        let before = stamp::print(&fstat(&file)?);
        if stamp::kind(&before) != FileType::RegularFile {
            return Ok(Content::Other);
        }
        if before.size > limit {
            return Ok(Content::TooBig);
        }
        // One byte more than it says, so that the end is found without another call.
        let room = usize::try_from(before.size).unwrap_or_default() + 1;
        let mut bytes = Vec::with_capacity(room);
        let mut taken = (&mut file).take(before.size + 1);
        if let Err(error) = taken.read_to_end(&mut bytes) {
            return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO));
        }
        let after = stamp::print(&fstat(&file)?);
        if before == after && bytes.len() as u64 == before.size {
            return Ok(Content::Whole(before, bytes));
        }
    }
    Ok(Content::Restless)
}

/// Reads the text of a link.
pub(crate) fn read_link(
    beneath: &Beneath,
    path: &TreePath,
) -> rustix::io::Result<(Print, Vec<u8>)> {
    let (folder, name) = path.split().ok_or(Errno::ISDIR)?;
    let folder = beneath.open_bytes(folder, OFlags::PATH | OFlags::DIRECTORY)?;
    let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    // A link cannot be edited, only replaced, which gives it another inode or time.
    let text = readlinkat(&folder, name, Vec::new())?;
    let after = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if stamp::print(&stat) != stamp::print(&after) {
        return Err(Errno::AGAIN);
    }
    Ok((stamp::print(&stat), text.into_bytes()))
}

/// Reads a file that is expected to be small; nothing if it is not, or is no file.
pub(crate) fn read_small(beneath: &Beneath, path: &TreePath, limit: u64) -> Option<Vec<u8>> {
    match read_file(beneath, path, limit) {
        Ok(Content::Whole(_, bytes)) => Some(bytes),
        Ok(Content::TooBig | Content::Restless | Content::Other) | Err(_) => None,
    }
}

/// Reads an object that must be there.
pub(crate) fn object(objects: &dyn Objects, id: ObjectId) -> Result<Vec<u8>> {
    objects.read(&id.to_blob())
}

/// A path for people.
pub(crate) fn shown_path(path: &TreePath) -> String {
    shown(Path::new(OsStr::from_bytes(path.as_bytes())))
}
