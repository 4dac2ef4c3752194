//! How much and how long: budgets, slow clients, and the end of a run.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use venom_exec::egress::{Breakdown, Refusal, Spent, Verdict};

use super::world::{
    PATIENCE, Plan, Server, body, check_allowed, get, ok, read_all, read_head, rule,
};

/// Short enough to be reached, long enough not to be reached by chance.
const SHORT: Duration = Duration::from_millis(500);

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    let server = Server::start(|_| ok("hello"));
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_limits(|limits| limits.head_time = SHORT)
        .start();
    // Nothing at all.
    assert_eq!(read_all(&mut world.connect()), "");
    // A byte now and then: each one in time, all of them too late.
    let mut stream = world.connect();
    let mut drip = stream.try_clone().unwrap();
    drip.write_all(b"G").unwrap();
    let began = Instant::now();
    thread::spawn(move || {
        for byte in get("a.test", 1, "/").bytes().skip(1) {
            if drip.write_all(&[byte]).is_err() {
                break;
            }
            thread::park_timeout(SHORT / 4);
        }
    });
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(began.elapsed() < PATIENCE / 2);
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::TimedOut)
    );
    // A tunnel that stays silent.
    let (mut tunnel, _) = world.tunnel("a.test", server.port);
    assert_eq!(read_all(&mut tunnel), "");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::TimedOut)
    );
    assert_eq!(server.seen(), []);
}

#[test]
fn a_body_or_an_answer_that_does_not_come_ends_the_request() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let world = Plan::new(vec![rule("a.test", port)])
        .with_limits(|limits| {
            limits.idle_time = SHORT;
            limits.answer_time = SHORT;
        })
        .start();
    let answer = world.get("a.test", port, "/");
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::TimedOut)
    );
    let answer = world.ask(format!(
        "POST http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\nContent-Length: 9\r\n\r\nab"
    ));
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::TimedOut)
    );
}

#[test]
fn a_head_has_a_size() {
    let server = Server::start(|_| {
        format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "y".repeat(5000)).into_bytes()
    });
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_limits(|limits| limits.head_bytes = 4096)
        .start();
    let long = format!("/{}", "x".repeat(20_000));
    let answer = world.get("a.test", server.port, &long);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Refused(Refusal::HeadTooLarge)
    );
    // One that is ended in the end is no smaller.
    let answer = world.get("a.test", server.port, &"/x".repeat(3000));
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    world.decision();
    let many = "X: y\r\n".repeat(300);
    let answer = world.ask(format!("GET http://a.test/ HTTP/1.1\r\n{many}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    world.decision();
    assert_eq!(server.connections(), 0);
    let answer = world.get("a.test", server.port, "/");
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::AnswerHeadTooLarge)
    );
}

#[test]
fn a_body_has_a_size() {
    let server = Server::start(|seen| ok(&"x".repeat(if seen.path() == "/big" { 200 } else { 1 })));
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_limits(|limits| {
            limits.request_body = 100;
            limits.answer_body = 100;
        })
        .start();
    let port = server.port;
    let head = format!("POST http://a.test:{port}/ HTTP/1.1\r\nHost: a.test:{port}\r\n");
    let answer = world.ask(format!("{head}Content-Length: 101\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Refused(Refusal::BodyTooLarge)
    );
    assert_eq!(server.connections(), 0);
    let chunk = format!("65\r\n{}\r\n0\r\n\r\n", "x".repeat(101));
    let answer = world.ask(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}"));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::BodyTooLarge)
    );
    let answer = world.get("a.test", port, "/big");
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert_eq!(
        world.decision().verdict,
        Verdict::Failed(Breakdown::AnswerTooLarge)
    );
}

#[test]
fn a_run_has_so_many_bytes() {
    let server = Server::start(|_| ok(&"x".repeat(5000)));
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_limits(|limits| limits.run_bytes = 12_000)
        .start();
    for _ in 0..2 {
        assert_eq!(body(&world.get("a.test", server.port, "/")).len(), 5000);
        check_allowed(&world.decision());
    }
    let answer = world.get("a.test", server.port, "/");
    assert!(body(&answer).len() < 5000);
    let spent = Breakdown::Budget(Spent::Bytes);
    assert_eq!(world.decision().verdict, Verdict::Failed(spent));
}

#[test]
fn a_run_has_so_many_requests_and_refused_ones_count() {
    let world = Plan::new(vec![])
        .with_limits(|limits| limits.run_requests = 2)
        .start();
    for _ in 0..2 {
        world.get("evil.test", 80, "/");
        assert_eq!(
            world.decision().verdict,
            Verdict::Refused(Refusal::NotListed)
        );
    }
    for _ in 0..5 {
        world.get("evil.test", 80, "/");
    }
    let spent = Refusal::Budget(Spent::Requests);
    assert_eq!(world.decision().verdict, Verdict::Refused(spent));
    // It is said once.
    assert_eq!(world.told(), []);
}

#[test]
fn more_connections_wait_for_their_turn() {
    let server = Server::start(|_| ok("hello"));
    let world = Plan::new(vec![rule("a.test", server.port)])
        .with_limits(|limits| limits.connections = 1)
        .start();
    let mut first = world.connect();
    let request = get("a.test", server.port, "/").replace("Connection: close\r\n", "");
    first.write_all(request.as_bytes()).unwrap();
    read_head(&mut first).unwrap();
    world.decision();
    // The first one is still open; the second one is not served beside it.
    let mut second = world.connect();
    second
        .write_all(get("a.test", server.port, "/").as_bytes())
        .unwrap();
    second.set_read_timeout(Some(SHORT)).unwrap();
    assert!(second.read(&mut [0; 1]).is_err());
    assert_eq!(server.seen().len(), 1);
    drop(first);
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(body(&read_all(&mut second)), "hello");
}

#[test]
fn the_end_of_a_run_ends_everything_at_once() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let world = Plan::new(vec![rule("a.test", port)]).start();
    // One waits for an answer, one is a tunnel, one has said nothing yet.
    let mut asking = world.connect();
    asking
        .write_all(get("a.test", port, "/").as_bytes())
        .unwrap();
    let (mut host, _) = silent.accept().unwrap();
    read_head(&mut host).unwrap();
    let (mut tunnel, head) = world.tunnel("a.test", port);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut idle = world.connect();

    let began = Instant::now();
    world.cancel.cancel();
    world.ended().unwrap();
    assert_eq!(read_all(&mut asking), "");
    assert_eq!(read_all(&mut tunnel), "");
    assert_eq!(read_all(&mut idle), "");
    assert_eq!(read_all(&mut host), "");
    // Measured at about a millisecond; what counts is that no time limit is waited for.
    assert!(began.elapsed() < Duration::from_secs(1));
    let told = world.told();
    assert_eq!(told.len(), 2, "{told:?}");
    for decision in told {
        assert_eq!(decision.verdict, Verdict::Failed(Breakdown::Cancelled));
        assert_eq!(decision.host, "a.test");
    }
}

#[test]
fn what_does_not_listen_cannot_be_served() {
    let (near, _far) = std::os::unix::net::UnixStream::pair().unwrap();
    let world = Plan::new(vec![]).start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (tell, told) = channel();
    let serve = world
        .egress
        .serve(OwnedFd::from(near), world.cancel.child_token());
    thread::spawn(move || tell.send(runtime.block_on(serve).is_err()));
    assert!(told.recv_timeout(PATIENCE).unwrap());
}
