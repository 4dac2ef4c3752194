//! `files.todos`: TODO, FIXME, HACK and XXX in comments.

use std::sync::LazyLock;

use futures::StreamExt as _;
use regex::Regex;
use serde::Serialize;
use serde_json::{Value, json};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::comments::{self, Syntax};
use super::source::{self, Hidden, LeftOut, Selection};
use crate::bounded::{self, push};
use crate::name;
use crate::params::Given;
use crate::place::Wanted;
use crate::schema::{self, Object};
use crate::unread::Unread;

/// The most items in a result.
const ITEMS: usize = 10_000;

/// The longest text of an item, in characters.
const LINE: usize = 300;

/// A mark, with an owner in brackets if there is one, and the text behind it. At the beginning of a
/// comment the mark alone is enough; further on it needs a colon or an owner, because prose may
/// speak about TODO lists.
static MARK: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    Some((
        Regex::new(
            r"^[\s/*#!;%\-<>]*(?:@?\b(TODO|FIXME|HACK|XXX)\b|@(todo|fixme))(?:\(([^)]{0,80})\))?[!?]*\s*[:\-–—]*\s*(.*)$",
        )
        .ok()?,
        Regex::new(r"\b(TODO|FIXME|HACK|XXX)(?:\(([^)]{0,80})\):?|\s?:)\s*(.*)$").ok()?,
    ))
});

/// A found mark.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    path: String,
    line: usize,
    tag: String,
    owner: Option<String>,
    text: String,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let selection = Selection::take(&mut given)?;
    given.done()?;
    // Settings of continuous integration and the like are hidden, and hold comments.
    let mut selected = selection
        .files(context, Wanted::FileOrFolder, Hidden::Meant)
        .await?;
    let mut items = Vec::new();
    let mut searched = 0_usize;
    let mut left_out = LeftOut::default();
    selected
        .files
        .retain(|entry| Syntax::of(entry.path.as_str()).is_some());
    let mut texts = source::texts(context, selected.files);
    while let Some((entry, source)) = texts.next().await {
        let Some(syntax) = Syntax::of(entry.path.as_str()) else {
            continue;
        };
        let Some(bytes) = left_out.or_text(&entry, source) else {
            continue;
        };
        searched += 1;
        let text = String::from_utf8_lossy(&bytes);
        // Most files have none; looking for the letters is cheaper than reading the comments.
        if ["TODO", "FIXME", "HACK", "XXX", "@todo", "@fixme"]
            .iter()
            .any(|mark| text.contains(mark))
        {
            items.extend(marks(entry.path.as_str(), &text, syntax));
        }
    }
    let truncated = selected.truncated || items.len() > ITEMS;
    items.truncate(ITEMS);
    let rest = format!("{}{}", left_out.text(), selected.unread.text());
    let text = bounded::both(&text(&items, truncated), &rest);
    let mut result = json!({
        "items": serde_json::to_value(&items).unwrap_or(Value::Null),
        "count": items.len(),
        "files_searched": searched,
        "truncated": truncated,
        "text": text,
    });
    selected.unread.tell(&mut result);
    Ok(schema::output(result))
}

/// Finds the marks of a text.
pub(super) fn marks(path: &str, text: &str, syntax: Syntax) -> Vec<Item> {
    let Some((first, inner)) = MARK.as_ref() else {
        return Vec::new();
    };
    let mut items = Vec::new();
    for comment in comments::comments(text, syntax) {
        let body = comment.text.trim_end();
        let body = ["*/", "-->", "--]]", "-}", "\"\"\"", "'''"]
            .iter()
            .find_map(|end| body.strip_suffix(end))
            .unwrap_or(body);
        let group = |found: &regex::Captures<'_>, at: usize| {
            found.get(at).map(|group| group.as_str().to_owned())
        };
        let (tag, owner, text) = if let Some(found) = first.captures(body) {
            let tag = group(&found, 1).or_else(|| group(&found, 2));
            (tag, group(&found, 3), group(&found, 4))
        } else if let Some(found) = inner.captures(body) {
            (group(&found, 1), group(&found, 2), group(&found, 3))
        } else {
            continue;
        };
        let owner = owner.map(|owner| bounded::line(owner.trim_start_matches('@'), 60));
        items.push(Item {
            path: path.to_owned(),
            line: comment.line,
            tag: tag.unwrap_or_default().to_ascii_uppercase(),
            owner: owner.filter(|owner| !owner.is_empty()),
            text: bounded::line(&text.unwrap_or_default(), LINE),
        });
    }
    items
}

fn text(items: &[Item], truncated: bool) -> String {
    if items.is_empty() {
        return "No comment is marked TODO, FIXME, HACK or XXX.\n".to_owned();
    }
    let count = |tag: &str| items.iter().filter(|item| item.tag == tag).count();
    let counts: Vec<String> = ["TODO", "FIXME", "HACK", "XXX"]
        .iter()
        .filter(|tag| count(tag) > 0)
        .map(|tag| format!("{} {tag}", count(tag)))
        .collect();
    let files = items.chunk_by(|one, other| one.path == other.path).count();
    let more = if truncated {
        ", and there are more"
    } else {
        ""
    };
    let mut text = format!(
        "{} in {}{more}.\n",
        bounded::joined(&counts, 4),
        bounded::counted(files, "file")
    );
    for item in items {
        let owner = item
            .owner
            .as_deref()
            .map(|owner| format!(" ({owner})"))
            .unwrap_or_default();
        push(
            &mut text,
            format_args!(
                "- {}:{} {}{owner}: {}\n",
                name::shown(&item.path),
                item.line,
                item.tag,
                item.text
            ),
        );
    }
    text
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    Selection::params(schema::object(), Wanted::FileOrFolder)
}

/// Describes the result.
pub(super) fn result() -> Object {
    let item = schema::object()
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line, from 1."))
        .must(
            "tag",
            schema::choice(&["TODO", "FIXME", "HACK", "XXX"], "The mark."),
        )
        .must(
            "owner",
            schema::or_null(schema::text("Who is named in brackets behind the mark.")),
        )
        .must("text", schema::text("What stands behind the mark."))
        .done();
    Unread::properties(schema::object())
        .must(
            "items",
            schema::list(item, "The marks by path and line, at most 10,000 of them."),
        )
        .must("count", schema::number("How many are listed."))
        .must(
            "files_searched",
            schema::number("How many files have comments that can be read."),
        )
        .must("truncated", schema::flag("Whether there is more."))
        .text()
}

#[cfg(test)]
mod tests;
