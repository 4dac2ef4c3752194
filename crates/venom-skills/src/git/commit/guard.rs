//! What must not be committed without a person: the middle of a merge, nobody's work, and files
//! that look like secrets.

use venom_kernel::change::RelPath;
use venom_ports::Result;

use super::super::changed::Status;
use super::super::repository::Repository;
use super::super::status::State;
use crate::bounded;
use crate::name;
use crate::params::refused;
use crate::process;

/// The largest file that is committed without a person. Chosen: far above source text, below what
/// hosts refuse (GitHub warns at 50 MiB).
const LARGE: u64 = 20 << 20;

/// The longest file that is searched for a private key. A key has less than 16 KiB.
const KEY: u64 = 64 << 10;

/// Paths that are asked for at once. Chosen: far below what a command line holds.
const NAMED: usize = 500;

/// The most files that are searched.
const SEARCHED: usize = 20_000;

/// Refuses what must not be committed, and returns what differs.
pub(in super::super) async fn check(
    repository: &Repository<'_>,
    paths: &[String],
) -> Result<State> {
    operation(repository).await?;
    let state = State::read(repository, paths).await?;
    if !state.conflicted.is_empty() {
        return Err(refused(format!(
            "there are conflicts in {}",
            bounded::joined(&name::all(state.conflicted.iter().map(String::as_str)), 5)
        ))
        .with_hint("resolve them, then finish with `git add` and `git commit`"));
    }
    if !state.is_clean() {
        branch(repository).await?;
        identity(repository).await?;
        files(repository, &state).await?;
    }
    Ok(state)
}

/// Refuses to check another commit out where the workspace is only a part of the repository: files outside
/// of it would stay behind.
pub(in super::super) fn whole(repository: &Repository<'_>) -> Result<()> {
    if repository.is_whole() {
        return Ok(());
    }
    Err(
        refused("the workspace is a part of its repository, and this changes files outside of it")
            .with_hint("work in the top folder of the repository"),
    )
}

/// Refuses to check a commit out over files that git does not keep, ignored ones as well: git itself
/// overwrites what is ignored.
pub(in super::super) async fn in_the_way(repository: &Repository<'_>, to: &str) -> Result<()> {
    let Some(head) = repository.head.as_deref() else {
        return Ok(());
    };
    let added = repository
        .git(&[
            "diff",
            "--name-only",
            "--no-renames",
            "--no-relative",
            "--diff-filter=A",
            "-z",
        ])
        .args([head, to])
        .ok()
        .await?;
    for some in added.records().chunks(NAMED) {
        let here = repository
            .git(&["--literal-pathspecs", "ls-files", "--others", "-z", "--"])
            .args(some)
            .ok()
            .await?;
        if let Some(path) = here.records().first() {
            return Err(refused(format!(
                "`{}` is not kept by git and would be overwritten",
                name::shown(path)
            ))
            .with_hint("move it away or commit it first"));
        }
    }
    Ok(())
}

/// Refuses to work in the middle of something else.
pub(in super::super) async fn operation(repository: &Repository<'_>) -> Result<()> {
    let operations = [
        ("MERGE_HEAD", "a merge", "git merge --continue"),
        (
            "CHERRY_PICK_HEAD",
            "a cherry-pick",
            "git cherry-pick --continue",
        ),
        ("REVERT_HEAD", "a revert", "git revert --continue"),
        ("REBASE_HEAD", "a rebase", "git rebase --continue"),
    ];
    let in_progress = |what: &str, with: &str| {
        let abort = with.replace("--continue", "--abort");
        refused(format!("{what} is in progress")).with_hint(format!(
            "finish it with `{with}`, or give it up with `{abort}`"
        ))
    };
    for (reference, what, with) in operations {
        // REBASE_HEAD may be left over; only the words of `git status` tell.
        if reference != "REBASE_HEAD" && repository.resolve(reference).await?.is_some() {
            return Err(in_progress(what, with));
        }
    }
    let ran = repository
        .git(&[
            "status",
            "--long",
            "--untracked-files=no",
            "--ignore-submodules=all",
        ])
        .run()
        .await?;
    // Between two commits of a series nothing but these words tells of it. Files stand behind a tab.
    let said: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| !line.starts_with('\t'))
        .take(8)
        .collect();
    let by_words = [
        ("rebase in progress", "a rebase", "git rebase --continue"),
        ("currently rebasing", "a rebase", "git rebase --continue"),
        (
            "in the middle of an am session",
            "applying patches",
            "git am --continue",
        ),
        (
            "Cherry-pick currently in progress",
            "a cherry-pick",
            "git cherry-pick --continue",
        ),
        (
            "Revert currently in progress",
            "a revert",
            "git revert --continue",
        ),
    ];
    for (words, what, with) in by_words {
        if said.iter().any(|line| line.contains(words)) {
            return Err(in_progress(what, with));
        }
    }
    Ok(())
}

/// Refuses to commit where the next switch would lose the commit.
pub(in super::super) async fn branch(repository: &Repository<'_>) -> Result<()> {
    if repository.branch().await?.is_some() {
        return Ok(());
    }
    Err(
        refused("no branch is checked out, so nothing would name the commit").with_hint(
            "make a branch here with `git switch -c NAME`; changes in the files come along",
        ),
    )
}

/// Refuses to commit in nobody's name.
pub(in super::super) async fn identity(repository: &Repository<'_>) -> Result<()> {
    for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let ran = repository
            .git(&["-c", "user.useConfigOnly=true", "var", who])
            .run()
            .await?;
        if ran.code != Some(0) {
            return Err(
                refused("git does not know in whose name to commit").with_hint(
                    "run `git config user.name \"Your Name\"` and \
                 `git config user.email you@example.com`",
                ),
            );
        }
    }
    Ok(())
}

async fn files(repository: &Repository<'_>, state: &State) -> Result<()> {
    let is_new = |status: Status| matches!(status, Status::Added | Status::Renamed);
    let entries = || state.staged.iter().chain(&state.unstaged);
    let staged = entries()
        .filter(|entry| is_new(entry.status))
        .map(|entry| entry.path.as_str());
    let new: Vec<&str> = state
        .untracked
        .iter()
        .map(String::as_str)
        .chain(staged)
        .collect();
    let nested: Vec<String> = new
        .iter()
        .filter(|path| path.ends_with('/'))
        .map(|path| name::shown(path).into_owned())
        .collect();
    if !nested.is_empty() {
        return Err(refused(format!(
            "{} holds a repository of its own",
            bounded::joined(&nested, 5)
        ))
        .with_hint(
            "list the folder in .gitignore, or make it a submodule with `git submodule add`",
        ));
    }
    let mut suspects = Vec::new();
    for path in &new {
        if is_secret_name(path) {
            suspects.push(format!("{} (its name says secret)", name::shown(path)));
        }
    }
    let modified = entries().filter(|entry| entry.status == Status::Modified);
    for path in new
        .iter()
        .copied()
        .chain(modified.map(|entry| entry.path.as_str()))
    {
        let Ok(place) = RelPath::new(path) else {
            continue;
        };
        if let Ok(Some(entry)) = repository.context.files.stat(&place).await
            && entry.size > LARGE
        {
            suspects.push(format!("{} ({} MiB)", name::shown(path), entry.size >> 20));
        }
    }
    for path in new.iter().take(SEARCHED) {
        let Ok(place) = RelPath::new(path) else {
            continue;
        };
        // What cannot be read as a small file is no key.
        if let Ok(file) = repository.context.files.read(&place, KEY).await
            && holds_key(&file.bytes)
        {
            suspects.push(format!("{} (holds a private key)", name::shown(path)));
        }
    }
    suspects.sort();
    suspects.dedup_by(|one, other| one.split(" (").next() == other.split(" (").next());
    if suspects.is_empty() {
        return Ok(());
    }
    let first = suspects
        .first()
        .and_then(|one| one.rsplit_once(" ("))
        .map_or("", |(path, _)| path);
    Err(refused(format!(
        "these files should not be committed unseen: {}",
        bounded::joined(&suspects, 10)
    ))
    .with_hint(format!(
        "list them in .gitignore, or commit them yourself: `{} && git commit`",
        process::shown(&["git", "add", "--", first].map(str::to_owned))
    )))
}

/// Tells whether files of this name hold secrets as a rule.
pub(super) fn is_secret_name(path: &str) -> bool {
    let name = path
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_pattern = [
        "example", "sample", "template", "dist", "defaults", "schema",
    ];
    if name == ".env" || name.starts_with(".env.") {
        return !is_pattern.iter().any(|word| name.ends_with(word));
    }
    let names = [
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".netrc",
        "_netrc",
        ".pgpass",
        ".git-credentials",
        ".htpasswd",
    ];
    let ends = [".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk"];
    names.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end))
}

/// Tells whether a file holds a private key in the textual form (RFC 7468, and OpenSSH's own).
fn holds_key(bytes: &[u8]) -> bool {
    // Put together here so that this file does not look like one that holds a key.
    let begin = format!("{}BEGIN ", "-".repeat(5));
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| {
        line.strip_prefix(begin.as_str())
            .is_some_and(|rest| rest.trim_end().ends_with("PRIVATE KEY-----") && rest.len() < 60)
    })
}
