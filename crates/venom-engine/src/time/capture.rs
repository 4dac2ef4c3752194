//! Capturing the workspace of a run: what is taken in, and the record of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use venom_kernel::change::{ChangeSet, ChangesRef};
use venom_kernel::digest::BlobId;
use venom_kernel::effect::{Failure, FailureKind};
use venom_kernel::id::{RunId, Seq, SnapshotId};
use venom_kernel::run::{LastSnapshot, RunState};
use venom_kernel::snapshot::{Cause, Parent, Record};
use venom_kernel::tree::TreePath;
use venom_ports::snapshot::{Captured, Scope};
use venom_ports::{Result, blob::BlobStore};

use crate::world::World;

/// The paths that steps of a run touched: they are captured even where ignore files exclude them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    sets: BTreeSet<BlobId>,
    paths: BTreeSet<TreePath>,
}

impl Touched {
    /// Adds the paths of change sets and returns all that are known.
    pub(crate) async fn with(
        &self,
        blobs: &dyn BlobStore,
        sets: &[ChangesRef],
    ) -> Result<Vec<TreePath>> {
        for set in sets {
            let is_known = {
                let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                known.sets.contains(&set.blob)
            };
            if is_known {
                continue;
            }
            let changes = read_changes(blobs, set).await?;
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for change in changes.changes() {
                if let Ok(path) = TreePath::from_bytes(change.path.as_str().as_bytes()) {
                    known.paths.insert(path);
                }
            }
            known.sets.insert(set.blob.clone());
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.paths.iter().cloned().collect())
    }
}

/// Reads a change set from the content store.
pub(crate) async fn read_changes(blobs: &dyn BlobStore, set: &ChangesRef) -> Result<ChangeSet> {
    let bytes = blobs.get(&set.blob).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(
            FailureKind::Corrupt,
            format!("a change set cannot be read: {error}"),
        )
    })
}

/// What a capture depends on, taken from the state when it is ordered.
pub(crate) struct Moment {
    run: RunId,
    cause: Cause,
    last: Option<LastSnapshot>,
    sets: Vec<ChangesRef>,
}

impl Moment {
    /// Takes what is needed from a state.
    pub(crate) fn of(run: RunId, state: &RunState, cause: Cause) -> Self {
        Self {
            run,
            cause,
            last: state.snapshots().last,
            sets: state
                .steps()
                .filter_map(|(_, step)| step.changes.clone())
                .collect(),
        }
    }

    /// Captures the workspace. Number and position of the record are set by the kernel.
    pub(crate) async fn capture(
        &self,
        world: &World,
        touched: &Touched,
        root: &Path,
    ) -> Result<Box<Record>> {
        let also = touched.with(world.blobs.as_ref(), &self.sets).await?;
        let captured = snapshots(world)?
            .capture(&Scope {
                also,
                ..Scope::of(root)
            })
            .await?;
        self.record(world, captured).await
    }

    /// Makes the record of what was captured.
    pub(crate) async fn record(&self, world: &World, captured: Captured) -> Result<Box<Record>> {
        let parent = match self.last {
            Some(last) => {
                let changed = if last.tree == captured.tree {
                    0
                } else {
                    let differences = snapshots(world)?
                        .compare(Some(last.tree), Some(captured.tree))
                        .await?;
                    differences.len() as u64
                };
                Some(Parent {
                    id: last.id,
                    tree: last.tree,
                    changed,
                })
            }
            None => None,
        };
        Ok(Box::new(Record {
            version: Record::VERSION,
            id: SnapshotId::new(0),
            run: self.run,
            seq: Seq::ZERO,
            taken: world.clock.now(),
            cause: self.cause,
            tree: captured.tree,
            times: captured.times,
            parent,
            counts: captured.counts,
            partial: captured.partial,
            repositories: captured.repositories,
        }))
    }
}

/// Returns what takes snapshots. `Unavailable` where nothing does.
pub(crate) fn snapshots(world: &World) -> Result<&dyn venom_ports::snapshot::Snapshots> {
    world.snapshots.as_deref().ok_or_else(|| {
        Failure::new(
            FailureKind::Unavailable,
            "snapshots are turned off, so that nothing can be gone back to",
        )
        .with_hint("set `snapshots.enabled` to true")
    })
}
