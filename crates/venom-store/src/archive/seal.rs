//! Seals in an archive: a seal of the log, with the hashes of all events under it, those of other
//! runs too. They tell nothing about their texts, and without them the seal could not be checked.

use venom_kernel::digest::Digest;

use super::frame::Fields;
use super::root::{MaybeSigned, Signature, signature};
use crate::log::chain;

/// A seal with what it covers.
#[derive(Debug)]
pub(super) struct Seal {
    pub(super) no: u64,
    pub(super) first: u64,
    pub(super) last: u64,
    /// The root of the seal before it.
    pub(super) before: Digest,
    pub(super) root: Digest,
    pub(super) signature: Option<Signature>,
    pub(super) hashes: Vec<Digest>,
}

impl Seal {
    /// Returns the bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(200 + self.hashes.len() * 32);
        for number in [self.no, self.first, self.last] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(self.before.as_bytes());
        bytes.extend_from_slice(self.root.as_bytes());
        match &self.signature {
            None => bytes.push(0),
            Some((key, signature)) => {
                bytes.push(1);
                bytes.extend_from_slice(key);
                bytes.extend_from_slice(signature);
            }
        }
        for hash in &self.hashes {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// Reads the bytes.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let (no, first, last) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let (before, root) = (fields.digest()?, fields.digest()?);
        let MaybeSigned(signature) = signature(&mut fields)?;
        let mut hashes = Vec::new();
        while !fields.is_empty() {
            hashes.push(fields.digest()?);
        }
        let count = last.checked_sub(first)?.checked_add(1)?;
        (count == hashes.len() as u64 && no > 0 && first > 0).then_some(Self {
            no,
            first,
            last,
            before,
            root,
            signature,
            hashes,
        })
    }

    /// Tells whether the root follows from the hashes, and the signature fits.
    pub(super) fn is_sound(&self) -> bool {
        let rolled = self
            .hashes
            .iter()
            .fold(self.before, |roll, hash| chain::roll(&roll, hash));
        let is_signed = self.signature.as_ref().is_none_or(|(key, signature)| {
            let message = chain::seal_message(self.no, self.first, self.last, &self.root);
            crate::keys::verify_signature(key, &message, signature)
        });
        rolled == self.root && is_signed
    }
}
