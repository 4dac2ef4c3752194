//! What becomes of snippets, by name.

use serde_json::Value;
use venom_kernel::time::Millis;
use venom_ports::exec::Exit;

use crate::schema;

/// What became of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It ran to its end and said that all went well.
    Ok,
    /// It ran to its end and said that something went wrong.
    Failed,
    /// It raised an exception in a kept interpreter, which goes on.
    Raised,
    /// There is no program to run.
    DoesNotCompile,
    /// It took too long and was stopped.
    TimedOut,
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// It wanted more processes than it may have.
    OutOfProcesses,
    /// It wanted to write more than it may.
    OutOfDisk,
    /// A signal ended it.
    Killed,
    /// It ended the interpreter that was to be kept.
    EndedInterpreter,
}

impl Outcome {
    const ALL: [Self; 10] = [
        Self::Ok,
        Self::Failed,
        Self::Raised,
        Self::DoesNotCompile,
        Self::TimedOut,
        Self::OutOfMemory,
        Self::OutOfProcesses,
        Self::OutOfDisk,
        Self::Killed,
        Self::EndedInterpreter,
    ];

    /// Returns the name in results.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Raised => "raised",
            Self::DoesNotCompile => "does-not-compile",
            Self::TimedOut => "timed-out",
            Self::OutOfMemory => "out-of-memory",
            Self::OutOfProcesses => "out-of-processes",
            Self::OutOfDisk => "out-of-disk",
            Self::Killed => "killed",
            Self::EndedInterpreter => "ended-interpreter",
        }
    }

    /// Tells what became of a program; `None` if nobody wanted it any more.
    pub(super) const fn of(exit: Exit) -> Option<Self> {
        Some(match exit {
            Exit::Code(0) => Self::Ok,
            Exit::Code(_) => Self::Failed,
            Exit::Signal(_) => Self::Killed,
            Exit::TimedOut => Self::TimedOut,
            Exit::OutOfMemory => Self::OutOfMemory,
            Exit::OutOfProcesses => Self::OutOfProcesses,
            Exit::OutOfDisk => Self::OutOfDisk,
            Exit::Cancelled => return None,
        })
    }

    /// Says it behind "the snippet".
    pub(super) fn said(self, code: Option<i32>, signal: Option<i32>, limit: Millis) -> String {
        match (self, code, signal) {
            (Self::Ok, ..) => "ran to its end".to_owned(),
            (Self::Failed, Some(code), _) => format!("failed with exit code {code}"),
            (Self::Failed, ..) => "failed".to_owned(),
            (Self::Raised, ..) => "raised an exception".to_owned(),
            (Self::DoesNotCompile, ..) => "does not compile".to_owned(),
            (Self::TimedOut, ..) => format!("was stopped after {limit}"),
            (Self::OutOfMemory, ..) => {
                "was stopped because it wanted more memory than it may have".to_owned()
            }
            (Self::OutOfProcesses, ..) => {
                "was stopped because it wanted more processes than it may have".to_owned()
            }
            (Self::OutOfDisk, ..) => {
                "was stopped because it wanted to write more than it may".to_owned()
            }
            (Self::Killed, _, Some(signal)) => format!("was ended by signal {signal}"),
            (Self::Killed, ..) => "was ended by a signal".to_owned(),
            (Self::EndedInterpreter, ..) => {
                "ended its interpreter, and what the snippets before it made is gone".to_owned()
            }
        }
    }
}

/// Describes it.
pub(super) fn schema() -> Value {
    schema::choice(&Outcome::ALL.map(Outcome::name), "What became of it.")
}
