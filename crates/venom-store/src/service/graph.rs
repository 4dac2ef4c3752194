//! The graph of what is believed: in memory, and how one elsewhere is kept the same.
//!
//! What is believed here is the truth. A service is brought to it by what it holds itself: everything is read
//! back, what is not believed is taken out, what lacks is put in. A mark that stands for all of it is set last, so
//! that the next question costs two requests and one that was cut off, emptied, brought back from an old copy or
//! changed by somebody else is seen by its mark or its count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use venom_kernel::digest::Digest;
use venom_kernel::memory::fact::FactId;
use venom_ports::memory::graph::{Edge, Graph, Standing};
use venom_ports::memory::vectors::Compared;
use venom_ports::{Failure, FailureKind, Result};

use super::WhenDown;
use crate::memory::beside::refusal;

/// Who answers where no service does.
const OURS: &str = "the built-in graph";
/// Facts that are read back at once.
const PAGE: usize = 1_000;

/// A graph in memory.
#[derive(Debug, Default)]
pub struct EmbeddedGraph {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    edges: BTreeMap<FactId, Edge>,
    mark: Option<String>,
}

impl EmbeddedGraph {
    /// Makes a graph of facts.
    pub fn of(edges: &[Edge]) -> Self {
        let edges = edges.iter().map(|edge| (edge.fact, edge.clone())).collect();
        Self {
            inner: Mutex::new(Inner { edges, mark: None }),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reached(&self, thing: &str, steps: u32) -> BTreeSet<String> {
        self.with(|inner| {
            let mut beside: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
            for Edge {
                subject, object, ..
            } in inner.edges.values()
            {
                beside.entry(subject).or_default().insert(object);
                beside.entry(object).or_default().insert(subject);
            }
            let mut near: BTreeSet<&str> = [thing].into();
            let mut edge = vec![thing];
            for _ in 0..steps {
                let further: BTreeSet<&str> = edge
                    .iter()
                    .filter_map(|thing| beside.get(thing))
                    .flatten()
                    .copied()
                    .filter(|thing| !near.contains(thing))
                    .collect();
                if further.is_empty() {
                    break;
                }
                near.extend(&further);
                edge = further.into_iter().collect();
            }
            near.into_iter().map(str::to_owned).collect()
        })
    }
}

impl Graph for EmbeddedGraph {
    fn name(&self) -> &str {
        OURS
    }

    fn open(&self) -> Result<String> {
        Ok(env!("CARGO_PKG_VERSION").to_owned())
    }

    fn put(&self, edges: &[Edge]) -> Result<()> {
        let edges = edges.iter().map(|edge| (edge.fact, edge.clone()));
        self.with(|inner| inner.edges.extend(edges));
        Ok(())
    }

    fn remove(&self, facts: &[FactId]) -> Result<()> {
        self.with(|inner| {
            for fact in facts {
                inner.edges.remove(fact);
            }
        });
        Ok(())
    }

    fn near(&self, thing: &str, steps: u32) -> Result<BTreeSet<String>> {
        Ok(self.reached(thing, steps))
    }

    fn count(&self) -> Result<u64> {
        Ok(self.with(|inner| inner.edges.len() as u64))
    }

    fn page(&self, after: Option<FactId>, limit: usize) -> Result<Vec<Edge>> {
        Ok(self.with(|inner| {
            let behind = inner.edges.values();
            behind
                .filter(|edge| after.is_none_or(|after| edge.fact > after))
                .take(limit)
                .cloned()
                .collect()
        }))
    }

    fn mark(&self) -> Result<Option<String>> {
        Ok(self.with(|inner| inner.mark.clone()))
    }

    fn set_mark(&self, mark: &str) -> Result<()> {
        self.with(|inner| inner.mark = Some(mark.to_owned()));
        Ok(())
    }

    fn clear(&self) -> Result<()> {
        self.with(|inner| *inner = Inner::default());
        Ok(())
    }
}

/// What is near a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The things, with the one that was asked for.
    pub things: BTreeSet<String>,
    /// Who found them.
    pub by: String,
    /// What did not go as it was set up to, if anything.
    pub notes: Vec<String>,
}

/// Finds what is near a thing without a service.
pub fn near(edges: &[Edge], thing: &str, steps: u32) -> Near {
    Near {
        things: EmbeddedGraph::of(edges).reached(thing, steps),
        by: OURS.to_owned(),
        notes: Vec::new(),
    }
}

/// A graph elsewhere that is kept as what is believed here. All verbs block.
pub struct Mirror {
    graph: Arc<dyn Graph>,
    lock: PathBuf,
    when_down: WhenDown,
    /// What the service said that it is.
    version: Mutex<Option<String>>,
}

impl std::fmt::Debug for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mirror")
            .field("service", &self.graph.name())
            .finish_non_exhaustive()
    }
}

impl Mirror {
    pub(crate) fn new(graph: Arc<dyn Graph>, lock: PathBuf, when_down: WhenDown) -> Self {
        Self {
            graph,
            lock,
            when_down,
            version: Mutex::new(None),
        }
    }

    /// Names the service.
    pub fn name(&self) -> &str {
        self.graph.name()
    }

    fn version(&self) -> Result<String> {
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = &*version {
            return Ok(version.clone());
        }
        Ok(version.insert(self.graph.open()?).clone())
    }

    fn close(&self) {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn is_told(&self, wanted: &Wanted<'_>) -> Result<bool> {
        let is_marked = self.graph.mark()?.as_deref() == Some(wanted.mark.as_str());
        Ok(is_marked && self.graph.count()? == wanted.edges.len() as u64)
    }

    /// Brings the service to what is believed here; false if another process is at it.
    pub fn follow(&self, edges: &[Edge]) -> Result<bool> {
        self.try_follow(&Wanted::of(edges))
            .inspect_err(|_| self.close())
    }

    fn try_follow(&self, wanted: &Wanted<'_>) -> Result<bool> {
        self.version()?;
        if self.is_told(wanted)? {
            return Ok(true);
        }
        let Some(_alone) = crate::private::alone(&self.lock)? else {
            return Ok(false);
        };
        // What cannot be read back, or holds the same fact twice, is made anew, once.
        for is_last in [false, true] {
            match self.bring(wanted) {
                Err(failure) if failure.kind == FailureKind::Corrupt && !is_last => {
                    tracing::warn!(%failure, "the graph is made anew");
                }
                Err(failure) => return Err(failure),
                Ok(()) if self.graph.count()? == wanted.edges.len() as u64 => {
                    self.graph.set_mark(&wanted.mark)?;
                    return Ok(true);
                }
                Ok(()) => {}
            }
            self.graph.clear()?;
        }
        Err(Failure::new(
            FailureKind::Refused,
            format!("{} does not hold what it was told", self.name()),
        )
        .with_hint("see whether somebody else changes what VENOM keeps there"))
    }

    fn bring(&self, wanted: &Wanted<'_>) -> Result<()> {
        let mut held: BTreeMap<FactId, Edge> = BTreeMap::new();
        loop {
            let after = held.last_key_value().map(|(fact, _)| *fact);
            let page = self.graph.page(after, PAGE)?;
            let is_last = page.len() < PAGE;
            held.extend(page.into_iter().map(|edge| (edge.fact, edge)));
            if is_last || held.last_key_value().map(|(fact, _)| *fact) == after {
                break;
            }
        }
        let gone: Vec<FactId> = held
            .keys()
            .filter(|fact| !wanted.edges.contains_key(fact))
            .copied()
            .collect();
        if !gone.is_empty() {
            self.graph.remove(&gone)?;
        }
        let lacking: Vec<Edge> = wanted
            .edges
            .values()
            .filter(|edge| held.get(&edge.fact) != Some(edge))
            .map(|edge| (*edge).clone())
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        self.graph.put(&lacking)
    }

    /// Finds what is near a thing, after the service was told what it does not know yet. While it does not
    /// answer, the built-in graph does, or the question is refused.
    pub fn near(&self, edges: &[Edge], thing: &str, steps: u32) -> Result<Near> {
        let found = self.follow(edges).and_then(|is_told| {
            if is_told {
                self.graph.near(thing, steps).map(Some)
            } else {
                Ok(None)
            }
        });
        let note = match found {
            Ok(Some(things)) => {
                return Ok(Near {
                    things,
                    by: self.name().to_owned(),
                    notes: Vec::new(),
                });
            }
            Ok(None) => format!(
                "another process is telling {} what is new; {OURS} answers",
                self.name()
            ),
            Err(failure) => {
                self.close();
                if self.when_down == WhenDown::Refuse {
                    return Err(refusal(failure));
                }
                tracing::warn!(%failure, "the built-in graph answers");
                format!("{}; {OURS} answers", failure.message)
            }
        };
        Ok(Near {
            notes: vec![note],
            ..near(edges, thing, steps)
        })
    }

    /// Says how the service stands, without telling it anything.
    pub fn standing(&self, edges: &[Edge]) -> Result<Standing> {
        self.close();
        let wanted = Wanted::of(edges);
        let version = self.version()?;
        Ok(Standing {
            version,
            facts: wanted.edges.len() as u64,
            held: self.graph.count()?,
            is_told: self.is_told(&wanted)?,
        })
    }

    /// Reads everything back and compares it with what is believed here.
    pub fn compare(&self, edges: &[Edge]) -> Result<Compared> {
        self.version()?;
        let mut lacking = Wanted::of(edges).edges;
        let mut compared = Compared::default();
        let mut after = None;
        loop {
            let page = self.graph.page(after, PAGE)?;
            for edge in &page {
                match lacking.remove(&edge.fact) {
                    Some(wanted) if wanted == edge => compared.same += 1,
                    Some(_) => compared.wrong += 1,
                    None => compared.foreign += 1,
                }
            }
            match page.last() {
                Some(last) if Some(last.fact) != after => after = Some(last.fact),
                _ => break,
            }
        }
        compared.wrong += lacking.len() as u64;
        Ok(compared)
    }

    /// Removes all that the service has of this data folder.
    pub fn clear(&self) -> Result<()> {
        let Some(_alone) = crate::private::alone(&self.lock)? else {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!("another process is telling {} what is new", self.name()),
            )
            .with_hint("try again when it is done"));
        };
        self.version()?;
        self.graph.clear()
    }
}

/// What a service is to hold, and the mark that stands for it.
struct Wanted<'a> {
    edges: BTreeMap<FactId, &'a Edge>,
    mark: String,
}

impl<'a> Wanted<'a> {
    fn of(edges: &'a [Edge]) -> Self {
        let edges: BTreeMap<FactId, &Edge> = edges.iter().map(|edge| (edge.fact, edge)).collect();
        let said: Vec<(FactId, u16, i64)> = edges
            .values()
            .map(|edge| (edge.fact, edge.confidence.thousandths(), edge.from.micros()))
            .collect();
        Self {
            mark: Digest::of(&said).to_string(),
            edges,
        }
    }
}
