//! One run of the launcher: starts it, reads what it passes on, and waits for its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd as _, RawFd};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::options::Options;
use super::stage::Stage;
use crate::os;
use crate::probe::{Effect, Place, Probe, Verdict, Witness};

/// The longest line that a runner writes, with room; longer ones are a flood.
const LONGEST: usize = 1 << 16;

/// What one run said and did.
#[derive(Default)]
pub(super) struct Run {
    pub(super) greeted: bool,
    pub(super) started: BTreeSet<String>,
    pub(super) said: BTreeMap<String, Said>,
    pub(super) out_bytes: u64,
    pub(super) error_bytes: u64,
    pub(super) screen: Vec<u8>,
    errors: Vec<u8>,
    line: Vec<u8>,
    holding: bool,
    ending: String,
}

/// A probe's own verdict.
pub(super) struct Said {
    pub(super) verdict: Verdict,
    pub(super) detail: String,
    pub(super) is_broken: bool,
}

impl Run {
    /// What to say about a run that went wrong.
    pub(super) fn complaint(&self) -> String {
        let errors = String::from_utf8_lossy(&self.errors);
        let first = errors.lines().find(|line| !line.trim().is_empty());
        let first: String = first.unwrap_or_default().chars().take(200).collect();
        format!("{} {first}", self.ending).trim().to_owned()
    }

    fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.understand(&line);
            } else if self.line.len() < LONGEST {
                self.line.push(*byte);
            }
        }
    }

    fn understand(&mut self, line: &[u8]) {
        // A terminal adds carriage returns, and a probe may have written before the brace.
        let Some(start) = line.iter().position(|byte| *byte == b'{') else {
            return;
        };
        let line = line.get(start..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(Value::Object(map)) = serde_json::from_slice::<Value>(line) else {
            return;
        };
        if map.contains_key("hello") {
            self.greeted = true;
        }
        let word = |name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
        let Some(id) = word("id") else {
            return;
        };
        if map.contains_key("started") {
            self.started.insert(id);
        } else if map.contains_key("holding") {
            self.holding = true;
        } else if let Some(verdict) = word("verdict").and_then(|name| Verdict::named(&name)) {
            let said = Said {
                verdict,
                detail: word("detail").unwrap_or_default(),
                is_broken: map.contains_key("broken"),
            };
            self.said.insert(id, said);
        }
    }
}

/// Starts the launcher for these probes and waits until it has ended.
pub(super) fn launch(stage: &Stage, options: &Options, probes: &[&Probe]) -> io::Result<Run> {
    let place = probes.first().map_or(Place::Together, |probe| probe.place);
    let terminals = match (place, &stage.terminals) {
        (Place::Terminal, Some(terminals)) => Some(terminals),
        (Place::Terminal, None) => {
            return Err(io::Error::other("this machine gives no terminals"));
        }
        _ => None,
    };
    let ids: Vec<&str> = probes.iter().map(|probe| probe.id).collect();
    let mut words: Vec<String> = Vec::new();
    if let Some(terminals) = terminals {
        let program = std::env::current_exe()?;
        words.push(program.to_string_lossy().into_owned());
        words.extend(["on-terminal".to_owned(), terminals.path().to_owned()]);
    }
    words.extend(options.launcher.iter().map(|word| stage.fill(word)));
    words.extend(["--only".to_owned(), ids.join(",")]);

    let Some((program, arguments)) = words.split_first() else {
        return Err(io::Error::other("no launcher"));
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("HOME", stage.outside("home"))
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm")
        .env("SSH_AUTH_SOCK", stage.outside("stream.sock"))
        .env("VENOM_ESCAPE_API_KEY", stage.key())
        .current_dir(stage.workspace(""));
    for (name, value) in &options.variables {
        command.env(name, value);
    }
    let mut run = Run::default();
    let mut child = if terminals.is_some() {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    } else {
        command
            .stdin(
                File::open(stage.outside("touched/input_reopened"))
                    .map_or_else(|_| Stdio::null(), Stdio::from),
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }
    .map_err(|error| io::Error::other(format!("{program}: {error}")))?;

    let status = follow(&mut child, stage, options, probes, &mut run)?;
    run.ending = match status {
        Some(status) => format!("{status};"),
        None => "no end in time;".to_owned(),
    };
    Ok(run)
}

fn follow(
    child: &mut Child,
    stage: &Stage,
    options: &Options,
    probes: &[&Probe],
    run: &mut Run,
) -> io::Result<Option<ExitStatus>> {
    let began = Instant::now();
    // Probes that run together share the limit of each.
    let limit = options.timeout + Duration::from_secs(2) * u32::try_from(probes.len()).unwrap_or(1);
    let is_knocking = probes
        .iter()
        .any(|probe| probe.witness == Witness::Host(Effect::Reached));
    let end_by = probes.first().and_then(|probe| match probe.place {
        Place::Ended(signal) => Some(signal),
        Place::Together | Place::Terminal | Place::Alone => None,
    });
    let mut ended_at = None;
    let mut out = child.stdout.take();
    let mut errors = child.stderr.take();
    let mut status = None;
    loop {
        let mut heard = false;
        if let Some(stream) = &mut out
            && let Some(bytes) = some(stream.as_raw_fd(), stream)?
        {
            heard = !bytes.is_empty();
            run.out_bytes += bytes.len() as u64;
            run.hear(&bytes);
            if bytes.is_empty() {
                out = None;
            }
        }
        if let Some(stream) = &mut errors
            && let Some(bytes) = some(stream.as_raw_fd(), stream)?
        {
            heard |= !bytes.is_empty();
            run.error_bytes += bytes.len() as u64;
            if run.errors.len() < LONGEST {
                run.errors.extend_from_slice(&bytes);
            }
            if bytes.is_empty() {
                errors = None;
            }
        }
        if let Some(terminals) = &stage.terminals {
            let bytes = terminals.shown();
            heard |= !bytes.is_empty();
            run.out_bytes += bytes.len() as u64;
            run.hear(&bytes);
            run.screen.extend(bytes);
        }
        if heard && began.elapsed() < limit {
            continue;
        }
        if status.is_some() {
            return Ok(status);
        }
        status = child.try_wait()?;
        if status.is_some() {
            // What was written last is read once more; a terminal passes it on with a delay, and a
            // survivor may hold the pipe open, so that no end is waited for.
            std::thread::sleep(Duration::from_millis(20));
            continue;
        }
        if is_knocking && !run.started.is_empty() {
            stage.listeners.knock(stage.listen_port);
        }
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        // A launcher that keeps output back never says that the probe holds.
        let is_time = run.holding || began.elapsed() > Duration::from_secs(4);
        if let Some(signal) = end_by
            && is_time
            && ended_at.is_none()
        {
            ended_at = Some(Instant::now());
            os::kill(pid, signal).ok();
        }
        let is_stuck = ended_at.is_some_and(|at| at.elapsed() > Duration::from_secs(3));
        if is_stuck || began.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What can be read now: nothing yet, some bytes, or the end as no bytes.
fn some(fd: RawFd, stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    if !os::readable(fd, Duration::ZERO)? {
        return Ok(None);
    }
    let mut buffer = vec![0; 1 << 16];
    let got = stream.read(&mut buffer)?;
    buffer.truncate(got);
    Ok(Some(buffer))
}

#[cfg(test)]
mod tests;
