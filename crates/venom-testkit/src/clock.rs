//! A clock that moves only by hand, or by a fixed step each time it is read.

use std::sync::atomic::{AtomicI64, Ordering};

use venom_kernel::time::{Millis, Timestamp};
use venom_ports::clock::Clock;

/// A clock for tests. Time of day and steady time go together.
#[derive(Debug)]
pub struct ManualClock {
    start: i64,
    now: AtomicI64,
    step: i64,
}

impl ManualClock {
    /// Makes a clock that stands still.
    pub const fn new(start: Timestamp) -> Self {
        Self::ticking(start, 0)
    }

    /// Makes a clock that moves on by some microseconds after each reading.
    pub const fn ticking(start: Timestamp, micros: i64) -> Self {
        Self {
            start: start.micros(),
            now: AtomicI64::new(start.micros()),
            step: micros,
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, span: Millis) {
        let micros = i64::try_from(span.get())
            .unwrap_or(i64::MAX)
            .saturating_mul(1_000);
        self.now.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the time of day, also backwards, as people and time servers do.
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.micros(), Ordering::SeqCst);
    }

    fn read(&self) -> i64 {
        self.now.fetch_add(self.step, Ordering::SeqCst)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.read())
    }

    fn steady(&self) -> Millis {
        Timestamp::from_micros(self.read()).since(Timestamp::from_micros(self.start))
    }
}
