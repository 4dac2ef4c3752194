//! `git.status`, `git.diff`, `git.log`, `git.branch`, `git.create-branch` and `git.changes-since`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;
use venom_kernel::effect::Probed;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

#[test]
fn without_a_repository_says_how_to_make_one() {
    let failure = World::new().fails("git.status", none());
    assert_eq!(failure.kind, FailureKind::Missing);
    assert!(failure.hint.unwrap().contains("git init"));
    let failure = World::repository()
        .without("git")
        .fails("git.status", none());
    assert!(failure.hint.unwrap().contains("install `git`"));
}

#[test]
fn an_empty_repository_has_a_status_and_a_log() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    let status = world.call("git.status", none());
    assert_eq!(
        (&status["empty"], &status["branch"]),
        (&json!(true), &json!("main"))
    );
    assert_eq!(status["untracked"], json!(["a.txt"]));
    assert_eq!(world.call("git.log", none())["commits"], json!([]));
    assert_eq!(world.call("git.diff", none())["files"], json!([]));
    assert_eq!(
        world.fails("git.changes-since", none()).kind,
        FailureKind::Missing
    );
    assert_eq!(world.call("git.branch", none())["branches"], json!([]));
}

#[test]
fn status_lists_each_kind_of_difference() {
    let world = World::repository();
    for name in ["kept", "changed", "moved", "gone"] {
        world.write(name, format!("{name}\n").repeat(5));
    }
    world.commit("First");
    world.write("changed", "other\n");
    world.git(&["mv", "moved", "new place"]);
    fs::remove_file(world.path("gone")).unwrap();
    world.write("extra/ünïcode \"x\".txt", "");
    let status = world.call("git.status", none());
    assert_eq!(
        status["staged"],
        json!([{"path": "new place", "from": "moved", "status": "renamed"}])
    );
    assert_eq!(column(&status["unstaged"], "path"), ["changed", "gone"]);
    assert_eq!(
        column(&status["unstaged"], "status"),
        ["modified", "deleted"]
    );
    assert_eq!(status["untracked"], json!(["extra/ünïcode \"x\".txt"]));
    assert!(text(&status).contains("renamed: moved -> new place"));
}

#[test]
fn odd_names_do_not_break_lists() {
    let world = World::repository();
    for name in [
        "new\nline",
        "tab\there",
        "-dash",
        ":(top)magic",
        "a -> b",
        " ",
    ] {
        world.write(name, "x\n");
    }
    fs::write(world.root().join(OsStr::from_bytes(b"bad\xff")), "x\n").unwrap();
    let status = world.call("git.status", none());
    let mut names = column(
        &json!(
            status["untracked"]
                .as_array()
                .unwrap()
                .iter()
                .map(|path| json!({"p": path}))
                .collect::<Vec<_>>()
        ),
        "p",
    );
    names.sort();
    assert_eq!(
        names,
        [
            " ",
            "-dash",
            ":(top)magic",
            "a -> b",
            "bad\u{fffd}",
            "new\nline",
            "tab\there"
        ]
    );
    world.commit("Odd");
    let status = world.call("git.status", none());
    assert_eq!(status["clean"], json!(true));
    world.write(":(top)magic", "y\n");
    world.write("-dash", "y\n");
    let diff = world.call("git.diff", json!({"path": ":(top)magic"}));
    assert_eq!(column(&diff["files"], "path"), [":(top)magic"]);
    assert_eq!(
        world.call("git.diff", json!({"path": "-dash"}))["files_changed"],
        1
    );
}

#[test]
fn a_detached_head_has_no_branch() {
    let world = World::repository();
    world.commit("First");
    world.git(&["checkout", "--quiet", "--detach"]);
    let status = world.call("git.status", none());
    assert_eq!(
        (&status["branch"], &status["detached"]),
        (&json!(null), &json!(true))
    );
    assert_eq!(world.call("git.branch", none())["current"], json!(null));
}

#[test]
fn status_counts_against_the_upstream() {
    let world = World::repository();
    world.commit("First");
    world.git(&["branch", "base"]);
    world.commit("Second");
    world.git(&["branch", "--set-upstream-to=base"]);
    let status = world.call("git.status", none());
    assert_eq!(
        (&status["ahead"], &status["behind"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(status["upstream"], "base");
}

#[test]
fn conflicts_are_listed() {
    let world = conflict();
    assert_eq!(
        world.call("git.status", none())["conflicted"],
        json!(["a.txt"])
    );
}

/// A repository in the middle of a merge with a conflict.
pub(crate) fn conflict() -> World {
    let world = World::repository();
    world.write("a.txt", "one\n");
    world.commit("First");
    world.git(&["switch", "--quiet", "--create", "other"]);
    world.write("a.txt", "two\n");
    world.commit("Other");
    world.git(&["switch", "--quiet", "main"]);
    world.write("a.txt", "three\n");
    world.commit("Main");
    let merge = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world.git(&["merge", "--quiet", "other"]);
    }));
    assert!(merge.is_err(), "the merge was meant to meet a conflict");
    world
}

#[test]
fn diff_compares_what_it_is_told() {
    let world = World::repository();
    world.write("a.txt", "one\n");
    world.write("pic.bin", b"\0\x01");
    world.commit("First");
    world.git(&["tag", "v1"]);
    world.write("a.txt", "one\ntwo\n");
    world.commit("Second");
    world.write("a.txt", "one\ntwo\nthree\n");
    world.write("pic.bin", b"\0\x02");
    let diff = world.call("git.diff", none());
    assert_eq!(
        diff["files"],
        json!([
            {"path": "a.txt", "from": null, "status": "modified", "added": 1, "removed": 0, "kind": "content"},
            {"path": "pic.bin", "from": null, "status": "modified", "added": null, "removed": null, "kind": "content"},
        ])
    );
    assert!(diff["diff"].as_str().unwrap().contains("+three"));
    assert_eq!(world.call("git.diff", json!({"from": "v1"}))["added"], 2);
    assert_eq!(
        world.call("git.diff", json!({"from": "v1", "to": "HEAD"}))["added"],
        1
    );
    assert_eq!(
        world.call("git.diff", json!({"staged": true}))["files_changed"],
        0
    );
    world.git(&["add", "a.txt"]);
    assert_eq!(
        world.call("git.diff", json!({"staged": true}))["files_changed"],
        1
    );
    let failure = world.fails("git.diff", json!({"staged": true, "to": "HEAD"}));
    assert_eq!(failure.kind, FailureKind::Refused);
    for bad in ["--output=x", "nope", "", "a b"] {
        let failure = world.fails("git.diff", json!({"from": bad}));
        assert_eq!(failure.kind, FailureKind::Missing, "{bad}");
    }
    assert!(!world.path("x").exists());
}

#[test]
fn a_huge_diff_is_bounded() {
    let world = World::repository();
    world.write("a.txt", "");
    world.commit("First");
    world.write(
        "a.txt",
        "ein ziemlich langer Text mit Ümläuten\n".repeat(50_000),
    );
    let diff = world.call("git.diff", none());
    assert_eq!(
        (&diff["truncated"], &diff["added"]),
        (&json!(true), &json!(50_000))
    );
    assert!(diff["diff"].as_str().unwrap().len() <= 256 << 10);
    assert!(text(&diff).len() <= 64 << 10);
}

#[test]
fn settings_of_a_user_do_not_change_the_form() {
    let world = World::repository();
    world.write("a.txt", "one\n");
    world.commit("First");
    for (key, value) in [
        ("diff.external", "false"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.noprefix", "true"),
        ("color.ui", "always"),
        ("status.short", "true"),
        ("log.decorate", "full"),
        ("core.pager", "false"),
        ("status.showUntrackedFiles", "no"),
    ] {
        world.git(&["config", key, value]);
    }
    world.write("a.txt", "two\n");
    world.write("b.txt", "");
    let diff = world.call("git.diff", none());
    assert!(
        diff["diff"]
            .as_str()
            .unwrap()
            .starts_with("diff --git a/a.txt b/a.txt\n"),
        "{diff}"
    );
    assert_eq!(
        world.call("git.status", none())["untracked"],
        json!(["b.txt"])
    );
    assert_eq!(
        column(&world.call("git.log", none())["commits"], "subject"),
        ["First"]
    );
}

#[test]
fn log_is_bounded_and_ranged() {
    let world = World::repository();
    for at in 1..=5 {
        world.write(if at % 2 == 0 { "even" } else { "odd" }, at.to_string());
        world.commit(&format!("Commit {at}"));
    }
    let log = world.call("git.log", json!({"limit": 2}));
    assert_eq!(column(&log["commits"], "subject"), ["Commit 5", "Commit 4"]);
    assert_eq!(log["truncated"], json!(true));
    let log = world.call("git.log", json!({"path": "even", "limit": null}));
    assert_eq!(column(&log["commits"], "subject"), ["Commit 4", "Commit 2"]);
    let log = world.call("git.log", json!({"from": "HEAD~3", "to": "HEAD~1"}));
    assert_eq!(column(&log["commits"], "subject"), ["Commit 4", "Commit 3"]);
    assert_eq!(column(&log["commits"], "author"), ["Ann Example"; 2]);
}

#[test]
fn a_workspace_inside_a_repository_sees_itself_alone() {
    let world = World::repository();
    world.write("outside.txt", "x\n");
    world.write("part/inside.txt", "x\n");
    world.commit("First");
    world.write("outside.txt", "y\n");
    world.commit("Outside");
    world.write("outside.txt", "z\n");
    world.write("part/inside.txt", "y\n");
    world.write("part/new.txt", "y\n");
    let world = world.within("part");
    let status = world.call("git.status", none());
    assert_eq!(column(&status["unstaged"], "path"), ["inside.txt"]);
    assert_eq!(status["untracked"], json!(["new.txt"]));
    assert_eq!(
        column(&world.call("git.diff", none())["files"], "path"),
        ["inside.txt"]
    );
    assert_eq!(
        column(&world.call("git.log", none())["commits"], "subject"),
        ["First"]
    );
    let since = world.call("git.changes-since", none());
    assert_eq!(column(&since["commits"], "subject"), ["First"]);
    assert_eq!(column(&since["files"], "path"), ["inside.txt"]);
}

#[test]
fn branches_are_listed_and_made() {
    let world = World::repository();
    let failure = world.fails("git.create-branch", json!({"name": "early"}));
    assert_eq!(failure.kind, FailureKind::Missing);
    world.commit("First");
    let before = world
        .prepare("git.create-branch", json!({"name": "topic/x"}))
        .unwrap();
    let probed = world.probe(
        "git.create-branch",
        json!({"name": "topic/x"}),
        before.clone(),
    );
    assert_eq!(probed, Probed::DidNot);
    let made = world.call("git.create-branch", json!({"name": "topic/x"}));
    let Probed::Happened(done) =
        world.probe("git.create-branch", json!({"name": "topic/x"}), before)
    else {
        panic!("the branch is there");
    };
    assert_eq!(done.result, venom_kernel::change::Payload::Inline(made));
    let list = world.call("git.branch", none());
    assert_eq!(column(&list["branches"], "name"), ["main", "topic/x"]);
    assert_eq!(list["current"], "main");
    world.call(
        "git.create-branch",
        json!({"name": "now", "from": "topic/x", "switch": true}),
    );
    assert_eq!(world.call("git.branch", none())["current"], "now");
    for bad in ["main", "a b", "-d", "a..b", "", "@{-1}"] {
        let failure = world.fails("git.create-branch", json!({"name": bad}));
        assert_eq!(failure.kind, FailureKind::Refused, "{bad}");
        assert!(failure.hint.is_some());
    }
}

#[test]
fn changes_since_the_last_tag_or_the_beginning() {
    let world = World::repository();
    world.write("a.txt", "one\n");
    world.commit("Plain first");
    let since = world.call("git.changes-since", none());
    assert_eq!(
        (&since["since_kind"], &since["added"]),
        (&json!("beginning"), &json!(1))
    );
    world.git(&["tag", "v1.2.0"]);
    let since = world.call("git.changes-since", none());
    assert_eq!(
        (&since["since"], &since["files_changed"]),
        (&json!("v1.2.0"), &json!(0))
    );
    assert!(text(&since).contains("Nothing"));
    world.write("a.txt", "one\ntwo\n");
    world.commit("feat(cart): add two");
    world.write("b.txt", "b\n");
    world.commit("fix!: mend b");
    let since = world.call("git.changes-since", none());
    assert_eq!(
        column(&since["commits"], "subject"),
        ["fix!: mend b", "feat(cart): add two"]
    );
    assert_eq!(
        (&since["added"], &since["since_kind"]),
        (&json!(2), &json!("tag"))
    );
    let shown = text(&since);
    let at = |needle: &str| {
        shown
            .find(needle)
            .unwrap_or_else(|| panic!("{needle}: {shown}"))
    };
    assert!(at("## Breaking changes") < at("## Features"));
    assert!(at("- cart: add two") < at("## Fixes"));
    let named = world.call("git.changes-since", json!({"since": "1.2.0"}));
    assert_eq!(
        (&named["since"], &named["commits"]),
        (&json!("v1.2.0"), &since["commits"])
    );
    assert_eq!(
        world
            .fails("git.changes-since", json!({"since": "v9"}))
            .kind,
        FailureKind::Missing
    );
}
