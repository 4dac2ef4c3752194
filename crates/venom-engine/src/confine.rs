//! Confinement of one call: its place in the sandbox is opened when its first command runs, and closed
//! when the call is over.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Receipt, Tier};
use venom_ports::Result;
use venom_ports::blob::BlobStore;
use venom_ports::exec::{Command, Executor, Finished, OnLine};
use venom_ports::sandbox::{Cell, Left, Place, Sandbox};

/// Runs the commands of one call.
pub(crate) struct StepCell {
    sandbox: Arc<dyn Sandbox>,
    place: Place,
    cell: OnceCell<Arc<dyn Cell>>,
}

impl StepCell {
    pub(crate) fn new(sandbox: Arc<dyn Sandbox>, place: Place) -> Self {
        Self {
            sandbox,
            place,
            cell: OnceCell::new(),
        }
    }

    async fn cell(&self) -> Result<&Arc<dyn Cell>> {
        self.cell
            .get_or_try_init(|| self.sandbox.open(self.place.clone()))
            .await
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
        self.cell().await?.run(command, cancel, on_line).await
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.sandbox.find(program)
    }

    fn tier(&self) -> Tier {
        self.sandbox.tier()
    }
}
