//! `files.edit`: one file, changed exactly as it was said or not at all.
//!
//! Three forms, of which one is given: texts to find and what stands there instead, a unified diff, or
//! the whole file. What is to be found has to be there, once. Where it is not, the answer says what is
//! there instead, so that whoever guessed can look again; nothing is ever changed by likeness.

mod patch;

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{FailureKind, Result};

use super::encoding::{self, Encoding};
use super::source::{LARGEST, crlf, is_crlf};
use super::write::check_place;
use crate::bounded;
use crate::name;
use crate::params::{self, refused};
use crate::schema::{self, Object};

/// How many lines around a place are shown.
const AROUND: usize = 6;
/// How many places are named.
const NAMED: usize = 8;
/// The most edits of one call. Chosen: more is a file to be written whole.
const EDITS: usize = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: RelPath,
    edits: Option<Vec<Edit>>,
    patch: Option<String>,
    content: Option<String>,
}

/// A text and what stands there instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    find: String,
    replace: String,
    all: Option<bool>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params {
        path,
        edits,
        patch,
        content,
    } = params::read(call)?;
    let exists = check_place(context, &path).await?;
    let shown = name::shown(path.as_str()).into_owned();
    let (text, encoding) = if exists {
        let bytes = context.files.read(&path, LARGEST).await?.bytes;
        encoding::read(&bytes).ok_or_else(|| {
            refused(format!(
                "`{shown}` is no text, or its encoding is not certain"
            ))
            .with_hint("replace it whole with `files.write` if that is what you want")
        })?
    } else {
        (String::new(), Encoding::Utf8)
    };
    let is_windows = is_crlf(&text);
    let plain = text.replace("\r\n", "\n");
    // Mixed line ends stay as they are: only a file that has one kind is brought to one.
    let is_one_kind = if is_windows {
        crlf(&plain) == text
    } else {
        plain == text
    };
    if !is_one_kind {
        return Err(refused(format!("`{shown}` mixes two kinds of line ends"))
            .with_hint("bring them to one kind first, or write the file whole"));
    }
    let (new, places) = match (edits, patch, content) {
        (Some(edits), None, None) => {
            must_exist(exists, &shown)?;
            replaced(&plain, &edits, &shown)?
        }
        (None, Some(patch), None) => patch::applied(&plain, &patch, &shown)?,
        (None, None, Some(content)) => (content.replace("\r\n", "\n"), 1),
        _ => {
            return Err(
                refused("say one of `edits`, `patch` and `content`").with_hint(
                    "`edits` changes parts, `patch` is a unified diff, `content` is the whole file",
                ),
            );
        }
    };
    if exists && new == plain {
        return Err(refused(format!(
            "`{shown}` says that already; nothing was changed"
        )));
    }
    let lines = new.lines().count();
    let written = if is_windows { crlf(&new) } else { new };
    let bytes = encoding::write(&written, encoding).ok_or_else(|| {
        refused(format!(
            "`{shown}` is in an encoding that cannot say what is to be written"
        ))
    })?;
    if bytes.len() as u64 > LARGEST {
        return Err(refused("the file would be too large"));
    }
    let size = bytes.len();
    context.files.write(&path, bytes).await?;
    let done = if exists { "Changed" } else { "Made" };
    let result = json!({
        "path": path,
        "created": !exists,
        "places": places,
        "size": size,
        "text": format!(
            "{done} {shown}: {}; it has {} now.\n",
            bounded::counted(places, "place"),
            bounded::counted(lines, "line"),
        ),
    });
    Ok(schema::output(result))
}

fn must_exist(exists: bool, shown: &str) -> Result<()> {
    if exists {
        return Ok(());
    }
    Err(
        venom_ports::Failure::new(FailureKind::Missing, format!("there is no file `{shown}`"))
            .with_hint("say `content` to make it, or look for it with `files.find`"),
    )
}

/// Makes the edits one after the other, or says why one of them cannot be made.
fn replaced(text: &str, edits: &[Edit], shown: &str) -> Result<(String, usize)> {
    if edits.is_empty() || edits.len() > EDITS {
        return Err(refused(format!("say from 1 to {EDITS} edits")));
    }
    let mut text = text.to_owned();
    let mut places = 0_usize;
    for (number, edit) in (1_usize..).zip(edits) {
        let find = edit.find.replace("\r\n", "\n");
        let replace = edit.replace.replace("\r\n", "\n");
        if find.is_empty() {
            return Err(
                refused(format!("edit {number} finds nothing: `find` is empty"))
                    .with_hint("say `content` to write the whole file"),
            );
        }
        let found = text.matches(&find).count();
        match (found, edit.all.unwrap_or(false)) {
            (0, _) => {
                return Err(refused(format!(
                    "edit {number} is not in `{shown}`, and nothing was changed"
                ))
                .with_hint(instead(&text, &find)));
            }
            (1, _) | (_, true) => {
                text = text.replace(&find, &replace);
                places = places.saturating_add(found);
            }
            (_, false) => {
                return Err(refused(format!(
                    "edit {number} is in `{shown}` {found} times (lines {}), and nothing was changed",
                    lines_of(&text, &find)
                ))
                .with_hint("say more lines around it so that it is one place, or `all`"));
            }
        }
    }
    Ok((text, places))
}

/// Names the lines where a text begins.
fn lines_of(text: &str, find: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = 1_usize;
    let mut parts = text.split(find).peekable();
    let inside = find.matches('\n').count();
    while let Some(part) = parts.next() {
        line += part.matches('\n').count();
        if parts.peek().is_none() || lines.len() >= NAMED {
            break;
        }
        lines.push(line.to_string());
        line += inside;
    }
    lines.join(", ")
}

/// Says what is there instead of a text that was not found.
fn instead(text: &str, find: &str) -> String {
    let wanted: Vec<&str> = find
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let lines: Vec<&str> = text.lines().collect();
    // Where most of the wanted lines are, each after the other, whatever stands before and behind them.
    let best = (0..lines.len())
        .map(|at| {
            let hits = lines
                .iter()
                .skip(at)
                .take(wanted.len() + 2)
                .filter(|line| wanted.contains(&line.trim()))
                .count();
            (hits, at)
        })
        .max_by_key(|(hits, at)| (*hits, std::cmp::Reverse(*at)));
    match best {
        Some((hits, at)) if hits > 0 => {
            let first = at.saturating_sub(1);
            format!(
                "what is there instead, from line {}:\n{}",
                first + 1,
                numbered(&lines, first, wanted.len() + AROUND)
            )
        }
        Some(_) | None => "none of its lines is in the file; read the file again".to_owned(),
    }
}

/// Shows lines with their numbers.
fn numbered(lines: &[&str], first: usize, count: usize) -> String {
    let mut text = String::new();
    for (number, line) in (first + 1..)
        .zip(lines.iter().skip(first))
        .take(count.min(60))
    {
        text.push_str(&number.to_string());
        text.push_str(": ");
        text.extend(line.chars().take(300));
        text.push('\n');
    }
    text
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    let edit = schema::object()
        .must(
            "find",
            schema::text("The text as it stands in the file, whole lines with their indentation; it has to be there once."),
        )
        .must("replace", schema::text("What is to stand there instead."))
        .may("all", schema::flag("Whether every place is meant."));
    schema::object()
        .must("path", schema::path("The file."))
        .may(
            "edits",
            schema::list(
                edit.done(),
                "Texts and what is to stand there instead; made in this order.",
            ),
        )
        .may(
            "patch",
            schema::text("A unified diff of this file, in place of `edits`."),
        )
        .may(
            "content",
            schema::text("The whole file, in place of `edits`."),
        )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must("path", schema::path("The file."))
        .must("created", schema::flag("Whether it is new."))
        .must("places", schema::number("How many places were changed."))
        .must("size", schema::number("Its size in bytes."))
        .text()
}

#[cfg(test)]
mod tests;
