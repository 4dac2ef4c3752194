//! `git.changelog`: writes what was committed since the last release into the project's changelog.
//!
//! The manner is the file's own (see [`form`]); a project without one gets a file in the manner of
//! keepachangelog.com. What is written there already is not written again, so that doing it twice is
//! the same as doing it once.

mod form;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::workspace::EntryKind;

use self::form::Form;
use super::grouped::Section;
use super::log::{Commit, MOST};
use super::notes::named;
use super::repository::Repository;
use super::tag::last_version;
use super::version::Version;
use crate::bounded::{self, push};
use crate::name;
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The longest changelog that is read. Chosen: the longest that are known have some hundred KiB.
const LARGEST: u64 = 8 << 20;

/// The names that changelogs have, in the order in which they are looked for.
const NAMES: [&str; 12] = [
    "CHANGELOG.md",
    "CHANGELOG",
    "Changelog.md",
    "changelog.md",
    "CHANGES.md",
    "CHANGES",
    "HISTORY.md",
    "NEWS.md",
    "CHANGELOG.rst",
    "CHANGES.rst",
    "HISTORY.rst",
    "docs/CHANGELOG.md",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    version: Option<String>,
    since: Option<String>,
    path: Option<RelPath>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let repository = Repository::open(context).await?;
    let head = repository.born()?.to_owned();
    let version = match &params.version {
        Some(version) => Some(checked(version)?),
        None => None,
    };
    let since = match &params.since {
        Some(since) => Some(named(&repository, since).await?.0),
        None => release_before(&repository, &head, version.as_deref()).await?,
    };
    let commits = commits(&repository, &head, since.as_deref()).await?;
    let (path, old) = find(context, params.path).await?;
    let text = old.as_deref().unwrap_or_default();
    let form = Form::of(text);
    let mut entries: BTreeMap<Section, Vec<String>> = BTreeMap::new();
    let mut known = 0_usize;
    // The oldest first: that is the order in which things became true.
    for commit in commits.iter().rev() {
        let Some((section, what)) = Section::of(&commit.subject) else {
            continue;
        };
        if form.knows(&what) {
            known += 1;
            continue;
        }
        let lines = entries.entry(section).or_default();
        if !lines.contains(&what) {
            lines.push(what);
        }
    }
    let day = day(&repository).await?;
    let new = form.with(version.as_deref(), &day, &entries);
    let is_changed = new != text;
    if is_changed {
        context.files.write(&path, new.into_bytes()).await?;
    }
    let count: usize = entries.values().map(Vec::len).sum();
    Ok(report(&Report {
        path: &path,
        version: version.as_deref(),
        since: since.as_deref(),
        entries: &entries,
        is_changed,
        is_new: old.is_none(),
        count,
        known,
    }))
}

/// Finds the release before. If the version that is asked for has its tag already, what came since that
/// tag is not meant.
async fn release_before(
    repository: &Repository<'_>,
    head: &str,
    version: Option<&str>,
) -> Result<Option<String>> {
    let plain = |text: &str| text.trim_start_matches('v').to_owned();
    let Some((tag, _)) = last_version(repository, head).await? else {
        return Ok(None);
    };
    if version.map(plain) != Some(plain(&tag)) {
        return Ok(Some(tag));
    }
    let Some(parent) = repository.resolve(&format!("{tag}^")).await? else {
        return Ok(None);
    };
    let before = last_version(repository, &parent).await?;
    Ok(before.map(|(tag, _)| tag))
}

/// Takes the name of a version that goes into a heading.
fn checked(version: &str) -> Result<String> {
    if Version::parse(version).is_none() {
        return Err(
            refused(format!("`{}` is no version", bounded::line(version, 100)))
                .with_hint("write three numbers, such as `1.4.0`"),
        );
    }
    Ok(version.to_owned())
}

async fn commits(
    repository: &Repository<'_>,
    head: &str,
    since: Option<&str>,
) -> Result<Vec<Commit>> {
    let count = format!("--max-count={MOST}");
    let mut range = vec![head.to_owned()];
    if let Some(since) = since {
        range.push(format!("^{}", repository.revision(since).await?));
    }
    range.push("--".to_owned());
    if !repository.is_whole() {
        range.push(".".to_owned());
    }
    let git = repository
        .git(&["log", "--no-merges", &count])
        .args(Commit::FORM)
        .args(&range);
    Commit::read(git).await
}

/// Finds the changelog and reads it.
async fn find(context: &SkillContext, asked: Option<RelPath>) -> Result<(RelPath, Option<String>)> {
    let mut path = asked.clone();
    if asked.is_none() {
        for name in NAMES {
            let place = RelPath::new(name).map_err(|error| refused(error.to_string()))?;
            let found = context.files.stat(&place).await?;
            if found.is_some_and(|entry| entry.kind == EntryKind::File) {
                path = Some(place);
                break;
            }
        }
    }
    let path = match path {
        Some(path) => path,
        None => RelPath::new("CHANGELOG.md").map_err(|error| refused(error.to_string()))?,
    };
    if context.files.stat(&path).await?.is_none() {
        return Ok((path, None));
    }
    let file = context.files.read(&path, LARGEST).await?;
    let text = String::from_utf8(file.bytes).map_err(|error| {
        refused(format!(
            "`{}` is no text: {error}",
            name::shown(path.as_str())
        ))
        .with_hint("save it as UTF-8, or name another file with `path`")
    })?;
    Ok((path, Some(text)))
}

/// The day of the newest commit. The clock would make two runs over the same history differ.
async fn day(repository: &Repository<'_>) -> Result<String> {
    let ran = repository.git(&["log", "-1", "--format=%cs"]).ok().await?;
    Ok(bounded::line(&ran.out, 20))
}

struct Report<'a> {
    path: &'a RelPath,
    version: Option<&'a str>,
    since: Option<&'a str>,
    entries: &'a BTreeMap<Section, Vec<String>>,
    is_changed: bool,
    is_new: bool,
    count: usize,
    known: usize,
}

fn report(report: &Report<'_>) -> Output {
    let shown = name::shown(report.path.as_str());
    let heading = report.version.unwrap_or("Unreleased");
    let mut text = if report.is_changed {
        let done = if report.is_new { "Made" } else { "Wrote to" };
        format!(
            "{done} {shown}: {} under {heading}.\n",
            bounded::counted(report.count, "entry")
        )
    } else if report.is_new {
        let since = report.since.unwrap_or("the beginning");
        format!("Nothing was committed since {since} that belongs into a changelog.\n")
    } else {
        format!("{shown} was left as it is: it holds everything that was committed.\n")
    };
    let mut listed = Vec::new();
    for (section, lines) in report.entries {
        push(&mut text, format_args!("\n{}\n", section.title()));
        for line in lines {
            push(&mut text, format_args!("- {line}\n"));
            listed.push(json!({"section": section.title(), "text": line}));
        }
    }
    schema::output(json!({
        "path": report.path,
        "changed": report.is_changed,
        "version": report.version,
        "since": report.since,
        "entries": listed,
        "known": report.known,
        "text": bounded::cut(&text, bounded::TEXT),
    }))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "version",
            schema::text("The version that is released; what is not released yet if not given."),
        )
        .may(
            "since",
            schema::text("The revision to begin from; the last release if not given."),
        )
        .may(
            "path",
            schema::path("The changelog; looked for under its usual names if not given."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let sections = Section::ALL.map(Section::title);
    let entry = schema::object()
        .must(
            "section",
            schema::choice(&sections, "What it means for users."),
        )
        .must("text", schema::text("What was written."))
        .done();
    schema::object()
        .must("path", schema::path("The changelog."))
        .must("changed", schema::flag("Whether anything was written."))
        .must(
            "version",
            schema::or_null(schema::text("The version; null for what is not released.")),
        )
        .must(
            "since",
            schema::or_null(schema::text(
                "Where the changes begin; null at the beginning.",
            )),
        )
        .must(
            "entries",
            schema::list(entry, "What was written, in order."),
        )
        .must(
            "known",
            schema::number("How many changes the changelog held already."),
        )
        .text()
}
