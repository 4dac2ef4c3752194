//! Snapshots of real folders: the adapter of [`venom_ports::snapshot::Snapshots`].
//!
//! A capture has three parts. The scan looks at every entry and finds what may have changed since the
//! last capture; the contents of that are read and stored; and trees are built of both, from the
//! innermost folder outwards. What goes wrong on the way is part of the result: an entry that cannot
//! be read is in the tree as skipped and in the list of what is left out, and never silently absent.
//! What ignore files exclude, `.git` folders, VENOM's own data and its temporary files are not part
//! of a workspace.
//!
//! In reading order: `guards` (what is never captured), `stamp` (what tells an edit), `scan` with
//! `rules` and `cache`, `contents`, `build`, and `repositories` (where git stands). Going back is in
//! `restore`.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod contents;
pub(crate) mod guards;
pub(crate) mod repositories;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod stamp;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use rustix::fs::{Mode, OFlags, fstat};
use venom_kernel::snapshot::{Partial, Repository};
use venom_kernel::tree::{Difference, Folder, ObjectId, diff};
use venom_ports::blob::Objects;
use venom_ports::snapshot::{
    Captured, Index, RestorePlan, RestoreWish, Restored, Scope, Snapshots, TakenBack,
};
use venom_ports::{Failure, FailureKind, Result};

use self::cache::Cache;
use self::scan::Ground;
use crate::overlay::shown;
use crate::restore;
use crate::sandbox::host::HostTree;
use crate::workspace::beneath::Beneath;
use crate::workspace::{broken, failure};

/// Most threads that look and read. Chosen: the disk and the store set the pace beyond.
const THREADS: usize = 4;

/// Folders of trees that are kept read. Chosen: those of a restore of some thousand files in as many folders; they are
/// a few kilobytes each at most.
const READ: usize = 4_096;

/// Takes snapshots of folders and goes back to them.
#[derive(Clone)]
pub struct DirSnapshots {
    shared: Arc<Shared>,
}

/// What all verbs work with.
pub(crate) struct Shared {
    pub(crate) objects: Arc<dyn Objects>,
    /// Where the caches of workspaces lie.
    caches: PathBuf,
    /// The caches, where they must not lie on the disk.
    kept: Option<Arc<Mutex<BTreeMap<PathBuf, Cache>>>>,
    /// Folders of trees that were read last: a restore needs most of them several times.
    read: Mutex<BTreeMap<ObjectId, Arc<Folder>>>,
    /// VENOM's own data, which is no part of a workspace that it lies in.
    data: PathBuf,
    homes: Vec<PathBuf>,
}

/// One look at a workspace.
pub(crate) struct Look {
    pub(crate) captured: Captured,
    /// What was seen, entry by entry.
    pub(crate) cache: Cache,
    pub(crate) beneath: Beneath,
}

impl DirSnapshots {
    /// Keeps contents in `objects` and caches in a folder of their own within `data`, the folder with
    /// VENOM's own files. `homes` are folders that are never captured, nor is what holds them.
    ///
    /// A cache trusts that what it names is there if its root is and no object was removed since it was
    /// written; so whoever removes objects makes [`Objects::removals`] grow first.
    pub fn new(objects: Arc<dyn Objects>, data: &Path, homes: Vec<PathBuf>) -> Self {
        Self {
            shared: Arc::new(Shared {
                objects,
                caches: data.join(Self::CACHES),
                kept: None,
                read: Mutex::default(),
                data: data.to_owned(),
                homes,
            }),
        }
    }

    /// Keeps caches in memory only: they hold the names of files, which must not lie on a disk where
    /// everything else is encrypted. The first capture of each process then reads the whole workspace.
    #[must_use]
    pub fn with_caches_in_memory(self) -> Self {
        let Shared {
            objects,
            caches,
            data,
            homes,
            ..
        } = &*self.shared;
        Self {
            shared: Arc::new(Shared {
                objects: Arc::clone(objects),
                caches: caches.clone(),
                kept: Some(Arc::default()),
                read: Mutex::default(),
                data: data.clone(),
                homes: homes.clone(),
            }),
        }
    }

    /// Keeps contents in another store from now on. Caches in memory are shared: each is of one store.
    #[must_use]
    pub fn within(&self, objects: Arc<dyn Objects>) -> Self {
        let Shared {
            caches,
            kept,
            data,
            homes,
            ..
        } = &*self.shared;
        Self {
            shared: Arc::new(Shared {
                objects,
                caches: caches.clone(),
                kept: kept.clone(),
                read: Mutex::default(),
                data: data.clone(),
                homes: homes.clone(),
            }),
        }
    }

    /// The folder within VENOM's data that the caches lie in. It can be removed at any time.
    pub const CACHES: &'static str = "workspaces";

    /// Runs something that blocks where it keeps nobody waiting.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        match tokio::task::spawn_blocking(move || work(&shared)).await {
            Ok(done) => done,
            Err(error) => Err(Failure::new(
                FailureKind::Internal,
                format!("work on a snapshot broke down: {error}"),
            )),
        }
    }

    /// Waits until no sandbox has a workspace beneath it, and does something that writes.
    async fn alone<T: Send + 'static>(
        &self,
        root: &Path,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let real = root
            .canonicalize()
            .unwrap_or_else(|_absent| root.to_owned());
        let host = HostTree::of(&real);
        let _alone = host.write().await;
        self.blocking(work).await
    }
}

#[async_trait]
impl Snapshots for DirSnapshots {
    async fn capture(&self, scope: &Scope) -> Result<Captured> {
        let scope = scope.clone();
        self.blocking(move |shared| shared.look(&scope).map(|look| look.captured))
            .await
    }

    async fn compare(
        &self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
    ) -> Result<Vec<Difference>> {
        self.blocking(move |shared| shared.compare(before, after))
            .await
    }

    async fn plan_restore(&self, wish: &RestoreWish) -> Result<RestorePlan> {
        let wish = wish.clone();
        self.blocking(move |shared| restore::plan::plan(shared, &wish))
            .await
    }

    async fn restore(&self, plan: &RestorePlan) -> Result<Restored> {
        let plan = plan.clone();
        let root = plan.wish.scope.root.clone();
        self.alone(&root, move |shared| restore::restore(shared, &plan))
            .await
    }

    async fn materialise(
        &self,
        tree: ObjectId,
        times: Option<ObjectId>,
        into: &Path,
    ) -> Result<()> {
        let into = into.to_owned();
        self.blocking(move |shared| restore::materialise(shared, tree, times, &into))
            .await
    }

    async fn take_back(
        &self,
        root: &Path,
        known: &[Repository],
        to: &[Repository],
        index: Index,
    ) -> Result<Vec<TakenBack>> {
        let (known, to) = (known.to_vec(), to.to_vec());
        let folder = root.to_owned();
        self.alone(root, move |shared| {
            restore::refs::take_back(shared, &folder, &known, &to, index)
        })
        .await
    }
}

impl Shared {
    /// Opens a workspace that may be captured.
    pub(crate) fn open(&self, root: &Path) -> Result<(PathBuf, Beneath)> {
        let real = guards::check(root, &self.homes)?;
        let beneath = open(&real)?;
        Ok((real, beneath))
    }

    /// Captures a workspace.
    pub(crate) fn look(&self, scope: &Scope) -> Result<Look> {
        let (real, beneath) = self.open(&scope.root)?;
        let place = self.cache_of(&real);
        let stat = beneath
            .open_bytes(b"", OFlags::PATH | OFlags::DIRECTORY)
            .and_then(|root| fstat(&root))
            .map_err(|errno| failure(errno, "take a snapshot of", &shown(&real)))?;
        let began = stamp::now();
        let old = self.recall(&place).filter(|old| old.device == stat.st_dev);
        let also: BTreeSet<Vec<u8>> = scope
            .also
            .iter()
            .map(|path| path.as_bytes().to_vec())
            .collect();
        let ground = Ground {
            beneath: &beneath,
            objects: &*self.objects,
            cache: old.as_ref(),
            guards: scope.guards,
            also: &also,
            hidden: rustix::fs::stat(&self.data)
                .ok()
                .map(|stat| (stat.st_dev, stat.st_ino)),
            device: stat.st_dev,
            threads: std::thread::available_parallelism().map_or(1, |n| n.get().min(THREADS)),
            began,
        };
        let mut found = scan::scan(&ground)?;
        build::limit(&ground, &mut found);
        let read = contents::store(&ground, &mut found)?;
        let build::Built {
            tree,
            times,
            counts,
            mut partial,
            mut cache,
            mut is_cache_new,
            repositories: paths,
        } = build::build(&ground, &found)?;
        let (repositories, indexes) = repositories::look(&ground, &paths, &mut partial)?;
        self.objects.sync()?;
        cache.indexes = indexes;
        // Before the cache was built everything in it was held or written by this process.
        cache.removals = self.objects.removals()?;
        is_cache_new |= old
            .as_ref()
            .is_none_or(|old| old.indexes != cache.indexes || old.removals != cache.removals);
        if is_cache_new {
            // Without it the next capture takes longer, nothing else.
            self.remember(&place, &cache);
        }
        sort(&mut partial);
        Ok(Look {
            captured: Captured {
                tree,
                times,
                counts,
                partial,
                repositories,
                read,
            },
            cache,
            beneath,
        })
    }

    fn compare(
        &self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
    ) -> Result<Vec<Difference>> {
        diff(before, after, &mut |id| {
            self.folder(*id).map(Arc::unwrap_or_clone)
        })
        .map_err(|error| match error {
            diff::DiffError::Load(failure) => failure,
            diff::DiffError::TooDeep => Failure::new(FailureKind::Corrupt, error.to_string()),
        })
    }

    /// Lists what differs between two trees.
    pub(crate) fn differences(&self, before: ObjectId, after: ObjectId) -> Result<Vec<Difference>> {
        self.compare(Some(before), Some(after))
    }

    /// Reads a folder of a tree.
    pub(crate) fn folder(&self, id: ObjectId) -> Result<Arc<Folder>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = read.get(&id) {
            return Ok(Arc::clone(folder));
        }
        let folder = Folder::decode(&contents::object(&*self.objects, id)?).map_err(|error| {
            let why = format!("the object {id} is no folder of a snapshot: {error}");
            Failure::new(FailureKind::Corrupt, why)
        })?;
        let folder = Arc::new(folder);
        if read.len() >= READ {
            read.clear();
        }
        read.insert(id, Arc::clone(&folder));
        Ok(folder)
    }

    /// Forgets the folders that were read.
    pub(crate) fn forget_read(&self) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.clear();
    }

    /// Returns what the last capture saw.
    fn recall(&self, place: &Path) -> Option<Cache> {
        match &self.kept {
            Some(kept) => {
                let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let cache = kept.get(place).cloned();
                drop(kept);
                cache.filter(|cache| cache.is_whole(&*self.objects))
            }
            None => Cache::load(place, &*self.objects),
        }
    }

    fn remember(&self, place: &Path, cache: &Cache) {
        if let Some(kept) = &self.kept {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(place.to_owned(), cache.clone());
        } else if let Err(error) = cache.save(place, &*self.objects) {
            tracing::warn!(%error, "the cache of the workspace's snapshots cannot be written");
        }
    }

    /// Where the cache of a workspace lies.
    fn cache_of(&self, real: &Path) -> PathBuf {
        use std::os::unix::ffi::OsStrExt as _;
        let id = self.objects.id_of(real.as_os_str().as_bytes());
        let name: String = id.as_str().chars().take(32).collect();
        self.caches.join(name)
    }
}

/// What was found last, repositories, stands among the rest.
fn sort(partial: &mut Partial) {
    partial.first.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Holds a folder open.
pub(crate) fn open(real: &Path) -> Result<Beneath> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::open(real, flags, Mode::empty())
        .map(Beneath::new)
        .map_err(|errno| broken(&errno.into(), "open", &shown(real)))
}
