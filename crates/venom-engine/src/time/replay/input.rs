//! What the log says was given to the kernel: for each event the inputs that may have led to it.

use venom_kernel::advice::Ask;
use venom_kernel::budget::{Basis, Counted};
use venom_kernel::effect::{EffectKind, Probed};
use venom_kernel::event::{Envelope, Event, Outcome, SkipReason, StepFailure};
use venom_kernel::id::{EffectId, StepId};
use venom_kernel::model::Usage;
use venom_kernel::plan::Plan;
use venom_kernel::run::{AgentReady, Input, Pause, Phase, RunState, Stage, StepStatus};
use venom_kernel::skill::Need;
use venom_ports::{Failure, FailureKind};

/// The inputs that may have led to the event at a position, the likeliest first.
pub(super) fn inputs(state: &RunState, events: &[Envelope], at: usize) -> Vec<Input> {
    let Some(envelope) = events.get(at) else {
        return Vec::new();
    };
    let mut inputs = Vec::new();
    match &envelope.event {
        Event::RunStarted(started) => inputs.push(Input::Requested(started.clone())),
        Event::IntentParsed { intent } => inputs.push(Input::Understood(intent.clone())),
        Event::ClarificationAnswered { id, answer, by } => inputs.push(Input::Answered {
            question: *id,
            answer: answer.clone(),
            by: by.clone(),
        }),
        // What is asked together is asked in one decision.
        Event::AdviceAsked { .. } | Event::AdviceForgone { .. } => {
            inputs.push(Input::AdviceWanted(asked(
                events.get(at..).unwrap_or_default(),
            )));
        }
        Event::AdviceGiven { effect, heard } => {
            let (usage, basis) = settled(events.get(at + 1), *effect);
            inputs.push(Input::Advised {
                effect: *effect,
                heard: heard.clone(),
                usage,
                basis,
            });
        }
        Event::PlansCompared { considered } => {
            inputs.push(Input::PlansCompared(considered.clone()));
        }
        Event::PlanGenerated { plan } => inputs.push(Input::Planned {
            plan: plan.clone(),
            absent: absent(plan, events.get(at..).unwrap_or_default()),
        }),
        Event::RunFinished {
            outcome: Outcome::Unplannable(reasons),
        } if state.phase() == Phase::Planning => {
            inputs.push(Input::PlanImpossible(reasons.clone()));
        }
        Event::EffectStarted {
            step,
            kind: EffectKind::Call { prepared },
            ..
        } => inputs.push(Input::Prepared {
            step: step.clone(),
            prepared: Ok(prepared.clone()),
        }),
        Event::StepFailed {
            step,
            why: StepFailure::Effect(failure),
            ..
        } if state
            .step(step)
            .is_some_and(|step| step.status == StepStatus::Running(Stage::Begun)) =>
        {
            inputs.push(Input::AgentReady {
                step: step.clone(),
                ready: Err(failure.clone()),
            });
            inputs.push(Input::Prepared {
                step: step.clone(),
                prepared: Err(failure.clone()),
            });
            inputs.push(Input::Captured {
                step: Some(step.clone()),
                captured: Err(failure.clone()),
            });
        }
        Event::EffectFinished {
            id,
            outcome,
            receipt,
        } => inputs.push(if is_thought(state, *id) {
            let (usage, basis) = settled(events.get(at + 1), *id);
            Input::Thought {
                effect: *id,
                outcome: outcome.clone(),
                usage,
                basis,
            }
        } else {
            Input::Ended {
                effect: *id,
                outcome: outcome.clone(),
                receipt: receipt.clone(),
            }
        }),
        Event::AgentCreated { step, setup } => {
            let counted = counted(events, at + 1, step, None);
            if let Some(Event::ModelSelected { selected, .. }) = events
                .get(at + 1 + counted.len())
                .map(|envelope| &envelope.event)
            {
                inputs.push(Input::AgentReady {
                    step: step.clone(),
                    ready: Ok(Box::new(AgentReady {
                        setup: (**setup).clone(),
                        selected: (**selected).clone(),
                        counted,
                    })),
                });
            }
        }
        Event::BudgetCounted { step, effect, .. } => inputs.push(Input::Counted {
            step: step.clone(),
            effect: *effect,
            counted: counted(events, at, step, *effect),
        }),
        Event::PolicyDecided {
            step,
            host: Some(host),
            ruling,
            because,
        } => inputs.push(Input::Reached {
            step: step.clone(),
            host: host.clone(),
            ruling: ruling.clone(),
            because: because.clone(),
        }),
        // The action has looked, and what it saw has to be agreed to.
        Event::PolicyDecided {
            step,
            host: None,
            because,
            ..
        } if state
            .step(step)
            .is_some_and(|step| step.status == StepStatus::Running(Stage::Begun)) =>
        {
            inputs.push(Input::Prepared {
                step: step.clone(),
                prepared: Ok(serde_json::json!({"asks": because})),
            });
        }
        Event::SnapshotCreated { snapshot, step, .. } => inputs.push(Input::Captured {
            step: step.clone(),
            captured: Ok(Box::new(snapshot.record().clone())),
        }),
        Event::EffectInDoubt { id, why } => inputs.push(Input::Probed {
            effect: *id,
            probed: Probed::Unknown(why.clone()),
        }),
        Event::ApprovalGiven { id, by } => inputs.push(Input::Decided {
            approval: *id,
            agreed: true,
            by: by.clone(),
            reason: None,
        }),
        Event::ApprovalDenied { id, by, reason } => inputs.push(Input::Decided {
            approval: *id,
            agreed: false,
            by: by.clone(),
            reason: reason.clone(),
        }),
        Event::RunPaused { by } => inputs.push(Input::PauseAsked {
            by: by.clone(),
            how: Pause::Finish,
        }),
        Event::RunResumed { by } => inputs.push(Input::ResumeAsked { by: by.clone() }),
        Event::RunCancelled { by } => inputs.push(Input::CancelAsked { by: by.clone() }),
        Event::ClarificationAsked { .. }
        | Event::Quoted { .. }
        | Event::PolicyDecided { host: None, .. }
        | Event::ApprovalAsked { .. }
        | Event::StepStarted { .. }
        | Event::EffectStarted { .. }
        | Event::ModelSelected { .. }
        | Event::ToolRefused { .. }
        | Event::BudgetReserved { .. }
        | Event::BudgetSettled { .. }
        | Event::BudgetLimited { .. }
        | Event::FeedbackGiven { .. }
        | Event::ConflictFound { .. }
        | Event::StepExecuted { .. }
        | Event::StepVerified { .. }
        | Event::StepFailed { .. }
        | Event::StepSkipped { .. }
        | Event::Restored { .. }
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
        | Event::LogRepaired { .. } => {}
        // The end was not captured, and the run ended all the same.
        Event::RunFinished { .. } => inputs.push(Input::Captured {
            step: None,
            captured: Err(Failure::new(FailureKind::Unavailable, "not captured")),
        }),
    }
    // A run that was taken up again goes on where it stood.
    inputs.push(Input::Recovered);
    inputs
}

/// Returns the questions that were put to models together, from the first one on.
fn asked(events: &[Envelope]) -> Vec<Ask> {
    events
        .iter()
        .map_while(|envelope| match &envelope.event {
            Event::AdviceAsked { ask, .. } | Event::AdviceForgone { ask, .. } => {
                Some(Some((**ask).clone()))
            }
            Event::BudgetReserved { .. } => Some(None),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Tells whether an effect asks a model.
fn is_thought(state: &RunState, id: EffectId) -> bool {
    state
        .open_effects()
        .any(|(open, effect)| open == id && matches!(effect.kind, EffectKind::Think { .. }))
}

/// Returns what a call of a model used, as the event behind its end says.
fn settled(next: Option<&Envelope>, id: EffectId) -> (Usage, Basis) {
    match next.map(|envelope| &envelope.event) {
        Some(Event::BudgetSettled {
            effect,
            usage,
            basis,
            ..
        }) if *effect == id => match basis {
            // That a count cannot be is decided again.
            Basis::Reserved => (*usage, Basis::Told),
            Basis::Told | Basis::Heard => (*usage, *basis),
        },
        _ => (Usage::default(), Basis::Told),
    }
}

/// Returns what was counted together from a position on: each window once, the day first.
fn counted(
    events: &[Envelope],
    from: usize,
    of: &StepId,
    for_call: Option<EffectId>,
) -> Vec<Counted> {
    let mut counted: Vec<Counted> = Vec::new();
    for envelope in events.iter().skip(from) {
        let Event::BudgetCounted {
            step,
            window,
            since,
            elsewhere,
            effect,
        } = &envelope.event
        else {
            break;
        };
        let is_next = counted.last().is_none_or(|last| last.window < *window);
        if step != of || *effect != for_call || !is_next {
            break;
        }
        counted.push(Counted {
            window: *window,
            since: *since,
            elsewhere: *elsewhere,
        });
    }
    counted
}

/// What was not there when the plan was made: the steps that were skipped right after it say so.
fn absent(plan: &Plan, events: &[Envelope]) -> Vec<Need> {
    events
        .iter()
        .skip(2)
        .map_while(|envelope| match &envelope.event {
            Event::StepSkipped { step, why } => Some((step, why)),
            _ => None,
        })
        .filter_map(|(step, why)| match why {
            SkipReason::Missing { need, .. } => plan
                .step(step)?
                .needs
                .iter()
                .find(|known| known.to_string() == *need)
                .cloned(),
            SkipReason::Behind(_) | SkipReason::Cancelled => None,
        })
        .collect()
}
