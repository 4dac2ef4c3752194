//! Bytes of the private frames between VENOM, its zygote and its cells, and the socket they cross.
//!
//! The three are one program in one build, so that there is no version and no skipping of unknown
//! fields. Paths and arguments are bytes and need not be UTF-8. A frame that does not fit a packet
//! travels in an anonymous file beside it, or in several packets if the sender must not make one.

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read as _, Seek as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg,
    sendmsg, socketpair,
};

/// Bytes of a frame that travel in the packet itself. Chosen: below the smallest send buffer that
/// distributions set, and enough for nearly all commands.
const INLINE: usize = 32 << 10;

/// Longest frame. Chosen: above what the kernel accepts as arguments and environment together.
const LONGEST: u64 = 16 << 20;

/// What a packet holds: a frame or the last piece of one, descriptors of which the first is a file with
/// the frame, or a piece that others follow.
const WHOLE: u8 = 0;
const IN_FILE: u8 = 1;
const PIECE: u8 = 2;

/// Most descriptors in one frame. Chosen below the kernel's own limit (`SCM_MAX_FD`, 253).
pub(super) const MOST_FDS: usize = 128;

/// Writes a frame.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(kind: u8) -> Self {
        Self(vec![kind])
    }

    pub(super) fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }

    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(value.into())
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.u64(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub(super) fn path(&mut self, value: &Path) -> &mut Self {
        self.bytes(value.as_os_str().as_bytes())
    }

    pub(super) fn os(&mut self, value: &OsStr) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    pub(super) fn list<T>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.u64(values.len() as u64);
        for value in values {
            each(self, value);
        }
        self
    }

    pub(super) fn paths(&mut self, values: &[PathBuf]) -> &mut Self {
        self.list(values.iter(), |w, path| {
            w.path(path);
        })
    }

    pub(super) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// Reads a frame.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed frame")
}

impl<'a> Reader<'a> {
    pub(super) fn new(frame: &'a [u8]) -> io::Result<(u8, Self)> {
        let (kind, rest) = frame.split_first().ok_or_else(malformed)?;
        Ok((*kind, Self(rest)))
    }

    fn take(&mut self, len: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_length| malformed())
    }

    pub(super) fn u8(&mut self) -> io::Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn flag(&mut self) -> io::Result<bool> {
        Ok(self.u8()? != 0)
    }

    pub(super) fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn len(&mut self) -> io::Result<usize> {
        let len = usize::try_from(self.u64()?).map_err(|_too_long| malformed())?;
        if len > self.0.len() {
            return Err(malformed());
        }
        Ok(len)
    }

    pub(super) fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let len = self.len()?;
        self.take(len)
    }

    pub(super) fn text(&mut self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    pub(super) fn path(&mut self) -> io::Result<PathBuf> {
        Ok(self.os()?.into())
    }

    pub(super) fn os(&mut self) -> io::Result<OsString> {
        Ok(OsString::from_vec(self.bytes()?.to_vec()))
    }

    pub(super) fn list<T>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        // Each element takes a byte at least, so that a length from a frame cannot ask for more
        // memory than the frame has.
        let len = self.len()?;
        (0..len).map(|_| each(self)).collect()
    }

    pub(super) fn paths(&mut self) -> io::Result<Vec<PathBuf>> {
        self.list(Self::path)
    }
}

/// What came through a channel.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bytes: Vec<u8>,
    pub(super) fds: Vec<OwnedFd>,
}

/// Makes both ends of a channel.
pub(super) fn channel() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

/// Sends a frame with descriptors.
pub(super) fn send(
    channel: BorrowedFd<'_>,
    frame: &[u8],
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    if frame.len() <= INLINE {
        return send_packet(channel, WHOLE, frame, fds);
    }
    if frame.len() as u64 > LONGEST {
        return Err(io::Error::from(rustix::io::Errno::TOOBIG));
    }
    let mut file = match memfd_create(c"frame", MemfdFlags::CLOEXEC) {
        Ok(file) => File::from(file),
        // The filter of a cell without a cgroup for memory holds for its first process too.
        Err(rustix::io::Errno::NOSYS) => return send_pieces(channel, frame, fds),
        Err(error) => return Err(error.into()),
    };
    file.write_all(frame)?;
    let mut all = vec![file.as_fd()];
    all.extend(fds);
    send_packet(channel, IN_FILE, &[], &all)
}

/// Sends a frame in several packets. Nobody else may send on the channel meanwhile: that holds for the
/// order of a monitor, and for the first report of a cell.
fn send_pieces(channel: BorrowedFd<'_>, frame: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut pieces = frame.chunks(INLINE).peekable();
    while let Some(piece) = pieces.next() {
        let (marker, with) = match pieces.peek() {
            Some(_) => (PIECE, &[][..]),
            None => (WHOLE, fds),
        };
        send_packet(channel, marker, piece, with)?;
    }
    Ok(())
}

fn send_packet(
    channel: BorrowedFd<'_>,
    marker: u8,
    frame: &[u8],
    fds: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::Error::from(rustix::io::Errno::TOOBIG));
    }
    let marker = [marker];
    let parts = [IoSlice::new(&marker), IoSlice::new(frame)];
    loop {
        match sendmsg(channel, &parts, &mut control, SendFlags::NOSIGNAL) {
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits for a frame; `None` when the other end is closed.
pub(super) fn receive(channel: BorrowedFd<'_>) -> io::Result<Option<Frame>> {
    let mut before: Vec<u8> = Vec::new();
    loop {
        let Some((marker, mut frame)) = receive_packet(channel)? else {
            return Ok(None);
        };
        match marker {
            PIECE if frame.fds.is_empty() && !frame.bytes.is_empty() => {
                before.append(&mut frame.bytes);
                if before.len() as u64 > LONGEST {
                    return Err(malformed());
                }
            }
            WHOLE => {
                if !before.is_empty() {
                    before.append(&mut frame.bytes);
                    frame.bytes = before;
                }
                return Ok(Some(frame));
            }
            IN_FILE if before.is_empty() && !frame.fds.is_empty() => {
                let mut file = File::from(frame.fds.remove(0));
                file.rewind()?;
                frame.bytes.clear();
                (&mut file).take(LONGEST).read_to_end(&mut frame.bytes)?;
                return Ok(Some(frame));
            }
            _ => return Err(malformed()),
        }
    }
}

/// Waits for a packet, and returns its marker and what came with it.
fn receive_packet(channel: BorrowedFd<'_>) -> io::Result<Option<(u8, Frame)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut marker = [0_u8];
    let mut bytes = vec![0_u8; INLINE];
    let received = loop {
        let mut parts = [IoSliceMut::new(&mut marker), IoSliceMut::new(&mut bytes)];
        match recvmsg(channel, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(received) => break received,
            Err(rustix::io::Errno::INTR) => {}
            // The other end died with frames unread.
            Err(rustix::io::Errno::CONNRESET) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    };
    if received.bytes == 0 {
        return Ok(None);
    }
    if received
        .flags
        .intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC)
    {
        return Err(malformed());
    }
    let mut fds: Vec<OwnedFd> = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(more) = message {
            fds.extend(more);
        }
    }
    bytes.truncate(received.bytes - 1);
    let [marker] = marker;
    Ok(Some((marker, Frame { bytes, fds })))
}
