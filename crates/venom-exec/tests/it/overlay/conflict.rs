//! Hosts that are edited meanwhile.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use venom_exec::overlay::{Baseline, Clash, Guards, Outcome, Point, commit_observed};

use super::world::{Thing, World, files, lenient, put, set_mark, tree, white_out};

/// Edits the host after the baseline, commits, and checks that there is one conflict and the host
/// is as its owner left it.
fn check(edit: fn(&Path), path: &str, clash: &Clash) {
    for with_scan_before in [true, false] {
        let world = World::new(&files(&[
            ("a", "1"),
            ("b", "1"),
            ("d/in", "1"),
            ("gone", "1"),
            ("gone-folder/in", "1"),
            ("turned/in", "1"),
        ]));
        let upper = world.upper();
        put(
            &upper,
            &files(&[
                ("b", "2"),
                ("d/in", "2"),
                ("new", "2"),
                ("d/fresh/x", ""),
                ("turned", "2"),
            ]),
        );
        white_out(&upper.join("gone"), false);
        white_out(&upper.join("gone-folder"), true);
        if !with_scan_before {
            edit(&world.host());
        }
        let delta = world.scan();
        if with_scan_before {
            edit(&world.host());
        }
        let before = tree(&world.host());
        let cleared = delta.clear(&lenient()).unwrap();
        let outcome = commit_observed(cleared, &upper, &world.host(), &world.baseline, &mut |_| {});
        let outcome = outcome.unwrap();
        assert_eq!(outcome.applied, 0);
        let found: Vec<(&Path, &Clash)> = outcome
            .conflicts
            .iter()
            .map(|conflict| (conflict.path.as_path(), &conflict.clash))
            .collect();
        assert!(found.contains(&(Path::new(path), clash)), "{found:?}");
        assert_eq!(tree(&world.host()), before);
        assert!(
            outcome
                .conflicts
                .iter()
                .all(|conflict| !conflict.to_string().is_empty())
        );
    }
}

fn touch(path: PathBuf) {
    fs::write(path, "mine").unwrap();
}

#[test]
fn what_was_edited_meanwhile_is_left_alone() {
    check(|host| touch(host.join("b")), "b", &Clash::Changed);
    check(|host| touch(host.join("gone")), "gone", &Clash::Changed);
    check(
        |host| touch(host.join("gone-folder/in")),
        "gone-folder/in",
        &Clash::Changed,
    );
    check(|host| touch(host.join("new")), "new", &Clash::Appeared);
    check(
        |host| fs::remove_file(host.join("b")).unwrap(),
        "b",
        &Clash::Gone,
    );
    check(
        |host| touch(host.join("turned/in")),
        "turned/in",
        &Clash::Changed,
    );
    check(
        |host| fs::set_permissions(host.join("b"), Permissions::from_mode(0o600)).unwrap(),
        "b",
        &Clash::Changed,
    );
}

#[test]
fn what_changed_its_form_meanwhile_is_left_alone() {
    check(
        |host| {
            fs::remove_file(host.join("b")).unwrap();
            symlink("/etc/passwd", host.join("b")).unwrap();
        },
        "b",
        &Clash::Changed,
    );
    check(
        |host| {
            fs::remove_file(host.join("b")).unwrap();
            fs::create_dir(host.join("b")).unwrap();
        },
        "b",
        &Clash::Changed,
    );
}

#[test]
fn a_folder_with_something_new_is_not_removed() {
    let world = World::new(&files(&[("gone/in", "1"), ("a", "1")]));
    white_out(&world.upper().join("gone"), true);
    let delta = world.scan();
    touch(world.host().join("gone/mine"));
    let cleared = delta.clear(&lenient()).unwrap();
    let outcome = commit_observed(
        cleared,
        &world.upper(),
        &world.host(),
        &world.baseline,
        &mut |_| {},
    );
    let outcome = outcome.unwrap();
    assert_eq!(outcome.conflicts.len(), 1);
    assert_eq!(
        outcome.conflicts[0].clash,
        Clash::NewInside("gone/mine".into())
    );
    assert!(world.host().join("gone/in").exists());
    // Scanned anew, the new file itself is the conflict.
    let outcome = world.commit().unwrap();
    assert_eq!(outcome.conflicts[0].path, Path::new("gone/mine"));
    assert!(world.host().join("gone/in").exists());
}

#[test]
fn a_folder_that_is_gone_or_a_link_is_a_conflict() {
    let turn: [fn(&World); 2] = [
        |world| fs::rename(world.host().join("d"), world.host().join("e")).unwrap(),
        |world| {
            fs::rename(world.host().join("d"), world.path().join("outside")).unwrap();
            symlink(world.path().join("outside"), world.host().join("d")).unwrap();
        },
    ];
    for turn in turn {
        let world = World::new(&files(&[("d/in", "1")]));
        put(&world.upper(), &files(&[("d/in", "2"), ("d/new", "2")]));
        let delta = world.scan();
        turn(&world);
        let before = tree(world.path());
        let cleared = delta.clear(&lenient()).unwrap();
        let (upper, host) = (world.upper(), world.host());
        let outcome = commit_observed(cleared, &upper, &host, &world.baseline, &mut |_| {});
        assert_eq!(outcome.unwrap().conflicts.len(), 2);
        assert_eq!(tree(world.path()), before);
    }
}

#[test]
fn what_is_as_wanted_already_is_no_conflict() {
    let world = World::new(&files(&[("b", "1"), ("gone", "")]));
    put(
        &world.upper(),
        &files(&[("b", "2"), ("new", "2"), ("c", "3")]),
    );
    white_out(&world.upper().join("gone"), false);
    let delta = world.scan();
    put(&world.host(), &files(&[("b", "2"), ("new", "2")]));
    fs::remove_file(world.host().join("gone")).unwrap();
    let cleared = delta.clear(&lenient()).unwrap();
    let outcome = commit_observed(
        cleared,
        &world.upper(),
        &world.host(),
        &world.baseline,
        &mut |_| {},
    );
    let expected = Outcome {
        applied: 1,
        already: 3,
        ..Outcome::default()
    };
    assert_eq!(outcome.unwrap(), expected);
    assert_eq!(world.tree(), files(&[("b", "2"), ("new", "2"), ("c", "3")]));
}

/// Lets somebody write at a point of the commit.
fn meddle(at: fn(Point<'_>) -> bool, edit: fn(&Path)) -> (World, Outcome) {
    let world = World::new(&files(&[
        ("a", "1"),
        ("b", "1"),
        ("d/x", "1"),
        ("gone", "1"),
    ]));
    put(
        &world.upper(),
        &files(&[("a", "2"), ("b", "2"), ("d/x", "2"), ("new", "2")]),
    );
    white_out(&world.upper().join("gone"), false);
    let delta = world.scan();
    let cleared = delta.clear(&lenient()).unwrap();
    let host = world.host();
    let observe = &mut |point: Point<'_>| {
        if at(point) {
            edit(&host);
        }
    };
    let outcome = commit_observed(cleared, &world.upper(), &host, &world.baseline, observe);
    let outcome = outcome.unwrap();
    (world, outcome)
}

fn raced(outcome: &Outcome, path: &str) {
    assert_eq!(outcome.conflicts.len(), 1, "{outcome:?}");
    assert_eq!(outcome.conflicts[0].path, Path::new(path));
    assert_eq!(outcome.conflicts[0].clash, Clash::Raced);
    assert_eq!(outcome.kept, [] as [PathBuf; 0]);
    assert_eq!(outcome.applied, 4);
}

#[test]
fn an_edit_between_the_check_and_the_swap_survives() {
    let saved = |point: Point<'_>| point == Point::Saved;
    let (world, outcome) = meddle(saved, |host| touch(host.join("b")));
    raced(&outcome, "b");
    assert_eq!(
        world.tree(),
        files(&[("a", "2"), ("b", "mine"), ("d/x", "2"), ("new", "2")])
    );
    let (world, outcome) = meddle(saved, |host| touch(host.join("new")));
    raced(&outcome, "new");
    assert_eq!(fs::read(world.host().join("new")).unwrap(), b"mine");
    let (world, outcome) = meddle(saved, |host| touch(host.join("gone")));
    raced(&outcome, "gone");
    assert_eq!(fs::read(world.host().join("gone")).unwrap(), b"mine");
    let (world, outcome) = meddle(saved, |host| {
        fs::remove_file(host.join("b")).unwrap();
        fs::create_dir(host.join("b")).unwrap();
        touch(host.join("b/mine"));
    });
    raced(&outcome, "b");
    assert_eq!(fs::read(world.host().join("b/mine")).unwrap(), b"mine");
}

#[test]
fn a_file_that_is_written_in_the_moment_of_the_swap_is_put_back() {
    // What stood there is aside when somebody who has it open writes to it.
    let swapped = |point: Point<'_>| point == Point::Swapped(Path::new("b"));
    let aside = |host: &Path| {
        for entry in fs::read_dir(host.join(".venom-tmp-overlay")).unwrap() {
            let path = entry.unwrap().path();
            if fs::read(&path).unwrap() == b"1" {
                touch(path);
            }
        }
    };
    let (world, outcome) = meddle(swapped, aside);
    raced(&outcome, "b");
    assert_eq!(fs::read(world.host().join("b")).unwrap(), b"mine");
    let removed = |point: Point<'_>| point == Point::Swapped(Path::new("gone"));
    let (world, outcome) = meddle(removed, aside);
    raced(&outcome, "gone");
    assert_eq!(fs::read(world.host().join("gone")).unwrap(), b"mine");
}

#[test]
fn an_edit_that_cannot_be_put_back_is_kept_and_named() {
    let removed = |point: Point<'_>| point == Point::Swapped(Path::new("gone"));
    let (world, outcome) = meddle(removed, |host| {
        for entry in fs::read_dir(host.join(".venom-tmp-overlay")).unwrap() {
            touch(entry.unwrap().path());
        }
        // And its place is taken.
        fs::write(host.join("gone"), "other").unwrap();
    });
    assert_eq!(outcome.kept.len(), 1);
    assert_eq!(
        fs::read(world.host().join(&outcome.kept[0])).unwrap(),
        b"mine"
    );
    assert_eq!(fs::read(world.host().join("gone")).unwrap(), b"other");
    // It stays until its owner takes it, and is named each time.
    assert_eq!(fs::remove_file(world.host().join("gone")).ok(), Some(()));
    let again = world.commit().unwrap();
    assert_eq!(again.kept, outcome.kept);
}

#[test]
fn modes_times_and_owners_are_kept() {
    let world = World::new(&files(&[("b", "1"), ("mode", "m")]));
    let upper = world.upper();
    put(&upper, &files(&[("b", "2"), ("new/x", "2"), ("mode", "m")]));
    for (path, mode) in [
        ("b", 0o640),
        ("new/x", 0o755),
        ("new", 0o550),
        ("mode", 0o400),
    ] {
        fs::set_permissions(upper.join(path), Permissions::from_mode(mode)).unwrap();
    }
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        std::os::unix::fs::chown(world.host(), Some(1_234), Some(4_321)).unwrap();
        std::os::unix::fs::chown(world.host().join("b"), Some(5), Some(6)).unwrap();
    }
    let baseline = Baseline::capture(&world.host(), &Guards::default()).unwrap();
    let times = fs::File::open(upper.join("b")).unwrap();
    times
        .set_modified(std::time::UNIX_EPOCH + std::time::Duration::new(1_000_000_000, 123_456_789))
        .unwrap();
    let inode = fs::metadata(world.host().join("mode")).unwrap().ino();
    let delta = world.scan();
    let cleared = delta.clear(&lenient()).unwrap();
    let outcome = commit_observed(cleared, &upper, &world.host(), &baseline, &mut |_| {});
    assert_eq!(outcome.unwrap().applied, 4);
    let of = |path: &str| fs::metadata(world.host().join(path)).unwrap();
    assert_eq!(
        (of("b").mtime(), of("b").mtime_nsec()),
        (1_000_000_000, 123_456_789)
    );
    let modes = ["b", "new/x", "new", "mode"].map(|path| of(path).mode() & 0o7777);
    assert_eq!(modes, [0o640, 0o755, 0o550, 0o400]);
    assert_eq!(of("mode").ino(), inode, "only the mode changed");
    if is_root {
        assert_eq!((of("new/x").uid(), of("new/x").gid()), (1_234, 4_321));
        assert_eq!((of("new").uid(), of("new").gid()), (1_234, 4_321));
        assert_eq!(
            (of("b").uid(), of("b").gid()),
            (5, 6),
            "who owned it still does"
        );
    }
}

#[test]
fn another_name_of_a_file_outside_the_workspace_is_not_touched() {
    let world = World::new(&files(&[]));
    let outside = world.path().join("outside");
    fs::write(&outside, "1").unwrap();
    for name in ["mode", "bytes"] {
        fs::hard_link(&outside, world.host().join(name)).unwrap();
    }
    let baseline = Baseline::capture(&world.host(), &Guards::default()).unwrap();
    put(&world.upper(), &files(&[("mode", "1"), ("bytes", "2")]));
    fs::set_permissions(world.upper().join("mode"), Permissions::from_mode(0o777)).unwrap();
    let mode = fs::metadata(&outside).unwrap().mode();
    let delta = world.scan();
    let cleared = delta.clear(&lenient()).unwrap();
    let outcome = commit_observed(
        cleared,
        &world.upper(),
        &world.host(),
        &baseline,
        &mut |_| {},
    );
    assert_eq!(outcome.unwrap().applied, 2);
    let mut new = files(&[("bytes", "2")]);
    new.insert("mode".into(), Thing::File(b"1".to_vec(), 0o777));
    assert_eq!(world.tree(), new);
    let after = fs::metadata(&outside).unwrap();
    assert_eq!(
        (after.mode(), fs::read(&outside).unwrap()),
        (mode, b"1".to_vec())
    );
}

#[test]
fn changes_in_a_folder_that_is_closed_to_its_owner_are_applied() {
    let mut old = files(&[("d/in", "1"), ("d/gone", "")]);
    old.insert("d".into(), Thing::Folder(0o555));
    let world = World::new(&old);
    put(&world.upper(), &files(&[("d/in", "2"), ("d/new", "2")]));
    set_mark(&world.upper().join("d"), "opaque", b"y");
    fs::set_permissions(world.upper().join("d"), Permissions::from_mode(0o555)).unwrap();
    assert_eq!(world.commit().unwrap().applied, 3);
    let mut new = files(&[("d/in", "2"), ("d/new", "2")]);
    new.insert("d".into(), Thing::Folder(0o555));
    assert_eq!(world.tree(), new);
}

#[test]
fn two_commits_do_not_run_at_once() {
    let world = World::new(&files(&[]));
    put(&world.upper(), &files(&[("a", "1")]));
    let delta = world.scan();
    let cleared = delta.clear(&lenient()).unwrap();
    let mut kinds = Vec::new();
    let observe = &mut |point: Point<'_>| {
        if point == Point::Judged {
            let (upper, host) = (world.upper(), world.host());
            let second = commit_observed(cleared, &upper, &host, &world.baseline, &mut |_| {});
            kinds.push(second.unwrap_err().kind);
        }
    };
    commit_observed(
        cleared,
        &world.upper(),
        &world.host(),
        &world.baseline,
        observe,
    )
    .unwrap();
    assert_eq!(kinds, [venom_ports::FailureKind::Retryable]);
}
