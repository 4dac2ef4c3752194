use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;

use super::{Cassette, Recorder};
use crate::provider::{Answer, FakeServer, Move, Speaks, Speech};

const KEY: &str = "sk-fake-8a1f33";

/// Asks a server and returns all that it says.
fn ask(url: &str, path: &str, body: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nauthorization: Bearer {KEY}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

/// Records an answer to `{"a": 1}`.
fn recorded(answer: Answer) -> (Cassette, String) {
    let server = FakeServer::answering([answer]).unwrap();
    let recorder = Recorder::before(server.url().strip_prefix("http://").unwrap()).unwrap();
    let said = ask(&recorder.url(), "/v1/chat?x=1", r#"{"a": 1}"#);
    (recorder.cassette("a server of the tests"), said)
}

#[test]
fn what_was_recorded_is_said_again_and_holds_no_key() {
    let speech = Speech::text("Grüße, 世界");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.json");
    let (cassette, said) = recorded(Answer::speech(Speaks::OpenAi, &speech));
    assert!(said.contains("世界") && said.contains("chunked"), "{said}");
    let chunks = cassette.exchanges[0].answered.body.len();
    assert!(chunks > 2, "{chunks}");
    cassette.write(&path, KEY).unwrap();
    let read = Cassette::read(&path).unwrap();
    assert_eq!(read, cassette);
    let playing = read.play().unwrap();
    // Other blanks are no other request.
    assert_eq!(ask(&playing.url(), "/v1/chat?x=1", r#"{"a":1}"#), said);
    assert_eq!(playing.differences(), Vec::<String>::new());
    assert_eq!(playing.left(), []);
    // An answer is given once.
    assert!(ask(&playing.url(), "/v1/chat?x=1", r#"{"a":1}"#).contains(" 400 "));
    assert_eq!(playing.differences().len(), 1);
}

#[test]
fn a_key_is_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.json");
    let (cassette, _) = recorded(Answer::json(401, &json!({"error": format!("no {KEY}")})));
    let why = cassette.write(&path, KEY).unwrap_err();
    assert!(why.contains("a key stands in"), "{why}");
    assert!(!path.exists());
}

#[test]
fn another_request_is_told_apart_by_its_body_and_path() {
    let (cassette, _) = recorded(Answer::json(200, &json!({"ok": true})));
    for (path, body, place) in [
        ("/v1/chat?x=1", r#"{"a": 2}"#, "/a is 2 in place of 1"),
        (
            "/v1/chat?x=1",
            r#"{"a": 1, "b": [true]}"#,
            "/b is [true] in place of null",
        ),
        (
            "/v1/chat",
            r#"{"a": 1}"#,
            "POST /v1/chat in place of POST /v1/chat?x=1",
        ),
    ] {
        let playing = cassette.clone().play().unwrap();
        let said = ask(&playing.url(), path, body);
        assert!(said.contains(" 400 ") && said.contains(place), "{said}");
        assert_eq!(playing.left().len(), 1);
    }
}

#[test]
fn what_breaks_off_is_not_recorded() {
    let half = Answer::begun("text/event-stream").then(Move::Chunk(b"data: {".to_vec()));
    let (cassette, said) = recorded(half);
    assert!(said.contains(" 502 "), "{said}");
    assert_eq!(cassette.exchanges, []);
}
