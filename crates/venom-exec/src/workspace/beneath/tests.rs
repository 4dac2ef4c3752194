//! Both ways of opening a path are held to the same table: which one runs is up to the kernel.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

fn check(expected: &[(&str, OFlags, std::result::Result<(), Errno>)]) {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("a/b")).unwrap();
    fs::write(root.path().join("a/b/file"), "x").unwrap();
    symlink(outside.path(), root.path().join("out")).unwrap();
    symlink("a", root.path().join("in")).unwrap();
    symlink("file", root.path().join("a/b/link")).unwrap();
    let folder = rustix::fs::open(root.path(), folder_flags(), Mode::empty()).unwrap();
    let beneath = Beneath::new(folder);
    for (path, flags, outcome) in expected {
        let at_once = beneath.open_at_once(path.as_bytes(), *flags).map(|_| ());
        let step_by_step = beneath
            .open_step_by_step(path.as_bytes(), *flags)
            .map(|_| ());
        assert_eq!((at_once, step_by_step), (*outcome, *outcome), "{path}");
    }
}

#[test]
fn both_ways_agree_on_files() {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW;
    check(&[
        ("a/b/file", flags, Ok(())),
        ("a/b/none", flags, Err(Errno::NOENT)),
        ("none/file", flags, Err(Errno::NOENT)),
        ("a/b/file/x", flags, Err(Errno::NOTDIR)),
        ("a/b/link", flags, Err(Errno::LOOP)),
        ("in/b/file", flags, Err(Errno::LOOP)),
        ("out/secret", flags, Err(Errno::LOOP)),
    ]);
}

#[test]
fn both_ways_agree_on_folders() {
    let flags = folder_flags();
    check(&[
        ("", flags, Ok(())),
        ("a", flags, Ok(())),
        ("a/b", flags, Ok(())),
        ("a/b/file", flags, Err(Errno::NOTDIR)),
        ("in", flags, Err(Errno::LOOP)),
        ("out", flags, Err(Errno::LOOP)),
        ("in/b", flags, Err(Errno::LOOP)),
    ]);
}
