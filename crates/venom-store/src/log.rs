//! The event log: its tables, its chain of hashes, and how it is appended to, read and checked.

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::event::Envelope;
use venom_kernel::id::{RunId, Seq};
use venom_ports::log::{AppendError, Batch, Head, LogStore, Verified};
use venom_ports::{Failure, FailureKind, Result};

use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;

pub(crate) mod chain;
pub(crate) mod ledger;
pub(crate) mod read;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod tip;

mod append;
mod verify;

/// Longest text of one event. Chosen: a hundred times the plan of a thousand steps; anything that
/// is really big belongs into the content store.
const BODY_LIMIT: usize = 32 * 1_024 * 1_024;

/// The log in `data/log.db`.
#[derive(Debug)]
pub(crate) struct SqliteLog {
    writer: Writer,
    readers: Readers,
}

impl SqliteLog {
    /// Takes the handles.
    pub(crate) const fn new(writer: Writer, readers: Readers) -> Self {
        Self { writer, readers }
    }
}

#[async_trait]
impl LogStore for SqliteLog {
    async fn append(&self, batch: Batch) -> std::result::Result<Vec<Envelope>, AppendError> {
        // The texts are made here, in the producer's task, so that the one writer has less to do.
        let mut bodies = Vec::with_capacity(batch.events.len());
        for proposed in &batch.events {
            let body = serde_json::to_string(&proposed.event).map_err(|error| {
                let text = format!("cannot write a {} event: {error}", proposed.event.name());
                Failure::new(FailureKind::Internal, text)
            })?;
            if body.len() > BODY_LIMIT {
                let name = proposed.event.name();
                let text = format!("a {name} event of {} bytes is too long", body.len());
                return Err(Failure::new(FailureKind::Refused, text).into());
            }
            bodies.push(body);
        }
        self.writer
            .ask(move |ledger| append::append(ledger, batch, &bodies))
            .await
    }

    async fn read(&self, run: RunId, after: Seq, limit: usize) -> Result<Vec<Envelope>> {
        self.readers
            .ask(move |connection| read::events(connection, run, after, limit))
            .await
    }

    async fn head(&self, run: RunId) -> Result<Option<Head>> {
        self.readers
            .ask(move |connection| read::head(connection, run))
            .await
    }

    async fn hash_at(&self, run: RunId, seq: Seq) -> Result<Option<Digest>> {
        self.readers
            .ask(move |connection| read::hash_of(connection, run, seq))
            .await
    }

    async fn verify(&self, run: Option<RunId>) -> Result<Verified> {
        self.readers
            .ask(move |connection| verify::verify(connection, run))
            .await
    }
}
