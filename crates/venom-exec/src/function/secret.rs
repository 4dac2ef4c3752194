//! Secrets: where the configuration points to, read for each call and wiped afterwards.

use std::fmt;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

/// The largest file that is read as a secret. Chosen: the longest tokens in use have a few KiB.
const LARGEST: u64 = 64 << 10;

/// Looks a variable of the environment up.
pub type Lookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where a secret is: it never stands in the configuration itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In this variable.
    Env(String),
    /// In this file, which nobody else may read.
    File(PathBuf),
}

impl FromStr for SecretRef {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= 256
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        // What stands there instead may be the secret itself: it is not repeated.
        match text.split_once(':') {
            Some(("env", name)) if is_name(name) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if path.starts_with('/') => Ok(Self::File(PathBuf::from(path))),
            Some(("file", _)) => Err("the path of a secret's file must be absolute".to_owned()),
            Some(_) | None => {
                Err("a secret is named, not written: give `env:NAME` or `file:/PATH`".to_owned())
            }
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// A secret in memory.
pub(super) type Secret = Zeroizing<String>;

/// Reads secrets.
pub(super) struct Secrets {
    lookup: Lookup,
}

impl Secrets {
    pub(super) fn new(lookup: Lookup) -> Self {
        Self { lookup }
    }

    /// Returns a variable of the environment.
    pub(super) fn variable(&self, name: &str) -> Option<Secret> {
        (self.lookup)(name)
            .filter(|value| !value.is_empty())
            .map(Zeroizing::new)
    }

    /// Reads a secret.
    pub(super) async fn read(&self, reference: &SecretRef) -> Result<Secret> {
        match reference {
            SecretRef::Env(name) => {
                let value = self.variable(name).ok_or_else(|| {
                    Failure::new(
                        FailureKind::Refused,
                        format!("the variable {name}, which holds a secret, is not set"),
                    )
                    .with_hint(format!("set {name} before VENOM is started"))
                })?;
                tidy(&value, &format!("the variable {name}"))
            }
            SecretRef::File(path) => {
                let text = read_file(path, Access::Private).await?;
                tidy(&text, &path.display().to_string())
            }
        }
    }
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Its owner alone.
    Private,
    /// Whom the platform that wrote it chose.
    AsItIs,
}

/// Reads a file that holds a secret.
pub(super) async fn read_file(path: &Path, access: Access) -> Result<Secret> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || read_now(&path, access))
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
}

fn read_now(path: &Path, access: Access) -> Result<Secret> {
    let shown = path.display();
    let refused = |why: String| Failure::new(FailureKind::Refused, why);
    let failed = |error: std::io::Error| {
        refused(format!(
            "{shown}, which holds a secret, cannot be read: {error}"
        ))
        .with_hint("correct the path in the configuration, or its permissions")
    };
    // A pipe would be waited for without end.
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)
        .map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(refused(format!("{shown} is no regular file")));
    }
    let is_others = about.mode() & 0o077 != 0;
    let owner = about.uid();
    let is_mine = owner == 0 || owner == rustix::process::geteuid().as_raw();
    if access == Access::Private && (is_others || !is_mine) {
        return Err(refused(format!(
            "{shown} holds a secret and others may read or change it"
        ))
        .with_hint(format!("chmod 600 {shown}")));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(refused(format!(
            "{shown} is larger than {} KiB",
            LARGEST >> 10
        )));
    }
    Ok(text)
}

/// Takes the line's end off and refuses what cannot stand in a header.
fn tidy(text: &str, whence: &str) -> Result<Secret> {
    let trimmed = text.trim_end_matches(['\r', '\n']);
    if trimmed.is_empty() || trimmed.chars().any(char::is_control) {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("{whence} should hold a secret on one line"),
        ));
    }
    Ok(Zeroizing::new(trimmed.to_owned()))
}
