//! What if: the work of a run's agents, asked of another model.
//!
//! The run that asks is a fork from before the first agent began, with a mark in its `Forked` event. It is
//! driven as any other run is; the [tape](super::tape) answers its calls as long as they are the same.

use venom_kernel::effect::{EffectKind, EffectOutcome};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::evidence::{Evidence, TestEvidence};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::Price;
use venom_kernel::money::MicroUsd;
use venom_kernel::run::RunState;
use venom_ports::api::runs::ApiError;
use venom_ports::api::time::{ForkWish, Moment as Point, Pair, WhatIf, WhatIfWish};
use venom_ports::{Failure, FailureKind};

use super::fork::{Way, fork};
use super::tape::Tape;
use crate::host::Host;

/// Makes the run that asks another model.
pub(super) async fn ask(
    host: &Host,
    from: RunId,
    wish: &WhatIfWish,
    by: &str,
) -> Result<RunId, ApiError> {
    let refused = |why: String| ApiError::Refused { run: from, why };
    let events = host.all_events(from).await?;
    let begun = events
        .iter()
        .find(|envelope| matches!(envelope.event, Event::AgentCreated { .. }))
        .map(|envelope| envelope.seq);
    let Some(begun) = begun else {
        return Err(refused(
            "no step of it was the work of a model, so that there is nothing to ask another one; `venom replay` without `--model` decides it again"
                .to_owned(),
        ));
    };
    let at = Seq::new(begun.number().saturating_sub(1).max(1));
    let state = fold(events.iter().filter(|envelope| envelope.seq <= at))?;
    let spent = state.budget().spent().money;
    let max_cost = wish
        .max_cost
        .map(|most| MicroUsd::new(spent.micros().saturating_add(most.micros())));
    let models = host.world.models.list();
    let is_paid = models
        .iter()
        .any(|info| info.id == wish.model && info.price != Price::FREE);
    let left = wish.max_cost.or_else(|| state.budget().left().money);
    if is_paid && left == Some(MicroUsd::ZERO) {
        return Err(refused(format!(
            "nothing is left to pay `{}` with: {spent} of what the run may spend were spent by event {at}; say with `--max-cost` what asking it may take",
            wish.model
        )));
    }
    let fork_wish = ForkWish {
        at: Some(at),
        model: Some(wish.model.clone()),
        max_cost,
        into: wish.into.clone(),
        ..ForkWish::default()
    };
    fork(host, from, &fork_wish, Way::WhatIf, by).await
}

/// Compares the run that asked another model with the one that it comes from.
pub(super) async fn compare(host: &Host, run: RunId) -> Result<WhatIf, ApiError> {
    let own = host.events_at(&Point { run, at: None }).await?;
    let forked = own.iter().rev().find_map(|envelope| match &envelope.event {
        Event::Forked {
            from,
            at,
            otherwise,
            ..
        } => Some((envelope.seq, *from, *at, (**otherwise).clone())),
        _ => None,
    });
    let Some((parted, from, at, otherwise)) = forked.filter(|(.., otherwise)| otherwise.what_if)
    else {
        return Err(ApiError::NoSuchPart {
            run,
            what: "other model that was asked in the place of one".to_owned(),
        });
    };
    let original = host
        .events_at(&Point {
            run: from,
            at: None,
        })
        .await?;
    let tape = Tape::of(&own, &original)
        .ok_or_else(|| Failure::new(FailureKind::Internal, "the run is no what-if after all"))?;
    let (repeated, made) = tape.counts();
    let (then, now) = (fold(&original)?, fold(&own)?);
    let before = fold(original.iter().filter(|envelope| envelope.seq <= at))?
        .budget()
        .spent()
        .money;
    let since = |state: &RunState| {
        let spent = state.budget().spent().money;
        MicroUsd::new(spent.micros().saturating_sub(before.micros()))
    };
    Ok(WhatIf {
        run,
        from,
        at,
        model: otherwise.model,
        repeated,
        made,
        parts_at: tape.parts_at().cloned(),
        cost: Pair {
            original: since(&then),
            what_if: since(&now),
        },
        answers: Pair {
            original: answers(&original, at),
            what_if: answers(&own, parted),
        },
        tests: Pair {
            original: last_tests(&original, at),
            what_if: last_tests(&own, parted),
        },
        outcome: Pair {
            original: then.outcome().cloned(),
            what_if: now.outcome().cloned(),
        },
    })
}

fn fold<'a>(events: impl IntoIterator<Item = &'a Envelope>) -> Result<RunState, ApiError> {
    let folded = RunState::fold(events.into_iter().map(|envelope| &envelope.event));
    Ok(folded.map_err(|illegal| {
        Failure::new(FailureKind::Corrupt, illegal.to_string())
            .with_hint("run `venom log verify` to find the damage")
    })?)
}

fn answers(events: &[Envelope], behind: Seq) -> u32 {
    let thoughts = events.iter().filter(|envelope| {
        envelope.seq > behind
            && matches!(
                &envelope.event,
                Event::EffectFinished { outcome: EffectOutcome::Done(done), .. } if done.reply.is_some()
            )
    });
    u32::try_from(thoughts.count()).unwrap_or(u32::MAX)
}

/// Returns what the tests said last. What ran again alone is no run of all tests.
fn last_tests(events: &[Envelope], behind: Seq) -> Option<TestEvidence> {
    events
        .iter()
        .rev()
        .take_while(|envelope| envelope.seq > behind)
        .find_map(|envelope| match &envelope.event {
            Event::EffectFinished {
                outcome: EffectOutcome::Done(done),
                ..
            } => done
                .evidence
                .iter()
                .rev()
                .find_map(|evidence| match evidence {
                    Evidence::Tests(tests) => Some(tests.clone()),
                    _ => None,
                }),
            _ => None,
        })
}

/// Tells whether a call is answered from the log where it was recorded. What changes this machine without
/// going through a change set is made again in the copy, so that the copy is what the call left behind.
pub(crate) fn is_answered(kind: &EffectKind, step: &venom_kernel::plan::Step) -> bool {
    use venom_kernel::effect::EffectClass;
    use venom_kernel::skill::Reach;
    let is_call = matches!(
        kind,
        EffectKind::Act { .. } | EffectKind::Prove { .. } | EffectKind::Call { .. }
    );
    let stays_here = match step.class {
        EffectClass::Pure | EffectClass::Reversible | EffectClass::Irreversible => false,
        EffectClass::Idempotent | EffectClass::Compensable | EffectClass::Rewriting => {
            step.reach == Reach::Local
        }
    };
    is_call && !stays_here
}

/// Tells whether a call could do something that the copy does not hold.
pub(crate) fn leaves_copy(kind: &EffectKind, step: &venom_kernel::plan::Step) -> bool {
    use venom_kernel::effect::EffectClass;
    use venom_kernel::skill::Reach;
    let is_call = matches!(
        kind,
        EffectKind::Act { .. } | EffectKind::Prove { .. } | EffectKind::Call { .. }
    );
    let is_far = step.reach != Reach::Local && step.class != EffectClass::Pure;
    is_call && (is_far || step.class == EffectClass::Irreversible)
}
