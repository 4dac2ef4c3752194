//! Programs of other people against the server: the official client of OpenAI, and a tester that makes
//! requests of the description. The area `api` of `.ci/run` installs them.

use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;
use venom_testkit::provider::{Answer, FakeServer, Seen, Speaks, Speech};

use super::client::Served;
use super::home;
use crate::home::write;

/// What the client of OpenAI does; it fails by raising.
const SCRIPT: &str = include_str!("clients/openai.py");
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
fn no_request_of_the_description_breaks_it() {
    if !has("schemathesis", &["schemathesis", "--version"]) {
        return;
    }
    let server = FakeServer::responding(able).unwrap();
    let home = with_models(&server);
    let served = Served::start(&home, &["--rate", "10000000"]);
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("schemathesis.toml");
    write(&settings, SETTINGS);
    // Everything but what ends tokens, its own among them.
    let scopes = [
        "runs:read",
        "runs:write",
        "approvals:decide",
        "models:use",
        "metrics",
    ];
    let mut args = vec!["token", "create", "--json"];
    args.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let (_, made) = home.json(&args);
    let token = made["data"]["secret"].as_str().unwrap();
    let examples = variable("VENOM_TEST_EXAMPLES").unwrap_or_else(|| "20".to_owned());
    let tried = |seed: &str| {
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
            .args(["--workers", "2", "--request-timeout", "60"])
            .args(["--generation-database", "none"])
            .args(["--no-color", "--continue-on-failure"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        println!("{said}");
        let errors = String::from_utf8_lossy(&done.stderr);
        assert!(!said.contains("= FAILURES ="), "{said}\n{errors}");
        done.status.success()
    };
    // On a machine that is busy its own making of requests may give up, which says nothing about the
    // server; then it begins anew with others.
    assert!(tried("7") || tried("8"), "schemathesis came to no end");
    assert_eq!(served.get("/healthz").json()["status"], "ok");
    home.cannot_replay("its runs are those of a tester");
    served.stop(Signal::TERM);
}
