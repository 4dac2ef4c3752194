//! Making records durable: one flush for all threads that wait, and what becomes of records whose
//! flush failed.
//!
//! After a failed flush the system may take the bytes for flushed although they are not. So they are
//! never flushed again where they stand: the next flush reads them, checks them, and writes them to
//! another pack. Until that has happened no flush succeeds.

use std::sync::{Arc, PoisonError};

use venom_ports::{Failure, FailureKind, Result};

use super::format::{Draft, Identity, MARK_AT, mark};
use super::index::Entry;
use super::{Handle, Packs, State, scan};

/// How much a pack may hold beyond its index when it is let go. Chosen: reading that much at the next
/// start takes a few milliseconds.
const UNCOVERED: u64 = 1 << 20;

/// What is to be flushed in one pack.
struct Batch {
    number: u32,
    file: Arc<dyn Handle>,
    identity: Identity,
    /// Where the last record ends.
    end: u64,
    entries: Vec<Entry>,
}

impl Packs {
    /// Makes everything durable that was written before the call.
    pub(crate) fn sync(&self) -> Result<()> {
        let wanted = self.state().appended;
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever held the lock may have flushed for this thread too.
        if *flushed >= wanted {
            return Ok(());
        }
        let (batches, appended) = {
            let mut state = self.state();
            self.rescue(&mut state)?;
            (state.take_pending()?, state.appended)
        };
        let mut failed = None;
        for batch in batches {
            if let Err(error) = batch.file.sync() {
                failed = Some(self.failure("cannot flush a pack", &error));
                self.state().owe(batch);
                continue;
            }
            let marked = batch
                .file
                .write_at(MARK_AT, &mark(batch.identity, batch.end));
            if let Err(error) = marked {
                // It only says later that these records were flushed.
                tracing::warn!(pack = batch.number, %error, "cannot mark what was flushed");
            }
            self.flushed_pack(&batch);
        }
        if let Some(failure) = failed {
            return Err(failure);
        }
        let mut state = self.state();
        if !state.lost.is_empty() {
            let text = format!(
                "{} blobs could not be flushed and not be read again",
                state.lost.len()
            );
            return Err(Failure::new(FailureKind::Unavailable, text)
                .with_hint("store them again; look at the system's log for errors of the disk"));
        }
        *flushed = appended;
        // A collection in another process may have removed packs that are still open here.
        if state.claims.is_stale() {
            self.refresh(&mut state)?;
        }
        Ok(())
    }

    /// Notes what was flushed, and writes the index of a pack that gets no more records.
    fn flushed_pack(&self, batch: &Batch) {
        let mut state = self.state();
        let is_tail = state.tail == Some(batch.number);
        let Some(pack) = state.catalogue.packs.get_mut(&batch.number) else {
            return;
        };
        pack.acked = pack.acked.max(batch.end);
        if !is_tail && pack.acked == pack.end {
            self.index(pack);
        }
    }

    fn index(&self, pack: &super::catalogue::Pack) {
        if let Err(error) = pack.write_index(&*self.disk, &self.places) {
            tracing::warn!(pack = pack.number, %error, "cannot write the index of a pack");
        }
    }

    /// Writes to another pack what could not be flushed where it stands.
    fn rescue(&self, state: &mut State) -> Result<()> {
        while let Some((number, entry)) = state.owed.last().copied() {
            let record = match state.catalogue.packs.get(&number) {
                Some(pack) => scan::record(&*pack.file, pack.identity, &entry)
                    .map_err(|error| self.failure("cannot read a blob again", &error))?,
                None => None,
            };
            let draft = record.and_then(|(header, bytes)| Draft::again(&header, bytes));
            if let Some(mut draft) = draft {
                self.append(state, &mut draft)?;
            } else {
                state.lost.insert(entry.id);
                if let Some(pack) = state.catalogue.packs.get_mut(&number) {
                    pack.forget(&entry.id);
                }
            }
            state.owed.pop();
        }
        Ok(())
    }
}

impl State {
    fn take_pending(&mut self) -> Result<Vec<Batch>> {
        let mut batches = Vec::new();
        for (number, entries) in &self.pending {
            let Some(pack) = self.catalogue.packs.get(number) else {
                let text = format!("pack {number} is gone while it was written");
                return Err(Failure::new(FailureKind::Unavailable, text));
            };
            batches.push(Batch {
                number: *number,
                file: Arc::clone(&pack.file),
                identity: pack.identity,
                end: pack.end,
                entries: entries.clone(),
            });
        }
        self.pending.clear();
        Ok(batches)
    }

    /// Notes that a pack could not be flushed; nothing is appended to it again.
    fn owe(&mut self, batch: Batch) {
        if self.tail == Some(batch.number) {
            self.tail = None;
        }
        let later = self.pending.remove(&batch.number).unwrap_or_default();
        let entries = batch.entries.into_iter().chain(later);
        self.owed.extend(entries.map(|entry| (batch.number, entry)));
    }
}

impl Drop for Packs {
    /// Leaves indexes behind, so that the next start need not read the packs.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for number in state.own.keys() {
            let Some(pack) = state.catalogue.packs.get(number) else {
                continue;
            };
            if pack.uncovered() > UNCOVERED
                && let Err(error) = pack.write_index(&*self.disk, &self.places)
            {
                tracing::warn!(pack = number, %error, "cannot write the index of a pack");
            }
        }
    }
}
