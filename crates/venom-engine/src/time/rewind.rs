//! Going back: the workspace of a run becomes again what it was, as far as the run changed it.
//!
//! Three trees decide, and all of them are made of what is there now: the target is the present with
//! the run's deeds taken back, the known one is the present as the run left it. A path that is neither
//! in the present was changed by somebody else and is left alone. So nothing but the run's own deeds
//! is ever taken back, and afterwards the workspace is the target, by the root of its tree.

use std::collections::BTreeSet;
use std::path::Path;

use venom_kernel::effect::EffectClass;
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Proposed, RunState};
use venom_kernel::snapshot::{Cause, Repository, Snapshot};
use venom_kernel::tree::{Entry, TreePath};
use venom_ports::api::time::{PathPlan, RewindPreview, RewindResult, RewindWish, Stays};
use venom_ports::snapshot::{
    Edits as Overwriting, Index, Lacks, Leave, RestorePlan, RestoreWish, Scope, TakenBack,
};
use venom_ports::{Failure, FailureKind, Result};

use super::capture::{Moment, Touched, snapshots};
use super::deeds::Deeds;
use super::patch::{Edits, patch};
use crate::world::World;

/// Most conflicts that an event lists, and owners that a report names. Chosen: a page.
const LISTED: usize = 200;

/// Everything that going back needs.
pub(crate) struct Way<'a> {
    world: &'a World,
    run: RunId,
    root: &'a Path,
    to: Seq,
    wish: &'a RewindWish,
    plan: RestorePlan,
    scope: Scope,
    repositories: Option<(Vec<Repository>, Vec<Repository>)>,
    stays: Vec<Stays>,
}

/// Finds the way back to an event.
pub(crate) async fn find<'a>(
    world: &'a World,
    run: RunId,
    root: &'a Path,
    events: &'a [Envelope],
    wish: &'a RewindWish,
) -> Result<Way<'a>> {
    let deeds = Deeds::of(events);
    let last = events.last().map_or(Seq::ZERO, |last| last.seq);
    let to = wish.to.unwrap_or(Seq::ZERO).min(last);
    let blobs = world.blobs.as_ref();
    let also = Touched::default().with(blobs, &deeds.change_sets()).await?;
    let scope = Scope {
        also,
        ..Scope::of(root)
    };
    let now = snapshots(world)?.capture(&scope).await?;
    let net = deeds.net(world, to, last).await?;
    let then = deeds.known_at(to);
    let kept = then.map(|known| known.tree);
    let back: Edits = net
        .iter()
        .map(|(path, (before, _))| (path.clone(), *before))
        .collect();
    let left: Edits = net
        .iter()
        .map(|(path, (_, left))| (path.clone(), *left))
        .collect();
    let target = patch(blobs, now.tree, &back, kept).await?;
    let known = patch(blobs, now.tree, &left, kept).await?;
    let restore = RestoreWish {
        scope: scope.clone(),
        known,
        to: target,
        // Old times would make build tools take what they built for up to date.
        times: None,
        only: wish.only.clone(),
        edits: if wish.overwrite {
            Overwriting::Overwrite
        } else {
            Overwriting::Keep
        },
        lacks: if wish.allow_partial {
            Lacks::Accept
        } else {
            Lacks::Refuse
        },
    };
    let plan = snapshots(world)?.plan_restore(&restore).await?;
    // References are taken back where the run worked on version control, and never for a part of the
    // files: the two would not fit together.
    let worked = deeds
        .calls
        .iter()
        .find(|call| call.seq > to && call.step.grants.repository && call.step.class.may_write());
    let repositories = match (worked, wish.only.is_empty()) {
        (Some(call), true) => {
            let before = deeds
                .known
                .iter()
                .rev()
                .find(|known| known.seq < call.seq && (known.seq <= to || to < call.seq));
            before
                .zip(deeds.known.last())
                // One whose data lie outside of the workspace is not noted.
                .filter(|(before, _)| !before.repositories.is_empty())
                .map(|(before, after)| (after.repositories.clone(), before.repositories.clone()))
        }
        (Some(_) | None, _) => None,
    };
    let stays = stays(&deeds, to, repositories.is_some(), &plan);
    Ok(Way {
        world,
        run,
        root,
        to,
        wish,
        plan,
        scope,
        repositories,
        stays,
    })
}

/// Lists what cannot be taken back.
fn stays(deeds: &Deeds<'_>, to: Seq, has_repositories: bool, plan: &RestorePlan) -> Vec<Stays> {
    let mut stays = Vec::new();
    for call in deeds.calls.iter().filter(|call| call.seq > to) {
        let step = call.step;
        let why = match step.class {
            EffectClass::Irreversible => "it cannot be taken back once it is done",
            EffectClass::Compensable | EffectClass::Rewriting
                if step.grants.repository
                    && !has_repositories
                    && deeds
                        .known_at(to)
                        .is_some_and(|known| known.repositories.is_empty()) =>
            {
                "where its repository stood is not recorded: its data lie outside of the workspace"
            }
            EffectClass::Compensable | EffectClass::Rewriting
                if !(step.grants.repository && has_repositories) =>
            {
                "nothing is recorded that takes it back"
            }
            EffectClass::Pure
            | EffectClass::Idempotent
            | EffectClass::Reversible
            | EffectClass::Compensable
            | EffectClass::Rewriting => continue,
        };
        stays.push(Stays {
            what: format!("{} ({}.{})", step.id, step.skill, step.action),
            why: why.to_owned(),
        });
    }
    let hosts: BTreeSet<&String> = deeds
        .hosts
        .iter()
        .filter(|(seq, _)| *seq > to)
        .map(|(_, host)| host)
        .collect();
    for host in hosts {
        stays.push(Stays {
            what: format!("what was sent to {host}"),
            why: "it has left this machine".to_owned(),
        });
    }
    let outputs: u64 = deeds
        .outputs
        .iter()
        .filter(|(seq, _)| *seq > to)
        .map(|(_, count)| count)
        .sum();
    if outputs > 0 {
        stays.push(Stays {
            what: format!("{outputs} built files"),
            why: "`.gitignore` excludes them, so they are not recorded; building again makes them again"
                .to_owned(),
        });
    }
    for (path, leave) in &plan.left {
        let why = match leave {
            Leave::NotCaptured(skip) => {
                format!("what was there was not captured: {}", skip.words())
            }
            Leave::NotCapturable(skip) => {
                format!("what is there now cannot be captured: {}", skip.words())
            }
            Leave::Ignored => {
                "`.gitignore` excludes it, so it is not known what was there".to_owned()
            }
        };
        stays.push(Stays {
            what: path.to_string(),
            why,
        });
    }
    stays
}

impl Way<'_> {
    /// Says what going back would do.
    pub(crate) fn preview(&self) -> RewindPreview {
        RewindPreview {
            run: self.run,
            to: self.to,
            paths: self.paths(),
            writes: self.plan.writes,
            removals: self.plan.removals,
            modes: self.plan.modes,
            bytes: self.plan.bytes,
            conflicts: self.conflicts(),
            repositories: self.moved(),
            stays: self.stays.clone(),
            is_large: self.plan.is_large(),
        }
    }

    fn paths(&self) -> Vec<PathPlan> {
        let steps = self.plan.steps.iter();
        steps
            .map(|step| PathPlan {
                path: step.path.to_string(),
                what: what(step.now.as_ref(), step.to.as_ref()).to_owned(),
            })
            .collect()
    }

    fn conflicts(&self) -> Vec<PathPlan> {
        if self.wish.overwrite {
            return Vec::new();
        }
        let conflicts = self.plan.conflicts.iter();
        conflicts
            .filter(|conflict| conflict.is_mutual())
            .map(|conflict| PathPlan {
                path: conflict.path.to_string(),
                what: match conflict.now {
                    Some(_) => "changed by somebody else since; left alone".to_owned(),
                    None => "removed by somebody else since; left alone".to_owned(),
                },
            })
            .collect()
    }

    /// Names the repositories that are not where they were.
    fn moved(&self) -> Vec<String> {
        let Some((known, to)) = &self.repositories else {
            return Vec::new();
        };
        to.iter()
            .filter(|then| {
                known.iter().any(|now| {
                    now.path == then.path && (now.refs != then.refs || now.head != then.head)
                })
            })
            .map(|then| {
                if then.path.is_root() {
                    ".".to_owned()
                } else {
                    then.path.to_string()
                }
            })
            .collect()
    }

    /// The events that say what is about to be done, with the present as it is captured for it.
    pub(crate) async fn intention(&self, state: &RunState, by: &str) -> Result<Vec<Proposed>> {
        let mut state = state.clone();
        let moment = Moment::of(self.run, &state, Cause::BeforeRestore);
        let now = snapshots(self.world)?.capture(&self.scope).await?;
        let mut record = *moment.record(self.world, now).await?;
        let started = Event::RewindStarted {
            to: self.to,
            by: by.to_owned(),
            only: self.wish.only.clone(),
            overwrites: self.wish.overwrite,
        };
        state
            .evolve(&started)
            .map_err(|illegal| Failure::new(FailureKind::Refused, illegal.to_string()))?;
        record.id = venom_kernel::id::SnapshotId::new(state.snapshots().taken.saturating_add(1));
        record.seq = state.seq();
        let created = Event::SnapshotCreated {
            snapshot: Box::new(Snapshot::seal(record)),
            step: None,
            state: state.checksum(),
        };
        let cause = Some(state.seq());
        Ok(vec![
            Proposed {
                event: started,
                cause: None,
            },
            Proposed {
                event: created,
                cause,
            },
        ])
    }

    /// Goes back from an event. Returns the event that says what was done, and the same for people.
    pub(crate) async fn go(&self, before: Seq) -> Result<(Event, RewindResult)> {
        let snapshots = snapshots(self.world)?;
        let mut stays = self.stays.clone();
        let mut compensated = Vec::new();
        if let Some((known, to)) = &self.repositories {
            // Before the files, so that the index fits what is then written.
            for back in snapshots
                .take_back(self.root, known, to, Index::Restore)
                .await?
            {
                told(&back, &mut compensated, &mut stays);
            }
        }
        let restored = snapshots.restore(&self.plan).await?;
        let now = snapshots.capture(&self.scope).await?;
        let done: BTreeSet<&TreePath> = restored.conflicts.iter().collect();
        let undone = self
            .plan
            .steps
            .iter()
            .filter(|step| !done.contains(&step.path))
            .map(|step| PathPlan {
                path: step.path.to_string(),
                what: what(step.now.as_ref(), step.to.as_ref()).to_owned(),
            })
            .collect();
        let mut conflicts = self.conflicts();
        for path in &restored.conflicts {
            let path = path.to_string();
            if !conflicts.iter().any(|known| known.path == path) {
                conflicts.push(PathPlan {
                    path,
                    what: "changed while it was being restored; left alone".to_owned(),
                });
            }
        }
        stays.extend(restored.taken.iter().take(LISTED).map(|path| {
            Stays {
            what: format!("the owner of {path}"),
            why: "it belonged to another user or group, and only an administrator may give it back"
                .to_owned(),
        }
        }));
        let listed = restored.conflicts.iter().take(LISTED).cloned().collect();
        let event = Event::Rewound {
            to: self.to,
            tree: now.tree,
            repositories: now.repositories,
            paths: restored.done,
            is_exact: restored.is_exact,
            conflicts: listed,
        };
        let result = RewindResult {
            run: self.run,
            to: self.to,
            before,
            undone,
            compensated,
            stays,
            conflicts,
            is_exact: restored.is_exact,
            tree: now.tree.to_string(),
        };
        Ok((event, result))
    }
}

/// Says what became of a repository.
fn told(back: &TakenBack, compensated: &mut Vec<String>, stays: &mut Vec<Stays>) {
    let place = if back.path.is_root() {
        "the repository".to_owned()
    } else {
        format!("the repository {}", back.path)
    };
    for name in &back.done {
        compensated.push(format!("{name} of {place}"));
    }
    for name in &back.conflicts {
        stays.push(Stays {
            what: format!("{name} of {place}"),
            why: "somebody else moved it since".to_owned(),
        });
    }
}

fn what(now: Option<&Entry>, to: Option<&Entry>) -> &'static str {
    match (now, to) {
        (None, _) => "comes back",
        (_, None) => "is removed",
        (Some(Entry::File { blob: now, .. }), Some(Entry::File { blob: to, .. })) if now == to => {
            "gets its mode back"
        }
        (Some(Entry::Folder { .. }), Some(Entry::Folder { .. })) => "gets its mode back",
        (Some(_), Some(_)) => "gets its content back",
    }
}
