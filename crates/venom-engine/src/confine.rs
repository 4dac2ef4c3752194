//! Confinement of one call: its place in the sandbox is opened when its first command runs, and closed
//! when the call is over.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Mount, Receipt, Tier};
use venom_ports::blob::BlobStore;
use venom_ports::exec::{Command, Executor, Finished, OnLine};
use venom_ports::sandbox::{Cell, Left, Place, Sandbox};
use venom_ports::{Failure, FailureKind, Result};

/// Runs the commands of one call.
pub(crate) struct StepCell {
    sandbox: Arc<dyn Sandbox>,
    place: Place,
    cell: OnceCell<Arc<dyn Cell>>,
    /// Where streams go that are too long for a result.
    blobs: Arc<dyn BlobStore>,
    /// Whether the step says that what its commands do can be taken back.
    is_taken_back: bool,
}

impl StepCell {
    pub(crate) fn new(
        sandbox: Arc<dyn Sandbox>,
        place: Place,
        blobs: Arc<dyn BlobStore>,
        is_taken_back: bool,
    ) -> Self {
        Self {
            sandbox,
            place,
            cell: OnceCell::new(),
            blobs,
            is_taken_back,
        }
    }

    async fn cell(&self) -> Result<&Arc<dyn Cell>> {
        self.cell.get_or_try_init(|| self.open()).await
    }

    /// Opens the place. Where there is no layer, commands write to the workspace itself, and nobody
    /// could take that back: a step that was allowed because it can be taken back does not run there.
    async fn open(&self) -> Result<Arc<dyn Cell>> {
        let cell = self.sandbox.open(self.place.clone()).await?;
        let needs_layer = self.is_taken_back && self.place.grants.mount == Mount::Overlay;
        if needs_layer && cell.tier() < Tier::Docker {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "what this command changes could not be taken back, because commands run in the tier `{}` here",
                    cell.tier()
                ),
            )
            .with_hint(
                "`venom sandbox doctor` says what is missing; a playbook of your own may say `effect: irreversible` for the step, which is then asked for",
            ));
        }
        Ok(cell)
    }

    /// Returns what was enforced; `None` if no command ran.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        self.cell
            .get()
            .map(|cell| cell.receipt())
            .filter(|receipt| receipt.commands > 0)
    }

    /// Ends all commands and returns what they left.
    pub(crate) async fn close(&self, blobs: &dyn BlobStore) -> Result<Left> {
        match self.cell.get() {
            Some(cell) => cell.close(blobs).await,
            None => Ok(Left::default()),
        }
    }
}

#[async_trait]
impl Executor for StepCell {
    async fn run(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished> {
        let cell = self.cell().await?;
        cell.run_whole(command, cancel, on_line, self.blobs.as_ref())
            .await
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.sandbox.find(program)
    }

    fn tier(&self) -> Tier {
        self.sandbox.tier()
    }
}
