//! The report of a run: a fold over its events, nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use venom_kernel::change::ChangeSet;
use venom_kernel::digest::canonical;
use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{ApprovalReason, Envelope, Event, Outcome, SkipReason, StepFailure};
use venom_kernel::evidence::{self, Comparison, Evidence, Verdict};
use venom_kernel::id::{EffectId, RunId, StepId};
use venom_kernel::plan::{Check, Step};
use venom_kernel::run::{RunState, StepState, StepStatus};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::api::report::{
    AgentReport, Finding, Note, OpenApproval, OpenQuestion, Report, StepReport, TestRun, Unmet,
    Verification,
};
use venom_ports::api::runs::ApiError;
use venom_ports::{Failure, FailureKind};

use crate::perform::read_payload;
use crate::world::World;

/// Makes the report of a run from its events.
pub(crate) async fn make(
    world: &World,
    run: RunId,
    events: &[Envelope],
) -> Result<Report, ApiError> {
    let state =
        RunState::fold(events.iter().map(|envelope| &envelope.event)).map_err(|illegal| {
            Failure::new(FailureKind::Corrupt, illegal.to_string())
                .with_hint("run `venom log verify` to find the damage")
        })?;
    let facts = Facts::of(events);
    let started = state.started();
    let mut report = Report {
        run,
        seq: state.seq(),
        goal: started.map(|s| s.goal.clone()).unwrap_or_default(),
        workspace: started
            .map(|s| s.workspace.root.clone())
            .unwrap_or_default(),
        copy_of: started.and_then(|s| s.workspace.copy_of.clone()),
        outcome: state.outcome().cloned(),
        paused: state.is_paused(),
        started: facts.first,
        took: facts.last.since(facts.first),
        cost: state.budget().spent().money,
        quote: state.quote().copied(),
        steps: Vec::new(),
        fixed: Vec::new(),
        fixes_verified: None,
        left: Vec::new(),
        tests: Vec::new(),
        changed: changed_files(world, &state).await?,
        commits: Vec::new(),
        notes: Vec::new(),
        unmet: Vec::new(),
        preferred: state.preferred().cloned().collect(),
        questions: questions(&state),
        approvals: approvals(&state),
        isolation: facts.isolation,
        can_undo: state.outcome().is_some()
            && state.snapshots().taken > 0
            && state.steps().any(|(_, step)| step.changes.is_some()),
        digest: state.outcome_digest(),
    };
    for (step, known) in state.steps() {
        report.steps.push(StepReport {
            id: step.id.to_string(),
            title: step.title.clone(),
            action: format!("{}.{}", step.skill, step.action),
            status: known.status.word().to_owned(),
            why: why(known),
            took: facts.took.get(&step.id).copied().unwrap_or_default(),
            attempts: known.attempt,
            agent: known.agent.as_ref().map(|agent| AgentReport {
                model: agent.model().model.to_string(),
                turns: agent.turn(),
                calls: agent.acts(),
                tokens: agent.usage().tokens(),
                cost: agent.spent(),
            }),
        });
        let result = read_payload(world, &known.result).await?;
        add_tests(&mut report, &state, step, known);
        add_findings(&mut report, &result, known);
        add_unmet(&mut report, step, known);
        report
            .commits
            .extend(known.evidence.iter().filter_map(|fact| match fact {
                Evidence::Commit { id } => Some(id.clone()),
                Evidence::Exit { .. }
                | Evidence::Tests(_)
                | Evidence::NotRun { .. }
                | Evidence::Findings(_)
                | Evidence::Fixes(_)
                | Evidence::Lint { .. }
                | Evidence::Rerun { .. }
                | Evidence::Observed { .. } => None,
            }));
        if let Some(text) = result.get("text").and_then(Value::as_str)
            && !text.trim().is_empty()
            && tells_what_happened(known)
        {
            report.notes.push(Note {
                title: step.title.clone(),
                text: text.to_owned(),
            });
        }
    }
    report.fixes_verified = fixes_verified(&state);
    report.fixed.sort();
    report.left.sort();
    report.left.dedup();
    add_outcome(&mut report, &state);
    Ok(report)
}

/// A result speaks of edits as done; when they were not committed, or were taken back, it is wrong.
fn tells_what_happened(known: &StepState) -> bool {
    let judged = matches!(known.status, StepStatus::Failed(StepFailure::Checks(_)));
    (known.status.is_done() || judged) && !known.restored
}

/// What the events say that the state forgets.
struct Facts {
    first: Timestamp,
    last: Timestamp,
    took: BTreeMap<StepId, Millis>,
    isolation: Vec<String>,
}

impl Facts {
    fn of(events: &[Envelope]) -> Self {
        let mut begun: BTreeMap<&StepId, Timestamp> = BTreeMap::new();
        let mut took = BTreeMap::new();
        let mut calls: BTreeSet<EffectId> = BTreeSet::new();
        let mut isolation = BTreeSet::new();
        for envelope in events {
            match &envelope.event {
                Event::StepStarted { step, .. } => {
                    begun.insert(step, envelope.time);
                }
                Event::StepVerified { step, .. } | Event::StepFailed { step, .. } => {
                    if let Some(from) = begun.get(step) {
                        took.insert(step.clone(), envelope.time.since(*from));
                    }
                }
                Event::EffectStarted {
                    id,
                    kind:
                        EffectKind::Call { .. } | EffectKind::Act { .. } | EffectKind::Prove { .. },
                    ..
                } => {
                    calls.insert(*id);
                }
                Event::EffectFinished {
                    id,
                    outcome: EffectOutcome::Done(done),
                    ..
                } if calls.contains(id) => {
                    isolation.extend(done.receipt.iter().map(|receipt| receipt.tier));
                }
                Event::EffectStarted { .. }
                | Event::EffectFinished { .. }
                | Event::RunStarted(_)
                | Event::IntentParsed { .. }
                | Event::ClarificationAsked { .. }
                | Event::ClarificationAnswered { .. }
                | Event::AdviceAsked { .. }
                | Event::AdviceForgone { .. }
                | Event::AdviceGiven { .. }
                | Event::PlansCompared { .. }
                | Event::PlanGenerated { .. }
                | Event::Quoted { .. }
                | Event::PolicyDecided { .. }
                | Event::ApprovalAsked { .. }
                | Event::ApprovalGiven { .. }
                | Event::ApprovalDenied { .. }
                | Event::EffectInDoubt { .. }
                | Event::AgentCreated { .. }
                | Event::ModelSelected { .. }
                | Event::ToolRefused { .. }
                | Event::BudgetReserved { .. }
                | Event::BudgetSettled { .. }
                | Event::BudgetCounted { .. }
                | Event::BudgetLimited { .. }
                | Event::FeedbackGiven { .. }
                | Event::ConflictFound { .. }
                | Event::StepExecuted { .. }
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
                | Event::RunCancelled { .. }
                | Event::RunFinished { .. } => {}
            }
        }
        Self {
            first: events.first().map(|e| e.time).unwrap_or_default(),
            // What was done with the workspace afterwards is no work of the run.
            last: events
                .iter()
                .rev()
                .find(|e| !e.event.is_afterword())
                .map(|e| e.time)
                .unwrap_or_default(),
            took,
            isolation: isolation.iter().map(ToString::to_string).collect(),
        }
    }
}

async fn changed_files(world: &World, state: &RunState) -> Result<Vec<String>, ApiError> {
    let mut changed = BTreeSet::new();
    for (_, known) in state.steps() {
        if known.changes.is_none() {
            continue;
        }
        for changes in known.edits() {
            let bytes = world.blobs.get(&changes.blob).await?;
            let set: ChangeSet = serde_json::from_slice(&bytes).map_err(|error| {
                Failure::new(
                    FailureKind::Corrupt,
                    format!("a change set cannot be read: {error}"),
                )
            })?;
            changed.extend(set.changes().iter().map(|change| change.path.to_string()));
        }
    }
    Ok(changed.into_iter().collect())
}

fn why(known: &StepState) -> Option<String> {
    match &known.status {
        StepStatus::Failed(failure) => Some(failure_text(failure)),
        StepStatus::Skipped(SkipReason::Missing { need, cure }) => {
            Some(format!("needs {need}; {cure}"))
        }
        StepStatus::Skipped(SkipReason::Behind(step)) => Some(format!("`{step}` was not done")),
        StepStatus::Skipped(SkipReason::Cancelled) => Some("the run was cancelled".to_owned()),
        StepStatus::Unproven => known
            .checks
            .iter()
            .find_map(|judged| match &judged.verdict {
                Verdict::Unproven(why) => Some(why.clone()),
                Verdict::Held | Verdict::Broken(_) => None,
            }),
        StepStatus::Asked(id) => Some(format!("waits for approval {id}")),
        StepStatus::Waiting | StepStatus::Ready | StepStatus::Running(_) | StepStatus::Verified => {
            None
        }
    }
}

/// Says why a step failed.
fn failure_text(failure: &StepFailure) -> String {
    match failure {
        StepFailure::Effect(failure) => match &failure.hint {
            Some(hint) => format!("{}; {hint}", failure.message),
            None => failure.message.clone(),
        },
        StepFailure::Checks(checks) => {
            let broken = checks.iter().filter_map(|judged| match &judged.verdict {
                Verdict::Broken(why) => Some(why.as_str()),
                Verdict::Held | Verdict::Unproven(_) => None,
            });
            broken.collect::<Vec<_>>().join("; ")
        }
        StepFailure::Conflict(paths) => {
            format!(
                "somebody else changed {}; nothing was overwritten",
                paths.join(", ")
            )
        }
        StepFailure::Denied(why) => format!("not approved: {why}"),
        StepFailure::InDoubt => "it is not known whether it happened".to_owned(),
        StepFailure::OutOfTime => "the run's time was over".to_owned(),
        StepFailure::Budget(what) => format!("the budget does not hold what comes next: {what}"),
    }
}

fn add_tests(report: &mut Report, state: &RunState, step: &Step, known: &StepState) {
    for fact in &known.evidence {
        match fact {
            Evidence::Tests(evidence) => report.tests.push(TestRun {
                step: step.id.to_string(),
                evidence: Some(evidence.clone()),
                not_run: None,
                comparison: comparison(state, step, known),
            }),
            Evidence::NotRun { what, why, cure } if what == "tests" => {
                let text = match cure {
                    Some(cure) => format!("{why}; {cure}"),
                    None => why.clone(),
                };
                report.tests.push(TestRun {
                    step: step.id.to_string(),
                    evidence: None,
                    not_run: Some(text),
                    comparison: None,
                });
            }
            Evidence::NotRun { .. }
            | Evidence::Exit { .. }
            | Evidence::Findings(_)
            | Evidence::Fixes(_)
            | Evidence::Commit { .. }
            | Evidence::Lint { .. }
            | Evidence::Rerun { .. }
            | Evidence::Observed { .. } => {}
        }
    }
}

/// Compares the tests of a step with those that it must not be worse than.
fn comparison(state: &RunState, step: &Step, known: &StepState) -> Option<Comparison> {
    let before = step.verify.iter().find_map(|check| match check {
        Check::TestsNotWorse { than, .. } => state.step(than),
        _ => None,
    });
    let before = before.map(|before| before.evidence.as_slice());
    evidence::compare(&known.evidence, before).filter(|comparison| !comparison.is_empty())
}

/// Reads `fixed` and `left` of a result that fixed weaknesses, or `findings` of one that only looked.
fn add_findings(report: &mut Report, result: &Value, known: &StepState) {
    let fixes = known
        .evidence
        .iter()
        .any(|fact| matches!(fact, Evidence::Fixes(_)));
    let looked = known
        .evidence
        .iter()
        .any(|fact| matches!(fact, Evidence::Findings(_)));
    if fixes {
        // Taken back means not fixed.
        let fixed = findings(result, "fixed");
        if known.restored || !known.status.is_done() {
            report.left.extend(fixed);
        } else {
            report
                .left
                .retain(|left| !fixed.iter().any(|f| same_place(f, left)));
            report.fixed.extend(fixed);
        }
        let left = findings(result, "left");
        report
            .left
            .retain(|old| !left.iter().any(|new| same_place(old, new)));
        report.left.extend(left);
    } else if looked && report.fixed.is_empty() {
        let found = findings(result, "findings");
        report
            .left
            .retain(|old| !found.iter().any(|new| same_place(old, new)));
        report.left.extend(found);
    }
}

fn same_place(one: &Finding, two: &Finding) -> bool {
    (&one.kind, &one.path, one.line) == (&two.kind, &two.path, two.line)
}

fn findings(result: &Value, key: &str) -> Vec<Finding> {
    let text = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let Some(items) = result.get(key).and_then(Value::as_array) else {
        return Vec::new();
    };
    items
        .iter()
        .map(|item| Finding {
            kind: text(item, "kind"),
            path: text(item, "path"),
            line: item
                .get("line")
                .and_then(Value::as_u64)
                .unwrap_or(0)
                .try_into()
                .unwrap_or(0),
            message: text(item, "message"),
            note: text(item, "note"),
        })
        .collect()
}

fn add_unmet(report: &mut Report, step: &Step, known: &StepState) {
    let (why, cure) = match &known.status {
        StepStatus::Skipped(SkipReason::Missing { need, cure }) => {
            (format!("it needs {need}"), Some(cure.clone()))
        }
        StepStatus::Failed(failure) => (failure_text(failure), None),
        StepStatus::Skipped(SkipReason::Behind(_) | SkipReason::Cancelled)
        | StepStatus::Waiting
        | StepStatus::Ready
        | StepStatus::Asked(_)
        | StepStatus::Running(_)
        | StepStatus::Verified
        | StepStatus::Unproven => return,
    };
    report.unmet.push(Unmet {
        part: step.title.clone(),
        why,
        cure,
    });
}

/// Fixes are verified when the step that guards them is: nothing else speaks for them.
fn fixes_verified(state: &RunState) -> Option<Verification> {
    let fixing: Vec<(&Step, &StepState)> = state
        .steps()
        .filter(|(_, known)| {
            known
                .evidence
                .iter()
                .any(|fact| matches!(fact, Evidence::Fixes(f) if !f.is_empty()))
        })
        .collect();
    if fixing.is_empty() {
        return None;
    }
    for (step, known) in fixing {
        let guards = state
            .steps()
            .filter(|(guard, _)| guard.restores.contains(&step.id));
        let mut guarded = false;
        for (_, guard) in guards {
            guarded = true;
            let reason = why(guard).unwrap_or_else(|| "its checks were not reached".to_owned());
            match (&guard.status, known.restored) {
                (_, true) => return Some(Verification::TakenBack(reason)),
                (StepStatus::Verified, false) => {}
                (_, false) => return Some(Verification::Unverified(reason)),
            }
        }
        if !guarded {
            return Some(Verification::Unverified(
                "no step checks the fixes".to_owned(),
            ));
        }
    }
    Some(Verification::Verified)
}

fn questions(state: &RunState) -> Vec<OpenQuestion> {
    state
        .open_questions()
        .map(|(id, question)| OpenQuestion {
            id: id.to_string(),
            question: question.clone(),
        })
        .collect()
}

fn approvals(state: &RunState) -> Vec<OpenApproval> {
    let is_over = state.outcome().is_some();
    state
        .open_approvals()
        .filter(|_| !is_over)
        .map(|(id, approval)| {
            let step = state.plan().step(&approval.step);
            let title = step.map(|step| step.title.clone());
            let action = match &approval.reason {
                ApprovalReason::Tool {
                    skill,
                    action,
                    with,
                    ..
                } => Some(format!("{skill}.{action} {with}")),
                ApprovalReason::Policy(_) | ApprovalReason::InDoubt(_) => step.map(|step| {
                    let params: String = canonical(&step.params).chars().take(500).collect();
                    format!("{}.{} {params}", step.skill, step.action)
                }),
            };
            OpenApproval {
                id: id.to_string(),
                step: approval.step.to_string(),
                title: title.unwrap_or_default(),
                action: action.unwrap_or_default(),
                why: match &approval.reason {
                    ApprovalReason::Policy(why) => why.clone(),
                    ApprovalReason::Tool { because, .. } => because.clone(),
                    ApprovalReason::InDoubt(why) => {
                        format!("it may have happened already ({why}); approving does it again")
                    }
                },
                subject: approval.subject,
            }
        })
        .collect()
}

/// Parts of the goal that the run as a whole did not meet.
fn add_outcome(report: &mut Report, state: &RunState) {
    let whole = |why: String, cure: Option<&str>| Unmet {
        part: report.goal.clone(),
        why,
        cure: cure.map(str::to_owned),
    };
    let unmet = match state.outcome() {
        Some(Outcome::Unplannable(reasons)) => whole(reasons.join("; "), None),
        Some(Outcome::OutOfScope) => whole(
            "no playbook does this".to_owned(),
            Some(
                "see what there is with `venom playbooks list`, or configure a model: `venom models add`",
            ),
        ),
        Some(Outcome::Unclear) => whole(
            "it did not become clear what is meant".to_owned(),
            Some(
                "say it in other words; `venom intent explain \"...\"` shows how words are understood",
            ),
        ),
        Some(
            Outcome::Succeeded
            | Outcome::Partial
            | Outcome::Failed
            | Outcome::Planned
            | Outcome::Cancelled,
        )
        | None => return,
    };
    report.unmet.push(unmet);
}
