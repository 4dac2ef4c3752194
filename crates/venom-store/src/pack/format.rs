//! The bytes of a pack: its head, the mark of what is durable, and its records. Pure.
//!
//! ```text
//! 0     magic, version, identity, checksum, zeros        one sector, written once
//! 512   mark: length that was flushed, checksum, zeros   one sector, written after each flush
//! 1024  records, one after the other
//! ```
//!
//! A record is a header of 64 bytes and the stored bytes. Its checksum covers both, and also the
//! pack's identity and the place in it, so that a record that was copied or moved is not taken for
//! a good one. The mark tells a record that was never finished from one that was damaged later: what
//! stands before the mark was flushed and must be whole.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// The hash that names an object, as bytes.
pub(crate) type RawId = [u8; 32];

/// Size of a sector, the biggest piece that a disk writes as a whole. 512 from the ATA standard;
/// newer disks write more at once.
pub(crate) const SECTOR: usize = 512;

/// Where the records begin.
pub(crate) const HEAD: u64 = 1_024;
pub(crate) const HEAD_SIZE: usize = 1_024;

/// Where the mark stands.
pub(crate) const MARK_AT: u64 = 512;

/// Size of a record's header.
pub(crate) const RECORD: usize = 64;

/// Biggest object. Chosen: far above any source file or tool output, far below a small machine's
/// memory; it also bounds what a record may unpack to.
pub(crate) const LIMIT: usize = 256 * 1_024 * 1_024;

/// A sealed and incompressible object may be this much longer than its content. Chosen: far above
/// nonce and tag of any cipher.
const SEALED_EXTRA: usize = 1_024;

const MAGIC: &[u8; 8] = b"VNMPACK\n";
const VERSION: u32 = 1;

/// Where a record begins, for whoever looks for one in damaged bytes.
pub(crate) const RECORD_MAGIC: &[u8; 4] = b"\xb1VR\x0a";

const SUM: usize = 16;

const ZSTD: u8 = 1;
const SEALED: u8 = 2;

/// Tells packs apart that had the same number one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity(pub(crate) [u8; 8]);

impl Identity {
    /// Makes a new one. Chance alone has to keep two packs apart, nobody has to be kept from
    /// guessing it.
    pub(crate) fn new() -> Self {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(std::process::id());
        Self(hasher.finish().to_le_bytes())
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// What stands at the beginning of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) identity: Identity,
    /// How much was flushed; `None` if the mark is damaged.
    pub(crate) acked: Option<u64>,
    /// Whether the bytes between are what they must be.
    pub(crate) is_exact: bool,
}

/// Why a pack cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadError {
    Damaged,
    Newer(u32),
}

/// Returns the bytes of a head.
pub(crate) fn head(identity: Identity, acked: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_SIZE);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&identity.0);
    let sum = short(&[b"pack head", &bytes]);
    bytes.extend_from_slice(&sum);
    bytes.resize(SECTOR, 0);
    bytes.extend_from_slice(&mark(identity, acked));
    bytes.resize(HEAD_SIZE, 0);
    bytes
}

/// Returns the bytes of a mark.
pub(crate) fn mark(identity: Identity, acked: u64) -> Vec<u8> {
    let length = acked.to_le_bytes();
    let sum = short(&[b"pack mark", &identity.0, &length]);
    [length.as_slice(), &sum].concat()
}

/// How many bytes a mark has.
pub(crate) const MARK_SIZE: usize = 8 + SUM;

/// Reads a mark.
pub(crate) fn read_mark(identity: Identity, bytes: &[u8]) -> Option<u64> {
    let acked = u64_at(bytes, 0)?;
    (bytes.get(..MARK_SIZE)? == mark(identity, acked)).then_some(acked)
}

/// Reads a head.
pub(crate) fn read_head(bytes: &[u8]) -> Result<Head, HeadError> {
    let identity = Identity(eight_at(bytes, 16).ok_or(HeadError::Damaged)?);
    let covered = bytes.get(..24).ok_or(HeadError::Damaged)?;
    let sum = short(&[b"pack head", covered]);
    if bytes.get(24..24 + SUM) != Some(&sum) || !covered.starts_with(MAGIC) {
        return Err(HeadError::Damaged);
    }
    match u32_at(bytes, 8) {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => return Err(HeadError::Newer(newer)),
        _ => return Err(HeadError::Damaged),
    }
    let acked = bytes
        .get(SECTOR..)
        .and_then(|bytes| read_mark(identity, bytes))
        .filter(|acked| *acked >= HEAD);
    let is_exact = acked.is_some_and(|acked| bytes == head(identity, acked));
    Ok(Head {
        identity,
        acked,
        is_exact,
    })
}

/// How the bytes of a record are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packing {
    pub(crate) is_packed: bool,
    /// The number of the key that it is sealed with.
    pub(crate) key: Option<u16>,
}

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) packing: Packing,
    pub(crate) plain: u32,
    pub(crate) stored: u32,
    pub(crate) id: RawId,
    sum: [u8; SUM],
}

impl Header {
    /// Reads a header; `None` if it cannot be one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(RECORD_MAGIC) {
            return None;
        }
        let (flags, reserved) = (*bytes.get(4)?, *bytes.get(5)?);
        let key = u16::from_le_bytes(bytes.get(6..8)?.try_into().ok()?);
        let is_sealed = flags & SEALED != 0;
        if flags & !(ZSTD | SEALED) != 0 || reserved != 0 || (!is_sealed && key != 0) {
            return None;
        }
        let header = Self {
            packing: Packing {
                is_packed: flags & ZSTD != 0,
                key: is_sealed.then_some(key),
            },
            plain: u32_at(bytes, 8)?,
            stored: u32_at(bytes, 12)?,
            id: bytes.get(16..48)?.try_into().ok()?,
            sum: bytes.get(48..RECORD)?.try_into().ok()?,
        };
        let fits = size(header.plain) <= LIMIT && size(header.stored) <= LIMIT + SEALED_EXTRA;
        fits.then_some(header)
    }

    /// Tells whether the checksum fits these bytes at this place.
    pub(crate) fn fits(&self, place: Spot, header: &[u8], stored: &[u8]) -> bool {
        let Some(covered) = header.get(..RECORD - SUM) else {
            return false;
        };
        self.sum == bind(place, &digest(covered, stored))
    }

    /// Returns how long the whole record is.
    pub(crate) fn whole(&self) -> u64 {
        u64::from(self.stored) + RECORD as u64
    }
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) identity: Identity,
    pub(crate) offset: u64,
}

/// A record that has no place yet.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) id: RawId,
    pub(crate) plain: u32,
    pub(crate) stored: u32,
    bytes: Vec<u8>,
    digest: [u8; 32],
}

impl Draft {
    /// Writes the header into the first bytes of `bytes`, which the stored bytes follow.
    pub(crate) fn new(id: RawId, packing: Packing, plain: u32, mut bytes: Vec<u8>) -> Option<Self> {
        let stored = u32::try_from(bytes.len().checked_sub(RECORD)?).ok()?;
        let flags = u8::from(packing.is_packed) * ZSTD + u8::from(packing.key.is_some()) * SEALED;
        let mut header = Vec::with_capacity(RECORD);
        header.extend_from_slice(RECORD_MAGIC);
        header.extend_from_slice(&[flags, 0]);
        header.extend_from_slice(&packing.key.unwrap_or(0).to_le_bytes());
        header.extend_from_slice(&plain.to_le_bytes());
        header.extend_from_slice(&stored.to_le_bytes());
        header.extend_from_slice(&id);
        let digest = digest(&header, bytes.get(RECORD..)?);
        bytes.get_mut(..header.len())?.copy_from_slice(&header);
        Some(Self {
            id,
            plain,
            stored,
            bytes,
            digest,
        })
    }

    /// Takes a record as it was read from another place.
    pub(crate) fn again(header: &Header, bytes: Vec<u8>) -> Option<Self> {
        Self::new(header.id, header.packing, header.plain, bytes)
    }

    /// Returns the bytes for this place.
    pub(crate) fn at(&mut self, spot: Spot) -> &[u8] {
        let sum = bind(spot, &self.digest);
        if let Some(place) = self.bytes.get_mut(RECORD - SUM..RECORD) {
            place.copy_from_slice(&sum);
        }
        &self.bytes
    }

    /// Returns how long the whole record is.
    pub(crate) fn whole(&self) -> u64 {
        self.bytes.len() as u64
    }
}

fn digest(header: &[u8], stored: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header);
    hasher.update(stored);
    hasher.finalize().into()
}

fn bind(spot: Spot, digest: &[u8; 32]) -> [u8; SUM] {
    short(&[&spot.identity.0, &spot.offset.to_le_bytes(), digest])
}

fn short(parts: &[&[u8]]) -> [u8; SUM] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut sum = [0; SUM];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Reads a number of four bytes.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_le_bytes(bytes))
}

/// Reads a number of eight bytes.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    eight_at(bytes, at).map(u64::from_le_bytes)
}

fn eight_at(bytes: &[u8], at: usize) -> Option<[u8; 8]> {
    bytes.get(at..at.checked_add(8)?)?.try_into().ok()
}
