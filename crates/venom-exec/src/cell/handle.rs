//! A cell as its holder sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal};
use tokio::sync::{oneshot, watch};

use super::cgroup::{Group, Hits};
use super::failure::Failed;
use super::frames::{self, Exited, Report};
use super::receipt::{Enforced, Enforcer};
use super::spec::{CellSpec, SpecError, Tier};
use super::watch::{Over, Watch};
use super::wire;

/// Why a cell or a command in it could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The specification is refused.
    #[error("the sandbox cannot be made as asked")]
    Spec(#[from] SpecError),
    /// The process that makes cells is gone.
    #[error("the process that makes sandboxes is gone")]
    Zygote(#[source] io::Error),
    /// A step of making the cell failed; there is no cell.
    #[error("the sandbox failed to {step}: {reason}")]
    Open {
        /// What was being done.
        step: String,
        /// The kernel's number for the reason; zero if the reason is not the kernel's.
        errno: i32,
        /// The reason in words.
        reason: String,
    },
    /// A command could not be started; the cell lives on.
    #[error("a command in the sandbox failed to {step}: {reason}")]
    Start {
        /// What was being done.
        step: String,
        /// The kernel's number for the reason; zero if the reason is not the kernel's.
        errno: i32,
        /// The reason in words.
        reason: String,
    },
    /// The cell has ended, and the command with it.
    #[error("the sandbox has ended")]
    Ended,
    /// Something of the cell is still there although it was killed.
    #[error("the sandbox was killed but is not gone")]
    NotGone,
    /// The machine refused a pipe, a thread or the like.
    #[error("the machine refused what a sandbox needs")]
    Io(#[source] io::Error),
}

impl From<Failed> for CellError {
    fn from(failed: Failed) -> Self {
        Self::Open {
            step: failed.step,
            errno: failed.errno,
            reason: failed.reason,
        }
    }
}

/// What is known of a command that runs.
pub(super) struct Waiting {
    pub(super) exited: oneshot::Sender<Result<Exited, CellError>>,
    pub(super) terminal: Option<oneshot::Sender<OwnedFd>>,
}

/// What the holder, the commands and the listening thread share.
pub(super) struct Shared {
    channel: OwnedFd,
    pub(super) spec: CellSpec,
    pidfd: OnceLock<OwnedFd>,
    group: OnceLock<Group>,
    private: OnceLock<PathBuf>,
    commands: Mutex<BTreeMap<u64, Waiting>>,
    next: AtomicU64,
    is_killed: AtomicBool,
    pub(super) is_disk_full: AtomicBool,
    pub(super) is_memory_full: AtomicBool,
    hits: Mutex<Hits>,
    gone: watch::Sender<bool>,
    /// Whether somebody else made what the cell is in: then who it is was found out before, and what
    /// it says about that counts for nothing.
    is_contained: bool,
    programs: OnceLock<BTreeSet<PathBuf>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn send(&self, frame: &[u8], fds: &[BorrowedFd<'_>]) -> Result<(), CellError> {
        wire::send(self.channel.as_fd(), frame, fds).map_err(|_closed| CellError::Ended)
    }

    /// Enters a command, and returns its number.
    pub(super) fn enter(&self, waiting: Waiting) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.commands).insert(id, waiting);
        id
    }

    pub(super) fn forget(&self, id: u64) {
        lock(&self.commands).remove(&id);
    }

    pub(super) fn is_gone(&self) -> bool {
        *self.gone.borrow()
    }

    /// Kills everything in the cell.
    pub(super) fn kill(&self) {
        self.is_killed.store(true, Ordering::SeqCst);
        // Init sees the end of the stream; in the restricted tier it then ends all descendants,
        // which the kernel does by itself when the init of a namespace dies.
        let _ = rustix::net::shutdown(&self.channel, rustix::net::Shutdown::Write);
        if self.spec.tier == Tier::Full
            && let Some(pidfd) = self.pidfd.get()
        {
            let _ = rustix::process::pidfd_send_signal(pidfd, Signal::KILL);
        }
    }

    /// Returns what limits were hit since somebody last asked.
    pub(super) fn new_hits(&self) -> Hits {
        let Some(group) = self.group.get() else {
            return Hits::default();
        };
        let now = group.hits();
        let mut before = lock(&self.hits);
        let new = Hits {
            memory: now.memory.saturating_sub(before.memory),
            processes: now.processes.saturating_sub(before.processes),
        };
        *before = now;
        new
    }

    /// Listens to the cell until it is gone.
    fn listen(&self, opened: oneshot::Sender<Result<Ready, CellError>>) {
        let mut opened = Some(opened);
        let mut watch = Watch::of(&self.spec);
        loop {
            match watch.wait(&self.channel) {
                Some(Over::Disk) => {
                    self.is_disk_full.store(true, Ordering::SeqCst);
                    self.kill();
                }
                Some(Over::Memory) => {
                    self.is_memory_full.store(true, Ordering::SeqCst);
                    self.kill();
                }
                None => {}
            }
            let Ok(Some(mut frame)) = wire::receive(self.channel.as_fd()) else {
                break;
            };
            let Ok(report) = frames::report(&frame.bytes) else {
                self.kill();
                continue;
            };
            match report {
                Report::Born { .. } | Report::Gone if self.is_contained => self.kill(),
                Report::Programs(programs) => {
                    let _ = self.programs.set(programs.into_iter().collect());
                }
                Report::Born { group, private } => {
                    let _ = self.group.set(group);
                    if let Some(private) = private {
                        let _ = self.private.set(private);
                    }
                    if let Some(pidfd) = frame.fds.pop() {
                        let _ = self.pidfd.set(pidfd);
                    }
                    if self.is_killed.load(Ordering::SeqCst) {
                        self.kill();
                    }
                }
                Report::Failed(failed) => {
                    if let Some(opened) = opened.take() {
                        let _ = opened.send(Err(failed.into()));
                    }
                }
                Report::Ready {
                    receipt,
                    has_listener,
                } => {
                    if receipt.memory_by != Enforcer::Cgroup {
                        watch.add_memory(&self.spec, self.pidfd.get());
                    }
                    let mut fds = frame.fds.into_iter();
                    let ready = Ready {
                        receipt,
                        listener: if has_listener { fds.next() } else { None },
                    };
                    if let Some(opened) = opened.take() {
                        let _ = opened.send(Ok(ready));
                    }
                }
                Report::Terminal(id) => {
                    let asked = lock(&self.commands)
                        .get_mut(&id)
                        .and_then(|waiting| waiting.terminal.take());
                    if let (Some(asked), Some(terminal)) = (asked, frame.fds.pop()) {
                        let _ = asked.send(terminal);
                    }
                }
                Report::Exited(id, exited) => self.finish(id, Ok(exited)),
                Report::NotStarted(id, failed) => {
                    let error = CellError::Start {
                        step: failed.step,
                        errno: failed.errno,
                        reason: failed.reason,
                    };
                    self.finish(id, Err(error));
                }
                Report::Lost(id) => self.finish(id, Err(CellError::Ended)),
                Report::Gone => break,
            }
        }
        if self.is_contained {
            self.kill();
            self.await_end();
        }
        // Whoever still waits learns from a closed channel that there is nothing to wait for.
        lock(&self.commands).clear();
        self.gone.send_replace(true);
    }

    /// Waits until the first process is gone, which the kernel lets be the last of its namespace.
    fn await_end(&self) {
        let Some(pidfd) = self.pidfd.get() else {
            return;
        };
        let timeout = Timespec::try_from(Cell::PATIENCE).ok();
        let deadline = Instant::now() + Cell::PATIENCE;
        loop {
            let mut watched = [PollFd::new(pidfd, PollFlags::IN)];
            match poll(&mut watched, timeout.as_ref()) {
                Err(rustix::io::Errno::INTR) if Instant::now() < deadline => {}
                _ => return,
            }
        }
    }

    fn finish(&self, id: u64, how: Result<Exited, CellError>) {
        let waiting = lock(&self.commands).remove(&id);
        if let Some(waiting) = waiting {
            let _ = waiting.exited.send(how);
        }
    }
}

/// What a cell reports when it takes commands.
#[derive(Debug)]
struct Ready {
    receipt: Box<Enforced>,
    listener: Option<OwnedFd>,
}

/// A cell that is being opened. Dropping it ends what was begun.
#[derive(Debug)]
pub(super) struct Opening {
    shared: Kill,
    ready: oneshot::Receiver<Result<Ready, CellError>>,
}

/// Kills the cell when it is dropped.
#[derive(Debug)]
struct Kill(Arc<Shared>);

impl Drop for Kill {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl Opening {
    pub(super) fn spec(&self) -> &CellSpec {
        &self.shared.0.spec
    }

    pub(super) async fn ready(self) -> Result<Cell, CellError> {
        let ready = self.ready.await.unwrap_or(Err(CellError::Ended))?;
        Ok(Cell {
            shared: self.shared,
            receipt: ready.receipt,
            listener: ready.listener,
        })
    }
}

/// A container that is being taken over. Dropping it ends what was begun.
#[derive(Debug)]
pub(crate) struct Adopting(Opening);

impl Adopting {
    /// Waits until it takes commands.
    pub(crate) async fn ready(self) -> Result<Cell, CellError> {
        self.0.ready().await
    }
}

/// A sandbox that takes commands. Dropping it kills everything in it.
#[derive(Debug)]
pub struct Cell {
    shared: Kill,
    receipt: Box<Enforced>,
    listener: Option<OwnedFd>,
}

impl Cell {
    /// How long [`Self::close`] waits for the kernel to be done. Chosen: far above what the death of
    /// a namespace takes on a loaded machine.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Stack of the thread that listens to a cell. It calls nothing deep.
    const STACK: usize = 128 << 10;

    pub(super) fn prepare(channel: OwnedFd, spec: CellSpec) -> Result<Opening, CellError> {
        Self::attend(channel, spec, None)
    }

    /// Takes over the first process of a container that has called back: `pid` is who called, and
    /// `group` a part of the name of the control group that it must be in.
    pub(crate) fn adopt(
        channel: OwnedFd,
        spec: CellSpec,
        pid: Pid,
        group: &str,
        search: &[PathBuf],
    ) -> Result<Adopting, CellError> {
        spec.check()?;
        let pidfd = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
            .map_err(|error| CellError::Io(error.into()))?;
        let group = Group::of(pid, group).ok_or_else(|| CellError::Open {
            step: "find the container that called".to_owned(),
            errno: 0,
            reason: "who called is not in it".to_owned(),
        })?;
        let frame = frames::open_contained(&spec, search);
        let opening = Self::attend(channel, spec, Some((pidfd, group)))?;
        opening.shared.0.send(&frame, &[])?;
        Ok(Adopting(opening))
    }

    fn attend(
        channel: OwnedFd,
        spec: CellSpec,
        known: Option<(OwnedFd, Group)>,
    ) -> Result<Opening, CellError> {
        let (opened, ready) = oneshot::channel();
        let is_contained = known.is_some();
        let (pidfd, group) = known.unzip();
        let once = |value: Option<OwnedFd>| value.map_or_else(OnceLock::new, OnceLock::from);
        let shared = Arc::new(Shared {
            channel,
            spec,
            pidfd: once(pidfd),
            group: group.map_or_else(OnceLock::new, OnceLock::from),
            private: OnceLock::new(),
            commands: Mutex::default(),
            next: AtomicU64::new(1),
            is_killed: AtomicBool::new(false),
            is_disk_full: AtomicBool::new(false),
            is_memory_full: AtomicBool::new(false),
            hits: Mutex::default(),
            gone: watch::Sender::new(false),
            is_contained,
            programs: OnceLock::new(),
        });
        let listening = Arc::clone(&shared);
        thread::Builder::new()
            .name("venom-cell".to_owned())
            .stack_size(Self::STACK)
            .spawn(move || listening.listen(opened))
            .map_err(CellError::Io)?;
        Ok(Opening {
            shared: Kill(shared),
            ready,
        })
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared.0
    }

    /// Returns the programs that were found where the cell is, if it looked for any.
    pub(crate) fn programs(&self) -> BTreeSet<PathBuf> {
        self.shared.0.programs.get().cloned().unwrap_or_default()
    }

    /// Puts what its maker knows in the place of what a cell says about itself.
    pub(crate) fn correct_receipt(&mut self, correct: impl FnOnce(&mut Enforced, [Enforcer; 3])) {
        let group = self.shared.0.group.get();
        let enforcers = group.map(Group::enforcers).unwrap_or_default();
        correct(&mut self.receipt, enforcers);
        if let Some(group) = group {
            self.receipt.cgroup = group.kind;
        }
    }

    /// Returns what was really enforced.
    pub fn receipt(&self) -> &Enforced {
        &self.receipt
    }

    /// Returns the listener on `127.0.0.1:3128` of the cell's network, if one was asked for.
    /// Connections accepted from it come from commands of the cell.
    pub fn listener(&self) -> Option<BorrowedFd<'_>> {
        self.listener.as_ref().map(|fd| fd.as_fd())
    }

    /// Takes the listener out of the cell.
    pub fn take_listener(&mut self) -> Option<OwnedFd> {
        self.listener.take()
    }

    /// Whether nothing is left of the cell.
    pub fn is_gone(&self) -> bool {
        self.shared.0.is_gone()
    }

    /// Kills everything in the cell at once.
    pub fn kill(&self) {
        self.shared.0.kill();
    }

    /// Kills everything and waits until nothing is left, its cgroup included.
    pub async fn close(self) -> Result<(), CellError> {
        self.shared.0.kill();
        let mut gone = self.shared.0.gone.subscribe();
        // It keeps a socket alive.
        drop(self.listener);
        let waited = tokio::time::timeout(Self::PATIENCE, gone.wait_for(|gone| *gone)).await;
        match waited {
            Ok(_) => Ok(()),
            Err(_elapsed) => Err(CellError::NotGone),
        }
    }
}
