//! `venom doctor --repair`: first the log, without opening it; then, through the engine, what depends on
//! it.

use std::path::Path;

use serde_json::json;
use venom_kernel::event::Event;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::Proposed;
use venom_ports::clock::Clock as _;
use venom_ports::lease::Acquired;
use venom_ports::log::Batch;
use venom_store::pack::care::{Flaw, Repaired};
use venom_store::salvage::{self, Examined, Mended, RunLeft};

use super::{Finding, Grade, LISTED, finding};
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::Wired;

/// Who writes that events were lost.
const ME: &str = "doctor";

/// Says what a repair of the log would come to.
pub(super) fn preview(context: &Context) -> Vec<Finding> {
    let Ok(paths) = context.paths() else {
        return Vec::new();
    };
    match salvage::examine(&paths.data()) {
        Ok(examined) if examined.events == 0 && examined.runs.is_empty() => Vec::new(),
        Ok(examined) => told(&examined)
            .into_iter()
            .map(|line| finding("repair", Grade::Note, line))
            .collect(),
        Err(failure) => vec![finding("repair", Grade::Note, failure.message)],
    }
}

pub(super) fn run(context: &Context) -> CliResult {
    let data = context.paths()?.data();
    if !data.exists() {
        return Err(CliError::new(
            Exit::Failed,
            format!("there is no data in {}", data.display()),
        ));
    }
    let mended = log(context, &data)?;
    if let Some(mended) = &mended {
        say(context, mended);
    }
    let mut repaired = Repaired::default();
    let mut is_clean = false;
    context.with_engine(async |wired| {
        if let Some(mended) = &mended {
            for left in mended.examined.runs.iter().filter(|left| !left.is_whole()) {
                if left.kept > Seq::ZERO
                    && let Err(error) = note(wired, left, &mended.aside).await
                {
                    context.out.warning(&format!(
                        "{} does not say that it lost events: {}",
                        left.run, error.message
                    ));
                }
            }
        }
        if !wired.store.blobs_check()?.is_whole() {
            repaired = wired.store.blobs_repair()?;
        }
        wired.store.projections().rebuild().await?;
        is_clean = wired.store.log().verify(None).await?.damage.is_none();
        Ok(Exit::Ok)
    })?;
    Ok(conclude(context, mended.as_ref(), &repaired, is_clean))
}

/// Repairs the log if it is damaged.
fn log(context: &Context, data: &Path) -> Result<Option<Mended>, CliError> {
    if !salvage::is_cut_off(data) {
        let mut is_damaged = false;
        let looked = context.with_engine(async |wired| {
            is_damaged = wired.store.log().verify(None).await?.damage.is_some();
            Ok(Exit::Ok)
        });
        match looked {
            Ok(_) if !is_damaged => return Ok(None),
            Ok(_) => {}
            Err(error) if error.exit == Exit::Damaged => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some(salvage::mend(data)?))
}

/// Writes into a run's own log that events of it are lost.
async fn note(wired: &Wired, left: &RunLeft, aside: &Path) -> Result<(), CliError> {
    let now = venom_exec::os::SystemClock::new().now();
    let leases = wired.store.leases();
    let ttl = venom_kernel::time::Millis::from_secs(30);
    let Acquired::Yours(lease) = leases.acquire(left.run, ME, now, ttl, &|_| true).await? else {
        return Err(CliError::new(Exit::Failed, "somebody works on it"));
    };
    let event = Event::LogRepaired {
        until: left.until,
        aside: aside.display().to_string(),
    };
    let appended = wired
        .store
        .log()
        .append(Batch {
            run: left.run,
            expected: left.kept,
            fence: lease.fence,
            time: now,
            events: vec![Proposed { event, cause: None }],
        })
        .await;
    leases.release(&lease).await?;
    match appended {
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::new(Exit::Failed, error.to_string())),
    }
}

/// Says what is wrong with a content.
pub(super) fn flaw(flaw: &Flaw) -> String {
    let of = flaw
        .id
        .as_ref()
        .map(|id| format!(", object {id}"))
        .unwrap_or_default();
    format!(
        "{} at {}{of}: {}",
        flaw.file.display(),
        flaw.offset,
        flaw.what
    )
}

fn told(examined: &Examined) -> Vec<String> {
    let whole = examined.runs.iter().filter(|left| left.is_whole()).count();
    let mut lines = vec![format!(
        "{} events of {} runs are provably what was written; {whole} runs are whole, {} events are lost",
        examined.events,
        examined
            .runs
            .iter()
            .filter(|left| left.kept > Seq::ZERO)
            .count(),
        examined.lost.len()
    )];
    if examined.sealed_to > 0 {
        lines.push(format!(
            "the last seal that fits covers the first {} events of all",
            examined.sealed_to
        ));
    }
    for left in examined
        .runs
        .iter()
        .filter(|left| !left.is_whole())
        .take(LISTED)
    {
        lines.push(if left.kept == Seq::ZERO {
            format!("{}: nothing can be kept of {} events", left.run, left.until)
        } else {
            format!(
                "{}: kept up to event {} of {}",
                left.run, left.kept, left.until
            )
        });
    }
    for event in examined.lost.iter().take(LISTED) {
        let run = event
            .run
            .map_or_else(|| "an unknown run".to_owned(), |run: RunId| run.to_string());
        let kind = event
            .kind
            .as_deref()
            .map(|kind| format!(" {kind}"))
            .unwrap_or_default();
        lines.push(format!(
            "lost: {run}@{}{kind}: {}",
            event.seq,
            event.why.words()
        ));
    }
    if examined.lost.len() > LISTED {
        lines.push(format!("and {} more", examined.lost.len() - LISTED));
    }
    lines
}

fn say(context: &Context, mended: &Mended) {
    if context.out.form != Form::Text {
        return;
    }
    for line in told(&mended.examined) {
        context.out.data(&format!("{}\n", clean::line(&line)));
    }
    context.out.data(&format!(
        "the damaged files and the whole list of what is lost are in {}\n",
        mended.aside.display()
    ));
}

fn conclude(
    context: &Context,
    mended: Option<&Mended>,
    repaired: &Repaired,
    is_clean: bool,
) -> Exit {
    let has_lost =
        mended.is_some_and(|mended| !mended.examined.lost.is_empty()) || !repaired.lost.is_empty();
    if context.out.form == Form::Text {
        for lost in repaired.lost.iter().take(LISTED) {
            context
                .out
                .data(&format!("lost: {}\n", clean::line(&flaw(lost))));
        }
        if !repaired.aside.is_empty() {
            context.out.data(&format!(
                "{} objects were brought over from {} damaged packs, which are put aside\n",
                repaired.saved,
                repaired.aside.len()
            ));
        }
        for busy in &repaired.busy {
            context.out.warning(&format!(
                "{} is damaged, and a running process writes to it",
                clean::line(&busy.display().to_string())
            ));
        }
        let line = match (is_clean, mended.is_some() || !repaired.aside.is_empty()) {
            (false, _) => "the log is still damaged",
            (true, true) => "repaired; the log is intact",
            (true, false) => "nothing stored is damaged",
        };
        context.out.data(&format!("{line}\n"));
    } else {
        context.out.document(
            "repair",
            json!({
                "log": mended,
                "contents": {
                    "saved": repaired.saved,
                    "lost": repaired.lost.iter().map(flaw).collect::<Vec<_>>(),
                    "aside": repaired.aside,
                    "busy": repaired.busy,
                },
                "intact": is_clean,
            }),
        );
    }
    if !is_clean || !repaired.busy.is_empty() {
        Exit::Damaged
    } else if has_lost {
        Exit::Partial
    } else {
        Exit::Ok
    }
}
