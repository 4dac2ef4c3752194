//! A supervisor that starts what it is told to and forgets it.

use std::pin::Pin;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use venom_ports::task::{Supervisor, TaskKind, Work};

/// Starts tasks, neither counts nor awaits them, and lets their panics be.
#[derive(Debug, Default)]
pub struct Tasks {
    /// Where tasks run; without it on the runtime of whoever starts them.
    handle: Option<Handle>,
    root: CancellationToken,
}

impl Tasks {
    /// Makes one for threads outside the runtime.
    #[must_use]
    pub fn on(handle: Handle) -> Self {
        Self {
            handle: Some(handle),
            root: CancellationToken::new(),
        }
    }
}

impl Supervisor for Tasks {
    #[expect(clippy::disallowed_methods, reason = "this is the supervisor")]
    fn start(&self, _: TaskKind, work: Work, _: Box<dyn FnOnce(String) + Send>) {
        match &self.handle {
            Some(handle) => handle.spawn(work),
            None => tokio::spawn(work),
        };
    }

    fn root(&self) -> CancellationToken {
        self.root.clone()
    }

    fn running(&self) -> usize {
        0
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
