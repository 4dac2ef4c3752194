//! CONNECT: what is passed on unseen, what is opened, and what is neither.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::thread;

use venom_exec::egress::{Breakdown, Refusal, Scheme, Trust, Verdict};

use super::world::{
    Identity, Plan, Server, check_allowed, connect, key, ok, pattern, read_all, read_head, rule,
    tls_client,
};

fn request(name: &str, port: u16) -> String {
    format!("GET /path HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n")
}

#[test]
fn a_tunnel_is_passed_on_unseen() {
    let identity = Identity::new(&["a.test"]);
    let server = Server::start_tls(&identity, |_| ok("hello"));
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    assert_eq!(world.egress.ca_pem(), None);
    // The client sees the host's own certificate.
    let mut tls = world.tls("a.test", server.port, "a.test", &identity.root);
    tls.write_all(request("a.test", server.port).as_bytes())
        .unwrap();
    let answer = read_all(&mut tls);
    assert!(answer.ends_with("hello"), "{answer}");
    tls.conn.send_close_notify();
    tls.flush().unwrap();
    drop(tls);
    assert_eq!(server.only().path(), "/path");
    let decision = world.decision();
    check_allowed(&decision);
    assert_eq!(decision.scheme, Scheme::Tunnel);
    assert_eq!(decision.method.as_deref(), Some("CONNECT"));
    assert_eq!(decision.status, None);
    assert!(
        decision.sent > 100 && decision.received > 100,
        "{decision:?}"
    );
}

#[test]
fn a_greeting_for_another_host_goes_nowhere() {
    let identity = Identity::new(&["a.test", "b.test"]);
    let server = Server::start_tls(&identity, |_| ok("hello"));
    let plain = Plan::new(vec![rule("a.test", server.port)]);
    let opened = Plan::new(vec![
        rule("a.test", server.port).with_methods(["GET"]).unwrap(),
    ])
    .with_trust(identity.trust());
    for plan in [plain, opened] {
        let world = plan.start();
        let trust = format!(
            "{}{}",
            identity.root,
            world.egress.ca_pem().unwrap_or_default()
        );
        let mut tls = world.tls("a.test", server.port, "b.test", &trust);
        let outcome = tls.write_all(request("b.test", server.port).as_bytes());
        let answer = read_all(&mut tls);
        assert!(outcome.is_err() || answer.is_empty(), "{answer}");
        let refusal = Refusal::ServerName("b.test".to_owned());
        assert_eq!(world.decision().verdict, Verdict::Refused(refusal));
    }
    assert_eq!(server.seen(), []);
}

#[test]
fn a_greeting_in_small_pieces_is_put_together() {
    let identity = Identity::new(&["a.test"]);
    let server = Server::start_tls(&identity, |_| ok("hello"));
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    // A relay between client and proxy that hands on one byte at a time.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let relay = listener.local_addr().unwrap().port();
    let (far, _) = world.tunnel("a.test", server.port);
    thread::spawn(move || {
        let (near, _) = listener.accept().unwrap();
        let (mut up_from, mut up_to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        up_to.set_nodelay(true).unwrap();
        thread::spawn(move || {
            let mut byte = [0];
            while let Ok(1) = up_from.read(&mut byte) {
                if up_to.write_all(&byte).is_err() {
                    break;
                }
            }
            let _gone = up_to.shutdown(Shutdown::Write);
        });
        let (mut down_from, mut down_to) = (far, near);
        let _copied = std::io::copy(&mut down_from, &mut down_to);
        let _gone = down_to.shutdown(Shutdown::Write);
    });
    let mut tls = tls_client(connect(relay), "a.test", &identity.root);
    tls.write_all(request("a.test", server.port).as_bytes())
        .unwrap();
    assert!(read_all(&mut tls).ends_with("hello"));
}

#[test]
fn a_host_that_speaks_first_is_heard_on_a_named_port() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mail = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 ready\r\n").unwrap();
        read_all(&mut stream)
    });
    let world = Plan::new(vec![rule("a.test", port)]).start();
    let (mut tunnel, _) = world.tunnel("a.test", port);
    let mut greeting = [0; 11];
    tunnel.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"220 ready\r\n");
    tunnel.write_all(b"QUIT\r\n").unwrap();
    // The end of one way is passed on while the other is still open.
    tunnel.shutdown(Shutdown::Write).unwrap();
    assert_eq!(mail.join().unwrap(), "QUIT\r\n");
    assert_eq!(read_all(&mut tunnel), "");
    let decision = world.decision();
    check_allowed(&decision);
    assert_eq!((decision.sent, decision.received), (6, 11));
}

#[test]
fn what_cannot_be_read_does_not_pass_where_it_must_be() {
    let server = Server::start(|_| ok("hello"));
    let plan = Plan::new(vec![rule("a.test", server.port)])
        .with_secret(key().bound_to(pattern("a.test", server.port)));
    let world = plan.start();
    for bytes in [b"SSH-2.0-x\r\n".as_slice(), b"\0\0\0\0", b"EHLO x\r\n"] {
        let (mut tunnel, _) = world.tunnel("a.test", server.port);
        tunnel.write_all(bytes).unwrap();
        assert_eq!(read_all(&mut tunnel), "");
        assert_eq!(world.decision().verdict, Verdict::Refused(Refusal::NotTls));
    }
    let (mut tunnel, _) = world.tunnel("a.test", server.port);
    tunnel.write_all(&[22, 3, 1, 0, 5, 1, 0, 0, 1, 0]).unwrap();
    assert_eq!(read_all(&mut tunnel), "");
    assert_eq!(
        world.decision().verdict,
        Verdict::Refused(Refusal::Greeting)
    );
    assert_eq!(server.seen(), []);
}

#[test]
fn plain_requests_in_a_tunnel_are_served_one_by_one() {
    let server = Server::start(|seen| ok(seen.path()));
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    let (mut tunnel, _) = world.tunnel("a.test", server.port);
    tunnel
        .write_all(request("a.test", server.port).as_bytes())
        .unwrap();
    assert!(read_all(&mut tunnel).ends_with("/path"));
    let decision = world.decision();
    check_allowed(&decision);
    assert_eq!(decision.scheme, Scheme::Http);
    assert_eq!(decision.method.as_deref(), Some("GET"));
    drop(tunnel);
    assert_eq!(world.told(), []);
}

#[test]
fn a_rule_with_methods_opens_the_tunnel() {
    let identity = Identity::new(&["a.test"]);
    let server = Server::start_tls(&identity, |_| ok("hello"));
    let get_only = rule("a.test", server.port).with_methods(["GET"]).unwrap();
    let world = Plan::new(vec![get_only])
        .with_trust(identity.trust())
        .start();
    let ours = world.egress.ca_pem().unwrap().to_owned();
    let ask = |method: &str| {
        let mut tls = world.tls("a.test", server.port, "a.test", &ours);
        let request = request("a.test", server.port).replacen("GET", method, 1);
        tls.write_all(request.as_bytes()).unwrap();
        read_all(&mut tls)
    };
    let answer = ask("GET");
    assert!(answer.ends_with("hello"), "{answer}");
    let decision = world.decision();
    check_allowed(&decision);
    assert_eq!(decision.scheme, Scheme::Https);
    assert_eq!(decision.status, Some(200));
    let answer = ask("DELETE");
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let verdict = world.decision().verdict;
    assert!(
        matches!(verdict, Verdict::Refused(Refusal::Method { .. })),
        "{verdict:?}"
    );
    server.only();
}

#[test]
fn a_host_that_is_not_who_it_says_is_not_spoken_to() {
    let real = Identity::new(&["a.test"]);
    let wrong_name = Identity::new(&["b.test"]);
    for (identity, trust) in [
        (&real, Identity::new(&["a.test"]).trust()),
        (&wrong_name, wrong_name.trust()),
        (&real, Trust::default()),
    ] {
        let server = Server::start_tls(identity, |_| ok("hello"));
        let get_only = rule("a.test", server.port).with_methods(["GET"]).unwrap();
        let world = Plan::new(vec![get_only]).with_trust(trust).start();
        let ours = world.egress.ca_pem().unwrap().to_owned();
        let mut tls = world.tls("a.test", server.port, "a.test", &ours);
        tls.write_all(request("a.test", server.port).as_bytes())
            .unwrap();
        let answer = read_all(&mut tls);
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
        let verdict = world.decision().verdict;
        assert!(
            matches!(verdict, Verdict::Failed(Breakdown::HostTls(_))),
            "{verdict:?}"
        );
        assert_eq!(server.seen(), []);
    }
}

#[test]
fn a_client_that_does_not_trust_the_run_is_told_about() {
    let identity = Identity::new(&["a.test"]);
    let server = Server::start_tls(&identity, |_| ok("hello"));
    let get_only = rule("a.test", server.port).with_methods(["GET"]).unwrap();
    let world = Plan::new(vec![get_only])
        .with_trust(identity.trust())
        .start();
    // It trusts the host's root and would take the host's certificate.
    let mut tls = world.tls("a.test", server.port, "a.test", &identity.root);
    assert!(tls.write_all(b"GET / HTTP/1.1\r\n\r\n").is_err());
    drop(tls);
    let verdict = world.decision().verdict;
    assert!(
        matches!(verdict, Verdict::Failed(Breakdown::ClientTls(_))),
        "{verdict:?}"
    );
}

#[test]
fn two_runs_have_nothing_in_common() {
    let get_only = || rule("a.test", 1).with_methods(["GET"]).unwrap();
    let (one, two) = (
        Plan::new(vec![get_only()]).start(),
        Plan::new(vec![get_only()]).start(),
    );
    assert_ne!(one.egress.ca_pem(), two.egress.ca_pem());
    let identity = Identity::new(&["x.test"]);
    let three = Plan::new(vec![get_only()])
        .with_trust(identity.trust())
        .start();
    let bundle = three.egress.ca_bundle_pem().unwrap();
    assert!(bundle.contains(three.egress.ca_pem().unwrap()));
    assert!(bundle.contains(&identity.root));
}

#[test]
fn a_request_for_a_tunnel_names_host_and_port() {
    let world = Plan::new(vec![]).start();
    for target in [
        "a.test",
        "a.test:",
        "a.test:0",
        ":443",
        "http://a.test:443/",
        "a.test:443:443",
        "[::1",
    ] {
        let mut stream = world.connect();
        let request = format!("CONNECT {target} HTTP/1.1\r\nHost: a.test\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let head = read_head(&mut stream).unwrap();
        assert!(head.starts_with("HTTP/1.1 400 "), "{target}: {head}");
        let verdict = world.decision().verdict;
        assert!(
            matches!(verdict, Verdict::Refused(Refusal::Host(_))),
            "{target}: {verdict:?}"
        );
    }
}
