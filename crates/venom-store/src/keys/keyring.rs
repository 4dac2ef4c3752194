//! The keyring of the desktop as a source of the master key.
//!
//! The keyring has the key, under a name that is made for it; a file in the folder of keys has the name.
//! Each key has a name of its own, so that a rotation that is cut off leaves either key where it was.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use venom_kernel::digest::Digest;
use venom_ports::{Failure, FailureKind, Result};
use zeroize::{Zeroize as _, Zeroizing};

use super::source::{hexadecimal, of_bytes};
use crate::crypt::{Key, random};

/// A service that keeps secrets for whoever is logged in.
pub trait Keyring: fmt::Debug + Send + Sync {
    /// Returns a secret; `None` if there is none of that name.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>>;

    /// Keeps a secret, in the place of another of that name.
    fn put(&self, name: &str, secret: &str) -> Result<()>;

    /// Forgets a secret; that there is none is no failure.
    fn forget(&self, name: &str) -> Result<()>;
}

/// What the file says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    version: u32,
    name: String,
}

/// Makes a key and lets the keyring keep it; returns it with what the file is to say.
pub(super) fn keep(keyring: &dyn Keyring) -> Result<(Key, String)> {
    let key = Key::generate()?;
    let mut name = [0_u8; 16];
    random(&mut name)?;
    // Half a digest of chance is as long as what it was made of.
    let name = Digest::of_bytes(&name).to_string();
    let name: String = name.chars().take(32).collect();
    let mut secret = hexadecimal(&key);
    let kept = keyring.put(&name, &secret);
    secret.zeroize();
    kept?;
    // A keyring that only says that it kept something would lose everything at the next start.
    let found = keyring.get(&name)?;
    if found
        .and_then(|found| of_bytes(&found))
        .is_none_or(|found| found.bytes() != key.bytes())
    {
        let text = "the keyring of the desktop did not keep the key that it was given";
        return Err(Failure::new(FailureKind::Unavailable, text).with_hint(HINT));
    }
    let text = serde_json::to_string(&Named { version: 1, name })
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    Ok((key, text))
}

const HINT: &str = "log in to the desktop and unlock its keyring; `venom keys create` without `--keyring` needs none";

/// Reads the key that a file names.
pub(super) fn read(file: &[u8], path: &Path, keyring: Option<&dyn Keyring>) -> Result<Key> {
    let name = named(file, path)?;
    let Some(keyring) = keyring else {
        let text =
            "the master key is in the keyring of the desktop, and no keyring can be asked here";
        return Err(Failure::new(FailureKind::Unavailable, text).with_hint(HINT));
    };
    let Some(secret) = keyring.get(&name)? else {
        let text = format!(
            "the keyring of the desktop has no key `{name}`, which {} names",
            path.display()
        );
        return Err(Failure::new(FailureKind::Missing, text)
            .with_hint("unlock the keyring, or bring back the one in which the key was made"));
    };
    of_bytes(&secret).ok_or_else(|| {
        let text = format!("what the keyring of the desktop has under `{name}` is no key");
        Failure::new(FailureKind::Corrupt, text).with_hint("bring the keyring back from a copy")
    })
}

/// Forgets the key that a file names, which is in use no more.
pub(super) fn forget(file: &[u8], path: &Path, keyring: &dyn Keyring) -> Result<()> {
    keyring.forget(&named(file, path)?)
}

fn named(file: &[u8], path: &Path) -> Result<String> {
    let damaged = |why: &str| {
        let text = format!(
            "{} does not say what the keyring calls the key: {why}",
            path.display()
        );
        Failure::new(FailureKind::Corrupt, text).with_hint("bring the file back from a copy")
    };
    let named: Named = serde_json::from_slice(file).map_err(|error| damaged(&error.to_string()))?;
    let is_known = named.version == 1
        && named.name.len() == 32
        && named.name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_known
        .then_some(named.name)
        .ok_or_else(|| damaged("it is none that VENOM writes"))
}
