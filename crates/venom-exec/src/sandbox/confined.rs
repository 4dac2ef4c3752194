//! Commands in a [`Cell`](crate::cell::Cell): the port's view of one open sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::{Mutex, OwnedRwLockReadGuard, RwLock};
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Limits, Receipt, Tier};
use venom_kernel::time::Millis;
use venom_ports::blob::BlobStore;
use venom_ports::exec::{Command, Executor, Exit, Finished, OnLine};
use venom_ports::sandbox::{Cell, Left};
use venom_ports::session::{Session, SessionSpec, Size};
use venom_ports::task::Supervisor;
use venom_ports::{Failure, FailureKind, Result};

use super::layer::Layer;
use super::session::{self, Live, Preparation};
use super::streams::{Heard, Room, feed};
use crate::cell::{self, CellCommand, CellError, Outcome, Running, Stream, Streams};
use crate::process::lines::Lines;
use crate::process::lookup;

/// How long is waited for the last bytes of a command that has ended. They are in the pipes already;
/// only a process that the command handed its pipes to can make it longer.
const LAST_BYTES: Duration = Duration::from_millis(500);

/// What every command of a place gets.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// Folders that programs are looked up in; they are also the `PATH`.
    pub(super) search: Vec<PathBuf>,
    /// Variables beside `PATH`.
    pub(super) variables: BTreeMap<OsString, OsString>,
}

/// What there is to be executed in a container.
#[derive(Debug)]
pub(super) struct Programs {
    /// The image's name, for people.
    pub(super) image: String,
    pub(super) found: BTreeSet<PathBuf>,
    /// What the receipt says beside the walls.
    pub(super) words: Vec<String>,
}

impl Programs {
    /// Looks a program up on the search path.
    fn find(&self, program: &str, search: &[PathBuf]) -> Result<PathBuf> {
        if program.contains('/') {
            // Whether it is there is only known inside.
            return Ok(PathBuf::from(program));
        }
        let mut paths = search.iter().map(|folder| folder.join(program));
        paths.find(|path| self.found.contains(path)).ok_or_else(|| {
            let shown: String = program
                .chars()
                .filter(|c| !c.is_control())
                .take(80)
                .collect();
            Failure::new(
                FailureKind::Missing,
                format!(
                    "there is no program `{shown}` in the image `{}`",
                    self.image
                ),
            )
            .with_hint(
                "name an image that has it: `sandbox.image`, or `sandbox.skills` for one skill",
            )
        })
    }
}

/// One open sandbox.
pub struct Confined {
    /// Gone when the place is closed.
    pub(super) cell: RwLock<Option<cell::Cell>>,
    pub(super) enforced: cell::Enforced,
    pub(super) surroundings: Surroundings,
    /// The programs of the image, when commands see an image and not this machine's.
    pub(super) image: Option<Programs>,
    pub(super) tier: Tier,
    pub(super) limits: Limits,
    pub(super) commands: AtomicU32,
    /// Built things that were moved into the workspace at the end.
    pub(super) outputs: AtomicU32,
    /// The layer that commands write to, if there is one, with the right to have the workspace
    /// beneath it; both end with the cell.
    pub(super) layer: Mutex<Option<(Layer, OwnedRwLockReadGuard<()>)>>,
    /// What serves the way out; ends when this is dropped.
    pub(super) egress: Option<super::egress::Serving>,
    /// What version control sees of the user's settings; ends when this is dropped.
    pub(super) identity: Option<super::identity::Identity>,
    /// The folder of a container that has no layer; removed when this is dropped.
    #[expect(dead_code, reason = "held for what its end does")]
    pub(super) folder: Option<super::layer::Own>,
    pub(super) supervisor: Arc<dyn Supervisor>,
    /// A folder for what sessions print.
    pub(super) spools: PathBuf,
    pub(super) label: String,
}

impl std::fmt::Debug for Confined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Confined")
            .field("tier", &self.tier)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

impl Confined {
    /// Starts a command whose streams or terminal the caller moves, for people who watch it.
    pub async fn start(&self, command: &Command, terminal: Option<Size>) -> Result<Running> {
        let spec = CellCommand {
            terminal: terminal.map(session::window),
            ..self.command(command)?
        };
        self.commands.fetch_add(1, Ordering::Relaxed);
        let streams = Streams {
            stdin: Stream::Pipe,
            ..Streams::default()
        };
        match &*self.cell.read().await {
            Some(cell) => cell.spawn(&spec, streams).await,
            None => Err(CellError::Ended),
        }
        .map_err(|error| failure(&error))
    }

    /// Waits for a command that was started, and says how it ended.
    pub async fn finish(&self, running: &mut Running) -> Result<Exit> {
        match running.wait().await {
            Ok(finish) => Ok(Self::exit(finish.outcome)),
            // The whole cell died.
            Err(CellError::Ended) => Ok(Exit::Signal(libc::SIGKILL)),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Runs a command to its end; with a store, long streams are stored whole.
    async fn hear(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
        blobs: Option<&dyn BlobStore>,
    ) -> Result<Finished> {
        let began = Instant::now();
        let spec = self.command(&command)?;
        self.commands.fetch_add(1, Ordering::Relaxed);
        let streams = Streams {
            stdin: if command.stdin.is_empty() {
                Stream::Null
            } else {
                Stream::Pipe
            },
            ..Streams::default()
        };
        let mut running = match &*self.cell.read().await {
            Some(cell) => cell.spawn(&spec, streams).await,
            None => Err(CellError::Ended),
        }
        .map_err(|error| failure(&error))?;
        let (stdin, stdout, stderr) = (
            running.stdin.take(),
            running.stdout.take(),
            running.stderr.take(),
        );
        let room = blobs.map(|_| Room {
            folder: &self.spools,
            limit: u64::from(self.limits.disk_mib) << 20,
        });
        let heard = || {
            let lines = on_line.clone().map(|on_line| Lines::new(on_line, began));
            Heard::new(command.keep, room, lines)
        };
        let (mut out, mut err) = (heard(), heard());
        let exit = {
            let talk = async {
                tokio::join!(
                    feed(stdin, &command.stdin),
                    out.drain(stdout),
                    err.drain(stderr),
                );
            };
            let mut talk = pin!(talk);
            let mut has_talked = false;
            let mut is_cancelled = false;
            let finish = loop {
                tokio::select! {
                    biased;
                    finish = running.wait() => break finish,
                    () = cancel.cancelled(), if !is_cancelled => {
                        is_cancelled = true;
                        running.kill();
                    }
                    () = &mut talk, if !has_talked => has_talked = true,
                }
            };
            if !has_talked {
                let _cut = tokio::time::timeout(LAST_BYTES, talk).await;
            }
            match finish {
                Ok(finish) => Self::exit(finish.outcome),
                // The whole cell died, with all that the command said until then.
                Err(CellError::Ended) => Exit::Signal(libc::SIGKILL),
                Err(error) => return Err(failure(&error)),
            }
        };
        Ok(Finished {
            exit,
            stdout: out.finish(blobs).await?,
            stderr: err.finish(blobs).await?,
            took: Millis::new(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)),
            tier: self.tier,
        })
    }

    fn command(&self, command: &Command) -> Result<CellCommand> {
        lookup::check_command(command)?;
        let search = &self.surroundings.search;
        let program = match &self.image {
            None => lookup::find(&command.program, search)?,
            Some(programs) => programs.find(&command.program, search)?,
        };
        let mut env = self.surroundings.variables.clone();
        let path = std::env::join_paths(&self.surroundings.search).unwrap_or_default();
        env.insert("PATH".into(), path);
        for (name, value) in &command.env {
            env.insert(name.into(), value.into());
        }
        Ok(CellCommand {
            program: program.into(),
            args: command.args.iter().map(OsString::from).collect(),
            cwd: Some(command.cwd.clone()),
            env,
            timeout: Some(command.timeout.into()),
            terminal: None,
        })
    }

    /// Turns an end into the port's words.
    pub(super) fn exit(outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Code(code) => Exit::Code(code),
            Outcome::Signal(signal) => Exit::Signal(signal),
            Outcome::TimedOut => Exit::TimedOut,
            Outcome::Cancelled => Exit::Cancelled,
            Outcome::OutOfMemory => Exit::OutOfMemory,
            Outcome::OutOfProcesses => Exit::OutOfProcesses,
            Outcome::OutOfDisk => Exit::OutOfDisk,
        }
    }
}

/// Turns a failure of the sandbox into the port's taxonomy.
pub(super) fn failure(error: &CellError) -> Failure {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message.push_str(": ");
        message.push_str(&inner.to_string());
        source = inner.source();
    }
    match error {
        CellError::Spec(_) => Failure::new(FailureKind::Refused, message),
        CellError::Start { errno, .. } if *errno == libc::ENOENT => {
            Failure::new(FailureKind::Missing, message).with_hint(
                "the program, or the interpreter it names, is not visible in the sandbox; name its folder in `sandbox.readable`",
            )
        }
        CellError::Start { .. } => Failure::new(FailureKind::Refused, message),
        CellError::Open { .. } => Failure::new(FailureKind::Unavailable, message)
            .with_hint("`venom sandbox doctor` says what this machine offers"),
        CellError::Zygote(_) | CellError::Ended | CellError::NotGone | CellError::Io(_) => {
            Failure::new(FailureKind::Unavailable, message)
        }
    }
}

#[async_trait]
impl Executor for Confined {
    async fn run(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished> {
        self.hear(command, cancel, on_line, None).await
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        let search = &self.surroundings.search;
        match &self.image {
            None => lookup::find(program, search).ok(),
            Some(programs) => programs
                .find(program, search)
                .ok()
                .filter(|path| programs.found.contains(path)),
        }
    }

    fn tier(&self) -> Tier {
        self.tier
    }
}

#[async_trait]
impl Cell for Confined {
    fn receipt(&self) -> Receipt {
        Receipt {
            tier: self.tier,
            commands: self.commands.load(Ordering::Relaxed),
            enforced: {
                let mut words = words(&self.enforced);
                words.extend(
                    self.image
                        .iter()
                        .flat_map(|image| image.words.iter().cloned()),
                );
                words.extend(self.identity.iter().map(|_| "git-settings".to_owned()));
                words
            },
            limits: Some(self.limits),
            outputs: self.outputs.load(Ordering::Relaxed).into(),
        }
    }

    async fn begin(&self, spec: SessionSpec) -> Result<Arc<dyn Session>> {
        if !spec.command.stdin.is_empty() {
            return Err(Failure::new(
                FailureKind::Refused,
                "the input of a session is written when it runs",
            ));
        }
        let command = CellCommand {
            terminal: spec.terminal.map(session::window),
            ..self.command(&spec.command)?
        };
        let unavailable = |error: std::io::Error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("cannot make what a session needs: {error}"),
            )
            .with_hint("see that the data folder is writable and the disk is not full")
        };
        let limit = u64::from(self.limits.disk_mib) << 20;
        let mut preparation = Preparation::new(
            spec.terminal.is_some(),
            &self.spools,
            limit,
            spec.command.keep.tail,
        )
        .map_err(unavailable)?;
        self.commands.fetch_add(1, Ordering::Relaxed);
        let running = match &*self.cell.read().await {
            Some(cell) => cell.spawn(&command, preparation.streams()).await,
            None => Err(CellError::Ended),
        }
        .map_err(|error| failure(&error))?;
        let live = Live::take(running, preparation, self.supervisor.as_ref(), &self.label);
        Ok(Arc::new(live.map_err(unavailable)?))
    }

    async fn run_whole(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
        blobs: &dyn BlobStore,
    ) -> Result<Finished> {
        self.hear(command, cancel, on_line, Some(blobs)).await
    }

    async fn close(&self, blobs: &dyn BlobStore) -> Result<Left> {
        if let Some(cell) = self.cell.write().await.take() {
            cell.close().await.map_err(|error| failure(&error))?;
        }
        if let Some(egress) = &self.egress {
            egress.stop();
        }
        let Some((layer, beneath)) = self.layer.lock().await.take() else {
            return Ok(Left::default());
        };
        // The workspace is no lower layer any more: it may be written now.
        drop(beneath);
        let left = layer.settle(blobs).await?;
        self.outputs.store(
            u32::try_from(left.outputs).unwrap_or(u32::MAX),
            Ordering::Relaxed,
        );
        Ok(left)
    }
}

/// Says in words what was enforced.
fn words(enforced: &cell::Enforced) -> Vec<String> {
    let mut words = Vec::new();
    if !enforced.namespaces.is_empty() {
        words.push(format!("namespaces:{}", enforced.namespaces.join("+")));
    }
    words.push(format!("workspace:{}", enforced.workspace));
    if enforced.id_mapped {
        words.push("id-mapped".to_owned());
    }
    if enforced.landlock_abi > 0 {
        words.push(format!("landlock:{}", enforced.landlock_abi));
    }
    if enforced.seccomp_instructions > 0 {
        words.push("seccomp".to_owned());
    }
    if enforced.no_capabilities {
        words.push("no-capabilities".to_owned());
    }
    if enforced.no_new_privileges {
        words.push("no-new-privileges".to_owned());
    }
    let cgroup = match enforced.cgroup {
        cell::CgroupKind::V2 => "cgroup:v2",
        cell::CgroupKind::V1 => "cgroup:v1",
        cell::CgroupKind::None => "cgroup:none",
    };
    words.push(cgroup.to_owned());
    for (what, by) in [
        ("memory", enforced.memory_by),
        ("cpu", enforced.cpu_by),
        ("processes", enforced.processes_by),
    ] {
        let by = match by {
            cell::Enforcer::Cgroup => "cgroup",
            cell::Enforcer::EachProcess => "each-process",
            cell::Enforcer::User => "user",
            cell::Enforcer::Nobody => "nobody",
        };
        words.push(format!("{what}:{by}"));
    }
    words.push(format!("network:{}", enforced.network));
    // Over a layer, what does not exist cannot be made either: its check refuses it.
    let is_checked = matches!(enforced.workspace.as_str(), "overlay" | "copy");
    for (path, why) in enforced.unprotected.iter().filter(|_| !is_checked) {
        words.push(format!("unprotected:{path}:{why}"));
    }
    words
}
