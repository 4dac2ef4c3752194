//! Sessions: what can be done with a command that stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use venom_kernel::effect::EffectClass;
use venom_kernel::evidence::Evidence;
use venom_kernel::id::SessionId;
use venom_kernel::plain::{self, Cleaner};
use venom_kernel::skill::ActionManifest;
use venom_kernel::time::Millis;
use venom_ports::exec::{Exit, Keep};
use venom_ports::session::{Chunk, LONGEST_READ, Session, SessionSpec, Signal, Size, State};
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

use super::{given, ran};
use crate::bounded::{self, push};
use crate::params::{Given, refused};
use crate::process::{self, Ending};
use crate::schema::{self, Object};
use crate::scrub;

/// How long a session lives when nobody says how long, and the longest that can be asked for, in
/// seconds. Chosen: an afternoon's run, and a day.
const LIFE: u64 = 14_400;
const LONGEST_LIFE: u64 = 86_400;

/// How long reading waits when nobody says how long, and the longest that can be asked for, in seconds.
const WAIT: u64 = 5;
const LONGEST_WAIT: u64 = 600;

/// The longest text that is waited for. Chosen: a line.
const LONGEST_MARK: usize = 1_000;

/// How long a session may take to take in what is written to it.
const INTAKE: Millis = Millis::from_secs(10);

/// The most that is written at once. Chosen: what people and models type.
const LONGEST_INPUT: usize = 1 << 20;

/// How long a session may take to end when it is asked to and nobody says how long, in seconds.
const GRACE: u64 = 5;
const LONGEST_GRACE: u64 = 60;

/// The usual size of a terminal.
const USUAL: Size = Size {
    rows: 24,
    columns: 80,
};

/// Lines of the last output that are shown with an end. Chosen: a screen.
const LAST_LINES: usize = 40;

/// Bytes that are looked at for these lines.
const LAST_BYTES: u64 = 16 << 10;

/// Describes the actions.
pub(super) fn actions() -> BTreeMap<String, ActionManifest> {
    let stays = EffectClass::Reversible;
    let looks = EffectClass::Idempotent;
    let secs = |secs| Millis::from_secs(secs);
    let actions = [
        (
            "start",
            schema::action(
                "Starts a command that stays until it is stopped or the run ends.",
                stays,
                given::words(schema::object())
                    .may("label", schema::text("What it is, for people."))
                    .may(
                        "terminal",
                        schema::flag("Whether it gets a terminal, as prompts need one."),
                    )
                    .may("rows", schema::between(1, 1_000, "Lines of the terminal; 24 if not given."))
                    .may(
                        "columns",
                        schema::between(1, 1_000, "Characters of its lines; 80 if not given."),
                    )
                    .may(
                        "timeout",
                        schema::between(
                            1,
                            LONGEST_LIFE,
                            "The longest life in seconds; 14400 if not given.",
                        ),
                    ),
                named(schema::object())
                    .must("label", schema::text("What it is."))
                    .text(),
            ),
        ),
        (
            "read",
            ActionManifest {
                timeout: secs(LONGEST_WAIT + 10),
                typical: secs(1),
                ..schema::action(
                    "Reads what a session printed, from a position on.",
                    looks,
                    named(schema::object())
                        .may(
                            "from",
                            schema::number("Where to begin: the `next` of the read before, or 0."),
                        )
                        .may(
                            "wait",
                            schema::between(
                                0,
                                LONGEST_WAIT,
                                "How many seconds to wait for something to come; 5 if not given.",
                            ),
                        )
                        .may(
                            "until",
                            schema::text(
                                "A text to wait for; what is read ends with it, and it is a failure if it does not come.",
                            ),
                        ),
                    stated(named(schema::object()))
                        .must("output", schema::text("What it printed, as plain text."))
                        .must("from", schema::number("Where that begins."))
                        .must("next", schema::number("Where to read on."))
                        .must("dropped", schema::number("Bytes before it that were not kept."))
                        .text(),
                )
            },
        ),
        (
            "write",
            schema::action(
                "Writes to the input of a session.",
                stays,
                named(schema::object())
                    .may("input", schema::text("What to write; a line needs its line end."))
                    .may("close", schema::flag("Whether the input ends after it.")),
                named(schema::object())
                    .must("written", schema::number("Bytes that were written."))
                    .text(),
            ),
        ),
        (
            "resize",
            schema::action(
                "Changes the size of a session's terminal.",
                stays,
                named(schema::object())
                    .must("rows", schema::between(1, 1_000, "Lines."))
                    .must("columns", schema::between(1, 1_000, "Characters in a line.")),
                named(schema::object()).text(),
            ),
        ),
        (
            "signal",
            schema::action(
                "Sends a signal to a session.",
                stays,
                named(schema::object()).must(
                    "signal",
                    schema::choice(&Signal::ALL.map(Signal::name), "The signal."),
                ),
                named(schema::object()).text(),
            ),
        ),
        (
            "exec",
            ActionManifest {
                timeout: secs(given::LONGEST + 10),
                typical: secs(1),
                ..schema::action(
                    "Runs a command beside a session: it sees the same files and the same network.",
                    stays,
                    given::params(named(schema::object())),
                    ran::result(),
                )
            },
        ),
        (
            "stop",
            ActionManifest {
                timeout: secs(LONGEST_GRACE + 60),
                typical: secs(1),
                ..schema::action(
                    "Ends a session with everything that it started, and keeps its output.",
                    stays,
                    named(schema::object()).may(
                        "grace",
                        schema::between(
                            0,
                            LONGEST_GRACE,
                            "How many seconds it may take to end when it is asked to; 5 if not given.",
                        ),
                    ),
                    stated(named(schema::object()))
                        .must("printed", schema::number("Bytes that it printed in all."))
                        .must("dropped", schema::number("Bytes of them that were not kept."))
                        .must(
                            "blobs",
                            schema::texts("What was kept, as contents of the store, in order."),
                        )
                        .text(),
                )
            },
        ),
        (
            "list",
            schema::action(
                "Lists the sessions of the run.",
                looks,
                schema::object(),
                schema::object()
                    .must(
                        "sessions",
                        schema::list(
                            stated(named(schema::object()))
                                .must("label", schema::text("What it is."))
                                .must("printed", schema::number("Bytes that it printed so far."))
                                .done(),
                            "The sessions in the order in which they were started.",
                        ),
                    )
                    .text(),
            ),
        ),
    ];
    actions
        .into_iter()
        .map(|(name, action)| (name.to_owned(), action))
        .collect()
}

fn named(object: Object) -> Object {
    object.must("session", schema::text("The session, as `start` names it."))
}

fn stated(object: Object) -> Object {
    object
        .must("running", schema::flag("Whether it runs."))
        .must(
            "exit_code",
            schema::or_null(schema::integer("Its exit code, if it ended by itself.")),
        )
        .must(
            "signal",
            schema::or_null(schema::integer("The signal that ended it.")),
        )
}

fn taken(given: &mut Given) -> Result<SessionId> {
    let text: String = given.must("session")?;
    text.parse().map_err(|error: venom_kernel::id::IdError| {
        refused(error.to_string()).with_hint("`start` says what a session is called")
    })
}

/// Finds the session that a call is about.
fn found(given: &mut Given, context: &SkillContext) -> Result<(SessionId, Arc<dyn Session>)> {
    let id = taken(given)?;
    Ok((id, context.sessions.find(id)?))
}

/// Adds how a session is.
fn with_state(mut result: Value, state: State) -> Value {
    let (exit_code, signal) = match state {
        State::Running => (None, None),
        State::Ended(exit) => (Ending::of(exit).code(), Ending::of(exit).signal()),
    };
    if let Some(result) = result.as_object_mut() {
        result.insert("running".to_owned(), json!(state == State::Running));
        result.insert("exit_code".to_owned(), json!(exit_code));
        result.insert("signal".to_owned(), json!(signal));
    }
    result
}

fn said(exit: Exit) -> String {
    // A session that lived too long says so without its limit: it was given long ago.
    match exit {
        Exit::TimedOut => "the end of its time".to_owned(),
        Exit::Code(_)
        | Exit::Signal(_)
        | Exit::Cancelled
        | Exit::OutOfMemory
        | Exit::OutOfProcesses
        | Exit::OutOfDisk => match Ending::of(exit).stop() {
            Some(stop) => stop.said(Millis::ZERO),
            None => Ending::of(exit).said(Millis::ZERO),
        },
    }
}

fn output(result: Value) -> Output {
    schema::output(result)
}

pub(super) async fn start(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let life: u64 = given.may("timeout")?.unwrap_or(LIFE);
    let mut ordered = given::command(&mut given, context).await?;
    let label: Option<String> = given.may("label")?;
    let is_terminal = given.flag("terminal")?;
    let size = Size {
        rows: given.may("rows")?.unwrap_or(USUAL.rows),
        columns: given.may("columns")?.unwrap_or(USUAL.columns),
    };
    given.done()?;
    ordered.command.timeout = Millis::from_secs(life.clamp(1, LONGEST_LIFE));
    ordered.command.keep = Keep::default();
    let shown = ordered.shown();
    let label = label.map_or_else(|| shown.clone(), |label| bounded::line(&label, 100));
    let id = context
        .sessions
        .start(SessionSpec {
            command: ordered.command,
            terminal: is_terminal.then_some(size),
            label: label.clone(),
        })
        .await?;
    Ok(output(json!({
        "session": id.to_string(),
        "label": label,
        "text": format!("Started `{shown}` as {id}.\n"),
    })))
}

pub(super) async fn read(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let (id, session) = found(&mut given, context)?;
    let from: u64 = given.may("from")?.unwrap_or(0);
    let wait: u64 = given.may("wait")?.unwrap_or(WAIT);
    let until: Option<String> = given.may("until")?;
    given.done()?;
    let wait = Millis::from_secs(wait.min(LONGEST_WAIT));
    let chunk = match &until {
        Some(mark) if mark.is_empty() || mark.len() > LONGEST_MARK => {
            return Err(refused(format!(
                "what is waited for has {} bytes, and 1 to {LONGEST_MARK} are possible",
                mark.len()
            )));
        }
        Some(mark) => read_until(session.as_ref(), from, wait, mark, context).await?,
        None => session.read(from, wait).await?,
    };
    let (text, next) = plain_text(&chunk, until.is_some());
    let text = scrub::place(&text, &context.root, ".");
    let mut said = String::new();
    if chunk.dropped > 0 {
        push(
            &mut said,
            format_args!("[... {} bytes not kept ...]\n", chunk.dropped),
        );
    }
    if text.is_empty() {
        push(&mut said, format_args!("Nothing new from {id}.\n"));
    }
    said.push_str(&text);
    if let State::Ended(exit) = chunk.state {
        if !said.ends_with('\n') {
            said.push('\n');
        }
        push(
            &mut said,
            format_args!("The session has ended with {}.\n", self::said(exit)),
        );
    }
    Ok(output(with_state(
        json!({
            "session": id.to_string(),
            "output": text,
            "from": chunk.from,
            "next": next,
            "dropped": chunk.dropped,
            "text": bounded::cut(&said, bounded::TEXT),
        }),
        chunk.state,
    )))
}

/// Makes a piece plain. What its end cuts, a character or an escape sequence, is left for the next read,
/// unless nothing more comes or it is all there is.
fn plain_text(chunk: &Chunk, is_cut: bool) -> (String, u64) {
    let is_last = is_cut || chunk.state != State::Running;
    let mut cleaner = Cleaner::default();
    let mut text = cleaner.push(&chunk.bytes);
    let held = cleaner.held();
    if is_last || (held == chunk.bytes.len() && held > 1_000) {
        text.push_str(&cleaner.finish());
        return (text, chunk.next);
    }
    (text, chunk.next - held as u64)
}

/// Reads until a text has come. Of what comes before, at most the end is kept.
async fn read_until(
    session: &dyn Session,
    from: u64,
    wait: Millis,
    mark: &str,
    context: &SkillContext,
) -> Result<Chunk> {
    let deadline = context.clock.steady().plus(wait);
    let mut whole = Chunk {
        from,
        bytes: Vec::new(),
        next: from,
        dropped: 0,
        state: State::Running,
    };
    loop {
        let left = deadline.get().saturating_sub(context.clock.steady().get());
        let chunk = session.read(whole.next, Millis::new(left)).await?;
        let came = !chunk.bytes.is_empty();
        if chunk.dropped > 0 {
            // What came before the gap does not belong to what comes behind it.
            whole.dropped += chunk.dropped + whole.bytes.len() as u64;
            whole.bytes.clear();
        }
        whole.bytes.extend_from_slice(&chunk.bytes);
        whole.next = chunk.next;
        if let Some(at) = position(&whole.bytes, mark.as_bytes()) {
            let end = at + mark.len();
            whole.next -= (whole.bytes.len() - end) as u64;
            whole.bytes.truncate(end);
            let surplus = whole.bytes.len().saturating_sub(LONGEST_READ);
            whole.bytes.drain(..surplus);
            whole.dropped += surplus as u64;
            whole.from = whole.next - whole.bytes.len() as u64;
            return Ok(whole);
        }
        let surplus = whole.bytes.len().saturating_sub(LONGEST_READ);
        whole.bytes.drain(..surplus);
        whole.dropped += surplus as u64;
        let mark = bounded::line(mark, 80);
        let last = || {
            let text = plain::text(&whole.bytes);
            bounded::line(&bounded::tail(&text, 5, 1_000), 500)
        };
        if let State::Ended(exit) = chunk.state {
            return Err(Failure::new(
                FailureKind::Conflict,
                format!(
                    "the session ended with {} before it said \"{mark}\"; its last words: {}",
                    said(exit),
                    last()
                ),
            ));
        }
        if left == 0 && !came {
            return Err(Failure::new(
                FailureKind::TimedOut,
                format!(
                    "the session did not say \"{mark}\" within {wait}; its last words: {}",
                    last()
                ),
            )
            .with_hint("give it more time with `wait`; some programs hold their output back unless they have a terminal"));
        }
    }
}

fn position(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}

pub(super) async fn write(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let (id, session) = found(&mut given, context)?;
    let input: String = given.may("input")?.unwrap_or_default();
    let is_last = given.flag("close")?;
    given.done()?;
    if input.is_empty() && !is_last {
        return Err(refused("there is nothing to write").with_hint("give `input` or `close`"));
    }
    if input.len() > LONGEST_INPUT {
        return Err(refused(format!(
            "the input has {} bytes, and {LONGEST_INPUT} can be written at once",
            input.len()
        )));
    }
    let written = session.write(input.as_bytes(), INTAKE).await?;
    if written < input.len() {
        return Err(Failure::new(
            FailureKind::TimedOut,
            format!(
                "the session took {written} of {} bytes within {INTAKE}",
                input.len()
            ),
        )
        .with_hint("it does not read its input now; see what it prints"));
    }
    if is_last {
        session.close_input().await?;
    }
    Ok(output(json!({
        "session": id.to_string(),
        "written": written,
        "text": format!("Wrote {} to {id}.\n", bounded::counted(written, "byte")),
    })))
}

pub(super) async fn resize(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let (id, session) = found(&mut given, context)?;
    let size = Size {
        rows: given.must("rows")?,
        columns: given.must("columns")?,
    };
    given.done()?;
    session.resize(size).await?;
    Ok(output(json!({
        "session": id.to_string(),
        "text": format!("The terminal of {id} has {} lines of {} characters.\n", size.rows, size.columns),
    })))
}

pub(super) async fn signal(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let (id, session) = found(&mut given, context)?;
    let signal: Signal = given.must::<String>("signal")?.parse()?;
    given.done()?;
    session.signal(signal).await?;
    Ok(output(json!({
        "session": id.to_string(),
        "text": format!("Sent {signal} to {id}.\n"),
    })))
}

pub(super) async fn exec(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let id = taken(&mut given)?;
    let ordered = given::command(&mut given, context).await?;
    given.done()?;
    let finished = context
        .sessions
        .run(
            id,
            ordered.command.clone(),
            context.cancel.clone(),
            Some(context.on_line.clone()),
        )
        .await;
    let finished = process::settled(&ordered.command.program, finished)?;
    ran::told(&ordered, &finished, context)
}

pub(super) async fn stop(call: &Call, context: &SkillContext) -> Result<Output> {
    let mut given = Given::of(call)?;
    let (id, session) = found(&mut given, context)?;
    let grace: u64 = given.may("grace")?.unwrap_or(GRACE);
    given.done()?;
    let grace = Millis::from_secs(grace.min(LONGEST_GRACE));
    let stopped = context.sessions.stop(id, grace).await?;
    let from = stopped.printed.saturating_sub(LAST_BYTES);
    let last = session.read(from, Millis::ZERO).await?;
    let last = scrub::place(&plain::text(&last.bytes), &context.root, ".");
    let last = bounded::tail(&last, LAST_LINES, bounded::TEXT / 2);
    let mut text = format!(
        "Stopped {id}; it ended with {} and printed {} bytes.\n",
        said(stopped.exit),
        stopped.printed
    );
    if !last.trim().is_empty() {
        push(&mut text, format_args!("\nIts last output:\n{last}"));
    }
    let blobs: Vec<String> = stopped.output.iter().map(ToString::to_string).collect();
    let result = with_state(
        json!({
            "session": id.to_string(),
            "printed": stopped.printed,
            "dropped": stopped.dropped,
            "blobs": blobs,
            "text": text,
        }),
        State::Ended(stopped.exit),
    );
    Ok(Output {
        result,
        evidence: vec![Evidence::Exit {
            code: Ending::of(stopped.exit).code(),
        }],
    })
}

pub(super) fn list(call: &Call, context: &SkillContext) -> Result<Output> {
    Given::of(call)?.done()?;
    let mut text = String::new();
    let mut sessions = Vec::new();
    for listed in context.sessions.list() {
        let state = match listed.state {
            State::Running => "runs".to_owned(),
            State::Ended(exit) => format!("ended with {}", said(exit)),
        };
        push(
            &mut text,
            format_args!("{} {state}: {}\n", listed.id, listed.label),
        );
        sessions.push(with_state(
            json!({
                "session": listed.id.to_string(),
                "label": listed.label,
                "printed": listed.printed,
            }),
            listed.state,
        ));
    }
    if sessions.is_empty() {
        text.push_str("There are no sessions.\n");
    }
    Ok(output(json!({"sessions": sessions, "text": text})))
}
