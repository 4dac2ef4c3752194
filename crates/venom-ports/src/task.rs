//! Tasks: the only way to do something beside something else.

use std::fmt;
use std::pin::Pin;

use tokio_util::sync::CancellationToken;

/// A unit of work that runs beside its creator.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a task is for, which says what its failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskKind {
    /// Drives one run; if it panics, the run can be resumed from its log.
    Run(String),
    /// Performs one effect; if it panics, that effect has failed.
    Effect(String),
    /// Serves other tasks; if it panics, the process is not usable any more.
    Service(String),
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(name) => write!(f, "run {name}"),
            Self::Effect(name) => write!(f, "effect {name}"),
            Self::Service(name) => write!(f, "service {name}"),
        }
    }
}

/// Starts tasks, knows them, and waits for them when the process ends.
pub trait Supervisor: Send + Sync {
    /// Starts a task. A panic inside `work` is caught, logged and reported to `on_panic`.
    fn start(&self, kind: TaskKind, work: Work, on_panic: Box<dyn FnOnce(String) + Send>);

    /// Returns the root of the cancellation tree: it is cancelled when the process is to end.
    fn root(&self) -> CancellationToken;

    /// Returns how many tasks are running.
    fn running(&self) -> usize;

    /// Waits until no task is running.
    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
