//! A workspace, an upper folder, and both as data.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, XattrFlags, mknodat, setxattr};
use tempfile::TempDir;
use venom_exec::overlay::{Baseline, Delta, Guards, Outcome, Permit, Refusal, Rules, commit};
use venom_ports::Result;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Thing {
    File(Vec<u8>, u32),
    Folder(u32),
    Link(PathBuf),
}

/// A tree by its paths; folders stand before what is in them.
pub(crate) type Tree = BTreeMap<PathBuf, Thing>;

/// A workspace on the host and the upper folder of an overlay above it.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) baseline: Baseline,
}

impl World {
    pub(crate) fn new(tree: &Tree) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), tree)
    }

    /// Makes one in memory if that can hold marks: commits wait for the disk, and tests that make
    /// many are about something else.
    pub(crate) fn in_memory(tree: &Tree) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").ok().filter(|folder| {
            let name = "user.overlay.opaque";
            setxattr(folder.path(), name, b"y", XattrFlags::empty()).is_ok()
        });
        Self::in_folder(folder.unwrap_or_else(|| tempfile::tempdir().unwrap()), tree)
    }

    fn in_folder(folder: TempDir, tree: &Tree) -> Self {
        for name in ["host", "upper", "work", "merged"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        put(&folder.path().join("host"), tree);
        let baseline = Baseline::capture(&folder.path().join("host"), &Guards::default()).unwrap();
        Self { folder, baseline }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn host(&self) -> PathBuf {
        self.folder.path().join("host")
    }

    pub(crate) fn upper(&self) -> PathBuf {
        self.folder.path().join("upper")
    }

    pub(crate) fn scan(&self) -> Delta {
        Delta::scan(&self.upper(), &self.host(), &Guards::default()).unwrap()
    }

    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        venom_exec::overlay::check(&self.scan(), &Rules::default())
    }

    pub(crate) fn commit(&self) -> Result<Outcome> {
        let delta = self.scan();
        let cleared = delta.clear(&lenient()).unwrap();
        commit(cleared, &self.upper(), &self.host(), &self.baseline)
    }

    pub(crate) fn tree(&self) -> Tree {
        tree(&self.host())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Whoever is not root cannot remove what is in a closed folder.
        open_folders(self.folder.path());
    }
}

pub(crate) fn open_folders(folder: &Path) {
    let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_folders(&entry.path());
        }
    }
}

/// Rules that let links lead anywhere, for trees made by chance.
pub(crate) fn lenient() -> Rules {
    Rules {
        outward_links: Permit::Keep,
        ..Rules::default()
    }
}

/// Makes a tree of a few words: `path` a folder if it ends with a slash, else a file.
pub(crate) fn files(paths: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, content) in paths {
        add(
            &mut tree,
            Path::new(path),
            Thing::File(content.as_bytes().to_vec(), 0o644),
        );
    }
    tree
}

/// Adds something with the folders that it needs; not where something else is in the way.
pub(crate) fn add(tree: &mut Tree, path: &Path, thing: Thing) {
    let above: Vec<PathBuf> = path.ancestors().skip(1).map(Path::to_path_buf).collect();
    let above = || {
        above
            .iter()
            .rev()
            .filter(|path| !path.as_os_str().is_empty())
    };
    let is_blocked = above().any(|path| {
        tree.get(path)
            .is_some_and(|thing| !matches!(thing, Thing::Folder(_)))
    });
    if is_blocked || tree.contains_key(path) {
        return;
    }
    for folder in above() {
        tree.entry(folder.clone()).or_insert(Thing::Folder(0o755));
    }
    tree.insert(path.to_path_buf(), thing);
}

/// Writes a tree to a folder.
pub(crate) fn put(root: &Path, tree: &Tree) {
    for (path, thing) in tree {
        make(&root.join(path), thing);
    }
    for (path, thing) in tree.iter().rev() {
        if let Thing::Folder(mode) = thing {
            fs::set_permissions(root.join(path), Permissions::from_mode(*mode)).unwrap();
        }
    }
}

fn make(path: &Path, thing: &Thing) {
    match thing {
        Thing::File(bytes, mode) => {
            fs::write(path, bytes).unwrap();
            fs::set_permissions(path, Permissions::from_mode(*mode)).unwrap();
        }
        Thing::Folder(_) => fs::create_dir(path).unwrap(),
        Thing::Link(target) => symlink(target, path).unwrap(),
    }
}

/// Reads a tree from a folder.
pub(crate) fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let mode = metadata.permissions().mode() & 0o7777;
            let thing = if metadata.is_dir() {
                waiting.push(path.clone());
                Thing::Folder(mode)
            } else if metadata.is_symlink() {
                Thing::Link(fs::read_link(&path).unwrap())
            } else if metadata.is_file() {
                Thing::File(fs::read(&path).unwrap(), mode)
            } else {
                // Only an upper folder has such.
                Thing::Link("a device".into())
            };
            tree.insert(path.strip_prefix(root).unwrap().to_path_buf(), thing);
        }
    }
    tree
}

pub(crate) fn set_mark(path: &Path, name: &str, value: &[u8]) {
    setxattr(
        path,
        format!("user.overlay.{name}"),
        value,
        XattrFlags::empty(),
    )
    .unwrap();
}

/// Says by both ways in turn that something is gone.
pub(crate) fn white_out(path: &Path, is_device: bool) {
    if is_device {
        mknodat(CWD, path, FileType::CharacterDevice, Mode::empty(), 0).unwrap();
    } else {
        fs::write(path, "").unwrap();
        set_mark(path, "whiteout", b"y");
    }
}

/// Lays an upper folder over the host's, as an overlay would have left it: `next` chooses between
/// the ways that there are to say the same.
pub(crate) fn lay(upper: &Path, old: &Tree, new: &Tree, next: &mut dyn FnMut() -> bool) {
    lay_folder(upper, Path::new(""), old, new, false, next);
    for (path, thing) in new.iter().rev() {
        let laid = upper.join(path);
        if let Thing::Folder(mode) = thing
            && laid.symlink_metadata().is_ok()
        {
            fs::set_permissions(laid, Permissions::from_mode(*mode)).unwrap();
        }
    }
}

fn lay_folder(
    upper: &Path,
    folder: &Path,
    old: &Tree,
    new: &Tree,
    is_hidden: bool,
    next: &mut dyn FnMut() -> bool,
) {
    let inside = |tree: &Tree| -> Vec<PathBuf> {
        let paths = tree.keys().filter(|path| path.parent() == Some(folder));
        paths.cloned().collect()
    };
    for path in inside(old) {
        if !new.contains_key(&path) && !is_hidden {
            white_out(&upper.join(&path), next());
        }
    }
    for path in inside(new) {
        let (before, after) = (old.get(&path), &new[&path]);
        let Thing::Folder(_) = after else {
            // What is the same may have been touched.
            if is_hidden || before != Some(after) || next() {
                make(&upper.join(&path), after);
            }
            continue;
        };
        let was_folder = matches!(before, Some(Thing::Folder(_)));
        let is_same = |tree: &Tree| -> Vec<(PathBuf, Thing)> {
            let inner = tree.iter().filter(|(inner, _)| inner.starts_with(&path));
            inner
                .map(|(path, thing)| (path.clone(), thing.clone()))
                .collect()
        };
        if !is_hidden && is_same(old) == is_same(new) && next() {
            continue;
        }
        make(&upper.join(&path), after);
        let is_opaque = is_hidden || !was_folder || next();
        if is_opaque {
            set_mark(&upper.join(&path), "opaque", b"y");
        }
        lay_folder(upper, &path, old, new, is_opaque, next);
    }
}

/// Trees in which names often meet.
pub(crate) fn trees() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(vec!["a", "b", "c", "dd"]);
    let path = prop::collection::vec(name, 1..4).prop_map(|parts| parts.join("/"));
    let thing = prop_oneof![
        4 => (prop::sample::select(vec!["", "x", "y", "long"]), prop::sample::select(vec![0o644, 0o755, 0o444]))
            .prop_map(|(content, mode)| Thing::File(
                if content == "long" { vec![7; 70_000] } else { content.as_bytes().to_vec() },
                mode,
            )),
        2 => prop::sample::select(vec![0o755, 0o700, 0o555]).prop_map(Thing::Folder),
        1 => prop::sample::select(vec!["a", "../b", "nowhere"]).prop_map(|to| Thing::Link(to.into())),
    ];
    prop::collection::vec((path, thing), 0..9).prop_map(|things| {
        let mut tree = Tree::new();
        for (path, thing) in things {
            add(&mut tree, Path::new(&path), thing);
        }
        tree
    })
}

/// Makes choices of a number, one after the other.
pub(crate) fn choices(mut seed: u64) -> impl FnMut() -> bool {
    move || {
        // Knuth's MMIX constants.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        seed >> 63 == 1
    }
}

/// Returns the names that refusals name, with their texts.
pub(crate) fn said(refusals: &[Refusal]) -> Vec<String> {
    refusals.iter().map(ToString::to_string).collect()
}

pub(crate) fn bytes(name: &[u8]) -> &OsStr {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(name)
}
