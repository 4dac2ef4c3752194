//! A log that says how long appending takes.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq};
use venom_ports::Result;
use venom_ports::log::{AppendError, Batch, Head, LogStore, Provenance, Verified};
use venom_server::metrics::Live;

/// Another log, measured.
pub(crate) struct TimedLog {
    log: Arc<dyn LogStore>,
    live: Arc<Live>,
}

impl TimedLog {
    pub(crate) fn new(log: Arc<dyn LogStore>, live: Arc<Live>) -> Self {
        Self { log, live }
    }
}

#[async_trait]
impl LogStore for TimedLog {
    async fn append(&self, batch: Batch) -> std::result::Result<Vec<Envelope>, AppendError> {
        let begun = Instant::now();
        let appended = self.log.append(batch).await;
        if appended.is_ok() {
            self.live.appended(begun.elapsed());
        }
        appended
    }

    async fn read(&self, run: RunId, after: Seq, limit: usize) -> Result<Vec<Envelope>> {
        self.log.read(run, after, limit).await
    }

    async fn head(&self, run: RunId) -> Result<Option<Head>> {
        self.log.head(run).await
    }

    async fn hash_at(&self, run: RunId, seq: Seq) -> Result<Option<Digest>> {
        self.log.hash_at(run, seq).await
    }

    async fn provenance(&self, run: RunId) -> Result<Provenance> {
        self.log.provenance(run).await
    }

    async fn verify(&self, run: Option<RunId>) -> Result<Verified> {
        self.log.verify(run).await
    }
}
