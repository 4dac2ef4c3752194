//! Archives: there and back, damage of every kind, and what is left when things are taken out.

use std::io::Cursor;

use tempfile::TempDir;
use venom_kernel::change::Payload;
use venom_kernel::event::Event;
use venom_kernel::id::{Seq, SnapshotId};
use venom_kernel::redact::Redactor;
use venom_kernel::snapshot::{Cause, Counts, Partial, Record as SnapshotRecord, Snapshot};
use venom_kernel::tree::{Entry, Folder, Name, ObjectId, Times};
use venom_ports::FailureKind;
use venom_ports::api::archive::{
    Auditor as _, Checked as Found, Contents, Exported, Place, Redaction,
};
use venom_ports::api::time::Moment;
use venom_ports::log::Provenance;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{at, batch, finished, pauses, planned, run, started, stepped};

use super::frame::{FrameReader, FrameWriter, Tag};
use super::record::{Leaf, What};
use super::*;
use crate::Store;
use crate::keys::{Made, Mode, Protection, Sources, create};

mod attack;
mod copies;
mod parts;

const CANARY: &str = "canary-4711-\"quoted\"-überall";

struct Home {
    dir: TempDir,
    protection: Protection,
}

impl Home {
    fn plain() -> Checked<Self> {
        Ok(Self {
            dir: tempfile::tempdir()?,
            protection: Protection::default(),
        })
    }

    /// With a master key.
    fn keyed(mode: Mode) -> Checked<Self> {
        let mut home = Self::plain()?;
        let sources = Sources {
            folder: Some(home.dir.path().join("keys")),
            ..Sources::default()
        };
        create(&sources, &Made::Random)?;
        home.protection = Protection {
            mode: Some(mode),
            sources,
        };
        Ok(home)
    }

    fn open(&self) -> Checked<Store> {
        Ok(Store::open_protected(
            &self.dir.path().join("data"),
            &self.protection,
        )?)
    }

    fn file(&self, bytes: &[u8]) -> Checked<PathBuf> {
        let path = self.dir.path().join("run.venom");
        std::fs::write(&path, bytes)?;
        Ok(path)
    }
}

/// Writes a run that has texts, edits and a snapshot, and another run between its events.
async fn write(store: &Store) -> Checked {
    let objects = store.objects();
    let log = store.log();
    let text = objects.write(b"playbooks as they were")?;
    let after = objects.write(format!("new content with {CANARY}\n").as_bytes())?;
    let result = format!("\"the result has {CANARY}, too\"");
    let result = Payload::Blob {
        id: objects.write(result.as_bytes())?,
        digest: Digest::of_bytes(result.as_bytes()),
        bytes: result.len() as u64,
    };
    let big = objects.write(
        &(0..600_000_u32)
            .flat_map(u32::to_le_bytes)
            .collect::<Vec<u8>>(),
    )?;
    let mut inner = Folder::new();
    inner.insert(
        Name::new(b"big.bin")?,
        Entry::File {
            blob: ObjectId::from(&big),
            size: 2_400_000,
            mode: 0o644,
        },
    );
    let inner = objects.write(&inner.encode())?;
    let mut root = Folder::new();
    root.insert(
        Name::new(b"src")?,
        Entry::Folder {
            tree: ObjectId::from(&inner),
            mode: 0o755,
            is_partial: false,
        },
    );
    root.insert(
        Name::new(b"notes")?,
        Entry::File {
            blob: ObjectId::from(&after),
            size: 40,
            mode: 0o644,
        },
    );
    let tree = objects.write(&root.encode())?;
    let times = objects.write(&Times::default().encode())?;
    objects.sync()?;

    let mut events = planned(&format!("say {CANARY} to everybody"), 2)?;
    if let Some(Event::RunStarted(started)) = events.first_mut() {
        started.texts.insert("playbooks".to_owned(), text);
    }
    events.push(Event::SnapshotCreated {
        snapshot: Box::new(Snapshot::seal(SnapshotRecord {
            version: SnapshotRecord::VERSION,
            id: SnapshotId::new(1),
            run: run(1),
            seq: Seq::new(events.len() as u64),
            taken: at(1),
            cause: Cause::Start,
            tree: ObjectId::from(&tree),
            times: ObjectId::from(&times),
            parent: None,
            counts: Counts::default(),
            partial: Partial::default(),
            repositories: Vec::new(),
        })),
        step: None,
        state: Digest::ZERO,
    });
    log.append(batch(run(1), 0, events)).await?;
    let mut second = vec![started("another run")];
    second.extend(pauses(4));
    log.append(batch(run(2), 0, second)).await?;
    let at = log.head(run(1)).await?.ok_or("no head")?.seq.number();
    let mut rest = stepped(1, 10)?;
    for event in &mut rest {
        if let Event::EffectFinished {
            outcome: venom_kernel::effect::EffectOutcome::Done(done),
            ..
        } = event
        {
            done.result = result.clone();
            done.conflicts = vec![format!("a path with {CANARY}")];
        }
    }
    rest.extend(stepped(2, 20)?);
    rest.push(finished());
    for (number, event) in rest.into_iter().enumerate() {
        log.append(batch(run(1), at + number as u64, vec![event]))
            .await?;
    }
    Ok(())
}

fn export(store: &Store, redaction: &Redaction) -> Checked<(Vec<u8>, Exported)> {
    let mut bytes = Vec::new();
    let exported = store.archives(Trusted::default()).export(
        &Moment {
            run: run(1),
            at: None,
        },
        Contents::All,
        redaction,
        &mut bytes,
    )?;
    Ok((bytes, exported))
}

fn check(bytes: &[u8]) -> Result<Found> {
    FileAuditor::default().check(&mut Cursor::new(bytes))
}

fn canary() -> Redaction {
    Redaction {
        texts: vec![CANARY.to_owned()],
        ..Redaction::default()
    }
}

#[tokio::test]
async fn a_run_gives_the_same_bytes_each_time_and_they_verify() -> Checked {
    for home in [
        Home::plain()?,
        Home::keyed(Mode::Payload)?,
        Home::keyed(Mode::Off)?,
    ] {
        let store = home.open()?;
        if home.protection.mode.is_some() {
            store.create_signing()?;
        }
        write(&store).await?;
        let (bytes, exported) = export(&store, &Redaction::default())?;
        assert_eq!(export(&store, &Redaction::default())?.0, bytes);
        let found = check(&bytes)?;
        let is_keyed = home.protection.mode.is_some();
        assert_eq!(
            found.head.plain,
            home.protection.mode != Some(Mode::Payload)
        );
        assert_eq!(found.root, exported.root);
        assert_eq!(found.bytes, bytes.len() as u64);
        assert_eq!(found.folds_to.number(), found.head.events);
        assert_eq!((found.sealed, found.blobs), (found.head.events, 7));
        assert_eq!(found.signed.is_some(), is_keyed);
        assert_eq!(found.sealers.len(), usize::from(is_keyed));
        assert!(!found.lacks.is_redacted());
        store.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_imported_has_the_same_chain_and_is_left_alone() -> Checked {
    for from in [Home::plain()?, Home::keyed(Mode::Payload)?] {
        for to in [Home::plain()?, Home::keyed(Mode::Payload)?] {
            let source = from.open()?;
            if source.log().head(run(1)).await?.is_none() {
                write(&source).await?;
            }
            let (bytes, exported) = export(&source, &Redaction::default())?;
            let events = source.log().read(run(1), Seq::ZERO, 1_000).await?;
            source.close().await?;

            let store = to.open()?;
            let file = to.file(&bytes)?;
            let archives = store.archives(Trusted::default());
            assert!(!archives.import(&file)?.was_here);
            assert!(archives.import(&file)?.was_here);
            let log = store.log();
            assert_eq!(log.read(run(1), Seq::ZERO, 1_000).await?, events);
            let head = log.head(run(1)).await?.ok_or("no head")?;
            assert_eq!(head.hash, exported.head.hash);
            assert_eq!(log.provenance(run(1)).await?, Provenance::Imported);
            for checked in [log.verify(None).await?, log.verify(Some(run(1))).await?] {
                assert_eq!(checked.damage, None);
            }
            // Whatever its blobs are called here, they are found by the names that the events have.
            let mut names = 0;
            for envelope in &events {
                match &envelope.event {
                    Event::RunStarted(started) => {
                        for id in started.texts.values() {
                            assert_eq!(store.blobs().get(id).await?, b"playbooks as they were");
                            assert!(store.objects().holds(id)?);
                            names += 1;
                        }
                    }
                    Event::SnapshotCreated { snapshot, .. } => {
                        let tree = store.objects().read(&snapshot.record().tree.to_blob())?;
                        let folder = Folder::decode(&tree)?;
                        for (_, entry) in &folder {
                            if let Some(inner) = entry.tree() {
                                store.objects().read(&inner.to_blob())?;
                                names += 1;
                            }
                        }
                    }
                    _ => {}
                }
            }
            assert_eq!(names, 2);
            let origin = archives.origin(run(1))?.ok_or("no origin")?;
            assert_eq!((origin.root, origin.redacted), (exported.root, false));
            // It stays as it is, in this process and in the next.
            let store = {
                store.close().await?;
                to.open()?
            };
            let next = batch(run(1), head.seq.number(), vec![finished()]);
            assert!(store.log().append(next).await.is_err());
            // Runs that are done here go on beside it, under the same seals.
            let own = batch(run(3), 0, vec![started("mine")]);
            store.log().append(own).await?;
            let mut rows = store.projections().runs(10).await?;
            rows.retain(|row| row.run == run(1));
            assert_eq!(rows.len(), 1);
            store.close().await?;
            let store = to.open()?;
            assert_eq!(store.log().verify(None).await?.damage, None);
            // It can be passed on: without the seals of a log that is not here, with the same chain.
            let (again, passed) = export(&store, &Redaction::default())?;
            let found = check(&again)?;
            assert_eq!(found.head.hash, exported.head.hash);
            assert_eq!(found.head.plain, exported.head.plain);
            assert_eq!((found.seals, found.blobs), (0, exported.blobs));
            assert_eq!(passed.lacks.missing, 0);
            store.close().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_stored_text_of_an_imported_run_cannot_be_changed_unseen() -> Checked {
    let (from, to) = (Home::plain()?, Home::plain()?);
    let source = from.open()?;
    write(&source).await?;
    let (bytes, _) = export(&source, &Redaction::default())?;
    source.close().await?;
    let store = to.open()?;
    store
        .archives(Trusted::default())
        .import(&to.file(&bytes)?)?;
    store.close().await?;
    for (sql, is_run) in [
        (
            "UPDATE ev SET body = replace(body, 'say', 'cry') WHERE rseq = 1",
            true,
        ),
        ("UPDATE ev SET origin = NULL WHERE rseq = 2", false),
        ("UPDATE ev SET origin = zeroblob(65) WHERE rseq = 2", true),
        // Text and digest together fit the run's chain, and not the roll over all runs.
        (
            "UPDATE ev SET origin = CAST(substr(origin, 1, 64) || x'01' AS BLOB) WHERE rseq = 2",
            false,
        ),
    ] {
        let copy = Home::plain()?;
        let data = copy.dir.path().join("data");
        std::fs::create_dir(&data)?;
        std::fs::copy(to.dir.path().join("data/log.db"), data.join("log.db"))?;
        {
            #[expect(
                clippy::disallowed_methods,
                reason = "the test plays somebody who tampers with the file"
            )]
            let connection = rusqlite::Connection::open(data.join("log.db"))?;
            connection.execute_batch("DROP TRIGGER ev_fixed")?;
            assert_eq!(connection.execute(sql, [])?, 1, "{sql}");
        }
        let store = copy.open()?;
        assert!(store.log().verify(None).await?.damage.is_some(), "{sql}");
        let one = store.log().verify(Some(run(1))).await?.damage;
        assert_eq!(one.is_some(), is_run, "{sql}");
        store.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_taken_out_is_not_in_the_file_and_the_rest_verifies() -> Checked {
    let home = Home::keyed(Mode::Off)?;
    let store = home.open()?;
    store.create_signing()?;
    write(&store).await?;
    let (whole, exported) = export(&store, &Redaction::default())?;
    let (cut, _) = export(&store, &canary())?;
    let mut copied = Vec::new();
    let said = FileAuditor::default().redact(&mut Cursor::new(&whole), &canary(), &mut copied)?;
    // Taking out at export and afterwards is the same.
    assert_eq!(copied, cut);
    assert!(parts::holds_canary(&whole)?);
    assert!(!parts::holds_canary(&cut)?);
    let found = check(&cut)?;
    assert_eq!(
        (found.root, found.bytes, &found.lacks),
        (said.root, said.bytes, &said.lacks)
    );
    assert_eq!(found.root, exported.root);
    assert!(found.signed.is_some());
    assert_eq!(found.lacks.removed, 2);
    let fields: Vec<&str> = found
        .lacks
        .places
        .iter()
        .map(|place| place.field.as_str())
        .collect();
    assert!(fields.contains(&"data.goal"), "{fields:?}");
    assert!(found.lacks.values >= 2);

    // A second time, other things: by place, and a whole event.
    let places = Redaction {
        places: vec![
            Place {
                seq: Seq::new(2),
                field: String::new(),
            },
            Place {
                seq: Seq::new(1),
                field: "data.workspace".to_owned(),
            },
        ],
        credentials: Some(Redactor::default()),
        ..Redaction::default()
    };
    let mut twice = Vec::new();
    FileAuditor::default().redact(&mut Cursor::new(&cut), &places, &mut twice)?;
    let found = check(&twice)?;
    assert_eq!(found.root, exported.root);
    assert_eq!(found.folds_to, Seq::new(1));

    // It can be imported, and read as far as it goes.
    let other = Home::plain()?;
    let store = other.open()?;
    let archives = store.archives(Trusted::default());
    archives.import(&other.file(&twice)?)?;
    let log = store.log();
    assert_eq!(log.provenance(run(1)).await?, Provenance::Redacted);
    assert_eq!(log.verify(None).await?.damage, None);
    let first = log.read(run(1), Seq::ZERO, 1).await?;
    assert!(format!("{first:?}").contains("[redacted]"));
    let rows = store.projections().runs(1).await?;
    assert!(
        rows[0].outcome.is_some(),
        "how it ended can be read: {rows:?}"
    );
    let error = log.read(run(1), Seq::new(1), 1).await.err();
    assert_eq!(error.map(|error| error.kind), Some(FailureKind::Missing));
    // The run with more in it is not the one that is here.
    let error = archives.import(&other.file(&whole)?).err();
    assert_eq!(error.map(|error| error.kind), Some(FailureKind::Refused));
    Ok(())
}

#[tokio::test]
async fn a_value_that_was_taken_out_cannot_be_guessed() -> Checked {
    // Everything about the event is known but one digit.
    let home = Home::plain()?;
    let store = home.open()?;
    store
        .log()
        .append(batch(run(1), 0, vec![started("the code is 7")]))
        .await?;
    let (cut, _) = export(
        &store,
        &Redaction {
            texts: vec!["the code is 7".to_owned()],
            ..Redaction::default()
        },
    )?;
    let body = parts::first_event(&cut)?.body;
    let text = serde_json::to_string(&started("the code is 7"))?;
    // Without the salt of the text this would be the digest, and so would nine other guesses be not.
    assert_ne!(Digest::of_bytes(text.as_bytes()), body);
    let What::Some(leaves) = parts::first_event(&cut)?.what else {
        return Err("nothing was taken out".into());
    };
    let is_salt_there = leaves
        .iter()
        .any(|leaf| matches!(leaf, Leaf::Kept { path, .. } if path == leaf::SALT));
    assert!(!is_salt_there);
    Ok(())
}

#[tokio::test]
async fn a_run_that_goes_on_is_exported_as_far_as_it_came() -> Checked {
    let home = Home::plain()?;
    let store = home.open()?;
    store
        .log()
        .append(batch(run(1), 0, planned("not over", 1)?))
        .await?;
    let (bytes, exported) = export(&store, &Redaction::default())?;
    assert!(!exported.head.finished);
    assert_eq!((exported.head.events, exported.sealed), (3, 0));
    assert_eq!(check(&bytes)?.folds_to, Seq::new(3));
    // Where more of it is, less of it has nothing to add; where less of it is, more adds the rest.
    store
        .log()
        .append(batch(run(1), 3, stepped(1, 10)?))
        .await?;
    let archives = store.archives(Trusted::default());
    assert!(archives.import(&home.file(&bytes)?)?.was_here);
    let (longer, _) = export(&store, &Redaction::default())?;
    let other = Home::plain()?;
    let there = other.open()?;
    let archives = there.archives(Trusted::default());
    assert!(!archives.import(&other.file(&bytes)?)?.was_here);
    assert_eq!(archives.import(&other.file(&longer)?)?.added, 5);
    assert_eq!(there.log().verify(None).await?.damage, None);
    Ok(())
}

#[tokio::test]
async fn a_reader_that_goes_away_is_told_of() -> Checked {
    struct Short(usize);
    impl Write for Short {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0 == 0 {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let home = Home::plain()?;
    let store = home.open()?;
    write(&store).await?;
    let archives = store.archives(Trusted::default());
    for room in [0, 5, 100, 5_000, 100_000] {
        let nothing = Redaction::default();
        let error = archives
            .export(
                &Moment {
                    run: run(1),
                    at: None,
                },
                Contents::All,
                &nothing,
                &mut Short(room),
            )
            .err()
            .ok_or("it was written")?;
        assert!(error.message.contains("went away"), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn less_can_be_exported() -> Checked {
    let home = Home::plain()?;
    let store = home.open()?;
    write(&store).await?;
    let archives = store.archives(Trusted::default());
    for (contents, blobs) in [(Contents::NoFiles, 2), (Contents::NoBlobs, 0)] {
        let mut bytes = Vec::new();
        archives.export(
            &Moment {
                run: run(1),
                at: None,
            },
            contents,
            &Redaction::default(),
            &mut bytes,
        )?;
        assert_eq!(check(&bytes)?.blobs, blobs);
    }
    Ok(())
}
