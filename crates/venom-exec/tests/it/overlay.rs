//! Overlay deltas: what a command left is found, checked and committed.

mod conflict;
mod crash;
mod hostile;
mod log;
mod real;
mod scan;
mod world;
