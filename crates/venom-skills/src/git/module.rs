//! `git.analyze-module`: what a part of the code is, who uses it, and how it came about.
//!
//! Everything is read by light patterns, line by line. A name that is built at run time or an import
//! that a tool rewrites is not seen; the result says what was seen and nothing more.

mod imports;
mod outline;

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::workspace::{ENTRIES, EntryKind, FileBytes, Walk};

use self::imports::{Import, Places, Target};
use self::outline::{Entry, Language};
use super::repository::Repository;
use crate::ahead;
use crate::bounded::{self, push};
use crate::name;
use crate::params;
use crate::place::{self, Place, Wanted};
use crate::schema::{self, Object};
use crate::vendored;

/// The largest file that is read. Chosen: larger ones are data.
const LARGEST: u64 = 2 << 20;

/// The most entries of each list in a result.
const LISTED: usize = 200;

/// How many commits are looked at for files that change often.
const COMMITS: &str = "--max-count=2000";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    path: RelPath,
}

/// A file of the module.
struct Part {
    path: String,
    language: Language,
    lines: usize,
    imports: Vec<Import>,
    entries: Vec<Entry>,
}

/// A place outside the module that imports it.
struct Dependent {
    path: String,
    line: usize,
    statement: String,
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let Params { path } = params::read(call)?;
    let is_folder = match place::look(context, &path, Wanted::FileOrFolder).await? {
        Place::Folder => true,
        Place::File(_) => false,
    };
    let mut listing = context.files.walk(Walk::default()).await?;
    vendored::leave_out(&mut listing.entries, &path);
    let all: Vec<String> = listing
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::File && entry.size <= LARGEST)
        .map(|entry| entry.path.as_str().to_owned())
        .collect();
    let folder = format!("{path}/");
    let is_inside = |file: &str| {
        path.is_root() || file == path.as_str() || (is_folder && file.starts_with(&folder))
    };
    let names: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    let manifests = manifests(context, &names).await;
    let places = Places {
        names: &names,
        manifests: &manifests,
    };

    let read = |paths: Vec<&String>| {
        let paths = paths.into_iter().filter_map(|path| RelPath::new(path).ok());
        ahead::read(context.files.as_ref(), paths.collect(), LARGEST)
    };
    let mut parts = Vec::new();
    let mut inside = read(all.iter().filter(|file| is_inside(file)).collect());
    while let Some((file, bytes)) = inside.next().await {
        let Some(text) = bytes.ok().and_then(text_of) else {
            continue;
        };
        let path = file.as_str();
        let language = Language::of(path);
        parts.push(Part {
            path: path.to_owned(),
            language,
            lines: text.lines().count(),
            imports: imports::imports(path, language, &text, &places),
            entries: outline::entries(path, language, &text),
        });
    }
    let targets: Vec<Target> = Target::all(&path, is_folder, &parts, &places);
    let spoken: BTreeSet<Language> = parts.iter().map(|part| part.language).collect();
    let mut dependents = Vec::new();
    let is_spoken = |file: &str| match Language::of(file) {
        // Nothing is known of what these import.
        Language::Other(_) => false,
        language => spoken.contains(&language),
    };
    let outside = |file: &&String| !is_inside(file) && is_spoken(file);
    let mut outside = read(all.iter().filter(outside).collect());
    while let Some((file, bytes)) = outside.next().await {
        let Some(text) = bytes.ok().and_then(text_of) else {
            continue;
        };
        let file = file.as_str();
        for import in imports::imports(file, Language::of(file), &text, &places) {
            // One statement may import several names.
            let is_told = dependents
                .last()
                .is_some_and(|last: &Dependent| last.path == file && last.line == import.line);
            if !is_told && targets.iter().any(|target| target.is_meant_by(&import)) {
                let statement = bounded::line(&import.statement, 200);
                dependents.push(Dependent {
                    path: file.to_owned(),
                    line: import.line,
                    statement,
                });
            }
        }
    }
    let mut uses: BTreeMap<String, (bool, BTreeSet<&str>)> = BTreeMap::new();
    for part in &parts {
        for import in &part.imports {
            if targets.iter().any(|target| target.is_meant_by(import)) {
                continue;
            }
            let is_internal = import.is_internal(&places);
            let name = if is_internal {
                import.name.as_str()
            } else {
                import.library()
            };
            let used = uses.entry(name.to_owned()).or_default();
            used.0 |= is_internal;
            used.1.insert(&part.path);
        }
    }
    let entries: Vec<(&str, &Entry)> = parts
        .iter()
        .flat_map(|part| {
            let entries = part.entries.iter();
            entries.map(|entry| (part.path.as_str(), entry))
        })
        .collect();
    let history = History::read(context, &path).await;
    let mut result = result_of(
        &path,
        &parts,
        &entries,
        &dependents,
        &uses,
        history.as_ref(),
    );
    if listing.truncated {
        let more = format!(
            "\nThere are more than {ENTRIES} files and folders; what is behind them was not looked at.\n"
        );
        if let Some(text) = result.get_mut("text") {
            *text = json!(bounded::both(text.as_str().unwrap_or_default(), &more));
        }
    }
    Ok(Output {
        result,
        evidence: Vec::new(),
    })
}

async fn read(context: &SkillContext, path: &str) -> Option<String> {
    let path = RelPath::new(path).ok()?;
    text_of(context.files.read(&path, LARGEST).await.ok()?)
}

fn text_of(file: FileBytes) -> Option<String> {
    // A NUL marks what is no text, as git has it.
    if file.bytes.iter().take(8_000).any(|byte| *byte == 0) {
        return None;
    }
    let text = String::from_utf8(file.bytes);
    Some(text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Reads the manifests that say how a folder is called in imports.
async fn manifests(context: &SkillContext, names: &BTreeSet<&str>) -> BTreeMap<String, String> {
    let mut manifests = BTreeMap::new();
    let is_manifest =
        |path: &&&str| matches!(path.rsplit('/').next(), Some("go.mod" | "Cargo.toml"));
    for path in names.iter().filter(is_manifest).take(500) {
        if let Some(text) = read(context, path).await {
            manifests.insert((*path).to_owned(), text);
        }
    }
    manifests
}

/// What git knows about the module.
struct History {
    commits: usize,
    authors: usize,
    subjects: Vec<String>,
    hot: Vec<(String, usize)>,
}

impl History {
    /// Reads the history; `None` where there is no repository, no commit, or no git.
    async fn read(context: &SkillContext, path: &RelPath) -> Option<Self> {
        let repository = Repository::open(context).await.ok()?;
        repository.head.as_ref()?;
        let place = path.to_string();
        let log = repository
            .git(&[
                "log",
                "-z",
                COMMITS,
                "--relative",
                "--name-only",
                "--format=tformat:%x1e%aN%x1f%s",
                "--",
            ])
            .args([&place]);
        let ran = log.ok().await.ok()?;
        let mut authors = BTreeSet::new();
        let mut subjects = Vec::new();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut commits = 0;
        for record in ran.records() {
            let record = record.trim_start_matches('\n');
            if let Some(head) = record.strip_prefix('\x1e') {
                let (author, subject) = head.split_once('\x1f')?;
                commits += 1;
                authors.insert(author.to_owned());
                if subjects.len() < 10 {
                    subjects.push(bounded::line(subject, 200));
                }
            } else if !record.is_empty() {
                *counts.entry(record.to_owned()).or_default() += 1;
            }
        }
        let mut hot: Vec<(String, usize)> = counts.into_iter().collect();
        hot.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        hot.truncate(10);
        Some(Self {
            commits,
            authors: authors.len(),
            subjects,
            hot,
        })
    }

    fn json(&self) -> Value {
        let hot = |(path, commits): &(String, usize)| json!({"path": path, "commits": commits});
        json!({
            "commits": self.commits,
            "authors": self.authors,
            "subjects": self.subjects,
            "hot_files": self.hot.iter().map(hot).collect::<Value>(),
        })
    }
}

fn result_of(
    path: &RelPath,
    parts: &[Part],
    entries: &[(&str, &Entry)],
    dependents: &[Dependent],
    uses: &BTreeMap<String, (bool, BTreeSet<&str>)>,
    history: Option<&History>,
) -> Value {
    let lines: usize = parts.iter().map(|part| part.lines).sum();
    let mut mix: BTreeMap<Language, (usize, usize)> = BTreeMap::new();
    for part in parts {
        let sums = mix.entry(part.language).or_default();
        sums.0 += 1;
        sums.1 += part.lines;
    }
    let mut mix: Vec<(Language, (usize, usize))> = mix.into_iter().collect();
    mix.sort_by_key(|(language, (_, lines))| (std::cmp::Reverse(*lines), *language));

    let mut text = format!(
        "# {}\n\n{}, {}",
        name::shown(&path.to_string()),
        bounded::counted(parts.len(), "file"),
        bounded::counted(lines, "line")
    );
    let languages: Vec<String> = mix
        .iter()
        .map(|(language, (_, lines))| format!("{} {lines}", language.name()))
        .collect();
    push(&mut text, format_args!(" ({}).\n", languages.join(", ")));
    let mut section = |title: &str, count: usize, limit: usize, lines: Vec<String>| {
        push(&mut text, format_args!("\n## {title} ({count})\n\n"));
        if lines.is_empty() {
            text.push_str("None seen.\n");
        }
        let more = lines.len().saturating_sub(limit);
        lines
            .iter()
            .take(limit)
            .for_each(|line| push(&mut text, format_args!("- {line}\n")));
        if more > 0 {
            push(&mut text, format_args!("- and {more} more\n"));
        }
    };
    let mut biggest: Vec<&Part> = parts.iter().collect();
    biggest.sort_by(|one, other| {
        other
            .lines
            .cmp(&one.lines)
            .then_with(|| one.path.cmp(&other.path))
    });
    let big = biggest.iter().map(|part| {
        let lines = bounded::counted(part.lines, "line");
        format!("{}: {lines}", name::shown(&part.path))
    });
    section("Files", parts.len(), 30, big.collect());
    let shown = entries.iter().map(|(path, entry)| {
        let path = name::shown(path);
        match entry.kind {
            outline::EntryKind::Main => format!("{path}:{} can be run", entry.line),
            outline::EntryKind::Export => format!("{path}:{} {}", entry.line, entry.name),
        }
    });
    section("Entry points", entries.len(), 60, shown.collect());
    let shown = dependents.iter().map(|dependent| {
        format!(
            "{}:{} `{}`",
            name::shown(&dependent.path),
            dependent.line,
            dependent.statement
        )
    });
    section("Used by", dependents.len(), 60, shown.collect());
    let shown = uses.iter().map(|(name, (internal, files))| {
        let from = if *internal { ", of this workspace" } else { "" };
        format!(
            "{} (in {}{from})",
            name::shown(name),
            bounded::counted(files.len(), "file")
        )
    });
    section("Uses", uses.len(), 60, shown.collect());
    match history {
        Some(history) => {
            push(
                &mut text,
                format_args!(
                    "\n## History\n\n{} by {}.\n",
                    bounded::counted(history.commits, "commit"),
                    bounded::counted(history.authors, "author")
                ),
            );
            for subject in &history.subjects {
                push(&mut text, format_args!("- {subject}\n"));
            }
            for (path, commits) in history
                .hot
                .iter()
                .filter(|(_, commits)| *commits > 1)
                .take(5)
            {
                push(
                    &mut text,
                    format_args!("- {} changed in {commits} commits\n", name::shown(path)),
                );
            }
        }
        None => text.push_str(
            "\nThere is no history: the workspace is not in a repository with commits.\n",
        ),
    }

    let file = |part: &&Part| json!({"path": part.path, "language": part.language.name(), "lines": part.lines});
    let entry = |(path, entry): &(&str, &Entry)| json!({"path": path, "line": entry.line, "kind": entry.kind.name(), "name": entry.name});
    let dependent =
        |one: &Dependent| json!({"path": one.path, "line": one.line, "statement": one.statement});
    let import = |(name, (internal, files)): (&String, &(bool, BTreeSet<&str>))| json!({"name": name, "internal": internal, "files": files.len()});
    let language = |(language, (files, lines)): &(Language, (usize, usize))| json!({"language": language.name(), "files": files, "lines": lines});
    json!({
        "path": path.to_string(),
        "files": parts.iter().collect::<Vec<_>>().iter().take(LISTED).map(file).collect::<Value>(),
        "files_count": parts.len(),
        "lines": lines,
        "languages": mix.iter().map(language).collect::<Value>(),
        "entry_points": entries.iter().take(LISTED).map(entry).collect::<Value>(),
        "dependents": dependents.iter().take(LISTED).map(dependent).collect::<Value>(),
        "dependents_count": dependents.len(),
        "imports": uses.iter().take(LISTED).map(import).collect::<Value>(),
        "history": history.map(History::json),
        "text": bounded::cut(&text, bounded::TEXT),
    })
}

/// Describes the parameters.
pub(super) fn params() -> Object {
    schema::object().must(
        "path",
        schema::path("The file or folder to describe; `.` means everything."),
    )
}

/// Describes the result.
pub(super) fn result() -> Object {
    let file = schema::object()
        .must("path", schema::path("The file."))
        .must("language", schema::text("Its language."))
        .must("lines", schema::number("Its lines."))
        .done();
    let language = schema::object()
        .must("language", schema::text("The language."))
        .must("files", schema::number("Files in it."))
        .must("lines", schema::number("Lines in it."))
        .done();
    let entry = schema::object()
        .must("path", schema::path("The file."))
        .must("line", schema::number("The line."))
        .must(
            "kind",
            schema::choice(
                &["main", "export"],
                "Whether it can be run or is for others.",
            ),
        )
        .must("name", schema::text("Its name."))
        .done();
    let dependent = schema::object()
        .must("path", schema::path("The file that imports the module."))
        .must("line", schema::number("The line."))
        .must("statement", schema::text("The import."))
        .done();
    let import = schema::object()
        .must("name", schema::text("What is imported."))
        .must(
            "internal",
            schema::flag("Whether it is part of the workspace."),
        )
        .must(
            "files",
            schema::number("How many files of the module import it."),
        )
        .done();
    let hot = schema::object()
        .must("path", schema::path("The file."))
        .must("commits", schema::number("How many commits changed it."))
        .done();
    let history = schema::object()
        .must(
            "commits",
            schema::number("Commits that touched the module, at most 2,000."),
        )
        .must("authors", schema::number("How many people wrote them."))
        .must(
            "subjects",
            schema::texts("First lines of the latest messages."),
        )
        .must(
            "hot_files",
            schema::list(hot, "Files that change most often."),
        )
        .about("What git knows; null without a repository.");
    schema::object()
        .must("path", schema::path("The file or folder."))
        .must(
            "files",
            schema::list(file, "Its text files by path, at most 200 of them."),
        )
        .must(
            "files_count",
            schema::number("How many text files there are."),
        )
        .must("lines", schema::number("Lines over all files."))
        .must(
            "languages",
            schema::list(language, "Languages, the one with the most lines first."),
        )
        .must(
            "entry_points",
            schema::list(entry, "What can be run or is for others, at most 200."),
        )
        .must(
            "dependents",
            schema::list(dependent, "Imports of the module elsewhere, at most 200."),
        )
        .must(
            "dependents_count",
            schema::number("How many imports there are elsewhere."),
        )
        .must(
            "imports",
            schema::list(import, "What the module imports, at most 200."),
        )
        .must("history", schema::or_null(history))
        .text()
}

#[cfg(test)]
mod tests;
