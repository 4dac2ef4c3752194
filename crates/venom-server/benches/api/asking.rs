//! Asking a server as fast as it answers, with no more HTTP than that takes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// How long anything may take. Chosen: a busy machine is ten times slower than a free one.
const PATIENCE: Duration = Duration::from_mins(2);

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// What a load has shown.
#[derive(Clone, Copy)]
pub(crate) struct Figures {
    /// Requests in a second.
    pub(crate) each_second: f64,
    /// Milliseconds that half of them took at most.
    pub(crate) median: f64,
    /// The same for 99 in 100.
    pub(crate) slowest: f64,
}

impl Figures {
    /// Takes the median of each.
    pub(crate) fn median(of: Vec<Self>) -> Self {
        let middle = |pick: fn(&Self) -> f64| {
            let mut all: Vec<f64> = of.iter().map(pick).collect();
            all.sort_by(f64::total_cmp);
            all.get(all.len() / 2).copied().unwrap()
        };
        Self {
            each_second: middle(|figures| figures.each_second),
            median: middle(|figures| figures.median),
            slowest: middle(|figures| figures.slowest),
        }
    }

    pub(crate) fn print(&self, what: &str) {
        println!(
            "{what:<44} {:>9.0} /s   p50 {:>7.2} ms   p99 {:>7.2} ms",
            self.each_second, self.median, self.slowest
        );
    }
}

/// Writes a request.
pub(crate) fn request(method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    if !token.is_empty() {
        text.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    if method != "GET" {
        text.push_str(&format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        ));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// Reads the head of an answer: its status, and the length of its body if it is said.
async fn head(reader: &mut BufReader<TcpStream>) -> Option<(u16, Option<usize>)> {
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut length = None;
    loop {
        line.clear();
        reader.read_line(&mut line).await.ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            return Some((status, length));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

/// Sends a request and reads its answer.
async fn exchange(reader: &mut BufReader<TcpStream>, request: &[u8], body: &mut Vec<u8>) -> u16 {
    reader.get_mut().write_all(request).await.unwrap();
    let (status, length) = head(reader).await.expect("an answer");
    body.resize(length.expect("a length"), 0);
    reader.read_exact(body).await.unwrap();
    status
}

/// Asks once.
pub(crate) async fn ask(address: SocketAddr, request: &[u8]) -> Answer {
    let mut reader = BufReader::new(TcpStream::connect(address).await.unwrap());
    let mut body = Vec::new();
    let status = exchange(&mut reader, request, &mut body).await;
    Answer {
        status,
        body: String::from_utf8(body).unwrap(),
    }
}

/// Asks the same again and again over so many connections.
pub(crate) async fn load(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    time: Duration,
) -> Figures {
    let mut tasks = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..connections {
        let request = request.to_vec();
        tasks.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut reader = BufReader::new(stream);
            let (mut body, mut took) = (Vec::new(), Vec::new());
            while begun.elapsed() < time {
                let sent = Instant::now();
                let status = exchange(&mut reader, &request, &mut body).await;
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
                took.push(sent.elapsed());
            }
            took
        });
    }
    let mut took: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let all = begun.elapsed();
    took.sort_unstable();
    let at = |share: usize| {
        let found = took.get((took.len() * share / 100).min(took.len() - 1));
        found.unwrap().as_secs_f64() * 1_000.0
    };
    let count = f64::from(u32::try_from(took.len()).unwrap());
    Figures {
        each_second: count / all.as_secs_f64(),
        median: at(50),
        slowest: at(99),
    }
}

/// A stream of events.
pub(crate) struct Stream {
    reader: BufReader<TcpStream>,
}

/// Opens a stream; says with which status it was refused, or `None` where there was no connection.
pub(crate) async fn stream(
    address: SocketAddr,
    path: &str,
    token: &str,
) -> Result<Stream, Option<u16>> {
    let opened = async {
        let stream = TcpStream::connect(address).await.map_err(|_full| None)?;
        let mut reader = BufReader::with_capacity(1 << 10, stream);
        let request = request("GET", path, token, "");
        let sent = reader.get_mut().write_all(&request).await;
        sent.map_err(|_turned_away| None)?;
        match head(&mut reader).await {
            Some((200, _)) => Ok(Stream { reader }),
            Some((status, _)) => Err(Some(status)),
            None => Err(None),
        }
    };
    tokio::time::timeout(PATIENCE, opened)
        .await
        .expect("an answer in time")
}

impl Stream {
    /// Reads to a line; `false` if it does not come.
    pub(crate) async fn until(&mut self, wanted: &str) -> bool {
        let read = async {
            let mut line = String::new();
            loop {
                line.clear();
                match self.reader.read_line(&mut line).await {
                    Ok(0) | Err(_) => return false,
                    Ok(_) if line.trim_end() == wanted => return true,
                    Ok(_) => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.unwrap_or(false)
    }
}
