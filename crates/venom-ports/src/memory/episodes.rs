//! Episodes: finding what was said and done, adding to it, and forgetting.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::{Episode, EpisodeId};
use venom_kernel::time::Timestamp;

use crate::Result;

/// Something to be remembered that follows from no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id, if it has one already; otherwise one is made of what it says.
    pub id: Option<EpisodeId>,
    /// When it happened.
    pub time: Timestamp,
    /// Who speaks.
    pub speaker: String,
    /// The words.
    pub text: String,
    /// The conversation that it is part of, if it is part of one. What stands before and behind it there
    /// counts when it is searched for.
    pub thread: Option<String>,
    /// Who vouches for it.
    pub trust: Trust,
    /// Whether it is marked as important.
    pub is_pinned: bool,
}

/// What became of something that was to be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// It is remembered now.
    Added(EpisodeId),
    /// It was there before.
    Known(EpisodeId),
    /// It was forgotten on purpose and stays so.
    Forgotten(EpisodeId),
    /// It has no words, or its speaker has no name.
    Empty,
}

/// A mark that a user puts on an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It is not to be found any more, and its words are let go of where the memory's log holds them.
    Forget,
    /// It matters, however old it gets.
    Pin,
    /// It matters no more than others.
    Unpin,
}

/// A question to the episodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The words.
    pub words: String,
    /// What time it is where the question is asked, for words such as `yesterday`.
    pub now: Timestamp,
    /// How far the clock there is ahead of UTC, in seconds.
    pub offset: i32,
    /// Only what happened at or after this moment.
    pub since: Option<Timestamp>,
    /// Only what happened before this moment.
    pub until: Option<Timestamp>,
    /// Only what this speaker said.
    pub speaker: Option<String>,
    /// Only what is part of this conversation.
    pub thread: Option<String>,
    /// The most hits.
    pub limit: usize,
}

/// An episode with what is known about it beside its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The episode.
    pub episode: Episode,
    /// Whether it is pinned.
    pub is_pinned: bool,
    /// How often the same was said before it.
    pub repeated: u32,
    /// How much it matters now, in parts of ten thousand.
    pub importance: u16,
}

/// What one kind of evidence says for a hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The kind of evidence.
    pub name: String,
    /// How strong it is for this hit, from 0 to 1 among those that were compared.
    pub value: f32,
    /// How much the kind counts.
    pub weight: f32,
}

/// An episode that fits a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The episode.
    pub known: Known,
    /// The sum of its parts.
    pub score: f32,
    /// Why it stands where it stands.
    pub parts: Vec<Part>,
}

/// Where an answer was found: the nearest place that had it. Each is slower than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// L1: this process had answered the same already.
    Memory,
    /// L2: another process had, and left the answer in a cache that both use.
    Shared,
    /// L3: the vectors were searched.
    Vectors,
    /// L4: the rows had to be read from the disk before they could be searched.
    Disk,
}

impl Level {
    /// All of them, nearest first.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Shared, Self::Vectors, Self::Disk];

    /// Returns its short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "l1",
            Self::Shared => "l2",
            Self::Vectors => "l3",
            Self::Disk => "l4",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Which level of the cache answered.
    pub level: Level,
    /// Who found what is near in meaning.
    pub by: String,
    /// What did not go as it was set up to, if anything.
    pub notes: Vec<String>,
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// How the question was read: names that became filters, and times.
    pub read: Vec<String>,
    /// How many episodes were looked at.
    pub searched: u64,
}

/// What the episodes are and what they take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// How many there are.
    pub episodes: u64,
    /// How many were added by hand or by an import.
    pub notes: u64,
    /// How many are pinned.
    pub pinned: u64,
    /// How many were forgotten.
    pub forgotten: u64,
    /// The oldest and the newest moment.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Speakers with how much they said, most first; the first twenty.
    pub speakers: Vec<(String, u64)>,
    /// Bytes of the index in memory.
    pub index_bytes: u64,
    /// The model that made the vectors.
    pub model: String,
}

/// Episodes of all runs and those that users added.
///
/// Everything but what users added follows from the logs of runs and can be thrown away.
#[async_trait]
pub trait Episodes: Send + Sync {
    /// Adds episodes in one commit, and says of each what became of it. Adding the same again changes
    /// nothing. Secrets are masked before anything is stored.
    async fn add(&self, notes: Vec<Note>, by: &str, now: Timestamp) -> Result<Vec<Taken>>;

    /// Finds what fits a question, best first.
    async fn search(&self, asked: Asked) -> Result<Found>;

    /// Finds episodes whose id begins with a text; at most two, enough to see ambiguity.
    async fn find(&self, prefix: &str) -> Result<Vec<EpisodeId>>;

    /// Returns an episode; `now` is the moment at which its importance is weighed.
    async fn get(&self, id: EpisodeId, now: Timestamp) -> Result<Option<Known>>;

    /// Returns at most `limit` episodes behind a position, in the order in which they became known, each
    /// with its position. The first position is 1.
    async fn page(&self, after: u64, limit: usize, now: Timestamp) -> Result<Vec<(u64, Known)>>;

    /// Marks an episode; tells whether that changed anything. `Missing` if there is no such episode.
    async fn mark(&self, id: EpisodeId, mark: Mark, by: &str, now: Timestamp) -> Result<bool>;

    /// Counts.
    async fn stats(&self) -> Result<Stats>;
}
