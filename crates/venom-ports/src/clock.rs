//! The clock.

use venom_kernel::time::{Millis, Timestamp};

/// Tells the time. Every reading that matters to a run is written to the log by its user.
pub trait Clock: Send + Sync {
    /// Returns the time of day.
    fn now(&self) -> Timestamp;

    /// Returns the time since some fixed moment; it never goes backwards. For measuring spans.
    fn steady(&self) -> Millis;
}
