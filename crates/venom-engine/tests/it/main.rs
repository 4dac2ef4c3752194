//! The engine in a world that a test can hold in its hand.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod advice;
mod agents;
mod checks;
mod recovery;
mod replay;
mod runs;
mod world;
