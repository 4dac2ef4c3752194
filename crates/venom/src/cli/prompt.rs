//! Asking the user on a terminal: questions with numbered choices, approvals with what exactly will
//! be done.

use std::io::{BufRead as _, Read as _};

use venom_kernel::id::{ApprovalId, QuestionId, RunId};
use venom_kernel::intent::Question;
use venom_kernel::plan::Step;
use venom_ports::inbox::Command;

use super::attend::{Caught, Signals};
use super::context::Context;
use crate::error::CliError;
use crate::output::clean;
use crate::output::event::reason_text;
use crate::wire::reach::Api;

/// The longest line that is read.
const LONGEST: u64 = 16 << 10;

/// What came instead of a line.
pub(super) enum Instead {
    /// The input ended.
    End,
    /// A signal arrived.
    Stopped(Caught),
}

/// Asks all open questions of a run. Returns what came instead of a line, if the asking ended by that.
pub(super) async fn questions<Other>(
    context: &Context,
    host: &dyn Api,
    run: RunId,
    mut line: impl AsyncFnMut() -> Result<String, Other>,
) -> Result<Option<Other>, CliError> {
    let state = host.state(run, None).await?;
    let open: Vec<(QuestionId, Question)> = state
        .open_questions()
        .map(|(id, question)| (id, question.clone()))
        .collect();
    for (id, question) in open {
        let answer = loop {
            show_question(context, &question);
            match line().await {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => break chosen(&question, text.trim()),
                Err(other) => return Ok(Some(other)),
            }
        };
        let command = Command::Answer {
            question: id,
            answer,
        };
        host.command(run, command, &context.user()).await?;
    }
    Ok(None)
}

/// Asks for all open approvals of a run. Returns what came instead of a line, if the asking ended by that.
pub(super) async fn approvals<Other>(
    context: &Context,
    host: &dyn Api,
    run: RunId,
    mut line: impl AsyncFnMut() -> Result<String, Other>,
) -> Result<Option<Other>, CliError> {
    let state = host.state(run, None).await?;
    let open: Vec<(ApprovalId, String, Option<Step>)> = state
        .open_approvals()
        .map(|(id, approval)| {
            let step = state.plan().step(&approval.step).cloned();
            (id, reason_text(&approval.reason), step)
        })
        .collect();
    for (approval, why, step) in open {
        if let Some(step) = &step {
            show_step(context, step, &why);
        }
        let agreed = loop {
            match line().await {
                Ok(text) => match text.trim().to_lowercase().as_str() {
                    "y" | "yes" => break true,
                    "n" | "no" => break false,
                    _ => context.out.talk("Answer y or n."),
                },
                Err(other) => return Ok(Some(other)),
            }
        };
        let command = Command::Decide {
            approval,
            agreed,
            reason: None,
        };
        host.command(run, command, &context.user()).await?;
    }
    Ok(None)
}

const fn by(caught: Caught) -> &'static str {
    match caught {
        Caught::Interrupt => "interrupt",
        Caught::Terminate => "terminate",
    }
}

/// Asks a question that is answered with yes or no. The end of the input is a no.
pub(super) fn agreed(question: &str) -> Result<bool, CliError> {
    crate::output::plain(&format!("{} [y/N] ", clean::line(question)), false);
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_line(&mut answer)
        .map_err(|error| {
            CliError::new(
                crate::exit::Exit::Failed,
                format!("cannot read the answer: {error}"),
            )
        })?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes"))
}

fn show_question(context: &Context, question: &Question) {
    let out = &context.out;
    out.talk(&out.talk_paint.strong(&clean::block(&question.text)));
    for (index, choice) in question.choices.iter().enumerate() {
        let label = clean::line(&choice.label);
        out.talk(&format!("  {}  {label}", index + 1));
    }
    if !question.choices.is_empty() {
        out.talk("Answer with a number, or in your own words.");
    }
}

/// Turns a number into the choice that it stands for; anything else is the answer itself.
pub(super) fn chosen(question: &Question, text: &str) -> String {
    text.parse::<usize>()
        .ok()
        .and_then(|number| question.choices.get(number.checked_sub(1)?))
        .map_or_else(|| text.to_owned(), |choice| choice.value.clone())
}

fn show_step(context: &Context, step: &Step, why: &str) {
    let out = &context.out;
    out.talk(&format!(
        "{} {}",
        out.talk_paint.warn("Approval needed:"),
        clean::line(&step.title)
    ));
    out.talk(&format!(
        "  what:   {}.{} ({})",
        step.skill, step.action, step.class
    ));
    if let Some(params) = step.params.as_object() {
        for (name, value) in params {
            let value = clean::short(&value.to_string(), 2_000);
            out.talk(&format!("  {}: {value}", clean::line(name)));
        }
    }
    out.talk(&format!("  why:    {why}"));
}

/// Reads a line while listening for signals. A signal interrupts whoever works for the run.
pub(super) async fn line(
    context: &Context,
    host: &dyn Api,
    signals: &mut Signals,
    mark: &str,
) -> Result<String, Instead> {
    context.out.draw(mark);
    // A thread of its own: a read from a terminal cannot be cancelled, and the process does not
    // wait for it when it ends.
    let read = tokio::task::spawn_blocking(|| {
        use std::io::Read as _;
        let mut text = Vec::new();
        std::io::stdin()
            .lock()
            .take(LONGEST)
            .read_until(b'\n', &mut text)
            .map(|_| text)
    });
    tokio::select! {
        read = read => match read {
            Ok(Ok(bytes)) if !bytes.is_empty() => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Ok(Ok(_) | Err(_)) | Err(_) => Err(Instead::End),
        },
        caught = signals.next() => {
            context.out.draw("\n");
            host.interrupt(by(caught)).await;
            Err(Instead::Stopped(caught))
        }
    }
}
