//! Opening: who may see the files, and what is said about files that cannot be used.

use std::os::unix::fs::PermissionsExt as _;

use venom_ports::FailureKind;
use venom_store::Store;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, pauses, run, started};

use crate::fixture::{Home, tamper, written};

#[tokio::test]
async fn files_are_for_the_user_alone() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    store
        .log()
        .append(batch(run(1), 0, vec![started("private")]))
        .await?;
    store.blobs().put(vec![7; 10_000]).await?;
    store.projections().runs(1).await?;
    let mut seen = 0;
    let mut folders = vec![home.data()];
    while let Some(folder) = folders.pop() {
        let mode = std::fs::metadata(&folder)?.permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = std::fs::metadata(&path)?.permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{}", path.display());
                seen += 1;
            }
        }
    }
    // Two databases with two files beside each, a pack, the lock of the packs and that of the log.
    assert_eq!(seen, 9);
    Ok(())
}

#[tokio::test]
async fn a_closed_store_is_one_file() -> Checked {
    let home = Home::new()?;
    written(&home).await?;
    assert!(!home.file("log.db-wal").exists());
    let connection = tamper(&home.file("log.db"))?;
    let unsealed: i64 =
        connection.query_row("SELECT events - sealed FROM head", [], |row| row.get(0))?;
    assert_eq!(unsealed, 0, "closing seals the tail");
    Ok(())
}

#[tokio::test]
async fn long_runs_are_sealed_on_the_way() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let log = store.log();
    log.append(batch(run(1), 0, vec![started("long")])).await?;
    for page in 0..6 {
        log.append(batch(run(1), 1 + page * 512, pauses(512)))
            .await?;
    }
    // 1,025 events after two pages; then two more pages make the next 1,024, and so on.
    let verified = log.verify(None).await?;
    assert_eq!(
        (verified.events, verified.seals, verified.damage),
        (3_073, 3, None)
    );
    Ok(())
}

fn refused(home: &Home) -> Checked<FailureKind> {
    match Store::open(&home.data()) {
        Ok(_) => Err("it was opened".into()),
        Err(failure) => {
            assert!(failure.hint.is_some(), "without a hint: {failure:?}");
            Ok(failure.kind)
        }
    }
}

#[tokio::test]
async fn a_newer_log_is_refused() -> Checked {
    let home = Home::new()?;
    written(&home).await?;
    tamper(&home.file("log.db"))?.pragma_update(None, "user_version", 99)?;
    assert_eq!(refused(&home)?, FailureKind::Refused);
    Ok(())
}

#[test]
fn what_is_no_log_is_refused_and_left_alone() -> Checked {
    let home = Home::new()?;
    std::fs::create_dir(home.data())?;
    let garbage = b"this is not a database, and long enough to be seen as such. ".repeat(100);
    std::fs::write(home.file("log.db"), &garbage)?;
    assert_eq!(refused(&home)?, FailureKind::Corrupt);
    assert_eq!(std::fs::read(home.file("log.db"))?, garbage);

    std::fs::remove_file(home.file("log.db"))?;
    tamper(&home.file("log.db"))?.execute_batch("CREATE TABLE notes(text TEXT)")?;
    assert_eq!(refused(&home)?, FailureKind::Corrupt);

    std::fs::remove_file(home.file("log.db"))?;
    std::fs::create_dir(home.file("log.db"))?;
    assert_eq!(refused(&home)?, FailureKind::Refused);
    Ok(())
}

#[tokio::test]
async fn a_lost_log_is_not_begun_anew() -> Checked {
    let home = Home::new()?;
    written(&home).await?;
    let store = home.open()?;
    store.projections().runs(1).await?;
    store.close().await?;
    let log = home.file("log.db");
    let good = std::fs::read(&log)?;
    // SQLite takes a file that ends inside its first page for an empty one.
    for length in [0, 1, 99, 100, 512, 4_095, 4_096, 8_192] {
        std::fs::write(&log, good.get(..length).unwrap_or_default())?;
        assert_eq!(refused(&home)?, FailureKind::Corrupt, "cut to {length}");
    }
    std::fs::remove_file(&log)?;
    assert_eq!(refused(&home)?, FailureKind::Corrupt);
    std::fs::write(&log, good)?;
    assert_eq!(home.open()?.log().verify(None).await?.damage, None);
    Ok(())
}

#[test]
fn a_file_in_the_folders_place_is_refused() -> Checked {
    let home = Home::new()?;
    std::fs::write(home.data(), b"file")?;
    assert_eq!(refused(&home)?, FailureKind::Refused);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_a_new_folder_at_once() -> Checked {
    for _ in 0..5 {
        let home = Home::new()?;
        let data = home.data();
        let openings = (0..6).map(|_| {
            let data = data.clone();
            tokio::task::spawn_blocking(move || Store::open(&data))
        });
        let mut stores = Vec::new();
        for opened in futures::future::join_all(openings).await {
            stores.push(opened??);
        }
        for (number, store) in (1..).zip(&stores) {
            store
                .log()
                .append(batch(run(number), 0, vec![started("together")]))
                .await?;
        }
        for store in &stores {
            assert_eq!(store.log().verify(None).await?.runs, 6);
        }
    }
    Ok(())
}
