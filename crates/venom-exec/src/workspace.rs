//! The workspace as a real folder.
//!
//! The root is held open as a descriptor and every file is reached from it, one walk down the tree
//! in which the kernel refuses symbolic links and `..` (see `beneath.rs`). A path can therefore not
//! lead out of the workspace, not even when somebody swaps a folder for a link meanwhile. Only walks
//! go by name; they list and never read files other than ignore files.

pub(crate) mod apply;
pub(crate) mod beneath;
mod walk;

use std::fmt::Display;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use venom_kernel::change::{ChangeSet, RelPath};
use venom_kernel::time::Timestamp;
use venom_ports::blob::BlobStore;
use venom_ports::workspace::{Entry, EntryKind, FileBytes, Files, Listing, Walk, Workspace};
use venom_ports::{Failure, FailureKind, Result};

use self::beneath::Beneath;

/// A workspace that is a folder of the file system.
#[derive(Debug, Clone)]
pub struct DirWorkspace {
    root: PathBuf,
    beneath: Arc<Beneath>,
}

impl DirWorkspace {
    /// Opens a folder as a workspace. `Missing` if there is none.
    pub fn open(root: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let shown = root.display();
            match error.kind() {
                std::io::ErrorKind::NotFound => Failure::new(
                    FailureKind::Missing,
                    format!("the workspace `{shown}` does not exist"),
                ),
                std::io::ErrorKind::NotADirectory => {
                    Failure::new(FailureKind::Refused, format!("`{shown}` is no folder"))
                }
                _ => Failure::new(
                    FailureKind::Refused,
                    format!("cannot open the workspace `{shown}`: {error}"),
                ),
            }
        };
        let real = root.canonicalize().map_err(failed)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder =
            rustix::fs::open(&real, flags, Mode::empty()).map_err(|errno| failed(errno.into()))?;
        Ok(Self {
            root: real,
            beneath: Arc::new(Beneath::new(folder)),
        })
    }

    /// Runs something that blocks where it keeps nobody waiting.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Beneath, &Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Self { root, beneath } = self.clone();
        match tokio::task::spawn_blocking(move || work(&beneath, &root)).await {
            Ok(done) => done,
            Err(error) => Err(Failure::new(
                FailureKind::Internal,
                format!("work on the workspace broke down: {error}"),
            )),
        }
    }
}

#[async_trait]
impl Files for DirWorkspace {
    async fn read(&self, path: &RelPath, limit: u64) -> Result<FileBytes> {
        let path = path.clone();
        self.blocking(move |beneath, _| read(beneath, &path, limit))
            .await
    }

    async fn read_part(&self, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>> {
        let path = path.clone();
        self.blocking(move |beneath, _| read_part(beneath, &path, from, most))
            .await
    }

    async fn stat(&self, path: &RelPath) -> Result<Option<Entry>> {
        let path = path.clone();
        self.blocking(move |beneath, _| match beneath.stat(&path) {
            Ok(stat) => Ok(Some(entry(path, &stat))),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(failure(errno, "look at", &path)),
        })
        .await
    }

    async fn walk(&self, walk: Walk) -> Result<Listing> {
        self.blocking(move |beneath, root| walk::walk(beneath, root, &walk))
            .await
    }
}

#[async_trait]
impl Workspace for DirWorkspace {
    fn root(&self) -> &Path {
        &self.root
    }

    async fn modified(&self, path: &RelPath) -> Result<Option<Timestamp>> {
        let path = path.clone();
        self.blocking(move |beneath, _| match beneath.stat(&path) {
            Ok(stat) => {
                let micros = i64::try_from(stat.st_mtime_nsec).unwrap_or_default() / 1_000;
                let time = stat
                    .st_mtime
                    .saturating_mul(1_000_000)
                    .saturating_add(micros);
                Ok(Some(Timestamp::from_micros(time)))
            }
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(failure(errno, "look at", &path)),
        })
        .await
    }

    async fn apply(&self, changes: &ChangeSet, blobs: &dyn BlobStore) -> Result<Vec<RelPath>> {
        apply::apply(self, changes, blobs).await
    }
}

fn read_part(beneath: &Beneath, path: &RelPath, from: u64, most: usize) -> Result<Vec<u8>> {
    let (mut file, _) = open(beneath, path)?;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(from))
        .and_then(|_| file.take(most as u64).read_to_end(&mut bytes))
        .map_err(|error| broken(&error, "read", path))?;
    Ok(bytes)
}

fn read(beneath: &Beneath, path: &RelPath, limit: u64) -> Result<FileBytes> {
    let (file, stat) = open(beneath, path)?;
    let size = size(&stat);
    let too_large = || {
        Failure::new(
            FailureKind::Refused,
            format!("`{path}` is larger than the {limit} bytes that are read here"),
        )
    };
    if size > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    // It may grow while it is read.
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| broken(&error, "read", path))?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(FileBytes {
        bytes,
        mode: mode(&stat),
    })
}

/// Opens a regular file for reading.
fn open(beneath: &Beneath, path: &RelPath) -> Result<(File, Stat)> {
    let failed = |errno| failure(errno, "read", path);
    let is_file = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let no_file = |stat: &Stat| {
        let kind = match kind(stat) {
            EntryKind::Folder => "a folder",
            EntryKind::Link => "a symbolic link, which is not followed",
            EntryKind::File | EntryKind::Other => "no regular file",
        };
        Failure::new(FailureKind::Refused, format!("`{path}` is {kind}"))
    };
    // Opening a device or a pipe can already do something, so it is looked at before.
    let stat = beneath.stat(path).map_err(failed)?;
    if !is_file(&stat) {
        return Err(no_file(&stat));
    }
    // Should it have been swapped for a pipe since: do not wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
    let file = beneath.open(path, flags).map_err(failed)?;
    let stat = rustix::fs::fstat(&file).map_err(failed)?;
    if !is_file(&stat) {
        return Err(no_file(&stat));
    }
    Ok((File::from(file), stat))
}

fn entry(path: RelPath, stat: &Stat) -> Entry {
    let kind = kind(stat);
    Entry {
        path,
        kind,
        size: shown_size(kind, size(stat)),
    }
}

/// The size of a folder depends on the file system and says nothing.
const fn shown_size(kind: EntryKind, size: u64) -> u64 {
    match kind {
        EntryKind::File | EntryKind::Link => size,
        EntryKind::Folder | EntryKind::Other => 0,
    }
}

fn kind(stat: &Stat) -> EntryKind {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Link,
        _ => EntryKind::Other,
    }
}

fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or_default()
}

/// The permission bits of a file.
const fn mode(stat: &Stat) -> u32 {
    stat.st_mode & 0o7777
}

/// Turns an error of the system into a failure of the port.
pub(crate) fn failure(errno: Errno, doing: &str, path: &dyn Display) -> Failure {
    let message = |kind: FailureKind| {
        let reason = std::io::Error::from(errno);
        Failure::new(kind, format!("cannot {doing} `{path}`: {reason}"))
    };
    match errno {
        Errno::NOENT | Errno::NOTDIR => Failure::new(
            FailureKind::Missing,
            format!("there is no `{path}` in the workspace"),
        ),
        Errno::LOOP | Errno::XDEV => Failure::new(
            FailureKind::Refused,
            format!("`{path}` leads through a symbolic link, which is not followed"),
        )
        .with_hint("name the path that the link points to, if it is inside the workspace"),
        Errno::NOSPC | Errno::DQUOT => message(FailureKind::Unavailable)
            .with_hint("make room on the disk and try again; what is done already is kept"),
        Errno::ROFS => message(FailureKind::Refused)
            .with_hint("the file system is mounted read-only; mount it writable and try again"),
        Errno::ACCESS | Errno::PERM => message(FailureKind::Refused).with_hint(format!(
            "check who owns `{path}` and the folder that it is in, and their permissions (`ls -la`)"
        )),
        Errno::NAMETOOLONG => message(FailureKind::Refused).with_hint("choose a shorter name"),
        Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN | Errno::BUSY => {
            message(FailureKind::Retryable)
        }
        _ => message(FailureKind::Unavailable),
    }
}

/// The same for an error that comes through the standard library.
pub(crate) fn broken(error: &std::io::Error, doing: &str, path: &dyn Display) -> Failure {
    match Errno::from_io_error(error) {
        Some(errno) => failure(errno, doing, path),
        None => Failure::new(
            FailureKind::Unavailable,
            format!("cannot {doing} `{path}`: {error}"),
        ),
    }
}

#[cfg(test)]
mod tests;
