//! What the memory's log says about facts: what the user gave, decided and took out, and what
//! consolidation did. This is a disk format: it only grows, as that of events does.
//!
//! Entries about what runs said name facts and never repeat them, so that what a run said goes with
//! the run's key.

use serde::{Deserialize, Serialize};

use super::{Claim, FactId, Observation, Origin};
use crate::id::{RunId, Seq};
use crate::memory::episode;
use crate::memory::extract::{self, Reading};
use crate::memory::{MemoryEvent, Noted, Trust};
use crate::time::Timestamp;

/// What is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// What one event or entry said.
    Origin(Origin),
    /// What a run said.
    Run(RunId),
    /// What was read from a source, such as a file or an address, before.
    Source(String),
    /// What a run said in a part of its log.
    Part {
        /// The run.
        run: RunId,
        /// The event behind which the part begins.
        after: Seq,
        /// Its last event.
        upto: Seq,
    },
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Origin(origin) => write!(f, "{origin}"),
            Self::Run(run) => write!(f, "{run}"),
            Self::Source(source) => f.write_str(source),
            Self::Part { run, after, upto } => write!(f, "{run} behind {after} up to {upto}"),
        }
    }
}

/// What happened to memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Entry {
    /// The user gave something to be learned.
    Given {
        /// What it was read from; nothing if the user said it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// How far it is trusted.
        trust: Trust,
        /// Who gave it.
        by: String,
        /// What it says.
        claims: Vec<Claim>,
    },
    /// The user took a proposal, or one side of a contradiction, for true.
    Accepted {
        /// The fact.
        fact: FactId,
        /// Who.
        by: String,
    },
    /// The user took it for false.
    Rejected {
        /// The fact.
        fact: FactId,
        /// Who.
        by: String,
    },
    /// Everything that was said there is to count no more.
    Unlearned {
        /// What.
        what: Target,
        /// Who wanted it.
        by: String,
    },
    /// A consolidation began. Everything that it decides follows from what was said until then.
    ConsolidationStarted {
        /// Who or what began it.
        by: String,
    },
    /// It went through some facts.
    Consolidated {
        /// The entry that it began with.
        start: u64,
        /// The last fact that it looked at; the next batch begins behind it.
        last: FactId,
        /// How many it looked at.
        looked: u32,
        /// Facts that are kept for good.
        kept: Vec<FactId>,
        /// Facts that are not recalled any more, unless they are said again.
        evicted: Vec<FactId>,
    },
    /// It came to its end.
    ConsolidationFinished {
        /// The entry that it began with.
        start: u64,
    },
}

impl Entry {
    /// Returns the name of the variant.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Given { .. } => "Given",
            Self::Accepted { .. } => "Accepted",
            Self::Rejected { .. } => "Rejected",
            Self::Unlearned { .. } => "Unlearned",
            Self::ConsolidationStarted { .. } => "ConsolidationStarted",
            Self::Consolidated { .. } => "Consolidated",
            Self::ConsolidationFinished { .. } => "ConsolidationFinished",
        }
    }
}

/// An entry as it stands in the memory's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its place, from 1.
    pub number: u64,
    /// When it was written.
    pub time: Timestamp,
    /// What happened.
    pub entry: Entry,
}

/// Returns the entries about facts among the events of the memory's log. What users added as an episode
/// of its own is read as their statement; turns of conversations that were imported are not.
pub fn entries(noted: &[Noted]) -> Vec<Recorded> {
    noted
        .iter()
        .filter_map(|noted| {
            Some(Recorded {
                number: noted.seq.number(),
                time: noted.time,
                entry: entry(noted)?,
            })
        })
        .collect()
}

fn entry(noted: &Noted) -> Option<Entry> {
    match &noted.event {
        MemoryEvent::FactsNoted(entry) => Some((**entry).clone()),
        MemoryEvent::EpisodeAdded(added) => {
            let text = noted.words.as_deref().filter(|_| added.thread.is_none())?;
            let reading = Reading {
                project: WE,
                user: &added.speaker,
                time: added.time,
            };
            let claims = extract::claims(&episode::kept(text)?, &reading);
            (!claims.is_empty()).then(|| Entry::Given {
                source: Some(added.id.to_string()),
                trust: added.trust,
                by: added.speaker.clone(),
                claims,
            })
        }
        // What an event of a run said goes with the episode that it is.
        MemoryEvent::EpisodeForgotten { id, by } => Some(Entry::Unlearned {
            what: Target::Source(id.to_string()),
            by: by.clone(),
        }),
        MemoryEvent::EpisodePinned { .. } | MemoryEvent::EpisodeUnpinned { .. } => None,
    }
}

/// What `we` is where nobody says which project it is.
const WE: &str = "we";

impl Recorded {
    /// Returns what an entry said, if it said something about the world.
    pub(super) fn observation(&self) -> Option<Observation> {
        let Entry::Given {
            source,
            trust,
            by,
            claims,
        } = &self.entry
        else {
            return None;
        };
        Some(Observation {
            origin: Origin::Entry(self.number),
            time: self.time,
            trust: *trust,
            speaker: by.clone(),
            source: source.clone(),
            claims: claims.clone(),
        })
    }
}
