//! What a scan finds.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use ignore::WalkBuilder;
use proptest::prelude::*;
use venom_exec::overlay::Form::{self, File, Folder, Link};
use venom_exec::overlay::Verb::{self, Created, Deleted, ModeChanged, Modified, Replaced};
use venom_exec::overlay::{Delta, Guards, Role};
use venom_ports::FailureKind;

use super::world::{
    Thing, World, bytes, choices, files, lay, put, set_mark, tree, trees, white_out,
};

fn check(world: &World, expected: &[(&str, Verb, Form)]) {
    let delta = world.scan();
    let found: Vec<_> = delta
        .entries()
        .iter()
        .map(|entry| {
            let node = entry.new.as_ref().or(entry.old.as_ref()).unwrap();
            (entry.path.to_str().unwrap(), entry.verb(), node.form)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn each_kind_of_change_is_told_apart() {
    let world = World::new(&files(&[
        ("edited", "one"),
        ("gone", ""),
        ("mode", "m"),
        ("same", "s"),
        ("gone-folder/a/b", ""),
        ("turned-file", ""),
        ("turned-folder/x", ""),
    ]));
    let upper = world.upper();
    put(
        &upper,
        &files(&[
            ("edited", "two"),
            ("same", "s"),
            ("mode", "m"),
            ("new/n", ""),
        ]),
    );
    fs::set_permissions(upper.join("mode"), Permissions::from_mode(0o755)).unwrap();
    white_out(&upper.join("gone"), true);
    white_out(&upper.join("gone-folder"), false);
    white_out(&upper.join("never-there"), false);
    fs::create_dir(upper.join("turned-file")).unwrap();
    fs::write(upper.join("turned-folder"), "f").unwrap();
    symlink("same", upper.join("link")).unwrap();
    check(
        &world,
        &[
            ("edited", Modified, File),
            ("gone", Deleted, File),
            ("gone-folder", Deleted, Folder),
            ("gone-folder/a", Deleted, Folder),
            ("gone-folder/a/b", Deleted, File),
            ("link", Created, Link),
            ("mode", ModeChanged, File),
            ("new", Created, Folder),
            ("new/n", Created, File),
            ("turned-file", Replaced, Folder),
            ("turned-folder", Replaced, File),
            ("turned-folder/x", Deleted, File),
        ],
    );
    let sources = world.scan().tally(Role::Source);
    let counts = (
        sources.created,
        sources.modified,
        sources.deleted,
        sources.folders,
    );
    assert_eq!(counts, (2, 3, 3, 4));
}

#[test]
fn a_folder_made_again_hides_what_was_in_it() {
    let world = World::new(&files(&[
        ("d/kept", "k"),
        ("d/gone", "g"),
        ("d/in/deep", ""),
    ]));
    put(&world.upper(), &files(&[("d/kept", "k"), ("d/in/new", "")]));
    set_mark(&world.upper().join("d"), "opaque", b"y");
    check(
        &world,
        &[
            ("d/gone", Deleted, File),
            ("d/in/deep", Deleted, File),
            ("d/in/new", Created, File),
        ],
    );
}

#[test]
fn names_of_any_bytes_are_kept() {
    let world = World::new(&files(&[]));
    fs::write(world.upper().join(bytes(b"bad\xff")), "x").unwrap();
    fs::create_dir(world.upper().join(bytes(b"\xfe"))).unwrap();
    fs::write(world.upper().join(bytes(b"\xfe/in")), "x").unwrap();
    let delta = world.scan();
    let found: Vec<&Path> = delta
        .entries()
        .iter()
        .map(|entry| entry.path.as_path())
        .collect();
    let expected = [&b"bad\xff"[..], b"\xfe", b"\xfe/in"].map(|name| Path::new(bytes(name)));
    assert_eq!(found, expected);
}

fn refused(guards: &Guards, world: &World, expected: &str) {
    let failure = Delta::scan(&world.upper(), &world.host(), guards).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains(expected), "{failure}");
    assert!(failure.hint.is_some());
}

#[test]
fn what_is_too_much_is_refused() {
    let guards = Guards {
        entries: 20,
        bytes: 1_000,
        depth: 5,
        name: 10,
    };
    let many: Vec<(String, &str)> = (0..21).map(|n| (n.to_string(), "")).collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let world = World::new(&files(&[]));
    put(&world.upper(), &files(&many));
    refused(&guards, &world, "more than 20");
    // A folder of the workspace that is gone counts as well.
    let world = World::new(&files(&many));
    for (name, _) in &many[..11] {
        white_out(&world.upper().join(name), false);
    }
    let spread: Vec<String> = (0..12).map(|n| format!("d/{n}")).collect();
    let spread: Vec<(&str, &str)> = spread.iter().map(|path| (path.as_str(), "")).collect();
    put(&world.host(), &files(&spread));
    white_out(&world.upper().join("d"), false);
    refused(&guards, &world, "more than 20");
    let world = World::new(&files(&[]));
    put(&world.upper(), &files(&[("a/b/c/d/e/f", "")]));
    refused(&guards, &world, "too deep");
    let world = World::new(&files(&[]));
    put(&world.upper(), &files(&[("a-name-that-is-long", "")]));
    refused(&guards, &world, "too long");
    // The apparent size counts: a hole costs nothing to make.
    let world = World::new(&files(&[]));
    let file = fs::File::create(world.upper().join("hole")).unwrap();
    file.set_len(1 << 40).unwrap();
    refused(&guards, &world, "MiB of files");
}

#[test]
fn a_chain_of_folders_beyond_the_longest_path_is_refused() {
    let world = World::new(&files(&[]));
    let flags = rustix::fs::OFlags::DIRECTORY;
    let mut at = rustix::fs::open(world.upper(), flags, rustix::fs::Mode::empty()).unwrap();
    let name = "x".repeat(250);
    for _ in 0..20 {
        rustix::fs::mkdirat(&at, &name, rustix::fs::Mode::RWXU).unwrap();
        at = rustix::fs::openat(&at, &name, flags, rustix::fs::Mode::empty()).unwrap();
    }
    refused(&Guards::default(), &world, "too deep");
}

#[test]
fn outputs_are_told_by_the_ignore_files_that_stood_before() {
    let world = World::new(&files(&[
        (".gitignore", "target/\n*.o\n!keep.o\n"),
        ("sub/.gitignore", "/only-here\n"),
        (".git/info/exclude", "excluded\n"),
        ("old.o", ""),
    ]));
    let upper = world.upper();
    put(
        &upper,
        &files(&[
            // The command would rather have it that nothing is looked at.
            (".gitignore", "*\n"),
            ("target/debug/app", ""),
            ("a.o", ""),
            ("keep.o", ""),
            ("sub/only-here", ""),
            ("sub/deep/only-here", ""),
            ("excluded", ""),
            ("src/evil.rs", ""),
            (".git/index", ""),
            ("new/.gitignore", "*\n"),
            ("new/x", ""),
        ]),
    );
    white_out(&upper.join("old.o"), true);
    let delta = world.scan();
    let of = |role: Role| -> Vec<&str> {
        let entries = delta.entries().iter().filter(|entry| entry.role == role);
        entries
            .filter(|entry| !matches!(&entry.new, Some(new) if new.form == Folder))
            .map(|entry| entry.path.to_str().unwrap())
            .collect()
    };
    assert_eq!(
        of(Role::Output),
        [
            "a.o",
            "excluded",
            "old.o",
            "sub/only-here",
            "target/debug/app"
        ]
    );
    assert_eq!(of(Role::Repository), [".git/index"]);
    assert_eq!(
        of(Role::Source),
        [
            ".gitignore",
            "keep.o",
            "new/.gitignore",
            "new/x",
            "src/evil.rs",
            "sub/deep/only-here"
        ]
    );
}

/// Ignore files that say something about the names of the trees.
fn ignore_file() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec!["a", "/b", "c/", "!a", "dd/a", "**/c", "!/dd", "b/*"]);
    prop::collection::vec(line, 0..4).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_commit_makes_the_tree_that_was_laid(old in trees(), new in trees(), seed: u64) {
        let world = World::in_memory(&old);
        lay(&world.upper(), &old, &new, &mut choices(seed));
        let delta = world.scan();
        // Only what differs is a change.
        for entry in delta.entries() {
            prop_assert_ne!(old.get(&entry.path), new.get(&entry.path), "{:?}", entry.path);
        }
        let before = tree(&world.upper());
        let outcome = world.commit().unwrap();
        prop_assert_eq!(&outcome.conflicts, &[]);
        prop_assert_eq!(outcome.applied, delta.entries().len());
        prop_assert_eq!(world.tree(), new);
        prop_assert!(world.scan().is_empty());
        prop_assert_eq!(tree(&world.upper()), before, "the upper folder is only read");
    }

    #[test]
    fn outputs_are_what_walks_pass_over(
        new in trees(),
        root in ignore_file(),
        inner in ignore_file(),
        is_repository: bool,
    ) {
        // Both as the workspace had them, so that a walk of the result sees the same ignore files.
        let mut old = files(&[(".gitignore", &root), ("dd/.gitignore", &inner)]);
        let mut all = new;
        if !matches!(all.get(Path::new("dd")), None | Some(Thing::Folder(_))) {
            all.remove(Path::new("dd"));
        }
        if let Some(Thing::Folder(mode)) = all.get(Path::new("dd")) {
            old.insert("dd".into(), Thing::Folder(*mode));
        }
        if is_repository {
            // The ignore files above another repository hold in it as well.
            old.insert("dd/.git".into(), Thing::Folder(0o755));
        }
        all.extend(old.clone());
        let world = World::in_memory(&old);
        lay(&world.upper(), &old, &all, &mut choices(1));
        let delta = world.scan();
        let mut given: Vec<_> = delta
            .entries()
            .iter()
            .filter(|entry| entry.role == Role::Source)
            .map(|entry| entry.path.clone())
            .collect();
        let merged = world.path().join("merged");
        put(&merged, &all);
        let mut walked: Vec<_> = WalkBuilder::new(&merged)
            .hidden(false)
            .git_global(false)
            .parents(false)
            .require_git(false)
            .build()
            .map(|found| found.unwrap().path().strip_prefix(&merged).unwrap().to_path_buf())
            .filter(|path| !path.as_os_str().is_empty() && !old.contains_key(path))
            .collect();
        given.sort();
        walked.sort();
        prop_assert_eq!(given, walked);
    }
}
