//! Damage of all kinds, done to a log of several runs; whatever was not hit is what it was.

use std::collections::BTreeMap;

use venom_testkit::conform::story::{batch, paused, planned, run, stepped, whole};

use super::*;
use venom_ports::api::archive::{Contents, Redaction};
use venom_ports::api::time::Moment;

use crate::Store;
use crate::archive::trust::Trusted;
use crate::sqlite::connection;

type Checked<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How often a log is damaged. What was asked for is 200.
const SEEDS: u64 = 240;

/// An event as it is stored: position, time, text, hash, sealed text.
type Row = (i64, i64, String, Vec<u8>, Option<Vec<u8>>);

/// Small random numbers that are the same in each run of the test (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        usize::try_from(drawn % end.max(1) as u64).unwrap()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

/// Writes runs whose events lie between each other, one of them with texts longer than a page.
fn written(data: &Path) -> Checked {
    let store = Store::open(data)?;
    let log = store.log();
    runtime().block_on(async {
        log.append(batch(run(1), 0, planned("the first", 40)?))
            .await?;
        for step in 1..=12_u32 {
            let after = 3 + 5 * (u64::from(step) - 1);
            log.append(batch(run(1), after, stepped(step, 7)?)).await?;
            let goal = format!(
                "goal {step} {}",
                "with long words ".repeat(if step > 8 { step as usize * 60 } else { 1 })
            );
            let other = whole(&goal, 3)?;
            log.append(batch(run(10 + u64::from(step)), 0, other))
                .await?;
        }
        log.append(batch(run(1), 63, vec![paused()])).await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    runtime().block_on(store.close())?;
    Ok(())
}

fn rows(log: &Path) -> Checked<BTreeMap<RunId, Vec<Row>>> {
    let reader = connection::reader(log)?;
    let mut statement = reader.prepare(
        "SELECT run.uid, ev.rseq, ts, body, ev.hash, sealed FROM ev JOIN run ON run.id = ev.run ORDER BY ev.run, ev.rseq",
    )?;
    let mut all: BTreeMap<RunId, Vec<Row>> = BTreeMap::new();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let event = (
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
        );
        all.entry(crate::sqlite::run_of(row.get(0)?))
            .or_default()
            .push(event);
    }
    Ok(all)
}

/// Damages bytes; returns the ranges that were hit.
fn wound(bytes: &mut Vec<u8>, dice: &mut Dice) -> Vec<std::ops::Range<usize>> {
    let mut hit = Vec::new();
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => {
                let bit = 1 << dice.below(8);
                bytes[at] ^= bit;
                hit.push(at..at + 1);
            }
            1 => {
                let end = (at + 1 + dice.below(9_000)).min(bytes.len());
                bytes[at..end].fill(0);
                hit.push(at..end);
            }
            2 => {
                let end = (at + 1 + dice.below(300)).min(bytes.len());
                for byte in &mut bytes[at..end] {
                    *byte = u8::try_from(dice.below(256)).unwrap();
                }
                hit.push(at..end);
            }
            3 => {
                // The head of a page: its kind, its counts, its pointers.
                let page = at / 4_096 * 4_096;
                let end = (page + 12).min(bytes.len());
                bytes[page..end].fill(0xff);
                hit.push(page..end);
            }
            4 if at > bytes.len() / 3 => {
                hit.push(at..bytes.len());
                bytes.truncate(at);
            }
            _ => {
                // The first page: what the file is, and its tables.
                let end = 4_096.min(bytes.len());
                bytes[..end].fill(0x55);
                hit.push(0..end);
            }
        }
    }
    hit
}

/// Where the rows of each run stand, from before their heads to behind their hashes. Runs with rows
/// that go on on other pages are left out.
fn places(
    bytes: &[u8],
    whole: &BTreeMap<RunId, Vec<Row>>,
) -> BTreeMap<RunId, Vec<std::ops::Range<usize>>> {
    /// Longer than the head of any row.
    const HEAD: usize = 64;
    whole
        .iter()
        .filter(|(_, events)| events.iter().all(|(_, _, body, _, _)| body.len() < 3_000))
        .map(|(run, events)| {
            let places = events.iter().flat_map(|(_, _, body, hash, _)| {
                let needle = [body.as_bytes(), hash.as_slice()].concat();
                all_of(bytes, &needle)
                    .map(|at| at.saturating_sub(HEAD)..at + needle.len())
                    .collect::<Vec<_>>()
            });
            (*run, places.collect())
        })
        .collect()
}

fn all_of<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    // Hashes are rare, first bytes of texts are not: they are compared from the end.
    let last = needle[needle.len() - 1];
    (needle.len()..=bytes.len())
        .filter(move |end| bytes[end - 1] == last && bytes[..*end].ends_with(needle))
        .map(move |end| end - needle.len())
}

#[test]
fn whatever_is_damaged_the_rest_is_what_it_was() -> Checked {
    let original = tempfile::tempdir()?;
    written(&original.path().join("data"))?;
    let bytes = fs::read(original.path().join("data/log.db"))?;
    let whole = rows(&original.path().join("data/log.db"))?;
    let places = places(&bytes, &whole);
    assert!(places.len() > 5 && places.len() < whole.len());
    let untouched = |wounded: &[u8], hit: &[std::ops::Range<usize>]| -> Vec<RunId> {
        let is_free = |place: &std::ops::Range<usize>| {
            hit.iter()
                .all(|range| range.end <= place.start || range.start >= place.end)
        };
        places
            .iter()
            .filter(|(run, places)| {
                places.iter().all(is_free) && {
                    // A run of which nothing tells what it is called cannot be told from another.
                    let uid = crate::sqlite::uid(**run);
                    all_of(wounded, &uid).next().is_some()
                }
            })
            .map(|(run, _)| *run)
            .collect()
    };
    let (mut lost, mut kept, mut hopeless, mut compared) = (0_u64, 0_u64, 0_u64, 0_u64);
    // Each seed flushes ten times, which is not what is tested here.
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    for seed in 1..=SEEDS {
        let home = tempfile::tempdir_in(&base)?;
        let data = home.path().join("data");
        fs::create_dir(&data)?;
        let mut wounded = bytes.clone();
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let hit = wound(&mut wounded, &mut dice);
        fs::write(data.join("log.db"), &wounded)?;
        let mended = match mend(&data) {
            Ok(mended) => mended,
            Err(failure) => {
                assert_eq!(
                    failure.kind,
                    FailureKind::Corrupt,
                    "seed {seed}: {failure:?}"
                );
                assert!(untouched(&wounded, &hit).is_empty(), "seed {seed}: {hit:?}");
                assert_eq!(fs::read(data.join("log.db"))?, wounded, "seed {seed}");
                hopeless += 1;
                continue;
            }
        };
        // Aside lies what was there.
        assert_eq!(
            fs::read(mended.aside.join("log.db"))?,
            wounded,
            "seed {seed}"
        );
        let store = Store::open(&data)?;
        let verified = runtime().block_on(store.log().verify(None))?;
        assert_eq!(verified.damage, None, "seed {seed}: {hit:?}");
        assert_eq!(verified.events, mended.examined.events, "seed {seed}");
        runtime().block_on(store.close())?;
        let now = rows(&data.join("log.db"))?;
        for (run, events) in &now {
            let before = &whole[run];
            assert_eq!(
                events.as_slice(),
                &before[..events.len()],
                "seed {seed}: {run}"
            );
            kept += events.len() as u64;
        }
        for run in untouched(&wounded, &hit) {
            assert_eq!(
                now.get(&run),
                whole.get(&run),
                "seed {seed}: {run}, {hit:?}"
            );
            compared += 1;
        }
        // Whatever is not there is listed, as far as anything tells of it.
        for left in &mended.examined.runs {
            let there = now.get(&left.run).map_or(0, Vec::len) as u64;
            assert_eq!(left.kept.number(), there, "seed {seed}");
            let listed = mended
                .examined
                .lost
                .iter()
                .filter(|event| event.run == Some(left.run));
            assert_eq!(
                listed.count() as u64,
                left.until.number() - there,
                "seed {seed}"
            );
        }
        lost += mended.examined.lost.len() as u64;
    }
    assert!(
        kept > 0 && lost > 0 && compared > 500,
        "{kept} {lost} {compared} {hopeless}"
    );
    Ok(())
}

#[test]
fn what_was_committed_and_not_folded_in_is_found() -> Checked {
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    let store = Store::open(&data)?;
    runtime().block_on(async {
        store
            .log()
            .append(batch(run(1), 0, whole("one", 2)?))
            .await?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    })?;
    let (main, wal) = (
        fs::read(data.join("log.db"))?,
        fs::read(data.join("log.db-wal"))?,
    );
    drop(store);
    let other = home.path().join("other");
    fs::create_dir(&other)?;
    // The file itself is lost altogether.
    fs::write(other.join("log.db"), vec![0; main.len()])?;
    fs::write(other.join("log.db-wal"), &wal)?;
    let mended = mend(&other)?;
    assert!(mended.examined.lost.is_empty(), "{:?}", mended.examined);
    assert_eq!(mended.examined.runs.len(), 1);
    assert!(mended.examined.runs[0].is_whole());
    assert_eq!(fs::read(mended.aside.join("log.db-wal"))?, wal);
    Ok(())
}

#[test]
fn a_repair_that_was_cut_off_is_finished() -> Checked {
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    written(&data)?;
    let good = fs::read(data.join("log.db"))?;
    let before = rows(&data.join("log.db"))?;
    let mut bad = good;
    let half = bad.len() / 2;
    bad[half..half + 40].fill(0);
    fs::write(data.join("log.db"), &bad)?;
    let first = mend(&data)?;
    let mended = fs::read(data.join("log.db"))?;
    // As if it had been killed before the names changed, with a write-ahead log still there.
    fs::write(data.join("log.db"), &bad)?;
    fs::write(data.join("log.db-wal"), b"belongs to the old file")?;
    fs::write(data.join(WHOLE), &mended)?;
    let refused = Store::open(&data).err().map(|failure| failure.kind);
    assert_eq!(
        refused,
        Some(FailureKind::Corrupt),
        "nobody writes in between"
    );
    let second = mend(&data)?;
    assert_eq!(second.examined.runs, first.examined.runs);
    assert_eq!(fs::read(data.join("log.db"))?, mended);
    assert!(!data.join(WHOLE).exists() && !data.join("log.db-wal").exists());
    assert!(rows(&data.join("log.db"))?.len() <= before.len());
    Ok(())
}

#[test]
fn a_repair_is_remembered_until_its_runs_say_what_they_lost() -> Checked {
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    written(&data)?;
    assert_eq!(unsaid(&data)?, None);
    let hash = rows(&data.join("log.db"))?[&run(1)][10].3.clone();
    let mut bad = fs::read(data.join("log.db"))?;
    for at in all_of(&bad.clone(), &hash) {
        bad[at] ^= 1;
    }
    fs::write(data.join("log.db"), &bad)?;
    let mended = mend(&data)?;
    assert!(!mended.examined.lost.is_empty());
    assert_eq!(unsaid(&data)?, Some(mended));
    said(&data)?;
    assert_eq!(unsaid(&data)?, None);
    // A path in its place leads nowhere.
    fs::write(data.join(UNSAID), "../../elsewhere")?;
    assert!(unsaid(&data).is_ok_and(|last| last.is_none_or(|last| last.examined.runs.is_empty())));
    Ok(())
}

#[test]
fn imported_runs_are_brought_over_with_what_they_came_with() -> Checked {
    let home = tempfile::tempdir()?;
    let (away, data) = (home.path().join("away"), home.path().join("data"));
    let file = home.path().join("run.venom");
    written(&away)?;
    let store = Store::open(&away)?;
    let mut sink = File::create(&file)?;
    let archives = store.archives(Trusted::default());
    archives.export(
        &Moment {
            run: run(15),
            at: None,
        },
        Contents::All,
        &Redaction::default(),
        &mut sink,
    )?;
    runtime().block_on(store.close())?;
    drop(archives);

    let theirs = RunId::new(77, 77);
    let store = Store::open(&data)?;
    runtime().block_on(store.log().append(batch(theirs, 0, whole("ours", 2)?)))?;
    assert!(!store.archives(Trusted::default()).import(&file)?.was_here);
    runtime().block_on(store.close())?;
    let before = rows(&data.join("log.db"))?;
    let mut bytes = fs::read(data.join("log.db"))?;
    bytes[..4_096].fill(0x55);
    fs::write(data.join("log.db"), &bytes)?;
    let mended = mend(&data)?;
    assert!(mended.examined.lost.is_empty(), "{:?}", mended.examined);
    assert_eq!(rows(&data.join("log.db"))?, before);
    let store = Store::open(&data)?;
    let archives = store.archives(Trusted::default());
    assert!(
        archives
            .origin(run(15))?
            .is_some_and(|origin| origin.time > 0)
    );
    assert_eq!(archives.origin(theirs)?, None);
    assert!(archives.import(&file)?.was_here, "nothing of it is missing");
    drop(archives);
    let log = store.log();
    let more = runtime().block_on(log.append(batch(run(15), 9, vec![paused()])));
    assert!(more.is_err(), "it is still somebody else's");
    runtime().block_on(store.close())?;
    Ok(())
}

#[test]
fn an_encrypted_log_is_not_mended_into_one_that_nobody_can_read() -> Checked {
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    let sources = keys::Sources {
        folder: Some(home.path().join("keys")),
        ..keys::Sources::default()
    };
    keys::create(&sources, &keys::Made::Random)?;
    let protection = Protection {
        mode: None,
        sources,
    };
    let store = Store::open_protected(&data, &protection)?;
    runtime().block_on(store.log().append(batch(run(1), 0, whole("secret", 3)?)))?;
    runtime().block_on(store.close())?;
    let log = data.join("log.db");
    let good = fs::read(&log)?;
    let (mark, wrapped): (Vec<u8>, Vec<u8>) = connection::reader(&log)?.query_row(
        "SELECT master, wrapped FROM keyring, key WHERE kind = 'blobs'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let without = |lost: &[&Vec<u8>]| {
        let mut bad = good.clone();
        for page in bad.chunks_mut(4_096) {
            let is_hit = |lost: &&Vec<u8>| page.windows(lost.len()).any(|at| at == lost.as_slice());
            if lost.iter().any(is_hit) {
                page.fill(0);
            }
        }
        // The seals do not fit any more, either.
        bad[100..110].fill(0xff);
        bad
    };
    let both = without(&[&mark, &wrapped]);
    fs::write(&log, &both)?;
    for protection in [&Protection::default(), &protection] {
        let failure = mend_protected(&data, protection).err().ok_or("a repair")?;
        assert_eq!(failure.kind, FailureKind::Corrupt);
        assert!(failure.hint.is_some_and(|hint| hint.contains("copy")));
        assert_eq!(fs::read(&log)?, both);
        assert!(!data.join("aside").exists());
    }
    fs::write(&log, without(&[&mark]))?;
    assert!(
        mend(&data).is_err(),
        "nobody can say which master key it was"
    );
    let mended = mend_protected(&data, &protection)?;
    assert!(mended.examined.lost.is_empty(), "{:?}", mended.examined);
    let store = Store::open_protected(&data, &protection)?;
    let read = runtime().block_on(store.log().read(run(1), Seq::ZERO, 10))?;
    assert!(!read.is_empty());
    runtime().block_on(store.close())?;
    Ok(())
}
