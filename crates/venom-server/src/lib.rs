//! The HTTP API of VENOM: what the command line can do, for programs.
//!
//! A request goes through the door ([`mod@token`], rate limits, the guards) to a handler of one
//! noun (`routes`), which asks the ports that the process gave ([`Services`]) and nothing else.
//! Nothing is known here of engines or stores.
//!
//! Reading order: `listen` (connections), `crowd` (what many of them leave behind), `guard` and `door` (who is let in), `repeat` (requests that
//! come twice), `routes`, `problem` (how failures are said), `openai` (the dialect of programs that ask
//! models), [`metrics`] (what operators watch). [`otlp`] tells
//! collectors. [`client`] is the other side: the same ports, asked of a server.
#![forbid(unsafe_code)]

mod chunks;
pub mod client;
mod crowd;
mod door;
mod extract;
mod guard;
mod house;
mod journal;
mod limit;
mod listen;
pub mod metrics;
mod openai;
pub mod otlp;
mod problem;
mod repeat;
mod routes;
pub mod tls;
pub mod token;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use venom_kernel::id::RunId;
use venom_kernel::run::Phase;
use venom_ports::clock::Clock;
use venom_ports::entropy::Entropy;
use venom_ports::{Failure, FailureKind, Result};

pub use house::{Folders, Services, Wish};
pub use limit::Rate;
pub use problem::Problem;
pub use routes::description;

use crowd::Crowd;
use door::Door;
use house::House;
use journal::Journal;
use listen::GRACE;

/// The file that a live server holds.
const LOCK: &str = "lock";
/// The file that says where it listens.
const PLACE: &str = "listening";
/// How often, and with what pauses, a lock is tried. Chosen: looking whether a server lives takes microseconds.
const LOOKS: u32 = 5;
const LOOK: Duration = Duration::from_millis(10);

/// How a server is set up.
pub struct Setup {
    /// The folder for tokens, answers and the like; it is made, for its owner alone.
    pub folder: PathBuf,
    /// Further names that the server is known by.
    pub hosts: Vec<String>,
    /// How to speak TLS; plain HTTP if `None`.
    pub identity: Option<tls::Identity>,
    /// How often a token may ask.
    pub rate: Rate,
    /// How often an address may send a wrong token.
    pub guesses: Rate,
    /// How many connections there may be.
    pub connections: usize,
    /// How many streams of events there may be.
    pub streams: usize,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes tokens.
    pub entropy: Arc<dyn Entropy>,
    /// Tells a collector what runs do, if one is named.
    pub exporter: Option<otlp::Exporter>,
    /// Gives back to the system the memory that nothing holds; called, on a thread of its own, when a crowd has gone.
    pub give_back: Arc<dyn Fn() + Send + Sync>,
}

/// A server that is ready to begin.
pub struct Server {
    house: Arc<House>,
    listener: TcpListener,
    identity: Option<tls::Identity>,
    connections: usize,
    closing: CancellationToken,
    earlier: BTreeSet<RunId>,
    exporter: Option<otlp::Exporter>,
    give_back: Arc<dyn Fn() + Send + Sync>,
    /// Held as long as the server lives.
    _lock: File,
}

impl Server {
    /// Prepares a server on a socket that listens.
    pub fn new(setup: Setup, listener: TcpListener, services: Services) -> Result<Self> {
        let unusable = |error: std::io::Error| {
            Failure::new(
                FailureKind::Unavailable,
                format!("{} cannot be used: {error}", setup.folder.display()),
            )
            .with_hint("see that the data folder is writable and the disk is not full")
        };
        let address = listener.local_addr().map_err(unusable)?;
        private_folder(&setup.folder).map_err(unusable)?;
        let lock = alone(&setup.folder)?;
        let place = setup.folder.join(PLACE);
        token::store::write_private(&place, &address.to_string())?;
        let journal = Journal::new(&setup.folder);
        let earlier = journal.read().map_err(unusable)?;
        let closing = CancellationToken::new();
        let tokens = token::store::Tokens::new(
            &setup.folder,
            Arc::clone(&setup.clock),
            Arc::clone(&setup.entropy),
        );
        let door = Arc::new(Door {
            tokens: Arc::new(tokens),
            limits: limit::Limits::new(setup.rate, setup.guesses),
            hosts: guard::Hosts::new(address, &setup.hosts),
            repeats: repeat::Repeats::open(&setup.folder, Arc::clone(&setup.clock))?,
            work: door::Work::default(),
            streams: Arc::new(Semaphore::new(setup.streams)),
            most_streams: setup.streams,
            closing: closing.clone(),
            birth: format!("{:08x}", setup.entropy.random() & 0xffff_ffff),
            requests: AtomicU64::new(1),
        });
        Ok(Self {
            house: Arc::new(House {
                services,
                door,
                journal,
                desks: std::sync::Mutex::default(),
            }),
            listener,
            identity: setup.identity,
            connections: setup.connections,
            closing,
            earlier,
            exporter: setup.exporter,
            give_back: setup.give_back,
            _lock: lock,
        })
    }

    /// Returns the address that it listens at.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Takes up the runs that an earlier server of this folder worked on when it ended. Runs that
    /// were paused stay so.
    pub async fn take_up(&self) {
        // Until it is known which of them have ended all stay in the journal.
        if let Err(error) = self.house.journal.begin(&self.earlier) {
            tracing::warn!(%error, "runs would not be taken up after a restart");
        }
        let mut open = BTreeSet::new();
        for run in &self.earlier {
            match self.house.services.runs.state(*run, None).await {
                Ok(state) if state.phase() == Phase::Finished => {}
                Ok(state) => {
                    open.insert(*run);
                    if state.is_paused() {
                        continue;
                    }
                    if let Err(error) = self.house.take_up(*run, "venom serve").await {
                        tracing::info!(%run, %error, "not taken up");
                    }
                }
                Err(error) => tracing::warn!(%run, %error, "not taken up"),
            }
        }
        if let Err(error) = self.house.journal.begin(&open) {
            tracing::warn!(%error, "runs would not be taken up after a restart");
        }
    }

    /// Serves until it is cancelled; returns when no request is under way any more.
    pub async fn serve(self, until: CancellationToken) {
        let Self {
            house,
            listener,
            identity,
            connections,
            closing,
            exporter,
            give_back,
            _lock,
            ..
        } = self;
        let crowd = Crowd::new(connections);
        let door = Arc::clone(&house.door);
        let sources = otlp::Sources::of(&house.services);
        let mut sent = otlp::Sent::default();
        let app = routes::app(house);
        let serving = listen::serve(listener, app, identity, &crowd, closing.clone());
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => return,
            () = until.cancelled() => closing.cancel(),
            never = otlp::tell(exporter.as_ref(), &sources, &mut sent) => match never {},
            never = crowd.watch(&give_back) => match never {},
        }
        serving.await;
        if tokio::time::timeout(GRACE, door.work.drained())
            .await
            .is_err()
        {
            tracing::warn!("something that was asked for did not come to its end in time");
        }
        if let Some(exporter) = &exporter {
            exporter.end(&sources, &mut sent).await;
        }
    }
}

/// Returns where the server of a folder listens; `None` if none lives.
///
/// A live server holds the lock, which lies where its user alone can reach it, and nobody else can listen where it
/// does: so whoever speaks to this address speaks to that server and to nobody who took its place.
pub fn listening(folder: &Path) -> Option<SocketAddr> {
    let lock = File::open(folder.join(LOCK)).ok()?;
    match flock(&lock, FlockOperation::NonBlockingLockShared) {
        Err(Errno::WOULDBLOCK) => {}
        // It is let go of with the file.
        Ok(()) | Err(_) => return None,
    }
    let text = std::fs::read_to_string(folder.join(PLACE)).ok()?;
    text.trim().parse().ok()
}

/// Sees that no other server uses the folder: each would write over what the other one keeps.
fn alone(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let unusable = |error: std::io::Error| {
        Failure::new(
            FailureKind::Unavailable,
            format!("{} cannot be used: {error}", path.display()),
        )
    };
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(unusable)?;
    let mut locked = flock(&lock, FlockOperation::NonBlockingLockExclusive);
    for _ in 0..LOOKS {
        if locked != Err(Errno::WOULDBLOCK) {
            break;
        }
        // Somebody may only be looking whether a server lives.
        std::thread::sleep(LOOK);
        locked = flock(&lock, FlockOperation::NonBlockingLockExclusive);
    }
    match locked {
        Ok(()) => Ok(lock),
        Err(Errno::WOULDBLOCK) => Err(Failure::new(
            FailureKind::Conflict,
            "another server works with this data folder",
        )
        .with_hint("stop it first, or give this one a folder of its own with VENOM_HOME")),
        Err(errno) => Err(unusable(errno.into())),
    }
}

/// Makes a folder that only its owner may look into.
fn private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}
