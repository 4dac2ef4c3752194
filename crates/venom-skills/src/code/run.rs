//! `code.run`: runs a snippet of Python, JavaScript, shell or Rust, and tells what came of it.
//!
//! A snippet reads the workspace and writes to a folder of its own, with `out` in it for what is to
//! be kept. It runs once, or in an interpreter that is kept for the steps of the run and knows what
//! the snippets before it have made. Whatever becomes of a snippet, also that it does not compile or
//! takes too long, is a result with a name and no failure of the step; a check such as `exit-zero`
//! judges it.

mod artefacts;
mod given;
mod kept;
mod once;
mod outcome;

use serde_json::{Value, json};
use venom_kernel::confine::{Grants, Limits, Mount};
use venom_kernel::digest::BlobId;
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::plain;
use venom_kernel::skill::{ActionManifest, Writes};
use venom_kernel::time::Millis;
use venom_ports::Result;
use venom_ports::skill::{Call, Output, SkillContext};

use self::artefacts::Artefacts;
use self::given::{LONGEST, Language, Snippet};
use self::outcome::Outcome;
use crate::bounded::{self, push};
use crate::name;
use crate::params::Given;
use crate::schema::{self, Object};
use crate::scrub;

/// How much of a stream is in the result: the beginning and the end. The whole is kept as a blob.
const SHOWN: usize = 32 << 10;

/// Makes the manifest of the action.
pub(super) fn manifest() -> ActionManifest {
    ActionManifest {
        writes: Writes::Params(vec!["to".to_owned()]),
        timeout: Millis::from_secs(LONGEST + 60),
        typical: Millis::from_secs(1),
        grants: Grants {
            // More than a command has: a compiler and its linker fit in.
            limits: Limits {
                memory_mib: 1_024,
                cpu_percent: 100,
                ..Limits::default()
            },
            mount: Mount::ReadOnly,
            ..Grants::default()
        },
        ..schema::action(
            "Runs a snippet of Python, JavaScript, shell or Rust.",
            EffectClass::Reversible,
            given::params(),
            result(),
        )
    }
}

fn result() -> Object {
    let exception = schema::object()
        .must("type", schema::text("Its type."))
        .must("message", schema::text("What it says."))
        .must("trace", schema::text("Where it was raised."))
        .about("What was raised; null if nothing was.");
    schema::object()
        .must(
            "language",
            schema::choice(&Language::ALL.map(Language::name), "The language."),
        )
        .must("outcome", outcome::schema())
        .must(
            "exit_code",
            schema::or_null(schema::integer("The exit code, if it ended by itself.")),
        )
        .must(
            "signal",
            schema::or_null(schema::integer("The signal that ended it.")),
        )
        .must("stdout", schema::text("What it printed, at most 64 KiB."))
        .must(
            "stderr",
            schema::text("What it said of errors, at most 64 KiB."),
        )
        .must(
            "truncated",
            schema::flag("Whether the middle of a stream is left out."),
        )
        .may("stdout_whole", whole("standard output"))
        .may("stderr_whole", whole("standard error"))
        .must(
            "value",
            schema::or_null(schema::text(
                "The value of its last expression, in a kept interpreter.",
            )),
        )
        .must("exception", schema::or_null(exception))
        .must("artefacts", artefacts::schema())
        .must(
            "left_out",
            schema::texts("What it left in `out` and is not kept, and why."),
        )
        .must(
            "session",
            schema::or_null(schema::text("The kept interpreter, for later steps.")),
        )
        .text()
}

fn whole(stream: &str) -> Value {
    schema::texts(&format!(
        "Blobs that hold the {stream} from its beginning, as it was, when its middle is left out."
    ))
}

/// Performs the action.
pub(super) async fn call(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let snippet = Snippet::of(&mut given, context).await?;
    given.done()?;
    let ran = if snippet.is_kept() {
        kept::run(&snippet, context).await?
    } else {
        once::run(&snippet, context).await?
    };
    told(&snippet, ran, context).await
}

/// What a snippet raised.
struct Exception {
    kind: String,
    message: String,
    trace: String,
}

/// What a snippet printed.
#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    /// Where all of it is, if `bytes` are not.
    whole: Vec<BlobId>,
    /// Whether something of it is nowhere.
    is_cut: bool,
}

/// What came of a snippet.
struct Ran {
    outcome: Outcome,
    code: Option<i32>,
    signal: Option<i32>,
    stdout: Stream,
    stderr: Stream,
    value: Option<String>,
    exception: Option<Exception>,
    artefacts: Artefacts,
    session: Option<String>,
    /// What people should know beside it.
    notes: Vec<String>,
}

async fn told(snippet: &Snippet, ran: Ran, context: &SkillContext) -> Result<Output> {
    let clean = |text: &str| scrub::scrub(text, &context.root, &context.scratch);
    let stream = |stream: &Stream| clean(&plain::text(&stream.bytes));
    let (stdout, stderr) = (stream(&ran.stdout), stream(&ran.stderr));
    let mut aside = Vec::new();
    let mut is_cut = false;
    for (key, stream, shown) in [
        ("stdout_whole", &ran.stdout, &stdout),
        ("stderr_whole", &ran.stderr, &stderr),
    ] {
        is_cut |= stream.is_cut;
        if !stream.whole.is_empty() {
            aside.push((key, stream.whole.clone()));
        } else if shown.len() > 2 * SHOWN && !stream.is_cut {
            aside.push((key, vec![context.blobs.put(stream.bytes.clone()).await?]));
        }
    }
    let mut kept = Vec::new();
    for artefact in &ran.artefacts.all {
        let blob = context.blobs.put(artefact.bytes.clone()).await?;
        let to = match &snippet.to {
            Some(folder) => {
                let path = artefact.place_in(folder)?;
                context.files.write(&path, artefact.bytes.clone()).await?;
                Some(path.to_string())
            }
            None => None,
        };
        kept.push(artefact.json(&blob.to_string(), to.as_deref()));
    }
    let mut said = format!(
        "The {} snippet {}.\n",
        snippet.language.shown(),
        ran.outcome.said(ran.code, ran.signal, snippet.timeout)
    );
    if let Some(exception) = &ran.exception {
        let trace = clean(&exception.trace);
        push(&mut said, format_args!("\n{}\n", trace.trim_end()));
    }
    for (name, stream) in [("Output", &stdout), ("Errors", &stderr)] {
        if !stream.trim().is_empty() {
            let stream = bounded::cut(stream.trim_end(), bounded::TEXT / 3);
            push(&mut said, format_args!("\n{name}:\n{stream}\n"));
        }
    }
    if let Some(value) = &ran.value {
        push(
            &mut said,
            format_args!("\nValue: {}\n", bounded::line(&clean(value), 2_000)),
        );
    }
    if !ran.artefacts.all.is_empty() {
        said.push_str("\nKept:\n");
        for artefact in &ran.artefacts.all {
            push(
                &mut said,
                format_args!(
                    "- {} ({}, {})\n",
                    name::shown(&artefact.name),
                    artefact.media,
                    bounded::counted(artefact.bytes.len(), "byte")
                ),
            );
        }
    }
    for note in ran.artefacts.left_out.iter().chain(&ran.notes) {
        push(&mut said, format_args!("{}\n", bounded::line(note, 400)));
    }
    let shown = |text: &str| -> String {
        if text.len() <= 2 * SHOWN {
            return text.to_owned();
        }
        let head = text.get(..bounded::floor(text, SHOWN)).unwrap_or_default();
        let tail = bounded::tail(text, usize::MAX, SHOWN);
        format!("{head}\n[... the middle is left out ...]\n{tail}")
    };
    let exception = ran.exception.as_ref().map(|exception| {
        json!({
            "type": bounded::line(&exception.kind, 200),
            "message": clean(&bounded::cut(&exception.message, 8_000)),
            "trace": clean(&bounded::cut(&exception.trace, 16_000)),
        })
    });
    if !aside.is_empty() {
        said.push_str("\n`venom output` prints all of what it printed.\n");
    }
    let mut result: Value = json!({
        "language": snippet.language.name(),
        "outcome": ran.outcome.name(),
        "exit_code": ran.code,
        "signal": ran.signal,
        "stdout": shown(&stdout),
        "stderr": shown(&stderr),
        "truncated": is_cut || !aside.is_empty(),
        "value": ran.value.as_deref().map(|value| clean(&bounded::cut(value, 16_000))),
        "exception": exception,
        "artefacts": kept,
        "left_out": ran.artefacts.left_out,
        "session": ran.session,
        "text": bounded::cut(&said, bounded::TEXT),
    });
    for (key, blobs) in aside {
        if let Some(result) = result.as_object_mut() {
            result.insert(key.to_owned(), json!(blobs));
        }
    }
    let code = match ran.outcome {
        Outcome::Ok => Some(0),
        // Whatever the code was, it did not do what it was written for.
        _ => ran
            .code
            .filter(|code| *code != 0)
            .or_else(|| ran.signal.is_none().then_some(1)),
    };
    Ok(Output {
        result,
        evidence: vec![Evidence::Exit { code }],
    })
}
