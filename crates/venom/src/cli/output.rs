//! `venom output`: what a step's command printed, whole.

use std::io::IsTerminal as _;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};
use venom_kernel::digest::BlobId;
use venom_kernel::id::{RunId, Seq, StepId};

use super::context::Context;
use super::point::locate;
use super::why;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean};
use crate::wire::reach::Reach;

/// Print what a step's command printed, whole and as it was
///
/// On a terminal, escape sequences and control characters are taken out; into a file or a pipe goes
/// every byte.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// A step, or a run and then a step; the only step of the last run if nothing is given
    #[arg(value_name = "RUN[@SEQ]|STEP", num_args = 0..=2)]
    what: Vec<String>,
    /// The moment whose result is printed, as `RUN@SEQ`, or `@SEQ` for the last run
    #[arg(long, value_name = "RUN@SEQ")]
    at: Option<String>,
    /// Which stream
    #[arg(long, value_enum, default_value_t = Stream::Stdout)]
    stream: Stream,
}

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

pub(super) fn run(context: &Context, args: &OutputArgs) -> CliResult {
    context.with_reach(async |reach| {
        let what: Vec<String> = args.at.iter().chain(&args.what).cloned().collect();
        if what.len() > 2 {
            return Err(CliError::usage("name the run once: with `--at` only a step stands beside it"));
        }
        let (run, at, step) = find(reach, &what).await?;
        let state = reach.host().state(run, at).await?;
        let known = state.step(&step);
        let result = match known {
            Some(known) => reach.host().value(&known.result).await?,
            None => Value::Null,
        };
        let said = said(&result, args.stream).ok_or_else(|| {
            CliError::usage(format!("step `{step}` of run {run} printed nothing that was kept"))
                .code("no-output")
                .hint(format!("see what it gave with `venom why {run} {step}`"))
        })?;
        if context.out.form != Form::Text {
            let document = match &said {
                Said::Whole(blobs) => json!({"blobs": blobs}),
                Said::Text { text, .. } => json!({"text": text}),
            };
            context.out.document(
                "output",
                json!({"run": run, "step": step, "stream": args.stream, "is_whole": said.is_whole(), "said": document}),
            );
            return Ok(Exit::Ok);
        }
        if !said.is_whole() {
            context.out.warning("the middle of this stream was not kept");
        }
        print(context, reach, said).await?;
        Ok(Exit::Ok)
    })
}

/// What is known of a stream.
enum Said {
    /// Every byte, in pieces.
    Whole(Vec<BlobId>),
    /// The text of the result.
    Text { text: String, is_whole: bool },
}

impl Said {
    const fn is_whole(&self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Text { is_whole, .. } => *is_whole,
        }
    }
}

/// Takes a stream out of a result: of a command that ran to its end, or of a session, whose two streams
/// are one.
fn said(result: &Value, stream: Stream) -> Option<Said> {
    let blobs = |key: &str| {
        let ids: Vec<BlobId> = serde_json::from_value(result.get(key)?.clone()).ok()?;
        (!ids.is_empty()).then_some(Said::Whole(ids))
    };
    let whole = blobs(&format!("{}_whole", stream.name()));
    let session = || blobs("blobs").filter(|_| stream == Stream::Stdout);
    whole.or_else(session).or_else(|| {
        // The flag stands for both streams; a place that could set one aside would have set the other
        // aside too.
        let is_aside = ["stdout_whole", "stderr_whole"]
            .iter()
            .any(|key| result.get(key).is_some());
        let is_cut = result.get("truncated").and_then(Value::as_bool) == Some(true) && !is_aside;
        let text = result.get(stream.name())?.as_str()?.to_owned();
        Some(Said::Text {
            is_whole: !is_cut,
            text,
        })
    })
}

async fn print(context: &Context, reach: &dyn Reach, said: Said) -> Result<(), CliError> {
    let is_terminal = std::io::stdout().is_terminal();
    match said {
        Said::Text { text, .. } => context.out.data(&clean::block(&text)),
        Said::Whole(blobs) => {
            for id in blobs {
                let bytes = reach.host().blob(&id).await?;
                if is_terminal {
                    context
                        .out
                        .data(&clean::block(&String::from_utf8_lossy(&bytes)));
                } else {
                    context.out.bytes(&bytes);
                }
                if !context.out.is_read() {
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Finds the step that is meant.
async fn find(
    reach: &dyn Reach,
    what: &[String],
) -> Result<(RunId, Option<Seq>, StepId), CliError> {
    let ((run, at), name) = match what {
        [] => (locate(reach, "last").await?, None),
        [one] if one.contains('@') => (locate(reach, one).await?, None),
        [one] => {
            let last = reach.host().find("last").await;
            match last {
                Ok(last) if why::is_step_of(reach, last, one).await? => ((last, None), Some(one)),
                Ok(_) | Err(_) => (locate(reach, one).await?, None),
            }
        }
        [run, step, ..] => (locate(reach, run).await?, Some(step)),
    };
    let state = reach.host().state(run, at).await?;
    let names = || {
        let names: Vec<&str> = state.steps().map(|(step, _)| step.id.as_str()).collect();
        names.join(", ")
    };
    if let Some(name) = name {
        let step = name
            .parse()
            .ok()
            .and_then(|name| why::step_named(&state, &name));
        let step = step.ok_or_else(|| {
            CliError::usage(format!(
                "run {run} has no step `{}`",
                clean::short(name, 80)
            ))
            .code("no-such-part")
            .hint(format!("its steps are: {}", names()))
        })?;
        return Ok((run, at, step));
    }
    let mut steps = state.steps().map(|(step, _)| step.id.clone());
    match (steps.next(), steps.next()) {
        (Some(only), None) => Ok((run, at, only)),
        (_, _) => Err(
            CliError::usage(format!("run {run} has not one step; say which is meant"))
                .code("no-such-part")
                .hint(format!("its steps are: {}", names())),
        ),
    }
}
