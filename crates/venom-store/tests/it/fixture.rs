//! What several tests need: fresh stores, a look behind the store's back, and honest skipping.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use venom_store::Store;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, paused, planned, run, stepped, whole};

/// A folder that goes away with the test, and the data folder in it.
pub(crate) struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Checked<Self> {
        Ok(Self {
            dir: tempfile::tempdir()?,
        })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    pub(crate) fn open(&self) -> Checked<Store> {
        Ok(Store::open(&self.data())?)
    }
}

/// Opens a file past the store, with its guards taken down.
#[expect(
    clippy::disallowed_methods,
    reason = "the test plays somebody who tampers with the file"
)]
pub(crate) fn tamper(path: &Path) -> Checked<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.execute_batch(
        "DROP TRIGGER IF EXISTS ev_kept; DROP TRIGGER IF EXISTS ev_fixed;
         DROP TRIGGER IF EXISTS seal_kept; DROP TRIGGER IF EXISTS seal_fixed;",
    )?;
    Ok(connection)
}

/// Writes four runs whose events lie between each other, one of them long enough for pages of its
/// own, and closes the store; returns how many events there are.
pub(crate) async fn written(home: &Home) -> Checked<u64> {
    let store = home.open()?;
    let log = store.log();
    log.append(batch(run(1), 0, planned("the first", 4)?))
        .await?;
    log.append(batch(run(2), 0, whole("the second", 2)?))
        .await?;
    for step in 1..=3 {
        log.append(batch(
            run(1),
            3 + 5 * (u64::from(step) - 1),
            stepped(step, 7)?,
        ))
        .await?;
        let other = whole("others", 3)?;
        log.append(batch(run(2 + u64::from(step)), 0, other))
            .await?;
    }
    log.append(batch(run(1), 18, vec![paused()])).await?;
    let verified = log.verify(None).await?;
    assert_eq!(verified.damage, None);
    store.close().await?;
    Ok(verified.events)
}

/// Says that a test was skipped; fails instead when the surroundings are said to be there.
pub(crate) fn skipped(service: &str, reason: &str) -> Checked {
    use std::io::Write as _;
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment what is there"
    )]
    let required = std::env::var("VENOM_TEST_REQUIRE").unwrap_or_default();
    if required.split(',').any(|name| name == service) {
        return Err(format!("{service} is required, but {reason}").into());
    }
    writeln!(std::io::stderr(), "SKIPPED: {reason}")?;
    Ok(())
}
