//! Who told what: which facts were told and not derived, and by which sources.
//!
//! One entry for each fact and source, on two chains: the entries of a fact, and those of a source.
//! An entry takes 28 bytes; a fact that nobody told takes four at most.

use std::collections::BTreeMap;

use crate::relation::NONE;
use crate::store::Pred;
use crate::value::Source;

#[derive(Clone, Copy, Debug)]
struct Entry {
    pred: u32,
    row: u32,
    source: Source,
    /// Entries of the same fact.
    newer: u32,
    older: u32,
    /// The next entry of the same source.
    next: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Told {
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// For each predicate and row the newest entry.
    newest: Vec<Vec<u32>>,
    sources: BTreeMap<Source, u32>,
}

impl Told {
    pub(crate) fn is_told(&self, pred: Pred, row: u32) -> bool {
        self.newest_of(pred, row) != NONE
    }

    fn newest_of(&self, pred: Pred, row: u32) -> u32 {
        let rows = self.newest.get(pred);
        let entry = rows.and_then(|rows| rows.get(row as usize));
        entry.copied().unwrap_or(NONE)
    }

    pub(crate) fn has_facts(&self, pred: Pred) -> bool {
        let rows = self.newest.get(pred);
        rows.is_some_and(|rows| rows.iter().any(|entry| *entry != NONE))
    }

    fn slot(&mut self, pred: Pred, row: u32) -> &mut u32 {
        if self.newest.len() <= pred {
            self.newest.resize(pred + 1, Vec::new());
        }
        let rows = &mut self.newest[pred];
        if rows.len() <= row as usize {
            rows.resize(row as usize + 1, NONE);
        }
        &mut rows[row as usize]
    }

    /// Notes that a source told a fact. Says whether that was not the last thing known about it.
    pub(crate) fn add(&mut self, pred: Pred, row: u32, source: Source) -> bool {
        let older = self.newest_of(pred, row);
        if older != NONE && self.entries[older as usize].source == source {
            return false;
        }
        let next = self.sources.get(&source).copied().unwrap_or(NONE);
        let entry = Entry {
            pred: u32::try_from(pred).unwrap_or(NONE),
            row,
            source,
            newer: NONE,
            older,
            next,
        };
        let place = if let Some(place) = self.free.pop() {
            self.entries[place as usize] = entry;
            place
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).unwrap_or(NONE)
        };
        if older != NONE {
            self.entries[older as usize].newer = place;
        }
        *self.slot(pred, row) = place;
        self.sources.insert(source, place);
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Forgets a source. Answers with the facts that nobody tells any more.
    pub(crate) fn remove(&mut self, source: Source) -> Vec<(Pred, u32)> {
        let mut orphans = Vec::new();
        let mut place = self.sources.remove(&source).unwrap_or(NONE);
        while place != NONE {
            let entry = self.entries[place as usize];
            if entry.newer != NONE {
                self.entries[entry.newer as usize].older = entry.older;
            } else {
                *self.slot(entry.pred as usize, entry.row) = entry.older;
            }
            if entry.older != NONE {
                self.entries[entry.older as usize].newer = entry.newer;
            }
            if entry.newer == NONE && entry.older == NONE {
                orphans.push((entry.pred as usize, entry.row));
            }
            self.free.push(place);
            place = entry.next;
        }
        orphans.sort_unstable();
        orphans
    }

    /// Who told a fact, each source once, in order.
    pub(crate) fn sources(&self, pred: Pred, row: u32) -> Vec<Source> {
        let mut sources = Vec::new();
        let mut place = self.newest_of(pred, row);
        while place != NONE {
            let entry = self.entries[place as usize];
            sources.push(entry.source);
            place = entry.older;
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// Follows the rows of a predicate to their new places.
    pub(crate) fn move_rows(&mut self, pred: Pred, places: &[u32]) {
        let Some(rows) = self.newest.get_mut(pred) else {
            return;
        };
        let old = std::mem::take(rows);
        for (newest, place) in old.into_iter().zip(places) {
            if newest == NONE || *place == NONE {
                continue;
            }
            *self.slot(pred, *place) = newest;
            let mut entry = newest;
            while entry != NONE {
                self.entries[entry as usize].row = *place;
                entry = self.entries[entry as usize].older;
            }
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        let words: usize = self.newest.iter().map(Vec::capacity).sum();
        let entries = self.entries.capacity() * size_of::<Entry>();
        // A node of the tree is about two thirds full.
        let sources = self.sources.len() * 18;
        (entries + (words + self.free.capacity()) * 4 + sources) as u64
    }
}
