//! Commands in a cell.

use std::fs::File;
use std::future::Future as _;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::sync::oneshot;

use super::frames::{self, Ended, Exited};
use super::handle::{Cell, CellError, Shared, Waiting};
use super::spec::{CellCommand, WindowSize};

/// How long a command's monitor may take to end it. When it is over the whole cell is killed, so
/// that the tree is dead within 100 ms.
const MARGIN: Duration = Duration::from_millis(92);

/// Bytes per read: what a pipe holds by default (pipe(7)).
const CHUNK: usize = 64 << 10;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal, from inside the cell or by its own fault.
    Signal(i32),
    /// Its time was over; everything that it had started was killed.
    TimedOut,
    /// It was killed on request, with everything that it had started.
    Cancelled,
    /// It failed, and the kernel killed something of the cell for want of memory; without a cgroup:
    /// it failed when it was near its limit.
    OutOfMemory,
    /// It failed, and the kernel refused a process for want of room.
    OutOfProcesses,
    /// It failed, and a file had reached its longest size, `/tmp` was full, or the overlay grew
    /// beyond its limit, for which the whole cell was killed.
    OutOfDisk,
}

/// What a command used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Time from start to end.
    pub wall: Duration,
    /// Processor time in its first process and what that waited for.
    pub user: Duration,
    /// The kernel's part of it.
    pub system: Duration,
    /// Largest resident size of one of its processes, in bytes.
    pub peak_bytes: u64,
}

/// The end of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finish {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used.
    pub usage: Usage,
}

/// A command that has ended, with its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub outcome: Outcome,
    /// What it used.
    pub usage: Usage,
    /// What was kept of its standard output.
    pub stdout: Vec<u8>,
    /// What was kept of its standard error.
    pub stderr: Vec<u8>,
    /// Bytes of both that were not kept.
    pub dropped: u64,
}

/// Where one of a command's streams leads.
#[derive(Debug)]
pub enum Stream {
    /// Nowhere.
    Null,
    /// To a pipe whose other end the holder gets.
    Pipe,
    /// To this file.
    File(OwnedFd),
}

/// Where a command's streams lead. A terminal takes the place of all three.
#[derive(Debug)]
pub struct Streams {
    /// Standard input.
    pub stdin: Stream,
    /// Standard output.
    pub stdout: Stream,
    /// Standard error.
    pub stderr: Stream,
}

impl Default for Streams {
    /// No input, and pipes for both outputs.
    fn default() -> Self {
        Self {
            stdin: Stream::Null,
            stdout: Stream::Pipe,
            stderr: Stream::Pipe,
        }
    }
}

/// A command that runs. Dropping it kills the command with everything that it has started.
#[derive(Debug)]
pub struct Running {
    /// The holder's end of the standard input.
    pub stdin: Option<OwnedFd>,
    /// The holder's end of the standard output.
    pub stdout: Option<OwnedFd>,
    /// The holder's end of the standard error.
    pub stderr: Option<OwnedFd>,
    /// The outer side of the terminal, to read, to write and to [resize](Self::resize).
    pub terminal: Option<OwnedFd>,
    shared: Arc<Shared>,
    id: u64,
    exited: oneshot::Receiver<Result<Exited, CellError>>,
    began: Instant,
    must_end: Option<Instant>,
    limit_hit: Ended,
    is_over: bool,
}

impl Cell {
    /// Starts a command. That it cannot be executed is only known when it is waited for.
    pub async fn spawn(
        &self,
        command: &CellCommand,
        streams: Streams,
    ) -> Result<Running, CellError> {
        let shared = Arc::clone(self.shared());
        if shared.is_gone() {
            return Err(CellError::Ended);
        }
        let (exited_tx, exited) = oneshot::channel();
        let (terminal_tx, terminal) = oneshot::channel();
        let is_terminal = command.terminal.is_some();
        let id = shared.enter(Waiting {
            exited: exited_tx,
            terminal: is_terminal.then_some(terminal_tx),
        });
        let began = Instant::now();
        let mut running = Running {
            stdin: None,
            stdout: None,
            stderr: None,
            terminal: None,
            shared,
            id,
            exited,
            began,
            must_end: command
                .timeout
                .and_then(|timeout| began.checked_add(timeout)?.checked_add(MARGIN)),
            limit_hit: Ended::TimedOut,
            is_over: false,
        };
        let frame = frames::spawn(id, command);
        if is_terminal {
            running.shared.send(&frame, &[])?;
            match terminal.await {
                Ok(terminal) => running.terminal = Some(terminal),
                // It was not made; the reason comes by the other way.
                Err(_dropped) => {
                    running.wait().await?;
                    return Err(CellError::Ended);
                }
            }
            return Ok(running);
        }
        let (stdin, theirs_in) = input(streams.stdin).map_err(CellError::Io)?;
        let (stdout, theirs_out) = output(streams.stdout).map_err(CellError::Io)?;
        let (stderr, theirs_err) = output(streams.stderr).map_err(CellError::Io)?;
        let fds = [theirs_in.as_fd(), theirs_out.as_fd(), theirs_err.as_fd()];
        running.shared.send(&frame, &fds)?;
        (running.stdin, running.stdout, running.stderr) = (stdin, stdout, stderr);
        Ok(running)
    }

    /// Runs a command to its end with this input, and keeps up to so many bytes of each output from
    /// its beginning. Dropping the future kills the command.
    pub async fn run(
        &self,
        command: &CellCommand,
        input: &[u8],
        keep: usize,
    ) -> Result<Finished, CellError> {
        let streams = Streams {
            stdin: if input.is_empty() {
                Stream::Null
            } else {
                Stream::Pipe
            },
            ..Streams::default()
        };
        let mut running = self.spawn(command, streams).await?;
        let stdin = running.stdin.take();
        let stdout = running.stdout.take();
        let stderr = running.stderr.take();
        let talk =
            async { tokio::join!(feed(stdin, input), drain(stdout, keep), drain(stderr, keep)) };
        let mut talk = pin!(talk);
        let mut wait = pin!(running.wait());
        let mut talked = None;
        let mut finished = None;
        // Both at once. When the command is over, nobody is left to hold its pipes, so that reading
        // ends by itself; if the cell had to be killed, so too.
        std::future::poll_fn(|context| {
            if talked.is_none()
                && let Poll::Ready(done) = talk.as_mut().poll(context)
            {
                talked = Some(done);
            }
            if finished.is_none()
                && let Poll::Ready(done) = wait.as_mut().poll(context)
            {
                finished = Some(done);
            }
            if talked.is_some() && finished.is_some() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        let finish = finished.unwrap_or(Err(CellError::Ended))?;
        let ((), stdout, stderr) = talked.unwrap_or_default();
        Ok(Finished {
            outcome: finish.outcome,
            usage: finish.usage,
            stdout: stdout.0,
            stderr: stderr.0,
            dropped: stdout.1 + stderr.1,
        })
    }
}

impl Running {
    /// Waits until the command and everything that it has started is over.
    pub async fn wait(&mut self) -> Result<Finish, CellError> {
        let exited = loop {
            let far = Instant::now() + Duration::from_hours(24);
            let must_end = self.must_end.unwrap_or(far);
            match tokio::time::timeout_at(must_end.into(), &mut self.exited).await {
                Ok(exited) => break exited,
                Err(_elapsed) if self.must_end.is_none() => {}
                Err(_elapsed) => {
                    // Its monitor did not manage: the cell goes, and the answer with it.
                    self.shared.kill();
                    self.must_end = None;
                    self.is_over = true;
                    let _ = (&mut self.exited).await;
                    return Ok(self.finish(match self.limit_hit {
                        Ended::Killed => Outcome::Cancelled,
                        Ended::TimedOut | Ended::Itself => Outcome::TimedOut,
                    }));
                }
            }
        };
        self.is_over = true;
        match exited {
            Ok(Ok(exited)) => Ok(self.judge(&exited)),
            Ok(Err(error)) => Err(error),
            Err(_closed) if self.shared.is_disk_full.load(Ordering::SeqCst) => {
                Ok(self.finish(Outcome::OutOfDisk))
            }
            Err(_closed) if self.shared.is_memory_full.load(Ordering::SeqCst) => {
                Ok(self.finish(Outcome::OutOfMemory))
            }
            // At a limit the kernel may choose the cell's first process, and the cell is gone.
            Err(_closed) => {
                let hits = self.shared.new_hits();
                if hits.memory > 0 {
                    Ok(self.finish(Outcome::OutOfMemory))
                } else if hits.processes > 0 {
                    Ok(self.finish(Outcome::OutOfProcesses))
                } else {
                    Err(CellError::Ended)
                }
            }
        }
    }

    fn finish(&self, outcome: Outcome) -> Finish {
        Finish {
            outcome,
            usage: Usage {
                wall: self.began.elapsed(),
                ..Usage::default()
            },
        }
    }

    fn judge(&self, exited: &Exited) -> Finish {
        let usage = Usage {
            wall: self.began.elapsed(),
            user: Duration::from_micros(exited.user_us),
            system: Duration::from_micros(exited.system_us),
            peak_bytes: exited.peak_kib << 10,
        };
        let outcome = match exited.ended {
            Ended::TimedOut => Outcome::TimedOut,
            Ended::Killed => Outcome::Cancelled,
            Ended::Itself => self.reason(exited),
        };
        Finish { outcome, usage }
    }

    fn reason(&self, exited: &Exited) -> Outcome {
        let plain = if libc::WIFEXITED(exited.status) {
            Outcome::Code(libc::WEXITSTATUS(exited.status))
        } else {
            Outcome::Signal(libc::WTERMSIG(exited.status))
        };
        if plain == Outcome::Code(0) {
            return plain;
        }
        if plain == Outcome::Signal(libc::SIGXFSZ) {
            return Outcome::OutOfDisk;
        }
        let hits = self.shared.new_hits();
        let limit = self.shared.spec.limits.memory_bytes;
        // Without a cgroup nobody counts; a process that used nine tenths is taken for one that
        // wanted more.
        let was_near = (exited.peak_kib << 10) > limit / 10 * 9;
        if hits.memory > 0 || was_near {
            Outcome::OutOfMemory
        } else if hits.processes > 0 {
            Outcome::OutOfProcesses
        } else if exited.is_tmp_full || self.shared.is_disk_full.load(Ordering::SeqCst) {
            Outcome::OutOfDisk
        } else {
            plain
        }
    }

    /// Kills the command with everything that it has started.
    pub fn kill(&mut self) {
        self.limit_hit = Ended::Killed;
        let must_end = Instant::now() + MARGIN;
        self.must_end = Some(
            self.must_end
                .map_or(must_end, |before| before.min(must_end)),
        );
        let _ = self.shared.send(&frames::kill(self.id), &[]);
    }

    /// Sends a signal to the command's first process group.
    pub fn signal(&self, signal: Signal) -> Result<(), CellError> {
        self.shared
            .send(&frames::signal(self.id, signal.as_raw()), &[])
    }

    /// Changes the size of the terminal.
    pub fn resize(&self, size: WindowSize) -> Result<(), CellError> {
        let terminal = self.terminal.as_ref().ok_or(CellError::Ended)?;
        rustix::termios::tcsetwinsize(
            terminal,
            rustix::termios::Winsize {
                ws_row: size.rows,
                ws_col: size.columns,
                ws_xpixel: 0,
                ws_ypixel: 0,
            },
        )
        .map_err(|error| CellError::Io(error.into()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            let _ = self.shared.send(&frames::kill(self.id), &[]);
            self.shared.forget(self.id);
        }
    }
}

fn input(stream: Stream) -> io::Result<(Option<OwnedFd>, OwnedFd)> {
    Ok(match stream {
        Stream::Null => (None, File::open("/dev/null")?.into()),
        Stream::Pipe => {
            let (theirs, ours) = io::pipe()?;
            (Some(ours.into()), theirs.into())
        }
        Stream::File(file) => (None, file),
    })
}

fn output(stream: Stream) -> io::Result<(Option<OwnedFd>, OwnedFd)> {
    Ok(match stream {
        Stream::Null => (None, File::options().write(true).open("/dev/null")?.into()),
        Stream::Pipe => {
            let (ours, theirs) = io::pipe()?;
            (Some(ours.into()), theirs.into())
        }
        Stream::File(file) => (None, file),
    })
}

/// Writes everything and closes. That nobody reads is the command's right.
async fn feed(pipe: Option<OwnedFd>, input: &[u8]) {
    if let Some(Ok(mut pipe)) = pipe.map(pipe::Sender::from_owned_fd) {
        let _ = pipe.write_all(input).await;
    }
}

/// Reads to the end, and returns what was kept and how much was not.
async fn drain(pipe: Option<OwnedFd>, keep: usize) -> (Vec<u8>, u64) {
    let mut kept = Vec::new();
    let mut dropped = 0;
    let Some(Ok(mut pipe)) = pipe.map(pipe::Receiver::from_owned_fd) else {
        return (kept, dropped);
    };
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
        let bytes = chunk.get(..count).unwrap_or_default();
        let room = keep.saturating_sub(kept.len()).min(count);
        let (fits, rest) = bytes.split_at(room);
        kept.extend_from_slice(fits);
        dropped += rest.len() as u64;
    }
    (kept, dropped)
}
