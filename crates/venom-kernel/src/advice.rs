//! Advice: what a language model says about a goal or a plan before there is a step.
//!
//! A model may be asked what a goal means, and how it could be reached. What it says is advice: it is
//! checked and weighed against what is known without it. Like every fact from outside it enters as an
//! event, so that a run that is taken up again or replayed does not ask twice. The whole request lies in
//! the content store and is named by its hash; the answer lies there too, or in the event if it is short.
//!
//! What a call may cost is reserved in the run's ledger before it is made, as the calls of agents are.
//! The events for that name a step; [`step`] is the name that stands there.

use serde::{Deserialize, Serialize};

use crate::agent::Selected;
use crate::change::Payload;
use crate::digest::BlobId;
use crate::effect::Failure;
use crate::id::{EffectId, Seq, StepId};
use crate::model::Stop;
use crate::plan::Plan;
use crate::time::Millis;

/// Bytes of a token, before a model has counted any. Chosen as for agents: on the low side.
const BYTES: u64 = 3;
/// The name in events about budgets that mean no step but advice.
const STEP: &str = "advice";

/// Returns the name that stands in the place of a step's in events about the budget of advice. `None`
/// never happens: the name is one.
pub fn step() -> Option<StepId> {
    STEP.parse().ok()
}

/// What a model is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// What the goal means.
    Intent,
    /// How the goal could be reached: one proposal among several, by its number from 1.
    Plan(u8),
    /// The same once more, with what was wrong with the proposal of this number.
    Repair(u8),
}

impl Topic {
    /// Says it in words.
    pub fn words(self) -> String {
        match self {
            Self::Intent => "what the goal means".to_owned(),
            Self::Plan(number) => format!("plan {number}"),
            Self::Repair(number) => format!("plan {number}, put right"),
        }
    }

    /// Tells whether it is about a plan.
    pub const fn is_plan(self) -> bool {
        match self {
            Self::Intent => false,
            Self::Plan(_) | Self::Repair(_) => true,
        }
    }
}

/// A question to a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What about.
    pub topic: Topic,
    /// Why it is asked at all, for people.
    pub because: String,
    /// The model, and why this one.
    pub selected: Selected,
    /// The whole request, in the content store.
    pub request: BlobId,
    /// Its length in bytes, of which its tokens are estimated.
    pub bytes: u64,
    /// The most tokens of the answer.
    pub answer: u32,
    /// The longest time for it.
    pub within: Millis,
}

impl Ask {
    /// Estimates how many tokens are read.
    pub const fn prompt(&self) -> u64 {
        self.bytes / BYTES + 1
    }
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heard {
    /// The model answered.
    Answered {
        /// Its words: a text.
        text: Payload,
        /// Why the answer ended.
        stop: Stop,
        /// How long it took.
        took: Millis,
    },
    /// It did not.
    Failed(Failure),
    /// Nobody heard the end, because the run was interrupted.
    Stopped,
}

/// A question with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The call.
    pub effect: EffectId,
    /// The question.
    pub ask: Ask,
    /// What came of it; none while the call is under way.
    pub heard: Option<Heard>,
    /// The event of the question.
    pub seq: Seq,
}

/// A proposal of a plan, as it was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// Its number, from 1.
    pub number: u8,
    /// Whether it was put right first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repaired: bool,
    /// How many steps it has.
    pub steps: u16,
    /// How many parts of the goal it covers.
    pub covers: u16,
    /// What it would take, if it can be run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<crate::plan::Quote>,
    /// Why it cannot be run; none if it can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Whether it was taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_chosen: bool,
}

impl Considered {
    /// Tells whether it can be run.
    pub const fn is_feasible(&self) -> bool {
        self.faults.is_empty() && self.quote.is_some()
    }
}

/// Chooses among proposals that can be run: the one that covers most of the goal, then the one that
/// costs least, then the quickest, then the shortest. Returns its position.
pub fn best(proposals: &[(Considered, Option<Plan>)]) -> Option<usize> {
    let feasible = proposals
        .iter()
        .enumerate()
        .filter(|(_, (considered, plan))| considered.is_feasible() && plan.is_some());
    feasible
        .min_by_key(|(_, (considered, _))| {
            let quote = considered.quote;
            (
                std::cmp::Reverse(considered.covers),
                quote.map(|quote| quote.expected.cost_p50),
                quote.map(|quote| quote.expected.p50),
                considered.steps,
                considered.number,
            )
        })
        .map(|(position, _)| position)
}

#[cfg(test)]
mod tests;
