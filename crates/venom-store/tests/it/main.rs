//! The store against the suites of its ports, and against everything that can go wrong.

mod blob;
mod blob_kill;
mod conformance;
mod corruption;
mod disk;
mod embed;
mod fixture;
mod graph;
mod keys;
mod kill;
mod memory;
mod open;
mod projection;
mod services;
mod sharing;
