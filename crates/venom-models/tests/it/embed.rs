//! Vectors of texts by each kind of provider, over a connection.

use serde_json::{Value, json};
use venom_kernel::model::ModelId;
use venom_models::Dialect;
use venom_ports::FailureKind;
use venom_testkit::conform::model::KEY;
use venom_testkit::provider::{Answer, FakeServer, Seen};

use crate::world::{providers, runtime};

/// A vector that says how long its text is.
fn vector(text: &str) -> Value {
    json!([1.0, text.len()])
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// Answers as a provider of a kind does.
fn answer(dialect: Dialect, seen: &Seen) -> Answer {
    let body = match dialect {
        Dialect::Ollama => {
            let made: Vec<Value> = strings(&seen.body["input"])
                .iter()
                .map(|text| vector(text))
                .collect();
            json!({"model": "m", "embeddings": made})
        }
        Dialect::OpenAi => {
            let texts = strings(&seen.body["input"]);
            let mut made: Vec<Value> = texts
                .iter()
                .enumerate()
                .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": vector(text)}))
                .collect();
            made.reverse();
            json!({"object": "list", "data": made})
        }
        Dialect::Gemini => {
            let requests = seen.body["requests"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let made: Vec<Value> = requests
                .iter()
                .filter_map(|request| request["content"]["parts"][0]["text"].as_str())
                .map(|text| json!({"values": vector(text)}))
                .collect();
            json!({"embeddings": made})
        }
        Dialect::Anthropic => json!({}),
    };
    Answer::json(200, &body)
}

#[test]
fn texts_come_back_as_vectors_in_their_order_from_each_kind() {
    let model: ModelId = "p/m".parse().unwrap();
    let texts: Vec<String> = (1..=150).map(|length| "x".repeat(length)).collect();
    for (dialect, path, header) in [
        (
            Dialect::Ollama,
            "/api/embed",
            ("authorization", format!("Bearer {KEY}")),
        ),
        (
            Dialect::OpenAi,
            "/embeddings",
            ("authorization", format!("Bearer {KEY}")),
        ),
        (
            Dialect::Gemini,
            "/v1beta/models/m:batchEmbedContents",
            ("x-goog-api-key", KEY.to_owned()),
        ),
    ] {
        let server = FakeServer::responding(move |seen, _| answer(dialect, seen)).unwrap();
        let providers = providers(dialect, &server.url(), 0);
        let made = runtime().block_on(providers.embed(&model, &texts)).unwrap();
        let lengths: Vec<f32> = made
            .iter()
            .filter_map(|vector| vector.get(1).copied())
            .collect();
        let expected: Vec<f32> = (1_u16..=150).map(f32::from).collect();
        assert_eq!(lengths, expected, "{dialect:?}");
        // 150 texts are three requests.
        let seen = server.seen();
        assert_eq!(seen.len(), 3, "{dialect:?}");
        for seen in seen {
            assert_eq!(seen.path, path);
            assert_eq!(seen.headers.get(header.0), Some(&header.1));
        }
    }
}

#[test]
fn what_goes_wrong_has_a_kind_and_no_key_in_it() {
    let model: ModelId = "p/m".parse().unwrap();
    let said = |status, body: Value| Answer::json(status, &body);
    for (answer, kind) in [
        (
            said(404, json!({"error": "model \"m\" not found"})),
            FailureKind::Missing,
        ),
        (
            said(
                401,
                json!({"error": {"message": format!("{KEY} is wrong")}}),
            ),
            FailureKind::Refused,
        ),
        (
            said(429, json!({"error": {"message": "slower"}})),
            FailureKind::Unavailable,
        ),
        (said(503, json!({})), FailureKind::Unavailable),
        (
            said(400, json!({"error": "input is too long"})),
            FailureKind::Refused,
        ),
        (
            said(200, json!({"embeddings": [[1.0, 2.0]]})),
            FailureKind::Corrupt,
        ),
        (
            said(200, json!({"embeddings": [[1.0, 2.0], [1.0]]})),
            FailureKind::Corrupt,
        ),
        (Answer::whole(200, &[], "<html>"), FailureKind::Corrupt),
    ] {
        let server = FakeServer::answering([answer]).unwrap();
        let providers = providers(Dialect::Ollama, &server.url(), 0);
        let texts = ["one".to_owned(), "two".to_owned()];
        let failure = runtime()
            .block_on(providers.embed(&model, &texts))
            .unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(!format!("{failure:?}").contains(KEY), "{failure:?}");
    }
    let nobody = providers(Dialect::Ollama, "http://127.0.0.1:9", 0);
    let texts = ["one".to_owned()];
    let failure = runtime()
        .block_on(nobody.embed(&model, &texts))
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
}
