//! Versions as tags name them, and which one comes next (semver.org).

use std::fmt;

use super::subject::{Subject, is_conventional};

/// A version of three numbers, with what stands before and behind it in the name of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// What stands before the numbers, such as `v` or `app-`.
    pub(super) prefix: String,
    numbers: [u64; 3],
    /// What comes behind a hyphen, as in `1.2.0-rc.1`.
    pre: Option<String>,
}

/// Which number grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The third: nothing that users have to know.
    Patch,
    /// The second: something new.
    Minor,
    /// The first: users have to change something.
    Major,
}

impl Version {
    /// Reads the name of a tag; `None` if it names no version.
    pub(super) fn parse(tag: &str) -> Option<Self> {
        let at = tag.find(|c: char| c.is_ascii_digit())?;
        let (prefix, rest) = tag.split_at_checked(at)?;
        let is_prefix = prefix.is_empty()
            || prefix.eq_ignore_ascii_case("v")
            || prefix.ends_with(['-', '/', '_', 'v']);
        let rest = rest.split_once('+').map_or(rest, |(version, _)| version);
        let (numbers, pre) = match rest.split_once('-') {
            Some((numbers, pre)) => (numbers, Some(pre.to_owned())),
            None => (rest, None),
        };
        let parsed: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        match parsed?.as_slice() {
            [major, minor, patch] if is_prefix => Some(Self {
                prefix: prefix.to_owned(),
                numbers: [*major, *minor, *patch],
                pre,
            }),
            _ => None,
        }
    }

    /// Tells whether it is no release yet.
    pub(super) const fn is_early(&self) -> bool {
        self.pre.is_some()
    }

    /// Returns the version after this one. Below 1.0.0 everything counts one less, as semver.org says
    /// that anything may change there; after `1.2.0-rc.1` comes `1.2.0`.
    pub(super) fn next(&self, part: Part) -> Self {
        let [major, minor, patch] = self.numbers;
        let part = match part {
            Part::Major if major == 0 => Part::Minor,
            Part::Minor if major == 0 && minor > 0 => Part::Patch,
            other => other,
        };
        let numbers = match part {
            _ if self.pre.is_some() => self.numbers,
            Part::Major => [major.saturating_add(1), 0, 0],
            Part::Minor => [major, minor.saturating_add(1), 0],
            Part::Patch => [major, minor, patch.saturating_add(1)],
        };
        Self {
            prefix: self.prefix.clone(),
            numbers,
            pre: None,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{}{major}.{minor}.{patch}", self.prefix)?;
        match &self.pre {
            Some(pre) => write!(f, "-{pre}"),
            None => Ok(()),
        }
    }
}

/// Judges which number grows from messages of commits, and says why.
pub(super) fn judge(messages: &[&str]) -> (Part, &'static str) {
    let subjects = messages
        .iter()
        .map(|message| message.lines().next().unwrap_or_default());
    if !is_conventional(subjects.clone()) {
        return (
            Part::Patch,
            "the messages do not say what changed for users",
        );
    }
    let is_breaking = messages.iter().any(|message| {
        let subject = message.lines().next().unwrap_or_default();
        Subject::parse(subject).is_some_and(|subject| subject.breaking)
            || message.lines().skip(1).any(|line| {
                line.starts_with("BREAKING CHANGE: ") || line.starts_with("BREAKING-CHANGE: ")
            })
    });
    if is_breaking {
        return (Part::Major, "something breaks");
    }
    let mut parsed = subjects.filter_map(Subject::parse);
    if parsed.any(|subject| subject.kind == "feat") {
        return (Part::Minor, "something is new");
    }
    (Part::Patch, "nothing is new and nothing breaks")
}

#[cfg(test)]
mod tests;
