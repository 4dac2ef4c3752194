//! `files.find`: files by their paths.

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::source::Selection;
use crate::bounded::{self, push};
use crate::params;
use crate::schema::{self, Object};

/// The most files in a result.
const FILES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    globs: Option<Vec<String>>,
    under: Option<RelPath>,
    hidden: Option<bool>,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params {
        globs,
        under,
        hidden,
    } = params::read(call)?;
    let selection = Selection {
        under,
        globs,
        exclude: None,
        hidden: hidden.unwrap_or(false),
    };
    let selected = selection.files(context).await?;
    let count = selected.files.len();
    let paths: Vec<String> = selected
        .files
        .iter()
        .take(FILES)
        .map(|file| file.path.as_str().to_owned())
        .collect();
    let mut text = format!("{}.\n", bounded::counted(count, "file"));
    for path in &paths {
        push(&mut text, format_args!("- {path}\n"));
    }
    let result = json!({
        "files": paths,
        "count": count,
        "truncated": selected.truncated || count > FILES,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(Output {
        result,
        evidence: Vec::new(),
    })
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object()
        .may(
            "globs",
            schema::texts("Patterns such as `*.py` or `src/**/*.rs`; all files if not given."),
        )
        .may(
            "under",
            schema::path("The folder to look in; everything if not given."),
        )
        .may("hidden", schema::flag("Whether hidden files count."))
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must(
            "files",
            schema::texts("The files by path, at most 10,000 of them."),
        )
        .must("count", schema::number("How many files there are."))
        .must("truncated", schema::flag("Whether the list is not whole."))
        .text()
}
