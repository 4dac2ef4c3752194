//! The signing key: Ed25519, for whatever leaves the store and must be known as its own.

use std::path::Path;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use venom_ports::{Failure, FailureKind, Result};

use super::{SIGNING, Vault, table};
use crate::crypt::Key;
use crate::sqlite::connection;
use crate::sqlite::failure::corrupt;

/// A key that signs.
pub struct Signing {
    key: SigningKey,
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signing").finish_non_exhaustive()
    }
}

impl Signing {
    fn of(seed: &Key) -> Self {
        Self {
            key: SigningKey::from_bytes(seed.bytes()),
        }
    }

    /// Returns the public half.
    pub fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Signs bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

/// Tells whether a signature of these bytes is by the key with this public half. Weak keys and
/// signatures that could be altered do not count (RFC 8032, strict).
pub fn verify(public: &[u8; 32], bytes: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public).is_ok_and(|key| {
        key.verify_strict(bytes, &Signature::from_bytes(signature))
            .is_ok()
    })
}

/// Makes the signing key; there must be none.
pub(crate) fn create(log: &Path, vault: &Vault) -> Result<Signing> {
    // The first use of the master key may be this one.
    vault.secrets(log)?;
    let master = vault.master()?;
    let connection = table::open(log)?;
    let seed = Key::generate()?;
    table::transaction(&connection, || {
        if table::master(&connection)?.is_none_or(|stored| stored != table::mark(master)) {
            return Err(super::changed());
        }
        if table::get(&connection, SIGNING, b"")? != table::Row::Absent {
            return Err(
                Failure::new(FailureKind::Conflict, "there is a signing key already")
                    .with_hint("`venom keys signing show` shows its public half"),
            );
        }
        let wrapped = table::wrap(master, SIGNING, b"", &seed)?;
        table::put(&connection, SIGNING, b"", &wrapped)
    })?;
    Ok(Signing::of(&seed))
}

/// Returns the signing key.
pub(crate) fn load(log: &Path, vault: &Vault) -> Result<Signing> {
    match table::get(&connection::reader(log)?, SIGNING, b"")? {
        table::Row::Wrapped(wrapped) => {
            let seed = table::unwrap(vault.master()?, SIGNING, b"", &wrapped)
                .map_err(|()| corrupt("the signing key does not open"))?;
            Ok(Signing::of(&seed))
        }
        table::Row::Absent | table::Row::Shredded => Err(Failure::new(
            FailureKind::Missing,
            "there is no signing key",
        )
        .with_hint("`venom keys signing create` makes one")),
    }
}
