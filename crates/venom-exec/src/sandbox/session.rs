//! A command that stays in its place while others come and go: its terminal or pipes, its output, and
//! its end.
//!
//! One task owns the command and does what is ordered; one thread moves its output into the [`spool`].

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::net::unix::pipe;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};
use venom_kernel::time::Millis;
use venom_ports::blob::BlobStore;
use venom_ports::exec::Exit;
use venom_ports::session::{
    Chunk, LONGEST_READ, Session, SessionError, Signal, Size, State, Stopped,
};
use venom_ports::task::{Supervisor, TaskKind};
use venom_ports::{Failure, FailureKind, Result};

use super::confined::Confined;
use super::spool::{Piece, Spool};
use super::streams::PIECE;
use crate::cell::{CellError, Running, Stream, Streams, WindowSize};

/// Bytes per read: what a pipe holds by default (pipe(7)).
const CHUNK: usize = 64 << 10;

/// How long is waited for the last bytes of a command that has ended, as for any command.
const LAST_BYTES: Duration = Duration::from_millis(500);

/// Orders that may wait for the task. Chosen: it does them at once, nobody sends them in bulk.
const ORDERS: usize = 16;

/// The control character that ends the input of a terminal (termios(3), VEOF).
const END_OF_INPUT: u8 = 4;

/// What the task is told.
#[derive(Debug, Clone, Copy)]
enum Order {
    Signal(Signal),
    Resize(WindowSize),
    Kill,
}

/// An order, with somebody who may wait until it is done.
type Asked = (Order, Option<oneshot::Sender<()>>);

/// How far a session came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    printed: u64,
    has_said_all: bool,
    exit: Option<Exit>,
}

/// One session in a cell.
#[derive(Debug)]
pub(super) struct Live {
    spool: Arc<Spool>,
    progress: watch::Receiver<Progress>,
    orders: mpsc::Sender<Asked>,
    input: Mutex<Option<pipe::Sender>>,
    is_terminal: bool,
}

/// What a session needs before its command starts.
pub(super) struct Preparation {
    streams: Streams,
    output: Option<OwnedFd>,
    spool: Spool,
}

impl Preparation {
    /// Makes what stands between a command and whoever reads it.
    pub(super) fn new(
        is_terminal: bool,
        folder: &Path,
        limit: u64,
        longest_tail: usize,
    ) -> io::Result<Self> {
        let spool = Spool::new(folder, limit, longest_tail)?;
        if is_terminal {
            return Ok(Self {
                streams: Streams::default(),
                output: None,
                spool,
            });
        }
        // One pipe for both outputs, so that they stand in the order in which they were written.
        let (ours, theirs) = io::pipe()?;
        let copy = theirs.try_clone()?;
        Ok(Self {
            streams: Streams {
                stdin: Stream::Pipe,
                stdout: Stream::File(theirs.into()),
                stderr: Stream::File(copy.into()),
            },
            output: Some(ours.into()),
            spool,
        })
    }

    /// Takes the ends that the command gets.
    pub(super) fn streams(&mut self) -> Streams {
        let none = Streams {
            stdin: Stream::Null,
            stdout: Stream::Null,
            stderr: Stream::Null,
        };
        std::mem::replace(&mut self.streams, none)
    }
}

impl Live {
    /// Takes charge of a command that was started.
    pub(super) fn take(
        mut running: Running,
        preparation: Preparation,
        supervisor: &dyn Supervisor,
        label: &str,
    ) -> io::Result<Self> {
        let Preparation { output, spool, .. } = preparation;
        let spool = Arc::new(spool);
        let (input, output, is_terminal) = if let Some(terminal) = &running.terminal {
            rustix::io::ioctl_fionbio(terminal, true)?;
            // Waited for and written to like a pipe, which is all that is asked of it.
            let input = pipe::Sender::from_file_unchecked(terminal.try_clone()?.into())?;
            (Some(input), terminal.try_clone()?, true)
        } else {
            let stdin = running.stdin.take();
            let input = stdin.map(pipe::Sender::from_owned_fd).transpose()?;
            let output = output.ok_or(io::ErrorKind::BrokenPipe)?;
            (input, output, false)
        };
        let (tell, progress) = watch::channel(Progress {
            printed: 0,
            has_said_all: false,
            exit: None,
        });
        let tell = Arc::new(tell);
        let (orders, ordered) = mpsc::channel(ORDERS);
        let reader = std::thread::Builder::new().name("venom-session".to_owned());
        {
            let (spool, tell) = (Arc::clone(&spool), Arc::clone(&tell));
            reader.spawn(move || pump(&output, &spool, &tell))?;
        }
        let root = supervisor.root();
        let kept = Arc::clone(&spool);
        let work = async move {
            let exit = tokio::select! {
                exit = own(running, ordered, &kept) => exit,
                // The command is dropped and ended.
                () = root.cancelled() => None,
            };
            let mut said = tell.subscribe();
            let all = until(&mut said, |progress| progress.has_said_all);
            let _cut = timeout(LAST_BYTES, all).await;
            let printed = kept.close();
            tell.send_modify(|progress| {
                progress.printed = printed;
                progress.exit = Some(exit.unwrap_or(KILLED));
            });
        };
        let kind = TaskKind::Effect(format!("session {label}"));
        supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
        Ok(Self {
            spool,
            progress,
            orders,
            input: Mutex::new(input),
            is_terminal,
        })
    }

    fn exit(&self) -> Option<Exit> {
        let exit = self.progress.borrow().exit;
        // Whoever would tell is gone when the task broke down; the command was ended with it.
        let is_told = self.progress.has_changed().is_ok();
        exit.or_else(|| (!is_told).then_some(KILLED))
    }

    /// Gives an order and waits until it is done, so that what is written next comes after it.
    async fn order(&self, order: Order) -> Result<()> {
        let (done, is_done) = oneshot::channel();
        let asked = (order, Some(done));
        if self.exit().is_some() || self.orders.send(asked).await.is_err() {
            return Err(SessionError::Ended.into());
        }
        is_done.await.map_err(|_gone| SessionError::Ended.into())
    }

    async fn piece(&self, from: u64, most: usize) -> Result<Piece> {
        let spool = Arc::clone(&self.spool);
        let read = tokio::task::spawn_blocking(move || spool.read(from, most))
            .await
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        let read = read.map_err(|error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("the output of a session cannot be read: {error}"),
            )
        })?;
        read.ok_or_else(|| {
            Failure::new(
                FailureKind::Refused,
                format!("the session has not printed {from} bytes yet"),
            )
            .with_hint("read on from the `next` of the read before")
        })
    }
}

/// How a session ended that nobody owns any more.
const KILLED: Exit = Exit::Signal(libc::SIGKILL);

/// Waits until something is so, or until nobody is left who could tell. The lock on what is told is not
/// held any more when this returns.
async fn until(progress: &mut watch::Receiver<Progress>, is_so: impl Fn(&Progress) -> bool) {
    drop(progress.wait_for(is_so).await);
}

/// Does what is ordered until the command has ended; `None` when nobody has the session any more, which
/// ends the command with it.
async fn own(
    mut running: Running,
    mut ordered: mpsc::Receiver<Asked>,
    spool: &Spool,
) -> Option<Exit> {
    loop {
        tokio::select! {
            biased;
            finish = running.wait() => {
                return Some(match finish {
                    Ok(finish) => Confined::exit(finish.outcome),
                    Err(CellError::Ended) => KILLED,
                    Err(error) => {
                        // A shell says it in the same place, with the same code.
                        spool.push(format!("{}\n", super::confined::failure(&error)).as_bytes());
                        Exit::Code(127)
                    }
                });
            }
            asked = ordered.recv() => {
                let (order, waits) = asked?;
                let done = match order {
                    Order::Kill => {
                        running.kill();
                        Ok(())
                    }
                    Order::Signal(signal) => running.signal(raw(signal)),
                    Order::Resize(size) => running.resize(size),
                };
                if let Err(error) = done {
                    tracing::debug!(%error, "an order came too late for a session");
                }
                // Nobody may be waiting.
                let _ = waits.map(|waits| waits.send(()));
            }
        }
    }
}

/// Moves output into the spool until there is no more.
fn pump(output: &OwnedFd, spool: &Spool, tell: &watch::Sender<Progress>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let mut watched = [PollFd::new(output, PollFlags::IN)];
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => break,
        }
        match rustix::io::read(output, &mut chunk) {
            Ok(count @ 1..) => {
                let printed = spool.push(chunk.get(..count).unwrap_or_default());
                tell.send_modify(|progress| progress.printed = printed);
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            // A terminal whose other side is closed gives EIO.
            Ok(_) | Err(_) => break,
        }
    }
    tell.send_modify(|progress| progress.has_said_all = true);
}

const fn raw(signal: Signal) -> rustix::process::Signal {
    use rustix::process::Signal as Raw;
    match signal {
        Signal::Interrupt => Raw::INT,
        Signal::Terminate => Raw::TERM,
        Signal::Hangup => Raw::HUP,
        Signal::Quit => Raw::QUIT,
        Signal::User1 => Raw::USR1,
        Signal::User2 => Raw::USR2,
        Signal::Stop => Raw::STOP,
        Signal::Continue => Raw::CONT,
        Signal::Kill => Raw::KILL,
    }
}

/// Turns a port's size into a cell's.
pub(super) const fn window(size: Size) -> WindowSize {
    WindowSize {
        rows: size.rows,
        columns: size.columns,
    }
}

/// Writes what is taken at once, waiting until anything is.
async fn put(input: &pipe::Sender, bytes: &[u8]) -> io::Result<usize> {
    loop {
        input.writable().await?;
        match input.try_write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

#[async_trait]
impl Session for Live {
    async fn read(&self, from: u64, wait: Millis) -> Result<Chunk> {
        let mut progress = self.progress.clone();
        let is_there = |progress: &Progress| progress.printed > from || progress.exit.is_some();
        let _in_time = timeout(wait.into(), until(&mut progress, is_there)).await;
        // Looked at before reading: what is read afterwards cannot be the end of less.
        let state = self.state();
        let piece = self.piece(from, LONGEST_READ).await?;
        let is_all = piece.next() >= piece.printed;
        Ok(Chunk {
            from: piece.from,
            next: piece.next(),
            dropped: piece.dropped,
            state: if is_all { state } else { State::Running },
            bytes: piece.bytes,
        })
    }

    async fn write(&self, bytes: &[u8], wait: Millis) -> Result<usize> {
        let latest = Instant::now() + Duration::from(wait);
        let mut input = self.input.lock().await;
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            if self.exit().is_some() {
                return Err(SessionError::Ended.into());
            }
            let Some(open) = &*input else {
                return Err(SessionError::InputClosed.into());
            };
            let mut progress = self.progress.clone();
            let written = tokio::select! {
                biased;
                written = timeout_at(latest, put(open, rest)) => written,
                () = until(&mut progress, |progress| progress.exit.is_some()) => continue,
            };
            match written {
                Ok(Ok(count)) => taken += count,
                Ok(Err(error)) if error.raw_os_error() == Some(libc::EPIPE) => {
                    *input = None;
                }
                Ok(Err(error)) if error.raw_os_error() == Some(libc::EIO) => {
                    return Err(SessionError::Ended.into());
                }
                Ok(Err(error)) => {
                    return Err(Failure::new(
                        FailureKind::Unavailable,
                        format!("the session cannot be written to: {error}"),
                    ));
                }
                Err(_elapsed) => break,
            }
        }
        Ok(taken)
    }

    async fn close_input(&self) -> Result<()> {
        if self.exit().is_some() {
            return Err(SessionError::Ended.into());
        }
        if self.is_terminal {
            // A terminal's input cannot be closed; this says that it has ended.
            return self
                .write(&[END_OF_INPUT], Millis::from_secs(1))
                .await
                .map(|_taken| ());
        }
        match self.input.lock().await.take() {
            Some(_closed) => Ok(()),
            None => Err(SessionError::InputClosed.into()),
        }
    }

    async fn resize(&self, size: Size) -> Result<()> {
        if !self.is_terminal {
            return Err(SessionError::NoTerminal.into());
        }
        self.order(Order::Resize(window(size))).await
    }

    async fn signal(&self, signal: Signal) -> Result<()> {
        self.order(Order::Signal(signal)).await
    }

    async fn end(&self, grace: Millis) -> Result<Exit> {
        if let Some(exit) = self.exit() {
            return Ok(exit);
        }
        if grace > Millis::ZERO {
            // A prompt in a terminal does not care about `TERM`, and ends when its terminal is closed.
            let ask = if self.is_terminal {
                Signal::Hangup
            } else {
                Signal::Terminate
            };
            let _too_late = self.orders.send((Order::Signal(ask), None)).await;
            if let Ok(exit) = timeout(grace.into(), self.ended()).await {
                return Ok(exit);
            }
        }
        let _too_late = self.orders.send((Order::Kill, None)).await;
        Ok(self.ended().await)
    }

    async fn ended(&self) -> Exit {
        let mut progress = self.progress.clone();
        until(&mut progress, |progress| progress.exit.is_some()).await;
        self.exit().unwrap_or(KILLED)
    }

    fn state(&self) -> State {
        self.exit().map_or(State::Running, State::Ended)
    }

    fn printed(&self) -> u64 {
        self.spool.printed()
    }

    async fn keep(&self, blobs: &dyn BlobStore) -> Result<Stopped> {
        let exit = self.ended().await;
        let mut stopped = Stopped {
            exit,
            printed: self.printed(),
            dropped: 0,
            output: Vec::new(),
        };
        let mut at = 0;
        while at < stopped.printed {
            let piece = self.piece(at, PIECE).await?;
            stopped.dropped += piece.dropped;
            at = piece.next();
            if piece.bytes.is_empty() {
                break;
            }
            stopped.output.push(blobs.put(piece.bytes).await?);
        }
        Ok(stopped)
    }
}
