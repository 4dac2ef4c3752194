//! `venom snapshot`: what workspaces were, as runs captured them.

use clap::{Args, Subcommand};
use serde_json::json;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::tree::Entry;
use venom_ports::api::time::SnapshotRow;

use super::context::Context;
use super::point::{PointArgs, locate};
use super::timeline::snapshot_row;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};
use crate::wire::reach::Reach;

/// Take, list and check snapshots of workspaces
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Capture the workspace of a run that nobody works on
    Create {
        /// `last`, a run's id, or the beginning of one
        #[arg(value_name = "RUN", default_value = "last")]
        run: String,
    },
    /// List the snapshots of a run, or those up to an event
    List {
        #[command(flatten)]
        point: PointArgs,
    },
    /// Show a snapshot: the last one up to the event, or of the run
    Show {
        #[command(flatten)]
        point: PointArgs,
    },
    /// Let go of the snapshot of an event; without an event, of all that a run that has ended needs to be gone
    /// back to
    Rm {
        /// `last`, a run's id, or the beginning of one; with `@SEQ`, the snapshot of that event
        #[arg(value_name = "RUN[@SEQ]")]
        run: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Check that snapshots are what they were when they were taken, and that their files are there
    Verify {
        #[command(flatten)]
        point: PointArgs,
    },
}

pub(super) fn run(context: &Context, args: &SnapshotArgs) -> CliResult {
    context.with_reach(async |reach| match &args.what {
        What::Create { run } => {
            let run = reach.host().find(run).await?;
            let row = reach.host().snapshot(run).await?;
            show(context, run, &row);
            Ok(Exit::Ok)
        }
        What::List { point } => {
            let (run, at) = point.find(reach).await?;
            let mut rows = reach.host().snapshots(run).await?;
            rows.retain(|row| at.is_none_or(|at| row.seq <= at));
            if context.out.form == Form::Text {
                let shown: Vec<_> = rows.iter().map(snapshot_row).collect();
                let head = [
                    "ID", "EVENT", "TAKEN", "WHY", "STEP", "FILES", "CHANGED", "",
                ];
                context.out.data(&table(&head, &shown));
            } else {
                context
                    .out
                    .document("snapshots", json!({ "run": run, "snapshots": rows }));
            }
            Ok(Exit::Ok)
        }
        What::Show { point } => {
            let (run, at) = point.find(reach).await?;
            let rows = reach.host().snapshots(run).await?;
            let row = rows
                .iter()
                .rev()
                .find(|row| at.is_none_or(|at| row.seq <= at))
                .ok_or_else(|| none(run))?;
            show(context, run, row);
            Ok(Exit::Ok)
        }
        What::Rm { run, yes } => remove(context, reach, run, *yes).await,
        What::Verify { point } => {
            let (run, at) = point.find(reach).await?;
            verify(context, reach, run, at).await
        }
    })
}

async fn remove(context: &Context, reach: &dyn Reach, named: &str, is_agreed: bool) -> CliResult {
    let (run, at) = locate(reach, named).await?;
    if let Some(at) = at {
        return remove_one(context, reach, run, at, is_agreed).await;
    }
    let state = reach.host().state(run, None).await?;
    let snapshots = reach.host().snapshots(run).await?.len();
    if state.released().is_none() {
        if snapshots == 0 {
            return Err(none(run));
        }
        let question = format!(
            "{run} can neither be taken back nor forked nor bisected without its {snapshots} snapshots. Let go of them?"
        );
        if !is_agreed && !context.is_interactive {
            return Err(CliError::usage("nobody can be asked here")
                .hint(format!("`venom snapshot rm {run} --yes`")));
        }
        if !is_agreed && !super::prompt::agreed(&question)? {
            context.out.talk("nothing was let go of");
            return Ok(Exit::Failed);
        }
    }
    // Also once more: what was captured since is let go of then.
    reach.host().release(run, &context.user()).await?;
    if context.out.form == Form::Text {
        context.out.data(&format!(
            "{run} has let go of its {snapshots} snapshots; its log stays, and what nothing else needs goes with: venom gc\n"
        ));
    } else {
        context.out.document(
            "snapshot-removal",
            json!({ "run": run, "snapshots": snapshots }),
        );
    }
    Ok(Exit::Ok)
}

/// Lets go of the snapshot of an event. It is named exactly: asked twice, nothing else goes.
async fn remove_one(
    context: &Context,
    reach: &dyn Reach,
    run: RunId,
    at: Seq,
    is_agreed: bool,
) -> CliResult {
    let rows = reach.host().snapshots(run).await?;
    let row = rows.iter().find(|row| row.seq == at).ok_or_else(|| {
        CliError::new(Exit::Failed, format!("{run} has no snapshot at event {at}"))
            .code("no-such-part")
            .hint(format!("see them with `venom snapshot list {run}`"))
    })?;
    let id = row.snapshot.record().id;
    let question = format!(
        "What others changed in the files of {run} up to event {at} and after the snapshot before {id} is then not known any more. Let go of {id}?"
    );
    if !is_agreed && !context.is_interactive {
        return Err(CliError::usage("nobody can be asked here")
            .hint(format!("`venom snapshot rm {run}@{at} --yes`")));
    }
    if !is_agreed && !super::prompt::agreed(&question)? {
        context.out.talk("nothing was let go of");
        return Ok(Exit::Failed);
    }
    reach
        .host()
        .release_snapshot(run, at, &context.user())
        .await?;
    if context.out.form == Form::Text {
        context.out.data(&format!(
            "{run} has let go of {id}, taken at event {at}; everything that the run did can still be taken back, and what nothing else needs goes with: venom gc\n"
        ));
    } else {
        let document = json!({ "run": run, "snapshots": 1, "snapshot": id, "event": at });
        context.out.document("snapshot-removal", document);
    }
    Ok(Exit::Ok)
}

fn none(run: RunId) -> CliError {
    CliError::new(Exit::Failed, format!("{run} has no snapshot there"))
        .hint("runs take snapshots before steps that change something; `venom snapshot create` takes one now")
}

fn show(context: &Context, run: RunId, row: &SnapshotRow) {
    if context.out.form != Form::Text {
        context
            .out
            .document("snapshot", json!({ "run": run, "snapshot": row }));
        return;
    }
    let record = row.snapshot.record();
    let mut lines = vec![
        format!("{} of {run}, event {}", record.id, row.seq),
        format!(
            "taken     {}, {}",
            event::time(record.taken),
            record.cause.words()
        ),
        format!(
            "holds     {} files, {} folders, {} links, {} bytes",
            record.counts.files, record.counts.folders, record.counts.links, record.counts.bytes
        ),
        format!("tree      {}", record.tree),
        format!("checksum  {}", row.snapshot.checksum()),
    ];
    match record.parent {
        Some(parent) => lines.push(format!(
            "builds on {}, {} paths differ",
            parent.id, parent.changed
        )),
        None => lines.push("builds on nothing: it is the first".to_owned()),
    }
    lines.push(match row.snapshot.signature() {
        Some(signature) => format!("signature {signature}"),
        None => "signature none".to_owned(),
    });
    for repository in &record.repositories {
        lines.push(format!(
            "repository {}: {}, {} references",
            if repository.path.is_root() {
                ".".to_owned()
            } else {
                clean::short(&repository.path.to_string(), 120)
            },
            match &repository.head {
                venom_kernel::snapshot::Head::Branch(name) => clean::short(&name.to_string(), 120),
                venom_kernel::snapshot::Head::Detached(commit) => clean::short(commit, 60),
            },
            repository.refs_count
        ));
    }
    for lacking in record.partial.first.iter().take(20) {
        lines.push(format!(
            "not captured: {} ({})",
            clean::short(&lacking.path.to_string(), 160),
            lacking.why.words()
        ));
    }
    context.out.data(&(lines.join("\n") + "\n"));
}

/// Reads everything that the snapshots name.
async fn verify(context: &Context, reach: &dyn Reach, run: RunId, at: Option<Seq>) -> CliResult {
    let mut rows = reach.host().snapshots(run).await?;
    rows.retain(|row| at.is_none_or(|at| row.seq <= at));
    if rows.is_empty() {
        return Err(none(run));
    }
    let mut damage = Vec::new();
    let mut objects = std::collections::BTreeSet::new();
    let mut signed = 0;
    for row in &rows {
        let record = row.snapshot.record();
        if !row.snapshot.is_sound() {
            damage.push(format!("{} does not fit its checksum", record.id));
            continue;
        }
        match (row.snapshot.signature(), row.snapshot.signed()) {
            (None, _) => {}
            (Some(_), Some((key, message, signature)))
                if venom_store::keys::verify_signature(&key, &message, &signature) =>
            {
                signed += 1;
            }
            (Some(_), _) => damage.push(format!("{}: its signature does not fit", record.id)),
        }
        let mut open = vec![record.tree];
        while let Some(tree) = open.pop() {
            if !objects.insert(tree) {
                continue;
            }
            let folder = match reach.host().blob(&tree.to_blob()).await {
                Ok(bytes) => match venom_kernel::tree::Folder::decode(&bytes) {
                    Ok(folder) => folder,
                    Err(error) => {
                        damage.push(format!("{}: folder {tree}: {error}", record.id));
                        continue;
                    }
                },
                Err(error) => {
                    damage.push(format!("{}: folder {tree}: {error}", record.id));
                    continue;
                }
            };
            for (_, entry) in &folder {
                match entry {
                    Entry::Folder { tree, .. } => open.push(*tree),
                    Entry::File { blob: object, .. } | Entry::Link { target: object } => {
                        if objects.insert(*object)
                            && let Err(error) = reach.host().blob(&object.to_blob()).await
                        {
                            damage.push(format!("{}: {object}: {error}", record.id));
                        }
                    }
                    Entry::Skipped { .. } => {}
                }
            }
        }
    }
    let is_intact = damage.is_empty();
    if context.out.form == Form::Text {
        for line in damage.iter().take(50) {
            context.out.data(&format!(
                "{} {}\n",
                context.out.paint.bad("✗"),
                clean::line(line)
            ));
        }
        let mark = if is_intact {
            context.out.paint.good("✓")
        } else {
            context.out.paint.bad("✗")
        };
        context.out.data(&format!(
            "{mark} {} snapshots of {run} ({signed} signed) with {} objects were read, {} are damaged\n",
            rows.len(),
            objects.len(),
            damage.len()
        ));
    } else {
        context.out.document(
            "snapshot-verification",
            json!({
                "run": run,
                "snapshots": rows.len(),
                "signed": signed,
                "objects": objects.len(),
                "intact": is_intact,
                "damage": damage,
            }),
        );
    }
    Ok(if is_intact { Exit::Ok } else { Exit::Damaged })
}
