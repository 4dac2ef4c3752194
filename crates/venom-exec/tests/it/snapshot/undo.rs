//! What a step may have done to files, and that it can be taken back.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use venom_ports::snapshot::{Captured, Edits, Leave, Snapshots as _};

use super::{World, path};

/// A workspace as projects are.
fn project() -> World {
    let world = World::new();
    world.write(".gitignore", "*.log\nbuild/\n.env\n");
    world.write("src/main.rs", "fn main() {}\n");
    world.write("src/deep/er/lib.rs", "pub mod x;\n");
    world.write("README", "read me\n");
    world.write("run.sh", "#!/bin/sh\n");
    fs::set_permissions(world.at("run.sh"), Permissions::from_mode(0o755)).unwrap();
    symlink("src/main.rs", world.at("main")).unwrap();
    symlink("nowhere/at all", world.at("dangling")).unwrap();
    fs::create_dir(world.at("empty")).unwrap();
    world
}

/// Does something to a project and takes it back: everything is as before, and taking that back is
/// as after.
fn check(step: impl Fn(&World)) {
    let world = project();
    let (before, seen_before) = (world.capture(), world.walk());
    step(&world);
    let (after, seen_after) = (world.capture(), world.walk());
    assert_ne!(before.tree, after.tree, "the step did something");
    world.undo(&after, &before);
    assert_eq!(world.walk(), seen_before);
    let back = world.capture();
    assert_eq!(back.tree, before.tree);
    world.undo(&back, &after);
    assert_eq!(world.walk(), seen_after);
}

#[test]
fn a_deleted_file_comes_back() {
    check(|world| fs::remove_file(world.at("src/main.rs")).unwrap());
}

#[test]
fn a_changed_file_is_as_before() {
    check(|world| world.write("README", "something else\n"));
}

#[test]
fn a_created_file_goes() {
    check(|world| world.write("src/new.rs", "new\n"));
}

#[test]
fn created_folders_go_with_what_is_in_them() {
    check(|world| world.write("a/b/c/d", "new\n"));
}

#[test]
fn a_deleted_folder_comes_back_with_what_was_in_it() {
    check(|world| fs::remove_dir_all(world.at("src")).unwrap());
}

#[test]
fn an_empty_folder_comes_back() {
    check(|world| fs::remove_dir(world.at("empty")).unwrap());
}

#[test]
fn a_renamed_folder_has_its_old_name_again() {
    check(|world| fs::rename(world.at("src"), world.at("source")).unwrap());
}

#[test]
fn an_exec_bit_is_as_before() {
    check(|world| {
        fs::set_permissions(world.at("run.sh"), Permissions::from_mode(0o644)).unwrap();
    });
}

#[test]
fn the_mode_of_a_folder_is_as_before() {
    check(|world| {
        fs::set_permissions(world.at("src/deep"), Permissions::from_mode(0o700)).unwrap();
    });
}

#[test]
fn a_link_that_leads_elsewhere_leads_where_it_did() {
    check(|world| {
        fs::remove_file(world.at("main")).unwrap();
        symlink("/etc/passwd", world.at("main")).unwrap();
    });
}

#[test]
fn a_file_that_became_a_folder_is_a_file_again() {
    check(|world| {
        fs::remove_file(world.at("README")).unwrap();
        world.write("README/part", "one\n");
    });
}

#[test]
fn a_folder_that_became_a_link_is_a_folder_again() {
    check(|world| {
        fs::remove_dir_all(world.at("src")).unwrap();
        symlink("empty", world.at("src")).unwrap();
    });
}

#[test]
fn folders_that_cannot_be_written_are_restored_with_what_is_in_them() {
    let world = project();
    fs::set_permissions(world.at("src/deep"), Permissions::from_mode(0o555)).unwrap();
    let (before, seen) = (world.capture(), world.walk());
    fs::set_permissions(world.at("src/deep"), Permissions::from_mode(0o755)).unwrap();
    world.write("src/deep/er/lib.rs", "changed\n");
    world.write("src/deep/more", "created\n");
    fs::set_permissions(world.at("src/deep"), Permissions::from_mode(0o555)).unwrap();
    let after = world.capture();
    world.undo(&after, &before);
    assert_eq!(world.walk(), seen);
    fs::set_permissions(world.at("src/deep"), Permissions::from_mode(0o755)).unwrap();
}

/// R7: ignored files are left out, but for those that a step touched.
#[test]
fn an_ignored_file_that_a_step_changed_or_deleted_comes_back() {
    for change in [true, false] {
        let mut world = project();
        world.write(".env", "KEY=old\n");
        world.write("build/out/app", "machine code\n");
        world.write("build/out/other", "not touched\n");
        world.touch_steps(".env");
        world.touch_steps("build/out/app");
        let (before, seen) = (world.capture(), world.walk());
        if change {
            world.write(".env", "KEY=new\n");
            world.write("build/out/app", "other code\n");
        } else {
            fs::remove_file(world.at(".env")).unwrap();
            fs::remove_file(world.at("build/out/app")).unwrap();
        }
        let after = world.capture();
        world.undo(&after, &before);
        assert_eq!(world.walk(), seen);
    }
}

#[test]
fn an_ignored_file_that_no_step_touched_is_left_alone() {
    let world = project();
    world.write("debug.log", "one\n");
    let before = world.capture();
    world.write("debug.log", "two\n");
    world.write("README", "changed\n");
    let after = world.capture();
    world.undo(&after, &before);
    assert_eq!(world.read("debug.log"), "two\n");
}

/// A snapshot says nothing about what was ignored when it was taken, so going back to it must not
/// take for new what was there all the time.
#[test]
fn what_was_ignored_then_is_not_removed_now() {
    let world = project();
    world.write("precious.log", "the only copy\n");
    world.write("build/results/1", "a week of work\n");
    let before = world.capture();
    world.write(".gitignore", "nothing\n");
    let after = world.capture();
    let plan = world.plan(&world.wish(&after, &before));
    assert!(plan.left.contains(&(path("precious.log"), Leave::Ignored)));
    let restored = world.carry_out(&plan);
    assert_eq!(world.read("precious.log"), "the only copy\n");
    assert_eq!(world.read("build/results/1"), "a week of work\n");
    assert!(world.read(".gitignore").starts_with("*.log"));
    // With the old rules in place, they are ignored again.
    assert!(restored.is_exact);
}

/// And what is ignored now although the snapshot has it is found, compared and restored.
#[test]
fn what_is_ignored_now_is_restored_if_the_snapshot_has_it() {
    let world = project();
    world.write("notes.txt", "one\n");
    world.write("same.txt", "same\n");
    let before = world.capture();
    world.write(".gitignore", "*.txt\n");
    let after = world.capture();
    assert_eq!(
        super::paths(&world.compare(before.tree, after.tree)),
        [".gitignore", "notes.txt", "same.txt"]
    );
    let plan = world.plan(&world.wish(&after, &before));
    let steps: Vec<String> = plan
        .steps
        .iter()
        .map(|step| step.path.to_string())
        .collect();
    assert_eq!(
        steps,
        [".gitignore"],
        "what is as it should be is not touched"
    );
    assert!(world.carry_out(&plan).is_exact);
}

/// R2: what somebody else edited is never overwritten without a word.
#[test]
fn edits_of_the_user_are_conflicts_and_stay() {
    let world = project();
    let before = world.capture();
    world.write("README", "by the run\n");
    world.write("src/main.rs", "by the run\n");
    world.write("src/new.rs", "by the run\n");
    let known = world.capture();
    world.write("README", "by the user\n");
    world.write("src/new.rs", "by the user\n");
    world.write("src/mine.rs", "by the user\n");
    world.write("run.sh", "by the user\n");
    let wish = world.wish(&known, &before);
    let plan = world.plan(&wish);
    let said: Vec<(String, bool)> = plan
        .conflicts
        .iter()
        .map(|conflict| (conflict.path.to_string(), conflict.is_mutual()))
        .collect();
    let expected = [
        ("README", true),
        ("run.sh", false),
        ("src/mine.rs", false),
        ("src/new.rs", true),
    ];
    assert_eq!(
        said,
        expected.map(|(path, mutual)| (path.to_owned(), mutual))
    );
    let restored = world.carry_out(&plan);
    assert!(!restored.is_exact);
    assert_eq!(restored.done, 1);
    assert_eq!(world.read("src/main.rs"), "fn main() {}\n");
    for mine in ["README", "src/new.rs", "src/mine.rs", "run.sh"] {
        assert_eq!(world.read(mine), "by the user\n", "{mine}");
    }
    let mut wish = wish;
    wish.edits = Edits::Overwrite;
    let restored = world.restore(&wish);
    assert!(restored.is_exact, "{restored:?}");
    assert!(!world.at("src/mine.rs").exists());
    assert_eq!(world.read("README"), "read me\n");
}

#[test]
fn what_the_user_deleted_is_a_conflict_and_what_is_below_it_as_well() {
    let world = project();
    let before = world.capture();
    world.write("src/deep/er/lib.rs", "by the run\n");
    let known = world.capture();
    fs::remove_dir_all(world.at("src/deep")).unwrap();
    let restored = world.restore(&world.wish(&known, &before));
    let expected = ["src/deep", "src/deep/er", "src/deep/er/lib.rs"].map(path);
    assert_eq!(restored.conflicts, expected);
    assert!(!world.at("src/deep").exists());
    let mut wish = world.wish(&known, &before);
    wish.edits = Edits::Overwrite;
    assert!(world.restore(&wish).is_exact);
}

#[test]
fn a_folder_of_the_run_that_the_user_put_something_into_stays_with_that_alone() {
    let world = project();
    let before = world.capture();
    world.write("made/by-run", "x\n");
    let known = world.capture();
    world.write("made/by-user", "y\n");
    let restored = world.restore(&world.wish(&known, &before));
    assert_eq!(restored.conflicts, [path("made/by-user")]);
    assert!(!world.at("made/by-run").exists());
    assert_eq!(world.read("made/by-user"), "y\n");
}

/// An edit after the plan was shown is no part of the plan.
#[test]
fn what_changed_since_the_plan_is_not_overwritten() {
    let world = project();
    let before = world.capture();
    world.write("README", "by the run\n");
    world.write("new", "by the run\n");
    fs::remove_file(world.at("src/main.rs")).unwrap();
    let known = world.capture();
    let plan = world.plan(&world.wish(&known, &before));
    world.write("README", "by the user\n");
    world.write("new", "by the user\n");
    world.write("src/main.rs", "by the user\n");
    let restored = world.carry_out(&plan);
    assert_eq!(restored.done, 0);
    assert_eq!(
        restored.conflicts,
        ["README", "new", "src/main.rs"].map(path)
    );
    for mine in ["README", "new", "src/main.rs"] {
        assert_eq!(world.read(mine), "by the user\n", "{mine}");
    }
    let left: Vec<_> = world.walk().into_keys().collect();
    assert!(
        !left
            .iter()
            .any(|p| p.windows(10).any(|w| w == b".venom-tmp"))
    );
}

#[test]
fn a_restore_can_be_confined_to_paths_and_patterns() {
    let world = project();
    let before = world.capture();
    for file in ["README", "src/main.rs", "src/deep/er/lib.rs", "run.sh"] {
        world.write(file, "by the run\n");
    }
    fs::remove_dir_all(world.at("src/deep")).unwrap();
    let known = world.capture();
    let mut wish = world.wish(&known, &before);
    wish.only = vec!["src/deep/er/lib.rs".to_owned(), "*.sh".to_owned()];
    let restored = world.restore(&wish);
    assert_eq!(restored.conflicts, []);
    assert_eq!(world.read("src/deep/er/lib.rs"), "pub mod x;\n");
    assert_eq!(world.read("run.sh"), "#!/bin/sh\n");
    assert_eq!(world.read("README"), "by the run\n");
    assert_eq!(world.read("src/main.rs"), "by the run\n");
    wish.only = vec!["./src/".to_owned()];
    world.restore(&wish);
    assert_eq!(world.read("src/main.rs"), "fn main() {}\n");
    assert_eq!(world.read("README"), "by the run\n");
    for bad in ["[", "a{b"] {
        wish.only = vec![bad.to_owned()];
        assert!(world.try_plan(&wish).unwrap_err().hint.is_some(), "{bad}");
    }
}

/// R2: files that are equal are not touched, so their times and inodes stay.
#[test]
fn equal_files_are_not_touched() {
    let world = project();
    let before = world.capture();
    let print = |file: &str| {
        let metadata = fs::symlink_metadata(world.at(file)).unwrap();
        (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
    };
    let old = print("src/main.rs");
    world.write("README", "by the run\n");
    let after = world.capture();
    let plan = world.plan(&world.wish(&after, &before));
    assert_eq!((plan.writes, plan.removals, plan.modes), (1, 0, 0));
    assert_eq!(plan.unchanged, 6);
    assert_eq!(plan.bytes, 8);
    assert!(!plan.is_large());
    assert!(world.carry_out(&plan).is_exact);
    assert_eq!(print("src/main.rs"), old);
}

/// R6: times come back where they are asked for, of what was written and of its folders.
#[test]
fn times_come_back_where_they_are_asked_for() {
    let world = project();
    let before = world.capture();
    let files = ["src/main.rs", "src", "main", "empty", "src/deep/er"];
    let old = files.map(|file| super::modified(&world.at(file)));
    fs::remove_dir_all(world.at("src")).unwrap();
    fs::remove_file(world.at("main")).unwrap();
    fs::remove_dir(world.at("empty")).unwrap();
    let after = world.capture();
    let mut wish = world.wish(&after, &before);
    wish.times = Some(before.times);
    assert!(world.restore(&wish).is_exact);
    assert_eq!(files.map(|file| super::modified(&world.at(file))), old);
    assert_eq!(world.capture().tree, before.tree);
}

/// R5: a file with several names gets a new inode, so that its other names keep their content.
#[test]
fn nothing_is_written_through_a_hard_link() {
    let world = project();
    let outside = world.folder.path().join("outside");
    fs::write(&outside, "not of the workspace\n").unwrap();
    let before = world.capture();
    fs::remove_file(world.at("README")).unwrap();
    fs::hard_link(&outside, world.at("README")).unwrap();
    fs::set_permissions(&outside, Permissions::from_mode(0o600)).unwrap();
    let after = world.capture();
    world.undo(&after, &before);
    assert_eq!(
        fs::read_to_string(&outside).unwrap(),
        "not of the workspace\n"
    );
    let mode = fs::metadata(&outside).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(world.read("README"), "read me\n");
}

/// Names of one file that are restored one after the other do not take each other for an edit.
#[test]
fn two_names_of_one_file_are_both_restored() {
    let world = project();
    world.write("copy", "copied\n");
    let before = world.capture();
    fs::remove_file(world.at("copy")).unwrap();
    fs::remove_file(world.at("README")).unwrap();
    world.write("third", "shared\n");
    fs::hard_link(world.at("third"), world.at("copy")).unwrap();
    fs::hard_link(world.at("third"), world.at("README")).unwrap();
    let after = world.capture();
    world.undo(&after, &before);
    assert_eq!(world.read("copy"), "copied\n");
}

/// R5: a folder that was swapped for a link is not gone through.
#[test]
fn nothing_is_written_through_a_link() {
    let world = project();
    let outside = world.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("main.rs"), "not of the workspace\n").unwrap();
    let before = world.capture();
    world.write("src/main.rs", "by the run\n");
    let known = world.capture();
    let plan = world.plan(&world.wish(&known, &before));
    fs::rename(world.at("src"), world.at("moved")).unwrap();
    symlink(&outside, world.at("src")).unwrap();
    let restored = world.carry_out(&plan);
    assert!(restored.conflicts.contains(&path("src/main.rs")));
    let kept = fs::read_to_string(outside.join("main.rs")).unwrap();
    assert_eq!(kept, "not of the workspace\n");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

/// A restore that was stopped anywhere is finished by planning it again. Every subset of its steps
/// that an order allows is a place where it may have been stopped.
#[test]
fn an_interrupted_restore_goes_on_where_it_stopped() {
    for stop in 0..12 {
        let world = project();
        let (before, seen) = (world.capture(), world.walk());
        world.write("README", "by the run\n");
        world.write("new/file", "by the run\n");
        fs::remove_dir_all(world.at("src/deep")).unwrap();
        fs::remove_dir(world.at("empty")).unwrap();
        world.write("empty", "no folder\n");
        fs::remove_file(world.at("run.sh")).unwrap();
        world.write("run.sh/inner", "no file\n");
        let known = world.capture();
        let wish = world.wish(&known, &before);
        let mut plan = world.plan(&wish);
        // What a plan does is done in any order that suits it, so what comes first here stands for
        // a restore that got so far.
        let first = stop % plan.steps.len();
        plan.steps.rotate_left(first);
        plan.steps.truncate(3);
        plan.steps.sort_by(|a, b| a.path.cmp(&b.path));
        world.carry_out(&plan);
        fs::write(world.at(".venom-tmp-0123456789ab"), "left behind").unwrap();
        world.undo(&known, &before);
        fs::remove_file(world.at(".venom-tmp-0123456789ab")).unwrap();
        assert_eq!(world.walk(), seen, "stopped at {stop}");
    }
}

/// A tree that no capture made cannot plant what git would run.
#[test]
fn a_tree_with_a_repository_in_it_is_refused() {
    use venom_kernel::tree::{Entry, Folder, Name, ObjectId};
    use venom_ports::blob::Objects as _;
    let world = project();
    let before = world.capture();
    for name in [".git", ".venom-tmp-0123456789ab"] {
        let blob = ObjectId::from(&world.objects.write(b"#!/bin/sh\n").unwrap());
        let file = Entry::File {
            blob,
            size: 10,
            mode: 0o755,
        };
        let folder: Folder = [(Name::new(name.as_bytes()).unwrap(), file)]
            .into_iter()
            .collect();
        let tree = ObjectId::from(&world.objects.write(&folder.encode()).unwrap());
        let mut wish = world.wish(&before, &before);
        wish.to = tree;
        let refused = world.try_plan(&wish).unwrap_err();
        assert_eq!(refused.kind, venom_ports::FailureKind::Corrupt);
        let into = world.folder.path().join("into");
        let _ = fs::create_dir(&into);
        let verb =
            venom_ports::snapshot::Snapshots::materialise(&world.snapshots, tree, None, &into);
        assert!(world.runtime.block_on(verb).is_err());
        assert_eq!(fs::read_dir(&into).unwrap().count(), 0);
    }
}

/// A workspace in which a file belongs to somebody else, with the snapshots before and after a change of it.
#[expect(clippy::print_stdout, reason = "how tests tell that they cannot run")]
fn shared() -> Option<(World, Captured, Captured)> {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: only root can give files to others");
        return None;
    }
    let world = project();
    world.write("theirs", "before\n");
    let before = world.capture();
    world.write("theirs", "after\n");
    let after = world.capture();
    for path in ["", "theirs"] {
        std::os::unix::fs::chown(world.at(path), Some(1_234), Some(1_234)).unwrap();
    }
    std::os::unix::fs::chown(world.at("theirs"), Some(4_321), Some(4_321)).unwrap();
    Some((world, before, after))
}

#[test]
fn an_administrator_gives_a_file_back_to_its_owner() {
    let Some((world, before, after)) = shared() else {
        return;
    };
    let restored = world.restore(&world.wish(&after, &before));
    assert_eq!((restored.taken, restored.is_exact), (vec![], true));
    assert_eq!(world.read("theirs"), "before\n");
    assert_eq!(world.at("theirs").metadata().unwrap().uid(), 4_321);
}

#[test]
fn a_file_that_cannot_be_given_back_to_its_owner_is_told() {
    let Some((world, before, after)) = shared() else {
        return;
    };
    for entry in fs::read_dir(world.root()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with("theirs") {
            std::os::unix::fs::lchown(path, Some(1_234), Some(1_234)).unwrap();
        }
    }
    let open = Permissions::from_mode(0o755);
    fs::set_permissions(world.root().parent().unwrap(), open).unwrap();
    let plan = world.plan(&world.wish(&after, &before));
    let restored = std::thread::scope(|scope| {
        let restore = || {
            // Of this thread and those that it starts alone.
            let user = rustix::process::Uid::from_raw(1_234);
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime
                .unwrap()
                .block_on(world.snapshots.restore(&plan))
                .unwrap()
        };
        scope.spawn(restore).join().unwrap()
    });
    assert_eq!(restored.taken, ["theirs".parse().unwrap()]);
    assert!(restored.is_exact);
    assert_eq!(world.read("theirs"), "before\n");
    assert_eq!(world.at("theirs").metadata().unwrap().uid(), 1_234);
}
