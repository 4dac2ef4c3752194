//! The operating system as VENOM uses it: commands, the folder of a run, time and chance.
//!
//! This room implements ports and decides nothing. Commands run in the [`sandbox`]: in a [`cell`] of
//! VENOM's own, over an [`overlay`] whose changes are looked at before they count, with a way out
//! ([`egress`]) only to the hosts on a list; in a container of the [`docker`] engine, over a private
//! copy; or as plain processes whose whole tree is ended with them ([`process`]), where the user allows
//! it. Functions that run elsewhere are called over HTTP ([`function`]). The workspace is a real folder
//! that no path can leave ([`workspace`]); snapshots of it are taken and gone back to ([`capture`]); a
//! run may be given a copy of a folder instead of the folder itself
//! ([`copy`]); the user's editor
//! gets the terminal ([`terminal`]); the clock and the source of chance are the system's ([`os`]); and memory
//! that nothing holds is given back ([`heap`]).
//!
//! It is the only crate that may hold unsafe code; what there is stands in `process/spawn.rs`, for
//! the moment between fork and exec, in `heap.rs`, and in `cell`. The crate is written for Linux: it relies on
//! pidfds, on `/proc` and on `openat2`.

pub mod cell;
pub mod docker;
pub mod egress;
pub mod function;
pub mod overlay;
pub mod process;
pub mod sandbox;
pub mod secret_tool;
pub mod terminal;

pub mod workspace;

pub mod capture;
mod restore;

pub mod copy;

pub mod heap;
pub mod os;
