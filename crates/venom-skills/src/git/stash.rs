//! `git.stashes`, `git.stash`, `git.pop-stash` and `git.drop-stash`: changes put aside.
//!
//! Entries are named by the id of their commit, which stays what it is when entries come and go. What
//! leaves the list is kept under a name of its own, so that it can be put back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::changed::{Changed, files_schema};
use super::commit::guard;
use super::conflict;
use super::deed::{happened, moved, seen, written};
use super::diff;
use super::repository::{LONG, Repository};
use super::status::State;
use crate::bounded::{self, push};
use crate::params::{self, missing, refused};
use crate::schema::{self, Object};

/// The most entries that are listed and found.
const ENTRIES: usize = 1_000;

/// Paths that are asked for at once. Chosen: far below what a command line holds.
const NAMED: usize = 500;

/// An entry of the list.
struct Entry {
    id: String,
    subject: String,
}

async fn entries(repository: &Repository<'_>) -> Result<Vec<Entry>> {
    if repository.reference("refs/stash").await?.is_none() {
        return Ok(Vec::new());
    }
    let count = format!("--max-count={ENTRIES}");
    let ran = repository
        .git(&[
            "log",
            "--walk-reflogs",
            "-z",
            "--format=%H%x1f%gs",
            &count,
            "refs/stash",
            "--",
        ])
        .ok()
        .await?;
    let entry = |record: &&str| {
        let (id, subject) = record.trim_start().split_once('\x1f')?;
        Some(Entry {
            id: id.to_owned(),
            subject: bounded::line(subject, 300),
        })
    };
    Ok(ran
        .out
        .split('\0')
        .collect::<Vec<_>>()
        .iter()
        .filter_map(entry)
        .collect())
}

/// Lists what was put aside.
pub(super) async fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params::read(call)?;
    let repository = Repository::open(context).await?;
    let mut text = String::new();
    let mut listed = Vec::new();
    for (at, entry) in entries(&repository).await?.into_iter().enumerate() {
        let short: String = entry.id.chars().take(10).collect();
        push(
            &mut text,
            format_args!("- stash@{{{at}}} {short} {}\n", entry.subject),
        );
        listed.push(json!({"id": entry.id, "position": at, "subject": entry.subject}));
    }
    if listed.is_empty() {
        text.push_str("Nothing is put aside.\n");
    }
    Ok(schema::output(json!({
        "stashes": listed,
        "text": bounded::cut(&text, bounded::TEXT),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Push {
    message: Option<String>,
    tracked_only: Option<bool>,
}

/// What was seen before changes were put aside.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushing {
    head: String,
    /// The newest entry.
    top: Option<String>,
    /// Whether there is anything to put aside.
    has_changes: bool,
    /// Whether something differs about submodules, which git never puts aside.
    #[serde(default)]
    submodules: bool,
}

/// Looks what there is to put aside.
pub(super) async fn prepare_push(call: &Call, context: &SkillContext) -> Result<Value> {
    let push: Push = params::read(call)?;
    let repository = Repository::open(context).await?;
    let head = repository
        .born()
        .map_err(|failure| failure.with_hint("git puts changes aside from the first commit on"))?
        .to_owned();
    guard::operation(&repository).await?;
    let state = State::of_files(&repository).await?;
    let submodules = !State::read(&repository, &[]).await?.is_clean() && state.is_clean();
    if !state.conflicted.is_empty() {
        return Err(refused("there are conflicts in the files")
            .with_hint("resolve them, or give the merge up with `git merge --abort`"));
    }
    let has_changes = if push.tracked_only.unwrap_or(false) {
        !state.staged.is_empty() || !state.unstaged.is_empty()
    } else {
        !state.is_clean()
    };
    if has_changes {
        guard::identity(&repository).await?;
    }
    written(&Pushing {
        head,
        top: repository.reference("refs/stash").await?,
        has_changes,
        submodules,
    })
}

/// Puts changes aside.
pub(super) async fn push_call(call: &Call, context: &SkillContext) -> Result<Output> {
    let order: Push = params::read(call)?;
    let saw: Pushing = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.head.as_deref() != Some(saw.head.as_str())
        || repository.reference("refs/stash").await? != saw.top
    {
        return Err(moved());
    }
    if !saw.has_changes {
        return Ok(schema::output(json!({
            "stashed": false,
            "id": null,
            "message": null,
            "files": [],
            "undo": null,
            "text": if saw.submodules {
                "Nothing was put aside: only submodules differ, and git puts nothing of theirs aside. \
                 Stash or commit inside of them.\n"
            } else {
                "Nothing was put aside: the files are as in the last commit.\n"
            },
        })));
    }
    let mut git = repository.git(&["-c", "user.useConfigOnly=true", "stash", "push", "--quiet"]);
    // Git itself uses patterns to clear away the files that it did not know.
    git = git.literal_off();
    if !order.tracked_only.unwrap_or(false) {
        git = git.args(["--include-untracked"]);
    }
    if let Some(message) = &order.message {
        git = git.args([format!("--message={}", bounded::line(message, 1_000))]);
    }
    if !repository.is_whole() {
        git = git.args(["--", "."]);
    }
    let ran = git.timeout(LONG).run().await?;
    if ran.code != Some(0) {
        return Err(ran.refusal("git did not put the changes aside"));
    }
    if repository.reference("refs/stash").await? == saw.top {
        return Err(refused(format!(
            "git put nothing aside: {}",
            bounded::line(&format!("{} {}", ran.out, ran.err), 1_000)
        ))
        .with_hint("look at `git status`; the files are as they were"));
    }
    pushed(&repository).await
}

/// Finds out whether changes were put aside.
pub(super) async fn probe_push(call: &Call, context: &SkillContext) -> Result<Probed> {
    let order: Push = params::read(call)?;
    let saw: Pushing = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.reference("refs/stash").await? == saw.top {
        return Ok(Probed::DidNot);
    }
    let state = State::of_files(&repository).await?;
    let is_empty = state.staged.is_empty() && state.unstaged.is_empty();
    let has_rest = !order.tracked_only.unwrap_or(false) && !state.untracked.is_empty();
    let before = repository.resolve("refs/stash^1").await?;
    if !is_empty || has_rest || before.as_deref() != Some(saw.head.as_str()) {
        return Ok(Probed::Unknown(
            "there is a new entry in the stash, and the files still differ from the last commit"
                .to_owned(),
        ));
    }
    Ok(happened(pushed(&repository).await?))
}

async fn pushed(repository: &Repository<'_>) -> Result<Output> {
    let id = repository.revision("refs/stash").await?;
    let subject = repository
        .git(&["log", "-1", "--format=%s", &id])
        .ok()
        .await?;
    let subject = bounded::line(&subject.out, 300);
    let changed = changes(repository, &id).await?;
    let short: String = id.chars().take(10).collect();
    let undo = format!("git stash apply --index {id}");
    let text = format!(
        "Put aside as {short}: {subject}\n{}.\n{}\nBring it back with `{undo}`.\n",
        changed.line(),
        changed.lines(50)
    );
    Ok(schema::output(json!({
        "stashed": true,
        "id": id,
        "message": subject,
        "files": changed.json(),
        "undo": undo,
        "text": bounded::cut(&text, bounded::TEXT),
    })))
}

/// Lists what an entry holds: what differed from its commit, and files that git did not know.
async fn changes(repository: &Repository<'_>, id: &str) -> Result<Changed> {
    let base = format!("{id}^1");
    let list = |first: &str, second: &str| {
        repository
            .git(&["diff", "--raw", "--numstat", "-z"])
            .args(diff::FORM)
            .args([first, second, "--", "."])
    };
    let mut changed = Changed::read(list(&base, id)).await?;
    let untracked = format!("{id}^3");
    if let Some(untracked) = repository.resolve(&untracked).await? {
        let empty = repository.empty_tree().await?;
        let more = Changed::read(list(&empty, &untracked)).await?;
        changed.files.extend(more.files);
        changed.truncated |= more.truncated;
    }
    Ok(changed)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    stash: Option<String>,
}

/// What was seen before an entry left the list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taking {
    head: Option<String>,
    id: String,
    subject: String,
    /// The files before, as git's own list of differences.
    before: String,
}

async fn find(repository: &Repository<'_>, named: Option<&str>) -> Result<Entry> {
    let all = entries(repository).await?;
    let found = match named {
        None => all.into_iter().next(),
        Some(named) => {
            let id = repository.revision(named).await?;
            all.into_iter().find(|entry| entry.id == id)
        }
    };
    found.ok_or_else(|| {
        missing(match named {
            None => "nothing is put aside".to_owned(),
            Some(named) => format!("`{}` is not in the stash", bounded::line(named, 100)),
        })
        .with_hint("`git stash list` shows what is put aside")
    })
}

async fn state(repository: &Repository<'_>) -> Result<String> {
    let ran = repository
        .git(&["status", "--porcelain=v2", "-z", "--untracked-files=all"])
        .ok()
        .await?;
    Ok(venom_kernel::digest::Digest::of_bytes(ran.out.as_bytes()).to_string())
}

/// Looks whether an entry can be brought back without conflicts.
pub(super) async fn prepare_pop(call: &Call, context: &SkillContext) -> Result<Value> {
    let Named { stash } = params::read(call)?;
    let repository = Repository::open(context).await?;
    guard::operation(&repository).await?;
    let entry = find(&repository, stash.as_deref()).await?;
    let head = repository.born()?.to_owned();
    let conflicts = conflict::foreseen(
        &repository,
        Some(&format!("{}^1", entry.id)),
        &head,
        &entry.id,
    )
    .await?;
    if !conflicts.is_empty() {
        return Err(Failure::new(
            FailureKind::Conflict,
            format!(
                "what was put aside conflicts with the last commit:\n{}",
                conflict::lines(&conflicts)
            ),
        )
        .with_hint(format!(
            "nothing was changed; make a branch where it fits: `git stash branch NAME {}`",
            entry.id
        )));
    }
    overwritten(&repository, &entry.id).await?;
    written(&Taking {
        head: Some(head),
        id: entry.id,
        subject: entry.subject,
        before: state(&repository).await?,
    })
}

/// Refuses an entry that would come back over files that git does not keep. Git finds some of that out
/// in the middle, when half of the files are back, and overwrites what is ignored.
async fn overwritten(repository: &Repository<'_>, id: &str) -> Result<()> {
    let untracked = format!("{id}^3");
    let mut brought: Vec<String> = Vec::new();
    if let Some(untracked) = repository.resolve(&untracked).await? {
        let ran = repository
            .git(&[
                "ls-tree",
                "-r",
                "--name-only",
                "--full-tree",
                "-z",
                &untracked,
            ])
            .ok()
            .await?;
        brought.extend(ran.records().into_iter().map(str::to_owned));
    }
    let fresh = repository
        .git(&[
            "diff",
            "--name-only",
            "--no-renames",
            "--no-relative",
            "--diff-filter=A",
            "-z",
        ])
        .args([&format!("{id}^1"), id])
        .ok()
        .await?;
    brought.extend(fresh.records().into_iter().map(str::to_owned));
    let here: Vec<String> = brought
        .iter()
        .map(|path| repository.from_here(path))
        .collect();
    for some in here.chunks(NAMED) {
        let found = repository
            .git(&["ls-files", "--others", "--cached", "-z", "--"])
            .args(some)
            .ok()
            .await?;
        if let Some(path) = found.records().first() {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "`{}` is there already, and what was put aside brings one of its own",
                    crate::name::shown(path)
                ),
            )
            .with_hint("nothing was changed; move the file away, or commit it and merge by hand"));
        }
    }
    Ok(())
}

/// Brings an entry back and takes it from the list.
pub(super) async fn pop(call: &Call, context: &SkillContext) -> Result<Output> {
    let saw: Taking = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.head != saw.head || state(&repository).await? != saw.before {
        return Err(moved());
    }
    overwritten(&repository, &saw.id).await?;
    let first = repository
        .git(&["stash", "apply", "--quiet", "--index", &saw.id])
        .timeout(LONG)
        .run()
        .await?;
    let ran = if first.code == Some(0) {
        first
    } else if state(&repository).await? == saw.before {
        // What was staged does not fit any more; the files may.
        repository
            .git(&["stash", "apply", "--quiet", &saw.id])
            .timeout(LONG)
            .run()
            .await?
    } else {
        first
    };
    if ran.code != Some(0) {
        return Err(ran
            .refusal("git did not bring the changes back")
            .with_hint("commit your changes first; the entry is still in the stash"));
    }
    let kept = drop_entry(&repository, &saw.id).await?;
    Ok(popped(&saw, &kept))
}

/// Finds out whether an entry was brought back. While it is in the list and the files are as before,
/// it was not; when it has left the list it was, because that comes last.
pub(super) async fn probe_pop(call: &Call, context: &SkillContext) -> Result<Probed> {
    let saw: Taking = seen(call)?;
    let repository = Repository::open(context).await?;
    if !is_listed(&repository, &saw.id).await? {
        let kept = repository.keep(&saw.id).await?;
        return Ok(happened(popped(&saw, &kept)));
    }
    if state(&repository).await? == saw.before {
        return Ok(Probed::DidNot);
    }
    Ok(Probed::Unknown(
        "the changes may be in the files already, and are still in the stash".to_owned(),
    ))
}

fn popped(saw: &Taking, kept: &str) -> Output {
    let undo = store(saw);
    let text = format!(
        "Brought back: {}\nThe entry left the list; `{undo}` puts it back there.\n",
        saw.subject
    );
    taken(saw, kept, &undo, &text)
}

/// The command that puts an entry back into the list.
fn store(saw: &Taking) -> String {
    let subject = saw.subject.replace('\'', r"'\''");
    format!("git stash store -m '{subject}' {}", saw.id)
}

fn taken(saw: &Taking, kept: &str, undo: &str, text: &str) -> Output {
    schema::output(json!({
        "id": saw.id,
        "subject": saw.subject,
        "kept": kept,
        "undo": undo,
        "text": bounded::cut(text, bounded::TEXT),
    }))
}

/// Looks which entry is meant.
pub(super) async fn prepare_drop(call: &Call, context: &SkillContext) -> Result<Value> {
    let Named { stash } = params::read(call)?;
    let repository = Repository::open(context).await?;
    let entry = find(&repository, stash.as_deref()).await?;
    written(&Taking {
        head: repository.head.clone(),
        id: entry.id,
        subject: entry.subject,
        before: String::new(),
    })
}

/// Takes an entry from the list.
pub(super) async fn drop_call(call: &Call, context: &SkillContext) -> Result<Output> {
    let saw: Taking = seen(call)?;
    let repository = Repository::open(context).await?;
    let kept = drop_entry(&repository, &saw.id).await?;
    Ok(dropped(&saw, &kept))
}

/// Finds out whether an entry was taken from the list.
pub(super) async fn probe_drop(call: &Call, context: &SkillContext) -> Result<Probed> {
    let saw: Taking = seen(call)?;
    let repository = Repository::open(context).await?;
    if is_listed(&repository, &saw.id).await? {
        return Ok(Probed::DidNot);
    }
    let kept = repository.keep(&saw.id).await?;
    Ok(happened(dropped(&saw, &kept)))
}

fn dropped(saw: &Taking, kept: &str) -> Output {
    let undo = store(saw);
    let text = format!(
        "Took from the stash: {}\nIt is kept as {kept}; `{undo}` puts it back.\n",
        saw.subject
    );
    taken(saw, kept, &undo, &text)
}

async fn is_listed(repository: &Repository<'_>, id: &str) -> Result<bool> {
    Ok(entries(repository)
        .await?
        .iter()
        .any(|entry| entry.id == id))
}

/// Keeps an entry under its own name, and then takes it from the list by its present position.
async fn drop_entry(repository: &Repository<'_>, id: &str) -> Result<String> {
    let kept = repository.keep(id).await?;
    let all = entries(repository).await?;
    let Some(at) = all.iter().position(|entry| entry.id == id) else {
        return Ok(kept);
    };
    repository
        .git(&["stash", "drop", "--quiet", &format!("stash@{{{at}}}")])
        .ok()
        .await?;
    Ok(kept)
}

/// Describes the result of the list.
pub(super) fn list_result() -> Object {
    let entry = schema::object()
        .must("id", schema::text("The commit that holds the changes."))
        .must(
            "position",
            schema::number("Its place in the list; 0 is the newest."),
        )
        .must("subject", schema::text("What it was called."))
        .done();
    schema::object()
        .must(
            "stashes",
            schema::list(entry, "What was put aside, newest first."),
        )
        .text()
}

/// Describes the parameters of putting aside.
pub(super) fn push_params() -> Object {
    schema::object()
        .may("message", schema::text("What to call it."))
        .may(
            "tracked_only",
            schema::flag("Whether files that git does not know stay where they are."),
        )
}

/// Describes the result of putting aside.
pub(super) fn push_result() -> Object {
    schema::object()
        .must("stashed", schema::flag("Whether anything was put aside."))
        .must(
            "id",
            schema::or_null(schema::text("The commit that holds the changes.")),
        )
        .must(
            "message",
            schema::or_null(schema::text("What it is called.")),
        )
        .must("files", files_schema())
        .must(
            "undo",
            schema::or_null(schema::text("The command that brings it back.")),
        )
        .text()
}

/// Describes the parameters of bringing back and dropping.
pub(super) fn named_params() -> Object {
    schema::object().may(
        "stash",
        schema::text("The entry, as an id or as `stash@{1}`; the newest if not given."),
    )
}

/// Describes the result of bringing back and dropping.
pub(super) fn named_result() -> Object {
    schema::object()
        .must("id", schema::text("The commit that holds the changes."))
        .must("subject", schema::text("What it was called."))
        .must("kept", schema::text("The reference that keeps the entry."))
        .must(
            "undo",
            schema::text("The command that puts it back into the list."),
        )
        .text()
}
