//! `git.switch-branch`: checks another branch out.
//!
//! Uncommitted changes come along where they can; git refuses where they would be overwritten. Commits
//! that no branch has are not left behind.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::effect::Probed;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::check_name;
use crate::git::commit::guard;
use crate::git::deed::{happened, moved, seen, written};
use crate::git::repository::{LONG, Repository};
use crate::git::shared::holders;
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
struct Leaving {
    /// The branch that is left; null if none was checked out.
    branch: Option<String>,
    /// The commit that is left.
    head: Option<String>,
}

/// Looks whether the branch can be checked out.
pub(in crate::git) async fn prepare(call: &Call, context: &SkillContext) -> Result<Value> {
    let Params { name } = params::read(call)?;
    let repository = Repository::open(context).await?;
    check_name(&repository, &name).await?;
    guard::operation(&repository).await?;
    guard::whole(&repository)?;
    let Some(to) = repository.reference(&format!("refs/heads/{name}")).await? else {
        return Err(missing(format!("there is no branch `{name}`"))
            .with_hint("`git branch` lists branches; `create-branch` makes one"));
    };
    guard::in_the_way(&repository, &to).await?;
    let branch = repository.branch().await?;
    if let (None, Some(head)) = (&branch, &repository.head) {
        let below = ["refs/heads", "refs/remotes", "refs/tags"];
        if holders(&repository, head, &below).await?.is_empty() {
            return Err(refused(
                "the commit that is checked out is on no branch and would be lost",
            )
            .with_hint("make a branch here first: `git switch -c NAME`"));
        }
    }
    written(&Leaving {
        branch,
        head: repository.head.clone(),
    })
}

/// Checks the branch out.
pub(in crate::git) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params { name } = params::read(call)?;
    let saw: Leaving = seen(call)?;
    let repository = Repository::open(context).await?;
    if repository.branch().await? != saw.branch || repository.head != saw.head {
        return Err(moved());
    }
    let ran = repository
        .git(&["switch", "--quiet", "--no-guess", &name])
        .timeout(LONG)
        .run()
        .await?;
    if ran.code != Some(0) {
        return Err(ran
            .refusal("git did not switch")
            .with_hint("commit or stash your changes first"));
    }
    Ok(output(&name, &saw))
}

/// Finds out whether the branch was checked out.
pub(in crate::git) async fn probe(call: &Call, context: &SkillContext) -> Result<Probed> {
    let Params { name } = params::read(call)?;
    let saw: Leaving = seen(call)?;
    let repository = Repository::open(context).await?;
    let branch = repository.branch().await?;
    if branch.as_deref() == Some(name.as_str()) {
        return Ok(happened(output(&name, &saw)));
    }
    if branch == saw.branch && repository.head == saw.head {
        return Ok(Probed::DidNot);
    }
    Ok(Probed::Unknown(
        "neither the branch from before nor the one that was asked for is checked out".to_owned(),
    ))
}

fn output(name: &str, saw: &Leaving) -> Output {
    let undo = match (&saw.branch, &saw.head) {
        (Some(branch), _) => format!("git switch {branch}"),
        (None, Some(head)) => format!("git switch --detach {head}"),
        (None, None) => "git switch -".to_owned(),
    };
    schema::output(json!({
        "name": name,
        "from": saw.branch,
        "undo": undo,
        "text": format!("Switched to {name}. Go back with `{undo}`.\n"),
    }))
}

/// Describes the parameters.
pub(in crate::git) fn params() -> Object {
    schema::object().must("name", schema::text("The name of the branch."))
}

/// Describes the result.
pub(in crate::git) fn result() -> Object {
    schema::object()
        .must("name", schema::text("The branch that is checked out now."))
        .must(
            "from",
            schema::or_null(schema::text(
                "The branch that was checked out; null if none was.",
            )),
        )
        .must("undo", schema::text("The command that goes back."))
        .text()
}
