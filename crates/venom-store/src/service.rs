//! Services that may stand beside the embedded stores: what is known about them before they are asked.
//!
//! A service holds nothing that is not here too, so one that is gone costs time and nothing else. Whether
//! the embedded store answers in its place, or the question is refused, is the user's choice.
//!
//! Reading order: `rest` (leaving alone what failed), `http` (one request, one answer), [`chroma`], [`redis`], `bolt` (the
//! protocol of graph databases), [`neo4j`], [`graph`] (how a graph is kept as what is believed here).

pub mod chroma;
pub mod graph;
pub mod neo4j;
pub mod redis;

mod bolt;
mod http;
pub(crate) mod rest;

use std::sync::Arc;

use venom_ports::Result;
use venom_ports::cache::SharedCache;
use venom_ports::memory::graph::Graph;
use venom_ports::memory::vectors::Vectors;
use zeroize::Zeroizing;

use crate::memory::elsewhere::Elsewhere;

/// Reads what vouches for us, each time anew; `None` where nothing has to.
pub type Credentials = Arc<dyn Fn() -> Result<Option<Zeroizing<String>>> + Send + Sync>;

/// Returns whose certificates count.
pub type Roots = Arc<dyn Fn() -> std::result::Result<rustls::RootCertStore, String> + Send + Sync>;

/// What happens to a question while a service does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenDown {
    /// The embedded store answers, and the answer says so.
    #[default]
    Embedded,
    /// The question is refused.
    Refuse,
}

/// Makes the set of vectors for a name and the model that makes them.
pub type MakeVectors = Box<dyn Fn(&str, &str) -> Result<Arc<dyn Vectors>> + Send + Sync>;
/// Makes the graph for a name.
pub type MakeGraph = Box<dyn Fn(&str) -> Result<Arc<dyn Graph>> + Send + Sync>;
/// Makes the shared cache for a name that stands before its keys.
pub type MakeCache = Box<dyn Fn(&str) -> Result<Arc<dyn SharedCache>> + Send + Sync>;

/// The services of a configuration.
#[derive(Default)]
pub struct Services {
    /// Finds the nearest vectors.
    pub vectors: Option<MakeVectors>,
    /// Holds the graph of what is believed.
    pub graph: Option<MakeGraph>,
    /// Shares answers between processes.
    pub cache: Option<MakeCache>,
    /// What happens while one does not answer.
    pub when_down: WhenDown,
}

/// Services that are in use.
pub(crate) struct InUse {
    pub(crate) vectors: Option<Elsewhere>,
    pub(crate) graph: Option<Arc<dyn Graph>>,
    pub(crate) cache: Option<Arc<dyn SharedCache>>,
    pub(crate) when_down: WhenDown,
}

impl std::fmt::Debug for InUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InUse")
            .field(
                "vectors",
                &self.vectors.as_ref().map(|one| one.name().to_owned()),
            )
            .field(
                "graph",
                &self.graph.as_ref().map(|one| one.name().to_owned()),
            )
            .field(
                "cache",
                &self.cache.as_ref().map(|one| one.name().to_owned()),
            )
            .field("when_down", &self.when_down)
            .finish()
    }
}
