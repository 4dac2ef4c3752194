//! What the HTTP API costs, on the real binary.
//!
//! `cargo xtask bench api` prints tables: requests in a second beside a bare axum server that answers the same client
//! in the same minute; what stands between a program and a model when it asks through VENOM; a thousand readers of one
//! run; ten thousand who come where there is room for a thousand; and what a server takes when nobody asks anything.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints its figures, fails by panicking, and is its own supervisor"
)]

mod client;
mod load;
mod peer;
mod readers;
mod served;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::client::Connection;
use self::load::{Figures, Target};
use self::served::{Home, Served};

/// Resident memory of a server that nobody asks, in KiB. From the goals of the project: 40 MiB.
const IDLE_KIB: u64 = 40 << 10;
/// Of one processor, while nobody asks: the goal is less than one per cent.
const IDLE_SHARE: f64 = 0.01;
/// Requests that are under way at once. Chosen: more than the machine has processors, so that it has always something
/// to do, and few enough that a request does not wait for others.
const CONNECTIONS: usize = 8;

/// How much is measured.
struct Size {
    runs: usize,
    within: Duration,
    steps: usize,
    readers: usize,
    clients: usize,
    streams: usize,
    rest: Duration,
}

const WHOLE: Size = Size {
    runs: 500,
    within: Duration::from_secs(8),
    steps: 40,
    readers: 1_000,
    clients: 10_000,
    streams: 1_024,
    rest: Duration::from_secs(20),
};

const SHORT: Size = Size {
    runs: 50,
    within: Duration::from_secs(1),
    steps: 10,
    readers: 200,
    clients: 600,
    streams: 256,
    rest: Duration::from_secs(3),
};

fn main() -> ExitCode {
    let ci = std::env::args().any(|arg| arg == "--ci");
    let mut size = if ci { SHORT } else { WHOLE };
    let room = room_for(size.clients + 512);
    if room < size.clients + 512 {
        println!("the system gives {room} descriptors, so fewer clients come");
        size.clients = room.saturating_sub(512);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    if runtime.block_on(measure(&size, ci)) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Raises how many descriptors this process may have; returns how many it has.
fn room_for(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let reach = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if limit.current.is_some_and(|current| current < reach) {
        let raised = Rlimit {
            current: Some(reach),
            maximum: limit.maximum,
        };
        let _ = setrlimit(Resource::Nofile, raised);
    }
    let current = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    usize::try_from(current).unwrap_or(usize::MAX)
}

async fn measure(size: &Size, ci: bool) -> bool {
    let peer = peer::start().await;
    let home = Home::new(peer, size.steps);
    let is_good = idle(&home, size, ci).await;

    let served = home.serve(&[]);
    fill(&served, &home, size.runs).await;
    requests(&served, peer, size).await;
    gateway(&served, peer, size).await;
    drop(served);

    let served = home.serve(&["--streams", "2048", "--connections", "4096"]);
    follow(&served, &home, size).await;
    drop(served);

    let (streams, connections) = (size.streams.to_string(), (size.clients + 512).to_string());
    let mut served = home.serve(&["--streams", &streams, "--connections", &connections]);
    crowd(&mut served, &home, size).await;
    is_good
}

fn table(title: &str, head: &[&str], rows: &[Vec<String>]) {
    println!("\n{title}\n");
    println!("| {} |", head.join(" | "));
    let lines: Vec<&str> = head
        .iter()
        .enumerate()
        .map(|(place, _)| if place == 0 { "---" } else { "--:" })
        .collect();
    println!("|{}|", lines.join("|"));
    for row in rows {
        println!("| {} |", row.join(" | "));
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn mib(kib: u64) -> String {
    let tenths = kib * 10 / 1_024;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

/// What a server takes that nobody asks anything.
async fn idle(home: &Home, size: &Size, ci: bool) -> bool {
    let served = home.serve(&[]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (before, since) = (served.processor(), Instant::now());
    tokio::time::sleep(size.rest).await;
    let used = served.processor().saturating_sub(before);
    let share = used.as_secs_f64() / since.elapsed().as_secs_f64();
    let resident = served.resident();
    table(
        "A server that nobody asks",
        &["what", "measured", "goal"],
        &[
            vec![
                "resident".to_owned(),
                mib(resident.all),
                "< 40 MiB".to_owned(),
            ],
            vec![
                "of it made by the process".to_owned(),
                mib(resident.own),
                String::new(),
            ],
            vec![
                "of it mapped from files, mostly the program".to_owned(),
                mib(resident.files),
                String::new(),
            ],
            vec![
                "threads".to_owned(),
                served.threads().to_string(),
                String::new(),
            ],
            vec![
                "processor".to_owned(),
                format!("{:.2} %", share * 100.0),
                "< 1 %".to_owned(),
            ],
        ],
    );
    // On a machine that others use too, CI only looks for something gone badly wrong.
    let slack: u32 = if ci { 2 } else { 1 };
    resident.all < IDLE_KIB * u64::from(slack) && share < IDLE_SHARE * f64::from(slack * slack)
}

/// Makes runs, so that there is something to list.
async fn fill(served: &Served, home: &Home, runs: usize) {
    let mut connection = Connection::open(served.address, &served.token)
        .await
        .unwrap();
    let goal = json!({ "goal": "look around here", "workspace": home.work(), "plan_only": true })
        .to_string();
    for _ in 0..runs {
        let made = connection.ask("POST", "/v1/runs", &goal).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.json());
    }
    loop {
        let open = connection
            .ask("GET", "/v1/runs?status=active", "")
            .await
            .unwrap()
            .json();
        if open["runs"].as_array().is_some_and(Vec::is_empty) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn row(name: &str, figures: Figures, peer: Figures) -> Vec<String> {
    vec![
        name.to_owned(),
        format!("{:.0}", figures.per_second),
        ms(figures.p50),
        ms(figures.p99),
        format!("{:.2}", figures.per_second / peer.per_second),
    ]
}

async fn requests(served: &Served, peer: std::net::SocketAddr, size: &Size) {
    let get = |path: &str| Target {
        address: served.address,
        token: served.token.clone(),
        method: "GET",
        path: path.to_owned(),
        body: String::new(),
    };
    let echo = Target {
        address: peer,
        ..get("/echo")
    };
    let mut newest = Connection::open(served.address, &served.token)
        .await
        .unwrap();
    let listed: Value = newest
        .ask("GET", "/v1/runs?limit=1", "")
        .await
        .unwrap()
        .json();
    let run = format!("/v1/runs/{}", listed["runs"][0]["run"].as_str().unwrap());
    let bare = load::ask(&echo, CONNECTIONS, size.within).await;
    let mut rows = vec![row("bare axum, `{}`", bare, bare)];
    for (name, path) in [
        ("`GET /healthz`", "/healthz"),
        ("`GET /v1/runs?limit=1`", "/v1/runs?limit=1"),
        ("`GET /v1/runs`, a page of 50", "/v1/runs"),
        ("`GET /v1/runs/RUN`", run.as_str()),
    ] {
        rows.push(row(
            name,
            load::ask(&get(path), CONNECTIONS, size.within).await,
            bare,
        ));
    }
    table(
        &format!("{} runs, {CONNECTIONS} connections", size.runs),
        &["request", "in a second", "p50", "p99", "of bare axum"],
        &rows,
    );
}

/// What stands between a program and a model.
async fn gateway(served: &Served, peer: std::net::SocketAddr, size: &Size) {
    let body = json!({ "model": "home/smart", "messages": [{ "role": "user", "content": "Is it ready?" }] });
    let through = Target {
        address: served.address,
        token: served.token.clone(),
        method: "POST",
        path: "/v1/chat/completions".to_owned(),
        body: body.to_string(),
    };
    let straight = Target {
        address: peer,
        ..through.clone()
    };
    let mut rows = Vec::new();
    for connections in [1, CONNECTIONS] {
        let bare = load::ask(&straight, connections, size.within).await;
        let asked = load::ask(&through, connections, size.within).await;
        rows.push(row(
            &format!("the provider itself, {connections} at once"),
            bare,
            bare,
        ));
        rows.push(row(
            &format!("through VENOM, {connections} at once"),
            asked,
            bare,
        ));
    }
    table(
        "Asking a model that answers at once; each answer through VENOM is a run in the log",
        &["request", "in a second", "p50", "p99", "of the provider"],
        &rows,
    );
}

/// Many who follow one run.
async fn follow(served: &Served, home: &Home, size: &Size) {
    let one = readers::follow(served, home, 1).await;
    let many = readers::follow(served, home, size.readers).await;
    let each =
        many.memory[1].saturating_sub(many.memory[0]) / u64::try_from(size.readers).unwrap_or(1);
    let rows: Vec<Vec<String>> = [(1, &one), (size.readers, &many)]
        .into_iter()
        .map(|(readers, seen)| {
            vec![
                readers.to_string(),
                seen.events.to_string(),
                ms(seen.first),
                ms(seen.last),
                ms(seen.behind[0]),
                ms(seen.behind[1]),
                mib(seen.memory[1]),
                mib(seen.memory[2]),
            ]
        })
        .collect();
    table(
        &format!(
            "Readers of one run; each had every event once and in order. A reader takes {each} KiB"
        ),
        &[
            "readers",
            "events",
            "run, at its first reader",
            "at its last",
            "behind the first, p50",
            "p99",
            "resident, all waiting",
            "at the end",
        ],
        &rows,
    );
}

/// More than there is room for.
async fn crowd(served: &mut Served, home: &Home, size: &Size) {
    let seen = readers::crowd(served, home, size.clients).await;
    table(
        &format!(
            "{} readers who come where {} streams may be open",
            size.clients, size.streams
        ),
        &[
            "let in",
            "refused with 503",
            "cut off",
            "all knew after",
            "another request meanwhile",
            "resident before",
            "with all",
            "after they went",
        ],
        &[vec![
            seen.let_in.to_string(),
            seen.refused.to_string(),
            seen.cut.to_string(),
            ms(seen.took),
            ms(seen.beside),
            mib(seen.memory[0]),
            mib(seen.memory[1]),
            mib(seen.memory[2]),
        ]],
    );
    assert_eq!(
        seen.let_in, size.streams,
        "as many are let in as there are places"
    );
}
