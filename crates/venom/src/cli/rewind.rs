//! `venom rewind`, `venom undo` and `venom redo`: going back to what a workspace was.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use venom_kernel::event::{Event, StatePart};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::memory::fact::Target;
use venom_ports::api::time::{RewindPreview, RewindResult, RewindWish};

use super::context::{Context, absolute};
use super::memory;
use super::point::locate;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::Wired;
use crate::wire::reach::{self, Reach};

/// Paths that a preview and a report list. Chosen: what is more is counted.
const LISTED: usize = 40;
/// Runs that are looked through for one that can be taken back.
const RUNS: usize = 200;

/// How going back is done.
#[derive(Debug, Args)]
struct How {
    /// Only these paths or patterns; a folder stands for what is in it
    #[arg(long = "files", value_name = "PATH")]
    files: Vec<String>,
    /// Show what would be done and do nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Also overwrite what others changed since
    #[arg(long)]
    overwrite_user_edits: bool,
    /// Go back as far as it goes where something was not captured
    #[arg(long)]
    allow_partial: bool,
    /// Do not ask, however much is changed
    #[arg(long, short)]
    yes: bool,
}

/// Bring the workspace of a run back to what it was at an event, or its state
#[derive(Debug, Args)]
pub(crate) struct RewindArgs {
    /// The run, with the last event that counts; the run's beginning if no event is named
    #[arg(value_name = "RUN[@SEQ]")]
    run: String,
    #[command(flatten)]
    part: Part,
    #[command(flatten)]
    how: How,
}

/// What else than files is gone back to.
#[derive(Debug, Args)]
#[group(multiple = false, conflicts_with = "files")]
struct Part {
    /// The state of the run and not the files: what was understood, planned, agreed to and done. The
    /// run is paused then, and `venom resume` goes on from there
    #[arg(long)]
    state: bool,
    /// The plan, with its steps and agreements, and neither files nor what was understood
    #[arg(long)]
    plan: bool,
    /// The budget. Caps stay as they were set last, and what was spent stays spent
    #[arg(long)]
    budget: bool,
    /// What the run taught behind that event: facts, and what it learned to do. Neither files nor its state
    #[arg(long)]
    memory: bool,
}

/// Take back what the last runs did to the files here
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// How many runs of this folder, or which run
    #[arg(value_name = "N|RUN", default_value = "1")]
    what: String,
    /// The folder; the current one if none is named
    #[arg(long, short = 'C', value_name = "DIR")]
    workspace: Option<PathBuf>,
    #[command(flatten)]
    how: How,
}

/// Do again what the last undo or rewind took back
#[derive(Debug, Args)]
pub(crate) struct RedoArgs {
    /// The run; the last one of this folder that was taken back if none is named
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The folder; the current one if none is named
    #[arg(long, short = 'C', value_name = "DIR")]
    workspace: Option<PathBuf>,
    #[command(flatten)]
    how: How,
}

pub(super) fn rewind(context: &Context, args: &RewindArgs) -> CliResult {
    context.with_reach(async |reach| {
        let (run, at) = locate(reach, &args.run).await?;
        let Part {
            state,
            plan,
            budget,
            memory,
        } = args.part;
        if state || plan {
            let part = if state {
                StatePart::All
            } else {
                StatePart::Plan
            };
            return state_back(context, reach, run, at, part, args.how.dry_run).await;
        }
        if budget {
            let why = "caps stay as they were set last, and what was spent stays spent";
            return Ok(nothing(context, run, why));
        }
        if memory {
            let Some(wired) = reach.here() else {
                return Err(
                    CliError::usage("what a run taught is taken back where the server is")
                        .hint("leave out `--memory`, or call it on that machine"),
                );
            };
            return memory_back(context, wired, run, at, args.how.dry_run).await;
        }
        go(context, reach, run, at, &args.how, "rewind").await
    })
}

/// Takes back what a run taught behind an event; all of it if none is named.
async fn memory_back(
    context: &Context,
    wired: &Wired,
    run: RunId,
    at: Option<Seq>,
    is_dry: bool,
) -> CliResult {
    let upto = wired.host().state(run, None).await?.seq();
    let after = at.unwrap_or(Seq::ZERO);
    let what = Target::Part { run, after, upto };
    let facts = memory::facts(context, wired)?;
    let is_nothing = facts.would_unlearn(&what).await?.is_empty()
        && wired.host.procedures_from(&what).await?.is_empty();
    if is_nothing {
        return Ok(nothing(context, run, "the run taught nothing there"));
    }
    memory::take_out(context, wired, &facts, &what, is_dry).await
}

/// Says that there is nothing to bring back.
fn nothing(context: &Context, run: RunId, why: &str) -> Exit {
    if context.out.form == Form::Text {
        context
            .out
            .data(&format!("there is nothing to bring back: {why}\n"));
    } else {
        context
            .out
            .document("rewind-nothing", json!({ "run": run, "why": why }));
    }
    Exit::Ok
}

/// Brings the state of a run back.
async fn state_back(
    context: &Context,
    reach: &dyn Reach,
    run: RunId,
    at: Option<Seq>,
    part: StatePart,
    is_dry: bool,
) -> CliResult {
    let to = at.ok_or_else(|| {
        CliError::usage("name the last event of the state that is to be gone back to").hint(
            format!("as in `venom rewind {run}@12 --state`; see `venom timeline {run}`"),
        )
    })?;
    if is_dry {
        reach
            .host()
            .preview_rewind_state(run, to, part, &context.user())
            .await?;
        let then = reach.host().state(run, at).await?;
        let phase = then.phase().word();
        if context.out.form == Form::Text {
            context.out.data(&format!(
                "{} of {run} would be as after event {to}: {phase}\n",
                part.words()
            ));
        } else {
            context.out.document(
                "state-rewind-preview",
                json!({ "run": run, "to": to, "part": part, "phase": phase }),
            );
        }
        return Ok(Exit::Ok);
    }
    let seq = reach
        .host()
        .rewind_state(run, to, part, &context.user())
        .await?;
    let state = reach.host().state(run, None).await?;
    let before = Seq::new(seq.number().saturating_sub(1));
    if context.out.form == Form::Text {
        context.out.data(&format!(
            "{} {} of {run} is as it was after event {to}: {}{}\n",
            context.out.paint.good("✓"),
            part.words(),
            state.phase().word(),
            if state.is_paused() { ", paused" } else { "" }
        ));
        if state.is_paused() {
            context
                .out
                .talk(&format!("go on from there with: venom resume {run}"));
        }
        context.out.talk(&format!(
            "the files are as they were; bring them back with: venom rewind {run}@{to}"
        ));
        context.out.talk(&format!(
            "take this back with: venom rewind {run}@{before} --state"
        ));
    } else {
        context.out.document(
            "state-rewind",
            json!({
                "run": run,
                "seq": seq,
                "to": to,
                "part": part,
                "phase": state.phase().word(),
                "paused": state.is_paused(),
                "before": before,
            }),
        );
    }
    Ok(Exit::Ok)
}

pub(super) fn undo(context: &Context, args: &UndoArgs) -> CliResult {
    context.with_reach(async |reach| {
        let Ok(count) = args.what.parse::<usize>() else {
            let run = reach.host().find(&args.what).await?;
            return go(context, reach, run, None, &args.how, "undo").await;
        };
        if count == 0 {
            return Err(CliError::usage("there is nothing in taking back 0 runs"));
        }
        let mut worst = Exit::Ok;
        let mut done = 0;
        let mut released = None;
        // The newest run that did something which stays: an older one must not be taken back as if it were the last.
        let mut stayed: Option<(RunId, String)> = None;
        for run in runs_here(context, reach, args.workspace.as_ref()).await? {
            let wish = RewindWish::default();
            match reach.host().preview_rewind(run, &wish).await {
                // Taken back already, or nothing was changed, or nothing that can be taken back.
                Ok(preview) if preview.is_empty() && preview.conflicts.is_empty() => {
                    if let Some(what) = staying(&preview)
                        && stayed.is_none()
                        && last_rewind(reach, run).await?.is_none()
                    {
                        stayed = Some((run, what));
                    }
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%run, %error, "a run cannot be taken back");
                    released = released.or(let_go(reach, run).await?);
                    continue;
                }
            }
            if let Some((newer, what)) = stayed.take() {
                context
                    .out
                    .talk(&format!("passed over: {newer}, because of {what}"));
            }
            let exit = go(context, reach, run, None, &args.how, "undo").await?;
            if exit != Exit::Ok {
                worst = exit;
            }
            done += 1;
            if done == count {
                break;
            }
        }
        if done == 0 {
            if let Some(error) = released {
                return Err(error);
            }
            if let Some((run, what)) = stayed {
                return Err(nothing_taken_back(run, "undo", &what));
            }
            return Err(CliError::new(
                Exit::Failed,
                "no run of this folder changed anything that is still there",
            )
            .hint("name a run, as in `venom undo RUN`; see `venom runs`"));
        }
        if done < count {
            context.out.talk(&format!(
                "only {done} runs of this folder could be taken back"
            ));
        }
        Ok(worst)
    })
}

/// Takes back what one run did to its files.
pub(super) async fn undo_run(context: &Context, reach: &dyn Reach, run: RunId) -> CliResult {
    let how = How {
        files: Vec::new(),
        dry_run: false,
        overwrite_user_edits: false,
        allow_partial: false,
        yes: true,
    };
    go(context, reach, run, None, &how, "undo").await
}

pub(super) fn redo(context: &Context, args: &RedoArgs) -> CliResult {
    context.with_reach(async |reach| {
        let runs = match &args.run {
            Some(text) => vec![reach.host().find(text).await?],
            None => runs_here(context, reach, args.workspace.as_ref()).await?,
        };
        for run in runs {
            if let Some(before) = last_rewind(reach, run).await? {
                return go(context, reach, run, Some(before), &args.how, "redo").await;
            }
        }
        Err(CliError::new(
            Exit::Failed,
            "nothing was taken back here that could be done again",
        )
        .hint("name a run, as in `venom redo RUN`; see `venom timeline RUN`"))
    })
}

/// Returns the event before the last rewind of a run.
async fn last_rewind(reach: &dyn Reach, run: RunId) -> Result<Option<Seq>, CliError> {
    let events = reach::events(reach, run).await?;
    let last = events
        .iter()
        .rev()
        .find(|envelope| matches!(envelope.event, Event::RewindStarted { .. }));
    Ok(last.map(|envelope| Seq::new(envelope.seq.number().saturating_sub(1))))
}

/// Returns the runs that worked in a folder, newest first.
async fn runs_here(
    context: &Context,
    reach: &dyn Reach,
    folder: Option<&PathBuf>,
) -> Result<Vec<RunId>, CliError> {
    let folder = folder.map_or_else(
        || context.folder.clone(),
        |folder| absolute(&context.env, folder),
    );
    let folder = folder.canonicalize().unwrap_or(folder);
    let rows = reach.host().list(RUNS).await?;
    Ok(rows
        .into_iter()
        .filter(|row| Path::new(&row.workspace) == folder)
        .map(|row| row.run)
        .collect())
}

/// Says that the contents of a run were let go of, when, and what has them; `None` if they were not.
pub(super) async fn let_go(reach: &dyn Reach, run: RunId) -> Result<Option<CliError>, CliError> {
    let Some(seq) = reach.host().state(run, None).await?.released() else {
        return Ok(None);
    };
    let events = reach::events(reach, run).await?;
    let event = events.iter().find(|envelope| envelope.seq == seq);
    let when = event.map_or_else(String::new, |envelope| {
        let by = match &envelope.event {
            Event::ContentsReleased { by } => format!(" by {}", clean::short(by, 64)),
            _ => String::new(),
        };
        format!(", {}{by}", event::time(envelope.time))
    });
    let text = format!(
        "run {run} cannot do this: `venom gc` let go of its contents (event {seq}{when}), so that nothing of it can be brought back"
    );
    Ok(Some(CliError::new(Exit::Failed, text).code("refused").hint(
        "an archive of it that was exported before has them: import it with another VENOM_HOME and fork the run there; a copy of the data folder from before has them as well",
    )))
}

/// Says what a run did that stays as it is, and why; nothing if all it did can be taken back.
fn staying(preview: &RewindPreview) -> Option<String> {
    let stays: Vec<String> = preview
        .stays
        .iter()
        .map(|stays| clean::short(&format!("{}: {}", stays.what, stays.why), 300))
        .collect();
    (!stays.is_empty()).then(|| stays.join("; "))
}

fn nothing_taken_back(run: RunId, verb: &str, stays: &str) -> CliError {
    CliError::new(
        Exit::Failed,
        format!("{run} has done nothing that {verb} takes back; {stays}"),
    )
    .hint("take it back by hand, a commit with `git reset --soft HEAD~1`")
}

/// Going back must always be possible: it may take more room than the quota gives.
fn beyond_quota(context: &Context, reach: &dyn Reach) -> Result<(), CliError> {
    if let Some(wired) = reach.here()
        && let Some(note) = wired.lift_quota(context.settings()?.quota.value)?
    {
        context.out.talk(&note);
    }
    Ok(())
}

async fn go(
    context: &Context,
    reach: &dyn Reach,
    run: RunId,
    to: Option<Seq>,
    how: &How,
    verb: &str,
) -> CliResult {
    let wish = RewindWish {
        to,
        only: how.files.clone(),
        overwrite: how.overwrite_user_edits,
        allow_partial: how.allow_partial,
    };
    if let Some(error) = let_go(reach, run).await? {
        return Err(error);
    }
    let preview = reach.host().preview_rewind(run, &wish).await?;
    if how.dry_run {
        if context.out.form == Form::Text {
            context.out.data(&previewed(&preview));
        } else {
            context.out.document("rewind-preview", json!(preview));
        }
        return Ok(exit_of(preview.conflicts.len()));
    }
    if preview.is_empty() && preview.conflicts.is_empty() {
        let place = if how.files.is_empty() {
            String::new()
        } else {
            format!(" at {}", clean::short(&how.files.join(", "), 160))
        };
        if how.files.is_empty()
            && let Some(what) = staying(&preview)
        {
            return Err(nothing_taken_back(run, verb, &what));
        }
        return Err(CliError::new(
            Exit::Failed,
            format!("{run} has changed nothing{place} that {verb} would bring back"),
        )
        .hint(format!("see what it changed with `venom diff {run}`")));
    }
    if preview.is_large && !how.yes {
        if !context.is_interactive {
            return Err(CliError::new(
                Exit::ApprovalNeeded,
                format!(
                    "{verb} would change {} paths: {} written, {} removed",
                    preview.paths.len(),
                    preview.writes,
                    preview.removals
                ),
            )
            .hint("see them with `--dry-run`, and agree with `--yes`"));
        }
        context.out.talk(&previewed(&preview));
        if !super::prompt::agreed(&format!(
            "{verb} changes {} paths. Go on?",
            preview.paths.len()
        ))? {
            return Ok(Exit::Denied);
        }
    }
    beyond_quota(context, reach)?;
    let result = reach.host().rewind(run, &wish, &context.user()).await?;
    if context.out.form == Form::Text {
        context.out.data(&done(context, &result, verb, how));
    } else {
        context.out.document("rewind", json!(result));
    }
    Ok(exit_of(result.conflicts.len()))
}

const fn exit_of(conflicts: usize) -> Exit {
    if conflicts > 0 {
        Exit::RestoreConflict
    } else {
        Exit::Ok
    }
}

fn listed(lines: &mut Vec<String>, title: &str, rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    lines.push(format!("{title} ({})", rows.len()));
    for row in rows.iter().take(LISTED) {
        lines.push(format!("  {}", clean::short(row, 200)));
    }
    if rows.len() > LISTED {
        lines.push(format!("  and {} more", rows.len() - LISTED));
    }
}

fn pairs<'a>(rows: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    rows.map(|(what, why)| format!("{what}: {why}")).collect()
}

fn previewed(preview: &RewindPreview) -> String {
    let mut lines = vec![format!(
        "Going back to event {} of {}: {} written ({} bytes), {} removed, {} modes",
        preview.to, preview.run, preview.writes, preview.bytes, preview.removals, preview.modes
    )];
    let paths = preview.paths.iter();
    listed(
        &mut lines,
        "Would change",
        &pairs(paths.map(|row| (row.path.as_str(), row.what.as_str()))),
    );
    listed(
        &mut lines,
        "Would take back references of",
        &preview.repositories,
    );
    let conflicts = preview.conflicts.iter();
    listed(
        &mut lines,
        "Would leave alone",
        &pairs(conflicts.map(|row| (row.path.as_str(), row.what.as_str()))),
    );
    let stays = preview.stays.iter();
    listed(
        &mut lines,
        "Cannot be undone",
        &pairs(stays.map(|row| (row.what.as_str(), row.why.as_str()))),
    );
    lines.join("\n") + "\n"
}

fn done(context: &Context, result: &RewindResult, verb: &str, how: &How) -> String {
    let paint = context.out.paint;
    let mut lines = Vec::new();
    let mark = if result.conflicts.is_empty() {
        paint.good("✓")
    } else {
        paint.warn("–")
    };
    let proven = if result.is_exact {
        format!("exactly, tree {}", short(&result.tree))
    } else if how.files.is_empty() {
        "but for what is listed".to_owned()
    } else {
        "as far as they were named".to_owned()
    };
    lines.push(format!(
        "{mark} {verb}: the files of {} are what they were at event {}, {proven}",
        result.run, result.to
    ));
    let undone = result.undone.iter();
    let title = if verb == "redo" {
        "Done again"
    } else {
        "Undone"
    };
    listed(
        &mut lines,
        title,
        &pairs(undone.map(|row| (row.path.as_str(), row.what.as_str()))),
    );
    listed(&mut lines, "Compensated", &result.compensated);
    let conflicts = result.conflicts.iter();
    listed(
        &mut lines,
        "Left alone",
        &pairs(conflicts.map(|row| (row.path.as_str(), row.what.as_str()))),
    );
    let stays = result.stays.iter();
    listed(
        &mut lines,
        "Cannot be undone",
        &pairs(stays.map(|row| (row.what.as_str(), row.why.as_str()))),
    );
    if !result.conflicts.is_empty() {
        lines.push("overwrite them with `--overwrite-user-edits`".to_owned());
    }
    let back = if verb == "redo" { "undo" } else { "redo" };
    lines.push(format!("take this back with: venom {back} {}", result.run));
    lines.join("\n") + "\n"
}

fn short(tree: &str) -> String {
    tree.chars().take(12).collect()
}
