//! No isolation: plain processes, for users who allow it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use venom_kernel::confine::{Receipt, Tier};
use venom_ports::Result;
use venom_ports::blob::BlobStore;
use venom_ports::exec::{Command, Executor, Finished, OnLine};
use venom_ports::sandbox::{Cell, Left};

use crate::process::ProcessExecutor;

/// Runs commands as plain processes and counts them.
#[derive(Debug)]
pub(super) struct Unconfined {
    processes: Arc<ProcessExecutor>,
    commands: AtomicU32,
}

impl Unconfined {
    pub(super) const fn new(processes: Arc<ProcessExecutor>) -> Self {
        Self {
            processes,
            commands: AtomicU32::new(0),
        }
    }
}

#[async_trait]
impl Executor for Unconfined {
    async fn run(
        &self,
        command: Command,
        cancel: CancellationToken,
        on_line: Option<OnLine>,
    ) -> Result<Finished> {
        self.commands.fetch_add(1, Ordering::Relaxed);
        self.processes.run(command, cancel, on_line).await
    }

    fn find(&self, program: &str) -> Option<PathBuf> {
        self.processes.find(program)
    }

    fn tier(&self) -> Tier {
        Tier::Unconfined
    }
}

#[async_trait]
impl Cell for Unconfined {
    fn receipt(&self) -> Receipt {
        Receipt {
            tier: Tier::Unconfined,
            commands: self.commands.load(Ordering::Relaxed),
            enforced: vec!["time".to_owned(), "output".to_owned()],
            limits: None,
            outputs: 0,
        }
    }

    async fn close(&self, _blobs: &dyn BlobStore) -> Result<Left> {
        // Its commands wrote to the workspace themselves.
        Ok(Left::default())
    }
}
