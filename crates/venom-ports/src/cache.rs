//! The cache: what can be worked out again, kept so that it need not be.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::memory::episodes::Level;

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

/// A cache that several processes share through a service, and that may fail.
///
/// What it keeps may be gone at any time. The verbs block for no longer than a fraction of a second: a cache
/// that has to be waited for is none. One that failed is left alone for some seconds, in which the verbs
/// give the same failure at once.
pub trait SharedCache: Send + Sync {
    /// Names the service for people, without anything secret.
    fn name(&self) -> &str;

    /// Asks whether it is there and can be used, and which version it is. `Unavailable` if nobody answers in
    /// time, `Refused` if what answers is another service, too old, or wants other credentials.
    fn check(&self) -> crate::Result<String>;

    /// Returns what was last kept under a key.
    fn get(&self, key: &str) -> crate::Result<Option<Vec<u8>>>;

    /// Keeps a value for some days. One that is too large is not kept.
    fn put(&self, key: &str, bytes: &[u8]) -> crate::Result<()>;
}

/// Counts which level answered what this process looked up in the memory.
#[derive(Debug, Default)]
pub struct Lookups {
    answered: [AtomicU64; Level::ALL.len()],
    failed: AtomicU64,
}

impl Lookups {
    /// Notes that a level answered, or none.
    pub fn note(&self, level: Option<Level>) {
        let count = level.and_then(|level| self.answered.get(level as usize));
        count
            .unwrap_or(&self.failed)
            .fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the levels, nearest first and `none` last, and how often each answered.
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        Level::ALL
            .map(Level::name)
            .into_iter()
            .zip(&self.answered)
            .chain([("none", &self.failed)])
            .map(|(level, count)| (level, count.load(Ordering::Relaxed)))
            .collect()
    }
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
