//! What a snapshot holds and what it says that it does not hold: the rules one by one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use venom_exec::capture::DirSnapshots;
use venom_kernel::tree::{Entry, Skip};
use venom_ports::FailureKind;
use venom_ports::blob::Objects as _;
use venom_ports::snapshot::{Lacks, Leave, Scope, Snapshots as _};

use super::{World, is_root, path, paths};

/// R1: what cannot be read makes a snapshot partial, and going back to a partial one needs a word.
#[test]
fn what_cannot_be_read_is_told_and_not_passed_over() {
    if is_root() {
        println!("SKIPPED: root can read every file");
        return;
    }
    let world = World::new();
    world.write("secret/inner", "x\n");
    world.write("closed", "x\n");
    world.write("open", "x\n");
    fs::set_permissions(world.at("closed"), Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(world.at("secret"), Permissions::from_mode(0o000)).unwrap();
    let before = world.capture();
    let said: Vec<_> = before
        .partial
        .first
        .iter()
        .map(|left| (left.path.to_string(), left.why))
        .collect();
    assert_eq!(
        said,
        [
            ("closed".to_owned(), Skip::Unreadable),
            ("secret".to_owned(), Skip::Unreadable)
        ]
    );
    assert!(before.partial.is_lacking);
    lacks_are_refused(&world, &before);
    fs::set_permissions(world.at("secret"), Permissions::from_mode(0o755)).unwrap();
}

/// The same without permissions, which do not apply to root: past a limit a snapshot lacks something.
#[test]
fn what_is_past_the_limit_is_told_and_not_passed_over() {
    let mut world = World::new();
    for number in 0..10 {
        world.write(&format!("d{number}/f"), "12345");
    }
    world.guards.files = 6;
    let before = world.capture();
    assert_eq!(before.counts.files, 6);
    let said: Vec<String> = before
        .partial
        .first
        .iter()
        .map(|left| left.path.to_string())
        .collect();
    assert_eq!(
        said,
        ["d6/f", "d7/f", "d8/f", "d9/f"],
        "always the same ones"
    );
    assert!(
        before
            .partial
            .first
            .iter()
            .all(|left| left.why == Skip::TooMany && left.size == 5)
    );
    assert!(before.partial.is_lacking);
    assert_eq!(world.capture_afresh().tree, before.tree);
    lacks_are_refused(&world, &before);
    world.guards.files = 10;
    world.guards.bytes = 22;
    assert_eq!(world.capture().counts.files, 4);
    world.guards.bytes = 50;
    world.guards.depth = 0;
    let shallow = world.capture();
    assert_eq!((shallow.counts.files, shallow.partial.count), (0, 10));
    world.guards.depth = 1;
    let whole = world.capture();
    assert_eq!((whole.counts.files, whole.partial.count), (10, 0));
}

fn lacks_are_refused(world: &World, before: &venom_ports::snapshot::Captured) {
    // First in the order of the paths, so that it is within the limit.
    world.write("a-made", "by the run\n");
    let after = world.capture();
    let mut wish = world.wish(&after, before);
    let refused = world.try_plan(&wish).unwrap_err();
    assert_eq!(refused.kind, FailureKind::Refused);
    assert!(refused.hint.is_some());
    wish.lacks = Lacks::Accept;
    let restored = world.restore(&wish);
    assert_eq!(restored.conflicts, []);
    assert!(!world.at("a-made").exists());
    // What was not captured is still there.
    let seen = world.walk();
    for left in &before.partial.first {
        assert!(seen.contains_key(left.path.as_bytes()), "{}", left.path);
    }
}

/// R4: a file over the limit is noted with its size and never touched.
#[test]
fn a_file_that_is_too_big_is_noted_and_left_alone() {
    let mut world = World::new();
    world.guards.file_bytes = 100;
    world.write("small", &"s".repeat(100));
    world.write("big", &"b".repeat(101));
    let before = world.capture();
    assert_eq!(before.counts.files, 1);
    assert_eq!(before.partial.first[0].path, path("big"));
    assert_eq!(
        (before.partial.first[0].why, before.partial.first[0].size),
        (Skip::TooBig, 101)
    );
    // It is left out by rule, so the snapshot is good for the rest.
    assert!(!before.partial.is_lacking);
    world.write("big", &"c".repeat(300));
    world.write("small", "changed");
    let after = world.capture();
    let plan = world.plan(&world.wish(&after, &before));
    assert_eq!(plan.left, [(path("big"), Leave::NotCaptured(Skip::TooBig))]);
    let restored = world.carry_out(&plan);
    assert!(!restored.is_exact, "it does not claim what it cannot know");
    assert_eq!(world.read("small").len(), 100);
    assert_eq!(world.read("big").len(), 300);
}

#[test]
fn pipes_and_sockets_are_noted_and_left_alone() {
    let world = World::new();
    world.write("f", "x\n");
    mknodat(
        CWD,
        world.at("pipe"),
        FileType::Fifo,
        Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.at("socket")).unwrap();
    let before = world.capture();
    let said: Vec<_> = before
        .partial
        .first
        .iter()
        .map(|left| (left.path.to_string(), left.why))
        .collect();
    assert_eq!(
        said,
        [
            ("pipe".to_owned(), Skip::Special),
            ("socket".to_owned(), Skip::Special)
        ]
    );
    world.write("f", "y\n");
    let after = world.capture();
    world.undo(&after, &before);
    assert!(world.at("pipe").symlink_metadata().is_ok());
}

/// R3: nothing outside the root is looked at, and what must not be a root is refused.
#[test]
fn roots_that_must_not_be_captured_are_refused() {
    let world = World::new();
    let home = world.folder.path().join("home");
    fs::create_dir_all(home.join("project")).unwrap();
    let link = world.folder.path().join("link");
    symlink(world.root(), &link).unwrap();
    let file = world.folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let data = world.folder.path().join("data");
    let snapshots = DirSnapshots::new(world.objects.clone(), &data, vec![home.clone()]);
    let capture = |root: PathBuf| world.runtime.block_on(snapshots.capture(&Scope::of(&root)));
    for root in [
        PathBuf::from("/"),
        PathBuf::from("/."),
        home.clone(),
        home.join("."),
        home.parent().unwrap().to_owned(),
        link,
        file,
        PathBuf::from("relative"),
    ] {
        let refused = capture(root.clone()).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Refused, "{root:?}");
        assert!(refused.hint.is_some(), "{root:?}");
    }
    assert!(capture(home.join("project")).is_ok());
    let missing = capture(home.join("nothing")).unwrap_err();
    assert_eq!(missing.kind, FailureKind::Missing);
}

/// VENOM's own files are no part of a workspace that they lie in.
#[test]
fn venoms_own_files_are_left_out() {
    let world = World::new();
    world.write("f", "x\n");
    let inside = world.at("data");
    let snapshots = DirSnapshots::new(world.objects.clone(), &inside, Vec::new());
    let capture = || {
        world
            .runtime
            .block_on(snapshots.capture(&world.scope()))
            .unwrap()
    };
    let first = capture();
    world.write(".venom-tmp-0123456789ab", "being written");
    let second = capture();
    assert!(inside.exists(), "the cache was written");
    assert_eq!(first.tree, second.tree);
    assert_eq!(second.counts.files, 1);
}

/// R7: what ignore files say, in the order in which git reads them.
#[test]
fn ignore_files_count_as_they_do_for_git() {
    let world = World::new();
    world.write(".gitignore", "*.log\n/top\nout/\n!keep.log\n");
    world.write("a.log", "");
    world.write("keep.log", "");
    world.write("top", "");
    world.write("sub/top", "");
    world.write("out/x", "");
    world.write("sub/out/y", "");
    world.write("sub/.gitignore", "!b.log\n");
    world.write("sub/b.log", "");
    world.write("sub/c.log", "");
    world.write("sub/.ignore", "special\n");
    world.write("sub/special", "");
    world.write(".git/info/exclude", "private\n");
    world.write("private", "");
    let empty = World::new().capture().tree;
    world.objects_have(empty);
    let captured = paths(&world.compare(empty, world.capture().tree));
    let expected = [
        ".gitignore",
        "keep.log",
        "sub",
        "sub/.gitignore",
        "sub/.ignore",
        "sub/b.log",
        "sub/top",
    ];
    assert_eq!(captured, expected);
    // Other rules, other entries: the cache knows that they hang together.
    world.write(".gitignore", "top\n");
    let captured = world.capture();
    assert_eq!(captured.tree, world.capture_afresh().tree);
    assert_eq!(captured.counts.files, 9);
}

impl World {
    /// The store knows the empty tree.
    fn objects_have(&self, empty: venom_kernel::tree::ObjectId) {
        let bytes = venom_kernel::tree::Folder::new().encode();
        assert_eq!(self.objects.write(&bytes).unwrap(), empty.to_blob());
    }
}

/// R7: a path that a step touched is taken in, and nothing else of the folder that it is in.
#[test]
fn a_touched_path_is_taken_in_although_it_is_ignored() {
    let mut world = World::new();
    world.write(".gitignore", "build/\n");
    world.write("build/a/one", "1\n");
    world.write("build/a/two", "2\n");
    world.write("build/b/three", "3\n");
    let before = world.capture();
    assert_eq!(before.counts.files, 1);
    world.touch_steps("build/a/one");
    world.touch_steps("build/gone");
    let touched = world.capture();
    assert_eq!(
        paths(&world.compare(before.tree, touched.tree)),
        ["build", "build/a", "build/a/one"]
    );
    assert_eq!(world.capture_afresh().tree, touched.tree);
    world.touch_steps("build/b");
    let more = world.capture();
    assert_eq!(
        paths(&world.compare(touched.tree, more.tree)),
        ["build/b", "build/b/three"]
    );
    world.also.clear();
    assert_eq!(world.capture().tree, before.tree);
}

/// Nothing is read that did not change, and what changed is.
#[test]
fn a_second_capture_reads_only_what_changed() {
    let world = World::new();
    for number in 0..50 {
        world.write(&format!("d{}/f{number}", number % 5), &number.to_string());
    }
    world.settle();
    let first = world.capture();
    assert_eq!(first.read, 50);
    let second = world.capture();
    assert_eq!(
        (second.read, second.tree, second.times),
        (0, first.tree, first.times)
    );
    world.write("d3/f3", "changed");
    let third = world.capture();
    assert_eq!(third.read, 1);
    assert_eq!(paths(&world.compare(first.tree, third.tree)), ["d3/f3"]);
    fs::remove_file(world.at("d3/f3")).unwrap();
    fs::create_dir(world.at("d3/f3")).unwrap();
    assert_eq!(world.capture().tree, world.capture_afresh().tree);
}

impl World {
    /// Makes everything old enough that its timestamps tell. The clock of the file system ticks
    /// while files are written; that it ticked is seen and not waited for.
    fn settle(&self) {
        let probe = self.folder.path().join("probe");
        fs::write(&probe, "x").unwrap();
        let first = super::modified(&probe);
        loop {
            fs::write(&probe, "x").unwrap();
            if super::modified(&probe) > first + 25_000_000 {
                return;
            }
            std::thread::yield_now();
        }
    }
}

/// R9: an edit that leaves size and time as they were is seen, because young times are not trusted.
#[test]
fn an_edit_in_the_same_tick_is_seen() {
    let world = World::new();
    for round in 0..200 {
        let content = format!("{round:04}");
        world.write("f", &content);
        let captured = world.capture();
        let Entry::File { blob, .. } = world.entry(&captured, "f") else {
            panic!("it is a file");
        };
        assert_eq!(
            world.objects.read(&blob.to_blob()).unwrap(),
            content.as_bytes()
        );
    }
}

impl World {
    fn entry(&self, captured: &venom_ports::snapshot::Captured, at: &str) -> Entry {
        let empty = Self::new().capture().tree;
        self.objects_have(empty);
        let all = self.compare(empty, captured.tree);
        all.into_iter()
            .find(|one| one.path == path(at))
            .unwrap()
            .after
            .unwrap()
    }
}

/// While somebody writes, a capture may see any of the states, but never takes one for another: when
/// the writer is done, the next capture has the last state.
#[test]
fn a_writer_at_work_never_leads_to_a_wrong_unchanged() {
    let world = World::new();
    for number in 0..20 {
        world.write(&format!("f{number}"), "0000");
    }
    for round in 0..30 {
        let is_done = AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for step in 0..200 {
                    let file = world.root().join(format!("f{}", step % 20));
                    // In place, with the same size, as editors do at worst.
                    fs::write(file, format!("{:04}", (round * 200 + step) % 10_000)).unwrap();
                }
                is_done.store(true, Ordering::Release);
            });
            // The world's runtime is not shared between threads, so each capture has its own.
            while !is_done.load(Ordering::Acquire) {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let captured = runtime.block_on(world.snapshots.capture(&world.scope()));
                captured.unwrap();
            }
        });
        assert_eq!(
            world.capture().tree,
            world.capture_afresh().tree,
            "round {round}"
        );
    }
}

/// A cache that was damaged, or belongs to something else, is not believed.
#[test]
fn a_damaged_cache_is_made_anew() {
    let world = World::new();
    world.write("d/f", "x\n");
    world.write("g", "y\n");
    world.settle();
    let good = world.capture();
    let caches = world.folder.path().join("data").join(DirSnapshots::CACHES);
    let cache = fs::read_dir(&caches)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = fs::read(&cache).unwrap();
    assert_eq!(world.capture().read, 0, "it was good");
    for (at, _) in bytes.iter().enumerate().step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x20;
        fs::write(&cache, damaged).unwrap();
        let captured = world.capture();
        assert_eq!((captured.tree, captured.read), (good.tree, 2), "byte {at}");
    }
    fs::write(&cache, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(world.capture().tree, good.tree);
    fs::write(&cache, "").unwrap();
    assert_eq!(world.capture().tree, good.tree);
    // A store that lost the root lost more.
    let data = world.folder.path().join("data");
    let empty = std::sync::Arc::new(venom_testkit::memory::MemoryBlobs::new());
    let snapshots = DirSnapshots::new(empty, &data, Vec::new());
    let captured = world
        .runtime
        .block_on(snapshots.capture(&world.scope()))
        .unwrap();
    assert_eq!((captured.tree, captured.read), (good.tree, 2));
}

/// R6 and names: whatever a file system takes is captured and comes back.
#[test]
fn names_of_any_bytes_are_captured() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::new();
    for name in [
        &b"\xff\xfe"[..],
        b"new\nline",
        b" ",
        b"-rf",
        b"a\\b",
        "\u{202e}".as_bytes(),
        &[b'x'; 255],
    ] {
        fs::write(world.root().join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    let (before, seen) = (world.capture(), world.walk());
    assert_eq!(before.counts.files, 7);
    for name in seen.keys() {
        fs::remove_file(world.root().join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    let after = world.capture();
    world.undo(&after, &before);
    assert_eq!(world.walk(), seen);
}

#[test]
fn a_tree_is_written_into_an_empty_folder_only() {
    let world = World::new();
    world.write("a/b", "x\n");
    symlink("a", world.at("l")).unwrap();
    let captured = world.capture();
    let into = world.folder.path().join("into");
    fs::create_dir(&into).unwrap();
    let write = || {
        world.runtime.block_on(world.snapshots.materialise(
            captured.tree,
            Some(captured.times),
            &into,
        ))
    };
    write().unwrap();
    assert_eq!(super::walk(&into), world.walk());
    assert_eq!(
        super::modified(&into.join("a/b")),
        super::modified(&world.at("a/b"))
    );
    assert_eq!(
        super::modified(&into.join("a")),
        super::modified(&world.at("a"))
    );
    let refused = write().unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict);
}
