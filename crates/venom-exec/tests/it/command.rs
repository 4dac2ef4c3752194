//! Commands for tests, and what became of their processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio_util::sync::CancellationToken;
use venom_exec::process::{ProcessExecutor, Settings};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::exec::{Command, Executor as _, Finished, Keep};

/// Longer than any test waits; a command that runs into it is a failed test.
pub(crate) const LONG: Millis = Millis::from_secs(60);

pub(crate) fn search() -> Vec<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .map(PathBuf::from)
        .to_vec()
}

pub(crate) fn executor() -> ProcessExecutor {
    ProcessExecutor::new(Settings {
        search: search(),
        variables: BTreeMap::new(),
    })
}

pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    Command {
        program: program.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        cwd: PathBuf::from("/"),
        env: BTreeMap::new(),
        stdin: Vec::new(),
        timeout: LONG,
        keep: Keep::default(),
    }
}

pub(crate) fn shell(script: &str) -> Command {
    command("sh", &["-c", script])
}

pub(crate) async fn run(command: Command) -> Result<Finished> {
    executor()
        .run(command, CancellationToken::new(), None)
        .await
}

/// Tells whether a process is dead at this moment; one that nobody has reaped yet is.
pub(crate) fn is_gone(pid: i32) -> bool {
    ends_within(pid, 0)
}

/// Waits for a process to end.
pub(crate) fn ends_within(pid: i32, seconds: i64) -> bool {
    match pidfd_open(Pid::from_raw(pid).unwrap(), PidfdFlags::empty()) {
        Ok(handle) => {
            let mut fds = [PollFd::new(&handle, PollFlags::IN)];
            poll(
                &mut fds,
                Some(&Timespec {
                    tv_sec: seconds,
                    tv_nsec: 0,
                }),
            )
            .unwrap()
                == 1
        }
        Err(errno) => errno == Errno::SRCH,
    }
}

/// Reads the process ids that a script printed as `name PID`.
pub(crate) fn pid_of(name: &str, output: &str) -> i32 {
    let found = output
        .lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("no `{name}` in {output:?}"))
}
