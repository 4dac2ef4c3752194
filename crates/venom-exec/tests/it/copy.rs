//! Copies of trees, and folders to keep away from.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use venom_exec::copy::{CopyReport, is_dangerous_root, scratch_copy};
use venom_ports::FailureKind;

#[test]
fn everything_is_copied_with_permissions_and_times() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let old = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_000_000_123_456_789);
    for (name, mode) in [
        (".git/HEAD", 0o444),
        ("target/x", 0o644),
        ("run", 0o755),
        ("a\nb", 0o600),
    ] {
        let path = from.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, name).unwrap();
        fs::File::open(&path).unwrap().set_modified(old).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    let odd = from.join(std::ffi::OsStr::from_bytes(b"odd\xff"));
    fs::write(&odd, "odd").unwrap();
    fs::set_permissions(from.join("target"), Permissions::from_mode(0o500)).unwrap();
    fs::File::open(from.join("target"))
        .unwrap()
        .set_modified(old)
        .unwrap();

    let report = scratch_copy(&from, &to).unwrap();
    assert_eq!(
        report,
        CopyReport {
            files: 5,
            bytes: 9 + 8 + 3 + 3 + 3,
            skipped: vec![]
        }
    );
    for name in [".git/HEAD", "target/x", "run", "a\nb", "target"] {
        let [source, copy] = [&from, &to].map(|root| root.join(name).metadata().unwrap());
        assert_eq!(copy.mode(), source.mode(), "{name}");
        assert_eq!(copy.modified().unwrap(), old, "{name}");
        assert_ne!(copy.ino(), source.ino(), "{name}");
        if source.is_file() {
            assert_eq!(fs::read(to.join(name)).unwrap(), name.as_bytes());
        }
    }
    assert_eq!(fs::read(to.join(odd.file_name().unwrap())).unwrap(), b"odd");
    assert_eq!(
        to.metadata().unwrap().mode(),
        from.metadata().unwrap().mode()
    );
    fs::set_permissions(from.join("target"), Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(to.join("target"), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn links_that_lead_outside_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let [from, to] = ["from", "to"].map(|name| root.join(name));
    fs::create_dir_all(from.join("a")).unwrap();
    fs::write(from.join("a/file"), "x").unwrap();
    let link = |name: &str, text: &Path| symlink(text, from.join(name)).unwrap();
    link("inside", Path::new("a/file"));
    link("a/up", Path::new("../a/./file"));
    link("dangling", Path::new("a/none"));
    link("absolute", &from.join("a/file"));
    link("etc", Path::new("/etc"));
    link("a/out", Path::new("../../x"));
    // It comes back to the original, by way of its name: the copy would lead to the original.
    link("back", Path::new("../from/a/file"));
    link("through", Path::new("etc/passwd"));
    mknodat(CWD, from.join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();

    let report = scratch_copy(&from, &to).unwrap();
    let skipped: Vec<&Path> = report
        .skipped
        .iter()
        .map(|(path, _)| path.as_path())
        .collect();
    assert_eq!(
        skipped,
        ["a/out", "back", "etc", "pipe", "through"].map(Path::new)
    );
    let text = |name: &str| fs::read_link(to.join(name)).unwrap();
    assert_eq!(text("inside"), PathBuf::from("a/file"));
    assert_eq!(text("a/up"), PathBuf::from("../a/./file"));
    assert_eq!(text("dangling"), PathBuf::from("a/none"));
    assert_eq!(text("absolute"), to.join("a/file"));
    assert_eq!(report.files, 5);
}

#[test]
fn a_copy_is_beside_the_tree_and_new() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from");
    fs::create_dir_all(from.join("inner")).unwrap();
    let refused = |to: &Path| scratch_copy(&from, to).unwrap_err().kind;
    assert_eq!(refused(&from.join("copy")), FailureKind::Refused);
    assert_eq!(refused(&from.join("inner/copy")), FailureKind::Refused);
    assert_eq!(refused(&from), FailureKind::Refused);
    assert_eq!(refused(folder.path()), FailureKind::Refused);
    symlink(&from, folder.path().join("link")).unwrap();
    assert_eq!(
        refused(&folder.path().join("link/copy")),
        FailureKind::Refused
    );
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/file"), "").unwrap();
    assert_eq!(refused(&folder.path().join("full")), FailureKind::Refused);
    assert_eq!(
        refused(&folder.path().join("none/copy")),
        FailureKind::Missing
    );
    let missing = scratch_copy(&folder.path().join("none"), &folder.path().join("copy"));
    assert_eq!(missing.unwrap_err().kind, FailureKind::Missing);
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert!(scratch_copy(&from, &folder.path().join("empty")).is_ok());
}

#[test]
fn a_tree_that_is_too_large_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    fs::create_dir(&from).unwrap();
    fs::write(from.join("a"), "x").unwrap();
    // A hole: five gigabytes that take no room.
    fs::File::create(from.join("hole"))
        .unwrap()
        .set_len(5 << 30)
        .unwrap();
    let failure = scratch_copy(&from, &to).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.is_some());
    assert!(!to.exists());
}

#[test]
fn some_folders_are_dangerous() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    fs::create_dir_all(home.join("project")).unwrap();
    let is_dangerous = |path: &Path| is_dangerous_root(path, Some(&home)).is_some();
    for path in [
        "/",
        "/etc",
        "/etc/ssh",
        "/usr",
        "/usr/lib",
        "/usr/src",
        "/proc/self",
        "/var",
        "/tmp",
        "/boot/x",
        "/home",
        "/usr/../etc",
    ] {
        assert!(is_dangerous(Path::new(path)), "{path}");
    }
    assert!(is_dangerous(&home));
    assert!(is_dangerous(&home.join("project/..")));
    assert!(is_dangerous(folder.path()));
    assert!(is_dangerous(&home.join(".ssh/keys")));
    for path in [
        "/usr/src/app",
        "/srv/app",
        "/opt/app",
        "/var/www/app",
        "/etcetera",
    ] {
        assert!(!is_dangerous(Path::new(path)), "{path}");
    }
    assert!(!is_dangerous(&home.join("project")));
    assert!(is_dangerous_root(&home.join("project"), None).is_none());
}
