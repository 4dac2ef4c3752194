//! Preferences as users ask about them.
//!
//! They are a fold over what the runs' logs say, so that there is nothing to write but the wish to
//! forget one; that stands in the run whose answer it is.

use std::path::Path;

use async_trait::async_trait;
use venom_kernel::event::Event;
use venom_kernel::id::Seq;
use venom_kernel::preference::{self, Preference};
use venom_kernel::run::Proposed;
use venom_ports::api::preferences::Preferences;
use venom_ports::api::runs::ApiError;

use crate::host::Host;

#[async_trait]
impl Preferences for Host {
    async fn preferences(&self, workspace: Option<&Path>) -> Result<Vec<Preference>, ApiError> {
        let memories = self.world.projections.memories().await?;
        let mut known = preference::recalled(&memories);
        if let Some(workspace) = workspace {
            let workspace = workspace.display().to_string();
            known.retain(|known| known.workspace == workspace);
        }
        Ok(known)
    }

    async fn forget(&self, preference: &Preference, by: &str) -> Result<Seq, ApiError> {
        let source = &preference.source;
        let (lease, _, mut state) = self.take(source.run).await?;
        let event = Event::PreferenceForgotten {
            question: source.question,
            by: by.to_owned(),
        };
        let cause = Some(source.seq);
        let written = self
            .write(&lease, &mut state, vec![Proposed { event, cause }])
            .await;
        self.let_go(&lease).await;
        written.map(|()| state.seq())
    }
}
