//! Limits that the kernel has no way to enforce, looked at from outside several times a second: what an
//! overlay has grown by, and what the processes of a cell without a cgroup use together.
//!
//! Whatever is over its limit ends the whole cell. Between two looks it can be exceeded; how far is in
//! `docs/bench/sandbox.md`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::spec::{CellSpec, Mode};

/// Bytes of an overlay for which there may be one file or folder: the measure by which ext4 makes room
/// for them.
const BYTES_FOR_A_FILE: u64 = 16 << 10;

/// What is over its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Disk,
    Memory,
}

/// Looks at what a cell uses up.
pub(super) struct Watch {
    disk: Option<Disk>,
    memory: Option<Memory>,
    next: Instant,
}

impl Watch {
    /// How often is looked at most and at least. Chosen: a look at a layer that is far from its limit
    /// takes a hundredth of the first.
    const EVERY: Duration = Duration::from_millis(50);
    const SOONEST: Duration = Duration::from_millis(2);

    /// Bytes that are written in a second at most, by which the next look is before the limit. Chosen:
    /// twice what memory takes here before it goes to the disk.
    const FASTEST: u64 = 4 << 30;

    pub(super) fn of(spec: &CellSpec) -> Self {
        Self {
            disk: Disk::of(spec),
            memory: None,
            next: Instant::now() + Self::EVERY,
        }
    }

    /// From here on looks at memory too, of the processes that come from the one of a descriptor.
    pub(super) fn add_memory(&mut self, spec: &CellSpec, first: Option<&OwnedFd>) {
        self.memory = first.and_then(pid_of).map(|first| Memory {
            first,
            limit: spec.limits.memory_bytes,
        });
    }

    /// Waits until the cell has something to say, or something of it is over its limit.
    pub(super) fn wait(&mut self, channel: &OwnedFd) -> Option<Over> {
        if self.disk.is_none() && self.memory.is_none() {
            return None;
        }
        loop {
            let left = self.next.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).ok();
            let mut watched = [PollFd::new(channel, PollFlags::IN)];
            match poll(&mut watched, timeout.as_ref()) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                _ => return None,
            }
            let mut pause = Self::EVERY;
            match self.disk.as_ref().map(Disk::left) {
                Some(None) => return Some(Over::Disk),
                Some(Some(left)) => {
                    let micros = left / (Self::FASTEST / 1_000_000);
                    pause = Duration::from_micros(micros).clamp(Self::SOONEST, Self::EVERY);
                }
                None => {}
            }
            self.next = Instant::now() + pause;
            if self.memory.as_ref().is_some_and(Memory::is_over) {
                return Some(Over::Memory);
            }
        }
    }
}

/// What a file system holds, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Held {
    bytes: u64,
    files: u64,
}

impl Held {
    fn is_over(self, limit: Self) -> bool {
        self.bytes > limit.bytes || self.files > limit.files
    }
}

/// What an overlay has grown by.
struct Disk {
    upper: PathBuf,
    limit: Held,
    at_start: Held,
}

impl Disk {
    fn of(spec: &CellSpec) -> Option<Self> {
        let Mode::Overlay(overlay) = &spec.workspace.as_ref()?.mode else {
            return None;
        };
        let bytes = spec.limits.overlay_bytes;
        Some(Self {
            upper: overlay.upper.clone(),
            limit: Held {
                bytes,
                files: bytes.div_ceil(BYTES_FOR_A_FILE),
            },
            at_start: all(&overlay.upper),
        })
    }

    /// Bytes that may still be written; `None` if it is over its limit.
    fn left(&self) -> Option<u64> {
        let now = all(&self.upper);
        let grown = Held {
            bytes: now.bytes.saturating_sub(self.at_start.bytes),
            files: now.files.saturating_sub(self.at_start.files),
        };
        let half = Held {
            bytes: self.limit.bytes / 2,
            files: self.limit.files / 2,
        };
        // Adding up files is only worth it when the disk as a whole holds that much more.
        let own = if grown.is_over(half) {
            beneath(&self.upper).unwrap_or(grown)
        } else {
            grown
        };
        (!own.is_over(self.limit)).then(|| self.limit.bytes.saturating_sub(own.bytes))
    }
}

/// What a whole file system holds.
fn all(path: &Path) -> Held {
    rustix::fs::statvfs(path).map_or_else(
        |_unknown| Held::default(),
        |s| Held {
            bytes: (s.f_blocks - s.f_bfree).saturating_mul(s.f_frsize),
            files: s.f_files.saturating_sub(s.f_ffree),
        },
    )
}

/// Adds up what is beneath a folder. Fails on what cannot be read, which a command may have arranged.
fn beneath(folder: &Path) -> io::Result<Held> {
    let mut held = Held::default();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            held.bytes += found.blocks() * 512;
            held.files += 1;
            if found.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(held)
}

/// What all processes use together that live in memory only: their own pages, and shared ones that
/// stand for no file on a disk.
struct Memory {
    first: i32,
    limit: u64,
}

impl Memory {
    fn is_over(&self) -> bool {
        let all = descendants(self.first);
        // Pages that processes share after a fork are in this sum several times.
        let most: u64 = all.iter().map(|pid| resident(*pid)).sum();
        most > self.limit && all.iter().map(|pid| own_share(*pid)).sum::<u64>() > self.limit
    }
}

/// Reads the number of the process that a descriptor is of.
fn pid_of(pidfd: &OwnedFd) -> Option<i32> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd())).ok()?;
    let pid = info.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    pid.trim().parse().ok().filter(|pid| *pid > 0)
}

/// The processes that come from one, without itself, which is VENOM's.
fn descendants(first: i32) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut unseen = vec![first];
    while let Some(pid) = unseen.pop() {
        let tasks = fs::read_dir(format!("/proc/{pid}/task"));
        for task in tasks.into_iter().flatten().flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            let children = children.split_whitespace().flat_map(str::parse);
            unseen.extend(children.filter(|child| found.insert(*child)));
        }
    }
    found
}

/// Bytes of a process that are in memory, shared with others or not.
fn resident(pid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    sum_of(&text, &["RssAnon:", "RssShmem:"])
}

/// The same, with what is shared divided among those who share it.
fn own_share(pid: i32) -> u64 {
    match fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) {
        Ok(text) => sum_of(&text, &["Pss_Anon:", "Pss_Shmem:"]),
        // A process can see to it that it is not looked into; it counts in full then.
        Err(_) => resident(pid),
    }
}

/// Adds up lines of the form `name: N kB`, in bytes.
fn sum_of(text: &str, names: &[&str]) -> u64 {
    let lines = text.lines().filter_map(|line| {
        let rest = names.iter().find_map(|name| line.strip_prefix(name))?;
        rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    lines.sum::<u64>() << 10
}

#[cfg(test)]
mod tests;
