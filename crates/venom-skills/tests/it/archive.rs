//! Archives in a real workspace.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;
use venom_ports::FailureKind;

use crate::world::{World, text};

#[test]
fn a_folder_is_packed_and_comes_back() {
    for name in ["out.tar", "out.tar.gz", "out.tar.zst", "out.zip"] {
        let world = World::new();
        world.write("src/a.txt", "one\r\ntwo\n");
        world.write("src/deep/b.bin", [0, 1, 2, 255]);
        world.write(".gitignore", "*.log\n");
        world.write("src/noise.log", "no");
        let packed = world.call("files.archive", json!({"path": name, "under": "src"}));
        assert_eq!(packed["count"], json!(2), "{name}: {packed}");
        world.apply();
        let back = world.call("files.unpack", json!({"path": name, "into": "back"}));
        assert_eq!(
            back["files"],
            json!(["back/src/a.txt", "back/src/deep/b.bin"]),
            "{name}"
        );
        assert_eq!(
            world.staged("back/src/a.txt").as_deref(),
            Some("one\r\ntwo\n"),
            "{name}"
        );
    }
}

#[test]
fn files_that_are_there_are_conflicts_and_nothing_is_written() {
    let world = World::new();
    world.write("a.txt", "packed");
    world.write("b.txt", "packed too");
    world.call(
        "files.archive",
        json!({"path": "x.tgz", "globs": ["*.txt"]}),
    );
    world.apply();
    world.write("into/b.txt", "mine");
    let failure = world.fails("files.unpack", json!({"path": "x.tgz", "into": "into"}));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("into/b.txt"), "{failure}");
    let over = world.call(
        "files.unpack",
        json!({"path": "x.tgz", "into": "into", "if_exists": "overwrite"}),
    );
    assert!(text(&over).contains("2 files"), "{over}");
    // Without a folder it goes beside the archive, by the archive's name.
    let beside = world.call("files.unpack", json!({"path": "x.tgz"}));
    assert_eq!(beside["into"], json!("x"));
    let again = world.fails("files.archive", json!({"path": "x.tgz"}));
    assert!(again.message.contains("there already"), "{again}");
}

#[test]
fn a_link_in_the_way_is_never_written_through() {
    let world = World::new();
    world.write("in/a.txt", "x");
    world.call("files.archive", json!({"path": "x.zip", "under": "in"}));
    world.apply();
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), world.path("out")).unwrap();
    let failure = world.fails(
        "files.unpack",
        json!({"path": "x.zip", "into": "out", "if_exists": "overwrite"}),
    );
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
}

#[test]
fn what_other_programs_pack_is_read() {
    let world = World::new();
    world.write("in/a.txt", "x");
    world.write("in/run", "#!/bin/sh\n");
    let mode = std::fs::Permissions::from_mode(0o4755);
    std::fs::set_permissions(world.path("in/run"), mode).unwrap();
    std::os::unix::fs::symlink("a.txt", world.path("in/link")).unwrap();
    let made = Command::new("tar")
        .args(["-czf", "by-tar.dat", "in"])
        .current_dir(world.root())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: tar is not installed");
        return;
    }
    // What a file is called proves nothing; its first bytes do.
    let back = world.call(
        "files.unpack",
        json!({"path": "by-tar.dat", "into": "back"}),
    );
    assert_eq!(back["files"], json!(["back/in/a.txt", "back/in/run"]));
    assert_eq!(back["left_out"].as_array().map(Vec::len), Some(1), "{back}");
    world.apply();
    world.call(
        "files.archive",
        json!({"path": "ours.tar.gz", "under": "in"}),
    );
    world.apply();
    let listed = Command::new("tar")
        .args(["-tzf", "ours.tar.gz"])
        .current_dir(world.root())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed, "in/a.txt\nin/run\n");
}

#[test]
fn what_is_no_archive_is_refused_with_a_word_of_help() {
    let world = World::new();
    world.write("notes.zip", "just text");
    let failure = world.fails("files.unpack", json!({"path": "notes.zip"}));
    assert!(failure.message.contains("no archive"), "{failure}");
    assert!(failure.hint.is_some());
    let failure = world.fails("files.archive", json!({"path": "x.rar"}));
    assert!(failure.hint.is_some(), "{failure}");
    let failure = world.fails("files.unpack", json!({"path": "absent.zip"}));
    assert_eq!(failure.kind, FailureKind::Missing);
}
