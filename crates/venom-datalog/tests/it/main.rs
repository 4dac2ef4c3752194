//! Datalog from outside: random programs against a naive evaluator, and examples.

mod examples;
mod limits;
mod naive;
mod random;
mod texts;
