//! A client that does no more than it has to, the same for everything that is measured: a connection that is kept,
//! one request after the other, and streams of events.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A connection.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    token: String,
    line: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// A line of an answer's head, as far as it matters.
#[derive(Default)]
struct Head {
    status: u16,
    length: Option<usize>,
    is_chunked: bool,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr, token: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            token: token.to_owned(),
            line: String::new(),
        })
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> std::io::Result<Answer> {
        self.send(method, path, body).await?;
        let head = self.head().await?;
        let mut body = Vec::new();
        match (head.length, head.is_chunked) {
            (Some(length), _) => {
                body.resize(length, 0);
                self.stream.read_exact(&mut body).await?;
            }
            (None, true) => while self.chunk(&mut body).await? {},
            (None, false) => {}
        }
        Ok(Answer {
            status: head.status,
            body,
        })
    }

    /// Opens a stream of events; returns what the server answered.
    pub(crate) async fn follow(&mut self, path: &str) -> std::io::Result<u16> {
        self.send("GET", path, "").await?;
        let head = self.head().await?;
        if head.status != 200 {
            let mut body = vec![0; head.length.unwrap_or(0)];
            self.stream.read_exact(&mut body).await?;
        }
        Ok(head.status)
    }

    /// Reads what comes next of a stream into `all`; tells whether there was anything.
    pub(crate) async fn chunk(&mut self, all: &mut Vec<u8>) -> std::io::Result<bool> {
        self.read_line().await?;
        let size = usize::from_str_radix(self.line.trim(), 16).map_err(std::io::Error::other)?;
        let from = all.len();
        all.resize(from + size + 2, 0);
        if let Some(rest) = all.get_mut(from..) {
            self.stream.read_exact(rest).await?;
        }
        all.truncate(from + size);
        Ok(size > 0)
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<()> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len(),
        );
        self.stream.write_all(request.as_bytes()).await
    }

    async fn read_line(&mut self) -> std::io::Result<()> {
        self.line.clear();
        if self.stream.read_line(&mut self.line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }

    async fn head(&mut self) -> std::io::Result<Head> {
        let mut head = Head::default();
        self.read_line().await?;
        head.status = self
            .line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        loop {
            self.read_line().await?;
            let line = self.line.trim_end();
            if line.is_empty() {
                return Ok(head);
            }
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            if name.eq_ignore_ascii_case("content-length") {
                head.length = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.is_chunked = value.contains("chunked");
            }
        }
    }
}
