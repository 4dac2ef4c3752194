//! The handle of the process that makes cells, and that process's way in.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::handle::{Cell, CellError};
use super::spec::CellSpec;
use super::{frames, serve, sys, wire};

/// What the zygote is called; the name is also how a program knows that it is one.
const NAME: &str = "venom-zygote";

/// How long a zygote without handles may take to end its cells before it is killed.
const PATIENCE: Duration = Duration::from_secs(3);

/// Serves cells and never returns, if this process was started as a zygote; returns at once
/// otherwise. To be the first thing in `main`, before anything is read, allocated or started.
pub fn serve_if_zygote() {
    let mut args = std::env::args_os();
    if args.next().is_none_or(|name| name != NAME) {
        return;
    }
    // The socket comes as the standard input; anything else there is somebody trying things out.
    let code = match sys::inherited(0) {
        Ok(channel) if is_channel(&channel) => serve::serve(&channel),
        _ => 1,
    };
    sys::exit_now(code)
}

fn is_channel(fd: &OwnedFd) -> bool {
    rustix::net::sockopt::socket_type(fd)
        .is_ok_and(|kind| kind == rustix::net::SocketType::SEQPACKET)
}

/// A handle of the process that makes cells. Clones share it; it ends with the last one, and with
/// this process however that ends.
#[derive(Debug, Clone)]
pub struct Zygote {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    channel: Option<OwnedFd>,
    child: Mutex<Child>,
}

impl Zygote {
    /// Starts the zygote. The program must call [`serve_if_zygote`] first thing in its `main`; it
    /// usually is the running one. Call it before there are threads, secrets or big data.
    pub fn start(program: &Path) -> io::Result<Self> {
        let (ours, theirs) = wire::channel()?;
        let child = Command::new(program)
            .arg0(NAME)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            inner: Arc::new(Inner {
                channel: Some(ours),
                child: Mutex::new(child),
            }),
        })
    }

    /// Returns the process id of the zygote.
    pub fn pid(&self) -> u32 {
        self.inner
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .id()
    }

    /// Opens a cell. Dropping the future ends what was begun.
    pub async fn open(&self, spec: CellSpec) -> Result<Cell, CellError> {
        spec.check()?;
        let (ours, theirs) = wire::channel().map_err(CellError::Io)?;
        let opening = Cell::prepare(ours, spec)?;
        let frame = frames::open(opening.spec());
        if let Some(channel) = &self.inner.channel {
            wire::send(channel.as_fd(), &frame, &[theirs.as_fd()]).map_err(CellError::Zygote)?;
        }
        // Only the zygote and the cell may hold the other end, or its closing would go unheard.
        drop(theirs);
        opening.ready().await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.channel = None;
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let deadline = Instant::now() + PATIENCE;
        while matches!(child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
