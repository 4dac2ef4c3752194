use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::*;

fn reply(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> Reply {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    Reply {
        status,
        headers: map,
        body: body.to_vec(),
    }
}

#[test]
fn json_is_read_whatever_it_calls_itself() {
    for media in ["application/json", "text/html; charset=utf-8", ""] {
        let reply = reply(200, &[("content-type", media)], b" {\"a\": [1]} ");
        assert_eq!(value(&reply), Ok(json!({"a": [1]})));
    }
    assert_eq!(value(&reply(200, &[], b" \n")), Ok(Value::Null));
    let plain = reply(200, &[("content-type", "text/plain")], b"done");
    assert_eq!(value(&plain), Ok(json!("done")));
}

#[test]
fn what_is_no_json_is_not_guessed_at() {
    for (media, body) in [
        ("text/html", b"<!doctype html><p>Sign in".as_slice()),
        ("application/json", b"{\"a\": "),
        ("application/json", b"{\"a\": 1} {\"b\": 2}"),
        ("application/octet-stream", b"\x00\x01"),
        ("text/plain", b"\xff\xfe"),
        ("", b"NaN"),
    ] {
        let failure = value(&reply(200, &[("content-type", media)], body)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Corrupt);
        assert!(failure.hint.is_some());
    }
    // Depth is bounded by the parser.
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    assert!(value(&reply(200, &[], &deep)).is_err());
}

#[test]
fn excerpts_are_short_clean_and_without_secrets() {
    let body = format!(
        "a\u{1b}[31m {} the-token-itself {}",
        "\n\t ".repeat(50),
        "x".repeat(9_000)
    );
    let shown = excerpt(body.as_bytes(), &["the-token-itself"]);
    assert!(!shown.contains("the-token-itself"), "{shown}");
    assert!(!shown.chars().any(char::is_control), "{shown}");
    assert!(shown.chars().count() <= SHOWN + 1);
    assert_eq!(excerpt(b"\xff\xfe", &[]), "\u{fffd}\u{fffd}");
    assert_eq!(excerpt(b" \n", &[]), "nothing");
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    // 1994-11-06T08:49:37Z, the example of RFC 9110.
    let now = Timestamp::from_micros(784_111_777_000_000);
    for (text, wanted) in [
        ("7", Some(7)),
        ("0", Some(0)),
        ("Sun, 06 Nov 1994 08:49:57 GMT", Some(20)),
        ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
        ("soon", None),
        ("-3", None),
        ("99999999999999999999999", None),
    ] {
        let reply = reply(429, &[("retry-after", text)], b"");
        let wanted = wanted.map(Duration::from_secs);
        assert_eq!(retry_after(&reply, now), wanted, "{text}");
    }
}

#[test]
fn statuses_mean_one_thing_each() {
    use crate::function::retry::Ran;
    use FailureKind::{Missing, Refused, Retryable};
    let now = Timestamp::from_micros(0);
    for (status, kind, ran) in [
        (301, Refused, Ran::No),
        (307, Refused, Ran::No),
        (400, Refused, Ran::No),
        (401, Refused, Ran::No),
        (403, Refused, Ran::No),
        (404, Missing, Ran::No),
        (405, Refused, Ran::No),
        (408, Retryable, Ran::Maybe),
        (413, Refused, Ran::No),
        (422, Refused, Ran::No),
        (429, Retryable, Ran::No),
        (500, Retryable, Ran::Maybe),
        (501, Refused, Ran::No),
        (502, Retryable, Ran::Maybe),
        (503, Retryable, Ran::Maybe),
        (504, Retryable, Ran::Maybe),
    ] {
        let setback = setback(&reply(status, &[], b""), "f", "nothing", now);
        assert_eq!((setback.failure.kind, setback.ran), (kind, ran), "{status}");
    }
}
