//! The frames that VENOM, its zygote and its cells exchange.

use std::io;

use super::cgroup::Group;
use super::failure::Failed;
use super::receipt::Enforced;
use super::spec::{CellCommand, CellSpec};
use super::wire::{Reader, Writer};

/// Asks the zygote for a cell; the cell's end of its channel travels along.
pub(super) const OPEN: u8 = 1;

/// What the zygote sends to a cell in the making: that it may go on, what it shall be, and descriptors
/// that did not fit into that frame.
pub(super) const GO: u8 = 1;
pub(super) const BECOME: u8 = 2;
pub(super) const MORE: u8 = 3;

/// Orders to a cell.
pub(super) const SPAWN: u8 = 1;
pub(super) const KILL: u8 = 2;
pub(super) const SIGNAL: u8 = 3;

/// What a monitor says when its command is over.
pub(super) const FREE: u8 = 1;

/// Reports of a cell.
const BORN: u8 = 1;
const FAILED: u8 = 2;
const READY: u8 = 3;
const TERMINAL: u8 = 4;
const EXITED: u8 = 5;
const NOT_STARTED: u8 = 6;
const LOST: u8 = 7;
const GONE: u8 = 8;
const PROGRAMS: u8 = 9;

/// How a command came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Itself,
    TimedOut,
    Killed,
}

/// A command that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exited {
    pub(super) ended: Ended,
    /// As `wait(2)` tells it.
    pub(super) status: i32,
    pub(super) user_us: u64,
    pub(super) system_us: u64,
    pub(super) peak_kib: u64,
    pub(super) is_tmp_full: bool,
}

/// A report of a cell.
#[derive(Debug)]
pub(super) enum Report {
    /// The process exists; its descriptor travels along.
    Born {
        group: Group,
        private: Option<std::path::PathBuf>,
    },
    /// The cell could not be made.
    Failed(Failed),
    /// The cell takes commands. The listener's descriptor travels along, if there is one.
    Ready {
        receipt: Box<Enforced>,
        has_listener: bool,
    },
    /// The terminal of a command travels along.
    Terminal(u64),
    /// A command has ended, with everything that it started.
    Exited(u64, Exited),
    /// A command could not be started.
    NotStarted(u64, Failed),
    /// What watched a command is gone; the cell ends.
    Lost(u64),
    /// Nothing is left of the cell.
    Gone,
    /// Programs that a container has on its search path.
    Programs(Vec<std::path::PathBuf>),
}

pub(super) fn open(spec: &CellSpec) -> Vec<u8> {
    let mut w = Writer::new(OPEN);
    spec.encode(&mut w);
    w.finish()
}

/// Asks the first process of a container to take commands; programs are looked for in these folders.
pub(super) fn open_contained(spec: &CellSpec, search: &[std::path::PathBuf]) -> Vec<u8> {
    let mut w = Writer::new(OPEN);
    spec.encode(&mut w);
    w.paths(search);
    w.finish()
}

pub(super) fn programs(found: &[std::path::PathBuf]) -> Vec<u8> {
    Writer::new(PROGRAMS).paths(found).finish()
}

pub(super) fn spawn(id: u64, command: &CellCommand) -> Vec<u8> {
    let mut w = Writer::new(SPAWN);
    w.u64(id);
    command.encode(&mut w);
    w.finish()
}

pub(super) fn kill(id: u64) -> Vec<u8> {
    Writer::new(KILL).u64(id).finish()
}

pub(super) fn signal(id: u64, signal: i32) -> Vec<u8> {
    Writer::new(SIGNAL)
        .u64(id)
        .u32(signal.cast_unsigned())
        .finish()
}

pub(super) fn born(group: &Group, private: Option<&std::path::Path>) -> Vec<u8> {
    let mut w = Writer::new(BORN);
    group.encode(&mut w);
    w.list(private.iter(), |w, path| {
        w.path(path);
    });
    w.finish()
}

pub(super) fn failed(failed: &Failed) -> Vec<u8> {
    let mut w = Writer::new(FAILED);
    failed.encode(&mut w);
    w.finish()
}

pub(super) fn ready(receipt: &Enforced, has_listener: bool) -> io::Result<Vec<u8>> {
    let receipt = serde_json::to_vec(receipt)?;
    Ok(Writer::new(READY)
        .bytes(&receipt)
        .flag(has_listener)
        .finish())
}

pub(super) fn terminal(id: u64) -> Vec<u8> {
    Writer::new(TERMINAL).u64(id).finish()
}

pub(super) fn exited(id: u64, exited: Exited) -> Vec<u8> {
    Writer::new(EXITED)
        .u64(id)
        .u8(match exited.ended {
            Ended::Itself => 0,
            Ended::TimedOut => 1,
            Ended::Killed => 2,
        })
        .u32(exited.status.cast_unsigned())
        .u64(exited.user_us)
        .u64(exited.system_us)
        .u64(exited.peak_kib)
        .flag(exited.is_tmp_full)
        .finish()
}

pub(super) fn not_started(id: u64, failed: &Failed) -> Vec<u8> {
    let mut w = Writer::new(NOT_STARTED);
    w.u64(id);
    failed.encode(&mut w);
    w.finish()
}

pub(super) fn lost(id: u64) -> Vec<u8> {
    Writer::new(LOST).u64(id).finish()
}

pub(super) fn gone() -> Vec<u8> {
    Writer::new(GONE).finish()
}

/// Reads a report.
pub(super) fn report(frame: &[u8]) -> io::Result<Report> {
    let (kind, mut r) = Reader::new(frame)?;
    Ok(match kind {
        BORN => Report::Born {
            group: Group::decode(&mut r)?,
            private: r.list(Reader::path)?.into_iter().next(),
        },
        FAILED => Report::Failed(Failed::decode(&mut r)?),
        READY => Report::Ready {
            receipt: serde_json::from_slice(r.bytes()?)?,
            has_listener: r.flag()?,
        },
        TERMINAL => Report::Terminal(r.u64()?),
        EXITED => Report::Exited(
            r.u64()?,
            Exited {
                ended: match r.u8()? {
                    0 => Ended::Itself,
                    1 => Ended::TimedOut,
                    _ => Ended::Killed,
                },
                status: r.u32()?.cast_signed(),
                user_us: r.u64()?,
                system_us: r.u64()?,
                peak_kib: r.u64()?,
                is_tmp_full: r.flag()?,
            },
        ),
        NOT_STARTED => Report::NotStarted(r.u64()?, Failed::decode(&mut r)?),
        LOST => Report::Lost(r.u64()?),
        GONE => Report::Gone,
        PROGRAMS => Report::Programs(r.paths()?),
        _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "unknown report")),
    })
}

#[cfg(test)]
mod tests;
