//! The chains of hashes: what exactly is hashed, and how links follow each other.
//!
//! Two chains run through the log. Each run has its own: an event's hash covers the hash of the
//! event before it in the run, its header and its text. Over all runs goes the roll: it covers the
//! hashes of all events in the order in which they were committed; a seal is the roll at one place.
//!
//! An event that was imported keeps the hash that it had where it was written, which covers the digest
//! of what was stored there. That digest, and one of what is stored here, stand beside it and are
//! covered by the roll.

use venom_kernel::digest::Digest;
use venom_kernel::id::RunId;

use crate::sqlite::uid;

/// What an event's hash covers besides its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    /// The run.
    pub(crate) run: RunId,
    /// Position in the run.
    pub(crate) seq: u64,
    /// Microseconds since 1970.
    pub(crate) time: i64,
    /// Position of the event that it follows from; 0 for none, which is no event's position.
    pub(crate) cause: u64,
    /// Version of the vocabulary.
    pub(crate) schema: u16,
}

impl Header {
    /// The canonical form: numbers of fixed width, most significant byte first.
    fn bytes(&self) -> [u8; 42] {
        let mut bytes = [0; 42];
        let fields = uid(self.run)
            .into_iter()
            .chain(self.seq.to_be_bytes())
            .chain(self.time.to_be_bytes())
            .chain(self.cause.to_be_bytes())
            .chain(self.schema.to_be_bytes());
        for (slot, byte) in bytes.iter_mut().zip(fields) {
            *slot = byte;
        }
        bytes
    }
}

/// Returns the hash of an event. What is stored of its text, sealed or not, enters by its digest, so
/// that the chain can be checked without a key, and holds when the text can be read no more.
pub(crate) fn link(before: &Digest, header: &Header, body: &[u8]) -> Digest {
    link_digest(before, header, &Digest::of_bytes(body))
}

/// Returns the hash of an event by the digest of what was stored of its text.
pub(crate) fn link_digest(before: &Digest, header: &Header, body: &Digest) -> Digest {
    Digest::of_parts(&[before.as_bytes(), &header.bytes(), body.as_bytes()])
}

/// Returns what stands in the roll for an event that was imported: its hash, and what is said here of
/// where it came from.
pub(crate) fn imported(hash: &Digest, origin: &[u8]) -> Digest {
    Digest::of_parts(&[hash.as_bytes(), origin])
}

/// Returns what is signed of a seal.
pub(crate) fn seal_message(no: u64, first: u64, last: u64, root: &Digest) -> Vec<u8> {
    let mut message = b"venom seal 1\n".to_vec();
    for number in [no, first, last] {
        message.extend_from_slice(&number.to_be_bytes());
    }
    message.extend_from_slice(root.as_bytes());
    message
}

/// Returns the roll after one more event.
pub(crate) fn roll(before: &Digest, hash: &Digest) -> Digest {
    Digest::of_parts(&[before.as_bytes(), hash.as_bytes()])
}

#[cfg(test)]
mod tests;
