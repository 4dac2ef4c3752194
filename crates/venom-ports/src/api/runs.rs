//! Runs: starting, steering and looking at them.

use std::path::PathBuf;
use std::pin::Pin;

use async_trait::async_trait;
use futures::Stream;
use serde::{Deserialize, Serialize};
use venom_kernel::event::{Envelope, RunOptions};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::run::RunState;

use super::report::Report;
use crate::Failure;
use crate::inbox::Command;
use crate::log::Verified;
use crate::projection::RunRow;

/// A goal to be reached.
#[derive(Debug, Clone, PartialEq)]
pub struct StartRun {
    /// The goal, in the user's words.
    pub goal: String,
    /// Absolute path of the folder to work in.
    pub workspace: PathBuf,
    /// Absolute path of the folder that the workspace is a scratch copy of.
    pub copy_of: Option<PathBuf>,
    /// How.
    pub options: RunOptions,
}

/// Why something that a user asked for was not done.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The goal is not usable: empty, too long, or not text.
    #[error("the goal cannot be used: {0}")]
    BadGoal(String),
    /// The workspace is not usable.
    #[error("the workspace cannot be used: {0}")]
    BadWorkspace(String),
    /// There is no such run.
    #[error("there is no run `{0}`")]
    NoSuchRun(String),
    /// More than one run fits.
    #[error("more than one run begins with `{0}`")]
    AmbiguousRun(String),
    /// There is no such thing in the run.
    #[error("run {run} has no {what}")]
    NoSuchPart {
        /// The run.
        run: RunId,
        /// What was asked for.
        what: String,
    },
    /// Another process works on the run.
    #[error("run {run} belongs to {owner}")]
    Owned {
        /// The run.
        run: RunId,
        /// Who owns it.
        owner: String,
    },
    /// The run does not take this now.
    #[error("run {run} cannot do this: {why}")]
    Refused {
        /// The run.
        run: RunId,
        /// Why.
        why: String,
    },
    /// The server does not know who asks.
    #[error("{0}")]
    NotLetIn(Failure),
    /// Something below failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// What a follower of a run hears.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// An event was appended.
    Event(Box<Envelope>),
    /// A line that shows progress; it is not in the log.
    Line {
        /// The step that it comes from.
        step: StepId,
        /// The line.
        line: String,
    },
    /// Nothing more will come until somebody does something.
    Rest(Rest),
}

/// Why nothing more comes from a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rest {
    /// It ended.
    Finished,
    /// It waits for answers.
    Asking,
    /// It waits for approvals and for nothing else.
    Approvals,
    /// It is paused and nothing is under way.
    Paused,
    /// No process works on it: its process died.
    Abandoned,
}

/// A stream of news.
pub type NewsStream = Pin<Box<dyn Stream<Item = Result<News, Failure>> + Send>>;

/// Runs.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Starts a run and works on it in this process.
    async fn start(&self, request: StartRun) -> Result<RunId, ApiError>;

    /// Takes up a run that nobody works on, in this process. Taking up a paused run resumes it.
    async fn resume(&self, run: RunId, by: &str) -> Result<(), ApiError>;

    /// Tells the process that works on a run what to do. If there is none, the command waits.
    /// Returns whether a process works on the run.
    async fn command(&self, run: RunId, command: Command, by: &str) -> Result<bool, ApiError>;

    /// Stops what is under way in this process, so that the runs can be resumed later; returns when
    /// nothing is under way any more.
    async fn interrupt(&self, by: &str);

    /// Gives the events of a run after a position, then news as they happen. The stream goes on
    /// after a [`News::Rest`] if `live`, and ends with it otherwise.
    async fn follow(&self, run: RunId, after: Seq, live: bool) -> Result<NewsStream, ApiError>;

    /// Lists runs, newest first.
    async fn list(&self, limit: usize) -> Result<Vec<RunRow>, ApiError>;

    /// Lists runs that are older than one, newest first; the newest of all if none is given.
    async fn page(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunRow>, ApiError>;

    /// Finds a run by its id, the beginning of its id (with or without `run_`), or `last`.
    async fn find(&self, text: &str) -> Result<RunId, ApiError>;

    /// Returns the events of a run after a position.
    async fn events(&self, run: RunId, after: Seq, limit: usize)
    -> Result<Vec<Envelope>, ApiError>;

    /// Folds a run, up to a position if one is given.
    async fn state(&self, run: RunId, at: Option<Seq>) -> Result<RunState, ApiError>;

    /// Makes the report of a run.
    async fn report(&self, run: RunId) -> Result<Report, ApiError>;

    /// Returns the value of a payload that lies in the content store or in place.
    async fn value(
        &self,
        payload: &venom_kernel::change::Payload,
    ) -> Result<serde_json::Value, ApiError>;

    /// Returns a blob.
    async fn blob(&self, id: &venom_kernel::digest::BlobId) -> Result<Vec<u8>, ApiError>;

    /// Checks the log.
    async fn verify_log(&self, run: Option<RunId>) -> Result<Verified, ApiError>;
}
