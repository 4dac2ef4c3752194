//! A blob store in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use venom_kernel::digest::{BlobId, Digest};
use venom_ports::blob::BlobStore;
use venom_ports::{Failure, FailureKind, Result};

/// Keeps blobs in memory. Any hash will do for an id; the kernel's is at hand.
#[derive(Default)]
pub(crate) struct MemoryBlobs(Mutex<BTreeMap<BlobId, Vec<u8>>>);

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId> {
        let id = self.id_of(&bytes);
        self.0.lock().unwrap().insert(id.clone(), bytes);
        Ok(id)
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        let bytes = self.0.lock().unwrap().get(id).cloned();
        bytes.ok_or_else(|| Failure::new(FailureKind::Missing, "no such blob"))
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        BlobId::new(&Digest::of_bytes(bytes).to_string()).unwrap()
    }
}
