//! Branches, merges, what is put aside, working trees and submodules, on real repositories.

use std::fs;

use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_kernel::evidence::Evidence;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

/// A repository with one commit on `main` that was pushed to `origin/main`.
fn pushed() -> World {
    let world = World::repository();
    world.write("a.txt", "one\n");
    world.commit("feat: begin");
    world.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    world
}

fn head(world: &World) -> String {
    world.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

/// Calls an action, then asks as after a crash whether it happened, and wants the same answer.
fn call_and_probe(world: &World, action: &str, params: Value) -> Value {
    let prepared = world.prepare(action, params.clone()).unwrap();
    assert!(
        matches!(
            world.probe(action, params.clone(), prepared.clone()),
            Probed::DidNot
        ),
        "{action} has not happened yet"
    );
    let output = world
        .call_prepared(action, params.clone(), prepared.clone())
        .unwrap_or_else(|failure| panic!("{action}: {failure}"));
    match world.probe(action, params, prepared) {
        Probed::Happened(done) => {
            let venom_kernel::change::Payload::Inline(result) = done.result else {
                panic!("{action}: no result")
            };
            assert_eq!(result, output.result, "{action}");
        }
        other => panic!("{action}: {other:?}"),
    }
    output.result
}

#[test]
fn a_local_commit_is_amended_and_a_shared_one_is_asked_for() {
    let world = pushed();
    let shared = world
        .prepare("git.amend", json!({"message": "feat: better"}))
        .unwrap();
    let asks = shared["asks"].as_str().unwrap();
    let old = head(&world);
    let expected = format!(
        "it replaces the commit {old} on main: 1 shared commit, and others may have it from origin/main"
    );
    assert_eq!(asks, expected);
    // Another branch at the same commit is not the one that was agreed to.
    world.git(&["switch", "--quiet", "--create", "twin"]);
    let failure = world
        .call_prepared("git.amend", json!({"message": "feat: better"}), shared)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    world.git(&["switch", "--quiet", "main"]);

    world.write("b.txt", "b\n");
    world.commit("fix: local");
    let old = head(&world);
    world.write("c.txt", "c\n");
    let prepared = world
        .prepare("git.amend", json!({"paths": ["c.txt"]}))
        .unwrap();
    assert_eq!(prepared.get("asks"), None);
    let result = call_and_probe(&world, "git.amend", json!({"paths": ["c.txt"]}));
    assert_eq!(result["message"], "fix: local\n");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.git(&["log", "--format=%s"]).lines().count(), 2);
    assert_eq!(
        world
            .git(&["rev-parse", result["kept"].as_str().unwrap()])
            .trim(),
        old
    );
    world.git(&["reset", "--soft", &old]);
    assert_eq!(world.git(&["status", "--porcelain"]), "A  c.txt\n");
    let failure = world.fails("git.amend", none());
    assert_eq!(failure.kind, FailureKind::Refused);
}

#[test]
fn a_hook_that_refuses_an_amended_commit_leaves_everything() {
    let world = pushed();
    world.write("b.txt", "b\n");
    world.commit("fix: local");
    let old = head(&world);
    world.write_program(
        ".git/hooks/pre-commit",
        "#!/bin/sh\necho not on a Friday >&2\nexit 1\n",
    );
    world.write("c.txt", "c\n");
    let failure = world.fails("git.amend", json!({"paths": ["."]}));
    assert!(failure.message.contains("not on a Friday"), "{failure}");
    assert_eq!(head(&world), old);
    assert_eq!(world.git(&["status", "--porcelain"]), "?? c.txt\n");
}

#[test]
fn a_hard_reset_keeps_what_it_takes() {
    let world = pushed();
    world.write("b.txt", "b\n");
    world.commit("fix: local");
    world.write("a.txt", "changed\n");
    let old = head(&world);
    let params = json!({"to": "HEAD^", "mode": "hard"});
    let prepared = world.prepare("git.reset", params.clone()).unwrap();
    assert_eq!(prepared.get("asks"), None);
    let first = world
        .call_prepared("git.reset", params.clone(), prepared.clone())
        .unwrap();
    assert_eq!(fs::read_to_string(world.path("a.txt")).unwrap(), "one\n");
    // After a crash it is done again, and nothing is different.
    let again = world.call_prepared("git.reset", params, prepared).unwrap();
    assert_eq!(again.result, first.result);
    let undo = first.result["undo"].as_str().unwrap();
    let (reset, apply) = undo.split_once(" && ").unwrap();
    for command in [reset, apply] {
        world.git(&command.split(' ').skip(1).collect::<Vec<_>>());
    }
    assert_eq!(head(&world), old);
    assert_eq!(
        fs::read_to_string(world.path("a.txt")).unwrap(),
        "changed\n"
    );

    world.git(&["reset", "--quiet", "--hard", "origin/main"]);
    world.write("c.txt", "c\n");
    world.commit("more");
    world.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let shared = world.prepare("git.reset", json!({"to": "HEAD^"})).unwrap();
    let asks = shared["asks"].as_str().unwrap();
    let (from, to) = (head(&world), world.git(&["rev-parse", "HEAD^"]));
    let moves = format!(
        "main goes from {from} to {} and loses 1 shared commit",
        to.trim()
    );
    assert!(asks.starts_with(&moves), "{asks}");
}

#[test]
fn branches_are_switched_and_nothing_is_left_behind() {
    let world = pushed();
    world.git(&["branch", "other"]);
    let result = call_and_probe(&world, "git.switch-branch", json!({"name": "other"}));
    assert_eq!(result["undo"], "git switch main");
    assert_eq!(
        world
            .fails("git.switch-branch", json!({"name": "nope"}))
            .kind,
        FailureKind::Missing
    );
    for bad in ["-f", "a..b", "@{-1}", "a b", "x\0y"] {
        let failure = world.fails("git.switch-branch", json!({"name": bad}));
        assert_eq!(failure.kind, FailureKind::Refused, "{bad:?}");
    }
    world.git(&["switch", "--quiet", "--detach"]);
    world.write("b.txt", "b\n");
    world.commit("on no branch");
    let failure = world.fails("git.switch-branch", json!({"name": "main"}));
    assert!(failure.hint.unwrap().contains("git switch -c"));
}

#[test]
fn what_git_does_not_keep_is_never_checked_out_over() {
    let world = pushed();
    world.git(&["switch", "--quiet", "--create", "other"]);
    world.write(".env", "theirs\n");
    world.commit("Keep .env");
    world.git(&["switch", "--quiet", "main"]);
    world.write(".gitignore", ".env\n");
    world.commit("Ignore .env");
    world.write(".env", "mine\n");
    for (action, params) in [
        ("git.switch-branch", json!({"name": "other"})),
        ("git.merge", json!({"from": "other"})),
        ("git.reset", json!({"to": "other", "mode": "hard"})),
    ] {
        let failure = world.fails(action, params);
        assert_eq!(failure.kind, FailureKind::Refused, "{action}: {failure}");
        assert!(failure.message.contains(".env"), "{action}: {failure}");
        assert_eq!(fs::read_to_string(world.path(".env")).unwrap(), "mine\n");
    }
}

#[test]
fn a_branch_is_deleted_if_another_has_it_and_asked_for_if_not() {
    let world = pushed();
    world.git(&["branch", "merged"]);
    let prepared = world
        .prepare("git.delete-branch", json!({"name": "merged"}))
        .unwrap();
    assert_eq!(prepared.get("asks"), None);
    call_and_probe(&world, "git.delete-branch", json!({"name": "merged"}));
    assert_eq!(
        world
            .fails("git.delete-branch", json!({"name": "main"}))
            .kind,
        FailureKind::Refused
    );

    world.git(&["switch", "--quiet", "--create", "lonely"]);
    world.write("b.txt", "b\n");
    world.commit("lonely");
    let id = head(&world);
    world.git(&["switch", "--quiet", "main"]);
    let prepared = world
        .prepare("git.delete-branch", json!({"name": "lonely"}))
        .unwrap();
    let asks = prepared["asks"].as_str().unwrap();
    let expected = format!("1 commit of `lonely`, which is at {id}, is on no other branch");
    assert_eq!(asks, expected);
    let result = call_and_probe(&world, "git.delete-branch", json!({"name": "lonely"}));
    let undo = result["undo"].as_str().unwrap();
    world.git(&undo.split(' ').skip(1).collect::<Vec<_>>());
    assert_eq!(world.git(&["rev-parse", "lonely"]).trim(), id);
}

/// Two branches that changed the same line, and one that is deleted on one side.
fn conflicting() -> World {
    let world = World::repository();
    world.write("same.txt", "a\nb\nc\n");
    world.write("gone.txt", "x\n");
    world.commit("Begin");
    world.git(&["switch", "--quiet", "--create", "other"]);
    world.write("same.txt", "a\ntheirs\nc\n");
    fs::remove_file(world.path("gone.txt")).unwrap();
    world.commit("Theirs");
    world.git(&["switch", "--quiet", "main"]);
    world.write("same.txt", "a\nours\nc\n");
    world.write("gone.txt", "y\n");
    world.commit("Ours");
    world
}

#[test]
fn conflicts_are_a_structure_and_change_nothing() {
    let world = conflicting();
    let before = head(&world);
    let (result, evidence) = world.call_with_evidence("git.merge", json!({"from": "other"}));
    assert_eq!(result["merged"], json!(false));
    assert_eq!(
        column(&result["conflicts"], "path"),
        ["gone.txt", "same.txt"]
    );
    assert_eq!(
        column(&result["conflicts"], "kind"),
        ["deleted-by-them", "both-modified"]
    );
    let same = &result["conflicts"][1];
    assert_eq!(same["places"], json!([{"from": 2, "to": 6}]));
    let ours = world.git(&["rev-parse", "main:same.txt"]);
    let theirs = world.git(&["rev-parse", "other:same.txt"]);
    assert_eq!(same["ours"], json!(ours.trim()));
    assert_eq!(same["theirs"], json!(theirs.trim()));
    assert!(matches!(&evidence[..], [Evidence::NotRun { what, .. }] if what == "commit"));
    assert_eq!(head(&world), before);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert!(text(&result).contains("lines 2-6"), "{result}");
}

#[test]
fn conflicts_stay_in_the_files_if_asked_for() {
    let world = conflicting();
    let params = json!({"from": "other", "on_conflict": "keep"});
    let result = world.call("git.merge", params.clone());
    assert_eq!(result["kept"], json!(true));
    assert_eq!(
        result["conflicts"][1]["places"],
        json!([{"from": 2, "to": 6}])
    );
    let seen = fs::read_to_string(world.path("same.txt")).unwrap();
    assert!(
        seen.lines().nth(1).unwrap().starts_with("<<<<<<<"),
        "{seen}"
    );
    let failure = world.fails("git.merge", params);
    assert!(
        failure.message.contains("a merge is in progress"),
        "{failure}"
    );
    for action in ["git.switch-branch", "git.stash"] {
        let params = if action == "git.stash" {
            none()
        } else {
            json!({"name": "other"})
        };
        assert_eq!(
            world.fails(action, params).kind,
            FailureKind::Refused,
            "{action}"
        );
    }
}

#[test]
fn what_fits_is_merged_forward_or_with_a_commit() {
    let world = pushed();
    world.git(&["switch", "--quiet", "--create", "other"]);
    world.write("b.txt", "b\n");
    world.commit("feat: more");
    world.git(&["switch", "--quiet", "main"]);
    let result = call_and_probe(&world, "git.merge", json!({"from": "other"}));
    assert_eq!(result["way"], "fast-forward");
    let again = world.call("git.merge", json!({"from": "other"}));
    assert_eq!(
        (&again["way"], &again["merged"]),
        (&json!("up-to-date"), &json!(false))
    );

    world.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    world.write("c.txt", "c\n");
    world.commit("feat: mine");
    // A merge that was killed in the middle is begun anew.
    let params = json!({"from": "other", "message": "Bring it in"});
    let prepared = world.prepare("git.merge", params.clone()).unwrap();
    world.git(&["merge", "--no-commit", "--quiet", "other"]);
    assert!(matches!(
        world.probe("git.merge", params.clone(), prepared.clone()),
        Probed::DidNot
    ));
    let output = world.call_prepared("git.merge", params, prepared).unwrap();
    assert_eq!(output.result["way"], "merge");
    assert_eq!(world.git(&["log", "-1", "--format=%s"]), "Bring it in\n");
    world.write("a.txt", "dirty\n");
    world.git(&["branch", "--force", "other", "HEAD^"]);
    world.git(&["switch", "--quiet", "--create", "third", "HEAD^"]);
    let failure = world.fails("git.merge", json!({"from": "main"}));
    assert!(failure.message.contains("not committed"), "{failure}");
}

#[test]
fn what_is_put_aside_comes_back() {
    let world = pushed();
    let nothing = world.call("git.stash", none());
    assert_eq!(nothing["stashed"], json!(false));
    world.write("a.txt", "two\n");
    world.write("new.txt", "n\n");
    let result = call_and_probe(&world, "git.stash", json!({"message": "half done"}));
    assert_eq!(column(&result["files"], "path"), ["a.txt", "new.txt"]);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    let listed = world.call("git.stashes", none());
    assert_eq!(listed["stashes"][0]["subject"], "On main: half done");
    let back = call_and_probe(&world, "git.pop-stash", none());
    assert_eq!(
        world.git(&["status", "--porcelain"]),
        " M a.txt\n?? new.txt\n"
    );
    assert_eq!(world.git(&["stash", "list"]), "");
    assert_eq!(back["id"], result["id"]);
    assert_eq!(
        world.fails("git.pop-stash", none()).kind,
        FailureKind::Missing
    );
}

#[test]
fn an_entry_that_conflicts_stays_put_aside() {
    let world = pushed();
    world.write("a.txt", "mine\n");
    world.call("git.stash", none());
    world.write("a.txt", "theirs\n");
    world.commit("other");
    let failure = world.fails("git.pop-stash", none());
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(
        failure.message.contains("a.txt (both-modified)"),
        "{failure}"
    );
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    let dropped = call_and_probe(&world, "git.drop-stash", none());
    assert_eq!(world.git(&["stash", "list"]), "");
    world.git(&["gc", "--quiet", "--prune=now"]);
    world.git(&[
        "stash",
        "store",
        "-m",
        "again",
        dropped["id"].as_str().unwrap(),
    ]);
    assert!(world.git(&["stash", "list"]).contains("again"));
}

#[test]
fn a_working_tree_of_its_own_comes_and_goes() {
    let world = pushed();
    let params = json!({"branch": "side/one"});
    let result = call_and_probe(&world, "git.add-worktree", params);
    assert_eq!(result["path"], ".worktrees/side-one");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(
        fs::read_to_string(world.path(".worktrees/side-one/a.txt")).unwrap(),
        "one\n"
    );
    let listed = world.call("git.worktrees", none());
    assert_eq!(
        column(&listed["worktrees"], "path"),
        [".", ".worktrees/side-one"]
    );
    assert_eq!(
        world
            .fails("git.delete-branch", json!({"name": "side/one"}))
            .kind,
        FailureKind::Refused
    );
    let place = json!({"path": ".worktrees/side-one"});
    world.write(".worktrees/side-one/new.txt", "x\n");
    let failure = world.fails("git.remove-worktree", place.clone());
    assert!(failure.message.contains("1 change"), "{failure}");
    fs::remove_file(world.path(".worktrees/side-one/new.txt")).unwrap();
    call_and_probe(&world, "git.remove-worktree", place.clone());
    assert!(!world.path(".worktrees/side-one").exists());
    assert_eq!(
        world.fails("git.remove-worktree", place).kind,
        FailureKind::Missing
    );
    let failure = world.fails("git.add-worktree", json!({"branch": "x", "path": ".git/x"}));
    assert_eq!(failure.kind, FailureKind::Refused);
}

#[test]
fn submodules_are_looked_at_and_not_descended_into() {
    let inner = World::repository();
    inner.write("lib.txt", "lib\n");
    inner.commit("Begin");
    let world = pushed();
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
    let clean = world.call("git.submodules", none());
    assert_eq!(clean["submodules"][0]["path"], "lib");
    assert_eq!(clean["submodules"][0]["checked_out"], json!(true));
    assert!(text(&clean).contains("as recorded"), "{clean}");

    world.write("lib/lib.txt", "changed\n");
    world.write("lib/new.txt", "x\n");
    let dirty = world.call("git.submodules", none());
    assert_eq!(dirty["submodules"][0]["modified"], json!(true));
    assert_eq!(dirty["submodules"][0]["untracked"], json!(true));
    world.write("b.txt", "b\n");
    let result = world.call("git.commit", json!({"message": "More"}));
    assert_eq!(column(&result["files"], "path"), ["b.txt"]);

    world.git(&["-C", "lib", "config", "user.name", "Ann"]);
    world.git(&["-C", "lib", "config", "user.email", "ann@example.org"]);
    world.git(&["-C", "lib", "add", "--all"]);
    world.git(&["-C", "lib", "commit", "--quiet", "-m", "Inside"]);
    let result = world.call("git.commit", json!({"message": "Move lib"}));
    assert_eq!(column(&result["files"], "kind"), ["submodule"]);
}

#[test]
fn pointers_of_git_lfs_are_told_from_texts() {
    let world = pushed();
    let pointer = |id: &str| {
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 12345\n")
    };
    world.write(
        ".gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    );
    world.write("big.bin", pointer(&"a".repeat(64)));
    world.write("small.txt", "a\n");
    world.git(&["config", "filter.lfs.required", "true"]);
    world.git(&["config", "filter.lfs.clean", "cat"]);
    world.commit("Add them");
    world.git(&["config", "filter.lfs.clean", "no-such-program-as-this"]);
    let result = world.call("git.changes-since", json!({"since": "HEAD^"}));
    let big = result["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["path"] == "big.bin")
        .unwrap();
    assert_eq!(big["kind"], "lfs-pointer");
    assert_eq!(
        result["added"],
        json!(2),
        "the pointer's lines do not count"
    );
    assert!(
        text(&result).contains("big.bin (new) in Git LFS"),
        "{result}"
    );
}

#[test]
fn odd_repositories_are_said_to_be_odd() {
    let bare = World::new();
    bare.git(&["init", "--quiet", "--bare"]);
    for action in ["git.tags", "git.stashes", "git.worktrees", "git.submodules"] {
        let failure = bare.fails(action, none());
        assert_eq!(failure.kind, FailureKind::Refused, "{action}");
        assert!(failure.message.contains("bare"), "{failure}");
    }
    let empty = World::repository();
    for (action, params) in [
        ("git.tag", none()),
        ("git.stash", none()),
        ("git.changelog", none()),
        ("git.release-notes", none()),
        ("git.bisect", json!({"command": "true"})),
        ("git.reset", json!({"to": "HEAD"})),
        ("git.amend", json!({"message": "x"})),
        ("git.merge", json!({"from": "x"})),
    ] {
        let failure = empty.fails(action, params);
        assert_eq!(failure.kind, FailureKind::Missing, "{action}: {failure}");
    }
    assert_eq!(empty.call("git.tags", none())["tags"], json!([]));
    let nobody = World::new();
    nobody.git(&["init", "--quiet", "--initial-branch=main"]);
    nobody.git(&[
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "x",
    ]);
    nobody.write("a.txt", "a\n");
    for (action, params) in [
        ("git.tag", none()),
        ("git.stash", none()),
        ("git.amend", json!({"message": "x"})),
    ] {
        let failure = nobody.fails(action, params);
        assert!(failure.hint.unwrap().contains("user.email"), "{action}");
    }
}

#[test]
fn a_shallow_clone_says_what_it_lacks() {
    let origin = World::repository();
    for at in 0..5 {
        origin.write("n.txt", format!("{at}\n"));
        origin.commit(&format!("step {at}"));
    }
    let world = World::new();
    let from = format!("file://{}", origin.root().display());
    world.git(&["clone", "--quiet", "--depth=2", &from, "clone"]);
    let world = world.within("clone");
    let notes = world.call("git.release-notes", none());
    assert_eq!(notes["commits"], json!(2));
    let failure = world.fails("git.bisect", json!({"command": "test $(cat n.txt) -lt 1"}));
    assert!(failure.message.contains("all the way back"), "{failure}");
    let found = world.call("git.bisect", json!({"command": "test $(cat n.txt) -lt 4"}));
    assert_eq!(found["subject"], "step 4");
    let unborn = world.fails("git.merge", json!({"from": "HEAD~3"}));
    assert_eq!(unborn.kind, FailureKind::Missing);
}

#[test]
fn ten_thousand_files_and_very_odd_names_are_bounded() {
    let world = pushed();
    for at in 0..10_000 {
        world.write(&format!("many/{:02}/{at}.txt", at % 100), "x\n");
    }
    for name in [
        "-n",
        "a b",
        "é\u{202e}x",
        "tab\there",
        "new\nline",
        "'\"$(x)",
        ":(glob)*",
    ] {
        world.write(&format!("odd/{name}"), "x\n");
    }
    let result = world.call("git.commit", json!({"message": "Many"}));
    assert_eq!(result["files_changed"], json!(10_007));
    assert!(
        result.to_string().len() < 1 << 20,
        "{}",
        result.to_string().len()
    );
    world.write("many/00/0.txt", "y\n");
    world.write("odd/-n", "y\n");
    let aside = world.call("git.stash", none());
    assert_eq!(column(&aside["files"], "path"), ["many/00/0.txt", "odd/-n"]);
    let notes = world.call("git.release-notes", none());
    assert!(!text(&notes).contains('\u{202e}'));
}
