//! Sources of the master key, in this order: the keyring of the desktop, a key file that is named, a
//! credential of systemd, a passphrase, a key file in the folder of keys. The first that is there is used;
//! one that is there and cannot be used is a failure, never a reason to try the next.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::{Zeroize as _, Zeroizing};

use super::keyring::{self, Keyring};
use crate::crypt::{Key, random};
use crate::private;

/// Name of the file that says how a passphrase becomes a key.
const PASSPHRASE: &str = "passphrase";
/// Name of the file that says under which name the keyring has the key.
const KEYRING: &str = "keyring";
/// Name of the key file in the folder of keys.
const MASTER: &str = "master";
/// What is put behind the name of a file that is to take another's place.
pub(super) const NEXT: &str = ".next";

/// Largest file that can be a key or its parameters. Chosen: ten times what ours have.
const LARGEST: u64 = 4_096;

/// Memory and passes of Argon2id for new passphrases: 0.4 to 0.6 s on the machine of the research
/// measurements, and above the least of RFC 9106.
const MEMORY_KIB: u32 = 64 * 1_024;
const PASSES: u32 = 3;
/// Bounds of what a file may ask for, so that a damaged one takes neither all memory nor all day.
const MEMORY: std::ops::RangeInclusive<u32> = 8 * 1_024..=1_024 * 1_024;
const MOST_PASSES: std::ops::RangeInclusive<u32> = 1..=32;

/// Where a master key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The keyring of the desktop; the file says under which name.
    Keyring(PathBuf),
    /// A file that the user named.
    KeyFile(PathBuf),
    /// A credential that systemd hands to a service.
    Credential(PathBuf),
    /// A passphrase; the file says how it becomes a key.
    Passphrase(PathBuf),
    /// A file beside the data.
    Beside(PathBuf),
}

impl Source {
    /// Returns the file that belongs to the source.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Keyring(path)
            | Self::KeyFile(path)
            | Self::Credential(path)
            | Self::Passphrase(path)
            | Self::Beside(path) => path,
        }
    }

    /// Returns what the user should know about it.
    pub(super) fn warning(&self) -> Option<String> {
        match self {
            Self::Beside(path) => Some(format!(
                "the master key lies beside the data, in {}: whoever copies the whole folder can read everything",
                path.display()
            )),
            Self::Keyring(_) | Self::KeyFile(_) | Self::Credential(_) | Self::Passphrase(_) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyring(_) => f.write_str("the keyring of the desktop"),
            Self::KeyFile(path) => write!(f, "VENOM_KEY_FILE ({})", path.display()),
            Self::Credential(path) => write!(f, "a systemd credential ({})", path.display()),
            Self::Passphrase(_) => f.write_str("a passphrase"),
            Self::Beside(path) => write!(f, "the key file {}", path.display()),
        }
    }
}

/// Where a master key may come from.
#[derive(Clone, Default)]
pub struct Sources {
    /// The keyring of the desktop, where one can be asked.
    pub keyring: Option<Arc<dyn Keyring>>,
    /// A file that the user named.
    pub key_file: Option<PathBuf>,
    /// The file that systemd may have put a credential into.
    pub credential: Option<PathBuf>,
    /// The passphrase.
    pub passphrase: Option<Zeroizing<String>>,
    /// The folder of keys; none means that nothing is looked for there.
    pub folder: Option<PathBuf>,
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("has_keyring", &self.keyring.is_some())
            .field("key_file", &self.key_file)
            .field("credential", &self.credential)
            .field("has_passphrase", &self.passphrase.is_some())
            .field("folder", &self.folder)
            .finish()
    }
}

impl Sources {
    /// Says whether a passphrase is what is missing.
    pub fn needs_passphrase(&self) -> bool {
        self.key_file.is_none()
            && !matches!(first(self), Some(Source::Keyring(_)))
            && !self.credential.as_ref().is_some_and(|path| path.exists())
            && self.passphrase.is_none()
            && self
                .folder
                .as_ref()
                .is_some_and(|folder| folder.join(PASSPHRASE).exists())
    }

    /// Says where a master key is looked for, for people.
    pub fn tried(&self) -> Vec<String> {
        let mut tried = Vec::new();
        if let Some(folder) = &self.folder {
            let named = folder.join(KEYRING);
            tried.push(format!("the keyring of the desktop ({})", named.display()));
        }
        tried.push(match &self.key_file {
            Some(path) => format!("VENOM_KEY_FILE ({})", path.display()),
            None => "VENOM_KEY_FILE (not set)".to_owned(),
        });
        tried.push(match &self.credential {
            Some(path) => format!("a systemd credential ({})", path.display()),
            None => "a systemd credential (not started as a service)".to_owned(),
        });
        if let Some(folder) = &self.folder {
            tried.push(format!(
                "a passphrase ({})",
                folder.join(PASSPHRASE).display()
            ));
            tried.push(format!("the key file {}", folder.join(MASTER).display()));
        }
        tried
    }
}

/// A master key with where it came from.
#[derive(Debug, Clone)]
pub(super) struct Found {
    key: Key,
    source: Source,
    /// The file that holds it, if a rotation was cut off before the file got its name.
    pending: Option<PathBuf>,
}

impl Found {
    /// Returns the key.
    pub(super) const fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the source.
    pub(super) const fn source(&self) -> &Source {
        &self.source
    }

    /// Gives a file its name that a rotation was cut off before.
    pub(super) fn settle(&self) -> Result<()> {
        match &self.pending {
            Some(pending) => rename(pending, self.source.path()),
            None => Ok(()),
        }
    }
}

/// Finds the master key: the one of the first source that is there and, behind it, the one that a
/// rotation of this source was about to put in its place.
pub(super) fn find(sources: &Sources) -> Result<Vec<Found>> {
    let Some(source) = first(sources) else {
        return Ok(Vec::new());
    };
    let path = source.path().to_owned();
    let next = next_of(&path);
    let read = |path: &Path| match &source {
        Source::Keyring(_) => keyring::read(&read_private(path)?, path, sources.keyring.as_deref()),
        Source::Passphrase(_) => from_passphrase(path, sources.passphrase.as_ref()),
        Source::KeyFile(_) | Source::Credential(_) | Source::Beside(_) => from_file(path),
    };
    let mut found = vec![Found {
        key: read(&path)?,
        source: source.clone(),
        pending: None,
    }];
    // What cannot be read there was not finished, and then it is not in use either.
    if next.exists()
        && let Ok(key) = read(&next)
    {
        found.push(Found {
            key,
            source,
            pending: Some(next),
        });
    }
    Ok(found)
}

fn first(sources: &Sources) -> Option<Source> {
    let named = sources.folder.as_ref().map(|folder| folder.join(KEYRING));
    if let Some(named) = named.filter(|named| named.symlink_metadata().is_ok()) {
        return Some(Source::Keyring(named));
    }
    if let Some(path) = &sources.key_file {
        return Some(Source::KeyFile(path.clone()));
    }
    if let Some(path) = sources.credential.as_ref().filter(|path| path.exists()) {
        return Some(Source::Credential(path.clone()));
    }
    let folder = sources.folder.as_ref()?;
    let (passphrase, master) = (folder.join(PASSPHRASE), folder.join(MASTER));
    if passphrase.exists() {
        return Some(Source::Passphrase(passphrase));
    }
    // A link that leads nowhere is there: its absence would be silence about a lost key.
    master
        .symlink_metadata()
        .is_ok()
        .then_some(Source::Beside(master))
}

/// Returns the name of the file that is to take another's place.
pub(super) fn next_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(NEXT);
    PathBuf::from(name)
}

/// What a master key is made from.
#[derive(Debug)]
pub enum Made {
    /// Chance; it is written to a file of its own.
    Random,
    /// A passphrase.
    Passphrase(Zeroizing<String>),
    /// Chance; the keyring of the desktop keeps it.
    Keyring(Arc<dyn Keyring>),
}

/// Makes a master key where there is none, in the folder of keys.
pub fn create(sources: &Sources, made: &Made) -> Result<Source> {
    if let Some(source) = first(sources) {
        let text = format!("there is a master key already, from {source}");
        return Err(Failure::new(FailureKind::Conflict, text)
            .with_hint("`venom keys rotate` puts another in its place"));
    }
    let Some(folder) = &sources.folder else {
        let text = "there is no folder for keys";
        return Err(Failure::new(FailureKind::Internal, text));
    };
    private::folder(folder)?;
    let source = match made {
        Made::Random => Source::Beside(folder.join(MASTER)),
        Made::Passphrase(_) => Source::Passphrase(folder.join(PASSPHRASE)),
        Made::Keyring(_) => Source::Keyring(folder.join(KEYRING)),
    };
    let next = next_of(source.path());
    write(&next, made)?;
    rename(&next, source.path())?;
    Ok(source)
}

/// Writes a new key or a passphrase's parameters to a file, for the user alone, and returns the key.
pub(super) fn write(path: &Path, made: &Made) -> Result<Key> {
    let (key, mut text) = match made {
        Made::Random => {
            let key = Key::generate()?;
            let mut text = hexadecimal(&key);
            text.push('\n');
            (key, text)
        }
        Made::Passphrase(passphrase) => {
            let mut salt = [0; 16];
            random(&mut salt)?;
            let parameters = Parameters {
                version: 1,
                function: "argon2id".to_owned(),
                memory_kib: MEMORY_KIB,
                passes: PASSES,
                salt: BASE64_STANDARD.encode(salt),
            };
            let text = serde_json::to_string(&parameters)
                .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
            (derive(&parameters, passphrase, path)?, text)
        }
        Made::Keyring(keyring) => keyring::keep(keyring.as_ref())?,
    };
    let written = write_private(path, text.as_bytes());
    text.zeroize();
    written.map(|()| key)
}

/// Writes a key as text. Whoever is done with it overwrites it.
pub(super) fn hexadecimal(key: &Key) -> String {
    // So large that it is never moved, which would leave a copy behind.
    let mut text = String::with_capacity(65);
    for byte in key.bytes() {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text
}

/// Writes a file for the user alone and flushes it.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let doing = format!("cannot write {}", path.display());
    // One that a cut-off attempt left is of no use, and its mode is not known.
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(private::failure(&doing, &error));
        }
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(|error| private::failure(&doing, &error))
}

/// Gives a file another's name, durably.
pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    let doing = format!("cannot put a new key in the place of {}", to.display());
    let folder = to.parent().unwrap_or_else(|| Path::new("."));
    std::fs::rename(from, to)
        .and_then(|()| File::open(folder)?.sync_all())
        .map_err(|error| private::failure(&doing, &error))
}

/// Reads a file that only its owner may see.
fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let doing = format!("cannot read the key file {}", path.display());
    let fail = |error: std::io::Error| private::failure(&doing, &error);
    // A pipe would be waited for without end.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path)
        .map_err(fail)?;
    let metadata = file.metadata().map_err(fail)?;
    let refused = |what: &str, hint: String| {
        let text = format!("the key file {} {what}", path.display());
        Err(Failure::new(FailureKind::Refused, text).with_hint(hint))
    };
    if !metadata.is_file() {
        return refused("is no regular file", "name another one".to_owned());
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return refused(
            &format!("can be read or changed by others (mode {mode:o})"),
            format!("`chmod 600 {}`", path.display()),
        );
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LARGEST).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// Reads a key: 32 bytes, or 64 hexadecimal digits.
fn from_file(path: &Path) -> Result<Key> {
    let bytes = read_private(path)?;
    if let Some(key) = of_bytes(&bytes) {
        return Ok(key);
    }
    let text = format!("the key file {} holds no key", path.display());
    Err(Failure::new(FailureKind::Refused, text)
        .with_hint("a key is 32 random bytes, or 64 hexadecimal digits"))
}

/// Makes a key of 32 bytes, or of 64 hexadecimal digits.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<Key> {
    if let Some(key) = Key::of(bytes) {
        return Some(key);
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    let text = bytes.trim_ascii();
    let is_hex = text.len() == 64
        && text
            .chunks_exact(2)
            .zip(key.iter_mut())
            .all(|(pair, byte)| {
                let digits: Option<Vec<u32>> = pair
                    .iter()
                    .map(|digit| char::from(*digit).to_digit(16))
                    .collect();
                match digits.as_deref() {
                    Some([high, low]) => {
                        *byte = u8::try_from(high * 16 + low).unwrap_or_default();
                        true
                    }
                    Some(_) | None => false,
                }
            });
    is_hex.then(|| Key::new(key))
}

/// How a passphrase becomes a key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    version: u32,
    function: String,
    memory_kib: u32,
    passes: u32,
    salt: String,
}

fn from_passphrase(path: &Path, passphrase: Option<&Zeroizing<String>>) -> Result<Key> {
    let bytes = read_private(path)?;
    let Some(passphrase) = passphrase else {
        let text = "the master key comes from a passphrase, and none was given";
        return Err(Failure::new(FailureKind::Missing, text)
            .with_hint("run it on a terminal, or set VENOM_PASSPHRASE"));
    };
    let parameters: Parameters =
        serde_json::from_slice(&bytes).map_err(|error| damaged(path, &error.to_string()))?;
    derive(&parameters, passphrase, path)
}

fn derive(parameters: &Parameters, passphrase: &str, path: &Path) -> Result<Key> {
    let is_known = parameters.version == 1
        && parameters.function == "argon2id"
        && MEMORY.contains(&parameters.memory_kib)
        && MOST_PASSES.contains(&parameters.passes);
    if !is_known {
        return Err(damaged(path, "its numbers are none that VENOM writes"));
    }
    let salt = BASE64_STANDARD
        .decode(&parameters.salt)
        .map_err(|error| damaged(path, &error.to_string()))?;
    let mut bytes = Zeroizing::new([0; 32]);
    Params::new(parameters.memory_kib, parameters.passes, 1, Some(32))
        .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
        .and_then(|argon2| argon2.hash_password_into(passphrase.as_bytes(), &salt, &mut *bytes))
        .map_err(|error| damaged(path, &error.to_string()))?;
    Ok(Key::new(bytes))
}

fn damaged(path: &Path, why: &str) -> Failure {
    let text = format!(
        "{} does not say how a passphrase becomes a key: {why}",
        path.display()
    );
    Failure::new(FailureKind::Corrupt, text).with_hint("bring the file back from a copy")
}
