//! Blobs in an archive: in parts of at most a mebibyte, each packed if that makes it shorter.

/// Bytes of a part before it is packed.
pub(super) const CHUNK: usize = 1 << 20;
/// Longest blob: what the content store takes.
pub(super) const LIMIT: u64 = crate::pack::format::LIMIT as u64;
/// It is there.
pub(super) const PRESENT: u8 = 0;
/// It was taken out.
pub(super) const REMOVED: u8 = 1;
/// It was gone when the archive was made.
pub(super) const MISSING: u8 = 2;

/// The level of packing, as in the content store.
const LEVEL: i32 = 3;
const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// Packs a part.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    let packed = zstd::bulk::compress(bytes, LEVEL)
        .ok()
        .filter(|packed| packed.len() < bytes.len());
    let (how, bytes) = match &packed {
        Some(packed) => (ZSTD, packed.as_slice()),
        None => (RAW, bytes),
    };
    let mut part = vec![how];
    part.extend_from_slice(bytes);
    part
}

/// Unpacks a part that has so many bytes.
pub(super) fn unpack(part: &[u8], due: usize) -> Option<Vec<u8>> {
    let (how, bytes) = part.split_first()?;
    let bytes = match *how {
        RAW => bytes.to_vec(),
        ZSTD => zstd::bulk::decompress(bytes, due).ok()?,
        _ => return None,
    };
    (bytes.len() == due).then_some(bytes)
}
