//! Encryption of what is stored: one cipher, AES-256-GCM, and what each sealed thing is bound to.
//!
//! A sealed thing is `version, nonce, ciphertext, tag`. What it belongs to (the run and position of
//! an event, the id of a blob, the name of a key) is part of what the tag covers and is not stored:
//! a thing that was moved to another place does not open there.
//!
//! This module knows no files and no tables; where keys come from is the business of `keys`.

mod aead;
mod associated;

pub(crate) use self::aead::{Key, random};
pub(crate) use self::associated::Associated;

use venom_kernel::digest::BlobId;
use venom_ports::Result;

use crate::sqlite::failure::corrupt;

/// Seals blobs. Each blob has a key of its own, made from this one and the blob's id, so that no
/// number of blobs wears a key out.
#[derive(Clone)]
pub struct SealKey {
    key: Key,
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKey").finish_non_exhaustive()
    }
}

impl SealKey {
    /// Takes the key that all blobs' keys are made from.
    pub(crate) const fn new(key: Key) -> Self {
        Self { key }
    }

    /// Seals a blob's bytes.
    pub fn seal(&self, id: &BlobId, plain: &[u8]) -> Result<Vec<u8>> {
        self.key
            .derive("blob", id.as_str().as_bytes())
            .seal(&Associated::Blob(id), plain)
    }

    /// Opens a blob's bytes; `Corrupt` if they were changed or belong to another blob.
    pub fn open(&self, id: &BlobId, sealed: &[u8]) -> Result<Vec<u8>> {
        self.key
            .derive("blob", id.as_str().as_bytes())
            .open(&Associated::Blob(id), sealed)
            .map_err(|_damaged| corrupt(format!("blob {id} does not open: it was changed")))
    }

    /// Returns the key under which names on the disk are made, so that a name says nothing about
    /// the content.
    pub fn id_key(&self) -> [u8; 32] {
        *self.key.derive("blob names", b"").bytes()
    }
}

#[cfg(test)]
mod tests;
