//! The event log: its tables, its chain of hashes, and how it is appended to, read and checked.

use std::sync::Arc;

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::event::{Envelope, Event, SCHEMA};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::Proposed;
use venom_kernel::snapshot;
use venom_ports::log::{AppendError, Batch, Head, LogStore, Provenance, Verified};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use crate::crypt::{Associated, random};
use crate::keys::{Fresh, RunKey, Vault, shredded};
use crate::log::ledger::Signer;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::readers::Readers;
use crate::sqlite::writer::Writer;

pub(crate) mod chain;
pub(crate) mod ledger;
pub(crate) mod read;
pub(crate) mod row;
pub(crate) mod schema;
pub(crate) mod tip;

pub(crate) mod verify;

mod append;

/// Longest text of one event. Chosen: a hundred times the plan of a thousand steps; anything that
/// is really big belongs into the content store.
const BODY_LIMIT: usize = 32 * 1_024 * 1_024;

/// The log in `data/log.db`.
#[derive(Debug)]
pub(crate) struct SqliteLog {
    writer: Writer,
    readers: Readers,
    vault: Arc<Vault>,
    signer: Signer,
}

impl SqliteLog {
    /// Takes the handles.
    pub(crate) const fn new(
        writer: Writer,
        readers: Readers,
        vault: Arc<Vault>,
        signer: Signer,
    ) -> Self {
        Self {
            writer,
            readers,
            vault,
            signer,
        }
    }

    /// Signs the snapshots among events, if there is a key for it.
    fn sign(&self, events: &mut [Proposed]) {
        let Some(signing) = self.signer.get() else {
            return;
        };
        for proposed in events {
            if let Event::SnapshotCreated { snapshot, .. } = &mut proposed.event
                && snapshot.signature().is_none()
            {
                let message = snapshot::message(&snapshot.checksum());
                let signature = snapshot::signature(&signing.public(), &signing.sign(&message));
                **snapshot = snapshot.as_ref().clone().with_signature(signature);
            }
        }
    }

    /// Returns the key for a run's next events, and what is to be stored of it if the run is new.
    async fn key(&self, run: RunId, expected: Seq) -> Result<(RunKey, Option<Fresh>)> {
        if expected == Seq::ZERO {
            return Ok(match self.vault.begin(run)? {
                Some(fresh) => (RunKey::Sealed(fresh.key.clone()), Some(fresh)),
                None => (RunKey::Plain, None),
            });
        }
        if let Some(key) = self.vault.remembered(run) {
            return Ok((key, None));
        }
        let vault = Arc::clone(&self.vault);
        let key = self
            .readers
            .ask(move |connection| {
                // A run that is not there has no key yet, which must not be remembered.
                match row::run_head(connection, run).or_fail("reading the log")? {
                    Some(_) => vault.of(connection, run),
                    None => Ok(RunKey::Plain),
                }
            })
            .await?;
        Ok((key, None))
    }
}

/// What is stored of an event's text.
#[derive(Debug)]
pub(crate) enum Text {
    /// The text.
    Plain(String),
    /// The text, sealed for its place.
    Sealed(Vec<u8>),
}

/// Adds a salt of 128 random bits to the text of an event. The chain then covers something that nobody
/// can guess, also where all of the text but one short value is known: an archive from which that value
/// was taken out still has the hash. Readers pass over it.
fn salted(mut body: String) -> Result<String> {
    let mut salt = [0; 16];
    random(&mut salt)?;
    // Each event is written as an object.
    if body.pop() != Some('}') {
        let text = "an event was not written as an object";
        return Err(Failure::new(FailureKind::Internal, text));
    }
    body.push_str(",\"salt\":\"");
    for byte in salt {
        for nibble in [byte >> 4, byte & 15] {
            body.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    body.push_str("\"}");
    Ok(body)
}

#[async_trait]
impl LogStore for SqliteLog {
    async fn append(&self, mut batch: Batch) -> std::result::Result<Vec<Envelope>, AppendError> {
        // The texts are made and sealed here, in the producer's task, so that the one writer has less
        // to do. Their places are known: if the run is not where the batch expects it, it is refused.
        let run = batch.run;
        self.sign(&mut batch.events);
        let (key, fresh) = self.key(run, batch.expected).await?;
        let mut bodies = Vec::with_capacity(batch.events.len());
        let mut seq = batch.expected;
        for proposed in &batch.events {
            seq = seq.next();
            let body = serde_json::to_string(&proposed.event).map_err(|error| {
                let text = format!("cannot write a {} event: {error}", proposed.event.name());
                Failure::new(FailureKind::Internal, text)
            })?;
            if body.len() > BODY_LIMIT {
                let name = proposed.event.name();
                let text = format!("a {name} event of {} bytes is too long", body.len());
                return Err(Failure::new(FailureKind::Refused, text).into());
            }
            let body = salted(body)?;
            bodies.push(match &key {
                RunKey::Plain => Text::Plain(body),
                RunKey::Sealed(key) => {
                    let place = Associated::Event {
                        run,
                        seq: seq.number(),
                        schema: SCHEMA,
                    };
                    Text::Sealed(key.seal(&place, Zeroizing::new(body).as_bytes())?)
                }
                key @ (RunKey::Shredded | RunKey::Broken | RunKey::Aside) => {
                    return Err(key.refusal(run).unwrap_or_else(|| shredded(run)).into());
                }
            });
        }
        let remembers = fresh.is_some();
        let vault = Arc::clone(&self.vault);
        let appended = self
            .writer
            .ask(move |ledger| append::append(ledger, &vault, batch, &bodies, fresh.as_ref()))
            .await?;
        if remembers && !appended.is_empty() {
            self.vault.remember(run, key);
        }
        Ok(appended)
    }

    async fn read(&self, run: RunId, after: Seq, limit: usize) -> Result<Vec<Envelope>> {
        let vault = Arc::clone(&self.vault);
        self.readers
            .ask(move |connection| read::events(connection, &vault, run, after, limit))
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

    async fn provenance(&self, run: RunId) -> Result<Provenance> {
        const DOING: &str = "reading the log";
        self.readers
            .ask(move |connection| {
                let Some(head) = row::run_head(connection, run).or_fail(DOING)? else {
                    return Ok(Provenance::Here);
                };
                let import = row::import_of(connection, head.id).or_fail(DOING)?;
                Ok(match import {
                    None => Provenance::Here,
                    Some(import) if import.is_redacted => Provenance::Redacted,
                    Some(_) => Provenance::Imported,
                })
            })
            .await
    }

    async fn verify(&self, run: Option<RunId>) -> Result<Verified> {
        self.readers
            .ask(move |connection| verify::verify(connection, run))
            .await
    }
}
