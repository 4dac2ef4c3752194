//! Victims: processes of the host that the probes attack, one for each probe that may harm it.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use super::listeners::settle;
use crate::facts::Facts;
use crate::os::{self, call};
use crate::probe::{Group, Probe};

/// The exit code of a victim whose memory was changed.
const REWRITTEN: u8 = 42;

/// The victims by the probe they were started for.
pub(super) struct Victims {
    children: BTreeMap<&'static str, Child>,
}

/// What became of a victim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Lives,
    Stopped,
    Killed(i32),
    Rewritten,
    Gone,
}

impl Victims {
    pub(super) fn start(
        outside: &Path,
        nonce: &str,
        token: &str,
        probes: &[Probe],
        facts: &mut Facts,
    ) -> io::Result<Self> {
        let name = format!("vv{nonce}");
        facts.set("victim_name", name.as_str());
        let key = format!("escape-key-{nonce}");
        let mut children = BTreeMap::new();
        let own = probes
            .iter()
            .filter(|probe| probe.group == Group::Processes)
            .map(|probe| probe.id);
        for id in own.chain(["shared"]) {
            let mut child = Command::new(outside.join("program"))
                .args(["victim", &name, token])
                .env_clear()
                .env("VENOM_ESCAPE_API_KEY", &key)
                .current_dir(outside)
                // A group of its own, so that a signal to the group reaches nobody else.
                .process_group(0)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .spawn()?;
            let mut line = String::new();
            if let Some(stdout) = child.stdout.take() {
                BufReader::new(stdout).read_line(&mut line)?;
            }
            let address: i64 = line.trim().parse().map_err(io::Error::other)?;
            if id == "shared" {
                facts.set("victim", child.id());
            } else {
                facts.set(&format!("victim.{id}"), child.id());
                facts.set(&format!("victim_address.{id}"), address);
            }
            children.insert(id, child);
        }
        Ok(Self { children })
    }

    /// What became of the victim of a probe within a while; a stopped one goes on afterwards.
    pub(super) fn fate(&mut self, id: &str, patience: Duration) -> Fate {
        let Some(child) = self.children.get_mut(id) else {
            return Fate::Gone;
        };
        let mut fate = Fate::Lives;
        settle(patience, || {
            fate = look(child);
            fate != Fate::Lives
        });
        fate
    }

    /// Ends all of them.
    pub(super) fn end(&mut self) {
        for child in self.children.values_mut() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn look(child: &mut Child) -> Fate {
    match child.try_wait() {
        Ok(None) => {}
        Ok(Some(status)) => {
            return match (status.signal(), status.code()) {
                (Some(signal), _) => Fate::Killed(signal),
                (None, Some(code)) if code == i32::from(REWRITTEN) => Fate::Rewritten,
                (None, _) => Fate::Gone,
            };
        }
        Err(_) => return Fate::Gone,
    }
    let about = std::fs::read_to_string(format!("/proc/{}/stat", child.id()));
    if !about.is_ok_and(|about| about.contains(") T ")) {
        return Fate::Lives;
    }
    if let Ok(pid) = i32::try_from(child.id()) {
        os::kill(pid, libc::SIGCONT).ok();
    }
    Fate::Stopped
}

/// Is a victim: prints where its token lies and looks after it until somebody ends it.
pub(crate) fn be_victim(name: &str, token: &str) -> io::Result<ExitCode> {
    call!(libc::SYS_prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL)?;
    os::set_name(name);
    let memory: Vec<AtomicU8> = token.bytes().map(AtomicU8::new).collect();
    let mut out = io::stdout();
    writeln!(out, "{}", memory.as_ptr().expose_provenance())?;
    out.flush()?;
    loop {
        let is_whole = memory
            .iter()
            .zip(token.bytes())
            .all(|(byte, expected)| byte.load(Ordering::Relaxed) == expected);
        if !is_whole {
            return Ok(ExitCode::from(REWRITTEN));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
