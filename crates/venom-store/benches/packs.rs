//! What the content store costs beside plain files and git: objects and bytes per second, size.
//!
//! `cargo bench -p venom-store --bench packs [-- --ci]`. The same objects, cut from this
//! repository's own sources, are stored by all. Ends with a failure if storing them takes more than
//! 0.3 of what `git hash-object -w` takes, or 0.55 of its space; without git it only shows.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its result")]

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use venom_store::Store;
use venom_testkit::conform::Checked;

const TIME_GOAL: f64 = 0.3;
const SPACE_GOAL: f64 = 0.55;

fn main() -> Checked<ExitCode> {
    let ci = std::env::args().any(|argument| argument == "--ci");
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let objects = objects(if ci { 3_000 } else { 10_000 })?;
    let total: usize = objects.iter().map(Vec::len).sum();
    println!("{} objects, {:.1} MB", objects.len(), total as f64 / 1e6);
    let show = |name: &str, took: Duration, space: u64| {
        let seconds = took.as_secs_f64();
        println!(
            "{name:32} {:7.0} ms {:9.0} objects/s {:7.1} MB/s {:7.1} MB on disk",
            seconds * 1e3,
            objects.len() as f64 / seconds,
            total as f64 / 1e6 / seconds,
            space as f64 / 1e6
        );
    };

    let sources = dir.path().join("sources");
    write_plain(&sources, &objects, Flush::Never)?;
    let (took, space) = best(dir.path(), "packs", |folder| packs(folder, &objects))?;
    show("packs, one flush", took, space);
    let ours = (took, space);
    let again = Instant::now();
    packs(&dir.path().join("packs-0"), &objects)?;
    show("packs, the same again", again.elapsed(), space);
    reading(&dir.path().join("packs-0"), &objects)?;
    let each = &objects[..objects.len() / 20];
    one_by_one(&dir.path().join("each"), each)?;

    let (took, space) = best(dir.path(), "plain", |folder| {
        write_plain(folder, &objects, Flush::Never)
    })?;
    show("plain files, no flush", took, space);
    let begun = Instant::now();
    let flushed = dir.path().join("flushed");
    write_plain(&flushed, each, Flush::Each)?;
    let rate = each.len() as f64 / begun.elapsed().as_secs_f64();
    println!("plain files, each flushed        {rate:9.0} objects/s");

    let Some((took, space)) = git(dir.path(), &sources, objects.len())? else {
        println!("git is not there; nothing to compare with");
        return Ok(ExitCode::SUCCESS);
    };
    show("git hash-object -w", took, space);
    let time = ours.0.as_secs_f64() / took.as_secs_f64();
    let place = ours.1 as f64 / space as f64;
    println!("packs/git: time {time:.2} (goal {TIME_GOAL}), space {place:.2} (goal {SPACE_GOAL})");
    if time > TIME_GOAL || place > SPACE_GOAL {
        println!("FAILED: above the goal");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Cuts this repository's sources into as many different objects as are wanted.
fn objects(count: usize) -> Checked<Vec<Vec<u8>>> {
    let mut sources = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push(path);
            }
        }
    }
    sources.sort();
    let texts: Vec<Vec<u8>> = sources
        .iter()
        .map(std::fs::read)
        .collect::<Result<_, _>>()?;
    let objects = (0..count).filter_map(|number| {
        let text = texts.get(number % texts.len())?;
        let mut object = format!("// {number}\n").into_bytes();
        // Another stretch of the same file each time round.
        let skip = (number / texts.len() * 977) % text.len().max(1);
        object.extend(text.iter().skip(skip));
        Some(object)
    });
    Ok(objects.collect())
}

/// Does it three times in fresh folders and returns the best time.
fn best(dir: &Path, name: &str, work: impl Fn(&Path) -> Checked<()>) -> Checked<(Duration, u64)> {
    let mut best = Duration::MAX;
    let mut space = 0;
    for round in 0..3 {
        let folder = dir.join(format!("{name}-{round}"));
        let begun = Instant::now();
        work(&folder)?;
        best = best.min(begun.elapsed());
        space = blocks(&folder)?;
    }
    Ok((best, space))
}

fn packs(folder: &Path, objects: &[Vec<u8>]) -> Checked<()> {
    let store = Store::open(folder)?;
    let packs = store.objects();
    // As a snapshot does it: two threads read and write, one flush at the end.
    let (one, two) = objects.split_at(objects.len() / 2);
    std::thread::scope(|scope| {
        let threads = [one, two].map(|half| {
            let packs = &packs;
            scope.spawn(move || {
                half.iter()
                    .try_for_each(|object| packs.write(object).map(drop))
            })
        });
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or(Ok(())))
    })?;
    packs.sync()?;
    Ok(())
}

fn reading(folder: &Path, objects: &[Vec<u8>]) -> Checked<()> {
    let store = Store::open(folder)?;
    let packs = store.objects();
    let begun = Instant::now();
    packs.holds(&packs.id_of(b"no such thing"))?;
    println!(
        "first look                       {:7.2} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let begun = Instant::now();
    for object in objects {
        packs.read(&packs.id_of(object))?;
    }
    let rate = objects.len() as f64 / begun.elapsed().as_secs_f64();
    println!("reading                          {rate:9.0} objects/s");
    Ok(())
}

fn one_by_one(folder: &Path, objects: &[Vec<u8>]) -> Checked<()> {
    let store = Store::open(folder)?;
    let packs = store.objects();
    let begun = Instant::now();
    for object in objects {
        packs.write(object)?;
        packs.sync()?;
    }
    let rate = objects.len() as f64 / begun.elapsed().as_secs_f64();
    println!("packs, each flushed              {rate:9.0} objects/s");
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Never,
    Each,
}

fn write_plain(folder: &Path, objects: &[Vec<u8>], flush: Flush) -> Checked<()> {
    std::fs::create_dir(folder)?;
    for (number, object) in objects.iter().enumerate() {
        let mut file = File::create(folder.join(number.to_string()))?;
        file.write_all(object)?;
        if flush == Flush::Each {
            file.sync_all()?;
        }
    }
    Ok(())
}

/// Stores the files with git, as it does by default; `None` if it is not there.
fn git(dir: &Path, sources: &Path, count: usize) -> Checked<Option<(Duration, u64)>> {
    let mut best = Duration::MAX;
    let mut space = 0;
    for round in 0..2 {
        let folder = dir.join(format!("git-{round}"));
        let made = Command::new("git")
            .args(["init", "--quiet"])
            .arg(&folder)
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        let begun = Instant::now();
        let mut git = Command::new("git")
            .args(["hash-object", "-w", "--stdin-paths"])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut paths = git.stdin.take().ok_or("no input")?;
        for number in 0..count {
            writeln!(paths, "{}", sources.join(number.to_string()).display())?;
        }
        drop(paths);
        if !git.wait()?.success() {
            return Err("git failed".into());
        }
        best = best.min(begun.elapsed());
        space = blocks(&folder.join(".git/objects"))?;
    }
    Ok(Some((best, space)))
}

/// Returns how much a folder takes on the disk.
fn blocks(folder: &Path) -> Checked<u64> {
    let mut total = 0;
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let metadata = entry?;
            if metadata.file_type()?.is_dir() {
                folders.push(metadata.path());
            } else {
                total += metadata.metadata()?.blocks() * 512;
            }
        }
    }
    Ok(total)
}
