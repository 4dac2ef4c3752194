//! Tests of the providers against servers on this machine.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy allows them in test functions alone; what these call is as much of a test"
)]

mod conform;
mod embed;
mod faults;
mod real;
mod world;
