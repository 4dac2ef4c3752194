//! Programs of other people against the server: the official client of OpenAI, and a tester that makes
//! requests of the description. The area `api` of `.ci/run` installs them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;
use venom_testkit::provider::{Answer, FakeServer, Seen, Speaks, Speech};

use super::client::Served;
use super::home;
use crate::home::write;

/// What the client of OpenAI does; it fails by raising.
const SCRIPT: &str = include_str!("clients/openai.py");
/// What reads what a collector was told; it fails by raising.
const READER: &str = include_str!("clients/otlp.py");
/// What is expected of answers beyond what the description says.
const SETTINGS: &str = include_str!("clients/schemathesis.toml");

/// Returns a variable of whoever runs the tests.
fn variable(wanted: &str) -> Option<String> {
    let found = std::env::vars_os().find(|(name, _)| name == wanted)?;
    Some(found.1.to_string_lossy().into_owned())
}

/// Tells whether a program is there; one that is required has to be.
pub(super) fn has(name: &str, args: &[&str]) -> bool {
    let program = args.first().copied().unwrap_or(name);
    let tried = Command::new(program)
        .args(args.get(1..).unwrap_or_default())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = tried.is_ok_and(|status| status.success());
    let required = variable("VENOM_TEST_REQUIRE").unwrap_or_default();
    assert!(
        is_there || !required.split(',').any(|one| one == name),
        "{name} is required and not there"
    );
    if !is_there {
        println!("SKIPPED: {name} is not there");
    }
    is_there
}

fn able(seen: &Seen, _number: usize) -> Answer {
    let said = seen.body["messages"].as_array().map_or(0, Vec::len);
    let speech = if seen.body.get("tools").is_some() && said < 2 {
        Speech::call("read_file", json!({"path": "notes.txt"}))
    } else if seen.body.get("response_format").is_some() {
        Speech::text("{\"colour\": \"blue\"}")
    } else {
        Speech::text("It is ready.")
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

/// A home whose models are those of a server of the test.
fn with_models(server: &FakeServer) -> crate::home::Home {
    let home = home();
    let url = server.url();
    write(
        &home.venom_home().join("config.yaml"),
        &format!(
            "providers:\n  home: {{kind: openai, url: \"{url}/v1\", models: [smart], retries: 0}}\n"
        ),
    );
    write(
        &home.venom_home().join("models.yaml"),
        "models:\n  - {provider: home, name: smart, context: 32000, max_output: 4000, price: {input: 0, output: 0, cache_read: 0, cache_write: 0}, privacy: local, tools: true, schema: true, quality: {chat: 700}, typical_ms: 1000}\n",
    );
    home
}

#[test]
fn the_official_client_of_openai_is_content() {
    if !has("openai", &["python3", "-c", "import openai"]) {
        return;
    }
    let server = FakeServer::responding(able).unwrap();
    let home = with_models(&server);
    let served = Served::start(&home, &[]);
    let done = Command::new("python3")
        .args([
            "-c",
            SCRIPT,
            &format!("http://{}/v1", served.address),
            &served.token,
        ])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    served.stop(Signal::TERM);
}

#[test]
fn the_protocols_own_types_take_what_a_collector_is_told() {
    let module = "import opentelemetry.proto.collector.trace.v1.trace_service_pb2";
    if !has("opentelemetry-proto", &["python3", "-c", module]) {
        return;
    }
    let models = FakeServer::responding(able).unwrap();
    let home = with_models(&models);
    let collector = FakeServer::responding(|_, _| Answer::json(200, &json!({}))).unwrap();
    let served = Served::start(
        &home,
        &["--otlp", &collector.url(), "--otlp-every", "100ms"],
    );
    let goal = json!({"goal": "look around here", "workspace": home.work()});
    let run = served.post("/v1/runs", &goal).json()["run"]
        .as_str()
        .unwrap()
        .to_owned();
    served
        .stream(&format!("/v1/runs/{run}/stream"), None)
        .take_until("RunFinished");
    // A call of a model, so that there is a histogram.
    let question =
        json!({"model": "auto", "messages": [{"role": "user", "content": "Is it ready?"}]});
    assert_eq!(served.post("/v1/chat/completions", &question).status, 200);
    served.stop(Signal::TERM);
    let documents: String = collector
        .seen()
        .iter()
        .map(|seen| json!({"path": seen.path, "body": seen.body}).to_string() + "\n")
        .collect();
    let mut reader = Command::new("python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    input.write_all(documents.as_bytes()).unwrap();
    drop(input);
    let done = reader.wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}\n{documents}");
    home.cannot_replay("what programs ask of models is not decided again");
}

#[test]
fn no_request_about_runs_breaks_it() {
    no_request_breaks_it(&["runs", "time", "tokens", "server"]);
}

#[test]
fn no_request_about_what_is_known_breaks_it() {
    no_request_breaks_it(&["catalogue", "memory", "models", "router"]);
}

/// Sends requests of every shape to the routes with these tags. One server is not asked about all of them: each route
/// is tried with a wrong token too, and so many of them are slowed down.
fn no_request_breaks_it(tags: &[&str]) {
    if !has("schemathesis", &["schemathesis", "--version"]) {
        return;
    }
    let server = FakeServer::responding(able).unwrap();
    let home = with_models(&server);
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("schemathesis.toml");
    write(&settings, SETTINGS);
    // Everything but what ends tokens, its own among them.
    let scopes = [
        "runs:read",
        "runs:write",
        "approvals:decide",
        "memory:read",
        "memory:write",
        "models:use",
        "metrics",
    ];
    let mut args = vec!["token", "create", "--json"];
    args.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let (_, made) = home.json(&args);
    let token = made["data"]["secret"].as_str().unwrap();
    let examples = variable("VENOM_TEST_EXAMPLES").unwrap_or_else(|| "20".to_owned());
    // Each time with a server that has not heard wrong tokens yet.
    let tried = |seed: &str| {
        let served = Served::start(&home, &["--rate", "10000000"]);
        let done = Command::new("schemathesis")
            .current_dir(folder.path())
            .args(["--config-file", &settings.display().to_string(), "run"])
            .arg(format!("http://{}/openapi.json", served.address))
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args([
                "--checks",
                "all",
                "--max-examples",
                &examples,
                "--seed",
                seed,
            ])
            .args(tags.iter().flat_map(|tag| ["--include-tag", tag]))
            // One worker: where one thread reads source text as the library of the requests does and another one moves
            // the limit of recursion, which it does too, CPython 3.11 raises an error of its own.
            .args(["--workers", "1", "--request-timeout", "60"])
            .args(["--generation-database", "none"])
            .args(["--no-color", "--continue-on-failure"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        println!("{said}");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(!said.contains("= FAILURES ="), "{said}\n{errors}");
        assert_eq!(served.get("/healthz").json()["status"], "ok");
        served.stop(Signal::TERM);
        done.status.success()
    };
    // On a machine that is busy its own making of requests may give up, which says nothing about the
    // server; then it begins anew with others.
    assert!(tried("7") || tried("8"), "schemathesis came to no end");
    home.cannot_replay("its runs are those of a tester");
}
