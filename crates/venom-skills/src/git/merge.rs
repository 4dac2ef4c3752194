//! `git.merge`: brings another branch into the one that is checked out.
//!
//! It is tried in memory first. Where both sides changed the same, the conflicts are the result, and
//! nothing changes unless the user wants to have them in the files.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_kernel::evidence::Evidence;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::commit::guard;
use super::conflict::{self, Conflict};
use super::deed::{happened, moved, seen, written};
use super::index;
use super::repository::{LONG, Repository};
use super::signing::{Signed, Signing};
use super::status::State;
use crate::bounded;
use crate::params::{self, refused};
use crate::schema::{self, Object};

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum OnConflict {
    Abort,
    Keep,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    from: String,
    message: Option<String>,
    on_conflict: Option<OnConflict>,
}

/// What was seen before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Merging {
    head: String,
    other: String,
    /// How it will go.
    way: Way,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<Conflict>,
}

#[derive(Debug, Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Way {
    UpToDate,
    FastForward,
    Merge,
    Conflicts,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::UpToDate => "up-to-date",
            Self::FastForward => "fast-forward",
            Self::Merge => "merge",
            Self::Conflicts => "conflicts",
        }
    }
}

/// Merges in memory.
pub(super) async fn prepare(call: &Call, context: &SkillContext) -> Result<Value> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let head = repository.born()?.to_owned();
    guard::operation(&repository).await?;
    guard::branch(&repository).await?;
    guard::whole(&repository)?;
    // A tag of the same name is not what is meant.
    let branch = format!("refs/heads/{}", params.from);
    let other = match repository.reference(&branch).await? {
        Some(id) => id,
        None => repository.revision(&params.from).await?,
    };
    let ran = repository.git(&["merge-base", &head, &other]).run().await?;
    let base = ran.out.trim().to_owned();
    if ran.code != Some(0) || base.is_empty() {
        let hint = if repository.is_shallow().await? {
            "this is a shallow clone; fetch the rest with `git fetch --unshallow`"
        } else {
            "`git merge --allow-unrelated-histories` merges them all the same"
        };
        return Err(refused("both sides have no commit in common").with_hint(hint));
    }
    let (way, conflicts) = if base == other {
        (Way::UpToDate, Vec::new())
    } else if base == head {
        (Way::FastForward, Vec::new())
    } else {
        guard::identity(&repository).await?;
        let conflicts = conflict::foreseen(&repository, None, &head, &other).await?;
        let way = if conflicts.is_empty() {
            Way::Merge
        } else {
            Way::Conflicts
        };
        (way, conflicts)
    };
    if way != Way::UpToDate {
        let state = State::read(&repository, &[]).await?;
        if !state.staged.is_empty() || !state.unstaged.is_empty() {
            return Err(refused("there are changes that are not committed")
                .with_hint("commit or stash them first"));
        }
        guard::in_the_way(&repository, &other).await?;
    }
    written(&Merging {
        head,
        other,
        way,
        conflicts,
    })
}

/// Merges.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let saw: Merging = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.head.as_deref() != Some(saw.head.as_str()) {
        return Err(moved());
    }
    let keeps = params.on_conflict == Some(OnConflict::Keep);
    if saw.way == Way::UpToDate || (saw.way == Way::Conflicts && !keeps) {
        return output(&repository, &params, &saw, saw.conflicts.clone(), false).await;
    }
    // None was under way before, so this one was left by a call that was killed.
    if is_under_way(&repository, &saw).await? {
        if saw.way == Way::Conflicts {
            let standing = conflict::standing(&repository).await?;
            return output(&repository, &params, &saw, standing, true).await;
        }
        give_up_untouched(&repository, &saw).await?;
    }
    let message = match &params.message {
        Some(message) => super::commit::checked(message)?,
        None => default_message(&repository, &params.from).await?,
    };
    let signing = Signing::of(&repository, Signed::Commit).await?;
    let ran = repository
        .git(signing.settings)
        .args([
            "-c",
            "user.useConfigOnly=true",
            "-c",
            "merge.ff=true",
            "merge",
            "--quiet",
            "--no-edit",
            "--no-squash",
            "--commit",
            "-m",
            message.trim_end(),
            &saw.other,
        ])
        .timeout(LONG)
        .run()
        .await?;
    if ran.code == Some(0) {
        return output(&repository, &params, &saw, Vec::new(), false).await;
    }
    let standing = conflict::standing(&repository).await?;
    if !standing.is_empty() && keeps {
        return output(&repository, &params, &saw, standing, true).await;
    }
    if repository.resolve("MERGE_HEAD").await?.is_some() {
        repository.git(&["merge", "--abort"]).ok().await?;
    }
    let said = format!("{}\n{}", ran.err.trim(), ran.out.trim());
    Err(refused(format!(
        "git did not merge: {}",
        bounded::cut(said.trim(), 8 << 10)
    ))
    .with_hint("a hook or a setting of the repository refused it; nothing was changed"))
}

async fn is_under_way(repository: &Repository<'_>, saw: &Merging) -> Result<bool> {
    let head = repository.resolve("MERGE_HEAD").await?;
    Ok(head.as_deref() == Some(saw.other.as_str()))
}

/// Gives a merge without conflicts up, so that it can be made once more. Where the files are not as git
/// merged them somebody has worked on it meanwhile, and that is left alone.
async fn give_up_untouched(repository: &Repository<'_>, saw: &Merging) -> Result<()> {
    let state = State::read(repository, &[]).await?;
    let tree = conflict::merged(repository, &saw.head, &saw.other).await?;
    let is_untouched = state.conflicted.is_empty()
        && state.unstaged.is_empty()
        && index::holds(repository, &tree, &[]).await?;
    if is_untouched {
        repository
            .git(&["merge", "--abort"])
            .timeout(LONG)
            .ok()
            .await?;
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Conflict,
        "the merge was interrupted, and files were changed in the middle of it since",
    )
    .with_hint(
        "nothing was overwritten; finish with `git commit` or give up with `git merge --abort`",
    ))
}

async fn default_message(repository: &Repository<'_>, from: &str) -> Result<String> {
    let from = bounded::line(from, 200);
    let is_branch = repository
        .reference(&format!("refs/heads/{from}"))
        .await?
        .is_some();
    let what = if is_branch { "branch" } else { "commit" };
    Ok(match repository.branch().await? {
        Some(branch) => format!("Merge {what} '{from}' into {branch}"),
        None => format!("Merge {what} '{from}'"),
    })
}

/// Finds out whether it was merged.
pub(super) async fn probe(call: &Call, context: &SkillContext) -> Result<Probed> {
    let params: Params = params::read(call)?;
    let saw: Merging = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.head.as_deref() == Some(saw.head.as_str()) {
        let keeps = params.on_conflict == Some(OnConflict::Keep);
        if keeps && saw.way == Way::Conflicts && is_under_way(&repository, &saw).await? {
            // The files are as git left them, or as somebody went on with them: both was wanted.
            let standing = conflict::standing(&repository).await?;
            let output = output(&repository, &params, &saw, standing, true).await?;
            return Ok(happened(output));
        }
        return Ok(Probed::DidNot);
    }
    let is_forward =
        saw.way == Way::FastForward && repository.head.as_deref() == Some(saw.other.as_str());
    let first = repository.resolve("HEAD^1").await?;
    let second = repository.resolve("HEAD^2").await?;
    let is_merge = first.as_deref() == Some(saw.head.as_str())
        && second.as_deref() == Some(saw.other.as_str());
    if is_forward || is_merge {
        return Ok(happened(
            output(&repository, &params, &saw, Vec::new(), false).await?,
        ));
    }
    Ok(Probed::Unknown(
        "another commit is checked out, and it is not the expected merge".to_owned(),
    ))
}

async fn output(
    repository: &Repository<'_>,
    params: &Params,
    saw: &Merging,
    conflicts: Vec<Conflict>,
    kept: bool,
) -> Result<Output> {
    let id = repository.revision("HEAD").await?;
    let from = bounded::line(&params.from, 200);
    let is_merged = id != saw.head;
    let undo = if is_merged {
        Some(format!("git reset --keep {}", saw.head))
    } else {
        kept.then(|| "git merge --abort".to_owned())
    };
    let (text, evidence) = match (saw.way, is_merged) {
        (_, true) => {
            let how = if saw.way == Way::FastForward {
                "without a commit of its own"
            } else {
                "with a merge commit"
            };
            let text = format!("Merged {from} {how}.\n");
            (text, Evidence::Commit { id: id.clone() })
        }
        (Way::UpToDate, false) => {
            let why = format!("everything of {from} is here already");
            (format!("Nothing was merged: {why}.\n"), not_run(&why))
        }
        (Way::FastForward | Way::Merge | Way::Conflicts, false) => {
            let what = bounded::counted(conflicts.len(), "file");
            let why = if conflicts.is_empty() {
                format!("the conflicts with {from} are resolved and not committed yet")
            } else {
                format!("{what} of {from} conflict with the branch")
            };
            let state = if kept {
                "The conflicts are in the files now; finish with `git commit` or give up with `git merge --abort`."
            } else {
                "Nothing was changed."
            };
            let lines = conflict::lines(&conflicts);
            (
                format!("Not merged: {why}.\n{lines}{state}\n"),
                not_run(&why),
            )
        }
    };
    let mut text = text;
    if let (Some(undo), true) = (&undo, is_merged) {
        if saw.way != Way::FastForward {
            text.push_str(Signing::of(repository, Signed::Commit).await?.note);
        }
        text = format!("{text}Take it back with `{undo}`.\n");
    }
    let result = json!({
        "merged": is_merged,
        "way": saw.way.name(),
        "id": id,
        "old": saw.head,
        "other": saw.other,
        "conflicts": conflict::json(&conflicts),
        "kept": kept,
        "undo": undo,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(Output {
        result,
        evidence: vec![evidence],
    })
}

fn not_run(why: &str) -> Evidence {
    Evidence::NotRun {
        what: "commit".to_owned(),
        why: why.to_owned(),
        cure: None,
    }
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .must("from", schema::text("The branch or revision to bring in."))
        .may("message", schema::text("The message of the merge commit."))
        .may(
            "on_conflict",
            schema::choice(
                &["abort", "keep"],
                "What becomes of conflicts: `abort`, which stands if not given, changes nothing; `keep` leaves them in the files.",
            ),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let ways = ["up-to-date", "fast-forward", "merge", "conflicts"];
    schema::object()
        .must("merged", schema::flag("Whether the branch has moved."))
        .must("way", schema::choice(&ways, "How it went."))
        .must("id", schema::text("The commit that is checked out now."))
        .must("old", schema::text("The commit that was checked out."))
        .must("other", schema::text("The commit that was brought in."))
        .must("conflicts", conflict::schema())
        .must(
            "kept",
            schema::flag("Whether the conflicts are in the files."),
        )
        .must(
            "undo",
            schema::or_null(schema::text("The command that takes it back.")),
        )
        .text()
}
