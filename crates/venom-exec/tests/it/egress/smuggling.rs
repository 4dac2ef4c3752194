//! Messages that two programs could read differently end here.

use std::io::Write as _;

use venom_exec::egress::{Breakdown, Malformed, Refusal, Verdict};

use super::world::{Plan, Server, World, get, ok, read_all, rule};

/// A proxy to a server that must not be reached.
fn world() -> (World, Server) {
    let server = Server::start(|_| ok("reached"));
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    (world, server)
}

#[test]
fn ambiguous_requests_never_reach_a_host() {
    let (world, server) = world();
    let port = server.port;
    let line = format!("POST http://a.test:{port}/ HTTP/1.1\r\n");
    let host = format!("Host: a.test:{port}\r\n");
    let smuggled = format!("GET http://a.test:{port}/admin HTTP/1.1\r\n{host}\r\n");
    let chunked = "Transfer-Encoding: chunked\r\n";
    let corpus: Vec<(&str, String)> = vec![
        (
            "CL.TE",
            format!("{line}{host}Content-Length: 4\r\n{chunked}\r\n0\r\n\r\n{smuggled}"),
        ),
        (
            "TE.CL",
            format!("{line}{host}{chunked}Content-Length: 4\r\n\r\n5c\r\n{smuggled}"),
        ),
        (
            "two equal lengths",
            format!("{line}{host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        ),
        (
            "two lengths",
            format!("{line}{host}Content-Length: 1\r\nContent-Length: 9\r\n\r\na"),
        ),
        (
            "list of lengths",
            format!("{line}{host}Content-Length: 1, 1\r\n\r\na"),
        ),
        (
            "signed length",
            format!("{line}{host}Content-Length: +1\r\n\r\na"),
        ),
        (
            "hex length",
            format!("{line}{host}Content-Length: 0x1\r\n\r\na"),
        ),
        (
            "two codings",
            format!("{line}{host}{chunked}{chunked}\r\n0\r\n\r\n"),
        ),
        (
            "coding list",
            format!("{line}{host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "unknown coding",
            format!("{line}{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "vertical tab",
            format!("{line}{host}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "space before colon",
            format!("{line}{host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ),
        ("space before name", format!("{line} {host}\r\n")),
        (
            "folded line",
            format!("{line}{host}X: a\r\n chunked\r\n\r\n"),
        ),
        (
            "folded coding",
            format!("{line}{host}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "bare line feed",
            format!("{line}{host}X: a\nContent-Length: 1\r\n\r\na"),
        ),
        (
            "bare line feeds",
            format!("{line}{host}\n\n").replace('\r', ""),
        ),
        (
            "bare return",
            format!("{line}{host}X: a\rContent-Length: 1\r\n\r\na"),
        ),
        ("zero byte", format!("{line}{host}X: a\0b\r\n\r\n")),
        ("no colon", format!("{line}{host}nonsense\r\n\r\n")),
        ("empty name", format!("{line}{host}: x\r\n\r\n")),
        (
            "name with a parenthesis",
            format!("{line}{host}X(y): x\r\n\r\n"),
        ),
        ("two hosts", format!("{line}{host}Host: evil.test\r\n\r\n")),
        ("no host", format!("{line}X: y\r\n\r\n")),
        (
            "hop-by-hop host",
            format!("{line}{host}Connection: Host\r\n\r\n"),
        ),
        (
            "hop-by-hop length",
            format!("{line}{host}Connection: content-length\r\nContent-Length: 1\r\n\r\na"),
        ),
        (
            "coding in HTTP/1.0",
            format!("POST http://a.test:{port}/ HTTP/1.0\r\n{host}{chunked}\r\n0\r\n\r\n"),
        ),
        ("HTTP/0.9", format!("GET http://a.test:{port}/\r\n\r\n")),
        (
            "HTTP/1.2",
            format!("GET http://a.test:{port}/ HTTP/1.2\r\n{host}\r\n"),
        ),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        (
            "lower-case version",
            format!("GET http://a.test:{port}/ http/1.1\r\n{host}\r\n"),
        ),
        (
            "two spaces",
            format!("GET  http://a.test:{port}/ HTTP/1.1\r\n{host}\r\n"),
        ),
        (
            "space in target",
            format!("GET http://a.test:{port}/a b HTTP/1.1\r\n{host}\r\n"),
        ),
        (
            "tab in first line",
            format!("GET\thttp://a.test:{port}/ HTTP/1.1\r\n{host}\r\n"),
        ),
        (
            "fragment",
            format!("GET http://a.test:{port}/#a HTTP/1.1\r\n{host}\r\n"),
        ),
        ("leading empty line", format!("\r\n{line}{host}\r\n")),
        (
            "two authorizations",
            format!("{line}{host}Authorization: a\r\nAuthorization: b\r\n\r\n"),
        ),
        (
            "CONNECT with a body",
            format!("CONNECT a.test:{port} HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nabc"),
        ),
        (
            "CONNECT with chunks",
            format!("CONNECT a.test:{port} HTTP/1.1\r\n{host}{chunked}\r\n0\r\n\r\n"),
        ),
    ];
    for (name, request) in corpus {
        let answer = world.ask(&request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{name}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{name}: {answer}");
        let verdict = world.decision().verdict;
        let is_malformed = matches!(verdict, Verdict::Refused(Refusal::Malformed(_)));
        assert!(is_malformed, "{name}: {verdict:?}");
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(world.told(), []);
}

#[test]
fn a_host_header_cannot_name_somebody_else() {
    let (world, server) = world();
    let port = server.port;
    for (target, host) in [
        (format!("http://a.test:{port}/"), "evil.test".to_owned()),
        (format!("http://a.test:{port}/"), "a.test".to_owned()),
        (format!("http://a.test:{port}/"), format!("b.test:{port}")),
        (format!("http://a.test:{port}/"), "a.test:1".to_owned()),
    ] {
        let answer = world.ask(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{host}: {answer}");
        let verdict = world.decision().verdict;
        assert_eq!(verdict, Verdict::Refused(Refusal::HostHeader), "{host}");
    }
    let answer = world.ask(format!(
        "CONNECT a.test:{port} HTTP/1.1\r\nHost: b.test:{port}\r\n\r\n"
    ));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    // Inside a tunnel, the tunnel says who the host is.
    for host in ["evil.test".to_owned(), format!("b.test:{port}")] {
        world.told();
        let (mut tunnel, _) = world.tunnel("a.test", port);
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        tunnel.write_all(request.as_bytes()).unwrap();
        let answer = read_all(&mut tunnel);
        assert!(answer.starts_with("HTTP/1.1 403 "), "{host}: {answer}");
    }
    assert_eq!(server.seen(), []);
}

#[test]
fn broken_chunks_end_the_request() {
    for body in [
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "-1\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "zz\r\n",
    ] {
        let (world, server) = world();
        let answer = world.ask(format!(
            "POST http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\n\
             Transfer-Encoding: chunked\r\n\r\n{body}GET /admin HTTP/1.1\r\n\r\n",
            port = server.port
        ));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{body:?}: {answer}");
        let broken = Breakdown::Body(Malformed::Chunk);
        assert_eq!(
            world.decision().verdict,
            Verdict::Failed(broken),
            "{body:?}"
        );
        assert!(server.seen().iter().all(|seen| seen.body == "CUT SHORT"));
    }
}

#[test]
fn ambiguous_answers_never_reach_a_client() {
    let corpus = [
        (
            "both",
            "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        ),
        ("two lengths", "Content-Length: 3\r\nContent-Length: 4\r\n"),
        ("bad length", "Content-Length: 3x\r\n"),
        ("bad coding", "Transfer-Encoding: gzip\r\n"),
        ("bare line feed", "X: y\nZ: z\r\n"),
        ("folded", "X: y\r\n z\r\n"),
        ("zero byte", "X: \0\r\n"),
        (
            "hop-by-hop length",
            "Connection: content-length\r\nContent-Length: 3\r\n",
        ),
    ];
    for (name, fields) in corpus {
        let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\nabc");
        let server = Server::start(move |_| answer.clone().into_bytes());
        let world = Plan::new(vec![rule("a.test", server.port)]).start();
        let answer = world.get("a.test", server.port, "/");
        assert!(answer.starts_with("HTTP/1.1 502 "), "{name}: {answer}");
        let verdict = world.decision().verdict;
        let is_malformed = matches!(verdict, Verdict::Failed(Breakdown::Answer(_)));
        assert!(is_malformed, "{name}: {verdict:?}");
    }
    for head in [
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
    ] {
        let server = Server::start(move |_| head.as_bytes().to_vec());
        let world = Plan::new(vec![rule("a.test", server.port)]).start();
        let answer = world.get("a.test", server.port, "/");
        assert!(answer.starts_with("HTTP/1.1 502 "), "{head}: {answer}");
    }
}

#[test]
fn what_follows_a_refusal_is_not_read() {
    let (world, server) = world();
    let port = server.port;
    let allowed = get("a.test", port, "/second");
    let first = format!("GET http://evil.test:{port}/ HTTP/1.1\r\nHost: evil.test:{port}\r\n\r\n");
    let answer = world.ask(format!("{first}{allowed}"));
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_a_host_says_unasked_answers_nothing() {
    let server = Server::start(|seen| {
        let more = if seen.path() == "/first" {
            ok("evil")
        } else {
            Vec::new()
        };
        [ok("asked"), more].concat()
    });
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    let first = get("a.test", server.port, "/first").replace("Connection: close\r\n", "");
    let second = get("a.test", server.port, "/second");
    let answer = world.ask(format!("{first}{second}"));
    assert_eq!(answer.matches("asked").count(), 2, "{answer}");
    assert!(!answer.contains("evil"), "{answer}");
    assert_eq!(server.connections(), 2);
}
