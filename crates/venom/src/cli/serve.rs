//! `venom serve`: the HTTP API of this machine's user.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use venom_engine::memory::reason::Rules;
use venom_engine::relay::Relays;
use venom_exec::egress::Trust;
use venom_exec::os::{OsEntropy, SystemClock};
use venom_kernel::money::MicroUsd;
use venom_kernel::redact::Redactor;
use venom_kernel::time::Millis;
use venom_ports::api::runs::Runs as _;
use venom_ports::{Failure, FailureKind};
use venom_server::metrics::Live;
use venom_server::otlp::{Collector, Exporter};
use venom_server::token::Scope;
use venom_server::token::store::{Tokens, Wanted, write_private};
use venom_server::{Rate, Server, Services, Setup, tls};
use zeroize::Zeroizing;

use super::attend::Signals;
use super::context::{Context, absolute};
use crate::config::{duration, money};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::Form;
use crate::wire;
use crate::wire::beliefs::Believed;
use crate::wire::folders::FolderEngines;
use crate::wire::timed::TimedLog;

/// Serve the HTTP API: runs, events, plans, snapshots, for programs
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// Speak TLS 1.3 with a certificate that is made once, and whose SHA-256 is printed
    #[arg(long)]
    tls: bool,
    /// Speak TLS 1.3 with this certificate, a PEM file with those above it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A further name that the server is known by
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// How many requests a token may make in a minute
    #[arg(long, value_name = "N", default_value_t = 6_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: u32,
    /// How many connections there may be
    #[arg(long, value_name = "N", default_value_t = 2_048, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: u32,
    /// How many streams of events may be open
    #[arg(long, value_name = "N", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    streams: u32,
    /// Tell a collector what runs do, as OTLP over HTTP, such as `http://127.0.0.1:4318`; VENOM_OTLP_HEADER is a header
    /// that lets in there
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// How often the collector is told
    #[arg(long, value_name = "TIME", default_value = "5s", requires = "otlp", value_parser = duration::parse)]
    otlp_every: Millis,
    /// The most that programs may spend on models through this server in a day of UTC
    #[arg(long, value_name = "DOLLARS", value_parser = money::parse)]
    models_per_day: Option<MicroUsd>,
}

/// Wrong tokens of an address: a few at once, then one every few seconds.
fn guesses() -> Rate {
    Rate::new(10, 20)
}

pub(super) fn run(context: &Context, args: &ServeArgs) -> CliResult {
    let wants_tls = args.tls || args.tls_cert.is_some();
    if !args.listen.ip().is_loopback() && !wants_tls {
        return Err(CliError::usage(format!(
            "{} can be reached from other machines, so it needs TLS",
            args.listen.ip()
        ))
        .code("needs-tls")
        .hint("add `--tls`, or `--tls-cert FILE --tls-key FILE`; or listen on 127.0.0.1"));
    }
    let paths = context.paths()?;
    let connections = room_for(args.connections);
    let folder = paths.data().join("server");
    // Sockets that were handed over must not be inherited by what is started here.
    let handed = listenfd::ListenFd::from_env()
        .take_tcp_listener(0)
        .map_err(|error| {
            CliError::new(
                Exit::Failed,
                format!("the socket that was handed over cannot be used: {error}"),
            )
        })?;
    let identity = identity(context, args, &folder)?;
    let exporter = exporter(context, args)?;
    context.with_commands(async |wired| {
        let mut signals = Signals::listen()?;
        wire::tidy(&paths);
        let listener = listen(args.listen, handed).await?;
        let address = listener.local_addr().map_err(|error| refused(args.listen, &error))?;
        if !address.ip().is_loopback() && identity.is_none() {
            return Err(CliError::usage(
                "the socket that was handed over can be reached from other machines, so it needs TLS",
            )
            .code("needs-tls"));
        }
        let settings = context.settings()?;
        let live = Arc::new(Live::new(wired.store.lookups()));
        let mut world = wired.world.clone();
        world.log = Arc::new(TimedLog::new(Arc::clone(&world.log), Arc::clone(&live)));
        let host = wired.host.beside(world.clone());
        let relays = Relays::new(host.clone(), args.models_per_day);
        match relays.sweep().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "ended calls that nobody waits for any more"),
            Err(error) => tracing::warn!(%error, "calls of an earlier server were not looked for"),
        }
        let folders = FolderEngines::new(
            context.env.clone(),
            paths.clone(),
            world.clone(),
            host.clone(),
            Arc::clone(&wired.cache),
        );
        let probed = wired.sandbox.probe().await;
        let services = Services {
            runs: Arc::new(host.clone()),
            time: Arc::new(host.clone()),
            intents: Arc::new(host.clone()),
            preferences: Arc::new(host.clone()),
            plans: Arc::new(host.clone()),
            relay: Arc::new(relays),
            records: Arc::new(host.clone()),
            episodes: wired.store.episodes(),
            beliefs: Arc::new(Believed {
                log: wired.store.memory_log(),
                sayings: wired.store.sayings(),
                clock: Arc::clone(&world.clock),
                host: host.clone(),
                rules: paths.rules(),
                redactor: Redactor::new(context.env.secrets()),
            }),
            learned: Arc::new(host.clone()),
            redactor: Redactor::new(context.env.secrets()),
            clock: Arc::clone(&world.clock),
            projections: Arc::clone(&world.projections),
            live,
            archives: wired.archives(&paths)?,
            skills: Arc::clone(&wired.world.skills),
            folders: Arc::new(folders),
            config: settings.to_json(),
            sandbox: probed.map_or_else(|failure| json!({ "failed": failure.message }), |probe| json!(probe)),
            version: wire::VERSION.to_owned(),
        };
        let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(OsEntropy::new()));
        let pin = identity.as_ref().map(|identity| identity.pin.clone());
        let setup = Setup {
            folder: folder.clone(),
            hosts: args.hosts.clone(),
            identity,
            rate: Rate::new(args.rate, args.rate.div_ceil(10).max(20)),
            guesses: guesses(),
            connections,
            streams: args.streams as usize,
            clock: clock.clone(),
            entropy: entropy.clone(),
            exporter,
            give_back: Arc::new(venom_exec::heap::give_back),
        };
        let server = Server::new(setup, listener, services)?;
        let token = own_token(&Tokens::new(&folder, clock, entropy), &folder)?;
        server.take_up().await;
        let scheme = if pin.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{address}");
        if context.out.form == Form::Text {
            context.out.talk(&format!("listening on {url}"));
            if let Some(pin) = &pin {
                context.out.talk(&format!("certificate SHA-256 {pin}"));
            }
            context.out.talk(&format!("token in {}", token.display()));
        } else {
            context.out.document(
                "serve",
                json!({ "url": url, "pin": pin, "token_file": token.display().to_string() }),
            );
        }
        notify(context, "READY=1");
        let consolidation = super::memory::consolidation(context)?;
        let until = CancellationToken::new();
        let serving = server.serve(until.clone());
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => {}
            () = tell_vectors(&wired.store) => {}
            () = tell_graph(wired) => {}
            () = super::memory::by_schedule(wired, &consolidation) => {}
            _ = signals.next() => {
                notify(context, "STOPPING=1");
                context.out.talk("stopping; runs can be taken up again");
                until.cancel();
                serving.await;
            }
        }
        host.interrupt("venom serve").await;
        Ok(Exit::Ok)
    })
}

/// Makes what tells a collector, if one is named.
fn exporter(context: &Context, args: &ServeArgs) -> Result<Option<Exporter>, CliError> {
    let Some(url) = &args.otlp else {
        return Ok(None);
    };
    if args.otlp_every.get() < 100 {
        return Err(CliError::usage("`--otlp-every` is 100 ms at least"));
    }
    let header = match context.env.get("VENOM_OTLP_HEADER") {
        None => None,
        Some(text) => {
            let (name, value) = text.split_once(':').ok_or_else(|| {
                CliError::usage("VENOM_OTLP_HEADER is no header")
                    .hint("it is such as `authorization: Bearer SECRET`")
            })?;
            let value = Zeroizing::new(value.trim().to_owned());
            Some((name.trim().to_ascii_lowercase(), value))
        }
    };
    let collector = Collector {
        url: url.clone(),
        header,
        every: Duration::from(args.otlp_every),
        clock: Arc::new(SystemClock::new()),
        roots: Box::new(|| {
            Trust::system()
                .map(|trust| trust.store())
                .map_err(|error| error.to_string())
        }),
    };
    let exporter = Exporter::new(collector, wire::VERSION).map_err(|failure| {
        let mut error = CliError::usage(failure.message).code("bad-collector");
        error.hint = failure.hint;
        error
    })?;
    Ok(Some(exporter))
}

/// Makes room for connections: each needs a descriptor, and runs need some as well.
fn room_for(connections: u32) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// Descriptors for everything that is no connection. Chosen: a store, and a few dozen commands.
    const OTHERS: u64 = 256;
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::from(connections) + OTHERS;
    let reach = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let mut current = limit.current.unwrap_or(wanted);
    if current < reach {
        let raised = Rlimit {
            current: Some(reach),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            current = reach;
        }
    }
    let room = current
        .saturating_sub(OTHERS)
        .max(16)
        .min(u64::from(connections));
    usize::try_from(room).unwrap_or(16)
}

fn refused(address: SocketAddr, error: &std::io::Error) -> CliError {
    CliError::new(Exit::Failed, format!("cannot listen on {address}: {error}"))
        .code("cannot-listen")
        .hint("see what listens there, or take a free port with `--listen 127.0.0.1:0`")
}

async fn listen(
    address: SocketAddr,
    handed: Option<std::net::TcpListener>,
) -> Result<TcpListener, CliError> {
    match handed {
        Some(listener) => listener
            .set_nonblocking(true)
            .and_then(|()| TcpListener::from_std(listener)),
        None => TcpListener::bind(address).await,
    }
    .map_err(|error| refused(address, &error))
}

fn identity(
    context: &Context,
    args: &ServeArgs,
    folder: &std::path::Path,
) -> Result<Option<tls::Identity>, CliError> {
    Ok(match (&args.tls_cert, &args.tls_key) {
        (Some(chain), Some(key)) => Some(tls::given(
            &absolute(&context.env, chain),
            &absolute(&context.env, key),
        )?),
        _ if args.tls => {
            let mut names = args.hosts.clone();
            if !args.listen.ip().is_unspecified() {
                names.push(args.listen.ip().to_string());
            }
            Some(tls::own(folder, &names)?)
        }
        _ => None,
    })
}

/// Sees that this machine's user has a token: the file with it is made when it is not there, or when
/// its token was revoked.
fn own_token(tokens: &Tokens, folder: &std::path::Path) -> Result<PathBuf, CliError> {
    let path = folder.join("token");
    let known = match std::fs::read_to_string(&path) {
        Ok(text) => tokens.knows(text.trim())?,
        Err(_not_there) => false,
    };
    if !known {
        let (_, text) = tokens.create(&Wanted {
            label: "the user of this machine".to_owned(),
            scopes: vec![Scope::Admin],
            lasts: None,
            per_day: None,
        })?;
        write_private(&path, &text)?;
    }
    Ok(path)
}

/// Tells a service manager that waits for it how far the server has come.
fn notify(context: &Context, what: &str) {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr as UnixAddr, UnixDatagram};
    let Some(name) = context.env.get("NOTIFY_SOCKET") else {
        return;
    };
    let tell = || -> std::io::Result<usize> {
        let address = match name.strip_prefix('@') {
            Some(name) => UnixAddr::from_abstract_name(name.as_bytes())?,
            None => UnixAddr::from_pathname(name)?,
        };
        UnixDatagram::unbound()?.send_to_addr(what.as_bytes(), &address)
    };
    if let Err(error) = tell() {
        tracing::warn!(%error, "the service manager was not told");
    }
}

/// How often a service with vectors is told what is new. Chosen: a search tells what is newer itself.
const TELLING: std::time::Duration = std::time::Duration::from_secs(10);
/// How long searches have between two thousands that are told.
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(200);

/// Tells a service with vectors what is new, for as long as the server lives. One that was away is told what it
/// missed as soon as it is back.
async fn tell_vectors(store: &venom_store::Store) {
    if !store.has_vectors() && !store.has_embedder() {
        std::future::pending::<()>().await;
    }
    loop {
        // A thousand at a time, or a group of vectors that a model makes: searches come between.
        // Vectors are made first, and a model that is away keeps no service from what it has made.
        let lacking = store.embed(1).await;
        let told = match store.sync_vectors(1).await {
            Ok(behind) => lacking.map(|lacking| behind.max(lacking)),
            Err(failure) => Err(failure),
        };
        let wait = match told {
            Ok(behind) if behind > 0 => BETWEEN,
            Ok(_) => TELLING,
            Err(failure) => {
                tracing::debug!(%failure, "vectors were not told");
                TELLING
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// How often a service with a graph is told what is believed. Chosen: what is believed is folded anew for it.
const FOLDING: std::time::Duration = std::time::Duration::from_mins(1);

/// Tells a service with a graph what is believed, for as long as the server lives.
async fn tell_graph(wired: &wire::Wired) {
    let Some(graph) = wired.store.graph() else {
        return std::future::pending().await;
    };
    let facts = wired.facts(Rules::default());
    loop {
        let told = async {
            let edges = facts.told().await?.edges();
            let graph = Arc::clone(&graph);
            tokio::task::spawn_blocking(move || graph.follow(&edges))
                .await
                .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
        };
        if let Err(failure) = told.await {
            tracing::debug!(%failure, "the graph was not told");
        }
        tokio::time::sleep(FOLDING).await;
    }
}
