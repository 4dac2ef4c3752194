//! What SQLite's errors mean in the taxonomy of the ports.

use rusqlite::ErrorCode;
use venom_ports::{Failure, FailureKind, Result};

use crate::private;

/// Maps an error; `doing` says what was being done, in the form `reading the log`.
pub(crate) fn of(doing: &str, error: &rusqlite::Error) -> Failure {
    let code = error.sqlite_error_code();
    let (kind, hint) = match code {
        Some(ErrorCode::DiskFull) => (FailureKind::Unavailable, Some(private::FULL)),
        // The shared memory beside the log could not be made as large as it must be.
        Some(ErrorCode::SystemIoFailure) if extended(error) == Some(SHARED_MEMORY_SIZE) => {
            (FailureKind::Unavailable, Some(private::FULL))
        }
        Some(ErrorCode::SystemIoFailure) => (
            FailureKind::Unavailable,
            Some("the disk reports an error; look at the system's log before anything else"),
        ),
        // Our own statements break no constraint unless the tables contradict each other.
        Some(
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ConstraintViolation,
        ) => (
            FailureKind::Corrupt,
            Some("`venom log verify` says what is damaged; bring the file back from a copy"),
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            FailureKind::Retryable,
            Some("another process holds the file for long; `venom runs` shows who is at work"),
        ),
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::AuthorizationForStatementDenied,
        ) => (
            FailureKind::Refused,
            Some("the data folder cannot be written; check its permissions or set VENOM_HOME"),
        ),
        Some(ErrorCode::CannotOpen) => (
            FailureKind::Unavailable,
            Some("the file cannot be opened; check the data folder and its permissions"),
        ),
        Some(ErrorCode::OutOfMemory) => (FailureKind::Unavailable, None),
        Some(ErrorCode::TooBig) => (FailureKind::Refused, None),
        // A value that has not the type or the size that was written there.
        None => (
            FailureKind::Corrupt,
            Some("`venom log verify` says what is damaged"),
        ),
        Some(_) => (FailureKind::Internal, None),
    };
    let failure = Failure::new(kind, format!("{doing}: {error}"));
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// `SQLITE_IOERR_SHMSIZE`, see <https://www.sqlite.org/rescode.html#ioerr_shmsize>.
const SHARED_MEMORY_SIZE: i32 = 4_874;

fn extended(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// Stored data that does not mean what it must.
pub(crate) fn corrupt(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Corrupt, what)
        .with_hint("`venom log verify` says what is damaged; bring the file back from a copy")
}

/// Turns SQLite's results into those of the ports.
pub(crate) trait OrFail<T> {
    /// Maps the error, if there is one.
    fn or_fail(self, doing: &str) -> Result<T>;
}

impl<T> OrFail<T> for rusqlite::Result<T> {
    fn or_fail(self, doing: &str) -> Result<T> {
        self.map_err(|error| of(doing, &error))
    }
}
