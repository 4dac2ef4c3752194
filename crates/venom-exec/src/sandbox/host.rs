//! Who may touch a workspace: a folder that is the lower layer of an open sandbox must not be written,
//! because the kernel does not say what commands would see then. Places hold the right to have it
//! beneath them; whoever writes waits until none does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// The rights to one workspace. Writers are served in the order in which they came, so that a row of
/// new places does not keep one waiting for ever.
#[derive(Debug, Default)]
pub(crate) struct HostTree {
    lock: Arc<RwLock<()>>,
}

static TREES: Mutex<BTreeMap<PathBuf, Weak<HostTree>>> = Mutex::new(BTreeMap::new());

impl HostTree {
    /// Returns the rights to a workspace; all who name the same folder share them.
    pub(crate) fn of(root: &Path) -> Arc<Self> {
        let mut trees = TREES.lock().unwrap_or_else(PoisonError::into_inner);
        trees.retain(|_, tree| tree.strong_count() > 0);
        if let Some(tree) = trees.get(root).and_then(Weak::upgrade) {
            return tree;
        }
        let tree = Arc::new(Self::default());
        trees.insert(root.to_owned(), Arc::downgrade(&tree));
        tree
    }

    /// Waits for the right to have the workspace beneath a layer.
    pub(crate) async fn lower(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.lock).read_owned().await
    }

    /// Waits for the right to write.
    pub(crate) async fn write(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.lock).write_owned().await
    }
}
