//! `venom models why`: how the models of a run were chosen.

use clap::Args;
use serde_json::{Value, json};
use venom_kernel::event::Event;

use super::subject;
use crate::cli::context::Context;
use crate::cli::point::locate;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::Form;
use crate::wire::reach::{self, Reach};

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The run, `RUN/STEP`, or a step of the last run; with `@SEQ` behind the run, what was chosen up to that event
    #[arg(value_name = "RUN[@SEQ][/STEP]", default_value = "last")]
    what: String,
    /// What was chosen up to a moment, as `RUN@SEQ`, or `@SEQ` for the last run
    #[arg(long, value_name = "RUN@SEQ", conflicts_with = "what")]
    at: Option<String>,
}

pub(super) async fn run(context: &Context, reach: &dyn Reach, args: &WhyArgs) -> CliResult {
    let what = args.at.as_ref().unwrap_or(&args.what);
    let (point, step) = match what.split_once('/') {
        Some((point, step)) => (point, Some(step)),
        None => (what.as_str(), None),
    };
    let (what, until) = if point.contains('@') {
        let (run, until) = locate(reach, point).await?;
        (
            step.map_or_else(|| run.to_string(), |step| format!("{run}/{step}")),
            until,
        )
    } else {
        (what.clone(), None)
    };
    let subject = subject::find(reach, &what).await?;
    let mut events = reach::events(reach, subject.run).await?;
    events.retain(|envelope| until.is_none_or(|until| envelope.seq <= until));
    let chosen: Vec<_> = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::ModelSelected {
                step,
                turn,
                selected,
            } if subject.step.as_ref().is_none_or(|wanted| wanted == step) => {
                Some((envelope.seq, step, *turn, selected))
            }
            _ => None,
        })
        .collect();
    let advice: Vec<_> = events
        .iter()
        .filter(|_| subject.step.is_none())
        .filter_map(|envelope| match &envelope.event {
            Event::AdviceAsked { ask, .. } => Some((envelope.seq, ask)),
            _ => None,
        })
        .collect();
    if context.out.form != Form::Text {
        let asked: Vec<Value> = advice
            .iter()
            .map(|(seq, ask)| {
                json!({
                    "seq": seq,
                    "about": ask.topic.words(),
                    "model": ask.selected.model,
                    "because": ask.selected.because,
                    "routed": ask.selected.routed,
                })
            })
            .collect();
        let all: Vec<Value> = chosen
            .iter()
            .map(|(seq, step, turn, selected)| {
                json!({
                    "seq": seq,
                    "step": step,
                    "turn": turn,
                    "model": selected.model,
                    "because": selected.because,
                    "routed": selected.routed,
                })
            })
            .collect();
        let document = json!({"run": subject.run, "advice": asked, "selected": all});
        context.out.document("models-why", document);
        return Ok(Exit::Ok);
    }
    for (_, ask) in &advice {
        let about = format!("{}:", ask.topic.words());
        context.out.data(&context.out.paint.strong(&about));
        for line in crate::cli::why::chosen(&ask.selected) {
            context.out.data(&line);
        }
    }
    if chosen.is_empty() && advice.is_empty() {
        context.out.talk("no model was chosen there");
    }
    for (_, step, turn, selected) in chosen {
        context.out.data(
            &context
                .out
                .paint
                .strong(&format!("{step}, from turn {turn} on:")),
        );
        for line in crate::cli::why::chosen(selected) {
            context.out.data(&line);
        }
    }
    Ok(Exit::Ok)
}
