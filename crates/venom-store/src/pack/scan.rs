//! Reading a pack from a place to its end: which records are whole, and which bytes are none.

use std::io;

use super::disk::Handle;
use super::format::{Header, Identity, RECORD, RECORD_MAGIC, Spot};
use super::index::Entry;

/// How much is read at once. Chosen: big enough that reading costs few calls, small enough to keep.
const WINDOW: usize = 1 << 20;

/// How much hashing the search for records behind damaged bytes may cost, in windows above the size
/// of what is searched. Chosen: bytes that are made to look like many long records must not keep
/// anybody busy for hours.
const PATIENCE: u64 = 64;

/// What was found between two places.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    /// Stretches that are no records and have whole records behind them.
    pub(crate) gaps: Vec<Gap>,
    /// Where the last whole record ends.
    pub(crate) end: u64,
    /// Where the bytes end that were looked at; more than `end` if the last ones are no record.
    pub(crate) size: u64,
}

/// Bytes that are no whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// Reads everything from `from` to the end of the file.
pub(crate) fn scan(file: &dyn Handle, identity: Identity, from: u64) -> io::Result<Found> {
    let size = file.size()?;
    let mut window = Window::new(file, size);
    let mut found = Found {
        end: from,
        size,
        ..Found::default()
    };
    let mut at = from;
    let mut budget = size.saturating_sub(from) + PATIENCE * WINDOW as u64;
    while at < size {
        if let Some(entry) = window.record(identity, at)?.0 {
            if at > found.end {
                found.gaps.push(Gap {
                    from: found.end,
                    to: at,
                });
            }
            at = entry.end();
            found.end = at;
            found.entries.push(entry);
            continue;
        }
        // Somewhere behind there may be whole records still.
        let mut next = at + 1;
        at = loop {
            let Some(candidate) = window.magic(next)? else {
                return Ok(found);
            };
            let (record, cost) = window.record(identity, candidate)?;
            if record.is_some() {
                break candidate;
            }
            budget = budget.saturating_sub(cost);
            if budget == 0 {
                return Ok(found);
            }
            next = candidate + 1;
        };
    }
    Ok(found)
}

/// Reads one record with its header; `None` if it is not whole.
pub(crate) fn record(
    file: &dyn Handle,
    identity: Identity,
    entry: &Entry,
) -> io::Result<Option<(Header, Vec<u8>)>> {
    let Ok(length) = usize::try_from(entry.whole()) else {
        return Ok(None);
    };
    // An index that is wrong must not make us ask for memory that no record needs.
    if entry.end() > file.size()? {
        return Ok(None);
    }
    let mut bytes = vec![0; length];
    if file.read_at(entry.offset, &mut bytes)? < length {
        return Ok(None);
    }
    let spot = Spot {
        identity,
        offset: entry.offset,
    };
    let header = Header::read(&bytes).filter(|header| {
        header.id == entry.id
            && header.whole() == entry.whole()
            && header.fits(spot, &bytes, bytes.get(RECORD..).unwrap_or_default())
    });
    Ok(header.map(|header| (header, bytes)))
}

/// A stretch of the file in memory.
struct Window<'a> {
    file: &'a dyn Handle,
    size: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    const fn new(file: &'a dyn Handle, size: u64) -> Self {
        Self {
            file,
            size,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// Returns bytes of the file; `None` if it ends before.
    fn get(&mut self, at: u64, count: usize) -> io::Result<Option<&[u8]>> {
        let wanted = at.checked_add(count as u64);
        if wanted.is_none_or(|end| end > self.size) {
            return Ok(None);
        }
        let has =
            |start: u64, length: usize| at >= start && at + count as u64 <= start + length as u64;
        if !has(self.start, self.bytes.len()) {
            let rest = usize::try_from(self.size - at).unwrap_or(usize::MAX);
            self.bytes.resize(count.max(WINDOW).min(rest), 0);
            self.start = at;
            let read = self.file.read_at(at, &mut self.bytes)?;
            self.bytes.truncate(read);
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok(self.bytes.get(from..from.saturating_add(count)))
    }

    /// Reads the record at a place and says how many bytes were hashed for it.
    fn record(&mut self, identity: Identity, offset: u64) -> io::Result<(Option<Entry>, u64)> {
        let Some(header) = self.get(offset, RECORD)?.and_then(Header::read) else {
            return Ok((None, RECORD as u64));
        };
        let length = usize::try_from(header.whole()).unwrap_or(usize::MAX);
        let Some(bytes) = self.get(offset, length)? else {
            return Ok((None, RECORD as u64));
        };
        let spot = Spot { identity, offset };
        let is_whole = header.fits(spot, bytes, bytes.get(RECORD..).unwrap_or_default());
        let entry = Entry {
            id: header.id,
            offset,
            stored: header.stored,
            plain: header.plain,
        };
        Ok((is_whole.then_some(entry), header.whole()))
    }

    /// Finds the next place that looks like the beginning of a record.
    fn magic(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at + (RECORD as u64) <= self.size {
            let count = usize::try_from(self.size - at)
                .unwrap_or(usize::MAX)
                .min(WINDOW);
            let Some(bytes) = self.get(at, count)? else {
                return Ok(None);
            };
            let place = bytes
                .windows(RECORD_MAGIC.len())
                .position(|window| window == RECORD_MAGIC);
            match place {
                Some(place) => return Ok(Some(at + place as u64)),
                // The last bytes may be the beginning of one.
                None => at += (count.saturating_sub(RECORD_MAGIC.len() - 1)).max(1) as u64,
            }
        }
        Ok(None)
    }
}
