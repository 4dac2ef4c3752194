//! Calls of functions, and a raw TCP server whose every byte is the test's.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use venom_exec::egress::Trust;
use venom_exec::function::{
    Auth, CloudFunctions, Credentials, Definition, Envelope, Http, Lambda, SecretRef, Target, Tools,
};
use venom_exec::os::{OsEntropy, SystemClock};
use venom_kernel::time::Millis;
use venom_ports::function::{Answer, Functions as _, Invocation, LogTail, Mode};
use venom_ports::{Failure, Result};

/// Nothing in these tests takes so long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Variables that secrets are looked up in.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    (
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    ),
    ("A_TOKEN", "the-bearer-token-itself"),
    ("A_SECRET", "the-shared-secret-itself"),
];

/// Functions under test, with a runtime to call them in.
pub(crate) struct World {
    functions: CloudFunctions,
    runtime: tokio::runtime::Runtime,
}

impl World {
    /// Makes a world of one function called `f`.
    pub(crate) fn of(definition: Definition) -> Self {
        Self::with(definition, &[], Trust::default())
    }

    /// Makes a world of one function with more variables and other roots.
    pub(crate) fn with(definition: Definition, more: &[(&str, &str)], trust: Trust) -> Self {
        let variables: BTreeMap<String, String> = VARIABLES
            .iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let tools = Tools {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(OsEntropy::new()),
            lookup: Arc::new(move |name| variables.get(name).cloned()),
            home: None,
            trust: Box::new(move || Ok(trust.clone())),
        };
        let functions = [("f".to_owned(), definition)].into();
        Self {
            functions: CloudFunctions::new(functions, tools),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    pub(crate) fn call(&self, payload: Value) -> Result<Answer> {
        self.invoke(invocation(payload), CancellationToken::new())
    }

    pub(crate) fn call_in(&self, mode: Mode, payload: Value) -> Result<Answer> {
        let invocation = Invocation {
            mode,
            ..invocation(payload)
        };
        self.invoke(invocation, CancellationToken::new())
    }

    pub(crate) fn invoke(
        &self,
        invocation: Invocation,
        cancel: CancellationToken,
    ) -> Result<Answer> {
        let work = self.functions.invoke(invocation, cancel);
        self.runtime
            .block_on(async { tokio::time::timeout(2 * PATIENCE, work).await })
            .unwrap()
    }

    /// Returns how the one function is listed.
    pub(crate) fn info(&self) -> venom_ports::function::FunctionInfo {
        self.functions.list().remove(0)
    }
}

pub(crate) fn invocation(payload: Value) -> Invocation {
    Invocation {
        function: "f".to_owned(),
        payload,
        mode: Mode::Sync,
        key: "key-1".to_owned(),
        within: None,
        tail: LogTail::Wanted,
        traceparent: None,
    }
}

pub(crate) fn http(url: &str) -> Http {
    Http {
        url: url.to_owned(),
        async_url: None,
        auth: Auth::None,
        envelope: Envelope::Json,
        allow_plain: false,
    }
}

pub(crate) fn lambda(endpoint: &str) -> Lambda {
    Lambda {
        function: "f".to_owned(),
        region: "eu-west-1".to_owned(),
        endpoint: Some(endpoint.to_owned()),
        qualifier: None,
        credentials: Credentials::Environment,
        allow_plain: false,
    }
}

/// Describes a function that is tried once and not known to be idempotent.
pub(crate) fn once(target: Target) -> Definition {
    Definition {
        description: None,
        timeout: Millis::from_secs(30),
        retries: 0,
        is_idempotent: false,
        input: None,
        target,
    }
}

/// Describes a function that is tried up to three times.
pub(crate) fn thrice(target: Target, is_idempotent: bool) -> Definition {
    Definition {
        retries: 2,
        is_idempotent,
        ..once(target)
    }
}

pub(crate) fn secret(text: &str) -> SecretRef {
    text.parse().unwrap()
}

/// No secret of these tests may be in what users see.
pub(crate) fn tells_nothing(failure: &Failure) {
    let shown = format!("{} {:?}", failure.message, failure.hint);
    for (name, value) in VARIABLES {
        if *name != "AWS_ACCESS_KEY_ID" {
            assert!(!shown.contains(value), "{shown}");
        }
    }
    assert!(!failure.message.chars().any(char::is_control), "{shown}");
    assert!(shown.chars().count() < 1_500, "{shown}");
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The request line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What a server does with a request.
pub(crate) type Act = Box<dyn Fn(&mut TcpStream) + Send + Sync>;

/// A server that does one act for each request, the last one for all that follow.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
    gone: Mutex<Receiver<()>>,
}

impl Server {
    pub(crate) fn new(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell_gone, gone) = channel();
        let server = Self {
            url: format!("http://127.0.0.1:{port}/run?a=1"),
            seen: Arc::default(),
            connections: Arc::default(),
            gone: Mutex::new(gone),
        };
        let (seen, connections) = (server.seen.clone(), server.connections.clone());
        let acts = Arc::new(acts);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { break };
                *connections.lock().unwrap() += 1;
                let (acts, seen, gone) = (acts.clone(), seen.clone(), tell_gone.clone());
                thread::spawn(move || converse(stream, &acts, &seen, &gone));
            }
        });
        server
    }

    /// Makes a server that answers every request with these bytes.
    pub(crate) fn saying(answer: &str) -> Self {
        Self::new(vec![say(answer)])
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Waits until a client closed its connection.
    pub(crate) fn client_is_gone(&self) {
        self.gone.lock().unwrap().recv_timeout(PATIENCE).unwrap();
    }

    pub(crate) fn port(&self) -> u16 {
        let url: Vec<&str> = self.url.split([':', '/']).collect();
        url[4].parse().unwrap()
    }
}

fn converse(mut stream: TcpStream, acts: &[Act], seen: &Mutex<Vec<Seen>>, gone: &Sender<()>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    while let Some(request) = request(&mut stream) {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request);
            seen.len() - 1
        };
        let act = acts.get(number).or_else(|| acts.last()).unwrap();
        act(&mut stream);
    }
    let _closed = gone.send(());
}

fn request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let mut seen = Seen {
        head: String::from_utf8(bytes).unwrap(),
        body: Vec::new(),
    };
    let length = seen
        .header("content-length")
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    seen.body = body;
    Some(seen)
}

/// Sends these bytes.
pub(crate) fn say(answer: &str) -> Act {
    let answer = answer.as_bytes().to_vec();
    Box::new(move |stream| {
        let _gone = stream.write_all(&answer);
    })
}

/// Sends these bytes and closes the connection.
pub(crate) fn say_and_close(answer: &str) -> Act {
    let answer = answer.as_bytes().to_vec();
    Box::new(move |stream| {
        let _gone = stream.write_all(&answer);
        let _gone = stream.shutdown(Shutdown::Both);
    })
}

/// Answers with a status, headers and a body of the right length.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    use std::fmt::Write as _;
    let mut text = format!("HTTP/1.1 {status} Whatever\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(text, "content-length: {}\r\n\r\n{body}", body.len());
    text
}

/// Answers with JSON.
pub(crate) fn json(status: u16, body: &str) -> String {
    reply(status, &[("content-type", "application/json")], body)
}
