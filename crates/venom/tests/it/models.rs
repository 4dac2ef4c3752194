//! Language models with the real binary, against servers of these tests.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use venom_testkit::provider::{Answer, FakeServer, Gate, Move, Seen, Speaks, Speech};

use super::home::{Done, Home, finish, write};

/// A key that must show up nowhere but in the header that it belongs into.
const KEY: &str = "sk-canary-2b7f91c4d8e6";

/// Stores a key as a user would.
fn set_key(home: &Home, name: &str, host: Option<&str>) -> Done {
    let mut args = vec!["keys", "set", name];
    args.extend(host.into_iter().flat_map(|host| ["--host", host]));
    let mut child = home
        .command(&args)
        .stdin(Stdio::piped())
        .spawn()
        .expect("venom starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    writeln!(stdin, "{KEY}").expect("it is read");
    drop(stdin);
    finish(child)
}

/// Answers what the probe asks: a list of models, words, a call, JSON.
fn able(seen: &Seen, _number: usize) -> Answer {
    if seen.method == "GET" {
        let list = json!({"data": [{"id": "smart", "max_model_len": 32_000}, {"id": "other"}]});
        return Answer::json(200, &list);
    }
    let speech = if seen.body.get("tools").is_some() {
        Speech::call("read_file", json!({"path": "notes.txt"}))
    } else if seen.body.get("response_format").is_some() {
        Speech::text("{\"colour\": \"blue\", \"number\": 7}")
    } else {
        Speech::text("It is \u{1b}[2Jready.")
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

#[test]
fn a_model_is_added_listed_shown_and_tried() {
    let home = Home::new();
    let server = FakeServer::responding(able).unwrap();
    let url = format!("{}/v1", server.url());
    let done = home.venom(&["models", "list"]);
    assert_eq!(done.code, Some(0));
    assert!(done.stderr.contains("venom models add"), "{done:?}");
    let added = home.venom(&[
        "models",
        "add",
        "home/smart",
        "--kind",
        "openai",
        "--url",
        &url,
    ]);
    assert_eq!(added.code, Some(0), "{added:?}");
    let (code, listed) = home.json(&["models", "list", "--json"]);
    assert_eq!(code, Some(0));
    let model = &listed["data"]["models"][0];
    assert_eq!(
        [&model["id"], &model["privacy"], &model["context"]],
        [&json!("home/smart"), &json!("local"), &json!(32_000)]
    );
    assert_eq!(
        [&model["tools"], &model["schema"]],
        [&json!(true), &json!(true)]
    );
    // Adding it again says the same once.
    let again = home.venom(&["models", "add", "home/smart"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    let book = fs::read_to_string(home.venom_home().join("models.yaml")).unwrap();
    assert_eq!(book.matches("\"smart\"").count(), 1, "{book}");
    let done = home.venom(&["models", "show", "home/smart"]);
    assert!(done.stdout.contains("32 000 tokens"), "{done:?}");
    let done = home.venom(&["models", "list", "--served", "home"]);
    assert_eq!(done.stdout, "other\nsmart\n");
    let done = home.venom(&["models", "test", "home/smart"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    // What a model says is text, and no order to the terminal.
    assert!(
        done.stdout.contains("ready.") && !done.stdout.contains('\u{1b}'),
        "{done:?}"
    );
    let (_, tried) = home.json(&["models", "test", "home/smart", "--json"]);
    assert_eq!(tried["data"]["usage"], json!({"input": 12, "output": 5}));
    assert_eq!(tried["data"]["stop"], "end");
}

#[test]
fn models_worth_choosing_from_are_drawn() {
    let home = Home::new();
    let none = home.venom(&["models", "pareto"]);
    assert_eq!(none.code, Some(8), "{none:?}");
    assert!(none.stderr.contains("venom models add"), "{none:?}");
    write(
        &home.venom_home().join("config.yaml"),
        "providers:\n  far: {kind: openai, url: \"http://127.0.0.1:9/v1\"}\n",
    );
    let model = |name: &str, price: u64, quality: u16| {
        format!(
            "  - {{provider: far, name: {name}, context: 32000, max_output: 4000, price: {{input: {price}, output: {price}, cache_read: 0, cache_write: 0}}, privacy: cloud, quality: {{code: {quality}}}, typical_ms: 1000}}\n"
        )
    };
    let book = [
        model("good", 9_000, 900),
        model("cheap", 1_000, 500),
        model("poor", 9_000, 400),
    ];
    write(
        &home.venom_home().join("models.yaml"),
        &format!("models:\n{}", book.concat()),
    );
    let (code, drawn) = home.json(&["models", "pareto", "--kind", "code", "--json"]);
    assert_eq!(code, Some(0), "{drawn}");
    let front: Vec<(&str, bool)> = drawn["data"]["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            (
                point["model"].as_str().unwrap(),
                point["is_front"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        front,
        [("far/cheap", true), ("far/good", true), ("far/poor", false)]
    );
    let done = home.venom(&["models", "pareto"]);
    assert!(
        done.stdout.contains("far/good") && done.stdout.contains("behind"),
        "{done:?}"
    );
    assert!(!done.stdout.contains('\u{1b}'), "{done:?}");
    assert_eq!(
        home.venom(&["models", "pareto", "--kind", "cooking"]).code,
        Some(2)
    );
}

#[test]
fn a_key_goes_into_its_header_and_nowhere_else() {
    let home = Home::new();
    let server = FakeServer::answering([Answer::json(
        401,
        &json!({"error": {"message": format!("the key {KEY} is wrong")}}),
    )])
    .unwrap();
    let url = server.url();
    write(
        &home.venom_home().join("config.yaml"),
        &format!("log: {{level: trace}}\nproviders:\n  far: {{kind: anthropic, url: \"{url}\"}}\n"),
    );
    assert_eq!(home.venom(&["keys", "create"]).code, Some(0));
    let done = set_key(&home, "far", None);
    assert_eq!(done.code, Some(0), "{done:?}");
    let tested = home.venom(&["keys", "test", "far"]);
    assert!(
        tested.stdout.contains("the key of the provider far"),
        "{tested:?}"
    );
    let done = home.venom(&["models", "test", "far/claude-opus-4-5"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.stderr.contains("401"), "{done:?}");
    assert!(done.stderr.contains("venom keys set far"), "{done:?}");
    let seen = server.seen();
    assert_eq!(seen[0].headers["x-api-key"], KEY);
    assert!(!seen[0].body.to_string().contains(KEY));
    let shown = home.venom(&["config", "show"]);
    let log = fs::read_to_string(home.venom_home().join("data/logs/venom.log")).unwrap_or_default();
    for text in [
        &done.stdout,
        &done.stderr,
        &shown.stdout,
        &shown.stderr,
        &log,
    ] {
        assert!(!text.contains(KEY), "{text}");
    }
    // A key that is bound to a host goes to no other.
    assert_eq!(set_key(&home, "far", Some("api.example.org")).code, Some(0));
    let done = home.venom(&["models", "test", "far/claude-opus-4-5"]);
    assert!(done.stderr.contains("may not go to 127.0.0.1"), "{done:?}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn keys_of_the_environment_alone_call_nobody() {
    let home = Home::new();
    let mut command = home.command(&["models", "list", "--json"]);
    command
        .env("ANTHROPIC_API_KEY", KEY)
        .env("OPENAI_API_KEY", KEY);
    let done = finish(command.spawn().unwrap());
    assert_eq!(done.document()["data"]["models"], json!([]));
    // Nor does a key for one host go to another that speaks the same.
    let server = FakeServer::saying(Speaks::OpenAi, [Speech::text("hello")]).unwrap();
    let url = server.url();
    write(
        &home.venom_home().join("config.yaml"),
        &format!("providers:\n  other: {{kind: openai, url: \"{url}\", models: [m]}}\n"),
    );
    let mut command = home.command(&["models", "test", "other/m"]);
    command.env("OPENAI_API_KEY", KEY);
    let done = finish(command.spawn().unwrap());
    assert_eq!(done.stdout, "hello\n", "{done:?}");
    assert!(!server.seen()[0].headers.contains_key("authorization"));
}

#[test]
fn a_call_is_stopped_by_a_signal() {
    let home = Home::new();
    let gate = Gate::default();
    let answer = Answer::begun("text/event-stream")
        .then(Move::Gate(gate.clone()))
        .then(Move::Hang);
    let server = FakeServer::answering([answer]).unwrap();
    gate.open();
    let url = server.url();
    write(
        &home.venom_home().join("config.yaml"),
        &format!("providers:\n  slow: {{kind: openai, url: \"{url}\"}}\n"),
    );
    let child = home.command(&["models", "test", "slow/m"]).spawn().unwrap();
    gate.wait_for_server().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    server.wait_for_hang_up().unwrap();
    let done = finish(child);
    assert_eq!(done.code, Some(130), "{done:?}");
}

#[test]
fn what_cannot_be_is_said() {
    let home = Home::new();
    let said = |args: &[&str], code: i32, part: &str| {
        let done = home.venom(args);
        assert_eq!(done.code, Some(code), "{args:?} {done:?}");
        assert!(done.stderr.contains(part), "{args:?} {done:?}");
    };
    said(&["models", "test", "nothing"], 2, "is not a model");
    said(&["models", "test", "p/x"], 1, "no provider is called `p`");
    said(&["models", "add", "p/x"], 2, "--kind openai --url");
    said(
        &["models", "add", "p/x", "--kind", "palm"],
        2,
        "one of anthropic",
    );
    said(
        &[
            "models",
            "add",
            "p/x",
            "--kind",
            "openai",
            "--url",
            "gopher://x",
        ],
        3,
        "http://",
    );
    said(
        &["models", "test", "anthropic/claude-opus-4-5"],
        1,
        "venom keys set anthropic",
    );
    said(
        &["models", "list", "--served", "p"],
        1,
        "no provider is called `p`",
    );
    let nobody = [
        "models",
        "add",
        "p/x",
        "--kind",
        "openai",
        "--url",
        "http://127.0.0.1:1/v1",
    ];
    let done = home.venom(&nobody);
    assert_ne!(done.code, Some(0));
    assert!(done.stderr.contains("cannot be reached"), "{done:?}");
    // What did not work leaves nothing behind.
    assert!(!home.venom_home().join("config.yaml").exists());
    write(
        &home.venom_home().join("models.yaml"),
        "models:\n  - {provider: p, name: m, contxt: 1}\n",
    );
    said(&["models", "list"], 3, "contxt");
    fs::remove_file(home.venom_home().join("models.yaml")).unwrap();
    write(
        &home.venom_home().join("config.yaml"),
        "providers: {p: {kind: openai, key: sk-abcdefgh}}\n",
    );
    let done = home.venom(&["models", "list"]);
    assert_eq!(done.code, Some(3), "{done:?}");
    assert!(!done.stderr.contains("sk-abcdefgh"), "{done:?}");
    // A project's file has no say in where keys and words go.
    fs::remove_file(home.venom_home().join("config.yaml")).unwrap();
    home.file(
        ".venom/config.yaml",
        "providers: {p: {kind: openai, url: \"http://127.0.0.1:1\", models: [m]}}\n",
    );
    let done = home.venom(&["models", "list", "--json"]);
    assert!(
        done.stderr.contains("`providers` is ignored here"),
        "{done:?}"
    );
    let models: &Value = &done.document()["data"]["models"];
    assert_eq!(models, &json!([]));
}
