//! Plans that somebody reads, changes and agrees to.

use std::path::Path;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;
use venom_kernel::plan::Plan;

use super::runs::ApiError;

/// Plans.
#[async_trait]
pub trait Plans: Send + Sync {
    /// Returns why a plan cannot be run in a workspace; nothing if it can. It may block for a moment.
    fn faults(&self, plan: &Plan, workspace: &Path) -> Vec<String>;

    /// Keeps the plan of a run, or what somebody made of it, so that another run can be started with it: the name goes
    /// into the options of that run.
    async fn agree(&self, run: RunId, plan: Option<Plan>) -> Result<BlobId, ApiError>;
}
