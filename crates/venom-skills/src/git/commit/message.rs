//! Makes a commit message from the changes: in the conventional form where the repository uses it,
//! as a plain imperative sentence otherwise. It says only what can be seen in the patch.

use venom_ports::Result;
use venom_ports::exec::Keep;

use super::super::changed::{Changed, FileChange, Status};
use super::super::diff;
use super::super::repository::Repository;
use super::super::subject::is_conventional;
use super::kind::{self, Purpose};
use super::symbols::Symbols;
use crate::bounded;

/// The longest subject; what git's own guide recommends as the limit is 72.
const SUBJECT: usize = 72;

/// The most files that the body names.
const NAMED: usize = 10;

/// How much of the patch is searched for names.
const PATCH: Keep = Keep {
    head: 1 << 20,
    tail: 0,
};

/// Makes the message of a commit from one tree to another.
pub(super) async fn compose(
    repository: &Repository<'_>,
    from: &str,
    to: &str,
    changed: &Changed,
) -> Result<String> {
    let patch = repository
        .git(&["diff", "--unified=0", "--src-prefix=a/", "--dst-prefix=b/"])
        .args(diff::FORM)
        .args([from, to, "--", "."])
        .keep(PATCH)
        .ok()
        .await?;
    let subjects = if repository.head.is_some() {
        repository
            .git(&["log", "-50", "--no-merges", "--format=%s"])
            .ok()
            .await?
            .out
    } else {
        String::new()
    };
    let branch = repository.branch().await?;
    let manner = Manner {
        conventional: is_conventional(subjects.lines()),
        branch: branch.as_deref(),
        is_first: repository.head.is_none(),
    };
    Ok(message(changed, &Symbols::of(&patch.out), &manner))
}

/// What a repository is like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner<'a> {
    /// Whether most of its subjects are conventional.
    pub(super) conventional: bool,
    /// The branch that is checked out.
    pub(super) branch: Option<&'a str>,
    /// Whether this is its first commit.
    pub(super) is_first: bool,
}

/// Puts a message together.
pub(super) fn message(changed: &Changed, symbols: &Symbols, manner: &Manner<'_>) -> String {
    let conventional = manner.conventional;
    let head = if conventional {
        let kind = kind::kind(&changed.files, symbols, manner.branch);
        match kind::scope(&changed.files).filter(|scope| *scope != kind) {
            Some(scope) => format!("{kind}({scope}): "),
            None => format!("{kind}: "),
        }
    } else {
        String::new()
    };
    let room = SUBJECT.saturating_sub(head.chars().count());
    let mut choices = whats(&changed.files, symbols);
    if manner.is_first {
        choices.insert(
            0,
            format!("add {}", bounded::counted(changed.files.len(), "file")),
        );
    }
    let short = |what: &&String| what.chars().count() <= room;
    let what = match choices.iter().find(short) {
        Some(what) => what.clone(),
        None => bounded::line(
            choices.last().map_or("", String::as_str),
            room.saturating_sub(1),
        ),
    };
    let subject = if conventional {
        format!("{head}{what}")
    } else {
        format!("{head}{}", capital(&what))
    };
    if changed.files.len() <= 3 {
        return subject;
    }
    format!("{subject}\n\n{}", body(&changed.files))
}

/// Proposes sentences, the most telling one first; the last one is always short.
fn whats(files: &[FileChange], symbols: &Symbols) -> Vec<String> {
    let mut whats = Vec::new();
    let main = main_files(files);
    let only_source = main
        .iter()
        .all(|file| Purpose::of(&file.path) == Purpose::Source);
    let in_file = match main.as_slice() {
        [file] => format!(" in {}", name(&file.path)),
        _ => String::new(),
    };
    let is_edit = main.iter().all(|file| file.status == Status::Modified);
    if only_source && is_edit {
        let quoted = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| bounded::line(name, 40)).collect();
            bounded::joined(&names, 3)
        };
        let to = if in_file.is_empty() {
            String::new()
        } else {
            in_file.replace(" in ", " to ")
        };
        let from = in_file.replace(" in ", " from ");
        match (symbols.added.as_slice(), symbols.removed.as_slice()) {
            ([], []) if !symbols.touched.is_empty() => {
                whats.push(format!("update {}{in_file}", quoted(&symbols.touched)));
                whats.push(format!("update {}", quoted(&symbols.touched)));
            }
            ([], []) => {}
            ([new], [old]) => {
                whats.push(format!("replace {old} by {new}{in_file}"));
                whats.push(format!("replace {old} by {new}"));
            }
            (added, []) => {
                whats.push(format!("add {}{to}", quoted(added)));
                whats.push(format!("add {}", quoted(added)));
            }
            ([], removed) => {
                whats.push(format!("remove {}{from}", quoted(removed)));
                whats.push(format!("remove {}", quoted(removed)));
            }
            (added, removed) => {
                whats.push(format!(
                    "add {} and remove {}",
                    quoted(added),
                    quoted(removed)
                ));
            }
        }
    }
    let verbs = [
        (Status::Added, "add"),
        (Status::Deleted, "remove"),
        (Status::Renamed, "move"),
        (Status::Modified, "update"),
    ];
    let clause = |limit: usize| {
        let clauses: Vec<String> = verbs
            .iter()
            .filter_map(|(status, verb)| {
                let named: Vec<&&FileChange> =
                    main.iter().filter(|file| file.status == *status).collect();
                match named.as_slice() {
                    [] => None,
                    [one] if *status == Status::Renamed => Some(moved(one)),
                    some => {
                        let names: Vec<String> = some.iter().map(|file| name(&file.path)).collect();
                        Some(format!("{verb} {}", bounded::joined(&names, limit)))
                    }
                }
            })
            .collect();
        bounded::joined(&clauses, 4)
    };
    whats.push(clause(3));
    whats.push(clause(1));
    let place = kind::scope(files)
        .map(|scope| format!(" in {scope}"))
        .unwrap_or_default();
    whats.push(format!(
        "update {}{place}",
        bounded::counted(files.len(), "file")
    ));
    whats.push(format!("update {}", bounded::counted(files.len(), "file")));
    whats
}

/// Returns the files that the commit is about: the program if it is touched, all otherwise; those
/// with the most changed lines first.
fn main_files(files: &[FileChange]) -> Vec<&FileChange> {
    let source: Vec<&FileChange> = files
        .iter()
        .filter(|file| Purpose::of(&file.path) == Purpose::Source)
        .collect();
    let mut main = if source.is_empty() {
        files.iter().collect()
    } else {
        source
    };
    main.sort_by_key(|file| std::cmp::Reverse(file.weight()));
    main
}

fn moved(file: &FileChange) -> String {
    let from = file.from.as_deref().unwrap_or_default();
    let (old, new) = (name(from), name(&file.path));
    if old != new {
        return format!("rename {old} to {new}");
    }
    let folder = file
        .path
        .rsplit_once('/')
        .map_or("the top folder", |(folder, _)| folder);
    format!("move {new} to {}", bounded::line(folder, 40))
}

/// Shows the last part of a path.
fn name(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    bounded::line(&crate::name::shown(name), 40)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

fn body(files: &[FileChange]) -> String {
    let mut notable: Vec<&FileChange> = files.iter().collect();
    notable.sort_by_key(|file| std::cmp::Reverse(file.weight()));
    let mut lines: Vec<String> = notable
        .iter()
        .take(NAMED)
        .map(|file| {
            let note = match file.status {
                Status::Added => "new, ",
                Status::Deleted => "removed, ",
                Status::Renamed => "moved, ",
                Status::Modified => "",
            };
            format!(
                "- {} ({note}{})",
                bounded::line(&crate::name::shown(&file.path), 120),
                file.figures()
            )
        })
        .collect();
    if let Some(more) = files.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(format!("- and {}", bounded::counted(more, "more file")));
    }
    lines.join("\n")
}
