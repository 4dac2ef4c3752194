//! Forks a command and prepares the child before it becomes the program.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{self, Child, Stdio};

use rustix::process::{
    Pid, Resource, Rlimit, Signal, getpid, getppid, set_parent_process_death_signal, setrlimit,
    setsid,
};
use venom_ports::exec::Command;
use venom_ports::{Failure, FailureKind, Result};

/// Starts a command. The calling thread must live at least as long as the command: when it ends,
/// the kernel kills the command.
pub(super) fn spawn(
    command: &Command,
    program: &Path,
    environment: &BTreeMap<String, String>,
) -> Result<Child> {
    let mut child = process::Command::new(program);
    child
        .args(&command.args)
        .current_dir(&command.cwd)
        .env_clear()
        .envs(environment)
        .stdin(if command.stdin.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    prepare_with(&mut child, getpid());
    child.spawn().map_err(|error| failure(program, &error))
}

#[expect(unsafe_code, reason = "nothing safe runs code between fork and exec")]
fn prepare_with(child: &mut process::Command, parent: Pid) {
    // SAFETY: the closure runs in the forked child, where other threads may have held any lock. It
    // only makes system calls through rustix's direct back end: it allocates nothing, takes no lock
    // and touches no memory but its own stack. Errors are made of an error number, without a heap.
    unsafe {
        child.pre_exec(move || prepare(parent));
    }
}

/// Prepares the child. Runs between fork and exec: system calls only.
fn prepare(parent: Pid) -> io::Result<()> {
    // A session of its own: signals of VENOM's terminal do not reach it, it has no terminal to ask
    // for passwords on, and its group can be signalled as a whole.
    setsid()?;
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // VENOM may have died before the signal was asked for.
    if getppid() != Some(parent) {
        return Err(rustix::io::Errno::SRCH.into());
    }
    // Crashes of commands leave no dumps of memory in the workspace.
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    Ok(())
}

fn failure(program: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot execute `{}`: {error}", program.display());
    let errno = error
        .raw_os_error()
        .map(rustix::io::Errno::from_raw_os_error);
    match errno {
        Some(
            rustix::io::Errno::AGAIN
            | rustix::io::Errno::NOMEM
            | rustix::io::Errno::MFILE
            | rustix::io::Errno::NFILE
            | rustix::io::Errno::TXTBSY,
        ) => Failure::new(FailureKind::Retryable, message),
        Some(rustix::io::Errno::NOENT) => Failure::new(FailureKind::Refused, message)
            .with_hint("if it is a script, the interpreter in its first line does not exist"),
        Some(rustix::io::Errno::TOOBIG) => Failure::new(FailureKind::Refused, message)
            .with_hint("the arguments are too long; pass them through a file or standard input"),
        _ => Failure::new(FailureKind::Refused, message),
    }
}
