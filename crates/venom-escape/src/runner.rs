//! Runs probes inside the sandbox: each in a child of its own, one JSON line for each.

use std::ffi::c_int;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::catalogue;
use crate::facts::Facts;
use crate::os::{self, Ending, Fork};
use crate::probe::{Outcome, Place, Probe, Scene, Stop, Verdict};

/// Most probes answer within milliseconds; the bombs write gigabytes. Chosen with a tenfold margin
/// over the slowest bomb on a loaded machine with two processors.
const LIMIT: Duration = Duration::from_mins(1);

/// An attempt hangs rather than answers when, for example, a device waits for data.
const SHORT_LIMIT: Duration = Duration::from_secs(10);

/// What a forked probe says in the status of its end when it could not say it in words.
const SPOKE: c_int = 0;

/// Runs the probes with these ids, or all, and prints what each found.
pub(crate) fn run(facts: &Facts, workspace: &Path, only: Option<&[String]>) -> io::Result<()> {
    if let Ok(prefix) = facts.text("name_prefix") {
        os::set_name(&format!("{prefix}run"));
    }
    // The workspace's owner may have a strict mask; the plants must have the modes they ask for.
    call_umask();
    say(&json!({"hello": "venom-escape", "pid": std::process::id()}))?;
    for probe in catalogue::all() {
        if only.is_some_and(|only| !only.iter().any(|id| id == probe.id)) {
            continue;
        }
        say(&json!({"id": probe.id, "started": true}))?;
        let (verdict, detail, is_broken) = judge(&probe, facts, workspace);
        let mut line = json!({
            "id": probe.id,
            "group": probe.group.name(),
            "verdict": verdict.name(),
            "detail": detail,
        });
        if is_broken && let Value::Object(map) = &mut line {
            map.insert("broken".to_owned(), true.into());
        }
        say(&line)?;
    }
    Ok(())
}

fn call_umask() {
    os::call!(libc::SYS_umask, 0).ok();
}

/// Prints one line to the standard output at once.
pub(crate) fn say(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn judge(probe: &Probe, facts: &Facts, workspace: &Path) -> (Verdict, String, bool) {
    match attempt(probe, facts, workspace) {
        Ok(Answer::Said(outcome)) => {
            let (verdict, detail) = verdict(outcome);
            (verdict, detail, false)
        }
        Ok(Answer::Died(signal)) => (
            Verdict::Blocked,
            format!("killed by signal {signal}"),
            false,
        ),
        Ok(Answer::Silent) => (Verdict::Blocked, "no answer in time".to_owned(), false),
        Ok(Answer::Broke(code)) => (
            Verdict::NotApplicable,
            format!("ended with {code} and no answer"),
            true,
        ),
        Err(error) => (
            Verdict::Blocked,
            format!("could not even be started: {error}"),
            false,
        ),
    }
}

/// The word and the detail for an outcome.
pub(crate) fn verdict(outcome: Outcome) -> (Verdict, String) {
    match outcome {
        Ok(how) => (Verdict::Escaped, how),
        Err(Stop::Refused(error)) => (Verdict::Blocked, error.to_string()),
        Err(Stop::Held(why)) => (Verdict::Blocked, why),
        Err(Stop::Absent(why)) => (Verdict::NotApplicable, why),
    }
}

enum Answer {
    Said(Outcome),
    Died(c_int),
    Silent,
    Broke(c_int),
}

fn attempt(probe: &Probe, facts: &Facts, workspace: &Path) -> io::Result<Answer> {
    let (reader, writer) = os::pipe()?;
    let child = match os::fork() {
        Ok(Fork::Parent(pid)) => pid,
        Ok(Fork::Child) => {
            os::close(reader);
            // A group of its own, so that the probe's children can be ended with it.
            os::call!(libc::SYS_setpgid, 0, 0).ok();
            let scene = Scene {
                id: probe.id,
                facts,
                workspace,
            };
            let outcome = (probe.run)(&scene);
            os::leave(match os::write(writer, &encode(outcome)) {
                Ok(_) => SPOKE,
                Err(_) => 1,
            })
        }
        Err(error) => {
            os::close(reader);
            os::close(writer);
            return Err(error);
        }
    };
    os::close(writer);
    let limit = match probe.place {
        Place::Together | Place::Terminal => SHORT_LIMIT,
        Place::Alone | Place::Ended(_) => LIMIT,
    };
    let answer = listen(child, reader, limit);
    // The bombs' children share the probe's group; a group that is gone is as good as killed.
    os::kill(-child, libc::SIGKILL).ok();
    os::close(reader);
    os::wait(child, Duration::from_secs(5))?;
    answer
}

/// Reads the child's answer, which is one write of less than a pipe holds.
fn listen(child: c_int, reader: c_int, limit: Duration) -> io::Result<Answer> {
    let deadline = Instant::now() + limit;
    loop {
        if os::readable(reader, Duration::from_millis(20))? {
            let bytes = os::read(reader)?;
            if !bytes.is_empty() {
                return Ok(Answer::Said(decode(&bytes)));
            }
        }
        if let Some(ending) = ended(child)? {
            // The answer may have come between the two looks.
            if os::readable(reader, Duration::ZERO)? {
                let bytes = os::read(reader)?;
                if !bytes.is_empty() {
                    return Ok(Answer::Said(decode(&bytes)));
                }
            }
            return Ok(match ending {
                Ending::Killed(signal) => Answer::Died(signal),
                Ending::Exited(code) => Answer::Broke(code),
            });
        }
        if Instant::now() >= deadline {
            return Ok(Answer::Silent);
        }
    }
}

/// Whether the child has ended, leaving it to be reaped later so that its group keeps its number.
fn ended(child: c_int) -> io::Result<Option<Ending>> {
    // siginfo_t: si_signo, si_errno, si_code, then for a child si_pid, si_uid, si_status.
    let mut info = [0_u8; 128];
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    os::call!(libc::SYS_waitid, libc::P_PID, child, &mut info, flags, 0)?;
    let field = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(info.get(at..at + 4).unwrap_or(&[0; 4]));
        c_int::from_ne_bytes(bytes)
    };
    let (signal, code, status) = (field(0), field(8), field(24));
    Ok(match (signal, code) {
        (0, _) => None,
        (_, libc::CLD_EXITED) => Some(Ending::Exited(status)),
        _ => Some(Ending::Killed(status)),
    })
}

fn encode(outcome: Outcome) -> Vec<u8> {
    let (tag, text) = match outcome {
        Ok(text) => (b'E', text),
        Err(Stop::Held(text)) => (b'H', text),
        Err(Stop::Absent(text)) => (b'A', text),
        Err(Stop::Refused(error)) => (b'H', error.to_string()),
    };
    let mut bytes = vec![tag];
    // One write below the size that pipes keep whole.
    bytes.extend(text.bytes().take(1000));
    bytes
}

fn decode(bytes: &[u8]) -> Outcome {
    let (tag, text) = bytes.split_first().unwrap_or((&b'H', &[]));
    let text = String::from_utf8_lossy(text).into_owned();
    match tag {
        b'E' => Ok(text),
        b'A' => Err(Stop::Absent(text)),
        _ => Err(Stop::Held(text)),
    }
}

#[cfg(test)]
mod tests;
