//! One container: made, started, and heard from. Its first process calls back on a socket that takes
//! one caller only; whoever calls must be in the container, by the kernel's word.

use std::collections::HashMap;
use std::fs;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bollard::query_parameters::CreateContainerOptions;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, listen, socket_with,
};
use rustix::process::Pid;
use venom_ports::task::{Supervisor, TaskKind};
use venom_ports::{Failure, FailureKind, Result};

use super::bundle::Bundle;
use super::engine::Engine;
use super::hardening::Shape;
use super::reaper::{LEASE, Lease, RUN, remove};

/// How long a started container may take to call back. Chosen: many times what a loaded machine was
/// seen to take.
const CALL: Duration = Duration::from_secs(20);

/// How often is looked whether it is still there while it does not call.
const LOOK: Duration = Duration::from_millis(250);

/// A container that has called back and waits to be told what to be. Dropping it ends it: its first
/// process sees the end of the channel, and the engine removes what is left.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) id: String,
    pub(crate) channel: OwnedFd,
    /// Its first process, as this machine counts.
    pub(crate) pid: Pid,
}

impl Started {
    /// Whether it is still there.
    pub(crate) fn is_alive(&self) -> bool {
        let mut watched = [PollFd::new(&self.channel, PollFlags::IN)];
        let no_wait = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // It says nothing of its own accord before it is told what to be.
        matches!(poll(&mut watched, Some(&no_wait)), Ok(0))
    }
}

/// Returns a name that no other container or folder has.
pub(crate) fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{}-{:x}-{}",
        std::process::id(),
        since.as_micros(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Makes and starts a container. `folder` is its own on this machine. What was begun is finished or
/// removed even if nobody waits for it any more.
pub(crate) async fn start(
    engine: &Arc<Engine>,
    bundle: &Arc<Bundle>,
    supervisor: &dyn Supervisor,
    shape: Shape,
    folder: PathBuf,
    label: &str,
) -> Result<Started> {
    let (tx, rx) = tokio::sync::oneshot::channel();
    let (engine, bundle) = (Arc::clone(engine), Arc::clone(bundle));
    let kind = TaskKind::Effect(format!("container of {label}"));
    let label = label.to_owned();
    let work = async move {
        let done = begin(&engine, &bundle, &shape, &folder, &label).await;
        // If nobody takes it, it is dropped here, which ends it.
        drop(tx.send(done));
    };
    supervisor.start(kind, Box::pin(work), Box::new(|_| {}));
    rx.await.unwrap_or_else(|_lost| {
        Err(Failure::new(
            FailureKind::Internal,
            "the making of a container broke down".to_owned(),
        ))
    })
}

async fn begin(
    engine: &Engine,
    bundle: &Bundle,
    shape: &Shape,
    folder: &Path,
    label: &str,
) -> Result<Started> {
    let listener = Listener::new(&folder.join("run"), shape.user)?;
    let labels = HashMap::from([
        (RUN.to_owned(), label.to_owned()),
        (LEASE.to_owned(), Lease::own().to_string()),
    ]);
    let name = format!("venom-{}", unique());
    let options = CreateContainerOptions {
        name: Some(name.clone()),
        ..CreateContainerOptions::default()
    };
    let body = shape.body(folder, bundle, &engine.facts, labels);
    let order = engine.api.create_container(Some(options), body);
    let made = match engine.order("make a container", order).await {
        Ok(made) => made,
        Err(failure) => {
            // An answer that was lost may have been a yes.
            remove(engine, &name).await;
            return Err(failure);
        }
    };
    let started = async {
        let order = engine.api.start_container(&name, None);
        engine.order("start a container", order).await?;
        listener.call(engine, &name, &made.id, shape.user).await
    };
    match started.await {
        Ok((channel, pid)) => Ok(Started {
            id: made.id,
            channel,
            pid,
        }),
        Err(failure) => {
            remove(engine, &name).await;
            Err(failure)
        }
    }
}

/// The socket that a container calls.
struct Listener {
    socket: Arc<OwnedFd>,
    folder: PathBuf,
}

const NAME: &str = "channel";

impl Listener {
    fn new(folder: &Path, (uid, gid): (u32, u32)) -> Result<Self> {
        let refused = |error: std::io::Error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("cannot make a socket for a container: {error}"),
            )
            .with_hint("see that the data folder is writable and the disk is not full")
        };
        let make = || -> std::io::Result<OwnedFd> {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o755)
                .create(folder)?;
            let socket = socket_with(
                AddressFamily::UNIX,
                SocketType::SEQPACKET,
                SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
                None,
            )?;
            // An address has room for 108 bytes, and a data folder may lie deep.
            let opened = fs::File::open(folder)?;
            let short = format!(
                "/proc/self/fd/{}/{NAME}",
                std::os::fd::AsRawFd::as_raw_fd(&opened)
            );
            bind(&socket, &SocketAddrUnix::new(short.as_str())?)?;
            let path = folder.join(NAME);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
            if rustix::process::geteuid().is_root() {
                std::os::unix::fs::lchown(&path, Some(uid), Some(gid))?;
            }
            listen(&socket, 1)?;
            Ok(socket)
        };
        Ok(Self {
            socket: Arc::new(make().map_err(refused)?),
            folder: folder.to_path_buf(),
        })
    }

    /// Waits for the call of a container.
    async fn call(
        self,
        engine: &Engine,
        name: &str,
        id: &str,
        (uid, _): (u32, u32),
    ) -> Result<(OwnedFd, Pid)> {
        let deadline = Instant::now() + CALL;
        let called = loop {
            let socket = Arc::clone(&self.socket);
            let called = tokio::task::spawn_blocking(move || accept(&socket, LOOK))
                .await
                .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
            if let Some(channel) = called.map_err(|error| broken(&error.to_string()))? {
                break channel;
            }
            let question = engine.api.inspect_container(name, None);
            let runs = match engine.ask("look after a container", question).await {
                Ok(found) => found.state.and_then(|state| state.running).unwrap_or(false),
                Err(failure) if failure.kind == FailureKind::Missing => false,
                Err(failure) => return Err(failure),
            };
            if !runs {
                return Err(broken("its first process ended at once").with_hint(
                    "the engine's runtime may refuse this program; `dmesg` and the engine's log may say why",
                ));
            }
            if Instant::now() > deadline {
                return Err(broken("it does not reach the socket that it was given").with_hint(
                    "the engine must run on this machine and see its folders; gVisor must be allowed host sockets (`--host-uds=all` among the runtime's arguments)",
                ));
            }
        };
        let _gone = fs::remove_file(self.folder.join(NAME));
        let caller = rustix::net::sockopt::socket_peercred(called.as_fd())
            .map_err(|error| broken(&error.to_string()))?;
        let remapped = engine.facts.is_rootless || engine.facts.maps_users;
        if caller.uid.as_raw() != uid && !remapped {
            return Err(broken("somebody else called in its place"));
        }
        // That the caller is in the container `id` is seen from its control group when it is taken over.
        tracing::debug!(
            id,
            pid = caller.pid.as_raw_nonzero().get(),
            "a container called"
        );
        Ok((called, caller.pid))
    }
}

fn broken(why: &str) -> Failure {
    Failure::new(
        FailureKind::Unavailable,
        format!("a container was started and cannot be used: {why}"),
    )
}

/// Takes a caller, if one comes in time.
fn accept(socket: &OwnedFd, wait: Duration) -> std::io::Result<Option<OwnedFd>> {
    let timeout = Timespec::try_from(wait).ok();
    let mut watched = [PollFd::new(socket, PollFlags::IN)];
    match poll(&mut watched, timeout.as_ref()) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    match accept_with(socket, SocketFlags::CLOEXEC) {
        Ok(channel) => Ok(Some(channel)),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::CONNABORTED) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
