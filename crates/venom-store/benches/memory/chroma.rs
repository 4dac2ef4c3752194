//! A `ChromaDB` server, spoken to in its own words (API v2) over one kept connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use venom_testkit::conform::Checked;

const BASE: &str = "/api/v2/tenants/default_tenant/databases/default_database/collections";
/// Vectors in one request: below the most that the server takes.
const GROUP: usize = 2_000;

pub(crate) struct Server {
    host: String,
    connection: Mutex<BufReader<TcpStream>>,
    collection: String,
    name: String,
}

impl Server {
    /// Makes a collection.
    pub(crate) fn begin(url: &str) -> Checked<Self> {
        let host = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(5)))?;
        let mut server = Self {
            host,
            connection: Mutex::new(BufReader::new(stream)),
            collection: String::new(),
            name: format!("venom-bench-{}", std::process::id()),
        };
        let made = server.call(
            "POST",
            BASE,
            &json!({
                "name": server.name,
                "get_or_create": true,
                "configuration": { "hnsw": { "space": "cosine" } },
            }),
        )?;
        made.get("id")
            .and_then(Value::as_str)
            .ok_or("the server made no collection")?
            .clone_into(&mut server.collection);
        Ok(server)
    }

    /// Adds vectors.
    pub(crate) fn add(&self, all: &[Vec<f32>]) -> Checked<Duration> {
        let begun = Instant::now();
        for (group, vectors) in all.chunks(GROUP).enumerate() {
            let ids: Vec<String> = (0..vectors.len())
                .map(|at| (group * GROUP + at).to_string())
                .collect();
            self.call(
                "POST",
                &format!("{BASE}/{}/add", self.collection),
                &json!({ "ids": ids, "embeddings": vectors }),
            )?;
        }
        Ok(begun.elapsed())
    }

    /// Returns the ten nearest.
    pub(crate) fn query(&self, question: &[f32]) -> Checked<Vec<usize>> {
        let answer = self.call(
            "POST",
            &format!("{BASE}/{}/query", self.collection),
            &json!({ "query_embeddings": [question], "n_results": 10, "include": ["distances"] }),
        )?;
        let ids = answer.pointer("/ids/0").and_then(Value::as_array);
        Ok(ids
            .ok_or("the server gave no ids")?
            .iter()
            .filter_map(|id| id.as_str()?.parse().ok())
            .collect())
    }

    /// Removes the collection.
    pub(crate) fn end(&self) -> Checked<()> {
        self.call("DELETE", &format!("{BASE}/{}", self.name), &Value::Null)?;
        Ok(())
    }

    fn call(&self, verb: &str, path: &str, body: &Value) -> Checked<Value> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut connection = self.connection.lock().map_err(|_poisoned| "poisoned")?;
        let head = format!(
            "{verb} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        let stream = connection.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut status = String::new();
        connection.read_line(&mut status)?;
        let mut length = None;
        let mut is_chunked = false;
        loop {
            let mut line = String::new();
            connection.read_line(&mut line)?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(number) = line.strip_prefix("content-length:") {
                length = Some(number.trim().parse::<usize>()?);
            }
            is_chunked |= line == "transfer-encoding: chunked";
        }
        let mut answer = Vec::new();
        if is_chunked {
            loop {
                let mut size = String::new();
                connection.read_line(&mut size)?;
                let size = usize::from_str_radix(size.trim(), 16)?;
                let mut chunk = vec![0; size + 2];
                connection.read_exact(&mut chunk)?;
                if size == 0 {
                    break;
                }
                chunk.truncate(size);
                answer.extend(chunk);
            }
        } else {
            answer = vec![0; length.unwrap_or_default()];
            connection.read_exact(&mut answer)?;
        }
        if !status.contains(" 20") {
            let said = String::from_utf8_lossy(&answer).into_owned();
            return Err(format!("{}: {said}", status.trim()).into());
        }
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&answer)?)
    }
}
