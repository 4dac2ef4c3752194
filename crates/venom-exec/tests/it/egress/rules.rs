//! Who may be reached.

use std::io::Write as _;
use std::net::IpAddr;

use venom_exec::egress::{AddressClass, Breakdown, Refusal, Rule, Scheme, Verdict};

use super::world::{
    Plan, Server, body, check_allowed, closed_port, field, get, ok, pattern, read_head, rule,
};

#[test]
fn an_allowed_host_is_reached_and_told_about() {
    let server = Server::start(|_| ok("hello"));
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    let request = format!(
        "GET http://A.test.:{port}/path?q=1 HTTP/1.1\r\nHost: a.test:{port}\r\nX-Mine: kept\r\n\
         Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\nTE: trailers\r\n\
         Connection: close, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: 5\r\n\r\n",
        port = server.port
    );
    let answer = world.ask(request);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(body(&answer), "hello");
    let expected = format!(
        "GET /path?q=1 HTTP/1.1\r\nHost: a.test:{}\r\nX-Mine: kept\r\n\r\n",
        server.port
    );
    assert_eq!(server.only().head, expected);
    let decision = world.decision();
    check_allowed(&decision);
    assert_eq!(decision.host, "a.test");
    assert_eq!(decision.port, server.port);
    assert_eq!(decision.scheme, Scheme::Http);
    assert_eq!(decision.method.as_deref(), Some("GET"));
    assert_eq!(decision.status, Some(200));
    assert_eq!(decision.address, Some(IpAddr::from([127, 0, 0, 1])));
    assert_eq!(decision.sent, expected.len() as u64);
    assert_eq!(decision.received, ok("hello").len() as u64);
}

#[track_caller]
fn check_refused(world: &super::world::World, request: &str, expected: Refusal) {
    let answer = world.ask(request);
    assert!(answer.starts_with("HTTP/1.1 403 "), "{request}: {answer}");
    assert_eq!(field(&answer, "venom-egress"), Some("refused"), "{answer}");
    assert!(body(&answer).starts_with("venom: "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Refused(expected),
        "{request}"
    );
}

#[test]
fn what_is_not_listed_is_not_even_looked_up() {
    let server = Server::start(|_| ok("hello"));
    let port = server.port;
    let get_only = rule("b.test", port).with_methods(["GET"]).unwrap();
    let mut plan = Plan::new(vec![rule("a.test", port), get_only, rule("c.test", port)]);
    plan.deny = vec!["c.test".to_owned()];
    let world = plan.start();

    check_refused(&world, &get("evil.test", port, "/"), Refusal::NotListed);
    check_refused(
        &world,
        &get("a.test.evil.test", port, "/"),
        Refusal::NotListed,
    );
    check_refused(&world, &get("127.0.0.1", port, "/"), Refusal::NotListed);
    check_refused(&world, &get("[::1]", port, "/"), Refusal::NotListed);
    check_refused(&world, &get("localhost", port, "/"), Refusal::NotListed);
    check_refused(&world, &get("a.test", 1, "/"), Refusal::PortNotListed);
    let denied = Refusal::Denied {
        rule: "c.test".to_owned(),
    };
    check_refused(&world, &get("c.test", port, "/"), denied);
    let allowed = ["GET".to_owned()].into();
    let delete = get("b.test", port, "/").replacen("GET", "DELETE", 1);
    check_refused(&world, &delete, Refusal::Method { allowed });
    for tunnel in ["evil.test:443", "127.0.0.1:22", "169.254.169.254:80"] {
        let request = format!("CONNECT {tunnel} HTTP/1.1\r\nHost: {tunnel}\r\n\r\n");
        check_refused(&world, &request, Refusal::NotListed);
    }
    assert_eq!(world.names.asked(), Vec::<String>::new());
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_name_may_not_lead_to_this_machine_unless_its_rule_says_so() {
    let server = Server::start(|_| ok("hello"));
    let open = Rule::new(pattern("a.test", server.port));
    let world = Plan::new(vec![open, rule("b.test", server.port)]).start();
    for (answer, class) in [
        ("127.0.0.1", AddressClass::Loopback),
        ("127.9.9.9", AddressClass::Loopback),
        ("10.0.0.1", AddressClass::Private),
        ("192.168.1.1", AddressClass::Private),
        ("100.64.0.1", AddressClass::CarrierNat),
        ("169.254.169.254", AddressClass::Metadata),
        ("0.0.0.0", AddressClass::Unspecified),
        ("::1", AddressClass::Loopback),
        ("::ffff:127.0.0.1", AddressClass::Embedded),
        ("64:ff9b::7f00:1", AddressClass::Translated),
        ("2002:7f00:1::", AddressClass::Translated),
        ("fd00:ec2::254", AddressClass::Metadata),
        ("fe80::1", AddressClass::LinkLocal),
    ] {
        world.names.set("a.test", &[&[answer]]);
        let refusal = Refusal::Addresses(vec![(answer.parse().unwrap(), class)]);
        check_refused(&world, &get("a.test", server.port, "/"), refusal.clone());
        let request = format!("CONNECT a.test:{} HTTP/1.1\r\n\r\n", server.port);
        if !class_is_permitted(class) {
            world.names.set("b.test", &[&[answer]]);
            check_refused(&world, &get("b.test", server.port, "/"), refusal.clone());
        }
        // An HTTP/1.1 request for a tunnel without a host header is one all the same.
        check_refused(&world, &request, refusal);
    }
    assert_eq!(server.connections(), 0);
}

fn class_is_permitted(class: AddressClass) -> bool {
    matches!(
        class,
        AddressClass::Loopback | AddressClass::Private | AddressClass::CarrierNat
    )
}

#[test]
fn a_name_server_that_changes_its_mind_is_asked_once() {
    // Each request needs a new connection to the host.
    let server = Server::start(|_| {
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello".to_vec()
    });
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    world
        .names
        .set("a.test", &[&["127.0.0.1"], &["169.254.169.254"]]);
    // Three requests of one tunnel, the last ones after the name leads elsewhere.
    let (mut tunnel, head) = world.tunnel("a.test", server.port);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    for _ in 0..3 {
        let request = format!("GET / HTTP/1.1\r\nHost: a.test:{}\r\n\r\n", server.port);
        tunnel.write_all(request.as_bytes()).unwrap();
        let answer = read_head(&mut tunnel).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let mut five = [0; 5];
        std::io::Read::read_exact(&mut tunnel, &mut five).unwrap();
        let decision = world.decision();
        check_allowed(&decision);
        assert_eq!(decision.address, Some(IpAddr::from([127, 0, 0, 1])));
    }
    assert_eq!(world.names.asked(), ["a.test"]);
    // A new connection asks anew, and the new answer is checked.
    let metadata = "169.254.169.254".parse().unwrap();
    let refusal = Refusal::Addresses(vec![(metadata, AddressClass::Metadata)]);
    check_refused(&world, &get("a.test", server.port, "/"), refusal);
    assert_eq!(world.names.asked(), ["a.test", "a.test"]);
    assert_eq!(server.connections(), 3);
}

#[test]
fn trouble_on_the_way_is_told_apart() {
    let (_taken, closed) = closed_port();
    let world = Plan::new(vec![rule("a.test", closed), rule("gone.test", closed)]).start();
    let answer = world.get("a.test", closed, "/");
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert_eq!(field(&answer, "venom-egress"), Some("failed"));
    let refused = Breakdown::Dial(std::io::ErrorKind::ConnectionRefused);
    assert_eq!(world.decision().verdict, Verdict::Failed(refused));
    world.get("gone.test", closed, "/");
    let missing = Breakdown::Lookup(std::io::ErrorKind::NotFound);
    assert_eq!(world.decision().verdict, Verdict::Failed(missing));
    world.names.set("gone.test", &[&[]]);
    world.get("gone.test", closed, "/");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::NoAddress)
    );
}

#[test]
fn the_next_address_is_tried() {
    let server = Server::start(|_| ok("hello"));
    let world = Plan::new(vec![rule("a.test", server.port)]).start();
    // Nobody listens on the first one.
    world.names.set("a.test", &[&["127.0.0.9", "127.0.0.1"]]);
    let answer = world.get("a.test", server.port, "/");
    assert_eq!(body(&answer), "hello");
    assert_eq!(world.decision().address, Some(IpAddr::from([127, 0, 0, 1])));
}

#[test]
fn only_requests_to_a_proxy_are_taken() {
    let world = Plan::new(vec![]).start();
    for target in [
        "/",
        "https://a.test/",
        "ftp://a.test/",
        "a.test:80",
        "*",
        "http:/a",
    ] {
        let answer = world.ask(format!("GET {target} HTTP/1.1\r\nHost: a.test\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{target}: {answer}");
        let decision = world.decision();
        assert_eq!(
            decision.verdict,
            Verdict::Refused(Refusal::NotProxied),
            "{target}"
        );
    }
    for target in [
        "http://",
        "http:///x",
        "http://a b/",
        "http://u:p@a.test/",
        "http://[::1/",
        "http://127.1/",
        "http://a.test:99999/",
    ] {
        let answer = world.ask(format!("GET {target} HTTP/1.1\r\nHost: a.test\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{target}: {answer}");
        world.decision();
    }
}
