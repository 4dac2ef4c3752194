//! What memory costs and finds: search at 10,000 and 100,000 episodes, the scan of vectors beside comparing
//! all of them, and recall on conversations with questions.
//!
//! `cargo bench -p venom-store --bench memory [-- --ci] [--data FILE] [--chroma URL] [--most N]`. FILE is a JSON
//! object with `turns` (conversation, turn, "Speaker: text", date) and `questions` (conversation, question,
//! turns that answer it, category), or a folder with `locomo_dev.json`. With `--chroma`, a `ChromaDB` server is
//! asked for the nearest of the same vectors in the same run. Ends with a failure if the scan finds less than
//! 0.98 of what comparing all vectors finds.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its result")]

#[path = "memory/chroma.rs"]
mod chroma;
#[path = "memory/questions.rs"]
mod questions;
#[path = "memory/texts.rs"]
mod texts;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use venom_kernel::memory::Trust;
use venom_kernel::time::Timestamp;
use venom_mind::embed::{self, Words};
use venom_mind::recall::vectors::{Code, Flat, turn};
use venom_ports::memory::episodes::{Asked, Note};
use venom_store::Store;
use venom_testkit::conform::Checked;

/// What the scan must find of what comparing all vectors finds.
const RECALL: f64 = 0.98;

fn main() -> Checked<ExitCode> {
    let args: Vec<String> = std::env::args().collect();
    let after = |flag: &str| {
        let at = args.iter().position(|arg| arg == flag)?;
        args.get(at + 1).cloned()
    };
    let ci = args.iter().any(|arg| arg == "--ci");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    if let Some(data) = after("--data") {
        runtime.block_on(questions::measure(data.as_ref()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let most: usize = match after("--most") {
        Some(number) => number.parse()?,
        None if ci => 10_000,
        None => 100_000,
    };
    let mut sizes = vec![10_000];
    if most > 10_000 {
        sizes.push(most);
    }
    let mut is_good = true;
    for size in sizes {
        is_good &= scan(size, after("--chroma").as_deref())?;
        runtime.block_on(search(size))?;
    }
    Ok(if is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Measures the scan of vectors alone, beside comparing all, and beside a server.
fn scan(size: usize, chroma: Option<&str>) -> Checked<bool> {
    let words = Words::embedded()?;
    let asked: Vec<Vec<f32>> = (0..200)
        .filter_map(|at| words.embed(&texts::question(at)))
        .collect();
    let all: Vec<Vec<f32>> = (0..size)
        .filter_map(|at| words.embed(&texts::text(at)))
        .collect();
    let mut flat = Flat::default();
    for one in &all {
        flat.push(Some(&Code::of(one)));
    }
    let mut truth = Vec::new();
    let mut times = Vec::new();
    for question in &asked {
        let begun = Instant::now();
        let mut exact: Vec<(usize, f32)> = all
            .iter()
            .enumerate()
            .map(|(at, one)| (at, embed::dot(one, question)))
            .collect();
        exact.select_nth_unstable_by(9, |a, b| b.1.total_cmp(&a.1));
        exact.truncate(10);
        times.push(begun.elapsed());
        exact.sort_by(|a, b| b.1.total_cmp(&a.1));
        truth.push(exact);
    }
    show(&format!("{size}: comparing all, f32"), &mut times);
    // As a search does: some more than are wanted, and the true vectors for those.
    let mut times = Vec::new();
    let mut found = 0;
    for (question, truth) in asked.iter().zip(&truth) {
        let begun = Instant::now();
        let mut turned = question.clone();
        turn(&mut turned);
        let mut near: Vec<(usize, f32)> = flat
            .nearest(&turned, 40, |_| true)
            .into_iter()
            .map(|(at, _)| (at, all.get(at).map_or(0.0, |one| embed::dot(one, question))))
            .collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        near.truncate(10);
        times.push(begun.elapsed());
        found += hits(truth, near.iter().map(|(at, _)| *at), &all, question);
    }
    let recall = found as f64 / (10 * asked.len()) as f64;
    let ours = show(&format!("{size}: scan, bits then bytes"), &mut times);
    println!(
        "{size}: recall@10 of the scan {recall:.4}, {:.0} bytes a vector",
        flat.bytes() as f64 / size as f64
    );
    if let Some(url) = chroma {
        let server = chroma::Server::begin(url)?;
        let added = server.add(&all)?;
        println!("{size}: ChromaDB added in {added:.1?}");
        let mut times = Vec::new();
        let mut found = 0;
        for (question, truth) in asked.iter().zip(&truth) {
            let begun = Instant::now();
            let near = server.query(question)?;
            times.push(begun.elapsed());
            found += hits(truth, near.into_iter(), &all, question);
        }
        let theirs = show(&format!("{size}: ChromaDB, over HTTP"), &mut times);
        println!(
            "{size}: recall@10 of ChromaDB {:.4}; QPS ours/theirs {:.1}",
            found as f64 / (10 * asked.len()) as f64,
            theirs.as_secs_f64() / ours.as_secs_f64()
        );
        server.end()?;
    }
    if recall < RECALL {
        println!("FAILED: the scan finds less than {RECALL}");
    }
    Ok(recall >= RECALL)
}

/// Counts what was found; one that is as near as the last of the ten counts, whichever it is.
fn hits(
    truth: &[(usize, f32)],
    found: impl Iterator<Item = usize>,
    all: &[Vec<f32>],
    question: &[f32],
) -> usize {
    let last = truth.last().map_or(0.0, |(_, product)| *product);
    found
        .filter(|at| {
            all.get(*at)
                .is_some_and(|one| embed::dot(one, question) >= last - 1e-6)
        })
        .count()
        .min(10)
}

/// Measures the whole search through the port, over a real data folder.
async fn search(size: usize) -> Checked<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let data = dir.path().join("data");
    let store = Store::open(&data)?;
    let episodes = store.episodes();
    let begun = Instant::now();
    for from in (0..size).step_by(2_000) {
        let notes: Vec<Note> = (from..size.min(from + 2_000)).map(texts::note).collect();
        episodes
            .add(notes, "bench", Timestamp::from_micros(0))
            .await?;
    }
    let told = begun.elapsed();
    let stats = episodes.stats().await?;
    let all = begun.elapsed();
    println!(
        "{size}: added in {told:.1?}, in the index after {all:.1?} ({:.0} a second); index {:.1} MB, files {:.1} MB",
        size as f64 / all.as_secs_f64(),
        stats.index_bytes as f64 / 1e6,
        bytes(&data)? as f64 / 1e6,
    );
    let ask = |at: usize| Asked {
        words: texts::question(at),
        now: Timestamp::from_micros(0),
        offset: 0,
        since: None,
        until: None,
        speaker: None,
        thread: None,
        limit: 10,
    };
    let mut times = Vec::new();
    for at in 0..300 {
        let begun = Instant::now();
        let found = episodes.search(ask(at)).await?;
        times.push(begun.elapsed());
        if found.hits.is_empty() {
            return Err("a search found nothing".into());
        }
    }
    show(&format!("{size}: whole search, warm"), &mut times);
    let added = texts::note(size);
    let begun = Instant::now();
    episodes
        .add(vec![added], "bench", Timestamp::from_micros(0))
        .await?;
    let found = episodes.search(ask(size)).await?;
    println!(
        "{size}: one more added and a search after it {:.1?} ({} searched)",
        begun.elapsed(),
        found.searched
    );
    drop(episodes);
    store.close().await?;
    let begun = Instant::now();
    let store = Store::open(&data)?;
    store.episodes().search(ask(1)).await?;
    println!(
        "{size}: first search of a new process {:.1?}",
        begun.elapsed()
    );
    store.close().await?;
    Ok(())
}

fn bytes(folder: &std::path::Path) -> Checked<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?.metadata()?;
        if entry.is_file() {
            sum += entry.len();
        }
    }
    Ok(sum)
}

/// Prints the middle and the hundredth worst, and returns the mean.
fn show(name: &str, times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    let mean = times.iter().sum::<Duration>() / u32::try_from(times.len().max(1)).unwrap_or(1);
    println!(
        "{name}: p50 {:.2?}, p99 {:.2?}, {:.0} a second",
        at(50),
        at(99),
        1.0 / mean.as_secs_f64().max(1e-9)
    );
    mean
}

/// Makes a note of a text.
fn noted(text: String, speaker: String, thread: String, time: i64) -> Note {
    Note {
        id: None,
        time: Timestamp::from_micros(time),
        speaker,
        text,
        thread: Some(thread),
        trust: Trust::User,
        is_pinned: false,
    }
}
