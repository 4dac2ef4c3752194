//! Finds entries of a tree by their paths.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use venom_kernel::tree::{Entry, Folder, Moment, Name, ObjectId, Times, TreePath};
use venom_ports::{Failure, FailureKind, Result};

use crate::capture::{Shared, contents};

/// A tree in which many paths are looked up. Folders that were read are kept.
pub(super) struct Lookup<'a> {
    shared: &'a Shared,
    root: ObjectId,
    folders: BTreeMap<ObjectId, Arc<Folder>>,
}

impl<'a> Lookup<'a> {
    pub(super) const fn new(shared: &'a Shared, root: ObjectId) -> Self {
        Self {
            shared,
            root,
            folders: BTreeMap::new(),
        }
    }

    /// Returns what the tree has at a path; for the root, nothing.
    pub(super) fn entry(&mut self, path: &TreePath) -> Result<Option<Entry>> {
        let mut at = self.root;
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let Ok(name) = Name::new(part) else {
                return Ok(None);
            };
            let entry = self.folder(at)?.get(&name).copied();
            if parts.peek().is_none() {
                return Ok(entry);
            }
            match entry.and_then(|entry| entry.tree()) {
                Some(tree) => at = tree,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Reads a folder, once.
    pub(super) fn folder(&mut self, id: ObjectId) -> Result<Arc<Folder>> {
        if let Some(folder) = self.folders.get(&id) {
            return Ok(Arc::clone(folder));
        }
        let folder = self.shared.folder(id)?;
        self.folders.insert(id, Arc::clone(&folder));
        Ok(folder)
    }
}

/// The times of a tree by path.
pub(super) struct Clocks<'a> {
    tree: Lookup<'a>,
    times: ObjectId,
    read: BTreeMap<ObjectId, Rc<Times>>,
}

impl<'a> Clocks<'a> {
    pub(super) const fn new(shared: &'a Shared, tree: ObjectId, times: ObjectId) -> Self {
        Self {
            tree: Lookup::new(shared, tree),
            times,
            read: BTreeMap::new(),
        }
    }

    /// Returns when the entry at a path was last modified.
    pub(super) fn modified(&mut self, path: &TreePath) -> Result<Option<Moment>> {
        let (mut tree, mut times) = (self.tree.root, self.times);
        let mut parts = path.parts().peekable();
        while let Some(part) = parts.next() {
            let Ok(name) = Name::new(part) else {
                return Ok(None);
            };
            let folder = self.tree.folder(tree)?;
            let Some(place) = folder.iter().position(|(found, _)| *found == name) else {
                return Ok(None);
            };
            let Some(entry) = self.times(times)?.entries().get(place).copied() else {
                return Ok(None);
            };
            if parts.peek().is_none() {
                return Ok(Some(entry.modified));
            }
            match (folder.get(&name).and_then(Entry::tree), entry.inside) {
                (Some(inside), Some(inside_times)) => (tree, times) = (inside, inside_times),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn times(&mut self, id: ObjectId) -> Result<Rc<Times>> {
        if let Some(times) = self.read.get(&id) {
            return Ok(Rc::clone(times));
        }
        let bytes = contents::object(&*self.tree.shared.objects, id)?;
        let times = Times::decode(&bytes).map_err(|error| {
            Failure::new(
                FailureKind::Corrupt,
                format!("the object {id} holds no times of a snapshot: {error}"),
            )
        })?;
        let times = Rc::new(times);
        self.read.insert(id, Rc::clone(&times));
        Ok(times)
    }
}
