//! Processes that are killed while they store blobs and while they collect: what was acknowledged
//! and is needed is there, and the next process goes on.
//!
//! The test starts its own binary as the processes to be killed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use venom_kernel::digest::BlobId;
use venom_ports::FailureKind;
use venom_store::Store;
use venom_store::pack::care::{Collect, Kept, Living};
use venom_testkit::conform::Checked;

use crate::fixture::Home;

const FOLDER: &str = "VENOM_STORE_TEST_BLOBS";

#[expect(
    clippy::disallowed_methods,
    reason = "how the test tells its child that it is one"
)]
fn folder() -> Option<OsString> {
    std::env::var_os(FOLDER)
}

fn content(number: u64) -> Vec<u8> {
    let length = usize::try_from(number % 5_000).unwrap_or(0) + 20;
    let mut bytes = vec![0; length];
    blake3::Hasher::new()
        .update(&number.to_le_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

fn say(what: &str) -> Checked {
    let mut out = std::io::stdout();
    writeln!(out, "{what}")?;
    out.flush()?;
    Ok(())
}

/// Needs the blobs of every fifth number.
struct Fifths<'a>(&'a Store);

const OLD: u64 = 3_000;

impl Living for Fifths<'_> {
    fn roots(&self) -> venom_ports::Result<Vec<Kept>> {
        let objects = self.0.objects();
        let numbers = (0..OLD).step_by(5);
        Ok(numbers
            .map(|number| Kept::Leaf(objects.id_of(&content(number))))
            .collect())
    }

    fn children(&self, _: &BlobId) -> venom_ports::Result<Vec<Kept>> {
        Ok(Vec::new())
    }
}

/// Stores blobs without end and says which are durable. Every other one is an old one.
#[test]
fn writer() -> Checked {
    let Some(folder) = folder() else {
        return Ok(());
    };
    let store = Store::open(&PathBuf::from(folder))?;
    let objects = store.objects();
    let first = u64::from(std::process::id()) * 1_000_000;
    for number in first.. {
        let old = number % OLD;
        objects.write(&content(number))?;
        objects.write(&content(old))?;
        if number % 3 == 0 {
            objects.sync()?;
            say(&format!("KEPT {number} {old}"))?;
        }
    }
    Ok(())
}

/// Collects without end, making dead objects in between.
#[test]
fn collector() -> Checked {
    let Some(folder) = folder() else {
        return Ok(());
    };
    let store = Store::open(&PathBuf::from(folder))?;
    let objects = store.objects();
    say("KEPT 0 0")?;
    for round in 0_u64.. {
        for number in 0..OLD {
            if (number + round) % 4 == 0 {
                objects.write(&content(number))?;
            }
        }
        store.blobs_settle()?;
        store.blobs_gc(&Fifths(&store), Collect::Remove)?;
        say("KEPT 0 0")?;
    }
    Ok(())
}

fn start(home: &Home, name: &str) -> Checked<Child> {
    Ok(Command::new(std::env::current_exe()?)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(FOLDER, home.data())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?)
}

/// Kills a child after it has said so much; returns all numbers that it acknowledged.
fn killed(child: &mut Child, lines: usize) -> Checked<BTreeSet<u64>> {
    let out = child.stdout.take().ok_or("no output")?;
    let mut kept = BTreeSet::new();
    let mut heard = 0;
    for line in BufReader::new(out).lines() {
        let line = line?;
        if let Some((_, numbers)) = line.split_once("KEPT ") {
            let (number, old) = numbers.split_once(' ').ok_or("half a line")?;
            kept.extend([number.parse::<u64>()?, old.parse()?]);
            heard += 1;
        }
        if heard == lines {
            child.kill()?;
        }
    }
    child.wait()?;
    if heard < lines {
        return Err("the child ended by itself".into());
    }
    Ok(kept)
}

fn all_there(home: &Home, numbers: &BTreeSet<u64>) -> Checked {
    let store = home.open()?;
    let objects = store.objects();
    for number in numbers {
        let id = objects.id_of(&content(*number));
        assert_eq!(objects.read(&id)?, content(*number), "{number}");
    }
    let checked = store.blobs_check()?;
    assert!(checked.is_whole(), "{checked:?}");
    Ok(())
}

#[test]
fn what_was_flushed_survives_a_kill_of_its_writer() -> Checked {
    let home = Home::new()?;
    let mut kept = BTreeSet::new();
    for lines in [1, 2, 9, 40, 150] {
        // Two write at the same time, and one is killed first.
        let mut other = start(&home, "blob_kill::writer")?;
        kept.extend(killed(&mut start(&home, "blob_kill::writer")?, lines)?);
        kept.extend(killed(&mut other, lines)?);
        all_there(&home, &kept)?;
    }
    let store = home.open()?;
    assert!(store.blobs_usage()?.packs <= 4, "packs are taken over");
    Ok(())
}

#[test]
fn what_is_needed_survives_kills_of_collections() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let objects = store.objects();
    for number in (0..OLD).step_by(5) {
        objects.write(&content(number))?;
    }
    objects.sync()?;
    let needed: BTreeSet<u64> = (0..OLD).step_by(5).collect();
    drop((objects, store));
    for lines in [1, 2, 3, 2, 1, 4] {
        let mut writer = start(&home, "blob_kill::writer")?;
        let mut collector = start(&home, "blob_kill::collector")?;
        killed(&mut collector, lines)?;
        // What a running process has stored is kept whatever is collected meanwhile; this one runs
        // until after the collector is gone.
        let mut expected = killed(&mut writer, 30)?;
        expected.extend(&needed);
        all_there(&home, &expected)?;
    }
    // And a collection that is let through leaves what is needed and nothing else.
    let store = home.open()?;
    let collected = store.blobs_gc(&Fifths(&store), Collect::Remove)?;
    assert_eq!((collected.live, collected.missing_count), (OLD / 5, 0));
    all_there(&home, &needed)?;
    let one = store.objects().id_of(&content(OLD + 1));
    let gone = store.objects().read(&one).map_err(|failure| failure.kind);
    assert_eq!(gone, Err(FailureKind::Missing));
    Ok(())
}
