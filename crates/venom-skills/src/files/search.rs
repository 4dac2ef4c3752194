//! `files.search`: a text or pattern in files, line by line.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::pattern::Pattern;
use super::source::{self, Selection};
use crate::bounded::{self, push};
use crate::params;
use crate::schema::{self, Object};

/// How many matches are given when nobody says how many.
const LIMIT: usize = 1_000;

/// The most matches in a result.
const MOST: usize = 10_000;

/// The longest line that is shown, in characters.
const LINE: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    pattern: String,
    literal: Option<bool>,
    word: Option<bool>,
    ignore_case: Option<bool>,
    under: Option<RelPath>,
    globs: Option<Vec<String>>,
    exclude: Option<Vec<RelPath>>,
    hidden: Option<bool>,
    limit: Option<usize>,
}

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
    let params: Params = params::read(call)?;
    let regex = Pattern {
        wanted: &params.pattern,
        literal: params.literal.unwrap_or(false),
        word: params.word.unwrap_or(false),
        ignore_case: params.ignore_case.unwrap_or(false),
    }
    .regex()?;
    let limit = params.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let selection = Selection {
        under: params.under,
        globs: params.globs,
        exclude: params.exclude,
        hidden: params.hidden.unwrap_or(false),
    };
    let selected = selection.files(context).await?;
    let mut matches: Vec<Match> = Vec::new();
    let (mut searched, mut skipped) = (0_usize, 0_usize);
    let mut truncated = selected.truncated;
    'files: for entry in &selected.files {
        let Some(bytes) = source::text(context, entry).await else {
            skipped += 1;
            continue;
        };
        searched += 1;
        let text = String::from_utf8_lossy(&bytes);
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
    let result = json!({
        "matches": serde_json::to_value(&matches).unwrap_or(Value::Null),
        "count": matches.len(),
        "files_searched": searched,
        "files_skipped": skipped,
        "truncated": truncated,
        "text": text(&matches, truncated),
    });
    Ok(Output {
        result,
        evidence: Vec::new(),
    })
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
            format_args!("- {}:{}:{} {}\n", one.path, one.line, one.column, one.text),
        );
    }
    bounded::cut(&text, bounded::TEXT)
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .must(
            "pattern",
            schema::text("A regular expression, or a text if `literal` is set."),
        )
        .may(
            "literal",
            schema::flag("Whether the pattern is a text as it stands."),
        )
        .may("word", schema::flag("Whether only whole words count."))
        .may(
            "ignore_case",
            schema::flag("Whether upper and lower case are the same."),
        )
        .may(
            "under",
            schema::path("The file or folder to look in; everything if not given."),
        )
        .may(
            "globs",
            schema::texts("Patterns of paths such as `*.py`; all files if not given."),
        )
        .may("exclude", schema::texts("Files and folders to leave out."))
        .may("hidden", schema::flag("Whether hidden files count."))
        .may(
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
    schema::object()
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
            schema::number("How many files are too large or no text."),
        )
        .must("truncated", schema::flag("Whether there is more."))
        .text()
}
