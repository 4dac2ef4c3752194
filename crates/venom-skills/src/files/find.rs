//! `files.find`: files by their paths.

use serde_json::json;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::source::{Hidden, Selection};
use crate::bounded::{self, push};
use crate::name;
use crate::params::Given;
use crate::place::Wanted;
use crate::schema::{self, Object};
use crate::unread::Unread;

/// The most files in a result.
const FILES: usize = 10_000;

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let selection = Selection::take(&mut given)?;
    let hidden = Hidden::take(&mut given)?;
    given.done()?;
    let selected = selection.files(context, Wanted::Folder, hidden).await?;
    let count = selected.files.len();
    let paths: Vec<String> = selected
        .files
        .iter()
        .take(FILES)
        .map(|file| file.path.as_str().to_owned())
        .collect();
    let mut text = format!("{}.\n", bounded::counted(count, "file"));
    for path in &paths {
        push(&mut text, format_args!("- {}\n", name::shown(path)));
    }
    let mut result = json!({
        "files": paths,
        "count": count,
        "truncated": selected.truncated || count > FILES,
        "text": bounded::both(&text, &selected.unread.text()),
    });
    selected.unread.tell(&mut result);
    Ok(schema::output(result))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    Hidden::params(Selection::params(schema::object(), Wanted::Folder))
}

/// Describes the result.
pub(super) fn result() -> Object {
    Unread::properties(schema::object())
        .must(
            "files",
            schema::texts("The files by path, at most 10,000 of them."),
        )
        .must("count", schema::number("How many files there are."))
        .must("truncated", schema::flag("Whether the list is not whole."))
        .text()
}
