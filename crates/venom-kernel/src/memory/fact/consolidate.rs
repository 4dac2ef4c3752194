//! Consolidation: going through what is known in batches, keeping what matters and letting go of what
//! does not.
//!
//! A consolidation decides by what was known when it began, and goes through facts in the order of
//! their names. So one that was cut off goes on where its last batch ended and comes to the same.

use std::collections::{BTreeMap, BTreeSet};

use super::importance::{EVICT, KEEP, Signs, importance, is_stale};
use super::journal::{Entry, Recorded};
use super::{FactId, Knowledge};
use crate::time::Timestamp;

/// A consolidation that has begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// The entry that it began with.
    pub start: u64,
    /// When that was: what was said later does not count for it.
    pub at: Timestamp,
    /// The last fact that it looked at.
    pub last: Option<FactId>,
}

/// What a consolidation has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consolidation {
    /// Facts looked at.
    pub looked: u64,
    /// Facts kept for good.
    pub kept: BTreeSet<FactId>,
    /// Facts let go.
    pub evicted: BTreeSet<FactId>,
}

impl Consolidation {
    /// Sums the batches of the consolidation that began with an entry.
    pub fn of(journal: &[Recorded], began: u64) -> Self {
        let mut sum = Self::default();
        for recorded in journal {
            if let Entry::Consolidated {
                start,
                looked,
                kept,
                evicted,
                ..
            } = &recorded.entry
                && *start == began
            {
                sum.looked += u64::from(*looked);
                sum.kept.extend(kept);
                sum.evicted.extend(evicted);
            }
        }
        sum
    }
}

/// What one batch comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The last fact that it looks at.
    pub last: FactId,
    /// How many it looks at.
    pub looked: u32,
    /// Facts to keep that are not kept yet.
    pub kept: Vec<FactId>,
    /// Facts to let go.
    pub evicted: Vec<FactId>,
}

impl Batch {
    /// Returns the entry that says so.
    pub fn entry(self, start: u64) -> Entry {
        Entry::Consolidated {
            start,
            last: self.last,
            looked: self.looked,
            kept: self.kept,
            evicted: self.evicted,
        }
    }
}

/// Returns the consolidation that was cut off, if one was.
pub fn pending(journal: &[Recorded]) -> Option<Pending> {
    let mut open: Option<Pending> = None;
    for recorded in journal {
        match &recorded.entry {
            Entry::ConsolidationStarted { .. } => {
                open = Some(Pending {
                    start: recorded.number,
                    at: recorded.time,
                    last: None,
                });
            }
            Entry::Consolidated { start, last, .. } => {
                if let Some(open) = open.as_mut().filter(|open| open.start == *start) {
                    open.last = Some(*last);
                }
            }
            Entry::ConsolidationFinished { start } => {
                open = open.filter(|open| open.start != *start);
            }
            Entry::Given { .. }
            | Entry::Accepted { .. }
            | Entry::Rejected { .. }
            | Entry::Unlearned { .. } => {}
        }
    }
    open
}

/// Decides about the facts behind `after`, in batches of `size`.
pub fn batches(
    knowledge: &Knowledge,
    now: Timestamp,
    after: Option<FactId>,
    size: usize,
) -> Vec<Batch> {
    let surprising: BTreeSet<FactId> = knowledge
        .contradictions
        .iter()
        .flat_map(|known| [known.older, known.newer])
        .chain(knowledge.rows.iter().filter_map(|row| {
            match row.superseded.as_ref().map(|(_, why)| why) {
                Some(super::Superseded::By(by)) => Some(*by),
                Some(_) | None => None,
            }
        }))
        .collect();
    let mut judged: BTreeMap<FactId, Verdict> = BTreeMap::new();
    for row in knowledge.current(now) {
        let score = importance(
            &row.support,
            Signs {
                is_accepted: row.is_accepted,
                is_surprising: surprising.contains(&row.id),
            },
            knowledge,
            now,
        );
        let is_settled = row.is_kept || row.is_accepted;
        let verdict = match score {
            KEEP.. if !row.is_kept => Verdict::Keep,
            ..EVICT if !is_settled && is_stale(&row.support, now) => Verdict::Evict,
            _ => Verdict::Leave,
        };
        judged.insert(row.id, verdict);
    }
    for proposal in &knowledge.proposals {
        let score = importance(&proposal.support, Signs::default(), knowledge, now);
        let is_gone = score < EVICT && is_stale(&proposal.support, now);
        let verdict = if is_gone {
            Verdict::Evict
        } else {
            Verdict::Leave
        };
        judged.entry(proposal.id).or_insert(verdict);
    }
    let behind: Vec<(FactId, Verdict)> = judged
        .into_iter()
        .filter(|(id, _)| after.is_none_or(|after| *id > after))
        .collect();
    behind
        .chunks(size.max(1))
        .filter_map(|chunk| {
            let with = |wanted: Verdict| {
                chunk
                    .iter()
                    .filter(|(_, verdict)| *verdict == wanted)
                    .map(|(id, _)| *id)
                    .collect()
            };
            Some(Batch {
                last: chunk.last()?.0,
                looked: u32::try_from(chunk.len()).unwrap_or(u32::MAX),
                kept: with(Verdict::Keep),
                evicted: with(Verdict::Evict),
            })
        })
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    Evict,
    Leave,
}
