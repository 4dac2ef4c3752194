//! `venom doctor --repair`: first the log, without opening it; then, through the engine, what depends on
//! it.

use std::path::Path;

use serde_json::json;
use venom_kernel::id::{RunId, Seq};
use venom_ports::FailureKind;
use venom_store::keys::{self, BrokenKey, Fate, Protection};
use venom_store::pack::care::{Flaw, Repaired};
use venom_store::salvage::{self, Examined, Mended, MendedNotes};

use super::{Finding, Grade, LISTED, finding};
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};

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
    let protection = Protection {
        mode: context.settings()?.encryption.value,
        sources: context.key_sources()?,
    };
    let mut keys = mend_keys(&data, &protection)?;
    let mended = log(context, &data, &protection)?;
    if let Some(mended) = &mended {
        say(context, mended);
        keys.extend(mend_keys(&data, &protection)?);
    }
    if context.out.form == Form::Text {
        for key in &keys {
            context.out.data(&format!("{}\n", key.words()));
        }
    }
    let notes = salvage::mend_notes(&data)?;
    if let Some(notes) = notes.as_ref().filter(|_| context.out.form == Form::Text) {
        context.out.data(&format!("{}\n", words(notes)));
    }
    let mut repaired = Repaired::default();
    let mut missed = 0;
    let mut is_clean = false;
    // Opening it lets the runs say what they lost.
    context.with_sources(protection.sources, async |wired| {
        if !wired.store.blobs_check()?.is_whole() {
            repaired = wired.store.blobs_repair()?;
        }
        missed = wired.store.blobs_check()?.missed.len();
        wired.store.projections().rebuild().await?;
        is_clean = wired.store.log().verify(None).await?.damage.is_none();
        wired.store.memory_log().verify().await?;
        Ok(Exit::Ok)
    })?;
    let done = Done {
        mended: mended.as_ref(),
        notes: notes.as_ref(),
        keys: &keys,
        repaired: &repaired,
        missed,
        is_clean,
    };
    Ok(conclude(context, &done))
}

/// What a repair has come to.
struct Done<'a> {
    mended: Option<&'a Mended>,
    notes: Option<&'a MendedNotes>,
    keys: &'a [BrokenKey],
    repaired: &'a Repaired,
    /// Contents that this or an earlier repair could not bring back.
    missed: usize,
    is_clean: bool,
}

/// Repairs keys, where the log can be read that they stand in.
fn mend_keys(data: &Path, protection: &Protection) -> Result<Vec<BrokenKey>, CliError> {
    match keys::mend(data, protection) {
        Ok(keys) => Ok(keys),
        Err(failure) if failure.kind == FailureKind::Corrupt => {
            tracing::info!(%failure, "the keys cannot be looked at");
            Ok(Vec::new())
        }
        Err(failure) if failure.kind == FailureKind::Missing => Ok(Vec::new()),
        Err(failure) => Err(failure.into()),
    }
}

/// Says what a repair of the memory's own log has come to.
fn words(notes: &MendedNotes) -> String {
    format!(
        "memory: {} events are provably what was written, {} behind them can be counted and are not, {} kept without their words; the damaged file is {}",
        notes.kept,
        notes.lost,
        notes.wordless,
        notes.aside.display()
    )
}

/// Repairs the log if it is damaged.
fn log(
    context: &Context,
    data: &Path,
    protection: &Protection,
) -> Result<Option<Mended>, CliError> {
    if !salvage::is_cut_off(data) {
        let mut is_damaged = false;
        let looked = context.with_sources(protection.sources.clone(), async |wired| {
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
    Ok(Some(salvage::mend_protected(data, protection)?))
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
    let is_cut = |left: &&salvage::RunLeft| left.is_imported && !left.is_whole();
    for left in examined.runs.iter().filter(is_cut).take(LISTED) {
        lines.push(format!(
            "{} was imported: importing its archive again brings back what is lost",
            left.run
        ));
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

fn conclude(context: &Context, done: &Done<'_>) -> Exit {
    let Done {
        mended,
        notes,
        keys,
        repaired,
        missed,
        is_clean,
    } = *done;
    let has = |fate: Fate| keys.iter().any(|key| key.fate == fate);
    let has_lost = mended.is_some_and(|mended| !mended.examined.lost.is_empty())
        || notes.is_some()
        || !repaired.lost.is_empty()
        || missed > 0
        || has(Fate::SetAside);
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
        if missed > 0 {
            context.out.data(&format!("{}\n", missing(missed)));
        }
        let has_done =
            mended.is_some() || notes.is_some() || !repaired.aside.is_empty() || !keys.is_empty();
        let line = match (is_clean, has_done) {
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
                "memory": notes,
                "keys": keys,
                "contents": {
                    "saved": repaired.saved,
                    "lost": repaired.lost.iter().map(flaw).collect::<Vec<_>>(),
                    "aside": repaired.aside,
                    "busy": repaired.busy,
                    "missing": missed,
                },
                "intact": is_clean,
            }),
        );
    }
    if !is_clean || !repaired.busy.is_empty() || has(Fate::Left) {
        Exit::Damaged
    } else if has_lost {
        Exit::Partial
    } else {
        Exit::Ok
    }
}

/// Says that contents are still not there.
pub(super) fn missing(count: usize) -> String {
    format!(
        "{count} objects that a repair could not bring back are still missing; importing an archive of a run that names them, or a copy of `data/blobs`, brings them back"
    )
}
