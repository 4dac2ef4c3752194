//! How messages flow: kept connections, chunks, leave to continue, other protocols.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::channel;
use std::thread;

use super::world::{
    Plan, Server, World, body, check_allowed, connect, field, get, key, ok, pattern, read_all,
    read_head, rule,
};

fn start(
    handler: impl Fn(&super::world::Seen) -> Vec<u8> + Send + Sync + 'static,
) -> (World, Server) {
    let server = Server::start(handler);
    let world = Plan::new(vec![
        rule("a.test", server.port),
        rule("b.test", server.port),
    ])
    .start();
    (world, server)
}

#[test]
fn connections_are_used_again_on_both_sides() {
    let (world, server) = start(|seen| ok(seen.path()));
    let mut stream = world.connect();
    for path in ["/1", "/2", "/3"] {
        let request = get("a.test", server.port, path).replace("Connection: close\r\n", "");
        stream.write_all(request.as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap();
        assert_eq!(field(&head, "content-length"), Some("2"));
        assert_eq!(field(&head, "connection"), None);
        let mut body = [0; 2];
        stream.read_exact(&mut body).unwrap();
        assert_eq!(body, path.as_bytes());
        check_allowed(&world.decision());
    }
    assert_eq!(server.connections(), 1);
    // Another host is another connection, even if both are one server.
    stream
        .write_all(get("b.test", server.port, "/4").as_bytes())
        .unwrap();
    assert_eq!(body(&read_all(&mut stream)), "/4");
    assert_eq!(server.connections(), 2);
}

#[test]
fn requests_in_a_row_are_answered_in_that_row() {
    let (world, server) = start(|seen| ok(seen.path()));
    let keep = |path| get("a.test", server.port, path).replace("Connection: close\r\n", "");
    let answer = world.ask(format!(
        "{}{}{}",
        keep("/1"),
        keep("/2"),
        get("a.test", server.port, "/3")
    ));
    let bodies: Vec<&str> = answer
        .split("HTTP/1.1 200 OK\r\n")
        .skip(1)
        .map(body)
        .collect();
    assert_eq!(bodies, ["/1", "/2", "/3"]);
}

#[test]
fn a_host_that_ends_a_kept_connection_is_dialled_again() {
    // Each connection serves one request, and is closed without a word about it.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (closed, is_closed) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            read_head(&mut stream);
            stream.write_all(&ok("once")).unwrap();
            drop(stream);
            closed.send(()).unwrap_or_default();
        }
    });
    let world = Plan::new(vec![rule("a.test", port)]).start();
    let mut stream = world.connect();
    for _ in 0..3 {
        let request = get("a.test", port, "/").replace("Connection: close\r\n", "");
        // Not one that would be sent again if it got lost.
        let request = request.replacen("GET", "POST", 1);
        stream.write_all(request.as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let mut four = [0; 4];
        stream.read_exact(&mut four).unwrap();
        is_closed.recv().unwrap();
    }
}

#[test]
fn a_request_lost_with_its_connection_is_sent_again_if_that_does_no_harm() {
    for (method, expected) in [("GET", "HTTP/1.1 200 "), ("POST", "HTTP/1.1 502 ")] {
        // Every other request is read and not answered.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                read_head(&mut stream);
                stream.write_all(&ok("once")).unwrap();
                read_head(&mut stream);
            }
        });
        let world = Plan::new(vec![rule("a.test", port)]).start();
        let mut stream = world.connect();
        let first = get("a.test", port, "/").replace("Connection: close\r\n", "");
        stream.write_all(first.as_bytes()).unwrap();
        assert!(read_head(&mut stream).is_some());
        stream.read_exact(&mut [0; 4]).unwrap();
        let second = get("a.test", port, "/").replacen("GET", method, 1);
        stream.write_all(second.as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap();
        assert!(head.starts_with(expected), "{method}: {head}");
    }
}

#[test]
fn chunks_and_ends_of_connections_become_chunks() {
    let (world, server) = start(|seen| match seen.path() {
        "/chunks" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                       3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: z\r\n\r\n"
            .to_vec(),
        _ => b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde".to_vec(),
    });
    let answer = world.get("a.test", server.port, "/chunks");
    assert_eq!(field(&answer, "transfer-encoding"), Some("chunked"));
    assert_eq!(body(&answer), "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    let answer = world.get("a.test", server.port, "/close");
    assert_eq!(field(&answer, "transfer-encoding"), Some("chunked"));
    assert_eq!(body(&answer), "5\r\nabcde\r\n0\r\n\r\n");
    // A client of the old version gets the bytes and the end.
    for path in ["/chunks", "/close"] {
        let answer = world.ask(format!(
            "GET http://a.test:{}{path} HTTP/1.0\r\n\r\n",
            server.port
        ));
        assert_eq!(field(&answer, "transfer-encoding"), None);
        assert_eq!(body(&answer), "abcde");
    }
}

#[test]
fn an_answer_without_a_body_has_none() {
    let (world, server) = start(|seen| match seen.path() {
        "/204" => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        "/304" => b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n".to_vec(),
        _ => b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n".to_vec(),
    });
    let answer = world.get("a.test", server.port, "/204");
    assert_eq!(
        (field(&answer, "content-length"), body(&answer)),
        (None, "")
    );
    let answer = world.get("a.test", server.port, "/304");
    assert_eq!(
        (field(&answer, "content-length"), body(&answer)),
        (Some("99"), "")
    );
    let head = get("a.test", server.port, "/").replacen("GET", "HEAD", 1);
    let answer = world.ask(head);
    assert_eq!(
        (field(&answer, "content-length"), body(&answer)),
        (Some("99"), "")
    );
}

#[test]
fn a_body_is_passed_on_as_it_comes() {
    let (world, server) = start(|seen| ok(&seen.body));
    let port = server.port;
    let head = format!(
        "POST http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\nConnection: close\r\n"
    );
    let answer = world.ask(format!("{head}Content-Length: 5\r\n\r\nabcde"));
    assert_eq!(body(&answer), "abcde");
    let answer = world.ask(format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    ));
    assert_eq!(body(&answer), "abcde");
    let answer = world.ask(format!("{head}\r\n"));
    assert_eq!(body(&answer), "");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(field(&server.seen()[2].head, "content-length"), Some("0"));
}

#[test]
fn leave_to_continue_comes_from_the_host() {
    let (world, server) = start(|seen| ok(&seen.body));
    let mut stream = world.connect();
    let head = format!(
        "PUT http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\nConnection: close\r\n\
         Expect: 100-continue\r\nContent-Length: 5\r\n\r\n",
        port = server.port
    );
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(
        read_head(&mut stream).unwrap(),
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    stream.write_all(b"abcde").unwrap();
    assert_eq!(body(&read_all(&mut stream)), "abcde");
    assert_eq!(field(&server.only().head, "expect"), Some("100-continue"));
}

#[test]
fn a_host_may_answer_before_it_has_read_everything() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_head(&mut stream);
        let answer = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch";
        stream.write_all(answer).unwrap();
        read_all(&mut stream);
    });
    let world = Plan::new(vec![rule("a.test", port)]).start();
    let mut stream = world.connect();
    let head = format!(
        "POST http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\nContent-Length: 99999999\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"only a beginning").unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(field(&answer, "connection"), Some("close"));
    assert_eq!(body(&answer), "much");
}

const HANDSHAKE: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                         Upgrade: websocket\r\nSec-WebSocket-Accept: abc\r\n\r\n";

fn upgrade(name: &str, port: u16) -> String {
    format!(
        "GET http://{name}:{port}/ws HTTP/1.1\r\nHost: {name}:{port}\r\n\
         Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\
         Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )
}

#[test]
fn a_websocket_passes() {
    let (world, server) = start(|_| HANDSHAKE.as_bytes().to_vec());
    let mut stream = world.connect();
    stream
        .write_all(upgrade("a.test", server.port).as_bytes())
        .unwrap();
    let head = read_head(&mut stream).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert_eq!(field(&head, "upgrade"), Some("websocket"));
    assert_eq!(field(&head, "sec-websocket-accept"), Some("abc"));
    for message in ["one", "two"] {
        stream.write_all(message.as_bytes()).unwrap();
        let mut echo = [0; 3];
        stream.read_exact(&mut echo).unwrap();
        assert_eq!(echo, message.as_bytes());
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut stream), "");
    let seen = server.only();
    assert_eq!(field(&seen.head, "connection"), Some("Upgrade"));
    let decision = world.decision();
    check_allowed(&decision);
    assert_eq!(decision.status, Some(101));
}

#[test]
fn a_websocket_of_a_host_with_a_secret_is_masked_in_place() {
    let server = Server::start(|_| HANDSHAKE.as_bytes().to_vec());
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_secret(key().bound_to_plain(pattern("a.test", server.port)))
        .start();
    let mut stream = world.connect();
    stream
        .write_all(upgrade("a.test", server.port).as_bytes())
        .unwrap();
    read_head(&mut stream).unwrap();
    assert_eq!(field(&server.only().head, "sec-websocket-extensions"), None);
    // What may be a beginning is not held back for long.
    for (message, expected) in [
        ("pear", "pear".to_owned()),
        (super::world::VALUE, "*".repeat(super::world::VALUE.len())),
    ] {
        stream.write_all(message.as_bytes()).unwrap();
        let mut echo = vec![0; expected.len()];
        stream.read_exact(&mut echo).unwrap();
        assert_eq!(String::from_utf8(echo).unwrap(), expected);
    }
}

#[test]
fn an_answer_in_pieces_is_not_held_back_for_long() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, got) = channel();
    let host = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_head(&mut stream);
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).unwrap();
        // The end of this piece is the beginning of the value. Nothing follows before it is there.
        stream.write_all(b"4\r\npear\r\n").unwrap();
        let is_there = got.recv_timeout(super::world::PATIENCE).is_ok();
        stream.write_all(b"3\r\nend\r\n0\r\n\r\n").unwrap();
        is_there
    });
    let world = Plan::new(vec![rule("a.test", port)])
        .with_secret(key().bound_to_plain(pattern("a.test", port)))
        .start();
    let mut stream = world.connect();
    stream
        .write_all(get("a.test", port, "/").as_bytes())
        .unwrap();
    read_head(&mut stream).unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"r\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    tell.send(()).unwrap();
    assert!(host.join().unwrap());
    assert_eq!(read_all(&mut stream), "3\r\nend\r\n0\r\n\r\n");
}

#[test]
fn no_other_protocol_is_changed_to() {
    let (world, server) = start(|_| ok("plain"));
    for fields in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
        "Upgrade: websocket\r\n",
    ] {
        let answer = world.ask(format!(
            "GET http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\n{fields}\r\n\
             GET http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\nConnection: close\r\n\r\n",
            port = server.port
        ));
        assert!(answer.ends_with("plain"), "{answer}");
    }
    for seen in server.seen() {
        assert_eq!(field(&seen.head, "upgrade"), None, "{seen:?}");
        assert_eq!(field(&seen.head, "http2-settings"), None, "{seen:?}");
    }
}

#[test]
fn redirects_are_the_clients_to_follow() {
    let (world, server) = start(|_| {
        b"HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let answer = world.get("a.test", server.port, "/");
    assert!(answer.starts_with("HTTP/1.1 302 "), "{answer}");
    assert_eq!(field(&answer, "location"), Some("http://evil.test/"));
    assert_eq!(world.names.asked(), ["a.test"]);
}

#[test]
fn a_slow_reader_slows_its_host() {
    // Nothing reads on the other side, so no more may be taken than fits into buffers.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, written) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_head(&mut stream);
        stream
            .set_write_timeout(Some(std::time::Duration::from_millis(500)))
            .unwrap();
        let mut total = 0_u64;
        let zeros = vec![0; 65536];
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            .unwrap();
        while let Ok(written) = stream.write(&zeros) {
            total += written as u64;
        }
        tell.send(total).unwrap();
    });
    let world = Plan::new(vec![rule("a.test", port)]).start();
    let mut stream = connect(world.port);
    stream
        .write_all(get("a.test", port, "/").as_bytes())
        .unwrap();
    let total = written.recv().unwrap();
    // Four socket buffers of at most 6 MiB each, and one of our own.
    assert!(total < 32 << 20, "{total}");
}
