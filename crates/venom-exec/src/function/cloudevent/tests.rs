use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::*;

fn event(form: Form) -> Event {
    Event {
        form,
        kind: "org.example.resize".to_owned(),
        source: "/a b\"%\u{20ac}".to_owned(),
    }
}

fn answered(media: &'static str, body: &str) -> Result<Value, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    read(&Reply {
        status: 200,
        headers,
        body: body.as_bytes().to_vec(),
    })
}

#[test]
fn a_structured_event_is_one_document() {
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let written = event(Form::Structured).write("k-1", at, "resize", &json!({"w": 3}));
    let body: Value = serde_json::from_slice(&written.body).unwrap();
    assert_eq!(
        body,
        json!({
            "specversion": "1.0",
            "id": "k-1",
            "source": "/a b\"%\u{20ac}",
            "type": "org.example.resize",
            "subject": "resize",
            "time": "2023-11-14T22:13:20Z",
            "datacontenttype": "application/json",
            "data": {"w": 3},
        })
    );
    let empty = event(Form::Structured).write("k-1", at, "resize", &Value::Null);
    let body: Value = serde_json::from_slice(&empty.body).unwrap();
    assert!(body.get("data").is_none());
}

#[test]
fn a_binary_event_has_its_attributes_in_headers() {
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let written = event(Form::Binary).write("k-1", at, "resize", &json!([1]));
    assert_eq!(written.body, b"[1]");
    let header = |name: &str| {
        let found = written.headers.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("ce-id"), Some("k-1"));
    assert_eq!(header("ce-time"), Some("2023-11-14T22:13:20Z"));
    // The specification's own example encodes the euro sign as here.
    assert_eq!(header("ce-source"), Some("/a%20b%22%25%E2%82%AC"));
}

#[test]
fn an_answer_may_be_an_event() {
    let whole = r#"{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"a":1}}"#;
    assert_eq!(
        answered("application/cloudevents+json; charset=utf-8", whole),
        Ok(json!({"a": 1}))
    );
    let dataless = r#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#;
    assert_eq!(
        answered("application/cloudevents+json", dataless),
        Ok(Value::Null)
    );
    assert_eq!(answered("application/json", "3"), Ok(json!(3)));
}

#[test]
fn half_an_event_is_none() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"specversion":"1.0","id":"","source":"s","type":"t"}"#,
        r#"{"specversion":"1.0","id":1,"source":"s","type":"t"}"#,
        r#"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"AA=="}"#,
    ] {
        let failure = answered("application/cloudevents+json", body).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Corrupt, "{body}");
    }
}
