//! The fold: each thing that was said or decided, in the order of time, changes what is believed.
//!
//! Rows are only ever added or closed. A weaker word than that of a row waits; an equal one closes it.

use std::collections::{BTreeMap, BTreeSet};

use super::belief::{Contradiction, Knowledge, Proposal, Row, Superseded, Support, resolved};
use super::journal::{Entry, Recorded};
use super::{Claim, FactId, Observation, Relation, Stance, confidence, is_believed};
use crate::confidence::Confidence;
use crate::id::RunId;
use crate::memory::Trust;
use crate::time::Timestamp;

/// The most certain that repetition makes anything, in thousandths.
const SUREST: u16 = 990;

/// Something that happened, in the order of time.
pub(super) enum Step<'a> {
    Observed(&'a Observation),
    Decided(&'a Recorded),
    Ended(RunId, bool),
}

/// A claim with who said it.
#[derive(Debug, Clone)]
struct Said {
    claim: Claim,
    time: Timestamp,
    support: Vec<Support>,
    trust: Trust,
    is_accepted: bool,
    names: BTreeSet<FactId>,
}

impl Said {
    const fn weight(&self) -> Trust {
        if self.is_accepted {
            Trust::User
        } else {
            self.trust
        }
    }
}

/// What was folded so far.
#[derive(Debug, Default)]
pub(super) struct Fold {
    aliases: BTreeMap<String, String>,
    only_aliases: bool,
    rows: Vec<Row>,
    /// Rows that are not superseded, by what they are about.
    live: BTreeMap<(String, Relation), Vec<usize>>,
    waiting: BTreeMap<FactId, (Proposal, BTreeSet<FactId>)>,
    rejected: BTreeSet<FactId>,
    contradictions: Vec<Contradiction>,
    outcomes: BTreeMap<RunId, bool>,
}

impl Fold {
    /// A fold that looks at aliases alone.
    pub(super) fn of_aliases() -> Self {
        Self {
            only_aliases: true,
            ..Self::default()
        }
    }

    /// A fold that calls things by what aliases resolve to.
    pub(super) fn with(aliases: BTreeMap<String, String>) -> Self {
        Self {
            aliases,
            ..Self::default()
        }
    }

    pub(super) fn run(&mut self, steps: &[(Timestamp, Step<'_>)]) {
        for (time, step) in steps {
            match step {
                Step::Observed(observation) => self.observe(observation),
                Step::Decided(recorded) => self.decide(*time, &recorded.entry),
                Step::Ended(run, is_success) => {
                    self.outcomes.insert(*run, *is_success);
                }
            }
        }
    }

    pub(super) fn aliases_found(&self) -> BTreeMap<String, String> {
        self.rows
            .iter()
            .filter(|row| row.superseded.is_none() && row.to.is_none())
            .filter(|row| row.subject != row.object)
            .map(|row| (row.subject.clone(), row.object.clone()))
            .collect()
    }

    pub(super) fn finish(self) -> Knowledge {
        let proposals = self.waiting.into_values();
        Knowledge {
            rows: self.rows,
            proposals: proposals.map(|(proposal, _)| proposal).collect(),
            contradictions: self.contradictions,
            aliases: self.aliases,
            outcomes: self.outcomes,
        }
    }

    fn observe(&mut self, observation: &Observation) {
        for claim in &observation.claims {
            if self.only_aliases && claim.relation != Relation::Alias {
                continue;
            }
            let support = Support {
                origin: observation.origin,
                time: observation.time,
                trust: observation.trust,
                speaker: observation.speaker.clone(),
                source: observation.source.clone(),
                sentence: claim.sentence.clone(),
            };
            let said = Said {
                names: [claim.id()].into(),
                claim: self.resolve(claim),
                time: observation.time,
                trust: observation.trust,
                support: vec![support],
                is_accepted: false,
            };
            if is_believed(observation.trust) {
                self.believe(said);
            } else {
                self.propose(said, None);
            }
        }
    }

    fn resolve(&self, claim: &Claim) -> Claim {
        let mut claim = claim.clone();
        if claim.relation == Relation::Alias {
            return claim;
        }
        claim.subject = resolved(&self.aliases, &claim.subject).to_owned();
        if !claim.relation.takes_text() {
            claim.object = resolved(&self.aliases, &claim.object).to_owned();
        }
        claim
    }

    fn believe(&mut self, said: Said) {
        match said.claim.stance {
            Stance::Holds => self.hold(said),
            Stance::Ended => self.end(&said),
        }
    }

    fn live_of(&self, subject: &str, relation: Relation) -> Vec<usize> {
        // A row that has an end counts for its time, and nothing can be closed there any more.
        self.live
            .get(&(subject.to_owned(), relation))
            .into_iter()
            .flatten()
            .copied()
            .filter(|place| self.rows.get(*place).is_some_and(|row| row.to.is_none()))
            .collect()
    }

    fn hold(&mut self, said: Said) {
        let claim = &said.claim;
        let (id, relation) = (claim.id(), claim.relation);
        let live = self.live_of(&claim.subject, relation);
        let same = live
            .iter()
            .copied()
            .find(|place| self.rows.get(*place).is_some_and(|row| row.id == id));
        if let Some(row) = same.and_then(|place| self.rows.get_mut(place)) {
            merge(row, said);
            return;
        }
        let begin = claim.from.unwrap_or(said.time);
        let mut end = claim.until;
        if relation.is_functional() {
            let stronger = live
                .iter()
                .filter_map(|place| self.rows.get(*place))
                .find(|row| said.weight() < row.weight())
                .map(|row| row.id);
            if let Some(stronger) = stronger {
                self.contradict(&said, stronger, stronger);
                self.propose(said, Some(stronger));
                return;
            }
            for place in live {
                let Some(row) = self.rows.get(place) else {
                    continue;
                };
                let (older, from, object) = (row.id, row.from, row.object.clone());
                if begin >= from {
                    let grows = relation == Relation::Version && is_later(&object, &claim.object);
                    if claim.is_change || claim.from.is_some() || said.is_accepted || grows {
                        self.settle(&claim.subject, relation);
                    } else {
                        self.contradict(&said, older, id);
                    }
                    self.close(place, said.time, Some(begin), Superseded::By(id));
                } else {
                    end = Some(end.map_or(from, |end| end.min(from)));
                }
            }
        }
        if let Some(opposite) = relation.opposite() {
            for place in self.live_of(&claim.subject, opposite) {
                let is_same = |row: &Row| row.object == claim.object;
                if self.rows.get(place).is_some_and(is_same) {
                    self.close(place, said.time, Some(begin), Superseded::By(id));
                }
            }
        }
        self.waiting.remove(&id);
        self.push(Row {
            id,
            subject: said.claim.subject,
            relation,
            object: said.claim.object,
            qualifier: said.claim.qualifier,
            from: begin,
            to: end,
            recorded: said.time,
            superseded: None,
            confidence: confidence(if said.is_accepted {
                Trust::User
            } else {
                said.trust
            }),
            trust: said.trust,
            is_accepted: said.is_accepted,
            is_kept: false,
            support: said.support,
            names: said.names,
        });
    }

    fn end(&mut self, said: &Said) {
        let id = said.claim.id();
        for place in self.live_of(&said.claim.subject, said.claim.relation) {
            if self.rows.get(place).is_some_and(|row| row.id == id) {
                let end = said.claim.from.unwrap_or(said.time);
                self.close(place, said.time, Some(end), Superseded::Ended);
            }
        }
    }

    fn push(&mut self, row: Row) {
        let key = (row.subject.clone(), row.relation);
        self.live.entry(key).or_default().push(self.rows.len());
        self.rows.push(row);
    }

    /// Closes a row; `end` says until when it held, if it is still true that it did.
    fn close(&mut self, place: usize, at: Timestamp, end: Option<Timestamp>, why: Superseded) {
        let Some(row) = self.rows.get_mut(place) else {
            return;
        };
        let held = end.filter(|end| row.from < *end).map(|end| Row {
            to: Some(end),
            recorded: at,
            ..row.clone()
        });
        row.superseded = Some((at, why));
        let key = (row.subject.clone(), row.relation);
        if let Some(live) = self.live.get_mut(&key) {
            live.retain(|other| *other != place);
        }
        if let Some(held) = held {
            self.push(held);
        }
    }

    fn propose(&mut self, said: Said, against: Option<FactId>) {
        let id = said.claim.id();
        let is_known = self
            .live_of(&said.claim.subject, said.claim.relation)
            .iter()
            .any(|place| self.rows.get(*place).is_some_and(|row| row.id == id));
        let is_refused = self.rejected.contains(&id) && against.is_none();
        // That something ended is believed of the user alone.
        if is_known || is_refused || said.claim.stance == Stance::Ended {
            return;
        }
        match self.waiting.entry(id) {
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let (proposal, names) = entry.get_mut();
                proposal.trust = proposal.trust.max(said.trust);
                proposal.against = proposal.against.or(against);
                add(&mut proposal.support, said.support);
                names.extend(said.names);
            }
            std::collections::btree_map::Entry::Vacant(entry) => {
                let proposal = Proposal {
                    id,
                    claim: said.claim,
                    trust: said.trust,
                    support: said.support,
                    against,
                };
                entry.insert((proposal, said.names));
            }
        }
    }

    fn contradict(&mut self, said: &Said, older: FactId, believed: FactId) {
        let newer = said.claim.id();
        let object = self
            .rows
            .iter()
            .rev()
            .find(|row| row.id == older)
            .map(|row| row.object.clone())
            .unwrap_or_default();
        let is_noted = self
            .contradictions
            .iter()
            .any(|known| known.older == older && known.newer == newer);
        if !is_noted {
            self.contradictions.push(Contradiction {
                subject: said.claim.subject.clone(),
                relation: said.claim.relation,
                older,
                older_object: object,
                newer,
                newer_object: said.claim.object.clone(),
                believed,
                time: said.time,
            });
        }
    }

    /// Nothing contradicts each other on this any more.
    fn settle(&mut self, subject: &str, relation: Relation) {
        self.contradictions
            .retain(|known| known.subject != subject || known.relation != relation);
    }

    fn decide(&mut self, time: Timestamp, entry: &Entry) {
        match entry {
            Entry::Accepted { fact, .. } => self.accept(time, *fact),
            Entry::Rejected { fact, .. } => self.reject(time, *fact),
            Entry::Consolidated { kept, evicted, .. } => {
                self.keep(kept);
                self.evict(time, evicted);
            }
            // What is given is observed, and what is unlearned was never taken in.
            Entry::Given { .. }
            | Entry::Unlearned { .. }
            | Entry::ConsolidationStarted { .. }
            | Entry::ConsolidationFinished { .. } => {}
        }
    }

    /// Finds what waits under a name.
    fn waiting_as(&self, id: FactId) -> Option<FactId> {
        let fits = |(key, (_, names)): &(&FactId, &(Proposal, BTreeSet<FactId>))| {
            **key == id || names.contains(&id)
        };
        self.waiting.iter().find(fits).map(|(key, _)| *key)
    }

    fn accept(&mut self, time: Timestamp, id: FactId) {
        let waiting = self.waiting_as(id).and_then(|id| self.waiting.remove(&id));
        if let Some((proposal, names)) = waiting {
            self.rejected.remove(&proposal.id);
            self.settle(&proposal.claim.subject, proposal.claim.relation);
            self.hold(Said {
                claim: proposal.claim,
                time,
                trust: proposal.trust,
                support: proposal.support,
                is_accepted: true,
                names,
            });
            return;
        }
        let Some(known) = self.rows.iter().rev().find(|row| row.is_named(id)).cloned() else {
            return;
        };
        self.settle(&known.subject, known.relation);
        self.reopen(time, known);
    }

    /// Holds again what a row said, from now on, on the user's word.
    fn reopen(&mut self, time: Timestamp, row: Row) {
        let sentence = row.support.last().map(|known| known.sentence.clone());
        self.hold(Said {
            claim: Claim {
                subject: row.subject,
                relation: row.relation,
                object: row.object,
                qualifier: row.qualifier,
                stance: Stance::Holds,
                is_change: true,
                from: None,
                until: None,
                sentence: sentence.unwrap_or_default(),
            },
            time,
            trust: row.trust,
            support: row.support,
            is_accepted: true,
            names: row.names,
        });
    }

    fn reject(&mut self, time: Timestamp, id: FactId) {
        if let Some(waiting) = self.waiting_as(id) {
            self.waiting.remove(&waiting);
            self.rejected.insert(waiting);
        }
        self.rejected.insert(id);
        let places: Vec<usize> = (0..self.rows.len())
            .filter(|place| {
                let fits = |row: &Row| row.is_named(id) && row.superseded.is_none();
                self.rows.get(*place).is_some_and(fits)
            })
            .collect();
        for place in places {
            self.close(place, time, None, Superseded::Rejected);
        }
        let (of, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.contradictions)
            .into_iter()
            .partition(|known| known.older == id || known.newer == id);
        self.contradictions = rest;
        for known in of.iter().filter(|known| known.newer == id) {
            // What it had replaced holds again.
            let older = self.rows.iter().rev().find(|row| row.id == known.older);
            if let Some(older) = older.cloned() {
                self.reopen(time, older);
            }
        }
    }

    fn keep(&mut self, kept: &[FactId]) {
        for row in &mut self.rows {
            if row.superseded.is_none() && kept.iter().any(|id| row.is_named(*id)) {
                row.is_kept = true;
            }
        }
    }

    fn evict(&mut self, time: Timestamp, evicted: &[FactId]) {
        for id in evicted {
            if let Some(waiting) = self.waiting_as(*id) {
                self.waiting.remove(&waiting);
            }
            let places: Vec<usize> = (0..self.rows.len())
                .filter(|place| {
                    let fits = |row: &Row| row.is_named(*id) && row.superseded.is_none();
                    self.rows.get(*place).is_some_and(fits)
                })
                .collect();
            for place in places {
                self.close(place, time, None, Superseded::Evicted);
            }
        }
    }
}

/// Takes another word for a fact in.
fn merge(row: &mut Row, said: Said) {
    let is_new = add(&mut row.support, said.support);
    row.names.extend(said.names);
    row.is_accepted |= said.is_accepted;
    if said.claim.qualifier.is_some() {
        row.qualifier = said.claim.qualifier;
    }
    row.to = said.claim.until.or(row.to);
    if said.trust > row.trust {
        row.trust = said.trust;
    }
    if is_new {
        let doubt = |sure: Confidence| 1_000_u32.saturating_sub(u32::from(sure.thousandths()));
        let left = doubt(row.confidence) * doubt(confidence(said.trust)) / 1_000;
        let sure = u16::try_from(1_000_u32.saturating_sub(left)).unwrap_or(SUREST);
        row.confidence = Confidence::from_thousandths(sure.min(SUREST)).max(row.confidence);
    }
}

/// Adds who says something, each origin once; tells whether there was a new one.
fn add(support: &mut Vec<Support>, more: Vec<Support>) -> bool {
    let before = support.len();
    for one in more {
        if support.iter().all(|known| known.origin != one.origin) {
            support.push(one);
        }
    }
    support.len() > before
}

/// Tells whether the second version is later than the first one: numbers are compared as numbers.
fn is_later(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        text.trim_start_matches('v')
            .split(['.', '-', '+'])
            .map(|part| part.parse::<u64>().ok())
            .collect::<Option<Vec<u64>>>()
    };
    match (parts(one), parts(other)) {
        (Some(one), Some(other)) => other > one,
        (None, _) | (_, None) => false,
    }
}
