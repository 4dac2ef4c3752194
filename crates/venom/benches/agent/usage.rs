//! What a process has used, as `/proc` tells it: processor time by thread, the most memory, and the same of what
//! it started.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How often memory is looked at. Chosen: its mark is the highest so far, so that only what is reached in the last
/// moments before the end is missed; looking more often would disturb what is measured.
const PAUSE: Duration = Duration::from_millis(4);

/// Linux counts processor time here in hundredths of a second (`USER_HZ`, fixed in its interface).
const TICK: Duration = Duration::from_millis(10);

/// What a process and what it started had used when it ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// Processor time of all its threads.
    pub(crate) own: Duration,
    /// Processor time of the processes that it started and waited for, and of theirs.
    pub(crate) children: Duration,
    /// The most memory that it held at once, in KiB.
    pub(crate) peak: u64,
    /// The most memory that one of the processes held that it started, in KiB.
    pub(crate) children_peak: u64,
    /// How many processes it started, as far as one was seen.
    pub(crate) started: usize,
}

/// Processor time of the threads that a process has and had, to the nanosecond. The time of a thread that began and
/// ended between two looks is missing here; [`Used::own`] holds it.
#[derive(Debug, Default)]
pub(crate) struct Threads {
    spent: BTreeMap<u32, u64>,
}

impl Threads {
    /// Looks at the threads and returns what all of them have spent so far.
    pub(crate) fn look(&mut self, pid: u32) -> Duration {
        for thread in numbers(&format!("/proc/{pid}/task")) {
            let spent = fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat"))
                .ok()
                .and_then(|text| text.split_whitespace().next()?.parse().ok());
            if let Some(spent) = spent {
                self.spent.insert(thread, spent);
            }
        }
        Duration::from_nanos(self.spent.values().sum())
    }
}

/// Looks at a process until it has ended.
pub(crate) struct Watch {
    is_over: Arc<AtomicBool>,
    peaks: Arc<Mutex<Peaks>>,
    thread: std::thread::JoinHandle<()>,
    pid: u32,
}

#[derive(Debug, Default)]
struct Peaks {
    own: u64,
    children: u64,
    seen: BTreeSet<u32>,
}

impl Watch {
    /// Begins to look at a process.
    pub(crate) fn of(pid: u32) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let peaks = Arc::<Mutex<Peaks>>::default();
        let (over, shared) = (Arc::clone(&is_over), Arc::clone(&peaks));
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                look(
                    pid,
                    &mut shared.lock().unwrap_or_else(PoisonError::into_inner),
                );
                std::thread::sleep(PAUSE);
            }
        });
        Self {
            is_over,
            peaks,
            thread,
            pid,
        }
    }

    /// Waits for the end of the process, which stays to be reaped, and returns what it used.
    pub(crate) fn finish(self) -> Used {
        let pid = Pid::from_raw(i32::try_from(self.pid).unwrap()).unwrap();
        waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        )
        .unwrap();
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
        let [user, system, children_user, children_system] = ticks(&stat).unwrap();
        let peaks = self.peaks.lock().unwrap_or_else(PoisonError::into_inner);
        Used {
            own: TICK * (user + system),
            children: TICK * (children_user + children_system),
            peak: peaks.own,
            children_peak: peaks.children,
            started: peaks.seen.len(),
        }
    }
}

fn look(pid: u32, peaks: &mut Peaks) {
    peaks.own = peaks.own.max(peak(pid));
    let mut waiting = children(pid);
    while let Some(child) = waiting.pop() {
        peaks.seen.insert(child);
        peaks.children = peaks.children.max(peak(child));
        waiting.extend(children(child));
    }
}

/// The most memory that a process has held so far, in KiB; nothing when it has ended.
fn peak(pid: u32) -> u64 {
    fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.split_whitespace().next()?.parse().ok()
        })
        .unwrap_or(0)
}

fn children(pid: u32) -> Vec<u32> {
    numbers(&format!("/proc/{pid}/task"))
        .into_iter()
        .filter_map(|thread| fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).ok())
        .flat_map(|text| {
            let all: Vec<u32> = text
                .split_whitespace()
                .filter_map(|number| number.parse().ok())
                .collect();
            all
        })
        .collect()
}

/// The entries of a folder that are numbers.
fn numbers(folder: &str) -> Vec<u32> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect()
}

/// `utime`, `stime`, `cutime` and `cstime`, the 14th to 17th field of proc_pid_stat(5). The second field is a name in
/// parentheses that may hold blanks, so the count begins behind it.
fn ticks(stat: &str) -> Option<[u32; 4]> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse().ok();
    Some([next()?, next()?, next()?, next()?])
}
