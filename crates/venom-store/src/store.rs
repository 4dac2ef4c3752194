//! Opening a data folder and handing out its ports. Owns nothing but the handles.

use std::path::Path;
use std::sync::Arc;

use venom_ports::blob::{BlobStore, Objects};
use venom_ports::inbox::Inbox;
use venom_ports::lease::LeaseStore;
use venom_ports::log::LogStore;
use venom_ports::projection::Projections;
use venom_ports::{Failure, FailureKind, Result};

use crate::blob::Blobs;
use crate::inbox::SqliteInbox;
use crate::lease::SqliteLeases;
use crate::log::SqliteLog;
use crate::pack::Packs;
use crate::pack::care::{Checked, Collect, Collected, Limits, Living, Repaired, Usage};
use crate::pack::sealing::Sealing;
use crate::private;
use crate::projection::SqliteProjections;
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;

/// An open data folder.
///
/// Several processes may have the same folder open. Dropping the store is safe at any time;
/// [`Store::close`] also seals the log's tail.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    readers: Readers,
    projections: Arc<SqliteProjections>,
    blobs: Blobs,
}

impl Store {
    /// Opens the data folder and creates what is missing, for the user alone (0700 and 0600).
    ///
    /// This blocks for the few file operations that it takes. Fails with `Refused` if the folder
    /// cannot be written or belongs to a newer version, with `Corrupt` if the log is not a log, and
    /// with `Unavailable` if the disk is full or faulty; each with a hint.
    pub fn open(dir: &Path) -> Result<Self> {
        Self::open_sealed(dir, None)
    }

    /// Opens the data folder like [`Store::open`]; what is stored as a blob from now on is sealed.
    pub fn open_sealed(dir: &Path, sealing: Option<Arc<dyn Sealing>>) -> Result<Self> {
        private::folder(dir)?;
        let path = dir.join("log.db");
        not_lost(dir, &path)?;
        let writer = Writer::open(&path)?;
        let readers = Readers::start(&path)?;
        let projections = Arc::new(SqliteProjections::start(&path, &dir.join("state.db"))?);
        let blobs = Blobs::new(Arc::new(Packs::new(dir.join("blobs"), sealing)));
        Ok(Self {
            writer,
            readers,
            projections,
            blobs,
        })
    }

    /// Returns the event log.
    pub fn log(&self) -> Arc<dyn LogStore> {
        Arc::new(SqliteLog::new(self.writer.clone(), self.readers.clone()))
    }

    /// Returns the leases.
    pub fn leases(&self) -> Arc<dyn LeaseStore> {
        Arc::new(SqliteLeases::new(self.writer.clone(), self.readers.clone()))
    }

    /// Returns the inbox.
    pub fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(SqliteInbox::new(self.writer.clone(), self.readers.clone()))
    }

    /// Returns the content store.
    pub fn blobs(&self) -> Arc<dyn BlobStore> {
        Arc::new(self.blobs.clone())
    }

    /// Returns the content store for work on many objects at once.
    pub fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.blobs.clone())
    }

    /// Sets how much the content store may hold; what is beyond is `Refused` with a hint.
    pub fn limit_blobs(&self, limits: Limits) {
        self.blobs.packs().limit(limits);
    }

    /// Counts what the content store holds. This and the others of its kind block; the check reads
    /// everything.
    pub fn blobs_usage(&self) -> Result<Usage> {
        self.blobs.packs().usage()
    }

    /// Reads every blob and says what is damaged.
    pub fn blobs_check(&self) -> Result<Checked> {
        self.blobs.packs().check()
    }

    /// Brings what is good in damaged packs over to new ones and puts the damaged files aside.
    /// `Conflict` if a collection or another repair is running.
    pub fn blobs_repair(&self) -> Result<Repaired> {
        self.blobs.packs().repair()
    }

    /// Removes the blobs that nothing needs, or counts them. Blobs that a running process has
    /// written, stored again or asked for with [`Objects::holds`] are kept; so are those of this
    /// process, until [`Store::blobs_settle`]. Whoever names a blob that it found in an older event
    /// asks `holds` first. `Conflict` if a collection or a repair is running.
    pub fn blobs_gc(&self, living: &dyn Living, how: Collect) -> Result<Collected> {
        self.blobs.packs().collect(living, how)
    }

    /// Says that everything this process needs is named by events now, so that a collection may
    /// judge what it has written. Only right while nothing is being stored.
    pub fn blobs_settle(&self) -> Result<()> {
        self.blobs.packs().settle()
    }

    /// Returns the projections.
    pub fn projections(&self) -> Arc<dyn Projections> {
        Arc::clone(&self.projections) as Arc<dyn Projections>
    }

    /// Seals the log's tail, writes everything into the main file and ends the threads. Handles
    /// that are still held give `Unavailable` from then on.
    pub async fn close(self) -> Result<()> {
        // The writer goes last: only the last connection to leave can fold the write-ahead log in,
        // and the others cannot write.
        self.projections.close().await;
        self.readers.close().await;
        self.writer.close().await
    }
}

/// Refuses to begin a new log beside what belongs to an old one.
fn not_lost(dir: &Path, log: &Path) -> Result<()> {
    // In this order: another process that is just opening a new folder makes the log first, so
    // whoever sees the others sees a log that is not empty any more.
    let has_others = ["state.db", "blobs"]
        .iter()
        .any(|name| dir.join(name).exists());
    let is_empty = std::fs::metadata(log).map_or(true, |log| log.len() == 0);
    if has_others && is_empty {
        let text = format!("{} is gone, but what belongs to it is there", log.display());
        return Err(Failure::new(FailureKind::Corrupt, text).with_hint(format!(
            "bring it back from a copy; to begin anew, move {} away",
            dir.display()
        )));
    }
    Ok(())
}
