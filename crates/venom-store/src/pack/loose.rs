//! Objects of older versions: `blobs/ab/cdef…` holds one byte that says how the rest is packed, then
//! the rest. They are read as long as they are there; nothing new is written this way.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use venom_kernel::digest::BlobId;
use venom_ports::Result;

use super::content::damaged;
use super::format::LIMIT;
use super::places;
use crate::private;

const RAW: u8 = 0;
const ZSTD: u8 = 1;

/// Returns the path of an object's file.
pub(crate) fn path(root: &Path, id: &BlobId) -> PathBuf {
    let (shard, name) = id
        .as_str()
        .split_at_checked(2)
        .unwrap_or((id.as_str(), "blob"));
    root.join(shard).join(name)
}

/// Reads an object; `None` if there is no file for it.
pub(crate) fn read(root: &Path, id: &BlobId) -> Result<Option<Vec<u8>>> {
    let Some(bytes) = unpacked(&path(root, id), LIMIT)? else {
        return Ok(None);
    };
    let hash = blake3::hash(&bytes).to_hex();
    if hash.as_str() == id.as_str() {
        Ok(Some(bytes))
    } else {
        Err(damaged(&format!("blob {id} is not what was stored")))
    }
}

/// Tells whether there is a file for an object.
pub(crate) fn is_there(root: &Path, id: &BlobId) -> bool {
    path(root, id).is_file()
}

/// Tells whether an object's file holds exactly these bytes.
pub(crate) fn is_whole(root: &Path, id: &BlobId, bytes: &[u8]) -> bool {
    matches!(unpacked(&path(root, id), LIMIT), Ok(Some(stored)) if stored == bytes)
}

/// Returns how many bytes and objects there are.
pub(crate) fn sum(root: &Path) -> (u64, u64) {
    let all = all(root);
    let bytes = all.iter().map(|(_, size)| size).sum();
    (bytes, all.len() as u64)
}

/// Returns all objects with the sizes of their files. Files that are none of ours are left out.
pub(crate) fn all(root: &Path) -> Vec<(BlobId, u64)> {
    let mut all = Vec::new();
    for shard in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let Ok(prefix) = shard.file_name().into_string() else {
            continue;
        };
        if !places::is_shard(&prefix) {
            continue;
        }
        for file in std::fs::read_dir(shard.path())
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(rest) = file.file_name().into_string() else {
                continue;
            };
            if let (Some(id), Ok(metadata)) =
                (BlobId::new(&format!("{prefix}{rest}")), file.metadata())
            {
                all.push((id, metadata.len()));
            }
        }
    }
    all.sort();
    all
}

/// Reads and unpacks a file of at most so many bytes; `None` if it is not there.
fn unpacked(path: &Path, limit: usize) -> Result<Option<Vec<u8>>> {
    let doing = format!("cannot read {}", path.display());
    let fail = |error: std::io::Error| private::failure(&doing, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let mut stored = Vec::new();
    // Two more than the limit: the tag, and one byte that shows that there is too much.
    file.take(limit as u64 + 2)
        .read_to_end(&mut stored)
        .map_err(fail)?;
    let bytes = match stored.split_first() {
        Some((&RAW, _)) => {
            stored.remove(0);
            stored
        }
        Some((&ZSTD, packed)) => {
            let mut bytes = Vec::new();
            zstd::stream::read::Decoder::with_buffer(packed)
                .and_then(|decoder| decoder.take(limit as u64 + 1).read_to_end(&mut bytes))
                .map_err(|error| {
                    damaged(&format!("{} cannot be unpacked: {error}", path.display()))
                })?;
            bytes
        }
        Some(_) | None => return Err(damaged(&format!("{} is not a blob", path.display()))),
    };
    if bytes.len() > limit {
        return Err(damaged(&format!(
            "{} is bigger than any blob",
            path.display()
        )));
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests;
