//! Learned skills: what runs learned to do without a model, and deciding about it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use venom_kernel::event::SkillVerdict;
use venom_kernel::id::Seq;
use venom_kernel::memory::procedure::Known;

use super::runs::ApiError;

/// Whether a learned skill is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Somebody approved of it.
    Approved,
    /// It held so often that it is used without being asked for.
    Habit,
    /// It waits for approval.
    Proposed,
}

impl Standing {
    /// Returns how it is said.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Habit => "by habit",
            Self::Proposed => "proposed",
        }
    }
}

/// A learned skill.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedSkill {
    /// What it is and how it went.
    pub known: Known,
    /// Whether it is used.
    pub standing: Standing,
}

/// What runs learned to do.
#[async_trait]
pub trait LearnedSkills: Send + Sync {
    /// Lists them, the newest first.
    async fn learned(&self) -> Result<Vec<LearnedSkill>, ApiError>;

    /// Writes down what somebody decided about one, in the run that taught it; returns the position of that event.
    async fn judge(&self, known: &Known, verdict: SkillVerdict, by: &str) -> Result<Seq, ApiError>;
}
