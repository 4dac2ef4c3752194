//! Readers of one run: many who follow it, and more than there is room for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{Barrier, Semaphore, watch};

use super::client::Connection;
use super::load::percentile;
use super::served::{Home, Served};

/// How long anything here may take. Chosen: ten times what the slowest of it takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);
/// Connections that are opened at once, so that the queue of the socket does not overflow.
const AT_ONCE: usize = 256;

/// What was seen of a run that many follow.
pub(crate) struct Followed {
    /// Events of the run.
    pub(crate) events: usize,
    /// From the approval to the last event, at the first reader that had it.
    pub(crate) first: Duration,
    /// The same at the last reader.
    pub(crate) last: Duration,
    /// How much later than the first reader the others had an event.
    pub(crate) behind: [Duration; 2],
    /// Memory of the server with nobody, with all connected, and at the end, in KiB.
    pub(crate) memory: [u64; 3],
}

/// Begins a run that waits for an approval; returns its path and the path of the approval.
async fn waiting(served: &Served, home: &Home) -> (String, String) {
    let mut connection = Connection::open(served.address, &served.token)
        .await
        .unwrap();
    let goal = json!({ "goal": "announce the release", "workspace": home.work() });
    let made = connection
        .ask("POST", "/v1/runs", &goal.to_string())
        .await
        .unwrap();
    assert_eq!(made.status, 201, "{}", made.json());
    let path = format!("/v1/runs/{}", made.json()["run"].as_str().unwrap());
    let begun = Instant::now();
    loop {
        let detail = connection.ask("GET", &path, "").await.unwrap().json();
        if let Some(approval) = detail["approvals"][0]["id"].as_str() {
            return (path.clone(), format!("{path}/approvals/{approval}"));
        }
        assert!(begun.elapsed() < PATIENCE, "it does not ask: {detail}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn approve(served: &Served, approval: &str) {
    let mut connection = Connection::open(served.address, &served.token)
        .await
        .unwrap();
    let body = json!({ "agree": true }).to_string();
    let answer = connection.ask("POST", approval, &body).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.json());
}

/// Lets so many follow one run, from before it begins its work to its end. Each must have every event once, in order.
pub(crate) async fn follow(served: &Served, home: &Home, readers: usize) -> Followed {
    let alone = served.resident().all;
    let (path, approval) = waiting(served, home).await;
    let ready = Arc::new(Barrier::new(readers + 1));
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let tasks: Vec<_> = (0..readers)
        .map(|_| {
            let (address, token) = (served.address, served.token.clone());
            let (path, ready, places) = (
                format!("{path}/stream"),
                Arc::clone(&ready),
                Arc::clone(&places),
            );
            tokio::spawn(async move {
                let mut connection = {
                    let _place = places.acquire().await.unwrap();
                    let mut connection = Connection::open(address, &token).await.unwrap();
                    assert_eq!(connection.follow(&path).await.unwrap(), 200);
                    connection
                };
                ready.wait().await;
                read(&mut connection).await
            })
        })
        .collect();
    ready.wait().await;
    let connected = served.resident().all;
    let begun = Instant::now();
    approve(served, &approval).await;
    let mut arrivals: Vec<Vec<Instant>> = Vec::with_capacity(readers);
    for task in tasks {
        arrivals.push(tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap());
    }
    let end = served.resident().all;
    let events = arrivals.first().map_or(0, Vec::len);
    assert!(events > 10, "the run has {events} events");
    let mut behind = Vec::with_capacity(events * readers);
    for place in 0..events {
        let at = arrivals.iter().map(|arrival| arrival.get(place).copied());
        let at: Vec<Instant> = at
            .collect::<Option<_>>()
            .expect("every reader has every event");
        // What happened before the approval was read whenever its reader was connected.
        if let Some(first) = at.iter().min().filter(|first| **first > begun) {
            behind.extend(at.iter().map(|at| at.duration_since(*first)));
        }
    }
    let ends = || arrivals.iter().filter_map(|arrival| arrival.last());
    Followed {
        events,
        first: ends()
            .min()
            .map_or(Duration::ZERO, |at| at.duration_since(begun)),
        last: ends()
            .max()
            .map_or(Duration::ZERO, |at| at.duration_since(begun)),
        behind: [percentile(&mut behind, 50), percentile(&mut behind, 99)],
        memory: [alone, connected, end],
    }
}

/// Reads a stream to the end of its run; returns when each event came. Panics if one is missing or comes twice.
async fn read(connection: &mut Connection) -> Vec<Instant> {
    let mut arrivals = Vec::new();
    let mut text = Vec::new();
    let mut is_last = false;
    while connection.chunk(&mut text).await.unwrap() {
        let now = Instant::now();
        let mut from = 0;
        while let Some(length) = text
            .get(from..)
            .and_then(|rest| rest.windows(2).position(|two| two == b"\n\n"))
        {
            let message =
                String::from_utf8_lossy(text.get(from..from + length).unwrap_or_default())
                    .into_owned();
            from += length + 2;
            let field = |name: &str| {
                message
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            if let Some(id) = field("id") {
                arrivals.push(now);
                assert_eq!(
                    id,
                    arrivals.len().to_string(),
                    "an event is missing or came twice"
                );
                is_last = field("event") == Some("RunFinished");
            }
        }
        text.drain(..from);
    }
    assert!(is_last, "the stream ended before its run");
    arrivals
}

/// What became of more readers than there is room for.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    pub(crate) let_in: usize,
    /// Told that there are too many.
    pub(crate) refused: usize,
    /// Cut off without an answer.
    pub(crate) cut: usize,
    /// How long it took until all knew.
    pub(crate) took: Duration,
    /// How long another request took while all of them were there.
    pub(crate) beside: Duration,
    /// Memory of the server before, with all of them, and after they went, in KiB.
    pub(crate) memory: [u64; 3],
}

/// Lets so many come at once, more than the server takes.
pub(crate) async fn crowd(served: &mut Served, home: &Home, clients: usize) -> Crowd {
    let before = served.resident().all;
    let (path, _) = waiting(served, home).await;
    let path = format!("{path}/stream");
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let (leave, _) = watch::channel(false);
    let known = Arc::new(Barrier::new(clients + 1));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (address, token, path) = (served.address, served.token.clone(), path.clone());
            let (places, known, mut leaving) =
                (Arc::clone(&places), Arc::clone(&known), leave.subscribe());
            tokio::spawn(async move {
                let place = places.acquire().await.unwrap();
                let mut opened = Connection::open(address, &token).await.ok();
                let status = match &mut opened {
                    Some(connection) => connection.follow(&path).await.ok(),
                    None => None,
                };
                drop(place);
                known.wait().await;
                // Everybody stays until all have come.
                let _ = leaving.wait_for(|is_over| *is_over).await;
                status
            })
        })
        .collect();
    tokio::time::timeout(PATIENCE, known.wait()).await.unwrap();
    let took = begun.elapsed();
    let mut crowd = Crowd {
        took,
        ..Crowd::default()
    };
    let full = served.resident().all;
    let since = Instant::now();
    assert!(
        answers(served).await,
        "the server does not answer beside the crowd"
    );
    crowd.beside = since.elapsed();
    leave.send_replace(true);
    for task in tasks {
        match task.await.unwrap() {
            Some(200) => crowd.let_in += 1,
            Some(503) => crowd.refused += 1,
            Some(status) => panic!("a reader too many is answered {status}"),
            None => crowd.cut += 1,
        }
    }
    // Places of those who went are free again.
    let begun = Instant::now();
    loop {
        let mut connection = Connection::open(served.address, &served.token)
            .await
            .unwrap();
        if connection.follow(&path).await.ok() == Some(200) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "places do not become free");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(served.is_alive(), "the server did not live through it");
    crowd.memory = [before, full, served.resident().all];
    crowd
}

/// Tells whether another request is answered.
async fn answers(served: &Served) -> bool {
    let Ok(mut connection) = Connection::open(served.address, &served.token).await else {
        return false;
    };
    let answer = connection.ask("GET", "/v1/runs?limit=10", "").await;
    answer.is_ok_and(|answer| answer.status == 200 && answer.json()["runs"] != Value::Null)
}
