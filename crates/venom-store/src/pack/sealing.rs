//! What encryption has to offer to be used for what is stored.

use std::fmt::Debug;

use venom_kernel::digest::BlobId;
use venom_ports::Result;

/// Seals objects before they are stored and opens them again.
///
/// With one of these, an object's id is a keyed hash, so that nobody can tell from an id whether
/// somebody has a certain file. There may be several keys, each with a number that is stored beside
/// what it seals; ids of one content under two of them are two.
pub trait Sealing: Send + Sync + Debug {
    /// Tells whether new objects are sealed, or why none can be stored.
    fn seals(&self) -> Result<bool> {
        Ok(true)
    }

    /// Tells whether the key of this number is there.
    fn opens(&self, _key: u16) -> bool {
        true
    }

    /// Returns what ids are made with that belong to the key of this number.
    fn id_key(&self, key: u16) -> [u8; 32];

    /// Seals bytes for this id with the key of this number.
    fn seal(&self, id: &BlobId, key: u16, plain: &[u8]) -> Result<Vec<u8>>;

    /// Opens what was sealed with the key of this number for this id; `Corrupt` if it was changed or
    /// belongs to another id, `Refused` if the key is not there.
    fn open(&self, id: &BlobId, key: u16, sealed: &[u8]) -> Result<Vec<u8>>;
}
