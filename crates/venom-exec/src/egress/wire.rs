//! The two ends of a connection as the proxy reads and writes them.
//!
//! Nothing is read further ahead than one buffer, and nothing is read before what was read has
//! been written on: a slow receiver slows its sender. No read and no write waits for ever.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, ReadHalf, WriteHalf,
    split,
};
use tokio::time::{Instant, timeout, timeout_at};

use super::head::Malformed;

/// How much is read at once. Larger buffers were not faster over loopback; TLS records have 16 KiB.
pub(crate) const BUFFER: usize = 16 * 1024;

/// A connection that is read and written, whatever it is made of.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection of any make.
pub(crate) type Io = Box<dyn Duplex>;

/// Why a read or a write came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireError {
    /// The other side is gone, or closed where it must not.
    Gone,
    /// Nothing moved for too long.
    TimedOut,
    /// A head or a line is larger than it may be.
    TooLarge,
    /// It cannot be read.
    Malformed(Malformed),
}

/// One side of the proxy: the client or the host.
pub(crate) struct Peer {
    pub(crate) inlet: Inlet,
    pub(crate) outlet: Outlet,
}

impl Peer {
    pub(crate) fn new(io: Io) -> Self {
        let (reader, writer) = split(io);
        Self {
            inlet: Inlet {
                reader,
                buffer: Vec::new(),
                at: 0,
            },
            outlet: Outlet { writer },
        }
    }

    /// Gives the connection back; what was read but not used is read again.
    pub(crate) fn into_io(self) -> Io {
        let Inlet { reader, buffer, at } = self.inlet;
        let inner = reader.unsplit(self.outlet.writer);
        Box::new(Replayed { buffer, at, inner })
    }

    /// Ends the connection so that the client still gets what was written: closing while bytes of
    /// it lie unread would make the kernel throw away what is on its way.
    pub(crate) async fn linger(&mut self, patience: Duration) {
        let drain = async {
            self.outlet.shut().await;
            let mut left: usize = 256 * 1024;
            while let Ok(read @ 1..) = self.inlet.fill(patience).await {
                self.inlet.consume(read);
                left = left.saturating_sub(read);
                if left == 0 {
                    break;
                }
            }
        };
        // Whoever does not read in time loses the rest.
        let _in_time = timeout(patience, drain).await;
    }
}

/// Where bytes come from.
pub(crate) struct Inlet {
    reader: ReadHalf<Io>,
    buffer: Vec<u8>,
    at: usize,
}

impl Inlet {
    /// The bytes that were read and not used yet.
    pub(crate) fn buffered(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
        }
    }

    /// Reads what there is, once. Zero bytes are the end. Nothing is lost if this is dropped.
    pub(crate) async fn fill(&mut self, patience: Duration) -> Result<usize, WireError> {
        if self.at > 0 {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        self.buffer.reserve(BUFFER);
        match timeout(patience, self.reader.read_buf(&mut self.buffer)).await {
            Ok(Ok(read)) => Ok(read),
            // Servers that end a connection without taking leave of TLS are common; a message
            // whose length is known notices what is missing.
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Ok(Err(_)) => Err(WireError::Gone),
            Err(_) => Err(WireError::TimedOut),
        }
    }

    /// Reads until there is something, unless the other side ends.
    pub(crate) async fn some(&mut self, patience: Duration) -> Result<&[u8], WireError> {
        if self.buffered().is_empty() {
            self.fill(patience).await?;
        }
        Ok(self.buffered())
    }

    /// Whether nothing came that was not used. It is asked once and not waited for: the shortest
    /// wait of the runtime is a millisecond, which is longer than many requests take.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut buffer = ReadBuf::new(&mut byte);
        let poll = poll_fn(|cx| {
            let read = Pin::new(&mut self.reader).poll_read(cx, &mut buffer);
            Poll::Ready(read.is_pending())
        });
        poll.await && self.buffered().is_empty()
    }

    /// Reads a head to its empty line. `None` is an end before the first byte. The first byte may
    /// take `wait`, all of it `patience` more.
    pub(crate) async fn head(
        &mut self,
        limit: usize,
        wait: Duration,
        patience: Duration,
    ) -> Result<Option<Vec<u8>>, WireError> {
        if self.some(wait).await?.is_empty() {
            return Ok(None);
        }
        let deadline = Instant::now() + patience;
        let mut seen = 0;
        loop {
            if let Some(end) = head_end(self.buffered(), seen)? {
                if end > limit {
                    return Err(WireError::TooLarge);
                }
                let head = self.take(end);
                return Ok(Some(head));
            }
            seen = self.buffered().len();
            if seen >= limit {
                return Err(WireError::TooLarge);
            }
            match timeout_at(deadline, self.fill(patience)).await {
                Ok(Ok(0)) => return Err(WireError::Gone),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(WireError::TimedOut),
            }
        }
    }

    /// Reads a line of a chunked body, without its end.
    pub(crate) async fn line(
        &mut self,
        limit: usize,
        patience: Duration,
    ) -> Result<Vec<u8>, WireError> {
        loop {
            let buffered = self.buffered();
            if let Some(at) = buffered.iter().position(|byte| *byte == b'\n') {
                let mut line = self.take(at + 1);
                line.truncate(at);
                return match line.pop() {
                    Some(b'\r') if !line.contains(&b'\r') => Ok(line),
                    _ => Err(WireError::Malformed(Malformed::Chunk)),
                };
            }
            if buffered.len() > limit {
                return Err(WireError::TooLarge);
            }
            if self.fill(patience).await? == 0 {
                return Err(WireError::Gone);
            }
        }
    }

    /// Takes up to this many bytes of what was read.
    pub(crate) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let buffered = self.buffered();
        let taken = buffered.get(..bytes).unwrap_or(buffered).to_vec();
        self.consume(taken.len());
        taken
    }
}

/// Finds the end of a head. A line that ends in a bare line feed ends the search at once, so that
/// nobody has to wait for a proper end that never comes.
fn head_end(bytes: &[u8], seen: usize) -> Result<Option<usize>, WireError> {
    // The end may have begun in what was looked at before.
    let from = seen.saturating_sub(3);
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if *byte != b'\n' {
            continue;
        }
        let line = bytes.get(..at).unwrap_or_default();
        if !line.ends_with(b"\r") {
            return Err(WireError::Malformed(Malformed::LineEnd));
        }
        if line.ends_with(b"\r\n\r") {
            return Ok(Some(at + 1));
        }
    }
    Ok(None)
}

/// Where bytes go to.
pub(crate) struct Outlet {
    writer: WriteHalf<Io>,
}

impl Outlet {
    pub(crate) async fn write(
        &mut self,
        bytes: &[u8],
        patience: Duration,
    ) -> Result<(), WireError> {
        for piece in bytes.chunks(BUFFER) {
            match timeout(patience, self.writer.write_all(piece)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(WireError::Gone),
                Err(_) => return Err(WireError::TimedOut),
            }
        }
        match timeout(patience, self.writer.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(WireError::Gone),
            Err(_) => Err(WireError::TimedOut),
        }
    }

    /// Says that nothing follows. That the other side is gone already does not matter.
    pub(crate) async fn shut(&mut self) {
        let _gone = self.writer.shutdown().await;
    }
}

/// A connection of which some bytes were read already.
struct Replayed {
    buffer: Vec<u8>,
    at: usize,
    inner: Io,
}

impl AsyncRead for Replayed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let left = this.buffer.get(this.at..).unwrap_or_default();
        if left.is_empty() {
            return Pin::new(&mut this.inner).poll_read(cx, buf);
        }
        let piece = left.get(..buf.remaining()).unwrap_or(left);
        buf.put_slice(piece);
        this.at += piece.len();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Replayed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
