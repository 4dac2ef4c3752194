//! Procedures: what a run learned to do, so that the same goal is reached again without a model.
//!
//! A verified run of an agent leaves a [`Procedure`]: its goal as a pattern, its plan, and for each step that
//! thought the calls that changed something, with what the files were before and after. The pattern has a
//! slot for each literal of the goal that the calls hold too: a path, a name, a number, a quoted text. Everything
//! is kept as it was said; another value takes the place of a literal when the procedure is filled, and a
//! literal is only a slot if putting a stranger in its place and taking it out again gives back what was.
//!
//! What holds is folded from the logs of runs, see [`known`]: procedures that were learned, what users decided
//! about them, and how their uses ended. Nothing here reads files: whether the guards hold is found out by the
//! engine and enters as part of an intent and of what an agent begins with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::{RunId, Seq, StepId, digest_id};
use crate::intent::Intent;
use crate::model::ToolCall;
use crate::plan::Plan;

mod fill;
mod learn;
mod literal;
mod note;

pub use fill::Filled;
pub use learn::{Deed, Unlearnable, deeds, learned};
pub use literal::{Kind, Slot};
pub use note::{Known, Note, Noted, known, noted};

digest_id!(
    /// Names a procedure: a digest of the place that it holds in and of its pattern, so that the same goal that is
    /// reached again in another way is a new version of the same procedure.
    ProcedureId, "skill", 12
);

/// The most calls that a step may have. What a model may wish for in one answer, see `agent::fold`.
pub const MOST_CALLS: usize = 32;
/// The most bytes that a procedure may have as JSON. Chosen: the edits of some dozen files; what is larger is
/// no procedure but a document.
pub const LARGEST: usize = 256 << 10;

/// What a run learned to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Procedure {
    /// Its name.
    pub id: ProcedureId,
    /// Absolute path of the workspace that it holds in.
    pub workspace: String,
    /// The goal, in the user's words.
    pub goal: String,
    /// The literals of the goal that may be others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Slot>,
    /// What was understood.
    pub intent: Intent,
    /// What was done.
    pub plan: Plan,
    /// What its steps that thought did.
    pub works: BTreeMap<StepId, Work>,
    /// Whether text that nobody here vouches for was part of what the model was told, so that only a user's
    /// word lets it be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_tainted: bool,
}

/// What a step that thought did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The calls that changed something, in order.
    pub calls: Vec<ToolCall>,
    /// The files that they changed, and those that the model had read.
    pub guards: Vec<Guard>,
    /// What the model said it had done.
    pub claim: String,
}

/// What a file must be for calls to be done again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The file.
    pub path: String,
    /// Digest of what it was before the calls; none if there was no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Digest>,
    /// Digest of what it was afterwards; none if there was no file any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Digest>,
    /// Whether each of the calls that changed it names the text that it changes, and so sees for itself
    /// whether it still can.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_anchored: bool,
}

impl Guard {
    /// Tells whether the calls only read the file.
    pub fn is_read(&self) -> bool {
        self.before == self.after
    }
}

/// Where a procedure stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The run that taught it.
    pub run: RunId,
    /// The event.
    pub seq: Seq,
}

/// A procedure that was taken for the goal of a run, or would have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The procedure.
    pub skill: ProcedureId,
    /// Where it stands in the log.
    pub source: Source,
    /// Its version.
    pub version: u32,
    /// Values that take the places of its literals, by slot; none where all are as they were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The guard that did not hold, if one did not: the goal was planned as any other then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<String>,
}

/// The calls that an agent begins with because an earlier run did them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The procedure.
    pub skill: ProcedureId,
    /// Where it stands in the log.
    pub source: Source,
    /// The calls; none if the files are already as the calls left them, or if a guard does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// What was said to be done by them.
    pub claim: String,
    /// The guard that does not hold, if one does not: a model works on the step then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<String>,
}

impl Recorded {
    /// Tells whether the step can do without a model.
    pub const fn holds(&self) -> bool {
        self.passed_over.is_none()
    }
}

#[cfg(test)]
mod tests;
