//! Edits as data: what a step wants to change, before anything is changed.
//!
//! A skill that edits files stages its edits; the engine writes the change set to the log, then
//! applies it file by file, each only if the file still is what the skill read. A crash in the
//! middle is judged file by file: equal to `before` means not yet done, equal to `after` means
//! done, anything else is somebody else's edit and is left alone. Taking a change set back is
//! applying its reverse.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::{BlobId, Digest};

/// A value in an event: in place when small, in the content store when big.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// The value itself.
    Inline(Value),
    /// The canonical JSON text of the value lies in the content store.
    Blob {
        /// Where.
        id: BlobId,
        /// Digest of the canonical form.
        digest: Digest,
        /// Length of the text in bytes.
        bytes: u64,
    },
}

impl Payload {
    /// Values whose canonical text is longer go to the content store. Chosen: a page of SQLite.
    pub const INLINE_LIMIT: usize = 4_096;

    /// Tells whether this is the inline null.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Inline(value) => value.is_null(),
            Self::Blob { .. } => false,
        }
    }

    /// Returns the digest of the value's canonical form.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Inline(value) => Digest::of(value),
            Self::Blob { digest, .. } => *digest,
        }
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::Inline(Value::Null)
    }
}

/// A path inside the workspace: relative, with `/`, without `.` or `..`, valid on every system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RelPath(String);

/// The reason why a text is not a path inside the workspace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelPathError {
    /// The path is absolute.
    #[error("`{0}` is an absolute path; name paths relative to the workspace")]
    Absolute(String),
    /// The path climbs out of the workspace.
    #[error("`{0}` leads out of the workspace")]
    Outside(String),
    /// The path holds a character that no file name can hold, or is too long.
    #[error("`{0}` is not a usable path")]
    Unusable(String),
}

impl RelPath {
    /// The workspace itself.
    pub fn root() -> Self {
        Self(String::new())
    }

    /// Makes a path of a text; `.` and empty parts are dropped, `..` is refused.
    pub fn new(text: &str) -> Result<Self, RelPathError> {
        let shown = || text.chars().take(200).collect::<String>();
        if text.starts_with('/') {
            return Err(RelPathError::Absolute(shown()));
        }
        // 4096 is PATH_MAX on Linux.
        if text.len() > 4_096 || text.contains('\0') {
            return Err(RelPathError::Unusable(shown()));
        }
        let mut parts = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => return Err(RelPathError::Outside(shown())),
                _ => parts.push(part),
            }
        }
        Ok(Self(parts.join("/")))
    }

    /// Returns the text; empty for the workspace itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether this is the workspace itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the path of something in this folder.
    pub fn join(&self, text: &str) -> Result<Self, RelPathError> {
        let inner = Self::new(text)?;
        Ok(if self.is_root() {
            inner
        } else if inner.is_root() {
            self.clone()
        } else {
            Self(format!("{}/{}", self.0, inner.0))
        })
    }

    /// Returns the last part of the path.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// What a file is: its bytes and whether it can be executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileState {
    /// The bytes, in the content store: a link's are its target, a folder has none.
    pub blob: BlobId,
    /// The permission bits (the lower twelve of the mode).
    pub mode: u32,
    /// What stands at the path.
    #[serde(default, skip_serializing_if = "EntryState::is_file")]
    pub entry: EntryState,
}

impl FileState {
    /// Makes the state of a regular file.
    pub const fn file(blob: BlobId, mode: u32) -> Self {
        Self {
            blob,
            mode,
            entry: EntryState::File,
        }
    }
}

/// What stands at a path that an edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// A regular file.
    #[default]
    File,
    /// A symbolic link.
    Link,
    /// A folder, whatever it holds. New ones with the usual mode need no word where files say them.
    Folder,
}

impl EntryState {
    /// Tells whether it is a regular file.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub const fn is_file(&self) -> bool {
        matches!(self, Self::File)
    }
}

/// One edit: a file as it was read and as it should be. `None` means that there is no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The file.
    pub path: RelPath,
    /// What the skill read.
    pub before: Option<FileState>,
    /// What should be there.
    pub after: Option<FileState>,
}

/// Edits that belong together, in the order of their paths.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeSet(Vec<Change>);

impl ChangeSet {
    /// Collects edits; they are put in the order of their paths.
    pub fn new(mut changes: Vec<Change>) -> Self {
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Self(changes)
    }

    /// Returns the edits.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// Tells whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the change set that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self(
            self.0
                .iter()
                .map(|change| Change {
                    path: change.path.clone(),
                    before: change.after.clone(),
                    after: change.before.clone(),
                })
                .collect(),
        )
    }
}

/// Points to a change set in the content store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesRef {
    /// The change set's canonical JSON.
    pub blob: BlobId,
    /// Digest of the change set.
    pub digest: Digest,
    /// How many files it changes.
    pub files: u32,
}

#[cfg(test)]
mod tests;
