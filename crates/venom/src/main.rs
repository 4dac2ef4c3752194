//! VENOM on the command line.
//!
//! This crate is where everything meets: [`wire`] builds the engine's world of concrete adapters,
//! [`cli`] says what people can type, and [`output`] is the only place that prints.
//!
//! Reading order: [`cli`] (verbs, one file each), [`exit`] and [`error`] (how a command ends),
//! [`config`] (settings, paths and the environment), [`output`] (what people and programs see),
//! [`wire`] and [`shipped`] (the world), [`logging`].
#![forbid(unsafe_code)]

mod cli;
mod config;
mod error;
mod exit;
mod logging;
mod output;
mod shipped;
mod wire;

fn main() -> std::process::ExitCode {
    // A copy of this program makes the sandboxes; it does nothing else, and must not read anything.
    venom_exec::cell::serve_if_zygote();
    // Another copy is the first process of each container; nor does that.
    venom_exec::cell::serve_if_contained();
    cli::main()
}
