//! `git.submodules`: repositories inside of the repository.
//!
//! They are looked at and never descended into: a commit records which commit of a submodule belongs to
//! it, and what is dirty inside stays for its own repository.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::repository::Repository;
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::schema::{self, Object};

/// The most submodules in a result.
const MOST: usize = 1_000;

/// What `git status` says of a submodule.
#[derive(Default, Clone, Copy)]
struct Inside {
    has_moved: bool,
    is_modified: bool,
    has_untracked: bool,
}

/// Lists submodules.
pub(super) async fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params::read(call)?;
    let repository = Repository::open(context).await?;
    let recorded = recorded(&repository).await?;
    let inside = inside(&repository).await?;
    let mut text = String::new();
    let mut listed = Vec::new();
    for (path, id) in recorded.iter().take(MOST) {
        let state = inside.get(path).copied().unwrap_or_default();
        let git = RelPath::new(&format!("{path}/.git"));
        let is_there = match git {
            Ok(git) => context.files.stat(&git).await?.is_some(),
            Err(_) => false,
        };
        let mut said = Vec::new();
        for (holds, what) in [
            (!is_there, "not checked out"),
            (state.has_moved, "at another commit than recorded"),
            (state.is_modified, "changed inside"),
            (state.has_untracked, "with files that git does not know"),
        ] {
            if holds {
                said.push(what.to_owned());
            }
        }
        let said = if said.is_empty() {
            "as recorded".to_owned()
        } else {
            bounded::joined(&said, 4)
        };
        let short: String = id.chars().take(10).collect();
        push(
            &mut text,
            format_args!("- {} {short} ({said})\n", name::shown(path)),
        );
        listed.push(json!({
            "path": path,
            "id": id,
            "checked_out": is_there,
            "moved": state.has_moved,
            "modified": state.is_modified,
            "untracked": state.has_untracked,
        }));
    }
    if listed.is_empty() {
        text.push_str("There is no submodule.\n");
    }
    Ok(schema::output(json!({
        "submodules": listed,
        "truncated": recorded.len() > MOST,
        "text": bounded::cut(&text, bounded::TEXT),
    })))
}

/// Reads which commits are recorded, by path.
async fn recorded(repository: &Repository<'_>) -> Result<BTreeMap<String, String>> {
    let ran = repository.git(&["ls-files", "--stage", "-z"]).ok().await?;
    let entry = |record: &str| {
        let (head, path) = record.split_once('\t')?;
        let mut fields = head.split(' ');
        let (mode, id) = (fields.next()?, fields.next()?);
        (mode == "160000").then(|| (path.to_owned(), id.to_owned()))
    };
    Ok(ran.records().into_iter().filter_map(entry).collect())
}

/// Reads what is different inside, by path from the workspace.
async fn inside(repository: &Repository<'_>) -> Result<BTreeMap<String, Inside>> {
    let ran = repository
        .git(&[
            "status",
            "--porcelain=v2",
            "-z",
            "--untracked-files=no",
            "--ignore-submodules=none",
            "--no-renames",
        ])
        .ok()
        .await?;
    let entry = |record: &str| {
        let body = record.strip_prefix("1 ")?;
        let mut fields = body.splitn(8, ' ');
        let state = fields.nth(1)?.strip_prefix('S')?;
        let path = repository.inside(fields.nth(5)?)?;
        let inside = Inside {
            has_moved: state.starts_with('C'),
            is_modified: state.contains('M'),
            has_untracked: state.contains('U'),
        };
        Some((path.to_owned(), inside))
    };
    Ok(ran.records().into_iter().filter_map(entry).collect())
}

/// Describes the result.
pub(super) fn result() -> Object {
    let submodule = schema::object()
        .must("path", schema::path("Its folder."))
        .must("id", schema::text("The commit that is recorded."))
        .must("checked_out", schema::flag("Whether its files are there."))
        .must(
            "moved",
            schema::flag("Whether another commit is checked out than the recorded one."),
        )
        .must(
            "modified",
            schema::flag("Whether files inside are changed."),
        )
        .must(
            "untracked",
            schema::flag("Whether there are files inside that git does not know."),
        )
        .done();
    schema::object()
        .must(
            "submodules",
            schema::list(submodule, "The submodules by path, at most 1,000 of them."),
        )
        .must("truncated", schema::flag("Whether there are more."))
        .text()
}
