//! What is believed as a graph that is kept elsewhere: things, and what is said between them.
//!
//! It holds nothing that is not here too. What it is asked for is which things are near; what is said of them
//! comes from here.

use std::collections::BTreeSet;

use venom_kernel::confidence::Confidence;
use venom_kernel::memory::fact::{FactId, Relation};
use venom_kernel::time::Timestamp;

use crate::Result;

/// A fact between two things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The fact.
    pub fact: FactId,
    /// What it is about.
    pub subject: String,
    /// What is said.
    pub relation: Relation,
    /// The other thing.
    pub object: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// Since when it holds.
    pub from: Timestamp,
}

/// The graph of one data folder.
///
/// All verbs block until the service has answered, for some seconds at most. `Unavailable` says that nobody
/// answers in time, `Refused` that what answers cannot be used as it is (another service, another version,
/// other credentials). All verbs can be done again without harm.
pub trait Graph: Send + Sync {
    /// Names the service for people, without anything secret.
    fn name(&self) -> &str;

    /// Gets ready to be told, and returns what the service says that it is.
    fn open(&self) -> Result<String>;

    /// Adds facts, or puts them in the place of those of the same name.
    fn put(&self, edges: &[Edge]) -> Result<()>;

    /// Takes facts out, and things that nothing is said of any more; facts that are not there count as taken out.
    fn remove(&self, facts: &[FactId]) -> Result<()>;

    /// Returns the things that can be reached in at most so many steps, in either direction. The thing itself is
    /// among them.
    fn near(&self, thing: &str, steps: u32) -> Result<BTreeSet<String>>;

    /// Counts the facts.
    fn count(&self) -> Result<u64>;

    /// Returns at most `limit` facts behind one, in the order of their names as text.
    fn page(&self, after: Option<FactId>, limit: usize) -> Result<Vec<Edge>>;

    /// Returns the mark that was last set; nothing if none was, or the graph was removed.
    fn mark(&self) -> Result<Option<String>>;

    /// Sets a mark: what it stands for is the caller's affair.
    fn set_mark(&self, mark: &str) -> Result<()>;

    /// Removes the whole graph with its mark.
    fn clear(&self) -> Result<()>;
}

/// How a service with a graph stands to what is believed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What the service says that it is.
    pub version: String,
    /// How many facts between things there are here.
    pub facts: u64,
    /// How many the service has.
    pub held: u64,
    /// Whether it was told of all that is believed here, and of nothing else.
    pub is_told: bool,
}
