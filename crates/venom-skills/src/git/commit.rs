//! `git.commit`: commits changes of the workspace.
//!
//! In this order: nothing is committed in the middle of a merge, without an identity, or with files
//! that look like secrets; then the message is made from a scratch index, so that neither the user's
//! index nor a file changes before the commit is wanted; then everything is staged and committed. A
//! commit that fails leaves the index as it was.

pub(super) mod guard;
mod kind;
mod message;
mod symbols;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::change::{Payload, RelPath};
use venom_kernel::effect::{Done, Probed};
use venom_kernel::evidence::Evidence;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::changed::{Changed, files_schema};
use super::diff;
use super::index::{self, Staged};
use super::repository::{LONG, Ran, Repository};
use super::signing::{Signed, Signing};
use crate::bounded;
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The longest message that is taken.
const MESSAGE: usize = 64 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    message: Option<String>,
    paths: Option<Vec<RelPath>>,
}

impl Params {
    /// Returns the paths to commit; none means the whole workspace.
    fn paths(&self) -> Vec<String> {
        let paths = self.paths.iter().flatten().map(ToString::to_string);
        let paths: Vec<String> = paths.collect();
        if paths.iter().any(|path| path == ".") {
            Vec::new()
        } else {
            paths
        }
    }

    fn message(&self) -> Result<Option<String>> {
        self.message.as_deref().map(checked).transpose()
    }
}

/// Takes a message that somebody gave, in the form that git keeps.
pub(super) fn checked(message: &str) -> Result<String> {
    if message.trim().is_empty() {
        return Err(refused("the message is empty")
            .with_hint("leave `message` out to have one made from the changes"));
    }
    if message.len() > MESSAGE {
        return Err(refused("the message is longer than 64 KiB"));
    }
    if message.contains('\0') {
        return Err(refused(
            "the message holds a zero byte, which git cannot keep",
        ));
    }
    Ok(tidy(message))
}

/// What was seen before the commit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prepared {
    /// The commit that was checked out; null before the first one.
    head: Option<String>,
    /// What is going to be committed, as the id of its tree; null if there is nothing.
    tree: Option<String>,
    /// The message.
    message: String,
}

/// Looks at everything and makes the message.
pub(super) async fn prepare(call: &Call, context: &SkillContext) -> Result<Value> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let prepared = look(&repository, &params).await?;
    serde_json::to_value(prepared)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let prepared = match &call.prepared {
        None | Some(Value::Null) => look(&repository, &params).await?,
        Some(seen) => {
            let seen: Prepared = serde_json::from_value(seen.clone())
                .map_err(|error| Failure::new(FailureKind::Corrupt, error.to_string()))?;
            if seen.head != repository.head {
                return Err(Failure::new(
                    FailureKind::Conflict,
                    "somebody else committed in the meantime",
                )
                .with_hint("look at `git log` and commit again"));
            }
            guard::check(&repository, &params.paths()).await?;
            seen
        }
    };
    let paths = params.paths();
    let scope = scope(&repository, &paths);
    let before = Staged::remember(&repository).await?;
    if let Err(failure) = index::add(&repository, &paths, &BTreeMap::new()).await {
        before.restore(&repository).await?;
        return Err(failure);
    }
    let same = repository
        .git(&["diff", "--cached", "--quiet", "--"])
        .args(&scope)
        .run()
        .await?;
    if same.code == Some(0) {
        return nothing(&repository).await;
    }
    if !is_what_was_seen(&repository, &prepared, &scope).await? {
        before.restore(&repository).await?;
        return Err(Failure::new(
            FailureKind::Conflict,
            "the files changed since they were looked at, so that the message would be of something else",
        )
        .with_hint("nothing was committed; look at `git diff` and commit again"));
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
            "--quiet",
            "--cleanup=whitespace",
            "--file=-",
        ])
        .args(if scope.is_empty() {
            &[][..]
        } else {
            &["--only", "--"]
        })
        .args(&scope)
        .stdin(&prepared.message)
        .timeout(LONG)
        .run()
        .await;
    match ran {
        Ok(ran) if ran.code == Some(0) => committed(&repository, signing.note).await,
        Ok(ran) => {
            before.restore(&repository).await?;
            Err(not_committed(&ran))
        }
        Err(failure) => {
            before.restore(&repository).await?;
            Err(failure)
        }
    }
}

/// Makes the failure of a commit that a hook or git itself refused, with what was said.
pub(super) fn not_committed(ran: &Ran) -> Failure {
    if ran.err.contains(".lock': File exists") {
        return ran.refusal("git commit");
    }
    let said = format!("{}\n{}", ran.err.trim(), ran.out.trim());
    refused(format!(
        "git did not commit: {}",
        bounded::cut(said.trim(), 8 << 10)
    ))
    .with_hint("a hook or a setting of the repository refused the commit; nothing was changed")
}

/// Finds out whether the commit was made.
pub(super) async fn probe(call: &Call, context: &SkillContext) -> Result<Probed> {
    let Some(Ok(before)) = call
        .prepared
        .clone()
        .map(serde_json::from_value::<Prepared>)
    else {
        return Ok(Probed::Unknown(
            "it is not known what was there before the commit".to_owned(),
        ));
    };
    let repository = Repository::open(context).await?;
    if repository.head == before.head {
        return Ok(Probed::DidNot);
    }
    let parent = repository.resolve("HEAD^").await?;
    let message = repository
        .git(&["log", "-1", "--format=%B"])
        .ok()
        .await?
        .out;
    if parent != before.head || tidy(&message) != before.message {
        return Ok(Probed::Unknown(
            "another commit is checked out than the one before, and it is not the expected one"
                .to_owned(),
        ));
    }
    let note = Signing::of(&repository, Signed::Commit).await?.note;
    let output = committed(&repository, note).await?;
    Ok(Probed::Happened(Box::new(Done {
        result: Payload::Inline(output.result),
        evidence: output.evidence,
        ..Done::default()
    })))
}

/// Brings a message into the form that git keeps: no white space at the end of lines, no empty lines
/// around it, no two of them in a row.
pub(super) fn tidy(message: &str) -> String {
    let mut tidied = String::new();
    let mut is_gap = false;
    for line in message.lines().map(str::trim_end) {
        if line.is_empty() {
            is_gap = !tidied.is_empty();
            continue;
        }
        if is_gap {
            tidied.push('\n');
            is_gap = false;
        }
        tidied.push_str(line);
        tidied.push('\n');
    }
    tidied
}

/// Returns the paths that a commit is limited to. Without a limit everything that is staged would be
/// committed, also outside of a workspace that is a folder of its repository.
fn scope(repository: &Repository<'_>, paths: &[String]) -> Vec<String> {
    if !paths.is_empty() {
        return paths.to_vec();
    }
    if repository.is_whole() {
        Vec::new()
    } else {
        vec![".".to_owned()]
    }
}

/// Tells whether what is staged in the scope of the commit is what the message was made for. Somebody may
/// have gone on working since then, most of all where a run was stopped and went on later.
async fn is_what_was_seen(
    repository: &Repository<'_>,
    prepared: &Prepared,
    scope: &[String],
) -> Result<bool> {
    match &prepared.tree {
        Some(tree) => index::holds(repository, tree, scope).await,
        None => Ok(false),
    }
}

async fn look(repository: &Repository<'_>, params: &Params) -> Result<Prepared> {
    let message = params.message()?;
    let paths = params.paths();
    let head = repository.head.clone();
    let state = guard::check(repository, &paths).await?;
    if state.is_clean() {
        return Ok(Prepared {
            head,
            tree: None,
            message: message.unwrap_or_default(),
        });
    }
    let tree = index::foreseen(repository, &paths).await?;
    let first = match &head {
        Some(head) => head.clone(),
        None => repository.empty_tree().await?,
    };
    let list = repository
        .git(&["diff", "--raw", "--numstat", "-z"])
        .args(diff::FORM)
        .args([first.as_str(), tree.as_str(), "--", "."]);
    let changed = Changed::read(list).await?;
    if changed.files.is_empty() && message.is_none() {
        return Ok(Prepared {
            head,
            tree: None,
            message: String::new(),
        });
    }
    let message = match message {
        Some(message) => message,
        None => tidy(&message::compose(repository, &first, &tree, &changed).await?),
    };
    Ok(Prepared {
        head,
        tree: Some(tree),
        message,
    })
}

async fn nothing(repository: &Repository<'_>) -> Result<Output> {
    let why = "there is nothing to commit";
    let result = json!({
        "committed": false,
        "id": null,
        "branch": repository.branch().await?,
        "message": null,
        "files": [],
        "files_changed": 0,
        "added": 0,
        "removed": 0,
        "reason": why,
        "text": "Nothing was committed: the files are as in the last commit.\n",
    });
    let evidence = vec![Evidence::NotRun {
        what: "commit".to_owned(),
        why: why.to_owned(),
        cure: None,
    }];
    Ok(Output { result, evidence })
}

/// Describes the commit that is checked out.
async fn committed(repository: &Repository<'_>, note: &str) -> Result<Output> {
    let id = repository.revision("HEAD").await?;
    let branch = repository.branch().await?;
    let message = repository
        .git(&["log", "-1", "--format=%B"])
        .ok()
        .await?
        .out;
    let parent = repository.resolve("HEAD^").await?;
    let first = match &parent {
        Some(parent) => parent.clone(),
        None => repository.empty_tree().await?,
    };
    let list = repository
        .git(&["diff", "--raw", "--numstat", "-z"])
        .args(diff::FORM)
        .args([first.as_str(), id.as_str(), "--", "."]);
    let changed = Changed::read(list).await?;
    let message = tidy(&message);
    let short: String = id.chars().take(10).collect();
    let place = branch.as_deref().unwrap_or("no branch");
    let undo = match parent {
        Some(_) => "git reset --soft HEAD~1",
        None => "git update-ref -d HEAD",
    };
    let text = format!(
        "Committed {short} on {place}: {}\n\n{}.\n{}\n{note}Take it back with `{undo}`; the changes stay in the files.\n",
        message.lines().next().unwrap_or_default(),
        changed.line(),
        changed.lines(50),
    );
    let result = json!({
        "committed": true,
        "id": id,
        "branch": branch,
        "message": message,
        "files": changed.json(),
        "files_changed": changed.files.len(),
        "added": changed.added(),
        "removed": changed.removed(),
        "reason": null,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(Output {
        result,
        evidence: vec![Evidence::Commit { id }],
    })
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "message",
            schema::text("The message; made from the changes if not given."),
        )
        .may(
            "paths",
            schema::texts("What to commit; all changes but ignored files if not given."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must("committed", schema::flag("Whether a commit was made."))
        .must(
            "id",
            schema::or_null(schema::text("The full name of the commit.")),
        )
        .must(
            "branch",
            schema::or_null(schema::text("The branch; null if none is checked out.")),
        )
        .must(
            "message",
            schema::or_null(schema::text("The message of the commit.")),
        )
        .must("files", files_schema())
        .must(
            "files_changed",
            schema::number("How many files were committed."),
        )
        .must("added", schema::number("Added lines over all files."))
        .must("removed", schema::number("Removed lines over all files."))
        .must(
            "reason",
            schema::or_null(schema::text("Why no commit was made.")),
        )
        .text()
}

#[cfg(test)]
mod tests;
