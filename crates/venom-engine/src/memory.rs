//! Memory: what is known, asked and taught. The kernel folds and decides; here the logs are read, rules
//! are run over what is known, and what the user decides is written down.
//!
//! Reading order: [`facts`] (what users may ask), [`reason`] (rules and proofs), `cascade` (what goes with a
//! source), `procedures` (what runs learned to do), `given` (what agents are told).

mod cascade;
pub mod facts;
pub(crate) mod given;
pub(crate) mod procedures;
pub mod reason;
