//! What git actions do when the world moved between their look and their deed, or holds what they must
//! not lose.

use std::fs;

use serde_json::json;
use venom_kernel::effect::Probed;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

fn begun() -> World {
    let world = World::repository();
    world.write("a.txt", "one\n");
    world.commit("Begin");
    world
}

fn read(world: &World, path: &str) -> String {
    fs::read_to_string(world.path(path)).unwrap()
}

#[test]
fn a_commit_that_goes_on_later_takes_no_other_content_under_the_old_message() {
    let world = begun();
    world.write("a.txt", "two\n");
    for params in [
        none(),
        json!({"paths": ["a.txt"]}),
        json!({"message": "Two"}),
    ] {
        let prepared = world.prepare("git.commit", params.clone()).unwrap();
        world.write("a.txt", "three\n");
        let failure = world
            .call_prepared("git.commit", params.clone(), prepared.clone())
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict, "{params}");
        assert_eq!(world.git(&["log", "--format=%s"]), "Begin\n");
        assert_eq!(world.git(&["status", "--porcelain"]), " M a.txt\n");
        // What was seen is what is there again.
        world.write("a.txt", "two\n");
        world.call_prepared("git.commit", params, prepared).unwrap();
        assert_eq!(world.git(&["show", "HEAD:a.txt"]), "two\n");
        world.git(&["reset", "--quiet", "HEAD^"]);
    }
    // A file outside of what was named may change.
    world.write("b.txt", "b\n");
    let params = json!({"paths": ["a.txt"]});
    let prepared = world.prepare("git.commit", params.clone()).unwrap();
    world.write("b.txt", "bb\n");
    world.call_prepared("git.commit", params, prepared).unwrap();
    assert_eq!(world.git(&["status", "--porcelain"]), "?? b.txt\n");
}

#[test]
fn what_is_staged_although_it_is_ignored_belongs_to_the_commit_and_its_message() {
    let world = begun();
    world.write(".gitignore", "*.log\n");
    world.commit("Ignore");
    world.write("kept.log", "x\n");
    world.git(&["add", "--force", "kept.log"]);
    let result = world.call("git.commit", none());
    assert_eq!(column(&result["files"], "path"), ["kept.log"]);
    assert!(
        result["message"].as_str().unwrap().contains("kept.log"),
        "{result}"
    );
}

#[test]
fn an_intention_to_add_outlives_a_hook_that_refuses() {
    let world = begun();
    world.write_program(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    world.write("new.txt", "n\n");
    world.write("folder/later.txt", "l\n");
    world.git(&["add", "--intent-to-add", "new.txt", "folder/later.txt"]);
    let before = world.git(&["status", "--porcelain"]);
    assert_eq!(before, " A folder/later.txt\n A new.txt\n");
    for params in [none(), json!({"paths": ["new.txt"]})] {
        assert_eq!(world.fails("git.commit", params).kind, FailureKind::Refused);
        assert_eq!(world.git(&["status", "--porcelain"]), before);
    }
    let world = world.within("folder");
    let failure = world.fails("git.amend", json!({"paths": ["."]}));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(world.git(&["status", "--porcelain"]), before);
}

/// Two branches that changed the same line of one file, and each a file of its own.
fn conflicting() -> World {
    let world = begun();
    world.git(&["switch", "--quiet", "--create", "other"]);
    world.write("a.txt", "theirs\n");
    world.commit("Theirs");
    world.git(&["switch", "--quiet", "main"]);
    world.write("a.txt", "ours\n");
    world.commit("Ours");
    world
}

/// Runs git in the workspace as a user would, where it is expected to fail.
fn merge_as_a_killed_call_did(world: &World) {
    world.git(&["-c", "alias.try=!git merge --quiet other || true", "try"]);
    assert!(world.path(".git/MERGE_HEAD").is_file());
}

#[test]
fn conflicts_that_a_person_resolved_meanwhile_are_left_alone() {
    let params = json!({"from": "other", "on_conflict": "keep"});
    for is_staged in [false, true] {
        let world = conflicting();
        let prepared = world.prepare("git.merge", params.clone()).unwrap();
        merge_as_a_killed_call_did(&world);
        world.write("a.txt", "resolved by hand\n");
        if is_staged {
            world.git(&["add", "a.txt"]);
        }
        let Probed::Happened(done) = world.probe("git.merge", params.clone(), prepared.clone())
        else {
            panic!("the conflicts are in the files, which is what was asked for");
        };
        let again = world
            .call_prepared("git.merge", params.clone(), prepared)
            .unwrap();
        let venom_kernel::change::Payload::Inline(probed) = done.result else {
            panic!("no result")
        };
        assert_eq!(again.result, probed);
        assert_eq!(again.result["kept"], json!(true));
        assert_eq!(read(&world, "a.txt"), "resolved by hand\n");
        let conflicts = again.result["conflicts"].as_array().unwrap().len();
        assert_eq!(conflicts, usize::from(!is_staged), "{}", again.result);
    }
}

#[test]
fn work_in_the_middle_of_an_interrupted_merge_is_not_overwritten() {
    let world = begun();
    world.git(&["switch", "--quiet", "--create", "other"]);
    world.write("b.txt", "b\n");
    world.commit("Theirs");
    world.git(&["switch", "--quiet", "main"]);
    world.write("c.txt", "c\n");
    world.commit("Ours");
    let params = json!({"from": "other"});
    let prepared = world.prepare("git.merge", params.clone()).unwrap();
    world.git(&["merge", "--no-commit", "--quiet", "other"]);
    world.write("b.txt", "better\n");
    for _ in ["in the file", "staged"] {
        let failure = world
            .call_prepared("git.merge", params.clone(), prepared.clone())
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
        assert_eq!(read(&world, "b.txt"), "better\n");
        world.git(&["add", "b.txt"]);
    }
}

#[test]
fn what_was_put_aside_never_comes_back_over_another_file() {
    for is_ignored in [false, true] {
        let world = begun();
        world.write("a.txt", "two\n");
        world.write("new.txt", "put aside\n");
        world.call("git.stash", none());
        if is_ignored {
            world.write(".git/info/exclude", "new.txt\n");
        }
        world.write("new.txt", "another\n");
        let failure = world.fails("git.pop-stash", none());
        assert_eq!(failure.kind, FailureKind::Conflict, "{failure}");
        assert!(failure.message.contains("new.txt"), "{failure}");
        assert_eq!(read(&world, "a.txt"), "one\n", "nothing came back");
        assert_eq!(read(&world, "new.txt"), "another\n");
        fs::remove_file(world.path("new.txt")).unwrap();
        world.call("git.pop-stash", none());
        assert_eq!(read(&world, "new.txt"), "put aside\n");
    }
}

#[test]
fn a_dirty_submodule_alone_is_nothing_to_put_aside() {
    let inner = begun();
    let world = begun();
    let from = inner.root().display().to_string();
    world.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &from,
        "lib",
    ]);
    world.commit("Add lib");
    // An older entry must not be taken for the new one.
    world.write("a.txt", "older\n");
    let older = world.call("git.stash", none());
    world.write("lib/a.txt", "changed\n");
    let result = world.call("git.stash", none());
    assert_eq!(result["stashed"], json!(false), "{result}");
    assert!(text(&result).contains("only submodules differ"), "{result}");
    assert_eq!(world.git(&["stash", "list"]).lines().count(), 1);

    world.write("a.txt", "two\n");
    let params = none();
    let prepared = world.prepare("git.stash", params.clone()).unwrap();
    let output = world
        .call_prepared("git.stash", params.clone(), prepared.clone())
        .unwrap();
    assert_ne!(output.result["id"], older["id"]);
    assert_eq!(column(&output.result["files"], "path"), ["a.txt"]);
    assert!(matches!(
        world.probe("git.stash", params, prepared),
        Probed::Happened(_)
    ));
    assert_eq!(read(&world, "lib/a.txt"), "changed\n");
}

#[test]
fn a_series_is_in_progress_between_two_of_its_commits() {
    for (series, said) in [("cherry-pick", "a cherry-pick"), ("revert", "a revert")] {
        let world = begun();
        world.git(&["switch", "--quiet", "--create", "other"]);
        for content in ["two\n", "three\n"] {
            world.write("a.txt", content);
            world.commit(content.trim());
        }
        world.git(&["switch", "--quiet", "main"]);
        world.write("a.txt", "mine\n");
        world.commit("Mine");
        let run = format!("alias.try=!git {series} other~1 other || true");
        world.git(&["-c", &run, "try"]);
        world.write("a.txt", "resolved\n");
        world.git(&["add", "a.txt"]);
        world.git(&["commit", "--quiet", "--message", "Resolved"]);
        assert!(world.path(".git/sequencer").is_dir());
        assert!(!world.path(".git/CHERRY_PICK_HEAD").exists());
        assert!(!world.path(".git/REVERT_HEAD").exists());
        world.write("b.txt", "b\n");
        for action in ["git.commit", "git.stash"] {
            let failure = world.fails(action, none());
            assert_eq!(failure.kind, FailureKind::Refused);
            assert!(failure.message.contains(said), "{action}: {failure}");
        }
        // A file of that name is no series.
        world.git(&[series, "--quit"]);
        world.write("Cherry-pick currently in progress", "x\n");
        world.git(&["add", "--all"]);
        world.call("git.commit", none());
    }
}

#[test]
fn ignored_files_of_a_working_tree_are_not_lost_unsaid() {
    let world = begun();
    world.write(".gitignore", "*.log\nbuilt/\n");
    world.commit("Ignore");
    world.call("git.add-worktree", json!({"branch": "side"}));
    world.write(".worktrees/side/mine.log", "x\n");
    world.write(".worktrees/side/built/deep/x.o", "x\n");
    let failure = world.fails("git.remove-worktree", json!({"path": ".worktrees/side"}));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("built/ and mine.log"), "{failure}");
    assert!(world.path(".worktrees/side/mine.log").is_file());
    let params = json!({"path": ".worktrees/side", "ignored": true});
    let result = world.call("git.remove-worktree", params);
    assert!(text(&result).contains("mine.log"), "{result}");
    assert!(!world.path(".worktrees/side").exists());

    // One that appears behind the look is not lost either.
    world.call("git.add-worktree", json!({"branch": "side"}));
    let params = json!({"path": ".worktrees/side"});
    let prepared = world
        .prepare("git.remove-worktree", params.clone())
        .unwrap();
    world.write(".worktrees/side/mine.log", "x\n");
    let failure = world
        .call_prepared("git.remove-worktree", params, prepared)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(world.path(".worktrees/side/mine.log").is_file());
}

#[test]
fn what_cannot_be_signed_in_a_cell_is_made_and_said_to_be_unsigned() {
    let world = begun().in_a_cell();
    world.git(&["config", "commit.gpgSign", "true"]);
    world.git(&["config", "tag.gpgSign", "true"]);
    world.git(&["config", "gpg.program", "/bin/false"]);
    world.write("a.txt", "two\n");
    let result = world.call("git.commit", json!({"message": "Two"}));
    assert!(text(&result).contains("It is not signed"), "{result}");
    let result = world.call("git.amend", json!({"message": "Second"}));
    assert!(text(&result).contains("It is not signed"), "{result}");
    let result = world.call("git.tag", json!({"name": "v1.0.0"}));
    assert!(text(&result).contains("It is not signed"), "{result}");
    world.git(&["config", "commit.gpgSign", "false"]);
    let result = world.call("git.amend", json!({"message": "Third"}));
    assert!(!text(&result).contains("signed"), "{result}");
}
