//! A command that runs to its end, and what is told of it.

use serde_json::json;
use venom_kernel::evidence::Evidence;
use venom_kernel::plain;
use venom_kernel::time::Millis;
use venom_ports::exec::{Captured, Finished};
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, Result};

use super::given::{self, Ordered};
use crate::bounded::{self, push};
use crate::params::Given;
use crate::process::{self, Ending, Heard};
use crate::schema::{self, Object};
use crate::scrub;

/// Describes what is told.
pub(super) fn result() -> Object {
    schema::object()
        .must(
            "command",
            schema::text("What was run, as a shell would take it."),
        )
        .must(
            "exit_code",
            schema::or_null(schema::integer("The exit code; null after a signal.")),
        )
        .must(
            "signal",
            schema::or_null(schema::integer("The signal that ended it.")),
        )
        .must(
            "stdout",
            schema::text("The standard output, at most 64 KiB."),
        )
        .must(
            "stderr",
            schema::text("The standard error, at most 64 KiB."),
        )
        .must(
            "truncated",
            schema::flag("Whether the middle of a stream is left out."),
        )
        .may("stdout_whole", whole("standard output"))
        .may("stderr_whole", whole("standard error"))
        .text()
}

fn whole(stream: &str) -> serde_json::Value {
    schema::texts(&format!(
        "Blobs that hold the {stream} from its beginning, as it was, when its middle is left out."
    ))
}

/// Runs a command over a layer.
pub(super) async fn run(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let ordered = given::command(&mut given, context).await?;
    given.done()?;
    let finished = process::run(context, ordered.command.clone(), Heard::Shown).await?;
    told(&ordered, &finished, context)
}

/// Tells what came of a command.
pub(super) fn told(
    ordered: &Ordered,
    finished: &Finished,
    context: &SkillContext,
) -> Result<Output> {
    let timeout: Millis = ordered.command.timeout;
    let shown = ordered.shown();
    let ending = Ending::of(finished.exit);
    if let Some(stop) = ending.stop() {
        let failure = stop.failure(&format!("`{shown}`"), timeout);
        return Err(match stop.hint() {
            Some(hint) => Failure::with_hint(failure, hint),
            None => failure,
        });
    }
    let text = |stream: &Captured| {
        let text = plain::text(stream.text().as_bytes());
        scrub::place(&text, &context.root, ".")
    };
    let (stdout, stderr) = (text(&finished.stdout), text(&finished.stderr));
    let code = ending.code();
    let mut said = format!("`{shown}` ended with {}.\n", ending.said(timeout));
    for (name, stream) in [("Output", &stdout), ("Errors", &stderr)] {
        if !stream.trim().is_empty() {
            let stream = bounded::cut(stream.trim_end(), bounded::TEXT / 2 - 1_000);
            push(&mut said, format_args!("\n{name}:\n{stream}\n"));
        }
    }
    if !(finished.stdout.whole.is_empty() && finished.stderr.whole.is_empty()) {
        said.push_str("\n`venom output` prints all of it.\n");
    }
    let mut result = json!({
        "command": process::shown(&ordered.argv),
        "exit_code": code,
        "signal": ending.signal(),
        "stdout": stdout,
        "stderr": stderr,
        "truncated": finished.stdout.dropped > 0 || finished.stderr.dropped > 0,
        "text": bounded::cut(&said, bounded::TEXT),
    });
    for (key, stream) in [
        ("stdout_whole", &finished.stdout),
        ("stderr_whole", &finished.stderr),
    ] {
        if let (false, Some(object)) = (stream.whole.is_empty(), result.as_object_mut()) {
            object.insert(key.to_owned(), json!(stream.whole));
        }
    }
    Ok(Output {
        result,
        evidence: vec![Evidence::Exit { code }],
    })
}
