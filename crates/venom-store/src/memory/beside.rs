//! The services beside the index: which ones there are, and what happens to a question when one fails.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use venom_ports::cache::{Lookups, SharedCache};
use venom_ports::{Failure, Result};

use super::elsewhere::Elsewhere;
use super::embedded::Embedding;
use crate::service::WhenDown;
use crate::service::graph::Mirror;

/// Who finds what is near where no service does.
pub(super) const OURS: &str = "the built-in index";

/// Services that stand beside the index.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    pub(crate) vectors: Option<Elsewhere>,
    pub(crate) graph: Option<Arc<Mirror>>,
    pub(crate) cache: Option<Shared>,
    pub(crate) when_down: WhenDown,
}

/// A cache that processes share.
#[derive(Clone)]
pub(crate) struct Shared(pub(crate) Arc<dyn SharedCache>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shared").field(&self.0.name()).finish()
    }
}

/// The services, once somebody named them, and what is counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Around {
    pub(crate) beside: Arc<OnceLock<Beside>>,
    pub(crate) embedding: Arc<OnceLock<Embedding>>,
    pub(crate) lookups: Arc<Lookups>,
}

/// What a provider's model made of a question, and what has to be said about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pointed {
    /// Vectors by the words that they are of; nothing where the table in the program makes them.
    pub(crate) vectors: Option<BTreeMap<String, Vec<f32>>>,
    pub(crate) notes: Vec<String>,
}

/// Who finds what is near, and what has to be said about it.
pub(super) struct Finding<'a> {
    pub(super) elsewhere: Option<&'a Elsewhere>,
    pub(super) vectors: Option<&'a BTreeMap<String, Vec<f32>>>,
    pub(super) when_down: WhenDown,
    pub(super) notes: Vec<String>,
}

impl Finding<'_> {
    /// Notes that a service failed, or fails with it.
    pub(super) fn fails(&mut self, failure: Failure) -> Result<()> {
        self.elsewhere = None;
        match self.when_down {
            WhenDown::Refuse => Err(refusal(failure)),
            WhenDown::Embedded => {
                tracing::warn!(%failure, "the built-in index answers");
                self.notes
                    .push(format!("{}; {OURS} answers", failure.message));
                Ok(())
            }
        }
    }
}

/// Says that a question is refused because a service does not answer, and how to have it answered.
pub(crate) fn refusal(failure: Failure) -> Failure {
    let hint = match failure.hint {
        Some(hint) => format!("{hint}; or set `when_down: embedded` in `memory`"),
        None => "set `when_down: embedded` in `memory` to be answered without it".to_owned(),
    };
    Failure::new(failure.kind, failure.message).with_hint(hint)
}
