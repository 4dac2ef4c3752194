//! `git.log`: commits, newest first.

use serde_json::{Value, json};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::between::Between;
use super::repository::{Git, Repository};
use crate::bounded::{self, push};
use crate::params::{Given, refused};
use crate::schema::{self, Object};

/// How many commits are shown when nobody says how many. Chosen: two screens.
const LIMIT: u64 = 50;

/// The most commits in a result.
pub(super) const MOST: u64 = 1_000;

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    /// Its short name.
    pub(super) id: String,
    /// The first line of its message.
    pub(super) subject: String,
    /// The author's name.
    pub(super) author: String,
    date: String,
}

impl Commit {
    /// Reads commits; the call is a `log` without a format of its own.
    pub(super) async fn read(git: Git<'_>) -> Result<Vec<Self>> {
        let ran = git.ok().await?;
        let commit = |record: &str| {
            let mut fields = record.splitn(4, '\x1f');
            Some(Self {
                id: fields.next()?.to_owned(),
                date: fields.next()?.to_owned(),
                author: bounded::line(fields.next()?, 100),
                subject: bounded::line(fields.next()?, 300),
            })
        };
        Ok(ran.records().into_iter().filter_map(commit).collect())
    }

    /// The format that [`Commit::read`] understands.
    pub(super) const FORM: [&'static str; 2] = ["-z", "--format=tformat:%h%x1f%as%x1f%aN%x1f%s"];
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let Between { from, to, path } = Between::take(&mut given)?;
    let limit = given.may("limit")?.unwrap_or(LIMIT);
    given.done()?;
    if limit == 0 || limit > MOST {
        return Err(refused(format!(
            "`limit` is {limit}; it must be between 1 and {MOST}"
        )));
    }
    let repository = Repository::open(context).await?;
    let mut range = Vec::new();
    let mut commits = Vec::new();
    if to.is_some() || from.is_some() || repository.head.is_some() {
        range.push(repository.revision(to.as_deref().unwrap_or("HEAD")).await?);
        if let Some(from) = &from {
            range.push(format!("^{}", repository.revision(from).await?));
        }
        range.push("--".to_owned());
        // Without a path the history of the whole workspace is meant, which for a workspace that is
        // the whole repository includes commits without files.
        match path {
            Some(path) => range.push(path.to_string()),
            None if !repository.is_whole() => range.push(".".to_owned()),
            None => {}
        }
        let count = format!("--max-count={}", limit + 1);
        let git = repository
            .git(&["log", &count])
            .args(Commit::FORM)
            .args(&range);
        commits = Commit::read(git).await?;
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let truncated = commits.len() > most;
    commits.truncate(most);
    let mut text = String::new();
    for commit in &commits {
        let Commit {
            id,
            subject,
            author,
            date,
        } = commit;
        push(
            &mut text,
            format_args!("- {id} {subject} ({author}, {date})\n"),
        );
    }
    if commits.is_empty() {
        text.push_str("No commits.\n");
    } else if truncated {
        text.push_str("- and older ones\n");
    }
    let commit = |commit: &Commit| {
        json!({
            "id": commit.id, "date": commit.date, "author": commit.author, "subject": commit.subject,
        })
    };
    let result = json!({
        "commits": commits.iter().map(commit).collect::<Value>(),
        "truncated": truncated,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(schema::output(result))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    let from = "Leave out this revision and what came before it.";
    let to = "The newest revision; what is checked out if not given.";
    Between::params(from, to).may(
        "limit",
        schema::between(1, MOST, "The most commits; 50 if not given."),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let commit = schema::object()
        .must("id", schema::text("Its short name."))
        .must(
            "date",
            schema::text("The day on which its author wrote it."),
        )
        .must("author", schema::text("The author's name."))
        .must("subject", schema::text("The first line of its message."))
        .done();
    schema::object()
        .must(
            "commits",
            schema::list(commit, "The commits, newest first."),
        )
        .must("truncated", schema::flag("Whether there are older ones."))
        .text()
}
