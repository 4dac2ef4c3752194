//! A process that is killed in the middle of appending: whatever it was told is kept is kept.
//!
//! The test starts its own binary as the process to be killed.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use venom_kernel::id::Seq;
use venom_store::Store;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{batch, pauses, run, started};

use crate::fixture::Home;

const FOLDER: &str = "VENOM_STORE_TEST_CHILD";

#[expect(
    clippy::disallowed_methods,
    reason = "how the test tells its child that it is one"
)]
fn folder() -> Option<OsString> {
    std::env::var_os(FOLDER)
}

/// The process to be killed: appends without end to a run of its own and says what it was told.
#[tokio::test]
async fn child() -> Checked {
    let Some(folder) = folder() else {
        return Ok(());
    };
    let store = Store::open(&PathBuf::from(folder))?;
    let log = store.log();
    let number = u64::from(std::process::id());
    log.append(batch(run(number), 0, vec![started("killed")]))
        .await?;
    let mut seq = 1;
    loop {
        // Two events a batch: half a batch must never be seen.
        let appended = log.append(batch(run(number), seq, pauses(2))).await?;
        seq += appended.len() as u64;
        let mut out = std::io::stdout();
        writeln!(out, "KEPT {number} {seq}")?;
        out.flush()?;
    }
}

/// Starts a child, kills it after so many appends, and returns its run and what it was told.
fn killed(home: &Home, appends: usize) -> Checked<(u64, u64)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "kill::child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, home.data())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let mut kept = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line?;
        if let Some((_, numbers)) = line.split_once("KEPT ") {
            let (number, seq) = numbers.split_once(' ').ok_or("half a line")?;
            kept.push((number.parse()?, seq.parse()?));
        }
        if kept.len() == appends {
            child.kill()?;
            // The loop goes on: what was said before the end counts.
        }
    }
    child.wait()?;
    kept.last()
        .copied()
        .ok_or_else(|| "the child said nothing".into())
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() -> Checked {
    let home = Home::new()?;
    let mut runs = 0;
    for appends in [1, 2, 7, 30, 61, 100] {
        let (number, told) = killed(&home, appends)?;
        runs += 1;
        let store = home.open()?;
        let events = store.log().read(run(number), Seq::ZERO, 100_000).await?;
        let found = events.len() as u64;
        assert!(
            found >= told,
            "{found} events, but {told} were acknowledged"
        );
        assert_eq!(found % 2, 1, "half a batch is there");
        let verified = store.log().verify(None).await?;
        assert_eq!((verified.runs, verified.damage), (runs, None));
        // And it goes on.
        store
            .log()
            .append(batch(run(number), found, pauses(2)))
            .await?;
        store.close().await?;
    }
    Ok(())
}
