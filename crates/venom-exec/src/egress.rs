//! The way out of a sandbox: an allow-list by host, and secrets put in at the edge.
//!
//! A sandbox has no network. The one thing it can reach is a listener on its own loopback, made
//! inside its network namespace and handed out as a descriptor; what is accepted there is served
//! here, in the host's namespace, as an HTTP proxy. Four things are decided for each request, in
//! this order: is it one that nobody can read another way (`head`), is its host on the list
//! (`rule`), may the addresses that the name leads to be dialled (`address`, `resolve`), and
//! which placeholders become values (`secret`). Each is told as a [`Decision`].
//!
//! What the proxy does not do: it follows no redirects, keeps no answers, adds nothing about the
//! client, and opens HTTPS only where a secret is bound or a rule names methods. It cannot see
//! into other tunnels, nor past the host: a host on the list that passes data on to others does so
//! unseen.

mod address;
mod body;
mod budget;
mod decision;
mod environment;
mod exchange;
mod head;
mod host;
mod mask;
mod resolve;
mod rule;
mod secret;
mod tls;
mod tunnel;
mod wire;

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::address::{AddressClass, Private, classify};
pub use self::budget::Spent;
pub use self::decision::{Breakdown, Decision, Decisions, Refusal, Scheme, Unseen, Verdict};
pub use self::environment::proxy_env;
pub use self::head::Malformed;
pub use self::host::{Host, HostError};
pub use self::resolve::{Resolve, SystemResolver};
pub use self::rule::{Pattern, Rule, RuleError, Rules};
pub use self::secret::{Place, SENTINEL, Secret, SecretError, SecretId, Secrets};
pub use self::tls::{AuthorityError, Trust, TrustError};

use self::budget::Budget;
use self::decision::Entry;
use self::exchange::{Ended, Session};
use self::tls::Tls;
use self::wire::Peer;

/// What one run may use, and how long anything may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections of one sandbox at a time. More wait until one ends.
    pub connections: usize,
    /// Bytes of the head of a request or an answer.
    pub head_bytes: usize,
    /// Bytes of the body of a request.
    pub request_body: u64,
    /// Bytes of the body of an answer.
    pub answer_body: u64,
    /// Bytes of a body that is read whole so that values can be put in or masked.
    pub inspect_body: usize,
    /// Bytes of the whole run, both ways together.
    pub run_bytes: u64,
    /// Requests and tunnels of the whole run, refused ones among them.
    pub run_requests: u64,
    /// For the first request of a connection, for a whole head, and for the greeting in a tunnel.
    pub head_time: Duration,
    /// For looking up a name, and for connecting.
    pub connect_time: Duration,
    /// For each TLS handshake.
    pub handshake_time: Duration,
    /// For an answer to begin once the request was sent.
    pub answer_time: Duration,
    /// For anything to move.
    pub idle_time: Duration,
    /// For one whole request or tunnel.
    pub exchange_time: Duration,
    /// For a client to take a refusal before the connection is closed.
    pub linger_time: Duration,
    /// For what may be the beginning of a secret's value to be held back.
    pub hold_time: Duration,
}

impl Default for Limits {
    /// Chosen so that installing a large project passes, and a program gone wild does not.
    fn default() -> Self {
        Self {
            connections: 128,
            head_bytes: 64 * 1024,
            request_body: 1 << 30,
            answer_body: 4 << 30,
            inspect_body: 1 << 20,
            run_bytes: 8 << 30,
            run_requests: 20_000,
            head_time: Duration::from_secs(15),
            connect_time: Duration::from_secs(10),
            handshake_time: Duration::from_secs(10),
            // Models think for minutes before their first word.
            answer_time: Duration::from_mins(5),
            idle_time: Duration::from_mins(2),
            exchange_time: Duration::from_hours(1),
            linger_time: Duration::from_secs(1),
            hold_time: Duration::from_millis(200),
        }
    }
}

/// What the way out of one run is like.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// What may be reached.
    pub rules: Rules,
    /// What is put in, and towards whom.
    pub secrets: Secrets,
    /// Who says that a host is who it says it is. Needed only where HTTPS is opened.
    pub trust: Trust,
    /// How much, and how long.
    pub limits: Limits,
}

/// The way out of one run: shared by all of its sandboxes, so that budgets and certificates are.
#[derive(Clone)]
pub struct Egress {
    shared: Arc<Shared>,
}

/// What all connections of a run share.
struct Shared {
    rules: Rules,
    secrets: Secrets,
    limits: Limits,
    trust: Trust,
    tls: Option<Tls>,
    budget: Budget,
    /// Bodies and answers that are held whole; further ones wait. Each kind has its own places, so
    /// that an answer never waits for the request it belongs to.
    whole_bodies: Arc<Semaphore>,
    whole_answers: Arc<Semaphore>,
    resolver: Arc<dyn Resolve>,
    decisions: Decisions,
}

/// How many bodies are held whole at a time, and how many answers. With the default size of one
/// and a copy for what is put in, that keeps a run below 64 MiB.
const WHOLE: usize = 16;

impl Shared {
    fn entry(&self, scheme: Scheme) -> Entry<'_> {
        Entry::new(&self.decisions, &self.budget, scheme)
    }
}

impl Egress {
    /// Makes the way out of a run. An authority for certificates is made if HTTPS has to be opened.
    pub fn new(
        setup: Setup,
        resolver: Arc<dyn Resolve>,
        decisions: Decisions,
    ) -> Result<Self, AuthorityError> {
        let Setup {
            rules,
            secrets,
            trust,
            limits,
        } = setup;
        let needs_tls = rules.need_requests() || secrets.is_any_bound();
        let tls = needs_tls.then(|| Tls::new(&trust)).transpose()?;
        let budget = Budget::new(limits.run_bytes, limits.run_requests);
        Ok(Self {
            shared: Arc::new(Shared {
                rules,
                secrets,
                limits,
                trust,
                tls,
                budget,
                whole_bodies: Arc::new(Semaphore::new(WHOLE)),
                whole_answers: Arc::new(Semaphore::new(WHOLE)),
                resolver,
                decisions,
            }),
        })
    }

    /// Returns the certificate of the run's own authority, if it has one.
    pub fn ca_pem(&self) -> Option<&str> {
        self.shared.tls.as_ref().map(Tls::ca_pem)
    }

    /// Returns what programs in the sandbox should trust: the roots, for tunnels that are not
    /// opened, and the run's own authority, for those that are. `None` if none are opened.
    pub fn ca_bundle_pem(&self) -> Option<String> {
        self.ca_pem()
            .map(|ours| format!("{}{ours}", self.shared.trust.to_pem()))
    }

    /// Serves one sandbox until `cancel`; then all of its connections are closed at once.
    ///
    /// `listener` is a TCP socket that listens, in whatever network namespace. The future has to
    /// be polled in a runtime with I/O and time. It fails only if the socket is not such a one.
    pub fn serve(
        &self,
        listener: OwnedFd,
        cancel: CancellationToken,
    ) -> impl Future<Output = io::Result<()>> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        async move {
            if !sockopt::socket_acceptconn(&listener)? {
                let message = "the egress proxy was given a socket that does not listen";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            let listener = std::net::TcpListener::from(listener);
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            accept_all(shared, &listener, cancel).await
        }
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Egress")
            .field("rules", &self.shared.rules)
            .field("secrets", &self.shared.secrets)
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}

async fn accept_all(
    shared: Arc<Shared>,
    listener: &TcpListener,
    cancel: CancellationToken,
) -> io::Result<()> {
    // The connections belong to this future and to nobody else: the set ends them with it.
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(shared.limits.connections));
    let outcome = loop {
        let accepted = async {
            // Closed never; without a place the client waits in the kernel's queue.
            let place = Arc::clone(&places).acquire_owned().await;
            listener.accept().await.map(|(stream, _)| (stream, place))
        };
        tokio::select! {
            biased;
            () = cancel.cancelled() => break Ok(()),
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(error) = ended && error.is_panic() {
                    tracing::error!("a connection of the egress proxy panicked");
                }
            }
            accepted = accepted => match accepted {
                Ok((stream, place)) => {
                    let shared = Arc::clone(&shared);
                    connections.spawn(async move {
                        connection(&shared, stream).await;
                        drop(place);
                    });
                }
                Err(error) if is_fatal(error.kind()) => break Err(error),
                // Out of descriptors, most likely: some will come back.
                Err(error) => {
                    tracing::warn!(kind = %error.kind(), "the egress proxy cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    };
    connections.shutdown().await;
    outcome
}

/// Whether the socket is none that listens.
fn is_fatal(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
    )
}

/// Serves one connection to its end.
async fn connection(shared: &Shared, stream: TcpStream) {
    let _kept_slow = stream.set_nodelay(true);
    let client = Peer::new(Box::new(stream));
    let session = Box::pin(Session::new(shared, client).run());
    match session.await {
        Ended::Done(_) => {}
        Ended::Tunnel {
            client,
            head,
            entry,
        } => Box::pin(tunnel::connect(shared, client, head, *entry)).await,
    }
}
