//! The time machine: what looks back at a run, takes it back, or does it again.

pub(crate) mod replay;
