//! Clients that mean ill or have died: slow heads, guessed tokens, more readers than places, readers that
//! stop reading.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use super::client::Served;
use super::{home, started};

/// How long something may take. Chosen: a busy machine is ten times slower than a free one.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn whoever_sends_a_head_by_drops_is_cut_off_and_holds_nobody_up() {
    let home = home();
    let served = Served::start(&home, &[]);
    let mut slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream
                .write_all(b"GET /v1/runs HTTP/1.1\r\nhost: lo")
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(served.get("/healthz").status, 200);
    for stream in &mut slow {
        let mut said = Vec::new();
        // The end comes from the server, with or without a word about why.
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 408"),
            "{said}"
        );
    }
    assert_eq!(served.get("/healthz").status, 200);
    served.stop(Signal::TERM);
}

#[test]
fn whoever_guesses_tokens_is_slowed_down_and_who_has_one_is_not() {
    let home = home();
    let served = Served::start(&home, &[]);
    let wrong = served.token.replace(|c: char| c.is_ascii_lowercase(), "x");
    let wrong = wrong.replacen("xxx_", "vnm_", 1);
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let answer = served.ask("GET", "/v1/runs", Some(&wrong), &[], "");
        if answer.status == 429 {
            let after = answer.header("retry-after").unwrap();
            assert!(after.parse::<u64>().unwrap() >= 1, "{after}");
        }
        statuses.push(answer.status);
        assert_eq!(served.get("/v1/runs").status, 200);
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    served.stop(Signal::TERM);
}

#[test]
fn readers_beyond_the_places_are_told_to_come_again_and_places_are_given_back() {
    let home = home();
    let served = Served::start(&home, &["--streams", "4"]);
    let run = started(&served, &home, "look around here");
    let path = format!("/v1/runs/{run}/stream");
    let open: Vec<_> = (0..4).map(|_| served.stream(&path, None)).collect();
    let refused = served.get(&path);
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.json()["code"], "too-many-streams");
    assert!(refused.header("retry-after").is_some());
    // None of them reads a word, and the run ends all the same.
    let begun = std::time::Instant::now();
    while served.get(&format!("/v1/runs/{run}")).json()["phase"] != "finished" {
        assert!(begun.elapsed() < PATIENCE, "the run waits for its readers");
        std::thread::yield_now();
    }
    drop(open);
    let begun = std::time::Instant::now();
    loop {
        let mut stream = TcpStream::connect(served.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            served.token
        )
        .unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).unwrap();
        if head.ends_with(b"200") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "no place was given back");
        std::thread::yield_now();
    }
    served.stop(Signal::TERM);
}
