//! R8: what steps did to git repositories is taken back, checked with git itself.

use std::path::Path;
use std::process::Command;

use venom_kernel::snapshot::Head;
use venom_ports::FailureKind;
use venom_ports::snapshot::{Captured, Index, Snapshots as _, TakenBack};

use super::{World, path};

/// Runs git; gives what it prints.
fn git(at: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=n",
            "-c",
            "user.email=e@x",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0"])
        .args(args)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(at)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[expect(clippy::print_stdout, reason = "how tests tell that they cannot run")]
fn is_there() -> bool {
    let is_there = Command::new("git").arg("--version").output().is_ok();
    if !is_there {
        println!("SKIPPED: git is not installed");
    }
    is_there
}

/// A repository with one commit, at a folder of the workspace.
fn repository(world: &World, at: &str) {
    world.write(&format!("{at}file"), "one\n");
    let folder = world.at(at);
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "first"]);
}

impl World {
    fn git(&self, args: &[&str]) -> String {
        git(&self.root(), args)
    }

    fn take_back(&self, known: &Captured, to: &Captured) -> Vec<TakenBack> {
        let (known, to) = (&known.repositories, &to.repositories);
        self.runtime
            .block_on(
                self.snapshots
                    .take_back(&self.root(), known, to, Index::Restore),
            )
            .unwrap()
    }

    /// Takes files and repositories back.
    fn undo_all(&self, known: &Captured, to: &Captured) {
        let taken = self.take_back(known, to);
        assert!(
            taken.iter().all(|one| one.conflicts.is_empty()),
            "{taken:?}"
        );
        self.undo(known, to);
        assert_eq!(self.git(&["fsck", "--strict"]), "");
        assert_eq!(self.capture().repositories[0].head, to.repositories[0].head);
        assert_eq!(self.capture().repositories[0].refs, to.repositories[0].refs);
    }
}

#[test]
fn a_commit_is_taken_back() {
    if !is_there() {
        return;
    }
    let world = World::new();
    repository(&world, "");
    let first = world.git(&["rev-parse", "HEAD"]);
    let before = world.capture();
    assert_eq!(before.repositories.len(), 1);
    assert_eq!(
        before.repositories[0].head,
        Head::Branch(path("refs/heads/main"))
    );
    world.write("file", "two\n");
    world.write("new", "new\n");
    world.git(&["add", "."]);
    world.git(&["commit", "-qm", "by the run"]);
    let second = world.git(&["rev-parse", "HEAD"]);
    let after = world.capture();
    assert_ne!(before.repositories, after.repositories);
    world.undo_all(&after, &before);
    assert_eq!(world.git(&["rev-parse", "HEAD"]), first);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    assert_eq!(world.read("file"), "one\n");
    // What was taken back can be found.
    assert_eq!(world.git(&["rev-parse", "HEAD@{1}"]), second);
    assert_eq!(world.git(&["cat-file", "-t", &second]), "commit");
    // And be had back.
    let back = world.capture();
    world.undo_all(&back, &after);
    assert_eq!(world.git(&["rev-parse", "HEAD"]), second);
    assert_eq!(world.git(&["status", "--porcelain"]), "");
}

#[test]
fn branches_tags_and_switches_are_taken_back() {
    if !is_there() {
        return;
    }
    let world = World::new();
    repository(&world, "");
    world.git(&["branch", "topic/deep"]);
    world.git(&["tag", "-a", "-m", "x", "v1"]);
    world.git(&["tag", "light"]);
    world.git(&["pack-refs", "--all"]);
    let before = world.capture();
    let refs = world.git(&["for-each-ref"]);
    world.git(&["switch", "-qc", "by-run"]);
    world.write("file", "two\n");
    world.git(&["commit", "-qam", "by the run"]);
    world.git(&["branch", "-D", "topic/deep"]);
    // The name of a folder of references becomes that of a reference.
    world.git(&["branch", "topic"]);
    world.git(&["tag", "-d", "light"]);
    world.git(&["tag", "v2"]);
    world.git(&["pack-refs", "--all"]);
    world.git(&["checkout", "-q", "--detach"]);
    let after = world.capture();
    let changed = world.git(&["for-each-ref"]);
    assert!(matches!(after.repositories[0].head, Head::Detached(_)));
    world.undo_all(&after, &before);
    assert_eq!(world.git(&["for-each-ref"]), refs);
    assert_eq!(world.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(world.git(&["status", "--porcelain"]), "");
    let back = world.capture();
    world.undo_all(&back, &after);
    assert_eq!(world.git(&["for-each-ref"]), changed);
}

#[test]
fn what_is_staged_is_taken_back() {
    if !is_there() {
        return;
    }
    let world = World::new();
    repository(&world, "");
    world.write("file", "mine, not staged\n");
    let before = world.capture();
    world.write("staged", "by the run\n");
    world.git(&["add", "-A"]);
    let after = world.capture();
    // Git refreshes its index whenever somebody looks; that is no edit.
    world.git(&["update-index", "--refresh"]);
    let taken = world.take_back(&after, &before);
    assert!(taken[0].is_index_restored);
    world.undo(&after, &before);
    assert_eq!(world.git(&["status", "--porcelain"]), "M file");
    assert_eq!(world.read("file"), "mine, not staged\n");
}

/// A reference that somebody else moved is left alone.
#[test]
fn what_the_user_committed_since_is_a_conflict() {
    if !is_there() {
        return;
    }
    let world = World::new();
    repository(&world, "");
    let before = world.capture();
    world.git(&["commit", "-q", "--allow-empty", "-m", "by the run"]);
    world.git(&["tag", "by-run"]);
    let known = world.capture();
    world.git(&["commit", "-q", "--allow-empty", "-m", "by the user"]);
    let mine = world.git(&["rev-parse", "HEAD"]);
    let taken = world.take_back(&known, &before);
    assert_eq!(taken[0].conflicts, [path("refs/heads/main")]);
    assert_eq!(taken[0].done, [path("refs/tags/by-run")]);
    assert_eq!(world.git(&["rev-parse", "HEAD"]), mine);
}

/// A git command at work keeps everybody else out, and is told.
#[test]
fn a_lock_of_git_is_kept() {
    if !is_there() {
        return;
    }
    let world = World::new();
    repository(&world, "");
    let before = world.capture();
    world.git(&["commit", "-q", "--allow-empty", "-m", "by the run"]);
    let known = world.capture();
    world.write(".git/refs/heads/main.lock", "");
    let (root, known, to) = (world.root(), &known.repositories, &before.repositories);
    let verb = world.snapshots.take_back(&root, known, to, Index::Leave);
    let refused = world.runtime.block_on(verb);
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict);
    assert!(refused.hint.is_some());
}

#[test]
fn repositories_within_are_noted_each_and_ones_that_cannot_be_are_told() {
    if !is_there() {
        return;
    }
    let world = World::new();
    repository(&world, "");
    repository(&world, "vendor/inner/");
    world.write("vendor/tree/.git", "gitdir: /somewhere/else\n");
    let before = world.capture();
    let noted: Vec<String> = before
        .repositories
        .iter()
        .map(|one| one.path.to_string())
        .collect();
    assert_eq!(noted, ["", "vendor/inner"]);
    assert_eq!(before.partial.first.len(), 1);
    assert_eq!(before.partial.first[0].path, path("vendor/tree/.git"));
    git(
        &world.at("vendor/inner"),
        &["commit", "-q", "--allow-empty", "-m", "by the run"],
    );
    let after = world.capture();
    assert_eq!(before.tree, after.tree);
    let taken = world.take_back(&after, &before);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].path, path("vendor/inner"));
    assert_eq!(
        world.capture().repositories[1].refs,
        before.repositories[1].refs
    );
}
