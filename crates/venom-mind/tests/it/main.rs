//! The matcher on a set of intents as it is used: few examples with slots, many foreign sentences.

mod determinism;
mod robustness;
mod workspace;
