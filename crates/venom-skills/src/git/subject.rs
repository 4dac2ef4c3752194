//! The first line of a commit message, in the conventional form `type(scope)!: what`.

/// A conventional subject.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Subject<'a> {
    /// The type, such as `feat`.
    pub(super) kind: &'a str,
    /// The part of the project.
    pub(super) scope: Option<&'a str>,
    /// Whether users have to change something.
    pub(super) breaking: bool,
    /// What was done.
    pub(super) what: &'a str,
}

/// The types that count as conventional (conventionalcommits.org and the Angular convention).
const KINDS: [&str; 12] = [
    "feat", "fix", "perf", "refactor", "docs", "test", "build", "ci", "style", "revert", "chore",
    "deps",
];

impl<'a> Subject<'a> {
    /// Reads a subject; `None` if it is not conventional.
    pub(super) fn parse(subject: &'a str) -> Option<Self> {
        let (head, what) = subject.split_once(": ")?;
        let (head, breaking) = match head.strip_suffix('!') {
            Some(head) => (head, true),
            None => (head, false),
        };
        let (kind, scope) = match head.strip_suffix(')').and_then(|head| head.split_once('(')) {
            Some((kind, scope)) if !scope.is_empty() => (kind, Some(scope)),
            Some(_) => return None,
            None => (head, None),
        };
        let what = what.trim();
        (KINDS.contains(&kind) && !what.is_empty()).then_some(Self {
            kind,
            scope,
            breaking,
            what,
        })
    }
}

/// Tells whether most of these subjects are conventional; merges and reverts made by git count for
/// neither side.
pub(super) fn is_conventional<'a>(subjects: impl IntoIterator<Item = &'a str>) -> bool {
    let (mut yes, mut no) = (0_u32, 0_u32);
    for subject in subjects {
        if subject.starts_with("Merge ") || subject.starts_with("Revert \"") {
            continue;
        }
        match Subject::parse(subject) {
            Some(_) => yes += 1,
            None => no += 1,
        }
    }
    yes > no
}

#[cfg(test)]
mod tests;
