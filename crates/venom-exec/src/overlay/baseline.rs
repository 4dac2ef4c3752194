//! What a command saw of the workspace when it started.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use venom_kernel::digest::Digest;
use venom_ports::{Failure, FailureKind, Result};

use super::Guards;
use super::delta::Delta;
use super::names::shown;
use super::node::{Form, Node, Print};
use super::stage::STAGING;
use super::tree::{Tree, file_at, fill, names_in, node_at, too_many};
use crate::workspace::{broken, failure};

/// Files that were changed less than this before they were looked at are digested: a second change
/// could bear the same time. Two ticks of the slowest usual kernel clock (100 Hz).
const RACY_NANOS: i128 = 20_000_000;

/// Bytes that are digested at once. Chosen: large enough that the digest of digests costs nothing.
const PIECE: usize = 1 << 20;

/// How the stored form begins; the number is its version.
const MAGIC: &[u8] = b"venom baseline 1\n";

/// Fingerprints of what stood in a workspace at one moment.
///
/// It must be taken before the overlay is mounted, and be stored if a commit is to be repeated
/// after a crash. What it costs grows with the workspace, not with its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline {
    seen: BTreeMap<PathBuf, Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    node: Node,
    digest: Option<Digest>,
}

impl Baseline {
    /// Takes the fingerprints of everything in a folder.
    pub fn capture(root: &Path, guards: &Guards) -> Result<Self> {
        let tree = Tree::open(root)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |since| {
            i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
        });
        let device = rustix::fs::fstat(tree.root())
            .map_err(|errno| failure(errno, "look at", &shown(root)))?
            .st_dev;
        let mut baseline = Self::default();
        let mut waiting = vec![PathBuf::new()];
        while let Some(path) = waiting.pop() {
            let failed = |errno| failure(errno, "look at", &shown(&path));
            let folder = match tree.folder_to_enter(&path) {
                Ok(folder) => folder,
                // Removed since, or closed to this user; what is in it counts as not there.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ACCESS) => continue,
                Err(errno) => return Err(failed(errno)),
            };
            for name in names_in(&folder, guards.entries)? {
                let Some(node) = node_at(&folder, &name).map_err(failed)? else {
                    continue;
                };
                let here = path.join(&name);
                if here == Path::new(STAGING) {
                    continue;
                }
                if baseline.seen.len() >= guards.entries {
                    return Err(too_many(guards.entries));
                }
                // Overlays do not show what is mounted inside their layers.
                if node.form == Form::Folder && node.print.device == device {
                    waiting.push(here.clone());
                }
                let is_racy = node.form == Form::File && node.print.changed > now - RACY_NANOS;
                let digest = match is_racy.then(|| file_at(&folder, &name)) {
                    Some(Ok((file, _))) => {
                        Some(digest(&file).map_err(|error| broken(&error, "read", &shown(&here)))?)
                    }
                    Some(Err(_)) | None => None,
                };
                baseline.seen.insert(here, Seen { node, digest });
            }
        }
        Ok(baseline)
    }

    /// Takes as seen what a delta's scan found to stand in the workspace. It costs nothing and cannot
    /// tell what was changed between the start of the command and the scan.
    pub fn of(delta: &Delta) -> Self {
        let seen = delta.entries.iter().filter_map(|entry| {
            let node = entry.old.clone()?;
            Some((entry.path.clone(), Seen { node, digest: None }))
        });
        Self {
            seen: seen.collect(),
        }
    }

    /// Returns how many files, folders and links there were.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Tells whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Returns what a commit of this delta needs, which is little to store.
    #[must_use]
    pub fn only(&self, delta: &Delta) -> Self {
        let paths = delta
            .entries
            .iter()
            .flat_map(|entry| entry.path.ancestors());
        let seen = paths.filter_map(|path| {
            let (path, seen) = self.seen.get_key_value(path)?;
            Some((path.clone(), seen.clone()))
        });
        Self {
            seen: seen.collect(),
        }
    }

    /// Tells whether what stands at a path is what stood there.
    pub(super) fn is_unchanged(
        &self,
        path: &Path,
        current: Option<&Node>,
        open: impl FnOnce() -> Result<File>,
    ) -> Result<bool> {
        let (seen, current) = match (self.seen.get(path), current) {
            (None, None) => return Ok(true),
            (Some(seen), Some(current)) => (seen, current),
            (None, Some(_)) | (Some(_), None) => return Ok(false),
        };
        let node = &seen.node;
        if node.form == Form::Folder && current.form == Form::Folder {
            // An interrupted commit may have opened it to its owner.
            return Ok(current.mode == node.mode || current.mode == node.mode | 0o700);
        }
        match seen.digest {
            None => Ok(node.is_unedited(current)),
            Some(digested) => {
                let is_alike =
                    (node.form, node.mode, node.size) == (current.form, current.mode, current.size);
                let same =
                    || digest(&open()?).map_err(|error| broken(&error, "read", &shown(path)));
                Ok(is_alike && same()? == digested)
            }
        }
    }

    /// Returns what stood at a path.
    pub(super) fn node(&self, path: &Path) -> Option<&Node> {
        self.seen.get(path).map(|seen| &seen.node)
    }

    /// Tells whether a file or link stood in the workspace, wherever.
    pub(super) fn holds(&self, node: &Node) -> bool {
        self.seen.values().any(|seen| seen.node.is_moved(node))
    }

    /// Returns the stored form.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for (path, Seen { node, digest }) in &self.seen {
            let path = path.as_os_str().as_bytes();
            let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(path);
            bytes.push(node.form as u8);
            bytes.extend_from_slice(&node.mode.to_le_bytes());
            bytes.extend_from_slice(&node.size.to_le_bytes());
            bytes.extend_from_slice(&node.print.inode.to_le_bytes());
            bytes.extend_from_slice(&node.print.links.to_le_bytes());
            bytes.extend_from_slice(&node.print.modified.to_le_bytes());
            bytes.extend_from_slice(&node.print.changed.to_le_bytes());
            bytes.push(u8::from(digest.is_some()));
            if let Some(digest) = digest {
                bytes.extend_from_slice(digest.as_bytes());
            }
        }
        bytes
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let corrupt = || Failure::new(FailureKind::Corrupt, "a stored baseline is damaged");
        let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(corrupt)?;
        let mut seen = BTreeMap::new();
        while !rest.is_empty() {
            let (path, one) = entry(&mut rest).ok_or_else(corrupt)?;
            seen.insert(path, one);
        }
        Ok(Self { seen })
    }
}

fn entry(rest: &mut &[u8]) -> Option<(PathBuf, Seen)> {
    let length = usize::try_from(u32::from_le_bytes(take(rest)?)).ok()?;
    let (path, after) = rest.split_at_checked(length)?;
    *rest = after;
    let form = match take::<1>(rest)? {
        [0] => Form::File,
        [1] => Form::Folder,
        [2] => Form::Link,
        [3] => Form::Pipe,
        [4] => Form::Socket,
        [5] => Form::Device,
        _ => return None,
    };
    let mode = u32::from_le_bytes(take(rest)?);
    let size = u64::from_le_bytes(take(rest)?);
    let print = Print {
        device: 0,
        inode: u64::from_le_bytes(take(rest)?),
        links: u64::from_le_bytes(take(rest)?),
        modified: i128::from_le_bytes(take(rest)?),
        changed: i128::from_le_bytes(take(rest)?),
        owner: 0,
        group: 0,
    };
    let digest = match take::<1>(rest)? {
        [0] => None,
        _ => Some(Digest::from_bytes(take(rest)?)),
    };
    let node = Node {
        form,
        mode,
        size,
        target: None,
        print,
    };
    Some((
        PathBuf::from(OsStr::from_bytes(path)),
        Seen { node, digest },
    ))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*taken)
}

/// Digests the digests of a file's pieces, so that no file need be in memory as a whole.
fn digest(file: &File) -> std::io::Result<Digest> {
    let mut piece = vec![0; PIECE];
    let mut digests = Vec::new();
    loop {
        let read = fill(file, &mut piece)?;
        digests.push(Digest::of_bytes(piece.get(..read).unwrap_or_default()));
        if read < PIECE {
            break;
        }
    }
    let parts: Vec<&[u8]> = digests
        .iter()
        .map(|digest| digest.as_bytes().as_slice())
        .collect();
    Ok(Digest::of_parts(&parts))
}

#[cfg(test)]
mod tests;
