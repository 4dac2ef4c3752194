//! The end of all descendants of this process, which must be their subreaper.
//!
//! Each pass stops what it finds, and only when a pass finds nothing new is everything killed: a
//! stopped process cannot fork and still counts against the limit on processes, so that even
//! something that forks without end runs out of room.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::sys::{self, Reap, Reaped};

/// Returns the processes that this one started or inherited, at any depth.
fn descendants(spared: &BTreeSet<i32>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut unseen = vec!["self".to_owned()];
    while let Some(process) = unseen.pop() {
        let tasks = fs::read_dir(format!("/proc/{process}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            for child in children.split_whitespace() {
                if let Ok(pid) = child.parse::<i32>()
                    && !spared.contains(&pid)
                    && found.insert(pid)
                {
                    unseen.push(child.to_owned());
                }
            }
        }
    }
    found
}

/// Ends every descendant but the spared ones and those beneath them. Says whether it could, in the
/// time given; what was reaped goes to the listener.
pub(super) fn sweep(
    spared: &BTreeSet<i32>,
    patience: Duration,
    mut reaped: impl FnMut(Reaped),
) -> io::Result<bool> {
    let deadline = Instant::now() + patience;
    let mut stopped = BTreeSet::new();
    let mut nap = Duration::from_micros(100);
    loop {
        let mut has_children = true;
        loop {
            match sys::reap()? {
                Reap::One(one) => reaped(one),
                Reap::NoneYet => break,
                Reap::NoChildren => {
                    has_children = false;
                    break;
                }
            }
        }
        if !has_children {
            return Ok(true);
        }
        let alive = descendants(spared);
        if alive.is_empty() {
            return Ok(true);
        }
        if Instant::now() > deadline {
            for pid in alive {
                signal(pid, Signal::KILL);
            }
            return Ok(false);
        }
        let mut has_new = false;
        for &pid in &alive {
            if stopped.insert(pid) {
                has_new = true;
                signal(pid, Signal::STOP);
            }
        }
        if has_new {
            continue;
        }
        for &pid in &alive {
            signal(pid, Signal::KILL);
        }
        // They need a moment to die; those whose parent died come to this process then.
        sys::wait_signal(&[Signal::CHILD], Some(nap))?;
        nap = (nap * 2).min(Duration::from_millis(2));
    }
}

/// Signals a process; one that is gone already needs none.
fn signal(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        let _ = kill_process(pid, signal);
    }
}
