//! Damage: whatever is changed behind the store's back is found, named, and never a panic.

use std::sync::OnceLock;

use proptest::prelude::*;
use venom_kernel::id::{RunId, Seq};
use venom_ports::log::{Damage, Verified};
use venom_ports::{Failure, FailureKind};
use venom_store::Store;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::run;

use crate::fixture::{Home, tamper, written};

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap_or_else(|_| {
                // Without a runtime none of these tests means anything.
                std::process::abort()
            })
    })
}

/// The bytes of one good log, and how many events it has.
fn good() -> Checked<&'static (Vec<u8>, u64)> {
    static GOOD: OnceLock<(Vec<u8>, u64)> = OnceLock::new();
    if let Some(good) = GOOD.get() {
        return Ok(good);
    }
    let home = Home::new()?;
    let events = runtime().block_on(written(&home))?;
    let bytes = std::fs::read(home.file("log.db"))?;
    Ok(GOOD.get_or_init(|| (bytes, events)))
}

/// A home with these bytes as its log.
fn home_of(bytes: &[u8]) -> Checked<Home> {
    let home = Home::new()?;
    std::fs::create_dir(home.data())?;
    std::fs::write(home.file("log.db"), bytes)?;
    Ok(home)
}

fn check(home: &Home, run: Option<RunId>) -> Result<Verified, Failure> {
    let store = Store::open(&home.data())?;
    runtime().block_on(async {
        let verified = store.log().verify(run).await;
        store.close().await?;
        verified
    })
}

/// Tampers with a good log by SQL and returns what the check says.
fn tampered(sql: &str) -> Checked<(Home, Verified)> {
    let home = home_of(&good()?.0)?;
    let connection = tamper(&home.file("log.db"))?;
    connection.execute_batch(sql)?;
    drop(connection);
    let verified = check(&home, None)?;
    Ok((home, verified))
}

/// Run and position of an event by its place in the whole log.
fn event_at(global: u64) -> Checked<(RunId, Seq)> {
    let home = home_of(&good()?.0)?;
    let connection = tamper(&home.file("log.db"))?;
    let (uid, seq): ([u8; 16], i64) = connection.query_row(
        "SELECT run.uid, ev.rseq FROM ev JOIN run ON run.id = ev.run WHERE ev.seq = ?1",
        [i64::try_from(global)?],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let bits = u128::from_be_bytes(uid);
    Ok((
        RunId::new(u64::try_from(bits >> 80)?, bits),
        Seq::new(u64::try_from(seq)?),
    ))
}

#[test]
fn a_good_log_is_good() -> Checked {
    let (bytes, events) = good()?;
    let verified = check(&home_of(bytes)?, None)?;
    assert_eq!(verified.damage, None);
    assert_eq!((verified.events, verified.runs), (*events, 5));
    assert!(
        verified.seals >= 4,
        "each finished run and the close leave a seal: {verified:?}"
    );
    Ok(())
}

#[test]
fn each_part_of_an_event_is_covered_and_the_event_is_named() -> Checked {
    // The last event of all has no follower that would notice; the heads must.
    for global in [1, 2, 30, good()?.1] {
        let (run, seq) = event_at(global)?;
        for change in [
            "body = body || ' '",
            "body = ''",
            "body = replace(body, '\"type\"', '\"tYpe\"')",
            "ts = ts + 1",
            "ts = -ts",
            "cause = 1",
            "cause = 0",
            "schema = schema + 1",
            "hash = zeroblob(32)",
        ] {
            let (home, verified) =
                tampered(&format!("UPDATE ev SET {change} WHERE seq = {global}"))?;
            let damage = verified
                .damage
                .ok_or_else(|| format!("{change} at {global} not found"))?;
            assert_eq!(
                (damage.run, damage.seq),
                (Some(run), Some(seq)),
                "{change}: {damage:?}"
            );
            let one = check(&home, Some(run))?.damage;
            assert_eq!(
                one.and_then(|damage| damage.seq),
                Some(seq),
                "{change} at {global}"
            );
        }
    }
    Ok(())
}

#[test]
fn every_other_wrong_is_found() -> Checked {
    let last = good()?.1;
    let tail = format!("DELETE FROM ev WHERE seq > {}", last - 3);
    for sql in [
        // Losses.
        "DELETE FROM ev WHERE seq = 1",
        "DELETE FROM ev WHERE seq = 20",
        tail.as_str(),
        "DELETE FROM ev",
        "DELETE FROM ev WHERE run = 2",
        "DELETE FROM ev WHERE run = 2; DELETE FROM run WHERE id = 2",
        "DELETE FROM run WHERE id = 2",
        // A tail that was cut by somebody who knows of the runs' heads.
        "DELETE FROM ev WHERE seq = (SELECT max(seq) FROM ev);
         UPDATE run SET rseq = (SELECT max(rseq) FROM ev WHERE run = run.id),
           hash = (SELECT hash FROM ev WHERE run = run.id ORDER BY rseq DESC LIMIT 1)",
        // Swaps.
        "UPDATE ev SET seq = 0 WHERE seq = 4; UPDATE ev SET seq = 4 WHERE seq = 5;
         UPDATE ev SET seq = 5 WHERE seq = 0",
        "UPDATE ev SET body = (SELECT body FROM ev WHERE seq = 8) WHERE seq = 7",
        "UPDATE ev SET rseq = -rseq WHERE run = 1; UPDATE ev SET rseq = 20 + rseq WHERE run = 1",
        "UPDATE ev SET run = 1, rseq = 100 WHERE seq = 8",
        "UPDATE run SET uid = zeroblob(16) WHERE id = 1",
        // Additions.
        "INSERT INTO ev SELECT (SELECT max(seq) + 1 FROM ev), run, 20, ts, cause, schema, body, hash, sealed, origin
           FROM ev WHERE run = 1 AND rseq = 19",
        "UPDATE ev SET seq = seq + 1000 WHERE seq > 20",
        "INSERT INTO run VALUES(99, x'00112233445566778899aabbccddeeff', 0, zeroblob(32))",
        "INSERT INTO run VALUES(99, x'00112233445566778899aabbccddeeff', 7, zeroblob(32))",
        // Seals and heads.
        "UPDATE seal SET root = zeroblob(32) WHERE no = 2",
        "UPDATE seal SET last = last + 1 WHERE no = 1",
        "UPDATE seal SET first = first + 1 WHERE no = 2",
        "UPDATE seal SET last = 0 WHERE no = 2",
        "UPDATE seal SET last = 1000000 WHERE no = (SELECT max(no) FROM seal)",
        "DELETE FROM seal WHERE no = 1",
        "DELETE FROM seal WHERE no = (SELECT max(no) FROM seal)",
        "DELETE FROM seal",
        "INSERT INTO seal (no, first, last, root) SELECT no + 1, last + 1, last + 1, root FROM seal ORDER BY no DESC LIMIT 1",
        "UPDATE run SET rseq = rseq + 1 WHERE id = 1",
        "UPDATE run SET rseq = rseq - 1 WHERE id = 1",
        "UPDATE run SET hash = zeroblob(32) WHERE id = 1",
        "UPDATE head SET events = events + 1",
        "UPDATE head SET roll = zeroblob(32)",
        "UPDATE head SET sealed = 0, seals = 0",
        "DELETE FROM head",
    ] {
        let home = home_of(&good()?.0)?;
        let connection = tamper(&home.file("log.db"))?;
        connection.execute_batch(sql).map_err(|error| format!("{sql}: {error}"))?;
        drop(connection);
        let found = match check(&home, None) {
            Ok(verified) => verified.damage.is_some(),
            Err(failure) => failure.kind == FailureKind::Corrupt,
        };
        assert!(found, "not found: {sql}");
    }
    Ok(())
}

#[test]
fn a_lost_tail_is_named() -> Checked {
    let last = good()?.1;
    let (run, seq) = event_at(last)?;
    let (_, verified) = tampered(&format!("DELETE FROM ev WHERE seq = {last}"))?;
    let damage = verified.damage.ok_or("not found")?;
    assert_eq!(
        (damage.run, damage.seq),
        (Some(run), Some(seq)),
        "{damage:?}"
    );
    Ok(())
}

#[test]
fn damaged_runs_are_neither_read_nor_continued() -> Checked {
    let (home, _) = tampered("UPDATE ev SET body = replace(body, 'user', 'USER') WHERE seq > 40")?;
    let store = home.open()?;
    runtime().block_on(async {
        let read = store.log().read(run(1), Seq::ZERO, 1_000).await;
        assert_eq!(
            read.err().map(|failure| failure.kind),
            Some(FailureKind::Corrupt)
        );
        let next = venom_testkit::conform::story::resumed();
        let batch = venom_testkit::conform::story::batch(run(1), 19, vec![next]);
        let appended = store.log().append(batch).await;
        match appended {
            Err(venom_ports::log::AppendError::Store(failure)) => {
                assert_eq!(failure.kind, FailureKind::Corrupt);
                assert!(failure.hint.is_some());
            }
            other => assert!(other.is_err(), "a damaged run went on: {other:?}"),
        }
        // The others are not touched by it.
        assert_eq!(store.log().read(run(2), Seq::ZERO, 1_000).await?.len(), 14);
        Ok(())
    })
}

#[test]
fn the_guards_stand() -> Checked {
    let home = home_of(&good()?.0)?;
    drop(home.open()?);
    #[expect(
        clippy::disallowed_methods,
        reason = "past the store, but with the guards up"
    )]
    let connection = rusqlite::Connection::open(home.file("log.db"))?;
    for sql in [
        "UPDATE ev SET ts = 0 WHERE seq = 1",
        "DELETE FROM ev WHERE seq = 1",
        "UPDATE seal SET last = 0",
        "DELETE FROM seal",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
    Ok(())
}

/// A change to the bytes of the file.
#[derive(Debug, Clone)]
enum Wound {
    Flip {
        place: prop::sample::Index,
        bits: u8,
    },
    Zero {
        place: prop::sample::Index,
        count: usize,
    },
    Cut(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Garbage(Vec<u8>),
}

fn wound() -> impl Strategy<Value = Wound> {
    prop_oneof![
        4 => (any::<prop::sample::Index>(), 1..=255_u8)
            .prop_map(|(place, bits)| Wound::Flip { place, bits }),
        1 => (any::<prop::sample::Index>(), 1..5_000_usize)
            .prop_map(|(place, count)| Wound::Zero { place, count }),
        1 => any::<prop::sample::Index>().prop_map(Wound::Cut),
        1 => any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(a, b)| Wound::Swap(a, b)),
        1 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Wound::Garbage),
    ]
}

impl Wound {
    fn inflict(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        match self {
            Self::Flip { place, bits } => {
                if let Some(byte) = bytes.get_mut(place.index(length)) {
                    *byte ^= bits;
                }
            }
            Self::Zero { place, count } => {
                let start = place.index(length);
                bytes
                    .iter_mut()
                    .skip(start)
                    .take(*count)
                    .for_each(|byte| *byte = 0);
            }
            Self::Cut(place) => bytes.truncate(place.index(length)),
            Self::Swap(one, two) => {
                // Whole pages change places.
                let (one, two) = (one.index(length / 4_096), two.index(length / 4_096));
                for offset in 0..4_096 {
                    bytes.swap(one * 4_096 + offset, two * 4_096 + offset);
                }
            }
            Self::Garbage(garbage) => bytes.clone_from(garbage),
        }
    }
}

fn all_events(home: &Home) -> Result<Vec<venom_kernel::event::Envelope>, Failure> {
    let store = Store::open(&home.data())?;
    runtime().block_on(async {
        let mut events = Vec::new();
        for number in 1..=5 {
            events.extend(store.log().read(run(number), Seq::ZERO, 1_000).await?);
        }
        store.close().await?;
        Ok(events)
    })
}

/// Files to be wounded: a sample, or what `cargo xtask campaign` asks for.
const SAMPLE: u32 = 192;
const FULL: u32 = 10_500;

#[expect(
    clippy::disallowed_methods,
    reason = "the automation says by it how much is to be done"
)]
fn cases() -> u32 {
    match std::env::var("VENOM_CAMPAIGN") {
        Ok(size) if size == "full" => FULL,
        _ => SAMPLE,
    }
}

/// A wounded file is refused, or found damaged, or (the wound hit nothing that matters) every
/// event is still what it was.
#[test]
fn wounds_are_found_or_harmless() -> Checked {
    use std::io::Write as _;
    let (bytes, _) = good()?;
    let whole = all_events(&home_of(bytes)?)?;
    let config = ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let counts = std::cell::RefCell::new(std::collections::BTreeMap::new());
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let fail =
        |error: Box<dyn std::error::Error + Send + Sync>| TestCaseError::fail(error.to_string());
    runner.run(&prop::collection::vec(wound(), 1..3), |wounds| {
        let mut wounded = bytes.clone();
        for wound in &wounds {
            wound.inflict(&mut wounded);
            if wounded.len() < 8_192 {
                break;
            }
        }
        let home = home_of(&wounded).map_err(fail)?;
        let came_to = match check(&home, None) {
            _ if wounded == *bytes => "unchanged",
            Ok(Verified {
                damage: None,
                events,
                ..
            }) => {
                // An empty file is a new log: nothing in it can say that it was longer.
                if events > 0 || !wounded.is_empty() {
                    let events = all_events(&home);
                    prop_assert_eq!(events.as_ref().ok(), Some(&whole), "{:?}", wounds);
                }
                "harmless"
            }
            Ok(Verified {
                damage: Some(Damage { what, .. }),
                ..
            }) => {
                prop_assert!(!what.is_empty());
                "found"
            }
            Err(failure) => {
                prop_assert!(!failure.message.is_empty());
                "refused"
            }
        };
        *counts.borrow_mut().entry(came_to).or_insert(0_u32) += 1;
        // Reading must not panic either, whatever it says.
        let _whatever = all_events(&home);
        Ok(())
    })?;
    writeln!(
        std::io::stdout(),
        "CAMPAIGN corruption of the log: {:?}",
        counts.borrow()
    )?;
    Ok(())
}
