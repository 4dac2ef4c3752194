//! `git.release-notes`: what a release brings, between two tags.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::grouped::{Section, grouped};
use super::log::{Commit, MOST};
use super::repository::Repository;
use super::subject::is_conventional;
use super::tag::last_version;
use super::version::Version;
use crate::bounded::{self, push};
use crate::params::{self, refused};
use crate::schema::{self, Object};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    from: Option<String>,
    to: Option<String>,
}

/// The two ends.
struct Ends {
    /// The name and commit of the release before; none if this is the first.
    from: Option<(String, String)>,
    /// What is described.
    to: (String, String),
}

/// Finds a tag by what people call it, `1.4.2` for `v1.4.2` and the other way round.
pub(super) async fn named(repository: &Repository<'_>, name: &str) -> Result<(String, String)> {
    match repository.revision(name).await {
        Ok(id) => Ok((name.to_owned(), id)),
        Err(failure) => {
            let other = name
                .strip_prefix('v')
                .map_or_else(|| format!("v{name}"), str::to_owned);
            match repository.revision(&other).await {
                Ok(id) => Ok((other, id)),
                Err(_) => Err(failure),
            }
        }
    }
}

impl Ends {
    async fn find(repository: &Repository<'_>, params: &Params) -> Result<Self> {
        let head = repository.born()?.to_owned();
        let to = match &params.to {
            Some(to) => named(repository, to).await?,
            None => match last_version(repository, &head).await? {
                // What is checked out is that release: it is the one to describe.
                Some((tag, _)) if repository.revision(&tag).await? == head => (tag, head),
                _ => ("HEAD".to_owned(), head),
            },
        };
        let from = match &params.from {
            Some(from) => Some(named(repository, from).await?),
            None => before(repository, &to).await?,
        };
        if from.as_ref().is_some_and(|(_, from)| *from == to.1) {
            return Err(refused("both ends are the same commit")
                .with_hint("name two releases with `from` and `to`"));
        }
        Ok(Self { from, to })
    }
}

/// Finds the release before another one: the newest version that its first parents reach.
async fn before(
    repository: &Repository<'_>,
    to: &(String, String),
) -> Result<Option<(String, String)>> {
    let (name, commit) = to;
    let is_release = Version::parse(name).is_some();
    let at = if is_release {
        match repository.resolve(&format!("{commit}^")).await? {
            Some(parent) => parent,
            None => return Ok(None),
        }
    } else {
        commit.clone()
    };
    Ok(match last_version(repository, &at).await? {
        Some((tag, _)) => {
            let id = repository.revision(&tag).await?;
            Some((tag, id))
        }
        None => None,
    })
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let ends = Ends::find(&repository, &params).await?;
    let count = format!("--max-count={}", MOST + 1);
    let mut range = vec![ends.to.1.clone()];
    range.extend(ends.from.iter().map(|(_, id)| format!("^{id}")));
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
    let truncated = commits.len() > most;
    commits.truncate(most);
    let people: BTreeSet<&str> = commits
        .iter()
        .map(|commit| commit.author.as_str())
        .collect();
    let markdown = bounded::cut(&markdown(&ends, &commits, &people), bounded::TEXT);
    Ok(schema::output(json!({
        "from": ends.from.as_ref().map(|(name, _)| name),
        "to": ends.to.0,
        "commits": commits.len(),
        "contributors": people,
        "truncated": truncated,
        "markdown": markdown,
        "text": markdown,
    })))
}

fn markdown(ends: &Ends, commits: &[Commit], people: &BTreeSet<&str>) -> String {
    let title = if ends.to.0 == "HEAD" {
        "Unreleased"
    } else {
        &ends.to.0
    };
    let mut text = format!("# {title}\n");
    if commits.is_empty() {
        text.push_str("\nNothing was committed.\n");
        return text;
    }
    let since = match &ends.from {
        Some((name, _)) => format!("since {name}"),
        None => "in all".to_owned(),
    };
    push(
        &mut text,
        format_args!("\n{} {since}.\n", bounded::counted(commits.len(), "commit")),
    );
    let is_sorted = is_conventional(commits.iter().map(|commit| commit.subject.as_str()));
    let groups = if is_sorted {
        grouped(commits)
    } else {
        by_section(commits)
    };
    for (title, lines) in groups {
        push(&mut text, format_args!("\n## {title}\n\n{lines}"));
    }
    let people: Vec<String> = people.iter().map(|name| (*name).to_owned()).collect();
    push(
        &mut text,
        format_args!("\n## Contributors\n\n{}\n", bounded::joined(&people, 100)),
    );
    text
}

fn by_section(commits: &[Commit]) -> Vec<(String, String)> {
    let mut sections: BTreeMap<Section, String> = BTreeMap::new();
    for commit in commits {
        if let Some((section, what)) = Section::of(&commit.subject) {
            let lines = sections.entry(section).or_default();
            push(lines, format_args!("- {what} ({})\n", commit.id));
        }
    }
    sections
        .into_iter()
        .map(|(section, lines)| (section.title().to_owned(), lines))
        .collect()
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "from",
            schema::text("The release before; found among the tags if not given."),
        )
        .may(
            "to",
            schema::text("The release; what is checked out if not given."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must(
            "from",
            schema::or_null(schema::text("The release before; null if there is none.")),
        )
        .must("to", schema::text("The release."))
        .must("commits", schema::number("How many commits there are."))
        .must("contributors", schema::texts("Who wrote them, by name."))
        .must("truncated", schema::flag("Whether there are older ones."))
        .must("markdown", schema::text("The notes in Markdown."))
        .text()
}
