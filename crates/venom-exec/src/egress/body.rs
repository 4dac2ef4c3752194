//! Bodies of HTTP/1 messages, read to where the head says they end and framed anew.

use std::time::Duration;

use super::head::{Framing, Malformed};
use super::wire::{BUFFER, Inlet, WireError};

/// The longest line of a chunked body: a size, and extensions that nobody uses.
const LINE: usize = 256;

/// The most bytes of fields behind a chunked body. They are read and dropped.
const TRAILER: usize = 8 * 1024;

/// How far a body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// This many bytes follow.
    Length(u64),
    /// The size of a chunk follows.
    Size,
    /// This many bytes of a chunk follow.
    Chunk(u64),
    /// The line end behind a chunk follows.
    ChunkEnd,
    /// Fields follow, of which this many bytes were read.
    Trailer(usize),
    /// Everything follows.
    Close,
    /// Nothing follows.
    Done,
}

/// Reads one body.
#[derive(Debug)]
pub(crate) struct Body {
    state: State,
}

impl Body {
    pub(crate) fn new(framing: Framing) -> Self {
        Self {
            state: match framing {
                Framing::None | Framing::Length(0) => State::Done,
                Framing::Length(length) => State::Length(length),
                Framing::Chunked => State::Size,
                Framing::Close => State::Close,
            },
        }
    }

    /// Reads the next piece, at most one buffer of it. `None` is the end. Nothing is lost if this
    /// is dropped.
    pub(crate) async fn next(
        &mut self,
        inlet: &mut Inlet,
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, WireError> {
        loop {
            match self.state {
                State::Done => return Ok(None),
                State::Size => {
                    let line = inlet.line(LINE, patience).await?;
                    let size = chunk_size(&line).ok_or(WireError::Malformed(Malformed::Chunk))?;
                    self.state = match size {
                        0 => State::Trailer(0),
                        size => State::Chunk(size),
                    };
                }
                State::ChunkEnd => {
                    if !inlet.line(LINE, patience).await?.is_empty() {
                        return Err(WireError::Malformed(Malformed::Chunk));
                    }
                    self.state = State::Size;
                }
                State::Trailer(read) => {
                    let line = inlet.line(TRAILER, patience).await?;
                    let read = read + line.len();
                    if read > TRAILER {
                        return Err(WireError::TooLarge);
                    }
                    self.state = if line.is_empty() {
                        State::Done
                    } else {
                        State::Trailer(read)
                    };
                }
                State::Close => {
                    let available = inlet.some(patience).await?.len();
                    if available == 0 {
                        self.state = State::Done;
                        return Ok(None);
                    }
                    return Ok(Some(inlet.take(available.min(BUFFER))));
                }
                State::Length(left) => {
                    let piece = piece(inlet, left, patience).await?;
                    self.state = match left - piece.len() as u64 {
                        0 => State::Done,
                        left => State::Length(left),
                    };
                    return Ok(Some(piece));
                }
                State::Chunk(left) => {
                    let piece = piece(inlet, left, patience).await?;
                    self.state = match left - piece.len() as u64 {
                        0 => State::ChunkEnd,
                        left => State::Chunk(left),
                    };
                    return Ok(Some(piece));
                }
            }
        }
    }
}

async fn piece(inlet: &mut Inlet, left: u64, patience: Duration) -> Result<Vec<u8>, WireError> {
    let available = inlet.some(patience).await?.len();
    if available == 0 {
        return Err(WireError::Gone);
    }
    let wanted = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
    Ok(inlet.take(available.min(wanted)))
}

/// Reads the size of a chunk. Extensions are read over, but have to be printable: what could be a
/// line end to somebody is none to anybody.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let (digits, extensions) = line.split_at_checked(digits)?;
    let is_plain = extensions
        .iter()
        .all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let is_extension = extensions.is_empty() || extensions.trim_ascii().starts_with(b";");
    // More than 15 digits are more bytes than anybody has.
    if !(1..=15).contains(&digits.len()) || !is_plain || !is_extension {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Puts a piece into a chunk of its own. An empty piece would end the body, so it becomes nothing.
pub(crate) fn chunk(piece: &[u8]) -> Vec<u8> {
    if piece.is_empty() {
        return Vec::new();
    }
    let mut out = format!("{:x}\r\n", piece.len()).into_bytes();
    out.extend_from_slice(piece);
    out.extend_from_slice(b"\r\n");
    out
}

/// The end of a chunked body.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[cfg(test)]
mod tests;
