//! The content store in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_ports::blob::BlobStore;
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
        let id = self.id_of(&bytes);
        lock(&self.blobs).entry(id.clone()).or_insert(bytes);
        Ok(id)
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        lock(&self.blobs)
            .get(id)
            .cloned()
            .ok_or_else(|| Failure::new(FailureKind::Missing, format!("there is no blob {id}")))
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        let hash = blake3::hash(bytes).to_hex();
        #[expect(
            clippy::expect_used,
            reason = "BLAKE3 prints 64 lower-case hexadecimal digits"
        )]
        BlobId::new(hash.as_str()).expect("a hash is an id")
    }
}
