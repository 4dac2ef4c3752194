//! Applying change sets.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;
use venom_exec::workspace::DirWorkspace;
use venom_kernel::change::{Change, ChangeSet, EntryState, FileState, RelPath};
use venom_kernel::digest::BlobId;
use venom_ports::blob::BlobStore;
use venom_ports::workspace::Workspace as _;
use venom_ports::{FailureKind, Result};

use crate::blobs::MemoryBlobs;

/// A file's bytes and permission bits.
type Content = (Vec<u8>, u32);

/// Files by path.
type Tree = BTreeMap<String, Content>;

struct World {
    folder: TempDir,
    workspace: DirWorkspace,
    blobs: Arc<MemoryBlobs>,
}

impl World {
    fn new(tree: &Tree) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in tree {
            write(&folder.path().join(path), content);
        }
        let workspace = DirWorkspace::open(folder.path()).unwrap();
        Self {
            folder,
            workspace,
            blobs: Arc::default(),
        }
    }

    fn path(&self, text: &str) -> PathBuf {
        self.folder.path().join(text)
    }

    async fn state(&self, content: Option<&Content>) -> Option<FileState> {
        let (bytes, mode) = content?;
        Some(FileState {
            blob: self.blobs.put(bytes.clone()).await.unwrap(),
            mode: *mode,
            entry: EntryState::File,
        })
    }

    /// Returns the set that leads from one tree to another.
    async fn changes(&self, before: &Tree, after: &Tree) -> ChangeSet {
        let mut changes = Vec::new();
        let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
        paths.sort();
        paths.dedup();
        for path in paths {
            if before.get(path) != after.get(path) {
                changes.push(Change {
                    path: RelPath::new(path).unwrap(),
                    before: self.state(before.get(path)).await,
                    after: self.state(after.get(path)).await,
                });
            }
        }
        ChangeSet::new(changes)
    }

    async fn try_apply(&self, changes: &ChangeSet) -> Result<Vec<RelPath>> {
        self.workspace.apply(changes, &*self.blobs).await
    }

    /// Applies and returns the paths in conflict.
    async fn apply(&self, changes: &ChangeSet) -> Vec<String> {
        let conflicts = self.try_apply(changes).await.unwrap();
        conflicts
            .iter()
            .map(|path| path.as_str().to_owned())
            .collect()
    }

    /// Reads the whole folder back.
    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        read(self.folder.path(), "", &mut tree);
        tree
    }
}

fn read(folder: &Path, prefix: &str, tree: &mut Tree) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let metadata = entry.path().symlink_metadata().unwrap();
        if metadata.is_dir() {
            read(&entry.path(), &format!("{path}/"), tree);
        } else if metadata.is_file() {
            let bytes = fs::read(entry.path()).unwrap();
            tree.insert(path, (bytes, metadata.permissions().mode() & 0o7777));
        }
    }
}

fn write(path: &Path, (bytes, mode): &Content) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, Permissions::from_mode(*mode)).unwrap();
}

fn tree(files: &[(&str, &str, u32)]) -> Tree {
    files
        .iter()
        .map(|(path, bytes, mode)| ((*path).to_owned(), (bytes.as_bytes().to_vec(), *mode)))
        .collect()
}

/// Every kind of change at once, in order of paths: an edit, a removal, a new file in new folders,
/// a change of permissions, an odd name.
fn before() -> Tree {
    tree(&[
        ("edited", "old", 0o644),
        ("gone/away", "bye", 0o755),
        ("kept", "kept", 0o600),
        ("script", "run", 0o644),
        ("with space\nand line", "old", 0o444),
    ])
}

fn after() -> Tree {
    tree(&[
        ("-dash", "new", 0o644),
        ("edited", "new", 0o644),
        ("kept", "kept", 0o600),
        ("new/deep/\u{fc}ber", "new", 0o4755),
        ("script", "run", 0o755),
        ("with space\nand line", "new", 0o444),
    ])
}

#[tokio::test]
async fn a_set_is_applied_and_taken_back() {
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    assert_eq!(changes.changes().len(), 6);
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(world.tree(), after());
    // Once more changes nothing.
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(world.tree(), after());
    assert!(world.apply(&changes.reversed()).await.is_empty());
    assert_eq!(world.tree(), before());
}

#[tokio::test]
async fn one_conflict_stops_the_whole_set() {
    for foreign in ["edited", "gone/away", "-dash", "script"] {
        let world = World::new(&before());
        let changes = world.changes(&before(), &after()).await;
        write(&world.path(foreign), &(b"foreign".to_vec(), 0o640));
        let found = world.tree();
        assert_eq!(world.apply(&changes).await, [foreign]);
        assert_eq!(world.tree(), found);
    }
}

#[tokio::test]
async fn permissions_alone_can_conflict() {
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    fs::set_permissions(world.path("edited"), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(world.apply(&changes).await, ["edited"]);
}

#[tokio::test]
async fn a_file_that_is_gone_is_a_conflict_but_not_if_it_was_to_go() {
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    fs::remove_file(world.path("edited")).unwrap();
    assert_eq!(world.apply(&changes).await, ["edited"]);
    write(&world.path("edited"), &before()["edited"]);
    fs::remove_dir_all(world.path("gone")).unwrap();
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(world.tree(), after());
}

/// Puts the first changes in place by hand, as a call that was interrupted would have, and what it
/// may have left of the next one.
async fn interrupted(world: &World, changes: &ChangeSet, count: usize) {
    for change in &changes.changes()[..count] {
        let path = world.path(change.path.as_str());
        match &change.after {
            Some(state) => {
                let bytes = world.blobs.get(&state.blob).await.unwrap();
                let _ = fs::remove_file(&path);
                write(&path, &(bytes, state.mode));
            }
            None => fs::remove_file(&path).unwrap(),
        }
    }
}

#[tokio::test]
async fn a_crash_at_any_place_is_mended_by_a_second_call() {
    for count in 0..=6 {
        let world = World::new(&before());
        let changes = world.changes(&before(), &after()).await;
        interrupted(&world, &changes, count).await;
        assert!(world.apply(&changes).await.is_empty(), "{count}");
        assert_eq!(world.tree(), after(), "{count}");
        // And so it is on the way back.
        interrupted(&world, &changes.reversed(), count).await;
        assert!(world.apply(&changes.reversed()).await.is_empty(), "{count}");
        assert_eq!(world.tree(), before(), "{count}");
    }
}

#[tokio::test]
async fn after_a_crash_the_rest_is_done_around_a_conflict() {
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    interrupted(&world, &changes, 1).await;
    write(&world.path("script"), &(b"foreign".to_vec(), 0o644));
    assert_eq!(world.apply(&changes).await, ["script"]);
    let mut expected = after();
    expected.insert("script".to_owned(), (b"foreign".to_vec(), 0o644));
    assert_eq!(world.tree(), expected);
}

#[tokio::test]
async fn what_a_crash_left_beside_a_file_is_removed() {
    // The name depends on the path alone; whoever changes how must change it here too.
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    let names = |world: &World| -> Vec<String> {
        world
            .tree()
            .into_keys()
            .filter(|path| path.contains(".venom-tmp-"))
            .collect()
    };
    let leave = |path: &str| {
        let digest = venom_kernel::digest::Digest::of_bytes(path.as_bytes()).short();
        write(
            &world.path(&format!(".venom-tmp-{digest}")),
            &(b"half".to_vec(), 0o600),
        );
    };
    leave("edited");
    leave("-dash");
    assert_eq!(names(&world).len(), 2);
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(world.tree(), after());
    // Even if there is nothing left to do.
    leave("edited");
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(world.tree(), after());
}

#[tokio::test]
async fn a_lost_blob_is_a_failure_that_can_be_repeated() {
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    let bare = World {
        blobs: Arc::default(),
        ..world
    };
    let failure = bare.try_apply(&changes).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    assert_eq!(bare.tree(), before());
    bare.changes(&before(), &after()).await;
    assert!(bare.apply(&changes).await.is_empty());
    assert_eq!(bare.tree(), after());
}

/// A store in which asking for a blob gives somebody the time to edit a file.
struct SlowBlobs<'a> {
    blobs: &'a MemoryBlobs,
    edited: PathBuf,
}

#[async_trait]
impl BlobStore for SlowBlobs<'_> {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.blobs.put(bytes).await
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        write(&self.edited, &(b"meanwhile".to_vec(), 0o640));
        self.blobs.get(id).await
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        self.blobs.id_of(bytes)
    }
}

#[tokio::test]
async fn what_is_edited_meanwhile_is_left_alone() {
    for edited in ["-dash", "edited", "gone/away", "script"] {
        let world = World::new(&before());
        let changes = world.changes(&before(), &after()).await;
        let blobs = SlowBlobs {
            blobs: &world.blobs,
            edited: world.path(edited),
        };
        let conflicts = world.workspace.apply(&changes, &blobs).await.unwrap();
        assert_eq!(conflicts, [RelPath::new(edited).unwrap()]);
        let mut expected = after();
        expected.insert(edited.to_owned(), (b"meanwhile".to_vec(), 0o640));
        assert_eq!(world.tree(), expected);
    }
}

#[tokio::test]
async fn nothing_is_written_through_links() {
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    write(&victim, &before()["edited"]);
    // The file itself is a link to one with the very bytes that are expected.
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    fs::remove_file(world.path("edited")).unwrap();
    symlink(&victim, world.path("edited")).unwrap();
    assert_eq!(world.apply(&changes).await, ["edited"]);

    // A folder on the way is a link: for an edit, a removal and a new file.
    for (old, new) in [
        (Some("old"), Some("new")),
        (Some("old"), None),
        (None, Some("new")),
    ] {
        let world = World::new(&Tree::new());
        let side = |bytes: Option<&str>| {
            bytes.map_or_else(Tree::new, |bytes| tree(&[("way/victim", bytes, 0o644)]))
        };
        let changes = world.changes(&side(old), &side(new)).await;
        if old.is_none() {
            fs::remove_file(&victim).unwrap();
        }
        symlink(outside.path(), world.path("way")).unwrap();
        assert_eq!(world.apply(&changes).await, ["way/victim"]);
        assert_eq!(victim.exists(), old.is_some());
    }
}

#[tokio::test]
async fn another_name_of_a_file_keeps_the_old_bytes() {
    let outside = tempfile::tempdir().unwrap();
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    for name in ["edited", "script"] {
        fs::hard_link(world.path(name), outside.path().join(name)).unwrap();
    }
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(fs::read(outside.path().join("edited")).unwrap(), b"old");
    let script = outside.path().join("script").metadata().unwrap();
    assert_eq!((script.mode() & 0o7777, script.nlink()), (0o644, 1));
}

#[tokio::test]
async fn what_is_no_file_is_a_conflict() {
    for name in ["-dash", "edited"] {
        for kind in ["folder", "pipe", "link"] {
            let world = World::new(&before());
            let changes = world.changes(&before(), &after()).await;
            let path = world.path(name);
            let _ = fs::remove_file(&path);
            match kind {
                "folder" => fs::create_dir(&path).unwrap(),
                "pipe" => mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap(),
                _ => symlink("kept", &path).unwrap(),
            }
            assert_eq!(world.apply(&changes).await, [name], "{kind}");
        }
    }
}

#[tokio::test]
async fn a_file_on_the_way_is_a_conflict_for_new_files_only() {
    let world = World::new(&tree(&[("way", "file", 0o644)]));
    let below = tree(&[("way/below", "x", 0o644)]);
    let changes = world.changes(&Tree::new(), &below).await;
    assert_eq!(world.apply(&changes).await, ["way/below"]);
    assert!(world.apply(&changes.reversed()).await.is_empty());
    assert_eq!(world.tree(), tree(&[("way", "file", 0o644)]));
}

#[tokio::test]
async fn sets_that_describe_nothing_are_refused() {
    let world = World::new(&before());
    let state = world.state(Some(&(b"x".to_vec(), 0o644))).await;
    let change = |text: &str| Change {
        path: RelPath::new(text).unwrap(),
        before: None,
        after: state.clone(),
    };
    for changes in [vec![change("a"), change("a")], vec![change("")]] {
        let failure = world.try_apply(&ChangeSet::new(changes)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
    }
    assert!(world.apply(&ChangeSet::default()).await.is_empty());
    assert_eq!(world.tree(), before());
}

#[tokio::test]
async fn links_and_empty_folders_come_and_go() {
    let world = World::new(&tree(&[("kept", "x", 0o644)]));
    let state = async |text: &str, mode, entry| {
        let content = (text.as_bytes().to_vec(), mode);
        let state = world.state(Some(&content)).await.unwrap();
        Some(FileState { entry, ..state })
    };
    let change = |path: &str, after| Change {
        path: RelPath::new(path).unwrap(),
        before: None,
        after,
    };
    let link = state("kept", 0o777, EntryState::Link).await;
    let folder = state("", 0o750, EntryState::Folder).await;
    let changes = ChangeSet::new(vec![
        change("deep/link", link.clone()),
        change("deep/empty", folder),
    ]);
    // The second time all is as wanted already.
    for _ in 0..2 {
        assert!(world.apply(&changes).await.is_empty());
        let target = fs::read_link(world.path("deep/link")).unwrap();
        assert_eq!(target, Path::new("kept"));
        let made = fs::metadata(world.path("deep/empty")).unwrap();
        assert!(made.is_dir());
        assert_eq!(made.mode() & 0o7777, 0o750);
    }
    assert!(world.apply(&changes.reversed()).await.is_empty());
    assert!(fs::symlink_metadata(world.path("deep/link")).is_err());
    assert!(fs::symlink_metadata(world.path("deep/empty")).is_err());
    assert_eq!(world.tree(), tree(&[("kept", "x", 0o644)]));

    // A link that leads elsewhere by now, and a folder that holds something, are somebody else's.
    let retarget = ChangeSet::new(vec![Change {
        path: RelPath::new("link").unwrap(),
        before: link,
        after: state("other", 0o777, EntryState::Link).await,
    }]);
    symlink("third", world.path("link")).unwrap();
    assert_eq!(world.apply(&retarget).await, ["link"]);
    fs::remove_file(world.path("link")).unwrap();
    symlink("kept", world.path("link")).unwrap();
    assert!(world.apply(&retarget).await.is_empty());
    assert_eq!(
        fs::read_link(world.path("link")).unwrap(),
        Path::new("other")
    );
}

#[tokio::test]
async fn a_file_makes_room_for_a_folder_with_contents() {
    for is_described in [true, false] {
        let old = tree(&[("a", "file", 0o644), ("b/c", "kept", 0o644)]);
        let new = tree(&[
            ("a/deep/x", "x", 0o600),
            ("a/y", "y", 0o755),
            ("b/c", "kept", 0o644),
        ]);
        let world = World::new(&old);
        let mut changes = world.changes(&old, &new).await.changes().to_vec();
        if is_described {
            let empty = (Vec::new(), 0o755);
            let folder = world.state(Some(&empty)).await.unwrap();
            let folder = FileState {
                entry: EntryState::Folder,
                ..folder
            };
            changes[0].after = Some(folder.clone());
            let deep = Change {
                path: RelPath::new("a/deep").unwrap(),
                before: None,
                after: Some(folder),
            };
            changes.insert(1, deep);
        }
        let changes = ChangeSet::new(changes);
        // The second time all is as wanted already, and a call that was cut short is gone on with.
        for _ in 0..2 {
            assert!(world.apply(&changes).await.is_empty());
            assert_eq!(world.tree(), new);
        }
        fs::remove_file(world.path("a/y")).unwrap();
        assert!(world.apply(&changes).await.is_empty());
        assert_eq!(world.tree(), new);
        if is_described {
            assert!(world.apply(&changes.reversed()).await.is_empty());
            assert_eq!(world.tree(), old);
        }
    }
    // A file that is somebody else's stays, and nothing comes below it.
    let world = World::new(&tree(&[("a", "edited", 0o644)]));
    let old = tree(&[("a", "file", 0o644)]);
    let new = tree(&[("a/x", "x", 0o600)]);
    let changes = world.changes(&old, &new).await;
    assert_eq!(world.apply(&changes).await, ["a"]);
    assert_eq!(world.tree(), tree(&[("a", "edited", 0o644)]));
}

#[tokio::test]
async fn a_folder_that_takes_no_files_says_what_to_do() {
    if rustix::process::geteuid().is_root() {
        println!("SKIPPED: root can write to every folder");
        return;
    }
    let world = World::new(&tree(&[("closed/file", "old", 0o644)]));
    let wanted = tree(&[("closed/file", "new", 0o644)]);
    let changes = world.changes(&world.tree(), &wanted).await;
    fs::set_permissions(world.path("closed"), Permissions::from_mode(0o555)).unwrap();
    let failure = world.try_apply(&changes).await.unwrap_err();
    fs::set_permissions(world.path("closed"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.is_some());
    assert_eq!(world.tree(), tree(&[("closed/file", "old", 0o644)]));
}

#[tokio::test]
async fn the_owner_of_a_file_is_kept() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: only root can give files to others");
        return;
    }
    let world = World::new(&before());
    let changes = world.changes(&before(), &after()).await;
    std::os::unix::fs::chown(world.path("edited"), Some(1_234), Some(4_321)).unwrap();
    assert!(world.apply(&changes).await.is_empty());
    let edited = world.path("edited").metadata().unwrap();
    assert_eq!((edited.uid(), edited.gid()), (1_234, 4_321));
}

/// More files than are synced one by one, in more folders than that.
fn many(content: &str) -> Tree {
    let file = |at: usize| {
        let path = format!("f{:02}/deep/{at}", at % 40);
        (path, (format!("{content} {at}").into_bytes(), 0o644))
    };
    (0..120).map(file).collect()
}

#[tokio::test]
async fn many_files_are_applied_together_and_taken_back() {
    let (before, mut after) = (many("old"), many("new"));
    // Some go and some are new.
    after.retain(|path, _| !path.starts_with("f07/"));
    after.insert("made/here".to_owned(), (b"x".to_vec(), 0o600));
    let world = World::new(&before);
    let changes = world.changes(&before, &after).await;
    for count in [0, 1, 60, changes.changes().len()] {
        interrupted(&world, &changes, count).await;
        assert!(world.apply(&changes).await.is_empty(), "{count}");
        assert_eq!(world.tree(), after, "{count}");
        interrupted(&world, &changes.reversed(), count).await;
        assert!(world.apply(&changes.reversed()).await.is_empty(), "{count}");
        assert_eq!(world.tree(), before, "{count}");
    }
}

#[tokio::test]
async fn a_crash_before_the_first_rename_leaves_nothing_that_stays() {
    let world = World::new(&many("old"));
    let changes = world.changes(&many("old"), &many("new")).await;
    for path in many("new").keys() {
        let digest = venom_kernel::digest::Digest::of_bytes(path.as_bytes()).short();
        let folder = world.path(path).parent().unwrap().to_owned();
        write(
            &folder.join(format!(".venom-tmp-{digest}")),
            &(b"new".to_vec(), 0o600),
        );
    }
    assert_eq!(world.tree().len(), 240);
    assert!(world.apply(&changes).await.is_empty());
    assert_eq!(world.tree(), many("new"));
}

/// A store that loses the blobs that it is asked for late.
struct FailingBlobs<'a> {
    blobs: &'a MemoryBlobs,
    left: std::sync::atomic::AtomicUsize,
}

#[async_trait]
impl BlobStore for FailingBlobs<'_> {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId> {
        self.blobs.put(bytes).await
    }

    async fn get(&self, id: &BlobId) -> Result<Vec<u8>> {
        let order = std::sync::atomic::Ordering::Relaxed;
        let update = |left: usize| left.checked_sub(1);
        if self.left.fetch_update(order, order, update).is_err() {
            return Err(venom_ports::Failure::new(FailureKind::Corrupt, "lost"));
        }
        self.blobs.get(id).await
    }

    fn id_of(&self, bytes: &[u8]) -> BlobId {
        self.blobs.id_of(bytes)
    }
}

#[tokio::test]
async fn where_not_everything_can_be_written_nothing_is_changed() {
    // Large enough that some files are written before the last blob is asked for.
    let large = |letter: u8| -> Tree {
        let file = |at| (format!("large/{at}"), (vec![letter; 3 << 20], 0o644));
        (0..8).map(file).collect()
    };
    for (before, after, left) in [
        (many("old"), many("new"), 119),
        (large(b'o'), large(b'n'), 7),
    ] {
        let world = World::new(&before);
        let changes = world.changes(&before, &after).await;
        let blobs = FailingBlobs {
            blobs: &world.blobs,
            left: left.into(),
        };
        let failure = world.workspace.apply(&changes, &blobs).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Corrupt);
        assert!(world.tree() == before, "something was changed or left over");
        assert!(world.apply(&changes).await.is_empty());
        assert!(world.tree() == after);
    }
}

#[tokio::test]
async fn many_files_are_applied_around_one_that_is_edited_meanwhile() {
    let world = World::new(&many("old"));
    let changes = world.changes(&many("old"), &many("new")).await;
    let blobs = SlowBlobs {
        blobs: &world.blobs,
        edited: world.path("f39/deep/39"),
    };
    let conflicts = world.workspace.apply(&changes, &blobs).await.unwrap();
    assert_eq!(conflicts, [RelPath::new("f39/deep/39").unwrap()]);
    let mut expected = many("new");
    expected.insert("f39/deep/39".to_owned(), (b"meanwhile".to_vec(), 0o640));
    assert_eq!(world.tree(), expected);
}

/// Trees of a few files in a few folders. No name is a file in one tree and a folder in another: trees
/// of this kind do not say their folders, which the way back needs.
fn trees() -> impl Strategy<Value = Tree> {
    let path = prop::sample::select(vec![
        "a",
        "b",
        "-r",
        "d/a",
        "d/b",
        "d/e/a",
        "d/e/\u{1f600}",
        "x y/\n",
        "x y/z",
    ]);
    let mode = prop::sample::select(vec![0o644, 0o755, 0o600, 0o400, 0o6711]);
    let bytes = prop::collection::vec(any::<u8>(), 0..4);
    prop::collection::btree_map(path.prop_map(str::to_owned), (bytes, mode), 0..8)
}

proptest! {
    // Each case syncs a dozen files.
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn taking_back_restores_every_byte_and_mode(
        before in trees(),
        after in trees(),
        crash in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new(&before);
            let changes = world.changes(&before, &after).await;
            let count = crash.index(changes.changes().len() + 1);
            interrupted(&world, &changes, count).await;
            assert!(world.apply(&changes).await.is_empty());
            assert_eq!(world.tree(), after);
            interrupted(&world, &changes.reversed(), count).await;
            assert!(world.apply(&changes.reversed()).await.is_empty());
            assert_eq!(world.tree(), before);
        });
    }
}
