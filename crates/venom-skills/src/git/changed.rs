//! Lists of changed files, as `git diff --raw --numstat -z` prints them.

use serde_json::{Value, json};
use venom_ports::Result;

use super::repository::{Git, Ran};
use crate::bounded::{self, push};
use crate::name;
use crate::schema;

/// The most files that a result lists; all are counted.
pub(super) const FILES: usize = 1_000;

/// A changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileChange {
    /// Its path from the workspace.
    pub(super) path: String,
    /// Its earlier path, if it was moved.
    pub(super) from: Option<String>,
    /// What happened to it.
    pub(super) status: Status,
    /// Added lines; `None` if it is binary.
    pub(super) added: Option<u64>,
    /// Removed lines; `None` if it is binary.
    pub(super) removed: Option<u64>,
    /// What git keeps of it.
    pub(super) kind: Kind,
}

/// What git keeps of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its content.
    Content,
    /// A few lines that say where Git LFS has the content; the figures count those.
    Pointer,
    /// The commit of another repository.
    Submodule,
}

impl Kind {
    /// Returns the name that results use.
    const fn name(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Pointer => "lfs-pointer",
            Self::Submodule => "submodule",
        }
    }
}

/// The lines of a pointer: version, oid and size (Git LFS specification).
const POINTER_LINES: u64 = 3;

/// What can happen to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// It is new.
    Added,
    /// Its content or mode is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another path.
    Renamed,
}

impl Status {
    /// Returns the name that results use.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
        }
    }

    /// Reads git's letter.
    pub(super) fn of(letter: char) -> Self {
        match letter {
            'A' | 'C' => Self::Added,
            'D' => Self::Deleted,
            'R' => Self::Renamed,
            _ => Self::Modified,
        }
    }
}

/// Changed files and the sums over all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Changed {
    /// The files, by path.
    pub(super) files: Vec<FileChange>,
    /// Whether there were more than could be read.
    pub(super) truncated: bool,
}

impl Changed {
    /// Runs a `diff` and reads its lists. The call must not name an output format of its own.
    pub(super) async fn read(git: Git<'_>) -> Result<Self> {
        let attributes = git.another(&["check-attr", "-z", "--stdin", "filter"]);
        let mut changed = Self::parse(&git.ok().await?);
        changed.find_pointers(attributes).await?;
        Ok(changed)
    }

    /// Tells pointers of Git LFS from texts. Only a change as small as that of a pointer can be one.
    async fn find_pointers(&mut self, attributes: Git<'_>) -> Result<()> {
        let is_small = |lines: Option<u64>| lines.is_some_and(|lines| lines <= POINTER_LINES);
        let mut candidates = String::new();
        for file in self.files.iter().take(FILES) {
            if file.kind == Kind::Content && is_small(file.added) && is_small(file.removed) {
                candidates.push_str(&file.path);
                candidates.push('\0');
            }
        }
        if candidates.is_empty() {
            return Ok(());
        }
        let ran = attributes.stdin(&candidates).ok().await?;
        let records = ran.records();
        let pointers: std::collections::BTreeSet<&str> = records
            .chunks_exact(3)
            .filter_map(|record| match record {
                [path, "filter", "lfs"] => Some(*path),
                _ => None,
            })
            .collect();
        let is_candidate = |file: &FileChange| is_small(file.added) && is_small(file.removed);
        for file in &mut self.files {
            if file.kind == Kind::Content
                && is_candidate(file)
                && pointers.contains(file.path.as_str())
            {
                file.kind = Kind::Pointer;
            }
        }
        Ok(())
    }

    fn parse(ran: &Ran) -> Self {
        let mut files: Vec<FileChange> = Vec::new();
        let mut records = ran.records().into_iter().peekable();
        while let Some(record) = records.next_if(|record| record.starts_with(':')) {
            let letter = record
                .rsplit(' ')
                .next()
                .and_then(|word| word.chars().next());
            let status = Status::of(letter.unwrap_or('M'));
            let Some(first) = records.next() else { break };
            let is_pair = matches!(letter, Some('R' | 'C'));
            let (from, path) = match is_pair.then(|| records.next()) {
                Some(Some(second)) => (Some(first.to_owned()), second),
                Some(None) => break,
                None => (None, first),
            };
            let from = if status == Status::Renamed {
                from
            } else {
                None
            };
            files.push(FileChange {
                path: path.to_owned(),
                from,
                status,
                added: None,
                removed: None,
                kind: if record
                    .split(' ')
                    .take(2)
                    .any(|mode| mode.ends_with("160000"))
                {
                    Kind::Submodule
                } else {
                    Kind::Content
                },
            });
        }
        // The figures come in the same order as the files.
        let mut at = 0;
        while let Some(record) = records.next() {
            let mut fields = record.splitn(3, '\t');
            let (added, removed) = (fields.next(), fields.next());
            let mut path = fields.next().unwrap_or_default();
            if path.is_empty() {
                records.next();
                path = records.next().unwrap_or_default();
            }
            let Some(found) = files.iter().skip(at).position(|file| file.path == path) else {
                continue;
            };
            at += found;
            if let Some(file) = files.get_mut(at) {
                file.added = added.and_then(|text| text.parse().ok());
                file.removed = removed.and_then(|text| text.parse().ok());
            }
            at += 1;
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Self {
            files,
            truncated: ran.truncated,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &FileChange> {
        self.files.iter().filter(|file| file.kind == Kind::Content)
    }

    /// Returns the sum of added lines.
    pub(super) fn added(&self) -> u64 {
        self.texts().filter_map(|file| file.added).sum()
    }

    /// Returns the sum of removed lines.
    pub(super) fn removed(&self) -> u64 {
        self.texts().filter_map(|file| file.removed).sum()
    }

    /// Returns the files as results show them.
    pub(super) fn json(&self) -> Value {
        self.files
            .iter()
            .take(FILES)
            .map(FileChange::json)
            .collect()
    }

    /// Sums it up in a line.
    pub(super) fn line(&self) -> String {
        format!(
            "{} changed, +{} -{}",
            bounded::counted(self.files.len(), "file"),
            self.added(),
            self.removed()
        )
    }

    /// Lists at most `limit` files, a line each.
    pub(super) fn lines(&self, limit: usize) -> String {
        let mut text: String = self
            .files
            .iter()
            .take(limit)
            .map(FileChange::line)
            .collect();
        if let Some(more) = self.files.len().checked_sub(limit).filter(|more| *more > 0) {
            push(&mut text, format_args!("- and {more} more\n"));
        }
        text
    }
}

impl FileChange {
    /// Returns the number of changed lines.
    pub(super) fn weight(&self) -> u64 {
        self.added
            .unwrap_or(0)
            .saturating_add(self.removed.unwrap_or(0))
    }

    /// Shows the figures: `+3 -1`, or that it is binary.
    pub(super) fn figures(&self) -> String {
        match (self.kind, self.added, self.removed) {
            (Kind::Pointer, _, _) => "in Git LFS".to_owned(),
            (Kind::Submodule, _, _) => "another commit of the submodule".to_owned(),
            (Kind::Content, Some(added), Some(removed)) => format!("+{added} -{removed}"),
            (Kind::Content, _, _) => "binary".to_owned(),
        }
    }

    fn line(&self) -> String {
        let shown = |path: &str| bounded::line(&name::shown(path), 500);
        let path = shown(&self.path);
        let path = match &self.from {
            Some(from) => format!("{} -> {path}", shown(from)),
            None => path,
        };
        let status = match self.status {
            Status::Added => " (new)",
            Status::Deleted => " (deleted)",
            Status::Modified | Status::Renamed => "",
        };
        format!("- {path}{status} {}\n", self.figures())
    }

    fn json(&self) -> Value {
        json!({
            "path": self.path,
            "from": self.from,
            "status": self.status.name(),
            "added": self.added,
            "removed": self.removed,
            "kind": self.kind.name(),
        })
    }
}

/// Describes a list of changed files.
pub(super) fn files_schema() -> Value {
    let names = [
        Status::Added,
        Status::Modified,
        Status::Deleted,
        Status::Renamed,
    ]
    .map(Status::name);
    let file = schema::object()
        .must("path", schema::path("The file's path from the workspace."))
        .must(
            "from",
            schema::or_null(schema::path("Its earlier path, if it was moved.")),
        )
        .must("status", schema::choice(&names, "What happened to it."))
        .must(
            "added",
            schema::or_null(schema::number("Added lines; null for a binary file.")),
        )
        .must(
            "removed",
            schema::or_null(schema::number("Removed lines; null for a binary file.")),
        )
        .must(
            "kind",
            schema::choice(
                &["content", "lfs-pointer", "submodule"],
                "What git keeps of it; the lines of a pointer say nothing of the content.",
            ),
        )
        .done();
    schema::list(file, "The changed files by path, at most 1,000 of them.")
}

#[cfg(test)]
mod tests;
