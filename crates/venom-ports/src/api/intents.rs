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

/// A sentence and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// The sentence.
    pub text: String,
    /// The intent; nothing if it means none of those that are known.
    pub intent: Option<String>,
}

/// Sentences that the classifier is tried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What is learned from; with nothing to judge, it is dealt into folds that judge each other.
    pub learn: Vec<Labelled>,
    /// What is judged.
    pub judge: Vec<Labelled>,
    /// How many folds there are.
    pub folds: usize,
    /// The seed of every draw.
    pub seed: u64,
    /// So many examples of each intent are learned from, if it is given.
    pub per_intent: Option<usize>,
}

/// What a trial of the classifier has shown. Shares are ten-thousandths, so that they read as per cent with two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The model whose vectors were used.
    pub model: String,
    /// Intents learned.
    pub intents: u64,
    /// Sentences learned from, in the last fold.
    pub learned: u64,
    /// Sentences with an intent that were judged.
    pub judged: u64,
    /// Sentences without one that were judged.
    pub out_of_scope: u64,
    /// Share of sentences with an intent whose likeliest intent is right.
    pub accuracy: u16,
    /// The same where refusing a sentence counts as wrong.
    pub accuracy_refusing: u16,
    /// Share of sentences without an intent that are refused, if there were any.
    pub out_of_scope_recall: Option<u16>,
    /// Area under the curve of telling the two kinds apart, if there were both.
    pub auroc: Option<u16>,
    /// Expected calibration error of the confidences, in 15 bins.
    pub calibration_error: u16,
    /// Share of sentences with an intent that are understood with a confidence of 0.8 or more.
    pub sure: u16,
    /// Share of those that are right.
    pub sure_and_right: u16,
    /// Median time to read a sentence, in microseconds.
    pub p50_us: u64,
    /// Time that 99 in 100 sentences stay below, in microseconds.
    pub p99_us: u64,
    /// Time to learn once, in milliseconds.
    pub learning_ms: u64,
}

/// Intents.
#[async_trait]
pub trait Intents: Send + Sync {
    /// Explains how a goal would be understood in a workspace.
    async fn explain(&self, goal: &str, workspace: &Path) -> Result<Explained, ApiError>;
}
