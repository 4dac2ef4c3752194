//! `git.amend` and `git.reset`: what rewrites history, as a class of its own.
//!
//! Where others may have the commits, somebody has to agree; see [`Lost`]. In either case the old
//! commit stays findable under a name of its own, and the result says how to go back. Nothing here
//! rebases, and nothing pushes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::effect::Probed;
use venom_kernel::evidence::Evidence;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::commit::{self, guard};
use super::deed::{happened, moved, seen, written};
use super::index::{self, Staged};
use super::repository::{LONG, Repository};
use super::shared::Lost;
use super::signing::{Signed, Signing};
use super::status::State;
use crate::bounded;
use crate::params::{self, refused};
use crate::schema::{self, Object};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amend {
    message: Option<String>,
    paths: Option<Vec<RelPath>>,
}

/// What was seen before the last commit was replaced.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replacing {
    old: String,
    /// The branch that is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    /// What is going to be added, as the id of the tree of all that would be committed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tree: Option<String>,
    parents: String,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asks: Option<String>,
}

/// Looks at the last commit.
pub(super) async fn prepare_amend(call: &Call, context: &SkillContext) -> Result<Value> {
    let Amend { message, paths } = params::read(call)?;
    let repository = Repository::open(context).await?;
    let old = repository.born()?.to_owned();
    let paths = named(paths.as_deref());
    if message.is_none() && paths.is_empty() {
        return Err(refused("nothing is to be amended")
            .with_hint("give a new `message`, or name in `paths` what belongs to the commit"));
    }
    guard::operation(&repository).await?;
    guard::branch(&repository).await?;
    guard::identity(&repository).await?;
    if !paths.is_empty() {
        guard::check(&repository, &paths).await?;
    }
    let lost = Lost::between(&repository, &old, Some(&format!("{old}^@"))).await?;
    let message = match message {
        Some(message) => commit::checked(&message)?,
        None => commit::tidy(&said(&repository, &old, "%B").await?),
    };
    let branch = repository.branch().await?;
    let place = branch.as_deref().unwrap_or("no branch");
    let tree = if paths.is_empty() {
        None
    } else {
        Some(index::foreseen(&repository, &paths).await?)
    };
    written(&Replacing {
        tree,
        parents: said(&repository, &old, "%P").await?.trim().to_owned(),
        message,
        asks: lost.asks(&format!("it replaces the commit {old} on {place}:")),
        old,
        branch,
    })
}

/// Replaces the last commit.
pub(super) async fn amend(call: &Call, context: &SkillContext) -> Result<Output> {
    let Amend { paths, .. } = params::read(call)?;
    let saw: Replacing = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.head.as_deref() != Some(saw.old.as_str())
        || !on_branch(&repository, saw.branch.as_deref()).await?
    {
        return Err(moved());
    }
    let kept = repository.keep(&saw.old).await?;
    let paths = named(paths.as_deref());
    let before = Staged::remember(&repository).await?;
    if !paths.is_empty()
        && let Err(failure) = index::add(&repository, &paths, &BTreeMap::new()).await
    {
        before.restore(&repository).await?;
        return Err(failure);
    }
    if let Some(tree) = &saw.tree
        && !index::holds(&repository, tree, &paths).await?
    {
        before.restore(&repository).await?;
        return Err(moved());
    }
    let signing = Signing::of(&repository, Signed::Commit).await?;
    let ran = repository
        .git(signing.settings)
        .args([
            "-c",
            "user.useConfigOnly=true",
            "-c",
            "i18n.commitEncoding=utf-8",
            "commit",
            "--amend",
            "--quiet",
            "--cleanup=whitespace",
            "--file=-",
            "--only",
        ])
        // A commit that holds nothing but words may get other words.
        .args(if paths.is_empty() {
            &["--allow-empty"]
        } else {
            &["--"]
        })
        .args(&paths)
        .stdin(&saw.message)
        .timeout(LONG)
        .run()
        .await?;
    if ran.code != Some(0) {
        before.restore(&repository).await?;
        return Err(commit::not_committed(&ran));
    }
    amended(&repository, &saw, &kept).await
}

/// Finds out whether the last commit was replaced.
pub(super) async fn probe_amend(call: &Call, context: &SkillContext) -> Result<Probed> {
    let saw: Replacing = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.head.as_deref() == Some(saw.old.as_str()) {
        return Ok(Probed::DidNot);
    }
    let parents = said(&repository, "HEAD", "%P").await?;
    let message = commit::tidy(&said(&repository, "HEAD", "%B").await?);
    if parents.trim() != saw.parents || message != saw.message {
        return Ok(Probed::Unknown(
            "another commit is checked out than the one before, and it is not the expected one"
                .to_owned(),
        ));
    }
    let kept = repository.keep(&saw.old).await?;
    Ok(happened(amended(&repository, &saw, &kept).await?))
}

async fn amended(repository: &Repository<'_>, saw: &Replacing, kept: &str) -> Result<Output> {
    let id = repository.revision("HEAD").await?;
    let undo = format!("git reset --soft {}", saw.old);
    let note = Signing::of(repository, Signed::Commit).await?.note;
    let text = format!(
        "Replaced the last commit by {}: {}\nThe old one is kept as {kept}; take it back with `{undo}`.\n{note}",
        short(&id),
        saw.message.lines().next().unwrap_or_default()
    );
    let result = json!({
        "id": id,
        "old": saw.old,
        "branch": repository.branch().await?,
        "message": saw.message,
        "kept": kept,
        "undo": undo,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(Output {
        result,
        evidence: vec![Evidence::Commit { id }],
    })
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Soft,
    Mixed,
    Hard,
}

impl Mode {
    const fn flag(self) -> &'static str {
        match self {
            Self::Soft => "--soft",
            Self::Mixed => "--mixed",
            Self::Hard => "--hard",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    to: String,
    mode: Option<Mode>,
}

/// What was seen before the branch moved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moving {
    old: String,
    /// The branch that moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    to: String,
    /// The uncommitted changes, which would be gone otherwise.
    changes: Option<String>,
    lost: Lost,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asks: Option<String>,
}

/// Looks at what a branch would lose.
pub(super) async fn prepare_reset(call: &Call, context: &SkillContext) -> Result<Value> {
    let Reset { to, mode } = params::read(call)?;
    let repository = Repository::open(context).await?;
    let old = repository.born()?.to_owned();
    guard::operation(&repository).await?;
    let to = repository.revision(&to).await?;
    let lost = Lost::between(&repository, &old, Some(&to)).await?;
    let mut changes = None;
    if mode == Some(Mode::Hard) {
        if !State::read(&repository, &[]).await?.conflicted.is_empty() {
            return Err(refused("there are conflicts in the files")
                .with_hint("resolve them, or give the merge up with `git merge --abort`"));
        }
        guard::whole(&repository)?;
        guard::in_the_way(&repository, &to).await?;
        changes = put_aside(&repository).await?;
    }
    let branch = repository.branch().await?;
    let place = branch.as_deref().unwrap_or("no branch");
    written(&Moving {
        asks: lost.asks(&format!("{place} goes from {old} to {to} and loses")),
        old,
        branch,
        to,
        changes,
        lost,
    })
}

/// Makes a commit of all changes that are not committed, and leaves them where they are; `None` if there
/// are none.
async fn put_aside(repository: &Repository<'_>) -> Result<Option<String>> {
    let ran = repository
        .git(&[
            "-c",
            "user.name=nobody",
            "-c",
            "user.email=nobody@localhost",
        ])
        .args(["stash", "create"])
        .timeout(LONG)
        .run()
        .await?;
    let id = ran.out.trim();
    // Where nothing but times differ from the index, git ends with 1 and no words.
    if ran.code == Some(0) || (ran.code == Some(1) && ran.err.trim().is_empty() && id.is_empty()) {
        return Ok((!id.is_empty()).then(|| id.to_owned()));
    }
    Err(ran.refusal("git stash create"))
}

/// Moves the branch. Doing so twice is the same as once.
pub(super) async fn reset(call: &Call, context: &SkillContext) -> Result<Output> {
    let Reset { mode, .. } = params::read(call)?;
    let mode = mode.unwrap_or(Mode::Mixed);
    let saw: Moving = seen(call)?;
    let repository = Repository::open(context).await?;
    let at = repository.born()?;
    if (at != saw.old && at != saw.to) || !on_branch(&repository, saw.branch.as_deref()).await? {
        return Err(moved());
    }
    let kept = repository.keep(&saw.old).await?;
    let changes = match &saw.changes {
        Some(changes) => Some(repository.keep(changes).await?),
        None => None,
    };
    if mode == Mode::Hard
        && let Some(since) = put_aside(&repository).await?
        && saw.changes.as_ref() != Some(&since)
    {
        // After a crash somebody may have gone on working.
        repository.keep(&since).await?;
    }
    repository
        .git(&["reset", "--quiet", mode.flag(), &saw.to])
        .timeout(LONG)
        .ok()
        .await?;
    let mut undo = format!("git reset {} {}", mode.flag(), saw.old);
    if let Some(changes) = &saw.changes {
        undo = format!("{undo} && git stash apply --index {changes}");
    }
    let text = format!(
        "Moved from {} to {}; {} left the branch. Take it back with `{undo}`.\n",
        short(&saw.old),
        short(&saw.to),
        bounded::counted(saw.lost.commits, "commit")
    );
    let result = json!({
        "id": saw.to,
        "old": saw.old,
        "commits": saw.lost.commits,
        "shared": saw.lost.shared,
        "kept": kept,
        "changes_kept": changes,
        "undo": undo,
        "text": text,
    });
    Ok(schema::output(result))
}

/// Tells whether the branch is checked out that was seen. An older log names none.
async fn on_branch(repository: &Repository<'_>, saw: Option<&str>) -> Result<bool> {
    let Some(saw) = saw else {
        return Ok(true);
    };
    Ok(repository.branch().await?.as_deref() == Some(saw))
}

fn named(paths: Option<&[RelPath]>) -> Vec<String> {
    paths
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect()
}

async fn said(repository: &Repository<'_>, commit: &str, form: &str) -> Result<String> {
    let form = format!("--format={form}");
    Ok(repository
        .git(&["log", "-1", &form, commit])
        .ok()
        .await?
        .out)
}

fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

/// Describes the parameters of a replaced commit.
pub(super) fn amend_params() -> Object {
    schema::object()
        .may(
            "message",
            schema::text("The new message; the old one if not given."),
        )
        .may(
            "paths",
            schema::texts(
                "What is added to the commit; nothing if not given, everything with `.`.",
            ),
        )
}

/// Describes the result of a replaced commit.
pub(super) fn amend_result() -> Object {
    schema::object()
        .must("id", schema::text("The full name of the new commit."))
        .must("old", schema::text("The full name of the old commit."))
        .must(
            "branch",
            schema::or_null(schema::text("The branch; null if none is checked out.")),
        )
        .must("message", schema::text("The message of the new commit."))
        .must(
            "kept",
            schema::text("The reference that keeps the old commit."),
        )
        .must("undo", schema::text("The command that goes back."))
        .text()
}

/// Describes the parameters of a move.
pub(super) fn reset_params() -> Object {
    schema::object()
        .must("to", schema::text("The revision that the branch moves to."))
        .may(
            "mode",
            schema::choice(
                &["soft", "mixed", "hard"],
                "What stays: `soft` what is staged and the files, `mixed` the files, `hard` neither; mixed if not given.",
            ),
        )
}

/// Describes the result of a move.
pub(super) fn reset_result() -> Object {
    schema::object()
        .must("id", schema::text("The commit that is checked out now."))
        .must("old", schema::text("The commit that was checked out."))
        .must(
            "commits",
            schema::number("How many commits left the branch."),
        )
        .must(
            "shared",
            schema::number("How many of them others may have."),
        )
        .must(
            "kept",
            schema::text("The reference that keeps the old commit."),
        )
        .must(
            "changes_kept",
            schema::or_null(schema::text(
                "The reference that keeps uncommitted changes; null if there were none.",
            )),
        )
        .must("undo", schema::text("The command that goes back."))
        .text()
}
