//! Skills against real files, real git repositories and real programs.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what the tests share stands outside of test functions"
)]

mod schema;
mod world;

mod archive;
mod code;
mod code_run;
mod code_tools;
mod corpora;
mod corpus;
mod files;
mod function;
mod git;
mod git_commit;
mod git_meanwhile;
mod git_module;
mod git_release;
mod git_work;
mod projects;
mod repairs;
mod sarif;
mod shell;
mod symbols;
