//! `git.status`: what differs from the last commit.

use serde_json::{Value, json};
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use super::changed::Status;
use super::repository::Repository;
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::schema::{self, Object};

/// The most paths that a result lists, per list; all are counted in the text.
const PATHS: usize = 1_000;

/// The state of a workspace against its repository.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The branch; `None` if no branch is checked out.
    pub(super) branch: Option<String>,
    upstream: Option<String>,
    ahead: Option<u64>,
    behind: Option<u64>,
    /// Differences between the last commit and what is staged.
    pub(super) staged: Vec<Entry>,
    /// Differences between what is staged and the files.
    pub(super) unstaged: Vec<Entry>,
    /// Files that git does not know.
    pub(super) untracked: Vec<String>,
    /// Files with conflicts of a merge.
    pub(super) conflicted: Vec<String>,
    truncated: bool,
}

/// A file that differs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path.
    pub(super) path: String,
    /// Its earlier path.
    from: Option<String>,
    /// What happened.
    pub(super) status: Status,
}

impl State {
    /// Asks git; only for these paths of the workspace, if there are any.
    pub(super) async fn read(repository: &Repository<'_>, paths: &[String]) -> Result<Self> {
        Self::with(repository, &[], paths).await
    }

    /// Asks git for everything but what differs about submodules.
    pub(super) async fn of_files(repository: &Repository<'_>) -> Result<Self> {
        Self::with(repository, &["--ignore-submodules=all"], &[]).await
    }

    async fn with(repository: &Repository<'_>, options: &[&str], paths: &[String]) -> Result<Self> {
        let everything = [".".to_owned()];
        let git = repository
            .git(&[
                "status",
                "--porcelain=v2",
                "--branch",
                "-z",
                "--untracked-files=all",
            ])
            .args(options)
            .args(["--"])
            .args(if paths.is_empty() { &everything } else { paths });
        let ran = git.ok().await?;
        let mut state = Self {
            truncated: ran.truncated,
            ..Self::default()
        };
        let mut records = ran.records().into_iter();
        while let Some(record) = records.next() {
            state.take(repository, record, &mut records);
        }
        Ok(state)
    }

    fn take<'r>(
        &mut self,
        repository: &Repository<'_>,
        record: &str,
        rest: &mut impl Iterator<Item = &'r str>,
    ) {
        let Some((kind, body)) = record.split_once(' ') else {
            return;
        };
        let inside = |path: &str| repository.inside(path).map(str::to_owned);
        match kind {
            "#" => self.header(body),
            "1" => {
                if let Some(path) = body.splitn(8, ' ').nth(7).and_then(inside) {
                    self.differs(body, &path, None);
                }
            }
            "2" => {
                let from = rest.next().and_then(inside);
                if let Some(path) = body.splitn(9, ' ').nth(8).and_then(inside) {
                    self.differs(body, &path, from.as_deref());
                }
            }
            "u" => self
                .conflicted
                .extend(body.splitn(10, ' ').nth(9).and_then(inside)),
            "?" => self.untracked.extend(inside(body)),
            _ => {}
        }
    }

    fn header(&mut self, body: &str) {
        match body.split_once(' ') {
            Some(("branch.head", name)) if name != "(detached)" => {
                self.branch = Some(name.to_owned());
            }
            Some(("branch.upstream", name)) => self.upstream = Some(name.to_owned()),
            Some(("branch.ab", counts)) => {
                let mut counts = counts.split(' ').map(|count| count.get(1..)?.parse().ok());
                self.ahead = counts.next().flatten();
                self.behind = counts.next().flatten();
            }
            _ => {}
        }
    }

    fn differs(&mut self, body: &str, path: &str, from: Option<&str>) {
        let mut letters = body.chars();
        let (staged, unstaged) = (letters.next(), letters.next());
        let entry = |letter: char| Entry {
            path: path.to_owned(),
            from: from.filter(|_| letter == 'R').map(str::to_owned),
            status: Status::of(letter),
        };
        self.staged
            .extend(staged.filter(|letter| *letter != '.').map(entry));
        self.unstaged
            .extend(unstaged.filter(|letter| *letter != '.').map(entry));
    }

    /// Tells whether nothing differs.
    pub(super) fn is_clean(&self) -> bool {
        self.staged.is_empty()
            && self.unstaged.is_empty()
            && self.untracked.is_empty()
            && self.conflicted.is_empty()
    }

    fn text(&self, is_empty: bool) -> String {
        let mut text = match &self.branch {
            Some(branch) => format!("On branch {branch}"),
            None => "No branch is checked out (detached HEAD)".to_owned(),
        };
        if is_empty {
            text.push_str(", no commit yet");
        }
        if let Some(upstream) = &self.upstream {
            match (self.ahead, self.behind) {
                (Some(0), Some(0)) => push(&mut text, format_args!(", up to date with {upstream}")),
                (Some(ahead), Some(behind)) => {
                    push(
                        &mut text,
                        format_args!(", {ahead} ahead of and {behind} behind {upstream}"),
                    );
                }
                (_, _) => push(
                    &mut text,
                    format_args!(", whose upstream {upstream} is gone"),
                ),
            }
        }
        text.push_str(".\n");
        if self.is_clean() {
            text.push_str("Nothing to commit: the files are as in the last commit.\n");
        }
        let entry = |entry: &Entry| {
            let (status, path) = (entry.status.name(), name::shown(&entry.path));
            match &entry.from {
                Some(from) => format!("- {status}: {} -> {path}\n", name::shown(from)),
                None => format!("- {status}: {path}\n"),
            }
        };
        let plain = |path: &String| format!("- {}\n", name::shown(path));
        let mut section = |title: &str, count: usize, lines: String| {
            if count > 0 {
                push(&mut text, format_args!("\n{title} ({count}):\n{lines}"));
            }
        };
        section(
            "Conflicts",
            self.conflicted.len(),
            self.conflicted.iter().map(plain).collect(),
        );
        section(
            "Staged",
            self.staged.len(),
            self.staged.iter().map(entry).collect(),
        );
        section(
            "Not staged",
            self.unstaged.len(),
            self.unstaged.iter().map(entry).collect(),
        );
        section(
            "Untracked",
            self.untracked.len(),
            self.untracked.iter().map(plain).collect(),
        );
        bounded::cut(&text, bounded::TEXT)
    }
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {}
    let Params {} = params::read(call)?;
    let repository = Repository::open(context).await?;
    let state = State::read(&repository, &[]).await?;
    let is_empty = repository.head.is_none();
    let entries = |entries: &[Entry]| -> Value {
        let entry = |entry: &Entry| json!({"path": entry.path, "from": entry.from, "status": entry.status.name()});
        entries.iter().take(PATHS).map(entry).collect()
    };
    let paths = |paths: &[String]| -> Value { paths.iter().take(PATHS).cloned().collect() };
    let lengths = [
        state.staged.len(),
        state.unstaged.len(),
        state.untracked.len(),
        state.conflicted.len(),
    ];
    let result = json!({
        "branch": state.branch,
        "detached": state.branch.is_none(),
        "empty": is_empty,
        "upstream": state.upstream,
        "ahead": state.ahead,
        "behind": state.behind,
        "clean": state.is_clean(),
        "staged": entries(&state.staged),
        "unstaged": entries(&state.unstaged),
        "untracked": paths(&state.untracked),
        "conflicted": paths(&state.conflicted),
        "truncated": state.truncated || lengths.iter().any(|length| *length > PATHS),
        "text": state.text(is_empty),
    });
    Ok(schema::output(result))
}

/// Describes the result.
pub(super) fn result() -> Object {
    let entry = || {
        schema::object()
            .must("path", schema::path("The file."))
            .must(
                "from",
                schema::or_null(schema::path("Its earlier path, if it was moved.")),
            )
            .must(
                "status",
                schema::choice(
                    &["added", "modified", "deleted", "renamed"],
                    "What happened.",
                ),
            )
            .done()
    };
    schema::object()
        .must(
            "branch",
            schema::or_null(schema::text("The branch; null if none is checked out.")),
        )
        .must(
            "detached",
            schema::flag("Whether no branch is checked out."),
        )
        .must("empty", schema::flag("Whether there is no commit yet."))
        .must(
            "upstream",
            schema::or_null(schema::text("The branch that this one follows.")),
        )
        .must(
            "ahead",
            schema::or_null(schema::number("Commits that the upstream does not have.")),
        )
        .must(
            "behind",
            schema::or_null(schema::number("Commits that only the upstream has.")),
        )
        .must(
            "clean",
            schema::flag("Whether nothing differs from the last commit."),
        )
        .must(
            "staged",
            schema::list(entry(), "What the next commit would hold."),
        )
        .must(
            "unstaged",
            schema::list(entry(), "What differs from what is staged."),
        )
        .must("untracked", schema::texts("Files that git does not know."))
        .must(
            "conflicted",
            schema::texts("Files with conflicts of a merge."),
        )
        .must("truncated", schema::flag("Whether a list is not whole."))
        .text()
}
