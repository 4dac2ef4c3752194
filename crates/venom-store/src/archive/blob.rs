//! Blobs in an archive: in parts of at most a mebibyte, each packed if that makes it shorter.
//!
//! A store that encrypts names blobs by a keyed hash, which nobody else can compute. Such a blob has a
//! salted commitment of its content beside its name, and the root covers both; the salt follows from the
//! key and goes when the blob does.

use venom_kernel::digest::Digest;
use venom_kernel::tree::ObjectId;

use super::frame::Fields;

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

/// What stands before the parts of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) id: ObjectId,
    pub(super) state: u8,
    pub(super) length: u64,
    /// What the content is bound by if the name is not its hash.
    pub(super) bond: Option<Bond>,
}

/// Binds a content to a name that is not its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bond {
    commitment: Digest,
    /// Not there if the blob was taken out.
    salt: Option<Digest>,
}

impl Bond {
    /// Makes one; `key` is what names were made with.
    pub(super) fn new(key: &[u8; 32], id: &ObjectId, content: &[u8]) -> Self {
        let salt = Digest::of_parts(&[b"venom archive blob 1\n", key, id.as_bytes()]);
        Self {
            commitment: commitment(&salt, content),
            salt: Some(salt),
        }
    }

    /// Makes one for a name that was made with a key that is not here. Whoever knows the content can
    /// make the same, as the name of a blob in a store that does not encrypt tells it too.
    pub(super) fn open(id: &ObjectId, content: &[u8]) -> Self {
        let hash = blake3::hash(content);
        let salt = Digest::of_parts(&[b"venom archive blob 2\n", id.as_bytes(), hash.as_bytes()]);
        Self {
            commitment: commitment(&salt, content),
            salt: Some(salt),
        }
    }
}

fn commitment(salt: &Digest, content: &[u8]) -> Digest {
    let content = blake3::hash(content);
    Digest::of_parts(&[&[6], salt.as_bytes(), content.as_bytes()])
}

impl Label {
    /// Returns the bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.id.as_bytes().to_vec();
        bytes.push(self.state);
        bytes.extend_from_slice(&self.length.to_be_bytes());
        if let Some(bond) = &self.bond {
            bytes.extend_from_slice(bond.commitment.as_bytes());
            if let Some(salt) = &bond.salt {
                bytes.extend_from_slice(salt.as_bytes());
            }
        }
        bytes
    }

    /// Reads the bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let id = ObjectId::from_bytes(fields.array()?);
        let state = fields.byte()?;
        let length = fields.u64()?;
        let is_there = state == PRESENT;
        let bond = if fields.is_empty() {
            None
        } else {
            Some(Bond {
                commitment: fields.digest()?,
                salt: if is_there {
                    Some(fields.digest()?)
                } else {
                    None
                },
            })
        };
        let is_good = fields.is_empty()
            && length <= LIMIT
            && (is_there || length == 0)
            && (is_there || state == REMOVED || (state == MISSING && bond.is_none()));
        is_good.then_some(Self {
            id,
            state,
            length,
            bond,
        })
    }

    /// Tells whether a content is the one that the name or the bond stands for.
    pub(super) fn fits(&self, content: &[u8]) -> bool {
        match &self.bond {
            None => blake3::hash(content).as_bytes() == self.id.as_bytes(),
            Some(bond) => bond
                .salt
                .is_some_and(|salt| commitment(&salt, content) == bond.commitment),
        }
    }

    /// Returns the same blob as it is when it was taken out.
    pub(super) fn removed(mut self) -> Self {
        self.state = REMOVED;
        self.length = 0;
        if let Some(bond) = &mut self.bond {
            bond.salt = None;
        }
        self
    }

    /// Returns what the root covers: the name, whether it was there, and the commitment. Whether it was
    /// taken out is no part of it.
    pub(super) fn covered(&self) -> Digest {
        let was_there = u8::from(self.state != MISSING);
        let commitment = self.bond.map_or(Digest::ZERO, |bond| bond.commitment);
        Digest::of_parts(&[self.id.as_bytes(), &[was_there], commitment.as_bytes()])
    }
}
