//! A folder held open, and what stands beneath it by paths of any bytes. No link is ever followed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, Stat, readlinkat, statat};
use rustix::io::Errno;
use venom_ports::{Failure, FailureKind, Result};

use super::names::shown;
use super::node::{Form, Node};
use crate::workspace::beneath::Beneath;
use crate::workspace::{broken, failure};

/// Bytes that are read at once when two files are compared. Chosen: fits the caches beside its twin.
const PIECE: usize = 64 << 10;

/// A folder that is held open.
#[derive(Debug)]
pub(super) struct Tree {
    root: OwnedFd,
    beneath: Beneath,
}

/// The folder that a path is in, held open, and the path's last part.
pub(super) struct Place<'a> {
    pub(super) folder: OwnedFd,
    pub(super) name: &'a OsStr,
}

impl Tree {
    pub(super) fn open(root: &Path) -> Result<Self> {
        let failed = |errno| failure(errno, "open", &shown(root));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(root, flags, Mode::empty()).map_err(failed)?;
        let twin = folder
            .try_clone()
            .map_err(|error| broken(&error, "open", &shown(root)))?;
        Ok(Self {
            root: folder,
            beneath: Beneath::new(twin),
        })
    }

    pub(super) const fn root(&self) -> &OwnedFd {
        &self.root
    }

    /// Opens a folder.
    pub(super) fn folder(&self, path: &Path) -> rustix::io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        self.beneath.open_bytes(path.as_os_str().as_bytes(), flags)
    }

    /// Opens a folder that is to be looked through, for which listing it is not enough.
    pub(super) fn folder_to_enter(&self, path: &Path) -> rustix::io::Result<OwnedFd> {
        let folder = self.folder(path)?;
        statat(&folder, ".", AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(folder)
    }

    /// Opens the folder that a path is in.
    pub(super) fn place<'a>(&self, path: &'a Path) -> rustix::io::Result<Place<'a>> {
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => Ok(Place {
                folder: self.folder(parent)?,
                name,
            }),
            // The root itself is in no folder of the tree.
            _ => Err(Errno::ISDIR),
        }
    }

    /// Says what stands at a path, the text of a link included.
    pub(super) fn node(&self, path: &Path) -> rustix::io::Result<Option<Node>> {
        let Place { folder, name } = match self.place(path) {
            Ok(place) => place,
            Err(Errno::ISDIR) => return Ok(Some(Node::of(&rustix::fs::fstat(&self.root)?))),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno),
        };
        node_at(&folder, name)
    }

    /// Opens a regular file for reading.
    pub(super) fn file(&self, path: &Path) -> rustix::io::Result<(File, Node)> {
        let Place { folder, name } = self.place(path)?;
        file_at(&folder, name)
    }

    /// Opens whatever stands at a path for nothing but naming it; a link is not opened.
    pub(super) fn handle(&self, path: &Path) -> rustix::io::Result<(OwnedFd, Node)> {
        let bytes = path.as_os_str().as_bytes();
        let handle = self.beneath.open_bytes(bytes, OFlags::PATH)?;
        let stat = rustix::fs::fstat(&handle)?;
        Ok((handle, Node::of(&stat)))
    }
}

/// Says what stands under a name, the text of a link included.
pub(super) fn node_at(folder: impl AsFd, name: &OsStr) -> rustix::io::Result<Option<Node>> {
    let stat = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(errno),
    };
    with_target(folder, name, &stat).map(Some)
}

fn with_target(folder: impl AsFd, name: &OsStr, stat: &Stat) -> rustix::io::Result<Node> {
    let mut node = Node::of(stat);
    if node.form == Form::Link {
        let text = readlinkat(folder, name, Vec::new())?;
        node.target = Some(PathBuf::from(OsString::from_vec(text.into_bytes())));
    }
    Ok(node)
}

/// Opens a regular file for reading. Whether it is one is looked at before, for opening a device or
/// a pipe can already do something; and after, for it may have been swapped.
pub(super) fn file_at(folder: impl AsFd, name: &OsStr) -> rustix::io::Result<(File, Node)> {
    let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if Form::of(&stat) != Form::File {
        return Err(Errno::INVAL);
    }
    let flags =
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    let node = Node::of(&rustix::fs::fstat(&file)?);
    if node.form != Form::File {
        return Err(Errno::INVAL);
    }
    Ok((File::from(file), node))
}

/// Lists the names in a folder, in their order.
pub(super) fn names_in(folder: &OwnedFd, most: usize) -> Result<Vec<OsString>> {
    let failed = |errno| failure(errno, "list", &"a folder of the workspace");
    let mut names = Vec::new();
    for entry in Dir::read_from(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        if names.len() >= most {
            return Err(too_many(most));
        }
        names.push(OsString::from_vec(name.to_vec()));
    }
    names.sort();
    Ok(names)
}

pub(super) fn too_many(most: usize) -> Failure {
    Failure::new(
        FailureKind::Refused,
        format!("there are more than {most} files, folders and links"),
    )
    .with_hint("remove what is not needed, or raise the limit on entries")
}

/// Tells whether two files of the same size hold the same bytes.
pub(super) fn is_same_content(one: &File, other: &File, size: u64) -> std::io::Result<bool> {
    // One byte more than there should be, to see the end.
    let piece = usize::try_from(size).map_or(PIECE, |size| PIECE.min(size.saturating_add(1)));
    let mut left = vec![0; piece];
    let mut right = vec![0; piece];
    loop {
        let read = fill(one, &mut left)?;
        if read != fill(other, &mut right)? || left.get(..read) != right.get(..read) {
            return Ok(false);
        }
        if read < piece {
            return Ok(true);
        }
    }
}

/// Reads until a buffer is full or the file is over.
pub(super) fn fill(mut file: &File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
