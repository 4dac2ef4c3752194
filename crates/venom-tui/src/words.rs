//! What events are called: the sentences that every surface shares. Whoever opens the terminal UI
//! hands them over, so that a log, a report and the screen say the same.

use venom_kernel::event::{ApprovalReason, Event, Outcome, SkipReason, StepFailure};
use venom_kernel::time::Timestamp;

/// Says things for people.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// Says what an event is about.
    pub event: fn(&Event) -> String,
    /// Says a time of day.
    pub time: fn(Timestamp) -> String,
    /// Says why an approval is asked for.
    pub reason: fn(&ApprovalReason) -> String,
    /// Says why a step failed.
    pub failure: fn(&StepFailure) -> String,
    /// Says why a step is not done.
    pub skipped: fn(&SkipReason) -> String,
    /// Says how a run ended.
    pub outcome: fn(&Outcome) -> &'static str,
}
