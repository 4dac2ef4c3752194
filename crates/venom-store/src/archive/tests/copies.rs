//! Fuller and shorter copies of a run that is here, what is passed on, and what was asked for and is not
//! there.

use super::*;

/// Exports the first events of a run.
fn export_until(store: &Store, at: u64) -> Checked<Vec<u8>> {
    let mut bytes = Vec::new();
    let moment = Moment {
        run: run(1),
        at: Some(Seq::new(at)),
    };
    let archives = store.archives(Trusted::default());
    // Files are long, and nothing here is about them.
    archives.export(
        &moment,
        Contents::NoFiles,
        &Redaction::default(),
        &mut bytes,
    )?;
    Ok(bytes)
}

#[tokio::test]
async fn a_fuller_copy_extends_what_is_here_and_a_shorter_one_is_nothing_new() -> Checked {
    for from in [Home::plain()?, Home::keyed(Mode::Payload)?] {
        for to in [Home::plain()?, Home::keyed(Mode::Payload)?] {
            let source = from.open()?;
            if source.log().head(run(1)).await?.is_none() {
                write(&source).await?;
            }
            let last = source
                .log()
                .head(run(1))
                .await?
                .ok_or("no run")?
                .seq
                .number();
            let whole = export_until(&source, last)?;
            let (short, middle) = (export_until(&source, 2)?, export_until(&source, last - 1)?);
            let events = source.log().read(run(1), Seq::ZERO, 1_000).await?;
            source.close().await?;
            let found = check(&middle)?;
            assert_eq!(found.head.events, last - 1);

            let store = to.open()?;
            let archives = store.archives(Trusted::default());
            let import =
                |bytes: &[u8]| -> Checked<u64> { Ok(archives.import(&to.file(bytes)?)?.added) };
            assert_eq!(import(&short)?, 2);
            assert_eq!(store.projections().runs(10).await?.len(), 1);
            assert_eq!(import(&middle)?, last - 3);
            assert_eq!(import(&short)?, 0);
            assert_eq!(import(&whole)?, 1);
            for bytes in [&whole, &middle, &short] {
                assert_eq!(import(bytes)?, 0);
            }
            let log = store.log();
            assert_eq!(log.read(run(1), Seq::ZERO, 1_000).await?, events);
            assert_eq!(log.verify(None).await?.damage, None);
            let rows = store.projections().runs(10).await?;
            assert_eq!(rows[0].seq.number(), last);
            assert!(rows[0].outcome.is_some());
            store.close().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn other_events_and_other_texts_are_no_fuller_copy() -> Checked {
    let (one, other) = (Home::plain()?, Home::plain()?);
    let first = one.open()?;
    write(&first).await?;
    let (bytes, _) = export(&first, &Redaction::default())?;
    first.close().await?;
    let store = other.open()?;
    let own = batch(run(1), 0, vec![started("another")]);
    store.log().append(own).await?;
    let file = other.file(&bytes)?;
    let refused = store.archives(Trusted::default()).import(&file);
    let refused = refused.err().ok_or("other events were believed")?;
    assert!(refused.message.contains("other events"), "{refused:?}");
    store.close().await?;
    // A run that is here and somebody works on is not gone on with.
    let here = Home::plain()?;
    let store = here.open()?;
    let archives = store.archives(Trusted::default());
    let source = one.open()?;
    archives.import(&here.file(&export_until(&source, 2)?)?)?;
    source.close().await?;
    let ttl = venom_kernel::time::Millis::from_secs(60);
    let now = venom_kernel::time::Timestamp::from_micros(7);
    store
        .leases()
        .acquire(run(1), "somebody", now, ttl, &|_| false)
        .await?;
    let refused = archives.import(&here.file(&bytes)?).err();
    assert_eq!(
        refused.map(|failure| failure.kind),
        Some(FailureKind::Conflict)
    );
    store.close().await?;
    Ok(())
}

#[tokio::test]
async fn an_imported_run_loses_no_contents_that_it_knows_by_other_names() -> Checked {
    let (from, to) = (Home::keyed(Mode::Payload)?, Home::keyed(Mode::Payload)?);
    let source = from.open()?;
    write(&source).await?;
    let (bytes, exported) = export(&source, &Redaction::default())?;
    source.close().await?;
    let store = to.open()?;
    store
        .archives(Trusted::default())
        .import(&to.file(&bytes)?)?;
    store.blobs_settle()?;
    let none = std::collections::BTreeSet::new();
    let collected = store.collect(&none, crate::pack::care::Collect::Remove)?;
    assert_eq!(collected.missing, []);
    assert_eq!((collected.live, collected.removed), (exported.blobs, 0));
    store.close().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_asked_for_and_stands_nowhere_is_told_with_what_there_is() -> Checked {
    let home = Home::plain()?;
    let store = home.open()?;
    write(&store).await?;
    let (bytes, _) = export(&store, &Redaction::default())?;
    let place = |seq: u64, field: &str| Redaction {
        places: vec![Place {
            seq: Seq::new(seq),
            field: field.to_owned(),
        }],
        ..Redaction::default()
    };
    let text = |text: &str| Redaction {
        texts: vec![CANARY.to_owned(), text.to_owned()],
        ..Redaction::default()
    };
    for (redaction, says) in [
        (place(1, "goal"), "1.data.goal"),
        (place(1, "data.goa"), "1.data.goal"),
        (place(999, "data"), "the events 1 to"),
        (text("stands nowhere at all"), "1.data.goal"),
    ] {
        let mut copy = Vec::new();
        let redacted =
            FileAuditor::default().redact(&mut Cursor::new(&bytes), &redaction, &mut copy);
        let cut = export(&store, &redaction).map(|_| ());
        assert!(cut.is_err());
        let failure = redacted.err().ok_or("nothing was taken out")?;
        assert!(
            failure.hint.is_some_and(|hint| hint.contains(says)),
            "{says}"
        );
        assert!(check(&copy).is_err(), "half a copy is none");
    }
    for redaction in [place(1, "data.goal"), place(2, ""), place(1, "data")] {
        let cut = export(&store, &redaction)?.1;
        assert!(cut.lacks.values > 0);
    }
    store.close().await?;
    Ok(())
}

#[test]
fn a_text_is_found_in_every_form_that_writers_give_it() -> Checked {
    use base64::Engine as _;
    let text = "a pass phrase/über-4711 that is long";
    let redaction = Redaction {
        texts: vec![text.to_owned()],
        ..Redaction::default()
    };
    let base64 = base64::prelude::BASE64_STANDARD.encode(format!("user:{text}:x"));
    let broken = |at: usize, end: &str| {
        let lines: Vec<&str> = base64
            .as_bytes()
            .chunks(at)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        lines.join(end)
    };
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    let units: Vec<String> = units.collect();
    let forms = [
        text.to_owned(),
        broken(64, "\n"),
        broken(10, "\r\n"),
        broken(7, "\r\n "),
        text.replace('ü', "\\u00fc"),
        text.replace('ü', "\\u00FC"),
        text.replace('/', "\\/").replace('ü', "\\u00fc"),
        text.replace('/', "\\/"),
        units.join(""),
        "a+pass+phrase%2F%C3%BCber-4711+that+is+long".to_owned(),
        "a+pass+phrase/%c3%bcber-4711+that+is+long".to_owned(),
    ];
    for form in forms {
        let needles = needle::Needles::new(&redaction)?;
        assert!(needles.all_met(1).is_err());
        assert!(
            needles.hits(format!("before {form} after").as_bytes()),
            "{form}"
        );
        assert!(needles.all_met(1).is_ok());
    }
    Ok(())
}

#[tokio::test]
async fn what_was_forked_from_an_encrypted_run_is_exported_where_nothing_is_encrypted() -> Checked {
    let (from, to) = (Home::keyed(Mode::Payload)?, Home::plain()?);
    let source = from.open()?;
    write(&source).await?;
    let (bytes, _) = export(&source, &Redaction::default())?;
    let events = source.log().read(run(1), Seq::ZERO, 1).await?;
    source.close().await?;
    let store = to.open()?;
    let archives = store.archives(Trusted::default());
    archives.import(&to.file(&bytes)?)?;
    // A fork begins with the events of the other run, which name blobs as they were named there.
    let own = events.into_iter().map(|envelope| envelope.event).collect();
    store.log().append(batch(run(9), 0, own)).await?;
    let moment = Moment {
        run: run(9),
        at: None,
    };
    let mut forked = Vec::new();
    archives.export(&moment, Contents::All, &Redaction::default(), &mut forked)?;
    let found = check(&forked)?;
    assert!(found.keyed > 0 && found.keyed == found.blobs, "{found:?}");
    let third = Home::plain()?;
    let elsewhere = third.open()?;
    let archives = elsewhere.archives(Trusted::default());
    assert_eq!(archives.import(&third.file(&forked)?)?.added, 1);
    elsewhere.close().await?;
    store.close().await?;
    Ok(())
}

#[test]
fn an_empty_line_among_the_trusted_keys_is_passed_over() -> Checked {
    let folder = tempfile::tempdir()?;
    let key = "ab".repeat(32);
    std::fs::write(
        folder.path().join("trusted"),
        format!("\ned25519:{key} one\n  \n"),
    )?;
    assert_eq!(Trusted::load(folder.path())?.list().len(), 1);
    std::fs::write(folder.path().join("trusted"), "ed25519:12 short\n")?;
    assert!(Trusted::load(folder.path()).is_err());
    Ok(())
}
