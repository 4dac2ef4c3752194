//! What a repair of the log has lost, told by the runs that lost it. A repair may be killed after the new
//! log is in its place and before its runs say so; whoever opens the folder next does the rest.

use std::path::Path;

use venom_kernel::event::Event;
use venom_kernel::id::Seq;
use venom_kernel::run::Proposed;
use venom_ports::clock::Clock as _;
use venom_ports::lease::Acquired;
use venom_ports::log::Batch;
use venom_store::salvage::{self, RunLeft};

use super::Wired;
use crate::error::CliError;
use crate::exit::Exit;

/// Who writes that events were lost.
const ME: &str = "doctor";

/// How long a run is kept from others while it is written to. Chosen: it takes milliseconds.
const HELD_SECS: u64 = 30;

/// Lets the runs of the last repair say what they lost, if they do not yet; returns what should be told.
pub(crate) async fn say(wired: &Wired, data: &Path) -> Vec<String> {
    let mended = match salvage::unsaid(data) {
        Ok(Some(mended)) => mended,
        Ok(None) => return Vec::new(),
        Err(failure) => return vec![failure.message],
    };
    let mut told = Vec::new();
    let mut is_done = true;
    for left in &mended.examined.runs {
        // What is left of a run that was done elsewhere comes back with its archive.
        if left.is_whole() || left.is_imported || left.kept == Seq::ZERO {
            continue;
        }
        match note(wired, left, &mended.aside).await {
            Ok(()) => {}
            Err(Unsaid::Later(why)) => {
                is_done = false;
                tracing::info!(run = %left.run, %why, "that a run lost events is told later");
            }
            Err(Unsaid::Never(why)) => told.push(format!(
                "{} does not say that it lost events: {why}",
                left.run
            )),
        }
    }
    if is_done && let Err(failure) = salvage::said(data) {
        told.push(failure.message);
    }
    told
}

/// Why a run does not say it.
enum Unsaid {
    /// It can be tried again.
    Later(String),
    Never(String),
}

/// Writes into a run's own log that events of it are lost, if it still ends where the repair left it.
async fn note(wired: &Wired, left: &RunLeft, aside: &Path) -> Result<(), Unsaid> {
    let later = |error: CliError| Unsaid::Later(error.message);
    let log = wired.store.log();
    let head = log
        .head(left.run)
        .await
        .map_err(|failure| later(failure.into()))?;
    if head.is_none_or(|head| head.seq != left.kept) {
        return Ok(());
    }
    let protection = wired.store.protection();
    if protection.is_used && protection.source.is_none() {
        return Err(Unsaid::Later("the master key is not here".to_owned()));
    }
    let now = venom_exec::os::SystemClock::new().now();
    let leases = wired.store.leases();
    let ttl = venom_kernel::time::Millis::from_secs(HELD_SECS);
    let acquired = leases.acquire(left.run, ME, now, ttl, &|_| true).await;
    let lease = match acquired {
        Ok(Acquired::Yours(lease)) => lease,
        Ok(_) => return Err(later(CliError::new(Exit::Failed, "somebody works on it"))),
        Err(failure) => return Err(later(failure.into())),
    };
    let event = Event::LogRepaired {
        until: left.until,
        aside: aside.display().to_string(),
    };
    let appended = log
        .append(Batch {
            run: left.run,
            expected: left.kept,
            fence: lease.fence,
            time: now,
            events: vec![Proposed { event, cause: None }],
        })
        .await;
    let released = leases.release(&lease).await;
    appended.map_err(|error| Unsaid::Never(error.to_string()))?;
    released.map_err(|failure| later(failure.into()))
}
