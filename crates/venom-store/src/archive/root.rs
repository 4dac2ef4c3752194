//! The root of an archive: one digest over its head, its events, its seals and the names of its blobs.
//! Taking values or blobs out does not change it, so a signature of it stays good.

use venom_kernel::digest::Digest;

use super::blob::Label;
use super::frame::Fields;
use crate::keys::Signing;

/// Gathers what the root covers.
#[derive(Debug)]
pub(super) struct Roots {
    head: Digest,
    events: Digest,
    seals: Digest,
    blobs: Digest,
}

impl Roots {
    /// Begins with the head.
    pub(super) fn new(head: &[u8]) -> Self {
        Self {
            head: Digest::of_bytes(head),
            events: Digest::ZERO,
            seals: Digest::ZERO,
            blobs: Digest::ZERO,
        }
    }

    /// Adds an event: its hash in the log, and the root of its leaves.
    pub(super) fn event(&mut self, hash: &Digest, root: &Digest) {
        let parts = [
            self.events.as_bytes().as_slice(),
            hash.as_bytes(),
            root.as_bytes(),
        ];
        self.events = Digest::of_parts(&parts);
    }

    /// Adds a seal.
    pub(super) fn seal(&mut self, bytes: &[u8]) {
        let seal = Digest::of_bytes(bytes);
        self.seals = Digest::of_parts(&[self.seals.as_bytes(), seal.as_bytes()]);
    }

    /// Adds a blob.
    pub(super) fn blob(&mut self, label: &Label) {
        let blob = label.covered();
        self.blobs = Digest::of_parts(&[self.blobs.as_bytes(), blob.as_bytes()]);
    }

    /// Returns the root.
    pub(super) fn root(&self) -> Digest {
        Digest::of_parts(&[
            b"venom archive root 1\n",
            self.head.as_bytes(),
            self.events.as_bytes(),
            self.seals.as_bytes(),
            self.blobs.as_bytes(),
        ])
    }
}

/// Returns what is signed.
pub(super) fn message(root: &Digest) -> Vec<u8> {
    [b"venom archive 1\n".as_slice(), root.as_bytes()].concat()
}

/// Returns the last part of an archive.
pub(super) fn encode(root: &Digest, signing: Option<&Signing>) -> Vec<u8> {
    let mut bytes = root.as_bytes().to_vec();
    match signing {
        None => bytes.push(0),
        Some(signing) => {
            bytes.push(1);
            bytes.extend_from_slice(&signing.public());
            bytes.extend_from_slice(&signing.sign(&message(root)));
        }
    }
    bytes
}

/// A public key and a signature.
pub(super) type Signature = ([u8; 32], [u8; 64]);

/// Reads the last part.
pub(super) fn decode(bytes: &[u8]) -> Option<(Digest, Option<Signature>)> {
    let mut fields = Fields(bytes);
    let root = fields.digest()?;
    let MaybeSigned(signature) = signature(&mut fields)?;
    fields.is_empty().then_some((root, signature))
}

/// Reads a signature that may be there.
pub(super) fn signature(fields: &mut Fields<'_>) -> Option<MaybeSigned> {
    match fields.byte()? {
        0 => Some(MaybeSigned(None)),
        1 => Some(MaybeSigned(Some((fields.array()?, fields.array()?)))),
        _ => None,
    }
}

/// A signature, or none.
pub(super) struct MaybeSigned(pub(super) Option<Signature>);
