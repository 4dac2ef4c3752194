//! The index of a pack: its records by id, sorted, in one file that is read as a whole. It covers a
//! prefix of its pack and only says what the pack says too; one that is damaged, missing or of
//! another pack is made again from the pack.

use super::format::{Identity, RawId, u32_at, u64_at};

const MAGIC: &[u8; 8] = b"VNMPIDX\n";
const VERSION: u32 = 1;
const FRONT: usize = 32;
const SUM: usize = 32;
const ENTRY: usize = 48;

/// Where a record stands in its pack, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) id: RawId,
    pub(crate) offset: u64,
    pub(crate) stored: u32,
    pub(crate) plain: u32,
}

impl Entry {
    /// Returns where the record ends.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.whole())
    }

    /// Returns how long the record is.
    pub(crate) fn whole(&self) -> u64 {
        u64::from(self.stored) + super::format::RECORD as u64
    }
}

/// Entries in order of their ids, as they stand in the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted {
    bytes: Vec<u8>,
    /// How much of the pack they tell.
    covered: u64,
}

impl Sorted {
    /// Returns how much of the pack this tells.
    pub(crate) const fn covered(&self) -> u64 {
        self.covered
    }

    /// Returns how many entries there are.
    pub(crate) fn count(&self) -> usize {
        self.bytes.len().saturating_sub(FRONT + SUM) / ENTRY
    }

    /// Returns an entry by its place in the order.
    fn entry(&self, number: usize) -> Option<Entry> {
        let at = FRONT + number.checked_mul(ENTRY)?;
        if number >= self.count() {
            return None;
        }
        let bytes = self.bytes.get(at..at + ENTRY)?;
        Some(Entry {
            id: bytes.get(..32)?.try_into().ok()?,
            offset: u64_at(bytes, 32)?,
            stored: u32_at(bytes, 40)?,
            plain: u32_at(bytes, 44)?,
        })
    }

    /// Finds the record with this id; of several, the last in the pack.
    pub(crate) fn find(&self, id: &RawId) -> Option<Entry> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle)?.id <= *id {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.entry(low.checked_sub(1)?)
            .filter(|entry| entry.id == *id)
    }

    /// Returns all entries in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        (0..self.count()).filter_map(|number| self.entry(number))
    }
}

/// Makes the bytes of an index.
pub(crate) fn write(identity: Identity, covered: u64, mut entries: Vec<Entry>) -> Vec<u8> {
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(FRONT + entries.len() * ENTRY + SUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&identity.0);
    bytes.extend_from_slice(&covered.to_le_bytes());
    for entry in entries {
        bytes.extend_from_slice(&entry.id);
        bytes.extend_from_slice(&entry.offset.to_le_bytes());
        bytes.extend_from_slice(&entry.stored.to_le_bytes());
        bytes.extend_from_slice(&entry.plain.to_le_bytes());
    }
    let sum = blake3::hash(&bytes);
    bytes.extend_from_slice(sum.as_bytes());
    bytes
}

/// Reads an index with the identity of its pack; `None` if it is not whole.
pub(crate) fn read(bytes: Vec<u8>) -> Option<(Identity, Sorted)> {
    let content = bytes.get(..bytes.len().checked_sub(SUM)?)?;
    let is_whole = content.starts_with(MAGIC)
        && u32_at(content, 8) == Some(VERSION)
        && content.len() >= FRONT
        && (content.len() - FRONT).is_multiple_of(ENTRY)
        && bytes.get(content.len()..)? == blake3::hash(content).as_bytes();
    if !is_whole {
        return None;
    }
    let identity = Identity(content.get(16..24)?.try_into().ok()?);
    let covered = u64_at(content, 24)?;
    Some((identity, Sorted { bytes, covered }))
}
