//! Folders held open while several things are done in them.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::fs::OFlags;
use rustix::io::{Errno, Result};
use venom_kernel::tree::TreePath;

use crate::workspace::beneath::Beneath;

/// Holds the last folder open: what is done comes in the order of the paths.
pub(super) struct Hands<'a> {
    beneath: &'a Beneath,
    last: Option<(Vec<u8>, Rc<OwnedFd>)>,
}

impl<'a> Hands<'a> {
    pub(super) const fn new(beneath: &'a Beneath) -> Self {
        Self {
            beneath,
            last: None,
        }
    }

    /// Opens a folder.
    pub(super) fn folder(&mut self, path: &TreePath) -> Result<Rc<OwnedFd>> {
        self.open(path.as_bytes())
    }

    /// Opens the folder that a path is in; gives it and the last part of the path.
    pub(super) fn place<'p>(&mut self, path: &'p TreePath) -> Result<(Rc<OwnedFd>, &'p [u8])> {
        let (folder, name) = path.split().ok_or(Errno::ISDIR)?;
        Ok((self.open(folder)?, name))
    }

    /// Tells whether this folder is the one that is held open.
    pub(super) fn is_last(&self, path: &TreePath) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|(held, _)| held.as_slice() == path.as_bytes())
    }

    fn open(&mut self, path: &[u8]) -> Result<Rc<OwnedFd>> {
        if let Some((held, folder)) = &self.last
            && held.as_slice() == path
        {
            return Ok(Rc::clone(folder));
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        let folder = Rc::new(self.beneath.open_bytes(path, flags)?);
        self.last = Some((path.to_vec(), Rc::clone(&folder)));
        Ok(folder)
    }
}
