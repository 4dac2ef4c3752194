//! What the memory gave, and what was learnt of models.

use std::collections::BTreeMap;

use venom_kernel::model::{Kind, ModelId};
use venom_kernel::route::Record;
use venom_ports::memory::episodes::{Found, Hit};

use super::editor::Line;

/// The page of the memory.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    /// What is looked for.
    pub(crate) line: Line,
    /// Whether it is being written.
    pub(crate) is_typing: bool,
    /// The question that was asked last.
    pub(crate) asked: Option<String>,
    /// What was found for it, once that is known.
    pub(crate) found: Option<Result<Box<Found>, String>>,
    /// The hit that is looked at.
    pub(crate) place: usize,
}

impl Recall {
    /// Returns the hits.
    pub(crate) fn hits(&self) -> &[Hit] {
        match &self.found {
            Some(Ok(found)) => &found.hits,
            Some(Err(_)) | None => &[],
        }
    }

    /// Returns the hit that is looked at.
    pub(crate) fn hit(&self) -> Option<&Hit> {
        self.hits().get(self.place)
    }
}

/// The page of the router.
#[derive(Debug)]
pub(crate) struct Learnt {
    /// The kind of work.
    pub(crate) kind: Kind,
    /// What was learnt of each model, once that is known.
    pub(crate) records: Option<Result<BTreeMap<ModelId, Record>, String>>,
}

impl Default for Learnt {
    fn default() -> Self {
        Self {
            kind: Kind::Code,
            records: None,
        }
    }
}

impl Learnt {
    /// Turns to the next kind of work, or to the one before.
    pub(crate) fn turn(&mut self, is_forth: bool) {
        let all = Kind::ALL;
        let here = all.iter().position(|kind| *kind == self.kind).unwrap_or(0);
        let by = if is_forth { 1 } else { all.len() - 1 };
        if let Some(kind) = all.get((here + by) % all.len()) {
            self.kind = *kind;
        }
    }
}
