//! Preferences: what earlier answers decide, and forgetting them.

use std::path::Path;

use async_trait::async_trait;
use venom_kernel::id::Seq;
use venom_kernel::preference::Preference;

use super::runs::ApiError;

/// Preferences.
#[async_trait]
pub trait Preferences: Send + Sync {
    /// Lists what is preferred in a workspace, or in all of them, in the order in which it was answered.
    async fn preferences(&self, workspace: Option<&Path>) -> Result<Vec<Preference>, ApiError>;

    /// Forgets a preference: writes into the run that asked that its answer is not to be used any more,
    /// and returns the position of that event. What used it keeps what it did.
    async fn forget(&self, preference: &Preference, by: &str) -> Result<Seq, ApiError>;
}
