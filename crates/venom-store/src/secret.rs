//! Secrets in `keys/secrets`, and in the environment.
//!
//! The file holds names, hosts and sealed values. The hosts are part of what a value's tag covers:
//! whoever can write to the file cannot send a value elsewhere. A variable `VENOM_SECRET_NAME` stands
//! before the file, then the variable that `venom keys set --env` named.

mod file;

use std::path::PathBuf;
use std::sync::Arc;

use venom_ports::secret::{SecretInfo, Secrets, Source};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use self::file::{Entry, Held};
use crate::crypt::Associated;
use crate::keys::Vault;
use crate::sqlite::failure::corrupt;

/// Reads a variable of the environment.
pub type Variables = Arc<dyn Fn(&str) -> Option<Zeroizing<String>> + Send + Sync>;

/// Longest name, as the way out of the sandbox takes it.
const NAME_LIMIT: usize = 64;

/// Longest value. Chosen: above any token and any private key.
const VALUE_LIMIT: usize = 64 * 1_024;

/// Hosts of one secret, and bytes of each.
const HOSTS: usize = 64;
const HOST_LIMIT: usize = 512;

/// The secrets of a user.
pub(crate) struct FileSecrets {
    /// The folder of keys.
    folder: PathBuf,
    /// The log's file, which has the key that seals values.
    log: PathBuf,
    vault: Arc<Vault>,
    variables: Variables,
}

impl FileSecrets {
    /// Names the files.
    pub(crate) fn new(
        folder: PathBuf,
        log: PathBuf,
        vault: Arc<Vault>,
        variables: Variables,
    ) -> Self {
        Self {
            folder,
            log,
            vault,
            variables,
        }
    }

    fn put(&self, name: &str, entry: Entry) -> Result<()> {
        file::change(&self.folder, move |entries| {
            entries.insert(name.to_owned(), entry);
            true
        })
        .map(drop)
    }
}

/// Returns the variable that stands before the file for a name.
fn variable_of(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if c == '-' {
                '_'
            } else {
                c.to_ascii_uppercase()
            }
        })
        .collect();
    format!("VENOM_SECRET_{name}")
}

impl FileSecrets {
    /// Opens a stored value.
    fn open(&self, name: &str, hosts: &[String], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let place = Associated::Secret { name, hosts };
        self.vault
            .secrets(&self.log)?
            .open(&place, sealed)
            .map(Zeroizing::new)
            .map_err(|_damaged| {
                corrupt(format!(
                    "the secret {name} does not open: the file was changed, or belongs to other data"
                ))
                .with_hint(format!("`venom keys set {name}` stores it anew"))
            })
    }
}

impl Secrets for FileSecrets {
    fn values(&self, name: &str) -> Result<Vec<Zeroizing<Vec<u8>>>> {
        check_name(name)?;
        let mut values = Vec::new();
        match self.get(name) {
            Ok((value, _)) => values.push(value),
            Err(failure) if failure.kind == FailureKind::Missing => {}
            Err(failure) => return Err(failure),
        }
        let Some(entry) = file::read(&self.folder)?.remove(name) else {
            return Ok(values);
        };
        let hidden = match &entry.held {
            Held::Sealed(sealed) => Some(self.open(name, &entry.hosts, sealed)?),
            Held::Variable(variable) => {
                (self.variables)(variable).map(|value| Zeroizing::new(value.as_bytes().to_vec()))
            }
        };
        values.extend(hidden.filter(|value| !value.is_empty() && !values.contains(value)));
        Ok(values)
    }

    fn get(&self, name: &str) -> Result<(Zeroizing<Vec<u8>>, SecretInfo)> {
        check_name(name)?;
        let entry = file::read(&self.folder)?.remove(name);
        let hosts = entry.as_ref().map(|entry| entry.hosts.clone());
        let of_variable = |variable: String| {
            let value = (self.variables)(&variable).filter(|value| !value.is_empty())?;
            let info = SecretInfo {
                name: name.to_owned(),
                source: Source::Environment(variable),
                hosts: hosts.clone().unwrap_or_default(),
            };
            Some((Zeroizing::new(value.as_bytes().to_vec()), info))
        };
        if let Some(found) = of_variable(variable_of(name)) {
            return Ok(found);
        }
        match entry.map(|entry| entry.held) {
            Some(Held::Variable(variable)) => of_variable(variable.clone()).ok_or_else(|| {
                let text =
                    format!("the secret {name} is in the variable {variable}, which is not set");
                Failure::new(FailureKind::Missing, text)
                    .with_hint(format!("set {variable}, or `venom keys set {name}`"))
            }),
            Some(Held::Sealed(sealed)) => {
                let hosts = hosts.unwrap_or_default();
                let value = self.open(name, &hosts, &sealed)?;
                let info = SecretInfo {
                    name: name.to_owned(),
                    source: Source::File,
                    hosts,
                };
                Ok((value, info))
            }
            None => {
                let text = format!("there is no secret {name}");
                Err(Failure::new(FailureKind::Missing, text).with_hint(format!(
                    "`venom keys set {name}` stores one, or set {}",
                    variable_of(name)
                )))
            }
        }
    }

    fn set(&self, name: &str, value: &[u8], hosts: &[String]) -> Result<()> {
        check_name(name)?;
        check_hosts(hosts)?;
        if value.is_empty() || value.len() > VALUE_LIMIT {
            let text = format!("a secret has 1 to {VALUE_LIMIT} bytes");
            return Err(Failure::new(FailureKind::Refused, text));
        }
        let place = Associated::Secret { name, hosts };
        let sealed = self.vault.secrets(&self.log)?.seal(&place, value)?;
        self.put(
            name,
            Entry {
                hosts: hosts.to_vec(),
                held: Held::Sealed(sealed),
            },
        )
    }

    fn set_variable(&self, name: &str, variable: &str, hosts: &[String]) -> Result<()> {
        check_name(name)?;
        check_hosts(hosts)?;
        let is_name = !variable.is_empty()
            && variable.len() <= 256
            && !variable.starts_with(|c: char| c.is_ascii_digit())
            && variable
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            let text = "a variable's name has letters, digits and underscores";
            return Err(Failure::new(FailureKind::Refused, text));
        }
        self.put(
            name,
            Entry {
                hosts: hosts.to_vec(),
                held: Held::Variable(variable.to_owned()),
            },
        )
    }

    fn remove(&self, name: &str) -> Result<bool> {
        file::change(&self.folder, |entries| entries.remove(name).is_some())
    }

    fn list(&self) -> Result<Vec<SecretInfo>> {
        let entries = file::read(&self.folder)?;
        Ok(entries
            .into_iter()
            .map(|(name, entry)| {
                let first = variable_of(&name);
                let is_set = (self.variables)(&first).is_some_and(|value| !value.is_empty());
                let source = match entry.held {
                    _ if is_set => Source::Environment(first),
                    Held::Variable(variable) => Source::Environment(variable),
                    Held::Sealed(_) => Source::File,
                };
                SecretInfo {
                    name,
                    source,
                    hosts: entry.hosts,
                }
            })
            .collect())
    }
}

fn check_name(name: &str) -> Result<()> {
    let is_name = !name.is_empty()
        && name.len() <= NAME_LIMIT
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_name {
        return Ok(());
    }
    let text =
        format!("a secret's name has 1 to {NAME_LIMIT} letters, digits, dashes and underscores");
    Err(Failure::new(FailureKind::Refused, text))
}

fn check_hosts(hosts: &[String]) -> Result<()> {
    let fit = hosts.len() <= HOSTS
        && hosts.iter().all(|host| {
            !host.is_empty() && host.len() <= HOST_LIMIT && !host.chars().any(char::is_control)
        });
    if fit {
        return Ok(());
    }
    let text = format!("a secret has at most {HOSTS} hosts, of {HOST_LIMIT} bytes each");
    Err(Failure::new(FailureKind::Refused, text))
}

#[cfg(test)]
mod tests;
