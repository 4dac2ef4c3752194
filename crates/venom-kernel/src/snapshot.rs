//! The record of a snapshot: what a workspace was at one moment of a run.
//!
//! The record names the trees (see [`crate::tree`]) and says what they are worth: which moment of
//! which run, how much, and, above all, what could not be captured. Its checksum covers all of it.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::{RunId, Seq, SnapshotId};
use crate::time::Timestamp;
use crate::tree::{ObjectId, Skip, TreePath};

/// Why a snapshot was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The run began.
    Start,
    /// A step that may change files is about to begin.
    BeforeStep,
    /// So many events had passed.
    Cadence,
    /// Somebody asked for it.
    Demand,
    /// A restore is about to begin, which this one makes undoable.
    BeforeRestore,
    /// The work of the run was over.
    End,
}

impl Cause {
    /// Says it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Start => "at the start",
            Self::BeforeStep => "before a step",
            Self::Cadence => "in between",
            Self::Demand => "on demand",
            Self::BeforeRestore => "before going back",
            Self::End => "at the end",
        }
    }
}

/// The snapshot that one builds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Which.
    pub id: SnapshotId,
    /// Its root.
    pub tree: ObjectId,
    /// How many paths differ from it.
    pub changed: u64,
}

/// How much is in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Regular files.
    pub files: u64,
    /// Folders, without the root.
    pub folders: u64,
    /// Symbolic links.
    pub links: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Things that are there and were not captured.
    pub skipped: u64,
}

/// Something that is there and was not captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Where.
    pub path: TreePath,
    /// Why.
    pub why: Skip,
    /// Its size as the system tells it.
    pub size: u64,
}

/// What was not captured: the first paths, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partial {
    /// The first of them, in the order of the paths.
    pub first: Vec<LeftOut>,
    /// How many.
    pub count: u64,
    /// Whether what should be there is missing; see [`Skip::is_lack`].
    pub is_lacking: bool,
}

impl Partial {
    /// Most paths that a record lists. Chosen: a few pages for a person, a few tens of kilobytes in
    /// the log.
    pub const LISTED: usize = 200;
}

/// Where the head of a git repository points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// To a branch, such as `refs/heads/main`.
    Branch(TreePath),
    /// To a commit.
    Detached(String),
}

/// Where a git repository inside the workspace stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// The folder that holds `.git`; the root of the workspace is empty.
    pub path: TreePath,
    /// Its head.
    pub head: Head,
    /// The object that lists its references, each on a line as its value, a tab and its name, in the
    /// order of the names' bytes: the same references always have the same id.
    pub refs: ObjectId,
    /// How many there are.
    pub refs_count: u64,
    /// The object with the bytes of its index; `None` if there is none or it is too large.
    pub index: Option<ObjectId>,
}

/// What a snapshot says. Version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of this form.
    pub version: u32,
    /// Its name in the run.
    pub id: SnapshotId,
    /// The run.
    pub run: RunId,
    /// The last event that had happened.
    pub seq: Seq,
    /// When the capture began.
    pub taken: Timestamp,
    /// Why it was taken.
    pub cause: Cause,
    /// The root of the tree.
    pub tree: ObjectId,
    /// The root of the times.
    pub times: ObjectId,
    /// What it builds on.
    pub parent: Option<Parent>,
    /// How much is in it.
    pub counts: Counts,
    /// What is not in it.
    pub partial: Partial,
    /// The git repositories inside.
    pub repositories: Vec<Repository>,
}

impl Record {
    /// The version that is written.
    pub const VERSION: u32 = 1;
}

/// A record with its checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    record: Record,
    checksum: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

impl Snapshot {
    /// Seals a record: its checksum is the SHA-256 of its canonical form.
    pub fn seal(record: Record) -> Self {
        let checksum = Digest::of(&record);
        Self {
            record,
            checksum,
            signature: None,
        }
    }

    /// Adds a signature of the checksum.
    #[must_use]
    pub fn with_signature(mut self, signature: String) -> Self {
        self.signature = Some(signature);
        self
    }

    /// Returns the same snapshot as nobody signed it.
    #[must_use]
    pub fn without_signature(mut self) -> Self {
        self.signature = None;
        self
    }

    /// Returns the public key, what was signed and the signature; `None` if there is none that can be
    /// read.
    pub fn signed(&self) -> Option<([u8; 32], Vec<u8>, [u8; 64])> {
        let rest = self.signature.as_deref()?.strip_prefix("ed25519:")?;
        let (key, signature) = rest.split_once(':')?;
        let (first, second) = signature.split_at_checked(64)?;
        let bytes = |digits: &str| Some(*digits.parse::<Digest>().ok()?.as_bytes());
        let mut signature = [0; 64];
        let halves = [bytes(first)?, bytes(second)?].concat();
        for (slot, byte) in signature.iter_mut().zip(halves) {
            *slot = byte;
        }
        Some((bytes(key)?, message(&self.checksum), signature))
    }

    /// Returns the record.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the checksum.
    pub const fn checksum(&self) -> Digest {
        self.checksum
    }

    /// Returns the signature of the checksum, if there is one.
    pub fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }

    /// Tells whether the checksum fits the record, and the record is of a version that is known.
    pub fn is_sound(&self) -> bool {
        self.record.version == Record::VERSION && self.checksum == Digest::of(&self.record)
    }
}

/// Returns what is signed of a snapshot.
pub fn message(checksum: &Digest) -> Vec<u8> {
    [b"venom snapshot 1\n".as_slice(), checksum.as_bytes()].concat()
}

/// Returns a signature as a snapshot has it: `ed25519:`, the public key, a colon, and the signature, in
/// hexadecimal digits.
pub fn signature(key: &[u8; 32], signature: &[u8; 64]) -> String {
    let half = |at: usize| {
        let half = signature.get(at..).and_then(|rest| rest.first_chunk());
        Digest::from_bytes(half.copied().unwrap_or_default())
    };
    let key = Digest::from_bytes(*key);
    format!("ed25519:{key}:{}{}", half(0), half(32))
}

#[cfg(test)]
mod tests;
