//! What the HTTP API costs beside HTTP itself.
//!
//! `cargo xtask bench api` starts the real binary and, beside it, the barest server that axum makes, and asks
//! both the same way in turns: requests in a second and the slowest in a hundred of `GET /v1/runs`, what the
//! front door adds to a call of a model, a thousand readers of one run, ten thousand that are too many, and
//! the memory of a server that does nothing. Figures are medians of several rounds; the ratio to the bare
//! server is what says something on a machine that others use too.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails by panicking"
)]

mod asking;
mod bare;
mod served;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;

use self::asking::{Figures, load, request, stream};
use self::bare::Bare;
use self::served::Served;

/// Rounds per figure; the median counts.
const ROUNDS: usize = 5;
/// How long a round takes.
const ROUND: Duration = Duration::from_secs(2);
/// Connections that ask at once. Chosen: enough to keep two processors busy.
const CONNECTIONS: usize = 8;
/// Runs in the list: a page.
const RUNS: usize = 50;
/// Readers of one run.
const READERS: usize = 1_000;
/// Readers that are too many. A server of the usual settings takes 1,024.
const CROWD: usize = 10_000;
/// The memory that a server may take that does nothing, in bytes.
const IDLE: u64 = 40 << 20;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|arg| arg == bare::FLAG) {
        return bare::serve();
    }
    let ci = args.iter().any(|arg| arg == "--ci");
    let venom = args
        .iter()
        .skip_while(|arg| *arg != "--venom")
        .nth(1)
        .expect("cargo xtask bench api says where the binary is");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let is_good = runtime.block_on(measure(venom, ci));
    if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn measure(venom: &str, ci: bool) -> bool {
    let rounds = if ci { 1 } else { ROUNDS };
    let bare = Bare::start();
    let served = Served::start(venom, bare.address);
    let idle = served.memory();
    println!(
        "{:<44} {:>9.1} MiB",
        "memory of a server that does nothing",
        mib(idle)
    );
    for number in 0..RUNS {
        served.plan(number).await;
    }
    listing(&served, &bare, rounds).await;
    front_door(&served, &bare, rounds).await;
    let heard = readers(&served).await;
    let refused = crowd(&served).await;
    println!(
        "{:<44} {:>9.1} MiB",
        "memory after all of it",
        mib(served.memory())
    );
    let is_good = idle <= IDLE && heard && refused;
    if idle > IDLE {
        println!("over the goal: {} MiB at rest", mib(IDLE));
    }
    is_good
}

fn mib(bytes: u64) -> f64 {
    let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
    f64::from(kib) / 1024.0
}

/// The list of runs, beside a bare server that sends back as many bytes.
async fn listing(served: &Served, bare: &Bare, rounds: usize) {
    let asked = request("GET", "/v1/runs", &served.token, "");
    let page = served.ask("GET", "/v1/runs", "").await;
    let echoed = request("POST", "/echo", "", &page.body);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        theirs.push(load(bare.address, &echoed, CONNECTIONS, ROUND).await);
        ours.push(load(served.address, &asked, CONNECTIONS, ROUND).await);
    }
    let (ours, theirs) = (Figures::median(ours), Figures::median(theirs));
    println!(
        "{CONNECTIONS} connections, {} runs, {} bytes",
        RUNS,
        page.body.len()
    );
    ours.print("GET /v1/runs");
    theirs.print("bare axum echo of as many bytes");
    println!(
        "{:<44} {:>9.2}",
        "ratio of requests in a second",
        ours.each_second / theirs.each_second
    );
}

/// Calls of a model through the front door, beside the same calls made at once of who answers.
async fn front_door(served: &Served, bare: &Bare, rounds: usize) {
    let body = json!({
        "model": "home/smart",
        "max_tokens": 16,
        "messages": [{"role": "user", "content": "Is it ready?"}],
    })
    .to_string();
    let path = "/v1/chat/completions";
    let through = request("POST", path, &served.token, &body);
    let direct = request("POST", path, "", &body);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        theirs.push(load(bare.address, &direct, 1, ROUND).await);
        ours.push(load(served.address, &through, 1, ROUND).await);
    }
    let (ours, theirs) = (Figures::median(ours), Figures::median(theirs));
    ours.print("a call of a model through the front door");
    theirs.print("the same call of a bare axum server");
    println!(
        "{:<44} {:>9.2} ms",
        "what the front door adds, with its two commits",
        ours.median - theirs.median
    );
}

/// A thousand readers of one run that waits, and then goes on.
async fn readers(served: &Served) -> bool {
    let run = served.asking().await;
    let path = format!("/v1/runs/{run}/stream");
    let begun = Instant::now();
    let mut open = Vec::with_capacity(READERS);
    for _ in 0..READERS {
        open.push(
            stream(served.address, &path, &served.token)
                .await
                .expect("a place"),
        );
    }
    for reader in &mut open {
        assert!(reader.until("event: rest").await, "a reader was cut off");
    }
    let all = begun.elapsed();
    println!(
        "{READERS} readers of one run: all have heard everything after {:.2} s; memory {:.1} MiB",
        all.as_secs_f64(),
        mib(served.memory())
    );
    let begun = Instant::now();
    let decided = served
        .ask(
            "POST",
            &format!("/v1/runs/{run}/approvals/appr_1"),
            "{\"agree\": true}",
        )
        .await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    let mut last = Duration::ZERO;
    let mut first = None;
    for reader in &mut open {
        if !reader.until("event: RunFinished").await {
            return false;
        }
        last = begun.elapsed();
        first.get_or_insert(last);
    }
    println!(
        "{READERS} readers hear its end: the first {:.0} ms after it was let go on, the last {:.0} ms",
        first.unwrap_or_default().as_secs_f64() * 1_000.0,
        last.as_secs_f64() * 1_000.0
    );
    true
}

/// Ten thousand readers where there is place for a thousand.
async fn crowd(served: &Served) -> bool {
    let run = served.newest().await;
    let path = format!("/v1/runs/{run}/stream");
    let (mut taken, mut told, mut turned_away) = (Vec::new(), 0, 0);
    let begun = Instant::now();
    for _ in 0..CROWD {
        match stream(served.address, &path, &served.token).await {
            Ok(reader) => taken.push(reader),
            Err(Some(503)) => told += 1,
            Err(Some(status)) => panic!("a status of {status}"),
            Err(None) => turned_away += 1,
        }
    }
    let taking = begun.elapsed();
    let begun = Instant::now();
    let health = served.ask("GET", "/healthz", "").await;
    println!(
        "{CROWD} readers in {:.1} s: {} have a place, {told} were told to come again, {turned_away} found no connection; /healthz then took {:.1} ms",
        taking.as_secs_f64(),
        taken.len(),
        begun.elapsed().as_secs_f64() * 1_000.0
    );
    health.status == 200 && taken.len() + told + turned_away == CROWD && taken.len() >= READERS
}
