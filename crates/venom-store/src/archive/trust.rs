//! Whose signatures count here: public keys with names, one on a line of `keys/trusted`. Empty lines are passed over.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use venom_kernel::digest::Digest;
use venom_ports::api::archive::Signed;
use venom_ports::{Failure, FailureKind, Result};

use crate::private;

/// Longest file of trusted keys. Chosen: ten thousand of them.
const LONGEST: u64 = 1 << 20;
/// Longest name of a key.
const NAME: usize = 64;

/// The keys that are trusted.
#[derive(Debug, Clone, Default)]
pub struct Trusted {
    keys: BTreeMap<[u8; 32], String>,
}

impl Trusted {
    /// Reads the file in a folder of keys; none is no error.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = file(folder);
        let text = match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Ok(found) if found.len() > LONGEST => Err(std::io::ErrorKind::FileTooLarge.into()),
            Ok(_) => std::fs::read_to_string(&path),
            Err(error) => Err(error),
        };
        let text = text.map_err(|error| {
            private::failure(&format!("cannot read {}", path.display()), &error)
        })?;
        let mut keys = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let (key, name) = line.split_once(' ').unwrap_or((line, ""));
            let key = parse(key).map_err(|_unusable| {
                let text = format!("line {} of {} is no key", number + 1, path.display());
                Failure::new(FailureKind::Refused, text)
                    .with_hint("a line is `ed25519:`, 64 hexadecimal digits, and a name")
            })?;
            keys.insert(key, name.to_owned());
        }
        Ok(Self { keys })
    }

    /// Returns the keys with their names, as `ed25519:` and hexadecimal digits.
    pub fn list(&self) -> Vec<(String, String)> {
        self.keys
            .iter()
            .map(|(key, name)| (shown(key), name.clone()))
            .collect()
    }

    /// Adds a key; a name that it had is replaced.
    pub fn add(&mut self, key: [u8; 32], name: &str) -> Result<()> {
        let is_bad = name.is_empty()
            || name.chars().count() > NAME
            || name.chars().any(|c| c.is_control() || !c.is_ascii());
        if is_bad {
            let text = format!("a key's name has 1 to {NAME} printable ASCII characters");
            return Err(Failure::new(FailureKind::Refused, text));
        }
        self.keys.insert(key, name.to_owned());
        Ok(())
    }

    /// Removes a key; tells whether it was there.
    pub fn remove(&mut self, key: &[u8; 32]) -> bool {
        self.keys.remove(key).is_some()
    }

    /// Writes the file.
    pub fn store(&self, folder: &Path) -> Result<()> {
        private::folder(folder)?;
        let path = file(folder);
        let mut text = String::new();
        for (key, name) in &self.keys {
            text.push_str(&shown(key));
            text.push(' ');
            text.push_str(name);
            text.push('\n');
        }
        // A new file has the mode 0600, and a rename puts it there whole.
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut new| {
            new.write_all(text.as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(&path).map_err(|error| error.error)?;
            Ok(())
        });
        written
            .map_err(|error| private::failure(&format!("cannot write {}", path.display()), &error))
    }

    /// Says who a key is.
    pub fn signed(&self, key: &[u8; 32]) -> Signed {
        Signed {
            key: Digest::from_bytes(*key).to_string(),
            trusted: self.keys.get(key).cloned(),
        }
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("trusted")
}

fn shown(key: &[u8; 32]) -> String {
    format!("ed25519:{}", Digest::from_bytes(*key))
}

/// Reads a public key: 64 hexadecimal digits, with `ed25519:` before them or not.
pub fn parse(text: &str) -> Result<[u8; 32]> {
    let text = text.trim();
    let digits = text.strip_prefix("ed25519:").unwrap_or(text);
    digits
        .parse::<Digest>()
        .map(|digest| *digest.as_bytes())
        .map_err(|_unusable| {
            Failure::new(FailureKind::Refused, "this is no public key").with_hint(
                "it is `ed25519:` and 64 hexadecimal digits, as `venom keys signing show` prints it",
            )
        })
}
