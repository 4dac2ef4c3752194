//! The time machine: what looks back at a run, takes it back, or does it again.

mod api;
pub(crate) mod capture;
mod compare;
pub(crate) mod deeds;
mod fork;
pub(crate) mod patch;
pub mod replay;
pub(crate) mod rewind;
pub(crate) mod tape;
pub(crate) mod what_if;
