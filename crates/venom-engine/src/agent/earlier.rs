//! What was said before: a bounded view over the logs of the runs that a conversation consists of.

use venom_kernel::event::{Event, Outcome};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::plain;
use venom_kernel::redact::Redactor;
use venom_kernel::run::RunState;
use venom_ports::Result;

use crate::perform::read_payload;
use crate::world::World;

/// How many runs are looked back over. Chosen: what people refer to lies a few lines back.
const RUNS: usize = 8;
/// The most bytes of what one run came to.
const LONGEST: usize = 1_500;
/// The most bytes of all of it. It is paid for with every answer.
const MOST: usize = 8 << 10;
/// How many events are read at once.
const PAGE: usize = 1_000;
/// The most events of a run that are read. Chosen: a run of a thousand steps.
const EVENTS: u64 = 20_000;

/// Returns what was said and done in a run and those that it follows, the oldest first. What cannot be
/// read is left out: a conversation goes on without it.
pub(crate) async fn told(world: &World, follows: Option<RunId>) -> String {
    let mut turns = Vec::new();
    let mut length = 0_usize;
    let mut next = follows;
    while let Some(run) = next.take()
        && turns.len() < RUNS
    {
        let (turn, before) = match turn(world, run).await {
            Ok(told) => told,
            Err(failure) => {
                tracing::warn!(%run, %failure, "an earlier part of the conversation cannot be read");
                break;
            }
        };
        length = length.saturating_add(turn.len());
        if length > MOST {
            break;
        }
        turns.push(turn);
        next = before;
    }
    turns.reverse();
    turns.concat()
}

async fn turn(world: &World, run: RunId) -> Result<(String, Option<RunId>)> {
    let mut state = RunState::default();
    loop {
        let page = world.log.read(run, state.seq(), PAGE).await?;
        let is_last = page.len() < PAGE;
        for envelope in &page {
            // Afterwards, a workspace may have been brought back.
            if let Event::Rewound { .. } = &envelope.event {
                tracing::debug!(%run, "a run of the conversation was taken back");
            }
            if let Err(illegal) = state.evolve(&envelope.event) {
                return Err(venom_ports::Failure::new(
                    venom_ports::FailureKind::Corrupt,
                    illegal.to_string(),
                ));
            }
        }
        if is_last || state.seq() > Seq::new(EVENTS) {
            break;
        }
    }
    let goal = state.started().map(|started| started.goal.clone());
    let before = state.started().and_then(|started| started.options.follows);
    let mut text = format!("The user: {}\n", goal.unwrap_or_default());
    let outcome = match state.outcome() {
        Some(Outcome::Succeeded) => "done",
        Some(Outcome::Partial) => "partly done",
        Some(Outcome::Failed) => "failed",
        Some(Outcome::Planned) => "only planned",
        Some(Outcome::Unplannable(_)) => "no plan could be made",
        Some(Outcome::OutOfScope) => "out of scope",
        Some(Outcome::Unclear) => "it did not become clear",
        Some(Outcome::Cancelled) => "cancelled",
        None => "not at its end",
    };
    text.push_str("What came of it: ");
    text.push_str(outcome);
    if state.snapshots().rewound > 0 {
        text.push_str(", and taken back afterwards");
    }
    text.push('\n');
    for (step, known) in state.steps().filter(|(_, known)| known.status.is_done()) {
        let result = read_payload(world, &known.result).await?;
        let said = result.get("text").and_then(serde_json::Value::as_str);
        if let Some(said) = said.filter(|said| !said.trim().is_empty()) {
            let told = [step.title.as_str(), ": ", said.trim(), "\n"];
            text.push_str(&told.concat());
        }
    }
    Ok((bounded(&text), before))
}

fn bounded(text: &str) -> String {
    let text = Redactor::default().redact(&plain::text(text.as_bytes()));
    let mut short = String::new();
    for c in text.chars() {
        if short.len() >= LONGEST {
            short.push_str(" …\n");
            break;
        }
        short.push(c);
    }
    short
}
