use super::*;

fn base(url: &str) -> Url {
    Url::parse(url).unwrap()
}

fn texts() -> Vec<String> {
    vec!["one".to_owned(), "two".to_owned()]
}

#[test]
fn each_dialect_is_asked_in_its_own_words() {
    let of = |dialect, url| {
        let (url, body) = asked(dialect, &base(url), "m", &texts()).unwrap();
        (url.to_string(), body)
    };
    let (url, body) = of(Dialect::Ollama, "http://127.0.0.1:11434");
    assert_eq!(url, "http://127.0.0.1:11434/api/embed");
    assert_eq!(
        body,
        json!({"model": "m", "input": ["one", "two"], "truncate": true})
    );
    let (url, body) = of(Dialect::OpenAi, "https://api.openai.com/v1");
    assert_eq!(url, "https://api.openai.com/v1/embeddings");
    assert_eq!(
        body,
        json!({"model": "m", "input": ["one", "two"], "encoding_format": "float"})
    );
    let (url, body) = of(Dialect::Gemini, "https://generativelanguage.googleapis.com");
    assert_eq!(
        url,
        "https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents"
    );
    assert_eq!(body["requests"][1]["content"]["parts"][0]["text"], "two");
    assert_eq!(body["requests"][1]["model"], "models/m");
    let refused = asked(
        Dialect::Anthropic,
        &base("https://api.anthropic.com"),
        "m",
        &texts(),
    );
    assert_eq!(refused.unwrap_err().kind, FailureKind::Refused);
}

#[test]
fn vectors_stand_in_the_order_of_the_texts() {
    let two = Some(vec![vec![1.0, 0.0], vec![0.0, 2.0]]);
    assert_eq!(
        read(Dialect::Ollama, &json!({"embeddings": [[1, 0], [0, 2]]})),
        two
    );
    assert_eq!(
        read(
            Dialect::Gemini,
            &json!({"embeddings": [{"values": [1, 0]}, {"values": [0, 2.0]}]})
        ),
        two
    );
    assert_eq!(
        read(
            Dialect::OpenAi,
            &json!({"data": [
                {"index": 1, "embedding": [0, 2]},
                {"index": 0, "embedding": [1, 0]},
            ]})
        ),
        two
    );
}

#[test]
fn what_is_no_vector_is_not_taken() {
    for odd in [
        json!({"embeddings": [[1, 0], [0, "2"]]}),
        json!({"embeddings": [[1, 0], [0, 0]]}),
        json!({"embeddings": [[1]]}),
        json!({"embeddings": [[1, null]]}),
        json!({"embeddings": [[1e39, 1e39]]}),
        json!({"embeddings": {}}),
        json!([]),
    ] {
        assert_eq!(read(Dialect::Ollama, &odd), None, "{odd}");
    }
    let twice =
        json!({"data": [{"index": 1, "embedding": [0, 2]}, {"index": 1, "embedding": [1, 0]}]});
    assert_eq!(read(Dialect::OpenAi, &twice), None);
}

#[test]
fn keys_are_not_repeated() {
    let model: ModelId = "p/m".parse().unwrap();
    let said = json!({"error": {"message": "the key hunter2 is wrong"}});
    let failure = refusal(&model, 401, Some(&said), "hunter2");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(!failure.message.contains("hunter2"), "{failure}");
    let failure = refusal(&model, 503, Some(&json!({"error": "busy"})), "");
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains("busy"), "{failure}");
}
