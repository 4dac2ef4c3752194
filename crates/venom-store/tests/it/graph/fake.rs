//! What answers on the port of a graph database and is none, is another version, wants other credentials, says
//! nothing, or says what nobody says.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use venom_ports::FailureKind;
use venom_ports::memory::graph::Graph as _;
use venom_store::service::neo4j::Neo4j;
use venom_testkit::conform::Checked;

use crate::services::real::free;

/// Bolt 5.4.
const AGREED: [u8; 4] = [0, 0, 4, 5];

fn neo4j(address: &str, password: Option<&'static str>) -> Checked<Neo4j> {
    Ok(Neo4j::new(
        address,
        "home",
        Arc::new(move || Ok(password.map(|word| word.to_owned().into()))),
        Arc::new(|| Ok(rustls::RootCertStore::empty())),
    )?)
}

/// Writes a message of one piece.
fn message(body: &[u8]) -> Vec<u8> {
    let mut bytes = u16::try_from(body.len())
        .unwrap_or_default()
        .to_be_bytes()
        .to_vec();
    bytes.extend(body);
    bytes.extend([0, 0]);
    bytes
}

fn success() -> Vec<u8> {
    message(&[0xB1, 0x70, 0xA0])
}

fn failure(code: &str) -> Vec<u8> {
    let mut body = vec![0xB1, 0x7F, 0xA2, 0x84];
    body.extend(b"code");
    body.extend([0xD0, u8::try_from(code.len()).unwrap_or_default()]);
    body.extend(code.as_bytes());
    body.push(0x87);
    body.extend(b"message");
    body.push(0x82);
    body.extend(b"no");
    message(&body)
}

/// Takes one connection, gives an answer to each thing that comes in, and waits until the client hangs up.
fn serving(answers: Vec<Vec<u8>>) -> Checked<(u16, std::thread::JoinHandle<Vec<u8>>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    let heard = move || {
        let mut heard = Vec::new();
        let Ok((mut stream, _)) = listener.accept() else {
            return heard;
        };
        for answer in answers {
            if !hears(&mut stream, &mut heard) {
                return heard;
            }
            let _told = stream.write_all(&answer);
        }
        while hears(&mut stream, &mut heard) {}
        heard
    };
    Ok((port, std::thread::spawn(heard)))
}

fn hears(stream: &mut TcpStream, heard: &mut Vec<u8>) -> bool {
    let mut bytes = [0; 4_096];
    let count = stream.read(&mut bytes).unwrap_or_default();
    heard.extend(bytes.iter().take(count));
    count > 0
}

/// Opens a graph behind answers, and returns what came of it and what the server heard.
fn opened(
    answers: Vec<Vec<u8>>,
    password: Option<&'static str>,
) -> Checked<(venom_ports::Result<String>, Vec<u8>)> {
    let (port, server) = serving(answers)?;
    let opened = {
        let graph = neo4j(&format!("bolt://127.0.0.1:{port}"), password)?;
        graph.open()
    };
    Ok((
        opened,
        server.join().map_err(|_panic| "the server panicked")?,
    ))
}

#[test]
fn what_is_no_such_service_is_refused() -> Checked {
    let greeted = |more: Vec<Vec<u8>>| [vec![AGREED.to_vec(), success()], more].concat();
    let unauthorized = "Neo.ClientError.Security.Unauthorized";
    for (answers, kind, why) in [
        (
            vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()],
            FailureKind::Refused,
            "no Bolt",
        ),
        (
            vec![vec![0, 0, 0, 0]],
            FailureKind::Refused,
            "neither Bolt 4.4",
        ),
        (vec![vec![0, 0, 0, 3]], FailureKind::Refused, "no Bolt"),
        (
            greeted(vec![failure(unauthorized)]),
            FailureKind::Refused,
            "credentials",
        ),
        (
            vec![AGREED.to_vec(), failure(unauthorized)],
            FailureKind::Refused,
            "credentials",
        ),
        (
            greeted(vec![failure(
                "Neo.TransientError.General.DatabaseUnavailable",
            )]),
            FailureKind::Unavailable,
            "refused",
        ),
        (
            greeted(vec![message(&[0xC4])]),
            FailureKind::Refused,
            "no message",
        ),
        (
            greeted(vec![message(&[0x01])]),
            FailureKind::Refused,
            "no message",
        ),
    ] {
        let (opened, _) = opened(answers, None)?;
        let failure = opened.err().ok_or("it was taken for a graph database")?;
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.message.contains(why), "{why}: {failure}");
    }
    Ok(())
}

#[test]
fn a_password_is_sent_and_never_said() -> Checked {
    let refused = failure("Neo.ClientError.Security.Unauthorized");
    let (opened, heard) = opened(vec![AGREED.to_vec(), success(), refused], Some("hunter2"))?;
    let failure = opened.err().ok_or("it let us in")?;
    assert!(heard.windows(7).any(|piece| piece == b"hunter2"));
    assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    Ok(())
}

#[test]
fn silence_ends_and_rests() -> Checked {
    // Nothing at all; and a message of a megabyte of which a byte comes now and then.
    for answers in [Vec::new(), vec![AGREED.to_vec(), vec![0xFF, 0xFF, 0xB1]]] {
        let (port, server) = serving(answers)?;
        let begun = Instant::now();
        let graph = neo4j(&format!("bolt://127.0.0.1:{port}"), None)?;
        let failure = graph.open().err().ok_or("it answered")?;
        assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        server.join().map_err(|_panic| "the server panicked")?;
        // While it rests, nobody waits for it again.
        let begun = Instant::now();
        assert!(graph.count().is_err());
        assert!(begun.elapsed() < Duration::from_millis(100));
    }
    let nobody = neo4j(&format!("bolt://127.0.0.1:{}", free()?), None)?;
    let failure = nobody.open().err().ok_or("it answered")?;
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
    Ok(())
}

#[test]
fn a_server_without_a_certificate_that_counts_is_refused() -> Checked {
    let (port, server) = serving(vec![b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()])?;
    let failure = {
        let graph = neo4j(&format!("bolt+s://127.0.0.1:{port}"), Some("hunter2"))?;
        graph
            .open()
            .err()
            .ok_or("it was taken for a graph database")?
    };
    assert_eq!(failure.kind, FailureKind::Refused, "{failure}");
    let heard = server.join().map_err(|_panic| "the server panicked")?;
    assert!(!heard.windows(7).any(|piece| piece == b"hunter2"));
    Ok(())
}
