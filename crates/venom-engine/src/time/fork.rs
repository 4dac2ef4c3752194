//! Forking: a new run that begins with the events of another, in a copy of its workspace as it was.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use venom_kernel::agent::Selected;
use venom_kernel::event::{Event, Otherwise, WorkspaceInfo};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::Privacy;
use venom_kernel::plan::Plan;
use venom_kernel::run::{Phase, Proposed, RunState, Stage, StepStatus};
use venom_ports::api::runs::ApiError;
use venom_ports::api::time::{ForkWish, Moment as Point};
use venom_ports::blob::Belongs;
use venom_ports::log::{Batch, Provenance};
use venom_ports::snapshot::{Edits, Lacks, RestoreWish, Scope};
use venom_ports::{Failure, FailureKind};

use super::api::{failure, has_contents};
use super::capture::snapshots;
use super::compare::tree_at;
use super::deeds::released;
use super::replay::boundary;
use crate::host::Host;

/// Events that are appended together.
const TOGETHER: usize = 1_000;

/// What a fork is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It goes on by itself.
    On,
    /// It shows what another model would have done.
    WhatIf,
}

/// Makes a run of the events of another.
pub(super) async fn fork(
    host: &Host,
    from: RunId,
    wish: &ForkWish,
    way: Way,
    by: &str,
) -> Result<RunId, ApiError> {
    let refused = |why: String| ApiError::Refused { run: from, why };
    let is_copy = wish.into != host.world.copies
        && wish.into.starts_with(&host.world.copies)
        && !wish
            .into
            .components()
            .any(|part| part == Component::ParentDir);
    if !is_copy {
        return Err(refused(format!(
            "{} is not below {}, where copies of workspaces are made",
            wish.into.display(),
            host.world.copies.display()
        )));
    }
    let at = if wish.goal.is_some() {
        Some(Seq::new(1))
    } else {
        wish.at
    };
    let mut events = host.events_at(&Point { run: from, at }).await?;
    // Events of one decision are taken over together or not at all; another plan takes the place of what
    // was still to be decided.
    let wanted = events.last().map_or(Seq::ZERO, |last| last.seq);
    let complete = boundary(&events, wanted).await?;
    if complete > Seq::ZERO && wish.plan.is_none() {
        events.retain(|envelope| envelope.seq <= complete);
    }
    let Some(last) = events.last() else {
        return Err(ApiError::NoSuchRun(from.to_string()));
    };
    let at = last.seq;
    let state = RunState::fold(events.iter().map(|envelope| &envelope.event))
        .map_err(|illegal| Failure::new(FailureKind::Corrupt, illegal.to_string()))?;
    if state.phase() == Phase::Finished {
        return Err(refused(format!(
            "it has ended at event {at}, so that nothing would be left to do; name an earlier event, such as {from}@{}",
            at.number().saturating_sub(1).max(1)
        )));
    }
    if let Some((effect, _)) = state.open_effects().find(|(_, e)| !e.class.is_repeatable()) {
        return Err(refused(format!(
            "{effect} is under way at event {at} and must not be done twice; name an event before it began or after it ended"
        )));
    }
    let hash = host.world.log.hash_at(from, at).await?.ok_or_else(|| {
        Failure::new(
            FailureKind::Corrupt,
            format!("event {at} has no hash in the log"),
        )
    })?;
    has_contents(from, &host.fold(from, None).await?)?;
    let otherwise = otherwise(host, from, &state, wish, way)?;
    bring_files(host, from, at, wish).await?;
    let gone = released(&host.all_events(from).await?);
    let now = host.world.clock.now();
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
    let run = RunId::new(millis, host.world.entropy.random());
    host.world.of(run, Belongs::With(from))?;
    let is_foreign = host.world.log.provenance(from).await? != Provenance::Here;
    let mut prefix: Vec<Proposed> = events
        .into_iter()
        .map(|envelope| Proposed {
            event: envelope.event,
            cause: envelope.cause,
        })
        .collect();
    if let Some(Proposed {
        event: Event::RunStarted(started),
        ..
    }) = prefix.first_mut()
    {
        started.workspace = WorkspaceInfo {
            root: wish.into.display().to_string(),
            copy_of: Some(started.workspace.root.clone()),
        };
        if let Some(goal) = &wish.goal {
            started.goal = crate::host::usable_goal(goal)?;
            // What was allowed in advance was allowed for other words.
            started.options.approve_all = false;
        }
        if matches!(way, Way::WhatIf) {
            // What was allowed in advance was allowed to another model.
            started.options.approve_all = false;
        }
        if is_foreign {
            // What somebody else allowed on another machine is not allowed here.
            started.options.approve_all = false;
            started.policy = host.world.policy.clone();
            started.confinement = host.world.confinement.clone();
        }
    }
    prefix.push(Proposed {
        event: Event::Forked {
            from,
            at,
            hash,
            by: by.to_owned(),
            otherwise: Box::new(otherwise),
        },
        cause: None,
    });
    // What is gone of the other run is gone for this one.
    prefix.extend(
        gone.into_iter()
            .filter(|gone| *gone <= at)
            .map(|gone| Proposed {
                event: Event::SnapshotReleased {
                    at: gone,
                    by: by.to_owned(),
                },
                cause: None,
            }),
    );
    let lease = host.lease(run).await?;
    let mut expected = Seq::ZERO;
    let mut written = Ok(());
    for part in prefix.chunks(TOGETHER) {
        let batch = Batch {
            run,
            expected,
            fence: lease.fence,
            time: now,
            events: part.to_vec(),
        };
        match host.world.log.append(batch).await {
            Ok(envelopes) => expected = envelopes.last().map_or(expected, |last| last.seq),
            Err(error) => {
                written = Err(failure(error));
                break;
            }
        }
    }
    host.world.leases.release(&lease).await?;
    written?;
    // Whoever lets go of contents says so before it looks at what is needed. So either it has seen
    // this run's events, or its own event is seen here.
    has_contents(from, &host.fold(from, None).await?)?;
    Ok(run)
}

/// Finds out what the fork does in another way, and refuses what it could not.
fn otherwise(
    host: &Host,
    from: RunId,
    state: &RunState,
    wish: &ForkWish,
    way: Way,
) -> Result<Otherwise, ApiError> {
    let refused = |why: String| ApiError::Refused { run: from, why };
    let spent = state.budget().spent().money;
    if let Some(most) = wish.max_cost.filter(|most| *most < spent) {
        return Err(refused(format!(
            "{spent} are spent already, more than the {most} that the fork may spend; what is spent stays spent"
        )));
    }
    let mut thinkers = BTreeMap::new();
    if let Some(model) = &wish.model {
        let models = host.world.models.list();
        let info = models.iter().find(|info| info.id == *model);
        let info = info.ok_or_else(|| {
            refused(format!(
                "the model `{model}` is not configured; `venom models list` says which ones are"
            ))
        })?;
        let is_local = host.world.agents.routing.local_only
            || state.started().is_some_and(|s| s.options.local_only);
        if is_local && info.privacy != Privacy::Local {
            return Err(refused(format!(
                "nothing of this run may be sent to models of others, and `{model}` is one"
            )));
        }
        for step in &state.plan().steps {
            let known = state.step(&step.id).map(|known| &known.status);
            if known == Some(&StepStatus::Running(Stage::Working)) {
                let selected = Selected::of(info, "it was named for the fork");
                thinkers.insert(step.id.clone(), selected);
            }
        }
    }
    if let Some(plan) = &wish.plan {
        may_change_plan(host, from, state, plan, &wish.into)?;
    }
    Ok(Otherwise {
        model: wish.model.clone(),
        max_cost: wish.max_cost,
        thinkers,
        plan: wish.plan.clone(),
        what_if: way == Way::WhatIf,
    })
}

/// Refuses another plan where there is none to change, where a step is half done, and one that cannot be run.
fn may_change_plan(
    host: &Host,
    from: RunId,
    state: &RunState,
    plan: &Plan,
    into: &Path,
) -> Result<(), ApiError> {
    let refused = |why: String| ApiError::Refused { run: from, why };
    let at = state.seq();
    if state.phase() != Phase::Executing {
        return Err(refused(format!(
            "there is no plan at event {at} that could be changed; `venom timeline {from}` shows when it was made"
        )));
    }
    let half = state.steps().find(|(_, known)| {
        matches!(known.status, StepStatus::Running(_)) || state.open_effects().next().is_some()
    });
    if let Some((step, _)) = half {
        return Err(refused(format!(
            "`{}` is half done at event {at}; name an event before it began or after it ended, which `venom timeline {from}` shows",
            step.id
        )));
    }
    if let Some(fault) = host.plan_faults(plan, into).first() {
        return Err(refused(format!("the plan cannot be run: {fault}")));
    }
    Ok(())
}

/// Brings the copy of the workspace to what the workspace was.
async fn bring_files(host: &Host, from: RunId, at: Seq, wish: &ForkWish) -> Result<(), ApiError> {
    let all = host
        .events_at(&Point {
            run: from,
            at: None,
        })
        .await?;
    let world = host.world.of(from, Belongs::Known)?;
    let Some((tree, times)) = tree_at(&world, &all, at).await? else {
        // Never captured: the run has changed nothing, and the copy of the workspace is as it was.
        return match host.world.log.provenance(from).await? {
            Provenance::Here => Ok(()),
            Provenance::Imported | Provenance::Redacted => Err(ApiError::Refused {
                run: from,
                why: "it was imported and has no snapshot before that event, so that its files are not known"
                    .to_owned(),
            }),
        };
    };
    let snapshots = snapshots(&world)?;
    let scope = Scope::of(&wish.into);
    let now = snapshots.capture(&scope).await?;
    let restore = RestoreWish {
        scope,
        known: now.tree,
        to: tree,
        times,
        only: Vec::new(),
        edits: Edits::Overwrite,
        lacks: Lacks::Accept,
    };
    let plan = snapshots.plan_restore(&restore).await?;
    snapshots.restore(&plan).await?;
    Ok(())
}
