//! The binary as people and scripts use it: a fresh home for each test, an environment of its own,
//! and real processes.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "clippy allows them in test functions alone; what these call is as much of a test, and a skipped test has to say so"
)]

mod agent;
mod archive;
mod attach;
mod bad_input;
mod code;
mod code_run;
mod config;
mod contract;
mod days;
mod docs;
mod embeddings;
mod facts;
mod findings;
mod git;
mod home;
mod keyring;
mod keys;
mod kill;
mod learned;
mod lifecycle;
mod memory;
mod minds;
mod models;
mod outage;
mod output;
mod playbooks;
mod preferences;
mod report;
mod route;
mod sandbox;
mod serve;
mod session;
mod stops;
mod targets;
mod terminal;
mod tooling;
mod tui;
mod undo;
mod upkeep;
mod what_if;
