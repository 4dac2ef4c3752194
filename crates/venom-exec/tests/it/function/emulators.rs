//! The platforms' own emulators, where they are installed: moto for AWS's API and its signatures,
//! cargo-lambda for the runtime behind it, Google's functions framework, and Cloudflare's workerd.
//! `.ci/run functions` installs all of them and lets none of these tests skip.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};
use venom_exec::egress::Trust;
use venom_exec::function::{Auth, Credentials, Envelope, Event, Form, Http, Lambda, Target};
use venom_ports::FailureKind::{Corrupt, Missing, Refused, Retryable};
use venom_ports::function::{FunctionError, Mode};

use super::world::{PATIENCE, World, http, lambda, once, secret, thrice};

fn variable(name: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment what is there"
    )]
    std::env::var(name).unwrap_or_default()
}

/// Says why a test does nothing. Written as it is, because the harness keeps what tests print.
fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "{reason}");
}

/// Finds a program on the search path.
fn find(program: &str) -> Option<PathBuf> {
    let path = variable("PATH");
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file());
    if found.is_none() {
        let required = variable("VENOM_TEST_REQUIRE");
        let is_required = required.split(',').any(|name| name == program);
        assert!(!is_required, "{program} is required and not installed");
        skipped(&format!("SKIPPED: {program} is not installed"));
    }
    found
}

/// Finds the Python that a Python program was installed for.
fn python_of(program: &str) -> Option<PathBuf> {
    let python = find(program)?.parent()?.join("python3");
    if !python.is_file() {
        skipped(&format!(
            "SKIPPED: {program} is not installed with its Python"
        ));
        return None;
    }
    Some(python)
}

fn script(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/function/programs");
    folder.join(name)
}

/// An emulator that runs, until this is dropped.
struct Running {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Returns the next line that the emulator prints.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the emulator ended before it was ready");
        line
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// AWS as moto has it, with what it printed about itself.
fn aws(mode: &str) -> Option<(Running, Value)> {
    let python = python_of("moto_server")?;
    let mut running = Running::start(Command::new(python).arg(script("aws.py")).arg(mode));
    let said = serde_json::from_str(&running.line()).unwrap();
    Some((running, said))
}

fn at_aws(said: &Value, change: impl FnOnce(&mut Lambda), keys: [&str; 2]) -> World {
    let mut target = lambda(&format!("http://127.0.0.1:{}", said["port"]));
    change(&mut target);
    target.credentials = Credentials::Keys {
        id: secret("env:TEST_ID"),
        secret: secret("env:TEST_SECRET"),
        token: None,
    };
    let [id, key] = keys.map(|name| said[name].as_str().unwrap_or(name));
    let more = [("TEST_ID", id), ("TEST_SECRET", key)];
    World::with(once(Target::Lambda(target)), &more, Trust::default())
}

#[test]
fn moto_accepts_the_signatures_that_are_made_here() {
    let Some((_running, said)) = aws("simple") else {
        return;
    };
    let good = ["id", "secret"];
    // moto computes each signature again with AWS's own library for Python.
    let answer = at_aws(&said, |_| {}, good)
        .call(json!({"a": "\u{e9}"}))
        .unwrap();
    assert_eq!(answer.payload, json!({"a": "\u{e9}"}));
    assert_eq!((answer.status, answer.error), (Some(200), None));
    assert!(answer.request.is_some());
    // A function that is named by its ARN is not tried: moto decodes the path before it signs it again.
    let world = at_aws(&said, |_| {}, good);
    let queued = world.call_in(Mode::Async, json!({})).unwrap();
    assert_eq!((queued.status, queued.payload), (Some(202), Value::Null));
    let dry = world.call_in(Mode::DryRun, json!({})).unwrap();
    assert_eq!((dry.status, dry.payload), (Some(204), Value::Null));
}

#[test]
fn moto_refuses_whoever_may_not_call() {
    let Some((_running, said)) = aws("simple") else {
        return;
    };
    for (keys, why) in [
        (["id", "not-the-secret-key"], "SignatureDoesNotMatch"),
        (["AKIDNOBODY", "secret"], "InvalidClientTokenId"),
        (["other_id", "other_secret"], "not authorized"),
    ] {
        let failure = at_aws(&said, |_| {}, keys).call(json!({})).unwrap_err();
        assert_eq!(failure.kind, Refused, "{keys:?}: {failure}");
        assert!(failure.message.contains(why), "{failure}");
        let key = said[keys[1]].as_str().unwrap_or(keys[1]);
        assert!(!failure.message.contains(key), "{failure}");
    }
}

#[test]
fn moto_knows_which_functions_there_are() {
    let Some((_running, said)) = aws("docker") else {
        return;
    };
    let good = ["id", "secret"];
    let dry = at_aws(&said, |_| {}, good)
        .call_in(Mode::DryRun, json!({}))
        .unwrap();
    assert_eq!(dry.status, Some(204));
    // A qualifier that is not there does not disturb this emulator; AWS it does.
    for mode in [Mode::Sync, Mode::DryRun] {
        let failure = at_aws(&said, |target| target.function = "no-such".to_owned(), good)
            .call_in(mode, json!({}))
            .unwrap_err();
        assert_eq!(failure.kind, Missing, "{failure}");
        assert!(failure.message.contains("ResourceNotFoundException"));
    }
}

#[test]
fn moto_runs_functions_in_containers() {
    let Some((_running, said)) = aws("containers") else {
        return;
    };
    if let Some(reason) = said["skip"].as_str() {
        let required = variable("VENOM_TEST_REQUIRE");
        let is_required = required.split(',').any(|name| name == "docker");
        assert!(!is_required, "functions must run: {reason}");
        skipped(&format!("SKIPPED: {reason}"));
        return;
    }
    let world = at_aws(&said, |_| {}, ["id", "secret"]);
    let answer = world.call(json!({"a": [1, null, "\u{e9}"]})).unwrap();
    let got = &answer.payload["got"];
    assert_eq!(*got, json!({"a": [1, null, "\u{e9}"]}), "{answer:?}");
    assert_eq!((answer.status, &answer.error), (Some(200), &None));
    let log = answer.log.as_deref().unwrap_or_default();
    assert!(log.contains("a line of the log"), "{answer:?}");
    // The function ran and failed: an answer, and nothing is repeated.
    let answer = world.call(json!({"fail": true})).unwrap();
    assert!(answer.error.is_some(), "{answer:?}");
    assert_eq!(answer.payload["errorType"], json!("KeyError"));
    assert_eq!(answer.attempts, 1);
    let queued = world.call_in(Mode::Async, json!({})).unwrap();
    assert_eq!((queued.status, queued.payload), (Some(202), Value::Null));
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn cargo_lambda_runs_functions_through_the_runtime_interface() {
    let (Some(tool), Some(python)) = (find("cargo-lambda"), find("python3")) else {
        return;
    };
    // It wants to be started in a package, though it builds nothing of it.
    let folder = tempfile::tempdir().unwrap();
    let manifest =
        "[package]\nname = \"f\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").unwrap();
    let port = free_port();
    let mut server = Running::start(
        Command::new(tool)
            .args(["lambda", "watch", "--only-lambda-apis", "-A", "127.0.0.1"])
            .args(["-P", &port.to_string()])
            .current_dir(folder.path()),
    );
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(begun.elapsed() < PATIENCE, "cargo-lambda does not listen");
        assert!(server.child.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
    let url = format!("http://127.0.0.1:{port}");
    let _runtime = Running::start(
        Command::new(python)
            .arg(script("runtime.py"))
            .arg(format!("{url}/.rt/f")),
    );
    let world = World::of(thrice(Target::Lambda(lambda(&url)), false));
    let answer = world.call(json!({"a": 1})).unwrap();
    assert_eq!(answer.payload, json!({"got": {"a": 1}}));
    assert_eq!(answer.error, None);
    // AWS answers a function's error with 200 and a header, this emulator with 500: both are the
    // function's, and nothing is repeated.
    let answer = world.call(json!({"fail": true})).unwrap();
    assert_eq!(answer.error, Some(FunctionError::Unhandled));
    assert_eq!(answer.payload["errorType"], json!("KeyError"));
    assert_eq!(answer.attempts, 1);
    // It runs what it was only asked about; that is not taken for a dry run.
    let failure = world.call_in(Mode::DryRun, json!({})).unwrap_err();
    assert_eq!(failure.kind, Corrupt);
}

/// Google's framework with the ports of its functions: `plain`, `signed`, `event` and `seen`.
fn framework() -> Option<(Running, Vec<String>)> {
    let python = python_of("functions-framework")?;
    let mut running = Running::start(Command::new(python).arg(script("framework.py")));
    let urls = running
        .line()
        .split_whitespace()
        .map(|port| format!("http://127.0.0.1:{port}/run?a=1"))
        .collect();
    Some((running, urls))
}

#[test]
fn the_functions_framework_is_called_with_json() {
    let Some((_running, urls)) = framework() else {
        return;
    };
    let target = Http {
        auth: Auth::Bearer(secret("env:A_TOKEN")),
        ..http(&urls[0])
    };
    let world = World::of(thrice(Target::Http(target), true));
    let answer = world.call(json!({"a": [1, null, "\u{e9}"]})).unwrap();
    assert_eq!(answer.payload["got"], json!({"a": [1, null, "\u{e9}"]}));
    assert_eq!(answer.payload["key"], json!("key-1"));
    assert_eq!(
        answer.payload["bearer"],
        json!("Bearer the-bearer-token-itself")
    );
    assert!(answer.payload["deadline"].as_str().unwrap().ends_with('Z'));
    for (told, kind) in [("fail", Retryable), ("busy", Retryable), ("page", Corrupt)] {
        let failure = world.call(json!({told: true})).unwrap_err();
        assert_eq!(failure.kind, kind, "{told}: {failure}");
        let tries = if kind == Retryable {
            "tried 3 times"
        } else {
            "not JSON"
        };
        assert!(failure.message.contains(tries), "{failure}");
    }
}

#[test]
fn the_functions_framework_checks_signatures_in_python() {
    let Some((_running, urls)) = framework() else {
        return;
    };
    let of = |reference: &str| {
        let target = Http {
            auth: Auth::Hmac(secret(reference)),
            ..http(&urls[1])
        };
        World::of(once(Target::Http(target)))
    };
    let answer = of("env:A_SECRET").call(json!({"a": "\u{e9}"})).unwrap();
    assert_eq!(answer.payload, json!({"signed": true}));
    let failure = of("env:A_TOKEN").call(json!({})).unwrap_err();
    assert_eq!(failure.kind, Refused);
    assert!(
        failure.message.contains("the signature is wrong"),
        "{failure}"
    );
}

#[test]
fn the_functions_framework_takes_events_in_both_forms() {
    let Some((_running, urls)) = framework() else {
        return;
    };
    for form in [Form::Structured, Form::Binary] {
        let event = Event {
            form,
            kind: "org.example.sum".to_owned(),
            source: "/venom".to_owned(),
        };
        let target = Http {
            envelope: Envelope::CloudEvent(event),
            ..http(&urls[2])
        };
        let answer = World::of(once(Target::Http(target)))
            .call(json!({"a": 1}))
            .unwrap();
        assert_eq!(answer.payload, json!("OK"));
    }
    let seen = World::of(once(Target::Http(http(&urls[3]))))
        .call(Value::Null)
        .unwrap();
    let one = json!({
        "id": "key-1",
        "type": "org.example.sum",
        "source": "/venom",
        "data": {"a": 1},
    });
    assert_eq!(seen.payload, json!([one, one]));
}

#[test]
fn workerd_is_called_with_json_and_events() {
    let Some(workerd) = find("workerd") else {
        return;
    };
    let mut running = Running::start(
        Command::new(workerd)
            .args(["serve", "--control-fd=1"])
            .arg(script("worker.capnp")),
    );
    let said: Value = serde_json::from_str(&running.line()).unwrap();
    let url = format!("http://127.0.0.1:{}/run", said["port"]);
    let world = World::of(thrice(Target::Http(http(&url)), false));
    let answer = world.call(json!({"a": 1})).unwrap();
    assert_eq!(answer.payload["got"], json!({"a": 1}));
    assert_eq!(answer.payload["key"], json!("key-1"));
    assert!(answer.payload["deadline"].is_string());
    assert_eq!(
        world.call(json!({"text": true})).unwrap().payload,
        json!("plain words")
    );
    for (told, kind, said) in [
        ("redirect", Refused, "redirects are not followed"),
        ("fail", Retryable, "it may have run"),
        ("busy", Retryable, "tried 3 times"),
        ("large", Corrupt, "more than"),
    ] {
        let failure = world.call(json!({told: true})).unwrap_err();
        assert_eq!(failure.kind, kind, "{told}: {failure}");
        assert!(failure.message.contains(said), "{failure}");
    }
    let event = Event {
        form: Form::Binary,
        kind: "org.example.sum".to_owned(),
        source: "/venom".to_owned(),
    };
    let target = Http {
        envelope: Envelope::CloudEvent(event),
        ..http(&url)
    };
    let answer = World::of(once(Target::Http(target)))
        .call(json!({"a": 1}))
        .unwrap();
    assert_eq!(answer.payload["event"], json!("org.example.sum"));
}
