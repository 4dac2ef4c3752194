//! `venom memory forget` and `venom memory pin`.

use clap::Args;
use serde_json::json;
use venom_kernel::memory::episode::Source;
use venom_ports::memory::episodes::Mark;

use crate::cli::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::reach::Reach;

/// Forget episodes: no search finds them any more
///
/// What was added by hand is gone from the disk then. What a run told is gone from the memory; the log of
/// the run keeps it.
#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// Their ids, or the beginnings of them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// Mark an episode as important, however old it gets
#[derive(Debug, Args)]
pub(super) struct PinArgs {
    /// Its id, or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
    /// Take the mark off again
    #[arg(long)]
    off: bool,
}

pub(super) async fn forget(context: &Context, reach: &dyn Reach, args: &ForgetArgs) -> CliResult {
    let episodes = reach.episodes();
    let by = context.user();
    let now = super::now(reach);
    // All are found before one is forgotten, so that a mistake in one forgets none.
    let mut found = Vec::new();
    for text in &args.ids {
        found.push(super::find(reach, text).await?);
    }
    let mut forgotten = Vec::new();
    for id in found {
        let source = episodes
            .get(id, now)
            .await?
            .map(|known| known.episode.source);
        episodes.mark(id, Mark::Forget, &by, now).await?;
        forgotten.push(json!({ "id": id, "source": source }));
        context.out.talk(&format!("forgotten: {id}"));
        if let Some(Source::Run { run, seq }) = source {
            context.out.talk(&format!(
                "the log of run {run} still holds it, as event {seq}; `venom keys shred {run}` makes an encrypted run unreadable"
            ));
        }
    }
    if context.out.form != Form::Text {
        context
            .out
            .document("memory-forget", json!({ "forgotten": forgotten }));
    }
    Ok(Exit::Ok)
}

pub(super) async fn pin(context: &Context, reach: &dyn Reach, args: &PinArgs) -> CliResult {
    let id = super::find(reach, &args.id).await?;
    let mark = if args.off { Mark::Unpin } else { Mark::Pin };
    let by = context.user();
    let episodes = reach.episodes();
    let has_changed = episodes.mark(id, mark, &by, super::now(reach)).await?;
    if context.out.form != Form::Text {
        context.out.document(
            "memory-pin",
            json!({ "id": id, "pinned": !args.off, "changed": has_changed }),
        );
        return Ok(Exit::Ok);
    }
    context.out.talk(&match (has_changed, args.off) {
        (true, false) => format!("pinned: {id}"),
        (true, true) => format!("not pinned any more: {id}"),
        (false, false) => format!("{id} was pinned already"),
        (false, true) => format!("{id} was not pinned"),
    });
    Ok(Exit::Ok)
}
