//! Fake providers of models: servers on this machine whose every byte is the test's.
//!
//! A [`FakeServer`] speaks HTTP/1.1 over plain sockets, without a framework in between, because what is
//! tested is what happens when a framework would not do it: a chunk that ends in the middle of a
//! character, a connection that is reset, a stream that waits until the test lets it go on. What a
//! provider would say is made by [`speech`].

pub mod cassette;
pub mod speech;

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use self::speech::{Speaks, Speech};

/// Nothing in a test takes so long when all is well.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest request that is read.
const LARGEST: usize = 64 << 20;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, if it is JSON; else null.
    pub body: Value,
}

/// One thing that the server does on a connection.
#[derive(Debug, Clone)]
pub enum Move {
    /// Sends these bytes as they are.
    Bytes(Vec<u8>),
    /// Sends these bytes as a chunk of a chunked body.
    Chunk(Vec<u8>),
    /// Ends a chunked body.
    LastChunk,
    /// Says that it has come so far, and waits until the test opens the gate.
    Gate(Gate),
    /// Says nothing more until the other side hangs up.
    Hang,
    /// Breaks the connection off without an orderly end.
    Reset,
}

/// What the server answers to one request.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// What it does, in order; afterwards the connection is closed.
    pub moves: Vec<Move>,
}

impl Answer {
    /// Makes an answer with a whole body.
    pub fn whole(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut bytes = head(status, headers);
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        Self {
            moves: vec![Move::Bytes(bytes)],
        }
    }

    /// Makes an answer of JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::whole(
            status,
            &[("content-type", "application/json")],
            body.to_string(),
        )
    }

    /// Makes an answer whose body comes in these chunks.
    pub fn chunks<T: AsRef<[u8]>>(media: &str, chunks: impl IntoIterator<Item = T>) -> Self {
        let mut answer = Self::begun(media);
        for chunk in chunks {
            answer.moves.push(Move::Chunk(chunk.as_ref().to_vec()));
        }
        answer.moves.push(Move::LastChunk);
        answer
    }

    /// Makes an answer that has only its head so far.
    pub fn begun(media: &str) -> Self {
        let mut bytes = head(200, &[("content-type", media), ("x-request-id", "req-1")]);
        bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
        Self {
            moves: vec![Move::Bytes(bytes)],
        }
    }

    /// Makes what a provider would answer, one piece a chunk.
    pub fn speech(speaks: Speaks, speech: &Speech) -> Self {
        Self::chunks(speaks.media(), speech.frames(speaks))
    }

    /// Adds something that the server does.
    #[must_use]
    pub fn then(mut self, next: Move) -> Self {
        self.moves.push(next);
        self
    }
}

fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
    head.into_bytes()
}

/// Something that the server waits at until the test lets it pass.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<(bool, bool)>, Condvar)>);

impl Gate {
    /// Waits until the server has come to the gate. Fails after half a minute.
    pub fn wait_for_server(&self) -> Result<(), String> {
        self.wait(|(is_reached, _)| is_reached)
    }

    /// Lets the server pass, now and whenever it comes again.
    pub fn open(&self) {
        self.set(|state| state.1 = true);
    }

    fn set(&self, change: impl FnOnce(&mut (bool, bool))) {
        let (state, changed) = &*self.0;
        change(&mut state.lock().unwrap_or_else(PoisonError::into_inner));
        changed.notify_all();
    }

    fn wait(&self, is_done: impl Fn((bool, bool)) -> bool) -> Result<(), String> {
        let (state, changed) = &*self.0;
        let end = Instant::now() + PATIENCE;
        let mut now = state.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_done(*now) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("nobody came to the gate in half a minute".to_owned());
            }
            now = changed
                .wait_timeout(now, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Ok(())
    }

    fn pass(&self) -> Result<(), String> {
        self.set(|state| state.0 = true);
        self.wait(|(_, is_open)| is_open)
    }
}

/// Answers a request, of which so many came before it.
type Respond = dyn Fn(&Seen, usize) -> Answer + Send + Sync;

/// A server on this machine, on a port that the system chose.
pub struct FakeServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    respond: Box<Respond>,
    seen: Mutex<Vec<Seen>>,
    /// How many connections the other side hung up on while the server was saying nothing.
    hung_up: Mutex<usize>,
    changed: Condvar,
    is_over: AtomicBool,
}

impl FakeServer {
    /// Starts a server that gives these answers, each once, and the last one for ever.
    pub fn answering(answers: impl IntoIterator<Item = Answer>) -> std::io::Result<Self> {
        let answers: Mutex<VecDeque<Answer>> = Mutex::new(answers.into_iter().collect());
        Self::responding(move |_seen, _number| {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            if answers.len() > 1 {
                answers.pop_front().unwrap_or_default()
            } else {
                answers.front().cloned().unwrap_or_default()
            }
        })
    }

    /// Starts a provider that says these things, each once, and the last one for ever.
    pub fn saying(
        speaks: Speaks,
        speeches: impl IntoIterator<Item = Speech>,
    ) -> std::io::Result<Self> {
        let answers: Vec<Answer> = speeches
            .into_iter()
            .map(|speech| Answer::speech(speaks, &speech))
            .collect();
        Self::answering(answers)
    }

    /// Starts a server that answers as this function says; it is given the request and how many came
    /// before it.
    pub fn responding(
        respond: impl Fn(&Seen, usize) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            respond: Box::new(respond),
            seen: Mutex::default(),
            hung_up: Mutex::default(),
            changed: Condvar::new(),
            is_over: AtomicBool::new(false),
        });
        let server = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if server.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let server = Arc::clone(&server);
                std::thread::spawn(move || {
                    // What breaks here is the other side's doing, and what the test looks at.
                    let _broken = server.serve(stream);
                });
            }
        });
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Returns the address, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = self.shared.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until the other side has hung up on a connection on which the server said nothing more.
    pub fn wait_for_hang_up(&self) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        let count = self.shared.hung_up.lock();
        let mut count = count.unwrap_or_else(PoisonError::into_inner);
        while *count == 0 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("nobody hung up in half a minute".to_owned());
            }
            count = self
                .shared
                .changed
                .wait_timeout(count, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Ok(())
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The listener waits for somebody; so somebody comes.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let Some(seen) = read(&mut stream)? else {
            return Ok(());
        };
        let number = {
            let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            all.push(seen.clone());
            all.len().saturating_sub(1)
        };
        let answer = (self.respond)(&seen, number);
        for next in answer.moves {
            match next {
                Move::Bytes(bytes) => stream.write_all(&bytes)?,
                Move::Chunk(bytes) if bytes.is_empty() => {}
                Move::Chunk(bytes) => {
                    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
                    chunk.extend_from_slice(&bytes);
                    chunk.extend_from_slice(b"\r\n");
                    stream.write_all(&chunk)?;
                }
                Move::LastChunk => stream.write_all(b"0\r\n\r\n")?,
                Move::Gate(gate) => {
                    if gate.pass().is_err() {
                        return Ok(());
                    }
                }
                Move::Hang => {
                    let mut rest = [0_u8; 64];
                    let ended = stream.read(&mut rest);
                    if matches!(ended, Ok(0)) || ended.is_err_and(|error| !is_patience(&error)) {
                        let mut count = self.hung_up.lock().unwrap_or_else(PoisonError::into_inner);
                        *count = count.saturating_add(1);
                        self.changed.notify_all();
                    }
                    return Ok(());
                }
                Move::Reset => {
                    // An end without patience is a reset.
                    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO))?;
                    return Ok(());
                }
            }
        }
        stream.flush()?;
        stream.shutdown(Shutdown::Write)?;
        // What was sent may be thrown away if the connection goes before it was read.
        let mut rest = [0_u8; 1_024];
        while stream.read(&mut rest).is_ok_and(|count| count > 0) {}
        Ok(())
    }
}

fn is_patience(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
    )
}

/// Reads a request with its body.
fn read(stream: &mut TcpStream) -> std::io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 16_384];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let count = stream.read(&mut buffer)?;
        if count == 0 || bytes.len() > LARGEST {
            return Ok(None);
        }
        bytes.extend(buffer.iter().take(count));
    };
    let (head, rest) = bytes.split_at(end);
    let head = String::from_utf8_lossy(head).into_owned();
    let mut body = rest.get(4..).unwrap_or_default().to_vec();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = first.next().unwrap_or_default().to_owned();
    let path = first.next().unwrap_or_default().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(0);
    while body.len() < length.min(LARGEST) {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        body.extend(buffer.iter().take(count));
    }
    Ok(Some(Seen {
        method,
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }))
}
