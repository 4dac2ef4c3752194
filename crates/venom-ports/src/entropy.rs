//! Chance.

/// Gives random numbers. Every number that matters to a run is written to the log by its user.
pub trait Entropy: Send + Sync {
    /// Returns 128 random bits.
    fn random(&self) -> u128;
}
