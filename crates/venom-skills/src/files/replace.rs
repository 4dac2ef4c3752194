//! `files.replace`: one text for another, in many files at once.
//!
//! A file keeps its line endings and its byte order mark. Files that are not valid UTF-8 are left
//! alone and counted: writing them back would change bytes that nobody asked to change.

use std::borrow::Cow;

use regex::{NoExpand, Regex};
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::pattern::Pattern;
use super::source::{self, LARGEST, Selection};
use crate::bounded::{self, push};
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// The most files in a result.
const FILES: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    pattern: String,
    with: String,
    literal: Option<bool>,
    word: Option<bool>,
    ignore_case: Option<bool>,
    under: Option<RelPath>,
    globs: Option<Vec<String>>,
    exclude: Option<Vec<RelPath>>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let params: Params = params::read(call)?;
    let literal = params.literal.unwrap_or(false);
    let pattern = |pattern: &str| {
        Pattern {
            wanted: pattern,
            literal,
            word: params.word.unwrap_or(false),
            ignore_case: params.ignore_case.unwrap_or(false),
        }
        .regex()
    };
    let regex = pattern(&params.pattern)?;
    // In a file with CRLF a plain text of several lines has them as well.
    let windows = if literal {
        Some(pattern(&crlf(&params.pattern))?)
    } else {
        None
    };
    let selection = Selection {
        under: params.under,
        globs: params.globs,
        exclude: params.exclude,
        hidden: false,
    };
    let selected = selection.files(context).await?;
    if selected.truncated {
        return Err(refused("there are more files than can be looked at")
            .with_hint("name a folder with `under` or patterns with `globs`"));
    }
    let mut changed: Vec<(String, usize)> = Vec::new();
    let mut skipped: Vec<String> = Vec::new();
    for entry in &selected.files {
        let Some(bytes) = source::text(context, entry).await else {
            // Binary files are never meant; large ones are.
            if entry.size > LARGEST {
                skipped.push(entry.path.as_str().to_owned());
            }
            continue;
        };
        let Ok(text) = std::str::from_utf8(&bytes) else {
            skipped.push(entry.path.as_str().to_owned());
            continue;
        };
        let is_windows = is_crlf(text);
        let regex = if is_windows {
            windows.as_ref().unwrap_or(&regex)
        } else {
            &regex
        };
        let with = if is_windows {
            Cow::Owned(crlf(&params.with))
        } else {
            Cow::Borrowed(params.with.as_str())
        };
        let (new, count) = replaced(regex, text, &with, literal);
        if count > 0 && new != text {
            changed.push((entry.path.as_str().to_owned(), count));
            context.files.write(&entry.path, new.into_bytes()).await?;
        }
    }
    let sum: usize = changed.iter().map(|(_, count)| count).sum();
    let file = |(path, count): &(String, usize)| json!({"path": path, "replaced": count});
    let result = json!({
        "files": changed.iter().take(FILES).map(file).collect::<Value>(),
        "files_changed": changed.len(),
        "replaced": sum,
        "skipped": skipped.iter().take(FILES).collect::<Vec<_>>(),
        "text": text(&changed, sum, &skipped),
    });
    Ok(Output {
        result,
        evidence: Vec::new(),
    })
}

fn replaced(regex: &Regex, text: &str, with: &str, literal: bool) -> (String, usize) {
    let count = regex.find_iter(text).count();
    if count == 0 {
        return (String::new(), 0);
    }
    let new = if literal {
        regex.replace_all(text, NoExpand(with))
    } else {
        regex.replace_all(text, with)
    };
    (new.into_owned(), count)
}

/// Tells whether lines of a text end as on Windows: most of them do.
fn is_crlf(text: &str) -> bool {
    let all = text.matches('\n').count();
    text.matches("\r\n").count() * 2 > all
}

/// Makes all line endings CRLF.
fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn text(changed: &[(String, usize)], sum: usize, skipped: &[String]) -> String {
    let mut text = if changed.is_empty() {
        "Nothing was replaced.\n".to_owned()
    } else {
        format!(
            "Replaced {} in {}.\n",
            bounded::counted(sum, "place"),
            bounded::counted(changed.len(), "file")
        )
    };
    for (path, count) in changed {
        push(&mut text, format_args!("- {path}: {count}\n"));
    }
    if !skipped.is_empty() {
        push(
            &mut text,
            format_args!(
                "\nLeft alone because not UTF-8 or too large: {}.\n",
                bounded::joined(skipped, 20)
            ),
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
        .must(
            "with",
            schema::text(
                "What stands there afterwards; `$1` means the first group of an expression.",
            ),
        )
        .may(
            "literal",
            schema::flag("Whether both are texts as they stand."),
        )
        .may("word", schema::flag("Whether only whole words count."))
        .may(
            "ignore_case",
            schema::flag("Whether upper and lower case are the same."),
        )
        .may(
            "under",
            schema::path("The file or folder to work on; everything if not given."),
        )
        .may(
            "globs",
            schema::texts("Patterns of paths such as `*.py`; all files if not given."),
        )
        .may("exclude", schema::texts("Files and folders to leave out."))
}

/// Describes the result.
pub(super) fn result() -> Object {
    let file = schema::object()
        .must("path", schema::path("The file."))
        .must("replaced", schema::number("How many places were replaced."))
        .done();
    schema::object()
        .must(
            "files",
            schema::list(file, "The changed files, at most 1,000 of them."),
        )
        .must(
            "files_changed",
            schema::number("How many files were changed."),
        )
        .must("replaced", schema::number("How many places were replaced."))
        .must(
            "skipped",
            schema::texts("Files left alone because not UTF-8 or too large."),
        )
        .text()
}
