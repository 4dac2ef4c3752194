//! Tags, release notes, changelogs and the search for a commit, on real repositories.

use std::fs;

use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_ports::FailureKind;

use crate::world::{World, column, none, text};

/// Makes commits with these messages.
fn story(world: &World, messages: &[&str]) {
    for message in messages {
        world.commit(message);
    }
}

fn tag(world: &World, params: Value) -> Value {
    let prepared = world.prepare("git.tag", params.clone()).unwrap();
    let output = world
        .call_prepared("git.tag", params.clone(), prepared.clone())
        .unwrap();
    assert!(matches!(
        world.probe("git.tag", params, prepared),
        Probed::Happened(done) if done.result == venom_kernel::change::Payload::Inline(output.result.clone())
    ));
    output.result
}

#[test]
fn the_next_version_follows_from_the_messages() {
    let world = World::repository();
    story(&world, &["feat: begin"]);
    assert_eq!(tag(&world, none())["name"], "v0.1.0");
    story(&world, &["fix: one", "docs: two"]);
    assert_eq!(tag(&world, none())["name"], "v0.1.1");
    world.git(&["tag", "-a", "-m", "x", "v1.0.0"]);
    let failure = world.fails("git.tag", none());
    assert!(
        failure
            .message
            .contains("nothing was committed since v1.0.0"),
        "{failure}"
    );
    story(&world, &["feat: three", "fix: four"]);
    let result = tag(&world, none());
    assert_eq!(result["name"], "v1.1.0");
    assert_eq!(result["message"], "v1.1.0\n\n- fix: four\n- feat: three\n");
    assert_eq!(world.git(&["cat-file", "-t", "v1.1.0"]), "tag\n");
    story(&world, &["feat!: five"]);
    assert_eq!(tag(&world, json!({"next": "auto"}))["name"], "v2.0.0");
    assert_eq!(tag(&world, json!({"name": "2.0.1"}))["name"], "v2.0.1");
    let failure = world.fails("git.tag", json!({"name": "2.0.0"}));
    assert!(failure.hint.unwrap().contains("not moved"));
    for bad in ["-d", "a b", "a..b", "x~1", ""] {
        assert_eq!(
            world.fails("git.tag", json!({"name": bad})).kind,
            FailureKind::Refused,
            "{bad}"
        );
    }
    let listed = world.call("git.tags", none());
    assert_eq!(column(&listed["tags"], "name")[..2], ["v2.0.1", "v2.0.0"]);
}

#[test]
fn release_notes_are_grouped_and_find_their_ends() {
    let world = World::repository();
    story(&world, &["feat: begin"]);
    world.git(&["tag", "v1.0.0"]);
    story(&world, &["feat(cart): totals", "fix: a sum", "chore: dust"]);
    let open = world.call("git.release-notes", none());
    assert_eq!(
        (&open["from"], &open["to"]),
        (&json!("v1.0.0"), &json!("HEAD"))
    );
    world.git(&["tag", "v1.1.0"]);
    let notes = world.call("git.release-notes", none());
    assert_eq!(
        (&notes["from"], &notes["to"]),
        (&json!("v1.0.0"), &json!("v1.1.0"))
    );
    let markdown = notes["markdown"].as_str().unwrap();
    assert!(
        markdown.starts_with("# v1.1.0\n\n3 commits since v1.0.0.\n\n## Features\n"),
        "{markdown}"
    );
    assert!(
        markdown.ends_with("## Contributors\n\nAnn Example\n"),
        "{markdown}"
    );
    let first = world.call("git.release-notes", json!({"to": "1.0.0"}));
    assert_eq!(
        (&first["from"], &first["commits"]),
        (&json!(null), &json!(1))
    );
    assert_eq!(
        world
            .fails("git.release-notes", json!({"to": "9.9.9"}))
            .kind,
        FailureKind::Missing
    );
}

#[test]
fn a_changelog_is_written_once_however_often_it_is_asked_for() {
    let world = World::repository();
    story(&world, &["feat: begin", "docs: nothing to users"]);
    let result = world.call("git.changelog", none());
    assert_eq!(result["path"], "CHANGELOG.md");
    assert_eq!(column(&result["entries"], "text"), ["Begin"]);
    world.apply();
    let first = fs::read_to_string(world.path("CHANGELOG.md")).unwrap();
    let again = world.call("git.changelog", none());
    assert_eq!(
        (&again["changed"], &again["known"]),
        (&json!(false), &json!(1))
    );
    assert_eq!(world.staged_paths(), Vec::<String>::new());

    story(&world, &["fix: a sum"]);
    let day = world.git(&["log", "-1", "--format=%cs"]);
    world.call("git.changelog", json!({"version": "1.0.0"}));
    world.apply();
    let second = fs::read_to_string(world.path("CHANGELOG.md")).unwrap();
    assert_ne!(first, second);
    let heading = format!(
        "## [Unreleased]\n\n## [1.0.0] - {}\n\n### Added\n\n- Begin\n\n### Fixed\n\n- A sum\n",
        day.trim()
    );
    assert!(second.contains(&heading), "{second}");
    world.call("git.changelog", json!({"version": "1.0.0"}));
    assert_eq!(world.staged_paths(), Vec::<String>::new());
    assert_eq!(
        world
            .fails("git.changelog", json!({"version": "soon\n# x"}))
            .kind,
        FailureKind::Refused
    );
}

#[test]
fn the_commit_that_broke_something_is_found_in_a_copy() {
    let world = World::repository();
    for at in 0..20 {
        world.write("n.txt", format!("{at}\n"));
        world.commit(&format!("step {at}"));
    }
    let id = world.git(&["rev-parse", "HEAD~7"]).trim().to_owned();
    world.write("n.txt", "dirty\n");
    world.write("untracked.txt", "u\n");
    let before = world.git(&["status", "--porcelain"]);
    let refs = world.git(&["for-each-ref"]);
    let params = json!({"command": "test \"$(cat n.txt)\" -lt 12"});
    let result = world.call("git.bisect", params);
    assert_eq!(result["id"], json!(id));
    assert_eq!(result["subject"], "step 12");
    assert_eq!(result["author"], "Ann Example");
    assert!(result["diff"].as_str().unwrap().contains("+12"));
    let tries = result["tries"].as_u64().unwrap();
    assert!((4..=12).contains(&tries), "{tries}");
    assert_eq!(world.git(&["status", "--porcelain"]), before);
    assert_eq!(world.git(&["for-each-ref"]), refs);
    assert!(!world.path(".git/BISECT_START").exists());
    assert_eq!(world.git(&["worktree", "list"]).lines().count(), 1);

    let named = world.call(
        "git.bisect",
        json!({"command": "test \"$(cat n.txt)\" -lt 12", "good": "HEAD~15", "bad": "HEAD~1"}),
    );
    assert_eq!(named["id"], json!(id));
    let skipping =
        json!({"command": "n=$(cat n.txt); case $n in 1[0-4]) exit 125;; esac; test $n -lt 12"});
    let unknown = world.call("git.bisect", skipping);
    assert_eq!(unknown["found"], json!(false), "{}", text(&unknown));
    for (params, why) in [
        (json!({"command": "true"}), "nothing is broken"),
        (json!({"command": "false"}), "all the way back"),
        (
            json!({"command": "false", "good": "HEAD~3"}),
            "at the older end",
        ),
        (
            json!({"command": "true", "good": "HEAD", "bad": "HEAD~3"}),
            "does not come before",
        ),
        (json!({"command": "no-such-program"}), "cannot be tried"),
    ] {
        let failure = world.fails("git.bisect", params.clone());
        assert!(failure.message.contains(why), "{params}: {failure}");
    }
}
