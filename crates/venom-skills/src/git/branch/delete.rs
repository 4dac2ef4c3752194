//! `git.delete-branch`: removes a branch and keeps its last commit findable.
//!
//! A branch whose commits no other branch has is only removed when somebody agrees. The settings of
//! the branch stay in git's configuration, which no step writes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::check_name;
use crate::bounded;
use crate::git::commit::guard;
use crate::git::deed::{happened, moved, seen, written};
use crate::git::repository::Repository;
use crate::git::worktree;
use crate::params::{self, missing, refused};
use crate::schema::{self, Object};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: String,
}

/// What was seen before.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Doomed {
    id: String,
    /// How many commits no other branch has.
    unmerged: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asks: Option<String>,
}

/// Looks what would be lost.
pub(in crate::git) async fn prepare(call: &Call, context: &SkillContext) -> Result<Value> {
    let Params { name } = params::read(call)?;
    let repository = Repository::open(context).await?;
    check_name(&repository, &name).await?;
    guard::operation(&repository).await?;
    let reference = format!("refs/heads/{name}");
    let Some(id) = repository.reference(&reference).await? else {
        return Err(missing(format!("there is no branch `{name}`"))
            .with_hint("`git branch` lists branches"));
    };
    let trees = worktree::all(&repository).await?;
    if trees
        .iter()
        .any(|tree| tree.branch.as_deref() == Some(name.as_str()))
    {
        return Err(refused(format!("the branch `{name}` is checked out"))
            .with_hint("switch to another branch first"));
    }
    // The names that tags and branches share make no difference here: what counts is what is left when
    // this branch is gone.
    let exclude = format!("--exclude={name}");
    let ran = repository
        .git(&["rev-list", "--count", "--max-count=10000", &id, "--not"])
        .args([&exclude, "--branches", "--remotes"])
        .ok()
        .await?;
    let unmerged: usize = ran.out.trim().parse().unwrap_or(1);
    let asks = (unmerged > 0).then(|| {
        let commits = bounded::counted(unmerged, "commit");
        let verb = if unmerged == 1 { "is" } else { "are" };
        format!("{commits} of `{name}`, which is at {id}, {verb} on no other branch")
    });
    written(&Doomed { id, unmerged, asks })
}

/// Removes the branch.
pub(in crate::git) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params { name } = params::read(call)?;
    let saw: Doomed = seen(call)?;
    let repository = Repository::open(context).await?;
    let kept = repository.keep(&saw.id).await?;
    let reference = format!("refs/heads/{name}");
    let ran = repository
        .git(&["update-ref", "-d", &reference, &saw.id])
        .run()
        .await?;
    if ran.code != Some(0) {
        let at = repository.reference(&reference).await?;
        return Err(if at.as_deref() == Some(saw.id.as_str()) {
            ran.refusal("git did not remove the branch")
        } else {
            moved()
        });
    }
    Ok(output(&name, &saw, &kept))
}

/// Finds out whether the branch was removed.
pub(in crate::git) async fn probe(call: &Call, context: &SkillContext) -> Result<Probed> {
    let Params { name } = params::read(call)?;
    let saw: Doomed = seen(call)?;
    let repository = Repository::open(context).await?;
    Ok(
        match repository.reference(&format!("refs/heads/{name}")).await? {
            Some(id) if id == saw.id => Probed::DidNot,
            Some(_) => Probed::Unknown(format!("`{name}` is another branch now")),
            None => {
                let kept = repository.keep(&saw.id).await?;
                happened(output(&name, &saw, &kept))
            }
        },
    )
}

fn output(name: &str, saw: &Doomed, kept: &str) -> Output {
    let undo = format!("git branch {name} {}", saw.id);
    schema::output(json!({
        "name": name,
        "id": saw.id,
        "unmerged": saw.unmerged,
        "kept": kept,
        "undo": undo,
        "text": format!("Removed the branch {name}. Take it back with `{undo}`.\n"),
    }))
}

/// Describes the parameters.
pub(in crate::git) fn params() -> Object {
    schema::object().must("name", schema::text("The name of the branch."))
}

/// Describes the result.
pub(in crate::git) fn result() -> Object {
    schema::object()
        .must("name", schema::text("The branch that is gone."))
        .must("id", schema::text("Its last commit."))
        .must(
            "unmerged",
            schema::number("How many commits no other branch has."),
        )
        .must("kept", schema::text("The reference that keeps the commit."))
        .must("undo", schema::text("The command that brings it back."))
        .text()
}
