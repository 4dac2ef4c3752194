//! The content store in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_ports::blob::{BlobStore, Objects};
use venom_ports::{Failure, FailureKind, Result};

use super::lock;

/// The content store in memory.
#[derive(Debug, Default)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<BlobId, Vec<u8>>>,
}

impl MemoryBlobs {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId> {
        let id = id_of(&bytes);
        lock(&self.blobs).entry(id.clone()).or_insert(bytes);
        Ok(id)
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.read(id)
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        id_of(bytes)
    }
}

impl Objects for MemoryBlobs {
    fn write(&self, bytes: &[u8]) -> Result<BlobId> {
        let id = id_of(bytes);
        let mut blobs = lock(&self.blobs);
        blobs.entry(id.clone()).or_insert_with(|| bytes.to_vec());
        Ok(id)
    }

    fn read(&self, id: &BlobId) -> Result<Vec<u8>> {
        lock(&self.blobs)
            .get(id)
            .cloned()
            .ok_or_else(|| Failure::new(FailureKind::Missing, format!("there is no blob {id}")))
    }

    fn holds(&self, id: &BlobId) -> Result<bool> {
        Ok(lock(&self.blobs).contains_key(id))
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        id_of(bytes)
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }
}

fn id_of(bytes: &[u8]) -> BlobId {
    let hash = blake3::hash(bytes).to_hex();
    #[expect(
        clippy::expect_used,
        reason = "BLAKE3 prints 64 lower-case hexadecimal digits"
    )]
    BlobId::new(hash.as_str()).expect("a hash is an id")
}
