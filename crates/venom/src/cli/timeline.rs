//! `venom timeline`: a run at a glance, moment by moment, with what can be gone back to.

use clap::Args;
use serde_json::json;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::Seq;
use venom_ports::api::time::SnapshotRow;

use super::context::Context;
use super::point::PointArgs;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};
use crate::wire::reach;

/// Show the moments of a run: decisions, steps, edits and snapshots
#[derive(Debug, Args)]
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    point: PointArgs,
}

/// One moment.
struct Moment {
    seq: Seq,
    since: String,
    mark: &'static str,
    what: String,
}

pub(super) fn run(context: &Context, args: &TimelineArgs) -> CliResult {
    context.with_reach(async |reach| {
        let (run, at) = args.point.find(reach).await?;
        let mut events = reach::events(reach, run).await?;
        if let Some(at) = at {
            events.retain(|envelope| envelope.seq <= at);
        }
        let moments = moments(&events);
        if context.out.form == Form::Text {
            let rows: Vec<Vec<String>> = moments
                .iter()
                .map(|moment| {
                    vec![
                        moment.seq.to_string(),
                        moment.since.clone(),
                        moment.mark.to_owned(),
                        moment.what.clone(),
                    ]
                })
                .collect();
            context.out.data(&table(&["EVENT", "AT", "", "WHAT"], &rows));
            context.out.talk(&format!(
                "look at a moment with `venom show {run}@EVENT`, go back to it with `venom rewind {run}@EVENT`"
            ));
        } else {
            let moments: Vec<_> = moments
                .iter()
                .map(|moment| {
                    json!({
                        "seq": moment.seq,
                        "at": moment.since,
                        "kind": moment.mark,
                        "what": moment.what,
                    })
                })
                .collect();
            context
                .out
                .document("timeline", json!({ "run": run, "moments": moments }));
        }
        Ok(Exit::Ok)
    })
}

/// Picks the events that a person would call moments.
fn moments(events: &[Envelope]) -> Vec<Moment> {
    let begun = events.first().map(|first| first.time).unwrap_or_default();
    let mut commits = std::collections::BTreeMap::new();
    let mut moments = Vec::new();
    for envelope in events {
        let told = match &envelope.event {
            Event::RunStarted(started) => Some(("goal", clean::short(&started.goal, 100))),
            Event::AdviceAsked { .. }
            | Event::AdviceForgone { .. }
            | Event::AdviceGiven { .. }
            | Event::PlansCompared { .. } => Some(("advice", event::what(&envelope.event))),
            Event::PlanGenerated { plan } => Some(("plan", format!("{} steps", plan.steps.len()))),
            Event::SnapshotCreated { snapshot, step, .. } => {
                let record = snapshot.record();
                let of = step.as_ref().map_or_else(
                    || record.cause.words().to_owned(),
                    |step| format!("{}: {step}", record.cause.words()),
                );
                let lacks = if record.partial.count > 0 {
                    format!(", {} not captured", record.partial.count)
                } else {
                    String::new()
                };
                Some((
                    "snapshot",
                    format!("{} {of}; {} files{lacks}", record.id, record.counts.files),
                ))
            }
            Event::EffectStarted {
                id,
                step,
                kind: EffectKind::Commit { changes },
                ..
            } => {
                commits.insert(*id, (step.clone(), changes.files));
                None
            }
            Event::EffectFinished {
                id,
                outcome: EffectOutcome::Done(_),
                ..
            } => commits
                .remove(id)
                .map(|(step, files)| ("edit", format!("{step} changed {files} files"))),
            Event::StepStarted { step, attempt } => Some((
                "step",
                if *attempt > 1 {
                    format!("{step} begins, attempt {attempt}")
                } else {
                    format!("{step} begins")
                },
            )),
            Event::EffectStarted {
                kind:
                    kind
                    @ (EffectKind::Think { .. } | EffectKind::Act { .. } | EffectKind::Prove { .. }),
                step,
                ..
            } => Some(("agent", format!("{step}: {}", event::kind_text(kind)))),
            Event::StepVerified { .. }
            | Event::AgentCreated { .. }
            | Event::ModelSelected { .. }
            | Event::ToolRefused { .. }
            | Event::StepFailed { .. }
            | Event::StepSkipped { .. }
            | Event::ConflictFound { .. }
            | Event::Restored { .. }
            | Event::ClarificationAsked { .. }
            | Event::ClarificationAnswered { .. }
            | Event::ApprovalAsked { .. }
            | Event::ApprovalGiven { .. }
            | Event::ApprovalDenied { .. }
            | Event::EffectInDoubt { .. }
            | Event::RewindStarted { .. }
            | Event::Rewound { .. }
            | Event::StateRewound { .. }
            | Event::Forked { .. }
            | Event::SkillLearned { .. }
            | Event::SkillDecided { .. }
            | Event::ContentsReleased { .. }
            | Event::SnapshotReleased { .. }
            | Event::PreferenceApplied { .. }
            | Event::PreferenceForgotten { .. }
            | Event::LogRepaired { .. }
            | Event::RunPaused { .. }
            | Event::RunResumed { .. }
            | Event::RunCancelled { .. }
            | Event::RunFinished { .. } => Some((
                kind(&envelope.event),
                format!("{} {}", envelope.event.name(), event::what(&envelope.event)),
            )),
            Event::IntentParsed { .. }
            | Event::Quoted { .. }
            | Event::PolicyDecided { .. }
            | Event::BudgetReserved { .. }
            | Event::BudgetSettled { .. }
            | Event::BudgetCounted { .. }
            | Event::BudgetLimited { .. }
            | Event::FeedbackGiven { .. }
            | Event::EffectStarted { .. }
            | Event::EffectFinished { .. }
            | Event::StepExecuted { .. } => None,
        };
        if let Some((mark, what)) = told {
            moments.push(Moment {
                seq: envelope.seq,
                since: format!("+{}", envelope.time.since(begun)),
                mark,
                what: clean::short(&what, 160),
            });
        }
    }
    moments
}

const fn kind(event: &Event) -> &'static str {
    match event {
        Event::StepVerified { .. } | Event::StepFailed { .. } | Event::StepSkipped { .. } => "step",
        Event::RewindStarted { .. }
        | Event::Rewound { .. }
        | Event::StateRewound { .. }
        | Event::Restored { .. } => "back",
        Event::RunFinished { .. } => "end",
        _ => "person",
    }
}

/// Says what a snapshot is in a row of a table.
pub(super) fn snapshot_row(row: &SnapshotRow) -> Vec<String> {
    let record = row.snapshot.record();
    vec![
        record.id.to_string(),
        row.seq.to_string(),
        event::time(record.taken),
        record.cause.words().to_owned(),
        row.step
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        record.counts.files.to_string(),
        record
            .parent
            .map_or_else(|| "all".to_owned(), |parent| parent.changed.to_string()),
        if record.partial.is_lacking {
            format!("partial: {} missing", record.partial.count)
        } else {
            String::new()
        },
    ]
}
