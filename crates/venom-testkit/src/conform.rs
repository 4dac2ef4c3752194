//! Conformance suites: what every adapter of a port must do, written once.
//!
//! Each suite is a function that takes a fresh adapter and asserts. A suite asks for nothing that
//! the port does not promise, so two adapters that both pass can be exchanged for each other.

pub mod blob;
pub mod episodes;
pub mod graph;
pub mod inbox;
pub mod lease;
pub mod log;
pub mod model;
pub mod objects;
pub mod projection;
pub mod shared_cache;
pub mod story;
pub mod vectors;

/// What a suite gives: nothing, or the failure of a verb that should have worked. What should hold
/// and does not ends in a panic that shows both values.
pub type Checked<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
