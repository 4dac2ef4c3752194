//! `git.diff`: differences between two states, as a patch and as figures per file.

use serde_json::json;
use venom_ports::Result;
use venom_ports::exec::Keep;
use venom_ports::skill::{Call, Output, SkillContext};

use super::between::Between;
use super::changed::{Changed, FILES, files_schema};
use super::repository::Repository;
use crate::bounded::{self, push};
use crate::params::{Given, refused};
use crate::schema::{self, Object};

/// The longest patch in a result. Chosen: some 6,000 lines.
const PATCH: usize = 256 << 10;

/// Options that keep a user's settings from changing the form, and from running other programs.
pub(super) const FORM: [&str; 4] = [
    "--no-ext-diff",
    "--no-textconv",
    "--find-renames",
    "--relative",
];

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let Between { from, to, path } = Between::take(&mut given)?;
    let staged = given.flag("staged")?;
    given.done()?;
    let repository = Repository::open(context).await?;
    if staged && to.is_some() {
        return Err(refused(
            "`staged` compares with what is staged, so `to` cannot be named as well",
        ));
    }
    let mut between = Vec::new();
    if staged {
        between.push("--cached".to_owned());
    }
    let (first, first_name) = match (&from, &repository.head) {
        (Some(from), _) => (repository.revision(from).await?, from.clone()),
        (None, Some(head)) => (head.clone(), "the last commit".to_owned()),
        (None, None) => (repository.empty_tree().await?, "nothing".to_owned()),
    };
    between.push(first);
    let second_name = match &to {
        Some(to) => {
            between.push(repository.revision(to).await?);
            to.clone()
        }
        None if staged => "what is staged".to_owned(),
        None => "the files".to_owned(),
    };
    between.push("--".to_owned());
    between.push(path.map_or_else(|| ".".to_owned(), |path| path.to_string()));

    let list = repository
        .git(&["diff", "--raw", "--numstat", "-z"])
        .args(FORM)
        .args(&between);
    let changed = Changed::read(list).await?;
    let patch = repository
        .git(&["diff", "--patch", "--src-prefix=a/", "--dst-prefix=b/"])
        .args(FORM)
        .args(&between)
        .keep(Keep {
            head: PATCH,
            tail: 0,
        })
        .ok()
        .await?;
    let mut text = format!("From {first_name} to {second_name}: {}.\n", changed.line());
    text.push_str(&changed.lines(100));
    if !patch.out.is_empty() {
        push(
            &mut text,
            format_args!("\n```diff\n{}", bounded::cut(&patch.out, bounded::TEXT / 2)),
        );
        text.push_str("```\n");
    }
    let result = json!({
        "files": changed.json(),
        "files_changed": changed.files.len(),
        "added": changed.added(),
        "removed": changed.removed(),
        "diff": patch.out,
        "truncated": patch.truncated || changed.truncated || changed.files.len() > FILES,
        "text": bounded::cut(&text, bounded::TEXT),
    });
    Ok(schema::output(result))
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    let from = "The revision to start from; the last commit if not given.";
    let to = "The revision to go to; the files as they are if not given.";
    Between::params(from, to).may(
        "staged",
        schema::flag("Whether to compare with what is staged instead of the files."),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    schema::object()
        .must("files", files_schema())
        .must("files_changed", schema::number("How many files differ."))
        .must("added", schema::number("Added lines over all files."))
        .must("removed", schema::number("Removed lines over all files."))
        .must("diff", schema::text("The patch, at most 256 KiB of it."))
        .must(
            "truncated",
            schema::flag("Whether the patch or the list is not whole."),
        )
        .text()
}
