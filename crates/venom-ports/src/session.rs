//! Sessions: commands that stay while steps come and go, such as a development server or a prompt.
//!
//! A session has a place of its own in the sandbox and never outlives its run. Its output is one stream,
//! as a terminal shows it: what it says on its standard error stands between what it says on its
//! standard output. Reading names a position in that stream, so that nothing is read twice and nothing
//! is lost between two readers.
//!
//! Two roles: [`Session`] is one that a [`Cell`](crate::sandbox::Cell) began; [`Sessions`] are those of a
//! run as a step sees them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::digest::BlobId;
use venom_kernel::id::SessionId;
use venom_kernel::time::Millis;

use crate::blob::BlobStore;
use crate::exec::{Command, Exit, Finished, OnLine};
use crate::{Failure, FailureKind, Result};

/// Sessions that a run may have at a time. Chosen: a few servers and prompts; each holds a sandbox with
/// its own share of memory.
pub const MOST: usize = 16;

/// The most bytes that one read gives. Chosen: as much as a result is shown of.
pub const LONGEST_READ: usize = 64 << 10;

/// What to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSpec {
    /// The command. Its `timeout` is the longest life; its `stdin` must be empty, because input is
    /// written when it runs. Output beyond the place's disk limit is dropped but for its last bytes, as `keep.tail` says.
    pub command: Command,
    /// The size of its terminal; without one it talks through pipes.
    pub terminal: Option<Size>,
    /// What it is, for people.
    pub label: String,
}

/// The size of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}

/// How a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// It has ended, and nothing of it is left but its output.
    Ended(Exit),
}

/// A piece of a session's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Where in the stream the piece begins: where it was asked for, or behind what was dropped.
    pub from: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where to read on.
    pub next: u64,
    /// Bytes between what was asked for and this piece that were not kept.
    pub dropped: u64,
    /// How the session was when this piece was the last of the stream. A session of which more can be
    /// read runs, for whoever reads it in order.
    pub state: State,
}

/// A signal that a session may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `INT`, as control-C sends it.
    Interrupt,
    /// `TERM`.
    Terminate,
    /// `HUP`, as a terminal sends it that is closed.
    Hangup,
    /// `QUIT`.
    Quit,
    /// `USR1`.
    User1,
    /// `USR2`.
    User2,
    /// `STOP`.
    Stop,
    /// `CONT`.
    Continue,
    /// `KILL`.
    Kill,
}

impl Signal {
    /// All signals.
    pub const ALL: [Self; 9] = [
        Self::Interrupt,
        Self::Terminate,
        Self::Hangup,
        Self::Quit,
        Self::User1,
        Self::User2,
        Self::Stop,
        Self::Continue,
        Self::Kill,
    ];

    /// Returns the name, as the `kill` command takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
            Self::Hangup => "HUP",
            Self::Quit => "QUIT",
            Self::User1 => "USR1",
            Self::User2 => "USR2",
            Self::Stop => "STOP",
            Self::Continue => "CONT",
            Self::Kill => "KILL",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Signal {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|signal| signal.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|signal| signal.name()).collect();
            Failure::new(FailureKind::Refused, "there is no signal of that name")
                .with_hint(format!("the names are {}", names.join(", ")))
        })
    }
}

/// What is left of a session that was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// How it ended.
    pub exit: Exit,
    /// Bytes that it printed in all.
    pub printed: u64,
    /// Bytes of them that were not kept.
    pub dropped: u64,
    /// What was kept, in pieces in the order of the stream; where something was dropped, the last piece
    /// is the end of the stream.
    pub output: Vec<BlobId>,
}

/// One line of the list of sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: SessionId,
    /// What it is.
    pub label: String,
    /// How it is.
    pub state: State,
    /// Bytes that it printed so far.
    pub printed: u64,
}

/// Why something was not done with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// There is none of that name any more, or there never was.
    #[error(
        "the session {0} is gone: it was stopped, or the run was paused or taken up again since"
    )]
    Gone(SessionId),
    /// It has ended by itself; its output can still be read.
    #[error("the session has ended already")]
    Ended,
    /// Its input was closed, by this side or by the command.
    #[error("nobody reads the input of the session any more")]
    InputClosed,
    /// It has no terminal.
    #[error("the session has no terminal")]
    NoTerminal,
    /// There are as many as there may be.
    #[error("there are {MOST} sessions already, which is as many as a run may have")]
    TooMany,
    /// The call has started one already.
    #[error("one call starts one session")]
    SecondOfCall,
    /// The run takes no sessions any more.
    #[error("the run comes to rest and takes no new session")]
    Closed,
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        let (kind, hint) = match error {
            SessionError::Gone(_) => (FailureKind::Missing, "start it again with `shell.start`"),
            SessionError::Ended => (
                FailureKind::Conflict,
                "`shell.read` shows what it said last",
            ),
            SessionError::InputClosed => (
                FailureKind::Conflict,
                "start a new session to send it more input",
            ),
            SessionError::NoTerminal => {
                (FailureKind::Refused, "start it with `terminal` set to true")
            }
            SessionError::TooMany => (FailureKind::Refused, "stop one with `shell.stop` first"),
            SessionError::SecondOfCall => (
                FailureKind::Refused,
                "start the other one in a step of its own",
            ),
            SessionError::Closed => (FailureKind::Retryable, "resume the run first"),
        };
        Self::new(kind, error.to_string()).with_hint(hint)
    }
}

/// One session that runs or has ended. Dropping it ends it with everything that it has started.
#[async_trait]
pub trait Session: Send + Sync {
    /// Reads from a position. If nothing is there yet, waits up to `wait` for something to come; an
    /// empty piece says that nothing came, or that the stream has ended.
    async fn read(&self, from: u64, wait: Millis) -> Result<Chunk>;

    /// Writes, and waits up to `wait` for the command to take all of it. Returns how many bytes were
    /// taken. [`SessionError::Ended`] or [`SessionError::InputClosed`] if nobody reads any more.
    async fn write(&self, bytes: &[u8], wait: Millis) -> Result<usize>;

    /// Ends the input, as control-D does in a terminal.
    async fn close_input(&self) -> Result<()>;

    /// Changes the size of the terminal; the command is told by the system.
    async fn resize(&self, size: Size) -> Result<()>;

    /// Sends a signal to the command's process group.
    async fn signal(&self, signal: Signal) -> Result<()>;

    /// Asks the command to end, and ends it with everything that it has started when it has not done so
    /// within `grace`. Ending what has ended already is no failure.
    async fn end(&self, grace: Millis) -> Result<Exit>;

    /// Waits until it has ended.
    async fn ended(&self) -> Exit;

    /// Returns how it is.
    fn state(&self) -> State;

    /// Returns how many bytes it printed so far.
    fn printed(&self) -> u64;

    /// Puts what was kept of the output into the content store. Memory is bounded, however much it is.
    async fn keep(&self, blobs: &dyn BlobStore) -> Result<Stopped>;
}

/// The sessions of a run, as one step may use them.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Begins one. It may use what the step may use, and reads the workspace: edits that the run commits
    /// meanwhile are seen.
    async fn start(&self, spec: SessionSpec) -> Result<SessionId>;

    /// Finds one; [`SessionError::Gone`] if there is none.
    fn find(&self, id: SessionId) -> Result<Arc<dyn Session>>;

    /// Runs another command beside a session, where it sees the same files and the same network. When
    /// the session ends, so does the command, and the failure is [`SessionError::Ended`].
    async fn run(
        &self,
        id: SessionId,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished>;

    /// Ends one, keeps its output, and forgets it.
    async fn stop(&self, id: SessionId, grace: Millis) -> Result<Stopped>;

    /// Lists them in the order in which they were started.
    fn list(&self) -> Vec<Listed>;
}

/// No sessions: for places where steps have none.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSessions;

#[async_trait]
impl Sessions for NoSessions {
    async fn start(&self, _spec: SessionSpec) -> Result<SessionId> {
        Err(SessionError::Closed.into())
    }

    fn find(&self, id: SessionId) -> Result<Arc<dyn Session>> {
        Err(SessionError::Gone(id).into())
    }

    async fn run(
        &self,
        id: SessionId,
        _command: Command,
        _cancel: CancellationToken,
        _on_line: Option<OnLine>,
    ) -> Result<Finished> {
        Err(SessionError::Gone(id).into())
    }

    async fn stop(&self, id: SessionId, _grace: Millis) -> Result<Stopped> {
        Err(SessionError::Gone(id).into())
    }

    fn list(&self) -> Vec<Listed> {
        Vec::new()
    }
}
