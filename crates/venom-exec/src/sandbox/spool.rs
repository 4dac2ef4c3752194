//! What a command printed: a file without a name up to a limit, and the end of the stream in memory
//! beyond it. The file is gone with the process, however that ends.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::{Mode, OFlags};

/// The output of one command.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// How much the file may hold.
    limit: u64,
    /// How much it holds: the beginning of the stream.
    in_file: u64,
    /// The end of the stream, when it is longer than the file may be.
    tail: VecDeque<u8>,
    longest_tail: usize,
    printed: u64,
    /// Set when the command is over: a stream whose end was told does not go on.
    is_closed: bool,
}

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) dropped: u64,
    /// Bytes printed in all at the moment of reading.
    pub(super) printed: u64,
}

impl Piece {
    pub(super) fn next(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

impl Spool {
    /// Makes an empty one with its file in this folder.
    pub(super) fn new(folder: &Path, limit: u64, longest_tail: usize) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            file: nameless(folder)?,
            kept: Mutex::new(Kept {
                limit,
                in_file: 0,
                tail: VecDeque::new(),
                longest_tail,
                printed: 0,
                is_closed: false,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next bytes of the stream, and returns how many were printed in all.
    pub(super) fn push(&self, bytes: &[u8]) -> u64 {
        let mut kept = self.lock();
        if kept.is_closed {
            return kept.printed;
        }
        kept.printed += bytes.len() as u64;
        let room = usize::try_from(kept.limit - kept.in_file).unwrap_or(usize::MAX);
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        let mut rest = rest;
        if !first.is_empty() {
            match self.file.write_all_at(first, kept.in_file) {
                Ok(()) => kept.in_file += first.len() as u64,
                Err(error) => {
                    tracing::warn!(%error, "the output of a command cannot be kept whole");
                    // What stands in the file stays its beginning; from here on only the end is kept.
                    kept.limit = kept.in_file;
                    rest = bytes;
                }
            }
        }
        let overflow = (kept.tail.len() + rest.len()).saturating_sub(kept.longest_tail);
        let from_tail = overflow.min(kept.tail.len());
        kept.tail.drain(..from_tail);
        let (_, end) = rest.split_at(overflow - from_tail);
        kept.tail.extend(end);
        kept.printed
    }

    /// Takes nothing more, and returns how many bytes were printed.
    pub(super) fn close(&self) -> u64 {
        let mut kept = self.lock();
        kept.is_closed = true;
        kept.printed
    }

    pub(super) fn printed(&self) -> u64 {
        self.lock().printed
    }

    /// Reads at most so many bytes from a position; `None` if the stream has not come there yet and
    /// was never longer.
    pub(super) fn read(&self, from: u64, most: usize) -> io::Result<Option<Piece>> {
        let kept = self.lock();
        let printed = kept.printed;
        if from > printed {
            return Ok(None);
        }
        if from < kept.in_file {
            let there = usize::try_from(kept.in_file - from).unwrap_or(usize::MAX);
            // What is in the file does not change any more.
            drop(kept);
            let mut bytes = vec![0; there.min(most)];
            self.file.read_exact_at(&mut bytes, from)?;
            return Ok(Some(Piece {
                from,
                bytes,
                dropped: 0,
                printed,
            }));
        }
        let tail_from = printed - kept.tail.len() as u64;
        let begin = from.max(tail_from);
        let skip = usize::try_from(begin - tail_from).unwrap_or(usize::MAX);
        Ok(Some(Piece {
            from: begin,
            bytes: kept.tail.iter().skip(skip).take(most).copied().collect(),
            dropped: begin - from,
            printed,
        }))
    }
}

/// Opens a file that has no name, so that nothing of it is left when nobody has it open.
fn nameless(folder: &Path) -> io::Result<File> {
    let mode = Mode::RUSR | Mode::WUSR;
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    if let Ok(fd) = rustix::fs::open(folder, flags | OFlags::TMPFILE, mode) {
        return Ok(fd.into());
    }
    // Not every file system can: one with a name that is taken away at once.
    let mut random = [0; 16];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    let name = folder.join(format!("spool-{:032x}", u128::from_le_bytes(random)));
    let file = rustix::fs::open(&name, flags | OFlags::CREATE | OFlags::EXCL, mode)?;
    std::fs::remove_file(&name)?;
    Ok(file.into())
}

#[cfg(test)]
mod tests;
