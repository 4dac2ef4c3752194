//! The content store as the ports ask for it: one durable blob at a time, or many before a flush.

pub(crate) mod alias;

use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_ports::blob::{BlobStore, Objects};
use venom_ports::{Failure, FailureKind, Result};

use self::alias::Aliases;
use crate::keys::{ContentKeys, SHARED};
use crate::pack::Packs;
use crate::pack::sealing::Sealing;

/// How blobs are sealed.
#[derive(Debug)]
pub(crate) struct Seals(Arc<ContentKeys>);

impl Seals {
    /// Takes the keys; `None` if nothing is sealed and nothing ever was.
    pub(crate) fn of(keys: &Arc<ContentKeys>) -> Option<Arc<dyn Sealing>> {
        keys.is_used()
            .then(|| Arc::new(Self(Arc::clone(keys))) as Arc<dyn Sealing>)
    }
}

impl Sealing for Seals {
    fn seals(&self) -> Result<bool> {
        self.0.seals()
    }

    fn opens(&self, key: u16) -> bool {
        self.0.get(key).is_ok()
    }

    fn id_key(&self, key: u16) -> [u8; 32] {
        // Without the key nothing is stored and nothing opens, so that the name is one of nothing.
        self.0.get(key).map_or([0; 32], |(_, names)| names)
    }

    fn seal(&self, id: &BlobId, key: u16, plain: &[u8]) -> Result<Vec<u8>> {
        self.0.get(key)?.0.seal(id, plain)
    }

    fn open(&self, id: &BlobId, key: u16, sealed: &[u8]) -> Result<Vec<u8>> {
        self.0.get(key)?.0.open(id, sealed)
    }
}

/// The blobs in `data/blobs`. What is there can be read whichever key it is under; what is new goes under
/// one of them.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    packs: Arc<Packs>,
    aliases: Aliases,
    key: u16,
}

impl Blobs {
    /// Stores under the key that everything shares.
    pub(crate) const fn new(packs: Arc<Packs>, aliases: Aliases) -> Self {
        Self {
            packs,
            aliases,
            key: SHARED,
        }
    }

    /// The same blobs, with what is new under the key of this number.
    pub(crate) fn under(&self, key: u16) -> Self {
        Self {
            key,
            ..self.clone()
        }
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
        let (packs, key) = (Arc::clone(&self.packs), self.key);
        blocking(move || {
            let id = packs.write(key, &bytes)?;
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
        self.packs.id_of(self.key, bytes)
    }
}

impl Objects for Blobs {
    fn write(&self, bytes: &[u8]) -> Result<BlobId> {
        self.packs.write(self.key, bytes)
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
        self.packs.id_of(self.key, bytes)
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
