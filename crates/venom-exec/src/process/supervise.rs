//! The life of one command, from fork to the death of its last descendant, on one thread.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use venom_kernel::confine::Tier;
use venom_kernel::time::Millis;
use venom_ports::exec::{Command, Exit, Finished, OnLine};
use venom_ports::{Failure, FailureKind, Result};

use super::capture::Capture;
use super::lines::Lines;
use super::tree::{MARKER, Tree};
use super::{Settings, lookup, spawn};

/// How long a command that took too long may tidy up. Chosen: enough to remove a lock file.
const GRACE_TIMED_OUT: Duration = Duration::from_millis(300);

/// How long a cancelled command may tidy up. Chosen: below what a waiting person notices as a hang.
const GRACE_CANCELLED: Duration = Duration::from_millis(500);

/// Bytes per read: what a pipe holds by default (pipe(7)).
const CHUNK: usize = 64 << 10;

/// Most bytes that are read from a stream after the tree is dead: the largest pipe that an ordinary
/// user can make (pipe(7)). More can only come from a process that escaped.
const LAST_BYTES: usize = 1 << 20;

/// What is to be run.
pub(super) struct Job {
    pub(super) command: Command,
    pub(super) settings: Settings,
    pub(super) marker: String,
    pub(super) on_line: Option<OnLine>,
}

/// Runs a command to its end and ends its tree.
pub(super) fn supervise(job: Job, control: &PipeReader) -> Result<Finished> {
    let Job {
        command,
        settings,
        marker,
        on_line,
    } = job;
    lookup::check_command(&command)?;
    let program = lookup::find(&command.program, &settings.search)?;
    let environment = environment(&command, &settings, &marker);

    let began = Instant::now();
    let mut child = spawn::spawn(&command, &program, &environment)?;
    let mut tree = KillOnDrop(Tree::new(Pid::from_child(&child), &marker));
    let watched = watch(&mut child, &mut tree.0, command, on_line.as_ref(), control);
    let dead = tree.0.kill();
    if let Err(pids) = dead {
        // Waiting for them would wait for ever.
        return Err(internal(format!(
            "processes of a command cannot be killed: {pids:?}"
        )));
    }
    let status = child
        .wait()
        .map_err(|error| internal(format!("cannot learn how a command ended: {error}")))?;
    let (ended, mut pipes) = watched
        .map_err(|error| internal(format!("cannot watch `{}`: {error}", program.display())))?;
    pipes.drain();
    let took = Millis::new(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    let exit = match ended {
        Ended::Itself => exit_of(status),
        Ended::TimedOut => Exit::TimedOut,
        Ended::Cancelled => Exit::Cancelled,
    };
    let [stdout, stderr] = pipes.streams.map(Stream::finish);
    Ok(Finished {
        exit,
        stdout,
        stderr,
        took,
        tier: Tier::Unconfined,
    })
}

/// Kills the tree if the thread panics, for instance in a listener to lines.
struct KillOnDrop(Tree);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.kill();
        }
    }
}

fn environment(command: &Command, settings: &Settings, marker: &str) -> BTreeMap<String, String> {
    let search: Vec<String> = settings
        .search
        .iter()
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.display().to_string())
        .collect();
    let mut environment = settings.variables.clone();
    environment.insert("PATH".to_owned(), search.join(":"));
    environment.extend(command.env.clone());
    environment.insert(MARKER.to_owned(), marker.to_owned());
    environment
}

/// Why a command is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Itself,
    TimedOut,
    Cancelled,
}

/// Moves bytes until the first process has ended or must be killed.
fn watch(
    child: &mut Child,
    tree: &mut Tree,
    command: Command,
    on_line: Option<&OnLine>,
    control: &PipeReader,
) -> io::Result<(Ended, Pipes)> {
    let main = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    // A span too long to be added is none at all.
    let mut deadline = Instant::now().checked_add(command.timeout.into());
    let mut pipes = Pipes::take(child, command, on_line)?;
    let mut control = Some(control);
    let mut ended = Ended::Itself;
    loop {
        let now = Instant::now();
        if deadline.is_some_and(|deadline| now >= deadline) {
            if ended != Ended::Itself {
                break;
            }
            ended = Ended::TimedOut;
            deadline = now.checked_add(GRACE_TIMED_OUT);
            tree.ask();
        }
        let ready = pipes.wait(&main, control, deadline)?;
        pipes.pump(ready)?;
        if ready.main {
            break;
        }
        if ready.control
            && let Some(reader) = control.take()
        {
            let mut byte = [0];
            let is_cancelled = matches!((&*reader).read(&mut byte), Ok(1..));
            if !is_cancelled {
                // The future was dropped: nobody wants the rest.
                ended = Ended::Cancelled;
                break;
            }
            control = Some(reader);
            if ended == Ended::Itself {
                ended = Ended::Cancelled;
                deadline = Instant::now().checked_add(GRACE_CANCELLED);
                tree.ask();
            }
        }
    }
    Ok((ended, pipes))
}

/// What happened on the descriptors of a command.
#[derive(Clone, Copy, Default)]
struct Ready {
    main: bool,
    control: bool,
    stdin: bool,
    streams: [bool; 2],
}

/// VENOM's ends of a command's pipes; each is closed as soon as it is of no use.
struct Pipes {
    stdin: Option<File>,
    input: Vec<u8>,
    written: usize,
    streams: [Stream; 2],
    chunk: Vec<u8>,
}

impl Pipes {
    fn take(child: &mut Child, command: Command, on_line: Option<&OnLine>) -> io::Result<Self> {
        let stdin = child.stdin.take().map(OwnedFd::from);
        let stdout = child.stdout.take().map(OwnedFd::from);
        let stderr = child.stderr.take().map(OwnedFd::from);
        for pipe in [&stdin, &stdout, &stderr].into_iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let stream = |pipe: Option<OwnedFd>| Stream {
            pipe: pipe.map(File::from),
            capture: Capture::new(command.keep),
            lines: on_line.map(|on_line| Lines::new(OnLine::clone(on_line), Instant::now())),
        };
        let streams = [stream(stdout), stream(stderr)];
        let stdin = stdin.map(File::from);
        Ok(Self {
            stdin,
            input: command.stdin,
            written: 0,
            streams,
            chunk: vec![0; CHUNK],
        })
    }

    /// Waits until something happens or the deadline has come.
    fn wait(
        &self,
        main: &OwnedFd,
        control: Option<&PipeReader>,
        deadline: Option<Instant>,
    ) -> io::Result<Ready> {
        let [stdout, stderr] = &self.streams;
        let mut happened = [false; 5];
        let watched: [Option<(BorrowedFd<'_>, PollFlags)>; 5] = [
            Some((main.as_fd(), PollFlags::IN)),
            control.map(|control| (control.as_fd(), PollFlags::IN)),
            self.stdin
                .as_ref()
                .map(|stdin| (stdin.as_fd(), PollFlags::OUT)),
            stdout
                .pipe
                .as_ref()
                .map(|pipe| (pipe.as_fd(), PollFlags::IN)),
            stderr
                .pipe
                .as_ref()
                .map(|pipe| (pipe.as_fd(), PollFlags::IN)),
        ];
        let mut fds: Vec<PollFd<'_>> = watched
            .iter()
            .flatten()
            .map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags))
            .collect();
        let timeout = deadline.and_then(|deadline| {
            Timespec::try_from(deadline.saturating_duration_since(Instant::now())).ok()
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }
        let mut fds = fds.iter();
        for (happened, _) in happened
            .iter_mut()
            .zip(&watched)
            .filter(|(_, watched)| watched.is_some())
        {
            *happened = fds.next().is_some_and(|fd| !fd.revents().is_empty());
        }
        let [main, control, stdin, stdout, stderr] = happened;
        Ok(Ready {
            main,
            control,
            stdin,
            streams: [stdout, stderr],
        })
    }

    /// Moves what can be moved without waiting.
    fn pump(&mut self, ready: Ready) -> io::Result<()> {
        if ready.stdin {
            self.feed();
        }
        for (stream, is_ready) in self.streams.iter_mut().zip(ready.streams) {
            if is_ready {
                stream.read(&mut self.chunk)?;
            }
        }
        Ok(())
    }

    /// Writes the next bytes of the input and closes the pipe after the last.
    fn feed(&mut self) {
        let Some(stdin) = &mut self.stdin else { return };
        let rest = self.input.get(self.written..).unwrap_or_default();
        match stdin.write(rest) {
            Ok(count) => self.written += count,
            Err(error) if would_wait(&error) => return,
            // Most often the command has closed its input: it wants no more, which is its right.
            Err(_) => self.written = self.input.len(),
        }
        if self.written >= self.input.len() {
            self.stdin = None;
            self.input = Vec::new();
        }
    }

    /// Reads what is left in the pipes when nobody is left to write.
    fn drain(&mut self) {
        for stream in &mut self.streams {
            let mut count = 0;
            while count < LAST_BYTES {
                match stream.read(&mut self.chunk) {
                    Ok(0) | Err(_) => break,
                    Ok(more) => count += more,
                }
            }
        }
    }
}

/// One of the two streams that a command writes.
struct Stream {
    pipe: Option<File>,
    capture: Capture,
    lines: Option<Lines>,
}

impl Stream {
    /// Reads once and returns how much; nothing at the end of the stream or if there is nothing yet.
    fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(0);
        };
        let count = match pipe.read(chunk) {
            Ok(count) => count,
            Err(error) if would_wait(&error) => return Ok(0),
            Err(error) => return Err(error),
        };
        if count == 0 {
            self.pipe = None;
        }
        let bytes = chunk.get(..count).unwrap_or_default();
        self.capture.push(bytes);
        if let Some(lines) = &mut self.lines {
            lines.push(bytes, Instant::now());
        }
        Ok(count)
    }

    fn finish(mut self) -> venom_ports::exec::Captured {
        if let Some(lines) = &mut self.lines {
            lines.finish();
        }
        self.capture.finish()
    }
}

fn would_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

fn exit_of(status: ExitStatus) -> Exit {
    match status.code() {
        Some(code) => Exit::Code(code),
        // A process that has ended without a code ended by a signal.
        None => Exit::Signal(status.signal().unwrap_or_default()),
    }
}

fn internal(message: String) -> Failure {
    Failure::new(FailureKind::Internal, message)
}
