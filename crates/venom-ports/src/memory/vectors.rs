//! Vectors that are kept elsewhere: a service that finds the nearest ones.
//!
//! It holds nothing that is not here too. What it gives are numbers of episodes; what they say, and where they
//! stand among the hits, is decided here, by the ranker that works without it.

use std::collections::BTreeMap;

use crate::Result;

/// A vector with what limits a search for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The number of the episode.
    pub number: u64,
    /// Its vector.
    pub vector: Vec<f32>,
    /// When it happened, in seconds since 1970.
    pub time: i64,
    /// A number for who speaks.
    pub speaker: u64,
    /// A number for the conversation.
    pub thread: Option<u64>,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sought {
    /// A vector.
    pub vector: Vec<f32>,
    /// The most that are wanted.
    pub wanted: usize,
    /// Only what happened in or after this second.
    pub since: Option<i64>,
    /// Only what happened in or before this second.
    pub until: Option<i64>,
    /// Only what one of these speakers said.
    pub speakers: Option<Vec<u64>>,
    /// Only what is part of this conversation.
    pub thread: Option<u64>,
}

/// A set of vectors of one model, for one data folder.
///
/// All verbs block until the service has answered, for some seconds at most. `Unavailable` says that nobody
/// answers in time, `Refused` that what answers cannot be used as it is (another service, another version,
/// other credentials), `Missing` that the set is gone from the service. All verbs but the reading ones can be
/// done again without harm.
pub trait Vectors: Send + Sync {
    /// Names the service for people, without anything secret.
    fn name(&self) -> &str;

    /// Makes the set if there is none, and returns the version of the service with a name for this very set:
    /// one that was removed and made again has another name.
    fn open(&self) -> Result<Opened>;

    /// Adds vectors, or puts them in the place of those of the same number. When it returns, a search finds
    /// them.
    fn put(&self, placed: &[Placed]) -> Result<()>;

    /// Takes vectors out; those that are not there count as taken out.
    fn remove(&self, numbers: &[u64]) -> Result<()>;

    /// Finds the nearest, nearest first.
    fn nearest(&self, sought: &Sought) -> Result<Vec<u64>>;

    /// Counts the vectors.
    fn count(&self) -> Result<u64>;

    /// Returns at most `limit` numbers behind the first `offset` ones, in an order that stays the same as long
    /// as nothing is added or taken out.
    fn numbers(&self, offset: u64, limit: usize) -> Result<Vec<u64>>;

    /// Returns vectors as they are kept.
    fn get(&self, numbers: &[u64]) -> Result<BTreeMap<u64, Vec<f32>>>;

    /// Removes the whole set.
    fn clear(&self) -> Result<()>;
}

/// A set that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The version that the service says it has.
    pub version: String,
    /// A name for this very set.
    pub set: String,
}

/// How a service with vectors stands to what is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The version that the service says it has.
    pub version: String,
    /// How many episodes there are here.
    pub episodes: u64,
    /// How many of them the service has yet to be told.
    pub behind: u64,
    /// How many vectors the service has.
    pub held: u64,
}

/// What came of comparing all that a service has with what is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Vectors that are the same on both sides.
    pub same: u64,
    /// Episodes here that the service does not have, or has with another vector.
    pub wrong: u64,
    /// Vectors that the service has and whose episodes that are not here.
    pub foreign: u64,
}

impl Compared {
    /// Tells whether both sides hold the same.
    pub const fn is_whole(&self) -> bool {
        self.wrong == 0 && self.foreign == 0
    }
}
