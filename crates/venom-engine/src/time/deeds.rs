//! Deeds: what a run itself did to its workspace, path by path, as its log tells it.
//!
//! Edits that the engine committed are known exactly, by their change sets. What a command did to the
//! workspace directly (version control does) is known from the snapshots before and after it. Edits of
//! anybody else are in neither, so that taking deeds back never takes back what is not the run's.

use std::collections::{BTreeMap, BTreeSet};

use venom_kernel::change::{ChangeSet, ChangesRef, EntryState, FileState};
use venom_kernel::confine::Mount;
use venom_kernel::effect::{EffectClass, EffectKind, EffectOutcome, Failure, FailureKind};
use venom_kernel::event::{Envelope, Event};
use venom_kernel::id::{EffectId, Seq, StepId};
use venom_kernel::plan::{Plan, Step};
use venom_kernel::policy::Ruling;
use venom_kernel::snapshot::{Cause, Repository};
use venom_kernel::tree::{Entry, Folder, ObjectId, TreePath};
use venom_ports::Result;
use venom_ports::blob::BlobStore;

use super::capture::{read_changes, snapshots};
use super::patch::Edits;
use crate::world::World;

/// One step of a run's way through its workspace.
enum Deed {
    /// Edits that were committed, or taken back.
    Edits { changes: ChangesRef, reversed: bool },
    /// Everything that differs between two trees.
    Trees { before: ObjectId, after: ObjectId },
    /// What differs between two trees and no edit between them accounts for: a command worked on the
    /// workspace directly.
    Rest { before: ObjectId, after: ObjectId },
}

/// A call that was done.
pub(crate) struct Called<'a> {
    pub(crate) seq: Seq,
    pub(crate) step: &'a Step,
}

/// A snapshot or a rewind, as far as it says what the workspace was.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) seq: Seq,
    pub(crate) tree: ObjectId,
    pub(crate) times: Option<ObjectId>,
    pub(crate) repositories: Vec<Repository>,
}

/// What a log says about a run's workspace.
pub(crate) struct Deeds<'a> {
    done: Vec<(Seq, Deed)>,
    /// What the workspace is known to have been, oldest first.
    pub(crate) known: Vec<Known>,
    /// Calls that were done, oldest first.
    pub(crate) calls: Vec<Called<'a>>,
    /// Hosts that were reached.
    pub(crate) hosts: Vec<(Seq, String)>,
    /// Built files that were written and not recorded one by one.
    pub(crate) outputs: Vec<(Seq, u64)>,
    /// Snapshots that deeds are made of.
    pinned: BTreeSet<Seq>,
}

/// Returns the events with snapshots that were let go of by themselves.
pub(super) fn released(events: &[Envelope]) -> BTreeSet<Seq> {
    events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::SnapshotReleased { at, .. } => Some(*at),
            _ => None,
        })
        .collect()
}

impl<'a> Deeds<'a> {
    /// Reads a log.
    pub(crate) fn of(events: &'a [Envelope]) -> Self {
        let mut deeds = Self {
            done: Vec::new(),
            known: Vec::new(),
            calls: Vec::new(),
            hosts: Vec::new(),
            outputs: Vec::new(),
            pinned: BTreeSet::new(),
        };
        let released = released(events);
        let mut plan: Option<&Plan> = None;
        let mut open: BTreeMap<EffectId, (&StepId, &EffectKind, EffectClass)> = BTreeMap::new();
        // Since the last snapshot: whether a command worked on the workspace directly.
        let mut was_direct = false;
        let mut before_restore: Option<(Seq, ObjectId)> = None;
        for envelope in events {
            let seq = envelope.seq;
            match &envelope.event {
                Event::PlanGenerated { plan: made } => plan = Some(made),
                Event::EffectStarted {
                    id,
                    step,
                    kind,
                    class,
                } => {
                    open.insert(*id, (step, kind, *class));
                }
                Event::EffectFinished {
                    id,
                    outcome,
                    receipt,
                } => {
                    let Some((step, kind, class)) = open.remove(id) else {
                        continue;
                    };
                    let step = plan.and_then(|plan| plan.step(step));
                    let is_direct = class.may_write()
                        && step.is_some_and(|step| step.grants.mount == Mount::Direct);
                    let receipt = match outcome {
                        EffectOutcome::Done(done) => done.receipt.as_ref(),
                        EffectOutcome::Failed(_) | EffectOutcome::Stopped => receipt.as_ref(),
                    };
                    if let Some(receipt) = receipt.filter(|receipt| receipt.outputs > 0) {
                        deeds.outputs.push((seq, receipt.outputs));
                    }
                    match (kind, outcome) {
                        (
                            EffectKind::Call { .. }
                            | EffectKind::Act { .. }
                            | EffectKind::Prove { .. },
                            outcome,
                        ) => {
                            was_direct |= is_direct;
                            if let (EffectOutcome::Done(_), Some(step)) = (outcome, step) {
                                deeds.calls.push(Called { seq, step });
                            }
                        }
                        (EffectKind::Commit { changes }, EffectOutcome::Done(done))
                            if done.conflicts.is_empty() =>
                        {
                            deeds.edits(seq, changes, false);
                        }
                        (EffectKind::Restore { changes, .. }, EffectOutcome::Done(done))
                            if done.conflicts.is_empty() =>
                        {
                            deeds.edits(seq, changes, true);
                        }
                        _ => {}
                    }
                }
                Event::PolicyDecided {
                    host: Some(host),
                    ruling: Ruling::Allow,
                    ..
                } => deeds.hosts.push((seq, host.clone())),
                // Nothing that is counted below hangs on it: see `needed`.
                Event::SnapshotCreated { .. } if released.contains(&seq) => {}
                Event::SnapshotCreated { snapshot, .. } => {
                    let record = snapshot.record();
                    if was_direct && let Some(last) = deeds.known.last() {
                        let rest = Deed::Rest {
                            before: last.tree,
                            after: record.tree,
                        };
                        deeds.pinned.extend([last.seq, seq]);
                        deeds.done.push((seq, rest));
                    }
                    was_direct = false;
                    if record.cause == Cause::BeforeRestore {
                        before_restore = Some((seq, record.tree));
                    }
                    deeds.known.push(Known {
                        seq,
                        tree: record.tree,
                        times: Some(record.times),
                        repositories: record.repositories.clone(),
                    });
                }
                Event::Rewound {
                    tree, repositories, ..
                } => {
                    if let Some((taken, before)) = before_restore.take() {
                        deeds.pinned.insert(taken);
                        let trees = Deed::Trees {
                            before,
                            after: *tree,
                        };
                        deeds.done.push((seq, trees));
                    }
                    deeds.known.push(Known {
                        seq,
                        tree: *tree,
                        times: None,
                        repositories: repositories.clone(),
                    });
                }
                _ => {}
            }
        }
        deeds
    }

    fn edits(&mut self, seq: Seq, changes: &ChangesRef, reversed: bool) {
        let changes = changes.clone();
        self.done.push((seq, Deed::Edits { changes, reversed }));
    }

    /// Returns what the workspace was known to be at an event, or, if it was captured only later,
    /// then: before its first capture a run has changed nothing.
    pub(crate) fn known_at(&self, at: Seq) -> Option<&Known> {
        self.known
            .iter()
            .rev()
            .find(|known| known.seq <= at)
            .or_else(|| self.known.first())
    }

    /// Says why the snapshot of an event cannot be let go of by itself, if it cannot.
    pub(crate) fn needed(&self, at: Seq) -> Option<&'static str> {
        let place = self.known.iter().position(|known| known.seq == at)?;
        let Some(next) = self.known.get(place + 1).filter(|_| place > 0) else {
            return Some("it is the first or the last one, from which all between is known");
        };
        if self.pinned.contains(&at) {
            return Some(
                "it alone tells what commands or an earlier way back did to the files, which could not be taken back without it",
            );
        }
        let is_moved = self.calls.iter().any(|call| {
            let step = call.step;
            call.seq > at && call.seq < next.seq && step.grants.repository && step.class.may_write()
        });
        is_moved.then_some(
            "it tells where the git repositories stood before a step moved them, which could not be taken back without it",
        )
    }

    /// Returns the change sets of all deeds.
    pub(crate) fn change_sets(&self) -> Vec<ChangesRef> {
        let sets = self.done.iter().filter_map(|(_, deed)| match deed {
            Deed::Edits { changes, .. } => Some(changes.clone()),
            Deed::Trees { .. } | Deed::Rest { .. } => None,
        });
        sets.collect()
    }

    /// Adds up what was done after an event and not after `until`: for each path what was there
    /// before and what was left there. Paths that came to be what they were are left out.
    pub(crate) async fn net(
        &self,
        world: &World,
        after: Seq,
        until: Seq,
    ) -> Result<BTreeMap<TreePath, (Option<Entry>, Option<Entry>)>> {
        let mut net: BTreeMap<TreePath, (Option<Entry>, Option<Entry>)> = BTreeMap::new();
        let mut add = |path: TreePath, before: Option<Entry>, left: Option<Entry>| {
            net.entry(path).or_insert((before, left)).1 = left;
        };
        let blobs = world.blobs.as_ref();
        for (seq, deed) in &self.done {
            if *seq <= after || *seq > until {
                continue;
            }
            match deed {
                Deed::Edits { changes, reversed } => {
                    for (path, before, left) in edits(blobs, changes, *reversed).await? {
                        add(path, before, left);
                    }
                }
                Deed::Trees { before, after } => {
                    let found = snapshots(world)?
                        .compare(Some(*before), Some(*after))
                        .await?;
                    for difference in found {
                        add(difference.path, difference.before, difference.after);
                    }
                }
                Deed::Rest { before, after } => {
                    let told = self.between(blobs, *before, *seq).await?;
                    let found = snapshots(world)?
                        .compare(Some(*before), Some(*after))
                        .await?;
                    for difference in found {
                        if !told.contains_key(&difference.path) {
                            add(difference.path, difference.before, difference.after);
                        }
                    }
                }
            }
        }
        net.retain(|_, (before, left)| match (&before, &left) {
            (Some(before), Some(left)) => !before.is_same_shell(left),
            (before, left) => before.is_some() || left.is_some(),
        });
        Ok(net)
    }

    /// Returns the paths of the edits between the capture of a tree and an event.
    async fn between(&self, blobs: &dyn BlobStore, tree: ObjectId, seq: Seq) -> Result<Edits> {
        let from = self
            .known
            .iter()
            .rev()
            .find(|known| known.tree == tree && known.seq < seq)
            .map_or(Seq::ZERO, |known| known.seq);
        let mut told = Edits::new();
        for (at, deed) in &self.done {
            if let Deed::Edits { changes, reversed } = deed
                && *at > from
                && *at < seq
            {
                for (path, _, left) in edits(blobs, changes, *reversed).await? {
                    told.insert(path, left);
                }
            }
        }
        Ok(told)
    }
}

/// Returns the edits of a change set as entries of trees.
async fn edits(
    blobs: &dyn BlobStore,
    changes: &ChangesRef,
    reversed: bool,
) -> Result<Vec<(TreePath, Option<Entry>, Option<Entry>)>> {
    let mut set: ChangeSet = read_changes(blobs, changes).await?;
    if reversed {
        set = set.reversed();
    }
    let mut edits = Vec::with_capacity(set.changes().len());
    for change in set.changes() {
        let path = TreePath::from_bytes(change.path.as_str().as_bytes())
            .map_err(|error| Failure::new(FailureKind::Corrupt, error.to_string()))?;
        let before = entry(blobs, change.before.as_ref()).await?;
        let left = entry(blobs, change.after.as_ref()).await?;
        edits.push((path, before, left));
    }
    Ok(edits)
}

async fn entry(blobs: &dyn BlobStore, state: Option<&FileState>) -> Result<Option<Entry>> {
    let Some(state) = state else {
        return Ok(None);
    };
    let object = ObjectId::from(&state.blob);
    let mode = u16::try_from(state.mode & u32::from(Entry::MODE)).unwrap_or(0o644);
    Ok(Some(match state.entry {
        EntryState::File => Entry::File {
            blob: object,
            size: blobs.get(&state.blob).await?.len() as u64,
            mode,
        },
        EntryState::Link => Entry::Link { target: object },
        EntryState::Folder => Entry::Folder {
            tree: ObjectId::from(&blobs.id_of(&Folder::new().encode())),
            mode,
            is_partial: false,
        },
    }))
}
