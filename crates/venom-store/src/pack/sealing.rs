//! What encryption has to offer to be used for what is stored.

use std::fmt::Debug;

use venom_kernel::digest::BlobId;
use venom_ports::Result;

/// Seals objects before they are stored and opens them again.
///
/// With one of these, an object's id is a keyed hash, so that nobody can tell from an id whether
/// somebody has a certain file.
pub trait Sealing: Send + Sync + Debug {
    /// Tells whether new objects are sealed, or why none can be stored.
    fn seals(&self) -> Result<bool> {
        Ok(true)
    }

    /// Tells whether the keys that open are there.
    fn opens(&self) -> bool {
        true
    }

    /// Returns the number of the key that seals now; it is stored beside each object.
    fn key(&self) -> u16 {
        1
    }

    /// Returns the key that ids are made with. It must stay the same when the sealing key changes.
    fn id_key(&self) -> [u8; 32];

    /// Seals bytes for this id.
    fn seal(&self, id: &BlobId, plain: &[u8]) -> Result<Vec<u8>>;

    /// Opens what was sealed with the key of this number for this id; `Corrupt` if it was changed or
    /// belongs to another id, `Refused` if the key is not there.
    fn open(&self, id: &BlobId, key: u16, sealed: &[u8]) -> Result<Vec<u8>>;
}
