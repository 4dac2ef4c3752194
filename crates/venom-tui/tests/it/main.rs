//! The terminal UI in memory: what is shown of runs that a machine of the kernel made, what keys do, and
//! that nothing breaks it.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy allows them in test functions alone; what these call is as much of a test"
)]

mod keys;
mod known;
mod random;
mod restored;
mod scenes;
mod screens;
mod story;
