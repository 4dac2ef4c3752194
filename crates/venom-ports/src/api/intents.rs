//! Intents: seeing how VENOM understands words, without doing anything.

use std::path::Path;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use venom_kernel::intent::Intent;

use super::runs::ApiError;

/// How a goal was understood, with the reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// What was understood.
    pub intent: Intent,
    /// The clauses that the goal was split into, with how each one matched.
    pub clauses: Vec<Clause>,
    /// How well the confidences are calibrated.
    pub calibration: Calibration,
}

/// One clause of a goal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clause {
    /// Its words.
    pub text: String,
    /// The best matches, best first.
    pub matches: Vec<Match>,
}

/// How a clause matched a playbook. Scores are thousandths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The playbook.
    pub playbook: String,
    /// Raw score.
    pub score: u16,
    /// Probability that it is right.
    pub confidence: u16,
    /// The utterance that was nearest.
    pub utterance: String,
    /// Words that both have.
    pub words: Vec<String>,
}

/// How well confidences fit what is right, measured by cross-fitting on the playbooks' utterances
/// left out one at a time and on goals that are out of scope. All figures are thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// How many sentences it was measured on.
    pub sentences: u32,
    /// Expected calibration error.
    pub error: u16,
    /// Share of left-out utterances that matched their own playbook.
    pub accuracy: u16,
    /// Share of out-of-scope goals that stay below the threshold for acting.
    pub refused: u16,
    /// Area under the curve of telling right from wrong by confidence.
    pub auroc: u16,
}

/// Intents.
#[async_trait]
pub trait Intents: Send + Sync {
    /// Explains how a goal would be understood in a workspace.
    async fn explain(&self, goal: &str, workspace: &Path) -> Result<Explained, ApiError>;
}
