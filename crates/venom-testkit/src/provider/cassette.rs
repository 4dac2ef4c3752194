//! Cassettes: what a server that nobody here wrote was asked and answered, to be played again.
//!
//! A [`Recorder`] stands between an adapter and a server and keeps every exchange; a [`Cassette`] answers the same
//! requests again, without the server. An answer is given only to the request that it was given to: method, path and
//! the whole body have to be what they were, or there is none, and [`Playing::differences`] says what was asked instead.
//! Keys are not kept: of a request's headers only those that say which form it has.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, FakeServer, LARGEST, Move, PATIENCE, Seen};

/// What is kept of a request's headers: what the form of the request is, and nothing that vouches for anybody.
const ASKED_HEADERS: &[&str] = &["anthropic-version", "content-type"];
/// What is kept of an answer's headers: what adapters read, but for times.
const ANSWERED_HEADERS: &[&str] = &["content-type", "request-id", "retry-after", "x-request-id"];

/// What was asked and answered, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    /// What answered, in which version, and when.
    pub of: String,
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The request.
    pub asked: Asked,
    /// The answer.
    pub answered: Answered,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The headers that say what form the request has.
    pub headers: BTreeMap<String, String>,
    /// The body; null if there was none.
    pub body: Value,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers that adapters read.
    pub headers: BTreeMap<String, String>,
    /// Whether the body came in chunks.
    pub is_chunked: bool,
    /// The body, cut where the server cut it, but never within a character.
    pub body: Vec<String>,
}

impl Asked {
    fn of(seen: &Seen) -> Self {
        Self {
            method: seen.method.clone(),
            path: seen.path.clone(),
            headers: kept(&seen.headers, ASKED_HEADERS),
            body: seen.body.clone(),
        }
    }
}

impl Answered {
    fn answer(&self) -> Answer {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        if !self.is_chunked {
            return Answer::whole(self.status, &headers, self.body.concat());
        }
        let mut bytes = super::head(self.status, &headers);
        bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
        let mut answer = Answer::default().then(Move::Bytes(bytes));
        for chunk in &self.body {
            answer = answer.then(Move::Chunk(chunk.clone().into_bytes()));
        }
        answer.then(Move::LastChunk)
    }
}

fn kept(headers: &BTreeMap<String, String>, names: &[&str]) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Cassette {
    /// Reads a cassette.
    pub fn read(path: &Path) -> Result<Self, String> {
        let wrong = |why: String| format!("the cassette {}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
    }

    /// Writes a cassette; refuses to if this secret stands in it.
    pub fn write(&self, path: &Path, secret: &str) -> Result<(), String> {
        let wrong = |why: String| format!("the cassette {}: {why}", path.display());
        let mut text =
            serde_json::to_string_pretty(self).map_err(|error| wrong(error.to_string()))?;
        if text.contains(secret) {
            return Err(wrong("a key stands in what was recorded".to_owned()));
        }
        text.push('\n');
        std::fs::write(path, text).map_err(|error| wrong(error.to_string()))
    }

    /// Starts a server that answers what this cassette has an answer to, each answer once.
    pub fn play(self) -> std::io::Result<Playing> {
        let left = Arc::new(Mutex::new(self.exchanges));
        let differences = Arc::<Mutex<Vec<String>>>::default();
        let server = {
            let (left, differences) = (Arc::clone(&left), Arc::clone(&differences));
            FakeServer::responding(move |seen, _| {
                let asked = Asked::of(seen);
                let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(at) = left.iter().position(|exchange| exchange.asked == asked) {
                    return left.remove(at).answered.answer();
                }
                let why = difference(&asked, left.first().map(|exchange| &exchange.asked));
                let mut differences = differences.lock().unwrap_or_else(PoisonError::into_inner);
                differences.push(why.clone());
                // Not a status after which anybody asks again.
                Answer::whole(400, &[("content-type", "text/plain")], why)
            })?
        };
        Ok(Playing {
            server,
            left,
            differences,
        })
    }
}

/// Says what was asked, and where it differs from what would have been next.
fn difference(asked: &Asked, next: Option<&Asked>) -> String {
    let Some(next) = next else {
        return format!(
            "nothing is left on the cassette for {} {}",
            asked.method, asked.path
        );
    };
    let mut places = Vec::new();
    if (&asked.method, &asked.path) != (&next.method, &next.path) {
        places.push(format!(
            "{} {} in place of {} {}",
            asked.method, asked.path, next.method, next.path
        ));
    }
    if asked.headers != next.headers {
        places.push(format!(
            "headers {:?} in place of {:?}",
            asked.headers, next.headers
        ));
    }
    differ("", &asked.body, &next.body, &mut places);
    format!(
        "the cassette has no answer to this; beside its next request: {}",
        places.join("; ")
    )
}

fn differ(at: &str, asked: &Value, recorded: &Value, places: &mut Vec<String>) {
    match (asked, recorded) {
        (Value::Object(asked), Value::Object(recorded)) => {
            let names: std::collections::BTreeSet<&String> =
                asked.keys().chain(recorded.keys()).collect();
            for name in names {
                let of = |object: &serde_json::Map<String, Value>| {
                    object.get(name).cloned().unwrap_or(Value::Null)
                };
                differ(&format!("{at}/{name}"), &of(asked), &of(recorded), places);
            }
        }
        (Value::Array(asked), Value::Array(recorded)) if asked.len() == recorded.len() => {
            for (number, (asked, recorded)) in asked.iter().zip(recorded).enumerate() {
                differ(&format!("{at}/{number}"), asked, recorded, places);
            }
        }
        (asked, recorded) if asked == recorded => {}
        (asked, recorded) => places.push(format!("{at} is {asked} in place of {recorded}")),
    }
}

/// A cassette that is played.
pub struct Playing {
    server: FakeServer,
    left: Arc<Mutex<Vec<Exchange>>>,
    differences: Arc<Mutex<Vec<String>>>,
}

impl Playing {
    /// Returns the address, without a path.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Says what was asked that the cassette has no answer to.
    pub fn differences(&self) -> Vec<String> {
        let all = self.differences.lock();
        all.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns what was never asked.
    pub fn left(&self) -> Vec<Asked> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.iter().map(|exchange| exchange.asked.clone()).collect()
    }
}

/// Passes requests on to a server and keeps what was said. An answer is passed back when all of it is there.
pub struct Recorder {
    server: FakeServer,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    /// Starts before the server at this address, such as `127.0.0.1:8080`, which is reached without TLS.
    pub fn before(host: &str) -> std::io::Result<Self> {
        let exchanges = Arc::<Mutex<Vec<Exchange>>>::default();
        let server = {
            let (host, exchanges) = (host.to_owned(), Arc::clone(&exchanges));
            FakeServer::responding(move |seen, _| match pass_on(&host, seen) {
                Ok(answered) => {
                    let answer = answered.answer();
                    let exchange = Exchange {
                        asked: Asked::of(seen),
                        answered,
                    };
                    let mut all = exchanges.lock().unwrap_or_else(PoisonError::into_inner);
                    all.push(exchange);
                    answer
                }
                Err(error) => Answer::whole(
                    502,
                    &[("content-type", "text/plain")],
                    format!("the server before which this recorder stands: {error}"),
                ),
            })?
        };
        Ok(Self { server, exchanges })
    }

    /// Returns the address, without a path.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Returns what was recorded.
    pub fn cassette(&self, of: &str) -> Cassette {
        let exchanges = self
            .exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Cassette {
            of: of.to_owned(),
            exchanges: exchanges.clone(),
        }
    }
}

/// Asks the server the same.
fn pass_on(host: &str, seen: &Seen) -> std::io::Result<Answered> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE.saturating_mul(4)))?;
    let body = if seen.body.is_null() {
        String::new()
    } else {
        seen.body.to_string()
    };
    let mut head = format!(
        "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
        seen.method,
        seen.path,
        body.len()
    );
    for (name, value) in &seen.headers {
        if !["host", "connection", "content-length"].contains(&name.as_str()) {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body.as_bytes())?;
    let mut bytes = Vec::new();
    stream
        .take(u64::try_from(LARGEST).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)?;
    read(&bytes)
        .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, "no whole answer"))
}

/// Reads a whole answer.
fn read(bytes: &[u8]) -> Option<Answered> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
    let rest = bytes.get(end.checked_add(4)?..)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let pieces = if is_chunked {
        chunks(rest)?
    } else {
        let length = headers.get("content-length");
        let length = length.map_or(Some(rest.len()), |text| text.parse().ok())?;
        vec![rest.get(..length)?.to_vec()]
    };
    Some(Answered {
        status,
        headers: kept(&headers, ANSWERED_HEADERS),
        is_chunked,
        body: texts(pieces),
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// Reads a chunked body; nothing if its end is missing.
fn chunks(mut rest: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    loop {
        let line = find(rest, b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        let begin = line.checked_add(2)?;
        let end = begin.checked_add(size)?;
        if size == 0 {
            return Some(all);
        }
        all.push(rest.get(begin..end)?.to_vec());
        rest = rest.get(end.checked_add(2)?..)?;
    }
}

/// Turns pieces into texts; what ends within a character is put before the next piece.
fn texts(pieces: Vec<Vec<u8>>) -> Vec<String> {
    let mut all = Vec::new();
    let mut open: Vec<u8> = Vec::new();
    for piece in pieces {
        open.extend(piece);
        if let Ok(text) = std::str::from_utf8(&open) {
            all.push(text.to_owned());
            open.clear();
        }
    }
    if !open.is_empty() {
        all.push(String::from_utf8_lossy(&open).into_owned());
    }
    all
}

#[cfg(test)]
mod tests;
