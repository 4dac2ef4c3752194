//! Finds and kills every process that came of a command.
//!
//! A process belongs to a command if it is in the session or group of the command's first process,
//! if its environment holds the command's marker, or if its parent belongs. Only one that left the
//! session, wiped its environment and lost its parent before anybody looked is missed; catching
//! that one needs a namespace of its own.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, getpid, kill_process_group, pidfd_open, pidfd_send_signal,
};
use venom_ports::entropy::Entropy as _;

use crate::os::OsEntropy;

/// The variable that marks every process of a command.
pub(super) const MARKER: &str = "VENOM_COMMAND";

/// How long a tree may take to die of SIGKILL. Chosen: a process dies at once unless it hangs in
/// the kernel, and then waiting longer does not help.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a tree is looked at while it is stopped. Chosen: each look finds the children that were
/// forked during the one before; killing looks again until nobody is left.
const LOOKS: usize = 8;

/// How often, a millisecond apart, an environment is read that is not there yet. Chosen: an exec
/// takes less than a millisecond on an idle machine.
const TRIES: usize = 10;

/// Most bytes of an environment that are searched. Chosen: what Linux allows by default for
/// arguments and environment together is a quarter of an 8 MiB stack.
const ENVIRONMENT: u64 = 2 << 20;

/// The process that commands belong to, so that a later one can tell whose they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    /// Process ids mean nothing outside their namespace.
    namespace: String,
    pid: i32,
    /// Start time; a process id alone may be used again.
    start: u64,
}

impl Owner {
    pub(super) fn this_process() -> Self {
        let pid = getpid().as_raw_pid();
        let start = Process::read(pid).map_or(0, |process| process.start);
        Self {
            namespace: namespace(),
            pid,
            start,
        }
    }

    /// Returns a new value for [`MARKER`].
    pub(super) fn marker(&self) -> String {
        let Self {
            namespace,
            pid,
            start,
        } = self;
        format!("{namespace}-{pid}-{start}-{:032x}", OsEntropy.random())
    }

    /// Reads the owner out of a marker.
    fn of_marker(marker: &str) -> Option<Self> {
        let mut parts = marker.split('-');
        let namespace = parts.next()?.to_owned();
        let pid = parts.next()?.parse().ok()?;
        let start = parts.next()?.parse().ok()?;
        Some(Self {
            namespace,
            pid,
            start,
        })
    }

    fn is_alive(&self) -> bool {
        Process::read(self.pid).is_some_and(|process| process.start == self.start)
    }
}

/// The processes of one command.
pub(super) struct Tree {
    /// The first process. It is not reaped before the tree is dead, so that its id, which is also
    /// that of its group and session, cannot be used again.
    main: Pid,
    start: u64,
    marker: String,
    /// Processes that belonged at an earlier look. They still do when their parent is dead.
    known: BTreeSet<Process>,
}

impl Tree {
    pub(super) fn new(main: Pid, marker: &str) -> Self {
        let start = Process::read(main.as_raw_pid()).map_or(0, |process| process.start);
        Self {
            main,
            start,
            marker: format!("{MARKER}={marker}"),
            known: BTreeSet::new(),
        }
    }

    /// Asks the group of the first process to end.
    pub(super) fn ask(&mut self) {
        // Who obeys may leave children behind that only their parent tells of.
        self.look();
        // It fails when nobody is left.
        let _ = kill_process_group(self.main, Signal::TERM);
    }

    /// Kills every process of the tree and waits until they are gone; gives the ids of those that
    /// do not die.
    pub(super) fn kill(&mut self) -> Result<(), Vec<i32>> {
        let deadline = Instant::now() + PATIENCE;
        if !self.freeze() {
            return Ok(());
        }
        // A process may fork between the look and the signal, so we look until nobody is left.
        loop {
            let members = self.look();
            // The group dies in one step, in which no member can fork.
            let _ = kill_process_group(self.main, Signal::KILL);
            let mut left = signal_each(&members, Signal::KILL);
            if left.is_empty() {
                return Ok(());
            }
            left.retain(|(_, handle)| !ends_before(handle, deadline));
            if Instant::now() >= deadline {
                return Err(left.iter().map(|(pid, _)| *pid).collect());
            }
        }
    }

    /// Stops the tree, so that nobody forks or loses a parent while it is looked at; tells whether
    /// anybody is alive.
    fn freeze(&mut self) -> bool {
        let mut frozen = BTreeSet::new();
        let mut is_anybody_alive = false;
        for _ in 0..LOOKS {
            let mut members = self.look();
            members.retain(|process| frozen.insert(*process));
            if signal_each(&members, Signal::STOP).is_empty() {
                break;
            }
            is_anybody_alive = true;
        }
        is_anybody_alive
    }

    /// Looks for the processes of the tree; among them may be some that are dead but not reaped.
    fn look(&mut self) -> Vec<Process> {
        // What is older than the first process did not come of it.
        let candidates: Vec<Process> = processes()
            .into_iter()
            .filter(|process| process.start >= self.start)
            .collect();
        let main = self.main.as_raw_pid();
        let mut members: BTreeSet<i32> = candidates
            .iter()
            .filter(|process| {
                process.pid == main
                    || process.session == main
                    || process.group == main
                    || self.known.contains(process)
                    || holds_marker(process, self.marker.as_bytes())
            })
            .map(|process| process.pid)
            .collect();
        // Children may stand before their parents in the list: repeat until nothing is added.
        loop {
            let before = members.len();
            for process in &candidates {
                if members.contains(&process.parent) {
                    members.insert(process.pid);
                }
            }
            if members.len() == before {
                break;
            }
        }
        let mut found = candidates;
        found.retain(|process| members.contains(&process.pid));
        self.known.extend(&found);
        found
    }
}

/// Kills what is left of commands whose VENOM was killed before it could end them; returns how many
/// processes were killed. To be called once, when VENOM starts.
///
/// A command's first process dies with its VENOM in any case; this is for that one's children.
pub fn sweep_leftovers() -> usize {
    let namespace = namespace();
    if namespace.is_empty() {
        return 0;
    }
    let all = processes();
    let own = ancestry(&all);
    let mut orphans = all;
    orphans.retain(|process| {
        !own.contains(&process.pid)
            && environment_holds(process.pid, |entry| {
                marker_of(entry)
                    .and_then(Owner::of_marker)
                    .is_some_and(|owner| owner.namespace == namespace && !owner.is_alive())
            })
    });
    let killed = signal_each(&orphans, Signal::KILL);
    let deadline = Instant::now() + PATIENCE;
    killed
        .iter()
        .filter(|(_, handle)| ends_before(handle, deadline))
        .count()
}

/// Returns this process and its ancestors: a VENOM that runs inside a command must not end itself.
fn ancestry(all: &[Process]) -> BTreeSet<i32> {
    let mut own = BTreeSet::new();
    let mut pid = getpid().as_raw_pid();
    while own.insert(pid) {
        match all.iter().find(|process| process.pid == pid) {
            Some(process) => pid = process.parent,
            None => break,
        }
    }
    own
}

fn marker_of(entry: &[u8]) -> Option<&str> {
    let value = entry.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"=")?;
    std::str::from_utf8(value).ok()
}

/// Sends a signal to each process that lives and is still the one that was seen; returns these.
fn signal_each(seen: &[Process], signal: Signal) -> Vec<(i32, OwnedFd)> {
    let mut left = Vec::new();
    for process in seen {
        let Some(handle) =
            Pid::from_raw(process.pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
        else {
            continue;
        };
        // Only now can the id not be used again under our hands.
        let is_same = Process::read(process.pid).is_some_and(|now| now.start == process.start);
        if is_same && !has_ended(&handle) && pidfd_send_signal(&handle, signal).is_ok() {
            left.push((process.pid, handle));
        }
    }
    left
}

fn has_ended(handle: &OwnedFd) -> bool {
    ends_before(handle, Instant::now())
}

/// Waits until a process ends, at the longest until a moment.
fn ends_before(handle: &OwnedFd, deadline: Instant) -> bool {
    loop {
        let span = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(span).ok();
        // A pidfd can be read from when all threads of the process have ended.
        let mut fds = [PollFd::new(handle, PollFlags::IN)];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(count) => return count > 0,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// A process as `/proc` shows it.
#[derive(Debug, Clone, Copy)]
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
    session: i32,
    /// Start time, in ticks since the system started.
    start: u64,
    /// Whether it has ended and was not reaped.
    is_dead: bool,
}

/// A process is the same as long as its id and its start are; the rest may change.
impl PartialEq for Process {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Process {}

impl PartialOrd for Process {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Process {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.pid, self.start).cmp(&(other.pid, other.start))
    }
}

impl Process {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(pid, &fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Reads a line of `/proc/PID/stat` (proc_pid_stat(5)).
    fn parse(pid: i32, line: &[u8]) -> Option<Self> {
        // The program's name stands in brackets and may itself hold brackets and blanks.
        let name_end = line.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(line.get(name_end + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let is_dead = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        let session = fields.next()?.parse().ok()?;
        // The start time is field 22, and we have read up to field 6.
        let start = fields.nth(15)?.parse().ok()?;
        Some(Self {
            pid,
            parent,
            group,
            session,
            start,
            is_dead,
        })
    }
}

fn processes() -> Vec<Process> {
    let Ok(folder) = fs::read_dir("/proc") else {
        tracing::warn!("/proc cannot be read: daemons of commands are not found");
        return Vec::new();
    };
    folder
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Process::read)
        .collect()
}

/// Tells whether a process carries a marker.
fn holds_marker(process: &Process, marker: &[u8]) -> bool {
    // Kernel threads are children of this one and have no environment.
    let has_none = process.is_dead || process.parent == 2;
    for _ in 0..TRIES {
        if environment_holds(process.pid, |entry| entry == marker) {
            return true;
        }
        // In the middle of an exec there are neither arguments nor an environment for a moment.
        let arguments = fs::read(format!("/proc/{}/cmdline", process.pid));
        if has_none || !arguments.is_ok_and(|arguments| arguments.is_empty()) {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    false
}

/// Tells whether a variable of a process, as `NAME=value`, fits. No if it may not be read.
fn environment_holds(pid: i32, fits: impl Fn(&[u8]) -> bool) -> bool {
    let mut environment = Vec::new();
    File::open(format!("/proc/{pid}/environ"))
        .and_then(|file| file.take(ENVIRONMENT).read_to_end(&mut environment))
        .is_ok()
        && environment.split(|byte| *byte == 0).any(fits)
}

/// Returns the number of the namespace that process ids are counted in; empty if it is unknown.
fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy()
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

#[cfg(test)]
mod tests;
