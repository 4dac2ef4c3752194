//! Judging what was found: which events are provably what was written, and what is lost.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::digest::Digest;
use venom_kernel::id::{RunId, Seq};

use super::find::{Candidate, Found};
use super::{Examined, LostEvent, RunLeft, Why};
use crate::log::{Text, chain};

/// Lost events of one run that are listed one by one. Chosen: a damaged head may claim any number.
const LISTED: u64 = 100_000;

/// Where an event that is kept was found: small number of the run, position, which candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) id: i64,
    pub(super) seq: u64,
    which: usize,
}

impl Place {
    /// Returns the event.
    pub(super) fn of<'a>(&self, found: &'a Found) -> Option<&'a Candidate> {
        found.events.get(&self.id)?.get(&self.seq)?.get(self.which)
    }
}

/// A run of which something is kept.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) run: RunId,
    pub(super) id: i64,
    pub(super) seq: u64,
    pub(super) hash: Digest,
    /// Whether events of it were written elsewhere.
    pub(super) is_imported: bool,
}

/// The verdict.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) kept: Vec<Kept>,
    /// The events that are kept, in the order in which they were committed.
    pub(super) order: Vec<Place>,
    sealed_to: u64,
    runs: Vec<RunLeft>,
    lost: Vec<LostEvent>,
}

impl Judged {
    pub(super) fn of(found: &Found) -> Self {
        let mut judged = Self::default();
        let mut placed: Vec<(u64, Place)> = Vec::new();
        let mut taken = BTreeSet::new();
        let ids: BTreeSet<i64> = found
            .events
            .keys()
            .chain(found.runs.keys())
            .copied()
            .collect();
        for id in ids {
            let (run, chain) = follow(found, id, &taken);
            let head = found.heads.get(&id).copied();
            if let (Some(run), Some((last, hash))) = (run, end(found, &chain)) {
                taken.insert(run);
                let mut after = 0;
                for place in &chain {
                    // Within a run the order is proven; over all runs it is what the rows say.
                    let global = place.of(found).map_or(after, |event| event.global);
                    after = global.max(after);
                    placed.push((after, *place));
                }
                judged.kept.push(Kept {
                    run,
                    id,
                    seq: last,
                    hash,
                    is_imported: is_imported(found, &chain),
                });
            }
            judged.tell(found, id, run, &chain, head);
        }
        placed.sort_by_key(|(global, place)| (*global, place.id, place.seq));
        judged.order = placed.into_iter().map(|(_, place)| place).collect();
        judged.sealed_to = sealed_to(found, &judged.order);
        judged
    }

    /// Says what is left of a run, and lists what is lost.
    fn tell(
        &mut self,
        found: &Found,
        id: i64,
        run: Option<RunId>,
        chain: &[Place],
        head: Option<(u64, Digest)>,
    ) {
        let kept = chain.len() as u64;
        let empty = BTreeMap::new();
        let events = found.events.get(&id).unwrap_or(&empty);
        // A row whose position was damaged may claim any; only those near what is known count.
        let known = kept.max(head.map_or(0, |(seq, _)| seq.min(kept + LISTED)));
        let mut until = known;
        while events.contains_key(&(until + 1)) {
            until += 1;
        }
        if run.is_none() && until == 0 {
            return;
        }
        if let Some(run) = run {
            self.runs.push(RunLeft {
                run,
                kept: Seq::new(kept),
                until: Seq::new(until),
                is_imported: is_imported(found, chain) || found.imports.contains_key(&id),
            });
        }
        for seq in kept + 1..=until {
            let candidates = events.get(&seq);
            let first = candidates.and_then(|all| all.first());
            self.lost.push(LostEvent {
                run,
                seq: Seq::new(seq),
                kind: first.and_then(name),
                time: first.map(|event| event.time),
                why: match first {
                    None => Why::Gone,
                    Some(_) if seq == kept + 1 => Why::Damaged,
                    Some(_) => Why::Behind,
                },
            });
        }
    }

    /// Returns the runs of which sealed events are kept.
    pub(super) fn sealed(&self, found: &Found) -> Vec<RunId> {
        let has_sealed = |id: i64| {
            let mut of_run = self.order.iter().filter(|place| place.id == id);
            of_run.any(|place| {
                let event = place.of(found);
                event.is_some_and(|event| matches!(event.body, Text::Sealed(_)))
            })
        };
        let sealed = self.kept.iter().filter(|kept| has_sealed(kept.id));
        sealed.map(|kept| kept.run).collect()
    }

    pub(super) fn examined(&self) -> Examined {
        Examined {
            events: self.order.len() as u64,
            sealed_to: self.sealed_to,
            runs: self.runs.clone(),
            lost: self.lost.clone(),
        }
    }
}

/// Finds out which run has this small number, and follows its chain.
fn follow(found: &Found, id: i64, taken: &BTreeSet<RunId>) -> (Option<RunId>, Vec<Place>) {
    let likely: Vec<RunId> = found.runs.get(&id).into_iter().flatten().copied().collect();
    let others = found.named.iter().filter(|run| !likely.contains(run));
    let all = likely
        .iter()
        .chain(others)
        .filter(|run| !taken.contains(run));
    for run in all {
        let chain = chain_of(found, id, *run);
        if !chain.is_empty() {
            return (Some(*run), chain);
        }
    }
    let likely = likely.first().filter(|run| !taken.contains(run)).copied();
    (likely, Vec::new())
}

fn chain_of(found: &Found, id: i64, run: RunId) -> Vec<Place> {
    let mut chain = Vec::new();
    let Some(events) = found.events.get(&id) else {
        return chain;
    };
    let (mut hash, mut time) = (Digest::ZERO, i64::MIN);
    for seq in 1.. {
        let candidates = events.get(&seq).map(Vec::as_slice).unwrap_or_default();
        let next = candidates
            .iter()
            .position(|event| event.time > time && event.follows(run, seq, &hash));
        let Some((which, event)) = next.and_then(|at| Some((at, candidates.get(at)?))) else {
            break;
        };
        (hash, time) = (event.hash, event.time);
        chain.push(Place { id, seq, which });
    }
    chain
}

/// Tells whether events of a chain were written elsewhere.
fn is_imported(found: &Found, chain: &[Place]) -> bool {
    chain
        .iter()
        .filter_map(|place| place.of(found))
        .any(|event| event.origin.is_some())
}

/// Returns position and hash of the last event of a chain.
fn end(found: &Found, chain: &[Place]) -> Option<(u64, Digest)> {
    let last = chain.last()?;
    Some((last.seq, last.of(found)?.hash))
}

/// Finds the last seal that what is kept still fits.
fn sealed_to(found: &Found, order: &[Place]) -> u64 {
    let mut roll = Digest::ZERO;
    let mut sealed_to = 0;
    for (due, place) in (1_u64..).zip(order) {
        let Some(event) = place.of(found).filter(|event| event.global == due) else {
            break;
        };
        roll = chain::roll(&roll, &event.rolled());
        let seals = found.seals.get(&due).into_iter().flatten();
        if seals.into_iter().any(|(_, root)| *root == roll) {
            sealed_to = due;
        }
    }
    sealed_to
}

/// Reads the name of an event, if its text is there for everybody to read.
fn name(event: &Candidate) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        r#type: String,
    }
    match &event.body {
        Text::Plain(text) => {
            let named: Named = serde_json::from_str(text).ok()?;
            let is_word = named.r#type.len() < 64
                && named
                    .r#type
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric());
            is_word.then_some(named.r#type)
        }
        Text::Sealed(_) => None,
    }
}
