use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::overlay::{Delta, Guards};

fn make(from: &Path, to: &Path, hidden: &[&str]) -> Replica {
    let likeness = Likeness {
        hidden: hidden.iter().map(PathBuf::from).collect(),
        owner: None,
        entries: 1_000,
        bytes: 1 << 20,
    };
    Replica::make(from, to, &likeness).unwrap()
}

fn lines(replica: &Replica, copy: &Path, root: &Path) -> Vec<String> {
    let delta = Delta::scan_replica(copy, root, replica, &Guards::default()).unwrap();
    delta
        .entries()
        .iter()
        .map(crate::overlay::Entry::line)
        .collect()
}

fn workspace() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (root, copy) = (folder.path().join("root"), folder.path().join("copy"));
    fs::create_dir_all(root.join("src/deep")).unwrap();
    fs::create_dir(&copy).unwrap();
    fs::write(root.join("a.txt"), "a").unwrap();
    fs::write(root.join("src/b.txt"), "b").unwrap();
    fs::write(root.join("src/deep/run.sh"), "c").unwrap();
    fs::set_permissions(
        root.join("src/deep/run.sh"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    fs::write(root.join(".env"), "secret").unwrap();
    symlink("/etc/passwd", root.join("outside")).unwrap();
    (folder, root, copy)
}

#[test]
fn what_nobody_touched_is_no_change_and_what_is_hidden_is_not_there() {
    let (_folder, root, copy) = workspace();
    let replica = make(&root, &copy, &[".env"]);
    assert_eq!(lines(&replica, &copy, &root), Vec::<String>::new());
    assert!(!copy.join(".env").exists());
    assert_eq!(
        fs::read_link(copy.join("outside")).unwrap(),
        Path::new("/etc/passwd")
    );
    assert!(replica.is_left_out(Path::new(".env")));
}

#[test]
fn every_kind_of_change_is_found() {
    let (_folder, root, copy) = workspace();
    let replica = make(&root, &copy, &[]);
    fs::write(copy.join("a.txt"), "A").unwrap();
    fs::remove_dir_all(copy.join("src/deep")).unwrap();
    fs::write(copy.join("new.txt"), "n").unwrap();
    fs::rename(copy.join("src/b.txt"), copy.join("src/moved.txt")).unwrap();
    assert_eq!(
        lines(&replica, &copy, &root),
        [
            "~ a.txt",
            "+ new.txt",
            "- src/b.txt",
            "- src/deep/",
            "- src/deep/run.sh",
            "+ src/moved.txt"
        ]
    );
}

#[test]
fn what_the_owner_does_meanwhile_is_not_the_commands_doing() {
    let (_folder, root, copy) = workspace();
    let replica = make(&root, &copy, &[]);
    // Long enough ago for times of change to say so.
    let replica = Replica {
        settled: i128::MAX,
        ..replica
    };
    fs::write(root.join("later.txt"), "mine").unwrap();
    fs::remove_file(root.join("a.txt")).unwrap();
    fs::write(root.join("src/b.txt"), "mine too").unwrap();
    assert_eq!(lines(&replica, &copy, &root), Vec::<String>::new());
}

#[test]
fn a_file_that_is_in_the_way_is_filled_and_stays_the_same_file() {
    use std::os::unix::fs::MetadataExt as _;
    let (_folder, root, copy) = workspace();
    fs::create_dir(copy.join("src")).unwrap();
    fs::write(copy.join("src/b.txt"), "a longer text").unwrap();
    let before = fs::metadata(copy.join("src/b.txt")).unwrap().ino();
    make(&root, &copy, &[]);
    assert_eq!(fs::read(copy.join("src/b.txt")).unwrap(), b"b");
    assert_eq!(fs::metadata(copy.join("src/b.txt")).unwrap().ino(), before);
}

#[test]
fn more_than_may_be_copied_is_refused() {
    let (_folder, root, copy) = workspace();
    let likeness = Likeness {
        bytes: 2,
        entries: 1_000,
        ..Likeness::default()
    };
    let failure = Replica::make(&root, &copy, &likeness).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
}
