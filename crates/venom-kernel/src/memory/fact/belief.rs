//! What is believed: rows with two times, and what is folded to them.
//!
//! Rows are only ever added or closed. A functional relation that gets another object closes the row
//! before it; where nobody said that something changed, the pair is noted as a contradiction, the
//! newer word of equal weight is believed, and a weaker one waits for the user. Names are resolved
//! through aliases first, so that an alias that is learned late counts for what was said early.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fold::{Fold, Step};
use super::journal::{Entry, Recorded, Target};
use super::{Claim, FactId, Observation, Origin, Relation, Saying};
use crate::confidence::Confidence;
use crate::id::{RunId, Seq};
use crate::memory::Trust;
use crate::memory::episode::EpisodeId;
use crate::time::Timestamp;

/// Longest chain of aliases that is followed. Chosen: nobody names a thing so often; it ends circles.
const ALIASES: usize = 8;

/// Who said something, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// Where.
    pub origin: Origin,
    /// When.
    pub time: Timestamp,
    /// How far it is trusted.
    pub trust: Trust,
    /// Who.
    pub speaker: String,
    /// What it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The words.
    pub sentence: String,
}

/// Why a row does not count any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Superseded {
    /// Another object took its place.
    By(FactId),
    /// It was said to have ended, or for how long it holds.
    Ended,
    /// The user took it for false.
    Rejected,
    /// Nobody needed it for long.
    Evicted,
}

/// A fact with its two times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The fact's name.
    pub id: FactId,
    /// What it is about.
    pub subject: String,
    /// What is said.
    pub relation: Relation,
    /// The other thing.
    pub object: String,
    /// What narrows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<String>,
    /// Since when it holds.
    pub from: Timestamp,
    /// Until when it holds, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Since when this row is believed.
    pub recorded: Timestamp,
    /// Since when it is not believed any more, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded: Option<(Timestamp, Superseded)>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The strongest label of those who said it.
    pub trust: Trust,
    /// Whether the user accepted it.
    pub is_accepted: bool,
    /// Whether consolidation keeps it for good.
    pub is_kept: bool,
    /// Who said it, in the order in which it was said.
    pub support: Vec<Support>,
    /// The names it has if aliases are not resolved.
    #[serde(skip)]
    pub(super) names: BTreeSet<FactId>,
}

impl Row {
    /// Tells whether the row counts and holds at a moment.
    pub fn is_current(&self, now: Timestamp) -> bool {
        self.superseded.is_none() && self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// Tells whether this was said under a name.
    pub fn is_named(&self, id: FactId) -> bool {
        self.id == id || self.names.contains(&id)
    }

    /// The weight against another word on the same thing.
    pub(super) const fn weight(&self) -> Trust {
        if self.is_accepted {
            Trust::User
        } else {
            self.trust
        }
    }
}

/// Something that waits for the user's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The fact's name.
    pub id: FactId,
    /// What is said.
    pub claim: Claim,
    /// The strongest label of those who said it.
    pub trust: Trust,
    /// Who said it.
    pub support: Vec<Support>,
    /// The belief that it contradicts, if that is why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<FactId>,
}

/// Two words on a thing that cannot both hold, where nobody said that something changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contradiction {
    /// What they are about.
    pub subject: String,
    /// What is said about it.
    pub relation: Relation,
    /// What was said first.
    pub older: FactId,
    /// Its object.
    pub older_object: String,
    /// What was said then.
    pub newer: FactId,
    /// Its object.
    pub newer_object: String,
    /// The one that is believed meanwhile.
    pub believed: FactId,
    /// When it was noticed.
    pub time: Timestamp,
}

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Knowledge {
    /// All rows, in the order in which they were recorded.
    pub rows: Vec<Row>,
    /// What waits for the user, by name.
    pub proposals: Vec<Proposal>,
    /// What contradicts each other and was not settled.
    pub contradictions: Vec<Contradiction>,
    /// Other names of things.
    pub aliases: BTreeMap<String, String>,
    /// How runs ended.
    pub outcomes: BTreeMap<RunId, bool>,
}

impl Knowledge {
    /// Returns the rows that count and hold at a moment, in the order in which they were recorded.
    pub fn current(&self, now: Timestamp) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.is_current(now))
    }

    /// Returns the name that a thing is known by.
    pub fn resolved<'a>(&'a self, name: &'a str) -> &'a str {
        resolved(&self.aliases, name)
    }
}

/// Folds what runs said and what the log of memory holds, up to a moment. What was unlearned later does
/// not count either: it is never recalled again.
pub fn knowledge(sayings: &[Saying], journal: &[Recorded], until: Option<Timestamp>) -> Knowledge {
    let forgotten = Forgotten::of(journal);
    let is_in_time = |time: Timestamp| until.is_none_or(|until| time <= until);
    let void = void(sayings);
    let mut steps: Vec<(Timestamp, Step<'_>)> = Vec::new();
    for (number, saying) in sayings.iter().enumerate() {
        if void.contains(&number) || !is_in_time(saying.time()) {
            continue;
        }
        match saying {
            Saying::Observed(observation) => {
                if !forgotten.covers(observation, None) {
                    steps.push((observation.time, Step::Observed(observation)));
                }
            }
            Saying::Ended {
                run,
                is_success,
                time,
            } => steps.push((*time, Step::Ended(*run, *is_success))),
            Saying::TakenBack { .. } | Saying::TakenOver { .. } => {}
        }
    }
    let given: Vec<(usize, Observation)> = journal
        .iter()
        .enumerate()
        .filter_map(|(place, recorded)| Some((place, recorded.observation()?)))
        .collect();
    for (place, observation) in &given {
        let number = journal.get(*place).map(|recorded| recorded.number);
        if is_in_time(observation.time) && !forgotten.covers(observation, number) {
            steps.push((observation.time, Step::Observed(observation)));
        }
    }
    for recorded in journal.iter().filter(|known| is_in_time(known.time)) {
        steps.push((recorded.time, Step::Decided(recorded)));
    }
    steps.sort_by_key(|(time, _)| *time);

    // Aliases first, then everything with the names that they resolve to.
    let aliases = {
        let mut fold = Fold::of_aliases();
        fold.run(&steps);
        fold.aliases_found()
    };
    let mut fold = Fold::with(aliases);
    fold.run(&steps);
    fold.finish()
}

/// What is not to count any more.
#[derive(Debug, Default)]
struct Forgotten<'a> {
    origins: BTreeSet<Origin>,
    runs: BTreeSet<RunId>,
    parts: Vec<(RunId, Seq, Seq)>,
    episodes: BTreeSet<EpisodeId>,
    /// Sources with the last entry and the last moment that wanted them forgotten: what is given
    /// again after that counts.
    sources: BTreeMap<&'a str, (u64, Timestamp)>,
}

impl<'a> Forgotten<'a> {
    fn of(journal: &'a [Recorded]) -> Self {
        let mut forgotten = Self::default();
        for recorded in journal {
            let Entry::Unlearned { what, .. } = &recorded.entry else {
                continue;
            };
            match what {
                Target::Origin(origin) => {
                    forgotten.origins.insert(*origin);
                }
                Target::Run(run) => {
                    forgotten.runs.insert(*run);
                }
                Target::Part { run, after, upto } => {
                    forgotten.parts.push((*run, *after, *upto));
                }
                Target::Source(source) => {
                    forgotten.episodes.extend(source.parse::<EpisodeId>());
                    forgotten
                        .sources
                        .insert(source.as_str(), (recorded.number, recorded.time));
                }
            }
        }
        forgotten
    }

    /// `number` is the observation's place in the log of memory, if it stands there.
    fn covers(&self, observation: &Observation, number: Option<u64>) -> bool {
        let of_source = observation.source.as_deref().is_some_and(|source| {
            self.sources
                .get(source)
                .is_some_and(|(until, time)| match number {
                    Some(number) => number < *until,
                    None => observation.time <= *time,
                })
        });
        let of_episode = !self.episodes.is_empty()
            && match observation.origin {
                Origin::Event { run, seq } => {
                    self.episodes.contains(&EpisodeId::of_event(run, seq))
                }
                Origin::Entry(_) => false,
            };
        let in_part = match observation.origin {
            Origin::Event { run, seq } => self
                .parts
                .iter()
                .any(|(of, after, upto)| *of == run && seq > *after && seq <= *upto),
            Origin::Entry(_) => false,
        };
        in_part
            || of_source
            || of_episode
            || self.origins.contains(&observation.origin)
            || observation
                .origin
                .run()
                .is_some_and(|run| self.runs.contains(&run))
    }
}

/// Returns the positions of what did not happen, or counts elsewhere.
fn void(sayings: &[Saying]) -> BTreeSet<usize> {
    let mut said: BTreeMap<RunId, Vec<(usize, Seq)>> = BTreeMap::new();
    let mut void = BTreeSet::new();
    for (number, saying) in sayings.iter().enumerate() {
        let (run, after) = match saying {
            Saying::Observed(observation) => {
                if let Origin::Event { run, seq } = observation.origin {
                    said.entry(run).or_default().push((number, seq));
                }
                continue;
            }
            Saying::TakenBack { run, to, .. } => (run, *to),
            Saying::TakenOver { run, .. } => (run, Seq::ZERO),
            Saying::Ended { .. } => continue,
        };
        let of = said.get(run).map(Vec::as_slice).unwrap_or_default();
        void.extend(of.iter().filter(|(_, seq)| *seq > after).map(|(n, _)| *n));
    }
    void
}

pub(super) fn resolved<'a>(aliases: &'a BTreeMap<String, String>, name: &'a str) -> &'a str {
    let mut name = name;
    for _ in 0..ALIASES {
        match aliases.get(name) {
            Some(next) => name = next,
            None => break,
        }
    }
    name
}
