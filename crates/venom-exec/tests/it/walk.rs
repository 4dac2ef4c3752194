//! Walks over a workspace.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;
use venom_exec::workspace::DirWorkspace;
use venom_kernel::change::RelPath;
use venom_ports::FailureKind;
use venom_ports::workspace::{Entry, EntryKind, Files as _, Listing, Walk};

/// Makes files, each holding its own name, with the folders that they need.
fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

async fn listing(root: &Path, walk: Walk) -> Listing {
    DirWorkspace::open(root).unwrap().walk(walk).await.unwrap()
}

async fn check(root: &TempDir, walk: Walk, expected: &[&str]) {
    let found = listing(root.path(), walk.clone()).await;
    let paths: Vec<&str> = found
        .entries
        .iter()
        .map(|entry| entry.path.as_str())
        .collect();
    assert_eq!(paths, expected, "{walk:?}");
}

fn globs(globs: &[&str]) -> Walk {
    Walk {
        globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
        ..Walk::default()
    }
}

fn under(text: &str) -> Walk {
    Walk {
        under: RelPath::new(text).unwrap(),
        ..Walk::default()
    }
}

#[tokio::test]
async fn entries_come_in_the_order_of_their_paths() {
    let root = tree(&[
        "b.txt",
        "a/z",
        "a.txt",
        "a/b/c",
        "-x",
        "\u{fc}",
        "with space",
        "new\nline",
    ]);
    let all = [
        "-x",
        "a",
        "a.txt",
        "a/b",
        "a/b/c",
        "a/z",
        "b.txt",
        "new\nline",
        "with space",
        "\u{fc}",
    ];
    check(&root, Walk::default(), &all).await;
    let found = listing(root.path(), under("a")).await;
    let entry = |text: &str, kind, size| Entry {
        path: RelPath::new(text).unwrap(),
        kind,
        size,
    };
    let expected = vec![
        entry("a/b", EntryKind::Folder, 0),
        entry("a/b/c", EntryKind::File, 5),
        entry("a/z", EntryKind::File, 3),
    ];
    assert_eq!(
        found,
        Listing {
            entries: expected,
            ..Listing::default()
        }
    );
}

#[tokio::test]
async fn ignore_files_count_without_a_repository() {
    let root = tree(&[
        "keep.rs",
        "drop.log",
        "target/x",
        "a/keep.log",
        "a/b/drop.tmp",
        "a/b/keep",
    ]);
    fs::write(root.path().join(".gitignore"), "*.log\n/target/\n").unwrap();
    fs::write(root.path().join("a/.gitignore"), "!keep.log\n*.tmp\n").unwrap();
    let kept = ["a", "a/b", "a/b/keep", "a/keep.log", "keep.rs"];
    check(&root, Walk::default(), &kept).await;
    // The files between the root and the start count too.
    check(&root, under("a/b"), &["a/b/keep"]).await;
    let all = Walk {
        ignored: true,
        ..under("a")
    };
    check(
        &root,
        all,
        &["a/b", "a/b/drop.tmp", "a/b/keep", "a/keep.log"],
    )
    .await;
}

#[tokio::test]
async fn what_is_ignored_can_be_asked_for_by_name() {
    let root = tree(&["target/x", "target/deep/y", ".github/ci.yml"]);
    fs::write(root.path().join(".gitignore"), "/target/\n").unwrap();
    check(&root, Walk::default(), &[]).await;
    check(
        &root,
        under("target"),
        &["target/deep", "target/deep/y", "target/x"],
    )
    .await;
    check(&root, under("target/deep"), &["target/deep/y"]).await;
    check(&root, under(".github"), &[".github/ci.yml"]).await;
}

#[tokio::test]
async fn ignore_files_above_the_root_do_not_count() {
    let outer = tree(&["inner/a.rs"]);
    fs::write(outer.path().join(".gitignore"), "*\n").unwrap();
    let found = listing(&outer.path().join("inner"), Walk::default()).await;
    assert_eq!(found.entries.len(), 1);
}

#[tokio::test]
async fn hidden_files_are_given_when_asked_for_but_some_never() {
    let root = tree(&[
        ".git/config",
        ".venom/log",
        ".env",
        "a/.git/config",
        "a/.venom-tmp-0123456789ab",
        "a/b",
        "a/.hidden/x",
    ]);
    check(&root, Walk::default(), &["a", "a/b"]).await;
    let hidden = Walk {
        hidden: true,
        ignored: true,
        ..Walk::default()
    };
    check(
        &root,
        hidden,
        &[".env", "a", "a/.hidden", "a/.hidden/x", "a/b"],
    )
    .await;
    // Who asks for them is told so, and not that there is nothing.
    let workspace = DirWorkspace::open(root.path()).unwrap();
    for never in [".git", "a/.git/config", ".venom"] {
        let failure = workspace.walk(under(never)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{never}");
        assert!(failure.message.contains("never listed"), "{failure}");
    }
}

#[tokio::test]
async fn patterns_match_paths_or_names() {
    let root = tree(&["src/a.rs", "src/deep/b.rs", "src/c.txt", "d.rs"]);
    check(
        &root,
        globs(&["*.rs"]),
        &["d.rs", "src/a.rs", "src/deep/b.rs"],
    )
    .await;
    check(&root, globs(&["src/*.rs"]), &["src/a.rs"]).await;
    check(
        &root,
        globs(&["src/**/*.rs"]),
        &["src/a.rs", "src/deep/b.rs"],
    )
    .await;
    check(&root, globs(&["*.txt", "d.*"]), &["d.rs", "src/c.txt"]).await;
    check(&root, globs(&["{a,b}.rs"]), &["src/a.rs", "src/deep/b.rs"]).await;
    check(&root, globs(&["none"]), &[]).await;
    check(
        &root,
        globs(&["*.rs", "!src/deep/**"]),
        &["d.rs", "src/a.rs"],
    )
    .await;
    check(&root, globs(&["{a,b}.rs", "!a.*"]), &["src/deep/b.rs"]).await;
    let in_src = Walk {
        globs: vec!["*.rs".to_owned()],
        ..under("src/deep")
    };
    check(&root, in_src, &["src/deep/b.rs"]).await;
}

#[tokio::test]
async fn broken_patterns_are_refused() {
    let root = tree(&[]);
    let workspace = DirWorkspace::open(root.path()).unwrap();
    for glob in ["a[", "{a", &"x".repeat(5_000)] {
        let failure = workspace.walk(globs(&[glob])).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.hint.is_some());
    }
    let many = Walk {
        globs: vec!["a".to_owned(); 1_001],
        ..Walk::default()
    };
    assert_eq!(
        workspace.walk(many).await.unwrap_err().kind,
        FailureKind::Refused
    );
}

#[tokio::test]
async fn depth_counts_from_the_start() {
    let root = tree(&["a/b/c/d", "a/x"]);
    let at = |text: &str, depth| Walk {
        depth: Some(depth),
        ..under(text)
    };
    check(&root, at("", 1), &["a"]).await;
    check(&root, at("a", 1), &["a/b", "a/x"]).await;
    check(&root, at("a", 2), &["a/b", "a/b/c", "a/x"]).await;
    check(&root, at("a", 0), &[]).await;
}

#[tokio::test]
async fn links_are_named_and_not_followed() {
    let outside = tree(&["secret"]);
    let root = tree(&["a/file"]);
    symlink(outside.path(), root.path().join("out")).unwrap();
    symlink("..", root.path().join("a/loop")).unwrap();
    check(&root, Walk::default(), &["a", "a/file", "a/loop", "out"]).await;
    check(&root, under("out"), &["out"]).await;
    let workspace = DirWorkspace::open(root.path()).unwrap();
    let through = workspace.walk(under("a/loop/a")).await.unwrap_err();
    assert_eq!(through.kind, FailureKind::Refused);
    assert_eq!(
        workspace.walk(under("none")).await.unwrap_err().kind,
        FailureKind::Missing
    );
}

#[tokio::test]
async fn a_start_that_is_a_file_is_the_only_entry() {
    let root = tree(&["a/file.rs"]);
    check(&root, under("a/file.rs"), &["a/file.rs"]).await;
    let other = Walk {
        globs: vec!["*.txt".to_owned()],
        ..under("a/file.rs")
    };
    check(&root, other, &[]).await;
}

#[tokio::test]
async fn names_that_no_path_can_say_are_reported_each() {
    let root = tree(&["good"]);
    for name in [&b"bad\xff"[..], b"bad\xfe", b"b\xc3(.py"] {
        fs::write(root.path().join(OsStr::from_bytes(name)), "").unwrap();
    }
    let folder = root.path().join(OsStr::from_bytes(b"f\xf0"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("inner"), "").unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"\xff")), "").unwrap();
    let unreadable = |listing: Listing| -> Vec<String> {
        let paths = listing.unreadable.iter();
        paths.map(|path| path.as_str().to_owned()).collect()
    };
    let found = listing(root.path(), Walk::default()).await;
    assert_eq!(found.entries.len(), 1);
    assert_eq!(
        unreadable(found),
        [r"b\xc3(.py", r"bad\xfe", r"bad\xff", r"f\xf0"]
    );
    // With patterns only what may be meant: a folder may hold anything.
    let python = listing(root.path(), globs(&["*.py"])).await;
    assert_eq!(unreadable(python), [r"b\xc3(.py", r"f\xf0"]);
    let cut = Walk {
        depth: Some(0),
        ..Walk::default()
    };
    assert_eq!(unreadable(listing(root.path(), cut).await), [] as [&str; 0]);
}

#[tokio::test]
async fn paths_that_are_too_long_are_reported_by_a_folder_above() {
    let root = tree(&["good"]);
    // Each level is short enough for the system; all together are not.
    let mut at = rustix::fs::open(
        root.path(),
        rustix::fs::OFlags::DIRECTORY,
        rustix::fs::Mode::empty(),
    )
    .unwrap();
    let name = "x".repeat(200);
    for _ in 0..24 {
        rustix::fs::mkdirat(&at, &name, rustix::fs::Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY;
        at = rustix::fs::openat(&at, &name, flags, rustix::fs::Mode::empty()).unwrap();
    }
    let found = listing(root.path(), Walk::default()).await;
    assert!(!found.unreadable.is_empty());
    assert!(
        found
            .unreadable
            .iter()
            .all(|path| path.as_str().starts_with("xxx"))
    );
}

#[tokio::test]
async fn folders_that_cannot_be_read_are_reported() {
    if rustix::process::geteuid().is_root() {
        println!("SKIPPED: root can read every folder");
        return;
    }
    let root = tree(&["good", "closed/file"]);
    let closed = root.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let found = listing(root.path(), Walk::default()).await;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(found.unreadable, [RelPath::new("closed").unwrap()]);
    assert_eq!(found.entries.len(), 2);
}

#[tokio::test]
async fn ten_thousand_files_are_walked_and_cut_at_the_limit() {
    let root = tempfile::tempdir().unwrap();
    for folder in 0..100 {
        let folder = root.path().join(format!("{folder:02}"));
        fs::create_dir(&folder).unwrap();
        for file in 0..100 {
            fs::write(folder.join(format!("{file:02}")), "").unwrap();
        }
    }
    let all = listing(root.path(), Walk::default()).await;
    assert_eq!((all.entries.len(), all.truncated), (10_100, false));
    assert!(all.entries.is_sorted_by(|a, b| a.path < b.path));
    let exact = listing(
        root.path(),
        Walk {
            limit: 10_100,
            ..Walk::default()
        },
    )
    .await;
    assert_eq!(exact, all);
    let cut = listing(
        root.path(),
        Walk {
            limit: 150,
            ..Walk::default()
        },
    )
    .await;
    assert_eq!((cut.entries.len(), cut.truncated), (150, true));
    assert_eq!(cut.entries, all.entries[..150]);
}
