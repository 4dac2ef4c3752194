//! What all SQLite adapters share: connections, threads, and the meaning of SQLite's errors.

use venom_kernel::id::RunId;
use venom_ports::{Failure, FailureKind};

pub(crate) mod connection;
pub(crate) mod failure;
pub(crate) mod readers;
pub(crate) mod thread;
pub(crate) mod writer;

/// A number as SQLite stores it. Nothing that is counted here comes near the limit.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A stored number; negative ones are never written, so a damaged file is read as 0.
pub(crate) fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The 16 bytes that a run is stored as; they sort like the runs' ages.
pub(crate) fn uid(run: RunId) -> [u8; 16] {
    run.to_u128().to_be_bytes()
}

/// The run with these 16 bytes.
pub(crate) fn run_of(uid: [u8; 16]) -> RunId {
    let bits = u128::from_be_bytes(uid);
    RunId::new(u64::try_from(bits >> 80).unwrap_or(0), bits)
}

/// The failure of a request after the store was closed.
pub(crate) fn closed() -> Failure {
    Failure::new(FailureKind::Unavailable, "the store is closed")
}
