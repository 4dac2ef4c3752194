//! Sessions: what can be done with a command that stays.

mod manifest;
mod reading;

use std::sync::Arc;

use serde_json::{Value, json};
use venom_kernel::evidence::Evidence;
use venom_kernel::id::SessionId;
use venom_kernel::plain;
use venom_kernel::time::Millis;
use venom_ports::exec::{Exit, Keep};
use venom_ports::session::{Session, SessionSpec, Signal, Size, State};
use venom_ports::skill::{Call, Output, SkillContext};
use venom_ports::{Failure, FailureKind, Result};

pub(super) use self::manifest::actions;
use self::reading::{plain_text, read_until};
use super::{given, ran};
use crate::bounded::{self, push};
use crate::params::{Given, refused};
use crate::process::{self, Ending};
use crate::schema;
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
