//! The log in memory: the floor of every benchmark, so appending neither hashes nor writes JSON.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use venom_kernel::digest::Digest;
use venom_kernel::event::{Envelope, SCHEMA};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Illegal, Proposed, RunState};
use venom_kernel::time::Timestamp;
use venom_ports::Result;
use venom_ports::log::{AppendError, Batch, Head, LogStore, Verified};

use super::{MemoryLeases, lock};

/// The log in memory.
#[derive(Debug)]
pub struct MemoryLog {
    leases: Arc<MemoryLeases>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    runs: BTreeMap<RunId, Run>,
    /// The runs of all events in the order in which they were appended.
    order: Vec<(RunId, Seq)>,
}

#[derive(Debug, Default)]
struct Run {
    events: Vec<Envelope>,
    state: RunState,
    /// The hash after the first so many events; goes on when somebody asks for the head.
    hashed: (usize, Option<Digest>),
}

impl MemoryLog {
    /// Makes an empty log that respects the fences of these leases.
    pub fn new(leases: Arc<MemoryLeases>) -> Self {
        Self {
            leases,
            kept: Mutex::default(),
        }
    }

    /// Returns all events of all runs in the order in which they were appended.
    pub fn everything(&self) -> Vec<Envelope> {
        let kept = lock(&self.kept);
        kept.order
            .iter()
            .filter_map(|(run, seq)| {
                let position = usize::try_from(seq.number()).ok()?.checked_sub(1)?;
                kept.runs.get(run)?.events.get(position).cloned()
            })
            .collect()
    }

    /// Returns all runs.
    pub fn runs(&self) -> Vec<RunId> {
        lock(&self.kept).runs.keys().copied().collect()
    }
}

impl Run {
    fn append(&mut self, run: RunId, batch: Batch) -> std::result::Result<Vec<Envelope>, Illegal> {
        let mut time = self
            .events
            .last()
            .map_or(i64::MIN, |last| last.time.micros());
        let mut envelopes = Vec::with_capacity(batch.events.len());
        for Proposed { event, cause } in batch.events {
            let seq = self.state.seq().next();
            if let Some(cause) = cause
                && (cause == Seq::ZERO || cause >= seq)
            {
                let why = format!("its cause, event {cause}, does not come before it");
                return Err(Illegal {
                    seq,
                    event: event.name(),
                    why,
                });
            }
            self.state.evolve(&event)?;
            time = batch.time.micros().max(time.saturating_add(1));
            let time = Timestamp::from_micros(time);
            envelopes.push(Envelope {
                run,
                seq,
                time,
                cause,
                schema: SCHEMA,
                event,
            });
        }
        self.events.extend(envelopes.iter().cloned());
        Ok(envelopes)
    }

    fn fold(&self) -> RunState {
        // These events were all accepted once.
        RunState::fold(self.events.iter().map(|envelope| &envelope.event)).unwrap_or_default()
    }

    fn head(&mut self) -> Option<Head> {
        let last = self.events.last()?.seq;
        let (count, hash) = self.hashed;
        let mut hash = hash.unwrap_or(Digest::ZERO);
        for envelope in self.events.iter().skip(count) {
            hash = Digest::of_parts(&[hash.as_bytes(), Digest::of(envelope).as_bytes()]);
        }
        self.hashed = (self.events.len(), Some(hash));
        Some(Head { seq: last, hash })
    }
}

#[async_trait]
impl LogStore for MemoryLog {
    async fn append(&self, batch: Batch) -> std::result::Result<Vec<Envelope>, AppendError> {
        let mut kept = lock(&self.kept);
        // Asked under the log's lock: no lease is handed out between the check and the append.
        if self
            .leases
            .newest(batch.run)
            .is_some_and(|newest| batch.fence < newest)
        {
            return Err(AppendError::Fenced);
        }
        let id = batch.run;
        let found = kept.runs.get(&id).map_or(Seq::ZERO, |run| run.state.seq());
        if found != batch.expected {
            return Err(AppendError::Moved {
                expected: batch.expected,
                found,
            });
        }
        if batch.events.is_empty() {
            return Ok(Vec::new());
        }
        let run = kept.runs.entry(id).or_default();
        match run.append(id, batch) {
            Ok(envelopes) => {
                kept.order
                    .extend(envelopes.iter().map(|envelope| (id, envelope.seq)));
                Ok(envelopes)
            }
            Err(illegal) => {
                run.state = run.fold();
                if run.events.is_empty() {
                    kept.runs.remove(&id);
                }
                Err(illegal.into())
            }
        }
    }

    async fn read(&self, run: RunId, after: Seq, limit: usize) -> Result<Vec<Envelope>> {
        let kept = lock(&self.kept);
        let events = kept
            .runs
            .get(&run)
            .map_or(&[][..], |run| run.events.as_slice());
        let after = usize::try_from(after.number()).unwrap_or(usize::MAX);
        Ok(events.iter().skip(after).take(limit).cloned().collect())
    }

    async fn head(&self, run: RunId) -> Result<Option<Head>> {
        Ok(lock(&self.kept).runs.get_mut(&run).and_then(Run::head))
    }

    async fn hash_at(&self, run: RunId, seq: Seq) -> Result<Option<Digest>> {
        let kept = lock(&self.kept);
        let Some(known) = kept.runs.get(&run) else {
            return Ok(None);
        };
        let mut hash = Digest::ZERO;
        for envelope in &known.events {
            hash = Digest::of_parts(&[hash.as_bytes(), Digest::of(envelope).as_bytes()]);
            if envelope.seq == seq {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    async fn verify(&self, run: Option<RunId>) -> Result<Verified> {
        let kept = lock(&self.kept);
        let checked = |(id, _): &(&RunId, &Run)| run.is_none_or(|run| run == **id);
        let runs: Vec<_> = kept
            .runs
            .iter()
            .filter(checked)
            .map(|(_, run)| run)
            .collect();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Verified {
            events: runs.iter().map(|run| count(run.events.len())).sum(),
            runs: count(runs.len()),
            seals: 0,
            damage: None,
        })
    }
}
