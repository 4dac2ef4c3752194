//! `files.search`: a text or pattern in files, line by line.

use futures::StreamExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::pattern::Pattern;
use super::source::{self, Hidden, LeftOut, Selection};
use crate::bounded::{self, push};
use crate::name;
use crate::params::Given;
use crate::place::Wanted;
use crate::schema::{self, Object};
use crate::unread::Unread;

/// How many matches are given when nobody says how many.
const LIMIT: usize = 1_000;

/// The most matches in a result.
const MOST: usize = 10_000;

/// The longest line that is shown, in characters.
const LINE: usize = 300;

/// A found place.
#[derive(Debug, Serialize)]
struct Match {
    path: String,
    line: usize,
    column: usize,
    text: String,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let pattern = Pattern::take(&mut given)?;
    let regex = pattern.regex()?;
    let selection = Selection::take(&mut given)?;
    let hidden = Hidden::take(&mut given)?;
    let limit = given.may("limit")?.unwrap_or(LIMIT).clamp(1, MOST);
    given.done()?;
    let selected = selection
        .files(context, Wanted::FileOrFolder, hidden)
        .await?;
    let mut matches: Vec<Match> = Vec::new();
    let mut searched = 0_usize;
    let mut left_out = LeftOut::default();
    let mut truncated = selected.truncated;
    let mut texts = source::texts(context, selected.files);
    'files: while let Some((entry, source)) = texts.next().await {
        let Some(bytes) = left_out.or_text(&entry, source) else {
            continue;
        };
        searched += 1;
        let text = String::from_utf8_lossy(&bytes);
        // One look at the whole of a text costs far less than one at each of its lines.
        if pattern.is_same_in_lines() && !regex.is_match(&text) {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            let Some(found) = regex.find(line) else {
                continue;
            };
            if matches.len() == limit {
                truncated = true;
                break 'files;
            }
            matches.push(Match {
                path: entry.path.as_str().to_owned(),
                line: at + 1,
                column: line
                    .get(..found.start())
                    .map_or(0, |before| before.chars().count())
                    + 1,
                text: bounded::line(line, LINE),
            });
        }
    }
    let rest = format!("{}{}", left_out.text(), selected.unread.text());
    let text = bounded::both(&text(&matches, truncated), &rest);
    let mut result = json!({
        "matches": serde_json::to_value(&matches).unwrap_or(Value::Null),
        "count": matches.len(),
        "files_searched": searched,
        "files_skipped": left_out.count(),
        "truncated": truncated,
        "text": text,
    });
    selected.unread.tell(&mut result);
    Ok(schema::output(result))
}

fn text(matches: &[Match], truncated: bool) -> String {
    if matches.is_empty() {
        return "Nothing was found.\n".to_owned();
    }
    let files = matches
        .chunk_by(|one, other| one.path == other.path)
        .count();
    let more = if truncated { ", and there is more" } else { "" };
    let mut text = format!(
        "{} in {}{more}.\n",
        bounded::counted(matches.len(), "match"),
        bounded::counted(files, "file")
    );
    for one in matches {
        push(
            &mut text,
            format_args!(
                "- {}:{}:{} {}\n",
                name::shown(&one.path),
                one.line,
                one.column,
                one.text
            ),
        );
    }
    text
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    let object = Pattern::params(schema::object());
    Hidden::params(Selection::params(object, Wanted::FileOrFolder)).may(
        "limit",
        schema::between(1, 10_000, "The most matches; 1,000 if not given."),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let found = schema::object()
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must(
            "column",
            schema::number("The column in characters, from 1."),
        )
        .must("text", schema::text("The line, shortened."))
        .done();
    Unread::properties(schema::object())
        .must(
            "matches",
            schema::list(found, "One match for each line, by path and line."),
        )
        .must("count", schema::number("How many matches are listed."))
        .must(
            "files_searched",
            schema::number("How many files were searched."),
        )
        .must(
            "files_skipped",
            schema::number("How many files are too large, no text, or cannot be read."),
        )
        .must("truncated", schema::flag("Whether there is more."))
        .text()
}
