//! A proxy with a made-up name service, servers that remember what reached them, and clients that
//! say exactly what they are told to.
//!
//! Everything but the proxy is plain blocking code with a reader of its own, so that a mistake in
//! the proxy's reading is not made twice.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustix::net::{AddressFamily, SocketType};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use venom_exec::egress::{
    Decision, Egress, Limits, Pattern, Resolve, Rule, Rules, Secret, SecretId, Secrets, Setup,
    Trust, Verdict,
};

/// Long enough for a machine that does other things; nothing waits for it to pass.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The value that no sandbox may ever see.
pub(crate) const VALUE: &str = "real+value/of \"the\" secret";

/// A made-up name service: each name has its answers, the last one for good.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    pub(crate) fn set(&self, name: &str, answers: &[&[&str]]) {
        let answers = answers
            .iter()
            .map(|answer| answer.iter().map(|text| text.parse().unwrap()).collect())
            .collect();
        self.answers
            .lock()
            .unwrap()
            .insert(name.to_owned(), answers);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answers = answers.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        if answers.len() > 1 {
            return Ok(answers.remove(0));
        }
        Ok(answers.first().cloned().unwrap_or_default())
    }
}

/// A running proxy. Names that end in `.test` lead to this machine.
pub(crate) struct World {
    pub(crate) port: u16,
    pub(crate) names: Arc<Names>,
    pub(crate) egress: Egress,
    pub(crate) cancel: CancellationToken,
    ended: Receiver<io::Result<()>>,
    decisions: Receiver<Decision>,
    _runtime: Runtime,
}

/// What a proxy is made of.
pub(crate) struct Plan {
    pub(crate) rules: Vec<Rule>,
    pub(crate) deny: Vec<String>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) trust: Trust,
    pub(crate) limits: Limits,
}

impl Plan {
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        Self {
            rules,
            deny: Vec::new(),
            secrets: Vec::new(),
            trust: Trust::default(),
            limits: Limits {
                linger_time: Duration::from_secs(2),
                ..Limits::default()
            },
        }
    }

    pub(crate) fn with_secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    pub(crate) fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    pub(crate) fn with_limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub(crate) fn start(self) -> World {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        self.start_on(listener)
    }

    pub(crate) fn start_on(self, listener: TcpListener) -> World {
        let port = listener.local_addr().unwrap().port();
        let names = Arc::new(Names::default());
        for name in ["a.test", "b.test", "c.test", "registry.test"] {
            names.set(name, &[&["127.0.0.1"]]);
        }
        let deny = self
            .deny
            .iter()
            .map(|text| Pattern::parse_denial(text).unwrap())
            .collect();
        let setup = Setup {
            rules: Rules::new(self.rules, deny).unwrap(),
            secrets: Secrets::new(self.secrets).unwrap(),
            trust: self.trust,
            limits: self.limits,
        };
        let (tell, decisions) = channel();
        let resolver: Arc<dyn Resolve> = names.clone();
        let tell = Arc::new(move |decision| tell.send(decision).unwrap_or_default());
        let egress = Egress::new(setup, resolver, tell).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let cancel = CancellationToken::new();
        let (end, ended) = channel();
        let serve = egress.serve(listener.into(), cancel.clone());
        runtime.spawn(async move {
            let outcome = serve.await;
            end.send(outcome).unwrap_or_default();
        });
        World {
            port,
            names,
            egress,
            cancel,
            ended,
            decisions,
            _runtime: runtime,
        }
    }
}

impl World {
    /// Waits for the next decision.
    pub(crate) fn decision(&self) -> Decision {
        self.decisions.recv_timeout(PATIENCE).unwrap()
    }

    /// Waits for so many decisions and returns them with those that came beside them.
    pub(crate) fn decisions(&self, count: usize) -> Vec<Decision> {
        let mut decisions: Vec<Decision> = (0..count).map(|_| self.decision()).collect();
        decisions.extend(self.decisions.try_iter());
        decisions
    }

    /// Returns the decisions that were told, without waiting.
    pub(crate) fn told(&self) -> Vec<Decision> {
        self.decisions.try_iter().collect()
    }

    /// Waits for the proxy to end.
    pub(crate) fn ended(&self) -> io::Result<()> {
        match self.ended.recv_timeout(PATIENCE) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => panic!("the proxy did not end"),
            Err(RecvTimeoutError::Disconnected) => panic!("the proxy was dropped"),
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.port)
    }

    /// Sends bytes on a connection of their own and returns all that comes back.
    pub(crate) fn ask(&self, bytes: impl AsRef<[u8]>) -> Text {
        let mut stream = self.connect();
        // A proxy that refuses early may not take all of it.
        let _refused = stream.write_all(bytes.as_ref());
        read_all(&mut stream)
    }

    /// Asks for a path of a server by a name and returns the answer.
    pub(crate) fn get(&self, name: &str, port: u16, path: &str) -> Text {
        self.ask(get(name, port, path))
    }

    /// Opens a tunnel. The answer to the request is read, and nothing behind it.
    pub(crate) fn tunnel(&self, name: &str, port: u16) -> (TcpStream, String) {
        let mut stream = self.connect();
        let request = format!("CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap_or_default();
        (stream, head)
    }

    /// Opens a tunnel and TLS inside it, as a client does that trusts `trust`.
    pub(crate) fn tls(&self, name: &str, port: u16, server_name: &str, trust: &str) -> Tls {
        let (stream, head) = self.tunnel(name, port);
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        tls_client(stream, server_name, trust)
    }
}

pub(crate) type Tls = rustls::StreamOwned<ClientConnection, TcpStream>;

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub(crate) fn tls_client(stream: TcpStream, server_name: &str, trust: &str) -> Tls {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(trust.as_bytes()).filter_map(Result::ok);
    roots.add_parsable_certificates(certificates);
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let name = ServerName::try_from(server_name.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    rustls::StreamOwned::new(connection, stream)
}

/// A request for a path, as clients of a proxy write it.
pub(crate) fn get(name: &str, port: u16, path: &str) -> String {
    format!(
        "GET http://{name}:{port}{path} HTTP/1.1\r\nHost: {name}:{port}\r\n\
         Connection: close\r\n\r\n"
    )
}

/// What came back, as text that may have been none.
pub(crate) type Text = String;

/// Reads to the end, or to where the connection breaks.
pub(crate) fn read_all(stream: &mut impl Read) -> Text {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        all.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads a head to its empty line, byte by byte so that nothing behind it is taken.
pub(crate) fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// The value of a header field, in a head as text.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The part of an answer behind its head.
pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// A request as it reached a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

type Handler = Arc<dyn Fn(&Seen) -> Vec<u8> + Send + Sync>;

/// A server that answers as it is told and remembers what it was asked.
pub(crate) struct Server {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<u32>>,
}

impl Server {
    /// Serves plain HTTP.
    pub(crate) fn start(handler: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::run(None, Arc::new(handler))
    }

    /// Serves HTTPS.
    pub(crate) fn start_tls(
        identity: &Identity,
        handler: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        Self::run(Some(Arc::clone(&identity.config)), Arc::new(handler))
    }

    fn run(tls: Option<Arc<ServerConfig>>, handler: Handler) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            seen: Arc::default(),
            connections: Arc::default(),
        };
        let (seen, connections) = (server.seen.clone(), server.connections.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    break;
                };
                *connections.lock().unwrap() += 1;
                let (tls, handler, seen) = (tls.clone(), handler.clone(), seen.clone());
                thread::spawn(move || {
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut raw = stream.try_clone().unwrap();
                    match tls {
                        None => converse(stream, &handler, &seen),
                        Some(config) => {
                            let connection = ServerConnection::new(config).unwrap();
                            let stream = rustls::StreamOwned::new(connection, stream);
                            converse(stream, &handler, &seen);
                        }
                    }
                    // What is still coming is taken, so that the answer is not lost.
                    let _gone = raw.shutdown(Shutdown::Write);
                    let _rest = read_all(&mut raw);
                });
            }
        });
        server
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request that reached it.
    #[track_caller]
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }

    pub(crate) fn connections(&self) -> u32 {
        *self.connections.lock().unwrap()
    }
}

fn converse(mut stream: impl Read + Write, handler: &Handler, seen: &Mutex<Vec<Seen>>) {
    while let Some(head) = read_head(&mut stream) {
        if head.contains("100-continue") {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        }
        let request = Seen {
            body: read_body(&mut stream, &head),
            head,
        };
        seen.lock().unwrap().push(request.clone());
        let answer = handler(&request);
        if stream
            .write_all(&answer)
            .and_then(|()| stream.flush())
            .is_err()
        {
            break;
        }
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let is_last = [&answer, &request.head]
            .iter()
            .any(|head| head.contains("Connection: close"));
        if is_last || answer.is_empty() {
            break;
        }
        if answer.starts_with("HTTP/1.1 101 ") {
            echo(&mut stream);
            break;
        }
    }
}

/// Sends back what comes until it ends.
fn echo(stream: &mut (impl Read + Write)) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        if stream
            .write_all(&buffer[..read])
            .and_then(|()| stream.flush())
            .is_err()
        {
            break;
        }
    }
}

fn read_body(stream: &mut impl Read, head: &str) -> String {
    let mut body = Vec::new();
    if let Some(length) = field(head, "content-length") {
        body.resize(length.parse().unwrap(), 0);
        if stream.read_exact(&mut body).is_err() {
            return "CUT SHORT".to_owned();
        }
    } else if field(head, "transfer-encoding").is_some() {
        loop {
            let mut line = Vec::new();
            let mut byte = [0];
            while !line.ends_with(b"\r\n") {
                if !matches!(stream.read(&mut byte), Ok(1)) {
                    return "CUT SHORT".to_owned();
                }
                line.push(byte[0]);
            }
            let text = String::from_utf8(line).unwrap();
            let size = usize::from_str_radix(text.trim_end(), 16).unwrap();
            let mut piece = vec![0; size + 2];
            if stream.read_exact(&mut piece).is_err() {
                return "CUT SHORT".to_owned();
            }
            assert!(piece.ends_with(b"\r\n"));
            body.extend_from_slice(&piece[..size]);
            if size == 0 {
                break;
            }
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}

/// An answer with a length.
pub(crate) fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A server's certificate, and the root that it comes from.
pub(crate) struct Identity {
    pub(crate) root: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    pub(crate) fn new(names: &[&str]) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "root of a test");
        let root = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(names)
            .unwrap()
            .signed_by(&leaf_key, &issuer)
            .unwrap();
        let key = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key))
            .unwrap();
        Self {
            root: to_pem(root.der()),
            config: Arc::new(config),
        }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_pem(self.root.as_bytes()).unwrap()
    }
}

fn to_pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

/// A rule for a name on this machine.
pub(crate) fn rule(name: &str, port: u16) -> Rule {
    Rule::new(pattern(name, port)).with_private().unwrap()
}

pub(crate) fn pattern(name: &str, port: u16) -> Pattern {
    Pattern::parse(&format!("{name}:{port}")).unwrap()
}

/// The secret `key` with the value that nobody may see.
pub(crate) fn key() -> Secret {
    Secret::new(SecretId::new("key").unwrap(), VALUE.to_owned()).unwrap()
}

pub(crate) fn ids(ids: &[&str]) -> std::collections::BTreeSet<SecretId> {
    ids.iter().map(|id| SecretId::new(id).unwrap()).collect()
}

/// No part of a decision holds a value.
#[track_caller]
pub(crate) fn check_silent(decision: &Decision) {
    let shown = format!("{decision:?}");
    assert!(!shown.contains("real+value"), "{shown}");
}

#[track_caller]
pub(crate) fn check_allowed(decision: &Decision) {
    assert_eq!(decision.verdict, Verdict::Allowed, "{decision:?}");
    check_silent(decision);
}

/// A port that is taken and has nobody behind it, as long as the socket lives.
pub(crate) fn closed_port() -> (OwnedFd, u16) {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    rustix::net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = SocketAddr::try_from(rustix::net::getsockname(&socket).unwrap()).unwrap();
    (socket, address.port())
}
