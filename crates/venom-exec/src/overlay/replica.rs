//! A private copy of a workspace, for places that no overlay can be mounted in.
//!
//! The copy is complete but for what was left out; what a command did to it is found by looking at the
//! whole of it. What nobody touched since the copy was made is known by its inode and its time of
//! change, which cannot be set by hand, so that only what was touched is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid, chownat, fchmod, fchown, futimens,
    ioctl_ficlone, mkdirat, openat, symlinkat,
};
use rustix::io::Errno;
use venom_ports::{Failure, FailureKind, Result};

use super::names::shown;
use super::node::{Form, Node, nanos};
use super::tree::{Tree, file_at, names_in, node_at};
use crate::workspace::{broken, failure};

/// Times of change nearer to the end of the copying than this do not prove that nothing was done
/// since. From the coarsest clock that kernels keep file times with (100 Hz), doubled.
const GRAIN: i128 = 20_000_000;

/// What stood in a copy when it was made.
#[derive(Debug, Clone, Default)]
pub struct Replica {
    nodes: BTreeMap<PathBuf, Node>,
    /// Before this, in nanoseconds, a time of change tells that nothing was done since.
    settled: i128,
    /// What was not copied although it is there.
    left_out: BTreeSet<PathBuf>,
}

/// What a copy is to be like.
#[derive(Debug, Clone, Default)]
pub struct Likeness {
    /// Paths that are left out.
    pub hidden: BTreeSet<PathBuf>,
    /// User and group that the copy is to belong to, if not this process's own.
    pub owner: Option<(u32, u32)>,
    /// Most files, folders and links.
    pub entries: usize,
    /// Most bytes.
    pub bytes: u64,
}

impl Replica {
    /// Copies a workspace into a folder that exists. Folders and files in it that are in the way, as
    /// they were made to stand for what comes, are filled.
    pub fn make(from: &Path, to: &Path, likeness: &Likeness) -> Result<Self> {
        let mut copier = Copier {
            from: Tree::open(from)?,
            to: Tree::open(to)?,
            likeness,
            left_out: BTreeSet::new(),
            folders: Vec::new(),
            seen: 0,
            bytes: 0,
        };
        copier.run()?;
        copier.finish()
    }

    /// How many paths the copy holds.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the copy holds nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Tells whether a path or what it is beneath was left out.
    pub fn is_left_out(&self, path: &Path) -> bool {
        path.ancestors().any(|above| self.left_out.contains(above))
    }

    /// Tells whether a path was copied.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.nodes.contains_key(path)
    }

    /// Tells whether what stands at a path of the copy is what was put there.
    pub(super) fn is_untouched(&self, path: &Path, now: &Node) -> bool {
        self.nodes.get(path).is_some_and(|made| {
            if made.form == Form::Folder {
                // What is in it stands for itself.
                return made.form == now.form
                    && made.mode == now.mode
                    && made.print.inode == now.print.inode;
            }
            made.is_untouched(now) && made.print.changed < self.settled
        })
    }
}

struct Copier<'a> {
    from: Tree,
    to: Tree,
    likeness: &'a Likeness,
    left_out: BTreeSet<PathBuf>,
    /// Copied folders, each before what is in it.
    folders: Vec<(PathBuf, u32)>,
    seen: usize,
    bytes: u64,
}

impl Copier<'_> {
    fn run(&mut self) -> Result<()> {
        let mut waiting = vec![PathBuf::new()];
        while let Some(path) = waiting.pop() {
            let from = match self.from.folder_to_enter(&path) {
                Ok(from) => from,
                Err(Errno::ACCESS) => {
                    self.left_out.insert(path);
                    continue;
                }
                Err(errno) => return Err(failed(errno, "read", &path)),
            };
            let to = (self.to.folder(&path)).map_err(|errno| failed(errno, "open", &path))?;
            for name in names_in(&from, self.likeness.entries)? {
                let here = path.join(&name);
                self.seen += 1;
                if self.seen > self.likeness.entries {
                    return Err(self.too_large());
                }
                if self.likeness.hidden.contains(&here) {
                    self.left_out.insert(here);
                    continue;
                }
                // What is gone by now is gone.
                let node =
                    node_at(&from, &name).map_err(|errno| failed(errno, "look at", &here))?;
                let Some(node) = node else { continue };
                match node.form {
                    Form::Folder => {
                        match mkdirat(&to, &name, Mode::from_raw_mode(0o700)) {
                            Ok(()) | Err(Errno::EXIST) => {}
                            Err(errno) => return Err(failed(errno, "make", &here)),
                        }
                        self.folders.push((here.clone(), node.mode));
                        waiting.push(here);
                    }
                    Form::File => self.copy_file(&from, &to, &here)?,
                    Form::Link => self.copy_link(&to, &here, &node)?,
                    Form::Pipe | Form::Socket | Form::Device => {
                        self.left_out.insert(here);
                    }
                }
            }
        }
        Ok(())
    }

    fn copy_file(&mut self, from: &OwnedFd, to: &OwnedFd, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default();
        let (source, node) = match file_at(from, name) {
            Ok(opened) => opened,
            Err(Errno::ACCESS) => {
                self.left_out.insert(path.to_path_buf());
                return Ok(());
            }
            // It was replaced while it was looked at; commands do not see it.
            Err(Errno::NOENT | Errno::INVAL | Errno::LOOP) => {
                self.left_out.insert(path.to_path_buf());
                return Ok(());
            }
            Err(errno) => return Err(failed(errno, "open", path)),
        };
        self.bytes = self.bytes.saturating_add(node.size);
        if self.bytes > self.likeness.bytes {
            return Err(self.too_large());
        }
        let flags = OFlags::WRONLY
            | OFlags::CREATE
            | OFlags::TRUNC
            | OFlags::NOFOLLOW
            | OFlags::NOCTTY
            | OFlags::CLOEXEC;
        let target = openat(to, name, flags, Mode::from_raw_mode(0o600))
            .map_err(|errno| failed(errno, "make", path))?;
        if ioctl_ficlone(&target, &source).is_err() {
            let mut target = File::from(
                target
                    .try_clone()
                    .map_err(|error| broken(&error, "copy", &shown(path)))?,
            );
            // Not more than was counted, for somebody may be writing to it.
            std::io::copy(&mut std::io::Read::take(&source, node.size), &mut target)
                .map_err(|error| broken(&error, "copy", &shown(path)))?;
        }
        self.give(&target)
            .map_err(|errno| failed(errno, "finish", path))?;
        fchmod(&target, Mode::from_raw_mode(node.mode & 0o777))
            .and_then(|()| futimens(&target, &times(&node)))
            .map_err(|errno| failed(errno, "finish", path))
    }

    fn copy_link(&mut self, to: &OwnedFd, path: &Path, node: &Node) -> Result<()> {
        let name = path.file_name().unwrap_or_default();
        let text = node.target.clone().unwrap_or_default();
        symlinkat(&text, to, name)
            .and_then(|()| match self.likeness.owner {
                Some((uid, gid)) => chownat(
                    to,
                    name,
                    Some(Uid::from_raw(uid)),
                    Some(Gid::from_raw(gid)),
                    AtFlags::SYMLINK_NOFOLLOW,
                ),
                None => Ok(()),
            })
            .map_err(|errno| failed(errno, "make", path))
    }

    fn give(&self, file: &OwnedFd) -> rustix::io::Result<()> {
        match self.likeness.owner {
            Some((uid, gid)) => fchown(file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid))),
            None => Ok(()),
        }
    }

    /// Finishes the folders, deepest first, for their modes may forbid what comes before; then notes
    /// all that stands there.
    fn finish(self) -> Result<Replica> {
        for (path, mode) in self.folders.iter().rev() {
            let folder = (self.to.folder(path)).map_err(|errno| failed(errno, "open", path))?;
            self.give(&folder)
                .and_then(|()| fchmod(&folder, Mode::from_raw_mode(mode & 0o777)))
                .map_err(|errno| failed(errno, "finish", path))?;
        }
        // Its own mode lets commands in.
        self.give(self.to.root())
            .and_then(|()| fchmod(self.to.root(), Mode::from_raw_mode(0o755)))
            .map_err(|errno| failed(errno, "finish", Path::new("")))?;
        let mut nodes = BTreeMap::new();
        let folders = std::iter::once(Path::new(""))
            .chain(self.folders.iter().map(|(path, _)| path.as_path()));
        for path in folders {
            let folder = (self.to.folder(path)).map_err(|errno| failed(errno, "open", path))?;
            for name in names_in(&folder, self.likeness.entries)? {
                let here = path.join(&name);
                let node =
                    node_at(&folder, &name).map_err(|errno| failed(errno, "look at", &here))?;
                if let Some(node) = node {
                    nodes.insert(here, node);
                }
            }
        }
        // Touching the root now tells what time it is by the clock of the file system.
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_NOW,
        };
        let touch = Timestamps {
            last_access: now,
            last_modification: now,
        };
        let stat = futimens(self.to.root(), &touch)
            .and_then(|()| rustix::fs::fstat(self.to.root()))
            .map_err(|errno| failed(errno, "finish", Path::new("")))?;
        Ok(Replica {
            nodes,
            settled: nanos(stat.st_ctime, stat.st_ctime_nsec) - GRAIN,
            left_out: self.left_out,
        })
    }

    fn too_large(&self) -> Failure {
        Failure::new(
            FailureKind::Refused,
            format!(
                "the workspace is too large for a private copy: more than {} GiB or {} files",
                self.likeness.bytes >> 30,
                self.likeness.entries
            ),
        )
        .with_hint("remove build products, or use the tier `cell`, which copies nothing")
    }
}

fn times(node: &Node) -> Timestamps {
    let modified = node.print.modified;
    let seconds = modified.div_euclid(1_000_000_000);
    let time = Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or_default(),
        tv_nsec: i64::try_from(modified.rem_euclid(1_000_000_000)).unwrap_or_default(),
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}

fn failed(errno: Errno, doing: &str, path: &Path) -> Failure {
    failure(errno, doing, &shown(path))
}

#[cfg(test)]
mod tests;
