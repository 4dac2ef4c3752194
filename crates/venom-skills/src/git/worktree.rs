//! `git.worktrees`, `git.add-worktree` and `git.remove-worktree`: more than one branch checked out.
//!
//! A new working tree lies inside the workspace, because that is what a step can see and what can be
//! taken back. Its folder ignores itself, so that neither git nor a snapshot takes it for content.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_kernel::effect::Probed;
use venom_kernel::policy;
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::branch::check_name;
use super::deed::{happened, moved, seen, written};
use super::repository::{LONG, Repository};
use crate::bounded::{self, push};
use crate::name;
use crate::params::{self, missing, refused};
use crate::process::{self, Ending, Heard};
use crate::schema::{self, Object};

/// The most working trees in a result.
const TREES: usize = 1_000;

/// Where working trees lie if nobody says where.
const FOLDER: &str = ".worktrees";

/// A working tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Its absolute path.
    path: String,
    /// What is checked out; none in a bare repository.
    head: Option<String>,
    /// The branch; `None` if none is checked out.
    pub(super) branch: Option<String>,
    /// Why it is locked.
    locked: Option<String>,
    /// Whether its folder is gone.
    is_gone: bool,
}

impl Tree {
    /// Returns its path from the workspace; `None` if it lies outside.
    fn place(&self, repository: &Repository<'_>) -> Option<String> {
        let path = Path::new(&self.path);
        let inside = path.strip_prefix(&repository.context.root).ok()?;
        let inside = inside.to_string_lossy();
        if inside.is_empty() {
            return Some(".".to_owned());
        }
        Some(inside.into_owned())
    }
}

/// Lists the working trees of the repository, the main one first.
pub(super) async fn all(repository: &Repository<'_>) -> Result<Vec<Tree>> {
    let ran = repository
        .git(&["worktree", "list", "--porcelain", "-z"])
        .ok()
        .await?;
    let mut trees: Vec<Tree> = Vec::new();
    for record in ran.records() {
        let (word, rest) = record.split_once(' ').unwrap_or((record, ""));
        if word == "worktree" {
            trees.push(Tree {
                path: rest.to_owned(),
                ..Tree::default()
            });
        }
        let Some(tree) = trees.last_mut() else {
            continue;
        };
        match word {
            "HEAD" => tree.head = Some(rest.to_owned()),
            "branch" => {
                let short = rest.strip_prefix("refs/heads/").unwrap_or(rest);
                tree.branch = Some(short.to_owned());
            }
            "locked" => tree.locked = Some(bounded::line(rest, 300)),
            "prunable" => tree.is_gone = true,
            _ => {}
        }
    }
    Ok(trees)
}

/// Lists working trees.
pub(super) async fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params::read(call)?;
    let repository = Repository::open(context).await?;
    let mut text = String::new();
    let mut listed = Vec::new();
    let mut outside = 0_u64;
    for tree in all(&repository).await?.into_iter().take(TREES) {
        let Some(place) = tree.place(&repository) else {
            outside += 1;
            continue;
        };
        let branch = tree.branch.as_deref().unwrap_or("no branch");
        let gone = if tree.is_gone {
            ", its folder is gone"
        } else {
            ""
        };
        push(
            &mut text,
            format_args!("- {} ({branch}{gone})\n", name::shown(&place)),
        );
        listed.push(json!({
            "path": place,
            "branch": tree.branch,
            "id": tree.head,
            "locked": tree.locked.is_some(),
            "gone": tree.is_gone,
        }));
    }
    if outside > 0 {
        push(
            &mut text,
            format_args!("- and {outside} outside of the workspace\n"),
        );
    }
    Ok(schema::output(json!({
        "worktrees": listed,
        "outside": outside,
        "text": bounded::cut(&text, bounded::TEXT),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    branch: String,
    from: Option<String>,
    path: Option<RelPath>,
}

/// What was seen before a working tree was made.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Adding {
    path: String,
    /// The commit that is checked out.
    id: String,
    /// Whether the branch is new.
    is_new: bool,
}

/// Looks whether the working tree can be made.
pub(super) async fn prepare_add(call: &Call, context: &SkillContext) -> Result<Value> {
    let Add { branch, from, path } = params::read(call)?;
    let repository = Repository::open(context).await?;
    check_name(&repository, &branch).await?;
    let path = match path {
        Some(path) => path.to_string(),
        None => format!("{FOLDER}/{}", branch.replace('/', "-")),
    };
    let place = RelPath::new(&path).map_err(|error| refused(error.to_string()))?;
    if place.is_root() || context.files.stat(&place).await?.is_some() {
        return Err(refused(format!(
            "there is something at `{}` already",
            name::shown(&path)
        ))
        .with_hint("name another `path`"));
    }
    if let Some(why) = policy::protected(&place) {
        return Err(refused(format!(
            "`{}` is no place for files: {why}",
            name::shown(&path)
        ))
        .with_hint("name another `path`"));
    }
    let tip = repository
        .reference(&format!("refs/heads/{branch}"))
        .await?;
    let is_new = tip.is_none();
    let id = match (tip, &from) {
        (Some(_), Some(_)) => {
            return Err(refused(format!("the branch `{branch}` exists already"))
                .with_hint("leave `from` out to check it out as it is"));
        }
        (Some(tip), None) => tip,
        (None, Some(from)) => repository.revision(from).await?,
        (None, None) => repository.born()?.to_owned(),
    };
    let trees = all(&repository).await?;
    if trees
        .iter()
        .any(|tree| tree.branch.as_deref() == Some(branch.as_str()))
    {
        return Err(
            refused(format!("the branch `{branch}` is checked out elsewhere"))
                .with_hint("`git worktree list` says where"),
        );
    }
    written(&Adding { path, id, is_new })
}

/// Makes the working tree.
pub(super) async fn add(call: &Call, context: &SkillContext) -> Result<Output> {
    let Add { branch, .. } = params::read(call)?;
    let saw: Adding = seen(call)?;
    let repository = Repository::open(context).await?;
    // What a call that was killed has left: the branch alone, or a folder that is not whole.
    repository.git(&["worktree", "prune"]).ok().await?;
    let exists = repository
        .reference(&format!("refs/heads/{branch}"))
        .await?;
    let git = match exists {
        Some(_) => repository
            .git(&["worktree", "add", "--quiet", "--force", "--"])
            .args([&saw.path, &branch]),
        None => repository
            .git(&["worktree", "add", "--quiet", "--no-track", "-b"])
            .args([branch.as_str(), "--", &saw.path, &saw.id]),
    };
    let ran = git.timeout(LONG).run().await?;
    if ran.code != Some(0) {
        return Err(ran.refusal("git did not make the working tree"));
    }
    hide(&repository, &saw.path).await?;
    Ok(added(&branch, &saw))
}

/// Lets the folder of working trees ignore itself. It stands beside the tree, where git has written
/// already, so that it is there or not there together with it.
async fn hide(repository: &Repository<'_>, path: &str) -> Result<()> {
    let is_below = path
        .strip_prefix(FOLDER)
        .is_some_and(|rest| rest.starts_with('/'));
    if !is_below {
        return Ok(());
    }
    let context = repository.context;
    let script = format!("test -e {FOLDER}/.gitignore || echo '*' > {FOLDER}/.gitignore");
    let argv = ["sh", "-c", &script].map(str::to_owned);
    let command = process::command(&argv, context.root.clone(), Millis::from_secs(10));
    let finished = process::run(context, command, Heard::Kept).await?;
    if Ending::of(finished.exit).is_ok() {
        return Ok(());
    }
    Err(refused(format!(
        "`{FOLDER}` cannot be kept from git: {}",
        bounded::line(&finished.stderr.text(), 300)
    )))
}

/// Finds out whether the working tree was made.
pub(super) async fn probe_add(call: &Call, context: &SkillContext) -> Result<Probed> {
    let Add { branch, .. } = params::read(call)?;
    let saw: Adding = seen(call)?;
    let repository = Repository::open(context).await?;
    let trees = all(&repository).await?;
    let found = trees
        .iter()
        .find(|tree| tree.branch.as_deref() == Some(branch.as_str()) && !tree.is_gone);
    let Some(tree) = found else {
        return Ok(Probed::DidNot);
    };
    let at = RelPath::new(&saw.path).map_err(|error| refused(error.to_string()))?;
    let folder = repository.context.root.join(at.as_str());
    let status = repository
        .git(&["status", "--porcelain"])
        .at(&folder)
        .run()
        .await?;
    let is_whole = status.code == Some(0) && status.out.is_empty();
    if tree.place(&repository).as_deref() == Some(saw.path.as_str()) && is_whole {
        hide(&repository, &saw.path).await?;
        return Ok(happened(added(&branch, &saw)));
    }
    Ok(Probed::Unknown(format!(
        "`{}` was begun and is not whole",
        name::shown(&saw.path)
    )))
}

fn added(branch: &str, saw: &Adding) -> Output {
    let mut undo = format!("git worktree remove {}", saw.path);
    if saw.is_new {
        undo = format!("{undo} && git branch -D {branch}");
    }
    schema::output(json!({
        "path": saw.path,
        "branch": branch,
        "id": saw.id,
        "undo": undo,
        "text": format!(
            "Checked {branch} out in {}. Take it back with `{undo}`.\n",
            name::shown(&saw.path)
        ),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    path: RelPath,
    ignored: Option<bool>,
}

/// What was seen before a working tree was removed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Removing {
    branch: Option<String>,
    id: Option<String>,
    /// Ignored files and folders that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
}

/// Looks whether the working tree can be removed. What is ignored there is in no commit and cannot be
/// brought back, so that it goes only when somebody says so.
pub(super) async fn prepare_remove(call: &Call, context: &SkillContext) -> Result<Value> {
    let Remove { path, ignored } = params::read(call)?;
    let repository = Repository::open(context).await?;
    let shown = name::shown(path.as_str()).into_owned();
    let trees = all(&repository).await?;
    let found = trees
        .iter()
        .skip(1)
        .find(|tree| tree.place(&repository).as_deref() == Some(path.as_str()));
    let Some(tree) = found else {
        return Err(missing(format!("`{shown}` is no working tree of its own"))
            .with_hint("`git worktree list` lists them; the main one cannot be removed"));
    };
    if let Some(why) = &tree.locked {
        return Err(refused(format!("`{shown}` is locked: {why}"))
            .with_hint("unlock it with `git worktree unlock`"));
    }
    let folder = context.root.join(path.as_str());
    let mut going = Vec::new();
    if !tree.is_gone {
        let status = repository
            .git(&["status", "--porcelain", "--untracked-files=all"])
            .at(&folder)
            .ok()
            .await?;
        if !status.out.is_empty() {
            return Err(refused(format!(
                "`{shown}` holds {} that are not committed",
                bounded::counted(status.out.lines().count(), "change")
            ))
            .with_hint("commit or stash them there first"));
        }
        going = ignored_in(&repository, &folder).await?;
        if !going.is_empty() && ignored != Some(true) {
            return Err(refused(format!(
                "`{shown}` holds ignored files that would be gone for good: {}",
                bounded::joined(&going, 5)
            ))
            .with_hint("move away what you need, then say `ignored: true`"));
        }
    }
    if let (None, Some(head)) = (&tree.branch, &tree.head) {
        repository.keep(head).await?;
    }
    written(&Removing {
        branch: tree.branch.clone(),
        id: tree.head.clone(),
        ignored: going,
    })
}

/// Lists what is ignored in a working tree, a folder as one.
async fn ignored_in(repository: &Repository<'_>, folder: &Path) -> Result<Vec<String>> {
    let ran = repository
        .git(&[
            "ls-files",
            "--others",
            "--ignored",
            "--exclude-standard",
            "--directory",
            "-z",
        ])
        .at(folder)
        .ok()
        .await?;
    let shown = |path: &&str| bounded::line(&name::shown(path), 300);
    Ok(ran.records().iter().take(TREES).map(shown).collect())
}

/// Removes the working tree. Git refuses where something is not committed.
pub(super) async fn remove(call: &Call, context: &SkillContext) -> Result<Output> {
    let Remove { path, .. } = params::read(call)?;
    let saw: Removing = seen(call)?;
    let repository = Repository::open(context).await?;
    let folder = context.root.join(path.as_str());
    if saw.ignored.is_empty()
        && context.files.stat(&path).await?.is_some()
        && !ignored_in(&repository, &folder).await?.is_empty()
    {
        return Err(moved());
    }
    let ran = repository
        .git(&["worktree", "remove", "--", path.as_str()])
        .timeout(LONG)
        .run()
        .await?;
    if ran.code != Some(0) {
        return Err(ran.refusal("git did not remove the working tree"));
    }
    Ok(removed(&path, &saw))
}

/// Finds out whether the working tree was removed.
pub(super) async fn probe_remove(call: &Call, context: &SkillContext) -> Result<Probed> {
    let Remove { path, .. } = params::read(call)?;
    let saw: Removing = seen(call)?;
    let repository = Repository::open(context).await?;
    let trees = all(&repository).await?;
    let is_there = trees
        .iter()
        .any(|tree| tree.place(&repository).as_deref() == Some(path.as_str()));
    Ok(if is_there {
        Probed::DidNot
    } else {
        happened(removed(&path, &saw))
    })
}

fn removed(path: &RelPath, saw: &Removing) -> Output {
    let undo = match (&saw.branch, &saw.id) {
        (Some(branch), _) => format!("git worktree add {path} {branch}"),
        (None, Some(id)) => format!("git worktree add --detach {path} {id}"),
        (None, None) => "nothing was checked out".to_owned(),
    };
    let gone = if saw.ignored.is_empty() {
        String::new()
    } else {
        format!(
            "Ignored files went with it and do not come back: {}.\n",
            bounded::joined(&saw.ignored, 20)
        )
    };
    schema::output(json!({
        "path": path,
        "branch": saw.branch,
        "id": saw.id,
        "undo": undo,
        "text": format!(
            "Removed the working tree {}. Take it back with `{undo}`.\n{gone}",
            name::shown(path.as_str())
        ),
    }))
}

/// Describes the result of the list.
pub(super) fn list_result() -> Object {
    let tree = schema::object()
        .must("path", schema::path("Its path from the workspace."))
        .must(
            "branch",
            schema::or_null(schema::text("The branch; null if none is checked out.")),
        )
        .must(
            "id",
            schema::or_null(schema::text("The commit that is checked out.")),
        )
        .must("locked", schema::flag("Whether it is locked."))
        .must("gone", schema::flag("Whether its folder is gone."))
        .done();
    schema::object()
        .must(
            "worktrees",
            schema::list(tree, "The working trees inside the workspace."),
        )
        .must(
            "outside",
            schema::number("How many there are outside of the workspace."),
        )
        .text()
}

/// Describes the parameters of a new working tree.
pub(super) fn add_params() -> Object {
    schema::object()
        .must(
            "branch",
            schema::text("The branch to check out; made if there is none of this name."),
        )
        .may(
            "from",
            schema::text(
                "The revision at which a new branch begins; what is checked out if not given.",
            ),
        )
        .may(
            "path",
            schema::path("The new folder; one in `.worktrees` if not given."),
        )
}

/// Describes the parameters of a removed working tree.
pub(super) fn remove_params() -> Object {
    schema::object()
        .must("path", schema::path("The folder of the working tree."))
        .may(
            "ignored",
            schema::flag("Whether ignored files may be lost with it."),
        )
}

/// Describes the result of a new or removed working tree.
pub(super) fn result() -> Object {
    schema::object()
        .must("path", schema::path("The folder of the working tree."))
        .must(
            "branch",
            schema::or_null(schema::text("The branch; null if none is checked out.")),
        )
        .must(
            "id",
            schema::or_null(schema::text("The commit that is checked out.")),
        )
        .must("undo", schema::text("The command that takes it back."))
        .text()
}
