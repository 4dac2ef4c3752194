//! `venom pause` and `venom cancel`: telling the process that works on a run what to do.

use clap::Args;
use serde_json::json;
use venom_ports::inbox::Command;

use super::context::Context;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;

/// Let a run finish what is under way and begin nothing new
#[derive(Debug, Args)]
pub(crate) struct PauseArgs {
    /// `last`, a run's id, or the beginning of one
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
}

/// End a run; what is under way is stopped
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// `last`, a run's id, or the beginning of one
    #[arg(value_name = "RUN", default_value = "last")]
    run: String,
}

pub(super) fn pause(context: &Context, args: &PauseArgs) -> CliResult {
    tell(context, &args.run, Command::Pause, "pause")
}

pub(super) fn cancel(context: &Context, args: &CancelArgs) -> CliResult {
    tell(context, &args.run, Command::Cancel, "cancel")
}

fn tell(context: &Context, name: &str, command: Command, word: &str) -> CliResult {
    context.with_reach(async |reach| {
        let run = reach.host().find(name).await?;
        let is_heard = reach.host().command(run, command, &context.user()).await?;
        sent(context, run, word, is_heard);
        Ok(Exit::Ok)
    })
}

/// Says whether a command was heard.
pub(super) fn sent(context: &Context, run: venom_kernel::id::RunId, word: &str, is_heard: bool) {
    if context.out.form != Form::Text {
        context.out.document(
            "command",
            json!({"run": run, "command": word, "heard": is_heard}),
        );
    } else if is_heard {
        context.out.talk(&format!(
            "{word}: told the process that works on {run}; watch it with: venom watch {run}"
        ));
    } else {
        context.out.talk(&format!(
            "{word}: kept for {run}, which no process works on; it is read by: venom resume {run}"
        ));
    }
}
