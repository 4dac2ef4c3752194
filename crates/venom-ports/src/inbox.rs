//! The inbox: how other processes tell the owner of a run what to do.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use venom_kernel::id::{ApprovalId, QuestionId, RunId};
use venom_kernel::time::Timestamp;

use crate::Result;

/// Something that a user wants of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Begin no new work.
    Pause,
    /// Go on.
    Resume,
    /// End the run; what is under way is stopped.
    Cancel,
    /// Agree to something, or do not.
    Decide {
        /// The request.
        approval: ApprovalId,
        /// Whether it is agreed to.
        agreed: bool,
        /// Why, if it is said.
        reason: Option<String>,
    },
    /// Answer a question.
    Answer {
        /// The question.
        question: QuestionId,
        /// The answer.
        answer: String,
    },
}

/// A command in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its number; later ones are higher.
    pub number: u64,
    /// The command.
    pub command: Command,
    /// Who wants it.
    pub by: String,
    /// When it was posted.
    pub time: Timestamp,
}

/// Keeps commands until the owner of the run has taken them. A posted command is durable.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Posts a command.
    async fn post(&self, run: RunId, command: Command, by: &str, time: Timestamp) -> Result<u64>;

    /// Returns the commands that are not marked as taken, oldest first.
    async fn pending(&self, run: RunId) -> Result<Vec<Posted>>;

    /// Marks a command as taken. The owner does this after its events are in the log, so that a
    /// crash in between shows the command again; commands are therefore judged by the state of the
    /// run, which refuses what was done already.
    async fn taken(&self, run: RunId, number: u64) -> Result<()>;
}
