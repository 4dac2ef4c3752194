//! Plans that somebody reads, changes and agrees to, before a run does them as they stand.

use std::path::Path;

use async_trait::async_trait;
use venom_kernel::digest::BlobId;
use venom_kernel::id::RunId;
use venom_kernel::plan::Plan;
use venom_ports::api::plans::Plans;
use venom_ports::api::runs::ApiError;

use super::Planner;
use super::given::Given;
use crate::host::Host;

impl Host {
    /// Returns why a plan cannot be run in a workspace; nothing if it can.
    pub fn plan_faults(&self, plan: &Plan, workspace: &Path) -> Vec<String> {
        let planner = Planner {
            world: &self.world,
            schemas: &self.schemas,
        };
        planner.validated(workspace, plan).err().unwrap_or_default()
    }

    /// Keeps the plan of a run, or what somebody made of it, so that another run can be started with it:
    /// the name goes into the options of that run.
    pub async fn agree_to_plan(&self, run: RunId, plan: Option<Plan>) -> Result<BlobId, ApiError> {
        let state = self.fold(run, None).await?;
        let intent = state.intent().filter(|_| !state.plan().steps.is_empty());
        let Some(intent) = intent else {
            return Err(ApiError::NoSuchPart {
                run,
                what: "plan".to_owned(),
            });
        };
        let plan = plan.unwrap_or_else(|| state.plan().clone());
        let given = Given::new(intent.clone(), plan);
        Ok(given.keep(&self.world).await?)
    }
}

#[async_trait]
impl Plans for Host {
    fn faults(&self, plan: &Plan, workspace: &Path) -> Vec<String> {
        self.plan_faults(plan, workspace)
    }

    async fn agree(&self, run: RunId, plan: Option<Plan>) -> Result<BlobId, ApiError> {
        self.agree_to_plan(run, plan).await
    }
}
