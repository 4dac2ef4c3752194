//! Effects: what the host sees of a probe once the launcher has returned.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::launch::Run;
use super::listeners::settle;
use super::stage::Stage;
use super::victims::Fate;
use crate::catalogue::process_name;
use crate::files::system_name;
use crate::os::{self, call};
use crate::probe::{Effect, Leftover, Probe, Verdict, Witness, contains};
use crate::resources::FLOOD;
use crate::terminal::sequence;

/// Time for a killed tree to go: three times what the design allows after a deadline.
const GRACE: Duration = Duration::from_millis(300);

/// Looks for survivors: together about as long as the grace, so that one that hops from number to
/// number is met in many of its stops.
const LOOKS: u32 = 40;

/// What the host has to say.
pub(super) enum Seen {
    Yes(String),
    No,
    /// The host cannot tell on this machine.
    Blind(String),
}

impl Seen {
    fn of(is_seen: bool, what: &str) -> Self {
        if is_seen {
            Self::Yes(what.to_owned())
        } else {
            Self::No
        }
    }
}

/// Looks for an effect.
pub(super) fn seen(
    stage: &mut Stage,
    probe: &Probe,
    effect: Effect,
    run: &Run,
    survivors: &BTreeSet<String>,
    said: Verdict,
) -> Seen {
    // What the probe believes to have done gets time to arrive, also on a machine that is busy.
    let patience = match said {
        Verdict::Escaped => Duration::from_secs(2),
        Verdict::Blocked | Verdict::NotApplicable => Duration::from_millis(50),
    };
    match effect {
        Effect::DecoyTouched => Seen::of(stage.is_touched(probe.id), "a file outside changed"),
        Effect::Made => {
            let path = stage.outside("made").join(probe.id);
            Seen::of(path.exists(), "it was made outside")
        }
        Effect::SystemFile(folder) => {
            let path = Path::new(folder).join(system_name(&stage.nonce, probe.id));
            Seen::of(path.exists(), "it was made in the host's folder")
        }
        Effect::Left(what) => {
            let path = stage.workspace("left").join(probe.id);
            let decoy = stage.outside("touched").join(probe.id);
            Seen::of(is_left(&path, what, &decoy), "it lies in the workspace")
        }
        Effect::Changed(below) => changed(&stage.workspace(below)),
        Effect::Appeared(below) => {
            let path = stage.workspace(below);
            Seen::of(path.symlink_metadata().is_ok(), "it lies in the workspace")
        }
        Effect::GitRan(below) => git_ran(stage, probe.id, below),
        Effect::VictimKilled => match stage.victims.fate(probe.id, patience) {
            Fate::Killed(signal) => Seen::Yes(format!("the victim died by signal {signal}")),
            Fate::Lives | Fate::Stopped | Fate::Rewritten | Fate::Gone => Seen::No,
        },
        Effect::VictimStopped => {
            let fate = stage.victims.fate(probe.id, patience);
            Seen::of(fate == Fate::Stopped, "the victim was stopped")
        }
        Effect::VictimRewritten => {
            let fate = stage.victims.fate(probe.id, patience);
            Seen::of(fate == Fate::Rewritten, "the victim's memory changed")
        }
        Effect::Heard | Effect::Reached => {
            let is_heard = settle(patience, || stage.listeners.heard(probe.id));
            Seen::of(is_heard, "the host heard it")
        }
        Effect::Survivor => {
            let name = process_name(&stage.prefix(), probe.id);
            Seen::of(survivors.contains(&name), "a process is alive")
        }
        Effect::Flood => {
            let bytes = run.out_bytes.max(run.error_bytes);
            Seen::of(bytes >= FLOOD, &format!("{} MiB came through", bytes >> 20))
        }
        Effect::Sequence => {
            let is_shown = contains(&run.screen, &sequence(probe.id));
            Seen::of(is_shown, "the terminal got it as it was written")
        }
        Effect::TypedAhead => match &stage.terminals {
            Some(terminals) => {
                stage.typed.extend(terminals.typed());
                let text = format!("{};", probe.id);
                Seen::of(
                    contains(&stage.typed, text.as_bytes()),
                    "it waits to be read",
                )
            }
            None => Seen::Blind("this machine gives no terminals".to_owned()),
        },
        Effect::OtherTerminal => match &stage.terminals {
            Some(terminals) => {
                let shown = terminals.other_shown();
                Seen::of(
                    contains(&shown, probe.id.as_bytes()),
                    "the other terminal shows it",
                )
            }
            None => Seen::Blind("this machine gives no terminals".to_owned()),
        },
    }
}

/// Whether a file of the workspace is not as the stage made it. All of them are plain and short.
fn changed(path: &Path) -> Seen {
    let Ok(metadata) = path.symlink_metadata() else {
        return Seen::Yes("it is gone".to_owned());
    };
    let is_plain = metadata.is_file() && metadata.permissions().mode() & 0o111 == 0;
    // The longest of them says "#!/bin/sh" and a line end.
    Seen::of(!is_plain || metadata.len() > 10, "it is another file now")
}

fn is_left(path: &Path, what: Leftover, decoy: &Path) -> bool {
    let Ok(metadata) = path.symlink_metadata() else {
        return false;
    };
    let kind = metadata.file_type();
    match what {
        Leftover::SetId => metadata.permissions().mode() & 0o6000 != 0,
        Leftover::Capability => has_capability(path),
        Leftover::Device => kind.is_char_device() || kind.is_block_device(),
        Leftover::Fifo => kind.is_fifo(),
        Leftover::Socket => kind.is_socket(),
        Leftover::LinkOut => kind.is_symlink(),
        Leftover::HardLink => decoy
            .metadata()
            .is_ok_and(|decoy| same_file(&decoy, &metadata)),
        Leftover::Deep => {
            // As deep as a path can name; the probe goes deeper.
            let mut path = PathBuf::from(path);
            path.extend(std::iter::repeat_n("d", 1500));
            path.symlink_metadata().is_ok()
        }
        Leftover::Huge => metadata.len() >= 1 << 40,
    }
}

fn same_file(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn has_capability(path: &Path) -> bool {
    let Ok(path) = os::c_path(path) else {
        return false;
    };
    let mut value = [0; 64];
    let length = value.len();
    call!(
        libc::SYS_lgetxattr,
        &path,
        c"security.capability",
        &mut value,
        length
    )
    .is_ok()
}

/// Works in the workspace as its owner would, and looks whether that ran what the probe planted.
fn git_ran(stage: &Stage, id: &str, below: &str) -> Seen {
    let status = Command::new("git")
        .arg("-C")
        .arg(stage.workspace(below))
        // The owner of the files may be another user than the driver's.
        .args(["-c", "safe.directory=*", "status", "--short"])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", stage.outside("home"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if let Err(error) = status {
        return Seen::Blind(format!("git does not run here: {error}"));
    }
    Seen::of(
        stage.outside("ran").join(id).exists(),
        "git ran it on the host",
    )
}

/// The names of processes that are alive after the grace.
pub(super) fn survivors(stage: &Stage, probes: &[&Probe]) -> BTreeSet<String> {
    let is_asked = probes
        .iter()
        .any(|probe| probe.witness == Witness::Host(Effect::Survivor));
    let mut names = BTreeSet::new();
    if is_asked {
        std::thread::sleep(GRACE);
        // One that changes its number all the time is easily missed by a single look.
        for _ in 0..LOOKS {
            names.extend(ours(stage).into_iter().map(|(_, name)| name));
            if !names.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
    }
    names
}

/// Ends everything that a run has left, by number and only after its name was looked at again.
pub(super) fn end_survivors(stage: &Stage) {
    let mut empty_looks = 0;
    settle(Duration::from_secs(30), || {
        let all = ours(stage);
        for (pid, name) in &all {
            end(*pid, name).ok();
        }
        empty_looks = if all.is_empty() { empty_looks + 1 } else { 0 };
        // Three looks are enough where nothing was left to begin with.
        empty_looks >= 3
    });
}

fn end(pid: i32, name: &str) -> io::Result<()> {
    let process = call!(libc::SYS_pidfd_open, pid, 0)?;
    if fs::read_to_string(format!("/proc/{pid}/comm"))?.trim() == name {
        call!(libc::SYS_pidfd_send_signal, process, libc::SIGKILL, 0, 0)?;
    }
    os::close(os::descriptor(process)?);
    Ok(())
}

/// The living processes that carry a name of this stage's probes.
fn ours(stage: &Stage) -> Vec<(i32, String)> {
    let prefix = stage.prefix();
    // The newest first: a process that hops has the newest number, for a few milliseconds only.
    let mut found: Vec<_> = newest()
        .filter_map(|pid| Some((pid, alive(pid, &prefix)?)))
        .collect();
    let mut pids: Vec<i32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable_by(|one, other| other.cmp(one));
    found.extend(
        pids.into_iter()
            .filter_map(|pid| Some((pid, alive(pid, &prefix)?))),
    );
    found
}

/// The last numbers that the kernel gave out.
fn newest() -> impl Iterator<Item = i32> {
    let about = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let last = about
        .split_whitespace()
        .last()
        .and_then(|last| last.parse::<i32>().ok());
    last.into_iter()
        .flat_map(|last| (last.saturating_sub(8)..=last.saturating_add(2)).rev())
}

/// The name of a process, if it is one of ours and does not only wait to be reaped.
fn alive(pid: i32, prefix: &str) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    let name = name.trim();
    if !name.starts_with(prefix) {
        return None;
    }
    let about = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let is_alive = !about.is_empty() && !about.contains(") Z ") && !about.contains(") X ");
    is_alive.then(|| name.to_owned())
}
