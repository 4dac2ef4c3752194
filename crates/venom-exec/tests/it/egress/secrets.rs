//! Placeholders become values towards the right host, and nowhere else.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use venom_exec::egress::{Decision, Place, Scheme, Secret, Unseen};

use super::world::{
    Identity, Plan, Server, VALUE, World, body, check_allowed, check_silent, field, ids, key, ok,
    pattern, read_all, rule,
};

/// What the sandbox has instead of the value.
const SENTINEL: &str = "venom-secret-key";

/// `a.test` may have the secret, `b.test` may not; both are the same server.
fn world(server: &Server, change: impl FnOnce(Secret) -> Secret) -> World {
    let secret = change(key().bound_to_plain(pattern("a.test", server.port)));
    Plan::new(vec![
        rule("a.test", server.port),
        rule("b.test", server.port),
    ])
    .with_secret(secret)
    .start()
}

fn post(world: &World, name: &str, port: u16, path: &str, fields: &str, body: &str) -> String {
    world.ask(format!(
        "POST http://{name}:{port}{path} HTTP/1.1\r\nHost: {name}:{port}\r\n\
         Connection: close\r\n{fields}\r\n{body}"
    ))
}

fn with_length(kind: &str, body: &str) -> String {
    format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len())
}

#[test]
fn the_right_host_gets_the_value_and_the_wrong_one_the_placeholder() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret);
    let basic = BASE64_STANDARD.encode(format!("user:{SENTINEL}"));
    for (name, shown, swapped, left) in [
        ("a.test", VALUE, ids(&["key"]), ids(&[])),
        ("b.test", SENTINEL, ids(&[]), ids(&["key"])),
    ] {
        let fields = format!("X-Key: {SENTINEL}\r\nAuthorization: Bearer {SENTINEL}\r\n");
        post(&world, name, server.port, "/", &fields, "");
        let seen = server.seen().pop().unwrap();
        assert_eq!(field(&seen.head, "x-key"), Some(shown));
        assert_eq!(
            field(&seen.head, "authorization"),
            Some(&*format!("Bearer {shown}"))
        );
        let decision = world.decision();
        check_allowed(&decision);
        assert_eq!(
            (&decision.swapped, &decision.left),
            (&swapped, &left),
            "{name}"
        );

        post(
            &world,
            name,
            server.port,
            "/",
            &format!("Authorization: Basic {basic}\r\n"),
            "",
        );
        let seen = server.seen().pop().unwrap();
        let expected = BASE64_STANDARD.encode(format!("user:{shown}"));
        assert_eq!(
            field(&seen.head, "authorization"),
            Some(&*format!("Basic {expected}"))
        );
        let decision = world.decision();
        assert_eq!(
            (&decision.swapped, &decision.left),
            (&swapped, &left),
            "{name}"
        );
        check_silent(&decision);
    }
}

#[test]
fn a_value_fits_where_it_is_put() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret);
    let percent = "real%2Bvalue%2Fof%20%22the%22%20secret";
    let json = "real+value/of \\\"the\\\" secret";
    let ask = |path: &str, kind: &str, body: &str| {
        post(
            &world,
            "a.test",
            server.port,
            path,
            &with_length(kind, body),
            body,
        );
        let decision = world.decision();
        check_allowed(&decision);
        assert_eq!(decision.swapped, ids(&["key"]), "{path} {body}");
        let seen = server.seen().pop().unwrap();
        (seen.path().to_owned(), seen.body)
    };
    let (path, _) = ask(
        &format!("/bot{SENTINEL}/send?k={SENTINEL}&b=1"),
        "text/plain",
        "",
    );
    assert_eq!(path, format!("/bot{percent}/send?k={percent}&b=1"));
    let (_, body) = ask(
        "/",
        "application/json; charset=utf-8",
        &format!("{{\"k\":\"{SENTINEL}\"}}"),
    );
    assert_eq!(body, format!("{{\"k\":\"{json}\"}}"));
    let (_, body) = ask(
        "/",
        "application/x-www-form-urlencoded",
        &format!("k={SENTINEL}&b=1"),
    );
    assert_eq!(body, format!("k={percent}&b=1"));
    let (_, body) = ask("/", "text/plain", &format!("{SENTINEL} {SENTINEL}"));
    assert_eq!(body, format!("{VALUE} {VALUE}"));
}

#[test]
fn a_body_in_chunks_is_put_together() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret);
    let (one, two) = SENTINEL.split_at(7);
    let body = format!("7\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n", two.len());
    post(
        &world,
        "a.test",
        server.port,
        "/",
        "Transfer-Encoding: chunked\r\n",
        &body,
    );
    let seen = server.only();
    assert_eq!(seen.body, VALUE);
    assert_eq!(
        field(&seen.head, "content-length"),
        Some(&*VALUE.len().to_string())
    );
    assert_eq!(field(&seen.head, "transfer-encoding"), None);
    assert_eq!(world.decision().swapped, ids(&["key"]));
    // The other host gets it as it came.
    post(
        &world,
        "b.test",
        server.port,
        "/",
        "Transfer-Encoding: chunked\r\n",
        &body,
    );
    let seen = server.seen().pop().unwrap();
    assert_eq!(seen.body, SENTINEL);
    assert_eq!(world.decision().left, ids(&["key"]));
}

#[test]
fn a_body_that_cannot_be_changed_is_told_about() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret);
    let large = format!("{SENTINEL}{}", " ".repeat(1 << 20));
    let last = |decision: Decision| {
        check_allowed(&decision);
        (decision.swapped, decision.left, decision.unseen)
    };
    let large_body = (ids(&[]), ids(&["key"]), [Unseen::LargeBody].into());

    post(
        &world,
        "a.test",
        server.port,
        "/",
        &with_length("text/plain", &large),
        &large,
    );
    assert_eq!(server.seen().pop().unwrap().body, large);
    assert_eq!(last(world.decision()), large_body);

    let chunked = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    post(
        &world,
        "a.test",
        server.port,
        "/",
        "Transfer-Encoding: chunked\r\n",
        &chunked,
    );
    assert_eq!(server.seen().pop().unwrap().body, large);
    assert_eq!(last(world.decision()), large_body);

    let fields = format!(
        "Content-Encoding: gzip\r\n{}",
        with_length("text/plain", SENTINEL)
    );
    post(&world, "a.test", server.port, "/", &fields, SENTINEL);
    assert_eq!(server.seen().pop().unwrap().body, SENTINEL);
    assert_eq!(
        last(world.decision()),
        (ids(&[]), ids(&["key"]), [Unseen::EncodedBody].into())
    );
}

#[test]
fn a_secret_can_be_kept_to_some_places() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret.only_in([Place::Header]));
    let fields = format!(
        "X-Key: {SENTINEL}\r\n{}",
        with_length("text/plain", SENTINEL)
    );
    post(
        &world,
        "a.test",
        server.port,
        &format!("/?k={SENTINEL}"),
        &fields,
        SENTINEL,
    );
    let seen = server.only();
    assert_eq!(field(&seen.head, "x-key"), Some(VALUE));
    assert_eq!(seen.path(), format!("/?k={SENTINEL}"));
    assert_eq!(seen.body, SENTINEL);
    let decision = world.decision();
    assert_eq!(
        (decision.swapped, decision.left),
        (ids(&["key"]), ids(&["key"]))
    );
}

#[test]
fn a_client_that_waits_for_leave_gets_it() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret);
    let mut stream = world.connect();
    let head = format!(
        "POST http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\nConnection: close\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        SENTINEL.len(),
        port = server.port
    );
    stream.write_all(head.as_bytes()).unwrap();
    let leave = super::world::read_head(&mut stream).unwrap();
    assert_eq!(leave, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(SENTINEL.as_bytes()).unwrap();
    assert!(read_all(&mut stream).ends_with("fine"));
    assert_eq!(server.only().body, VALUE);
}

/// Asks the host that has the secret for an answer with the value in it.
fn answer(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (String, Decision) {
    let server = Server::start(move |seen| answer(field(&seen.head, "x-key").unwrap_or("nothing")));
    let world = world(&server, |secret| secret);
    let fields = format!("X-Key: {SENTINEL}\r\nAccept-Encoding: gzip, br\r\n");
    let answer = post(&world, "a.test", server.port, "/", &fields, "");
    assert_eq!(
        field(&server.only().head, "accept-encoding"),
        Some("identity")
    );
    assert!(!answer.contains("real+value"), "{answer}");
    let decision = world.decision();
    check_silent(&decision);
    (answer, decision)
}

#[test]
fn a_host_that_repeats_the_value_is_masked() {
    let (text, decision) = answer(|key| ok(&format!("your key is {key}.")));
    assert_eq!(body(&text), format!("your key is {SENTINEL}."));
    assert_eq!(field(&text, "content-length"), Some("29"));
    assert_eq!(decision.masked, ids(&["key"]));

    let (text, decision) = answer(|key| {
        format!("HTTP/1.1 200 OK\r\nX-Echo: <{key}>\r\nContent-Length: 0\r\n\r\n").into_bytes()
    });
    assert_eq!(field(&text, "x-echo"), Some(&*format!("<{SENTINEL}>")));
    assert_eq!(decision.masked, ids(&["key"]));

    // In chunks that cut the value in two.
    let (text, decision) = answer(|key| {
        let (one, two) = key.split_at(9);
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n\
             a\r\n<{one}\r\n{:x}\r\n{two}>\r\n0\r\n\r\n",
            two.len() + 1
        )
        .into_bytes()
    });
    assert!(text.contains(SENTINEL), "{text}");
    assert_eq!(decision.masked, ids(&["key"]));

    // Where the length was told and the rest is not text, it stays.
    let (text, decision) = answer(|key| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n<{key}>",
            key.len() + 2
        )
        .into_bytes()
    });
    assert_eq!(body(&text), format!("<{}>", "*".repeat(VALUE.len())));
    assert_eq!(decision.masked, ids(&["key"]));

    // What is compressed all the same is told about.
    let (_, decision) = answer(|_| {
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc".to_vec()
    });
    assert_eq!(decision.unseen, [Unseen::EncodedAnswer].into());
}

#[test]
fn an_encoded_value_is_masked_as_it_was_sent() {
    let server = Server::start(|seen| ok(field(&seen.head, "authorization").unwrap()));
    let world = world(&server, |secret| secret);
    let basic = BASE64_STANDARD.encode(format!("user:{SENTINEL}"));
    let fields = format!("Authorization: Basic {basic}\r\n");
    let answer = post(&world, "a.test", server.port, "/", &fields, "");
    assert_eq!(body(&answer), format!("Basic {basic}"));
    assert_eq!(world.decision().masked, ids(&["key"]));
}

#[test]
fn a_large_answer_is_masked_while_it_flows() {
    let server = Server::start(|seen| {
        let key = field(&seen.head, "x-key").unwrap();
        ok(&format!("{}{key}{}", "x".repeat(2 << 20), "y".repeat(100)))
    });
    let world = world(&server, |secret| secret);
    let fields = format!("X-Key: {SENTINEL}\r\n");
    let answer = post(&world, "a.test", server.port, "/", &fields, "");
    assert!(!answer.contains("real+value"));
    let tail = format!("x{}{}", "*".repeat(VALUE.len()), "y".repeat(100));
    assert!(answer.ends_with(&tail));
    let length = (2 << 20) + VALUE.len() + 100;
    assert_eq!(field(&answer, "content-length"), Some(&*length.to_string()));
    assert_eq!(body(&answer).len(), length);
}

#[test]
fn over_https_the_tunnel_is_opened_for_the_right_host_only() {
    let identity = Identity::new(&["a.test", "b.test"]);
    let server = Server::start_tls(&identity, |seen| ok(field(&seen.head, "x-key").unwrap()));
    let secret = key().bound_to(pattern("a.test", server.port));
    let world = Plan::new(vec![
        rule("a.test", server.port),
        rule("b.test", server.port),
    ])
    .with_secret(secret)
    .with_trust(identity.trust())
    .start();
    let bundle = world.egress.ca_bundle_pem().unwrap();
    let ask = |name: &str| {
        let mut tls = world.tls(name, server.port, name, &bundle);
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {name}:{}\r\nX-Key: {SENTINEL}\r\nConnection: close\r\n\r\n",
            server.port
        );
        tls.write_all(request.as_bytes()).unwrap();
        let answer = read_all(&mut tls);
        let seen = field(&server.seen().pop().unwrap().head, "x-key")
            .unwrap()
            .to_owned();
        drop(tls);
        (seen, body(&answer).to_owned(), world.decision())
    };
    let (seen, answer, decision) = ask("a.test");
    assert_eq!((seen.as_str(), answer.as_str()), (VALUE, SENTINEL));
    check_allowed(&decision);
    assert_eq!(decision.scheme, Scheme::Https);
    assert_eq!(
        (decision.swapped, decision.masked),
        (ids(&["key"]), ids(&["key"]))
    );
    // The other host's tunnel stays closed to us, so nobody can say what went through it.
    let (seen, answer, decision) = ask("b.test");
    assert_eq!((seen.as_str(), answer.as_str()), (SENTINEL, SENTINEL));
    assert_eq!(decision.scheme, Scheme::Tunnel);
    assert_eq!(decision.swapped, ids(&[]));
}

#[test]
fn an_opened_tunnel_to_another_host_tells_what_it_saw() {
    let identity = Identity::new(&["b.test"]);
    let server = Server::start_tls(&identity, |_| ok("fine"));
    let get_only = rule("b.test", server.port).with_methods(["GET"]).unwrap();
    let world = Plan::new(vec![get_only])
        .with_secret(key().bound_to(pattern("a.test", 443)))
        .with_trust(identity.trust())
        .start();
    let ours = world.egress.ca_pem().unwrap().to_owned();
    let mut tls = world.tls("b.test", server.port, "b.test", &ours);
    let request = format!(
        "GET /?{SENTINEL} HTTP/1.1\r\nHost: b.test:{}\r\nConnection: close\r\n\r\n",
        server.port
    );
    tls.write_all(request.as_bytes()).unwrap();
    read_all(&mut tls);
    assert_eq!(server.only().path(), format!("/?{SENTINEL}"));
    assert_eq!(world.decision().left, ids(&["key"]));
}

#[test]
fn a_secret_for_https_does_not_go_out_in_the_clear() {
    let server = Server::start(|_| ok("fine"));
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_secret(key().bound_to(pattern("a.test", server.port)))
        .start();
    post(
        &world,
        "a.test",
        server.port,
        "/",
        &format!("X-Key: {SENTINEL}\r\n"),
        "",
    );
    assert_eq!(field(&server.only().head, "x-key"), Some(SENTINEL));
    assert_eq!(world.decision().left, ids(&["key"]));
    // Nor inside a tunnel without TLS.
    let (mut tunnel, _) = world.tunnel("a.test", server.port);
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a.test:{}\r\nX-Key: {SENTINEL}\r\nConnection: close\r\n\r\n",
        server.port
    );
    tunnel.write_all(request.as_bytes()).unwrap();
    read_all(&mut tunnel);
    let seen = server.seen().pop().unwrap();
    assert_eq!(field(&seen.head, "x-key"), Some(SENTINEL));
}

#[test]
fn a_proxy_shows_no_value() {
    let server = Server::start(|_| ok("fine"));
    let world = world(&server, |secret| secret);
    let shown = format!("{:?}", world.egress);
    assert!(
        shown.contains("key") && !shown.contains("real+value"),
        "{shown}"
    );
}
