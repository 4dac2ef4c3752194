//! The content store as the ports ask for it: one durable blob at a time, or many before a flush.

use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_ports::blob::{BlobStore, Objects};
use venom_ports::{Failure, FailureKind, Result};

use crate::pack::Packs;

/// The blobs in `data/blobs`.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    packs: Arc<Packs>,
}

impl Blobs {
    pub(crate) fn new(packs: Arc<Packs>) -> Self {
        Self { packs }
    }

    /// Returns the packs behind.
    pub(crate) const fn packs(&self) -> &Arc<Packs> {
        &self.packs
    }
}

#[async_trait]
impl BlobStore for Blobs {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId> {
        let packs = Arc::clone(&self.packs);
        blocking(move || {
            let id = packs.write(&bytes)?;
            packs.sync()?;
            Ok(id)
        })
        .await
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        let (packs, id) = (Arc::clone(&self.packs), id.clone());
        blocking(move || packs.read(&id)).await
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        self.packs.id_of(bytes)
    }
}

impl Objects for Blobs {
    fn write(&self, bytes: &[u8]) -> Result<BlobId> {
        self.packs.write(bytes)
    }

    fn read(&self, id: &BlobId) -> Result<Vec<u8>> {
        self.packs.read(id)
    }

    fn holds(&self, id: &BlobId) -> Result<bool> {
        self.packs.holds(id)
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        self.packs.id_of(bytes)
    }

    fn sync(&self) -> Result<()> {
        self.packs.sync()
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            let text = format!("work on a blob was not finished: {error}");
            Err(Failure::new(FailureKind::Internal, text))
        }
    }
}
