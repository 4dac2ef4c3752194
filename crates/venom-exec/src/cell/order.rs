//! What the zygote tells a cell in the making that it shall be.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use super::frames;
use super::root::Sources;
use super::spec::CellSpec;
use super::wire::{self, MOST_FDS, Reader, Writer};

/// All that a cell could not know before somebody asked for it.
pub(super) struct Order {
    pub(super) spec: CellSpec,
    /// The cell's end of its channel.
    pub(super) channel: OwnedFd,
    /// The user outside.
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) is_id_mapped: bool,
    /// The restricted tier's own folder.
    pub(super) private: Option<PathBuf>,
    /// How many processes of the same user the kernel counts beside the cell's.
    pub(super) others: u32,
    /// Opened by the zygote if it is root.
    pub(super) sources: Option<Sources>,
}

impl Order {
    /// Sends it to the process that waits for it.
    pub(super) fn send(&self, orders: BorrowedFd<'_>) -> io::Result<()> {
        let mut w = Writer::new(frames::BECOME);
        self.spec.encode(&mut w);
        w.u32(self.uid)
            .u32(self.gid)
            .flag(self.is_id_mapped)
            .u32(self.others);
        w.list(self.private.iter(), |w, path| {
            w.path(path);
        });
        let mut fds = vec![self.channel.as_fd()];
        w.list(self.sources.iter(), |w, sources| {
            fds.extend(sources.encode(w));
        });
        // A frame that is too long for a packet adds a descriptor of its own.
        let mut parts = fds.chunks(MOST_FDS - 1);
        wire::send(orders, &w.finish(), parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| wire::send(orders, &Writer::new(frames::MORE).finish(), part))
    }

    /// Waits for it; `None` when nobody will send one any more.
    pub(super) fn receive(orders: BorrowedFd<'_>) -> io::Result<Option<Self>> {
        let malformed = || io::Error::new(io::ErrorKind::InvalidData, "malformed order");
        let Some(frame) = wire::receive(orders)? else {
            return Ok(None);
        };
        let (kind, mut r) = Reader::new(&frame.bytes)?;
        if kind != frames::BECOME {
            return Err(malformed());
        }
        let spec = CellSpec::decode(&mut r)?;
        let (uid, gid, is_id_mapped, others) = (r.u32()?, r.u32()?, r.flag()?, r.u32()?);
        let private = r.list(Reader::path)?.into_iter().next();
        let mut fds = Descriptors {
            orders,
            here: frame.fds.into_iter(),
        };
        let channel = fds.next().ok_or_else(malformed)?;
        let sources = r.list(|r| Sources::decode(r, &mut fds))?;
        Ok(Some(Self {
            spec,
            channel,
            uid,
            gid,
            is_id_mapped,
            private,
            others,
            sources: sources.into_iter().next(),
        }))
    }
}

/// The descriptors of an order, in as many frames as they need.
struct Descriptors<'a> {
    orders: BorrowedFd<'a>,
    here: std::vec::IntoIter<OwnedFd>,
}

impl Iterator for Descriptors<'_> {
    type Item = OwnedFd;

    fn next(&mut self) -> Option<OwnedFd> {
        if let Some(fd) = self.here.next() {
            return Some(fd);
        }
        let frame = wire::receive(self.orders).ok().flatten()?;
        self.here = frame.fds.into_iter();
        self.here.next()
    }
}
