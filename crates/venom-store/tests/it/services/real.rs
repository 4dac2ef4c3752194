//! The real services, where they are installed: `chroma` and `redis-server` on the search path. Each test has
//! servers of its own, on ports that were free.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use venom_ports::FailureKind;
use venom_ports::cache::SharedCache;
use venom_ports::memory::episodes::Level;
use venom_ports::memory::vectors::Vectors;
use venom_store::service::chroma::Chroma;
use venom_store::service::redis::Redis;
use venom_store::service::{MakeCache, MakeVectors, Services, WhenDown};
use venom_testkit::conform::episodes::asked;
use venom_testkit::conform::{self, Checked};

use super::{fill, question, said};
use crate::fixture::{Home, skipped};

/// How long a server may take until it answers. Chosen: a machine that does six other things.
const PATIENCE: Duration = Duration::from_mins(2);

/// A server that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

pub(crate) fn is_there(program: &str) -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment what is there"
    )]
    let path = std::env::var("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

pub(crate) fn free() -> Checked<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Starts a server and waits until it answers as it should. Another program may have taken the port meanwhile.
pub(crate) fn start(
    command: impl Fn(u16) -> Command,
    is_ready: impl Fn(u16) -> bool,
) -> Checked<Running> {
    let begun = Instant::now();
    loop {
        let port = free()?;
        let mut running = at(command(port), port)?;
        loop {
            if is_ready(port) {
                return Ok(running);
            }
            if running.child.try_wait()?.is_some() {
                break;
            }
            if begun.elapsed() > PATIENCE {
                return Err("the server was not ready in time".into());
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }
}

fn at(mut command: Command, port: u16) -> Checked<Running> {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Running { child, port })
}

/// Asks one thing and returns what comes back.
fn said_to(port: u16, words: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(words.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(4_096)).read_line(&mut answer)?;
    Ok(answer)
}

fn chroma_at(folder: &Path) -> Checked<Running> {
    start(
        |port| {
            let mut command = Command::new("chroma");
            command
                .args([
                    "run",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    &port.to_string(),
                    "--path",
                ])
                .arg(folder)
                .current_dir(folder);
            command
        },
        |port| {
            said_to(port, "GET /api/v2/heartbeat HTTP/1.0\r\n\r\n")
                .is_ok_and(|answer| answer.contains(" 200 "))
        },
    )
}

fn redis_with(more: &[&str]) -> Checked<Running> {
    start(
        |port| {
            let mut command = Command::new("redis-server");
            command
                .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
                .args(["--save", "", "--appendonly", "no"])
                .args(more);
            command
        },
        |port| {
            said_to(port, "PING\r\n")
                .is_ok_and(|answer| answer.starts_with("+PONG") || answer.starts_with("-NOAUTH"))
        },
    )
}

fn vectors(port: u16, set: &str, model: &str) -> Checked<Chroma> {
    Ok(Chroma::new(
        &format!("http://127.0.0.1:{port}"),
        (set, model),
        Arc::new(|| Ok(None)),
        Arc::new(|| Err("no certificates are needed here".to_owned())),
    )?)
}

fn redis(port: u16, set: &str, password: Option<&'static str>) -> Checked<Redis> {
    Ok(Redis::new(
        &format!("redis://127.0.0.1:{port}"),
        set,
        Arc::new(move || Ok(password.map(|word| word.to_owned().into()))),
    )?)
}

fn make_vectors(port: u16) -> MakeVectors {
    Box::new(move |set, model| {
        vectors(port, set, model)
            .map(|made| Arc::new(made) as Arc<dyn Vectors>)
            .map_err(|error| venom_ports::Failure::new(FailureKind::Internal, error.to_string()))
    })
}

fn make_cache(port: u16) -> MakeCache {
    Box::new(move |set| {
        redis(port, set, None)
            .map(|made| Arc::new(made) as Arc<dyn SharedCache>)
            .map_err(|error| venom_ports::Failure::new(FailureKind::Internal, error.to_string()))
    })
}

#[test]
fn chroma_passes_the_suite_of_vectors() -> Checked {
    if !is_there("chroma") {
        return skipped("chroma", "chroma is not installed");
    }
    let folder = tempfile::tempdir()?;
    let running = chroma_at(folder.path())?;
    conform::vectors::suite(&vectors(running.port, "one", "model")?)?;
    // Sets and models do not see each other.
    let (one, other) = (
        vectors(running.port, "one", "model")?,
        vectors(running.port, "one", "another")?,
    );
    assert_ne!(one.open()?.set, other.open()?.set);
    Ok(())
}

#[test]
fn redis_passes_the_suite_of_shared_caches() -> Checked {
    if !is_there("redis-server") {
        return skipped("redis-server", "redis-server is not installed");
    }
    let running = redis_with(&[])?;
    conform::shared_cache::suite(
        &redis(running.port, "one", None)?,
        &redis(running.port, "two", None)?,
    )?;
    let locked = redis_with(&["--requirepass", "word"])?;
    for password in [None, Some("wrong")] {
        let refused = redis(locked.port, "one", password)?.check();
        let failure = refused.err().ok_or("it let us in")?;
        assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    }
    redis(locked.port, "one", Some("word"))?.check()?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn episodes_beside_real_services_pass_the_suite_and_say_the_same() -> Checked {
    for program in ["chroma", "redis-server"] {
        if !is_there(program) {
            return skipped(program, &format!("{program} is not installed"));
        }
    }
    let folder = tempfile::tempdir()?;
    let (chroma, redis) = (chroma_at(folder.path())?, redis_with(&[])?);
    let services = Services {
        vectors: Some(make_vectors(chroma.port)),
        cache: Some(make_cache(redis.port)),
        when_down: WhenDown::Refuse,
        ..Services::default()
    };
    let home = Home::new()?;
    let store = home.open()?;
    store.attach(&services)?;
    conform::episodes::suite(&*store.episodes()).await?;
    store.close().await?;

    let (alone, helped) = (Home::new()?, Home::new()?);
    let (plain, store) = (alone.open()?, helped.open()?);
    store.attach(&services)?;
    fill(&plain, 0, 1_500).await?;
    fill(&store, 0, 1_500).await?;
    let (mut same, mut all) = (0, 0);
    for at in 0..100 {
        let one = said(&plain.episodes().search(asked(&question(at))).await?);
        let found = store.episodes().search(asked(&question(at))).await?;
        assert!(
            found.by.contains("ChromaDB") || found.level <= Level::Shared,
            "{found:?}"
        );
        let other = said(&found);
        all += one.len();
        same += one.iter().filter(|hit| other.contains(hit)).count();
    }
    // Within one point of what the store finds alone.
    assert!(same * 100 >= all * 99, "{same} of {all}");

    // Another process of the same folder has the answers of this one.
    let second = helped.open()?;
    second.attach(&services)?;
    let found = second.episodes().search(asked(&question(5))).await?;
    assert_eq!(found.level, Level::Shared);
    // Killed in the middle: a question is refused, as is set up here, and nothing is lost.
    drop(chroma);
    let refused = second.episodes().search(asked("something else")).await;
    let failure = refused.err().ok_or("it was answered")?;
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
    assert_eq!(second.episodes().stats().await?.episodes, 1_500);
    Ok(())
}

#[test]
fn what_is_no_such_service_is_refused_and_silence_ends() -> Checked {
    // A service that speaks HTTP and is no ChromaDB; one that speaks something else; one that says nothing.
    for (answer, kind) in [
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
            FailureKind::Refused,
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
            FailureKind::Refused,
        ),
        (
            "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
            FailureKind::Unavailable,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            FailureKind::Refused,
        ),
        ("220 smtp.example.org ready\r\n", FailureKind::Refused),
        ("", FailureKind::Unavailable),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let said = answer.to_owned();
        let serving = std::thread::spawn(move || {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let mut request = [0; 1_024];
            let _heard = stream.read(&mut request);
            let _told = stream.write_all(said.as_bytes());
            if said.is_empty() {
                // Until the client has had enough and hangs up.
                let _ended = stream.read(&mut request);
            }
        });
        let failure = vectors(port, "one", "model")?
            .open()
            .err()
            .ok_or("it was taken for a ChromaDB")?;
        assert_eq!(failure.kind, kind, "{answer:?}: {failure}");
        serving.join().map_err(|_panic| "the server panicked")?;
    }
    let nobody = free()?;
    let failure = vectors(nobody, "one", "model")?
        .open()
        .err()
        .ok_or("it answered")?;
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
    let failure = redis(nobody, "one", None)?
        .check()
        .err()
        .ok_or("it answered")?;
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
    // While it rests, nobody waits for it again.
    let cache = redis(nobody, "one", None)?;
    assert!(cache.get("x").is_err());
    let begun = Instant::now();
    assert!(cache.get("x").is_err());
    assert!(begun.elapsed() < Duration::from_millis(100));
    Ok(())
}
