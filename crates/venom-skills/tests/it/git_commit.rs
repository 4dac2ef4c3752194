//! `git.commit`.

use std::fs;

use serde_json::{Value, json};
use venom_kernel::change::Payload;
use venom_kernel::effect::Probed;
use venom_kernel::evidence::Evidence;
use venom_ports::FailureKind;

use crate::git::conflict;
use crate::world::{World, column, none, text};

fn subject(world: &World) -> String {
    world
        .git(&["log", "-1", "--format=%s"])
        .trim_end()
        .to_owned()
}

#[test]
fn commits_everything_but_ignored_files() {
    let world = World::repository();
    world.write(".gitignore", "*.log\n");
    world.write("a.txt", "a\n");
    world.write("noise.log", "x\n");
    let (result, evidence) = world.call_with_evidence("git.commit", none());
    assert_eq!(column(&result["files"], "path"), [".gitignore", "a.txt"]);
    let id = world.git(&["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(evidence, [Evidence::Commit { id: id.clone() }]);
    assert_eq!(result["id"], json!(id));
    assert_eq!(subject(&world), "Add 2 files");
    assert!(text(&result).contains("git update-ref -d HEAD"));
    assert_eq!(world.git(&["status", "--porcelain"]), "");

    world.write("a.txt", "b\n");
    fs::remove_file(world.path(".gitignore")).unwrap();
    world.write(".gitignore", "*.log\n*.tmp\n");
    let result = world.call("git.commit", json!({"message": "  Words \n\n\nmore  \n"}));
    assert_eq!(result["message"], "  Words\n\nmore\n");
    assert!(text(&result).contains("git reset --soft HEAD~1"));
}

#[test]
fn nothing_to_commit_is_said_and_not_done() {
    let world = World::repository();
    let (result, evidence) = world.call_with_evidence("git.commit", none());
    assert_eq!(result["committed"], json!(false));
    world.commit("First");
    let before = world.git(&["rev-parse", "HEAD"]);
    let (second, _) = world.call_with_evidence("git.commit", json!({"message": "Empty"}));
    assert_eq!(second, result);
    assert_eq!(world.git(&["rev-parse", "HEAD"]), before);
    let Evidence::NotRun { what, .. } = &evidence[0] else {
        panic!("{evidence:?}")
    };
    assert_eq!(what, "commit");
}

#[test]
fn only_named_paths_are_committed_and_the_rest_stays_as_it_was() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    world.write("b.txt", "b\n");
    world.write("gone.txt", "x\n");
    world.commit("First");
    world.write("a.txt", "aa\n");
    world.write("b.txt", "bb\n");
    world.git(&["add", "b.txt"]);
    world.write("new.txt", "n\n");
    fs::remove_file(world.path("gone.txt")).unwrap();
    let result = world.call(
        "git.commit",
        json!({"paths": ["a.txt", "gone.txt"], "message": null}),
    );
    assert_eq!(column(&result["files"], "path"), ["a.txt", "gone.txt"]);
    assert_eq!(
        world.git(&["status", "--porcelain"]),
        "M  b.txt\n?? new.txt\n"
    );
    assert_eq!(subject(&world), "Remove gone.txt and update a.txt");
    let failure = world.fails("git.commit", json!({"paths": ["nope.txt", "new.txt"]}));
    assert_eq!(failure.kind, FailureKind::Missing);
    assert_eq!(
        world.git(&["status", "--porcelain"]),
        "M  b.txt\n?? new.txt\n"
    );
}

#[test]
fn a_workspace_inside_a_repository_commits_itself_alone() {
    let world = World::repository();
    world.write("outside.txt", "x\n");
    world.git(&["add", "outside.txt"]);
    world.write("part/inside.txt", "x\n");
    let world = world.within("part");
    let result = world.call("git.commit", none());
    assert_eq!(column(&result["files"], "path"), ["inside.txt"]);
    assert_eq!(world.git(&["status", "--porcelain"]), "A  outside.txt\n");
}

#[test]
fn messages_follow_the_manner_of_the_repository() {
    let world = World::repository();
    world.write("shop/cart.py", "def total(cart):\n    return 0\n");
    world.commit("feat: begin");
    world.write(
        "shop/cart.py",
        "def total(cart):\n    return 0\n\n\ndef discount(cart):\n    return 1\n",
    );
    world.call("git.commit", none());
    assert_eq!(subject(&world), "feat(shop): add discount to cart.py");
    world.write("README.md", "# Shop\n");
    world.call("git.commit", none());
    assert_eq!(subject(&world), "docs: add README.md");
    world.git(&["mv", "shop/cart.py", "shop/basket.py"]);
    world.call("git.commit", none());
    assert_eq!(
        subject(&world),
        "refactor(shop): rename cart.py to basket.py"
    );
    for at in 0..6 {
        world.write(&format!("tests/test_{at}.py"), "def test(): pass\n");
    }
    let result = world.call("git.commit", none());
    assert_eq!(
        subject(&world),
        "test: add test_0.py, test_1.py, test_2.py and 3 more"
    );
    assert!(
        result["message"]
            .as_str()
            .unwrap()
            .contains("- tests/test_0.py (new, +1 -0)")
    );

    let plain = World::repository();
    plain.write("cart.py", "def total(cart):\n    return 0\n");
    plain.commit("Begin");
    plain.write("cart.py", "def sum_of(cart):\n    return 0\n");
    plain.call("git.commit", none());
    assert_eq!(subject(&plain), "Replace total by sum_of in cart.py");
}

#[test]
fn preparing_changes_nothing() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    world.commit("First");
    world.write("a.txt", "b\n");
    world.write("b.txt", "b\n");
    let before = world.git(&["status", "--porcelain=v2"]);
    let prepared = world.prepare("git.commit", none()).unwrap();
    assert_eq!(world.git(&["status", "--porcelain=v2"]), before);
    assert_eq!(prepared["message"], "Add b.txt and update a.txt\n");
}

#[test]
fn a_crash_is_judged() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    world.commit("First");
    world.write("a.txt", "b\n");
    let prepared = world.prepare("git.commit", none()).unwrap();
    let probe = |prepared: &Value| world.probe("git.commit", none(), prepared.clone());
    assert_eq!(probe(&prepared), Probed::DidNot);
    let output = world
        .call_prepared("git.commit", none(), prepared.clone())
        .unwrap();
    let Probed::Happened(done) = probe(&prepared) else {
        panic!("{:?}", probe(&prepared))
    };
    assert_eq!(done.result, Payload::Inline(output.result));
    assert_eq!(done.evidence, output.evidence);
    // Somebody else's commit is not taken for ours, and ours is not made on top of it.
    world.write("a.txt", "c\n");
    world.commit("Other");
    assert!(matches!(probe(&prepared), Probed::Unknown(_)));
    let failure = world
        .call_prepared("git.commit", none(), prepared)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(matches!(
        world.probe("git.commit", none(), json!(7)),
        Probed::Unknown(_)
    ));
}

#[test]
fn a_crash_of_the_first_commit_is_judged() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    let prepared = world.prepare("git.commit", none()).unwrap();
    assert_eq!(
        world.probe("git.commit", none(), prepared.clone()),
        Probed::DidNot
    );
    world
        .call_prepared("git.commit", none(), prepared.clone())
        .unwrap();
    assert!(matches!(
        world.probe("git.commit", none(), prepared),
        Probed::Happened(_)
    ));
}

#[test]
fn a_commit_that_nothing_would_name_is_refused() {
    let world = World::repository();
    world.commit("First");
    world.git(&["checkout", "--quiet", "--detach"]);
    world.write("a.txt", "a\n");
    let failure = world.fails("git.commit", none());
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("git switch -c"));
    world.git(&["switch", "--quiet", "--create", "here"]);
    assert_eq!(world.call("git.commit", none())["branch"], json!("here"));
}

#[test]
fn refuses_without_an_identity() {
    let world = World::new();
    world.git(&["init", "--quiet"]);
    assert_eq!(
        world.fails("git.diff", json!({"from": "x"})).kind,
        FailureKind::Missing
    );
    assert_eq!(world.call("git.commit", none())["committed"], json!(false));
    world.write("a.txt", "a\n");
    let failure = world.fails("git.commit", none());
    assert_eq!(failure.kind, FailureKind::Refused);
    let hint = failure.hint.unwrap();
    assert!(
        hint.contains("git config user.name") && hint.contains("user.email"),
        "{hint}"
    );
}

#[test]
fn refuses_in_the_middle_of_something() {
    let world = conflict();
    let failure = world.fails("git.commit", none());
    assert!(
        failure.message.contains("merge is in progress"),
        "{failure}"
    );
    assert!(failure.hint.unwrap().contains("git merge --abort"));
    world.git(&["merge", "--abort"]);
    let rebase = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world.git(&["rebase", "--quiet", "other"]);
    }));
    assert!(rebase.is_err());
    let failure = world.fails("git.commit", none());
    assert!(
        failure.message.contains("rebase is in progress"),
        "{failure}"
    );
}

#[test]
fn refuses_what_looks_like_a_secret() {
    let world = World::repository();
    world.write(".env", "TOKEN=x\n");
    world.write(".env.example", "TOKEN=\n");
    world.write(
        "deploy.txt",
        format!("{0}BEGIN RSA PRIVATE KEY{0}\nabc\n", "-".repeat(5)),
    );
    world.write("docs.md", "write -----BEGIN RSA PRIVATE KEY----- first\n");
    let failure = world.fails("git.commit", none());
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains(".env (its name") && failure.message.contains("deploy.txt"));
    assert!(!failure.message.contains("example") && !failure.message.contains("docs.md"));
    assert!(
        failure
            .hint
            .unwrap()
            .contains("`git add -- .env && git commit`")
    );
    assert_eq!(
        world.git(&["status", "--porcelain"]).matches("??").count(),
        4
    );
    fs::remove_file(world.path("deploy.txt")).unwrap();
    world.call("git.commit", json!({"paths": [".env.example", "docs.md"]}));
    // What the repository knows already is the user's decision.
    world.commit("All");
    world.write(".env", "TOKEN=y\n");
    assert_eq!(world.call("git.commit", none())["committed"], json!(true));
}

#[test]
fn refuses_huge_files_and_repositories_within() {
    let world = World::repository();
    let file = fs::File::create(world.path("big.bin")).unwrap();
    file.set_len(21 << 20).unwrap();
    let failure = world.fails("git.commit", none());
    assert!(failure.message.contains("big.bin (21 MiB)"), "{failure}");
    fs::remove_file(world.path("big.bin")).unwrap();
    world.write("inner/a.txt", "a\n");
    world.git(&["init", "--quiet", "inner"]);
    let failure = world.fails("git.commit", none());
    assert!(
        failure.message.contains("inner/ holds a repository"),
        "{failure}"
    );
}

#[test]
fn a_hook_that_fails_is_heard_and_nothing_changes() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    world.commit("First");
    world.write_program(
        ".git/hooks/pre-commit",
        "#!/bin/sh\necho lint says no >&2\nexit 1\n",
    );
    world.write("a.txt", "b\n");
    world.write("new.txt", "n\n");
    let before = world.git(&["status", "--porcelain"]);
    let failure = world.fails("git.commit", none());
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("lint says no"), "{failure}");
    assert!(failure.hint.unwrap().contains("hook"));
    assert_eq!(world.git(&["status", "--porcelain"]), before);
    assert_eq!(subject(&world), "First");
}

#[test]
fn a_hook_may_change_the_message_and_then_a_crash_is_in_doubt() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    world.write_program(
        ".git/hooks/commit-msg",
        "#!/bin/sh\necho 'Signed: me' >> \"$1\"\n",
    );
    let prepared = world.prepare("git.commit", none()).unwrap();
    let output = world
        .call_prepared("git.commit", none(), prepared.clone())
        .unwrap();
    assert!(
        output.result["message"]
            .as_str()
            .unwrap()
            .ends_with("Signed: me\n")
    );
    assert!(matches!(
        world.probe("git.commit", none(), prepared),
        Probed::Unknown(_)
    ));
}

#[test]
fn odd_names_and_endings_are_committed_as_they_are() {
    let world = World::repository();
    world.write("-x", "a\r\nb\r\n");
    world.write("new\nline", b"\xff\xfe\0");
    world.write(":(glob)*", "x");
    let result = world.call("git.commit", none());
    assert_eq!(
        column(&result["files"], "path"),
        ["-x", ":(glob)*", "new\nline"]
    );
    assert_eq!(world.git(&["show", "HEAD:-x"]), "a\r\nb\r\n");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
}

#[test]
fn messages_are_checked() {
    let world = World::repository();
    world.write("a.txt", "a\n");
    assert!(
        world
            .fails("git.commit", json!({"message": " \n"}))
            .hint
            .is_some()
    );
    let comment = world.call(
        "git.commit",
        json!({"message": "# not a comment\n\n#1 fixed"}),
    );
    assert_eq!(comment["message"], "# not a comment\n\n#1 fixed\n");
}
