//! Outages: what a power loss, a kill or a faulty disk does to a real program.
//!
//! A program is started under a filter that stops it, and everything that it starts, before each
//! call that changes files, speaks or reaches the network. Whoever watches decides about each call:
//! it goes on, it fails, or the program is killed before it happens. Nothing has to be built into
//! the program, so that what is tried is what is shipped.
//!
//! From the calls that were written down come the states that a power loss could have left:
//! [`tape`] knows what was flushed, and lets chance decide about the rest.
//!
//! This crate is a tool of tests, and never shipped. Its unsafe code stands in `os.rs` alone.

#![expect(
    unsafe_code,
    reason = "a filter, its listener and other programs' memory are asked of the kernel; only os.rs does it, and tidy looks"
)]

pub mod call;
pub mod tape;
pub mod watch;

mod filter;
mod os;
