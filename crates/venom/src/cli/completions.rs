//! `venom completions`: scripts that complete the command line, made from its definition.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use super::context::Context;
use crate::exit::Exit;
use crate::output::Form;

/// Print the completion script of a shell
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(context: &Context, args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::Cli::command(), "venom", &mut script);
    let script = String::from_utf8_lossy(&script);
    if context.out.form == Form::Text {
        context.out.data(&script);
    } else {
        let shell = args.shell.to_string();
        context
            .out
            .document("completions", json!({"shell": shell, "script": script}));
    }
    Exit::Ok
}
