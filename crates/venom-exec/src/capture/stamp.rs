//! What the system says of an entry, in the form that is compared and kept.

use rustix::fs::{FileType, Stat};
use venom_kernel::tree::Moment;
use venom_ports::snapshot::Print;

/// Timestamps within this span before a capture began do not tell an edit from the next one: the
/// clock of a file system ticks every 1 to 10 ms (`CONFIG_HZ` of 1000 to 100).
const TICK: i128 = 10_000_000;

/// Nanoseconds in a second.
const SECOND: i128 = 1_000_000_000;

pub(crate) fn print(stat: &Stat) -> Print {
    Print {
        inode: stat.st_ino,
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        mode: stat.st_mode,
        modified: nanos(stat.st_mtime, stat.st_mtime_nsec),
        changed: nanos(stat.st_ctime, stat.st_ctime_nsec),
    }
}

fn nanos(seconds: i64, nanos: u64) -> i128 {
    i128::from(seconds) * SECOND + i128::from(nanos)
}

/// The present as file systems write it down.
pub(crate) fn now() -> i128 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    i128::from(now.tv_sec) * SECOND + i128::from(now.tv_nsec)
}

/// Tells whether an entry may be edited after it was read without its timestamps telling.
pub(super) fn is_racy(print: &Print, began: i128) -> bool {
    print.changed.max(print.modified) >= began - TICK
}

pub(crate) fn kind(print: &Print) -> FileType {
    FileType::from_raw_mode(print.mode)
}

/// The permission bits.
pub(crate) fn bits(print: &Print) -> u16 {
    u16::try_from(print.mode & 0o7777).unwrap_or_default()
}

/// The time of the last edit.
pub(crate) fn moment(print: &Print) -> Moment {
    Moment {
        seconds: i64::try_from(print.modified.div_euclid(SECOND)).unwrap_or_default(),
        nanos: u32::try_from(print.modified.rem_euclid(SECOND)).unwrap_or_default(),
    }
}

/// What is known of something that could not even be looked at.
pub(super) const fn blank() -> Print {
    Print {
        inode: 0,
        size: 0,
        mode: 0,
        modified: 0,
        changed: 0,
    }
}
