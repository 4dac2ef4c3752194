//! Keys: where the configuration points, read for each call and wiped afterwards.

use std::fmt;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use rustix::fs::OFlags;
use venom_ports::secret::Secrets;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

/// The largest file that is read as a key. Chosen: the longest tokens in use have a few KiB.
const LARGEST: u64 = 64 << 10;

/// Looks a variable of the environment up.
pub type Lookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where a key is: it never stands in the configuration itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// Among the secrets, under this name.
    Secret(String),
    /// In this variable.
    Env(String),
    /// In this file, which nobody else may read.
    File(PathBuf),
}

impl FromStr for KeyRef {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let is_word = |name: &str| {
            (1..=256).contains(&name.len())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        let is_variable = |name: &str| {
            is_word(name)
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        // What stands there instead may be the key itself: it is not repeated.
        match text.split_once(':') {
            Some(("secret", name)) if is_word(name) => Ok(Self::Secret(name.to_owned())),
            Some(("env", name)) if is_variable(name) => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if path.starts_with('/') => Ok(Self::File(PathBuf::from(path))),
            Some(("file", _)) => Err("the path of a key's file must be absolute".to_owned()),
            Some(_) | None => Err(
                "a key is named, not written: give `secret:NAME`, `env:NAME` or `file:/PATH`"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "secret:{name}"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// Reads a key that may go to `host`. Blocks for a file.
pub fn read(
    reference: &KeyRef,
    host: &str,
    secrets: &Arc<dyn Secrets>,
    lookup: &Lookup,
) -> Result<Zeroizing<String>> {
    let keys = Keys {
        secrets: Arc::clone(secrets),
        lookup: Arc::clone(lookup),
    };
    keys.read_now(reference, host)
}

/// A key in memory.
pub(crate) type Key = Zeroizing<String>;

/// Reads keys.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) secrets: Arc<dyn Secrets>,
    pub(crate) lookup: Lookup,
}

impl Keys {
    /// Reads a key that may go to `host`.
    pub(crate) async fn read(&self, reference: KeyRef, host: String) -> Result<Key> {
        let keys = self.clone();
        tokio::task::spawn_blocking(move || keys.read_now(&reference, &host))
            .await
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
    }

    /// Looks for a key where it is by custom: the secret of the provider's name, then the variables.
    pub(crate) async fn find(
        &self,
        provider: String,
        variables: &'static [&'static str],
        host: String,
    ) -> Result<Option<Key>> {
        let keys = self.clone();
        tokio::task::spawn_blocking(move || {
            match keys.read_now(&KeyRef::Secret(provider), &host) {
                Ok(key) => return Ok(Some(key)),
                Err(failure) if failure.kind == FailureKind::Missing => {}
                Err(failure) => return Err(failure),
            }
            for name in variables {
                if let Some(value) = (keys.lookup)(name).filter(|value| !value.is_empty()) {
                    return tidy(&Zeroizing::new(value), &format!("the variable {name}")).map(Some);
                }
            }
            Ok(None)
        })
        .await
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?
    }

    fn read_now(&self, reference: &KeyRef, host: &str) -> Result<Key> {
        match reference {
            KeyRef::Secret(name) => {
                let (value, info) = self.secrets.get(name)?;
                if !info.hosts.is_empty() && !info.hosts.iter().any(|rule| is_within(rule, host)) {
                    return Err(Failure::new(
                        FailureKind::Refused,
                        format!("the key `{name}` may not go to {host}"),
                    )
                    .with_hint(format!(
                        "store it again for this host: venom keys set {name} --host {host}"
                    )));
                }
                let value = std::str::from_utf8(&value).map_err(|_binary| {
                    Failure::new(FailureKind::Refused, format!("the key `{name}` is no text"))
                })?;
                tidy(value, &format!("the key `{name}`"))
            }
            KeyRef::Env(name) => {
                let value = (self.lookup)(name)
                    .filter(|value| !value.is_empty())
                    .map(Zeroizing::new)
                    .ok_or_else(|| {
                        Failure::new(
                            FailureKind::Refused,
                            format!("the variable {name}, which holds a key, is not set"),
                        )
                        .with_hint(format!("set {name} before VENOM is started"))
                    })?;
                tidy(&value, &format!("the variable {name}"))
            }
            KeyRef::File(path) => tidy(&read_file(path)?, &path.display().to_string()),
        }
    }
}

/// Tells whether a host is meant by the rule of a secret: its name, or `*.` and the end of it.
fn is_within(rule: &str, host: &str) -> bool {
    let rule = rule.split(':').next().unwrap_or(rule).to_lowercase();
    match rule.strip_prefix("*.") {
        Some(end) => host
            .strip_suffix(end)
            .is_some_and(|start| start.len() > 1 && start.ends_with('.')),
        None => rule == host,
    }
}

fn read_file(path: &Path) -> Result<Key> {
    let shown = path.display();
    let refused = |why: String| Failure::new(FailureKind::Refused, why);
    let failed = |error: std::io::Error| {
        refused(format!(
            "{shown}, which holds a key, cannot be read: {error}"
        ))
        .with_hint("correct the path in the configuration, or its permissions")
    };
    // A pipe would be waited for without end.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if !about.is_file() {
        return Err(refused(format!("{shown} is no regular file")));
    }
    let owner = about.uid();
    let is_mine = owner == 0 || owner == rustix::process::geteuid().as_raw();
    if about.mode() & 0o077 != 0 || !is_mine {
        return Err(refused(format!(
            "{shown} holds a key and others may read or change it"
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
fn tidy(text: &str, whence: &str) -> Result<Key> {
    let trimmed = text.trim_end_matches(['\r', '\n']);
    if trimmed.is_empty() || !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::new(
            FailureKind::Refused,
            format!("{whence} should hold a key: visible ASCII characters on one line"),
        ));
    }
    Ok(Zeroizing::new(trimmed.to_owned()))
}

#[cfg(test)]
mod tests;
