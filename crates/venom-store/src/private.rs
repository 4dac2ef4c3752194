//! Files and folders that only the user may see, and what their failures mean. Owns no state.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use venom_ports::{Failure, FailureKind, Result};

/// Creates a folder with its parents if it is not there, for the user alone.
pub(crate) fn folder(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| failure(&format!("cannot create {}", path.display()), &error))
}

/// Makes the names of a new folder and of those above it durable: what is flushed to a file is lost
/// all the same with a power loss that takes the folder it lies in. Ends at a folder that the user
/// may not read, which the user has not made.
pub(crate) fn flush_names(path: &Path) -> Result<()> {
    for folder in path.ancestors() {
        // A relative path ends here, at a folder that was there before.
        if folder.as_os_str().is_empty() {
            return Ok(());
        }
        match File::open(folder).and_then(|folder| folder.sync_all()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(()),
            // Some file systems cannot flush a folder.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(error) => {
                return Err(failure(
                    &format!("cannot flush {}", folder.display()),
                    &error,
                ));
            }
        }
    }
    Ok(())
}

/// Creates an empty file if there is none, for the user alone. SQLite gives the files beside its
/// database the same mode.
pub(crate) fn file(path: &Path) -> Result<()> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| failure(&format!("cannot open {}", path.display()), &error))
}

/// Locks a file, made if there is none, until what is returned is dropped; nothing if somebody else holds it.
pub(crate) fn alone(path: &Path) -> Result<Option<File>> {
    let failed = |error: io::Error| failure(&format!("cannot open {}", path.display()), &error);
    file(path)?;
    let file = File::options().write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Maps an error of the file system into the taxonomy.
pub(crate) fn failure(doing: &str, error: &io::Error) -> Failure {
    let (kind, hint) = match error.kind() {
        ErrorKind::NotFound => (FailureKind::Missing, None),
        ErrorKind::PermissionDenied => (
            FailureKind::Refused,
            Some("check the owner and the permissions of the data folder"),
        ),
        ErrorKind::ReadOnlyFilesystem => (
            FailureKind::Refused,
            Some("the disk is mounted read-only; set VENOM_HOME to a folder that can be written"),
        ),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (FailureKind::Unavailable, Some(FULL)),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists | ErrorKind::IsADirectory => (
            FailureKind::Refused,
            Some("something else stands at this path; move it away"),
        ),
        ErrorKind::Interrupted | ErrorKind::WouldBlock => (FailureKind::Retryable, None),
        _ => (FailureKind::Unavailable, None),
    };
    let failure = Failure::new(kind, format!("{doing}: {error}"));
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// The hint for a full disk.
pub(crate) const FULL: &str =
    "the disk is full; free some space, then try again: nothing was half written";
