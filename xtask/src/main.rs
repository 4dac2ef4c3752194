//! Automation of the repository, started as `cargo xtask <command>`.
//!
//! What needs an `if` lives here and not in the justfile or a shell script: the checks of the house
//! (`tidy`), the sum over all tests (`test`), the measurements (`bench`), the long campaigns (`campaign`), the generated documents (`gen`)
//! and the script a newcomer would type (`newcomer`).
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person at the terminal and is nobody's library"
)]

mod bench;
mod campaign;
mod cargo;
mod r#gen;
mod newcomer;
#[cfg(test)]
mod scratch;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask <command>

  tidy                              check the rules of the house
  test [-p CRATE]... [--nextest] [--allow-skips FILE] [-- ARGS]
                                    run every test and print one sum; ARGS go to the test programs
  bench [agent|datalog|engine|log|router|start|symbols]... [--ci] [--files N]
                                    build for release and measure; --ci is short and enforces budgets
  bench router [--data FILE]        the router over a table of questions, or over one that is made up
  bench datalog [--data FILE]       rules beside other engines; a file of edges, two numbers a line, is searched too
  campaign [kill|power|io|corruption]...
                                    kill, cut the power, fail calls and damage files at every point, not at a sample
  campaign bfcl --data DIR --server URL [--items N]
                                    ask a small model for calls of tools, with and without VENOM's words and repairs
  gen [--check]                     write docs/reference from the binary; --check only compares
  newcomer                          print the README's first steps as a script for an installed binary
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Dispatches on the command; `Ok(false)` means that it ran and found something wrong.
fn run(args: &[String]) -> anyhow::Result<bool> {
    let root = cargo::repository_root()?;
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", args),
    };
    match command {
        "tidy" => tidy::command(&root, rest),
        "test" => test::command(&root, rest),
        "bench" => bench::command(&root, rest),
        "campaign" => campaign::command(&root, rest),
        "gen" => r#gen::command(&root, rest),
        "newcomer" => newcomer::command(&root, rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(true)
        }
        unknown => anyhow::bail!("there is no command `{unknown}`\n{HELP}"),
    }
}
