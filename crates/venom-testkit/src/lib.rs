//! Test doubles and conformance suites; a dev-dependency only.

pub mod clock;
pub mod conform;
pub mod entropy;
pub mod memory;
pub mod model;
pub mod provider;
pub mod skill;
pub mod task;
pub mod workspace;
