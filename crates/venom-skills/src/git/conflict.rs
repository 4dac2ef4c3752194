//! Conflicts as structures: which file, of what kind, what both sides have, and where the markers are.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;

use super::repository::Repository;
use crate::bounded::{self, push};
use crate::name;
use crate::params::refused;
use crate::schema;

/// The most files in a result, and the most places in a file.
const FILES: usize = 1_000;
const PLACES: usize = 200;

/// The longest file that is searched for markers.
const SEARCHED: u64 = 4 << 20;

/// A file that two sides changed in different ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conflict {
    /// The file, from the workspace where it lies inside, else from the top of the repository.
    pub(super) path: String,
    /// What it was before both, as the id of its content.
    pub(super) base: Option<String>,
    /// What it is on the side that is checked out.
    pub(super) ours: Option<String>,
    /// What it is on the other side.
    pub(super) theirs: Option<String>,
    /// Lines between markers, the markers included, counted from 1.
    pub(super) places: Vec<(usize, usize)>,
}

impl Conflict {
    /// Names the kind as `git status` does.
    pub(super) const fn kind(&self) -> &'static str {
        match (&self.base, &self.ours, &self.theirs) {
            (Some(_), Some(_), Some(_)) => "both-modified",
            (None, Some(_), Some(_)) => "both-added",
            (Some(_), None, Some(_)) => "deleted-by-us",
            (Some(_), Some(_), None) => "deleted-by-them",
            (None, Some(_), None) => "added-by-us",
            (None, None, Some(_)) => "added-by-them",
            (_, None, None) => "both-deleted",
        }
    }
}

/// Reads the conflicts of a merge that stands in the index and in the files.
pub(super) async fn standing(repository: &Repository<'_>) -> Result<Vec<Conflict>> {
    let ran = repository
        .git(&["ls-files", "--unmerged", "--full-name", "-z", "--", ":/"])
        .literal_off()
        .ok()
        .await?;
    let mut conflicts = gathered(repository, &ran.records());
    for conflict in conflicts.iter_mut().take(FILES) {
        let Ok(path) = RelPath::new(&conflict.path) else {
            continue;
        };
        // What cannot be read as a file has no lines: a submodule, a link, something very large.
        if let Ok(file) = repository.context.files.read(&path, SEARCHED).await {
            conflict.places = places(&String::from_utf8_lossy(&file.bytes));
        }
    }
    Ok(conflicts)
}

/// Merges two commits in memory and returns the conflicts. Neither the files nor the index change.
pub(super) async fn foreseen(
    repository: &Repository<'_>,
    base: Option<&str>,
    ours: &str,
    theirs: &str,
) -> Result<Vec<Conflict>> {
    let base = base.map(|base| format!("--merge-base={base}"));
    let ran = repository
        .git(&["merge-tree", "--write-tree", "--no-messages", "-z"])
        .args(base)
        .args([ours, theirs])
        .run()
        .await?;
    match ran.code {
        Some(0) => Ok(Vec::new()),
        Some(1) => {
            let records = ran.records();
            let (tree, rest) = records
                .split_first()
                .ok_or_else(|| refused("git names no conflict although there is one"))?;
            let mut conflicts = gathered(repository, rest);
            for conflict in conflicts.iter_mut().take(FILES) {
                let object = format!("{tree}:{}", repository.outside(&conflict.path));
                let content = repository.git(&["cat-file", "blob", &object]).run().await?;
                if content.code == Some(0) {
                    conflict.places = places(&content.out);
                }
            }
            Ok(conflicts)
        }
        _ => Err(ran
            .refusal("git cannot foresee the merge")
            .with_hint("this needs git 2.40 or newer, and two sides that git can merge")),
    }
}

/// Returns the tree of a merge of two commits without conflicts.
pub(super) async fn merged(
    repository: &Repository<'_>,
    ours: &str,
    theirs: &str,
) -> Result<String> {
    let ran = repository
        .git(&["merge-tree", "--write-tree", "--no-messages", ours, theirs])
        .ok()
        .await?;
    Ok(ran.out.trim().to_owned())
}

/// Gathers the stages of each file: `mode id stage<TAB>path`.
fn gathered(repository: &Repository<'_>, records: &[&str]) -> Vec<Conflict> {
    let mut conflicts: Vec<Conflict> = Vec::new();
    for record in records {
        let Some((head, path)) = record.split_once('\t') else {
            continue;
        };
        let mut fields = head.split(' ').skip(1);
        let (Some(id), Some(stage)) = (fields.next(), fields.next()) else {
            continue;
        };
        let path = repository.inside(path).unwrap_or(path);
        if conflicts.last().is_none_or(|last| last.path != path) {
            conflicts.push(Conflict {
                path: path.to_owned(),
                base: None,
                ours: None,
                theirs: None,
                places: Vec::new(),
            });
        }
        let Some(last) = conflicts.last_mut() else {
            continue;
        };
        let id = Some(id.to_owned());
        match stage {
            "1" => last.base = id,
            "2" => last.ours = id,
            "3" => last.theirs = id,
            _ => {}
        }
    }
    conflicts
}

/// Finds the lines between markers. A marker that is never closed is none.
fn places(text: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut begin = None;
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("<<<<<<< ") {
            begin = Some(at + 1);
        } else if line.starts_with(">>>>>>> ")
            && let Some(from) = begin.take()
        {
            places.push((from, at + 1));
            if places.len() == PLACES {
                break;
            }
        }
    }
    places
}

/// Shows conflicts in a result.
pub(super) fn json(conflicts: &[Conflict]) -> Value {
    let place = |(from, to): &(usize, usize)| json!({"from": from, "to": to});
    conflicts
        .iter()
        .take(FILES)
        .map(|conflict| {
            json!({
                "path": conflict.path,
                "kind": conflict.kind(),
                "base": conflict.base,
                "ours": conflict.ours,
                "theirs": conflict.theirs,
                "places": conflict.places.iter().map(place).collect::<Value>(),
            })
        })
        .collect()
}

/// Shows conflicts to people.
pub(super) fn lines(conflicts: &[Conflict]) -> String {
    let mut text = String::new();
    for conflict in conflicts.iter().take(100) {
        let path = bounded::line(&name::shown(&conflict.path), 500);
        push(&mut text, format_args!("- {path} ({})", conflict.kind()));
        let lines = conflict
            .places
            .iter()
            .map(|(from, to)| format!("{from}-{to}"));
        let lines: Vec<String> = lines.collect();
        if !lines.is_empty() {
            push(
                &mut text,
                format_args!(", lines {}", bounded::joined(&lines, 10)),
            );
        }
        text.push('\n');
    }
    if conflicts.len() > 100 {
        push(
            &mut text,
            format_args!("- and {} more\n", conflicts.len() - 100),
        );
    }
    text
}

/// Describes conflicts.
pub(super) fn schema() -> Value {
    let kinds = [
        "both-modified",
        "both-added",
        "both-deleted",
        "deleted-by-us",
        "deleted-by-them",
        "added-by-us",
        "added-by-them",
    ];
    let place = schema::object()
        .must("from", schema::number("The line of the first marker."))
        .must("to", schema::number("The line of the last marker."))
        .done();
    let id = |what: &str| schema::or_null(schema::text(what));
    let conflict = schema::object()
        .must("path", schema::path("The file."))
        .must("kind", schema::choice(&kinds, "What both sides did."))
        .must("base", id("The content before both, as an object of git."))
        .must("ours", id("The content on the side that is checked out."))
        .must("theirs", id("The content on the other side."))
        .must(
            "places",
            schema::list(place, "Where the markers are in the merged file."),
        )
        .done();
    schema::list(conflict, "The conflicts by path, at most 1,000 of them.")
}

#[cfg(test)]
mod tests;
