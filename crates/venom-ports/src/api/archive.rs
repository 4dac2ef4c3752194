//! Archives: one file that holds a run, can be checked by anybody, and can be read elsewhere.

use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use venom_kernel::digest::{BlobId, Digest};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::redact::Redactor;

use super::time::Moment;
use crate::Result;

/// How much of what a run refers to is put into an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contents {
    /// Everything.
    #[default]
    All,
    /// Not the files of snapshots.
    NoFiles,
    /// Events only.
    NoBlobs,
}

impl Contents {
    /// Says it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "everything that the run refers to",
            Self::NoFiles => "no files of snapshots",
            Self::NoBlobs => "events only",
        }
    }
}

/// A value of an event, or an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The event.
    pub seq: Seq,
    /// The names of the fields that lead to the value, such as `data.goal`; empty for all of them.
    pub field: String,
}

/// What is to be taken out of an archive.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// Texts: each value, path or blob that holds one is taken out. What is looked for is also found
    /// in hexadecimal digits, base64 and percent encoding.
    pub texts: Vec<String>,
    /// Values and events.
    pub places: Vec<Place>,
    /// Finds credentials by their form and secrets by their value.
    pub credentials: Option<Redactor>,
}

impl Redaction {
    /// Tells whether nothing is to be taken out.
    pub const fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.places.is_empty() && self.credentials.is_none()
    }
}

/// What is not in an archive although the run has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lacks {
    /// How many values of events were taken out; an event that was taken out whole counts as one.
    pub values: u64,
    /// The first of them.
    pub places: Vec<Place>,
    /// How many blobs were taken out.
    pub removed: u64,
    /// The first of them.
    pub removed_blobs: Vec<BlobId>,
    /// How many blobs were gone when the archive was made.
    pub missing: u64,
}

impl Lacks {
    /// Most places and blobs that are listed. Chosen: a few pages for a person.
    pub const LISTED: usize = 200;

    /// Tells whether something was taken out.
    pub const fn is_redacted(&self) -> bool {
        self.values > 0 || self.removed > 0
    }
}

/// What an archive begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The run.
    pub run: RunId,
    /// How many of its events are there: the first ones.
    pub events: u64,
    /// The hash of the last one in the log that it was exported from.
    pub hash: Digest,
    /// Whether the run had ended.
    pub finished: bool,
    /// Whether the log stored the texts as they are, so that its hashes cover them; the hashes of an
    /// encrypted log cover what only its keys can make of them.
    pub plain: bool,
    /// How much is in it.
    pub contents: Contents,
    /// The newest vocabulary of its events.
    pub schema: u16,
    /// The version of VENOM that made it.
    pub version: String,
}

/// Who signed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The public key, as 64 hexadecimal digits.
    pub key: String,
    /// The name under which it is trusted here; `None` if it is not.
    pub trusted: Option<String>,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// What it begins with.
    pub head: Head,
    /// Its root, which covers everything that is or was in it.
    pub root: Digest,
    /// How many bytes were written.
    pub bytes: u64,
    /// How many blobs are in it.
    pub blobs: u64,
    /// How many of its events stand under seals.
    pub sealed: u64,
    /// The public key that signed it.
    pub signed: Option<String>,
    /// What is not in it.
    pub lacks: Lacks,
}

/// What a check of an archive found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// What it begins with.
    pub head: Head,
    /// Its root.
    pub root: Digest,
    /// How many bytes were read.
    pub bytes: u64,
    /// How many values of events are there and fit.
    pub values: u64,
    /// How many blobs are there and fit.
    pub blobs: u64,
    /// How many bytes they have.
    pub blob_bytes: u64,
    /// How many of them are named by a key of the store that they come from, so that their contents
    /// are bound by the root and not by their names.
    pub keyed: u64,
    /// How many seals fit.
    pub seals: u64,
    /// How many events stand under them.
    pub sealed: u64,
    /// Who signed seals.
    pub sealers: Vec<Signed>,
    /// Who signed the archive.
    pub signed: Option<Signed>,
    /// What is not in it.
    pub lacks: Lacks,
    /// Up to which event the state of the run follows from what is there.
    pub folds_to: Seq,
}

/// What taking something out of an archive left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// What it begins with.
    pub head: Head,
    /// Its root, which is what it was.
    pub root: Digest,
    /// How many bytes were written.
    pub bytes: u64,
    /// Who signed it.
    pub signed: Option<Signed>,
    /// What is not in it, now and before.
    pub lacks: Lacks,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// What was checked before.
    pub checked: Checked,
    /// Whether the run was there already with all of these events, so that nothing was done.
    pub was_here: bool,
    /// How many events were written: all of them, or those that the run had not here yet.
    pub added: u64,
}

/// Where a run came from that was not done here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The root of the archive.
    pub root: Digest,
    /// The public key that signed it.
    pub signed: Option<String>,
    /// Whether something was taken out of it.
    pub redacted: bool,
    /// When it was imported, in microseconds since 1970.
    pub time: i64,
}

/// Makes and reads archives of runs. The verbs block.
pub trait Archives: Send + Sync {
    /// Writes what is committed of a run, or was up to a moment. The same events give the same bytes.
    fn export(
        &self,
        moment: &Moment,
        contents: Contents,
        redaction: &Redaction,
        sink: &mut dyn Write,
    ) -> Result<Exported>;

    /// Checks an archive and lands its run here. All of it is here afterwards, or nothing but blobs
    /// that nobody names. A run that is here with the same events, or more, is left alone; one that is
    /// here with the first of them gets the others; one that is here with others is refused.
    fn import(&self, file: &Path) -> Result<Imported>;

    /// Says where a run came from; `None` for one that was done here.
    fn origin(&self, run: RunId) -> Result<Option<Origin>>;
}

/// Checks archives, and takes things out of them. It needs no store. The verbs block.
pub trait Auditor: Send + Sync {
    /// Checks an archive: every byte, and everything that follows from something else.
    fn check(&self, source: &mut dyn Read) -> Result<Checked>;

    /// Copies an archive without what is to be taken out.
    fn redact(
        &self,
        source: &mut dyn Read,
        redaction: &Redaction,
        sink: &mut dyn Write,
    ) -> Result<Redacted>;
}
