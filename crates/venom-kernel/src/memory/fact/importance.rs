//! How much a fact matters: what consolidation keeps and what it lets go.
//!
//! Five parts of a thousand each, weighted: how recent, how often, how surprising, how the runs ended
//! that said it, and what the user had to do with it. Integers alone, so that it is the same everywhere.

use std::collections::BTreeSet;

use super::{Knowledge, Support};
use crate::memory::Trust;
use crate::time::Timestamp;

/// From here on a fact is kept for good (the seed's 0.7).
pub const KEEP: u16 = 700;
/// Below this a fact that nobody said for `STALE` days is let go. Chosen: what a program printed once
/// and nobody accepted, after it has lost its freshness.
pub const EVICT: u16 = 400;

/// Days after which something is not fresh any more. Chosen: a month of work.
const STALE: i64 = 30;
/// How often something has to be said to count as often said. Chosen.
const OFTEN: usize = 3;

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The weights, in thousandths; the user's word counts most. Chosen, and the sum is checked by a test.
pub(super) const RECENCY: u32 = 200;
pub(super) const FREQUENCY: u32 = 150;
pub(super) const SURPRISE: u32 = 150;
pub(super) const OUTCOME: u32 = 150;
pub(super) const MARKS: u32 = 350;

/// What is known of something beside who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs {
    /// The user accepted it.
    pub is_accepted: bool,
    /// It contradicted or replaced something.
    pub is_surprising: bool,
}

/// Returns how much something matters at a moment, in thousandths.
pub fn importance(support: &[Support], signs: Signs, knowledge: &Knowledge, now: Timestamp) -> u16 {
    let parts = [
        (RECENCY, recency(support, now)),
        (FREQUENCY, frequency(support)),
        (SURPRISE, if signs.is_surprising { 1_000 } else { 500 }),
        (OUTCOME, outcome(support, knowledge)),
        (MARKS, marks(support, signs.is_accepted)),
    ];
    let sum: u32 = parts.iter().map(|(weight, part)| weight * part).sum();
    u16::try_from(sum / 1_000).unwrap_or(u16::MAX).min(1_000)
}

/// Tells whether nobody said it for so long that it may be let go.
pub(super) fn is_stale(support: &[Support], now: Timestamp) -> bool {
    newest(support).is_none_or(|time| now.micros().saturating_sub(time.micros()) > STALE * DAY)
}

fn newest(support: &[Support]) -> Option<Timestamp> {
    support.iter().map(|one| one.time).max()
}

/// Halves with each month.
fn recency(support: &[Support], now: Timestamp) -> u32 {
    let Some(newest) = newest(support) else {
        return 0;
    };
    let age = now.micros().saturating_sub(newest.micros()).max(0);
    let months = u32::try_from(age / (STALE * DAY)).unwrap_or(u32::MAX);
    let into = u32::try_from(age % (STALE * DAY) * 1_000 / (STALE * DAY)).unwrap_or(0);
    let begin = 1_000_u32.checked_shr(months).unwrap_or(0);
    begin - begin / 2 * into / 1_000
}

fn frequency(support: &[Support]) -> u32 {
    let origins: BTreeSet<_> = support.iter().map(|one| one.origin).collect();
    let count = u32::try_from(origins.len().min(OFTEN)).unwrap_or(0);
    match count {
        0 => 0,
        1 => 400,
        2 => 800,
        _ => 1_000,
    }
}

/// The best end of the runs that said it.
fn outcome(support: &[Support], knowledge: &Knowledge) -> u32 {
    support
        .iter()
        .map(|one| match one.origin.run() {
            None => 500,
            Some(run) => match knowledge.outcomes.get(&run) {
                Some(true) => 1_000,
                Some(false) => 0,
                None => 500,
            },
        })
        .max()
        .unwrap_or(0)
}

fn marks(support: &[Support], is_accepted: bool) -> u32 {
    if is_accepted {
        return 1_000;
    }
    let strongest = support.iter().map(|one| one.trust).max();
    match strongest {
        Some(Trust::User) => 1_000,
        Some(Trust::Venom) => 500,
        Some(Trust::Model | Trust::Untrusted) | None => 0,
    }
}
