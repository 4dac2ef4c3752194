//! `git.changes-since`: what happened since a release.

use serde::Deserialize;
use serde_json::{Value, json};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::changed::{Changed, FILES, files_schema};
use super::diff;
use super::grouped::grouped;
use super::log::{Commit, MOST};
use super::repository::Repository;
use crate::bounded::{self, push};
use crate::params;
use crate::schema::{self, Object};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    since: Option<String>,
}

/// Where the changes begin.
struct Beginning {
    /// What results call it.
    name: String,
    /// How it was chosen.
    kind: &'static str,
    /// The commit after which changes count; `None` means that all count.
    commit: Option<String>,
}

impl Beginning {
    async fn find(repository: &Repository<'_>, since: Option<&str>) -> Result<Self> {
        if let Some(since) = since {
            // People say `1.4.2` for a tag that is called `v1.4.2`, and the other way round.
            let other = since
                .strip_prefix('v')
                .map_or_else(|| format!("v{since}"), str::to_owned);
            let (name, commit) = match repository.revision(since).await {
                Ok(commit) => (since, commit),
                Err(failure) => match repository.revision(&other).await {
                    Ok(commit) => (other.as_str(), commit),
                    Err(_) => return Err(failure),
                },
            };
            return Ok(Self {
                name: name.to_owned(),
                kind: "revision",
                commit: Some(commit),
            });
        }
        let ran = repository
            .git(&["describe", "--tags", "--abbrev=0"])
            .run()
            .await?;
        let tag = ran.out.trim();
        if ran.code == Some(0) && !tag.is_empty() {
            let commit = Some(repository.revision(tag).await?);
            return Ok(Self {
                name: tag.to_owned(),
                kind: "tag",
                commit,
            });
        }
        Ok(Self {
            name: "the first commit".to_owned(),
            kind: "beginning",
            commit: None,
        })
    }

    fn said(&self) -> String {
        match self.kind {
            "tag" => format!("the last tag, {}", self.name),
            "beginning" => "the beginning (there is no tag)".to_owned(),
            _ => self.name.clone(),
        }
    }
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params { since } = params::read(call)?;
    let repository = Repository::open(context).await?;
    let head = repository.born()?.to_owned();
    let beginning = Beginning::find(&repository, since.as_deref()).await?;

    let count = format!("--max-count={}", MOST + 1);
    let mut range = vec![head.clone()];
    range.extend(beginning.commit.iter().map(|commit| format!("^{commit}")));
    range.push("--".to_owned());
    if !repository.is_whole() {
        range.push(".".to_owned());
    }
    let git = repository
        .git(&["log", "--no-merges", &count])
        .args(Commit::FORM)
        .args(&range);
    let mut commits = Commit::read(git).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = commits.len() > most;
    commits.truncate(most);

    let first = match &beginning.commit {
        Some(commit) => commit.clone(),
        None => repository.empty_tree().await?,
    };
    let list = repository
        .git(&["diff", "--raw", "--numstat", "-z"])
        .args(diff::FORM)
        .args([first.as_str(), head.as_str(), "--", "."]);
    let changed = Changed::read(list).await?;

    let commit = |commit: &Commit| json!({"id": commit.id, "subject": commit.subject, "author": commit.author});
    let result = json!({
        "since": beginning.name,
        "since_kind": beginning.kind,
        "commits": commits.iter().map(commit).collect::<Value>(),
        "files": changed.json(),
        "files_changed": changed.files.len(),
        "added": changed.added(),
        "removed": changed.removed(),
        "truncated": more || changed.truncated || changed.files.len() > FILES,
        "text": bounded::cut(&text(&beginning, &commits, &changed), bounded::TEXT),
    });
    Ok(schema::output(result))
}

fn text(beginning: &Beginning, commits: &[Commit], changed: &Changed) -> String {
    let said = beginning.said();
    if commits.is_empty() && changed.files.is_empty() {
        return format!("Nothing was committed since {said}.\n");
    }
    let mut text = format!(
        "{} since {said}; {}.\n",
        bounded::counted(commits.len(), "commit"),
        changed.line()
    );
    for (title, lines) in grouped(commits) {
        push(&mut text, format_args!("\n## {title}\n\n{lines}"));
    }
    push(
        &mut text,
        format_args!("\n## Files\n\n{}", changed.lines(50)),
    );
    text
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object().may(
        "since",
        schema::text(
            "A revision; the last tag if not given, and the beginning if there is no tag.",
        ),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let commit = schema::object()
        .must("id", schema::text("Its short name."))
        .must("subject", schema::text("The first line of its message."))
        .must("author", schema::text("The author's name."))
        .done();
    schema::object()
        .must("since", schema::text("Where the changes begin."))
        .must(
            "since_kind",
            schema::choice(&["tag", "revision", "beginning"], "How that was chosen."),
        )
        .must(
            "commits",
            schema::list(
                commit,
                "Commits without merges, newest first, at most 1,000.",
            ),
        )
        .must("files", files_schema())
        .must("files_changed", schema::number("How many files changed."))
        .must("added", schema::number("Added lines over all files."))
        .must("removed", schema::number("Removed lines over all files."))
        .must("truncated", schema::flag("Whether a list is not whole."))
        .text()
}
