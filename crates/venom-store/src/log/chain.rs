//! The chains of hashes: what exactly is hashed, and how links follow each other.
//!
//! Two chains run through the log. Each run has its own: an event's hash covers the hash of the
//! event before it in the run, its header and its text. Over all runs goes the roll: it covers the
//! hashes of all events in the order in which they were committed; a seal is the roll at one place.

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
    let body = Digest::of_bytes(body);
    Digest::of_parts(&[before.as_bytes(), &header.bytes(), body.as_bytes()])
}

/// Returns the roll after one more event.
pub(crate) fn roll(before: &Digest, hash: &Digest) -> Digest {
    Digest::of_parts(&[before.as_bytes(), hash.as_bytes()])
}

#[cfg(test)]
mod tests;
