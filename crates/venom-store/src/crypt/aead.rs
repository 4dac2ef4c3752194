//! A key and its two verbs. Owns nonces and counts how often a key was used.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use venom_ports::{Failure, FailureKind, Result};
use zeroize::Zeroizing;

use super::Associated;

/// Version of the form. A reader refuses what it does not know.
const VERSION: u8 = 1;

/// Bytes of a nonce (NIST SP 800-38D, 5.2.1.1).
const NONCE: usize = 12;

/// Bytes of a tag.
const TAG: usize = 16;

/// How often a key may be used with random nonces (NIST SP 800-38D, 8.3).
const USES: u64 = 1 << 32;

/// A key of 32 bytes. Clones share one counter; the bytes are wiped with the last of them.
#[derive(Clone)]
pub(crate) struct Key {
    inner: Arc<Inner>,
}

struct Inner {
    bytes: Zeroizing<[u8; 32]>,
    cipher: Aes256Gcm,
    uses: AtomicU64,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

impl Key {
    /// Takes the bytes of a key.
    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let cipher = Aes256Gcm::new((&*bytes).into());
        Self {
            inner: Arc::new(Inner {
                bytes,
                cipher,
                uses: AtomicU64::new(0),
            }),
        }
    }

    /// Takes the bytes of a key from a slice, if it has the right length.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        Some(Self::new(Zeroizing::new(bytes)))
    }

    /// Makes a new key.
    pub(crate) fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        random(&mut *bytes)?;
        Ok(Self::new(bytes))
    }

    /// Returns the bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.inner.bytes
    }

    /// Tells whether both are the same key.
    pub(crate) fn is(&self, other: &Self) -> bool {
        // Hashes are compared in constant time.
        let hash = |key: &Self| blake3::hash(key.bytes());
        hash(self) == hash(other)
    }

    /// Makes another key of this one, for one purpose and one thing.
    pub(crate) fn derive(&self, purpose: &str, thing: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(self.bytes());
        // The length keeps two pairs apart whose concatenation is the same.
        hasher.update(&(purpose.len() as u64).to_be_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(thing);
        Self::new(Zeroizing::new(*hasher.finalize().as_bytes()))
    }

    /// Seals a text for one place.
    pub(crate) fn seal(&self, place: &Associated<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        if self.inner.uses.fetch_add(1, Ordering::Relaxed) >= USES {
            let text = "a key was used as often as it may be";
            return Err(Failure::new(FailureKind::Refused, text)
                .with_hint("end this process; the next one counts anew"));
        }
        let mut nonce = [0; NONCE];
        random(&mut nonce)?;
        let associated = place.bytes();
        let payload = Payload {
            msg: plain,
            aad: &associated,
        };
        let text = self
            .inner
            .cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_too_long| Failure::new(FailureKind::Internal, "a text cannot be sealed"))?;
        let mut sealed = Vec::with_capacity(1 + NONCE + text.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens what was sealed for the same place.
    pub(crate) fn open(
        &self,
        place: &Associated<'_>,
        sealed: &[u8],
    ) -> std::result::Result<Vec<u8>, Unopened> {
        let (version, rest) = sealed.split_first().ok_or(Unopened)?;
        if *version != VERSION || rest.len() < NONCE + TAG {
            return Err(Unopened);
        }
        let (nonce, text) = rest.split_first_chunk::<NONCE>().ok_or(Unopened)?;
        let associated = place.bytes();
        let payload = Payload {
            msg: text,
            aad: &associated,
        };
        self.inner
            .cipher
            .decrypt(&Nonce::from(*nonce), payload)
            .map_err(|_wrong| Unopened)
    }
}

/// It was changed, or it belongs elsewhere, or to another key; the cipher cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unopened;

/// Fills a buffer with random bytes. There is no second source: a guessable key is worse than none.
pub(crate) fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        let text = format!("the system gives no random bytes: {error}");
        Failure::new(FailureKind::Unavailable, text)
    })
}
