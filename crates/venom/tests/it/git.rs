//! What goals about git come to, on real repositories: done once, however often it is killed or
//! interrupted, and asked for where others may have what would be rewritten.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::home::{Home, has};

/// Runs git at a time that stands still, so that two repositories made alike are alike.
pub(crate) fn git(home: &Home, args: &[&str]) -> String {
    let still = "2026-01-01T00:00:00Z";
    let output = Command::new("git")
        .args(args)
        .current_dir(home.work())
        .env("GIT_AUTHOR_DATE", still)
        .env("GIT_COMMITTER_DATE", still)
        .output()
        .expect("git starts");
    assert!(output.status.success(), "git {args:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Commits everything.
pub(crate) fn commit(home: &Home, message: &str) {
    git(home, &["add", "--all"]);
    git(
        home,
        &["commit", "--quiet", "--allow-empty", "--message", message],
    );
}

/// A repository with an identity and one commit.
pub(crate) fn repository() -> Home {
    let home = Home::new();
    git(&home, &["init", "--quiet", "--initial-branch=main"]);
    git(&home, &["config", "user.name", "Tester"]);
    git(&home, &["config", "user.email", "tester@example.org"]);
    home.file("cart.py", "def total(cart):\n    return sum(cart)\n");
    commit(&home, "feat: begin");
    home
}

/// A repository with a release and something after it.
pub(crate) fn released() -> Home {
    let home = repository();
    git(&home, &["tag", "-a", "-m", "First", "v1.0.0"]);
    home.file("tax.py", "def tax(sum):\n    return sum // 5\n");
    commit(&home, "feat: taxes");
    commit(&home, "fix: rounding");
    home
}

/// A repository with work that is not committed.
pub(crate) fn dirty() -> Home {
    let home = released();
    home.file("cart.py", "def total(cart):\n    return 0\n");
    home.file("new.py", "new = 1\n");
    home
}

/// A repository with work put aside.
pub(crate) fn put_aside() -> Home {
    let home = dirty();
    git(&home, &["stash", "push", "--quiet", "--include-untracked"]);
    home
}

/// A repository with a second branch that fits.
pub(crate) fn two_branches() -> Home {
    let home = released();
    git(&home, &["switch", "--quiet", "--create", "side", "v1.0.0"]);
    home.file("side.py", "side = 1\n");
    commit(&home, "feat: a side");
    git(&home, &["switch", "--quiet", "main"]);
    home
}

/// A working tree of a repository that lies beside the workspace, with work that is not committed.
fn linked() -> Home {
    let home = Home::new();
    let main = home.user().join("main");
    std::fs::create_dir(&main).expect("a folder");
    let at = main.display().to_string();
    let of = |args: &[&str]| git(&home, &[&["-C", at.as_str()], args].concat());
    of(&["init", "--quiet", "--initial-branch=main"]);
    of(&["config", "user.name", "Tester"]);
    of(&["config", "user.email", "tester@example.org"]);
    super::home::write(
        &main.join("cart.py"),
        "def total(cart):\n    return sum(cart)\n",
    );
    of(&["add", "--all"]);
    of(&["commit", "--quiet", "--message", "feat: begin"]);
    let work = home.work().display().to_string();
    of(&["worktree", "add", "--quiet", "-b", "side", &work]);
    home.file("cart.py", "def total(cart):\n    return 0\n");
    home.file("new.py", "new = 1\n");
    home
}

/// A repository with a submodule in which there is another commit than the recorded one, and work that is not
/// committed.
fn with_submodule() -> Home {
    let home = repository();
    let library = home.user().join("library");
    std::fs::create_dir(&library).expect("a folder");
    let at = library.display().to_string();
    let of = |args: &[&str]| git(&home, &[&["-C", at.as_str()], args].concat());
    of(&["init", "--quiet", "--initial-branch=main"]);
    super::home::write(&library.join("lib.py"), "lib = 1\n");
    of(&["add", "--all"]);
    let identity = [
        "-c",
        "user.name=Tester",
        "-c",
        "user.email=tester@example.org",
    ];
    of(&[
        &identity[..],
        &["commit", "--quiet", "--message", "feat: a library"],
    ]
    .concat());
    git(
        &home,
        &[
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "add",
            "--quiet",
            &at,
            "lib",
        ],
    );
    commit(&home, "build: take the library in");
    home.file("lib/lib.py", "lib = 2\n");
    let inside = |args: &[&str]| git(&home, &[&["-C", "lib"], &identity[..], args].concat());
    inside(&["commit", "--quiet", "--all", "--message", "feat: two"]);
    home.file("lib/lib.py", "lib = 3\n");
    home.file("cart.py", "def total(cart):\n    return 0\n");
    home
}

/// A repository whose test fails since the fourth of six commits.
pub(crate) fn broken() -> Home {
    let home = repository();
    home.file("tests/__init__.py", "");
    home.file(
        "tests/test_cart.py",
        "import unittest\nfrom cart import total\n\n\nclass Cart(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n",
    );
    for at in 1..=6 {
        let sum = if at < 4 { "sum(cart)" } else { "sum(cart) + 1" };
        home.file(
            "cart.py",
            &format!("def total(cart):\n    return {sum}  # {at}\n"),
        );
        commit(&home, &format!("step {at}"));
    }
    home
}

/// What a repository is, but for names that depend on the time.
pub(crate) fn state(home: &Home) -> String {
    let heads = git(
        home,
        &[
            "for-each-ref",
            "--format=%(refname) %(objecttype) %(subject)",
            "refs/heads",
            "refs/tags",
        ],
    );
    let kept = git(home, &["for-each-ref", "--format=%(subject)", "refs/venom"]);
    let changelog = std::fs::read_to_string(home.work().join("CHANGELOG.md")).unwrap_or_default();
    [
        git(home, &["symbolic-ref", "HEAD"]),
        git(home, &["log", "--topo-order", "--format=%s"]),
        git(home, &["status", "--porcelain"]),
        git(home, &["stash", "list", "--format=%gs"]),
        heads,
        kept,
        changelog,
    ]
    .join("--\n")
}

#[derive(Debug, PartialEq)]
struct Fate {
    code: Option<i32>,
    steps: Value,
    state: String,
}

fn fate(home: &Home, code: Option<i32>, report: &Value) -> Fate {
    let steps = report["data"]["steps"]
        .as_array()
        .unwrap_or_else(|| panic!("{report}"))
        .iter()
        .map(|step| json!([step["id"], step["status"]]))
        .collect();
    Fate {
        code,
        steps,
        state: state(home),
    }
}

fn resumed(home: &Home) -> Fate {
    let (code, report) = home.json(&["resume", "last", "--json"]);
    let (code, report) = if report["error"]["code"] == "refused" {
        home.json(&["show", "last", "--json"])
    } else {
        (code, report)
    };
    let verified = home.venom(&["log", "verify"]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    fate(home, code, &report)
}

/// Kills a goal after each of its events, and interrupts it once, and wants what an undisturbed run
/// comes to. Returns that.
fn undisturbed_by_kills(prepare: fn() -> Home, goal: &str) -> Option<Fate> {
    if !has("git") {
        return None;
    }
    let run = ["run", goal, "--jsonl", "--no-input"];
    let home = prepare();
    let done = home.start(&run).finish();
    let undisturbed = fate(&home, done.code, &done.last_line());
    assert_eq!(undisturbed.code, Some(0), "{done:?}");

    let next = AtomicUsize::new(1);
    let worker = || {
        let mut killed = 0;
        loop {
            let events = next.fetch_add(1, Ordering::Relaxed);
            let home = prepare();
            let mut running = home.start(&run);
            let is_over = (0..events)
                .map_while(|_| running.line())
                .any(|line| line["event"]["type"] == "RunFinished" || line["kind"].is_string());
            if is_over {
                return killed;
            }
            running.kill();
            assert_eq!(
                resumed(&home),
                undisturbed,
                "{goal}, killed after {events} events"
            );
            killed += 1;
        }
    };
    let killed: usize = std::thread::scope(|scope| {
        // Two at a time: each one waits for processes most of its time.
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers
            .into_iter()
            .map(|worker| worker.join().expect("every fate is the same"))
            .sum()
    });
    assert!(killed >= 5, "{goal}: only {killed} events");

    let home = prepare();
    let mut running = home.start(&run);
    running.until("StepStarted");
    running.signal(Signal::INT);
    let done = running.finish();
    // It may have come to its end in the same moment.
    assert!(matches!(done.code, Some(0 | 130)), "{done:?}");
    assert_eq!(resumed(&home), undisturbed, "{goal}, interrupted: {done:?}");
    Some(undisturbed)
}

#[test]
fn a_branch_is_made_once() {
    let goal = "create a branch called experiment";
    if let Some(fate) = undisturbed_by_kills(dirty, goal) {
        assert!(
            fate.state.starts_with("refs/heads/experiment\n"),
            "{fate:?}"
        );
        assert!(fate.state.contains(" M cart.py\n?? new.py\n"), "{fate:?}");
    }
}

#[test]
fn a_version_is_tagged_once() {
    if let Some(fate) = undisturbed_by_kills(released, "tag the next version") {
        assert!(
            fate.state.contains("refs/tags/v1.1.0 tag v1.1.0\n"),
            "{fate:?}"
        );
    }
}

#[test]
fn changes_are_put_aside_once() {
    if let Some(fate) = undisturbed_by_kills(dirty, "stash my changes") {
        let aside = fate.state.matches("WIP on main").count();
        assert_eq!(aside, 1, "{fate:?}");
    }
}

#[test]
fn what_was_put_aside_comes_back_once() {
    if let Some(fate) = undisturbed_by_kills(put_aside, "pop the stash") {
        assert!(fate.state.contains(" M cart.py\n?? new.py\n"), "{fate:?}");
    }
}

#[test]
fn a_branch_is_merged_once() {
    if let Some(fate) = undisturbed_by_kills(two_branches, "merge the branch side") {
        let merges = fate
            .state
            .matches("\nMerge branch 'side' into main\n")
            .count();
        assert_eq!(merges, 1, "{fate:?}");
    }
}

#[test]
fn the_changelog_is_written_once() {
    if let Some(fate) = undisturbed_by_kills(released, "update the changelog") {
        assert!(
            fate.state
                .ends_with("### Added\n\n- Taxes\n\n### Fixed\n\n- Rounding\n"),
            "{fate:?}"
        );
    }
}

#[test]
fn release_notes_are_written() {
    if let Some(fate) = undisturbed_by_kills(released, "write the release notes") {
        assert!(!fate.state.contains("??"), "{fate:?}");
    }
}

#[test]
fn the_commit_that_broke_a_test_is_found() {
    if !has("python3") {
        return;
    }
    undisturbed_by_kills(broken, "find the commit that broke the tests");
    let home = broken();
    let (code, report) = home.json(&[
        "run",
        "which commit broke test_total",
        "--json",
        "--no-input",
    ]);
    assert_eq!(code, Some(0), "{report}");
    let told = report.to_string();
    assert!(told.contains("step 4"), "{report}");
    assert_eq!(git(&home, &["status", "--porcelain"]), "");
    assert_eq!(git(&home, &["worktree", "list"]).lines().count(), 1);
}

/// A playbook of one step of the git skill.
fn playbook(home: &Home, action: &str, params: &str) {
    let text = format!(
        "venom: 1\nname: do-it\ntitle: Do it\nutterances:\n  - do the thing with the repository\n  - the thing with the repository\nsteps:\n  - id: it\n    title: Do it\n    skill: git\n    action: {action}\n    params: {params}\n"
    );
    home.playbook("do-it.yaml", &text);
}

const DO_IT: &str = "do the thing with the repository";

#[test]
fn shared_history_is_not_rewritten_unasked() {
    if !has("git") {
        return;
    }
    let home = released();
    playbook(&home, "amend", "{ message: \"fix: better\" }");
    let local = home.venom(&["run", DO_IT, "--no-input"]);
    assert_eq!(local.code, Some(0), "{local:?}");
    assert_eq!(git(&home, &["log", "-1", "--format=%s"]), "fix: better\n");

    git(&home, &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    playbook(&home, "amend", "{ message: \"fix: best\" }");
    let before = git(&home, &["rev-parse", "HEAD"]);
    let asked = home.venom(&["run", DO_IT, "--no-input"]);
    assert_ne!(asked.code, Some(0), "{asked:?}");
    let said = format!("{}{}", asked.stdout, asked.stderr);
    assert!(said.contains("origin/main"), "{asked:?}");
    assert_eq!(git(&home, &["rev-parse", "HEAD"]), before);
    let agreed = home.venom(&["run", DO_IT, "--no-input", "--yes"]);
    assert_eq!(agreed.code, Some(0), "{agreed:?}");
    assert_eq!(git(&home, &["log", "-1", "--format=%s"]), "fix: best\n");
    let replayed = home.venom(&["replay", "last"]);
    assert_eq!(replayed.code, Some(0), "{replayed:?}");
}

#[test]
fn the_rest_of_git_works_where_commands_are_confined() {
    if !has("git") {
        return;
    }
    let home = two_branches();
    for (action, params, wanted) in [
        ("add-worktree", "{ branch: other }", ".worktrees/other"),
        ("worktrees", "{}", ".worktrees/other"),
        ("remove-worktree", "{ path: .worktrees/other }", "Removed"),
        ("delete-branch", "{ name: other }", "Removed the branch"),
        ("switch-branch", "{ name: side }", "Switched to side"),
        ("reset", "{ to: HEAD^, mode: hard }", "1 commit"),
        ("submodules", "{}", "There is no submodule"),
        ("tags", "{}", "v1.0.0"),
    ] {
        playbook(&home, action, params);
        let done = home.venom(&["run", DO_IT, "--no-input"]);
        assert_eq!(done.code, Some(0), "{action}: {done:?}");
        assert!(done.stdout.contains(wanted), "{action}: {done:?}");
    }
    assert_eq!(git(&home, &["status", "--porcelain"]), "");

    let home = dirty();
    git(&home, &["stash", "push", "--quiet"]);
    playbook(&home, "drop-stash", "{}");
    let done = home.venom(&["run", DO_IT, "--no-input"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(git(&home, &["stash", "list"]), "");
}

#[test]
fn a_merge_with_conflicts_is_no_success_and_changes_nothing() {
    if !has("git") {
        return;
    }
    let home = two_branches();
    git(&home, &["switch", "--quiet", "side"]);
    home.file("tax.py", "def tax(sum):\n    return 0\n");
    commit(&home, "feat: no taxes");
    git(&home, &["switch", "--quiet", "main"]);
    let before = state(&home);
    let done = home.venom(&["run", "merge the branch side", "--no-input"]);
    assert_ne!(done.code, Some(0), "{done:?}");
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(said.contains("conflict"), "{done:?}");
    assert_eq!(state(&home), before);
}

#[test]
fn a_linked_working_tree_is_worked_in_and_its_repository_left_alone() {
    if !has("git") {
        return;
    }
    let goal = "commit with the message \"fix: nothing is owed\"";
    if let Some(fate) = undisturbed_by_kills(linked, goal) {
        assert!(fate.state.starts_with("refs/heads/side\n"), "{fate:?}");
        let commits = fate.state.matches("\nfix: nothing is owed\n").count();
        assert_eq!(commits, 1, "{fate:?}");
    }
    let home = linked();
    let main = home.user().join("main").display().to_string();
    let shown = home.venom(&["run", "show my uncommitted changes", "--no-input"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("return 0"), "{shown:?}");
    let done = home.venom(&["run", goal, "--no-input"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(
        git(&home, &["log", "-1", "--format=%s"]),
        "fix: nothing is owed\n"
    );
    assert_eq!(git(&home, &["status", "--porcelain"]), "");
    // Git's data lie outside of the workspace: where they stood is not recorded, and that is said.
    let undone = home.venom(&["undo", "last", "--yes"]);
    assert_eq!(undone.code, Some(1), "{undone:?}");
    assert!(
        undone
            .stderr
            .contains("commit (git.commit): where its repository stood is not recorded"),
        "{undone:?}"
    );
    assert!(undone.stderr.contains("git reset --soft"), "{undone:?}");
    // The same without a name: it is not passed over in silence.
    let unnamed = home.venom(&["undo", "--yes"]);
    assert_eq!(unnamed.stderr, undone.stderr);
    assert_eq!(unnamed.code, Some(1), "{unnamed:?}");
    // The other working tree of the repository is as it was, all along.
    assert_eq!(git(&home, &["-C", &main, "status", "--porcelain"]), "");
    assert_eq!(
        git(&home, &["-C", &main, "symbolic-ref", "HEAD"]),
        "refs/heads/main\n"
    );
}

#[test]
fn a_commit_records_where_a_submodule_stands_and_leaves_what_is_changed_inside() {
    if !has("git") {
        return;
    }
    let goal = "commit with the message \"fix: nothing is owed\"";
    if let Some(fate) = undisturbed_by_kills(with_submodule, goal) {
        assert!(fate.state.contains("\n M lib\n"), "{fate:?}");
    }
    let home = with_submodule();
    let begun = git(&home, &["rev-parse", "HEAD"]);
    let inside = git(&home, &["-C", "lib", "rev-parse", "HEAD"]);
    let before = git(&home, &["status", "--porcelain"]);
    let shown = home.venom(&["run", "show my uncommitted changes", "--no-input"]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("lib"), "{shown:?}");
    let done = home.venom(&["run", goal, "--no-input"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(git(&home, &["rev-parse", "HEAD:lib"]), inside);
    let left = std::fs::read_to_string(home.work().join("lib/lib.py")).expect("a file");
    assert_eq!(left, "lib = 3\n");
    let undone = home.venom(&["undo", "last", "--yes"]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    assert_eq!(git(&home, &["rev-parse", "HEAD"]), begun, "{undone:?}");
    assert_eq!(git(&home, &["status", "--porcelain"]), before, "{undone:?}");
    assert_eq!(git(&home, &["-C", "lib", "rev-parse", "HEAD"]), inside);
}
