//! `venom answer`: answering a question of a run.

use clap::Args;
use venom_kernel::id::QuestionId;
use venom_ports::inbox::Command;

use super::context::Context;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// Answer a question of a run
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// `last`, a run's id, or the beginning of one
    #[arg(value_name = "RUN")]
    run: String,
    /// The question (`q_1`), if there is more than one, and then the answer: the value of a choice,
    /// its number, or other text
    #[arg(value_name = "[QUESTION] ANSWER", required = true)]
    answer: Vec<String>,
}

pub(super) fn run(context: &Context, args: &AnswerArgs) -> CliResult {
    context.with_reach(async |reach| {
        let run = reach.host().find(&args.run).await?;
        let state = reach.host().state(run, None).await?;
        let (named, words) = match args.answer.as_slice() {
            [first, rest @ ..] if !rest.is_empty() => match first.parse::<QuestionId>() {
                Ok(id) => (Some(id), rest),
                Err(_is_answer) => (None, args.answer.as_slice()),
            },
            all => (None, all),
        };
        let open: Vec<_> = state.open_questions().collect();
        let (question, asked) = match (named, open.as_slice()) {
            (Some(id), all) => *all.iter().find(|(open, _)| *open == id).ok_or_else(|| {
                CliError::usage(format!("run {run} has no open question {id}"))
                    .code("no-such-part")
                    .hint(format!("see its questions with `venom show {run}`"))
            })?,
            (None, []) => {
                return Err(
                    CliError::new(Exit::Failed, format!("run {run} asks no question"))
                        .code("nothing-open")
                        .hint(format!("see how it stands with `venom show {run}`")),
                );
            }
            (None, [one]) => *one,
            (None, several) => {
                let names: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
                return Err(CliError::usage(format!(
                    "run {run} asks {} questions: {}",
                    several.len(),
                    names.join(", ")
                ))
                .hint(format!(
                    "name the one that you mean: `venom answer {run} QUESTION ANSWER`"
                )));
            }
        };
        let text = words.join(" ");
        if text.parse::<QuestionId>().is_ok() {
            return Err(
                CliError::usage(format!("{text} names a question; the answer is missing")).hint(
                    format!("write it behind the question: `venom answer {run} {text} ANSWER`"),
                ),
            );
        }
        let answer = super::prompt::chosen(asked, text.trim());
        if answer.is_empty() {
            return Err(CliError::usage("the answer is empty"));
        }
        let command = Command::Answer { question, answer };
        let is_heard = reach.host().command(run, command, &context.user()).await?;
        super::steer::sent(context, run, "answer", is_heard);
        Ok(Exit::Ok)
    })
}
