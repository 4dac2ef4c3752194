//! Commands as plain processes of the user.
//!
//! Each command has a thread of its own that forks it, feeds and reads its pipes, and ends its
//! tree. One thread does both because the kernel ties the signal that a child gets when its parent
//! dies to the thread that forked it: the thread must live as long as the command. A future of
//! [`Executor::run`] only waits for that thread, so that dropping it can tell the thread to hurry
//! and then wait a moment for the tree to be gone.
//!
//! There is no isolation here: a command can do what its user can do. Limits are on time, output
//! and descendants only. The environment of VENOM is never read; whoever builds the executor says
//! what commands get. Listeners to lines are called on the command's thread: while one blocks, the
//! command is neither read from nor stopped.

pub(crate) mod capture;
pub(crate) mod lines;
pub(crate) mod lookup;
mod spawn;
mod supervise;
mod tree;

use std::collections::BTreeMap;
use std::io::{PipeWriter, Write as _};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::Tier;
use venom_kernel::time::Millis;
use venom_ports::exec::{Captured, Command, Executor, Exit, Finished, OnLine};
use venom_ports::{Failure, FailureKind, Result};

pub use self::tree::sweep_leftovers;

/// What every command gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Folders that programs are looked up in, in this order; they also make up the `PATH` of each
    /// command. Only absolute ones are used.
    pub search: Vec<PathBuf>,
    /// Variables of each command's environment beside `PATH`, such as `HOME` and `LANG`. A
    /// command's own variables win over these.
    pub variables: BTreeMap<String, String>,
}

/// Runs commands as plain processes.
#[derive(Debug)]
pub struct ProcessExecutor {
    settings: Settings,
    owner: tree::Owner,
}

impl ProcessExecutor {
    /// Makes an executor.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            owner: tree::Owner::this_process(),
        }
    }
}

#[async_trait]
impl Executor for ProcessExecutor {
    async fn run(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished> {
        if cancel.is_cancelled() {
            return Ok(never_started());
        }
        let job = supervise::Job {
            command,
            settings: self.settings.clone(),
            marker: self.owner.marker(),
            on_line,
        };
        let (mut running, answer) = Running::start(job)?;
        let mut answer = std::pin::pin!(answer);
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            () = cancel.cancelled() => {
                running.cancel();
                answer.await
            }
        };
        answered.unwrap_or_else(|_gone| {
            Err(Failure::new(
                FailureKind::Internal,
                "the thread that looked after a command broke down; the command was killed",
            ))
        })
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        lookup::find(program, &self.settings.search).ok()
    }

    fn tier(&self) -> Tier {
        Tier::Unconfined
    }
}

/// What is returned for a command that was cancelled before it began.
fn never_started() -> Finished {
    Finished {
        exit: Exit::Cancelled,
        stdout: Captured::default(),
        stderr: Captured::default(),
        took: Millis::ZERO,
        tier: Tier::Unconfined,
    }
}

/// The future's end of a running command. Dropping it makes the thread kill the command's tree.
struct Running {
    /// A byte cancels the command; closing it kills the command at once.
    control: Option<PipeWriter>,
    /// Closed when the thread is done with the command.
    done: mpsc::Receiver<()>,
}

impl Running {
    /// How long dropping waits for the tree to be gone. Chosen: longer than a tree needs to die of
    /// SIGKILL, shorter than a person waits for a program that hangs.
    const PATIENCE: Duration = Duration::from_secs(3);

    fn start(job: supervise::Job) -> Result<(Self, oneshot::Receiver<Result<Finished>>)> {
        let unavailable = |error: std::io::Error| {
            Failure::new(
                FailureKind::Retryable,
                format!("cannot start a command: {error}"),
            )
            .with_hint("wait until fewer commands run, or raise the limit with `ulimit`")
        };
        let (heard, control) = std::io::pipe().map_err(unavailable)?;
        let (answer_tx, answer) = oneshot::channel();
        let (done_tx, done) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("venom-command".to_owned())
            .spawn(move || {
                let _closed_at_the_end = done_tx;
                let finished = supervise::supervise(job, &heard);
                // Nobody listens any more when the future was dropped.
                let _ = answer_tx.send(finished);
            })
            .map_err(unavailable)?;
        Ok((
            Self {
                control: Some(control),
                done,
            },
            answer,
        ))
    }

    fn cancel(&mut self) {
        if let Some(control) = &mut self.control {
            // It only fails when the thread is already done.
            let _ = control.write_all(b"c");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.control = None;
        if self.done.recv_timeout(Self::PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("a dropped command is still not gone");
        }
    }
}
