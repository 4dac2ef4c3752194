//! Datalog from outside: random programs against a naive evaluator, and examples.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_wrap,
    reason = "what helps a test fails it; numbers here are small"
)]

mod examples;
mod limits;
mod naive;
mod random;
mod texts;
