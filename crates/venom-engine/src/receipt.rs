//! Receipts: counting the commands of one effect and what isolation they got.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::effect::{Receipt, Tier};
use venom_ports::Result;
use venom_ports::exec::{Command, Executor, Finished, OnLine};

/// Passes commands on and counts them.
pub(crate) struct CountedExecutor {
    inner: Arc<dyn Executor>,
    commands: AtomicU32,
}

impl CountedExecutor {
    pub(crate) fn new(inner: Arc<dyn Executor>) -> Self {
        Self {
            inner,
            commands: AtomicU32::new(0),
        }
    }

    /// Returns the receipt; `None` if no command ran.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        let commands = self.commands.load(Ordering::Relaxed);
        (commands > 0).then(|| Receipt {
            tier: self.inner.tier(),
            commands,
        })
    }
}

#[async_trait]
impl Executor for CountedExecutor {
    async fn run(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished> {
        self.commands.fetch_add(1, Ordering::Relaxed);
        self.inner.run(command, cancel, on_line).await
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.inner.find(program)
    }

    fn tier(&self) -> Tier {
        self.inner.tier()
    }
}
