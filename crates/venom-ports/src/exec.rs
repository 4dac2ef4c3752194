//! Execution of commands.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::Tier;
use venom_kernel::digest::BlobId;
use venom_kernel::time::Millis;

use crate::Result;

/// A command to run. There is no shell: arguments arrive as they stand here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program: a name that is looked up on the search path, or an absolute path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Absolute path of the folder to run in.
    pub cwd: PathBuf,
    /// Variables beside the ones that every command gets. Nothing else of VENOM's own environment
    /// is passed on.
    pub env: BTreeMap<String, String>,
    /// What the command reads from its standard input.
    pub stdin: Vec<u8>,
    /// Longest time.
    pub timeout: Millis,
    /// How much output is kept, per stream.
    pub keep: Keep,
}

/// How many bytes of a stream are kept: its beginning and its end; the middle is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Bytes from the beginning.
    pub head: usize,
    /// Bytes from the end.
    pub tail: usize,
}

impl Default for Keep {
    /// Chosen: the report of a suite of 50,000 tests fits into 8 MiB.
    fn default() -> Self {
        Self {
            head: 4 << 20,
            tail: 4 << 20,
        }
    }
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output.
    pub stdout: Captured,
    /// Its standard error.
    pub stderr: Captured,
    /// How long it took.
    pub took: Millis,
    /// What isolation was in force.
    pub tier: Tier,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal, from outside or by its own fault.
    Signal(i32),
    /// It took too long; the whole tree of its processes was killed.
    TimedOut,
    /// It was not wanted any more; the whole tree of its processes was killed.
    Cancelled,
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// It wanted more processes than it may have.
    OutOfProcesses,
    /// It wanted to write more than it may.
    OutOfDisk,
}

/// What was kept of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured {
    /// The beginning.
    pub head: Vec<u8>,
    /// The end, if the stream was longer than the beginning.
    pub tail: Vec<u8>,
    /// Bytes between the two that were dropped.
    pub dropped: u64,
    /// The stream from its beginning, in pieces: only where something was dropped and the place could
    /// set it aside, see [`Cell::run_whole`](crate::sandbox::Cell::run_whole).
    pub whole: Vec<BlobId>,
}

impl Captured {
    /// Returns the text: invalid UTF-8 is replaced, and a line says where something is missing.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.dropped > 0 {
            text.push_str("\n[... ");
            text.push_str(&self.dropped.to_string());
            text.push_str(" bytes dropped ...]\n");
        }
        text.push_str(&String::from_utf8_lossy(&self.tail));
        text
    }
}

/// Hears lines of output while a command runs. Lines may be dropped when they come too fast.
pub type OnLine = Arc<dyn Fn(&str) + Send + Sync>;

/// Runs commands.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Runs a command to its end. When this returns or its future is dropped, no process of the
    /// command's tree is left. `Missing` if the program does not exist, `Refused` if it cannot be
    /// executed.
    async fn run(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished>;

    /// Looks a program up on the search path that commands get.
    fn find(&self, program: &str) -> Option<PathBuf>;

    /// Returns the isolation that commands get.
    fn tier(&self) -> Tier;
}
