//! The changes that a command made to a workspace.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::marks::Marked;
use super::names::shown;
use super::node::{Form, Node};

/// The changes between a workspace and what a command left, in the order of their paths.
#[derive(Debug, Clone, Default)]
pub struct Delta {
    pub(super) entries: Vec<Entry>,
    pub(super) marked: Vec<Marked>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The path, relative to the root. Any bytes that a name can hold.
    pub path: PathBuf,
    /// What stood there.
    pub old: Option<Node>,
    /// What should stand there.
    pub new: Option<Node>,
    /// What the path is to the project.
    pub role: Role,
    pub(super) facts: Facts,
}

/// What a scan found out about a change beside the change itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Where a new link leads, if it does not stay inside.
    pub(super) leads: Option<Leads>,
    /// Another name in the folder that differs by the case of letters alone.
    pub(super) alike: Option<PathBuf>,
    /// How many names of a new file the upper folder holds.
    pub(super) names: u64,
    /// Whether the bytes are those that stood there before.
    pub(super) is_content_kept: bool,
}

/// Where a link leads that does not stay inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    Absolute,
    Outside,
}

/// What a path is to the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A part of the project.
    Source,
    /// Excluded by the ignore files that stood in the workspace before the command.
    Output,
    /// The repository's own data, below a `.git`.
    Repository,
    /// What is neither recorded nor kept.
    Dropped,
}

/// What happened to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Nothing stood there before.
    Created,
    /// Its content or the text of a link changed.
    Modified,
    /// Only its permission bits changed.
    ModeChanged,
    /// Something of another form took its place.
    Replaced,
    /// Nothing stands there any more.
    Deleted,
}

impl Entry {
    /// Returns what happened.
    pub fn verb(&self) -> Verb {
        match (&self.old, &self.new) {
            (None, _) => Verb::Created,
            (_, None) => Verb::Deleted,
            (Some(old), Some(new)) if old.form != new.form => Verb::Replaced,
            // A folder is only in a delta for its mode; what is in it stands for itself.
            (Some(_), Some(new)) if new.form == Form::Folder || self.facts.is_content_kept => {
                Verb::ModeChanged
            }
            (Some(_), Some(_)) => Verb::Modified,
        }
    }

    fn is_folder_before(&self) -> bool {
        self.old
            .as_ref()
            .is_some_and(|old| old.form == Form::Folder)
    }

    /// Returns the change in a line: a sign, the path, and what is not plain from them.
    pub fn line(&self) -> String {
        let path = shown(&self.path);
        let is_folder = |node: &Option<Node>| node.as_ref().is_some_and(|n| n.form == Form::Folder);
        let slash = if is_folder(&self.new) || (self.new.is_none() && is_folder(&self.old)) {
            "/"
        } else {
            ""
        };
        let sign = match self.verb() {
            Verb::Created => '+',
            Verb::Modified | Verb::ModeChanged | Verb::Replaced => '~',
            Verb::Deleted => '-',
        };
        let mut line = format!("{sign} {path}{slash}");
        if let Some(target) = self.new.as_ref().and_then(|new| new.target.as_ref()) {
            // Writing to a text cannot fail.
            let _ = write!(line, " -> {}", shown(target));
        }
        if let (Some(old), Some(new)) = (&self.old, &self.new) {
            if old.form != new.form {
                let _ = write!(line, " (was {})", old.form.words());
            } else if old.mode != new.mode {
                let _ = write!(line, " (mode {:o} to {:o})", old.mode, new.mode);
            }
        }
        line
    }
}

/// How many changes of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Files and links that are new.
    pub created: usize,
    /// Files and links that are not what they were.
    pub modified: usize,
    /// Files and links that are gone.
    pub deleted: usize,
    /// Folders that are new, gone or have another mode.
    pub folders: usize,
    /// The bytes of the files that are new or not what they were.
    pub bytes: u64,
}

impl Tally {
    /// Returns how many changes there are.
    pub const fn total(&self) -> usize {
        self.created + self.modified + self.deleted + self.folders
    }

    fn add(&mut self, entry: &Entry) {
        let node = entry.new.as_ref().or(entry.old.as_ref());
        if node.is_some_and(|node| node.form == Form::Folder) {
            self.folders += 1;
            return;
        }
        match entry.verb() {
            Verb::Created => self.created += 1,
            Verb::Modified | Verb::ModeChanged | Verb::Replaced => self.modified += 1,
            Verb::Deleted => self.deleted += 1,
        }
        self.bytes = self
            .bytes
            .saturating_add(entry.new.as_ref().map_or(0, |new| new.size));
    }
}

impl Delta {
    /// Returns the changes.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns what no honest overlay leaves. While there is any, the delta is refused.
    pub fn marked(&self) -> &[Marked] {
        &self.marked
    }

    /// Tells whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.marked.is_empty()
    }

    /// Returns the changes to paths of some roles, with the new folders that they need.
    #[must_use]
    pub fn of_roles(&self, roles: &[Role]) -> Self {
        let is_wanted = |entry: &&Entry| roles.contains(&entry.role);
        let wanted = || self.entries.iter().filter(is_wanted);
        let needed: BTreeSet<&Path> = wanted()
            .filter(|entry| entry.new.is_some())
            .flat_map(|entry| entry.path.ancestors().skip(1))
            .collect();
        let entries = self.entries.iter().filter(|entry| {
            let is_needed = entry.new.is_some()
                && !entry.is_folder_before()
                && needed.contains(entry.path.as_path());
            is_wanted(entry) || is_needed
        });
        Self {
            entries: entries.cloned().collect(),
            marked: self.marked.clone(),
        }
    }

    /// Gives changes another role.
    pub fn assign(&mut self, role_of: impl Fn(&Entry) -> Role) {
        for entry in &mut self.entries {
            entry.role = role_of(entry);
        }
    }

    /// Counts the changes to paths of a role.
    pub fn tally(&self, role: Role) -> Tally {
        let mut tally = Tally::default();
        for entry in self.entries.iter().filter(|entry| entry.role == role) {
            tally.add(entry);
        }
        tally
    }
}

#[cfg(test)]
mod tests;
