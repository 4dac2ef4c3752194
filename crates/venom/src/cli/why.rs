//! `venom why`: the chain of causes from an event back to the beginning of its run.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;
use venom_kernel::agent::Selected;
use venom_kernel::event::{Envelope, Event};
use venom_kernel::evidence::{Evidence, Verdict};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::plan::Step;
use venom_kernel::run::{RunState, StepState};

use super::context::Context;
use super::point::event_number;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Form, clean, event};
use crate::wire::reach::{self, Reach};

/// Explain why something happened: the chain of causes back to the goal
#[derive(Debug, Args)]
pub(crate) struct WhyArgs {
    /// An event (`RUN@SEQ`, or `SEQ` of the last run), a step, a run, or a run and then a step
    #[arg(value_name = "EVENT|STEP", required_unless_present = "at", num_args = 1..=2)]
    what: Vec<String>,
    /// The event, as `RUN@SEQ`, or `@SEQ` for the last run
    #[arg(long, value_name = "RUN@SEQ", conflicts_with = "what")]
    at: Option<String>,
}

/// What is to be explained.
struct Subject {
    run: RunId,
    events: Vec<Envelope>,
    state: RunState,
    at: Seq,
    step: Option<StepId>,
}

pub(super) fn run(context: &Context, args: &WhyArgs) -> CliResult {
    context.with_reach(async |reach| {
        let subject = match &args.at {
            Some(at) => find(reach, std::slice::from_ref(at)).await?,
            None => find(reach, &args.what).await?,
        };
        let chain = chain(&subject);
        if context.out.form != Form::Text {
            let links: Vec<_> = chain
                .iter()
                .map(|envelope| {
                    json!({
                        "seq": envelope.seq,
                        "time": envelope.time,
                        "event": envelope.event.name(),
                        "what": event::what(&envelope.event),
                        "because": because(&subject, envelope),
                    })
                })
                .collect();
            context.out.document(
                "why",
                json!({
                    "run": subject.run,
                    "seq": subject.at,
                    "step": subject.step,
                    "about": subject.step.as_ref().map(|step| about_step(&subject, step)),
                    "chain": links,
                }),
            );
            return Ok(Exit::Ok);
        }
        if let Some(step) = &subject.step {
            for line in about_step(&subject, step) {
                context.out.data(&line);
            }
            context.out.data("\n");
        }
        context
            .out
            .data(&context.out.paint.strong("Chain of causes, newest first:"));
        for envelope in &chain {
            context.out.data(&event::line(envelope));
            for line in because(&subject, envelope) {
                context.out.data(&format!("        {line}"));
            }
        }
        Ok(Exit::Ok)
    })
}

async fn find(reach: &dyn Reach, what: &[String]) -> Result<Subject, CliError> {
    let (run, rest) = match what {
        [one] => {
            if one.contains('@') {
                let (run, at) = super::point::locate(reach, one).await?;
                (run, at.map(|at| at.to_string()))
            } else {
                let last = reach.host().find("last").await?;
                if event_number(one).is_some() || is_step_of(reach, last, one).await? {
                    (last, Some(one.clone()))
                } else {
                    let run = reach.host().find(one).await.map_err(|_neither| {
                        CliError::usage(format!(
                            "`{}` is no step of the last run, no event and no run",
                            clean::short(one, 80)
                        ))
                        .code("no-such-part")
                        .hint("see steps and events with `venom log last`")
                    })?;
                    (run, None)
                }
            }
        }
        [run, rest] => (reach.host().find(run).await?, Some(rest.clone())),
        _ => {
            return Err(CliError::usage(
                "give an event, a step, or a run and a step",
            ));
        }
    };
    let events = reach::events(reach, run).await?;
    let state = reach.host().state(run, None).await?;
    let missing = |what: String| {
        CliError::usage(format!("run {run} has no {what}"))
            .code("no-such-part")
            .hint(format!("see its events with `venom log {run}`"))
    };
    let newest = events.last().map_or(Seq::ZERO, |last| last.seq);
    let (at, step) = match rest {
        None => (newest, None),
        Some(text) => match event_number(&text) {
            Some(number) if number <= newest.number() => (Seq::new(number), None),
            Some(number) => return Err(missing(format!("event {number}"))),
            None => {
                let step: StepId = text.parse().map_err(|_not_a_name| {
                    missing(format!("step `{}`", clean::short(&text, 80)))
                })?;
                let step =
                    step_named(&state, &step).ok_or_else(|| missing(format!("step `{step}`")))?;
                let last = events
                    .iter()
                    .rfind(|envelope| step_of(&envelope.event) == Some(&step));
                (last.map_or(newest, |last| last.seq), Some(step))
            }
        },
    };
    Ok(Subject {
        run,
        events,
        state,
        at,
        step,
    })
}

/// Tells whether a text names a step of a run.
pub(super) async fn is_step_of(
    reach: &dyn Reach,
    run: RunId,
    text: &str,
) -> Result<bool, CliError> {
    let Ok(step) = text.parse::<StepId>() else {
        return Ok(false);
    };
    let state = reach.host().state(run, None).await?;
    Ok(step_named(&state, &step).is_some())
}

/// Finds a step by its name, or by its name without the number of the goal before it if only one
/// fits.
pub(super) fn step_named(state: &RunState, name: &StepId) -> Option<StepId> {
    if state.step(name).is_some() {
        return Some(name.clone());
    }
    let mut fitting = state.steps().map(|(step, _)| &step.id).filter(|id| {
        id.as_str()
            .split_once('-')
            .is_some_and(|(number, rest)| number.parse::<u16>().is_ok() && rest == name.as_str())
    });
    let only = fitting.next()?;
    fitting.next().is_none().then(|| only.clone())
}

/// Returns the step that an event is about.
fn step_of(event: &Event) -> Option<&StepId> {
    match event {
        Event::PolicyDecided { step, .. }
        | Event::ApprovalAsked { step, .. }
        | Event::StepStarted { step, .. }
        | Event::AgentCreated { step, .. }
        | Event::ModelSelected { step, .. }
        | Event::ToolRefused { step, .. }
        | Event::BudgetReserved { step, .. }
        | Event::BudgetSettled { step, .. }
        | Event::BudgetCounted { step, .. }
        | Event::EffectStarted { step, .. }
        | Event::ConflictFound { step, .. }
        | Event::StepExecuted { step }
        | Event::StepVerified { step, .. }
        | Event::StepFailed { step, .. }
        | Event::StepSkipped { step, .. }
        | Event::Restored { step, .. } => Some(step),
        Event::SnapshotCreated { step, .. } | Event::FeedbackGiven { step, .. } => step.as_ref(),
        Event::RunStarted(_)
        | Event::IntentParsed { .. }
        | Event::ClarificationAsked { .. }
        | Event::ClarificationAnswered { .. }
        | Event::AdviceAsked { .. }
        | Event::AdviceForgone { .. }
        | Event::AdviceGiven { .. }
        | Event::PlansCompared { .. }
        | Event::PlanGenerated { .. }
        | Event::Quoted { .. }
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
        | Event::BudgetLimited { .. }
        | Event::LogRepaired { .. }
        | Event::ApprovalGiven { .. }
        | Event::ApprovalDenied { .. }
        | Event::EffectFinished { .. }
        | Event::EffectInDoubt { .. }
        | Event::RunPaused { .. }
        | Event::RunResumed { .. }
        | Event::RunCancelled { .. }
        | Event::RunFinished { .. } => None,
    }
}

/// Walks from the event to the beginning. An event without a cause follows from the first one: the
/// user's goal.
fn chain(subject: &Subject) -> Vec<&Envelope> {
    let by_seq: BTreeMap<Seq, &Envelope> = subject
        .events
        .iter()
        .map(|event| (event.seq, event))
        .collect();
    let first = subject.events.first().map_or(Seq::ZERO, |event| event.seq);
    let mut chain = Vec::new();
    let mut at = Some(subject.at);
    while let Some(envelope) = at.and_then(|seq| by_seq.get(&seq)) {
        chain.push(*envelope);
        at = match envelope.cause {
            // Causes lie before their effects; anything else would be damage, and a circle.
            Some(cause) if cause < envelope.seq => Some(cause),
            Some(_) | None => (envelope.seq > first).then_some(first),
        };
    }
    chain
}

/// Explains one link of the chain.
fn because(subject: &Subject, envelope: &Envelope) -> Vec<String> {
    match &envelope.event {
        Event::IntentParsed { intent } => intent
            .goals
            .iter()
            .map(|goal| {
                format!(
                    "\"{}\" means `{}` with confidence {}",
                    clean::short(&goal.text, 100),
                    clean::line(&goal.action),
                    goal.confidence
                )
            })
            .collect(),
        Event::ModelSelected { selected, .. } => chosen(selected),
        Event::StepStarted { step, .. } => subject
            .state
            .plan()
            .step(step)
            .map(waited)
            .into_iter()
            .collect(),
        Event::StepVerified { checks, .. } => checks
            .iter()
            .map(|judged| match &judged.verdict {
                Verdict::Held => format!("held: {}", judged.check),
                Verdict::Broken(why) => format!("broken: {}: {}", judged.check, clean::line(why)),
                Verdict::Unproven(why) => {
                    format!("not proven: {}: {}", judged.check, clean::line(why))
                }
            })
            .collect(),
        Event::RunFinished { .. } => subject
            .state
            .steps()
            .map(|(step, known)| format!("{}: {}", step.id, known.status.word()))
            .collect(),
        Event::AdviceAsked { ask, .. } => [clean::line(&ask.because)]
            .into_iter()
            .chain(chosen(&ask.selected))
            .collect(),
        Event::PlansCompared { considered } => {
            considered.iter().map(event::considered_text).collect()
        }
        Event::RunStarted(_)
        | Event::AdviceForgone { .. }
        | Event::AdviceGiven { .. }
        | Event::ClarificationAsked { .. }
        | Event::ClarificationAnswered { .. }
        | Event::PlanGenerated { .. }
        | Event::Quoted { .. }
        | Event::PolicyDecided { .. }
        | Event::ApprovalAsked { .. }
        | Event::ApprovalGiven { .. }
        | Event::ApprovalDenied { .. }
        | Event::AgentCreated { .. }
        | Event::ToolRefused { .. }
        | Event::BudgetReserved { .. }
        | Event::BudgetSettled { .. }
        | Event::BudgetCounted { .. }
        | Event::BudgetLimited { .. }
        | Event::FeedbackGiven { .. }
        | Event::EffectStarted { .. }
        | Event::EffectFinished { .. }
        | Event::EffectInDoubt { .. }
        | Event::ConflictFound { .. }
        | Event::StepExecuted { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::Restored { .. }
        | Event::SnapshotCreated { .. }
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
        | Event::RunCancelled { .. } => Vec::new(),
    }
}

/// Explains how a model came to think: the candidates with what was expected of them and drawn for
/// them, and why the others were not chosen.
pub(super) fn chosen(selected: &Selected) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {}",
        selected.model,
        clean::line(&selected.because)
    )];
    if let Some(routed) = &selected.routed {
        // The first line says the same as the one above.
        lines.extend(routed.choice.lines().into_iter().skip(1));
    }
    lines
}

fn waited(step: &Step) -> String {
    if step.depends_on.is_empty() {
        return "it waited for no other step".to_owned();
    }
    let names: Vec<&str> = step.depends_on.iter().map(StepId::as_str).collect();
    format!("it waited for {}", names.join(", "))
}

/// Explains how a step stands: policy, what it waited for, its checks and their evidence.
fn about_step(subject: &Subject, id: &StepId) -> Vec<String> {
    let Some((step, known)) = subject.state.steps().find(|(step, _)| step.id == *id) else {
        return Vec::new();
    };
    let mut lines = vec![
        format!("{id}: {}", clean::line(&step.title)),
        format!("  status: {}{}", known.status.word(), status_why(known)),
        format!("  action: {}.{}, {}", step.skill, step.action, step.class),
        format!("  order: {}", waited(step)),
    ];
    let ruled = subject
        .state
        .started()
        .map(|started| started.policy.rule(step));
    if let Some(ruled) = ruled {
        lines.push(format!(
            "  policy: {}, because {}",
            event::ruling_word(&ruled.ruling),
            clean::line(&ruled.because)
        ));
    }
    for judged in &known.checks {
        let verdict = match &judged.verdict {
            Verdict::Held => "held".to_owned(),
            Verdict::Broken(why) => format!("broken: {}", clean::line(why)),
            Verdict::Unproven(why) => format!("not proven: {}", clean::line(why)),
        };
        lines.push(format!("  check: {}: {verdict}", judged.check));
    }
    lines.extend(
        known
            .evidence
            .iter()
            .map(|fact| format!("  evidence: {}", fact_text(fact))),
    );
    if known.restored {
        lines.push("  its edits were taken back".to_owned());
    }
    lines
}

fn status_why(known: &StepState) -> String {
    use venom_kernel::run::StepStatus;
    match &known.status {
        StepStatus::Failed(why) => format!(": {}", event::failure(why)),
        StepStatus::Skipped(why) => format!(": {}", event::skipped(why)),
        StepStatus::Asked(id) => format!(": waits for {id}"),
        StepStatus::Waiting
        | StepStatus::Ready
        | StepStatus::Running(_)
        | StepStatus::Verified
        | StepStatus::Unproven => String::new(),
    }
}

fn fact_text(fact: &Evidence) -> String {
    let counts = |counts: &BTreeMap<String, u32>| {
        let parts: Vec<String> = counts
            .iter()
            .map(|(kind, count)| format!("{count} {}", clean::line(kind)))
            .collect();
        if parts.is_empty() {
            "none".to_owned()
        } else {
            parts.join(", ")
        }
    };
    match fact {
        Evidence::Exit { code: Some(code) } => format!("a command ended with exit code {code}"),
        Evidence::Exit { code: None } => "a signal ended a command".to_owned(),
        Evidence::Tests(tests) => format!(
            "{} ran {} tests: {} passed, {} failed, {} skipped{}",
            clean::line(&tests.runner),
            tests.ran(),
            tests.passed,
            tests.failed,
            tests.skipped,
            if tests.complete {
                ""
            } else {
                ", not to the end"
            }
        ),
        Evidence::NotRun { what, why, .. } => {
            format!("{} not run: {}", clean::line(what), clean::line(why))
        }
        Evidence::Findings(found) => format!("weaknesses found: {}", counts(found)),
        Evidence::Fixes(fixed) => format!("weaknesses fixed: {}", counts(fixed)),
        Evidence::Commit { id } => format!("commit {}", clean::short(id, 40)),
        Evidence::Lint { findings, more } => {
            let all = findings
                .values()
                .fold(u64::from(*more), |all, count| all + u64::from(*count));
            format!("the linter found {all}")
        }
        Evidence::Rerun { passed, failing } => {
            let names = |names: &[String]| {
                let names: Vec<String> = names.iter().map(|name| clean::short(name, 80)).collect();
                if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                }
            };
            format!(
                "failed tests ran again: passed: {}; failed: {}",
                names(passed),
                names(failing)
            )
        }
        Evidence::Observed { check, holds, saw } => {
            let holds = if *holds { "holds" } else { "does not hold" };
            format!("{check}: {holds}: {}", clean::short(saw, 160))
        }
    }
}
