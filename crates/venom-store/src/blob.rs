//! The content store as the ports ask for it: one durable blob at a time, or many before a flush.

pub(crate) mod alias;

use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_ports::blob::{BlobStore, Objects};
use venom_ports::{Failure, FailureKind, Result};

use self::alias::Aliases;
use crate::crypt::SealKey;
use crate::pack::Packs;
use crate::pack::sealing::Sealing;

/// How blobs are sealed: with which key, and whether new ones are, or why none can be stored.
#[derive(Debug)]
pub(crate) struct Seals {
    key: Option<SealKey>,
    seals: Result<bool>,
}

impl Seals {
    /// Takes what the keys say; `None` if nothing is sealed and nothing ever was.
    pub(crate) fn of((key, seals): (Option<SealKey>, Result<bool>)) -> Option<Arc<dyn Sealing>> {
        if key.is_none() && seals == Ok(false) {
            return None;
        }
        Some(Arc::new(Self { key, seals }))
    }

    fn key(&self) -> Result<&SealKey> {
        self.key.as_ref().ok_or_else(|| match &self.seals {
            Err(failure) => failure.clone(),
            Ok(_) => Failure::new(
                FailureKind::Refused,
                "blobs are sealed, and there is no key",
            )
            .with_hint("see `venom keys status`"),
        })
    }
}

impl Sealing for Seals {
    fn seals(&self) -> Result<bool> {
        self.seals.clone()
    }

    fn opens(&self) -> bool {
        self.key.is_some()
    }

    fn id_key(&self) -> [u8; 32] {
        self.key.as_ref().map_or([0; 32], SealKey::id_key)
    }

    fn seal(&self, id: &BlobId, plain: &[u8]) -> Result<Vec<u8>> {
        self.key()?.seal(id, plain)
    }

    fn open(&self, id: &BlobId, _key: u16, sealed: &[u8]) -> Result<Vec<u8>> {
        self.key()?.open(id, sealed)
    }
}

/// The blobs in `data/blobs`.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    packs: Arc<Packs>,
    aliases: Aliases,
}

impl Blobs {
    pub(crate) const fn new(packs: Arc<Packs>, aliases: Aliases) -> Self {
        Self { packs, aliases }
    }

    /// Returns the names that blobs have elsewhere.
    pub(crate) const fn aliases(&self) -> &Aliases {
        &self.aliases
    }

    /// Reads a blob by the name that it has here, or else by one that it has elsewhere.
    fn find(&self, id: &BlobId) -> Result<Vec<u8>> {
        match self.packs.read(id) {
            Err(failure) if failure.kind == FailureKind::Missing => match self.aliases.find(id)? {
                Some(here) => self.packs.read(&here),
                None => Err(failure),
            },
            read => read,
        }
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
        let (blobs, id) = (self.clone(), id.clone());
        blocking(move || blobs.find(&id)).await
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
        self.find(id)
    }

    fn holds(&self, id: &BlobId) -> Result<bool> {
        if self.packs.holds(id)? {
            return Ok(true);
        }
        match self.aliases.find(id)? {
            Some(here) => self.packs.holds(&here),
            None => Ok(false),
        }
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        self.packs.id_of(bytes)
    }

    fn sync(&self) -> Result<()> {
        self.packs.sync()
    }

    fn removals(&self) -> Result<u64> {
        self.packs.removals()
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
