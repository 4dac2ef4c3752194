//! How a run is to be done: what its user settled when it began, and what a fork of it does in another way;
//! what a user decides about what it taught, and which part of it goes back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::agent::Selected;
use crate::attachment::Attachment;
use crate::budget::Allowance;
use crate::digest::BlobId;
use crate::id::{RunId, StepId};
use crate::model::ModelId;
use crate::money::MicroUsd;
use crate::plan::Plan;
use crate::route::Prefer;
use crate::time::Millis;

/// What a fork does in another way than the run that it comes from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Otherwise {
    /// The model that the user wants from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// The most money that the fork may spend, what the other run had spent included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<MicroUsd>,
    /// Who thinks from here on for the agents that are at work.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub thinkers: BTreeMap<StepId, Selected>,
    /// Another plan for what is left to do. Steps that were done and that stand in it as they stood stay
    /// done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Whether the fork only shows what another model would have done: calls that are made as the other
    /// run made them are answered with what it recorded, and nothing leaves the fork's own copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub what_if: bool,
}

impl Otherwise {
    /// Tells whether all is done in the same way.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// How a run is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOptions {
    /// How many steps may run at once.
    pub max_parallel: u16,
    /// Longest time for the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// Whether every approval is given in advance.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approve_all: bool,
    /// Whether to stop after the plan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plan_only: bool,
    /// Whether the workspace is captured before each step that may change something, so that the run
    /// can be taken back. Runs of versions that could not do it have no snapshots.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snapshots: bool,
    /// Whether answers of earlier runs are left alone, so that what is not clear is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_preferences: bool,
    /// The most money that the run may spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cost: Option<MicroUsd>,
    /// The model that the user wants, whatever else could think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// The run that this one follows in a conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<RunId>,
    /// A plan that somebody has read and agreed to, with its intent; nothing else is understood or
    /// planned then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<BlobId>,
    /// Whether nothing may be sent to models that are not the user's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local_only: bool,
    /// What is preferred where models differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefer: Option<Prefer>,
    /// What else limits what the run may spend.
    #[serde(default, skip_serializing_if = "Allowance::is_empty")]
    pub budget: Allowance,
    /// Whether somebody is there to be asked when a cap is met; otherwise the work ends there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_budget: bool,
    /// Files and pictures that belong to the goal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attachment>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            max_parallel: 4,
            timeout: None,
            approve_all: false,
            plan_only: false,
            snapshots: false,
            no_preferences: false,
            max_cost: None,
            model: None,
            follows: None,
            plan: None,
            local_only: false,
            prefer: None,
            budget: Allowance::default(),
            asks_budget: false,
            attached: Vec::new(),
        }
    }
}

/// What somebody decided about a procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkillVerdict {
    /// It is used without asking.
    Approved,
    /// It is not used any more.
    Forgotten,
}

impl SkillVerdict {
    /// Returns a word for the verdict.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Forgotten => "forgotten",
        }
    }
}

/// A part of the state that can be gone back to by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatePart {
    /// All of it: what was understood, asked, planned, agreed to and done.
    All,
    /// The plan with its steps and what was agreed to about them; what was understood stays.
    Plan,
}

impl StatePart {
    /// Says it in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "the state",
            Self::Plan => "the plan",
        }
    }
}
