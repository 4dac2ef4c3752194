//! Facts: what the events of all runs say about what is known.
//!
//! What users gave and decided stands in the memory's own log; both together fold to what is believed.

use async_trait::async_trait;
use venom_kernel::memory::fact::Saying;

use crate::Result;

/// What runs said.
#[async_trait]
pub trait Sayings: Send + Sync {
    /// Returns what events say about what is known, in the order of the log. Runs that were done elsewhere
    /// and runs that cannot be read any more say nothing.
    async fn sayings(&self) -> Result<Vec<Saying>>;
}
