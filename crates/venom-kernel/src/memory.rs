//! Memory: what of all that was said and done may be wanted again.
//!
//! Three tiers live here. An [`episode`] is one thing that somebody said or did, with its time and its
//! speaker. Episodes follow from the logs of runs, except for those that the user adds: these stand in
//! the memory's own log, together with what is to be forgotten and what is to be kept. [`MemoryEvent`] is
//! the vocabulary of that log.
//!
//! A [`fact`] is what follows from statements about things, which [`extract`] reads out of words.
//!
//! A [`procedure`] is what a run learned to do, so that the same goal needs no model again.
//!
//! Nothing here searches: what fits a question is a matter of floats, and those live in `venom-mind`.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::Seq;
use crate::time::Timestamp;

pub mod episode;
pub mod extract;
pub mod fact;
pub mod procedure;

use self::episode::EpisodeId;

/// Who vouches for a text. Whatever is made of the text keeps the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Nobody here: a file, a web page, what a program printed, what was imported.
    Untrusted,
    /// A model said it.
    Model,
    /// VENOM found or decided it.
    Venom,
    /// The user said it.
    User,
}

impl Trust {
    /// All labels, least trusted first.
    pub const ALL: [Self; 4] = [Self::Untrusted, Self::Model, Self::Venom, Self::User];

    /// Returns the label's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::Model => "model",
            Self::Venom => "venom",
            Self::User => "user",
        }
    }
}

impl std::fmt::Display for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What happened to the memory itself. The vocabulary only grows, as that of runs does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
#[allow(
    clippy::enum_variant_names,
    reason = "an event says by its name which tier it is about"
)]
pub enum MemoryEvent {
    /// An episode was added by hand or by an import. Its words stand beside the event and can be let go
    /// of; the event keeps their digest.
    EpisodeAdded(Box<Added>),
    /// An episode is not to be found any more.
    EpisodeForgotten {
        /// The episode.
        id: EpisodeId,
        /// Who wanted it.
        by: String,
    },
    /// An episode matters, however old it gets.
    EpisodePinned {
        /// The episode.
        id: EpisodeId,
        /// Who wanted it.
        by: String,
    },
    /// An episode matters no more than others.
    EpisodeUnpinned {
        /// The episode.
        id: EpisodeId,
        /// Who wanted it.
        by: String,
    },
    /// Something was given to be learned, decided about facts, unlearned or consolidated.
    FactsNoted(Box<fact::Entry>),
}

impl MemoryEvent {
    /// Returns the name of the variant.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EpisodeAdded(_) => "EpisodeAdded",
            Self::EpisodeForgotten { .. } => "EpisodeForgotten",
            Self::EpisodePinned { .. } => "EpisodePinned",
            Self::EpisodeUnpinned { .. } => "EpisodeUnpinned",
            Self::FactsNoted(entry) => entry.name(),
        }
    }
}

/// An episode that did not follow from a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub id: EpisodeId,
    /// When it happened, which may be long before it was added.
    pub time: Timestamp,
    /// Who speaks in it.
    pub speaker: String,
    /// The conversation that it is part of, if it is part of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Who vouches for it.
    pub trust: Trust,
    /// Who added it.
    pub by: String,
    /// Digest of a salt and its words.
    pub words: Digest,
}

/// An event of the memory's log with what the log knows about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// Position in the memory's log, from 1.
    pub seq: Seq,
    /// When it was written.
    pub time: Timestamp,
    /// What happened.
    pub event: MemoryEvent,
    /// The words that belong to it; `None` if none do, or once they were let go of.
    pub words: Option<String>,
}
