//! Commits in groups that people read: by the type in a conventional subject, or by what a plain one
//! begins with.

use std::collections::BTreeMap;

use super::log::Commit;
use super::subject::{Subject, is_conventional};

/// Titles of the groups in the order in which people want to read them.
const GROUPS: [(&str, &str); 11] = [
    ("feat", "Features"),
    ("fix", "Fixes"),
    ("perf", "Speed"),
    ("refactor", "Refactoring"),
    ("docs", "Documentation"),
    ("test", "Tests"),
    ("build", "Build"),
    ("ci", "Continuous integration"),
    ("style", "Style"),
    ("revert", "Reverts"),
    ("chore", "Chores"),
];

/// Groups commits by type when most subjects have one; all are one group otherwise.
pub(super) fn grouped(commits: &[Commit]) -> Vec<(String, String)> {
    let plain = |commit: &Commit| format!("- {} ({})\n", commit.subject, commit.id);
    if !is_conventional(commits.iter().map(|commit| commit.subject.as_str())) {
        return vec![("Commits".to_owned(), commits.iter().map(plain).collect())];
    }
    let mut breaking = String::new();
    let mut groups: BTreeMap<usize, String> = BTreeMap::new();
    for commit in commits {
        let Some(subject) = Subject::parse(&commit.subject) else {
            groups
                .entry(GROUPS.len())
                .or_default()
                .push_str(&plain(commit));
            continue;
        };
        let scope = subject
            .scope
            .map(|scope| format!("{scope}: "))
            .unwrap_or_default();
        let line = format!("- {scope}{} ({})\n", subject.what, commit.id);
        if subject.breaking {
            breaking.push_str(&line);
        }
        let group = GROUPS.iter().position(|(kind, _)| *kind == subject.kind);
        groups
            .entry(group.unwrap_or(GROUPS.len()))
            .or_default()
            .push_str(&line);
    }
    let title = |at: usize| {
        GROUPS
            .get(at)
            .map_or("Other", |(_, title)| title)
            .to_owned()
    };
    let breaking = (!breaking.is_empty()).then(|| ("Breaking changes".to_owned(), breaking));
    breaking
        .into_iter()
        .chain(groups.into_iter().map(|(at, lines)| (title(at), lines)))
        .collect()
}

/// What a change means for users, in the words and the order of keepachangelog.com.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// Something new.
    Added,
    /// Something is otherwise.
    Changed,
    /// Something will go.
    Deprecated,
    /// Something is gone.
    Removed,
    /// Something works again.
    Fixed,
    /// A weakness is closed.
    Security,
}

impl Section {
    /// All of them, in their order.
    pub(super) const ALL: [Self; 6] = [
        Self::Added,
        Self::Changed,
        Self::Deprecated,
        Self::Removed,
        Self::Fixed,
        Self::Security,
    ];

    /// Returns its title.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Added => "Added",
            Self::Changed => "Changed",
            Self::Deprecated => "Deprecated",
            Self::Removed => "Removed",
            Self::Fixed => "Fixed",
            Self::Security => "Security",
        }
    }

    /// Sorts a subject, and returns it as a user should read it; `None` if it is nothing to users:
    /// tests, the build, a release, words about the project itself.
    pub(super) fn of(subject: &str) -> Option<(Self, String)> {
        if let Some(parsed) = Subject::parse(subject) {
            let is_security = parsed.scope == Some("security");
            let section = match parsed.kind {
                _ if is_security => Self::Security,
                "feat" => Self::Added,
                "fix" => Self::Fixed,
                "perf" => Self::Changed,
                "revert" => Self::Removed,
                _ if parsed.breaking => Self::Changed,
                _ => return None,
            };
            let scope = parsed.scope.filter(|_| !is_security);
            let scope = scope.map(|scope| format!("{scope}: ")).unwrap_or_default();
            let mark = if parsed.breaking {
                "**Breaking:** "
            } else {
                ""
            };
            return Some((section, format!("{mark}{scope}{}", capital(parsed.what))));
        }
        let first = subject
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let section = match first.as_str() {
            "merge" | "release" | "bump" | "wip" | "typo" | "test" | "tests" => return None,
            "add" | "adds" | "added" | "implement" | "introduce" | "support" | "allow"
            | "provide" | "new" => Self::Added,
            "fix" | "fixes" | "fixed" | "repair" | "correct" | "prevent" | "avoid" | "handle" => {
                Self::Fixed
            }
            "remove" | "removes" | "removed" | "drop" | "delete" => Self::Removed,
            "deprecate" | "deprecates" | "deprecated" => Self::Deprecated,
            _ => Self::Changed,
        };
        let is_version =
            subject.len() < 40 && super::version::Version::parse(subject.trim()).is_some();
        (!is_version).then(|| (section, capital(subject)))
    }
}

/// Begins a line with a capital, unless it begins with a name in code.
fn capital(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    if first_word.contains(['_', '.', '/', '(', '`', ':'])
        || first_word.chars().any(char::is_uppercase)
    {
        return text.to_owned();
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
