//! A plan that somebody has read and agreed to: it is done as it stands.

use serde::{Deserialize, Serialize};
use venom_kernel::confidence::Confidence;
use venom_kernel::digest::BlobId;
use venom_kernel::event::RunStarted;
use venom_kernel::intent::Intent;
use venom_kernel::plan::Plan;
use venom_ports::{Failure, FailureKind, Result};

use crate::world::World;

/// The largest plan that is read. Chosen: far more than the most steps that a plan may have.
const LARGEST: usize = 64 << 20;

/// A plan with the intent that it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) intent: Intent,
    pub(crate) plan: Plan,
}

impl Given {
    /// Makes a plan ready to be given. Whoever agrees to a plan agrees to what it was understood from:
    /// nothing is asked about that any more.
    pub(crate) fn new(mut intent: Intent, plan: Plan) -> Self {
        intent.confidence = Confidence::CERTAIN;
        intent.remembered.clear();
        for goal in &mut intent.goals {
            goal.confidence = Confidence::CERTAIN;
            goal.missing.clear();
        }
        Self { intent, plan }
    }

    /// Keeps it.
    pub(crate) async fn keep(&self, world: &World) -> Result<BlobId> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        world.blobs.put(bytes).await
    }
}

/// Returns the plan that a run was given, if it was given one.
pub(crate) async fn of(world: &World, started: &RunStarted) -> Result<Option<Given>> {
    let Some(id) = &started.options.plan else {
        return Ok(None);
    };
    let bytes = world.blobs.get(id).await?;
    let read = (bytes.len() <= LARGEST)
        .then(|| serde_json::from_slice(&bytes).ok())
        .flatten();
    match read {
        Some(given) => Ok(Some(given)),
        None => Err(Failure::new(
            FailureKind::Corrupt,
            "the plan that was agreed to cannot be read",
        )
        .with_hint("make it again with `venom plan`")),
    }
}
