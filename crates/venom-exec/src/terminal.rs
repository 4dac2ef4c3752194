//! Programs that take over the terminal that VENOM was started from, with all of the user's rights: the
//! user's own editor, and nothing that a run chose.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::Command;

/// Runs a program over the terminal until it ends, with a file as its last word. Returns whether it ended
/// well.
pub fn run(program: &OsStr, words: &[OsString], file: &Path) -> io::Result<bool> {
    let status = Command::new(program).args(words).arg(file).status()?;
    Ok(status.success())
}
