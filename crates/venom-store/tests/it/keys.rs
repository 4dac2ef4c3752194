//! A store with a master key: what lies on the disk, what happens when it is tampered with, and what
//! is left when a key goes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use venom_kernel::event::Event;
use venom_kernel::id::{QuestionId, Seq};
use venom_kernel::time::Timestamp;
use venom_ports::FailureKind;
use venom_ports::blob::Belongs;
use venom_ports::inbox::Command;
use venom_store::Store;
use venom_store::keys::{Made, Mode, Protection, Sources, create};
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, run, whole};

use super::fixture::{Home, tamper};

const CANARY: &str = "canary-in-a-goal";

fn sources(home: &Home) -> Sources {
    Sources {
        folder: Some(keys(home)),
        ..Sources::default()
    }
}

fn keys(home: &Home) -> PathBuf {
    home.data().with_file_name("keys")
}

fn protection(home: &Home, mode: Option<Mode>) -> Protection {
    Protection {
        mode,
        sources: sources(home),
    }
}

fn open(home: &Home, mode: Option<Mode>) -> Checked<Store> {
    Ok(Store::open_protected(
        &home.data(),
        &protection(home, mode),
    )?)
}

/// Makes a key and writes two runs with the canary, a blob and a command.
async fn written(home: &Home, mode: Option<Mode>) -> Checked {
    create(&sources(home), &Made::Random)?;
    let store = open(home, mode)?;
    for number in [1, 2] {
        store
            .log()
            .append(batch(run(number), 0, whole(CANARY, 2)?))
            .await?;
        let command = Command::Answer {
            question: QuestionId::new(1),
            answer: format!("{CANARY} in a command"),
        };
        store
            .inbox()
            .post(run(number), command, "user", Timestamp::from_micros(7))
            .await?;
    }
    store.blobs().put(vec![b'x'; 10_000]).await?;
    store.blobs().put(CANARY.repeat(1_000).into_bytes()).await?;
    let rows = store.projections().runs(10).await?;
    let found = rows.iter().filter(|row| row.goal.contains(CANARY)).count();
    assert_eq!(found, 2, "{rows:?}");
    store.close().await?;
    Ok(())
}

/// Whether a file below a folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let path = entry.path();
            if path.is_dir() {
                return holds(&path, bytes);
            }
            let content = std::fs::read(&path).unwrap_or_default();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    })
}

fn with_runtime<T>(work: impl Future<Output = Checked<T>>) -> Checked<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?
        .block_on(work)
}

#[test]
fn nothing_readable_lies_on_the_disk_and_everything_is_read_again() -> Checked {
    for mode in [None, Some(Mode::Payload), Some(Mode::Strict)] {
        let home = Home::new()?;
        with_runtime(async {
            written(&home, mode).await?;
            assert!(!holds(&home.data(), CANARY.as_bytes()), "{mode:?}");
            assert_eq!(
                home.file("state.db").exists(),
                mode != Some(Mode::Strict),
                "{mode:?}"
            );
            let store = open(&home, mode)?;
            let events = store.log().read(run(1), Seq::ZERO, 100).await?;
            let Event::RunStarted(started) = &events[0].event else {
                return Err("no beginning".into());
            };
            assert!(started.goal.contains(CANARY));
            let posted = store.inbox().pending(run(1)).await?;
            assert!(format!("{posted:?}").contains(CANARY));
            let id = store.blobs().id_of(&[b'x'; 10_000]);
            assert_eq!(store.blobs().get(&id).await?, vec![b'x'; 10_000]);
            let digest = store.projections().digest().await?;
            assert_eq!(store.projections().rebuild().await?, digest);
            // A file name would tell whoever knows the content that it is here.
            let (shard, name) = id.as_str().split_at(2);
            assert!(!home.file("blobs").join(shard).join(name).exists());
            store.close().await?;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn the_chain_is_checked_without_a_key_and_nothing_else_is() -> Checked {
    let home = Home::new()?;
    with_runtime(async {
        written(&home, None).await?;
        std::fs::remove_dir_all(keys(&home))?;
        let store = open(&home, None)?;
        assert!(store.log().verify(None).await?.damage.is_none());
        let failure = store.log().read(run(1), Seq::ZERO, 1).await.err();
        assert_eq!(failure.map(|f| f.kind), Some(FailureKind::Missing));
        // Nothing is written as plain text in the place of what the lost key would seal.
        let refused = store
            .log()
            .append(batch(run(3), 0, whole("three", 1)?))
            .await;
        assert!(refused.is_err());
        assert!(store.blobs().put(b"new".to_vec()).await.is_err());
        store.close().await?;
        // Whoever says `off` gets it.
        let store = open(&home, Some(Mode::Off))?;
        store
            .log()
            .append(batch(run(3), 0, whole("three", 1)?))
            .await?;
        store.close().await?;
        Ok(())
    })
}

#[test]
fn runs_from_before_the_key_stay_readable_and_new_ones_are_sealed() -> Checked {
    let home = Home::new()?;
    with_runtime(async {
        let store = home.open()?;
        let blob = store.blobs().put(b"an old blob".to_vec()).await?;
        store
            .log()
            .append(batch(run(9), 0, whole("an old goal", 2)?))
            .await?;
        store.close().await?;
        written(&home, None).await?;
        assert!(holds(&home.data(), b"an old goal"));
        assert!(!holds(&home.data(), CANARY.as_bytes()));
        let store = open(&home, None)?;
        assert!(!store.log().read(run(9), Seq::ZERO, 100).await?.is_empty());
        assert!(!store.log().read(run(1), Seq::ZERO, 100).await?.is_empty());
        assert_eq!(store.blobs().get(&blob).await?, b"an old blob");
        let verified = store.log().verify(None).await?;
        assert_eq!((verified.runs, verified.damage), (3, None));
        store.close().await?;
        Ok(())
    })
}

#[test]
fn a_shredded_run_is_gone_and_the_chain_holds() -> Checked {
    let home = Home::new()?;
    with_runtime(async {
        written(&home, None).await?;
        let wrapped: Vec<u8> = tamper(&home.file("log.db"))?.query_row(
            "SELECT wrapped FROM key WHERE kind = 'run' ORDER BY name LIMIT 1",
            [],
            |row| row.get(0),
        )?;
        assert!(holds(&home.data(), &wrapped));
        let store = open(&home, None)?;
        // What was read before is not read from memory afterwards either.
        store.log().read(run(1), Seq::ZERO, 1).await?;
        assert!(store.shred(run(1))?);
        assert!(store.shred(run(1)).is_ok());
        let failure = store.log().read(run(1), Seq::ZERO, 1).await.err();
        let failure = failure.ok_or("it was read")?;
        assert_eq!(failure.kind, FailureKind::Missing);
        assert!(failure.message.contains("payload shredded"));
        assert!(!store.log().read(run(2), Seq::ZERO, 1).await?.is_empty());
        assert!(store.log().verify(None).await?.damage.is_none());
        let rows = store.projections().runs(10).await?;
        let goals: Vec<&str> = rows.iter().map(|row| row.goal.as_str()).collect();
        assert!(goals.contains(&"(payload shredded)"), "{goals:?}");
        store.projections().rebuild().await?;
        let again = store.projections().runs(10).await?;
        assert_eq!(again.len(), 2);
        assert_eq!(
            store.shred(run(5)).err().map(|f| f.kind),
            Some(FailureKind::Missing)
        );
        store.close().await?;
        assert!(!holds(&home.data(), &wrapped));
        Ok(())
    })
}

#[test]
fn swapped_and_moved_texts_do_not_open_even_if_every_hash_fits() -> Checked {
    let home = Home::new()?;
    with_runtime(written(&home, None))?;
    // The run's key opens only what was sealed for the same place; the hashes are not even asked.
    for sql in [
        "UPDATE ev SET sealed = (SELECT sealed FROM ev WHERE run = 1 AND rseq = 2) WHERE run = 1 AND rseq = 3",
        "UPDATE ev SET sealed = (SELECT sealed FROM ev WHERE run = 2 AND rseq = 3) WHERE run = 1 AND rseq = 3",
        "UPDATE ev SET sealed = NULL, body = '{}' WHERE run = 1 AND rseq = 3",
        "UPDATE key SET wrapped = (SELECT wrapped FROM key WHERE kind = 'run' ORDER BY name DESC LIMIT 1) WHERE kind = 'run'",
        "DELETE FROM key WHERE kind = 'run'",
    ] {
        let copy = Home::new()?;
        copy_folder(&home.data(), &copy.data())?;
        copy_folder(&keys(&home), &keys(&copy))?;
        tamper(&copy.file("log.db"))?.execute_batch(sql)?;
        let store = open(&copy, None)?;
        let read = with_runtime(async { Ok(store.log().read(run(1), Seq::ZERO, 100).await) })?;
        assert_eq!(
            read.err().map(|failure| failure.kind),
            Some(FailureKind::Corrupt),
            "{sql}"
        );
    }
    Ok(())
}

#[test]
fn a_thousand_turned_bits_in_events_and_blobs_are_all_seen() -> Checked {
    let home = Home::new()?;
    with_runtime(written(&home, None))?;
    let connection = tamper(&home.file("log.db"))?;
    let mut statement = connection
        .prepare("SELECT seq, run, rseq, sealed FROM ev WHERE sealed IS NOT NULL ORDER BY seq")?;
    let events: Vec<(i64, i64, i64, Vec<u8>)> = statement
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<Result<_, _>>()?;
    drop(statement);
    let store = open(&home, None)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut tried = 0;
    for (seq, number, _, sealed) in &events {
        let step = (sealed.len() / 60).max(1);
        for at in (0..sealed.len()).step_by(step) {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << (at % 8);
            connection.execute(
                "UPDATE ev SET sealed = ?2 WHERE seq = ?1",
                rusqlite::params![seq, changed],
            )?;
            let run = run(u64::try_from(*number)?);
            let read = runtime.block_on(store.log().read(run, Seq::ZERO, 100));
            assert_eq!(
                read.err().map(|failure| failure.kind),
                Some(FailureKind::Corrupt),
                "event {seq}, byte {at}"
            );
            tried += 1;
        }
        connection.execute(
            "UPDATE ev SET sealed = ?2 WHERE seq = ?1",
            rusqlite::params![seq, sealed],
        )?;
    }
    drop(store);
    with_runtime(async {
        // A lock has no content; an index is made again.
        let packs = files(&home.file("blobs"))
            .into_iter()
            .filter(|file| file.extension().is_some_and(|is| is == "pack"));
        for file in packs {
            let whole = std::fs::read(&file)?;
            let step = (whole.len() / 60).max(1);
            for at in (0..whole.len()).step_by(step) {
                let mut changed = whole.clone();
                changed[at] ^= 1 << (at % 8);
                std::fs::write(&file, changed)?;
                let store = open(&home, None)?;
                let texts = [vec![b'x'; 10_000], CANARY.repeat(1_000).into_bytes()];
                let mut seen = false;
                for text in &texts {
                    match store.blobs().get(&store.blobs().id_of(text)).await {
                        Ok(read) => assert_eq!(&read, text, "byte {at} of {}", file.display()),
                        Err(_) => seen = true,
                    }
                }
                // What is around the records is not read for every blob; a check reads it.
                let checked = store.blobs_check()?;
                seen |= !checked.damage.is_empty() || !checked.notes.is_empty();
                assert!(seen, "byte {at} of {}", file.display());
                tried += 1;
            }
            std::fs::write(&file, whole)?;
        }
        Ok(())
    })?;
    assert!(tried >= 1_000, "{tried}");
    Ok(())
}

#[test]
fn a_blob_in_the_place_of_another_is_damage() -> Checked {
    let home = Home::new()?;
    with_runtime(async {
        written(&home, None).await?;
        let files = files(&home.file("blobs"));
        let [one, two] = files.as_slice() else {
            return Err(format!("{files:?}").into());
        };
        let (first, second) = (std::fs::read(one)?, std::fs::read(two)?);
        std::fs::write(one, second)?;
        std::fs::write(two, first)?;
        let store = open(&home, None)?;
        let id = store.blobs().id_of(&[b'x'; 10_000]);
        let failure = store.blobs().get(&id).await.err();
        assert_eq!(failure.map(|f| f.kind), Some(FailureKind::Corrupt));
        Ok(())
    })
}

#[test]
fn a_rotation_opens_everything_and_begins_runs() -> Checked {
    let home = Home::new()?;
    with_runtime(async {
        written(&home, None).await?;
        let old = std::fs::read(keys(&home).join("master"))?;
        let store = open(&home, None)?;
        store.rotate(&Made::Random)?;
        store.close().await?;
        assert_ne!(std::fs::read(keys(&home).join("master"))?, old);
        let store = open(&home, None)?;
        assert!(!store.log().read(run(2), Seq::ZERO, 9).await?.is_empty());
        store
            .log()
            .append(batch(run(3), 0, whole("three", 1)?))
            .await?;
        assert!(store.log().verify(None).await?.damage.is_none());
        store.close().await?;
        Ok(())
    })
}

#[test]
fn workspaces_store_apart_and_every_run_reads_everything() -> Checked {
    let home = Home::new()?;
    with_runtime(async {
        // As it was before workspaces had keys: a run, and a blob under the key that all share.
        written(&home, None).await?;
        let store = open(&home, None)?;
        let contents = store.contents().ok_or("nothing is encrypted")?;
        let (old, _) = contents.of(run(1), Belongs::Known)?;
        assert_eq!(
            old.id_of(&[b'x'; 10_000]),
            store.blobs().id_of(&[b'x'; 10_000])
        );
        let text = CANARY.repeat(500).into_bytes();
        let mut ids = vec![store.blobs().put(text.clone()).await?];
        for (number, path) in [(3, "/one"), (4, "/two"), (5, "/one")] {
            let (blobs, objects) = contents.of(run(number), Belongs::To(Path::new(path)))?;
            let id = blobs.put(text.clone()).await?;
            assert_eq!(objects.id_of(&text), id);
            assert!(objects.holds(&id)?);
            let goal = format!("{CANARY} {number}");
            store
                .log()
                .append(batch(run(number), 0, whole(&goal, 1)?))
                .await?;
            ids.push(id);
        }
        assert_eq!(ids[1], ids[3], "one workspace stores it once");
        ids.truncate(3);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3);
        store.close().await?;
        assert!(!holds(&home.data(), CANARY.as_bytes()));

        let store = open(&home, None)?;
        store.rotate(&Made::Random)?;
        store.close().await?;
        let store = open(&home, None)?;
        assert!(store.broken_keys()?.is_empty());
        let contents = store.contents().ok_or("nothing is encrypted")?;
        let (one, _) = contents.of(run(3), Belongs::Known)?;
        let (fork, _) = contents.of(run(6), Belongs::With(run(3)))?;
        assert_eq!(one.id_of(&text), ids[1]);
        assert_eq!(fork.id_of(&text), ids[1]);
        for id in &ids {
            assert_eq!(one.get(id).await?, text);
            assert_eq!(store.blobs().get(id).await?, text);
        }
        assert!(store.blobs_check()?.is_whole());
        store.close().await?;
        Ok(())
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn copy_folder(from: &Path, to: &Path) -> Checked {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
