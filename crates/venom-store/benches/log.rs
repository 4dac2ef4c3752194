//! What the log costs beside the bare database: durable appends per second, CPU, recovery, size.
//!
//! `cargo bench -p venom-store --bench log [-- --ci]`. Ours and the bare loop take turns in one
//! process, because the disk of the same machine differs from minute to minute by more than what is
//! measured. Ends with a failure if ours is slower than 0.9 of the bare loop (0.7 with `--ci`,
//! where other people's work shares the disk).
#![expect(clippy::print_stdout, reason = "a benchmark's output is its result")]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::RunState;
use venom_ports::log::LogStore;
use venom_store::Store;
use venom_store::keys::{Made, Mode, Protection, Sources, create};
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{self, batch};

/// What the goal is, and what passes on a machine that is shared.
const GOAL: f64 = 0.9;
const TOLERATED: f64 = 0.7;

fn main() -> Checked<ExitCode> {
    // `--bench` is what cargo passes; other words are filters that this bench has no use for.
    let ci = std::env::args().any(|argument| argument == "--ci");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    let ratio = runtime.block_on(all(ci))?;
    let bar = if ci { TOLERATED } else { GOAL };
    println!("ratio ours/bare {ratio:.2}; goal {GOAL}, tolerated with --ci {TOLERATED}");
    if ratio < bar {
        println!("FAILED: below {bar}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(ci: bool) -> Checked<f64> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let store = Store::open(&dir.path().join("data"))?;
    let log = store.log();
    let bare = Bare::open(&dir.path().join("bare.db"))?;
    let (rounds, appends) = if ci { (9, 100) } else { (15, 250) };

    let mut ours = Producer::new(Arc::clone(&log), story::run(1)).await?;
    let mut bare_rates = Vec::new();
    let mut our_rates = Vec::new();
    let mut ratios = Vec::new();
    let mut grouped = Vec::new();
    for round in 0..rounds {
        // Who goes first alternates too.
        let (our_rate, bare_rate) = if round % 2 == 0 {
            let rate = ours.round(appends).await?;
            (rate, bare.round(appends)?)
        } else {
            let rate = bare.round(appends)?;
            (ours.round(appends).await?, rate)
        };
        our_rates.push(our_rate);
        bare_rates.push(bare_rate);
        ratios.push(our_rate / bare_rate);
        grouped.push(sixteen(&log, 1_000 + round * 16, appends).await?);
    }
    show("bare loop, 1 event", "/s", &mut bare_rates);
    show("ours, 1 producer, 1 event", "/s", &mut our_rates);
    show("ours, 16 producers, 1 event", "/s", &mut grouped);
    show("ours / bare, per round", "", &mut ratios);
    sealed(dir.path(), rounds, appends).await?;
    let ratio = middle(&our_rates) / middle(&bare_rates);

    cpu(&log, &bare, if ci { 300 } else { 2_000 }).await?;
    recovery(&log, if ci { 9 } else { 25 }).await?;
    store.close().await?;
    size(dir.path()).await?;
    projections(dir.path(), if ci { 20_000 } else { 100_000 }).await?;
    one_long_run(dir.path(), if ci { 4_000 } else { 20_000 }).await?;
    Ok(ratio)
}

/// What sealing costs: two stores that differ in nothing but the key take turns.
async fn sealed(dir: &Path, rounds: u64, appends: usize) -> Checked {
    let sources = Sources {
        folder: Some(dir.join("keys")),
        ..Sources::default()
    };
    create(&sources, &Made::Random)?;
    let protection = Protection {
        mode: Some(Mode::Payload),
        sources,
    };
    let plain = Store::open(&dir.join("plain"))?;
    let sealed = Store::open_protected(&dir.join("sealed"), &protection)?;
    let mut plain_ours = Producer::new(plain.log(), story::run(1)).await?;
    let mut sealed_ours = Producer::new(sealed.log(), story::run(1)).await?;
    let (mut plain_rates, mut sealed_rates) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            plain_rates.push(plain_ours.round(appends).await?);
            sealed_rates.push(sealed_ours.round(appends).await?);
        } else {
            sealed_rates.push(sealed_ours.round(appends).await?);
            plain_rates.push(plain_ours.round(appends).await?);
        }
    }
    show("plain, 1 producer, 1 event", "/s", &mut plain_rates);
    show("sealed, 1 producer, 1 event", "/s", &mut sealed_rates);
    println!(
        "ratio sealed/plain {:.3}",
        middle(&sealed_rates) / middle(&plain_rates)
    );
    plain.close().await?;
    sealed.close().await?;
    Ok(())
}

/// The loop that one would write without a log.
struct Bare {
    connection: Connection,
    body: String,
}

impl Bare {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is what ours is compared with"
    )]
    fn open(path: &Path) -> Checked<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "page_size", 4_096)?;
        connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch("CREATE TABLE ev(seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
        Ok(Self {
            connection,
            body: serde_json::to_string(&story::paused())?,
        })
    }

    fn round(&self, appends: usize) -> Checked<f64> {
        let begun = Instant::now();
        for _ in 0..appends {
            self.connection
                .prepare_cached("INSERT INTO ev(body) VALUES(?1)")?
                .execute([&self.body])?;
        }
        Ok(rate(appends, begun.elapsed()))
    }

    fn five(&self) -> Checked {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..5 {
            self.connection
                .prepare_cached("INSERT INTO ev(body) VALUES(?1)")?
                .execute([&self.body])?;
        }
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }
}

/// Appends to one run, pausing and resuming it.
struct Producer {
    log: Arc<dyn LogStore>,
    run: RunId,
    seq: u64,
}

impl Producer {
    async fn new(log: Arc<dyn LogStore>, run: RunId) -> Checked<Self> {
        log.append(batch(run, 0, vec![story::started("bench")]))
            .await?;
        Ok(Self { log, run, seq: 1 })
    }

    async fn append(&mut self, events: usize) -> Checked {
        let mut stories = story::pauses(events + 1);
        if self.seq.is_multiple_of(2) {
            stories.remove(0);
        }
        stories.truncate(events);
        self.log.append(batch(self.run, self.seq, stories)).await?;
        self.seq += events as u64;
        Ok(())
    }

    async fn round(&mut self, appends: usize) -> Checked<f64> {
        let begun = Instant::now();
        for _ in 0..appends {
            self.append(1).await?;
        }
        Ok(rate(appends, begun.elapsed()))
    }
}

async fn sixteen(log: &Arc<dyn LogStore>, first: u64, appends: usize) -> Checked<f64> {
    let mut producers = Vec::new();
    for number in 0..16 {
        producers.push(Producer::new(Arc::clone(log), story::run(first + number)).await?);
    }
    let begun = Instant::now();
    let rounds = producers.iter_mut().map(|producer| producer.round(appends));
    for done in futures::future::join_all(rounds).await {
        done?;
    }
    Ok(rate(16 * appends, begun.elapsed()))
}

/// CPU time of a batch of five events, beside five bare inserts in one transaction.
async fn cpu(log: &Arc<dyn LogStore>, bare: &Bare, batches: usize) -> Checked {
    let mut producer = Producer::new(Arc::clone(log), story::run(2)).await?;
    let before = spent()?;
    for _ in 0..batches {
        producer.append(5).await?;
    }
    let between = spent()?;
    for _ in 0..batches {
        bare.five()?;
    }
    let after = spent()?;
    let each = |span: Duration| span.as_micros() / batches as u128;
    println!(
        "CPU per batch of 5 events: ours {} µs, bare {} µs ({batches} batches)",
        each(between.saturating_sub(before)),
        each(after.saturating_sub(between))
    );
    Ok(())
}

/// CPU time of this process. The kernel counts in hundredths of a second.
fn spent() -> Checked<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name in stat")?;
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap_or(0))
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// Reads and folds a run of 1,500 events, as a process does that takes it over.
async fn recovery(log: &Arc<dyn LogStore>, rounds: usize) -> Checked {
    let run = story::run(3);
    let mut seq = 0;
    for events in story::whole("recover me", 299)?.chunks(5) {
        log.append(batch(run, seq, events.to_vec())).await?;
        seq += events.len() as u64;
    }
    let mut times = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        let events = log.read(run, Seq::ZERO, 10_000).await?;
        let state = RunState::fold(events.iter().map(|envelope| &envelope.event))?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(state.seq(), Seq::new(seq));
    }
    show(&format!("recovery of {seq} events"), " ms", &mut times);
    Ok(())
}

/// Bytes of the file per step of five events.
async fn size(dir: &Path) -> Checked {
    let dir = dir.join("size");
    let store = Store::open(&dir)?;
    let mut seq = 0;
    let events = story::whole("weigh me", 2_000)?;
    for events in events.chunks(500) {
        store
            .log()
            .append(batch(story::run(1), seq, events.to_vec()))
            .await?;
        seq += events.len() as u64;
    }
    store.close().await?;
    let plan: usize = events
        .iter()
        .take(3)
        .map(|event| serde_json::to_string(event).unwrap_or_default().len())
        .sum();
    let file = usize::try_from(std::fs::metadata(dir.join("log.db"))?.len())?;
    println!(
        "log per step of 5 events: {} bytes (file {file} without the plan's {plan})",
        (file - plan) / 2_000
    );
    Ok(())
}

/// Folding a big log, and asking for the list of runs when nothing is new: in the same process, and
/// in one that has just started.
async fn projections(dir: &Path, events: u64) -> Checked {
    let dir = dir.join("projections");
    let store = Store::open(&dir)?;
    let story = story::whole("list me", 9)?;
    let runs = events / story.len() as u64;
    let log = store.log();
    let appends = (0..runs).map(|number| log.append(batch(story::run(number), 0, story.clone())));
    for answer in futures::future::join_all(appends).await {
        answer?;
    }
    let begun = Instant::now();
    let rebuilt = store.projections().rebuild().await?;
    let fold = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let verified = log.verify(None).await?;
    let check = begun.elapsed().as_secs_f64();
    assert_eq!(verified.damage, None);
    let mut lists = Vec::new();
    for _ in 0..25 {
        let begun = Instant::now();
        assert_eq!(store.projections().runs(50).await?.len(), 50);
        lists.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    store.close().await?;
    println!(
        "{} events: projections folded in {fold:.2} s, log verified in {check:.2} s",
        verified.events
    );
    show("list of runs, caught up", " ms", &mut lists);
    let mut cold = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        let store = Store::open(&dir)?;
        store.projections().runs(50).await?;
        cold.push(begun.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(store.projections().digest().await?, rebuilt);
        store.close().await?;
    }
    show("list of runs, opening included", " ms", &mut cold);
    Ok(())
}

/// One run of so many steps, five events each: what reading, folding, going to any of its events,
/// listing and checking it take, and appending to it in a process that has just started.
async fn one_long_run(dir: &Path, steps: u32) -> Checked {
    let dir = dir.join("long");
    let store = Store::open(&dir)?;
    let run = story::run(1);
    let events = story::whole("never ends", steps)?;
    let last = events.len() as u64;
    let mut seq = 0;
    let begun = Instant::now();
    for events in events.chunks(500) {
        store.log().append(batch(run, seq, events.to_vec())).await?;
        seq += events.len() as u64;
    }
    println!(
        "one run of {last} events: appended in {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    store.close().await?;
    let store = Store::open(&dir)?;
    let log = store.log();
    for (what, at) in [("a fifth", last / 5), ("half", last / 2), ("all", last)] {
        let (mut reads, mut folds) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let begun = Instant::now();
            let events = log.read(run, Seq::ZERO, usize::try_from(at)?).await?;
            reads.push(begun.elapsed().as_secs_f64() * 1_000.0);
            let begun = Instant::now();
            let state = RunState::fold(events.iter().map(|envelope| &envelope.event))?;
            folds.push(begun.elapsed().as_secs_f64() * 1_000.0);
            assert_eq!(state.seq(), Seq::new(at));
        }
        show(
            &format!("going to event {at} ({what}): reading"),
            " ms",
            &mut reads,
        );
        show(
            &format!("going to event {at} ({what}): folding"),
            " ms",
            &mut folds,
        );
    }
    let (mut pages, mut checks) = (Vec::new(), Vec::new());
    for round in 0..25 {
        let begun = Instant::now();
        let after = Seq::new(last * round / 25);
        assert!(!log.read(run, after, 50).await?.is_empty());
        pages.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    for run in [Some(run), None, None] {
        let begun = Instant::now();
        let verified = log.verify(run).await?;
        checks.push(begun.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!((verified.events, verified.damage), (last, None));
    }
    show("a page of 50 events anywhere", " ms", &mut pages);
    show("checking it", " ms", &mut checks);
    let begun = Instant::now();
    store.projections().rebuild().await?;
    println!(
        "list of runs, made anew: {:.0} ms",
        begun.elapsed().as_secs_f64() * 1_000.0
    );
    store.close().await?;
    Ok(())
}

fn rate(count: usize, span: Duration) -> f64 {
    count as f64 / span.as_secs_f64()
}

fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn show(what: &str, unit: &str, values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
    let ends = (
        values.first().copied().unwrap_or(0.0),
        values.last().copied().unwrap_or(0.0),
    );
    println!(
        "{what}: median {:.2}{unit}, min {:.2}{unit}, max {:.2}{unit}",
        middle(values),
        ends.0,
        ends.1
    );
}
