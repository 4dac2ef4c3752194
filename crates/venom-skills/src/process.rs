//! Running a program in the workspace: what every skill does the same way.

use std::collections::BTreeMap;
use std::path::PathBuf;

use venom_kernel::change::RelPath;
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Exit, Finished, Keep};
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, FailureKind, Result};

/// Returns the absolute path of a folder of the workspace.
pub(crate) fn folder(context: &SkillContext, path: &RelPath) -> PathBuf {
    if path.is_root() {
        context.root.clone()
    } else {
        context.root.join(path.as_str())
    }
}

/// Makes a command out of words.
pub(crate) fn command(argv: &[String], cwd: PathBuf, timeout: Millis) -> Command {
    let (program, args) = argv
        .split_first()
        .map_or((String::new(), &[][..]), |(first, rest)| {
            (first.clone(), rest)
        });
    Command {
        program,
        args: args.to_vec(),
        cwd,
        env: BTreeMap::new(),
        stdin: Vec::new(),
        timeout,
        keep: Keep::default(),
    }
}

/// Runs a command to its end. One that was stopped because nobody wants it any more is a failure;
/// one that took too long is for the caller to judge.
pub(crate) async fn run(
    context: &SkillContext,
    command: Command,
    heard: Heard,
) -> Result<Finished> {
    let program = command.program.clone();
    let on_line = match heard {
        Heard::Shown => Some(context.on_line.clone()),
        Heard::Kept => None,
    };
    let finished = context
        .exec
        .run(command, context.cancel.clone(), on_line)
        .await;
    settled(&program, finished)
}

/// Judges what came of a command: see [`run`].
pub(crate) fn settled(program: &str, finished: Result<Finished>) -> Result<Finished> {
    let finished = finished.map_err(|failure| match (failure.kind, &failure.hint) {
        (FailureKind::Missing, None) => failure.with_hint(format!(
            "install `{program}` and see that it is on the PATH"
        )),
        _ => failure,
    })?;
    match Ending::of(finished.exit) {
        Ending::Stopped(stop) if stop.is_unwanted => {
            Err(Failure::new(stop.kind, format!("`{program}` was stopped")))
        }
        Ending::Code(_) | Ending::Signal(_) | Ending::Stopped(_) => Ok(finished),
    }
}

/// How a program ended, as skills tell it apart: by itself, by a signal, or because it was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It was stopped at a limit or on request.
    Stopped(Stop),
}

/// Why a program was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop {
    /// What kind of failure it is where nothing can be made of what the program did until then.
    kind: FailureKind,
    /// Said behind "was stopped"; the limit stands for what it was allowed.
    why: Why,
    /// What a user can do about it.
    hint: Option<&'static str>,
    /// Whether nobody wanted it any more; then nobody wants its output either.
    is_unwanted: bool,
}

/// How the reason is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// As "after 60 s", from the limit that it was given.
    AfterItsTime,
    /// As it stands here.
    Said(&'static str),
}

impl Ending {
    /// Tells apart how a program ended. A new way to end finds its place here and nowhere else.
    pub(crate) fn of(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self::Code(code),
            Exit::Signal(signal) => Self::Signal(signal),
            Exit::TimedOut => Self::Stopped(Stop {
                kind: FailureKind::TimedOut,
                why: Why::AfterItsTime,
                hint: Some("give it more time with `timeout`"),
                is_unwanted: false,
            }),
            Exit::Cancelled => Self::Stopped(Stop {
                kind: FailureKind::Retryable,
                why: Why::Said("because it was not wanted any more"),
                hint: None,
                is_unwanted: true,
            }),
            Exit::OutOfMemory => Self::limit("because it wanted more memory than it may have"),
            Exit::OutOfProcesses => {
                Self::limit("because it wanted more processes than it may have")
            }
            Exit::OutOfDisk => Self::limit("because it wanted to write more than it may"),
        }
    }

    /// Stopped at a limit of the sandbox.
    const fn limit(why: &'static str) -> Self {
        Self::Stopped(Stop {
            kind: FailureKind::Refused,
            why: Why::Said(why),
            hint: Some("the limits are `sandbox.limits` in the configuration"),
            is_unwanted: false,
        })
    }

    /// Returns the exit code, if the program ended by itself.
    pub(crate) fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal(_) | Self::Stopped(_) => None,
        }
    }

    /// Returns the signal that ended it.
    pub(crate) fn signal(self) -> Option<i32> {
        match self {
            Self::Signal(signal) => Some(signal),
            Self::Code(_) | Self::Stopped(_) => None,
        }
    }

    /// Returns why it was stopped, if it was.
    pub(crate) fn stop(self) -> Option<Stop> {
        match self {
            Self::Stopped(stop) => Some(stop),
            Self::Code(_) | Self::Signal(_) => None,
        }
    }

    /// Tells whether it ended by itself and says that all went well.
    pub(crate) fn is_ok(self) -> bool {
        self == Self::Code(0)
    }

    /// Says it behind the name of the program and "ended with" or the like.
    pub(crate) fn said(self, limit: Millis) -> String {
        match self {
            Self::Code(code) => format!("exit code {code}"),
            Self::Signal(signal) => format!("signal {signal}"),
            Self::Stopped(stop) => stop.said(limit),
        }
    }
}

impl Stop {
    /// Says it behind the name of the program and "was".
    pub(crate) fn said(self, limit: Millis) -> String {
        match self.why {
            Why::AfterItsTime => format!("stopped after {limit}"),
            Why::Said(why) => format!("stopped {why}"),
        }
    }

    /// Makes the failure of a program that had this limit of time.
    pub(crate) fn failure(self, program: &str, limit: Millis) -> Failure {
        Failure::new(self.kind, format!("{program} was {}", self.said(limit)))
    }

    /// What a user who can give it more can do about it.
    pub(crate) const fn hint(self) -> Option<&'static str> {
        self.hint
    }
}

/// Who hears the lines that a program prints while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The user, as progress.
    Shown,
    /// Nobody: the output is data.
    Kept,
}

/// Returns the exit code, if the program ended by itself.
pub(crate) fn code(exit: Exit) -> Option<i32> {
    Ending::of(exit).code()
}

/// Writes words as a shell would take them, for people.
pub(crate) fn shown(argv: &[String]) -> String {
    let quote = |word: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%{}".contains(c);
        if !word.is_empty() && word.chars().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    argv.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
