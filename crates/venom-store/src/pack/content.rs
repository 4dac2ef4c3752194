//! From bytes to what is stored and back: ids, compression, sealing. Knows no files.

use std::sync::{Arc, Mutex, PoisonError};

use venom_kernel::digest::{BlobId, Digest};
use venom_ports::{Failure, FailureKind, Result};
use zstd::bulk::Compressor;

use super::format::{Draft, Header, LIMIT, Packing, RECORD, RawId};
use super::sealing::Sealing;
use crate::keys::SHARED;
use crate::sqlite::failure::corrupt;

/// Level of zstd. Measured on two source trees of 124 MB: 1 saves a fifth of the time and costs
/// 3 % of space; both are bound by reading the files.
const LEVEL: i32 = 3;

/// Shorter content is stored as it is: the frame of zstd alone takes a dozen bytes.
const WORTH_PACKING: usize = 64;

/// Longer content is tried on its beginning first, so that a video costs no second of work.
/// Chosen: many times the window in which zstd finds its first matches.
const PROBE: usize = 64 * 1_024;

/// How compressors are kept: one for each thread that writes at the same time. Chosen: more threads
/// than that make new ones, which costs them a memory allocation each time.
const COMPRESSORS: usize = 8;

/// Returns the id as it is named outside.
pub(crate) fn name(id: &RawId) -> BlobId {
    let hex = blake3::Hash::from_bytes(*id).to_hex();
    #[expect(
        clippy::expect_used,
        reason = "BLAKE3 prints 64 lower-case hexadecimal digits"
    )]
    BlobId::new(hex.as_str()).expect("a hash is an id")
}

/// Returns the bytes of an id.
pub(crate) fn raw(id: &BlobId) -> RawId {
    #[expect(clippy::expect_used, reason = "an id is checked when it is made")]
    let digest: Digest = id.as_str().parse().expect("an id is a hash");
    *digest.as_bytes()
}

/// Makes records of bytes and bytes of records.
pub(crate) struct Content {
    sealing: Option<Arc<dyn Sealing>>,
    /// Whether new objects are sealed, or why none can be stored.
    seals: Result<bool>,
    compressors: Mutex<Vec<Compressor<'static>>>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content")
            .field("is_sealed", &self.sealing.is_some())
            .finish_non_exhaustive()
    }
}

impl Content {
    pub(crate) fn new(sealing: Option<Arc<dyn Sealing>>) -> Self {
        Self {
            seals: sealing
                .as_ref()
                .map_or(Ok(false), |sealing| sealing.seals()),
            sealing,
            compressors: Mutex::new(Vec::new()),
        }
    }

    /// Returns the id of these bytes under a key.
    pub(crate) fn id(&self, key: u16, plain: &[u8]) -> RawId {
        match &self.sealing {
            Some(sealing) if self.seals != Ok(false) => {
                blake3::keyed_hash(&sealing.id_key(key), plain).into()
            }
            Some(_) | None => blake3::hash(plain).into(),
        }
    }

    /// Makes a record that the key of this number seals, if one does.
    pub(crate) fn draft(&self, key: u16, id: RawId, plain: &[u8]) -> Result<Draft> {
        let length = length(plain)?;
        let seals = self.seals.clone()?;
        // The header is written into the same buffer later, so that one write stores the record.
        let packed = self.packed(plain);
        let is_packed = packed.is_some();
        let (bytes, key) = match &self.sealing {
            Some(sealing) if seals => {
                let body = packed
                    .as_ref()
                    .and_then(|packed| packed.get(RECORD..))
                    .unwrap_or(plain);
                let sealed = sealing.seal(&name(&id), key, body)?;
                (behind_header(&sealed), Some(key))
            }
            Some(_) | None => (packed.unwrap_or_else(|| behind_header(plain)), None),
        };
        let packing = Packing { is_packed, key };
        Draft::new(id, packing, length, bytes)
            .ok_or_else(|| Failure::new(FailureKind::Refused, "sealing made the blob too big"))
    }

    /// Compresses, with room for a header; `None` if it does not pay.
    fn packed(&self, plain: &[u8]) -> Option<Vec<u8>> {
        if plain.len() < WORTH_PACKING {
            return None;
        }
        let kept = self.compressors().pop();
        let mut compressor = match kept {
            Some(compressor) => compressor,
            None => Compressor::new(LEVEL).ok()?,
        };
        let probe = (plain.len() > 2 * PROBE)
            .then(|| plain.get(..PROBE))
            .flatten();
        let is_worth_it = probe.is_none_or(|probe| shrunk(&mut compressor, probe).is_some());
        let packed = is_worth_it
            .then(|| shrunk(&mut compressor, plain))
            .flatten();
        let mut compressors = self.compressors();
        if compressors.len() < COMPRESSORS {
            compressors.push(compressor);
        }
        packed
    }

    fn compressors(&self) -> std::sync::MutexGuard<'_, Vec<Compressor<'static>>> {
        self.compressors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether what is stored under this header can be opened here.
    pub(crate) fn can_open(&self, header: &Header) -> bool {
        let sealing = self.sealing.as_ref();
        let opens = |key| sealing.is_some_and(|sealing| sealing.opens(key));
        header.packing.key.is_none_or(opens)
    }

    /// Returns the content of a record, whose header is still in front of its bytes; `Corrupt` if it
    /// does not belong to the id.
    pub(crate) fn plain(&self, header: &Header, bytes: &[u8]) -> Result<Vec<u8>> {
        let id = name(&header.id);
        let wrong = || damaged(&format!("blob {id} is not what was stored"));
        let stored = bytes.get(RECORD..).ok_or_else(wrong)?;
        let opened = match (header.packing.key, &self.sealing) {
            (None, _) => None,
            (Some(key), Some(sealing)) => Some(sealing.open(&id, key, stored)?),
            (Some(_), None) => {
                let text = format!("blob {id} is encrypted, and there is no key");
                return Err(Failure::new(FailureKind::Refused, text)
                    .with_hint("unlock the data folder's keys first"));
            }
        };
        let body = opened.as_deref().unwrap_or(stored);
        let length = usize::try_from(header.plain).map_err(|_too_big| wrong())?;
        let plain = if header.packing.is_packed {
            zstd::bulk::decompress(body, length).map_err(|_not_zstd| wrong())?
        } else {
            body.to_vec()
        };
        // What was stored before there was a key keeps its id when a collection seals it.
        let fits = plain.len() == length
            && (blake3::hash(&plain) == header.id
                || self.sealing.as_ref().is_some_and(|sealing| {
                    let key = sealing.id_key(header.packing.key.unwrap_or(SHARED));
                    blake3::keyed_hash(&key, &plain) == header.id
                }));
        if fits { Ok(plain) } else { Err(wrong()) }
    }
}

/// Bytes behind room for a header.
fn behind_header(bytes: &[u8]) -> Vec<u8> {
    let mut record = Vec::with_capacity(RECORD + bytes.len());
    record.resize(RECORD, 0);
    record.extend_from_slice(bytes);
    record
}

/// Compresses if that saves at least a sixteenth; less is not worth unpacking each time.
fn shrunk(compressor: &mut Compressor<'_>, plain: &[u8]) -> Option<Vec<u8>> {
    let most = plain.len() - plain.len() / 16;
    let mut record = vec![0; RECORD + most];
    // zstd says that the room is too small where it would not pay.
    let length = compressor
        .compress_to_buffer(plain, record.get_mut(RECORD..)?)
        .ok()?;
    record.truncate(RECORD + length);
    Some(record)
}

fn length(plain: &[u8]) -> Result<u32> {
    match u32::try_from(plain.len()) {
        Ok(length) if plain.len() <= LIMIT => Ok(length),
        _ => {
            let text = format!(
                "a blob of {} bytes is too big; the limit is {LIMIT}",
                plain.len()
            );
            Err(Failure::new(FailureKind::Refused, text))
        }
    }
}

/// A failure that says that an object is not what it was.
pub(crate) fn damaged(what: &str) -> Failure {
    corrupt(what).with_hint("bring the file back from a copy, or store the same bytes again")
}
