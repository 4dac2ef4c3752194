//! The process beside each command: it starts it, watches its time, and ends what it leaves.
//!
//! It is the subreaper of its command, so that daemons stay its own, and one command of a cell can
//! be ended without the others. When all of that is dead it takes the next command, because making a
//! process and ending it take as long as a small command.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal};

use super::failure::{At as _, Failed, Step};
use super::frames::{self, Ended, Exited};
use super::lockdown;
use super::spec::CellCommand;
use super::sweep::sweep;
use super::sys::{self, Reap, Reaped, SingleThread};
use super::wire::{self, Reader};

/// How long the command's processes may take to die. Chosen: with what is around it, under the 100
/// ms that a whole tree may take; what survives is ended with the cell.
const PATIENCE: Duration = Duration::from_millis(80);

/// Search path of commands that bring none.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What each command of a cell has in common.
pub(super) struct Surroundings {
    pub(super) home: PathBuf,
    pub(super) tmp: PathBuf,
    pub(super) cwd: PathBuf,
    /// What a command gives up by itself, where the cell's first process did not do it for all.
    pub(super) lockdown: Option<lockdown::Ready>,
    /// The user to become before that.
    pub(super) user: Option<(u32, u32)>,
}

/// Where a command's streams lead.
enum Streams {
    Pipes([OwnedFd; 3]),
    Terminal(OwnedFd),
}

/// Takes one command after the other, until one fails to start or nobody has another; returns the
/// exit code of this process.
pub(super) fn live(
    alone: SingleThread,
    orders: &OwnedFd,
    channel: BorrowedFd<'_>,
    around: &Surroundings,
) -> i32 {
    // Init's end is an order to tidy up. In a namespace of its own there is nobody left by then.
    let signal = Some(Signal::TERM);
    let is_ready = rustix::process::set_parent_process_death_signal(signal).is_ok()
        && rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok();
    if !is_ready {
        return 1;
    }
    while let Ok(Some(frame)) = wire::receive(orders.as_fd()) {
        let (id, command) = match read(&frame) {
            Ok(order) => order,
            Err(_malformed) => return 1,
        };
        let watched = streams(frame.fds).and_then(|s| watch(alone, &command, s, around));
        let (exited, is_clean) = match watched {
            Ok(watched) => watched,
            Err(failed) => {
                let sent = wire::send(channel, &frames::not_started(id, &failed), &[]);
                return i32::from(sent.is_err());
            }
        };
        // Before anybody can have another command for it.
        let is_free = is_clean && wire::send(orders.as_fd(), &[frames::FREE], &[]).is_ok();
        let sent = wire::send(channel, &frames::exited(id, exited), &[]);
        if sent.is_err() || !is_free {
            return i32::from(sent.is_err() || !is_clean);
        }
    }
    0
}

fn read(frame: &wire::Frame) -> io::Result<(u64, CellCommand)> {
    let (_, mut reader) = Reader::new(&frame.bytes)?;
    Ok((reader.u64()?, CellCommand::decode(&mut reader)?))
}

fn streams(mut fds: Vec<OwnedFd>) -> Step<Streams> {
    if fds.len() == 1
        && let Some(terminal) = fds.pop()
    {
        return Ok(Streams::Terminal(terminal));
    }
    match <[OwnedFd; 3]>::try_from(fds) {
        Ok(pipes) => Ok(Streams::Pipes(pipes)),
        Err(_other_count) => Err(Failed::new("take the streams", &Errno::BADF.into())),
    }
}

fn watch(
    alone: SingleThread,
    command: &CellCommand,
    streams: Streams,
    around: &Surroundings,
) -> Step<(Exited, bool)> {
    let prepared = Prepared::new(command, around)?;
    let began = Instant::now();
    let mut failure = None;
    let main = sys::fork_sharing(alone, &mut || {
        failure = Some(prepared.become_program(&streams, around));
    })
    .at("fork")?;
    // It has become the program by now, or it has said why not.
    if let Some(failure) = failure {
        return Err(failure);
    }
    drop(streams);
    let deadline = command
        .timeout
        .and_then(|timeout| began.checked_add(timeout));
    let mut first = None;
    let mut ended = Ended::Itself;
    loop {
        collect(main, &mut first).at("wait for the command")?;
        if first.is_some() {
            break;
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            ended = Ended::TimedOut;
            break;
        }
        let signal = sys::wait_signal(&[Signal::CHILD, Signal::TERM], left).at("wait")?;
        if signal == Some(Signal::TERM.as_raw()) {
            ended = Ended::Killed;
            break;
        }
    }
    let mut peak_kib = 0;
    let is_clean = sweep(&BTreeSet::new(), PATIENCE, |reaped| {
        peak_kib = peak_kib.max(reaped.peak_kib);
        if reaped.pid == main {
            first = Some(reaped);
        }
    })
    .at("end what the command left")?;
    let (status, user_us, system_us) = first.map_or((libc::SIGKILL, 0, 0), |r| {
        (r.status, r.user_us, r.system_us)
    });
    let exited = Exited {
        ended,
        status,
        user_us,
        system_us,
        peak_kib: peak_kib.max(first.map_or(0, |r| r.peak_kib)),
        is_tmp_full: is_full(&around.tmp),
    };
    Ok((exited, is_clean))
}

/// Reaps what has ended, the command's own first process among it or not.
fn collect(main: Pid, first: &mut Option<Reaped>) -> io::Result<()> {
    while let Reap::One(reaped) = sys::reap()? {
        if reaped.pid == main {
            *first = Some(reaped);
        }
    }
    Ok(())
}

/// Whether a file system has no room for a page more, or no file.
fn is_full(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|s| s.f_bavail < 16 || (s.f_files > 0 && s.f_favail < 4))
}

/// A command in the form that the kernel takes it in, made before the fork.
struct Prepared {
    programs: Vec<CString>,
    args: Vec<CString>,
    env: Vec<CString>,
    cwd: PathBuf,
}

fn c_string(bytes: Vec<u8>) -> Step<CString> {
    CString::new(bytes)
        .map_err(io::Error::from)
        .at("read an argument or a variable")
}

impl Prepared {
    fn new(command: &CellCommand, around: &Surroundings) -> Step<Self> {
        let mut env = command.env.clone();
        let mut default = |name: &str, value: &OsStr| {
            env.entry(name.into()).or_insert_with(|| value.to_owned());
        };
        default("HOME", around.home.as_os_str());
        default("TMPDIR", around.tmp.as_os_str());
        default("PATH", OsStr::new(PATH));
        default("LANG", OsStr::new("C.UTF-8"));
        if command.terminal.is_some() {
            default("TERM", OsStr::new("xterm-256color"));
        }
        let cwd = command.cwd.clone().unwrap_or_else(|| around.cwd.clone());
        default("PWD", cwd.as_os_str());
        let program = command.program.as_bytes();
        let programs = if program.contains(&b'/') {
            vec![c_string(program.to_vec())?]
        } else {
            let path = env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
            path.as_bytes()
                .split(|byte| *byte == b':')
                .filter(|folder| folder.starts_with(b"/"))
                .map(|folder| c_string([folder, b"/", program].concat()))
                .collect::<Step<_>>()?
        };
        let args = std::iter::once(&command.program)
            .chain(&command.args)
            .map(|arg| c_string(arg.as_bytes().to_vec()))
            .collect::<Step<_>>()?;
        let env = env
            .into_iter()
            .map(|(name, value): (OsString, OsString)| {
                c_string([name.as_bytes(), b"=", &value.into_vec()].concat())
            })
            .collect::<Step<_>>()?;
        Ok(Self {
            programs,
            args,
            env,
            cwd,
        })
    }

    /// Turns this process, which must be new, into the command.
    fn become_program(&self, streams: &Streams, around: &Surroundings) -> Failed {
        match self.try_to_become(streams, around) {
            Ok(never) => match never {},
            Err(failed) => failed,
        }
    }

    fn try_to_become(
        &self,
        streams: &Streams,
        around: &Surroundings,
    ) -> Step<std::convert::Infallible> {
        rustix::process::setsid().at("begin a session")?;
        match streams {
            Streams::Pipes(pipes) => {
                for (pipe, at) in pipes.iter().zip(0..) {
                    sys::place(pipe.as_fd(), at).at("place a stream")?;
                }
            }
            Streams::Terminal(terminal) => {
                rustix::process::ioctl_tiocsctty(terminal).at("take the terminal")?;
                for at in 0..3 {
                    sys::place(terminal.as_fd(), at).at("place a stream")?;
                }
            }
        }
        sys::close_at_exec_from(3).at("close descriptors")?;
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        if let Some((uid, gid)) = around.user {
            sys::become_user(uid, gid, true).at("become the user")?;
        }
        if let Some(lockdown) = &around.lockdown {
            lockdown.enforce()?;
        }
        // Last of all that may change credentials, which forgets it.
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
            .at("watch the parent")?;
        rustix::process::chdir(&self.cwd).at_path("enter", &self.cwd)?;
        sys::unblock_signals().at("unblock signals")?;
        let mut refused = None;
        for program in &self.programs {
            let error = sys::exec(program, &self.args, &self.env);
            match error.raw_os_error() {
                Some(libc::ENOENT | libc::ENOTDIR) => {}
                Some(libc::EACCES) => refused = Some(error),
                _ => return Err(error).at_path("execute", path_of(program)),
            }
        }
        let name = self
            .args
            .first()
            .map_or_else(|| Path::new(""), |arg| path_of(arg));
        Err(refused.unwrap_or_else(|| io::Error::from_raw_os_error(libc::ENOENT)))
            .at_path("execute", name)
    }
}

fn path_of(text: &CString) -> &Path {
    Path::new(OsStr::from_bytes(text.as_bytes()))
}
