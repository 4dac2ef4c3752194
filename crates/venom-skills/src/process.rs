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
        .await
        .map_err(|failure| match (failure.kind, &failure.hint) {
            (FailureKind::Missing, None) => failure.with_hint(format!(
                "install `{program}` and see that it is on the PATH"
            )),
            _ => failure,
        })?;
    match finished.exit {
        Exit::Cancelled => Err(Failure::new(
            FailureKind::Retryable,
            format!("`{program}` was stopped"),
        )),
        Exit::Code(_) | Exit::Signal(_) | Exit::TimedOut => Ok(finished),
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

/// Says how a program ended.
pub(crate) fn ending(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
        Exit::TimedOut => "stopped because it took too long".to_owned(),
        Exit::Cancelled => "stopped".to_owned(),
    }
}

/// Returns the exit code, if the program ended by itself.
pub(crate) fn code(exit: Exit) -> Option<i32> {
    match exit {
        Exit::Code(code) => Some(code),
        Exit::Signal(_) | Exit::TimedOut | Exit::Cancelled => None,
    }
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
