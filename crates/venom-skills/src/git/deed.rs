//! What actions that change a repository have in common: what they saw before, and how it is judged
//! after a crash whether they acted.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use venom_kernel::change::Payload;
use venom_kernel::effect::{Done, Probed};
use venom_ports::skill::{Call, Output};
use venom_ports::{Failure, FailureKind, Result};

/// Writes down what was seen.
pub(super) fn written<T: Serialize>(saw: &T) -> Result<Value> {
    serde_json::to_value(saw)
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))
}

/// Reads what was seen.
pub(super) fn seen<T: DeserializeOwned>(call: &Call) -> Result<T> {
    let saw = call.prepared.clone().unwrap_or_default();
    serde_json::from_value(saw)
        .map_err(|error| Failure::new(FailureKind::Corrupt, error.to_string()))
}

/// Says that it was done, with this output.
pub(super) fn happened(output: Output) -> Probed {
    Probed::Happened(Box::new(Done {
        result: Payload::Inline(output.result),
        evidence: output.evidence,
        ..Done::default()
    }))
}

/// Makes the failure that the repository is not where it was when the action looked.
pub(super) fn moved() -> Failure {
    Failure::new(
        FailureKind::Conflict,
        "the repository changed since it was looked at",
    )
    .with_hint("look at `git log` and `git status`, and try again")
}
