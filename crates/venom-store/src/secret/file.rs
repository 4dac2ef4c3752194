//! The file of secrets: read as a whole, written as a whole under a lock.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use venom_ports::Result;

use crate::private;
use crate::sqlite::failure::corrupt;

const NAME: &str = "secrets";
const LOCK: &str = "secrets.lock";

/// Largest file. Chosen: a thousand secrets of the longest kind that hosts give out.
const LARGEST: u64 = 16 * 1_024 * 1_024;

/// What is kept of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) hosts: Vec<String>,
    pub(super) held: Held,
}

/// Where its value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    /// Here.
    Sealed(Vec<u8>),
    /// In this variable.
    Variable(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    secrets: BTreeMap<String, Stored>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default)]
    hosts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
}

/// Reads all entries; none if there is no file.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Entry>> {
    let path = folder.join(NAME);
    let doing = format!("cannot read {}", path.display());
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(private::failure(&doing, &error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| private::failure(&doing, &error))?;
    let damaged = |why: &str| {
        corrupt(format!("{} is no file of secrets: {why}", path.display()))
            .with_hint("bring it back from a copy, or move it away and set the secrets anew")
    };
    let document: Document =
        serde_json::from_slice(&bytes).map_err(|error| damaged(&error.to_string()))?;
    if document.version != 1 {
        return Err(damaged("it has a version that is not known here"));
    }
    document
        .secrets
        .into_iter()
        .map(|(name, stored)| {
            let held = match (stored.sealed, stored.variable) {
                (Some(sealed), None) => Held::Sealed(
                    BASE64_STANDARD
                        .decode(sealed)
                        .map_err(|error| damaged(&error.to_string()))?,
                ),
                (None, Some(variable)) => Held::Variable(variable),
                (Some(_), Some(_)) | (None, None) => {
                    return Err(damaged("an entry has not exactly one value"));
                }
            };
            let hosts = stored.hosts;
            Ok((name, Entry { hosts, held }))
        })
        .collect()
}

/// Changes the entries while no other process does, and writes them if the change says so.
pub(super) fn change(
    folder: &Path,
    change: impl FnOnce(&mut BTreeMap<String, Entry>) -> bool,
) -> Result<bool> {
    private::folder(folder)?;
    let doing = format!("cannot write secrets in {}", folder.display());
    let fail = |error: std::io::Error| private::failure(&doing, &error);
    let lock = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(folder.join(LOCK))
        .map_err(fail)?;
    // Held until the file is closed.
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
        .map_err(|error| fail(error.into()))?;
    let mut entries = read(folder)?;
    if !change(&mut entries) {
        return Ok(false);
    }
    let secrets = entries
        .into_iter()
        .map(|(name, Entry { hosts, held })| {
            let (sealed, variable) = match held {
                Held::Sealed(sealed) => (Some(BASE64_STANDARD.encode(sealed)), None),
                Held::Variable(variable) => (None, Some(variable)),
            };
            let stored = Stored {
                hosts,
                sealed,
                variable,
            };
            (name, stored)
        })
        .collect();
    let document = Document {
        version: 1,
        secrets,
    };
    let text = serde_json::to_vec_pretty(&document).map_err(|error| fail(error.into()))?;
    // Made with the mode 0600.
    let mut file = tempfile::Builder::new()
        .prefix(".secrets-")
        .tempfile_in(folder)
        .map_err(fail)?;
    file.write_all(&text)
        .and_then(|()| file.as_file().sync_all())
        .map_err(fail)?;
    file.persist(folder.join(NAME))
        .map_err(|error| fail(error.error))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(fail)?;
    drop(lock);
    Ok(true)
}
