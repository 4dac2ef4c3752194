//! Bolt, the protocol of graph databases: one connection, one query at a time, for callers that may block.
//!
//! Versions 4.4 and 5.0 to 5.4 are spoken. Reading order: this file (connecting, asking), `pack` (how values are
//! written).

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use venom_ports::{Failure, FailureKind, Result};

use super::{Credentials, Roots};

mod pack;

pub(super) use self::pack::Value;

/// How long connecting may take. Chosen as for other services: one beside us is there in milliseconds.
const CONNECT: Duration = Duration::from_secs(2);
/// The largest message that is read. Chosen: far above a page of facts.
const LARGEST: usize = 16 << 20;
/// The most rows of an answer. Chosen: far above a page of facts; nobody can fill the memory with small ones.
const MOST: usize = 1 << 20;
/// What both sides begin with, and the versions in the order in which they are liked: 5.4 and the four before it,
/// 4.4 alone.
const HELLO: [u8; 20] = [
    0x60, 0x60, 0xB0, 0x17, 0, 4, 4, 5, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: Option<String>,
    pub(super) database: Option<String>,
    pub(super) is_tls: bool,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Stream {
    const fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    fn both(&mut self) -> &mut dyn Both {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => stream.as_mut(),
        }
    }
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// What went wrong, and whether the connection can be used on.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection is gone or says what nobody says; it is thrown away.
    Broken(Failure),
    /// The server had closed it before anything was asked: asking again does no harm.
    Dropped(Failure),
    /// The server said no, and can be asked on.
    Said(Failure),
}

impl Trouble {
    pub(super) fn failure(self) -> Failure {
        match self {
            Self::Broken(failure) | Self::Dropped(failure) | Self::Said(failure) => failure,
        }
    }
}

/// A connection that knows who it is.
pub(super) struct Connection {
    name: String,
    stream: Stream,
    /// What the server says that it is.
    pub(super) server: String,
    until: Instant,
    patience: Duration,
}

/// What a connection needs to be made.
pub(super) struct Dial<'a> {
    pub(super) name: &'a str,
    pub(super) place: &'a Place,
    pub(super) credentials: &'a Credentials,
    pub(super) roots: &'a Roots,
    pub(super) patience: Duration,
}

impl Connection {
    /// Connects, agrees on a version, and says who asks.
    pub(super) fn open(dial: &Dial<'_>) -> Result<Self> {
        let key = (dial.credentials)()?;
        let socket = reach(dial)?;
        let stream = if dial.place.is_tls {
            Stream::Tls(Box::new(tls(dial, socket)?))
        } else {
            Stream::Plain(socket)
        };
        let mut connection = Self {
            name: dial.name.to_owned(),
            stream,
            server: String::new(),
            until: Instant::now() + dial.patience,
            patience: dial.patience,
        };
        let (major, minor) = connection.agree()?;
        let who = match (&dial.place.user, key) {
            (None, None) => Value::map([("scheme", Value::text("none"))]),
            (user, key) => Value::map([
                ("scheme", Value::text("basic")),
                ("principal", Value::text(user.as_deref().unwrap_or("neo4j"))),
                (
                    "credentials",
                    Value::text(key.as_ref().map_or("", |key| key.as_str())),
                ),
            ]),
        };
        connection
            .greet((major, minor), who)
            .map_err(Trouble::failure)?;
        Ok(connection)
    }

    /// Asks one query and returns its rows.
    pub(super) fn ask(
        &mut self,
        query: &str,
        values: &Value,
        database: Option<&str>,
        patience: Duration,
    ) -> std::result::Result<Vec<Vec<Value>>, Trouble> {
        self.until = Instant::now() + patience;
        self.patience = patience;
        let more = match database {
            Some(name) => Value::map([("db", Value::text(name))]),
            None => Value::map([]),
        };
        let mut bytes = Vec::new();
        let run = vec![Value::text(query), values.clone(), more];
        message(&Value::Structure(0x10, run), &mut bytes);
        let pull = Value::map([("n", Value::Int(-1))]);
        message(&Value::Structure(0x3F, vec![pull]), &mut bytes);
        self.send(&bytes).map_err(Trouble::Dropped)?;
        // A server that rests closes what nobody uses: then not even the first byte comes.
        let first = match self.receive() {
            Err(Trouble::Broken(failure)) if failure.kind == FailureKind::Retryable => {
                return Err(Trouble::Dropped(failure));
            }
            first => first?,
        };
        if let Reply::Failed(failure) = first {
            return Err(self.reset(failure));
        }
        let mut rows = Vec::new();
        loop {
            match self.receive()? {
                Reply::Row(row) if rows.len() < MOST => rows.push(row),
                Reply::Row(_) => return Err(self.odd("more rows than were asked for")),
                Reply::Done(_) => return Ok(rows),
                Reply::Failed(failure) => return Err(self.reset(failure)),
                Reply::Ignored => return Err(self.odd("an answer out of turn")),
            }
        }
    }

    /// Makes the connection usable again after a failure.
    fn reset(&mut self, failure: Failure) -> Trouble {
        let mut bytes = Vec::new();
        message(&Value::Structure(0x0F, Vec::new()), &mut bytes);
        if let Err(broken) = self.send(&bytes) {
            tracing::debug!(%broken, "a connection is thrown away");
            return Trouble::Broken(failure);
        }
        loop {
            match self.receive() {
                // What was asked before the failure was known is not answered.
                Ok(Reply::Ignored | Reply::Row(_)) => {}
                Ok(Reply::Done(_)) => return Trouble::Said(failure),
                Ok(Reply::Failed(_)) | Err(_) => return Trouble::Broken(failure),
            }
        }
    }

    fn agree(&mut self) -> Result<(u8, u8)> {
        self.send(&HELLO)?;
        let mut answer = [0; 4];
        self.fill(&mut answer).map_err(Trouble::failure)?;
        match answer {
            [0, 0, minor @ 0..=4, 5] => Ok((5, minor)),
            [0, 0, 4, 4] => Ok((4, 4)),
            [0, 0, 0, 0] => Err(Failure::new(
                FailureKind::Refused,
                format!("{} speaks neither Bolt 4.4 nor Bolt 5.0 to 5.4", self.name),
            )
            .with_hint("Neo4j 4.4 and 5 do, and what is compatible with them")),
            other => {
                let shown: String = other
                    .iter()
                    .flat_map(|byte| std::ascii::escape_default(*byte))
                    .map(char::from)
                    .collect();
                Err(Failure::new(
                    FailureKind::Refused,
                    format!("what answers as {} speaks no Bolt (`{shown}`)", self.name),
                )
                .with_hint(
                    "correct the address in `memory.graph`: the port of Bolt is usually 7687",
                ))
            }
        }
    }

    fn greet(&mut self, (major, minor): (u8, u8), who: Value) -> std::result::Result<(), Trouble> {
        let program = concat!("venom/", env!("CARGO_PKG_VERSION"));
        let mut hello = [("user_agent".to_owned(), Value::text(program))].to_vec();
        if major == 5 && minor >= 3 {
            let agent = Value::map([("product", Value::text(program))]);
            hello.push(("bolt_agent".to_owned(), agent));
        }
        // From 5.1 on, who asks is said in a message of its own.
        let is_apart = major == 5 && minor >= 1;
        let mut apart = None;
        if is_apart {
            apart = Some(Value::Structure(0x6A, vec![who]));
        } else if let Value::Map(who) = who {
            hello.extend(who);
        }
        let hello = Value::Map(hello.into_iter().collect());
        let first = Value::Structure(0x01, vec![hello]);
        for (place, greeting) in [Some(first), apart].into_iter().flatten().enumerate() {
            let mut bytes = zeroize::Zeroizing::new(Vec::new());
            message(&greeting, &mut bytes);
            self.send(&bytes).map_err(Trouble::Broken)?;
            match self.receive()? {
                Reply::Done(told) if place == 0 => {
                    let server = told.get("server").and_then(Value::as_text);
                    self.server = clean(server.unwrap_or("unknown"), 60);
                }
                Reply::Done(_) => {}
                Reply::Failed(failure) => return Err(Trouble::Broken(failure)),
                Reply::Row(_) | Reply::Ignored => return Err(self.odd("no greeting")),
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.wait().map_err(|error| self.failure(&error))?;
        let sent = self.stream.both().write_all(bytes);
        let sent = sent.and_then(|()| self.stream.both().flush());
        sent.map_err(|error| self.failure(&error))
    }

    /// Reads until the bytes are full. `Retryable` says that the other side had closed the connection.
    fn fill(&mut self, to: &mut [u8]) -> std::result::Result<(), Trouble> {
        let mut at = 0;
        while at < to.len() {
            let read = self.wait().and_then(|()| {
                let rest = to.get_mut(at..).unwrap_or_default();
                self.stream.both().read(rest)
            });
            match read {
                Ok(0) => {
                    let error = io::Error::from(io::ErrorKind::ConnectionReset);
                    return Err(Trouble::Broken(self.failure(&error)));
                }
                Ok(count) => at += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Trouble::Broken(self.failure(&error))),
            }
        }
        Ok(())
    }

    /// Lets the socket wait no longer than until the end of the whole question: one that gives a byte now and
    /// then is not waited for either.
    fn wait(&self) -> io::Result<()> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let socket = self.stream.socket();
        socket.set_read_timeout(Some(left))?;
        socket.set_write_timeout(Some(left))
    }

    fn receive(&mut self) -> std::result::Result<Reply, Trouble> {
        let mut whole = Vec::new();
        loop {
            let mut length = [0; 2];
            self.fill(&mut length)?;
            let length = usize::from(u16::from_be_bytes(length));
            if length == 0 {
                // An empty one keeps the connection awake.
                if whole.is_empty() {
                    continue;
                }
                break;
            }
            let at = whole.len();
            if at + length > LARGEST {
                return Err(self.odd("a message that is too large"));
            }
            whole.resize(at + length, 0);
            let piece = whole.get_mut(at..).unwrap_or_default();
            self.fill(piece)?;
        }
        let Ok(Value::Structure(tag, fields)) = Value::read(&whole) else {
            return Err(self.odd("what is no message"));
        };
        let mut fields = fields.into_iter();
        let first = fields.next().unwrap_or(Value::Null);
        match (tag, first) {
            (0x70, told) => Ok(Reply::Done(told)),
            (0x71, Value::List(row)) => Ok(Reply::Row(row)),
            (0x7E, _) => Ok(Reply::Ignored),
            (0x7F, told) => Ok(Reply::Failed(self.refusal(&told))),
            _ => Err(self.odd("an unknown message")),
        }
    }

    fn odd(&self, what: &str) -> Trouble {
        Trouble::Broken(
            Failure::new(FailureKind::Refused, format!("{} gave {what}", self.name))
                .with_hint("see that the address in `memory.graph` is that of a graph database"),
        )
    }

    /// Reads what a server says about what it did not do.
    fn refusal(&self, told: &Value) -> Failure {
        let word = |name| told.get(name).and_then(Value::as_text).unwrap_or_default();
        let (code, words) = (clean(word("code"), 100), clean(word("message"), 200));
        let name = &self.name;
        if code.contains(".Security.") {
            return Failure::new(
                FailureKind::Refused,
                format!("{name} wants other credentials ({code})"),
            )
            .with_hint("name the password that it wants in `memory.graph_key`, and the user in `memory.graph`");
        }
        let failure = |kind| Failure::new(kind, format!("{name} refused: {words} ({code})"));
        if code.contains("DatabaseNotFound") {
            return failure(FailureKind::Refused)
                .with_hint("name a database that is there behind the host in `memory.graph`");
        }
        if code.contains("DatabaseUnavailable") {
            return failure(FailureKind::Unavailable).with_hint("try again in a moment");
        }
        if code.starts_with("Neo.TransientError") {
            return failure(FailureKind::Retryable).with_hint("try again in a moment");
        }
        failure(FailureKind::Refused)
            .with_hint("Neo4j 4.4 and 5 are spoken to, and what is compatible with them")
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let name = &self.name;
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                let text = format!("{name} did not answer in {} s", self.patience.as_secs());
                Failure::new(FailureKind::Unavailable, text)
                    .with_hint("see whether it is overloaded; what is believed is here without it")
            }
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::UnexpectedEof => {
                Failure::new(FailureKind::Retryable, format!("{name} hung up"))
            }
            io::ErrorKind::InvalidData => {
                let words = clean(&error.to_string(), 200);
                Failure::new(
                    FailureKind::Refused,
                    format!("no safe connection to {name} can be made: {words}"),
                )
                .with_hint("its certificate has to be one that this machine trusts; `bolt://` speaks without")
            }
            _ => {
                let words = clean(&error.to_string(), 200);
                Failure::new(
                    FailureKind::Unavailable,
                    format!("{name} cannot be reached: {words}"),
                )
                .with_hint("start it, or correct the address in `memory.graph`")
            }
        }
    }
}

enum Reply {
    Done(Value),
    Row(Vec<Value>),
    Ignored,
    Failed(Failure),
}

/// Writes a message in pieces.
fn message(value: &Value, to: &mut Vec<u8>) {
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    value.write(&mut bytes);
    for piece in bytes.chunks(usize::from(u16::MAX)) {
        to.extend(u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes());
        to.extend(piece);
    }
    to.extend([0, 0]);
}

fn clean(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect()
}

/// Connects to the first address of the host that answers.
fn reach(dial: &Dial<'_>) -> Result<TcpStream> {
    let Place { host, port, .. } = dial.place;
    let failed = |words: &str| {
        Failure::new(
            FailureKind::Unavailable,
            format!("{} cannot be reached: {}", dial.name, clean(words, 200)),
        )
        .with_hint("start it, or correct the address in `memory.graph`")
    };
    let addresses = (host.as_str(), *port)
        .to_socket_addrs()
        .map_err(|error| failed(&error.to_string()))?;
    let mut last = failed("the host has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(socket) => {
                // Questions are small, and each is waited for.
                if let Err(error) = socket.set_nodelay(true) {
                    tracing::debug!(%error, "a connection waits for more to send");
                }
                return Ok(socket);
            }
            Err(error) => last = failed(&error.to_string()),
        }
    }
    Err(last)
}

fn tls(
    dial: &Dial<'_>,
    socket: TcpStream,
) -> Result<rustls::StreamOwned<rustls::ClientConnection, TcpStream>> {
    let refused = |why: String| {
        Failure::new(
            FailureKind::Refused,
            format!("{} cannot be checked: {why}", dial.name),
        )
    };
    let roots = (dial.roots)().map_err(refused)?;
    // Given by hand, so that no process-wide choice has to be made first.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let settings = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = rustls::pki_types::ServerName::try_from(dial.place.host.clone())
        .map_err(|error| refused(error.to_string()))?;
    let client = rustls::ClientConnection::new(Arc::new(settings), host)
        .map_err(|error| refused(error.to_string()))?;
    Ok(rustls::StreamOwned::new(client, socket))
}
