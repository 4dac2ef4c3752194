//! What is sent to a function behind HTTP, and how its answers are read.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use venom_exec::function::{Auth, Envelope, Event, Form, Http, Target, TokenSource};
use venom_kernel::time::Millis;
use venom_ports::FailureKind;
use venom_ports::function::{Invocation, Mode};

use super::world::{
    Server, World, http, invocation, json as answer, once, reply, say, secret, tells_nothing,
    thrice,
};

#[test]
fn a_call_is_one_post_with_key_and_deadline() {
    let server = Server::saying(&reply(
        200,
        &[
            ("content-type", "application/json"),
            ("x-request-id", "r-1"),
        ],
        r#"{"sum": 3}"#,
    ));
    let world = World::of(once(Target::Http(http(&server.url))));
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let call = Invocation {
        traceparent: Some(trace.to_owned()),
        within: Some(Millis::from_secs(20)),
        ..invocation(json!({"a": 1, "b": 2}))
    };
    let answer = world.invoke(call, CancellationToken::new()).unwrap();
    assert_eq!(answer.payload, json!({"sum": 3}));
    assert_eq!(answer.status, Some(200));
    assert_eq!(answer.request.as_deref(), Some("r-1"));
    assert_eq!((answer.attempts, answer.error), (1, None));
    let [seen] = &server.seen()[..] else {
        panic!("{:?}", server.seen())
    };
    assert!(seen.head.starts_with("POST /run?a=1 HTTP/1.1\r\n"));
    assert_eq!(seen.json(), json!({"a": 1, "b": 2}));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("idempotency-key"), Some("key-1"));
    assert_eq!(seen.header("traceparent"), Some(trace));
    assert_eq!(seen.header("authorization"), None);
    let left: u64 = seen
        .header("x-request-timeout-ms")
        .unwrap()
        .parse()
        .unwrap();
    assert!((15_000..=20_000).contains(&left), "{left}");
    let deadline = seen.header("x-request-deadline").unwrap();
    assert!(
        deadline.ends_with('Z') && deadline.contains('T'),
        "{deadline}"
    );
    assert_eq!(seen.header("accept-encoding"), None);
    assert_eq!(seen.header("cookie"), None);
}

#[test]
fn later_calls_use_the_connections_of_earlier_ones() {
    let server = Server::saying(&answer(200, "1"));
    let world = World::of(once(Target::Http(http(&server.url))));
    let calls = 16;
    for n in 0..calls {
        assert_eq!(world.call(json!(n)).unwrap().payload, json!(1));
    }
    // A call may come before the connection of the one before it is back with the idle ones, so that
    // now and then one more is opened; with a connection for each call there would be as many as calls.
    assert_eq!(server.seen().len(), calls);
    assert!(
        server.connections() <= calls / 2,
        "{}",
        server.connections()
    );
}

#[test]
fn a_bearer_token_is_sent_and_never_shown() {
    let echo = "authorization was the-bearer-token-itself";
    let server = Server::saying(&reply(403, &[], echo));
    let target = Http {
        auth: Auth::Bearer(secret("env:A_TOKEN")),
        ..http(&server.url)
    };
    let world = World::of(once(Target::Http(target)));
    let failure = world.call(json!({})).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    tells_nothing(&failure);
    assert_eq!(
        server.seen()[0].header("authorization"),
        Some("Bearer the-bearer-token-itself")
    );
}

#[test]
fn a_token_does_not_leave_the_machine_without_tls() {
    let target = |allow_plain| Http {
        auth: Auth::Bearer(secret("env:A_TOKEN")),
        allow_plain,
        // Reserved for documentation: nobody answers there.
        ..http("http://192.0.2.1/run")
    };
    let failure = World::of(once(Target::Http(target(false))))
        .call(json!({}))
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("without TLS"), "{failure}");
    // Who says that the network is trusted is believed; that nothing answers is another matter.
    let mut patient = once(Target::Http(target(true)));
    patient.timeout = Millis::new(50);
    let failure = World::of(patient).call(json!({})).unwrap_err();
    assert!(!failure.message.contains("without TLS"), "{failure}");
}

#[test]
fn a_signature_covers_what_arrives() {
    let server = Server::saying(&answer(200, "null"));
    let target = Http {
        auth: Auth::Hmac(secret("env:A_SECRET")),
        ..http(&server.url)
    };
    let world = World::of(once(Target::Http(target)));
    world.call(json!({"a": "\u{e9}"})).unwrap();
    let seen = &server.seen()[0];
    let time = seen.header("x-venom-timestamp").unwrap();
    let message = format!("v1\nPOST\n/run?a=1\n{time}\n{}", seen.json());
    let signature = seen.header("x-venom-signature").unwrap();
    assert_eq!(signature, format!("v1={}", openssl_free_hmac(&message)));
}

/// Computes the signature a second time, by the definition in RFC 2104 and not by the adapter's crate.
fn openssl_free_hmac(message: &str) -> String {
    use venom_kernel::digest::Digest;
    let mut key = b"the-shared-secret-itself".to_vec();
    key.resize(64, 0);
    let pad = |byte: u8| key.iter().map(|k| k ^ byte).collect::<Vec<u8>>();
    let inner = Digest::of_parts(&[&pad(0x36), message.as_bytes()]);
    Digest::of_parts(&[&pad(0x5c), inner.as_bytes()]).to_string()
}

fn token(expires_in: i64) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let expires = i64::try_from(now.as_secs()).unwrap() + expires_in;
    let claims = json!({"aud": "a", "exp": expires, "n": expires_in}).to_string();
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{}"), part(&claims), part("s"))
}

fn oidc(url: &str, source: TokenSource) -> Http {
    Http {
        auth: Auth::Oidc {
            audience: "https://f.example/?x".to_owned(),
            source,
        },
        ..http(url)
    }
}

#[test]
fn a_token_is_fetched_once_and_kept() {
    let token = token(3_600);
    let metadata = Server::saying(&reply(200, &[], &format!("{token}\n")));
    let server = Server::saying(&answer(200, "true"));
    let url = format!(
        "http://127.0.0.1:{}/id?audience={{audience}}",
        metadata.port()
    );
    let world = World::of(once(Target::Http(oidc(
        &server.url,
        TokenSource::Metadata(Some(url)),
    ))));
    world.call(json!(1)).unwrap();
    world.call(json!(2)).unwrap();
    assert_eq!(metadata.seen().len(), 1);
    let asked = &metadata.seen()[0];
    assert!(
        asked
            .head
            .starts_with("GET /id?audience=https%3A%2F%2Ff.example%2F%3Fx HTTP/1.1"),
        "{}",
        asked.head
    );
    assert_eq!(asked.header("metadata-flavor"), Some("Google"));
    let bearer = format!("Bearer {token}");
    for seen in server.seen() {
        assert_eq!(seen.header("authorization"), Some(bearer.as_str()));
    }
}

#[test]
fn a_token_that_is_nearly_over_or_was_revoked_is_fetched_anew() {
    let (short, long) = (token(30), token(3_600));
    let metadata = Server::new(vec![
        say(&reply(200, &[], &short)),
        say(&answer(200, &json!({"access_token": long}).to_string())),
        say(&reply(200, &[], &long)),
    ]);
    let server = Server::new(vec![
        say(&answer(200, "1")),
        say(&answer(200, "2")),
        say(&answer(401, "{}")),
        say(&answer(200, "3")),
        say(&answer(401, "{}")),
    ]);
    let url = format!("http://127.0.0.1:{}/id", metadata.port());
    let source = TokenSource::Metadata(Some(url));
    let world = World::of(thrice(Target::Http(oidc(&server.url, source)), false));
    // Over in 30 seconds: it serves this call and is not kept for the next.
    assert_eq!(world.call(json!(1)).unwrap().payload, json!(1));
    assert_eq!(world.call(json!(1)).unwrap().payload, json!(2));
    assert_eq!(metadata.seen().len(), 2);
    // Refused though kept: one more token, one more attempt.
    let third = world.call(json!(1)).unwrap();
    assert_eq!((third.payload, third.attempts), (json!(3), 2));
    assert_eq!(metadata.seen().len(), 3);
    // Refused again and again: a fresh token that is refused is an answer.
    let failure = world.call(json!(1)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(metadata.seen().len(), 4);
}

#[test]
fn a_metadata_endpoint_that_errs_gives_no_token() {
    let server = Server::saying(&answer(200, "1"));
    for (bad, kind) in [
        (reply(404, &[], "no such account"), FailureKind::Refused),
        (reply(200, &[], "<html>"), FailureKind::Corrupt),
        (reply(200, &[], ""), FailureKind::Corrupt),
        (reply(200, &[], &token(-1)), FailureKind::Refused),
    ] {
        let metadata = Server::saying(&bad);
        let url = format!("http://127.0.0.1:{}/id", metadata.port());
        let source = TokenSource::Metadata(Some(url));
        let world = World::of(once(Target::Http(oidc(&server.url, source))));
        assert_eq!(world.call(json!(1)).unwrap_err().kind, kind, "{bad}");
    }
    let far = TokenSource::Metadata(Some("http://192.0.2.1/id".to_owned()));
    let world = World::of(once(Target::Http(oidc(&server.url, far))));
    let failure = world.call(json!(1)).unwrap_err();
    assert!(failure.message.contains("without TLS"), "{failure}");
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn secrets_in_files_are_private_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let put = |text: &str, mode: u32| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let server = Server::saying(&answer(200, "1"));
    let file = format!("file:{}", path.display());
    let bearer = Http {
        auth: Auth::Bearer(secret(&file)),
        ..http(&server.url)
    };
    let world = World::of(once(Target::Http(bearer)));
    put("from-a-file\n", 0o600);
    world.call(json!(1)).unwrap();
    assert_eq!(
        server.seen()[0].header("authorization"),
        Some("Bearer from-a-file")
    );
    put("from-a-file\n", 0o640);
    let failure = world.call(json!(1)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("chmod 600"));
    for (text, why) in [("", "one line"), ("two\nlines", "one line")] {
        put(text, 0o600);
        let failure = world.call(json!(1)).unwrap_err();
        assert!(failure.message.contains(why), "{failure}");
    }
    put(&"x".repeat(70_000), 0o600);
    assert!(world.call(json!(1)).unwrap_err().message.contains("larger"));
    std::fs::remove_file(&path).unwrap();
    assert!(world.call(json!(1)).is_err());
    std::fs::create_dir(&path).unwrap();
    assert!(world.call(json!(1)).is_err());
    assert_eq!(server.seen().len(), 1);

    std::fs::remove_dir(&path).unwrap();
    put(&token(600), 0o600);
    let oidc = oidc(&server.url, TokenSource::File(path.clone()));
    let world = World::of(once(Target::Http(oidc)));
    world.call(json!(1)).unwrap();
    put(&token(-5), 0o600);
    let failure = world.call(json!(1)).unwrap_err();
    assert!(failure.message.contains("expired"), "{failure}");
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn references_to_secrets_never_hold_one() {
    use venom_exec::function::SecretRef;
    for text in [
        "sk-live-1234",
        "env:",
        "env:A B",
        "env:1A",
        "file:",
        "file:token",
        "file:~/t",
        "",
        "vault:x",
    ] {
        let said = text.parse::<SecretRef>().unwrap_err();
        assert!(text.is_empty() || !said.contains("sk-live"), "{said}");
    }
    for text in ["env:A_TOKEN", "file:/run/secrets/t"] {
        assert_eq!(text.parse::<SecretRef>().unwrap().to_string(), text);
    }
}

#[test]
fn events_are_sent_in_both_forms_and_read_back() {
    let event = |form| {
        Envelope::CloudEvent(Event {
            form,
            kind: "org.example.sum".to_owned(),
            source: "/venom".to_owned(),
        })
    };
    let event_back = reply(
        200,
        &[("content-type", "application/cloudevents+json")],
        r#"{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"sum":3}}"#,
    );
    let server = Server::new(vec![say(&event_back), say(&answer(200, r#"{"sum":3}"#))]);
    for form in [Form::Structured, Form::Binary] {
        let target = Http {
            envelope: event(form),
            ..http(&server.url)
        };
        let answer = World::of(once(Target::Http(target)))
            .call(json!({"a": 1}))
            .unwrap();
        assert_eq!(answer.payload, json!({"sum": 3}));
    }
    let seen = server.seen();
    assert_eq!(seen[0].json()["data"], json!({"a": 1}));
    assert_eq!(seen[0].json()["id"], json!("key-1"));
    assert_eq!(seen[0].json()["type"], json!("org.example.sum"));
    assert_eq!(seen[1].json(), json!({"a": 1}));
    assert_eq!(seen[1].header("ce-id"), Some("key-1"));
    assert_eq!(seen[1].header("ce-source"), Some("/venom"));
}

#[test]
fn a_queued_call_goes_to_its_own_address() {
    let server = Server::saying(&reply(202, &[("x-call-id", "c-9")], "queued"));
    let target = Http {
        async_url: Some(server.url.replace("/run", "/queue")),
        ..http("http://127.0.0.1:9/never")
    };
    let world = World::of(once(Target::Http(target)));
    let answer = world.call_in(Mode::Async, json!({})).unwrap();
    assert_eq!((answer.status, answer.payload), (Some(202), Value::Null));
    assert_eq!(answer.request.as_deref(), Some("c-9"));
    assert!(server.seen()[0].head.starts_with("POST /queue"));
    assert_eq!(world.info().modes, Mode::ALL);

    let world = World::of(once(Target::Http(http(&server.url))));
    let failure = world.call_in(Mode::Async, json!({})).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.hint.unwrap().contains("async_url"));
}

#[test]
fn a_dry_run_checks_everything_and_sends_nothing() {
    let server = Server::saying(&answer(200, "1"));
    let good = Http {
        auth: Auth::Bearer(secret("env:A_TOKEN")),
        ..http(&server.url)
    };
    let answer = World::of(once(Target::Http(good)))
        .call_in(Mode::DryRun, json!({}))
        .unwrap();
    assert_eq!((answer.status, answer.payload), (None, Value::Null));
    let bad = Http {
        auth: Auth::Bearer(secret("env:NOT_SET")),
        ..http(&server.url)
    };
    let failure = World::of(once(Target::Http(bad)))
        .call_in(Mode::DryRun, json!({}))
        .unwrap_err();
    assert!(failure.message.contains("NOT_SET"), "{failure}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_payload_is_held_to_schema_and_size_before_anything_is_sent() {
    let server = Server::saying(&answer(200, "1"));
    let mut definition = once(Target::Http(http(&server.url)));
    definition.input = Some(json!({
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string"}},
        "additionalProperties": false,
    }));
    let world = World::of(definition.clone());
    for payload in [
        json!(null),
        json!({}),
        json!({"url": 1}),
        json!({"url": "u", "x": 1}),
    ] {
        let failure = world.call(payload).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused);
        tells_nothing(&failure);
    }
    world.call(json!({"url": "u"})).unwrap();
    definition.input = Some(json!({"type": "nonsense"}));
    let failure = World::of(definition).call(json!({})).unwrap_err();
    assert!(failure.message.contains("no JSON Schema"), "{failure}");
    let world = World::of(once(Target::Http(http(&server.url))));
    let failure = world.call(json!("x".repeat(11 << 20))).unwrap_err();
    assert!(failure.message.contains("takes at most"), "{failure}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_call_that_makes_no_sense_is_refused() {
    let server = Server::saying(&answer(200, "1"));
    let world = World::of(once(Target::Http(http(&server.url))));
    let cancel = CancellationToken::new;
    for key in ["", "a b", "a\r\nx: y", "\u{e9}", &"k".repeat(256)] {
        let call = Invocation {
            key: key.to_owned(),
            ..invocation(json!(1))
        };
        let failure = world.invoke(call, cancel()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{key:?}");
    }
    for trace in ["", "00-x", &"0".repeat(56), "00-\r\n"] {
        let call = Invocation {
            traceparent: Some(trace.to_owned()),
            ..invocation(json!(1))
        };
        let failure = world.invoke(call, cancel()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{trace:?}");
    }
    let call = Invocation {
        function: "g".to_owned(),
        ..invocation(json!(1))
    };
    let failure = world.invoke(call, cancel()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Missing);
    assert_eq!(failure.hint.as_deref(), Some("there are: f"));
    for url in [
        "",
        "nonsense",
        "ftp://127.0.0.1/",
        "http://",
        "http://u:p@127.0.0.1/",
        "http://127.0.0.1/#a",
    ] {
        let failure = World::of(once(Target::Http(http(url))))
            .call(json!(1))
            .unwrap_err();
        assert_eq!(failure.kind, FailureKind::Refused, "{url}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_address_is_listed_without_what_may_be_secret_in_it() {
    let target = http("https://example.org/run?code=secret-key");
    let info = World::of(once(Target::Http(target))).info();
    assert_eq!(info.target, "https://example.org/run");
    assert_eq!((info.name.as_str(), info.kind), ("f", "http"));
    assert_eq!(info.modes, [Mode::Sync, Mode::DryRun]);
}
