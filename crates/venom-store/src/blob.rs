//! The content store: bytes in files that are named by the BLAKE3 hash of their content.
//!
//! `blobs/ab/cdef…` holds one byte that says how the rest is packed or sealed, then the rest. A file gets its
//! final name only after its bytes are on the disk, so that a file with a final name is whole.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_ports::blob::BlobStore;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::crypt::{OVERHEAD, SealKey};
use crate::private;
use crate::sqlite::failure::corrupt;

/// Biggest blob. Chosen: far above any source file or tool output, far below a small machine's
/// memory; it also bounds what a packed file may unpack to.
const LIMIT: u64 = 256 * 1_024 * 1_024;

/// Blobs below this size are not packed: a file takes a block of 4,096 bytes anyway.
const WORTH_PACKING: usize = 4_096;

/// Level of zstd. From the research measurements: 1 gains no time worth having, more costs CPU.
const LEVEL: i32 = 3;

const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// The rest is sealed; inside is one of the above again.
const SEALED: u8 = 2;

/// The blobs in `data/blobs`.
#[derive(Debug)]
pub(crate) struct Blobs {
    shelf: Shelf,
}

/// Where blobs are, and what seals them.
#[derive(Debug, Clone)]
struct Shelf {
    root: PathBuf,
    seal: Option<SealKey>,
    /// Whether new ones are sealed, or why none can be stored.
    seals: Result<bool>,
}

impl Blobs {
    /// Names the folder; it is created when it is first needed. `seal` opens sealed blobs, and seals
    /// new ones if the store does so.
    pub(crate) const fn new(root: PathBuf, seal: Option<SealKey>, seals: Result<bool>) -> Self {
        Self {
            shelf: Shelf { root, seal, seals },
        }
    }
}

impl Shelf {
    /// Returns what seals new blobs.
    fn seals(&self) -> Result<Option<&SealKey>> {
        match (&self.seals, &self.seal) {
            (Err(failure), _) => Err(failure.clone()),
            (Ok(false), _) => Ok(None),
            (Ok(true), Some(seal)) => Ok(Some(seal)),
            (Ok(true), None) => Err(Failure::new(
                FailureKind::Internal,
                "blobs are to be sealed and there is no key",
            )),
        }
    }
}

#[async_trait]
impl BlobStore for Blobs {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId> {
        let shelf = self.shelf.clone();
        blocking(move || put(&shelf, &bytes)).await
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        let (shelf, id) = (self.shelf.clone(), id.clone());
        blocking(move || get(&shelf, &id)).await
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        id_of(bytes)
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

fn id_of(bytes: &[u8]) -> BlobId {
    let hash = blake3::hash(bytes).to_hex();
    #[expect(
        clippy::expect_used,
        reason = "BLAKE3 prints 64 lower-case hexadecimal digits"
    )]
    BlobId::new(hash.as_str()).expect("a hash is an id")
}

/// Returns folder and name of a blob's file. The name of a sealed one is made with a key: the hash of
/// a content would tell whoever guesses the content that it is here.
fn place(root: &Path, id: &BlobId, seal: Option<&SealKey>) -> (PathBuf, String) {
    let named = match seal {
        Some(seal) => blake3::keyed_hash(&seal.id_key(), id.as_str().as_bytes())
            .to_hex()
            .to_string(),
        None => id.as_str().to_owned(),
    };
    let (shard, name) = named.split_at_checked(2).unwrap_or((&named, "blob"));
    (root.join(shard), name.to_owned())
}

fn put(shelf: &Shelf, bytes: &[u8]) -> Result<BlobId> {
    let seal = shelf.seals()?;
    let root = shelf.root.as_path();
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > LIMIT {
        let text = format!("a blob of {size} bytes is too big; the limit is {LIMIT}");
        return Err(Failure::new(FailureKind::Refused, text));
    }
    let id = id_of(bytes);
    let (folder, name) = place(root, &id, seal);
    let path = folder.join(&name);
    // Whoever stored it before may have been stopped before its name was on the disk; and a file
    // that has rotted since is replaced.
    let open = seal.map(|seal| (seal, &id));
    if is_whole(&path, open, bytes) {
        sync(&folder)?;
        return Ok(id);
    }
    create(root, &folder)?;
    write(&folder, &path, open, bytes)?;
    sync(&folder)?;
    Ok(id)
}

/// What opens a sealed file, and for which blob.
type Opener<'a> = Option<(&'a SealKey, &'a BlobId)>;

/// Tells whether a file holds exactly these bytes.
fn is_whole(path: &Path, open: Opener<'_>, bytes: &[u8]) -> bool {
    match read(path, open, LIMIT) {
        Ok(Some(stored)) => stored == bytes,
        Ok(None) | Err(_) => false,
    }
}

/// Creates a folder for blobs and makes its name durable.
fn create(root: &Path, folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    private::folder(folder)?;
    sync(root)?;
    root.parent().map_or(Ok(()), sync)
}

/// Writes a file under another name, flushes it, and only then gives it its name. What was begun is
/// removed when anything fails.
fn write(folder: &Path, path: &Path, seal: Opener<'_>, bytes: &[u8]) -> Result<()> {
    let doing = format!("cannot store a blob in {}", folder.display());
    let fail = |error: std::io::Error| private::failure(&doing, &error);
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .map_err(fail)?;
    let packed = if bytes.len() >= WORTH_PACKING {
        zstd::bulk::compress(bytes, LEVEL)
            .ok()
            .filter(|packed| packed.len() < bytes.len())
    } else {
        None
    };
    let (tag, content) = match &packed {
        Some(packed) => (ZSTD, packed.as_slice()),
        None => (RAW, bytes),
    };
    let sealed;
    let (tag, content) = match seal {
        Some((seal, id)) => {
            let mut inner = Zeroizing::new(Vec::with_capacity(content.len() + 1));
            inner.push(tag);
            inner.extend_from_slice(content);
            sealed = seal.seal(id, &inner)?;
            (SEALED, sealed.as_slice())
        }
        None => (tag, content),
    };
    let handle = file.as_file_mut();
    handle
        .write_all(&[tag])
        .and_then(|()| handle.write_all(content))
        .map_err(fail)?;
    handle.sync_all().map_err(fail)?;
    file.persist(path)
        .map(drop)
        .map_err(|error| fail(error.error))
}

/// Flushes a folder, so that the names in it survive a power loss.
fn sync(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| private::failure(&format!("cannot flush {}", folder.display()), &error))
}

fn get(shelf: &Shelf, id: &BlobId) -> Result<Vec<u8>> {
    let mut bytes = None;
    if let Some(seal) = &shelf.seal {
        let (folder, name) = place(&shelf.root, id, Some(seal));
        bytes = read(&folder.join(name), Some((seal, id)), LIMIT)?;
    }
    // It may be from before there was a key.
    if bytes.is_none() {
        let (folder, name) = place(&shelf.root, id, None);
        bytes = read(&folder.join(name), None, LIMIT)?;
    }
    let Some(bytes) = bytes else {
        let missing = Failure::new(FailureKind::Missing, format!("there is no blob {id}"));
        return Err(match &shelf.seals {
            // Without the key, sealed ones cannot even be looked for.
            Err(failure) => failure.clone(),
            Ok(_) => missing,
        });
    };
    if id_of(&bytes) == *id {
        Ok(bytes)
    } else {
        Err(damaged(&format!("blob {id} is not what was stored")))
    }
}

/// Reads and unpacks a file of at most so many bytes; `None` if it is not there.
fn read(path: &Path, open: Opener<'_>, limit: u64) -> Result<Option<Vec<u8>>> {
    let doing = format!("cannot read {}", path.display());
    let fail = |error: std::io::Error| private::failure(&doing, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let size = file.metadata().map_err(fail)?.len().min(limit);
    let mut stored = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    // More than the limit: the tags, what sealing adds, and one byte that shows that there is too much.
    let most = limit.saturating_add(3 + OVERHEAD as u64);
    file.take(most).read_to_end(&mut stored).map_err(fail)?;
    if stored.first() == Some(&SEALED) {
        let Some((seal, id)) = open else {
            let text = format!("{} is sealed, and not by this store", path.display());
            return Err(damaged(&text));
        };
        stored = seal.open(id, stored.get(1..).unwrap_or_default())?;
    }
    let too_big = || damaged(&format!("{} is bigger than any blob", path.display()));
    let bytes = match stored.split_first() {
        Some((&RAW, _)) => {
            stored.remove(0);
            stored
        }
        Some((&ZSTD, packed)) => {
            let mut bytes = Vec::new();
            zstd::stream::read::Decoder::with_buffer(packed)
                .and_then(|decoder| decoder.take(limit + 1).read_to_end(&mut bytes))
                .map_err(|error| {
                    damaged(&format!("{} cannot be unpacked: {error}", path.display()))
                })?;
            bytes
        }
        Some(_) | None => return Err(damaged(&format!("{} is not a blob", path.display()))),
    };
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(too_big());
    }
    Ok(Some(bytes))
}

fn damaged(what: &str) -> Failure {
    corrupt(what).with_hint("bring the file back from a copy, or store the same bytes again")
}

#[cfg(test)]
mod tests;
