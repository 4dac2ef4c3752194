//! The cache: what can be worked out again, kept so that it need not be.

/// Keeps bytes by key. Nothing in it is ever missed: whoever reads from it checks what is given and
/// does the work again where nothing is, or where it is damaged.
///
/// A value is whole or not there, also after a crash in the middle of [`Cache::put`]. Keys are made
/// of ASCII letters, digits, `-` and `_`; other keys keep nothing. Both verbs may block for the time
/// that a file takes.
pub trait Cache: Send + Sync {
    /// Returns what was last kept under a key; `None` if nothing was, it was thrown away, or it
    /// cannot be read.
    fn get(&self, key: &str) -> Option<Vec<u8>>;

    /// Keeps a value. One that is too large, or cannot be written, is not kept; others may be thrown
    /// away for it.
    fn put(&self, key: &str, bytes: &[u8]);
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoCache;

impl Cache for NoCache {
    fn get(&self, _key: &str) -> Option<Vec<u8>> {
        None
    }

    fn put(&self, _key: &str, _bytes: &[u8]) {}
}
