//! Tests of the providers against servers on this machine.

mod conform;
mod faults;
mod world;
