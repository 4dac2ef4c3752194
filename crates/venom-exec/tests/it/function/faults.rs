//! Everything that can go wrong between a call and its answer. None of it may hang, crash, repeat what
//! must not be repeated, or be taken for an answer.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use venom_exec::egress::Trust;
use venom_exec::function::{Auth, Http, Target};
use venom_kernel::time::Millis;
use venom_ports::FailureKind::{self, Corrupt, Missing, Refused, Retryable, TimedOut, Unavailable};
use venom_ports::function::Invocation;

use super::world::{
    Act, PATIENCE, Server, World, http, invocation, json as answer, once, reply, say,
    say_and_close, secret, tells_nothing, thrice,
};

/// Calls a function behind a server that does this, once, and expects this kind of failure.
fn check(name: &str, act: Act, wanted: FailureKind) {
    let server = Server::new(vec![act]);
    let target = Http {
        auth: Auth::Bearer(secret("env:A_TOKEN")),
        ..http(&server.url)
    };
    let begun = Instant::now();
    let failure = match World::of(once(Target::Http(target))).call(json!({"a": 1})) {
        Ok(answer) => panic!("{name}: {answer:?}"),
        Err(failure) => failure,
    };
    assert_eq!(failure.kind, wanted, "{name}: {failure}");
    assert_eq!(server.seen().len(), 1, "{name}");
    assert!(begun.elapsed() < PATIENCE, "{name}");
    tells_nothing(&failure);
}

#[test]
fn answers_that_are_none() {
    let html = "<!doctype html><title>Sign in</title>";
    let cases: Vec<(&str, Act, FailureKind)> = vec![
        ("closed without a word", say_and_close(""), Retryable),
        (
            "cut in the status line",
            say_and_close("HTTP/1.1 20"),
            Retryable,
        ),
        (
            "cut in a header",
            say_and_close("HTTP/1.1 200 OK\r\ncontent-le"),
            Retryable,
        ),
        (
            "cut in the body",
            say_and_close("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"a\""),
            Retryable,
        ),
        (
            "cut between chunks",
            say_and_close("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n1234\r\n"),
            Retryable,
        ),
        (
            "a chunk that is no number",
            say_and_close(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n1\r\n0\r\n\r\n",
            ),
            Retryable,
        ),
        (
            "another protocol",
            say_and_close("SSH-2.0-OpenSSH_9.2\r\n"),
            Retryable,
        ),
        (
            "binary noise",
            say_and_close("\u{0}\u{1}\u{2}\u{16}\u{3}\u{1}\r\n\r\n"),
            Retryable,
        ),
        (
            "two lengths that differ",
            say_and_close("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n12"),
            Retryable,
        ),
        (
            "a length that is no number",
            say_and_close("HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n12"),
            Retryable,
        ),
        (
            "a folded header",
            say_and_close("HTTP/1.1 200 OK\r\na: b\r\n c\r\ncontent-length: 1\r\n\r\n1"),
            Retryable,
        ),
        (
            "a page with 200",
            say(&reply(200, &[("content-type", "text/html")], html)),
            Corrupt,
        ),
        ("half JSON with 200", say(&answer(200, "{\"a\": ")), Corrupt),
        (
            "two documents with 200",
            say(&answer(200, "{} {}")),
            Corrupt,
        ),
        (
            "compressed unasked",
            say(&reply(200, &[("content-encoding", "gzip")], "\u{1f}x")),
            Corrupt,
        ),
        (
            "a redirect within the host",
            say(&reply(308, &[("location", "/other")], "")),
            Refused,
        ),
        (
            "a redirect to elsewhere",
            say(&reply(302, &[("location", "http://192.0.2.1/")], "")),
            Refused,
        ),
        (
            "a redirect without a place",
            say(&reply(303, &[], "")),
            Refused,
        ),
        (
            "bad request",
            say(&answer(400, "{\"error\": \"no\"}")),
            Refused,
        ),
        ("not signed in", say(&answer(401, "{}")), Refused),
        ("not there", say(&answer(404, "{}")), Missing),
        ("wrong method", say(&answer(405, "{}")), Refused),
        ("too large for them", say(&answer(413, "{}")), Refused),
        ("busy", say(&answer(429, "{}")), Retryable),
        ("broken", say(&answer(500, "{}")), Retryable),
        ("not possible", say(&answer(501, "{}")), Refused),
        (
            "bad gateway with a page",
            say(&reply(502, &[("content-type", "text/html")], html)),
            Retryable,
        ),
        ("away", say(&answer(503, "{}")), Retryable),
        ("too slow behind it", say(&answer(504, "{}")), Retryable),
        (
            "escapes for the terminal",
            say(&reply(500, &[], "\u{1b}]0;owned\u{7}\u{1b}[2J")),
            Retryable,
        ),
        (
            "a token echoed",
            say(&reply(500, &[], "Bearer the-bearer-token-itself")),
            Retryable,
        ),
    ];
    for (name, act, wanted) in cases {
        check(name, act, wanted);
    }
}

#[test]
fn a_body_that_is_announced_as_too_large_is_not_read() {
    let act = say("HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n{");
    check("announced", act, Corrupt);
}

#[test]
fn a_body_without_end_is_read_to_the_limit() {
    let endless: Act = Box::new(|stream| {
        let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".to_vec(), vec![b'1'; 65_536], b"\r\n".to_vec()].concat();
        // 64 MiB at most, should the client read them.
        for _ in 0..1_024 {
            if stream.write_all(&chunk).is_err() {
                break;
            }
        }
    });
    check("endless", endless, Corrupt);
}

#[test]
fn a_head_without_end_is_given_up() {
    let endless: Act = Box::new(|stream| {
        let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        for n in 0..100_000 {
            if write!(stream, "x-{n}: {}\r\n", "y".repeat(1_000)).is_err() {
                break;
            }
        }
    });
    check("endless head", endless, Retryable);
}

#[test]
fn a_server_that_trickles_is_stopped_at_the_deadline() {
    for part in [
        "HTTP/1.1 200 OK\r\nx: ",
        "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n",
    ] {
        let part = part.to_owned();
        let trickle: Act = Box::new(move |stream| {
            let rest = part.bytes().chain(std::iter::repeat(b'1'));
            for byte in rest {
                if stream.write_all(&[byte]).is_err() {
                    break;
                }
                thread::sleep(Duration::from_millis(2));
            }
        });
        let server = Server::new(vec![trickle]);
        let mut definition = thrice(Target::Http(http(&server.url)), true);
        definition.timeout = Millis::new(300);
        let begun = Instant::now();
        let failure = World::of(definition).call(json!(1)).unwrap_err();
        assert_eq!(failure.kind, TimedOut);
        assert!(failure.message.contains("it may have run"), "{failure}");
        assert!(begun.elapsed() >= Duration::from_millis(300));
        // A call that used its time up is not repeated, declared safe or not.
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_server_that_never_answers_is_left_when_the_call_is_stopped() {
    let silent: Act = Box::new(|stream| {
        let mut rest = Vec::new();
        let _closed = stream.read_to_end(&mut rest);
    });
    let server = Server::new(vec![silent]);
    let world = World::of(thrice(Target::Http(http(&server.url)), true));
    let cancel = CancellationToken::new();
    let stopper = cancel.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            while server.seen().is_empty() {
                thread::yield_now();
            }
            stopper.cancel();
        });
        let failure = world.invoke(invocation(json!(1)), cancel).unwrap_err();
        assert!(failure.message.contains("was stopped"), "{failure}");
        // The connection is closed, not left for later.
        server.client_is_gone();
    });
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_call_that_is_stopped_before_it_began_sends_nothing() {
    let server = Server::saying(&answer(200, "1"));
    let world = World::of(once(Target::Http(http(&server.url))));
    let cancel = CancellationToken::new();
    cancel.cancel();
    assert!(world.invoke(invocation(json!(1)), cancel).is_err());
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_shorter_of_two_limits_holds() {
    let silent: Act = Box::new(|stream| {
        let mut rest = Vec::new();
        let _closed = stream.read_to_end(&mut rest);
    });
    let server = Server::new(vec![silent]);
    let world = World::of(once(Target::Http(http(&server.url))));
    let call = Invocation {
        within: Some(Millis::new(100)),
        ..invocation(json!(1))
    };
    let failure = world.invoke(call, CancellationToken::new()).unwrap_err();
    assert_eq!(failure.kind, TimedOut);
    assert!(failure.message.contains("100"), "{failure}");
}

#[test]
fn a_client_that_has_sent_everything_hears_a_server_that_closes_half() {
    // The server closes its sending side behind the answer; the answer counts.
    let half: Act = Box::new(|stream| {
        let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n[1]");
        let _gone = stream.shutdown(Shutdown::Write);
    });
    let server = Server::new(vec![half]);
    let world = World::of(once(Target::Http(http(&server.url))));
    assert_eq!(world.call(json!(1)).unwrap().payload, json!([1]));
}

#[test]
fn a_redirect_is_never_followed() {
    let trap = Server::saying(&answer(200, "\"caught\""));
    for status in [301, 302, 303, 307, 308] {
        let server = Server::saying(&reply(status, &[("location", trap.url.as_str())], ""));
        let target = Http {
            auth: Auth::Bearer(secret("env:A_TOKEN")),
            ..http(&server.url)
        };
        let world = World::of(thrice(Target::Http(target), true));
        let failure = world.call(json!(1)).unwrap_err();
        assert!(
            failure.message.contains("a redirect to 127.0.0.1"),
            "{failure}"
        );
        assert_eq!(server.seen().len(), 1);
    }
    assert_eq!(trap.connections(), 0);
}

#[test]
fn what_may_have_run_is_tried_once_unless_declared_safe() {
    for act in [
        || say_and_close(""),
        || say(&answer(500, "{}")),
        || say(&answer(503, "{}")),
        || say_and_close("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1"),
    ] {
        let server = Server::new(vec![act(), say(&answer(200, "7"))]);
        let world = World::of(thrice(Target::Http(http(&server.url)), false));
        let failure = world.call(json!(1)).unwrap_err();
        assert!(failure.message.ends_with("; it may have run"), "{failure}");
        assert!(failure.hint.unwrap().contains("idempotent: true"));
        assert_eq!(server.seen().len(), 1);

        let server = Server::new(vec![act(), say(&answer(200, "7"))]);
        let world = World::of(thrice(Target::Http(http(&server.url)), true));
        let answer = world.call(json!(1)).unwrap();
        assert_eq!((answer.payload, answer.attempts), (json!(7), 2));
        let keys: Vec<_> = server
            .seen()
            .iter()
            .map(|seen| seen.header("idempotency-key").unwrap().to_owned())
            .collect();
        assert_eq!(keys, ["key-1", "key-1"]);
    }
}

#[test]
fn what_was_turned_away_is_tried_again_in_any_case() {
    let busy = reply(429, &[("retry-after", "0")], "{}");
    let server = Server::new(vec![say(&busy), say(&busy), say(&answer(200, "7"))]);
    let world = World::of(thrice(Target::Http(http(&server.url)), false));
    let answered = world.call(json!(1)).unwrap();
    assert_eq!((answered.payload, answered.attempts), (json!(7), 3));

    let server = Server::new(vec![say(&busy)]);
    let world = World::of(thrice(Target::Http(http(&server.url)), false));
    let failure = world.call(json!(1)).unwrap_err();
    assert_eq!(failure.kind, Retryable);
    assert!(failure.message.contains("tried 3 times"), "{failure}");
    assert!(!failure.message.contains("may have run"), "{failure}");
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn a_platform_is_left_alone_as_long_as_it_asks() {
    let server = Server::new(vec![
        say(&reply(429, &[("retry-after", "1")], "{}")),
        say(&answer(200, "7")),
    ]);
    let world = World::of(thrice(Target::Http(http(&server.url)), false));
    let begun = Instant::now();
    assert_eq!(world.call(json!(1)).unwrap().attempts, 2);
    assert!(begun.elapsed() >= Duration::from_secs(1));

    // Longer than the call may take, or than anybody waits: it ends at once and says so.
    for after in ["29", "3600", "Mon, 31 Dec 2998 23:59:59 GMT"] {
        let server = Server::saying(&reply(429, &[("retry-after", after)], "{}"));
        let mut definition = thrice(Target::Http(http(&server.url)), true);
        definition.timeout = Millis::from_secs(20);
        let begun = Instant::now();
        let failure = World::of(definition).call(json!(1)).unwrap_err();
        assert_eq!(failure.kind, Retryable);
        assert!(failure.hint.unwrap().contains("asks to wait"));
        assert!(begun.elapsed() < Duration::from_secs(15));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_function_that_always_fails_runs_out_of_repetitions() {
    let server = Server::saying(&reply(429, &[("retry-after", "0")], "{}"));
    let mut definition = thrice(Target::Http(http(&server.url)), true);
    definition.retries = 1;
    let world = World::of(definition);
    for _ in 0..25 {
        assert!(world.call(json!(1)).is_err());
    }
    // 25 calls and the 20 repetitions that a function has in hand.
    assert_eq!(server.seen().len(), 45);
}

#[test]
fn nobody_there_is_unavailable_and_tried_again() {
    let port = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let target = http(&format!("http://127.0.0.1:{port}/"));
    let failure = World::of(thrice(Target::Http(target), false))
        .call(json!(1))
        .unwrap_err();
    assert_eq!(failure.kind, Unavailable);
    assert!(failure.message.contains("tried 3 times"), "{failure}");
    assert!(!failure.message.contains("may have run"), "{failure}");
    let target = http("http://no-such-host.invalid/");
    let failure = World::of(once(Target::Http(target)))
        .call(json!(1))
        .unwrap_err();
    assert_eq!(failure.kind, Unavailable);
    tells_nothing(&failure);
}

fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// A TLS server for a name, whose certificate its own root vouches for.
fn tls(name: &str, answer: String) -> (u16, Trust) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let trust = Trust::from_pem(pem(certificate.der()).as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let private = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut bytes = [0; 4_096];
            if stream.read(&mut bytes).is_ok() {
                let _gone = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _gone = stream.flush();
            }
        }
    });
    (port, trust)
}

#[test]
fn a_host_proves_who_it_is_or_is_not_spoken_to() {
    let said = reply(200, &[("connection", "close")], "[\"hello\"]");
    let (port, trust) = tls("localhost", said.clone());
    let target = |host: &str| Http {
        auth: Auth::Bearer(secret("env:A_TOKEN")),
        ..http(&format!("https://{host}:{port}/"))
    };
    let good = World::with(once(Target::Http(target("localhost"))), &[], trust.clone());
    assert_eq!(good.call(json!(1)).unwrap().payload, json!(["hello"]));

    let (_, strange) = tls("localhost", said);
    for (host, trust) in [
        ("127.0.0.1", trust),
        ("localhost", strange),
        ("localhost", Trust::default()),
    ] {
        let world = World::with(thrice(Target::Http(target(host)), true), &[], trust);
        let failure = world.call(json!(1)).unwrap_err();
        assert_eq!(failure.kind, Refused, "{host}: {failure}");
        assert!(failure.message.contains("could not prove"), "{failure}");
        assert!(!failure.message.contains("tried"), "{failure}");
    }
}

#[test]
fn a_connection_that_died_while_it_was_idle_is_no_failure_of_the_next_call() {
    let server = Server::new(vec![
        say_and_close(&answer(200, "1")),
        say(&answer(200, "2")),
    ]);
    let world = World::of(once(Target::Http(http(&server.url))));
    assert_eq!(world.call(json!(1)).unwrap().payload, json!(1));
    server.client_is_gone();
    assert_eq!(world.call(json!(1)).unwrap().payload, json!(2));
}
