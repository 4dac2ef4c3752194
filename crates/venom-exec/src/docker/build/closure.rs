//! The usual programs of this machine with the libraries that they need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use venom_ports::{Failure, FailureKind, Result};

/// Programs that scripts take for granted: what POSIX lists and is a program of its own, with a few
/// that builds call.
const PROGRAMS: &[&str] = &[
    "sh",
    "awk",
    "basename",
    "cat",
    "chmod",
    "cksum",
    "cmp",
    "comm",
    "cp",
    "cut",
    "date",
    "dd",
    "df",
    "diff",
    "dirname",
    "du",
    "echo",
    "env",
    "expand",
    "expr",
    "false",
    "find",
    "fold",
    "grep",
    "gzip",
    "head",
    "id",
    "install",
    "join",
    "kill",
    "ln",
    "ls",
    "make",
    "md5sum",
    "mkdir",
    "mkfifo",
    "mktemp",
    "mv",
    "nl",
    "nproc",
    "od",
    "paste",
    "patch",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "setsid",
    "sha256sum",
    "sleep",
    "sort",
    "split",
    "stat",
    "tail",
    "tar",
    "tee",
    "test",
    "timeout",
    "touch",
    "tr",
    "true",
    "tty",
    "uname",
    "uniq",
    "wc",
    "which",
    "whoami",
    "xargs",
    "git",
];

/// Returns where files go and where they come from.
pub(super) fn of_machine() -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut libraries = BTreeSet::new();
    for name in PROGRAMS {
        let found = ["/usr/bin", "/bin", "/usr/local/bin"]
            .iter()
            .map(|folder| Path::new(folder).join(name))
            .find(|path| path.is_file());
        let Some(path) = found.and_then(|path| path.canonicalize().ok()) else {
            continue;
        };
        // A script needs its interpreter, and who knows what else.
        let Ok(loader) = crate::docker::bundle::interpreter(&path) else {
            continue;
        };
        if let Some(loader) = loader {
            libraries.extend(needed(&loader, &path));
            libraries.insert(loader);
        }
        files.insert(format!("/usr/bin/{name}"), path.clone());
        files.insert(format!("/bin/{name}"), path);
    }
    if !files.contains_key("/bin/sh") {
        return Err(Failure::new(
            FailureKind::Missing,
            "this machine has no shell to make an image of".to_owned(),
        )
        .with_hint("give a tree with `--from`"));
    }
    for path in libraries {
        if let (Some(at), true) = (path.to_str().map(str::to_owned), path.is_file()) {
            files.insert(at, path);
        }
    }
    Ok(files)
}

/// Asks a program's loader which libraries it would load.
fn needed(loader: &Path, program: &Path) -> Vec<PathBuf> {
    let listed = Command::new(loader)
        .arg("--list")
        .arg(program)
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(listed) = listed else {
        return Vec::new();
    };
    crate::docker::bundle::libraries(&String::from_utf8_lossy(&listed.stdout))
}
