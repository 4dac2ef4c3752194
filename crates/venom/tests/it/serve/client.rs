//! A server under test, and a client that does no more than it has to: one connection for each request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::home::{Home, Running};

/// How long an answer may take. Chosen: a busy machine is ten times slower than a free one.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server under way.
pub(super) struct Served {
    running: Option<Running>,
    pub(super) address: SocketAddr,
    pub(super) token: String,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    head: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// An event of a stream.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: Option<u64>,
    pub(super) name: String,
    pub(super) data: Value,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.head.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }
}

impl Served {
    pub(super) fn start(home: &Home, more: &[&str]) -> Self {
        let mut args = vec!["serve", "--listen", "127.0.0.1:0", "--json"];
        args.extend(more);
        let mut running = home.start(&args);
        let said = running.line().expect("the server says where it is");
        let url = said["data"]["url"].as_str().expect("an address");
        let address = url.rsplit('/').next().expect("an address");
        let file = said["data"]["token_file"].as_str().expect("a file");
        let token = std::fs::read_to_string(file).expect("a token");
        Self {
            running: Some(running),
            address: address.parse().expect("an address"),
            token: token.trim().to_owned(),
        }
    }

    /// Ends the server.
    pub(super) fn stop(mut self, signal: Signal) {
        let running = self.running.take().expect("it was not stopped yet");
        running.signal(signal);
        let done = running.finish();
        if signal == Signal::TERM {
            assert_eq!(done.code, Some(0), "{done:?}");
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Some(&self.token), &[], "")
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Answer {
        let kind = [("content-type", "application/json")];
        self.ask("POST", path, Some(&self.token), &kind, &body.to_string())
    }

    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        self.ask_host("localhost", method, path, token, headers, body)
    }

    #[expect(clippy::too_many_arguments, reason = "a request has so many parts")]
    pub(super) fn ask_host(
        &self,
        host: &str,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = self.connect();
        let head = head(host, method, path, token, headers, Some(body.len()));
        // A request that is too large may be answered before it was read.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body.as_bytes());
        let mut reader = BufReader::new(stream);
        let (status, head) = read_head(&mut reader);
        let mut body = Vec::new();
        let length = head
            .iter()
            .find(|(name, _)| name == "content-length")
            .and_then(|(_, length)| length.parse().ok());
        match length {
            Some(length) => {
                body.resize(length, 0);
                reader.read_exact(&mut body).expect("a body");
            }
            None => {
                reader.read_to_end(&mut body).expect("a body");
            }
        }
        Answer { status, head, body }
    }

    /// Sends bytes and reads what comes back.
    pub(super) fn shout(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut back = Vec::new();
        let _ = stream.read_to_end(&mut back);
        back
    }

    /// Follows a stream of events.
    pub(super) fn stream(&self, path: &str, after: Option<u64>) -> Stream {
        let mut stream = self.connect();
        let after = after.map(|after| after.to_string());
        let headers: Vec<(&str, &str)> = after
            .iter()
            .map(|after| ("last-event-id", after.as_str()))
            .collect();
        let head = head("localhost", "GET", path, Some(&self.token), &headers, None);
        stream.write_all(head.as_bytes()).expect("a request");
        let mut reader = BufReader::new(stream);
        let (status, _) = read_head(&mut reader);
        assert_eq!(status, 200);
        Stream { reader }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }
}

fn head(
    host: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    length: Option<usize>,
) -> String {
    use std::fmt::Write as _;
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    if let Some(token) = token {
        let _ = write!(text, "authorization: Bearer {token}\r\n");
    }
    if let Some(length) = length {
        let _ = write!(text, "content-length: {length}\r\n");
    }
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text
}

fn read_head(reader: &mut BufReader<TcpStream>) -> (u16, Vec<(String, String)>) {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a status");
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        match line.trim_end().split_once(':') {
            Some((name, value)) => head.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    (
        status.unwrap_or_else(|| panic!("no answer: {line:?}")),
        head,
    )
}

/// A stream of events, as an iterator that ends with the stream.
pub(super) struct Stream {
    reader: BufReader<TcpStream>,
}

impl Stream {
    /// Reads to the first event of a type.
    pub(super) fn take_until(mut self, name: &str) -> Value {
        self.find(|event| event.name == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .data
    }
}

impl Iterator for Stream {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let mut event = Event {
            id: None,
            name: String::new(),
            data: Value::Null,
        };
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).expect("a line") == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() && !event.name.is_empty() {
                return Some(event);
            }
            // Sizes of chunks and comments fit none of these.
            if let Some(id) = line.strip_prefix("id: ") {
                event.id = Some(id.parse().expect("a position"));
            } else if let Some(name) = line.strip_prefix("event: ") {
                name.clone_into(&mut event.name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                event.data = serde_json::from_str(data).expect("JSON");
            }
        }
    }
}
