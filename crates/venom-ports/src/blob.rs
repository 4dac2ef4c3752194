//! Blobs: bytes by the hash of their content.

use std::path::Path;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;

use crate::Result;

/// Keeps bytes under the hash of their content.
///
/// `put` is durable when it returns, so that an event that names a blob never outlives it. Putting
/// the same bytes twice stores them once.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores bytes and returns their id.
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId>;

    /// Returns the bytes; `Missing` if they were never stored, `Corrupt` if they do not fit the id.
    async fn get(&self, id: &BlobId) -> Result<Vec<u8>>;

    /// Returns the id that these bytes would have, without storing them.
    fn id_of(&self, bytes: &[u8]) -> BlobId;
}

/// The same store for work on many objects at once, such as a snapshot of a workspace. Its verbs
/// block: they are called from threads that may wait.
pub trait Objects: Send + Sync {
    /// Stores bytes and returns their id. They are durable after the next [`Objects::sync`], and can
    /// be read at once.
    fn write(&self, bytes: &[u8]) -> Result<BlobId>;

    /// Returns the bytes; `Missing` if they were never stored, `Corrupt` if they do not fit the id.
    fn read(&self, id: &BlobId) -> Result<Vec<u8>>;

    /// Tells whether these bytes are stored already.
    fn holds(&self, id: &BlobId) -> Result<bool>;

    /// Returns the id that these bytes would have, without storing them.
    fn id_of(&self, bytes: &[u8]) -> BlobId;

    /// Makes everything that was written before the call durable.
    fn sync(&self) -> Result<()>;

    /// Returns a number that grows whenever objects are removed. Whoever remembers which objects are
    /// there remembers it with them: as long as it is the same, all of them still are.
    fn removals(&self) -> Result<u64> {
        Ok(0)
    }
}

/// Whose contents a run stores. A store that encrypts keeps workspaces apart: each has a key, and one
/// content has another id in each.
#[derive(Debug, Clone, Copy)]
pub enum Belongs<'a> {
    /// The run has begun, and goes on as it began.
    Known,
    /// It begins in the workspace at this path.
    To(&'a Path),
    /// It begins with the events of this run, which name contents already.
    With(RunId),
}
