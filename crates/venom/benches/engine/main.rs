//! What the engine costs beside the work itself.
//!
//! `cargo xtask bench engine` prints: CPU time per no-op step, in memory and with the durable log;
//! bytes of log per step; the length of schedules against the lower bound; the time to take up a run of
//! 1,500 events (`history`), and to look back at one of 100,000. Every figure is the median of several rounds.
//!
//! A durable commit is mostly the kernel's work: writing pages, waiting for the disk, waking up
//! again. So the same rounds also make bare commits, one for each step of the chain, with as many
//! rows as a step has events, in one plain table. What a step costs beside its commit is the
//! difference.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails by panicking"
)]

mod history;
mod world;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use venom_kernel::confine::Grants;
use venom_kernel::effect::EffectClass;
use venom_kernel::id::Seq;
use venom_kernel::plan::graph::Graph;
use venom_kernel::plan::{Expected, Plan, Step, estimate};
use venom_kernel::run::RunState;
use venom_kernel::skill::Reach;
use venom_kernel::time::Millis;
use venom_ports::api::intents::Intents as _;
use venom_store::Store;

use self::world::{Shape, finish, host, playbook};

/// Steps of the long plans. From the goal that is measured: a chain and a fan-out of 1,000.
const STEPS: usize = 1_000;
/// Rounds per figure; the median counts.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let ci = std::env::args().any(|arg| arg == "--ci");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut over = Vec::new();
    let mut bound = |name: &str, value: f64, goal: f64, unit: &str| {
        // On a machine that others use too, CI only looks for something gone badly wrong.
        let limit = if ci { goal * 5.0 } else { goal };
        let mark = if value <= goal {
            ""
        } else {
            "  (over the goal)"
        };
        println!("{name:<44} {value:>9.3} {unit:<10} goal <= {goal}{mark}");
        if value > limit {
            over.push(name.to_owned());
        }
    };
    for shape in [Shape::Chain, Shape::FanOut] {
        let bare = runtime.block_on(cost(shape, Log::Memory));
        let durable = runtime.block_on(cost(shape, Log::Disk));
        let name = shape.name();
        bound(
            &format!("{name}, {STEPS} steps, in memory"),
            bare.cpu_us,
            30.0,
            "CPU us/step",
        );
        bound(
            &format!("{name}, {STEPS} steps, durable"),
            durable.cpu_us,
            150.0,
            "CPU us/step",
        );
        if shape == Shape::Chain {
            bound(
                "beside as many bare commits",
                durable.cpu_us - durable.floor_us,
                150.0,
                "CPU us/step",
            );
            println!(
                "{:<44} {:>9.3} CPU us, {:.2} x the wall of the run",
                "one bare commit of a step's rows",
                durable.floor_us,
                durable.wall_ms / durable.floor_ms
            );
        }
        bound(
            &format!("{name}, log per step"),
            durable.bytes / 1_024.0,
            1.0,
            "KiB",
        );
        println!(
            "{:<44} {:>9.1} ms in memory, {:.1} ms durable",
            format!("{name}, wall of the whole run"),
            bare.wall_ms,
            durable.wall_ms
        );
    }
    bound(
        "schedule against the lower bound, worst of 900",
        schedules(),
        1.02,
        "x",
    );
    bound(
        "taking up a run of 1,500 events",
        runtime.block_on(recovery()),
        10.0,
        "ms",
    );
    let (events, rounds) = if ci { (5_000, 1) } else { (100_000, 5) };
    bound(
        "every decision beside checksums only",
        runtime.block_on(history::measure(events, rounds)),
        2.0,
        "x",
    );
    if over.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("far over the goal: {}", over.join(", "));
    ExitCode::FAILURE
}

/// Where the log lies.
#[derive(Clone, Copy, PartialEq)]
enum Log {
    Memory,
    Disk,
}

#[derive(Default)]
struct Cost {
    cpu_us: f64,
    wall_ms: f64,
    bytes: f64,
    /// CPU time of a bare commit, and wall of as many of them as the plan has steps.
    floor_us: f64,
    floor_ms: f64,
}

/// Measures a plan of no-op steps; what a plan of one step costs is taken off.
async fn cost(shape: Shape, log: Log) -> Cost {
    let mut cpu = Vec::new();
    let mut wall = Vec::new();
    let mut bytes = Vec::new();
    let mut floor_us = Vec::new();
    let mut floor_ms = Vec::new();
    for _ in 0..ROUNDS {
        let small = play(1, shape, log).await;
        let large = play(STEPS, shape, log).await;
        let steps = (STEPS - 1) as f64;
        cpu.push((large.cpu_us - small.cpu_us) / steps);
        wall.push(large.wall_ms);
        bytes.push((large.bytes - small.bytes) / steps);
        let (us, ms) = if shape == Shape::Chain && log == Log::Disk {
            tokio::task::spawn_blocking(bare_commits).await.unwrap()
        } else {
            (0.0, 0.0)
        };
        floor_us.push(us);
        floor_ms.push(ms);
    }
    Cost {
        cpu_us: median(cpu),
        wall_ms: median(wall),
        bytes: median(bytes),
        floor_us: median(floor_us),
        floor_ms: median(floor_ms),
    }
}

/// Commits the rows of as many steps to a plain table with the log's own settings, and returns the
/// CPU time of one commit in microseconds and the wall of all in milliseconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the floor is the database without the store around it"
)]
fn bare_commits() -> (f64, f64) {
    /// What the chain appends for each step, and how long its texts are.
    const EVENTS: usize = 5;
    const BODY: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("bare.db")).unwrap();
    database
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4096;
             CREATE TABLE ev(seq INTEGER PRIMARY KEY, body TEXT NOT NULL);",
        )
        .unwrap();
    let body = "x".repeat(BODY);
    let (cpu, wall) = (cpu_time(), Instant::now());
    for _ in 0..STEPS {
        database.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..EVENTS {
            database
                .prepare_cached("INSERT INTO ev(body) VALUES(?1)")
                .unwrap()
                .execute([&body])
                .unwrap();
        }
        database.execute_batch("COMMIT").unwrap();
    }
    let spent = cpu_time().saturating_sub(cpu).as_secs_f64() * 1e6;
    (spent / STEPS as f64, wall.elapsed().as_secs_f64() * 1e3)
}

async fn play(steps: usize, shape: Shape, log: Log) -> Cost {
    let folder = tempfile::tempdir().unwrap();
    let store = (log == Log::Disk).then(|| Store::open(&folder.path().join("data")).unwrap());
    let host = Arc::new(host(folder.path(), store.as_ref(), &playbook(steps, shape)));
    // Reading the playbook's file and learning from it is the price of a file, not of a step.
    host.explain("do a thousand things", Path::new("/memory"))
        .await
        .unwrap();
    let (cpu, wall) = (cpu_time(), Instant::now());
    // In a task, as a server would: the thread that waits for the runtime is not a part of it.
    let playing = host.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench has no supervisor, and waits for its task at once"
    )]
    let played = tokio::spawn(async move { finish(&playing, steps).await });
    played.await.unwrap();
    let spent = Cost {
        cpu_us: cpu_time().saturating_sub(cpu).as_secs_f64() * 1e6,
        wall_ms: wall.elapsed().as_secs_f64() * 1e3,
        ..Cost::default()
    };
    drop(host);
    if let Some(store) = store {
        store.close().await.unwrap();
    }
    let bytes = ["log.db", "log.db-wal"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.path().join("data").join(name)).ok())
        .map(|meta| meta.len() as f64)
        .sum();
    Cost { bytes, ..spent }
}

/// Plays random plans through the scheduler's rule and returns the worst mean ratio to the lower
/// bound max(critical path, work / workers), over plans of three sizes and three numbers of workers.
fn schedules() -> f64 {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        // xorshift64, Marsaglia 2003: any sequence will do, it only has to be the same each time.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut worst = 0.0_f64;
    for (size, workers) in [(20, 4), (50, 4), (200, 16)] {
        let mut ratios = 0.0;
        for _ in 0..300 {
            let steps = (0..size).map(|n| {
                let fan = random(3);
                let depends_on = (0..fan)
                    .filter(|_| n > 0)
                    .map(|_| format!("s{}", random(n)).parse().unwrap())
                    .collect();
                // Spread over two orders of magnitude, as real steps are.
                let millis = (10 + random(90)) * [1, 3, 10][usize::try_from(random(3)).unwrap()];
                bench_step(n, millis, depends_on)
            });
            let plan = Plan {
                steps: steps.collect(),
            };
            let graph = Graph::new(&plan).unwrap();
            let length = estimate::makespan(&plan, &graph, workers, |e| e.p50).get() as f64;
            let work: u64 = plan.steps.iter().map(|s| s.expected.p50.get()).sum();
            let floor = (graph.critical_time().get() as f64).max(work as f64 / f64::from(workers));
            ratios += length / floor;
        }
        let mean = ratios / 300.0;
        println!(
            "{:<44} {mean:>9.4} x",
            format!("schedules of {size} steps on {workers} workers")
        );
        worst = worst.max(mean);
    }
    worst
}

fn bench_step(n: u64, millis: u64, depends_on: Vec<venom_kernel::id::StepId>) -> Step {
    Step {
        id: format!("s{n}").parse().unwrap(),
        title: String::new(),
        goal: 1,
        skill: "test".to_owned(),
        action: "nothing".to_owned(),
        params: serde_json::Value::Null,
        depends_on,
        class: EffectClass::Pure,
        reach: Reach::Local,
        needs: vec![],
        writes: vec![],
        verify: vec![],
        restores: vec![],
        optional: false,
        prepares: false,
        grants: Grants::default(),
        timeout: Millis::from_secs(1),
        expected: Expected {
            p50: Millis::new(millis),
            p90: Millis::new(millis),
            ..Expected::default()
        },
    }
}

/// Reads and folds a run of about 1,500 events from the durable log, as taking it up does.
async fn recovery() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("data")).unwrap();
    let host = host(folder.path(), Some(&store), &playbook(300, Shape::Chain));
    let run = finish(&host, 300).await;
    let log = store.log();
    let mut times = Vec::new();
    for _ in 0..ROUNDS * 3 {
        let begun = Instant::now();
        let events = log.read(run, Seq::ZERO, 10_000).await.unwrap();
        assert!(events.len() > 1_490, "{}", events.len());
        let state = RunState::fold(events.iter().map(|envelope| &envelope.event)).unwrap();
        assert!(state.outcome().is_some());
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    median(times)
}

/// CPU time of this process, all threads, user and system.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap(),
        time.tv_nsec.try_into().unwrap(),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
