//! The streams of a command that runs to its end: what it is told, and what it says.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use venom_kernel::digest::BlobId;
use venom_ports::Result;
use venom_ports::blob::BlobStore;
use venom_ports::exec::{Captured, Keep};

use super::spool::Spool;
use crate::process::capture::Capture;
use crate::process::lines::Lines;

/// Bytes per read: what a pipe holds by default (pipe(7)).
const CHUNK: usize = 64 << 10;

/// Bytes of one piece of a stream that is kept whole. Chosen: it is held in memory once.
pub(super) const PIECE: usize = 8 << 20;

/// Writes everything and closes. That nobody reads is the command's right.
pub(super) async fn feed(pipe: Option<OwnedFd>, input: &[u8]) {
    let Some(Ok(mut pipe)) = pipe.map(pipe::Sender::from_owned_fd) else {
        return;
    };
    let _read_or_not = pipe.write_all(input).await;
}

/// Where a stream is set aside that is longer than what is kept of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room<'a> {
    /// The folder of the file that holds it meanwhile.
    pub(super) folder: &'a Path,
    /// The most bytes of it.
    pub(super) limit: u64,
}

/// One stream of a command.
pub(super) struct Heard<'a> {
    capture: Capture,
    aside: Option<Aside<'a>>,
    lines: Option<Lines>,
}

/// A stream from its beginning: in memory while [`Capture`] has all of it too, then in a file.
struct Aside<'a> {
    room: Room<'a>,
    first: Vec<u8>,
    most: usize,
    spool: Option<Spool>,
}

impl Aside<'_> {
    fn push(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.spool.is_none() {
            if self.first.len() + bytes.len() <= self.most {
                self.first.extend_from_slice(bytes);
                return Ok(());
            }
            let spool = Spool::new(self.room.folder, self.room.limit, 0)?;
            spool.push(&std::mem::take(&mut self.first));
            self.spool = Some(spool);
        }
        if let Some(spool) = &self.spool {
            spool.push(bytes);
        }
        Ok(())
    }
}

impl<'a> Heard<'a> {
    /// Keeps what is to be kept. With a room, a stream that is longer is set aside whole, unless the
    /// caller wants no more than its beginning.
    pub(super) fn new(keep: Keep, room: Option<Room<'a>>, lines: Option<Lines>) -> Self {
        let aside = room.filter(|_| keep.tail > 0).map(|room| Aside {
            room,
            first: Vec::new(),
            most: keep.head + keep.tail,
            spool: None,
        });
        Self {
            capture: Capture::new(keep),
            aside,
            lines,
        }
    }

    /// Reads to the end.
    pub(super) async fn drain(&mut self, pipe: Option<OwnedFd>) {
        let Some(Ok(mut pipe)) = pipe.map(pipe::Receiver::from_owned_fd) else {
            return;
        };
        let mut chunk = vec![0; CHUNK];
        while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
            let bytes = chunk.get(..count).unwrap_or_default();
            self.capture.push(bytes);
            if let Some(lines) = &mut self.lines {
                lines.push(bytes, Instant::now());
            }
            if let Some(aside) = &mut self.aside
                && let Err(error) = aside.push(bytes)
            {
                tracing::warn!(%error, "the output of a command cannot be kept whole");
                self.aside = None;
            }
        }
        if let Some(lines) = &mut self.lines {
            lines.finish();
        }
    }

    /// Returns what was kept, and stores what was set aside.
    pub(super) async fn finish(self, blobs: Option<&dyn BlobStore>) -> Result<Captured> {
        let whole = match (self.aside.and_then(|aside| aside.spool), blobs) {
            (Some(spool), Some(blobs)) => store(&spool, blobs).await?,
            (_, _) => Vec::new(),
        };
        Ok(Captured {
            whole,
            ..self.capture.finish()
        })
    }
}

/// Stores what a spool's file holds, in pieces.
async fn store(spool: &Spool, blobs: &dyn BlobStore) -> Result<Vec<BlobId>> {
    let mut whole = Vec::new();
    let mut at = 0;
    while let Some(piece) = spool.read(at, PIECE).map_err(|error| {
        venom_ports::Failure::new(
            venom_ports::FailureKind::Unavailable,
            format!("the output of a command cannot be read back: {error}"),
        )
    })? {
        if piece.bytes.is_empty() {
            break;
        }
        at = piece.next();
        whole.push(blobs.put(piece.bytes).await?);
    }
    Ok(whole)
}
