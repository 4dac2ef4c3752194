//! The binary as people and scripts use it: a fresh home for each test, an environment of its own,
//! and real processes.

mod bad_input;
mod config;
mod contract;
mod docs;
mod home;
mod kill;
mod lifecycle;
mod playbooks;
mod report;
