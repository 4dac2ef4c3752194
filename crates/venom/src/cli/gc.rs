//! `venom gc`: removes what nothing needs any more, and says what was freed.
//!
//! What is needed is decided by the store: everything that an event names. Contents of old runs go only
//! when that is asked for, and the run's own log says so before anything is removed.

mod clutter;

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;
use venom_kernel::id::RunId;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::{ApiError, Runs as _};
use venom_ports::api::time::Time as _;
use venom_ports::clock::Clock as _;
use venom_ports::projection::RunRow;
use venom_store::pack::care::{Collect, Collected};

use self::clutter::Freed;
use super::context::Context;
use crate::config::size;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::{self, Wired};

/// Runs that are looked at. Chosen: as many as `venom runs` lists at most.
const RUNS: usize = 100_000;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Remove what nothing needs any more
#[derive(Debug, Args)]
pub(crate) struct GcArgs {
    /// Only say what would be removed
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Also let go of the contents of runs that ended more than so many days ago; they can then be
    /// read and not be taken back
    #[arg(long, value_name = "DAYS", conflicts_with = "keep_runs", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    keep: Option<u32>,
    /// Also let go of the contents of all but the newest runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    keep_runs: Option<u32>,
    /// Also let go of the contents of the oldest runs until the content store takes no more than this
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    quota: Option<u64>,
    /// Also remove the scratch copies of runs that have ended
    #[arg(long)]
    copies: bool,
}

/// What was done, or would be.
struct Outcome {
    released: Vec<RunId>,
    collected: Collected,
    /// What the content store takes afterwards.
    left: u64,
    clutter: Vec<(&'static str, Freed)>,
    /// Runs that somebody worked on just now.
    busy: Vec<RunId>,
    /// What the content store may take.
    quota: Option<u64>,
}

pub(super) fn run(context: &Context, args: &GcArgs) -> CliResult {
    context.with_engine(async |wired| {
        let rows = wired.host.list(RUNS).await?;
        let mut outcome = collect(context, wired, args, &rows).await?;
        if !args.dry_run {
            wire::tidy(&context.paths()?);
        }
        outcome.clutter.extend(clutter::sweep(
            &context.paths()?,
            &rows,
            clutter::Wanted {
                with_copies: args.copies,
                is_dry: args.dry_run,
            },
        ));
        report(context, args, &outcome);
        let is_over = outcome.quota.is_some_and(|quota| outcome.left > quota);
        Ok(if is_over || !outcome.busy.is_empty() {
            Exit::Partial
        } else {
            Exit::Ok
        })
    })
}

async fn collect(
    context: &Context,
    wired: &Wired,
    args: &GcArgs,
    rows: &[RunRow],
) -> Result<Outcome, CliError> {
    // What was imported is somebody else's: nothing can be written behind it.
    let archives = wired.archives(&context.paths()?)?;
    let mut own = Vec::new();
    for row in rows {
        if archives.origin(row.run)?.is_none() {
            own.push(row.clone());
        }
    }
    let rows = own.as_slice();
    let mut given_up: BTreeSet<RunId> = chosen(args, rows);
    if let Some(quota) = args.quota {
        grow(wired, rows, quota, &mut given_up)?;
    }
    if !args.dry_run && !given_up.is_empty() {
        // Nothing is let go of where a collection could not go through.
        wired.store.collect(&given_up, Collect::Count)?;
    }
    let mut released = Vec::new();
    let mut busy = Vec::new();
    for run in given_up.clone() {
        let state = match wired.host.state(run, None).await {
            Ok(state) => state,
            // Nobody can read it, and it names nothing any more.
            Err(error) => {
                tracing::info!(%run, %error, "a run is not let go of");
                given_up.remove(&run);
                continue;
            }
        };
        if state.released().is_some() {
            continue;
        }
        if !args.dry_run {
            match wired.host.release(run, &context.user()).await {
                Ok(()) => {}
                Err(ApiError::Owned { .. } | ApiError::Refused { .. }) => {
                    given_up.remove(&run);
                    busy.push(run);
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
        }
        released.push(run);
    }
    let before = wired.store.blobs_usage()?;
    let how = if args.dry_run {
        Collect::Count
    } else {
        Collect::Remove
    };
    // What was let go of says so in the log; only a dry run has to be told.
    let told = if args.dry_run {
        given_up
    } else {
        BTreeSet::new()
    };
    let quota = args.quota.or(context.settings()?.quota.value);
    let mut collected = wired.store.collect(&told, how)?;
    let left_after = |collected: &Collected| -> Result<u64, CliError> {
        if args.dry_run {
            let before = before.pack_bytes + before.single_bytes;
            return Ok(before.saturating_sub(collected.freed_bytes));
        }
        let after = wired.store.blobs_usage()?;
        Ok(after.pack_bytes + after.single_bytes)
    };
    let mut left = left_after(&collected)?;
    if collected.dead_bytes > 0 && quota.is_some_and(|quota| left > quota) {
        // It is worth writing packs anew for little: nothing else can go.
        collected = if args.dry_run {
            wired.store.collect(&told, Collect::CountAll)?
        } else {
            let more = wired.store.collect(&told, Collect::RemoveAll)?;
            Collected {
                removed: collected.removed + more.removed,
                freed_bytes: collected.freed_bytes + more.freed_bytes,
                packs: collected.packs + more.packs,
                ..more
            }
        };
        left = left_after(&collected)?;
    }
    Ok(Outcome {
        released,
        collected,
        left,
        clutter: Vec::new(),
        busy,
        quota,
    })
}

/// Returns the runs whose contents are to go by age or number.
fn chosen(args: &GcArgs, rows: &[RunRow]) -> BTreeSet<RunId> {
    let now = venom_exec::os::SystemClock::new().now();
    let is_old = |updated: Timestamp| {
        args.keep.is_some_and(|days| {
            let age = now.micros().saturating_sub(updated.micros());
            age >= i64::from(days).saturating_mul(DAY)
        })
    };
    rows.iter()
        .enumerate()
        .filter(|(place, row)| {
            let is_behind = args.keep_runs.is_some_and(|count| *place >= count as usize);
            row.outcome.is_some() && (is_behind || is_old(row.updated))
        })
        .map(|(_, row)| row.run)
        .collect()
}

/// Adds as few of the oldest runs as make what is left fit. Where nothing would, none is let go of.
fn grow(
    wired: &Wired,
    rows: &[RunRow],
    quota: u64,
    given_up: &mut BTreeSet<RunId>,
) -> Result<(), CliError> {
    let usage = wired.store.blobs_usage()?;
    let used = usage.pack_bytes + usage.single_bytes;
    let oldest: Vec<RunId> = rows
        .iter()
        .rev()
        .filter(|row| row.outcome.is_some() && !given_up.contains(&row.run))
        .map(|row| row.run)
        .collect();
    let fits = |count: usize| -> Result<bool, CliError> {
        let more = oldest.iter().take(count);
        let all = given_up.iter().chain(more).copied().collect();
        let freed = wired.store.collect(&all, Collect::CountAll)?.freed_bytes;
        Ok(used.saturating_sub(freed) <= quota)
    };
    if !fits(oldest.len())? {
        return Ok(());
    }
    let (mut low, mut high) = (0, oldest.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if fits(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    given_up.extend(oldest.into_iter().take(low));
    Ok(())
}

fn report(context: &Context, args: &GcArgs, outcome: &Outcome) {
    let Outcome {
        released,
        collected,
        left,
        clutter,
        busy,
        quota,
    } = outcome;
    let freed: u64 =
        collected.freed_bytes + clutter.iter().map(|(_, freed)| freed.bytes).sum::<u64>();
    if context.out.form != Form::Text {
        let classes: serde_json::Map<String, serde_json::Value> = clutter
            .iter()
            .map(|(class, freed)| {
                (
                    (*class).to_owned(),
                    json!({"entries": freed.entries, "bytes": freed.bytes}),
                )
            })
            .collect();
        context.out.document(
            "gc",
            json!({
                "dry_run": args.dry_run,
                "freed_bytes": freed,
                "released_runs": released,
                "busy_runs": busy,
                "contents": {
                    "live": collected.live,
                    "removed": collected.removed,
                    "freed_bytes": collected.freed_bytes,
                    "dead_bytes": collected.dead_bytes,
                    "left_bytes": left,
                    "quota_bytes": quota,
                    "busy_packs": collected.busy,
                    "damaged_packs": collected.damaged,
                    "missing": collected.missing_count,
                },
                "other": classes,
            }),
        );
        return;
    }
    let verb = if args.dry_run {
        "would be removed"
    } else {
        "removed"
    };
    let mut lines = Vec::new();
    if !released.is_empty() {
        let done = if args.dry_run { "would be" } else { "were" };
        lines.push(format!(
            "contents of {} runs {done} let go of",
            released.len()
        ));
    }
    lines.push(format!(
        "contents: {} objects {verb}, {} freed; {} are needed",
        collected.removed,
        size::print(collected.freed_bytes),
        collected.live
    ));
    for (class, freed) in clutter.iter().filter(|(_, freed)| freed.entries > 0) {
        lines.push(format!(
            "{class}: {} {verb}, {} freed",
            freed.entries,
            size::print(freed.bytes)
        ));
    }
    lines.push(format!(
        "{} freed in all; the content store takes {}",
        size::print(freed),
        size::print(*left)
    ));
    if collected.dead_bytes > 0 {
        lines.push(format!(
            "{} that nothing needs lie among what is needed; they go when they are more than half",
            size::print(collected.dead_bytes)
        ));
    }
    context.out.data(&(lines.join("\n") + "\n"));
    if collected.busy > 0 {
        context.out.talk(&format!(
            "{} packs were left alone because running processes write to them",
            collected.busy
        ));
    }
    for run in busy {
        context.out.warning(&format!(
            "{run} is worked on just now and keeps its contents"
        ));
    }
    if collected.missing_count > 0 {
        context.out.warning(&format!(
            "{} objects that are needed are not there; `venom snapshot verify RUN` says which",
            collected.missing_count
        ));
    }
    for pack in &collected.damaged {
        context.out.warning(&format!(
            "{} is damaged and was left alone; see `venom doctor --repair`",
            clean::line(&pack.display().to_string())
        ));
    }
    if let Some(quota) = quota.filter(|quota| left > quota) {
        context
            .out
            .warning(&over(outcome, quota, args.quota.is_some()));
    }
}

/// Says how much more there is than the quota gives, and why it cannot go.
fn over(outcome: &Outcome, quota: u64, may_let_go: bool) -> String {
    let collected = &outcome.collected;
    let mut whys = Vec::new();
    if collected.live > 0 {
        whys.push(if may_let_go {
            "runs that have not ended, imported runs, and what they share with others need it"
        } else {
            "runs need it (`venom gc --quota SIZE` lets go of the oldest that have ended)"
        });
    }
    if collected.busy > 0 {
        whys.push("running processes write to some packs");
    }
    if !collected.damaged.is_empty() {
        whys.push("damaged packs are left alone (`venom doctor --repair`)");
    }
    format!(
        "{} stay, {} more than the quota of {}: {}",
        size::print(outcome.left),
        size::print(outcome.left.saturating_sub(quota)),
        size::print(quota),
        whys.join("; ")
    )
}
