//! The system's clock and its source of chance.

use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Read as _;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rustix::rand::{GetRandomFlags, getrandom};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::clock::Clock;
use venom_ports::entropy::Entropy;

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// Makes a clock whose steady time begins now.
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            // The clock is set before 1970.
            Err(error) => i64::try_from(error.duration().as_micros()).map_or(i64::MIN, |us| -us),
        };
        Timestamp::from_micros(micros)
    }

    fn steady(&self) -> Millis {
        Millis::new(u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

/// The system's source of chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl OsEntropy {
    /// Makes a source of chance.
    pub const fn new() -> Self {
        Self
    }
}

impl Entropy for OsEntropy {
    fn random(&self) -> u128 {
        let mut bytes = [0; 16];
        if fill(&mut bytes).is_ok() {
            return u128::from_le_bytes(bytes);
        }
        // Kernels that VENOM runs on always answer `getrandom`. Should one not, the standard
        // library's hash keys are the last source left that differs from process to process.
        let half = || u128::from(RandomState::new().build_hasher().finish());
        (half() << 64) | half()
    }
}

/// Fills a buffer with random bytes: from `getrandom`, or from the device where that is forbidden.
fn fill(bytes: &mut [u8; 16]) -> std::io::Result<()> {
    loop {
        match getrandom(&mut *bytes, GetRandomFlags::empty()) {
            // Reads of up to 256 bytes are never cut short (getrandom(2)).
            Ok(16) => return Ok(()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return File::open("/dev/urandom")?.read_exact(bytes),
        }
    }
}
