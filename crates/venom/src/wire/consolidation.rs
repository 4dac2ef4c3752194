//! Consolidation by the clock: when it is next due, and doing it when it is.
//!
//! When it was last looked at stands in a file beside the logs, which one process at a time holds. Times that were
//! missed, because nothing ran, are caught up once.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use venom_engine::memory::facts::{Consolidated, Facts};
use venom_kernel::time::Timestamp;
use venom_ports::{Failure, FailureKind};

use crate::config::memory::Memory;
use crate::config::schedule::Schedule;

/// Who begins it.
const BY: &str = "the schedule";

/// When consolidation is due.
#[derive(Debug)]
pub(crate) struct Consolidation {
    schedule: Option<Schedule>,
    file: PathBuf,
    zone: TimeZone,
}

/// What was done about it, and what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// When it was last looked whether there is something to do; nothing if it never was.
    pub(crate) last: Option<Timestamp>,
    /// When that is done next; a moment that is over if it was missed, and nothing if there is no schedule.
    pub(crate) next: Option<Timestamp>,
}

/// Whether it is time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Due,
    Later,
    /// It is counted from now.
    Anew,
}

impl Consolidation {
    /// Takes the schedule of the configuration.
    pub(crate) fn new(memory: &Memory, data: &Path, zone: TimeZone) -> Self {
        Self {
            schedule: memory.schedule(),
            file: data.join("consolidated"),
            zone,
        }
    }

    /// Says when it was last done and is next due.
    pub(crate) fn times(&self) -> Times {
        let last = File::open(&self.file).ok().and_then(|file| read(&file));
        Times {
            last,
            next: last.and_then(|last| self.next(last)),
        }
    }

    fn judge(&self, last: Option<Timestamp>, now: Timestamp) -> Judged {
        match last {
            // A clock that was put back is not waited for.
            Some(last) if last <= now => match self.next(last) {
                Some(next) if next <= now => Judged::Due,
                Some(_) | None => Judged::Later,
            },
            Some(_) | None => Judged::Anew,
        }
    }

    fn next(&self, last: Timestamp) -> Option<Timestamp> {
        let last = jiff::Timestamp::from_microsecond(last.micros()).ok()?;
        let next = self.schedule.as_ref()?.next(last, &self.zone)?;
        Some(Timestamp::from_micros(next.as_microsecond()))
    }

    /// Consolidates if it is due, and says what was done. Where it was never due before, it is counted from now.
    /// It is cut off after a while, and then goes on the next time.
    pub(crate) async fn run_if_due(
        &self,
        facts: &Facts,
        now: Timestamp,
        most: Duration,
    ) -> Result<Option<Consolidated>, Failure> {
        if self.schedule.is_none() || self.judge(self.times().last, now) == Judged::Later {
            return Ok(None);
        }
        let Some(mut file) = self.alone()? else {
            return Ok(None);
        };
        // Read again: another process may have done it meanwhile.
        match self.judge(read(&file), now) {
            Judged::Later => return Ok(None),
            Judged::Anew => {
                self.note(&mut file, now)?;
                return Ok(None);
            }
            Judged::Due => {}
        }
        let done = tokio::time::timeout(most, facts.consolidate(BY, &mut |_| {})).await;
        let Ok(done) = done else {
            tracing::info!("consolidation goes on the next time");
            return Ok(None);
        };
        let done = done?;
        self.note(&mut file, now)?;
        Ok(Some(done))
    }

    /// Notes that it was done by hand.
    pub(crate) fn done(&self, now: Timestamp) -> Result<(), Failure> {
        match self.alone()? {
            Some(mut file) => self.note(&mut file, now),
            None => Ok(()),
        }
    }

    fn alone(&self) -> Result<Option<File>, Failure> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.file)
            .map_err(|error| self.failed(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(self.failed(&error)),
        }
    }

    fn note(&self, file: &mut File, now: Timestamp) -> Result<(), Failure> {
        let text = format!("{}\n", now.micros());
        file.rewind()
            .and_then(|()| file.set_len(0))
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        let text = format!("cannot use {}: {error}", self.file.display());
        Failure::new(FailureKind::Unavailable, text)
            .with_hint("check the owner and the permissions of the data folder")
    }
}

/// Reads when it was last done; a file that was cut off says nothing.
fn read(file: &File) -> Option<Timestamp> {
    let mut text = String::new();
    file.take(64).read_to_string(&mut text).ok()?;
    let micros = text.strip_suffix('\n')?.parse().ok()?;
    Some(Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests;
