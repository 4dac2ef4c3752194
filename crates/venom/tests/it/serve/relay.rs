//! Programs that ask models through the server, in OpenAI's dialect: what they are told, what is
//! written down, what it may cost, and what becomes of a call that nobody waits for.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::Signal;
use serde_json::{Value, json};
use venom_testkit::provider::{Answer, FakeServer, Gate, Move, Seen, Speaks, Speech};

use super::client::{Answer as Told, Served};
use crate::home::{Home, write};

/// A home with one model, `home/smart`, that a server of the test speaks for. A token that is read costs
/// a micro-dollar, one that is produced ten.
fn home(server: &FakeServer) -> Home {
    let home = Home::new();
    let url = server.url();
    write(
        &home.venom_home().join("config.yaml"),
        &format!(
            "providers:\n  home: {{kind: openai, url: \"{url}/v1\", models: [smart], retries: 0}}\n"
        ),
    );
    write(
        &home.venom_home().join("models.yaml"),
        "models:\n  - {provider: home, name: smart, context: 32000, max_output: 4000, price: {input: 1000000, output: 10000000, cache_read: 0, cache_write: 0}, privacy: local, tools: true, schema: true, quality: {chat: 700}, typical_ms: 1000}\n",
    );
    home
}

/// Answers as a model that calls tools, keeps to schemas, and is polite else.
fn able(seen: &Seen, _number: usize) -> Answer {
    let speech = if seen.body.get("tools").is_some() {
        Speech::call("read_file", json!({"path": "notes.txt"}))
    } else if seen.body.get("response_format").is_some() {
        Speech::text("{\"colour\": \"blue\"}")
    } else {
        Speech::text("It is ready.")
    };
    Answer::speech(Speaks::OpenAi, &speech)
}

fn question() -> Value {
    json!({"model": "auto", "messages": [{"role": "user", "content": "Is it ready?"}]})
}

fn with(more: &Value) -> Value {
    let mut body = question();
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

fn ask(served: &Served, body: &Value) -> Told {
    served.post("/v1/chat/completions", body)
}

/// Makes a token for programs.
fn key(home: &Home, more: &[&str]) -> String {
    let mut args = vec!["token", "create", "--scope", "models:use", "--json"];
    args.extend(more);
    let (code, made) = home.json(&args);
    assert_eq!(code, Some(0), "{made}");
    made["data"]["secret"].as_str().unwrap().to_owned()
}

fn pieces(told: &Told) -> Vec<Value> {
    // The body comes in chunks, whose sizes are lines of their own.
    String::from_utf8_lossy(&told.body)
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

#[test]
fn a_program_asks_a_model_and_the_log_knows() {
    let server = FakeServer::responding(able).unwrap();
    let home = home(&server);
    let served = Served::start(&home, &[]);
    let told = ask(&served, &with(&json!({"top_p": 0.5, "user": "me"})));
    assert_eq!(told.status, 200, "{told:?}");
    let answer = told.json();
    assert_eq!(answer["choices"][0]["message"]["content"], "It is ready.");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    assert_eq!(answer["model"], "home/smart");
    assert_eq!(answer["usage"]["prompt_tokens"], 12);
    assert_eq!(told.header("x-venom-ignored"), Some("top_p"));
    assert_eq!(told.header("x-venom-cost-usd"), Some("0.000062"));
    let run = told.header("x-venom-run").unwrap().to_owned();
    // A tool, and JSON.
    let tool = json!([{"type": "function", "function": {"name": "read_file", "parameters": {"type": "object"}}}]);
    let called = ask(
        &served,
        &with(&json!({"tools": tool, "model": "home/smart"})),
    )
    .json();
    let choice = &called["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(call["function"]["arguments"], "{\"path\":\"notes.txt\"}");
    let again = json!({"messages": [
        {"role": "user", "content": "Is it ready?"},
        choice["message"],
        {"role": "tool", "tool_call_id": call["id"], "content": "yes"},
    ]});
    let told = ask(&served, &with(&again)).json();
    assert_eq!(
        told["choices"][0]["message"]["content"], "It is ready.",
        "{told}"
    );
    let schema = json!({"type": "object", "properties": {"colour": {"type": "string"}}});
    let format = json!({"type": "json_schema", "json_schema": {"name": "c", "schema": schema}});
    let told = ask(&served, &with(&json!({"response_format": format}))).json();
    assert_eq!(
        told["choices"][0]["message"]["content"],
        "{\"colour\": \"blue\"}"
    );
    served.stop(Signal::TERM);
    // Each is a run of its own, and none stands among the user's.
    let (_, listed) = home.json(&["runs", "--json"]);
    assert_eq!(listed["data"]["runs"], json!([]));
    let (_, listed) = home.json(&["runs", "--calls", "--json"]);
    assert_eq!(listed["data"]["runs"].as_array().unwrap().len(), 4);
    let log = home.venom(&["log", &run]);
    assert_eq!(log.code, Some(0), "{log:?}");
    for name in ["BudgetReserved", "BudgetSettled", "RunFinished"] {
        assert!(
            home.venom(&["log", &run, "--json"]).stdout.contains(name),
            "{name}"
        );
    }
    let shown = home.venom(&["show", &run]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    assert_eq!(home.venom(&["verify", &run]).code, Some(0));
    let replayed = home.venom(&["replay", &run]);
    assert_ne!(replayed.code, Some(0));
    assert!(
        replayed.stderr.contains("a call that a program made"),
        "{replayed:?}"
    );
}

/// Sends a request and leaves the connection open.
fn send(served: &Served, body: &Value) -> BufReader<TcpStream> {
    send_with(served, &served.token, body)
}

fn send_with(served: &Served, token: &str, body: &Value) -> BufReader<TcpStream> {
    let body = body.to_string();
    let mut stream = TcpStream::connect(served.address).unwrap();
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        token,
        body.len()
    )
    .unwrap();
    BufReader::new(stream)
}

/// Reads to the first words of an answer.
fn first_words(reader: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    while !line.contains("\"content\":\"O") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0);
    }
}

#[test]
fn an_answer_comes_as_it_is_made() {
    let gate = Gate::default();
    let held = gate.clone();
    let server = FakeServer::responding(move |_, _| {
        let frames = Speech::text("One and two.").frames(Speaks::OpenAi);
        let mut answer = Answer::begun(Speaks::OpenAi.media());
        for (number, frame) in frames.into_iter().enumerate() {
            if number == 2 {
                answer = answer.then(Move::Gate(held.clone()));
            }
            answer = answer.then(Move::Chunk(frame.into_bytes()));
        }
        answer.then(Move::LastChunk)
    })
    .unwrap();
    let home = home(&server);
    let served = Served::start(&home, &[]);
    let body = with(&json!({"stream": true, "stream_options": {"include_usage": true}}));
    let mut reader = send(&served, &body);
    first_words(&mut reader);
    // The model goes on only now.
    gate.open();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("data: [DONE]"), "{rest}");
    let told = ask(&served, &body);
    assert_eq!(told.status, 200, "{told:?}");
    assert!(
        told.header("content-type")
            .unwrap()
            .starts_with("text/event-stream")
    );
    let pieces = pieces(&told);
    let text: String = pieces
        .iter()
        .filter_map(|piece| piece["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "One and two.");
    let ends: Vec<&str> = pieces
        .iter()
        .filter_map(|piece| piece["choices"][0]["finish_reason"].as_str())
        .collect();
    assert_eq!(ends, ["stop"]);
    assert_eq!(pieces.last().unwrap()["usage"]["prompt_tokens"], 12);
    served.stop(Signal::TERM);
}

#[test]
fn whoever_hangs_up_stops_the_call_and_pays_for_what_was_used() {
    for is_stream in [true, false] {
        let gate = Gate::default();
        let held = gate.clone();
        let server = FakeServer::responding(move |_, _| {
            let frames = Speech::text("On and on.").frames(Speaks::OpenAi);
            let mut answer = Answer::begun(Speaks::OpenAi.media());
            for frame in frames.into_iter().take(2) {
                answer = answer.then(Move::Chunk(frame.into_bytes()));
            }
            answer.then(Move::Gate(held.clone())).then(Move::Hang)
        })
        .unwrap();
        let home = home(&server);
        let served = Served::start(&home, &[]);
        let mut reader = send(&served, &with(&json!({"stream": is_stream})));
        gate.wait_for_server().unwrap();
        if is_stream {
            first_words(&mut reader);
        }
        drop(reader);
        gate.open();
        server.wait_for_hang_up().unwrap();
        served.stop(Signal::TERM);
        let (_, listed) = home.json(&["runs", "--calls", "--json"]);
        let run = &listed["data"]["runs"][0];
        assert_eq!(run["outcome"], "cancelled", "{run}");
        let log = home.venom(&["log", run["run"].as_str().unwrap(), "--json"]);
        assert!(log.stdout.contains("BudgetSettled"), "{log:?}");
    }
}

#[test]
fn an_answer_ends_with_the_token_that_asked_for_it() {
    let gate = Gate::default();
    let held = gate.clone();
    let server = FakeServer::responding(move |_, _| {
        let frames = Speech::text("On and on.").frames(Speaks::OpenAi);
        let mut answer = Answer::begun(Speaks::OpenAi.media());
        for frame in frames.into_iter().take(2) {
            answer = answer.then(Move::Chunk(frame.into_bytes()));
        }
        answer.then(Move::Gate(held.clone())).then(Move::Hang)
    })
    .unwrap();
    let home = home(&server);
    let served = Served::start(&home, &[]);
    let token = key(&home, &[]);
    let mut reader = send_with(&served, &token, &with(&json!({"stream": true})));
    first_words(&mut reader);
    let id = token.split('_').nth(1).unwrap();
    assert_eq!(home.venom(&["token", "revoke", id]).code, Some(0));
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("bad-token"), "{rest}");
    assert!(!rest.contains("[DONE]"), "{rest}");
    gate.open();
    served.stop(Signal::TERM);
    home.cannot_replay("a call that was stopped has no answer to compare");
}

#[test]
fn a_token_spends_no_more_than_it_may() {
    let server = FakeServer::responding(able).unwrap();
    let home = home(&server);
    let served = Served::start(&home, &["--models-per-day", "0.10"]);
    let poor = key(&home, &["--per-day", "0.002"]);
    let kind = [("content-type", "application/json")];
    let ask = |token: &str, body: &Value| {
        let body = body.to_string();
        served.ask("POST", "/v1/chat/completions", Some(token), &kind, &body)
    };
    // What was asked for without a length is made to fit; what was named has to fit.
    let short = with(&json!({"max_tokens": 100}));
    assert_eq!(ask(&poor, &short).status, 200);
    let refused = ask(&poor, &with(&json!({"max_tokens": 400})));
    assert_eq!(refused.status, 402, "{refused:?}");
    let said = refused.json();
    assert_eq!(
        [&said["error"]["code"], &said["error"]["type"]],
        [&json!("budget_exceeded"), &json!("insufficient_quota")]
    );
    // It may ask models and nothing else.
    assert_eq!(
        served.ask("GET", "/v1/runs", Some(&poor), &[], "").status,
        403
    );
    let budget = served.get("/v1/budget").json();
    assert_eq!(budget["cap"], 100_000);
    assert_eq!(
        (&budget["spent"], &budget["reserved"]),
        (&json!(62), &json!(0))
    );
    served.stop(Signal::KILL);
    // What was spent today counts after a restart too.
    let served = Served::start(&home, &["--models-per-day", "0.0001"]);
    assert_eq!(served.get("/v1/budget").json()["spent"], 62);
    let refused = served.post("/v1/chat/completions", &short);
    assert_eq!(refused.status, 402, "{refused:?}");
    served.stop(Signal::TERM);
}

#[test]
fn a_call_that_a_killed_server_left_is_ended_and_paid() {
    let gate = Gate::default();
    let held = gate.clone();
    let server = FakeServer::responding(move |_, _| {
        Answer::begun(Speaks::OpenAi.media())
            .then(Move::Gate(held.clone()))
            .then(Move::Hang)
    })
    .unwrap();
    let home = home(&server);
    let served = Served::start(&home, &[]);
    let mut reader = send(&served, &with(&json!({"max_tokens": 100})));
    gate.wait_for_server().unwrap();
    served.stop(Signal::KILL);
    gate.open();
    let mut rest = Vec::new();
    let _ = reader.read_to_end(&mut rest);
    let served = Served::start(&home, &[]);
    let spent = served.get("/v1/budget").json()["spent"].as_u64().unwrap();
    assert!(spent >= 1_000, "{spent}");
    served.stop(Signal::TERM);
    let (_, listed) = home.json(&["runs", "--calls", "--json"]);
    assert_eq!(
        listed["data"]["runs"][0]["outcome"], "cancelled",
        "{listed}"
    );
}

#[test]
fn what_goes_wrong_is_said_as_openai_says_it() {
    let server = FakeServer::responding(|_, _| {
        Answer::json(
            401,
            &json!({"error": {"message": "wrong key", "type": "x"}}),
        )
    })
    .unwrap();
    let home = home(&server);
    let served = Served::start(&home, &[]);
    let coded = |told: Told| (told.status, told.json()["error"]["code"].clone());
    let code = |status: u16, code: &str| (status, json!(code));
    let path = "/v1/chat/completions";
    assert_eq!(
        coded(served.ask("POST", path, None, &[], "{}")),
        code(401, "invalid_api_key")
    );
    let kind = [("content-type", "application/json")];
    let token = Some(served.token.as_str());
    assert_eq!(
        coded(served.ask("POST", path, token, &[], "{}")),
        code(415, "not_json")
    );
    assert_eq!(
        coded(served.ask("POST", path, token, &kind, "{")),
        code(400, "bad_json")
    );
    assert_eq!(
        coded(served.ask("POST", path, token, &kind, "[]")),
        code(400, "invalid_value")
    );
    assert_eq!(
        coded(ask(&served, &with(&json!({"n": 3})))),
        code(400, "invalid_value")
    );
    assert_eq!(
        coded(ask(&served, &with(&json!({"model": "home/none"})))),
        code(404, "model_not_found")
    );
    let long = "many words ".repeat(20_000);
    let messages = json!([{"role": "user", "content": long}]);
    let told = ask(
        &served,
        &with(&json!({"model": "home/smart", "messages": messages})),
    );
    assert_eq!(coded(told), code(400, "context_length_exceeded"));
    // Before the first word a stream fails as anything else does.
    for is_stream in [false, true] {
        let told = ask(&served, &with(&json!({"stream": is_stream})));
        assert_eq!(coded(told), code(502, "provider_refused"));
    }
    served.stop(Signal::TERM);
}

#[test]
fn models_are_listed_and_texts_become_vectors() {
    let server = FakeServer::responding(able).unwrap();
    let home = home(&server);
    let served = Served::start(&home, &[]);
    let listed = served.get("/v1/models").json();
    let ids: Vec<&str> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["auto", "venom/embedded", "home/smart"]);
    let one = served.get("/v1/models/home%2Fsmart").json();
    assert_eq!(one["venom"]["context"], 32_000);
    assert_eq!(served.get("/v1/models/none").status, 404);
    let made = served.post(
        "/v1/embeddings",
        &json!({"model": "auto", "input": ["fix the failing tests", "repair broken tests", "bake bread"]}),
    );
    assert_eq!(made.status, 200, "{made:?}");
    let made = made.json();
    let vector = |index: usize| -> Vec<f64> {
        let vector = made["data"][index]["embedding"].as_array().unwrap();
        vector.iter().map(|one| one.as_f64().unwrap()).collect()
    };
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (fix, repair, bake) = (vector(0), vector(1), vector(2));
    assert!((near(&fix, &fix) - 1.0).abs() < 1e-3);
    assert!(near(&fix, &repair) > near(&fix, &bake));
    served.stop(Signal::TERM);
}

#[test]
fn the_caps_of_the_day_and_the_users_own_rules_hold_for_programs_too() {
    let server = FakeServer::responding(able).unwrap();
    let home = home(&server);
    let path = home.venom_home().join("config.yaml");
    let config = std::fs::read_to_string(&path).unwrap();
    write(
        &path,
        &format!("budget: {{day: {{money: \"0.002\"}}}}\n{config}"),
    );
    let served = Served::start(&home, &[]);
    // What was asked for without a length is made to fit.
    assert_eq!(ask(&served, &with(&json!({"max_tokens": 100}))).status, 200);
    let refused = ask(&served, &with(&json!({"max_tokens": 400})));
    assert_eq!(refused.status, 402, "{refused:?}");
    let said = refused.json();
    assert_eq!(said["error"]["code"], "budget_exceeded");
    assert!(
        said["error"]["message"]
            .as_str()
            .unwrap()
            .contains("all runs may spend in a day"),
        "{said}"
    );
    assert_eq!(server.seen().len(), 1, "nobody was asked");
    served.stop(Signal::TERM);
    // The call that was withdrawn stands in the log, is at its end, and took nothing.
    let (_, listed) = home.json(&["runs", "--calls", "--json"]);
    let outcomes: Vec<&Value> = listed["data"]["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["outcome"])
        .collect();
    assert_eq!(outcomes, [&json!("cancelled"), &json!("succeeded")]);
    let (_, stats) = home.json(&["models", "stats", "--json"]);
    assert_eq!(stats["data"]["spent"][0]["spent"]["money"], 62, "{stats}");

    let elsewhere = config.replace("retries: 0", "retries: 0, privacy: cloud");
    write(&path, &format!("route: {{local_only: true}}\n{elsewhere}"));
    let book = home.venom_home().join("models.yaml");
    let known = std::fs::read_to_string(&book).unwrap();
    write(&book, &known.replace("privacy: local", "privacy: cloud"));
    let served = Served::start(&home, &[]);
    for model in ["auto", "home/smart"] {
        let refused = ask(&served, &with(&json!({"model": model})));
        assert!((400..500).contains(&refused.status), "{model}: {refused:?}");
    }
    assert_eq!(server.seen().len(), 1);
    served.stop(Signal::TERM);
}
