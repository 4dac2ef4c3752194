//! Models: what was learnt of them, what is thought of their work, and what was spent.

use std::collections::BTreeMap;

use async_trait::async_trait;
use venom_kernel::budget::{Amount, Caps, Window};
use venom_kernel::id::{RunId, Seq, StepId};
use venom_kernel::model::ModelId;
use venom_kernel::route::Record;
use venom_kernel::time::Timestamp;

use super::runs::ApiError;

/// What was spent in a day or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Which.
    pub window: Window,
    /// When it began.
    pub since: Timestamp,
    /// What all runs have spent and reserved in it.
    pub amount: Amount,
    /// The most that may be spent in it.
    pub caps: Caps,
}

/// What is known of models because runs have used them.
#[async_trait]
pub trait ModelRecords: Send + Sync {
    /// Returns what was learnt of each model that was ever called.
    async fn records(&self) -> Result<BTreeMap<ModelId, Record>, ApiError>;

    /// Says what somebody thinks of the work of a step's model, or of all models of a run, in
    /// thousandths: writes it into that run, and returns the position of that event.
    async fn rate(
        &self,
        run: RunId,
        step: Option<&StepId>,
        rating: u16,
        by: &str,
    ) -> Result<Seq, ApiError>;

    /// Returns what all runs have spent in this day and this month.
    async fn spent(&self) -> Result<Vec<Spent>, ApiError>;
}
