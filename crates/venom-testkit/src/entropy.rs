//! Chance that is the same in every run of a test.

use std::sync::atomic::{AtomicU64, Ordering};

use venom_ports::entropy::Entropy;

/// Numbers that follow from a seed.
#[derive(Debug)]
pub struct SeededEntropy {
    state: AtomicU64,
}

impl SeededEntropy {
    /// Makes the source of a seed.
    pub const fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
        }
    }

    /// One step of SplitMix64: a counter with an odd stride, mixed by the finaliser of the paper
    /// (Steele, Lea and Flood, 2014).
    fn next(&self) -> u64 {
        const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;
        let counter = self
            .state
            .fetch_add(STRIDE, Ordering::SeqCst)
            .wrapping_add(STRIDE);
        let mixed = (counter ^ (counter >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Entropy for SeededEntropy {
    fn random(&self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }
}
