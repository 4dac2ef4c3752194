//! `venom memory show`: one episode, whole.

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::memory::episode::{FULL, Source};
use venom_ports::memory::episodes::Known;

use super::moment;
use crate::cli::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::reach::Reach;

/// Show one episode: its words, who said them when, and where they come from
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Its id, or the beginning of it
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &ShowArgs) -> CliResult {
    let id = super::find(reach, &args.id).await?;
    let known = reach.episodes().get(id, super::now(reach)).await?;
    let Some(known) = known else {
        return Err(CliError::usage(format!(
            "the words of {id} cannot be read any more: their key was destroyed"
        ))
        .code("no-such-episode"));
    };
    if context.out.form != Form::Text {
        context.out.document("memory-episode", document(&known));
        return Ok(Exit::Ok);
    }
    let out = &context.out;
    let episode = &known.episode;
    let importance = percent(known.importance);
    let marks = match (known.is_pinned, known.repeated) {
        (true, _) => format!("{importance}, pinned"),
        (false, 0) => importance,
        (false, times) => format!("{importance}, said {times} times before"),
    };
    let about: Vec<String> = episode.about.iter().map(|name| clean::line(name)).collect();
    for (head, text) in [
        ("Episode:", episode.id.to_string()),
        ("Time:", event::time(episode.time)),
        ("Speaker:", clean::line(&episode.speaker)),
        ("Kind:", episode.kind.name().to_owned()),
        ("Trust:", episode.trust.name().to_owned()),
        ("Importance:", marks),
        ("About:", about.join(", ")),
        ("From:", origin(&episode.source)),
        (
            "Thread:",
            episode
                .thread
                .as_deref()
                .map(clean::line)
                .unwrap_or_default(),
        ),
    ] {
        if !text.is_empty() {
            out.data(&format!("{head:12} {text}"));
        }
    }
    out.data("");
    out.data(&clean::block(&episode.text));
    Ok(Exit::Ok)
}

/// Says where an episode comes from.
pub(super) fn origin(source: &Source) -> String {
    match source {
        Source::Run { run, seq } => format!("run {run}, event {seq}"),
        Source::Note { seq } => format!("the memory's own log, event {seq}"),
    }
}

/// Writes parts of ten thousand as per cent.
pub(super) fn percent(part: u16) -> String {
    format!("{} %", u32::from(part) * 100 / u32::from(FULL))
}

/// Returns an episode as a document.
pub(super) fn document(known: &Known) -> Value {
    let episode = &known.episode;
    json!({
        "id": episode.id,
        "time": moment::write(episode.time),
        "speaker": episode.speaker,
        "kind": episode.kind,
        "text": episode.text,
        "about": episode.about,
        "trust": episode.trust,
        "thread": episode.thread,
        "source": episode.source,
        "pinned": known.is_pinned,
        "repeated": known.repeated,
        "importance": f64::from(known.importance) / f64::from(FULL),
    })
}
