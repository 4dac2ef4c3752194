//! Snippets that share an interpreter: a session of the run with a small driver in it.
//!
//! A request and an answer are a line with a length and that many bytes of JSON. What snippets print
//! goes elsewhere and travels inside the answer, so that it cannot be taken for one. The driver does
//! one thing at a time and says nothing unasked: what comes behind the end of the stream as it was
//! before a request is the answer to it.

use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::json;
use venom_kernel::id::SessionId;
use venom_kernel::plain;
use venom_kernel::time::Millis;
use venom_ports::exec::Exit;
use venom_ports::session::{Session, SessionSpec, Signal, State};
use venom_ports::skill::SkillContext;
use venom_ports::{Failure, FailureKind, Result};

use super::given::{Language, Origin, Snippet};
use super::outcome::Outcome;
use super::{Artefacts, Exception, Ran, Stream};
use crate::bounded;
use crate::params::{missing, refused};
use crate::process::{self, Ending};

/// How long an interpreter is kept at most. Chosen: an afternoon's run.
const LIFE: Millis = Millis::from_secs(4 * 3_600);

/// How long the driver may take to take in a request.
const INTAKE: Millis = Millis::from_secs(10);

/// How long an interpreter has to stop what it does when it is told to.
const GRACE: Millis = Millis::from_secs(3);

/// The longest answer: what is kept of both streams and of files, in base 64, and its frame.
const LONGEST_ANSWER: usize = 48 << 20;

/// The largest file of the workspace that is run as a snippet.
const LARGEST_FILE: u64 = 1 << 20;

/// What the driver of each language is.
const PYTHON: &str = include_str!("driver.py");
const JAVASCRIPT: &str = include_str!("driver.js");

/// Makes the room of a driver and puts the driver into it: requests come on 3 and answers go to 4,
/// and what snippets print goes to files.
const BEGIN: &str = r#"VENOM_ROOM=$(mktemp -d) || exit 120
export VENOM_ROOM
mkdir -p "$VENOM_ROOM/desk/out" || exit 120
exec 3<&0 4>&1
exec "$@" </dev/null >>"$VENOM_ROOM/stdout" 2>>"$VENOM_ROOM/stderr""#;

/// An answer of the driver.
#[derive(Deserialize)]
struct Answer {
    outcome: String,
    value: Option<String>,
    exception: Option<Raised>,
    code: Option<i32>,
    stdout: Printed,
    stderr: Printed,
    artefacts: Vec<File>,
    left_out: Vec<String>,
}

#[derive(Deserialize)]
struct Raised {
    r#type: String,
    message: String,
    trace: String,
}

#[derive(Deserialize)]
struct Printed {
    data: String,
    dropped: u64,
}

#[derive(Deserialize)]
struct File {
    name: String,
    data: String,
}

/// What came instead of an answer, or the answer.
enum Heard {
    Answer(Vec<u8>),
    Ended(Exit, String),
    Late,
}

/// Runs a snippet in its interpreter.
pub(super) async fn run(snippet: &Snippet, context: &SkillContext) -> Result<Ran> {
    let source = match &snippet.origin {
        Origin::Text(text) => text.clone(),
        Origin::File(file) => {
            let read = context.files.read(file, LARGEST_FILE).await?;
            String::from_utf8(read.bytes)
                .map_err(|_no_text| refused("the file is no text that can be run"))?
        }
    };
    let id = match &snippet.session {
        Some(text) => known(text)?,
        None => begin(snippet, context).await?,
    };
    let session = context.sessions.find(id).map_err(|failure| {
        Failure::new(
            failure.kind,
            format!("the interpreter {id} is gone, and what the snippets before made with it"),
        )
        .with_hint("interpreters end with the process that works on a run; let one step do all of it, or begin a new run")
    })?;
    let inputs: Vec<_> = snippet
        .inputs
        .iter()
        .map(|input| json!({"name": input.name(), "path": process::folder(context, input)}))
        .collect();
    let request = json!({"source": source, "inputs": inputs}).to_string();
    let from = session.printed();
    let frame = format!("VENOM {}\n{request}", request.len());
    let taken = session.write(frame.as_bytes(), INTAKE).await;
    match taken {
        Ok(taken) if taken == frame.len() => {}
        // One that has ended says below how; one that does not listen is of no use any more.
        Ok(_) if session.state() == State::Running => {
            context.sessions.stop(id, Millis::ZERO).await?;
            return Err(Failure::new(
                FailureKind::TimedOut,
                format!("the interpreter {id} did not take the snippet and was ended"),
            ));
        }
        Ok(_) => {}
        Err(failure) if session.state() == State::Running => return Err(failure),
        Err(_) => {}
    }
    let mut is_late = false;
    let mut heard = listen(&session, from, snippet.timeout, context).await?;
    if matches!(heard, Heard::Late) {
        is_late = true;
        session.signal(Signal::Interrupt).await.ok();
        heard = listen(&session, from, GRACE, context).await?;
    }
    match heard {
        Heard::Answer(bytes) => answered(&bytes, id, is_late, snippet),
        Heard::Ended(exit, last) => {
            context.sessions.stop(id, Millis::ZERO).await.ok();
            ended(exit, &last, is_late)
        }
        Heard::Late => {
            context.sessions.stop(id, Millis::ZERO).await?;
            Ok(Ran {
                notes: vec![
                    "It did not stop when it was told to, so its interpreter was ended with it."
                        .to_owned(),
                ],
                ..nothing(Outcome::TimedOut)
            })
        }
    }
}

fn known(text: &str) -> Result<SessionId> {
    text.parse().map_err(|error: venom_kernel::id::IdError| {
        refused(error.to_string())
            .with_hint("a snippet with `keep` says in `session` what its interpreter is called")
    })
}

async fn begin(snippet: &Snippet, context: &SkillContext) -> Result<SessionId> {
    let program = snippet.language.program();
    if context.exec.find(program).is_none() {
        return Err(missing(format!(
            "{} snippets need `{program}`, and it is not there",
            snippet.language.shown()
        ))
        .with_hint(format!(
            "install `{program}` and see that it is on the PATH"
        )));
    }
    let mut argv = vec!["sh", "-c", BEGIN, "sh"];
    match snippet.language {
        Language::JavaScript => argv.extend(["node", "-e", JAVASCRIPT]),
        Language::Python | Language::Shell | Language::Rust => {
            argv.extend(["python3", "-u", "-c", PYTHON]);
        }
    }
    let argv: Vec<String> = argv.into_iter().map(str::to_owned).collect();
    let mut command = process::command(&argv, context.root.clone(), LIFE);
    for (name, value) in super::once::VARIABLES {
        command.env.insert((*name).to_owned(), (*value).to_owned());
    }
    context
        .sessions
        .start(SessionSpec {
            command,
            terminal: None,
            label: format!("{} snippets", snippet.language.shown()),
        })
        .await
}

/// Waits for an answer behind a position of the stream.
async fn listen(
    session: &Arc<dyn Session>,
    from: u64,
    wait: Millis,
    context: &SkillContext,
) -> Result<Heard> {
    let deadline = context.clock.steady().plus(wait);
    let mut bytes: Vec<u8> = Vec::new();
    let mut at = from;
    loop {
        let left = deadline.get().saturating_sub(context.clock.steady().get());
        let chunk = session.read(at, Millis::new(left)).await?;
        let came = !chunk.bytes.is_empty();
        bytes.extend_from_slice(&chunk.bytes);
        at = chunk.next;
        if chunk.dropped > 0 || bytes.len() > LONGEST_ANSWER {
            return Err(Failure::new(
                FailureKind::Refused,
                "the answer of the interpreter is longer than can be read",
            )
            .with_hint(
                "let the snippet print less, or write what it has to say to a file in `out`",
            ));
        }
        if let Some(body) = framed(&bytes) {
            return Ok(Heard::Answer(body.to_vec()));
        }
        if let State::Ended(exit) = chunk.state {
            let last = plain::text(&bytes);
            return Ok(Heard::Ended(exit, bounded::tail(&last, 20, 4_000)));
        }
        if left == 0 && !came {
            return Ok(Heard::Late);
        }
    }
}

/// The body of a frame that is there as a whole. What stands before the frame was said by the
/// interpreter itself and not by the driver.
fn framed(bytes: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"VENOM ";
    let at = bytes
        .windows(MARK.len())
        .position(|window| window == MARK)?;
    let rest = bytes.get(at + MARK.len()..)?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let length: usize = std::str::from_utf8(rest.get(..end)?).ok()?.parse().ok()?;
    rest.get(end + 1..)?.get(..length)
}

fn answered(bytes: &[u8], id: SessionId, is_late: bool, snippet: &Snippet) -> Result<Ran> {
    let bad = |why: String| {
        Failure::new(
            FailureKind::Internal,
            format!("the interpreter {id} said what cannot be read: {why}"),
        )
    };
    let answer: Answer = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    let decoded = |text: &str| {
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .map_err(|error| bad(error.to_string()))
    };
    let stream = |printed: &Printed| {
        decoded(&printed.data).map(|bytes| Stream {
            bytes,
            is_cut: printed.dropped > 0,
            ..Stream::default()
        })
    };
    let mut artefacts = Artefacts::default();
    for file in answer.artefacts {
        artefacts.add(file.name, decoded(&file.data)?, &snippet.wanted);
    }
    for path in answer.left_out.iter().take(100) {
        artefacts.leave(
            path,
            "it cannot be read or is larger than 8 MiB, or all together than 16 MiB",
        );
    }
    let outcome = match answer.outcome.as_str() {
        _ if is_late => Outcome::TimedOut,
        "ok" => Outcome::Ok,
        "raised" => Outcome::Raised,
        // Nobody but us tells it to stop.
        "interrupted" => Outcome::TimedOut,
        _ => Outcome::Failed,
    };
    let mut notes = Vec::new();
    let dropped = answer.stdout.dropped + answer.stderr.dropped;
    if dropped > 0 {
        notes.push(format!("{dropped} bytes of what it printed are not kept."));
    }
    if outcome == Outcome::TimedOut {
        notes.push("Its interpreter goes on.".to_owned());
    }
    Ok(Ran {
        code: match outcome {
            Outcome::Ok => Some(0),
            _ => answer.code,
        },
        stdout: stream(&answer.stdout)?,
        stderr: stream(&answer.stderr)?,
        value: answer.value,
        exception: answer.exception.map(|raised| Exception {
            kind: raised.r#type,
            message: raised.message,
            trace: raised.trace,
        }),
        artefacts,
        session: Some(id.to_string()),
        notes,
        ..nothing(outcome)
    })
}

fn ended(exit: Exit, last: &str, is_late: bool) -> Result<Ran> {
    let outcome = Outcome::of(exit).ok_or_else(|| {
        Failure::new(
            FailureKind::Retryable,
            "the snippet was not wanted any more",
        )
    })?;
    let outcome = match outcome {
        _ if is_late => Outcome::TimedOut,
        Outcome::OutOfMemory | Outcome::OutOfProcesses | Outcome::OutOfDisk => outcome,
        _ => Outcome::EndedInterpreter,
    };
    let ending = Ending::of(exit);
    Ok(Ran {
        code: ending.code(),
        signal: ending.signal(),
        stderr: Stream {
            bytes: last.as_bytes().to_vec(),
            ..Stream::default()
        },
        ..nothing(outcome)
    })
}

fn nothing(outcome: Outcome) -> Ran {
    Ran {
        outcome,
        code: None,
        signal: None,
        stdout: Stream::default(),
        stderr: Stream::default(),
        value: None,
        exception: None,
        artefacts: Artefacts::default(),
        session: None,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
