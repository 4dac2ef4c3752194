//! Snapshots of real folders: taken, compared, gone back to.

mod differential;
mod repositories;
mod rules;
mod undo;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use venom_exec::capture::DirSnapshots;
use venom_kernel::tree::{Difference, ObjectId, TreePath};
use venom_ports::Result;
use venom_ports::snapshot::{
    Captured, Edits, Guards, Lacks, RestorePlan, RestoreWish, Restored, Scope, Snapshots as _,
};
use venom_testkit::memory::MemoryBlobs;

/// A workspace, a place for VENOM's own data, and a store.
pub(crate) struct World {
    folder: TempDir,
    objects: Arc<MemoryBlobs>,
    snapshots: DirSnapshots,
    runtime: Runtime,
    /// Paths that steps touched.
    also: Vec<TreePath>,
    guards: Guards,
}

impl World {
    fn new() -> Self {
        // In memory where that is to be had: the tests are about names and not about disks.
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() {
            tempfile::tempdir_in(shared)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        let objects = Arc::new(MemoryBlobs::new());
        let data = folder.path().join("data");
        Self {
            snapshots: DirSnapshots::new(objects.clone(), &data, vec![PathBuf::from("/nobody")]),
            folder,
            objects,
            runtime: tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap(),
            also: Vec::new(),
            guards: Guards::default(),
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file and the folders that it is in.
    fn write(&self, path: &str, content: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    fn touch_steps(&mut self, path: &str) {
        self.also.push(path.parse().unwrap());
    }

    fn scope(&self) -> Scope {
        Scope {
            root: self.root(),
            also: self.also.clone(),
            guards: self.guards,
        }
    }

    fn try_capture(&self, scope: &Scope) -> Result<Captured> {
        self.runtime.block_on(self.snapshots.capture(scope))
    }

    fn capture(&self) -> Captured {
        self.try_capture(&self.scope()).unwrap()
    }

    /// Captures as if it were the first time.
    fn capture_afresh(&self) -> Captured {
        let data = self.folder.path().join("fresh");
        let snapshots = DirSnapshots::new(self.objects.clone(), &data, Vec::new());
        let captured = self.runtime.block_on(snapshots.capture(&self.scope()));
        let _ = fs::remove_dir_all(data);
        captured.unwrap()
    }

    fn compare(&self, before: ObjectId, after: ObjectId) -> Vec<Difference> {
        self.runtime
            .block_on(self.snapshots.compare(Some(before), Some(after)))
            .unwrap()
    }

    fn wish(&self, known: &Captured, to: &Captured) -> RestoreWish {
        RestoreWish {
            scope: self.scope(),
            known: known.tree,
            to: to.tree,
            times: None,
            only: Vec::new(),
            edits: Edits::Keep,
            lacks: Lacks::Refuse,
        }
    }

    fn try_plan(&self, wish: &RestoreWish) -> Result<RestorePlan> {
        self.runtime.block_on(self.snapshots.plan_restore(wish))
    }

    fn plan(&self, wish: &RestoreWish) -> RestorePlan {
        self.try_plan(wish).unwrap()
    }

    fn carry_out(&self, plan: &RestorePlan) -> Restored {
        self.runtime.block_on(self.snapshots.restore(plan)).unwrap()
    }

    fn restore(&self, wish: &RestoreWish) -> Restored {
        self.carry_out(&self.plan(wish))
    }

    /// Takes everything back; it must be exactly as it was.
    fn undo(&self, known: &Captured, to: &Captured) {
        let restored = self.restore(&self.wish(known, to));
        assert_eq!(restored.conflicts, []);
        assert!(restored.is_exact, "{restored:?}");
    }

    fn walk(&self) -> Seen {
        walk(&self.root())
    }
}

/// What a folder holds, as the standard library tells it.
pub(crate) type Seen = BTreeMap<Vec<u8>, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    File { content: Vec<u8>, mode: u32 },
    Link(PathBuf),
    Folder { mode: u32 },
    Special,
}

/// Lists a folder without any of the code that is tested.
pub(crate) fn walk(root: &Path) -> Seen {
    let mut seen = Seen::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let kind = metadata.file_type();
            let mode = metadata.permissions().mode() & 0o7777;
            let node = if kind.is_dir() {
                waiting.push(path.clone());
                Node::Folder { mode }
            } else if kind.is_symlink() {
                Node::Link(fs::read_link(&path).unwrap())
            } else if kind.is_file() {
                let content = fs::read(&path).unwrap();
                Node::File { content, mode }
            } else {
                assert!(kind.is_fifo() || kind.is_socket(), "{}", path.display());
                Node::Special
            };
            let name = path.strip_prefix(root).unwrap().as_os_str().as_bytes();
            seen.insert(name.to_vec(), node);
        }
    }
    seen
}

/// When something was last modified, in nanoseconds.
fn modified(path: &Path) -> i128 {
    let metadata = fs::symlink_metadata(path).unwrap();
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

fn paths(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(|one| one.path.to_string()).collect()
}

fn path(text: &str) -> TreePath {
    text.parse().unwrap()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn the_store_of_these_tests_does_what_a_store_does() {
    venom_testkit::conform::objects::suite(&MemoryBlobs::new()).unwrap();
}
