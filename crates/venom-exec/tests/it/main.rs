//! Commands, workspaces and copies against the real operating system.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy allows them in test functions alone; what these call is as much of a test"
)]

mod apply;
mod blobs;
mod cell;
mod command;
mod copy;
mod death;
mod docker;
mod egress;
mod function;
mod os;
mod overlay;
mod read;
mod run;
mod sandbox;
mod secret;
mod session;
mod snapshot;
mod walk;
